//! CRUD of objects that mean nothing else to the tenant, such as units of measure and features: what was created
//! here is there until it is deleted, and nothing else is. It moves no amounts, adjustments neither (a guess).

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

fn find<'t>(tx: &'t Transaction<'_>, ask: &Ask<'_>) -> Result<&'t Object, Problem> {
    let row = tx.find(Kind::PlainObject, ask.key())?;
    match is_one(row, &object_of(ask)) {
        true => Ok(row),
        false => Err(Problem::not_found(ask.key())),
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
    let object = object_of(ask);
    let mut row = own_names(tx, &object, ask.body);
    row.insert(OBJECT, object);
    Ok(saved(tx.create(Kind::PlainObject, row)?))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut row = find(tx, ask)?.clone();
    row.remove(OBJECT);
    Ok(seen(tx, ask, &row))
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(find(tx, ask)?, "id").to_owned();
    let object = object_of(ask);
    let change = own_names(tx, &object, ask.body);
    let nulls = ask.body.get("fieldsToNull").and_then(Json::as_array);
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
    Ok(saved(id))
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(find(tx, ask)?, "id").to_owned();
    tx.remove(Kind::PlainObject, &id)?;
    Ok(removed(id))
}
