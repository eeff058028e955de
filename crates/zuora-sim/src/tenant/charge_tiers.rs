//! The tiers of a subscription's charges, which hold their prices: records of their own.
//!
//! Charges that are worked on have them as a list in the member `tiers`; `with` reads them, `set` keeps them.

use super::{
    kind::Kind,
    pricing::{Model, plain},
    record::{amount, copy, flag, list, some_amount, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) const TIERS: &str = "tiers";

/// The numbers that tiers have.
const MEMBERS: [&str; 7] = [
    "startingUnit",
    "endingUnit",
    "price",
    "includedUnits",
    "discountAmount",
    "discountPercentage",
    "originalListPrice",
];

/// A charge with its tiers.
pub(super) fn with(tx: &Transaction<'_>, charge: &Object) -> Object {
    let mut charge = charge.clone();
    let tiers = of(tx, text(&charge, "id")).into_iter().map(Json::from);
    charge.insert(TIERS, tiers.collect::<Vec<Json>>());
    charge
}

/// The tiers of a charge, without their ids.
pub(super) fn of(tx: &Transaction<'_>, charge: &str) -> Vec<Object> {
    let rows = tx
        .store()
        .children(Kind::RatePlanChargeTier, "ratePlanChargeId", charge);
    let tiers = rows.map(|row| {
        let mut tier = Object::new();
        let words = ["tier", "currency", "priceFormat", "isOveragePrice"];
        copy(row, &mut tier, &words);
        copy(row, &mut tier, &MEMBERS);
        tier
    });
    tiers.collect()
}

/// Keeps these tiers for a charge. Those that are as they were stay.
pub(super) fn set(
    tx: &mut Transaction<'_>,
    charge: &str,
    tiers: Vec<Object>,
) -> Result<(), Problem> {
    if of(tx, charge) == tiers {
        return Ok(());
    }
    clear(tx, charge)?;
    for mut tier in tiers {
        tier.insert("ratePlanChargeId", charge);
        tx.create(Kind::RatePlanChargeTier, tier)?;
    }
    Ok(())
}

fn clear(tx: &mut Transaction<'_>, charge: &str) -> Result<(), Problem> {
    let rows = tx
        .store()
        .children(Kind::RatePlanChargeTier, "ratePlanChargeId", charge);
    let ids: Vec<String> = rows.map(|row| text(row, "id").to_owned()).collect();
    ids.iter()
        .try_for_each(|id| tx.remove(Kind::RatePlanChargeTier, id))
}

/// Removes a charge with its tiers.
pub(super) fn remove(tx: &mut Transaction<'_>, charge: &str) -> Result<(), Problem> {
    clear(tx, charge)?;
    tx.remove(Kind::RatePlanCharge, charge)
}

/// The first price of a charge of the catalogue in one currency.
pub(super) fn list_price(tx: &Transaction<'_>, source: &Object, currency: &str) -> Decimal {
    let tiers = listed(tx, source, currency);
    tiers
        .first()
        .map_or(Decimal::ZERO, |tier| amount(tier, "price"))
}

/// The tiers of a charge of the catalogue in one currency. Without any of it the price is 0 (a guess).
pub(super) fn listed(tx: &Transaction<'_>, source: &Object, currency: &str) -> Vec<Object> {
    let rows = tx.store().children(
        Kind::ProductRatePlanChargeTier,
        "productRatePlanChargeId",
        text(source, "id"),
    );
    let fitting = rows.filter(|tier| {
        some_text(tier, "currency").is_none_or(|own| own.eq_ignore_ascii_case(currency))
    });
    let mut tiers: Vec<Object> = fitting.cloned().collect();
    tiers.sort_by_key(|tier| {
        (
            flag(tier, "isOveragePrice"),
            some_amount(tier, "startingUnit"),
        )
    });
    let model = Model::of(source);
    if !model.has_steps() {
        // One is enough: that of the first price.
        tiers.truncate(1);
        if tiers.is_empty() && model != Model::Discount {
            let mut free = Object::new();
            free.insert("price", Decimal::ZERO);
            tiers.push(free);
        }
    }
    if let (Some(first), Some(units)) = (tiers.first_mut(), source.get("includedUnits")) {
        first.insert("includedUnits", units.clone());
    }
    if let (Model::Overage, Some(first)) = (model, tiers.first_mut()) {
        first.insert("isOveragePrice", true);
    }
    numbered(tiers.iter(), model, currency)
}

/// Tiers under the names of records, in their order. Prices are for a unit unless they say otherwise or the
/// model is one of flat fees (a guess).
fn numbered<'a>(
    tiers: impl Iterator<Item = &'a Object>,
    model: Model,
    currency: &str,
) -> Vec<Object> {
    let tiers = tiers.enumerate().map(|(place, sent)| {
        let mut tier = Object::new();
        tier.insert("tier", place + 1);
        tier.insert("currency", currency);
        if place == 0 {
            tier.insert("startingUnit", 0);
        }
        for name in MEMBERS {
            if let Some(Json::Number(value)) = sent.get(name) {
                tier.insert(name, value.clone());
            }
        }
        if flag(sent, "isOveragePrice") {
            tier.insert("isOveragePrice", true);
        }
        let is_flat = match some_text(sent, "priceFormat") {
            Some(format) => plain(format) == "flatfee",
            None => matches!(model, Model::Flat | Model::Discount),
        };
        tier.insert("priceFormat", if is_flat { "FlatFee" } else { "PerUnit" });
        tier
    });
    tiers.collect()
}

