//! The rate plans of a subscription: added, removed and changed on their days, with the segments of their
//! charges.

use super::{
    charge_tiers::{self, TIERS, found_number, found_text},
    commerce_words::{ENDS, PERIODS, TIMINGS, Words},
    kind::Kind,
    pricing::{Model, is_of_type, plain},
    record::{copy, copy_custom, list, set_custom, some_amount, some_text, text},
    revenue,
    segments::{self, Line},
    store::Transaction,
    subscription::check_day,
    versions::children,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

type Tx<'a> = Transaction<'a>;

/// Adds a rate plan of the catalogue with its charges. `sent` names it and changes prices and quantities;
/// `days` are those of the triggers.
pub(super) fn add(
    tx: &mut Tx<'_>,
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
    let owner = tx.find(Kind::Subscription, subscription)?.clone();
    let mut plan = Object::new();
    copy(source, &mut plan, &["name", "productId"]);
    if let Some(name) = some_text(sent, "ratePlanName") {
        plan.insert("name", name);
    }
    copy(sent, &mut plan, &["externallyManagedPlanId"]);
    plan.insert("productRatePlanId", source_id.as_str());
    plan.insert("subscriptionId", subscription);
    plan.insert("lastChangeType", "Add");
    take_custom(&mut plan, sent)?;
    let plan = tx.create(Kind::RatePlan, plan)?;
    let sources = children(
        tx,
        Kind::ProductRatePlanCharge,
        "productRatePlanId",
        &source_id,
    );
    for source in sources {
        let id = text(&source, "id");
        let over = list(sent, "chargeOverrides").find(|over| {
            text(over, "productRatePlanChargeId") == id
                || some_text(over, "productRatePlanChargeNumber")
                    == some_text(&source, "productRatePlanChargeNumber")
        });
        let mut charge = chosen(tx, &source, over, text(&owner, "currency"))?;
        let begin = first_day(&owner, &source, over, days)?;
        charge.insert("effectiveStartDate", begin);
        if let Some(end) = some_text(&owner, "subscriptionEndDate") {
            charge.insert("effectiveEndDate", end);
        }
        charge.insert("ratePlanId", plan.as_str());
        charge.insert("subscriptionId", subscription);
        copy(days, &mut charge, &["originalOrderDate"]);
        let mut line = vec![charge];
        if text(&owner, "status") == "Suspended" {
            segments::suspend(&mut line, text(&owner, "suspendDate"));
        }
        segments::save(tx, &Line::new(), line)?;
    }
    revenue::of_subscription(tx, subscription)
}

/// Members of a charge that a subscription has from the catalogue.
const LISTED: [&str; 19] = [
    "name",
    "description",
    "chargeModel",
    "chargeType",
    "billCycleDay",
    "billCycleType",
    "billingPeriod",
    "billingPeriodAlignment",
    "billingTiming",
    "applyDiscountTo",
    "discountLevel",
    "endDateCondition",
    "listPriceBase",
    "ratingGroup",
    "specificBillingPeriod",
    "specificListPriceBase",
    "triggerEvent",
    "uOM",
    "weeklyBillCycleDay",
];

/// Those of them that a request can say anew.
const CHOSEN: [&str; 9] = [
    "description",
    "billCycleType",
    "billingPeriod",
    "billingPeriodAlignment",
    "billingTiming",
    "applyDiscountTo",
    "discountLevel",
    "listPriceBase",
    "ratingGroup",
];
const CHOSEN_NUMBERS: [&str; 2] = ["specificBillingPeriod", "specificListPriceBase"];

/// Doors write these words in several ways; records have them as the catalogue does.
const WORDS: [(&str, Words); 3] = [
    ("billingPeriod", PERIODS),
    ("billingTiming", TIMINGS),
    ("endDateCondition", ENDS),
];

/// A charge of the catalogue as a subscription has it, with what a request says of it. That billing is in
/// advance, and goes on to the end of the subscription, where the catalogue says nothing, is a guess.
fn chosen(
    tx: &Tx<'_>,
    source: &Object,
    over: Option<&Object>,
    currency: &str,
) -> Result<Object, Problem> {
    let nothing = Object::new();
    let over = over.unwrap_or(&nothing);
    let mut charge = Object::new();
    if is_of_type(source, "Recurring") {
        charge.insert("billingTiming", "In Advance");
    }
    let end = match is_of_type(source, "OneTime") {
        true => "One_Time",
        false => "Subscription_End",
    };
    charge.insert("endDateCondition", end);
    copy(source, &mut charge, &LISTED);
    for name in CHOSEN {
        if let Some(word) = found_text(over, name) {
            charge.insert(name, word);
        }
    }
    for name in CHOSEN_NUMBERS {
        if let Some(count) = found_number(over, name) {
            charge.insert(name, count.clone());
        }
    }
    for (member, words) in WORDS {
        let word = plain(text(&charge, member));
        if let Some((_, own)) = words.iter().find(|(_, own)| plain(own) == word) {
            charge.insert(member, *own);
        }
    }
    charge.insert("productRatePlanChargeId", text(source, "id"));
    charge.insert("version", 1);
    if is_bought_in_units(source) {
        let quantity = some_amount(source, "defaultQuantity");
        charge.insert("quantity", quantity.unwrap_or(Decimal::ONE));
    }
    let tiers = charge_tiers::listed(tx, source, currency).into_iter();
    charge.insert(TIERS, tiers.map(Json::from).collect::<Vec<Json>>());
    set_price(&mut charge, over, currency);
    take_custom(&mut charge, over)?;
    Ok(charge)
}

/// Takes the prices and the quantity that a request names for a charge.
fn set_price(charge: &mut Object, sent: &Object, currency: &str) {
    charge_tiers::take(charge, sent, currency);
    let quantity = found_number(sent, "quantity");
    if let Some(quantity) = quantity.filter(|_| is_bought_in_units(charge)) {
        charge.insert("quantity", quantity.clone());
    }
}

/// What is used is known afterwards, and a discount has no quantity.
fn is_bought_in_units(charge: &Object) -> bool {
    !is_of_type(charge, "Usage") && Model::of(charge) != Model::Discount
}

/// Custom fields, which orders have apart and others do not.
fn take_custom(row: &mut Object, sent: &Object) -> Result<(), Problem> {
    copy_custom(sent, row);
    set_custom(row, sent)
}

/// The day on which a charge begins: one that a request names for it, else that of its trigger event. That it
/// is the day of the contract where its own is not known is a guess.
fn first_day<'a>(
    owner: &Object,
    charge: &Object,
    over: Option<&'a Object>,
    days: &'a Object,
) -> Result<&'a str, Problem> {
    let told = over.and_then(|over| some_text(start_of(over), "triggerEvent"));
    // Orders have words for the events, subscriptions three letters.
    let own = match told.unwrap_or_else(|| text(charge, "triggerEvent")) {
        "ServiceActivation" | "USA" => "serviceActivationDate",
        "CustomerAcceptance" | "UCA" => "contractAcceptanceDate",
        _ => "contractEffectiveDate",
    };
    let day = over.and_then(own_day).or_else(|| some_text(days, own));
    let day = day.unwrap_or_else(|| text(days, "contractEffectiveDate"));
    check_day(owner, day)?;
    if some_text(owner, "subscriptionEndDate") == Some(day) {
        return Err(Problem::rule(format!(
            "A charge cannot begin on {day}: the subscription ends on that day."
        )));
    }
    Ok(day)
}

