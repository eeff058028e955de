//! What a request of AQuA may say: each member held against its rule, before anything is done.
//!
//! The rules are documented, and that a few flags come as texts was observed. So are the codes but one.

use super::{
    file::Packing,
    filter::plain,
    record::{some_text, text},
    store::Store,
    zoql_export::Export,
    zoql_text,
};
use jiff::civil::DateTime;
use zuora_wire::{Decimal, Json, Number, Object};

/// The code for what has no documented one.
const OTHER_GUESS: &str = "90010";

/// The most queries of a job, the longest URL, and the longest offset in seconds (documented). A name of more than
/// the documented 32 characters is taken: a public client sends such.
const MOST: usize = 50;
const LONGEST_URL: usize = 4999;
const LONGEST_OFFSET: u64 = 3600;

/// Members that are texts, and those that are flags, of a job and of a query.
const TEXTS: [&str; 9] = [
    "encrypted",
    "format",
    "name",
    "notifyUrl",
    "nullReplacement",
    "partner",
    "project",
    "sourceData",
    "version",
];
const FLAGS: [&str; 2] = ["dateTimeUtc", "useQueryLabels"];
const TEXTS_OF_QUERY: [&str; 4] = ["convertToCurrencies", "name", "query", "type"];

/// What is wrong with a request: a code and a text.
pub(super) struct Refusal(&'static str, String);

pub(super) fn wrong(code: &'static str, text: impl Into<String>) -> Refusal {
    Refusal(code, text.into())
}

pub(super) fn other(text: impl Into<String>) -> Refusal {
    wrong(OTHER_GUESS, text)
}

impl Refusal {
    pub(super) fn json(&self) -> Json {
        Json::object([("errorCode", self.0), ("message", &self.1)])
    }
}

pub(super) fn check(store: &Store, body: &Object) -> Result<(), Refusal> {
    let queries = body.get("queries").and_then(Json::as_array);
    let queries = queries.unwrap_or_default();
    if queries.is_empty() {
        return Err(wrong("90016", "There are no queries in the request"));
    }
    if queries.len() > MOST {
        let text = format!("A job has at most {MOST} queries");
        return Err(wrong("90004", text));
    }
    check_texts(body, &TEXTS, "")?;
    for name in FLAGS {
        let is_flag = |value: &Json| matches!(plain(value).as_str(), "true" | "false");
        if !some(body, name).is_none_or(is_flag) {
            return Err(other(format!("{name} must be true or false")));
        }
    }
    if text(body, "notifyUrl").chars().count() > LONGEST_URL {
        let text = format!("notifyUrl has at most {LONGEST_URL} characters");
        return Err(wrong("90014", text));
    }
    if !matches!(text(body, "version"), "" | "1.0" | "1.1" | "1.2") {
        return Err(other("version must be 1.0, 1.1 or 1.2"));
    }
    if Packing::by_word(format(body)).is_none() {
        return Err(other("format must be csv, zip or gzip"));
    }
    match text(body, "encrypted") {
        "" | "none" => {}
        "pgp" => return Err(other("The simulator does not encrypt")),
        _ => return Err(other("encrypted must be none or pgp")),
    }
    let is_offset = |value: &Json| {
        let seconds = match value {
            Json::Number(number) => Number::as_u64(number),
            other => other.as_str().and_then(|text| text.parse().ok()),
        };
        seconds.is_some_and(|seconds| seconds <= LONGEST_OFFSET)
    };
    if !some(body, "offset").is_none_or(is_offset) {
        let text = format!("offset must be a whole number of seconds from 0 to {LONGEST_OFFSET}");
        return Err(other(text));
    }
    let is_time =
        |value: &Json| matches!(value.as_str(), Some(text) if text.is_empty() || is_civil(text));
    if !some(body, "incrementalTime").is_none_or(is_time) {
        let text = "incrementalTime must be like 2026-01-31 09:30:00";
        return Err(wrong("90015", text));
    }
    let mut queries = queries.iter().enumerate();
    queries.try_for_each(|(place, query)| check_query(store, query, &format!("queries[{place}]")))
}

fn check_query(store: &Store, query: &Json, place: &str) -> Result<(), Refusal> {
    let Some(query) = query.as_object() else {
        return Err(other(format!("{place} must be an object")));
    };
    check_texts(query, &TEXTS_OF_QUERY, &format!("{place}."))?;
    let is_version = |value: &Json| {
        let version = plain(value).parse::<Decimal>();
        version.is_ok_and(|version| version > Decimal::ZERO)
    };
    if !some(query, "apiVersion").is_none_or(is_version) {
        let text = format!("{place}.apiVersion must be the number of a version, such as 79");
        return Err(other(text));
    }
    if let Some(deleted) = some(query, "deleted") {
        let deleted = deleted.as_object();
        let is_good = deleted.is_some_and(|deleted| {
            some_text(deleted, "column").is_some()
                && matches!(
                    some(deleted, "format").map(plain).as_deref(),
                    None | Some("Boolean" | "Numeric")
                )
        });
        if !is_good {
            let text =
                format!("{place}.deleted must have a column, and Boolean or Numeric as format");
            return Err(other(text));
        }
    }
    // The text was observed.
    let syntax = || {
        wrong(
            "90005",
            "There is a syntax error in one of the queries in the AQuA input",
        )
    };
    let statement = text(query, "query");
    match text(query, "type") {
        "" | "zoqlexport" => {}
        // As of the action `query`: what only exports have is refused (documented).
        "zoql" => {
            zoql_text::parse(statement).map_err(|_| syntax())?;
        }
        _ => return Err(other(format!("{place}.type must be zoql or zoqlexport"))),
    }
    Export::new(store, statement).map_err(|_| syntax())?;
    Ok(())
}

fn check_texts(row: &Object, names: &[&str], place: &str) -> Result<(), Refusal> {
    let mut names = names.iter();
    match names.find(|name| some(row, name).is_some_and(|value| value.as_str().is_none())) {
        Some(name) => Err(other(format!("{place}{name} must be a text"))),
        None => Ok(()),
    }
}

/// What is there and not null.
fn some<'a>(row: &'a Object, name: &str) -> Option<&'a Json> {
    row.get(name).filter(|value| !value.is_null())
}

pub(super) fn format(body: &Object) -> &str {
    some_text(body, "format").unwrap_or("csv")
}

fn is_civil(text: &str) -> bool {
    text.len() == 19 && text.as_bytes()[10] == b' ' && text.parse::<DateTime>().is_ok()
}

/// Whether a flag is set, which may be a text.
pub(super) fn is_set(body: &Object, name: &str) -> bool {
    body.get(name).is_some_and(|value| plain(value) == "true")
}

/// Whether a request goes on where the last one of the same partner and project ended.
pub(super) fn is_stateful(body: &Object) -> bool {
    some_text(body, "partner").is_some() && some_text(body, "project").is_some()
}
