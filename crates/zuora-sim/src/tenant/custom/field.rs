//! The fields of a custom object: which there can be, and what may stand in them.

use super::{BAD_VALUE, MISSING, refused};
use crate::{
    ids::is_uuid,
    problem::Problem,
    tenant::record::{copy, flag, text},
};
use jiff::{Timestamp, civil::Date};
use zuora_wire::{Decimal, Json, Number, Object};

/// The longest name and label (documented).
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 250;
/// The longest text, unless the field says more, and the most that it can say (documented).
const TEXT: u64 = 255;
const LONG_TEXT: u64 = 8192;
/// The most options of a picklist (documented).
const MOST_OPTIONS: usize = 250;
/// Digits of a number before and after the point (documented).
const DIGITS: (usize, usize) = (13, 9);
const TYPES: [&str; 4] = ["string", "number", "integer", "boolean"];
/// Formats of texts. All but `uuid` and `date-time` are guesses.
const FORMATS: [&str; 4] = ["uuid", "date", "date-time", "uri"];

/// The name of an object or field.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Problem> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_good = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(is_word)
        && name.len() <= LONGEST_NAME;
    if is_good {
        return Ok(());
    }
    let rule = format!(
        "{what} must begin with a letter and have only letters, digits and _, at most {LONGEST_NAME}: {name:?}"
    );
    Err(refused(BAD_VALUE, rule))
}

/// The name of a custom field (that it ends in `__c` is documented).
pub(super) fn check_field_name(name: &str) -> Result<(), Problem> {
    check_name("The name of a field", name)?;
    if zuora_catalog::is_custom(name) {
        return Ok(());
    }
    let rule = format!("The name of a custom field must end in __c: {name}");
    Err(refused(BAD_VALUE, rule))
}

pub(super) fn check_label(what: &str, sent: &Object) -> Result<(), Problem> {
    let label = text(sent, "label").chars().count();
    if label == 0 {
        return Err(refused(MISSING, format!("The label of {what} is missing")));
    }
    if label > LONGEST_NAME || text(sent, "description").chars().count() > LONGEST_DESCRIPTION {
        let rule = format!(
            "{what}: a label has at most {LONGEST_NAME} characters, a description {LONGEST_DESCRIPTION}"
        );
        return Err(refused(BAD_VALUE, rule));
    }
    Ok(())
}

/// A field as it is kept, or what is wrong with it.
pub(super) fn checked(name: &str, sent: &Object) -> Result<Object, Problem> {
    let wrong = |rule: String| Err(refused(BAD_VALUE, format!("The field {name} {rule}")));
    check_field_name(name)?;
    check_label(&format!("the field {name}"), sent)?;
    let mut field = Object::new();
    let own = [
        "type",
        "format",
        "label",
        "description",
        "maxLength",
        "enum",
        "multiselect",
        "displayName",
        "default",
    ];
    copy(sent, &mut field, &own);
    field.insert("origin", "custom");
    if !TYPES.contains(&text(&field, "type")) {
        return wrong(format!("must have one of the types {}", TYPES.join(", ")));
    }
    let is_text = text(&field, "type") == "string";
    if field.get("format").is_some() && !(is_text && FORMATS.contains(&text(&field, "format"))) {
        let rule = format!(
            "can have a format only as a string, one of {}",
            FORMATS.join(", ")
        );
        return wrong(rule);
    }
    if let Some(longest) = field.get("maxLength") {
        let longest = longest.as_number().and_then(Number::as_u64);
        if !is_text || !longest.is_some_and(|longest| (1..=LONG_TEXT).contains(&longest)) {
            return wrong(format!(
                "can have a maxLength only as a string, from 1 to {LONG_TEXT}"
            ));
        }
    }
    if let Some(options) = field.get("enum") {
        let options = options.as_array().unwrap_or_default();
        let are_texts = options.iter().all(|option| option.as_str().is_some());
        if !is_text || !are_texts || !(1..=MOST_OPTIONS).contains(&options.len()) {
            return wrong(format!(
                "can have an enum only as a string, with 1 to {MOST_OPTIONS} texts"
            ));
        }
    }
    if let Some(default) = default(&field) {
        check(name, &field, &default)?;
    }
    Ok(field)
}

/// What stands in a field that was not sent.
pub(super) fn default(field: &Object) -> Option<Json> {
    let default = field.get("default").filter(|value| !value.is_null())?;
    // Defaults are texts whatever the field's type.
    let text = default.as_str();
    Some(text.map_or_else(|| default.clone(), |text| read(field, text)))
}

/// A text as a value of the field, if it can be one.
pub(super) fn read(field: &Object, value: &str) -> Json {
    let parsed = Json::parse(value).ok();
    let parsed = parsed.filter(|_| text(field, "type") != "string");
    parsed.unwrap_or_else(|| value.into())
}

/// Whether a value may stand in a field; null may stand in any.
pub(super) fn check(name: &str, field: &Object, value: &Json) -> Result<(), Problem> {
    let wrong = |rule: String| Err(refused(BAD_VALUE, format!("{name} {rule}")));
    match (text(field, "type"), value) {
        (_, Json::Null) | ("boolean", Json::Bool(_)) => Ok(()),
        ("integer", Json::Number(number)) if number.as_i64().is_some() => Ok(()),
        ("number", Json::Number(number)) => {
            let (whole, part) = DIGITS;
            match digits(number) {
                Some(found) if found.0 <= whole && found.1 <= part => Ok(()),
                _ => wrong(format!(
                    "must have at most {whole} digits before the point and {part} after it: {number}"
                )),
            }
        }
        ("string", Json::String(value)) => check_text(name, field, value),
        (ty, value) => wrong(format!("must be of the type {ty}, not {}", value.kind())),
    }
}

fn digits(number: &Number) -> Option<(usize, usize)> {
    let plain = Decimal::try_from(number).ok()?.to_string();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let whole = whole.trim_start_matches('-').trim_start_matches('0');
    Some((whole.len(), part.trim_end_matches('0').len()))
}

fn check_text(name: &str, field: &Object, value: &str) -> Result<(), Problem> {
    let wrong = |rule: String| Err(refused(BAD_VALUE, format!("{name} {rule}")));
    if value.is_empty() {
        // Documented as not supported; that it is refused is a guess.
        return wrong("cannot be an empty text".to_owned());
    }
    let longest = field.get("maxLength").and_then(Json::as_number);
    let longest = longest.and_then(Number::as_u64).unwrap_or(TEXT);
    if value.chars().count() as u64 > longest {
        return wrong(format!("must have at most {longest} characters"));
    }
    let format = text(field, "format");
    let is_formed = match format {
        // Ids of standard objects have no hyphens.
        "uuid" => {
            is_uuid(value) || (value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit()))
        }
        "date" => value.parse::<Date>().is_ok() && value.len() == 10,
        "date-time" => value.parse::<Timestamp>().is_ok(),
        "uri" => value.contains("://"),
        _ => true,
    };
    if !is_formed {
        return wrong(format!("must have the format {format}: {value:?}"));
    }
    if let Some(options) = field.get("enum").and_then(Json::as_array) {
        let is_option = |part: &str| {
            options
                .iter()
                .any(|option| option.as_str() == Some(part.trim()))
        };
        // That several options are told apart by semicolons is a guess.
        let mut parts = value.split(|c| c == ';' && flag(field, "multiselect"));
        if !parts.all(is_option) {
            let options: Vec<&str> = options.iter().filter_map(Json::as_str).collect();
            return wrong(format!("must be one of {}: {value:?}", options.join(", ")));
        }
    }
    Ok(())
}
