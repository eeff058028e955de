//! Null in `/v1` REST, the one way for requests and the other for replies.
//!
//! A request may have it for every member that is not required (documented for many members; that it is all of
//! them is a guess). A change of what is there clears texts, days and custom fields. Numbers, flags, words of a
//! list, and what has members of its own stay as they are, so that no amount becomes nothing by a null (a
//! guess). For all other requests it is as if the member were not there.
//!
//! A read prints it for what a record has no value for (observed). Which members these are is a guess: all
//! that the reference has for it but lists and objects, and but those of the envelope.

use super::{kind::Kind, proxy, record, store::Transaction, view};
use crate::problem::Problem;
use std::borrow::Cow;
use zuora_catalog::{Field, Kind as TypeKind, Operation, Schema, Shape, Type};
use zuora_wire::{Json, Object};

/// Members of replies that tell of the reply, and not of a record.
const ENVELOPE: [&str; 4] = ["success", "processId", "requestId", "nextPage"];

/// Members that no change clears, beside those that CRUD requires of a new object, numbers of documents, and what
/// a record belongs to: a guess.
const KEPT_GUESS: [&str; 12] = [
    "billToId",
    "contractEffectiveDate",
    "creditMemoDate",
    "currency",
    "debitMemoDate",
    "dueDate",
    "invoiceDate",
    "orderDate",
    "soldToId",
    "status",
    "termStartDate",
    "termType",
];

/// A body without its nulls, which the reference's rules then hold for: what it requires is missed.
pub(crate) fn left_out(json: &Json) -> Cow<'_, Json> {
    if !has_null(json) {
        return Cow::Borrowed(json);
    }
    Cow::Owned(match json {
        Json::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            Json::object(there.map(|(name, value)| (name, left_out(value).into_owned())))
        }
        Json::Array(items) => items
            .iter()
            .map(|item| left_out(item).into_owned())
            .collect::<Vec<_>>()
            .into(),
        other => other.clone(),
    })
}

fn has_null(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => items.iter().any(has_null),
        Json::Object(members) => members.iter().any(|(_, value)| has_null(value)),
        _ => false,
    }
}

/// The body with what its nulls mean: those that are still there clear.
pub(super) fn taken(body: &Object, operation: Operation) -> Cow<'_, Object> {
    if !body.iter().any(|(_, value)| has_null(value)) {
        return Cow::Borrowed(body);
    }
    let ty = operation.body().and_then(|body| body.ty);
    let schema = ty.and_then(Type::schema);
    Cow::Owned(members(body, schema, is_change(operation)))
}

/// Whether an operation says anew what records are, and is no step such as `.../apply`, which makes others.
fn is_change(operation: Operation) -> bool {
    let path = operation.path();
    let is_step = path.contains('}') && !path.ends_with('}') && !path.ends_with("-information");
    operation.method() == "PUT" && !is_step
}

fn members(sent: &Object, schema: Option<Schema>, is_change: bool) -> Object {
    let shape = schema.map(|schema| view::variant(schema, sent).shape());
    let field = |name: &str| match shape {
        Some(Shape::Object(fields)) => fields.get(name),
        _ => None,
    };
    let mut taken = Object::new();
    for (name, value) in sent.iter() {
        let field = field(name);
        let clears = is_change && (zuora_catalog::is_custom(name) || field.is_some_and(is_plain));
        if !value.is_null() {
            let schema = field.and_then(|field| field.ty().schema());
            taken.insert(name, below(value, schema, is_change));
        } else if clears {
            taken.insert(name, Json::Null);
        }
    }
    taken
}

/// Where the reference knows no members, what was sent stays as it is.
fn below(value: &Json, schema: Option<Schema>, is_change: bool) -> Json {
    match (value, schema) {
        (Json::Object(object), Some(_)) => members(object, schema, is_change).into(),
        (Json::Array(items), Some(_)) => items
            .iter()
            .map(|item| below(item, schema, is_change))
            .collect::<Vec<_>>()
            .into(),
        _ => value.clone(),
    }
}

/// Whether a member is a text that is free, or a day.
fn is_plain(field: Field) -> bool {
    match field.ty().kind() {
        TypeKind::String => field.facts().one_of().next().is_none(),
        TypeKind::Date | TypeKind::DateTime => true,
        _ => false,
    }
}

/// Refuses a change that cleared what a record is never without.
pub(super) fn check(tx: &Transaction<'_>, body: &Object) -> Result<(), Problem> {
    if !body.iter().any(|(_, value)| has_null(value)) {
        return Ok(());
    }
    for (kind, before, now) in tx.changed() {
        let number = kind.facts().number.map(|(member, ..)| member);
        // A new one may be the next version of another.
        let was_there =
            |name: &str| before.is_none_or(|before| record::some_text(before, name).is_some());
        let cleared = now
            .iter()
            .filter(|(name, value)| value.is_null() && was_there(name));
        for (name, _) in cleared {
            if KEPT_GUESS.contains(&name)
                || number == Some(name)
                || is_owner(kind, name)
                || proxy::is_required(kind, &record::to_pascal(name))
            {
                let facts = kind.facts();
                let sent = facts.rest.iter().find(|(_, own)| *own == name);
                let sent = sent.map_or(name, |(rest, _)| rest);
                return Err(Problem::bad_value(format!(
                    "{sent}: is null, and no {} is without it",
                    facts.name
                )));
            }
        }
    }
    Ok(())
}

/// Whether it names what a record belongs to; an account may stand below no other.
fn is_owner(kind: Kind, name: &str) -> bool {
    let mut owners = kind.facts().parents.iter().map(|(member, _)| *member);
    name != "parentId" && owners.any(|owner| owner == name)
}

/// Prints null for what the records in a reply have no value for.
pub(super) fn print(reply: &mut Json, ty: Type) {
    match (ty.kind(), reply) {
        (TypeKind::Array(items), Json::Array(all)) => {
            all.iter_mut().for_each(|item| print(item, items));
        }
        (TypeKind::Named(_), Json::Object(object)) => {
            let schema = ty.schema().map(|schema| view::variant(schema, object));
            if let Some(Shape::Object(fields)) = schema.map(Schema::shape) {
                fields.iter().for_each(|field| print_one(object, field));
            }
        }
        _ => {}
    }
}

/// A record as a read shows it in a place of which the reference says nothing.
pub(super) fn printed(schema: &str, row: &Object) -> Json {
    let mut seen = view::named(schema, row);
    if let Some(schema) = zuora_catalog::schema(schema) {
        print(&mut seen, Type::of(schema));
    }
    seen
}

fn print_one(object: &mut Object, field: Field) {
    match object.get_mut(field.name()) {
        Some(value) => print(value, field.ty()),
        None if is_printed(field) => {
            object.insert(field.name(), Json::Null);
        }
        None => {}
    }
}

fn is_printed(field: Field) -> bool {
    let is_scalar = match field.ty().kind() {
        TypeKind::String
        | TypeKind::Integer
        | TypeKind::Number
        | TypeKind::Boolean
        | TypeKind::Date
        | TypeKind::DateTime => true,
        TypeKind::Named(_) => {
            let schema = field.ty().schema();
            matches!(schema.map(Schema::shape), Some(Shape::Enum(_)))
        }
        _ => false,
    };
    is_scalar && !field.is_required() && !ENVELOPE.contains(&field.name())
}
