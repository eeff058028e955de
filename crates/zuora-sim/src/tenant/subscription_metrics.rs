//! What subscriptions bring: in all, in a month once all changes took effect, and in the month of a day.

use super::{
    door::{Answer, Ask, Handler},
    kind::Kind,
    record::{amount, text},
    revenue, segments,
    store::Transaction,
    view,
};
use crate::{check, problem::Problem};
use jiff::civil::Date;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("getMetricsBySubscriptionNumbers", metrics)];

fn metrics(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let (day, is_of_today) = day(tx, ask)?;
    let mut told = Vec::new();
    for name in check::queried(ask.call, "subscriptionNumbers[]") {
        let row = tx.find(Kind::Subscription, &name)?;
        let mut seen = of(tx, row, &day);
        seen.insert("subscriptionNumber", text(row, "name"));
        told.push(view::named("SubscriptionMetrics", &seen));
    }
    let mut reply = Object::new();
    reply.insert("subscriptionMetrics", told);
    Ok(Answer::Seen(reply).only_today(is_of_today))
}

/// The day that is asked for, which is today unless one is named; and whether it is.
pub(super) fn day(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<(String, bool), Problem> {
    match ask.query("asOfDay").filter(|day| !day.is_empty()) {
        None => Ok((tx.today.clone(), true)),
        Some(day) => match day.parse::<Date>() {
            Ok(day) => Ok((day.to_string(), false)),
            Err(_) => Err(Problem::bad_query(
                "asOfDay must be a date such as 2026-03-31",
            )),
        },
    }
}

/// Without discounts net and gross are the same; with one the net amounts are left out, since nothing is
/// discounted here.
pub(super) fn of(tx: &Transaction<'_>, row: &Object, day: &str) -> Object {
    let charges = tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", text(row, "id"));
    let mut monthly = Vec::new();
    let mut has_discount = false;
    for charge in charges {
        has_discount |= text(charge, "chargeModel").contains("Discount");
        if segments::runs_on(charge, day) {
            monthly.push(amount(charge, "mRR"));
        }
    }
    let mut told = Object::new();
    for (gross, net, value) in [
        (
            "contractedMrr",
            "contractedNetMrr",
            Some(amount(row, "cMRR")),
        ),
        (
            "asOfDayGrossMrr",
            "asOfDayNetMrr",
            Decimal::checked_sum(&monthly),
        ),
        (
            "totalContractedValue",
            "netTotalContractedValue",
            revenue::contracted_value(tx, row),
        ),
    ] {
        let value = value.map(Json::from);
        if let Some(value) = value.clone() {
            told.insert(gross, value);
        }
        if let Some(value) = value.filter(|_| !has_discount) {
            told.insert(net, value);
        }
    }
    told
}
