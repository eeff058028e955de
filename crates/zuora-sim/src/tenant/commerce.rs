//! `/commerce`: the same products and rate plans as everywhere, under names of its own. Charges are in
//! `commerce_charges`.
//!
//! That replies use the words of requests is a guess.

use super::{
    commerce_charges::{add_charge, charge},
    commerce_words::{CATEGORIES, own, told},
    door::{Answer, Ask, Handler},
    filter::{Condition, Test},
    kind::Kind,
    record::{copy, copy_custom, flag, list, some_text, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createProductCommerce", create_product),
    ("updateProductCommerce", update_product),
    ("getProductByKey", get_product),
    ("createPlan", |tx, ask| {
        let product = tx.id_of(Kind::Product, text(ask.body, "product_key"))?;
        let id = add_plan(tx, &product, ask.body)?;
        seen(ask, plan(tx, tx.find(Kind::ProductRatePlan, &id)?, true))
    }),
    ("updateProductRatePlanCommerce", update_plan),
    ("queryCommercePlansList", list_plans),
];

pub(super) fn part(row: &Object, name: &str) -> Object {
    let part = row.get(name).and_then(Json::as_object);
    part.cloned().unwrap_or_default()
}

/// What the reply's schema has a place for; these replies have no `success`.
pub(super) fn seen(ask: &Ask<'_>, row: Object) -> Result<Answer, Problem> {
    let reply = ask.operation.replies().next().and_then(|reply| reply.ty);
    let schema = reply.and_then(|ty| ty.schema());
    let seen = schema.map_or_else(|| row.clone(), |schema| view::through(schema, &row));
    Ok(Answer::Json(seen.into()))
}

/// Copies under other names.
pub(super) fn rename(from: &Object, into: &mut Object, names: &[(&str, &str)]) {
    for (name, own) in names {
        if let Some(value) = from.get(name).filter(|value| !value.is_null()) {
            into.insert(*own, value.clone());
        }
    }
}

/// Custom fields, which requests have apart.
pub(super) fn set_custom(row: &mut Object, sent: &Object) {
    copy_custom(&part(sent, "custom_fields"), row);
}

fn create_product(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let mut row = Object::new();
    rename(
        body,
        &mut row,
        &[
            ("name", "name"),
            ("sku", "sKU"),
            ("product_number", "productNumber"),
            ("start_date", "effectiveStartDate"),
            ("end_date", "effectiveEndDate"),
        ],
    );
    row.insert("category", own(CATEGORIES, text(body, "category")));
    let id = tx.create(Kind::Product, row)?;
    for sent in list(body, "plans") {
        add_plan(tx, &id, sent)?;
    }
    let mut reply = product(tx.find(Kind::Product, &id)?);
    reply.insert("plans", plans(tx, &id, true));
    seen(ask, reply)
}

fn update_product(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let id = tx.id_of(Kind::Product, text(body, "id"))?;
    tx.change(Kind::Product, &id, |row| {
        rename(
            body,
            row,
            &[
                ("name", "name"),
                ("startDate", "effectiveStartDate"),
                ("endDate", "effectiveEndDate"),
            ],
        );
        if let Some(category) = some_text(body, "category") {
            row.insert("category", own(CATEGORIES, category));
        }
        set_custom(row, body);
    })?;
    seen(ask, product(tx.find(Kind::Product, &id)?))
}

fn get_product(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Product, ask.key())?;
    let expand = part(ask.body, "expand");
    let mut reply = product(row);
    let with_charges = flag(&expand, "productRatePlanCharges");
    if with_charges || flag(&expand, "productRatePlans") {
        reply.insert("productRatePlans", plans(tx, text(row, "id"), with_charges));
    }
    seen(ask, reply)
}

/// Adds a rate plan with its charges; gives its id.
fn add_plan(tx: &mut Transaction<'_>, product: &str, sent: &Object) -> Result<String, Problem> {
    let mut row = Object::new();
    row.insert("productId", product);
    rename(
        sent,
        &mut row,
        &[
            ("name", "name"),
            ("start_date", "effectiveStartDate"),
            ("end_date", "effectiveEndDate"),
            ("active_currencies", "activeCurrencies"),
        ],
    );
    let id = tx.create(Kind::ProductRatePlan, row)?;
    for sent in list(sent, "charges") {
        add_charge(tx, &id, sent)?;
    }
    Ok(id)
}

