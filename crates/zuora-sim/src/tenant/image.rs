//! A tenant's data as one JSON document: what snapshots are, and files to begin from.
//!
//! `{"format": 1, "numbers": {"Account": 2}, "records": {"Account": [{"id": ..}, ..], ..}}`. Members are those
//! of object query. In a file written by hand, ids and numbers may be left out.

use super::{
    kind::Kind,
    money,
    record::{some_text, text},
    store::Store,
};
use crate::{fault::BadFault, ids::Ids};
use std::sync::{Mutex, PoisonError};
use zuora_wire::{Json, Object};

/// What this version writes and reads.
const FORMAT: u64 = 1;

/// The ids of records that have none in their document, the same each time that it is read. No
/// simulator's own ids are drawn from this number.
const IDS: u64 = 0x696d_6167_6500_0001;

/// A document that a tenant begins with, and goes back to.
#[derive(Debug)]
pub(crate) struct Image {
    document: Box<str>,
    /// What was read when it was checked, for the first who asks.
    read: Mutex<Option<Store>>,
}

impl Image {
    pub(crate) fn new(document: &str) -> Result<Self, BadFault> {
        let store = read(document, &mut Ids::new(IDS))?;
        Ok(Self {
            document: document.into(),
            read: Mutex::new(Some(store)),
        })
    }

    pub(crate) fn store(&self) -> Store {
        let first = self
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // It was read once without a fault.
        first.unwrap_or_else(|| read(&self.document, &mut Ids::new(IDS)).unwrap_or_default())
    }
}

/// The data as a document.
pub(crate) fn write(store: &Store) -> String {
    let numbers = store.last().iter();
    let numbers = Json::object(numbers.map(|(kind, last)| (kind.facts().name, *last)));
    let mut records = Object::new();
    for facts in Kind::all() {
        let rows: Vec<Json> = store
            .all(facts.kind)
            .map(|row| row.clone().into())
            .collect();
        if !rows.is_empty() {
            records.insert(facts.name, rows);
        }
    }
    let members = [
        ("format", Json::from(FORMAT)),
        ("numbers", numbers),
        ("records", records.into()),
    ];
    Json::object(members).to_string()
}

/// The data of a document. What is wrong with it is told with its line.
pub(crate) fn read(document: &str, ids: &mut Ids) -> Result<Store, BadFault> {
    let json = Json::parse(document).map_err(|error| {
        let line = broken_line(document);
        BadFault::new("", format!("is no JSON in line {line}: {error}"))
    })?;
    let wrong = |name: &str, rule: String| {
        let line = line_of(document, name);
        BadFault::new(name, format!("in line {line} {rule}"))
    };
    let Json::Object(mut image) = json else {
        return Err(BadFault::new("", "must be a JSON object"));
    };
    let format = image.get("format");
    if format.is_some_and(|format| *format != Json::from(FORMAT)) {
        let rule = format!("must be {FORMAT}: the document is of another version");
        return Err(wrong("format", rule));
    }
    let mut store = Store::default();
    let Some(Json::Object(records)) = image.remove("records") else {
        return Err(wrong("records", "must be an object".to_owned()));
    };
    for (name, rows) in records {
        let name = name.as_str();
        let kind = Kind::by_name(name);
        let kind = kind.ok_or_else(|| wrong(name, "is no kind of object".to_owned()))?;
        let Json::Array(rows) = rows else {
            return Err(wrong(name, "must be an array".to_owned()));
        };
        let count = rows.len();
        for (place, row) in rows.into_iter().enumerate() {
            let Json::Object(mut row) = row else {
                return Err(wrong(name, format!("has no object at {place}")));
            };
            if some_text(&row, "id").is_none() {
                row.insert("id", kind.facts().new_id(ids));
            }
            if let Some((member, prefix, digits)) = kind.facts().number
                && some_text(&row, member).is_none()
            {
                row.insert(member, format!("{prefix}{:0digits$}", place + 1));
            }
            if store.get(kind, text(&row, "id")).is_some() {
                let id = text(&row, "id").to_owned();
                return Err(wrong(&id, "is the id of two records".to_owned()));
            }
            money::complete(kind, &mut row);
            store.load(kind, row);
        }
        if kind.facts().number.is_some() {
            store.set_last(kind, count as u64);
        }
    }
    check_parents(&store, &wrong)?;
    let numbers = image.get("numbers").and_then(Json::as_object);
    for (name, last) in numbers.iter().flat_map(|numbers| numbers.iter()) {
        let last = last.as_number().and_then(zuora_wire::Number::as_u64);
        match (Kind::by_name(name), last) {
            (Some(kind), Some(last)) => store.set_last(kind, last),
            _ => return Err(wrong(name, "must be a kind with a whole number".to_owned())),
        }
    }
    Ok(store)
}

/// A record that belongs to nothing would be found through no door.
fn check_parents(store: &Store, wrong: &dyn Fn(&str, String) -> BadFault) -> Result<(), BadFault> {
    for facts in Kind::all() {
        for row in store.all(facts.kind) {
            for (member, parent) in facts.parents {
                if let Some(id) = some_text(row, member)
                    && store.get(*parent, id).is_none()
                {
                    let rule = format!(
                        "is named as {member} of a record of {}, and no {} has it",
                        facts.name,
                        parent.facts().name
                    );
                    return Err(wrong(id, rule));
                }
            }
        }
    }
    Ok(())
}

/// The first line with this text in quotes; 1 when there is none.
fn line_of(document: &str, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    let at = document.find(&quoted).unwrap_or(0);
    document[..at].matches('\n').count() + 1
}

/// The line up to which a broken document could still be JSON: the shortest beginning that is wrong
/// whatever follows is looked for line by line.
fn broken_line(document: &str) -> usize {
    let mut depth: Vec<char> = Vec::new();
    let mut in_text = false;
    let mut line = 1;
    let mut chars = document.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' if in_text => return line,
            '\n' => line += 1,
            '\\' if in_text => {
                chars.next();
            }
            '"' => in_text = !in_text,
            _ if in_text => {}
            '{' | '[' => depth.push(c),
            '}' | ']' => {
                let open = if c == '}' { '{' } else { '[' };
                if depth.pop() != Some(open) {
                    return line;
                }
            }
            _ => {}
        }
    }
    line
}
