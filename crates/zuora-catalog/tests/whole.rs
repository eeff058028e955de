//! Walks over everything: what the views show, written down again, is the text that they read.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, fmt::Write as _};
use zuora_catalog::{
    Auth, Facts, Field, Kind, Limit, Operation, Reply, Schema, Shape, Type, groups, operation,
    operations, schema, schemas,
};

const OPERATIONS: &str = include_str!("../src/operations.txt");
const SCHEMAS: &str = include_str!("../src/schemas.txt");

#[test]
fn no_operation_loses_anything() {
    let mut text = String::new();
    operations().for_each(|operation| write_operation(&mut text, operation));
    same(&text, OPERATIONS);
}

#[test]
fn no_schema_loses_anything() {
    let mut text = String::new();
    schemas().for_each(|schema| write_schema(&mut text, schema));
    same(&text, SCHEMAS);
}

#[test]
fn everything_is_found_by_its_name_and_nothing_else_is() {
    for known in operations() {
        assert_eq!(operation(known.id()).unwrap(), known);
        for was in known.was() {
            assert_eq!(operation(was.id).unwrap(), known, "{}", was.id);
        }
    }
    for known in schemas() {
        assert_eq!(schema(known.name()).unwrap().name(), known.name());
    }
    for unknown in [
        "",
        "a",
        "zzz",
        "getAccoun",
        "getAccountX",
        "@",
        "\n@",
        "string",
    ] {
        assert!(operation(unknown).is_none(), "{unknown:?}");
        assert!(schema(unknown).is_none(), "{unknown:?}");
    }
}

#[test]
fn all_is_counted() {
    assert_eq!(operations().count(), 922);
    let groups: Vec<_> = groups().collect();
    assert_eq!(groups.len(), 130);
    let in_groups: usize = groups.iter().map(|group| group.operations().count()).sum();
    assert_eq!(in_groups, 922);
    for group in groups {
        assert_eq!(zuora_catalog::group(group.module()), Some(group));
        assert_eq!(zuora_catalog::group(group.name()), Some(group));
        let verbs: BTreeSet<_> = group.operations().map(Operation::verb).collect();
        assert_eq!(verbs.len(), group.operations().count(), "{group:?}");
    }
}

#[test]
fn every_type_exists() {
    let all = operations().flat_map(types_of_operation);
    for ty in all.chain(schemas().flat_map(types_of_schema)) {
        known(ty);
    }
}

fn known(ty: Type) {
    match ty.kind() {
        Kind::Array(inner) | Kind::Map(inner) => known(inner),
        Kind::Named(name) => {
            assert!(schema(name).is_some(), "{name:?}");
            assert_eq!(ty.schema().unwrap().name(), name);
        }
        _ => {}
    }
}

fn types_of_operation(operation: Operation) -> Vec<Type> {
    let replies = operation.replies().chain(operation.errors());
    let params = operation.params().map(|param| param.field.ty());
    let body = operation.body().and_then(|body| body.ty);
    params
        .chain(body)
        .chain(replies.filter_map(|reply| reply.ty))
        .collect()
}

fn types_of_schema(schema: Schema) -> Vec<Type> {
    match schema.shape() {
        Shape::Object(fields) => fields.iter().map(Field::ty).collect(),
        Shape::Union(union) => union.variants().map(|variant| variant.ty).collect(),
        _ => Vec::new(),
    }
}

