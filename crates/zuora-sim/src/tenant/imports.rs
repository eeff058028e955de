//! Files of usage: read by a job, all of their rows or none (documented), and where that stands.

use super::{
    csv,
    door::{Answer, Ask, Handler, done},
    jobs,
    kind::Kind,
    money,
    record::{some_text, text},
    store::{Store, Transaction},
    usage, usage_file, view,
};
use crate::{
    check::{UNSUPPORTED, is_supported},
    dispatch::Call,
    made_up::BASIS,
    message::Reply,
    problem::{Family, Problem},
    upload,
};
use jiff::civil::{Date, Time};
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("uploadUsageFile", upload_usage),
    ("objectPostImport", create),
    ("objectGetImport", get),
    (READ, read),
];

/// The work of the job.
const READ: &str = "read a file of usage";
/// The one type of import that is carried out.
const USAGE: &str = "Usage";

/// The columns of a file (documented), and the members that they become.
const COLUMNS: [(&str, &str); 9] = [
    ("ACCOUNT_ID", "accountId"),
    ("UOM", "uOM"),
    ("QTY", "quantity"),
    ("STARTDATE", "startDateTime"),
    ("ENDDATE", "endDateTime"),
    ("SUBSCRIPTION_ID", "subscriptionId"),
    ("CHARGE_ID", "ratePlanChargeId"),
    ("DESCRIPTION", "description"),
    ("UNIQUE_KEY", "uniqueKey"),
];

/// `POST /v1/usage`.
fn upload_usage(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let request = ask.call.request;
    let file = upload::text_of(request, usage_file::FIELD)?;
    let part = request
        .upload
        .as_ref()
        .and_then(|upload| upload.part(usage_file::FIELD));
    let size = part.map_or(0, |part| part.size);
    let id = begin(tx, ask, USAGE, "", file)?;
    let base = &ask.call.shared.base_url;
    let status = format!("{base}/v1/usage/{id}/status");
    Ok(done([
        ("size", size.into()),
        ("checkImportStatus", status.into()),
    ]))
}

/// `POST /v1/object/import`.
fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let request = ask.call.request;
    let file = upload::text_of(request, "File")?;
    let name = upload::text_of(request, "Name")?.unwrap_or_default();
    let ty = upload::text_of(request, "ImportType")?.unwrap_or_default();
    let id = begin(tx, ask, ty, name, file)?;
    Ok(Answer::Json(Json::object([
        ("Success", Json::from(true)),
        ("Id", id.into()),
    ])))
}

/// A record of the import, and the job that carries it out; gives the record's id.
fn begin(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    ty: &str,
    name: &str,
    file: Option<&str>,
) -> Result<String, Problem> {
    let mut row = Object::new();
    row.insert("importType", ty);
    row.insert("name", name);
    row.insert("status", jobs::PENDING);
    let id = tx.create(Kind::Import, row)?;
    let mut body = Object::new();
    body.insert("importId", id.as_str());
    if let Some(file) = file {
        body.insert("file", file);
    }
    let job = jobs::start(tx, ask, READ, body)?;
    tx.change(Kind::Import, &id, |row| {
        row.insert("jobId", job);
    })?;
    Ok(id)
}

/// The work of the job: the rows become usage, or the import says why not.
fn read(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let (id, file) = (text(ask.body, "importId"), text(ask.body, "file"));
    let ty = text(tx.find(Kind::Import, id)?, "importType").to_owned();
    let read = match ty.as_str() {
        // Only where the limit was raised beyond the documented one.
        USAGE if ask.body.get("file").is_none() => Err(Problem::rule(format!(
            "zuora-sim reads files of at most {} bytes",
            upload::MAX_KEPT
        ))),
        USAGE => tx.attempt(|tx| usage_of(tx, file)),
        other => Err(Problem::rule(format!(
            "zuora-sim carries out imports of the type {USAGE} only, not {other}"
        ))),
    };
    let rows = csv::rows(file).skip(1);
    let rows = rows
        .filter(|row| row.as_ref().is_ok_and(|row| !is_blank(&row.cells)))
        .count();
    tx.change(Kind::Import, id, |row| {
        row.insert("totalCount", rows);
        row.insert("importedCount", read.as_ref().map_or(0, |count| *count));
        match &read {
            Ok(_) => row.insert("status", jobs::COMPLETED),
            Err(problem) => {
                row.insert("statusReason", problem.text());
                row.insert("status", jobs::FAILED)
            }
        };
    })?;
    Ok(done([]))
}

