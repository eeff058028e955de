//! Every type, read and written again: equal JSON, numbers byte for byte. And every type with values of
//! the wrong kind: an error that tells the place.
//!
//! Values come from the catalogue's own sampler, so that a member which the generator lost or named
//! otherwise shows. Equality cannot hold in two places: in a type that is only received `null` is the same
//! as nothing, and one that is only sent always writes what is required.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod tried;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use tried::{Kind, Type, Use};
use types::TYPES;
use zuora_catalog::{
    Field, Fields, Kind as Is, Schema, Shape, Type as Ty,
    sample::{Members, Sample},
    schema,
};
use zuora_wire::{Decimal, Json, Number, Object};

/// Numbers that a binary float, or a decimal of 28 digits, would change.
const NUMBERS: [&str; 8] = [
    "1234567890123456789012",
    "12345678901234.123456789",
    "100.00",
    "1E-9",
    "0E-9",
    "-0.10",
    "123456789012345678901234567890123456789",
    "0.1234567890123456789012345678901234567",
];

/// A text that no enum and no tag knows.
const UNKNOWN: &str = "Not yet – \"invented\"\u{0}\n\t😀";

/// The catalogue's schema of a type; none for the enum of a member.
fn known(ty: &Type) -> Option<Schema> {
    schema(ty.schema)
}

fn members(ty: &Type) -> Option<Fields> {
    match known(ty)?.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    }
}

/// All faults are told at once: a fault of the generator has many.
#[track_caller]
fn assert_none(faults: Vec<String>) {
    let shown: Vec<_> = faults.iter().take(40).map(String::as_str).collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        shown.join("\n")
    );
}

fn check(faults: &mut Vec<String>, ty: &Type, sent: &Json, expected: &Json) {
    match ty.again(sent) {
        Ok(again) => faults.extend(difference(&again, expected, ty.schema.to_owned())),
        Err(error) => faults.push(format!("{}: {error}\n  {sent}", ty.schema)),
    }
}

/// The first place where two values differ, whatever the order of members; numbers by their text.
fn difference(found: &Json, expected: &Json, path: String) -> Option<String> {
    match (found, expected) {
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(index, (one, other))| difference(one, other, format!("{path}[{index}]"))),
        (Json::Object(one), Json::Object(other)) => {
            let names: BTreeSet<_> = one
                .iter()
                .chain(other.iter())
                .map(|(name, _)| name)
                .collect();
            names.into_iter().find_map(|name| {
                let path = format!("{path}.{name}");
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => difference(one, other, path),
                    (one, other) => Some(format!("{path}: {one:?}, not {other:?}")),
                }
            })
        }
        // An amount that came as a text is written as the number that it is.
        (Json::Number(number), Json::String(text)) if number.as_str() == text => None,
        _ if found == expected => None,
        _ => Some(format!("{path}: {found}, not {expected}")),
    }
}

/// Calls `change` with every value in it, from the inside out.
fn each(json: &mut Json, change: &mut dyn FnMut(&mut Json)) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        Json::Object(members) => members
            .iter_mut()
            .for_each(|(_, value)| each(value, change)),
        _ => {}
    }
    change(json);
}

/// What only members of a type of its own take: a date, an amount.
fn is_typed(text: &str) -> bool {
    let is_date = text.len() == 10 && text.starts_with("20") && text.as_bytes()[4] == b'-';
    is_date || text.parse::<Decimal>().is_ok()
}

/// The sampler calls the members of a map `key1`, `key2`, if it has any: they all have one type.
fn is_map(members: &Object) -> bool {
    members.is_empty() || members.get("key1").is_some()
}

#[test]
fn all_members() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(schema) = known(ty) else { continue };
        for seed in 0..3 {
            let value = Sample::new(seed).of(schema);
            check(&mut faults, ty, &value, &value);
        }
    }
    assert_none(faults);
}

#[test]
fn no_members_and_those_that_are_required() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(schema) = known(ty) else { continue };
        let required = Sample::new(1).members(Members::Required).of(schema);
        check(&mut faults, ty, &required, &required);
        // What is only sent always has what is required.
        if !matches!(
            ty.kind,
            Kind::Object {
                use_: Use::Request,
                ..
            }
        ) {
            let none = Json::Object(Object::new());
            if matches!(schema.shape(), Shape::Object(_)) {
                check(&mut faults, ty, &none, &none);
            }
        }
    }
    assert_none(faults);
}

/// What an object with nothing but nulls is written as.
fn expected(use_: Use, nulls: &Object) -> Json {
    match use_ {
        Use::Reply => Json::Object(Object::new()),
        Use::Request | Use::Both => nulls.clone().into(),
    }
}

