//! Bulk jobs: many records created, changed or removed from a CSV file, or removed by a filter.
//!
//! A job waits for its file; then it is accepted, and its rows are worked off. A row that is refused does not
//! stop the others (a guess): it is told with its number, the header being the first.

use super::{
    BAD_VALUE, MISSING, NOT_FOUND, RULE, SYSTEM, definition, field, fields, is_filterable, member,
    record::{self, Taken},
    records, refused, sent_record,
};
use crate::{
    paging,
    problem::Problem,
    tenant::{
        csv,
        door::{Answer, Ask},
        filter::{Condition, Test, plain},
        jobs,
        kind::Kind,
        record::{copy, list, text},
        store::Transaction,
    },
};
use http::StatusCode;
use zuora_wire::{Json, Object};

/// The work of an accepted job.
pub(super) const RUN: &str = "run a bulk job";
const OPERATIONS: [&str; 3] = ["create", "update", "delete"];
/// `pageSize`, as the reference has it.
const PAGE_SIZE: (usize, usize) = (20, 40);

pub(super) fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let object = text(ask.body, "object");
    if text(ask.body, "namespace") != "default" {
        let rule = "The simulator has bulk jobs in the namespace default only";
        return Err(refused(RULE, rule));
    }
    let operation = text(ask.body, "operation");
    if !OPERATIONS.contains(&operation) {
        let rule = format!("operation must be one of {}", OPERATIONS.join(", "));
        return Err(refused(BAD_VALUE, rule));
    }
    let definition = definition(tx.store(), object)?;
    let filter = ask.body.get("filter").and_then(Json::as_object);
    if let Some(filter) = filter {
        if operation != "delete" {
            return Err(refused(
                BAD_VALUE,
                "Only a job that deletes can have a filter",
            ));
        }
        conditions(definition, filter)?;
    }
    let mut job = Object::new();
    copy(
        ask.body,
        &mut job,
        &["namespace", "object", "operation", "filter"],
    );
    job.insert("status", "pending");
    let has_filter = filter.is_some();
    let id = tx.create(Kind::CustomObjectJob, job)?;
    if has_filter {
        accept(tx, ask, &id, Object::new())?;
    }
    shown(tx, &id)
}

/// Lets the job begin; `work` is what it has to do beside what it is.
fn accept(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    id: &str,
    mut work: Object,
) -> Result<(), Problem> {
    work.insert("job", id);
    let started = jobs::start(tx, ask, RUN, work)?;
    tx.change(Kind::CustomObjectJob, id, |job| {
        job.insert("status", "accepted");
        job.insert("started", started);
    })
}

fn find<'t>(tx: &'t Transaction<'_>, id: &str) -> Result<&'t Object, Problem> {
    let found = tx.get(Kind::CustomObjectJob, id);
    found.ok_or_else(|| refused(NOT_FOUND, format!("There is no job with the id {id}")))
}

