//! Products, rate plans and charges, as `/v1` REST reads them; CRUD writes them.

use super::{
    accounts::view_of,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    nulls,
    record::{copy, copy_plain, some_text, text},
    store::Transaction,
    view,
};
use crate::{problem::Problem, version};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getProducts", products),
    ("getProduct", product),
    ("getProductRatePlan", |tx, ask| {
        let row = tx.find(Kind::ProductRatePlan, ask.key())?;
        Ok(Answer::Seen(plan(tx, row)))
    }),
    ("getRatePlansByProduct", |tx, ask| {
        let id = tx.id_of(Kind::Product, ask.key())?;
        let rows = tx.store().children(Kind::ProductRatePlan, "productId", &id);
        Ok(ask.page("productRatePlans", rows, |row| {
            view_of(ask, "productRatePlans", &plan(tx, row))
        }))
    }),
    ("getProductRatePlansByExternalID", |tx, ask| {
        let rows = tx.store().all(Kind::ProductRatePlan);
        let found = rows.filter(|row| {
            let ids = row.get("externalRatePlanIds").and_then(Json::as_array);
            ids.into_iter()
                .flatten()
                .any(|id| id.as_str() == Some(ask.key()))
        });
        let found: Vec<Json> = found
            .map(|row| view_of(ask, "productRatePlans", &plan(tx, row)))
            .collect();
        match found.is_empty() {
            true => Err(Problem::not_found(ask.key())),
            false => Ok(done([("productRatePlans", found.into())])),
        }
    }),
    ("GET_RetrieveProductRatePlanCharge", charge_alone),
    ("updateProductRatePlanChargeFinanceInformation", set_finance),
];

/// With its rate plans: a link to them, or the list, which has no place in the reference any more.
fn shown(tx: &Transaction<'_>, ask: &Ask<'_>, schema: &str, row: &Object) -> Json {
    let id = text(row, "id");
    let mut seen = view::named(schema, &view::rest(Kind::Product, row));
    let plans: Json = if ask.version >= version::RATE_PLANS_AS_URL_SINCE {
        let base = &ask.call.shared.base_url;
        format!("{base}/v1/rateplan/{id}/productRatePlan").into()
    } else {
        let rows = tx.store().children(Kind::ProductRatePlan, "productId", id);
        rows.map(|row| nulls::printed("ProductRatePlan", &plan(tx, row)))
            .collect::<Vec<_>>()
            .into()
    };
    if let Json::Object(seen) = &mut seen {
        seen.insert("productRatePlans", plans);
    }
    seen
}

fn products(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let tx = &*tx;
    let rows = tx.store().all(Kind::Product);
    Ok(ask.page("products", rows, |row| shown(tx, ask, "Product", row)))
}

fn product(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Product, ask.key())?;
    let mut seen = shown(tx, ask, "GetProductResponse", row);
    if let Json::Object(seen) = &mut seen {
        seen.insert("success", true);
    }
    Ok(Answer::Json(seen))
}

/// A rate plan with its charges.
fn plan(tx: &Transaction<'_>, row: &Object) -> Object {
    let mut seen = view::rest(Kind::ProductRatePlan, row);
    let today = tx.today.as_str();
    let status = if some_text(row, "effectiveEndDate").is_some_and(|end| end < today) {
        "Expired"
    } else if some_text(row, "effectiveStartDate").is_some_and(|start| start > today) {
        "NotStarted"
    } else {
        "Active"
    };
    seen.insert("status", status);
    let charges = tx.store().children(
        Kind::ProductRatePlanCharge,
        "productRatePlanId",
        text(row, "id"),
    );
    let charges: Vec<Json> = charges
        .map(|row| view::named("ProductRatePlanChargeRest", &charge(tx, row)))
        .collect();
    seen.insert("productRatePlanCharges", charges);
    seen
}

/// What a charge costs in one currency: a price, or tiers.
struct Price {
    row: Object,
    tiers: Vec<Object>,
}

fn prices(tx: &Transaction<'_>, charge: &Object) -> Vec<Price> {
    let mut prices: Vec<Price> = Vec::new();
    let tiers = tx.store().children(
        Kind::ProductRatePlanChargeTier,
        "productRatePlanChargeId",
        text(charge, "id"),
    );
    for tier in tiers {
        let currency = text(tier, "currency");
        let mut known = prices.iter_mut();
        match known.find(|price| text(&price.row, "currency") == currency) {
            Some(price) => price.tiers.push(tier.clone()),
            None => {
                let mut row = Object::new();
                copy(charge, &mut row, &["includedUnits"]);
                let own = ["currency", "price", "discountAmount", "discountPercentage"];
                copy(tier, &mut row, &own);
                let tiers = vec![tier.clone()];
                prices.push(Price { row, tiers });
            }
        }
    }
    for price in &mut prices {
        if price.tiers.len() == 1 {
            // That is no tier, but the price.
            price.tiers.clear();
        } else {
            price.row.remove("price");
        }
    }
    prices
}

/// A charge as rate plans show it.
fn charge(tx: &Transaction<'_>, row: &Object) -> Object {
    let mut seen = view::rest(Kind::ProductRatePlanCharge, row);
    let pricing = prices(tx, row).into_iter().map(|mut price| {
        if !price.tiers.is_empty() {
            let tiers = price.tiers.iter();
            let tiers =
                tiers.map(|tier| view::named("GetProductRatePlanChargePricingTierType", tier));
            price.row.insert("tiers", tiers.collect::<Vec<Json>>());
        }
        view::named("GetProductRatePlanChargePricingType", &price.row)
    });
    seen.insert("pricing", pricing.collect::<Vec<Json>>());
    seen
}

/// A charge by itself, whose reply has other words for models, and lists of tiers in lists.
fn charge_alone(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::ProductRatePlanCharge, ask.key())?;
    let mut seen = view::rest(Kind::ProductRatePlanCharge, row);
    let pricing = prices(tx, row).into_iter().map(|mut price| {
        if !price.tiers.is_empty() {
            let tiers = price.tiers.iter();
            let tiers = tiers.map(|tier| view::named("GETRatePlanChargePricingTier", tier));
            let tiers: Vec<Json> = tiers.collect();
            price.row.insert("tiers", vec![Json::from(tiers)]);
        }
        view::named("GETRatePlanChargePricing", &price.row)
    });
    seen.insert("pricing", pricing.collect::<Vec<Json>>());
    let model = text(row, "chargeModel").trim_end_matches(" Pricing");
    seen.insert("model", model.replace([' ', '-'], ""));
    Ok(Answer::Seen(seen))
}

/// The accounting codes of a charge; those that are not named stay.
fn set_finance(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    tx.change(Kind::ProductRatePlanCharge, ask.key(), |row| {
        let kept = row.get("financeInformation").and_then(Json::as_object);
        let mut kept = kept.cloned().unwrap_or_default();
        copy_plain(ask.body, &mut kept, &[]);
        row.insert("financeInformation", kept);
    })?;
    Ok(done([]))
}
