//! `/v1/object/export`: one query, done by a job, whose result is a file.

use super::{
    crud,
    door::{Answer, Ask, Handler},
    file::{self, Packing},
    jobs,
    kind::Kind,
    record::{flag, some_text, text, to_camel},
    retention::{self, days},
    store::{Store, Transaction},
    zoql_export::{Export, Form},
};
use crate::problem::Problem;
use std::time::Duration;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("objectPostExport", create),
    ("objectGetExport", get),
    (RUN, run),
];

/// The work of the job.
const RUN: &str = "run an export";
/// How long an export stays, and how long its file (documented).
const STAYS: Duration = days(90);
const FILE_STAYS: Duration = days(7);
/// How many exports go on at once (documented).
const MOST_AT_ONCE: usize = 50;
/// The word of the refusal of one more: one of those that are documented, for this a guess.
const TOO_MANY_GUESS: &str = "REQUEST_EXCEEDED_LIMIT";

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    if text(ask.body, "Format") != "csv" {
        return Err(Problem::bad_value("The simulator exports csv only"));
    }
    if flag(ask.body, "Encrypted") {
        return Err(Problem::bad_value("The simulator does not encrypt"));
    }
    // What is wrong with the query is told at once.
    Export::new(tx.store(), text(ask.body, "Query"))?;
    if going_on(tx.store()) >= MOST_AT_ONCE {
        let text = format!("At most {MOST_AT_ONCE} exports can be pending or processing");
        return Err(Problem::worded(TOO_MANY_GUESS, text));
    }
    let mut row = Object::new();
    for name in ["Query", "Format", "Name", "Zip"] {
        if let Some(value) = ask.body.get(name) {
            row.insert(to_camel(name), value.clone());
        }
    }
    let id = retention::create(tx, Kind::Export, row, STAYS)?;
    let mut work = Object::new();
    work.insert("export", id.as_str());
    let job = jobs::start(tx, ask, RUN, work)?;
    tx.change(Kind::Export, &id, |row| {
        row.insert("jobId", job);
    })?;
    Ok(Answer::Json(Json::object([
        ("Success", Json::from(true)),
        ("Id", id.into()),
    ])))
}

/// How many exports have not ended.
fn going_on(store: &Store) -> usize {
    let jobs = store
        .all(Kind::Export)
        .filter_map(|row| store.get(Kind::AsyncJob, text(row, "jobId")));
    jobs.filter(|job| !jobs::is_over(job)).count()
}

fn run(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(ask.body, "export");
    let row = tx.find(Kind::Export, id)?;
    let export = Export::new(tx.store(), text(row, "query"))?;
    let csv = export.csv(tx, &Form::default());
    let packing = match flag(row, "zip") {
        true => Packing::Zip,
        false => Packing::Plain,
    };
    let size = csv.text.len() as u64;
    let name = some_text(row, "name").unwrap_or("export").to_owned();
    let file = file::add(tx, &name, csv.text, packing, FILE_STAYS)?;
    tx.change(Kind::Export, id, |row| {
        row.insert("fileId", file);
        row.insert("size", size);
    })?;
    Ok(Answer::Json(Object::new().into()))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Export, ask.key())?;
    let row = with_status(tx.store(), row);
    Ok(crud::seen(tx, ask, &row))
}

/// An export with what became of its job.
pub(super) fn with_status(store: &Store, row: &Object) -> Object {
    let mut seen = row.clone();
    if let Some(job) = store.get(Kind::AsyncJob, text(row, "jobId")) {
        seen.insert("status", text(job, "status"));
        let result = job.get("result");
        let reason = result.and_then(|failed| failed.at(&["Errors", "0", "Message"]));
        if let Some(reason) = reason {
            seen.insert("statusReason", reason.clone());
        }
    }
    seen
}
