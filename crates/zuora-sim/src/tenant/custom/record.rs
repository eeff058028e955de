//! Records of custom objects: created, changed and removed, one by one or up to 1,000 in a call.

use super::{
    BAD_VALUE, MISSING, NOT_FOUND, RULE, SYSTEM, UNKNOWN_FIELD, definition, field, fields,
    is_listed, record, records, refused, sent_record, shown,
};
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask},
        filter::plain,
        kind::Kind,
        record::{flag, list, text},
        store::Transaction,
    },
};
use std::collections::HashMap;
use zuora_wire::{Json, Object};

/// The most records of a call (documented).
const MOST: usize = 1000;

/// The values that unique fields have, each with its record's id.
pub(super) struct Taken(HashMap<String, HashMap<String, String>>);

impl Taken {
    pub(super) fn new(tx: &Transaction<'_>, definition: &Object) -> Self {
        let unique = fields(definition).map(|(name, _)| name);
        let unique = unique.filter(|name| is_listed(definition, "unique", name));
        let mut taken = Self(
            unique
                .map(|name| (name.to_owned(), HashMap::new()))
                .collect(),
        );
        if !taken.0.is_empty() {
            for row in records(tx.store(), definition) {
                taken.take(row);
            }
        }
        taken
    }

    fn take(&mut self, row: &Object) {
        for (name, values) in &mut self.0 {
            if let Some(value) = row.get(name).filter(|value| !value.is_null()) {
                values.insert(plain(value), text(row, "id").to_owned());
            }
        }
    }

    fn leave(&mut self, row: &Object) {
        for (name, values) in &mut self.0 {
            if let Some(value) = row.get(name) {
                values.remove(&plain(value));
            }
        }
    }

    fn check(&self, row: &Object) -> Result<(), Problem> {
        for (name, values) in &self.0 {
            let value = row.get(name).filter(|value| !value.is_null());
            if let Some(value) = value.map(plain)
                && let Some(owner) = values.get(&value)
                && owner != text(row, "id")
            {
                let rule = format!("{name} must be unique, and a record has {value} already");
                return Err(refused(RULE, rule));
            }
        }
        Ok(())
    }
}

/// Takes over the values that were sent. What the server keeps is passed over (a guess).
fn take_over(definition: &Object, row: &mut Object, sent: &Object) -> Result<(), Problem> {
    for (name, value) in sent.iter() {
        if SYSTEM.iter().any(|(system, _)| *system == name) {
            continue;
        }
        let Some((_, field)) = fields(definition).find(|(own, _)| *own == name) else {
            let object = text(definition, "object");
            return Err(refused(
                UNKNOWN_FIELD,
                format!("{object} has no field {name}"),
            ));
        };
        field::check(name, field, value)?;
        row.insert(name, value.clone());
    }
    Ok(())
}

/// What holds for a record as a whole.
fn check_whole(
    tx: &Transaction<'_>,
    definition: &Object,
    taken: &Taken,
    row: &Object,
) -> Result<(), Problem> {
    for (name, _) in fields(definition) {
        if is_listed(definition, "required", name) && row.get(name).is_none_or(Json::is_null) {
            return Err(refused(MISSING, format!("{name} is required")));
        }
    }
    taken.check(row)?;
    for relationship in list(definition, "relationships") {
        check_related(tx, relationship, row)?;
    }
    Ok(())
}

/// What a relationship names is there (documented), unless the definition says that it need not be. Objects
/// that are not kept are not looked for.
fn check_related(tx: &Transaction<'_>, relationship: &Object, row: &Object) -> Result<(), Problem> {
    let enforces = ["recordConstraints", "create", "enforceValidMapping"];
    let relationship = Json::from(relationship.clone());
    if relationship.at(&enforces) == Some(&Json::Bool(false)) {
        return Ok(());
    }
    let object = relationship
        .get("object")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let joins = relationship.get("fields").and_then(Json::as_object);
    for (name, _) in joins.into_iter().flat_map(Object::iter) {
        let id = text(row, name);
        if id.is_empty() {
            continue;
        }
        let is_there = match relationship.get("namespace").and_then(Json::as_str) {
            Some("default") => definition(tx.store(), object)
                .and_then(|definition| record(tx.store(), definition, id))
                .is_ok(),
            _ => Kind::asked_for(object)
                .or_else(|| Kind::by_plural(&object.to_lowercase()))
                .is_none_or(|kind| tx.get(kind, id).is_some()),
        };
        if !is_there {
            let rule = format!("{name} names no {object} that exists: {id}");
            return Err(refused(NOT_FOUND, rule).always(http::StatusCode::BAD_REQUEST));
        }
    }
    Ok(())
}

