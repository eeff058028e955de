//! Definitions of custom objects: made, shown, changed one step at a time, removed.

use super::{
    BAD_VALUE, MISSING, NOT_FOUND, RULE, SYSTEM, definition, field, fields, has_records, is_listed,
    refused,
};
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask},
        kind::Kind,
        record::{copy, flag, list, some_text, text},
        store::Transaction,
    },
};
use zuora_catalog::{Direction, Type};
use zuora_wire::{Json, Object};

/// The most custom fields of an object (documented).
const MOST_FIELDS: usize = 50;
/// Lists of fields that have something in common.
const LISTS: [&str; 4] = ["required", "unique", "filterable", "auditable"];
/// What the reference says of a definition that is sent.
const SHAPE: &str = "PostCustomObjectDefinitionsRequestDefinition";
const AUDITS: [&str; 2] = ["enableCreateRecordAuditing", "enableDeleteRecordAuditing"];

pub(super) fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let sent = ask.body.get("definitions").and_then(Json::as_object);
    let sent = sent.filter(|sent| !sent.is_empty());
    let Some(sent) = sent else {
        return Err(refused(MISSING, "There is no definition in definitions"));
    };
    let mut made = Vec::new();
    for (name, sent) in sent.iter() {
        // What a list of definitions has can be sent as it came (documented).
        let sent = sent.get("schema").unwrap_or(sent);
        check_shape(name, sent)?;
        let sent = sent.as_object().filter(|sent| text(sent, "object") == name);
        let Some(sent) = sent else {
            let rule = format!("The definition under {name} must have the object {name}");
            return Err(refused(BAD_VALUE, rule));
        };
        made.push(add(tx, sent)?);
    }
    let made = made
        .iter()
        .filter_map(|id| tx.get(Kind::CustomObjectDefinition, id));
    Ok(several(made))
}

/// A definition held against its schema.
fn check_shape(name: &str, sent: &Json) -> Result<(), Problem> {
    let Some(schema) = zuora_catalog::schema(SHAPE) else {
        return Ok(());
    };
    let report = Type::of(schema).check(sent, Direction::Request);
    match report.violations.first() {
        None => Ok(()),
        Some(wrong) => Err(refused(
            BAD_VALUE,
            format!("The definition of {name}: {wrong}"),
        )),
    }
}

fn add(tx: &mut Transaction<'_>, sent: &Object) -> Result<String, Problem> {
    let name = text(sent, "object");
    field::check_name("The name of an object", name)?;
    field::check_label(&format!("the custom object {name}"), sent)?;
    let mut row = Object::new();
    copy(sent, &mut row, &["object", "label", "description"]);
    for audit in AUDITS {
        row.insert(audit, flag(sent, audit));
    }
    let mut own = Object::new();
    let is_custom = |(_, field): &(&str, &Object)| text(field, "origin") != "system";
    for (name, sent) in fields(sent).filter(is_custom) {
        own.insert(name, field::checked(name, sent)?);
    }
    if !(1..=MOST_FIELDS).contains(&own.len()) {
        let rule = format!("{name} must have 1 to {MOST_FIELDS} custom fields");
        return Err(refused(BAD_VALUE, rule));
    }
    row.insert("properties", own);
    for list in LISTS {
        row.insert(list, Json::Array(Vec::new()));
        let names = sent.get(list).and_then(Json::as_array);
        for name in names.into_iter().flatten().filter_map(Json::as_str) {
            // What the server keeps is on these lists by itself.
            if !SYSTEM.iter().any(|(system, _)| *system == name) {
                known(&row, name)?;
                enlist(&mut row, list, name, true);
            }
        }
    }
    row.insert("relationships", Json::Array(Vec::new()));
    for relationship in self::list(sent, "relationships") {
        relate(&mut row, relationship)?;
    }
    if tx.get(Kind::CustomObjectDefinition, name).is_some() {
        let rule = format!("The custom object {name} exists already");
        return Err(refused(RULE, rule));
    }
    tx.create(Kind::CustomObjectDefinition, row)
}

/// A field that the object has, or the refusal.
fn known<'d>(definition: &'d Object, name: &str) -> Result<&'d Object, Problem> {
    let found = fields(definition).find(|(own, _)| *own == name);
    found.map(|(_, field)| field).ok_or_else(|| {
        let object = text(definition, "object");
        refused(NOT_FOUND, format!("{object} has no custom field {name}"))
    })
}

/// Puts a field onto a list, or takes it off.
fn enlist(row: &mut Object, list: &str, name: &str, is_on: bool) {
    if let Some(Json::Array(names)) = row.get_mut(list) {
        names.retain(|other| other.as_str() != Some(name));
        if is_on {
            names.push(name.into());
        }
    }
}