fn write_operation(text: &mut String, operation: Operation) {
    let mut line = |columns: &[&str]| *text += &(columns.join("\t") + "\n");
    line(&[
        &format!("@{}", operation.id()),
        operation.group().module(),
        operation.group().name(),
        operation.method(),
        operation.path(),
        operation.rust_name(),
        operation.verb(),
    ]);
    if let Some(server) = operation.server() {
        line(&["server", server]);
    }
    match operation.auth() {
        Auth::Bearer => {}
        Auth::Basic => line(&["auth", "basic"]),
        Auth::None => line(&["auth", "none"]),
    }
    let common: Vec<_> = operation.common().map(|common| common.word()).collect();
    if !common.is_empty() {
        line(&["common", &common.join(" ")]);
    }
    for (word, holds) in [
        ("concurrency", operation.tells_concurrency()),
        ("reads", operation.only_reads()),
        ("only_2022", operation.only_2022()),
        ("partial", operation.is_partial()),
    ] {
        if holds {
            line(&[word, ""]);
        }
    }
    if let Some(pages) = operation.pages() {
        let words: Vec<_> = [pages.style].into_iter().chain(pages.items).collect();
        line(&["pages", &words.join(" ")]);
    }
    let accept: Vec<_> = operation.accept().collect();
    if accept != ["application/json"] {
        line(&["accept", &accept.join("\t")]);
    }
    for was in operation.was() {
        line(&["was", was.id, was.method, was.path]);
    }
    for param in operation.params() {
        line(&[param.position.word(), &row_of(param.field)]);
    }
    if let Some(body) = operation.body() {
        let required = if body.is_required { "required" } else { "" };
        line(&["body", text_of(body.ty), required, body.content_type]);
    }
    let mut reply = |word, reply: Reply| line(&[word, reply.status, text_of(reply.ty)]);
    operation.replies().for_each(|row| reply("reply", row));
    operation.errors().for_each(|row| reply("error", row));
}

fn write_schema(text: &mut String, schema: Schema) {
    let mut head = |kind: &str, tail: &str| {
        let (name, home) = (schema.name(), schema.home());
        let rust = schema.rust_name();
        let _ = writeln!(text, "@{name}\t{kind}\t{home}\t{rust}{tail}");
    };
    match schema.shape() {
        Shape::Object(fields) => {
            head("object", "");
            for field in fields.iter() {
                let _ = writeln!(text, "{}", row_of(field));
            }
        }
        Shape::Enum(values) => {
            head("enum", "");
            for value in values.iter() {
                let _ = writeln!(text, "{value}");
            }
        }
        Shape::Union(union) => {
            head("union", &format!("\t{}", union.tag().unwrap_or_default()));
            for variant in union.variants() {
                let values: Vec<_> = variant.values().collect();
                let _ = writeln!(text, "{}\t{}", variant.ty, values.join("|"));
            }
        }
        other => panic!("{other:?}"),
    }
}

fn row_of(field: Field) -> String {
    let mut row = format!("{}\t{}\t", field.name(), field.ty());
    for (flag, holds) in [
        ('r', field.is_required()),
        ('n', field.is_nullable()),
        ('o', field.is_read_only()),
    ] {
        if holds {
            row.push(flag);
        }
    }
    write_facts(&mut row, field.facts(), "");
    write_facts(&mut row, field.facts().items(), "items.");
    row
}

fn write_facts(row: &mut String, facts: Facts, prefix: &str) {
    let mut fact = |name: &str, value: &str| *row += &format!("\t{prefix}{name}={value}");
    let one_of: Vec<_> = facts.one_of().collect();
    if !one_of.is_empty() {
        fact("one_of", &one_of.join("|"));
    }
    for (name, value) in [
        ("default", facts.default()),
        ("format", facts.format()),
        ("pattern", facts.pattern()),
    ] {
        if let Some(value) = value {
            fact(name, value);
        }
    }
    // Their order in the text is not this one's to decide.
    let limits = facts.iter().filter_map(|(name, _)| {
        let limit = Limit::ALL.into_iter().find(|limit| limit.word() == name)?;
        Some((name, facts.limit(limit)?))
    });
    for (name, value) in limits {
        value.parse::<zuora_wire::Decimal>().unwrap();
        fact(name, value);
    }
    if let Some(joined) = facts.joined() {
        fact("joined", joined);
    }
}

fn text_of(ty: Option<Type>) -> &'static str {
    ty.map(Type::as_str).unwrap_or_default()
}

/// Names the first line that differs.
fn same(shown: &str, text: &str) {
    for (number, (shown, text)) in shown.lines().zip(text.lines()).enumerate() {
        assert_eq!(shown, text, "line {}", number + 1);
    }
    assert_eq!(shown.len(), text.len());
}
