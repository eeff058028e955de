//! AQuA, `/v1/batch-query`: several queries in one job, each with a file of its own.
//!
//! What is wrong is told with an error code within 200 (observed); `aqua_request` has the rules.

use super::{
    aqua_request::{Refusal, check, format, is_set, is_stateful, other, wrong},
    door::{Answer, Ask, Handler},
    file::{self, Packing},
    instant, jobs,
    kind::Kind,
    record::{copy, list, some_text, text},
    retention::{self, days},
    store::{Store, Transaction},
    view,
    zoql_export::{Export, Form},
};
use crate::{dispatch::Call, made_up::BASIS, message::Reply, problem::Problem};
use jiff::tz::TimeZone;
use std::time::Duration;
use zuora_catalog::{Schema, Shape};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createBatchQuery", create),
    ("getBatchQueryJob", get),
    ("deleteBatchQueryJob", delete),
    (RUN, run),
];

/// The work of a job.
const RUN: &str = "run a batch of queries";
/// How long a job stays, and how long its files (documented; that jobs that were not completed stay as long
/// is a guess).
const STAYS: Duration = days(180);
const FILES_STAY: Duration = days(3);
/// How many jobs are open at once, with state and without (documented).
const MOST_OPEN: usize = 50;
/// The version of queries that name none: that of CRUD and Actions.
const API_VERSION_GUESS: &str = "79";
/// The zone of `incrementalTime` in the United States (documented).
const ZONE: &str = "America/Los_Angeles";

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut body = ask.body.clone();
    if let Some(Json::Array(queries)) = body.get_mut("queries") {
        for query in queries {
            if let Json::Object(query) = query {
                query.insert("batchId", tx.new_id());
            }
        }
    }
    let mut row = Object::new();
    let checked = check(tx.store(), &body).and_then(|()| check_room(tx.store(), &body));
    if let Err(refusal) = checked {
        // There is a job all the same: clients read its id and take it back (observed).
        row.insert("request", body);
        row.insert("refusal", refusal.json());
        let id = retention::create(tx, Kind::BatchQuery, row, STAYS)?;
        let mut reply = refusal.json();
        if let Json::Object(reply) = &mut reply {
            reply.insert("id", id);
        }
        return Ok(Answer::Json(reply));
    }
    if let Some(since) = since(tx, &body) {
        row.insert("since", since);
    }
    row.insert("request", body);
    let id = retention::create(tx, Kind::BatchQuery, row, STAYS)?;
    let mut work = Object::new();
    work.insert("batchQuery", id.as_str());
    let job = jobs::start(tx, ask, RUN, work)?;
    tx.change(Kind::BatchQuery, &id, |row| {
        row.insert("jobId", job);
    })?;
    shown(tx, ask, &id)
}

/// A member of a record that is an object.
fn part<'r>(row: &'r Object, member: &str) -> &'r Object {
    static NOTHING: Object = Object::new();
    row.get(member)
        .and_then(Json::as_object)
        .unwrap_or(&NOTHING)
}

/// Whether one more job of its sort can be open (the refusal is a guess).
fn check_room(store: &Store, body: &Object) -> Result<(), Refusal> {
    let is_of_sort = |row: &&Object| is_stateful(part(row, "request")) == is_stateful(body);
    let open = store.all(Kind::BatchQuery).filter(is_of_sort);
    let open = open.filter(|row| matches!(status(store, row), jobs::PENDING | jobs::PROCESSING));
    if open.count() < MOST_OPEN {
        return Ok(());
    }
    let sort = match is_stateful(body) {
        true => "stateful",
        false => "stateless",
    };
    Err(other(format!(
        "At most {MOST_OPEN} {sort} jobs can be open"
    )))
}

/// From when on records are wanted: what the request says, or for the same partner and project when the last
/// job began that was completed.
fn since(tx: &Transaction<'_>, body: &Object) -> Option<String> {
    if let Some(said) = some_text(body, "incrementalTime") {
        let zone = match is_set(body, "dateTimeUtc") {
            true => TimeZone::UTC,
            false => TimeZone::get(ZONE).unwrap_or(TimeZone::UTC),
        };
        return instant::to_utc(said, &zone);
    }
    if !is_stateful(body) {
        return None;
    }
    let of_both = of(tx.store(), text(body, "partner"), text(body, "project"));
    let completed = of_both.filter(|row| status(tx.store(), row) == jobs::COMPLETED);
    Some(text(completed.last()?, "createdDate").to_owned())
}

/// The jobs of a partner's project, in the order of their beginning.
fn of<'s>(store: &'s Store, partner: &str, project: &str) -> impl Iterator<Item = &'s Object> {
    store.all(Kind::BatchQuery).filter(move |row| {
        let request = part(row, "request");
        text(request, "partner") == partner && text(request, "project") == project
    })
}

/// Where the job stands.
fn status<'s>(store: &'s Store, row: &Object) -> &'s str {
    let job = store.get(Kind::AsyncJob, text(row, "jobId"));
    job.map_or(jobs::FAILED, |job| text(job, "status"))
}

