//! A type as a tree of its members, with what is known of each.

use std::fmt::Write as _;
use zuora_catalog::{Facts, Field, Kind, Limit, Schema, Shape, Type, Union};

/// So many allowed values are named.
const NAMED: usize = 20;

/// The type, and the members of its objects down to `depth`.
pub(super) fn of(text: &mut String, ty: Type, depth: usize) {
    let _ = writeln!(text, "  {}", type_name(ty));
    below(text, ty, depth, &mut Vec::new());
}

/// A member in one line: `name  type  what is known of it`.
pub(super) fn line(field: Field) -> String {
    let mut words = Vec::new();
    for (holds, word) in [
        (field.is_required(), "required"),
        (field.is_nullable(), "may be null"),
        (field.is_read_only(), "only in replies"),
    ] {
        if holds {
            words.push(word.to_owned());
        }
    }
    add_facts(&mut words, field.facts(), "");
    add_facts(&mut words, field.facts().items(), "each ");
    let line = format!("{}  {}", field.name(), type_name(field.ty()));
    match words.is_empty() {
        true => line,
        false => format!("{line}  {}", words.join(", ")),
    }
}

/// The members of the schema in a type; those of one that stands above are not repeated.
fn below(text: &mut String, ty: Type, depth: usize, above: &mut Vec<&'static str>) {
    let Some(schema) = ty.schema() else { return };
    let indent = "  ".repeat(above.len() + 2);
    let is_shown = depth > above.len() && !above.contains(&schema.name());
    if !is_shown {
        if !matches!(schema.shape(), Shape::Enum(_)) {
            let _ = writeln!(text, "{indent}...");
        }
        return;
    }
    above.push(schema.name());
    match schema.shape() {
        Shape::Object(fields) => {
            for field in fields.iter() {
                let _ = writeln!(text, "{indent}{}", line(field));
                below(text, field.ty(), depth, above);
            }
        }
        Shape::Union(union) => variants(text, union, &indent, depth, above),
        _ => {}
    }
    above.pop();
}

fn variants(
    text: &mut String,
    union: Union,
    indent: &str,
    depth: usize,
    above: &mut Vec<&'static str>,
) {
    for variant in union.variants() {
        let values: Vec<_> = variant.values().collect();
        let when = match union.tag() {
            Some(tag) if !values.is_empty() => format!("  when {tag} is {}", values.join(", ")),
            _ => String::new(),
        };
        let _ = writeln!(text, "{indent}or {}{when}", type_name(variant.ty));
        below(text, variant.ty, depth, above);
    }
}

/// The type; an enum with its values.
fn type_name(ty: Type) -> String {
    let values = match (ty.kind(), ty.schema().map(Schema::shape)) {
        (Kind::Map(_), _) | (_, None) => return ty.to_string(),
        (_, Some(Shape::Enum(values))) => listed(values.iter()),
        (_, Some(Shape::Union(_))) => return format!("{ty}, one of"),
        _ => return ty.to_string(),
    };
    format!("{ty}: {values}")
}

fn listed<'t>(values: impl Iterator<Item = &'t str>) -> String {
    let values: Vec<_> = values.collect();
    match values.get(..NAMED) {
        Some(first) if values.len() > NAMED => {
            format!("{} | {} more", first.join(" | "), values.len() - NAMED)
        }
        _ => values.join(" | "),
    }
}

fn add_facts(words: &mut Vec<String>, facts: Facts, prefix: &str) {
    let mut add = |word: String| words.push(format!("{prefix}{word}"));
    if facts.one_of().next().is_some() {
        let only = if facts.one_of().nth(1).is_some() {
            "one of"
        } else {
            "only"
        };
        add(format!("{only} {}", listed(facts.one_of())));
    }
    for limit in Limit::ALL {
        let Some(bound) = facts.limit(limit) else {
            continue;
        };
        add(match limit {
            Limit::Min => format!("at least {bound}"),
            Limit::Max => format!("at most {bound}"),
            Limit::Above => format!("more than {bound}"),
            Limit::Below => format!("less than {bound}"),
            Limit::MinLength => format!("at least {bound} characters"),
            Limit::MaxLength => format!("at most {bound} characters"),
            Limit::MinItems => format!("at least {bound} items"),
            Limit::MaxItems => format!("at most {bound} items"),
        });
    }
    if let Some(format) = facts.format().filter(|format| *format != "double") {
        add(format.to_owned());
    }
    if let Some(pattern) = facts.pattern() {
        add(format!("like {pattern}"));
    }
    if let Some(default) = facts.default() {
        add(format!("default {default}"));
    }
    if let Some(joined) = facts.joined() {
        add(format!("joined by {joined}"));
    }
}
