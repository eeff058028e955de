//! `/commerce`: the charges of rate plans with their prices.

use super::{
    commerce::{part, rename, seen, set_custom, times},
    commerce_words::{
        ALIGNMENTS, CYCLES, ENDS, FORMATS, MODELS, PERIODS, TIMINGS, TRIGGERS, TYPES, Words, own,
        told,
    },
    door::{Answer, Ask, Handler},
    kind::Kind,
    record::{copy, list, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    (
        "createProductRatePlanChargeWithDynamicPricing",
        |tx, ask| {
            let sent = part(ask.body, "charge");
            let plan = tx.id_of(Kind::ProductRatePlan, text(&sent, "product_rate_plan_id"))?;
            let id = add_charge(tx, &plan, &sent)?;
            seen(ask, charge(tx, tx.find(Kind::ProductRatePlanCharge, &id)?))
        },
    ),
    (
        "updateProductRatePlanChargeWithDynamicPricing",
        update_charge,
    ),
    ("updateTier", update_tier),
];

/// Names of a charge that say the same with other words.
const WORDS: [(&str, &str, Words); 4] = [
    ("charge_type", "chargeType", TYPES),
    ("charge_model", "chargeModel", MODELS),
    ("trigger_event", "triggerEvent", TRIGGERS),
    ("end_date_condition", "endDateCondition", ENDS),
];

/// Names of a billing cycle, and what records and replies call them.
const CYCLE: [(&str, &str, &str, Words); 4] = [
    ("type", "billCycleType", "type", CYCLES),
    ("period", "billingPeriod", "period", PERIODS),
    (
        "period_alignment",
        "billingPeriodAlignment",
        "periodAlignment",
        ALIGNMENTS,
    ),
    ("timing", "billingTiming", "timing", TIMINGS),
];

/// Names of a charge that only are written otherwise.
const PLAIN: [(&str, &str); 10] = [
    ("name", "name"),
    ("unit_of_measure", "uOM"),
    ("default_quantity", "defaultQuantity"),
    ("min_quantity", "minQuantity"),
    ("max_quantity", "maxQuantity"),
    ("list_price_base", "listPriceBase"),
    ("up_to_periods", "upToPeriods"),
    ("tax_code", "taxCode"),
    ("tax_mode", "taxMode"),
    ("price_change_option", "priceChangeOption"),
];

/// What prices are called for one currency each, and the member of a tier that keeps them.
const AMOUNTS: [(&str, &str); 3] = [
    ("flat_amounts", "price"),
    ("unit_amounts", "price"),
    ("discount_amounts", "discountAmount"),
];

/// Adds a charge with its tiers; gives its id.
pub(super) fn add_charge(
    tx: &mut Transaction<'_>,
    plan: &str,
    sent: &Object,
) -> Result<String, Problem> {
    let mut row = Object::new();
    row.insert("productRatePlanId", plan);
    set_charge(&mut row, sent);
    let id = tx.create(Kind::ProductRatePlanCharge, row)?;
    set_prices(tx, &id, sent)?;
    Ok(id)
}

fn set_charge(row: &mut Object, sent: &Object) {
    rename(sent, row, &PLAIN);
    copy(sent, row, &["chargeFunction", "prepaymentUnitType"]);
    for (name, member, words) in WORDS {
        if let Some(word) = some_text(sent, name) {
            row.insert(member, own(words, word));
        }
    }
    let cycle = part(sent, "bill_cycle");
    for (name, member, _, words) in CYCLE {
        if let Some(word) = some_text(&cycle, name) {
            row.insert(member, own(words, word));
        }
    }
    rename(&cycle, row, &[("day_of_month", "billCycleDay")]);
    set_custom(row, sent);
}

fn update_charge(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let sent = part(ask.body, "charge");
    let id = tx.id_of(Kind::ProductRatePlanCharge, text(&sent, "id"))?;
    tx.change(Kind::ProductRatePlanCharge, &id, |row| {
        set_charge(row, &sent)
    })?;
    if sent.get("pricing").is_some() {
        for tier in tiers(tx, &id) {
            tx.remove(Kind::ProductRatePlanChargeTier, text(&tier, "id"))?;
        }
        set_prices(tx, &id, &sent)?;
    }
    seen(ask, charge(tx, tx.find(Kind::ProductRatePlanCharge, &id)?))
}

/// The prices of a request become tiers: one for each currency, or for each step and currency.
fn set_prices(tx: &mut Transaction<'_>, charge: &str, sent: &Object) -> Result<(), Problem> {
    let pricing = part(sent, "pricing");
    let mut rows = Vec::new();
    for step in std::iter::once(&pricing).chain(list(&pricing, "tiers")) {
        for (name, member) in AMOUNTS {
            for (currency, amount) in part(step, name).iter() {
                let mut row = Object::new();
                row.insert("currency", currency);
                row.insert(member, amount.clone());
                rename(
                    step,
                    &mut row,
                    &[("from", "startingUnit"), ("up_to", "endingUnit")],
                );
                if let Some(tier) = some_text(step, "tier") {
                    let tier: u32 = tier.parse().map_err(|_| {
                        Problem::bad_value(format!("pricing.tiers: the tier {tier} is no number"))
                    })?;
                    row.insert("tier", tier);
                }
                if let Some(format) = some_text(step, "price_format") {
                    row.insert("priceFormat", own(FORMATS, format));
                }
                rows.push(row);
            }
        }
    }
    if let Some(percentage) = pricing.get("discount_percentage") {
        let mut row = Object::new();
        row.insert("discountPercentage", percentage.clone());
        rows.push(row);
    }
    for mut row in rows {
        row.insert("productRatePlanChargeId", charge);
        tx.create(Kind::ProductRatePlanChargeTier, row)?;
    }
    Ok(())
}

fn update_tier(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::ProductRatePlanChargeTier, text(ask.body, "id"))?;
    tx.change(Kind::ProductRatePlanChargeTier, &id, |row| {
        copy(ask.body, row, &["price"]);
    })?;
    let row = tx.find(Kind::ProductRatePlanChargeTier, &id)?;
    let mut reply = times(row, "createdTime", "updatedTime");
    // The reply must have these; a price that is no tier begins at 0 and ends nowhere (a guess).
    reply.insert("startingUnit", 0);
    reply.insert("endingUnit", 0);
    copy(
        row,
        &mut reply,
        &["id", "currency", "price", "startingUnit", "endingUnit"],
    );
    if let Some(tier) = row.get("tier") {
        reply.insert("tier", tier.to_string());
    }
    if let Some(format) = some_text(row, "priceFormat") {
        reply.insert("priceFormat", told(FORMATS, format));
    }
    seen(ask, reply)
}