pub(super) fn upload(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = ask.key().to_owned();
    let job = find(tx, &id)?;
    if text(job, "status") != "pending" {
        let rule = format!("The job {id} does not wait for a file");
        return Err(refused(RULE, rule));
    }
    let media = ask.call.request.header("content-type").unwrap_or_default();
    if !media.to_ascii_lowercase().starts_with("text/csv") {
        let rule = format!("A file must be text/csv, not {media:?}");
        return Err(refused(BAD_VALUE, rule).always(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let file = std::str::from_utf8(&ask.call.request.body)
        .map_err(|_| refused(BAD_VALUE, "The file is not UTF-8"))?;
    let definition = definition(tx.store(), text(job, "object"))?;
    check_header(definition, text(job, "operation"), file)?;
    let mut work = Object::new();
    work.insert("file", file);
    accept(tx, ask, &id, work)?;
    shown(tx, &id)
}

/// The columns of a file are fields, and the id where there is one already.
fn check_header(definition: &Object, operation: &str, file: &str) -> Result<(), Problem> {
    let header = header(file);
    if header.is_empty() {
        return Err(refused(MISSING, "The file has no header"));
    }
    if operation != "create" && !header.iter().any(|name| name == "Id") {
        let rule = format!("A file to {operation} records must have the column Id");
        return Err(refused(MISSING, rule));
    }
    for name in &header {
        let is_system = SYSTEM.iter().any(|(system, _)| system == name);
        if !is_system && !fields(definition).any(|(own, _)| own == name) {
            let object = text(definition, "object");
            return Err(refused(BAD_VALUE, format!("{object} has no field {name}")));
        }
    }
    Ok(())
}

fn header(file: &str) -> Vec<String> {
    let file = file.trim_start_matches('\u{feff}');
    let header = csv::rows(file).next().and_then(Result::ok);
    let header = header.map_or_else(Vec::new, |row| row.cells);
    let names = header.iter().map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// The conditions of a filter, all of which hold for what is removed.
fn conditions(definition: &Object, filter: &Object) -> Result<Vec<Condition>, Problem> {
    let conditions = list(filter, "conditions").map(|sent| {
        let name = text(sent, "field");
        let known = member(definition, name);
        let known = known.filter(|member| is_filterable(definition, member));
        let member =
            known.ok_or_else(|| refused(BAD_VALUE, format!("{name} is no filterable field")))?;
        let value = match sent.get("value") {
            Some(value @ (Json::String(_) | Json::Number(_) | Json::Bool(_))) => plain(value),
            _ => {
                let rule = format!("The value for {name} must be a text, number or flag");
                return Err(refused(BAD_VALUE, rule));
            }
        };
        let test = match text(sent, "operator") {
            "EQ" => Test::Equal(value),
            "GT" => Test::Greater(value),
            "LT" => Test::Less(value),
            "GE" => Test::GreaterOrEqual(value),
            "LE" => Test::LessOrEqual(value),
            _ => {
                let rule = format!("The operator for {name} must be one of EQ, GT, LT, GE, LE");
                return Err(refused(BAD_VALUE, rule));
            }
        };
        Ok(Condition { member, test })
    });
    let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
    if conditions.is_empty() {
        return Err(refused(MISSING, "The filter has no condition"));
    }
    Ok(conditions)
}

/// The work of a job.
pub(super) fn run(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(ask.body, "job");
    let job = find(tx, id)?.clone();
    let definition = definition(tx.store(), text(&job, "object"))?.clone();
    let (done, errors) = match job.get("filter").and_then(Json::as_object) {
        Some(filter) => (by_filter(tx, &definition, filter)?, Vec::new()),
        None => {
            let operation = text(&job, "operation");
            by_file(tx, &definition, operation, text(ask.body, "file"))
        }
    };
    tx.change(Kind::CustomObjectJob, id, |job| {
        job.insert("recordsProcessed", done);
        job.insert("errors", errors);
    })?;
    Ok(Answer::Json(Object::new().into()))
}

fn by_filter(
    tx: &mut Transaction<'_>,
    definition: &Object,
    filter: &Object,
) -> Result<u64, Problem> {
    let zone = tx.zone();
    let conditions = conditions(definition, filter)?.into_iter();
    let conditions: Vec<_> = conditions
        .map(|condition| condition.settled(zone))
        .collect();
    let found = records(tx.store(), definition);
    let found = found.filter(|row| conditions.iter().all(|condition| condition.is_met(row)));
    let ids: Vec<String> = found.map(|row| text(row, "id").to_owned()).collect();
    for id in &ids {
        record::remove(tx, definition, id)?;
    }
    Ok(ids.len() as u64)
}

/// How many rows were worked off, and what was wrong with the others.
fn by_file(
    tx: &mut Transaction<'_>,
    definition: &Object,
    operation: &str,
    file: &str,
) -> (u64, Vec<Json>) {
    let header = header(file);
    let mut taken = Taken::new(tx, definition);
    let (mut done, mut errors) = (0, Vec::new());
    for (place, read) in csv::rows(file).enumerate().skip(1) {
        let (cells, broken) = match read {
            Ok(row) => (row.cells, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        if broken.is_none() && cells.iter().all(String::is_empty) {
            continue;
        }
        let sent = row(definition, &header, &cells);
        let id = text(&sent, "Id").to_owned();
        let outcome = match (broken, operation) {
            (Some(problem), _) => Err(problem),
            (_, "create") => record::add(tx, definition, &mut taken, &sent).map(drop),
            (_, "update") => record::change(tx, definition, &mut taken, &id, &sent, false),
            _ => record::remove(tx, definition, &id),
        };
        match outcome {
            Ok(()) => done += 1,
            Err(problem) => {
                let mut error = problem.code_message();
                if let Json::Object(error) = &mut error {
                    error.insert("row", place as u64 + 1);
                    error.insert("record", sent_record(&sent));
                }
                errors.push(error);
            }
        }
    }
    (done, errors)
}

/// A line as a record. An empty cell clears its field, and what cannot be read as the field's type stays a
/// text, which is then refused.
fn row(definition: &Object, header: &[String], cells: &[String]) -> Object {
    let mut row = Object::new();
    for (name, cell) in header.iter().zip(cells) {
        let field = fields(definition).find(|(own, _)| *own == name);
        let value = match field {
            Some(_) if cell.is_empty() => Json::Null,
            Some((_, field)) => field::read(field, cell),
            None => cell.as_str().into(),
        };
        row.insert(name.as_str(), value);
    }
    row
}

pub(super) fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    shown(tx, ask.key())
}

fn shown(tx: &Transaction<'_>, id: &str) -> Result<Answer, Problem> {
    let job = find(tx, id)?;
    Ok(Answer::Json(seen(tx, job).into()))
}

/// A job with where it stands, which the work that was started says.
fn seen(tx: &Transaction<'_>, job: &Object) -> Object {
    let mut seen = super::shown(job);
    copy(
        job,
        &mut seen,
        &["namespace", "object", "operation", "recordsProcessed"],
    );
    seen.insert("status", status(tx, job));
    let started = jobs::find(tx, text(job, "started")).ok();
    let failure = started.and_then(|started| started.get("result"));
    if let Some(failure) = failure.and_then(Json::as_object)
        && failure.get("code").is_some()
    {
        let mut error = Object::new();
        copy(failure, &mut error, &["code", "message"]);
        seen.insert("error", error);
    }
    seen
}

fn status<'t>(tx: &'t Transaction<'_>, job: &'t Object) -> &'t str {
    let started = jobs::find(tx, text(job, "started"));
    match started.map(|started| text(started, "status")) {
        Err(_) => text(job, "status"),
        Ok(jobs::PENDING) => "accepted",
        Ok(jobs::PROCESSING) => "in_progress",
        Ok(jobs::COMPLETED) => "completed",
        Ok(jobs::CANCELED) => "cancelled",
        Ok(_) => "failed",
    }
}

pub(super) fn errors(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let errors = find(tx, ask.key())?.get("errors").cloned();
    let errors = errors.unwrap_or(Json::Array(Vec::new()));
    Ok(Answer::Json(Json::object([("errors", errors)])))
}

pub(super) fn cancel(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = ask.key().to_owned();
    let job = find(tx, &id)?;
    let started = text(job, "started").to_owned();
    let is_open = text(job, "status") == "pending";
    if !is_open && (started.is_empty() || !jobs::cancel(tx, &started)?) {
        return Err(refused(RULE, format!("The job {id} has ended")));
    }
    tx.change(Kind::CustomObjectJob, &id, |job| {
        job.insert("status", "cancelled");
    })?;
    shown(tx, &id)
}

/// The latest first.
pub(super) fn all(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let wanted = ask.query("status");
    let jobs = tx.store().all(Kind::CustomObjectJob);
    let mut jobs: Vec<&Object> = jobs
        .filter(|job| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted == status(tx, job))
        })
        .collect();
    jobs.reverse();
    let size = ask.query("pageSize").and_then(|size| size.parse().ok());
    let size = size.unwrap_or(PAGE_SIZE.0).clamp(1, PAGE_SIZE.1);
    let from = paging::cursor(ask.call)
        .map_err(|_| refused(BAD_VALUE, "The cursor is not one that was given out"))?;
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let page = jobs.iter().skip(from).take(size);
    let page: Vec<Json> = page.map(|job| seen(tx, job).into()).collect();
    let end = from.saturating_add(page.len());
    let mut reply = Object::new();
    reply.insert("count", jobs.len() as u64);
    if end < jobs.len() {
        reply.insert("cursor", paging::to_cursor(end as u64));
    }
    reply.insert("jobs", page);
    Ok(Answer::Json(reply.into()))
}
