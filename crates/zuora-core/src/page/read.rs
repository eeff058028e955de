//! A page's body: its items, and what it says about the next page.
//!
//! The only file that looks into the JSON of a page. The text is walked over once to find the members
//! that the style names, and only those are read.

use super::style::{PageStyle, steps};
use crate::ErrorKind;
use std::hash::{DefaultHasher, Hash, Hasher};
use zuora_wire::{DecodeError, Json, Kind, Reader, Slot};

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

/// Text that is not JSON; the members that are looked for are read by their own rules.
impl From<DecodeError> for Flaw {
    fn from(error: DecodeError) -> Self {
        Self::new(error.path(), format!("not JSON: {}", error.message()))
    }
}

/// Reads one item.
pub(super) type ReadItem<T> = fn(&mut Reader<'_>) -> Result<T, DecodeError>;

pub(super) fn item<T: Slot>(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
    let mut item = T::blank();
    item.fill(reader)?;
    Ok(item)
}

/// Where a page stands in its list, and what of it is wanted.
pub(super) struct Wanted {
    /// The number of a counted page.
    pub(super) number: u64,
    /// Items on the pages before.
    pub(super) read: Option<u64>,
    /// Items that are left out at the beginning.
    pub(super) skip: u64,
    /// Items that are wanted at most.
    pub(super) room: u64,
}

pub(super) struct Found<T> {
    /// Those that are wanted.
    pub(super) items: Vec<T>,
    /// How many there are in all.
    pub(super) whole: u64,
    /// The same for the same items; of counted pages only.
    pub(super) print: Option<u64>,
    /// What the page names as the next one, unchecked.
    pub(super) next: Result<Option<String>, Flaw>,
}

pub(super) fn page<T>(
    style: &PageStyle,
    body: &[u8],
    wanted: &Wanted,
    read: ReadItem<T>,
) -> Result<Found<T>, Flaw> {
    let body = Body::walk(body, style)?;
    let total = match style.total.as_deref() {
        Some(place) => body
            .json(place)?
            .as_ref()
            .and_then(Json::as_number)
            .and_then(|total| total.as_u64()),
        None => None,
    };
    let list = list(style, &body, total)?;
    let (items, whole) = items(style, list, wanted, read)?;
    let next = if style.counted {
        counted(style, &body, whole, wanted, total)
    } else {
        named(style, &body).and_then(|next| match next {
            None => complete(style, whole, wanted, total),
            next => Ok(next),
        })
    };
    Ok(Found {
        items,
        whole,
        print: style.counted.then(|| fingerprint(list)),
        next,
    })
}

/// The text of the members that a style names.
struct Body<'a> {
    whole: &'a str,
    members: Vec<(String, &'a str)>,
}

impl<'a> Body<'a> {
    fn walk(body: &'a [u8], style: &PageStyle) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body)?;
        let places = [Some(&style.items), style.next.as_ref(), style.done.as_ref()];
        let names: Vec<&str> = places
            .into_iter()
            .chain([style.total.as_ref()])
            .flatten()
            .filter_map(|place| steps(place).first().copied())
            .collect();
        let whole = reader.clone().raw()?;
        let mut members = Vec::new();
        if reader.kind()? == Kind::Object {
            members = self::members(&mut reader, &names)?;
        } else {
            reader.skip()?;
        }
        reader.end()?;
        Ok(Self { whole, members })
    }

    /// The text of the value at this place.
    fn at(&self, place: &str) -> Result<Option<&'a str>, DecodeError> {
        let mut steps = steps(place).into_iter();
        let Some(first) = steps.next() else {
            return Ok(Some(self.whole));
        };
        let mut text = member(&self.members, first);
        for step in steps {
            let Some(inner) = text else { break };
            let mut reader = Reader::new(inner.as_bytes())?;
            text = if reader.kind()? == Kind::Object {
                member(&members(&mut reader, &[step])?, step)
            } else {
                None
            };
        }
        Ok(text)
    }

    fn json(&self, place: &str) -> Result<Option<Json>, DecodeError> {
        self.at(place)?.map(Json::parse).transpose()
    }
}

/// The text of those members of the object that is next.
fn members<'a>(
    reader: &mut Reader<'a>,
    names: &[&str],
) -> Result<Vec<(String, &'a str)>, DecodeError> {
    let mut found = Vec::new();
    reader.object(&mut |name, reader| {
        if names.contains(&name) {
            found.push((name.to_owned(), reader.raw()?));
            Ok(())
        } else {
            reader.skip()
        }
    })?;
    Ok(found)
}