pub(super) fn add(
    tx: &mut Transaction<'_>,
    definition: &Object,
    taken: &mut Taken,
    sent: &Object,
) -> Result<String, Problem> {
    let mut row = Object::new();
    row.insert("type", text(definition, "object"));
    row.insert("definitionId", text(definition, "id"));
    for (name, field) in fields(definition) {
        if let Some(default) = field::default(field).filter(|_| sent.get(name).is_none()) {
            row.insert(name, default);
        }
    }
    take_over(definition, &mut row, sent)?;
    check_whole(tx, definition, taken, &row)?;
    let id = tx.create(Kind::CustomObjectRecord, row)?;
    taken.take(tx.find(Kind::CustomObjectRecord, &id)?);
    Ok(id)
}

/// Takes over what was sent; a whole record forgets what was not.
pub(super) fn change(
    tx: &mut Transaction<'_>,
    definition: &Object,
    taken: &mut Taken,
    id: &str,
    sent: &Object,
    is_whole: bool,
) -> Result<(), Problem> {
    let before = record(tx.store(), definition, id)?.clone();
    let mut row = before.clone();
    if is_whole {
        for (name, _) in fields(definition) {
            row.remove(name);
        }
    }
    take_over(definition, &mut row, sent)?;
    check_whole(tx, definition, taken, &row)?;
    taken.leave(&before);
    taken.take(&row);
    tx.change(Kind::CustomObjectRecord, id, |record| *record = row)
}

/// What is wrong with several records: each with its record (documented).
fn wrong(failed: Vec<(Problem, Json)>) -> Problem {
    let count = failed.len();
    let details = failed.into_iter().map(|(problem, record)| {
        let mut detail = problem.code_message();
        if let Json::Object(detail) = &mut detail {
            detail.insert("record", record);
        }
        detail
    });
    let details = details.collect();
    let text = format!("{count} of the records are not valid");
    refused(BAD_VALUE, text).with_details(details)
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count <= MOST {
        return Ok(());
    }
    let rule = format!("A call has at most {MOST} records, not {count}");
    Err(refused(BAD_VALUE, rule))
}

pub(super) fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?.clone();
    let sent: Vec<&Object> = list(ask.body, "records").collect();
    check_count(sent.len())?;
    let mut taken = Taken::new(tx, &definition);
    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for sent in sent {
        match add(tx, &definition, &mut taken, sent) {
            Ok(id) => made.push(Json::from(shown(tx.find(Kind::CustomObjectRecord, &id)?))),
            Err(problem) => failed.push((problem, sent_record(sent))),
        }
    }
    let mut reply = Object::new();
    reply.insert("records", made);
    finished(ask.body, failed, reply)
}

/// All or nothing, unless a part is good enough.
fn finished(
    order: &Object,
    failed: Vec<(Problem, Json)>,
    mut reply: Object,
) -> Result<Answer, Problem> {
    if !failed.is_empty() {
        let wrong = wrong(failed);
        if !flag(order, "allowPartialSuccess") {
            return Err(wrong);
        }
        reply.insert("error", wrong.code_message());
    }
    Ok(Answer::Json(reply.into()))
}

pub(super) fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    let row = record(tx.store(), definition, ask.arg(1))?;
    Ok(Answer::Json(shown(row).into()))
}

pub(super) fn put(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    write(tx, ask, true)
}

pub(super) fn patch(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    write(tx, ask, false)
}

fn write(tx: &mut Transaction<'_>, ask: &Ask<'_>, is_whole: bool) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?.clone();
    let mut taken = Taken::new(tx, &definition);
    change(tx, &definition, &mut taken, ask.arg(1), ask.body, is_whole)?;
    get(tx, ask)
}

/// A record that is not there is removed all the same (documented).
pub(super) fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?.clone();
    remove(tx, &definition, ask.arg(1))?;
    Ok(Answer::Json("".into()))
}

pub(super) fn remove(
    tx: &mut Transaction<'_>,
    definition: &Object,
    id: &str,
) -> Result<(), Problem> {
    if record(tx.store(), definition, id).is_ok() {
        tx.remove(Kind::CustomObjectRecord, id)?;
    }
    Ok(())
}

pub(super) fn batch(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?.clone();
    let nothing = Object::new();
    let action = ask.body.get("action").and_then(Json::as_object);
    let action = action.unwrap_or(&nothing);
    if text(action, "type") == "delete" {
        let ids = action
            .get("ids")
            .and_then(Json::as_array)
            .unwrap_or_default();
        check_count(ids.len())?;
        for id in ids.iter().filter_map(Json::as_str) {
            remove(tx, &definition, id)?;
        }
        return Ok(Answer::Json(Object::new().into()));
    }
    let sent = action.get("records").and_then(Json::as_object);
    let sent = sent.unwrap_or(&nothing);
    check_count(sent.len())?;
    let mut taken = Taken::new(tx, &definition);
    let mut failed = Vec::new();
    for (id, sent) in sent.iter() {
        let sent = sent.as_object().unwrap_or(&nothing);
        if let Err(problem) = change(tx, &definition, &mut taken, id, sent, false) {
            let mut record = sent.clone();
            record.insert("Id", id);
            failed.push((problem, sent_record(&record)));
        }
    }
    finished(action, failed, Object::new())
}
