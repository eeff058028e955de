//! The catalogue's two texts: one block an operation, one block a schema, sorted, so that a block is
//! found by bisection and nothing is read that is not asked for.

use crate::{
    api::{Api, Auth, Facts, Field, Operation, Schema, Shape, Type},
    names::Names,
};
use std::fmt::Write as _;

/// All operations, by id.
pub(crate) fn operations(api: &Api, names: &Names) -> String {
    let mut text = String::new();
    for operation in api.operations.values() {
        one_operation(&mut text, operation, api, names);
    }
    text
}

fn one_operation(text: &mut String, operation: &Operation, api: &Api, names: &Names) {
    let _ = writeln!(
        text,
        "@{}\t{}\t{}\t{}\t{}\t{}\t{}",
        operation.id,
        operation.group,
        api.groups[&operation.group].name,
        operation.method,
        operation.path,
        names.method(&operation.id),
        names.verb(&operation.id),
    );
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "{name}\t{value}");
    };
    if let Some(server) = &operation.server {
        fact("server", server);
    }
    match operation.auth {
        Auth::Bearer => {}
        Auth::Basic => fact("auth", "basic"),
        Auth::None => fact("auth", "none"),
    }
    let common: Vec<_> = operation
        .common
        .iter()
        .map(|common| common.word())
        .collect();
    if !common.is_empty() {
        fact("common", &common.join(" "));
    }
    if operation.concurrency {
        fact("concurrency", "");
    }
    if operation.reads {
        fact("reads", "");
    }
    if operation.only_2022 {
        fact("only_2022", "");
    }
    if operation.partial {
        fact("partial", "");
    }
    if let Some(pages) = &operation.pages {
        fact("pages", pages);
    }
    if operation.accept != ["application/json"] {
        fact("accept", &operation.accept.join("\t"));
    }
    for was in &operation.was {
        fact("was", &was.replace(' ', "\t"));
    }
    for param in &operation.params {
        let _ = write!(text, "{}\t", param.position.word());
        one_field(text, &param.field);
    }
    if let Some(body) = &operation.body {
        let _ = writeln!(
            text,
            "body\t{}\t{}\t{}",
            type_text(body.ty.as_ref()),
            if body.required { "required" } else { "" },
            body.content_type,
        );
    }
    for (status, ty) in &operation.replies {
        let _ = writeln!(text, "reply\t{status}\t{}", type_text(ty.as_ref()));
    }
    for (status, ty) in &operation.errors {
        let _ = writeln!(text, "error\t{status}\t{}", type_text(ty.as_ref()));
    }
}

/// All schemas, by name.
pub(crate) fn schemas(api: &Api, names: &Names) -> String {
    let mut text = String::new();
    for schema in api.schemas.values() {
        one_schema(&mut text, schema, names);
    }
    text
}

fn one_schema(text: &mut String, schema: &Schema, names: &Names) {
    let _ = write!(text, "@{}\t", schema.name);
    let rust = names.ty(&schema.name);
    match &schema.shape {
        Shape::Object(fields) => {
            let _ = writeln!(text, "object\t{}\t{rust}", schema.home);
            for field in fields {
                one_field(text, field);
            }
        }
        Shape::Enum(values) => {
            let _ = writeln!(text, "enum\t{}\t{rust}", schema.home);
            for value in values {
                let _ = writeln!(text, "{value}");
            }
        }
        Shape::Union(union) => {
            let tag = union.tag.as_deref().unwrap_or_default();
            let _ = writeln!(text, "union\t{}\t{rust}\t{tag}", schema.home);
            for ty in &union.variants {
                let values: Vec<_> = union
                    .values
                    .iter()
                    .filter(|(_, name)| ty.named() == Some(name))
                    .map(|(value, _)| value.as_str())
                    .collect();
                let _ = writeln!(text, "{ty}\t{}", values.join("|"));
            }
        }
    }
}

/// Name, type, flags (`r` required, `n` nullable, `o` read only), facts as `key=value`.
fn one_field(text: &mut String, field: &Field) {
    let _ = write!(text, "{}\t{}\t", field.name, field.ty);
    for (set, flag) in [
        (field.required, 'r'),
        (field.nullable, 'n'),
        (field.read_only, 'o'),
    ] {
        if set {
            text.push(flag);
        }
    }
    facts(text, &field.facts, "");
    if let Some(items) = &field.facts.items {
        facts(text, items, "items.");
    }
    text.push('\n');
}

fn facts(text: &mut String, facts: &Facts, prefix: &str) {
    let mut fact = |key: &str, value: &str| {
        let _ = write!(text, "\t{prefix}{key}={value}");
    };
    if !facts.one_of.is_empty() {
        fact("one_of", &facts.one_of.join("|"));
    }
    if let Some(value) = &facts.default {
        fact("default", value);
    }
    if let Some(format) = &facts.format {
        fact("format", format);
    }
    if let Some(pattern) = &facts.pattern {
        fact("pattern", pattern);
    }
    for (limit, value) in &facts.limits {
        fact(limit, value);
    }
    if let Some(joined) = &facts.joined {
        fact("joined", joined);
    }
}

fn type_text(ty: Option<&Type>) -> String {
    ty.map(ToString::to_string).unwrap_or_default()
}
