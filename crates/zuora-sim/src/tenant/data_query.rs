//! Data query, `/query/jobs`: one statement of SQL, run by a job whose result is a file behind a signed URL.
//!
//! Which statements are run says `data_query_sql`; a job with any other fails and says so.

use super::{
    csv, data_query_sql,
    door::{Answer, Ask, Handler, to_usize},
    file::{self, Packing},
    filter::plain,
    jobs,
    kind::Kind,
    record::{copy, flag, some_text, text},
    retention::days,
    store::Transaction,
    view,
    zoql_export::{Export, Form},
};
use crate::{
    SimFile,
    dispatch::Call,
    files,
    made_up::BASIS,
    message::{Reply, XML_TYPE},
    paging,
    problem::Problem,
};
use http::StatusCode;
use std::time::Duration;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("postDataQueryJob", submit),
    ("getDataQueryJob", get),
    ("getDataQueryJobs", list),
    ("deleteDataQueryJob", cancel),
    (RUN, run),
];

/// The work of a job.
const RUN: &str = "run a data query";
/// How long a file can be had: nothing is known of it.
const FILE_STAYS_GUESS: Duration = days(7);
/// What a job says of its retries, and of its source where the request names none.
const RETRIES_GUESS: u64 = 3;
const SOURCE_GUESS: &str = "LIVE";
/// The parameter that signs a URL (observed).
const SIGNATURE: &str = "X-Amz-Security-Token";

fn submit(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    if some_text(ask.body, "query").is_none() {
        return Err(Problem::missing("query is missing"));
    }
    if ask.body.get("encryptionKey").is_some() {
        return Err(Problem::bad_value(
            "encryptionKey: the simulator does not encrypt",
        ));
    }
    // That it is needed is a guess.
    if text(ask.body, "outputFormat") == "DSV" && some_text(ask.body, "columnSeparator").is_none() {
        return Err(Problem::missing(
            "columnSeparator is missing, which DSV needs",
        ));
    }
    let mut row = Object::new();
    row.insert("request", ask.body.clone());
    let id = tx.create(Kind::DataQuery, row)?;
    let mut work = Object::new();
    work.insert("dataQuery", id.as_str());
    let job = jobs::start(tx, ask, RUN, work)?;
    tx.change(Kind::DataQuery, &id, |row| {
        row.insert("jobId", job);
    })?;
    let mut seen = seen(tx, ask, tx.find(Kind::DataQuery, &id)?)?;
    // When it is asked for, it has been accepted already (a guess).
    seen.insert("queryStatus", "submitted");
    Ok(data(seen))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::DataQuery, ask.key())?;
    Ok(data(seen(tx, ask, row)?))
}

/// The latest first (observed), and at most as many as a page has.
fn list(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let wanted = ask.query("queryStatus");
    let rows: Vec<&Object> = tx.store().all(Kind::DataQuery).collect();
    let mut jobs = Vec::new();
    for row in rows.into_iter().rev() {
        let job = seen(tx, ask, row)?;
        if wanted
            .as_deref()
            .is_none_or(|wanted| text(&job, "queryStatus") == wanted)
        {
            jobs.push(Json::from(job));
        }
        if jobs.len() == to_usize(ask.size) {
            break;
        }
    }
    Ok(Answer::Json(Json::object([("data", jobs)])))
}

/// Only before its end (documented; the text is a guess).
fn cancel(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::DataQuery, ask.key())?;
    let job = text(row, "jobId").to_owned();
    let status = status(jobs::find(tx, &job)?);
    if !jobs::cancel(tx, &job)? {
        let text = format!("A job that is {status} cannot be cancelled");
        return Err(Problem::rule(text));
    }
    get(tx, ask)
}

fn data(job: Object) -> Answer {
    Answer::Json(Json::object([("data", job)]))
}

/// The words of data query for where a job stands.
fn status(job: &Object) -> &'static str {
    match text(job, "status") {
        jobs::PENDING => "accepted",
        jobs::PROCESSING => "in_progress",
        jobs::COMPLETED => "completed",
        jobs::CANCELED => "cancelled",
        _ => "failed",
    }
}

fn seen(tx: &Transaction<'_>, ask: &Ask<'_>, row: &Object) -> Result<Object, Problem> {
    let job = jobs::find(tx, text(row, "jobId"))?;
    let mut seen = Object::new();
    seen.insert("sourceData", SOURCE_GUESS);
    seen.insert("useIndexJoin", false);
    if let Some(request) = row.get("request").and_then(Json::as_object) {
        copy(request, &mut seen, &["query", "sourceData", "useIndexJoin"]);
    }
    copy(row, &mut seen, &["id", "outputRows", "processingTime"]);
    seen.insert("createdBy", text(row, "createdById"));
    seen.insert("queryStatus", status(job));
    seen.insert("remainingRetries", RETRIES_GUESS);
    seen.insert("updatedOn", text(job, "updatedDate"));
    // A file that is gone has no URL any more (a guess).
    if let Some(file) = tx.get(Kind::File, text(row, "fileId")) {
        let (base, id) = (&ask.call.shared.base_url, text(file, "id"));
        let signature = text(file, "signature");
        let url = format!("{base}/query/files/{id}?{SIGNATURE}={signature}");
        seen.insert("dataFile", url);
    }
    let mut seen = match zuora_catalog::schema("DataQueryJob") {
        Some(schema) => view::through(schema, &seen),
        None => seen,
    };
    // Documented, though the reference has no place for them.
    if let Some(failure) = job.get("result").filter(|_| status(job) == "failed") {
        for (member, of_failure) in [("errorCode", "code"), ("errorMessage", "message")] {
            if let Some(value) = failure.get(of_failure) {
                seen.insert(member, value.clone());
            }
        }
    }
    Ok(seen)
}