/// Adds a relationship. Its fields can be searched by (documented).
fn relate(row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let joins = sent.get("fields").and_then(Json::as_object);
    let joins: Vec<String> = joins
        .into_iter()
        .flat_map(Object::iter)
        .map(|(name, _)| name.to_owned())
        .filter(|name| zuora_catalog::is_custom(name))
        .collect();
    for name in &joins {
        if text(known(row, name)?, "format") != "uuid" {
            let rule = format!("{name} must have the format uuid to be a relationship");
            return Err(refused(BAD_VALUE, rule));
        }
        enlist(row, "filterable", name, true);
    }
    let mut kept = sent.clone();
    if kept.get("cardinality").is_none() {
        kept.insert("cardinality", "manyToOne");
    }
    if let Some(Json::Array(all)) = row.get_mut("relationships")
        && !joins.is_empty()
    {
        all.push(kept.into());
    }
    Ok(())
}

pub(super) fn all(tx: &mut Transaction<'_>, _: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(several(tx.store().all(Kind::CustomObjectDefinition)))
}

fn several<'d>(definitions: impl Iterator<Item = &'d Object>) -> Answer {
    let mut seen = Object::new();
    for definition in definitions {
        seen.insert(text(definition, "object"), shown(definition));
    }
    Answer::Json(Json::object([
        ("count", Json::from(seen.len() as u64)),
        ("definitions", seen.into()),
    ]))
}

pub(super) fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    Ok(Answer::Json(shown(definition).into()))
}

/// A definition with what every object has.
fn shown(row: &Object) -> Object {
    let mut schema = Object::new();
    copy(row, &mut schema, &["object", "label", "description"]);
    schema.insert("type", "object");
    copy(row, &mut schema, &AUDITS);
    let mut all = row.get("properties").cloned().unwrap_or_default();
    if let Json::Object(all) = &mut all {
        for (name, _) in SYSTEM.iter().filter(|(name, _)| *name != "type") {
            let format = match *name {
                "CreatedDate" | "UpdatedDate" => "date-time",
                _ => "uuid",
            };
            let members = [
                ("type", "string"),
                ("format", format),
                ("label", name),
                ("origin", "system"),
            ];
            all.insert(*name, Json::object(members));
        }
    }
    schema.insert("properties", all);
    for list in LISTS {
        let own = row.get(list).and_then(Json::as_array).unwrap_or_default();
        let system: &[&str] = match list {
            "required" => &[
                "Id",
                "CreatedById",
                "UpdatedById",
                "CreatedDate",
                "UpdatedDate",
            ],
            "filterable" => &["Id", "CreatedDate", "UpdatedDate"],
            _ => &[],
        };
        let system = system.iter().map(|name| Json::from(*name));
        schema.insert(
            list,
            Json::Array(own.iter().cloned().chain(system).collect()),
        );
    }
    copy(row, &mut schema, &["relationships"]);
    let mut seen = super::shown(row);
    seen.insert("type", text(row, "object"));
    seen.insert("schema", schema);
    seen
}

/// Only an object without records can be removed (documented).
pub(super) fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    check_empty(tx, definition, "be removed")?;
    let id = text(definition, "id").to_owned();
    tx.remove(Kind::CustomObjectDefinition, &id)?;
    Ok(Answer::Json("".into()))
}

fn check_empty(tx: &Transaction<'_>, definition: &Object, what: &str) -> Result<(), Problem> {
    if !has_records(tx, definition) {
        return Ok(());
    }
    let object = text(definition, "object");
    let rule = format!("{object} has records: only without them it can {what}");
    Err(refused(RULE, rule))
}

/// One action on a definition (that it is one is documented).
pub(super) fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let Some(action) = list(ask.body, "actions").next() else {
        return Err(refused(MISSING, "actions has no action"));
    };
    let mut row = definition(tx.store(), text(action, "object"))?.clone();
    let nothing = Object::new();
    let part = |name: &str| {
        action
            .get(name)
            .and_then(Json::as_object)
            .unwrap_or(&nothing)
    };
    match text(action, "type") {
        "addField" => add_field(tx, &mut row, part("field"))?,
        "updateField" => update_field(tx, &mut row, part("field"))?,
        "deleteField" => {
            let name = text(part("field"), "name");
            known(&row, name)?;
            check_empty(tx, &row, &format!("lose the field {name}"))?;
            forget(&mut row, name);
        }
        "renameField" => rename_field(tx, &mut row, part("field"))?,
        "addRelationship" => relate(&mut row, part("relationship"))?,
        "deleteRelationship" => unrelate(&mut row, part("relationship"))?,
        // What is left is `updateObject`: the schema has no other.
        _ => {
            let mut changed = row.clone();
            copy(action, &mut changed, &["label", "description"]);
            copy(action, &mut changed, &AUDITS);
            field::check_label("the custom object", &changed)?;
            row = changed;
        }
    }
    let id = text(&row, "id").to_owned();
    tx.change(Kind::CustomObjectDefinition, &id, |definition| {
        *definition = row;
    })?;
    // What was asked for comes back (documented).
    Ok(Answer::Json(ask.body.clone().into()))
}