#[test]
fn nulls() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let (Kind::Object { use_, fields }, Some(members)) = (ty.kind, members(ty)) else {
            continue;
        };
        let nulls: Object = members
            .iter()
            .filter(|field| fields().contains(&field.name()))
            .filter(|field| use_ != Use::Request || !field.is_required())
            .map(|field| (field.name().to_owned(), Json::Null))
            .collect();
        let mut expected = expected(use_, &nulls);
        let mut sent = Json::Object(nulls);
        // Beside them, what is unknown is kept even where it is null.
        for json in [&mut sent, &mut expected] {
            if let Json::Object(members) = json {
                members.insert("Unset__c", Json::Null);
            }
        }
        if use_ == Use::Request && members.iter().any(Field::is_required) {
            let required = Sample::new(1)
                .members(Members::Required)
                .of(known(ty).unwrap());
            for json in [&mut sent, &mut expected] {
                if let (Json::Object(members), Some(required)) = (json, required.as_object()) {
                    for (name, value) in required.iter() {
                        members.insert(name, value.clone());
                    }
                }
            }
        }
        check(&mut faults, ty, &sent, &expected);
    }
    assert_none(faults);
}

#[test]
fn null_in_every_place_is_no_error() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(schema) = known(ty) else { continue };
        let nulls = Sample::new(1).members(Members::Null).of(schema);
        let mut inside = Sample::new(1).of(schema);
        each(&mut inside, &mut |json| match json {
            Json::Array(items) => items.push(Json::Null),
            Json::Object(members) if is_map(members) => drop(members.insert("key3", Json::Null)),
            _ => {}
        });
        for value in [nulls, inside, Json::Null] {
            if let Err(error) = ty.again(&value) {
                faults.push(format!("{}: {error}\n  {value}", ty.schema));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn unknown_and_custom_members() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(schema) = known(ty) else { continue };
        let mut value = Sample::new(1).of(schema);
        each(&mut value, &mut |json| {
            if let Json::Object(members) = json
                && !is_map(members)
            {
                members.insert("Region__c", "EMEA");
                members.insert(
                    "Limit__c",
                    Number::new("1234567890123456789012.10").unwrap(),
                );
                members.insert("IntegrationId__NS", Json::Null);
                members.insert("added in 2031", Json::object([("deep", vec![Json::Null])]));
            }
        });
        check(&mut faults, ty, &value, &value);
    }
    assert_none(faults);
}

#[test]
fn exact_numbers() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(schema) = known(ty) else { continue };
        let mut value = Sample::new(1).of(schema);
        let mut next = 0;
        each(&mut value, &mut |json| {
            // The sampler writes amounts with two decimals, and integers without.
            if json
                .as_number()
                .is_some_and(|number| number.as_str().contains('.'))
            {
                *json = Json::Number(Number::new(NUMBERS[next % NUMBERS.len()]).unwrap());
                next += 1;
            }
        });
        check(&mut faults, ty, &value, &value);
    }
    assert_none(faults);
}

#[test]
fn every_number_as_every_other() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(members) = members(ty) else { continue };
        let required = Sample::new(1)
            .members(Members::Required)
            .of(known(ty).unwrap());
        for field in members
            .iter()
            .filter(|field| field.ty().kind() == Is::Number || is_amount_in_text(ty, *field))
        {
            for number in NUMBERS {
                let mut sent = required.clone();
                let Json::Object(members) = &mut sent else {
                    continue;
                };
                members.insert(field.name(), Json::Number(Number::new(number).unwrap()));
                check(&mut faults, ty, &sent, &sent.clone());
                // The same as a text, as some replies have it, is the same number.
                let mut text = sent.clone();
                if let Json::Object(members) = &mut text {
                    members.insert(field.name(), number);
                }
                check(&mut faults, ty, &text, &sent);
            }
        }
    }
    assert_none(faults);
}

#[test]
fn unknown_texts_of_enums_and_tags() {
    let mut faults = Vec::new();
    for ty in TYPES {
        if let Kind::Text { is_known } = ty.kind {
            for text in values(ty) {
                if !is_known(text) {
                    faults.push(format!("{}: {text} is not known", ty.schema));
                }
                for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
                    check(
                        &mut faults,
                        ty,
                        &text.as_str().into(),
                        &text.as_str().into(),
                    );
                }
            }
            assert!(!is_known(UNKNOWN));
            check(&mut faults, ty, &UNKNOWN.into(), &UNKNOWN.into());
        }
        let Some(schema) = known(ty) else { continue };
        let mut value = Sample::new(1).of(schema);
        each(&mut value, &mut |json| {
            if json.as_str().is_some_and(|text| !is_typed(text)) {
                *json = UNKNOWN.into();
            }
        });
        // A tag that is unknown leaves the variant to the members. If it is one that is only sent, what it
        // requires is written, as in every type that is only sent.
        let mut expected = value.clone();
        if let (Kind::Union, Ok(Json::Object(again)), Json::Object(expected)) =
            (ty.kind, ty.again(&value), &mut expected)
        {
            for (name, blank) in again.iter().filter(|(_, blank)| blank.as_str() == Some("")) {
                if expected.get(name).is_none() {
                    expected.insert(name, blank.clone());
                }
            }
        }
        check(&mut faults, ty, &value, &expected);
    }
    assert_none(faults);
}

