//! Objects that mean nothing else to the tenant, such as units of measure and features: what was created
//! by CRUD or an Action is there until it is deleted, and nothing else is. It moves no amounts, adjustments neither
//! (a guess).

use super::{
    crud::{KEPT, removed, saved, seen},
    door::{Answer, Ask, Handler},
    fields_of, instant,
    kind::Kind,
    record::{text, to_camel, to_pascal},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

/// The member of a record that says what it is one of.
const OBJECT: &str = "object";

pub(super) fn handler(method: &str) -> Option<Handler> {
    match method {
        "POST" => Some(create),
        "GET" => Some(get),
        "PUT" => Some(update),
        "DELETE" => Some(delete),
        _ => None,
    }
}

/// Whether a record is one of the objects of this name.
pub(super) fn is_one(row: &Object, object: &str) -> bool {
    text(row, OBJECT) == object
}

/// `UnitOfMeasure` of `/v1/object/unit-of-measure`.
fn object_of(ask: &Ask<'_>) -> String {
    let segment = ask.operation.path().split('/').nth(3).unwrap_or_default();
    segment.split('-').map(to_pascal).collect()
}

fn find<'t>(tx: &'t Transaction<'_>, object: &str, id: &str) -> Result<&'t Object, Problem> {
    let row = tx.find(Kind::PlainObject, id)?;
    match is_one(row, object) {
        true => Ok(row),
        false => Err(Problem::not_found(id)),
    }
}

/// Whether only the server sets a member.
fn is_servers(name: &str) -> bool {
    name == OBJECT || KEPT.contains(&name)
}

/// What was sent under the names of records, without what the reference does not know and what the server keeps.
fn own_names(tx: &Transaction<'_>, object: &str, sent: &Object) -> Object {
    let known = sent
        .iter()
        .filter(|(name, _)| fields_of::find(object, name).is_some());
    let named = known.map(|(name, value)| (to_camel(name), value.clone()));
    let mut own: Object = named.filter(|(name, _)| !is_servers(name)).collect();
    instant::settle(&mut own, tx.zone());
    own
}

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    add(tx, &object_of(ask), ask.body).map(saved)
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut row = find(tx, &object_of(ask), ask.key())?.clone();
    row.remove(OBJECT);
    Ok(seen(tx, ask, &row))
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    change(tx, &object_of(ask), ask.key(), ask.body).map(saved)
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    remove(tx, &object_of(ask), ask.key()).map(removed)
}

/// Adds an object of this name; gives its id.
pub(super) fn add(
    tx: &mut Transaction<'_>,
    object: &str,
    sent: &Object,
) -> Result<String, Problem> {
    let mut row = own_names(tx, object, sent);
    row.insert(OBJECT, object);
    tx.create(Kind::PlainObject, row)
}

/// Changes an object of this name; gives its id.
pub(super) fn change(
    tx: &mut Transaction<'_>,
    object: &str,
    id: &str,
    sent: &Object,
) -> Result<String, Problem> {
    let id = text(find(tx, object, id)?, "id").to_owned();
    let change = own_names(tx, object, sent);
    let nulls = sent.get("fieldsToNull").and_then(Json::as_array);
    let nulls = nulls.into_iter().flatten().filter_map(Json::as_str);
    let nulls = nulls.map(to_camel);
    let nulls: Vec<String> = nulls.filter(|name| !is_servers(name)).collect();
    tx.change(Kind::PlainObject, &id, |row| {
        for (name, value) in change {
            row.insert(name, value);
        }
        for name in &nulls {
            row.remove(name);
        }
    })?;
    Ok(id)
}

/// Removes an object of this name; gives its id.
pub(super) fn remove(tx: &mut Transaction<'_>, object: &str, id: &str) -> Result<String, Problem> {
    let id = text(find(tx, object, id)?, "id").to_owned();
    tx.remove(Kind::PlainObject, &id)?;
    Ok(id)
}
