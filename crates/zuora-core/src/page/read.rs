//! A page's body: its items, and what it says about the next page.
//!
//! The only file that looks into the JSON of a page.

use super::style::{PageStyle, steps};
use crate::ErrorKind;
use std::hash::{DefaultHasher, Hash, Hasher};
use zuora_wire::Json;

/// What is wrong with a page: where, and what.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) kind: ErrorKind,
    pub(super) path: String,
    pub(super) why: String,
}

impl Flaw {
    pub(super) fn new(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Decode,
            path: path.into(),
            why: why.into(),
        }
    }

    pub(super) fn refused(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Refused,
            ..Self::new(path, why)
        }
    }
}

pub(super) struct Found {
    pub(super) items: Vec<Json>,
    /// What the page names as the next one, unchecked.
    pub(super) next: Result<Option<String>, Flaw>,
}

/// Where a counted page stands in its list.
pub(super) struct Count {
    pub(super) number: u64,
    /// Items on the pages before.
    pub(super) read: Option<u64>,
}

pub(super) fn page(style: &PageStyle, body: &[u8], count: &Count) -> Result<Found, Flaw> {
    let json = Json::parse(body)
        .map_err(|error| Flaw::new(error.path(), format!("not JSON: {}", error.message())))?;
    let total = total(style, &json);
    // Counted pages need to know how many items there are, so the next is looked at in two steps.
    let named = if style.counted {
        Ok(None)
    } else {
        named(style, &json)
    };
    let more = style.next.as_deref().map(|place| says_more(&json, place));
    let items = items(style, json, total)?;
    let next = if style.counted {
        counted(style, items.len() as u64, count, more, total)
    } else {
        named
    };
    Ok(Found { items, next })
}

fn total(style: &PageStyle, json: &Json) -> Option<u64> {
    json.at(&steps(style.total.as_deref()?))?
        .as_number()?
        .as_u64()
}

fn items(style: &PageStyle, json: Json, total: Option<u64>) -> Result<Vec<Json>, Flaw> {
    let mut value = Some(json);
    for step in steps(&style.items) {
        value = match value {
            Some(Json::Object(mut members)) => members.remove(step),
            _ => None,
        };
    }
    match value {
        Some(Json::Array(items)) => Ok(items),
        // A guess: a query that finds nothing leaves its records out.
        None | Some(Json::Null) if total == Some(0) => Ok(Vec::new()),
        None => Err(Flaw::new(
            &*style.items,
            "the items of the page are missing",
        )),
        Some(other) => Err(Flaw::new(
            &*style.items,
            format!("expected an array of items, found {}", other.kind()),
        )),
    }
}

/// The text that names the next page; absent, `null` and empty end the list.
fn named(style: &PageStyle, json: &Json) -> Result<Option<String>, Flaw> {
    let mut open = None;
    if let Some(place) = style.done.as_deref() {
        match json.at(&steps(place)) {
            None | Some(Json::Null) => {}
            Some(Json::Bool(true)) => return Ok(None),
            Some(Json::Bool(false)) => open = Some(place),
            Some(other) => {
                return Err(Flaw::new(
                    place,
                    format!("expected true or false, found {}", other.kind()),
                ));
            }
        }
    }
    let place = style.next.as_deref().unwrap_or_default();
    let next = match json.at(&steps(place)) {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
        Some(other) => {
            return Err(Flaw::new(
                place,
                format!("expected a string, found {}", other.kind()),
            ));
        }
    };
    match (next, open) {
        (Some(next), _) => Ok(Some(next.to_owned())),
        (None, None) => Ok(None),
        (None, Some(done)) => Err(Flaw::new(
            place,
            format!("it is missing, although `{done}` is false"),
        )),
    }
}

fn says_more(json: &Json, place: &str) -> bool {
    match json.at(&steps(place)) {
        None | Some(Json::Null | Json::Bool(false)) => false,
        Some(Json::String(text)) => !text.trim().is_empty(),
        Some(_) => true,
    }
}

fn counted(
    style: &PageStyle,
    items: u64,
    count: &Count,
    more: Option<bool>,
    total: Option<u64>,
) -> Result<Option<String>, Flaw> {
    let goes_on = match (more, total, count.read) {
        (Some(more), ..) => more,
        (None, Some(total), Some(read)) if items == 0 && read < total => {
            return Err(Flaw::new(
                &*style.items,
                format!("the page has no items, although {total} are told and {read} were read"),
            ));
        }
        (None, Some(total), Some(read)) => read.saturating_add(items) < total,
        _ => items > 0,
    };
    let next = count.number.checked_add(1);
    Ok(next.filter(|_| goes_on).map(|number| number.to_string()))
}

/// The same for the same items.
pub(super) fn fingerprint(items: &[Json]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in items {
        item.to_string().hash(&mut hasher);
    }
    hasher.finish()
}