/// Where a name is repeated, the last value counts, as everywhere.
fn member<'a>(members: &[(String, &'a str)], name: &str) -> Option<&'a str> {
    let found = members.iter().rev().find(|(other, _)| other == name)?;
    Some(found.1)
}

/// The text of the array of items.
fn list<'a>(style: &PageStyle, body: &Body<'a>, total: Option<u64>) -> Result<&'a str, Flaw> {
    let missing = || Flaw::new(&*style.items, "the items of the page are missing");
    let Some(text) = body.at(&style.items)? else {
        // A guess: a query that finds nothing leaves its records out.
        return (total == Some(0)).then_some("[]").ok_or_else(missing);
    };
    match Reader::new(text.as_bytes())?.kind()? {
        Kind::Array => Ok(text),
        Kind::Null if total == Some(0) => Ok("[]"),
        _ => {
            let found = Json::parse(text)?;
            let why = format!("expected an array of items, found {}", found.kind());
            Err(Flaw::new(&*style.items, why))
        }
    }
}

fn items<T>(
    style: &PageStyle,
    list: &str,
    wanted: &Wanted,
    read: ReadItem<T>,
) -> Result<(Vec<T>, u64), Flaw> {
    let mut items = Vec::new();
    let mut whole = 0;
    let end = wanted.skip.saturating_add(wanted.room);
    let outcome = Reader::new(list.as_bytes())?.array(&mut |reader| {
        let is_wanted = (wanted.skip..end).contains(&whole);
        whole += 1;
        if is_wanted {
            items.push(read(reader)?);
            Ok(())
        } else {
            reader.skip()
        }
    });
    match outcome {
        Ok(()) => Ok((items, whole)),
        Err(error) => {
            let path = format!("{}{}", style.items, error.path());
            Err(Flaw::new(path, error.message()))
        }
    }
}

/// The text that names the next page; absent, `null` and empty end the list.
fn named(style: &PageStyle, body: &Body<'_>) -> Result<Option<String>, Flaw> {
    let mut open = None;
    if let Some(place) = style.done.as_deref() {
        match body.json(place)? {
            None | Some(Json::Null) => {}
            Some(Json::Bool(true)) => return Ok(None),
            Some(Json::Bool(false)) => open = Some(place),
            Some(other) => {
                let why = format!("expected true or false, found {}", other.kind());
                return Err(Flaw::new(place, why));
            }
        }
    }
    let place = style.next.as_deref().unwrap_or_default();
    let next = match body.json(place)? {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Some(other) => {
            let why = format!("expected a string, found {}", other.kind());
            return Err(Flaw::new(place, why));
        }
    };
    match (next, open) {
        (None, Some(done)) => Err(Flaw::new(
            place,
            format!("it is missing, although `{done}` is false"),
        )),
        (next, _) => Ok(next),
    }
}

/// The end of the list, unless fewer items were read than were told. More are no fault: what is told
/// may be the page's own number (which of the two ZOQL's `size` is after the first page is a guess).
fn complete(
    style: &PageStyle,
    items: u64,
    wanted: &Wanted,
    total: Option<u64>,
) -> Result<Option<String>, Flaw> {
    match (wanted.read.map(|read| read.saturating_add(items)), total) {
        (Some(read), Some(total)) if read < total => Err(Flaw::new(
            &*style.items,
            format!("the list ends after {read} items, although {total} are told"),
        )),
        _ => Ok(None),
    }
}

fn counted(
    style: &PageStyle,
    body: &Body<'_>,
    items: u64,
    wanted: &Wanted,
    total: Option<u64>,
) -> Result<Option<String>, Flaw> {
    let more = match style.next.as_deref() {
        Some(place) => Some(says_more(body.json(place)?)),
        None => None,
    };
    let goes_on = match (more, total, wanted.read) {
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
    let next = wanted.number.checked_add(1);
    Ok(next.filter(|_| goes_on).map(|number| number.to_string()))
}

fn says_more(value: Option<Json>) -> bool {
    match value {
        None | Some(Json::Null | Json::Bool(false)) => false,
        Some(Json::String(text)) => !text.trim().is_empty(),
        Some(_) => true,
    }
}

fn fingerprint(list: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    list.hash(&mut hasher);
    hasher.finish()
}
