//! What the reference says of an object in CRUD, which holds for the same object in an Action.

use super::kind::Kind;
use crate::{check, problem::Problem};
use std::{collections::HashMap, sync::LazyLock};
use zuora_catalog::{Direction, Field, Shape, Type};
use zuora_wire::{Json, Object};

/// Members that bodies have beside those of their schemas: the one that clears others, and the external ids of
/// rate plans, which another operation finds and none at hand is said to set (a guess).
const ALSO_GUESS: [&str; 2] = ["fieldsToNull", "ExternalRatePlanIds"];

/// The body that CRUD takes: with `POST` for a new object, with `PUT` for a change.
fn body_of(kind: Kind, method: &str) -> Option<Type> {
    static BODIES: LazyLock<HashMap<(Kind, &'static str), Type>> = LazyLock::new(|| {
        let bodies = zuora_catalog::operations().filter_map(|operation| {
            let segment = operation.path().strip_prefix("/v1/object/")?;
            let kind = Kind::by_segment(segment.split('/').next()?)?;
            Some(((kind, operation.method()), operation.body()?.ty?))
        });
        bodies.collect()
    });
    BODIES.get(&(kind, method)).copied()
}

/// Holds an object of an Action against the schema, as `check` does with bodies of CRUD.
pub(super) fn held_against(
    kind: Kind,
    method: &str,
    object: &Object,
    rejects_unknown: bool,
) -> Result<(), Problem> {
    let Some(ty) = body_of(kind, method) else {
        return Ok(());
    };
    let mut own = object.clone();
    // Actions name the object among its members.
    own.remove("Id");
    let report = ty.check(&Json::Object(own), Direction::Request);
    if rejects_unknown && !report.unknown.is_empty() {
        return Err(Problem::bad_value("Error - unrecognised fields"));
    }
    match Problem::all(check::violations(&report)) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// The members that the reference knows, and custom fields; the others are ignored (documented).
pub(super) fn known(kind: Kind, method: &str, object: &Object) -> Object {
    let read = format!("ProxyGet{}", kind.facts().name);
    let schemas = [
        body_of(kind, method).and_then(Type::schema),
        zuora_catalog::schema(&read),
    ];
    let mut all = schemas.into_iter().flatten().peekable();
    if all.peek().is_none() {
        return object.clone();
    }
    let fields: Vec<_> = all
        .filter_map(|schema| match schema.shape() {
            Shape::Object(fields) => Some(fields),
            _ => None,
        })
        .collect();
    let is_known = |name: &str| {
        ALSO_GUESS.contains(&name)
            || zuora_catalog::is_custom(name)
            || fields.iter().any(|fields| fields.get(name).is_some())
    };
    let members = object.iter().filter(|(name, _)| is_known(name));
    members
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

/// Whether all members that `fieldsToNull` names are there to be cleared: those that the reference knows and
/// does not require of a new object, and custom fields.
pub(super) fn can_be_cleared(kind: Kind, names: Option<&Json>) -> Result<(), Problem> {
    let names = names.and_then(Json::as_array).unwrap_or_default();
    for name in names.iter().filter_map(Json::as_str) {
        let mut asked = Object::new();
        asked.insert(name, Json::Null);
        if is_required(kind, name) || known(kind, "PUT", &asked).is_empty() {
            let text = format!("fieldsToNull: {name} is no field that can be cleared");
            return Err(Problem::bad_value(text));
        }
    }
    Ok(())
}

/// Whether CRUD requires a member of a new object.
pub(super) fn is_required(kind: Kind, name: &str) -> bool {
    let new = body_of(kind, "POST").and_then(Type::schema);
    new.is_some_and(|schema| match schema.shape() {
        Shape::Object(fields) => fields.get(name).is_some_and(Field::is_required),
        _ => false,
    })
}