/// What the catalogue knows of an enum, also of one that belongs to a member.
fn values(ty: &Type) -> Vec<&'static str> {
    match known(ty).map(Schema::shape) {
        Some(Shape::Enum(values)) => values.iter().collect(),
        _ => {
            let (owner, member) = ty.schema.split_once('.').unwrap();
            let Some(Shape::Object(fields)) = schema(owner).map(Schema::shape) else {
                panic!("{owner} is no object");
            };
            let facts = fields.get(member).unwrap().facts();
            facts.one_of().chain(facts.items().one_of()).collect()
        }
    }
}

/// Values that a member must refuse, each with the path from the member on.
fn wrong_for(ty: &Type, field: Field) -> Vec<(Json, &'static str)> {
    match is_amount_in_text(ty, field) {
        true => ["abc".into(), true.into(), Json::Array(Vec::new())]
            .map(|value| (value, ""))
            .into(),
        false => wrong(field.ty()),
    }
}

/// An amount that the description has as a text, in a type that is only received: a decimal here.
fn is_amount_in_text(ty: &Type, field: Field) -> bool {
    let is_reply = matches!(
        ty.kind,
        Kind::Object {
            use_: Use::Reply,
            ..
        }
    );
    is_reply && field.ty().kind() == Is::String && field.facts().format() == Some("decimal")
}

/// Values that a member of this type must refuse, each with the path from the member on.
fn wrong(ty: Ty) -> Vec<(Json, &'static str)> {
    let (text, number, truth) = ("abc".into(), Json::from(17), true.into());
    let (array, object) = (Json::Array(Vec::new()), Json::Object(Object::new()));
    let within = |inner: Ty, around: fn(Json) -> Json, path: &'static str| {
        let wrong = wrong(inner).into_iter().filter(|(_, path)| path.is_empty());
        wrong.map(move |(value, _)| (around(value), path))
    };
    let flat = |values: Vec<Json>| values.into_iter().map(|value| (value, "")).collect();
    match ty.kind() {
        Is::String | Is::Date | Is::DateTime | Is::Binary => {
            flat(vec![number, truth, array, object])
        }
        Is::Integer => flat(vec![text, truth, array, object, "1.5".into()]),
        Is::Number => flat(vec![text, truth, array, object]),
        Is::Boolean => flat(vec![text, number, array, object, "true".into()]),
        Is::Named(name) => match schema(name).map(Schema::shape) {
            Some(Shape::Object(_)) => flat(vec![text, number, truth, array]),
            Some(Shape::Enum(_)) => flat(vec![number, truth, array, object]),
            // What fits no variant is kept.
            _ => Vec::new(),
        },
        Is::Array(items) => {
            let mut all: Vec<_> = flat(vec![text, number, truth, object]);
            all.extend(within(items, |value| Json::Array(vec![value]), "[0]"));
            all
        }
        Is::Map(values) => {
            let mut all: Vec<_> = flat(vec![text, number, truth, array]);
            all.extend(within(
                values,
                |value| Json::object([("key", value)]),
                ".key",
            ));
            all
        }
        // Any JSON.
        _ => Vec::new(),
    }
}

#[test]
fn values_of_the_wrong_kind_are_errors_that_tell_the_place() {
    let mut faults = Vec::new();
    let mut tried = 0;
    for ty in TYPES {
        let (Kind::Object { fields, .. }, Some(members)) = (ty.kind, members(ty)) else {
            continue;
        };
        for field in members
            .iter()
            .filter(|field| fields().contains(&field.name()))
        {
            for (value, below) in wrong_for(ty, field) {
                tried += 1;
                let sent = Json::object([(field.name(), value)]);
                let path = format!("{}{below}", field.name());
                match ty.again(&sent) {
                    Ok(again) => faults.push(format!("{}: {sent} became {again}", ty.schema)),
                    Err(error) if error.path() == path && !error.is_syntax() => {}
                    Err(error) => faults.push(format!("{}: {sent}: {error}", ty.schema)),
                }
            }
        }
    }
    assert_none(faults);
    assert!(tried > 50_000, "{tried}");
}

