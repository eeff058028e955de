//! What charges bill, for previews and orders: whole billing periods of charges whose amount needs no rating.
//!
//! Flat fees, prices by unit, tiers and volumes, once or again and again. Discounts, usage and broken periods
//! are left out, since an amount that is wrong is worse than none. All of it is a guess.

use super::{
    charge_tiers,
    kind::Kind,
    pricing::{self, first_day, is_of_type, plain},
    record::{some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use jiff::civil::Date;
use zuora_wire::{Decimal, Json, Object};

/// How many periods of a charge are looked at.
const MOST: i64 = 1_200;

/// One period of a charge, or the one day of a charge that comes once.
pub(super) struct Item {
    pub(super) charge: Object,
    pub(super) begin: Date,
    /// The last day.
    pub(super) end: Date,
    pub(super) amount: Decimal,
}

/// Up to where is billed.
#[derive(Clone, Copy)]
pub(super) enum Through {
    Day(Date),
    /// So many periods of each charge.
    Periods(i64),
}

/// The items of a version of a subscription that begin on this day or later.
pub(super) fn items(
    tx: &Transaction<'_>,
    subscription: &Object,
    from: Date,
    through: Through,
) -> Result<Vec<Item>, Problem> {
    let mut items = Vec::new();
    let id = text(subscription, "id");
    for charge in tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", id)
    {
        add(tx, &mut items, subscription, charge, from, through)?;
    }
    Ok(items)
}

/// The items up to a day that no invoice has.
pub(super) fn unbilled(
    tx: &Transaction<'_>,
    subscription: &Object,
    through: Through,
) -> Result<Vec<Item>, Problem> {
    let mut items = items(tx, subscription, Date::MIN, through)?;
    items.retain(|item| !is_billed(tx, subscription, item));
    Ok(items)
}

/// Whether an invoice has an item for the same days of the same subscription's charge.
fn is_billed(tx: &Transaction<'_>, subscription: &Object, item: &Item) -> bool {
    let store = tx.store();
    let versions = store.children(
        Kind::Subscription,
        "originalId",
        text(subscription, "originalId"),
    );
    let mut billed = versions
        .flat_map(|row| store.children(Kind::InvoiceItem, "subscriptionId", text(row, "id")));
    let begin = item.begin.to_string();
    billed.any(|row| {
        // One that does not say which charge it is for has only its name.
        let is_its = match some_text(row, "chargeNumber") {
            Some(number) => number == text(&item.charge, "chargeNumber"),
            None => text(row, "chargeName") == text(&item.charge, "name"),
        };
        let is_open = tx
            .get(Kind::Invoice, text(row, "invoiceId"))
            .is_some_and(|invoice| text(invoice, "status") != "Canceled");
        is_open && is_its && text(row, "serviceStartDate") == begin
    })
}

fn add(
    tx: &Transaction<'_>,
    items: &mut Vec<Item>,
    subscription: &Object,
    charge: &Object,
    from: Date,
    through: Through,
) -> Result<(), Problem> {
    let Some(amount) = pricing::of_period(&charge_tiers::with(tx, charge))? else {
        return Ok(());
    };
    let Ok(start) = text(charge, "effectiveStartDate").parse::<Date>() else {
        return Ok(());
    };
    let item = |begin: Date, end: Date| Item {
        charge: charge.clone(),
        begin,
        end,
        amount: amount.clone(),
    };
    let own_end = text(charge, "effectiveEndDate").parse::<Date>();
    // It was taken back before it began.
    if own_end.is_ok_and(|end| end <= start) {
        return Ok(());
    }
    if is_of_type(charge, "OneTime") {
        let is_due = match through {
            Through::Day(day) => start <= day,
            Through::Periods(_) => true,
        };
        if is_due && start >= from {
            items.push(item(start, start));
        }
        return Ok(());
    }
    let ends = [
        text(charge, "effectiveEndDate"),
        text(subscription, "subscriptionEndDate"),
    ];
    let end = ends
        .into_iter()
        .filter_map(|end| end.parse::<Date>().ok())
        .min();
    let is_in_arrears = is_in_arrears(charge);
    let mut count = 0;
    for place in 0.. {
        let (Some(begin), Some(next)) = (
            first_day(charge, start, place),
            first_day(charge, start, place + 1),
        ) else {
            return Ok(());
        };
        let last = next.yesterday().unwrap_or(begin);
        // The day on which it is billed.
        let due = if is_in_arrears { last } else { begin };
        let is_past = match through {
            Through::Day(day) => due > day,
            Through::Periods(most) => count == most,
        };
        // A period that does not end before the charge is a broken one.
        if is_past || end.is_some_and(|end| next > end) {
            return Ok(());
        }
        if place == MOST {
            return Err(Problem::rule(format!(
                "A preview has at most {MOST} billing periods of a charge."
            )));
        }
        if begin >= from {
            items.push(item(begin, last));
            count += 1;
        }
    }
    Ok(())
}

pub(super) fn is_in_arrears(charge: &Object) -> bool {
    plain(text(charge, "billingTiming")) == "inarrears"
}

/// The sum of items.
pub(super) fn total(items: &[Item]) -> Result<Decimal, Problem> {
    let amounts: Vec<Decimal> = items.iter().map(|item| item.amount.clone()).collect();
    Decimal::checked_sum(&amounts)
        .ok_or_else(|| Problem::bad_value("The amounts have too many digits to be added exactly"))
}

impl Item {
    /// Its members under every name that the replies of previews have for them; they take what they know.
    pub(super) fn seen(&self, tx: &Transaction<'_>, subscription: &Object) -> Object {
        let charge = &self.charge;
        let mut seen = Object::new();
        for (own, told) in [
            ("id", "chargeId"),
            ("id", "ratePlanChargeId"),
            ("name", "chargeName"),
            ("description", "chargeDescription"),
            ("chargeNumber", "chargeNumber"),
            ("chargeType", "chargeType"),
            ("productRatePlanChargeId", "productRatePlanChargeId"),
            ("quantity", "quantity"),
            ("salesPrice", "unitPrice"),
            ("uOM", "unitOfMeasure"),
        ] {
            if let Some(value) = charge.get(own).filter(|value| !value.is_null()) {
                seen.insert(told, value.clone());
            }
        }
        seen.insert("processingType", "Charge");
        seen.insert("serviceStartDate", self.begin.to_string());
        seen.insert("serviceEndDate", self.end.to_string());
        for name in ["amountWithoutTax", "chargeAmount"] {
            seen.insert(name, self.amount.clone());
        }
        let plan = tx.get(Kind::RatePlan, text(charge, "ratePlanId"));
        let product = plan.and_then(|plan| tx.get(Kind::Product, text(plan, "productId")));
        if let Some(product) = product {
            seen.insert("productName", text(product, "name"));
            seen.insert("sKU", text(product, "sKU"));
        }
        seen.insert("subscriptionId", text(subscription, "id"));
        for name in ["subscriptionNumber", "subscriptionName"] {
            seen.insert(name, text(subscription, "name"));
        }
        seen.insert(
            "chargeDate",
            Json::from(format!("{}T00:00:00Z", self.begin)),
        );
        seen
    }
}
