//! Products, rate plans and charges, as `/v1` REST reads them; CRUD writes them.

use super::{
    accounts::view_of,
    door::{Answer, Ask, Handler},
    kind::Kind,
    record::text,
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::Object;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getProducts", products),
    ("getProduct", product),
    ("getProductRatePlan", rate_plan),
    ("getProductRatePlans", rate_plans),
];

/// With the link to its rate plans that replies have since version 230.0 (documented).
fn shown(ask: &Ask<'_>, row: &Object) -> Object {
    let mut seen = view::rest(Kind::Product, row);
    let base = &ask.call.shared.base_url;
    let link = format!("{base}/v1/rateplan/{}/productRatePlan", text(row, "id"));
    seen.insert("productRatePlans", link);
    seen
}

fn products(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let rows = tx.store().all(Kind::Product);
    Ok(ask.page("products", rows, |row| {
        view_of(ask, "products", &shown(ask, row))
    }))
}

fn product(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(Answer::Seen(shown(ask, tx.find(Kind::Product, ask.key())?)))
}

fn rate_plan(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::ProductRatePlan, ask.key())?;
    Ok(Answer::Seen(view::rest(Kind::ProductRatePlan, row)))
}

fn rate_plans(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Product, ask.key())?;
    let rows = tx.store().children(Kind::ProductRatePlan, "productId", &id);
    Ok(ask.page("productRatePlans", rows, |row| {
        view_of(ask, "productRatePlans", row)
    }))
}