fn set_field(row: &mut Object, name: &str, field: Object) {
    if let Some(Json::Object(own)) = row.get_mut("properties") {
        own.insert(name, field);
    }
}

fn add_field(tx: &Transaction<'_>, row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let name = text(sent, "name");
    if known(row, name).is_ok() {
        let rule = format!("{} has the field {name} already", text(row, "object"));
        return Err(refused(RULE, rule));
    }
    if fields(row).count() == MOST_FIELDS {
        let rule = format!("An object has at most {MOST_FIELDS} custom fields");
        return Err(refused(RULE, rule));
    }
    let nothing = Object::new();
    let shape = sent.get("definition").and_then(Json::as_object);
    let field = field::checked(name, shape.unwrap_or(&nothing))?;
    if flag(sent, "required") {
        check_empty(tx, row, &format!("get the required field {name}"))?;
    }
    set_field(row, name, field);
    mark(row, sent, name);
    Ok(())
}

fn update_field(tx: &Transaction<'_>, row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let name = text(sent, "name");
    let mut changed = known(row, name)?.clone();
    let ty = text(&changed, "type").to_owned();
    for (member, value) in sent
        .get("definition")
        .and_then(Json::as_object)
        .into_iter()
        .flat_map(Object::iter)
    {
        changed.insert(member, value.clone());
    }
    if text(&changed, "type") != ty {
        let rule = format!("The type of {name} cannot be changed");
        return Err(refused(RULE, rule));
    }
    let changed = field::checked(name, &changed)?;
    for record in super::records(tx.store(), row) {
        field::check(name, &changed, record.get(name).unwrap_or(&Json::Null))?;
    }
    if flag(sent, "required") && !is_listed(row, "required", name) {
        check_empty(tx, row, &format!("get the required field {name}"))?;
    }
    if flag(sent, "unique") && !is_listed(row, "unique", name) {
        check_empty(tx, row, &format!("get the unique field {name}"))?;
    }
    set_field(row, name, changed);
    mark(row, sent, name);
    Ok(())
}

/// Takes over on which lists a field is to be.
fn mark(row: &mut Object, sent: &Object, name: &str) {
    for list in LISTS {
        if let Some(is_on) = sent.get(list).and_then(Json::as_bool) {
            enlist(row, list, name, is_on);
        }
    }
}

/// Under another name, which only an object without records gives (a guess).
fn rename_field(tx: &Transaction<'_>, row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let (name, target) = (text(sent, "name"), text(sent, "targetName"));
    let field = known(row, name)?.clone();
    field::check_field_name(target)?;
    if known(row, target).is_ok() {
        let rule = format!("{} has the field {target} already", text(row, "object"));
        return Err(refused(RULE, rule));
    }
    check_empty(tx, row, &format!("have {name} renamed"))?;
    let on: Vec<&str> = LISTS
        .into_iter()
        .filter(|list| is_listed(row, list, name))
        .collect();
    forget(row, name);
    set_field(row, target, field);
    for list in on {
        enlist(row, list, target, true);
    }
    Ok(())
}

/// Removes a field with everything that names it.
fn forget(row: &mut Object, name: &str) {
    if let Some(Json::Object(own)) = row.get_mut("properties") {
        own.remove(name);
    }
    for list in LISTS {
        enlist(row, list, name, false);
    }
    if let Some(Json::Array(all)) = row.get_mut("relationships") {
        all.retain(|relationship| relationship.at(&["fields", name]).is_none());
    }
}

fn unrelate(row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let is_it = |other: &Json| {
        ["namespace", "object", "fields"]
            .iter()
            .all(|member| sent.get(member) == other.get(member))
    };
    let Some(Json::Array(all)) = row.get_mut("relationships") else {
        return Ok(());
    };
    let before = all.len();
    all.retain(|other| !is_it(other));
    if all.len() == before {
        let object = some_text(sent, "object").unwrap_or("nothing");
        let rule = format!("There is no such relationship with {object}");
        return Err(refused(NOT_FOUND, rule));
    }
    Ok(())
}
