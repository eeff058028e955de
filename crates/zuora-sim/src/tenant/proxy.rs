//! What the reference says of an object in CRUD, which holds for the same object in Actions and ZOQL.

use super::{
    kind::Kind,
    record::{list, to_pascal},
};
use crate::{check, problem::Problem};
use std::{collections::HashMap, sync::LazyLock};
use zuora_catalog::{Direction, Field, Operation, Report, Schema, Shape, Type};
use zuora_wire::{Json, Object};

/// Members that bodies have beside those of their schemas: the one that clears others, and the external ids of
/// rate plans, which another operation finds and none at hand is said to set (a guess).
const ALSO_GUESS: [&str; 2] = ["fieldsToNull", "ExternalRatePlanIds"];

/// The operation of CRUD with this method on an object, which is named in Pascal case.
fn operation(object: &str, method: &str) -> Option<Operation> {
    static BY_OBJECT: LazyLock<HashMap<String, Vec<Operation>>> = LazyLock::new(|| {
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for operation in zuora_catalog::operations() {
            if let Some(rest) = operation.path().strip_prefix("/v1/object/") {
                let segment = rest.split('/').next().unwrap_or_default();
                let object = segment.split('-').map(to_pascal).collect();
                all.entry(object).or_default().push(operation);
            }
        }
        all
    });
    let mut own = BY_OBJECT.get(object)?.iter().copied();
    own.find(|operation| operation.method() == method)
}

/// The body that CRUD takes: with `POST` for a new object, with `PUT` for a change.
pub(super) fn body_of(object: &str, method: &str) -> Option<Type> {
    operation(object, method)?.body()?.ty
}

/// What CRUD shows of an object, if it has the object.
pub(super) fn reply_of(object: &str) -> Option<Schema> {
    operation(object, "GET")?.replies().next()?.ty?.schema()
}

/// What is wrong with an object of an Action by the schema that bodies of CRUD are held against.
fn report(ty: Type, sent: &Object) -> Report {
    let mut own = sent.clone();
    // Actions name the object among its members.
    own.remove("Id");
    ty.check(&Json::Object(own), Direction::Request)
}

/// Holds an object of an Action against the schema, as `check` does with bodies of CRUD.
pub(super) fn held_against(object: &str, method: &str, sent: &Object) -> Result<(), Problem> {
    let report = body_of(object, method).map(|ty| report(ty, sent));
    match Problem::all(check::violations(&report.unwrap_or_default())) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// What CRUD takes of the objects that an Action is sent.
pub(crate) fn type_of_objects(action: Operation, body: &Json) -> Option<Type> {
    let method = match action.id() {
        "actionPostCreate" => "POST",
        "actionPostUpdate" => "PUT",
        _ => return None,
    };
    let name = body.get("type")?.as_str()?;
    let name = Kind::asked_for(name).map_or(name, |kind| kind.facts().name);
    body_of(name, method)
}

/// Whether an Action is sent members that CRUD does not know of its objects.
pub(crate) fn has_unknown(action: Operation, body: &Json) -> bool {
    let (Some(ty), Some(body)) = (type_of_objects(action, body), body.as_object()) else {
        return false;
    };
    list(body, "objects").any(|sent| !report(ty, sent).unknown.is_empty())
}

/// The members that the reference knows, and custom fields; the others are ignored (documented).
pub(super) fn known(kind: Kind, method: &str, object: &Object) -> Object {
    let name = kind.facts().name;
    let schemas = [body_of(name, method).and_then(Type::schema), reply_of(name)];
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
    let new = body_of(kind.facts().name, "POST").and_then(Type::schema);
    new.is_some_and(|schema| match schema.shape() {
        Shape::Object(fields) => fields.get(name).is_some_and(Field::is_required),
        _ => false,
    })
}