fn tiers(tx: &Transaction<'_>, charge: &str) -> Vec<Object> {
    let rows = tx.store().children(
        Kind::ProductRatePlanChargeTier,
        "productRatePlanChargeId",
        charge,
    );
    rows.cloned().collect()
}

pub(super) fn charge(tx: &Transaction<'_>, row: &Object) -> Object {
    let mut seen = times(row, "createdTime", "updatedTime");
    copy(
        row,
        &mut seen,
        &[
            "id",
            "name",
            "productRatePlanId",
            "productRatePlanChargeNumber",
            "defaultQuantity",
            "listPriceBase",
            "upToPeriods",
            "taxCode",
            "taxMode",
            "priceChangeOption",
            "chargeFunction",
            "prepaymentUnitType",
        ],
    );
    rename(row, &mut seen, &[("uOM", "unitOfMeasure")]);
    for (_, member, words) in WORDS {
        if let Some(word) = some_text(row, member) {
            seen.insert(member, told(words, word));
        }
    }
    let mut cycle = Object::new();
    for (_, member, name, words) in CYCLE {
        if let Some(word) = some_text(row, member) {
            cycle.insert(name, told(words, word));
        }
    }
    rename(row, &mut cycle, &[("billCycleDay", "dayOfMonth")]);
    seen.insert("billCycle", cycle);
    seen.insert(
        "pricing",
        pricing(&tiers(tx, text(row, "id")), text(row, "chargeModel")),
    );
    seen
}

/// Prices by currency, or steps with prices by currency.
fn pricing(tiers: &[Object], model: &str) -> Json {
    let amounts = match own(MODELS, model) {
        "Per Unit Pricing" => "unitAmounts",
        _ => "flatAmounts",
    };
    let (mut prices, mut discounts, mut steps) = (Object::new(), Object::new(), Vec::new());
    for tier in tiers {
        let currency = text(tier, "currency");
        if let Some(discount) = tier.get("discountAmount") {
            discounts.insert(currency, discount.clone());
        }
        let Some(price) = tier.get("price") else {
            continue;
        };
        if tier.get("tier").is_none() {
            prices.insert(currency, price.clone());
            continue;
        }
        let mut step = Object::new();
        rename(
            tier,
            &mut step,
            &[("startingUnit", "from"), ("endingUnit", "upTo")],
        );
        let format = some_text(tier, "priceFormat").unwrap_or("Per Unit");
        let amounts = match format {
            "Flat Fee" => "flatAmounts",
            _ => "unitAmounts",
        };
        step.insert("priceFormat", told(FORMATS, format));
        step.insert(
            "tier",
            tier.get("tier").map_or_else(String::new, Json::to_string),
        );
        step.insert(amounts, Json::object([(currency, price.clone())]));
        steps.push(Json::from(step));
    }
    let mut seen = Object::new();
    if prices.iter().next().is_some() {
        seen.insert(amounts, prices);
    }
    if discounts.iter().next().is_some() {
        seen.insert("discountAmounts", discounts);
    }
    if !steps.is_empty() {
        seen.insert("tiers", steps);
    }
    seen.into()
}
