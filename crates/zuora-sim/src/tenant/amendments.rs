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

/// Notes which kind of order action made this version, and on which days it took effect; gives the id of the
/// amendment. The first version comes from none.
pub(super) fn note(
    tx: &mut Transaction<'_>,
    action: &str,
    version: &str,
    days: &Object,
) -> Result<Option<String>, Problem> {
    let ty = match action {
        "AddProduct" => "NewProduct",
        "RenewSubscription" => "Renewal",
        "CancelSubscription" => "Cancellation",
        "Suspend" => "SuspendSubscription",
        "Resume" => "ResumeSubscription",
        "CreateSubscription" => return Ok(None),
        same => same,
    };
    let new = tx.find(Kind::Subscription, version)?;
    let Some(base) = some_text(new, "previousSubscriptionId") else {
        return Ok(None);
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
            "termType",
            "termStartDate",
            "autoRenew",
            "renewalTerm",
            "renewalTermPeriodType",
        ],
    );
    copy(
        days,
        &mut row,
        &["contractEffectiveDate", "serviceActivationDate"],
    );
    if let Some(day) = some_text(days, "contractAcceptanceDate") {
        row.insert("customerAcceptanceDate", day);
    }
    // What names a day of its own takes effect on it.
    let effective = match ty {
        "Cancellation" => some_text(new, "cancelledDate"),
        "SuspendSubscription" => some_text(new, "suspendDate"),
        "ResumeSubscription" => some_text(new, "resumeDate"),
        "Renewal" => some_text(new, "termStartDate"),
        _ => None,
    };
    if let Some(day) = effective.or_else(|| some_text(days, "contractEffectiveDate")) {
        row.insert("effectiveDate", day);
    }
    copy(new, &mut row, &["suspendDate", "resumeDate"]);
    tx.create(Kind::Amendment, row).map(Some)
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