/// The work of the job: the rows as a file.
fn run(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(ask.body, "dataQuery");
    let row = tx.find(Kind::DataQuery, id)?;
    let request = row.get("request").and_then(Json::as_object);
    let request = request.cloned().unwrap_or_default();
    let export = data_query_sql::read(tx.store(), text(&request, "query"))?;
    let format = match text(&request, "outputFormat") {
        "JSON" => Format::Lines,
        "TSV" => Format::Separated("\t", ".tsv"),
        "DSV" => Format::Separated(text(&request, "columnSeparator"), ".dsv"),
        _ => Format::Separated(",", ".csv"),
    };
    let packing = match text(&request, "compression") {
        "GZIP" => Packing::Gzip,
        "ZIP" => Packing::Zip,
        _ => Packing::Plain,
    };
    let (content, rows) = format.written(tx, &export, flag(&request, "readDeleted"));
    let name = format!("{id}{}", format.ending());
    let file = file::add_named(tx, name, content, packing, FILE_STAYS_GUESS)?;
    let signature = tx.new_id();
    tx.change(Kind::File, &file, |row| {
        row.insert("signature", signature);
    })?;
    let taken = tx.job_time() / 2;
    tx.change(Kind::DataQuery, id, |row| {
        row.insert("fileId", file);
        row.insert("outputRows", rows);
        row.insert("processingTime", taken.as_millis() as u64);
    })?;
    Ok(Answer::Json(Object::new().into()))
}

/// How rows are written: as one object of JSON a line, or with a separator and a name's ending.
#[derive(Clone, Copy)]
enum Format<'a> {
    Lines,
    Separated(&'a str, &'static str),
}

impl Format<'_> {
    fn ending(self) -> &'static str {
        match self {
            Self::Lines => ".jsonl",
            Self::Separated(_, ending) => ending,
        }
    }

    /// The content of a file, and how many rows it has. Columns are named in small letters, date-times are in
    /// UTC: guesses.
    fn written(self, tx: &Transaction<'_>, export: &Export, with_removed: bool) -> (String, u64) {
        let names = export.header();
        let names = names.map(|name| name.split_once('.').map_or(name, |(_, own)| own));
        let names: Vec<String> = names.map(str::to_ascii_lowercase).collect();
        let form = Form {
            is_utc: true,
            // The word has no column of its own.
            deleted: with_removed.then(|| (String::new(), ["false", "true"])),
            ..Form::default()
        };
        let (mut content, mut rows) = (String::new(), 0);
        if let Self::Separated(separator, _) = self {
            content += &csv::separated(names.iter().cloned(), separator);
        }
        export.rows(tx, &form, |cells| {
            let cells = cells.into_iter().take(names.len());
            content += &match self {
                Self::Lines => {
                    let members = names.iter().map(String::as_str).zip(cells);
                    format!("{}\n", Json::object(members))
                }
                Self::Separated(separator, _) => {
                    let cells = cells.map(|cell| match cell {
                        Json::Null => String::new(),
                        cell => plain(&cell),
                    });
                    csv::separated(cells, separator)
                }
            };
            rows += 1;
        });
        (content, rows)
    }
}

/// What the URL of a result leads to: the file for everyone who has the whole URL. The refusals are guesses, in
/// the form of S3.
pub(crate) fn download(call: &Call<'_>) -> Reply {
    let reply = match signed_file(call) {
        Ok(file) => files::send(call, &file, u64::MAX),
        Err((status, code)) => {
            let body = format!("<Error><Code>{code}</Code></Error>");
            Reply::new(status, XML_TYPE, body)
        }
    };
    reply.with(BASIS, "state")
}

fn signed_file(call: &Call<'_>) -> Result<SimFile, (StatusCode, &'static str)> {
    const GONE: (StatusCode, &str) = (StatusCode::NOT_FOUND, "NoSuchKey");
    let id = call.args.first().map_or("", String::as_str);
    let store = &call.shared.state().store;
    let row = store.get(Kind::File, id);
    let own = row.and_then(|row| some_text(row, "signature"));
    let sent = paging::parameter(call, SIGNATURE);
    if own.ok_or(GONE)? != sent.unwrap_or_default() {
        return Err((StatusCode::FORBIDDEN, "AccessDenied"));
    }
    file::find(store, id).ok_or(GONE)
}
