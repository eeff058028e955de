//! The charges of subscriptions as `/v1` REST shows them: under its names, in its words, with their tiers.

use super::{
    charge_tiers::TIERS,
    kind::Kind,
    pricing::{Model, plain},
    record::{flag, list, text},
    store::Transaction,
    view,
};
use zuora_catalog::Shape;
use zuora_wire::{Json, Object};

/// Members with words of their own in REST: those of records, those of replies, and the schema of the words.
const WORDS: [(&str, &str, &str); 6] = [
    ("chargeModel", "model", "ChargeModel"),
    ("chargeType", "type", "ChargeType"),
    ("billingPeriod", "billingPeriod", "BillingPeriod"),
    ("billingTiming", "billingTiming", "BillingTiming"),
    ("endDateCondition", "endDateCondition", "EndDateCondition"),
    ("listPriceBase", "listPriceBase", "ChargeListPriceBase"),
];

/// A charge that has its tiers with it. That these are told only where the price depends on the quantity is a
/// guess.
pub(super) fn shown(tx: &Transaction<'_>, charge: &Object) -> Object {
    let mut seen = view::rest(Kind::RatePlanCharge, charge);
    for (own, told) in [
        ("salesPrice", "price"),
        ("mRR", "mrr"),
        ("tCV", "tcv"),
        ("originalId", "originalChargeId"),
    ] {
        if let Some(value) = charge.get(own).cloned() {
            seen.insert(told, value);
        }
    }
    for (own, told, schema) in WORDS {
        if let Some(word) = word_of(schema, text(charge, own)) {
            seen.insert(told, word);
        }
    }
    if let Some(owner) = tx.get(Kind::Subscription, text(charge, "subscriptionId")) {
        seen.insert("currency", text(owner, "currency"));
    }
    let source = text(charge, "productRatePlanChargeId");
    if let Some(source) = tx.get(Kind::ProductRatePlanCharge, source) {
        let number = text(source, "productRatePlanChargeNumber");
        seen.insert("productRatePlanChargeNumber", number);
    }
    let (beyond, steps): (Vec<&Object>, Vec<&Object>) =
        list(charge, TIERS).partition(|tier| flag(tier, "isOveragePrice"));
    for name in ["discountAmount", "discountPercentage", "includedUnits"] {
        let mut tiers = list(charge, TIERS);
        if let Some(value) = tiers.find_map(|tier| tier.get(name)) {
            seen.insert(name, value.clone());
        }
    }
    if let Some(price) = beyond.first().and_then(|tier| tier.get("price")) {
        seen.insert("overagePrice", price.clone());
    }
    seen.remove(TIERS);
    if Model::of(charge).has_steps() {
        let steps = steps.into_iter();
        let steps = steps.map(|tier| view::named("RatePlanChargeTier", tier));
        seen.insert(TIERS, steps.collect::<Vec<Json>>());
    }
    seen
}

/// The word of a schema that says the same: `Semi_Annual` for `Semi-Annual`, `FlatFee` for `Flat Fee Pricing`.
fn word_of(schema: &str, word: &str) -> Option<&'static str> {
    let Shape::Enum(words) = zuora_catalog::schema(schema)?.shape() else {
        return None;
    };
    let word = plain(word);
    let short = word.trim_end_matches("pricing");
    words
        .iter()
        .find(|known| [word.as_str(), short].contains(&plain(known).as_str()))
}
