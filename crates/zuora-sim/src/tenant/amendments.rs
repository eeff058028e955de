//! Amendments: what led from one version of a subscription to the next, read only.

use super::{
    door::{Answer, Ask, Handler},
    kind::Kind,
    record::{copy, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::Object;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getAmendmentsByKey", |tx, ask| {
        Ok(Answer::Seen(shown(tx.find(Kind::Amendment, ask.key())?)))
    }),
    ("getAmendmentsBySubscriptionID", of_version),
];

/// Notes which kind of order action made this version. The first version comes from none.
pub(super) fn note(tx: &mut Transaction<'_>, action: &str, version: &str) -> Result<(), Problem> {
    let ty = match action {
        "AddProduct" => "NewProduct",
        "RenewSubscription" => "Renewal",
        "CancelSubscription" => "Cancellation",
        "Suspend" => "SuspendSubscription",
        "Resume" => "ResumeSubscription",
        "CreateSubscription" => return Ok(()),
        same => same,
    };
    let new = tx.find(Kind::Subscription, version)?;
    let Some(base) = some_text(new, "previousSubscriptionId") else {
        return Ok(());
    };
    let mut row = Object::new();
    row.insert("type", ty);
    row.insert("name", ty);
    row.insert("status", "Completed");
    row.insert("subscriptionId", base);
    row.insert("newSubscriptionId", version);
    row.insert("bookingDate", tx.today.as_str());
    copy(
        new,
        &mut row,
        &[
            "contractEffectiveDate",
            "serviceActivationDate",
            "termType",
            "termStartDate",
            "autoRenew",
            "renewalTerm",
            "renewalTermPeriodType",
        ],
    );
    let effective = match ty {
        "Cancellation" => "cancelledDate",
        "SuspendSubscription" => "suspendDate",
        "ResumeSubscription" => "resumeDate",
        "Renewal" => "termStartDate",
        _ => "contractEffectiveDate",
    };
    if let Some(day) = some_text(new, effective) {
        row.insert("effectiveDate", day);
    }
    copy(new, &mut row, &["suspendDate", "resumeDate"]);
    tx.create(Kind::Amendment, row)?;
    Ok(())
}

/// The amendment that made a version, else the one that followed it (a guess).
fn of_version(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Subscription, ask.key())?;
    let found = ["newSubscriptionId", "subscriptionId"]
        .into_iter()
        .find_map(|member| tx.store().children(Kind::Amendment, member, &id).next());
    let row = found.ok_or_else(|| Problem::not_found(ask.key()))?;
    Ok(Answer::Seen(shown(row)))
}

fn shown(row: &Object) -> Object {
    let mut seen = row.clone();
    seen.insert("baseSubscriptionId", text(row, "subscriptionId"));
    seen
}