/// The day that a request names for a charge of its own.
fn own_day(sent: &Object) -> Option<&str> {
    let mut names = ["specificTriggerDate", "triggerDate"].into_iter();
    names.find_map(|name| some_text(start_of(sent), name))
}

/// Orders keep it in a member of its own.
fn start_of(sent: &Object) -> &Object {
    let mut parts = ["startDate", "effectiveDate"].into_iter();
    let part = parts.find_map(|name| sent.get(name).and_then(Json::as_object));
    part.unwrap_or(sent)
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
                .find(|plan| {
                    text(plan, "productRatePlanId") == product
                        && text(plan, "lastChangeType") != "Remove"
                })
                .ok_or_else(|| Problem::not_found(key));
        }
    }
    Err(Problem::missing(
        "ratePlanId or another name of the rate plan is missing",
    ))
}

/// Ends the charges of a rate plan on a day. A plan that never ran is no more.
pub(super) fn remove(
    tx: &mut Tx<'_>,
    subscription: &str,
    sent: &Object,
    days: &Object,
) -> Result<(), Problem> {
    let day = text(days, "contractEffectiveDate");
    check_day(tx.find(Kind::Subscription, subscription)?, day)?;
    let plan = plan_of(tx, subscription, sent)?;
    let id = text(&plan, "id");
    for before in segments::lines(tx, "ratePlanId", id) {
        let mut line = before.clone();
        segments::end(&mut line, day);
        segments::save(tx, &before, line)?;
    }
    if segments::lines(tx, "ratePlanId", id).is_empty() {
        tx.remove(Kind::RatePlan, id)?;
    } else {
        set_last_change(tx, id, "Remove")?;
    }
    revenue::of_subscription(tx, subscription)
}

