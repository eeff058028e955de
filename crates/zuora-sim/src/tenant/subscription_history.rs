//! What a subscription was and will be, day by day, as its version knows it.

use super::{
    kind::Kind,
    record::{some_text, text},
    store::Transaction,
    subscription::whole,
};
use std::{cmp::min, collections::BTreeMap};
use zuora_wire::{Json, Object};

/// The statuses of a subscription, each with the day on which it begins and the one on which it ends. That days
/// to come are among them is a guess.
pub(super) fn of(tx: &Transaction<'_>, row: &Object) -> Vec<Json> {
    // It ends when it is cancelled, or with its last term.
    let stop = some_text(row, "cancelledDate").or_else(|| some_text(row, "subscriptionEndDate"));
    let mut spans = Vec::new();
    let mut from = Some(text(row, "subscriptionStartDate"));
    for (suspended, resumed) in suspensions(tx, row) {
        spans.extend(from.map(|from| ("Active", from, Some(suspended))));
        spans.push(("Suspended", suspended, resumed));
        from = resumed;
    }
    spans.extend(from.map(|from| ("Active", from, None)));
    let mut history = Vec::new();
    for (status, start, end) in spans {
        let end = [end, stop].into_iter().flatten().reduce(min);
        if end.is_none_or(|end| start < end) {
            history.push(entry(status, start, end));
        }
    }
    if let Some(stop) = stop {
        let status = match some_text(row, "cancelledDate") {
            Some(_) => "Cancelled",
            None => "OutOfTerm",
        };
        history.push(entry(status, stop, None));
    }
    history
}

fn entry(status: &str, start: &str, end: Option<&str>) -> Json {
    let mut entry = Object::new();
    entry.insert("startDate", start);
    if let Some(end) = end {
        entry.insert("endDate", end);
    }
    entry.insert("status", status);
    entry.into()
}

/// The suspensions of this version and of those before it, each with the day on which it ended.
fn suspensions<'t>(tx: &'t Transaction<'_>, row: &'t Object) -> BTreeMap<&'t str, Option<&'t str>> {
    let own = whole(row, "version");
    let versions = tx
        .store()
        .children(Kind::Subscription, "originalId", text(row, "originalId"))
        .filter(|version| whole(version, "version") <= own);
    let mut suspensions = BTreeMap::new();
    for version in versions.chain([row]) {
        if let Some(day) = some_text(version, "suspendDate") {
            suspensions.insert(day, some_text(version, "resumeDate"));
        }
    }
    // One that was taken back has no end.
    let open = some_text(row, "suspendDate");
    suspensions.retain(|day, resumed| resumed.is_some() || open == Some(*day));
    suspensions
}
