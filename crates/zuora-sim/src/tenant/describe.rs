//! `/v1/describe`: the objects and their fields, as XML.
//!
//! The elements are documented and observed; how they are nested where nobody showed it is a guess.

use super::{
    door::{Answer, Ask, Handler},
    fields_of::{self, Described, ValueType},
    kind::Kind,
    relation,
    source::Source,
    store::Transaction,
};
use crate::{
    dispatch::Call,
    message::{JSON_TYPE, Reply, XML_TYPE},
    problem::Problem,
};
use http::StatusCode;
use std::fmt::Write;
use zuora_wire::Json;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("getDescribe", describe)];

/// The length of texts of which no limit is known: a guess.
const LONGEST_GUESS: &str = "255";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The list of objects, which is not in the reference: all of it is a guess. It has the objects that are kept.
pub(crate) fn objects(call: &Call<'_>) -> Reply {
    let mut xml = format!("{HEAD}<objects>\n");
    let kept = Kind::all().filter(|facts| !facts.plural.is_empty());
    let views = [Source::InvoicePayment, Source::RefundInvoicePayment];
    let views = views.iter().map(Source::name);
    for name in kept.map(|facts| facts.name).chain(views) {
        object(&mut xml, &call.shared.base_url, name, name);
    }
    xml.push_str("</objects>\n");
    Reply::new(StatusCode::OK, XML_TYPE, xml)
}

/// One object among others: `name` in the place where it stands, described under `object`.
fn object(xml: &mut String, base: &str, name: &str, object: &str) {
    let label = label(name);
    // Writing to a string does not fail.
    let _ = writeln!(
        xml,
        "    <object href=\"{base}/v1/describe/{object}\"><name>{name}</name><label>{label}</label></object>"
    );
}

fn describe(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let Some(name) = fields_of::known(ask.key()) else {
        // That it is a text in JSON is documented.
        let text = Json::from(format!("There is no object {}", ask.key()));
        let status = StatusCode::NOT_FOUND;
        return Ok(Answer::Document(status, JSON_TYPE, text.to_string()));
    };
    let base = &ask.call.shared.base_url;
    let mut xml = format!("{HEAD}<object href=\"{base}/v1/describe/{name}\">\n");
    let _ = writeln!(
        xml,
        "  <name>{name}</name>\n  <label>{}</label>",
        label(&name)
    );
    xml.push_str("  <fields>\n");
    for described in fields_of::all(tx.store(), &name) {
        field(&mut xml, &name, &described);
    }
    xml.push_str("  </fields>\n  <related-objects>\n");
    let source = Source::named(&name);
    let joins = source.map(|source| relation::joins(source.kind()));
    for join in joins.unwrap_or_default() {
        object(&mut xml, base, &join.name, join.kind.facts().name);
    }
    xml.push_str("  </related-objects>\n</object>\n");
    Ok(Answer::Document(StatusCode::OK, XML_TYPE, xml))
}

fn field(xml: &mut String, object: &str, field: &Described) {
    let ty = field.ty();
    let longest = match ty {
        ValueType::Text | ValueType::Picklist => field.longest().unwrap_or(LONGEST_GUESS),
        _ => "",
    };
    let elements: [(&str, &str); 9] = [
        ("name", &escaped(&field.name)),
        ("label", &escaped(&label(&field.name))),
        ("selectable", "true"),
        ("createable", word(field.can_create)),
        ("updateable", word(field.can_update)),
        ("filterable", "true"),
        ("custom", word(field.is_custom())),
        ("maxlength", longest),
        ("required", word(field.is_required)),
    ];
    xml.push_str("    <field>\n");
    for (name, value) in elements {
        let _ = writeln!(xml, "      <{name}>{value}</{name}>");
    }
    let _ = writeln!(xml, "      <type>{}</type>", ty.word());
    if let Some(options) = field.options() {
        let options = options.iter();
        let options: String = options
            .map(|option| format!("<option>{}</option>", escaped(option)))
            .collect();
        let _ = writeln!(xml, "      <options>{options}</options>");
    }
    xml.push_str("      <contexts>");
    for (context, is_in) in [
        ("soap", field.in_crud),
        ("export", field.is_exported(object)),
    ] {
        if is_in {
            let _ = write!(xml, "<context>{context}</context>");
        }
    }
    xml.push_str("</contexts>\n    </field>\n");
}

fn word(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

/// `BillToContact` in words.
fn label(name: &str) -> String {
    let mut label = String::new();
    let mut was_small = false;
    for c in name.strip_suffix("__c").unwrap_or(name).chars() {
        if c.is_ascii_uppercase() && was_small {
            label.push(' ');
        }
        was_small = c.is_ascii_lowercase();
        label.push(c);
    }
    label
}

/// Custom fields can have any name; XML has no control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}
