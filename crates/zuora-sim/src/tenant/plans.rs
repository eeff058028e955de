//! The rate plans of a subscription: added, removed and changed on their days, with the segments of their
//! charges.
//!
//! A segment of a charge runs from one day up to another, which is not part of it. A change makes the next
//! segment; what is removed ends. What the whole brings is known once all changes took effect.

use super::{
    kind::Kind,
    record::{amount, copy, flag, list, plus, some_amount, some_text, text},
    store::Transaction,
    subscription::{check_day, whole},
    versions::children,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Object};

/// Adds a rate plan of the catalogue with its charges. `sent` names it and changes prices and quantities;
/// `days` are those of the triggers.
pub(super) fn add(
    tx: &mut Transaction<'_>,
    subscription: &str,
    sent: &Object,
    days: &Object,
) -> Result<(), Problem> {
    let names = ["productRatePlanId", "productRatePlanNumber"];
    let key = names.iter().find_map(|name| some_text(sent, name));
    let key = key
        .ok_or_else(|| Problem::missing("productRatePlanId or productRatePlanNumber is missing"))?;
    let source = tx.find(Kind::ProductRatePlan, key)?;
    let source_id = text(source, "id").to_owned();
    let mut plan = Object::new();
    copy(source, &mut plan, &["name", "productId"]);
    if let Some(name) = some_text(sent, "ratePlanName") {
        plan.insert("name", name);
    }
    copy(sent, &mut plan, &["externallyManagedPlanId"]);
    plan.insert("productRatePlanId", source_id.as_str());
    plan.insert("subscriptionId", subscription);
    plan.insert("lastChangeType", "Add");
    for (name, value) in sent
        .iter()
        .filter(|(name, _)| zuora_catalog::is_custom(name))
    {
        plan.insert(name, value.clone());
    }
    let plan = tx.create(Kind::RatePlan, plan)?;
    let owner = tx.find(Kind::Subscription, subscription)?.clone();
    let charges = children(
        tx,
        Kind::ProductRatePlanCharge,
        "productRatePlanId",
        &source_id,
    );
    for source in charges {
        let id = text(&source, "id");
        let over = list(sent, "chargeOverrides").find(|over| {
            text(over, "productRatePlanChargeId") == id
                || some_text(over, "productRatePlanChargeNumber")
                    == some_text(&source, "productRatePlanChargeNumber")
        });
        let mut charge = Object::new();
        copy(
            &source,
            &mut charge,
            &[
                "name",
                "description",
                "chargeModel",
                "chargeType",
                "billingPeriod",
                "billingTiming",
                "triggerEvent",
                "uOM",
            ],
        );
        let quantity = over.and_then(|over| found(over, "quantity"));
        let quantity = quantity.or_else(|| some_amount(&source, "defaultQuantity"));
        let quantity = quantity.unwrap_or(Decimal::ONE);
        let price = over.and_then(|over| found(over, "price").or_else(|| found(over, "listPrice")));
        let price = match price {
            Some(price) => price,
            None => list_price(tx, id, text(&owner, "currency")),
        };
        charge.insert("quantity", quantity.clone());
        charge.insert("salesPrice", price.clone());
        charge.insert("mRR", monthly(&charge, &price, &quantity));
        charge.insert("ratePlanId", plan.as_str());
        charge.insert("subscriptionId", subscription);
        charge.insert("productRatePlanChargeId", id);
        charge.insert("segment", 1);
        charge.insert("version", 1);
        charge.insert("isLastSegment", true);
        let begin = first_day(&owner, text(&charge, "triggerEvent"), days)?;
        charge.insert("effectiveStartDate", begin);
        copy_end(&owner, &mut charge);
        tx.create(Kind::RatePlanCharge, charge)?;
    }
    total(tx, subscription)
}

/// An amount of this name, however deep in the pricing of a request.
fn found(json: &Object, name: &str) -> Option<Decimal> {
    some_amount(json, name).or_else(|| {
        json.iter()
            .filter_map(|(_, value)| value.as_object())
            .find_map(|inner| found(inner, name))
    })
}

pub(super) fn list_price(tx: &Transaction<'_>, charge: &str, currency: &str) -> Decimal {
    let tiers = tx.store().children(
        Kind::ProductRatePlanChargeTier,
        "productRatePlanChargeId",
        charge,
    );
    let mut fitting = tiers.filter(|tier| {
        some_text(tier, "currency").is_none_or(|own| own.eq_ignore_ascii_case(currency))
    });
    fitting
        .next()
        .map_or(Decimal::ZERO, |tier| amount(tier, "price"))
}

/// What a charge brings in a month. Other periods than a month count as nothing yet (a guess would be
/// a rounded amount).
fn monthly(charge: &Object, price: &Decimal, quantity: &Decimal) -> Decimal {
    let is_monthly = text(charge, "chargeType").eq_ignore_ascii_case("Recurring")
        && matches!(text(charge, "billingPeriod"), "Month" | "");
    match is_monthly {
        true if text(charge, "chargeModel")
            .to_lowercase()
            .contains("per unit") =>
        {
            price.checked_mul(quantity).unwrap_or_default()
        }
        true => price.clone(),
        false => Decimal::ZERO,
    }
}

