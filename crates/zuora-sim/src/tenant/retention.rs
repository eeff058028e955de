//! What does not stay: files, exports and jobs of AQuA go when their time is over, at their moment of virtual
//! time and before the next request is looked at. The moment stands in the record, on the wall clock, so that a
//! snapshot takes it along.
//!
//! How long each of them stays is documented; that the time begins with the record is a guess.

use super::{
    kind::Kind,
    record::{some_text, text},
    store::{Store, Transaction},
};
use crate::problem::Problem;
use std::time::Duration;
use zuora_wire::Object;

/// When a record goes.
pub(super) const GOES: &str = "goesAt";

/// The kinds that have such records.
const KINDS: [Kind; 3] = [Kind::Export, Kind::BatchQuery, Kind::File];

pub(super) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}

/// Adds a record that stays this long; gives its id.
pub(super) fn create(
    tx: &mut Transaction<'_>,
    kind: Kind,
    mut row: Object,
    stays: Duration,
) -> Result<String, Problem> {
    row.insert(GOES, tx.wall_after(stays).to_string());
    let id = tx.create(kind, row)?;
    tx.plan(stays, kind, &id);
    Ok(id)
}

/// All that will go. A record without a moment, as a file written by hand may have it, stays.
pub(super) fn all(store: &Store) -> impl Iterator<Item = (Kind, &Object)> {
    let rows = KINDS
        .iter()
        .flat_map(|kind| store.all(*kind).map(|row| (*kind, row)));
    rows.filter(|(_, row)| !text(row, GOES).is_empty())
}

/// The end of a record, and of the job that worked for it.
pub(super) fn end(tx: &mut Transaction<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    let job = some_text(tx.find(kind, id)?, "jobId").map(str::to_owned);
    tx.remove(kind, id)?;
    match job.filter(|job| tx.get(Kind::AsyncJob, job).is_some()) {
        Some(job) => tx.remove(Kind::AsyncJob, &job),
        None => Ok(()),
    }
}