fn update_plan(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::ProductRatePlan, text(ask.body, "id"))?;
    tx.change(Kind::ProductRatePlan, &id, |row| {
        rename(
            ask.body,
            row,
            &[
                ("name", "name"),
                ("grade", "grade"),
                ("startDate", "effectiveStartDate"),
                ("endDate", "effectiveEndDate"),
            ],
        );
    })?;
    seen(ask, plan(tx, tx.find(Kind::ProductRatePlan, &id)?, true))
}

fn list_plans(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let conditions = list(ask.body, "filters")
        .map(condition)
        .collect::<Result<Vec<_>, _>>()?;
    let with_charges = flag(&part(ask.body, "expand"), "product_rate_plan_charges");
    let rows = tx.store().all(Kind::ProductRatePlan);
    let fitting = rows.filter(|row| conditions.iter().all(|condition| condition.is_met(row)));
    let values: Vec<Json> = fitting
        .map(|row| view::named("ListPlansResponsePlan", &plan(tx, row, with_charges)))
        .collect();
    Ok(Answer::Json(Json::object([("values", values)])))
}

/// A filter, under the names of records.
fn condition(sent: &Object) -> Result<Condition, Problem> {
    let field = text(sent, "field");
    let member = match field {
        "id" | "name" | "grade" | "description" => field,
        "product_id" | "productId" => "productId",
        "product_rate_plan_number" | "productRatePlanNumber" => "productRatePlanNumber",
        "start_date" | "startDate" => "effectiveStartDate",
        "end_date" | "endDate" => "effectiveEndDate",
        other => {
            let text = format!("filters: {other} is not a field of plans that can be filtered by");
            return Err(Problem::bad_value(text));
        }
    };
    let value = text(sent, "value").to_owned();
    let test = match text(sent, "operator") {
        "EQ" => Test::Equal(value),
        "NE" => Test::NotEqual(value),
        "LT" => Test::Less(value),
        "LTE" => Test::LessOrEqual(value),
        "GT" => Test::Greater(value),
        "GTE" => Test::GreaterOrEqual(value),
        "SW" => Test::Begins(value),
        "EW" => Test::Ends(value),
        "LIKE" => Test::Holds(value.trim_matches('%').to_owned()),
        _ => {
            let items = value.trim_matches(['[', ']']).split(',');
            Test::OneOf(items.map(|item| item.trim().to_owned()).collect())
        }
    };
    Ok(Condition {
        member: member.to_owned(),
        test,
    })
}

/// Who and when, as these replies say it.
pub(super) fn times(row: &Object, created: &str, updated: &str) -> Object {
    let mut seen = Object::new();
    rename(
        row,
        &mut seen,
        &[
            ("createdDate", created),
            ("updatedDate", updated),
            ("createdById", "createdBy"),
            ("updatedById", "updatedBy"),
            ("createdById", "createdById"),
            ("updatedById", "updatedById"),
        ],
    );
    seen
}

fn product(row: &Object) -> Object {
    let mut seen = times(row, "createdTime", "updatedTime");
    copy(row, &mut seen, &["id", "name", "productNumber"]);
    rename(
        row,
        &mut seen,
        &[
            ("sKU", "sku"),
            ("effectiveStartDate", "startDate"),
            ("effectiveEndDate", "endDate"),
        ],
    );
    seen.insert("category", told(CATEGORIES, text(row, "category")));
    seen.insert("state", "active");
    seen
}

/// The rate plans of a product.
fn plans(tx: &Transaction<'_>, product: &str, with_charges: bool) -> Vec<Json> {
    let rows = tx
        .store()
        .children(Kind::ProductRatePlan, "productId", product);
    rows.map(|row| view::named("CommerceResponsePlan", &plan(tx, row, with_charges)))
        .collect()
}

fn plan(tx: &Transaction<'_>, row: &Object, with_charges: bool) -> Object {
    let mut seen = times(row, "createTime", "updateTime");
    copy(
        row,
        &mut seen,
        &[
            "id",
            "name",
            "productId",
            "productRatePlanNumber",
            "activeCurrencies",
        ],
    );
    rename(
        row,
        &mut seen,
        &[
            ("name", "displayName"),
            ("effectiveStartDate", "startDate"),
            ("effectiveEndDate", "endDate"),
        ],
    );
    seen.insert("state", "active");
    if with_charges {
        let charges = tx.store().children(
            Kind::ProductRatePlanCharge,
            "productRatePlanId",
            text(row, "id"),
        );
        let charges = charges.map(|row| view::named("CommerceResponseCharge", &charge(tx, row)));
        seen.insert("productRatePlanCharges", charges.collect::<Vec<Json>>());
    }
    seen
}