fn set_last_change(tx: &mut Tx<'_>, plan: &str, change: &str) -> Result<(), Problem> {
    tx.change(Kind::RatePlan, plan, |row| {
        row.insert("lastChangeType", change);
    })
}

/// Other prices and quantities for charges of a rate plan from a day on, and charges that end on it.
pub(super) fn update(
    tx: &mut Tx<'_>,
    subscription: &str,
    sent: &Object,
    days: &Object,
) -> Result<(), Problem> {
    let owner = tx.find(Kind::Subscription, subscription)?.clone();
    let day = some_text(sent, "specificUpdateDate");
    let day = day.unwrap_or_else(|| text(days, "contractEffectiveDate"));
    check_day(&owner, day)?;
    let today = tx.today.clone();
    let ordered = some_text(days, "originalOrderDate").unwrap_or(&today);
    let plan = plan_of(tx, subscription, sent)?;
    let id = text(&plan, "id");
    let updates = list(sent, "chargeUpdates").chain(list(sent, "chargeUpdateDetails"));
    for update in updates {
        let day = own_day(update).unwrap_or(day);
        check_day(&owner, day)?;
        let before = line_of(tx, id, update)?;
        let mut line = before.clone();
        let mut refused = Ok(());
        let does_run = segments::change_from(&mut line, day, |row| {
            set_price(row, update, text(&owner, "currency"));
            copy(update, row, &["description"]);
            row.insert("amendedByOrderOn", ordered);
            if let Err(problem) = take_custom(row, update) {
                refused = Err(problem);
            }
        });
        refused?;
        if !does_run {
            let number = before.first().map_or("", |row| text(row, "chargeNumber"));
            return Err(Problem::rule(format!(
                "The charge {number} does not run on {day}."
            )));
        }
        segments::save(tx, &before, line)?;
    }
    for removal in list(sent, "chargeRemovals") {
        let before = line_of(tx, id, removal)?;
        let mut line = before.clone();
        segments::end(&mut line, day);
        segments::save(tx, &before, line)?;
    }
    let mut refused = Ok(());
    tx.change(Kind::RatePlan, id, |row| refused = take_custom(row, sent))?;
    refused?;
    set_last_change(tx, id, "Update")?;
    revenue::of_subscription(tx, subscription)
}

/// The charge of a rate plan that a request names; an id of an older version means the same charge.
fn line_of(tx: &Tx<'_>, plan: &str, sent: &Object) -> Result<Line, Problem> {
    let names = [
        ("chargeNumber", "chargeNumber"),
        ("ratePlanChargeId", "id"),
        ("productRatePlanChargeId", "productRatePlanChargeId"),
    ];
    let mut named = names.iter();
    let named = named.find_map(|(name, own)| Some((own, some_text(sent, name)?)));
    let (own, key) = named.ok_or_else(|| Problem::missing("chargeNumber is missing"))?;
    let (own, wanted) = match (*own, tx.get(Kind::RatePlanCharge, key)) {
        ("id", Some(charge)) => ("chargeNumber", text(charge, "chargeNumber")),
        _ => (*own, key),
    };
    let mut lines = segments::lines(tx, "ratePlanId", plan).into_iter();
    let line = lines.find(|line| line.iter().any(|row| text(row, own) == wanted));
    line.ok_or_else(|| Problem::not_found(key))
}

/// The charges of a new version follow what became of its subscription: they end with it, and are
/// interrupted with it.
pub(super) fn follow(tx: &mut Tx<'_>, old: &Object, version: &str) -> Result<(), Problem> {
    let new = tx.find(Kind::Subscription, version)?.clone();
    let [was, is] = [old, &new].map(|row| text(row, "status"));
    let [old_end, end] = [old, &new].map(|row| some_text(row, "subscriptionEndDate"));
    if was == is && old_end == end {
        return Ok(());
    }
    for before in segments::lines(tx, "subscriptionId", version) {
        let mut line = before.clone();
        segments::follow_end(&mut line, old_end, end);
        let suspended = text(&new, "suspendDate");
        match (was, is) {
            (_, "Suspended") => segments::suspend(&mut line, suspended),
            ("Suspended", "Active") => {
                segments::resume(&mut line, suspended, text(&new, "resumeDate"), end);
            }
            _ => {}
        }
        segments::save(tx, &before, line)?;
    }
    revenue::of_subscription(tx, version)
}
