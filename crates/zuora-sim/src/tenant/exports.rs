//! `/v1/object/export`: one query, done by a job, whose result is a file.

use super::{
    door::{Answer, Ask, Handler},
    file::{self, Packing},
    jobs,
    record::{flag, some_text, text},
    store::Transaction,
    view,
    zoql_export::{Export, Form},
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[(CREATE, create), ("objectGetExport", get), (RUN, run)];

const CREATE: &str = "objectPostExport";
const RUN: &str = "runExport";

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    if text(ask.body, "Format") != "csv" {
        return Err(Problem::bad_value("The simulator exports csv only"));
    }
    // What is wrong with the query is told at once.
    Export::new(tx.store(), text(ask.body, "Query"))?;
    let id = jobs::start(tx, ask, RUN, ask.body.clone())?;
    Ok(Answer::Json(Json::object([
        ("Success", Json::from(true)),
        ("Id", id.into()),
    ])))
}

/// The work of the job.
fn run(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let export = Export::new(tx.store(), text(ask.body, "Query"))?;
    let csv = export.csv(tx, &Form::default());
    let packing = match flag(ask.body, "Zip") {
        true => Packing::Zip,
        false => Packing::Plain,
    };
    let size = csv.text.len() as u64;
    let name = some_text(ask.body, "Name").unwrap_or("export");
    let file = file::add(tx, name, csv.text, packing)?;
    Ok(Answer::Json(Json::object([
        ("FileId", Json::from(file)),
        ("Size", size.into()),
    ])))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let job = jobs::find(tx, ask.key())?;
    if text(job, "operation") != CREATE {
        return Err(Problem::not_found(ask.key()));
    }
    let mut seen = view::pascal(job, tx.zone());
    for part in ["body", "result"] {
        let part = job.get(part).and_then(Json::as_object);
        for (name, value) in part.into_iter().flat_map(Object::iter) {
            seen.insert(name, value.clone());
        }
    }
    let reason = job
        .get("result")
        .and_then(|failed| failed.at(&["Errors", "0", "Message"]));
    if let Some(reason) = reason {
        seen.insert("StatusReason", reason.clone());
    }
    let reply = ask.operation.replies().next().and_then(|reply| reply.ty);
    if let Some(schema) = reply.and_then(|ty| ty.schema()) {
        seen = view::through(schema, &seen);
    }
    Ok(Answer::Json(seen.into()))
}