/// The day on which a charge begins by its trigger event. That it is the day of the contract where its own
/// is not known is a guess.
fn first_day(owner: &Object, event: &str, days: &Object) -> Result<String, Problem> {
    let own = match event {
        "ServiceActivation" => "serviceActivationDate",
        "CustomerAcceptance" => "contractAcceptanceDate",
        _ => "contractEffectiveDate",
    };
    let day = some_text(days, own).unwrap_or_else(|| text(days, "contractEffectiveDate"));
    check_day(owner, day)?;
    let end = some_text(owner, "subscriptionEndDate");
    if end == Some(day) {
        return Err(Problem::rule(format!(
            "A charge cannot begin on {day}: the subscription ends on that day."
        )));
    }
    Ok(day.to_owned())
}

/// A charge ends with its subscription.
fn copy_end(owner: &Object, charge: &mut Object) {
    match some_text(owner, "subscriptionEndDate") {
        Some(end) => charge.insert("effectiveEndDate", end),
        None => charge.remove("effectiveEndDate"),
    };
}

/// What a charge brings in a month once all changes took effect: nothing if it ends before its subscription
/// or the subscription is cancelled (a guess).
pub(super) fn contracted(owner: &Object, charge: &Object) -> Decimal {
    if runs_on(owner, charge) {
        amount(charge, "mRR")
    } else {
        Decimal::ZERO
    }
}

/// Whether a charge is one of those that run up to the end of the subscription.
pub(super) fn runs_on(owner: &Object, charge: &Object) -> bool {
    let end = "effectiveEndDate";
    text(owner, "status") != "Cancelled"
        && flag(charge, "isLastSegment")
        && some_text(charge, end) == some_text(owner, "subscriptionEndDate")
}

/// The sum of what the charges bring.
fn total(tx: &mut Transaction<'_>, subscription: &str) -> Result<(), Problem> {
    let owner = tx.find(Kind::Subscription, subscription)?;
    let mut sum = Decimal::ZERO;
    for charge in tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", subscription)
    {
        sum = plus(&sum, &contracted(owner, charge))?;
    }
    tx.change(Kind::Subscription, subscription, |row| {
        row.insert("cMRR", sum);
    })
}

/// Charges follow the end of their subscription, which was `old`: those that ran up to it run up to the new
/// one, and none beyond it. One that would begin later never runs: it begins and ends on that day (a guess).
pub(super) fn follow_end(
    tx: &mut Transaction<'_>,
    subscription: &str,
    old: Option<&str>,
) -> Result<(), Problem> {
    let owner = tx.find(Kind::Subscription, subscription)?.clone();
    let new = some_text(&owner, "subscriptionEndDate");
    for charge in children(tx, Kind::RatePlanCharge, "subscriptionId", subscription) {
        let end = some_text(&charge, "effectiveEndDate");
        let was_last = flag(&charge, "isLastSegment") && end == old;
        let is_beyond = new.is_some_and(|new| end.is_none_or(|end| end > new));
        if !was_last && !is_beyond {
            continue;
        }
        tx.change(Kind::RatePlanCharge, text(&charge, "id"), |row| {
            copy_end(&owner, row);
            if let Some(new) = new.filter(|new| text(row, "effectiveStartDate") > *new) {
                row.insert("effectiveStartDate", new);
            }
        })?;
    }
    total(tx, subscription)
}

/// The rate plan of a subscription that a request names.
pub(super) fn plan_of(
    tx: &Transaction<'_>,
    subscription: &str,
    sent: &Object,
) -> Result<Object, Problem> {
    let by_plan = ["ratePlanId", "subscriptionRatePlanNumber"];
    let by_product = ["productRatePlanId", "productRatePlanNumber"];
    let plans = children(tx, Kind::RatePlan, "subscriptionId", subscription);
    for name in by_plan {
        if let Some(key) = some_text(sent, name) {
            // An id of an older version means the same plan.
            let named = tx.find(Kind::RatePlan, key)?;
            let number = text(named, "subscriptionRatePlanNumber");
            let mut own = plans.into_iter();
            return own
                .find(|plan| text(plan, "subscriptionRatePlanNumber") == number)
                .ok_or_else(|| Problem::not_found(key));
        }
    }
    for name in by_product {
        if let Some(key) = some_text(sent, name) {
            let product = tx.id_of(Kind::ProductRatePlan, key)?;
            let mut own = plans.into_iter();
            return own
                .find(|plan| text(plan, "productRatePlanId") == product)
                .ok_or_else(|| Problem::not_found(key));
        }
    }
    Err(Problem::missing(
        "ratePlanId or another name of the rate plan is missing",
    ))
}