/// An import with the status that it has now: while its job works, the job knows.
fn seen(store: &Store, import: &Object) -> Object {
    let mut seen = import.clone();
    let job = store.get(Kind::AsyncJob, text(import, "jobId"));
    if let Some(job) = job.filter(|job| !jobs::is_over(job)) {
        seen.insert("status", text(job, "status"));
    }
    seen
}

/// `GET /v1/object/import/{id}`.
fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let seen = seen(tx.store(), tx.find(Kind::Import, ask.key())?);
    Ok(Answer::Json(view::named(
        "ProxyGetImport",
        &view::pascal(&seen, tx.zone()),
    )))
}

/// `GET /v1/usage/{id}/status`, which `checkImportStatus` names. The statuses are documented, the names of
/// the members are guesses.
pub(crate) fn import_status(call: &Call<'_>) -> Reply {
    let id = call.args.first().map_or("", String::as_str);
    let state = call.shared.state();
    let import = state.store.get(Kind::Import, id);
    let import = import.map(|import| seen(&state.store, import));
    drop(state);
    let reply = match import {
        Some(import) => Reply::ok(&Json::object([
            ("success", Json::from(true)),
            ("importStatus", text(&import, "status").into()),
            ("message", text(&import, "statusReason").into()),
        ])),
        None => Problem::not_found(id).reply(call, Family::Rest),
    };
    reply.with(BASIS, "state")
}

/// The rows of a file become usage; gives how many.
fn usage_of(tx: &mut Transaction<'_>, file: &str) -> Result<usize, Problem> {
    let mut rows = csv::rows(file);
    let header = rows.next().transpose()?;
    let header = header.map_or_else(Vec::new, |row| row.cells);
    let members: Vec<Option<&str>> = header
        .iter()
        .map(|name| {
            let name = name.trim().trim_start_matches('\u{feff}');
            let known = COLUMNS.iter().find(|(column, _)| *column == name);
            known.map(|(_, member)| *member)
        })
        .collect();
    for (column, member) in &COLUMNS[..4] {
        if !members.contains(&Some(member)) {
            return Err(Problem::bad_value(format!(
                "The file has no column {column}"
            )));
        }
    }
    let mut count = 0;
    for row in rows {
        let csv::Row { line, cells } = row?;
        if is_blank(&cells) {
            continue;
        }
        let wrong = |rule: &str| Problem::bad_value(format!("line {line}: {rule}"));
        if cells.len() != members.len() {
            return Err(wrong(&format!(
                "it has {} cells, and the header has {}",
                cells.len(),
                members.len()
            )));
        }
        let mut row = Object::new();
        for ((member, cell), column) in members.iter().zip(&cells).zip(&header) {
            let Some(member) = member.filter(|_| !cell.is_empty()) else {
                continue;
            };
            if !is_supported(cell) {
                return Err(wrong(&format!("{column}: {UNSUPPORTED}")));
            }
            let value: Json = match member {
                "quantity" => match cell.parse::<Decimal>() {
                    Ok(quantity) => {
                        let fits = money::fits(&quantity, column);
                        fits.map_err(|problem| wrong(&problem.text()))?;
                        quantity.into()
                    }
                    Err(_) => return Err(wrong("QTY is no number")),
                },
                "startDateTime" | "endDateTime" => match date(cell, tx) {
                    Some(date) => date.into(),
                    None => return Err(wrong("a date is not MM/DD/YYYY")),
                },
                _ => cell.as_str().into(),
            };
            row.insert(member, value);
        }
        for (column, member) in &COLUMNS[1..4] {
            if row.get(member).is_none() {
                return Err(wrong(&format!("{column} is missing")));
            }
        }
        let end = some_text(&row, "endDateTime");
        if end.is_some_and(|end| end < text(&row, "startDateTime")) {
            return Err(wrong("ENDDATE is before STARTDATE"));
        }
        usage::complete(tx, &mut row).map_err(|problem| wrong(&problem.text()))?;
        row.insert("sourceType", "Import");
        tx.create(Kind::Usage, row)?;
        count += 1;
    }
    Ok(count)
}

fn is_blank(cells: &[String]) -> bool {
    cells.iter().all(String::is_empty)
}

/// `MM/DD/YYYY`, the beginning of a day in the tenant's zone, as records hold it.
fn date(text: &str, tx: &Transaction<'_>) -> Option<String> {
    let parts: Vec<&str> = text.split('/').collect();
    let [month, day, year] = parts[..] else {
        return None;
    };
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    let date = Date::new(year.parse().ok()?, month, day).ok()?;
    let instant = tx.zone().to_timestamp(date.to_datetime(Time::midnight()));
    Some(instant.ok()?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
