//! A tenant's data as one JSON document: what snapshots are, and files to begin from.
//!
//! `{"format": 1, "numbers": {"Account": 2}, "records": {"Account": [{"id": ..}, ..], ..}}`. Members are those
//! of object query. A file written by hand has no `format`; `by_hand` says what may be left out of it.

use super::{
    by_hand,
    kind::Kind,
    line::{self, Step, Step::Member},
    reading::Reading,
    store::Store,
};
use crate::{fault::BadFault, ids::Ids, problem::Problem};
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
        let line = line::broken(document);
        BadFault::new("", format!("is no JSON in line {line}: {error}"))
    })?;
    let Json::Object(mut image) = json else {
        return Err(BadFault::new("", "must be a JSON object"));
    };
    let wrong = |path: &[Step<'_>], rule: String| {
        let name = path.iter().rev().find_map(|step| match step {
            Member(name) => Some(*name),
            Step::Item(_) => None,
        });
        let line = line::of(document, path);
        BadFault::new(name.unwrap_or_default(), format!("in line {line} {rule}"))
    };
    for (name, _) in image.iter() {
        if !["format", "numbers", "records"].contains(&name) {
            let rule = "is not known; known are format, numbers, records".to_owned();
            return Err(wrong(&[Member(name)], rule));
        }
    }
    let format = image.get("format");
    if format.is_some_and(|format| *format != Json::from(FORMAT)) {
        let rule = format!("must be {FORMAT}: the document is of another version");
        return Err(wrong(&[Member("format")], rule));
    }
    let is_by_hand = format.is_none();
    let Some(Json::Object(named)) = image.remove("records") else {
        return Err(wrong(&[Member("records")], "must be an object".to_owned()));
    };
    let mut reading = Reading::new(is_by_hand, &wrong);
    for (name, rows) in named {
        reading.add(name, rows, ids)?;
    }
    reading.settle_parents()?;
    reading.check_families()?;
    if is_by_hand {
        let too_large = |problem: Problem| BadFault::new("", problem.text());
        by_hand::add_up(&mut reading.records).map_err(too_large)?;
    }
    reading.check_sound()?;
    let mut store = Store::default();
    for (kind, rows) in reading.records {
        if is_by_hand && kind.facts().number.is_some() {
            store.set_last(kind, rows.len() as u64);
        }
        rows.into_iter().for_each(|row| store.load(kind, row));
    }
    let numbers = match image.get("numbers") {
        None => None,
        Some(Json::Object(numbers)) => Some(numbers),
        Some(_) => return Err(wrong(&[Member("numbers")], "must be an object".to_owned())),
    };
    for (name, last) in numbers.into_iter().flat_map(|numbers| numbers.iter()) {
        let last = last.as_number().and_then(zuora_wire::Number::as_u64);
        match (Kind::by_name(name), last) {
            (Some(kind), Some(last)) => store.set_last(kind, last),
            _ => {
                let rule = "must be a kind with a whole number".to_owned();
                return Err(wrong(&[Member("numbers"), Member(name)], rule));
            }
        }
    }
    Ok(store)
}