/// Ends a rate plan on a day. One that has not begun by then is gone.
pub(super) fn remove(
    tx: &mut Transaction<'_>,
    subscription: &str,
    sent: &Object,
    days: &Object,
) -> Result<(), Problem> {
    let plan = plan_of(tx, subscription, sent)?;
    let id = text(&plan, "id");
    let owner = tx.find(Kind::Subscription, subscription)?.clone();
    let day = text(days, "contractEffectiveDate");
    check_day(&owner, day)?;
    for charge in children(tx, Kind::RatePlanCharge, "ratePlanId", id) {
        end_charge(tx, &charge, day)?;
    }
    let is_gone = children(tx, Kind::RatePlanCharge, "ratePlanId", id).is_empty();
    if is_gone {
        tx.remove(Kind::RatePlan, id)?;
    } else {
        tx.change(Kind::RatePlan, id, |row| {
            row.insert("lastChangeType", "Remove");
        })?;
    }
    total(tx, subscription)
}

/// Ends one segment of a charge on a day, unless it ended before; one that has not begun by then is gone.
fn end_charge(tx: &mut Transaction<'_>, charge: &Object, day: &str) -> Result<(), Problem> {
    let id = text(charge, "id");
    if text(charge, "effectiveStartDate") >= day {
        return tx.remove(Kind::RatePlanCharge, id);
    }
    let end = some_text(charge, "effectiveEndDate");
    if end.is_none_or(|end| end > day) {
        tx.change(Kind::RatePlanCharge, id, |row| {
            row.insert("effectiveEndDate", day);
            row.insert("isLastSegment", true);
            row.remove("isLatestVersion");
        })?;
    }
    Ok(())
}

/// Other prices and quantities for charges of a rate plan from a day on.
pub(super) fn update(
    tx: &mut Transaction<'_>,
    subscription: &str,
    sent: &Object,
    days: &Object,
) -> Result<(), Problem> {
    let plan = plan_of(tx, subscription, sent)?;
    let owner = tx.find(Kind::Subscription, subscription)?.clone();
    let day = text(days, "contractEffectiveDate");
    check_day(&owner, day)?;
    let all = children(tx, Kind::RatePlanCharge, "ratePlanId", text(&plan, "id"));
    let (charges, older): (Vec<Object>, Vec<Object>) = all
        .into_iter()
        .partition(|charge| flag(charge, "isLastSegment"));
    let updates = list(sent, "chargeUpdates").chain(list(sent, "chargeUpdateDetails"));
    for update in updates {
        let names = [
            ("chargeNumber", "chargeNumber"),
            ("ratePlanChargeId", "id"),
            ("productRatePlanChargeId", "productRatePlanChargeId"),
        ];
        let named = names
            .iter()
            .find_map(|(name, own)| Some((own, some_text(update, name)?)));
        let Some((own, key)) = named else {
            return Err(Problem::missing("chargeNumber is missing"));
        };
        let charge = charges.iter().find(|charge| text(charge, own) == key);
        let charge = charge.ok_or_else(|| Problem::not_found(key))?;
        let quantity = found(update, "quantity").unwrap_or_else(|| amount(charge, "quantity"));
        let price = found(update, "price").or_else(|| found(update, "listPrice"));
        let price = price.unwrap_or_else(|| amount(charge, "salesPrice"));
        let monthly = monthly(charge, &price, &quantity);
        let id = segment_from(tx, charge, day)?;
        tx.change(Kind::RatePlanCharge, &id, |row| {
            row.insert("quantity", quantity);
            row.insert("salesPrice", price);
            row.insert("mRR", monthly);
        })?;
    }
    for removal in list(sent, "chargeRemovals") {
        let number = text(removal, "chargeNumber");
        let mut own = charges.iter();
        let charge = own.find(|charge| text(charge, "chargeNumber") == number);
        let charge = charge.ok_or_else(|| Problem::not_found(number))?;
        let segments = older
            .iter()
            .filter(|row| text(row, "chargeNumber") == number);
        end_charge(tx, charge, day)?;
        for segment in segments {
            end_charge(tx, segment, day)?;
        }
    }
    tx.change(Kind::RatePlan, text(&plan, "id"), |row| {
        row.insert("lastChangeType", "Update");
    })?;
    total(tx, subscription)
}

/// The segment of a charge from a day on; gives its id. A day on which the last segment has not begun yet
/// means the whole of that (a guess), and a charge that comes once has one segment.
fn segment_from(tx: &mut Transaction<'_>, charge: &Object, day: &str) -> Result<String, Problem> {
    let id = text(charge, "id");
    let comes_once = text(charge, "chargeType").eq_ignore_ascii_case("OneTime");
    if comes_once || day <= text(charge, "effectiveStartDate") {
        return Ok(id.to_owned());
    }
    let end = some_text(charge, "effectiveEndDate");
    if end.is_some_and(|end| day >= end) {
        return Err(Problem::rule(format!(
            "The charge {} has ended on {day}.",
            text(charge, "chargeNumber")
        )));
    }
    // The number leads to the last segment.
    tx.change(Kind::RatePlanCharge, id, |row| {
        row.insert("effectiveEndDate", day);
        row.insert("isLastSegment", false);
        row.insert("isLatestVersion", false);
    })?;
    let mut next = charge.clone();
    next.insert("segment", whole(charge, "segment").unwrap_or(1) + 1);
    next.insert("effectiveStartDate", day);
    tx.create(Kind::RatePlanCharge, next)
}
