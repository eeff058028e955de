//! Billing schedules of order line items: parts of the amount, each for a day.

use super::{
    door::{Answer, Ask, Handler},
    kind::Kind,
    record::{copy, flag, list, plus, some_amount, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("updateOrderLineItemBillingScheduleItems", update)];

/// The schedule that an item is sent with.
pub(super) fn set(
    tx: &mut Transaction<'_>,
    item: &mut Object,
    sent: &Object,
) -> Result<(), Problem> {
    let Some(schedule) = sent.get("billingSchedule").and_then(Json::as_object) else {
        return Ok(());
    };
    let parts: Vec<Object> = list(schedule, "items").cloned().collect();
    keep(tx, item, parts)
}

/// Changes, adds and removes parts of a schedule.
fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut item = tx.find(Kind::OrderLineItem, ask.key())?.clone();
    let schedule = item.get("billingSchedule").and_then(Json::as_object);
    let mut parts: Vec<Object> = schedule
        .into_iter()
        .flat_map(|schedule| list(schedule, "items"))
        .cloned()
        .collect();
    for sent in list(ask.body, "items") {
        let Some(id) = some_text(sent, "id") else {
            parts.push(sent.clone());
            continue;
        };
        let mut known = parts.iter_mut();
        let part = known.find(|part| text(part, "id") == id);
        let part = part.ok_or_else(|| Problem::not_found(id))?;
        if flag(sent, "delete") {
            parts.retain(|part| text(part, "id") != id);
            continue;
        }
        // A part has an amount or a percentage.
        if sent.get("amount").is_some() || sent.get("percentage").is_some() {
            part.remove("amount");
            part.remove("percentage");
        }
        copy(sent, part, &["amount", "percentage", "name", "runDate"]);
    }
    keep(tx, &mut item, parts)?;
    let schedule = item.get("billingSchedule").cloned();
    tx.change(Kind::OrderLineItem, ask.key(), |row| *row = item)?;
    Ok(Answer::Json(schedule.unwrap_or(Json::Null)))
}

/// Keeps these parts; together they are no more than the item's amount (a guess, as is their state).
fn keep(tx: &mut Transaction<'_>, item: &mut Object, parts: Vec<Object>) -> Result<(), Problem> {
    let whole = some_amount(item, "amount").unwrap_or(Decimal::ZERO);
    let mut sum = Decimal::ZERO;
    let mut kept = Vec::new();
    for (place, sent) in parts.into_iter().enumerate() {
        let amount = match (
            some_amount(&sent, "amount"),
            some_amount(&sent, "percentage"),
        ) {
            (Some(amount), _) => amount,
            (None, Some(part)) => whole.checked_mul(&part).ok_or_else(|| {
                Problem::bad_value("The amounts have too many digits to be multiplied exactly")
            })?,
            (None, None) => {
                return Err(Problem::missing("amount or percentage is missing"));
            }
        };
        if amount < Decimal::ZERO {
            return Err(Problem::bad_value("An amount of a schedule is below 0"));
        }
        sum = plus(&sum, &amount)?;
        let id = match some_text(&sent, "id") {
            Some(id) => id.to_owned(),
            None => tx.new_id(),
        };
        let mut part = Object::new();
        copy(
            &sent,
            &mut part,
            &["amount", "percentage", "name", "runDate"],
        );
        part.insert("id", id);
        part.insert("sequence", place + 1);
        let is_dated = some_text(&sent, "runDate").is_some();
        part.insert("state", if is_dated { "SCHEDULED" } else { "HELD" });
        kept.push(Json::from(part));
    }
    if sum > whole {
        return Err(Problem::rule(format!(
            "The schedule comes to {sum}, more than the amount {whole} of the order line item."
        )));
    }
    item.insert("billingSchedule", Json::object([("items", kept)]));
    Ok(())
}
