//! A record as a door shows it: what the reply's schema has a place for, and custom fields.

use super::{instant, kind::Kind, record};
use jiff::tz::TimeZone;
use zuora_catalog::{Direction, Kind as TypeKind, Schema, Shape, Type};
use zuora_wire::{Json, Object};

/// The record under the names of `/v1` REST, beside its own.
pub(crate) fn rest(kind: Kind, row: &Object) -> Object {
    let mut view = row.clone();
    for (rest, own) in kind.facts().rest {
        if let Some(value) = row.get(own) {
            view.insert(*rest, value.clone());
        }
    }
    view
}

/// The record under the names of CRUD and ZOQL.
pub(crate) fn pascal(row: &Object, zone: &TimeZone) -> Object {
    let named = row.iter();
    named
        .map(|(name, value)| (record::to_pascal(name), crud(value, zone)))
        .collect()
}

/// A value as CRUD and ZOQL write it: date-times in the tenant's zone.
pub(crate) fn crud(value: &Json, zone: &TimeZone) -> Json {
    let shown = value.as_str().and_then(|text| instant::in_zone(text, zone));
    shown.map_or_else(|| value.clone(), Json::from)
}

/// What a schema has a place for, and custom fields. Members that records do not have are left out, as are
/// those that the schema would not allow.
pub(crate) fn through(schema: Schema, row: &Object) -> Object {
    let mut seen = Object::new();
    if let Shape::Object(fields) = variant(schema, row).shape() {
        for field in fields.iter() {
            if let Some(value) = row.get(field.name()) {
                let value = matching(field.ty(), value);
                if field.check(&value, Direction::Reply).is_valid() {
                    seen.insert(field.name(), value);
                }
            }
        }
    }
    for (name, value) in row
        .iter()
        .filter(|(name, _)| zuora_catalog::is_custom(name))
    {
        seen.insert(name, value.clone());
    }
    seen
}

/// The same by the name of the schema.
pub(crate) fn named(schema: &str, row: &Object) -> Json {
    match zuora_catalog::schema(schema) {
        Some(schema) => through(schema, row).into(),
        None => row.clone().into(),
    }
}

/// Of a union the variant that the record's tag names, else the first.
pub(super) fn variant(schema: Schema, row: &Object) -> Schema {
    let Shape::Union(union) = schema.shape() else {
        return schema;
    };
    let tag = union.tag().map(|tag| record::text(row, tag));
    let named = union
        .variants()
        .find(|variant| variant.values().any(|value| Some(value) == tag));
    let chosen = named.or_else(|| union.variants().next());
    chosen
        .and_then(|variant| variant.ty.schema())
        .unwrap_or(schema)
}

/// Amounts are text in some replies and numbers in others.
fn matching(ty: Type, value: &Json) -> Json {
    match (ty.kind(), value) {
        (TypeKind::String, Json::Number(number)) => number.to_string().into(),
        _ => value.clone(),
    }
}
