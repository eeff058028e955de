//! Reading and writing the members of records and requests.

use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

/// A text; empty where there is none.
pub(crate) fn text<'a>(row: &'a Object, member: &str) -> &'a str {
    row.get(member).and_then(Json::as_str).unwrap_or_default()
}

/// A text that is there and not empty.
pub(crate) fn some_text<'a>(row: &'a Object, member: &str) -> Option<&'a str> {
    Some(text(row, member)).filter(|text| !text.is_empty())
}

/// An exact amount; 0 where there is none. Text that is a number counts as one.
pub(crate) fn amount(row: &Object, member: &str) -> Decimal {
    some_amount(row, member).unwrap_or(Decimal::ZERO)
}

pub(crate) fn some_amount(row: &Object, member: &str) -> Option<Decimal> {
    match row.get(member)? {
        Json::Number(number) => Decimal::try_from(number).ok(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(crate) fn flag(row: &Object, member: &str) -> bool {
    row.get(member).and_then(Json::as_bool).unwrap_or(false)
}

pub(crate) fn list<'a>(
    row: &'a Object,
    member: &str,
) -> impl Iterator<Item = &'a Object> + use<'a> {
    let items = row.get(member).and_then(Json::as_array);
    items.into_iter().flatten().filter_map(Json::as_object)
}

/// A sum that does not fit into 38 digits is refused.
pub(crate) fn plus(one: &Decimal, other: &Decimal) -> Result<Decimal, Problem> {
    one.checked_add(other)
        .ok_or_else(|| Problem::bad_value("The amounts have too many digits to be added exactly"))
}

pub(crate) fn minus(one: &Decimal, other: &Decimal) -> Result<Decimal, Problem> {
    plus(one, &-other)
}

/// Copies what both have under the same name; null clears.
pub(crate) fn copy(from: &Object, into: &mut Object, members: &[&str]) {
    for member in members {
        if let Some(value) = from.get(member) {
            into.insert(*member, value.clone());
        }
    }
}

/// Copies every member that has no members of its own, custom fields among them, under the name that
/// records have for it.
pub(crate) fn copy_plain(from: &Object, into: &mut Object, names: &[(&str, &str)]) {
    for (name, value) in from.iter() {
        let is_plain = match value {
            Json::Object(_) => false,
            Json::Array(items) => items.iter().all(|item| item.as_str().is_some()),
            _ => true,
        };
        if is_plain {
            let own = names.iter().find(|(rest, _)| *rest == name);
            into.insert(own.map_or(name, |(_, own)| own), value.clone());
        }
    }
}

/// Custom fields, which a request has apart, among the others, as records have them.
pub(crate) fn set_custom(row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let custom = sent.get("customFields").and_then(Json::as_object);
    for (name, value) in custom.into_iter().flat_map(Object::iter) {
        if !zuora_catalog::is_custom(name) {
            let text = format!("customFields: {name} is not the name of a custom field");
            return Err(Problem::bad_value(text));
        }
        row.insert(name, value.clone());
    }
    Ok(())
}

/// Custom fields that stand among the others.
pub(crate) fn copy_custom(from: &Object, into: &mut Object) {
    let custom = from.iter();
    for (name, value) in custom.filter(|(name, _)| zuora_catalog::is_custom(name)) {
        into.insert(name, value.clone());
    }
}

/// The record with its custom fields apart.
pub(crate) fn with_custom_apart(row: &Object) -> Object {
    let (mut seen, mut custom) = (Object::new(), Object::new());
    for (name, value) in row.iter() {
        match zuora_catalog::is_custom(name) {
            true => custom.insert(name, value.clone()),
            false => seen.insert(name, value.clone()),
        };
    }
    if custom.iter().next().is_some() {
        seen.insert("customFields", custom);
    }
    seen
}

/// `accountNumber` as CRUD writes it; custom fields are written as they are.
pub(crate) fn to_pascal(name: &str) -> String {
    recase(name, char::to_ascii_uppercase)
}

pub(crate) fn to_camel(name: &str) -> String {
    recase(name, char::to_ascii_lowercase)
}

fn recase(name: &str, case: impl Fn(&char) -> char) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) if !zuora_catalog::is_custom(name) => {
            std::iter::once(case(&first)).chain(chars).collect()
        }
        _ => name.to_owned(),
    }
}