#[test]
fn a_member_that_is_repeated_counts_with_its_last_value() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let Some(schema) = known(ty) else { continue };
        let (first, last) = (Sample::new(1).of(schema), Sample::new(2).of(schema));
        let (Json::Object(_), Json::Object(_), Shape::Object(_)) = (&first, &last, schema.shape())
        else {
            continue;
        };
        let (first, text) = (first.to_compact_string(), last.to_compact_string());
        let (first, rest) = (first.trim_end_matches('}'), text.trim_start_matches('{'));
        // Some end in a nested object, whose brace went, too.
        let braces = first.matches('{').count() - first.matches('}').count() - 1;
        let comma = if rest == "}" || first == "{" { "" } else { "," };
        let repeated = format!("{first}{}{comma}{rest}", "}".repeat(braces));
        match ty.again_from(&repeated) {
            Ok(again) => faults.extend(difference(&again, &last, ty.schema.to_owned())),
            Err(error) => faults.push(format!("{}: {error}\n  {repeated}", ty.schema)),
        }
    }
    assert_none(faults);
}

const ENVELOPE: [&str; 4] = ["success", "reasons", "processId", "requestId"];

/// The members that stand in `extra` by rule: those of integrations, and of a reply whether it succeeded.
fn is_lifted(ty: &Type, name: &str) -> bool {
    let integration = name.ends_with("__NS") || name.ends_with("__QT");
    let envelope = ["success", "reasons", "processId", "requestId"].contains(&name);
    integration
        || (envelope
            && matches!(
                ty.kind,
                Kind::Object {
                    use_: Use::Reply,
                    ..
                }
            ))
}

#[test]
fn every_member_of_a_schema_has_a_field() {
    let mut faults = Vec::new();
    for ty in TYPES {
        let (Kind::Object { fields, .. }, Some(members)) = (ty.kind, members(ty)) else {
            continue;
        };
        let fields: BTreeSet<_> = fields().iter().copied().collect();
        let members: BTreeSet<_> = members.iter().map(Field::name).collect();
        for missing in members
            .difference(&fields)
            .filter(|name| !is_lifted(ty, name))
        {
            faults.push(format!("{}.{missing} has no field", ty.schema));
        }
        for more in fields.difference(&members) {
            faults.push(format!("{}.{more} is no member", ty.schema));
        }
    }
    assert_none(faults);
}

#[test]
fn every_schema_that_an_operation_reaches_has_a_type() {
    let mut waiting: Vec<Ty> = Vec::new();
    for operation in zuora_catalog::operations() {
        waiting.extend(operation.params().map(|param| param.field.ty()));
        waiting.extend(operation.body().and_then(|body| body.ty));
        waiting.extend(operation.replies().filter_map(|reply| reply.ty));
    }
    let types: BTreeMap<_, _> = TYPES.iter().map(|ty| (ty.schema, ty)).collect();
    let (mut reached, mut faults) = (BTreeSet::new(), Vec::new());
    while let Some(ty) = waiting.pop() {
        let Some(schema) = ty.schema().filter(|schema| reached.insert(schema.name())) else {
            continue;
        };
        let Some(ty) = types.get(schema.name()) else {
            match one_or_several(schema) {
                Some(one) => waiting.push(one),
                None if only_says_whether_it_succeeded(schema) => {}
                None => faults.push(format!("{} has no type", schema.name())),
            }
            continue;
        };
        match schema.shape() {
            Shape::Object(fields) => {
                let fields = fields.iter().filter(|field| !is_lifted(ty, field.name()));
                waiting.extend(fields.map(Field::ty));
            }
            Shape::Union(union) => waiting.extend(union.variants().map(|variant| variant.ty)),
            _ => {}
        }
    }
    assert_none(faults);
    assert!(reached.len() > 1_500, "{}", reached.len());
}

/// Such a reply is nothing to its caller.
fn only_says_whether_it_succeeded(schema: Schema) -> bool {
    match schema.shape() {
        Shape::Object(fields) => fields.iter().all(|field| ENVELOPE.contains(&field.name())),
        _ => false,
    }
}

/// The one, where a body is one or several: it is sent as several.
fn one_or_several(schema: Schema) -> Option<Ty> {
    let Shape::Union(union) = schema.shape() else {
        return None;
    };
    let variants: Vec<_> = union.variants().map(|variant| variant.ty).collect();
    match variants[..] {
        [one, several] if several.kind() == Is::Array(one) => Some(one),
        _ => None,
    }
}