/// The work of the job: a file for each query.
fn run(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(ask.body, "batchQuery");
    let row = tx.find(Kind::BatchQuery, id)?.clone();
    let request = part(&row, "request");
    let packing = Packing::by_word(format(request)).unwrap_or(Packing::Plain);
    let mut batches = Vec::new();
    for query in list(request, "queries") {
        let export = Export::new(tx.store(), text(query, "query"))?;
        let deleted = query.get("deleted").and_then(Json::as_object);
        let form = Form {
            is_utc: is_set(request, "dateTimeUtc"),
            null: text(request, "nullReplacement").to_owned(),
            since: some_text(&row, "since").map(str::to_owned),
            deleted: deleted.map(|deleted| {
                let words = match text(deleted, "format") {
                    "Numeric" => ["0", "1"],
                    _ => ["false", "true"],
                };
                let column = some_text(deleted, "column").unwrap_or("Deleted");
                (column.to_owned(), words)
            }),
        };
        let csv = export.csv(tx, &form);
        let name = some_text(query, "name").unwrap_or("query");
        let file = file::add(tx, name, csv.text, packing, FILES_STAY)?;
        batches.push(Json::object([
            ("fileId", Json::from(file)),
            ("recordCount", (csv.rows as u64).into()),
        ]));
    }
    tx.change(Kind::BatchQuery, id, |row| {
        row.insert("batches", batches);
    })?;
    Ok(Answer::Json(Object::new().into()))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    shown(tx, ask, ask.key())
}

/// Takes a job back that has not ended; one that has is shown as it is (a guess).
fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let job = tx.get(Kind::BatchQuery, ask.key());
    let job = job
        .and_then(|row| some_text(row, "jobId"))
        .map(str::to_owned);
    if let Some(job) = job {
        jobs::cancel(tx, &job)?;
    }
    shown(tx, ask, ask.key())
}

/// The last job of a partner's project. The path is documented, and not in the reference.
pub(crate) fn last_job(call: &Call<'_>) -> Reply {
    let arg = |place: usize| call.args.get(place).map_or("", String::as_str);
    let (partner, project) = (arg(0), arg(1));
    let state = call.shared.state();
    let schema = zuora_catalog::schema("GetBatchQueryJobResponse");
    let last = of(&state.store, partner, project).last();
    let json = match last {
        Some(row) => seen(&state.store, schema, row).into(),
        None => {
            let rule = format!("There is no job of the partner {partner} and project {project}");
            wrong("90002", rule).json()
        }
    };
    drop(state);
    Reply::ok(&json).with(BASIS, "state")
}

fn shown(tx: &Transaction<'_>, ask: &Ask<'_>, id: &str) -> Result<Answer, Problem> {
    let Some(row) = tx.get(Kind::BatchQuery, id) else {
        let refusal = wrong("90002", format!("There is no job with the id {id}"));
        return Ok(Answer::Json(refusal.json()));
    };
    let good = ask.operation.replies().next();
    let schema = good.and_then(|reply| reply.ty?.schema());
    Ok(Answer::Json(seen(tx.store(), schema, row).into()))
}

/// A job in the words of the reply's schema: what was sent need not be what a reply can hold.
fn seen(store: &Store, schema: Option<Schema>, row: &Object) -> Object {
    let body = part(row, "request");
    // The words of the reference, which has none for a job that was taken back or failed as a whole.
    let (status, of_batch) = match status(store, row) {
        jobs::PENDING => ("submitted", "pending"),
        jobs::PROCESSING => ("executing", "executing"),
        jobs::COMPLETED => ("completed", "completed"),
        _ => ("aborted", "aborted"),
    };
    let batch_schema = schema.and_then(|schema| match schema.shape() {
        Shape::Object(fields) => fields.get("batches")?.ty().schema(),
        _ => None,
    });
    let mut done = list(row, "batches");
    let batches = list(body, "queries").map(|query| {
        let mut batch = Object::new();
        let version = query.get("apiVersion").filter(|sent| !sent.is_null());
        let version = version.map_or_else(|| API_VERSION_GUESS.into(), Json::clone);
        batch.insert("apiVersion", version);
        copy(query, &mut batch, &["batchId", "name", "query", "deleted"]);
        batch.insert(
            "batchType",
            some_text(query, "type").unwrap_or("zoqlexport"),
        );
        batch.insert("full", row.get("since").is_none());
        batch.insert("recordCount", 0);
        batch.insert("status", of_batch);
        batch.insert("localizedStatus", of_batch);
        if let Some(done) = done.next() {
            copy(done, &mut batch, &["fileId", "recordCount"]);
        }
        Json::from(through(batch_schema, batch))
    });
    let batches: Vec<Json> = batches.collect();
    let mut reply = Object::new();
    copy(row, &mut reply, &["id"]);
    copy(
        body,
        &mut reply,
        &[
            "name",
            "partner",
            "project",
            "version",
            "notifyUrl",
            "offset",
        ],
    );
    copy(part(row, "refusal"), &mut reply, &["errorCode", "message"]);
    reply.insert("format", format(body).to_ascii_uppercase());
    reply.insert("encrypted", "none");
    reply.insert("useLastCompletedJobQueries", false);
    reply.insert("status", status);
    reply.insert("localizedStatus", status);
    reply.insert("startTime", text(row, "createdDate"));
    reply.insert("batches", batches);
    through(schema, reply)
}

fn through(schema: Option<Schema>, row: Object) -> Object {
    match schema {
        Some(schema) => view::through(schema, &row),
        None => row,
    }
}
