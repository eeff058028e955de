//! Subscriptions: how they begin, and what changes do to their terms, rate plans and charges.

use super::{
    kind::Kind,
    record::{amount, copy, list, plus, some_amount, some_text, text},
    store::Transaction,
    versions::children,
};
use crate::problem::Problem;
use jiff::{Span, civil::Date};
use zuora_wire::{Decimal, Json, Number, Object};

type Tx<'a> = Transaction<'a>;

/// The day after a term of so many periods. An unknown period counts as a month.
pub(crate) fn after(start: &str, count: i64, period: &str) -> String {
    let Ok(date) = start.parse::<Date>() else {
        return start.to_owned();
    };
    let span = match period {
        "Year" => Span::new().try_years(count),
        "Week" => Span::new().try_weeks(count),
        "Day" => Span::new().try_days(count),
        _ => Span::new().try_months(count),
    };
    let end = span.and_then(|span| date.checked_add(span));
    end.map_or_else(|_| start.to_owned(), |end| end.to_string())
}

pub(crate) fn whole(row: &Object, member: &str) -> Option<i64> {
    match row.get(member)? {
        Json::Number(number) => Number::as_i64(number),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A subscription of the first version; gives its id.
pub(crate) fn create(tx: &mut Tx<'_>, account: &str, mut row: Object) -> Result<String, Problem> {
    let today = tx.today.clone();
    let start = some_text(&row, "contractEffectiveDate")
        .unwrap_or(&today)
        .to_owned();
    for name in [
        "contractEffectiveDate",
        "subscriptionStartDate",
        "termStartDate",
    ] {
        if some_text(&row, name).is_none() {
            row.insert(name, start.as_str());
        }
    }
    if some_text(&row, "termType").is_none() {
        row.insert("termType", "TERMED");
    }
    set_term(&mut row, "initialTerm", "initialTermPeriodType");
    let owner = tx.find(Kind::Account, account)?;
    copy(owner, &mut row, &["currency"]);
    row.insert("accountId", account);
    row.insert("invoiceOwnerId", account);
    row.insert("status", "Active");
    row.insert("version", 1);
    row.insert("isLatestVersion", true);
    row.insert("cMRR", Decimal::ZERO);
    if row.get("autoRenew").is_none() {
        row.insert("autoRenew", false);
    }
    row.insert("originalCreatedDate", tx.now.as_str());
    let id = tx.create(Kind::Subscription, row)?;
    tx.change(Kind::Subscription, &id, |row| {
        row.insert("originalId", id.as_str());
    })?;
    Ok(id)
}

/// Sets the current term, and the day on which it ends, by two members.
fn set_term(row: &mut Object, count: &str, period: &str) {
    if text(row, "termType") == "EVERGREEN" {
        for name in ["termEndDate", "subscriptionEndDate", "currentTerm"] {
            row.remove(name);
        }
        return;
    }
    let periods = whole(row, count).unwrap_or(12);
    let period = some_text(row, period).unwrap_or("Month").to_owned();
    let end = after(text(row, "termStartDate"), periods, &period);
    row.insert("currentTerm", periods);
    row.insert("currentTermPeriodType", period);
    row.insert("termEndDate", end.as_str());
    row.insert("subscriptionEndDate", end);
}

/// Adds a rate plan of the catalogue with its charges. `sent` names it and changes prices and quantities.
pub(crate) fn add_plan(tx: &mut Tx<'_>, subscription: &str, sent: &Object) -> Result<(), Problem> {
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
        charge.insert("effectiveStartDate", text(&owner, "termStartDate"));
        if let Some(end) = some_text(&owner, "termEndDate") {
            charge.insert("effectiveEndDate", end);
        }
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

pub(super) fn list_price(tx: &Tx<'_>, charge: &str, currency: &str) -> Decimal {
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

/// The sum of what the charges bring.
fn total(tx: &mut Tx<'_>, subscription: &str) -> Result<(), Problem> {
    let mut sum = Decimal::ZERO;
    for charge in tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", subscription)
    {
        sum = plus(&sum, &amount(charge, "mRR"))?;
    }
    tx.change(Kind::Subscription, subscription, |row| {
        row.insert("cMRR", sum);
    })
}

/// The rate plan of a subscription that a request names.
pub(super) fn plan_of(tx: &Tx<'_>, subscription: &str, sent: &Object) -> Result<Object, Problem> {
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

pub(crate) fn remove_plan(
    tx: &mut Tx<'_>,
    subscription: &str,
    sent: &Object,
) -> Result<(), Problem> {
    let plan = plan_of(tx, subscription, sent)?;
    let id = text(&plan, "id").to_owned();
    for charge in children(tx, Kind::RatePlanCharge, "ratePlanId", &id) {
        tx.remove(Kind::RatePlanCharge, text(&charge, "id"))?;
    }
    tx.remove(Kind::RatePlan, &id)?;
    total(tx, subscription)
}

/// Other prices and quantities for charges of a rate plan.
pub(crate) fn update_plan(
    tx: &mut Tx<'_>,
    subscription: &str,
    sent: &Object,
) -> Result<(), Problem> {
    let plan = plan_of(tx, subscription, sent)?;
    let charges = children(tx, Kind::RatePlanCharge, "ratePlanId", text(&plan, "id"));
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
        tx.change(Kind::RatePlanCharge, text(charge, "id"), |row| {
            row.insert("quantity", quantity);
            row.insert("salesPrice", price);
            row.insert("mRR", monthly);
        })?;
    }
    total(tx, subscription)
}

/// One more term: it begins where the last one ended.
pub(crate) fn renew(row: &mut Object) {
    if let Some(end) = some_text(row, "termEndDate").map(str::to_owned) {
        row.insert("termStartDate", end);
    }
    let has_own = whole(row, "renewalTerm").is_some();
    match has_own {
        true => set_term(row, "renewalTerm", "renewalTermPeriodType"),
        false => set_term(row, "initialTerm", "initialTermPeriodType"),
    }
}

/// The terms that a request names.
pub(crate) fn set_terms(row: &mut Object, sent: &Object) {
    copy(
        sent,
        row,
        &[
            "autoRenew",
            "renewalSetting",
            "termType",
            "notes",
            "invoiceSeparately",
            "paymentTerm",
            "renewalTerm",
            "renewalTermPeriodType",
            "initialTerm",
            "initialTermPeriodType",
            "termStartDate",
            "currentTerm",
            "currentTermPeriodType",
        ],
    );
    let term = sent.get("initialTerm").or_else(|| sent.get("lastTerm"));
    if let Some(term) = term.and_then(Json::as_object) {
        row.remove("initialTerm");
        copy(term, row, &["termType"]);
        for (name, own) in [
            ("period", "initialTerm"),
            ("periodType", "initialTermPeriodType"),
            ("startDate", "termStartDate"),
        ] {
            if let Some(value) = term.get(name) {
                row.insert(own, value.clone());
            }
        }
    }
    if let Some(renewal) = list(sent, "renewalTerms").next() {
        for (name, own) in [
            ("period", "renewalTerm"),
            ("periodType", "renewalTermPeriodType"),
        ] {
            if let Some(value) = renewal.get(name) {
                row.insert(own, value.clone());
            }
        }
    }
    if some_text(row, "status").is_some() {
        match whole(row, "currentTerm") {
            Some(_) if sent.get("currentTerm").is_some() => {
                set_term(row, "currentTerm", "currentTermPeriodType");
            }
            _ => set_term(row, "initialTerm", "initialTermPeriodType"),
        }
    }
}

/// Ends it on the day that its policy means.
pub(crate) fn cancel(row: &mut Object, sent: &Object, today: &str) {
    let day = match text(sent, "cancellationPolicy") {
        "SpecificDate" => some_text(sent, "cancellationEffectiveDate").unwrap_or(today),
        "EndOfCurrentTerm" => some_text(row, "termEndDate").unwrap_or(today),
        // Nothing is billed yet.
        _ => text(row, "termStartDate"),
    };
    let day = day.to_owned();
    row.insert("cancelledDate", day.as_str());
    row.insert("subscriptionEndDate", day);
    row.insert("status", "Cancelled");
}

pub(crate) fn suspend(row: &mut Object, sent: &Object, today: &str) {
    let day = match text(sent, "suspendPolicy") {
        "SpecificDate" => some_text(sent, "suspendSpecificDate")
            .unwrap_or(today)
            .to_owned(),
        "FixedPeriodsFromToday" => {
            let count = whole(sent, "suspendPeriods").unwrap_or(0);
            after(today, count, text(sent, "suspendPeriodsType"))
        }
        _ => today.to_owned(),
    };
    row.insert("suspendDate", day);
    row.remove("resumeDate");
    row.insert("status", "Suspended");
}

pub(crate) fn resume(row: &mut Object, sent: &Object, today: &str) -> Result<(), Problem> {
    if text(row, "status") != "Suspended" {
        return Err(Problem::rule("The subscription is not suspended."));
    }
    let day = match text(sent, "resumePolicy") {
        "SpecificDate" => some_text(sent, "resumeSpecificDate")
            .unwrap_or(today)
            .to_owned(),
        "FixedPeriodsFromToday" | "FixedPeriodsFromSuspendDate" => {
            let from = match text(sent, "resumePolicy") {
                "FixedPeriodsFromToday" => today,
                _ => text(row, "suspendDate"),
            };
            let count = whole(sent, "resumePeriods").unwrap_or(0);
            after(from, count, text(sent, "resumePeriodsType"))
        }
        _ => today.to_owned(),
    };
    row.insert("resumeDate", day);
    row.insert("status", "Active");
    Ok(())
}