/// Takes the prices of a request into the tiers of a charge.
pub(super) fn take(charge: &mut Object, sent: &Object, currency: &str) {
    let model = Model::of(charge);
    let mut tiers: Vec<Object> = list(charge, TIERS).cloned().collect();
    let own = found(sent, TIERS, &|value| value.as_array().is_some());
    if let (Some(Json::Array(own)), true) = (own, model.has_steps()) {
        // What is paid beyond the last step stays.
        let own = own.iter().filter_map(Json::as_object);
        let beyond = tiers.iter().filter(|tier| flag(tier, "isOveragePrice"));
        tiers = numbered(own.chain(beyond), model, currency);
    }
    if tiers.is_empty() && !model.has_steps() {
        let mut first = Object::new();
        if let Some(price) = charge.get("salesPrice") {
            first.insert("price", price.clone());
        }
        tiers = numbered([&first].into_iter(), model, currency);
    }
    let price = found_number(sent, "price").or_else(|| found_number(sent, "listPrice"));
    if let (Some(first), Some(price), false) = (tiers.first_mut(), price, model.has_steps()) {
        first.insert("price", price.clone());
    }
    if let Some(price) = found_number(sent, "overagePrice") {
        match tiers.iter_mut().find(|tier| flag(tier, "isOveragePrice")) {
            Some(tier) => {
                tier.insert("price", price.clone());
            }
            None => {
                let mut beyond = Object::new();
                beyond.insert("price", price.clone());
                beyond.insert("isOveragePrice", true);
                tiers.push(beyond);
                tiers = numbered(tiers.iter(), model, currency);
            }
        }
    }
    for name in ["discountAmount", "discountPercentage", "includedUnits"] {
        if let (Some(first), Some(value)) = (tiers.first_mut(), found_number(sent, name)) {
            first.insert(name, value.clone());
        }
    }
    let tiers = tiers.into_iter().map(Json::from);
    charge.insert(TIERS, tiers.collect::<Vec<Json>>());
}

/// A number of this name, however deep in the pricing of a request.
pub(super) fn found_number<'a>(sent: &'a Object, name: &str) -> Option<&'a Json> {
    found(sent, name, &|value| value.as_number().is_some())
}

/// A text of this name, as deep.
pub(super) fn found_text<'a>(sent: &'a Object, name: &str) -> Option<&'a str> {
    found(sent, name, &|value| value.as_str().is_some())?.as_str()
}

fn found<'a>(sent: &'a Object, name: &str, fits: &dyn Fn(&Json) -> bool) -> Option<&'a Json> {
    let own = sent.get(name).filter(|value| fits(value));
    own.or_else(|| {
        sent.iter()
            .filter(|(part, _)| *part != "customFields")
            .filter_map(|(_, value)| value.as_object())
            .find_map(|part| found(part, name, fits))
    })
}
