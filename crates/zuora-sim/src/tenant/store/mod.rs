//! Where the records are: one place that owns them, and a log of what happened. `transaction` changes them.

mod transaction;

pub(crate) use transaction::Transaction;

use super::kind::Kind;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    time::Duration,
};
use zuora_wire::{Json, Object};

/// How many answers are kept between two changes.
const KEPT_REPLIES: usize = 1024;

/// All records of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Store {
    tables: BTreeMap<Kind, Table>,
    /// The last number of each kind.
    last: BTreeMap<Kind, u64>,
    /// What happened, the latest at the end.
    events: Vec<Event>,
    /// The queries that have more to give, and when each began.
    queries: Vec<(String, Kept, Duration)>,
    /// The records to which something happens at a moment of the true time, in the order of these; those of
    /// the same moment in the order in which they were planned.
    due: BTreeMap<(Duration, u64), (Kind, String)>,
    /// How many moments were planned.
    planned: u64,
    /// The latest changes, so that what was before them can be seen: when, which record, and what it was.
    changes: VecDeque<(Duration, Past)>,
    /// What reads were answered since the last change, by path and query.
    replies: HashMap<String, Bytes>,
    /// How many events there ever were: changes whenever something changes.
    version: u64,
}

/// A record's place, and what was there once; nothing for one that did not exist.
pub(super) type Past = (Kind, u32, Option<Object>);

/// A query that has more to give.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) text: String,
    /// How many records come at once.
    pub(super) size: usize,
    /// How many records it found when it was asked.
    pub(super) total: usize,
    /// How many records come before a place that a page has begun at.
    pub(super) marks: Vec<(u64, u32)>,
}

/// A record was created, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Created,
    Changed,
    Removed,
}

/// The records of one kind, in the order in which they were created.
#[derive(Debug, Default)]
struct Table {
    rows: Vec<Option<Object>>,
    /// By id and by number.
    keys: HashMap<Box<str>, u32>,
    /// By the parents' ids.
    children: HashMap<(&'static str, Box<str>), Vec<u32>>,
}

impl Table {
    /// Puts a record into its place, or nothing; gives what was there.
    fn put(&mut self, kind: Kind, place: u32, row: Option<Object>) -> Option<Object> {
        let at = place as usize;
        if at == self.rows.len() {
            self.rows.push(None);
        }
        let before = self.rows.get_mut(at).and_then(Option::take);
        if let Some(before) = &before {
            for key in keys(kind, before) {
                if self.keys.get(key) == Some(&place) {
                    self.keys.remove(key);
                }
            }
            for (member, parent) in parents(kind, before) {
                if let Some(places) = self.children.get_mut(&(member, parent.into())) {
                    places.retain(|other| *other != place);
                }
            }
        }
        if let Some(row) = &row {
            for key in keys(kind, row) {
                self.keys.insert(key.into(), place);
            }
            for (member, parent) in parents(kind, row) {
                let places = self.children.entry((member, parent.into())).or_default();
                // In the order of creation, also when a record comes back.
                let at = places.partition_point(|other| *other < place);
                places.insert(at, place);
            }
        }
        if let Some(slot) = self.rows.get_mut(at) {
            *slot = row;
        }
        before
    }
}

fn text<'a>(row: &'a Object, member: &str) -> Option<&'a str> {
    row.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// The member with a record's number, and the number, if the record is found by it.
pub(super) fn number(kind: Kind, row: &Object) -> Option<(&'static str, &str)> {
    let (member, ..) = kind.facts().number?;
    // Of a subscription's versions the latest one has the name, of a charge's segments the last one.
    let is_old = ["isLatestVersion", "isLastSegment"]
        .iter()
        .any(|name| row.get(name) == Some(&Json::Bool(false)));
    Some((member, text(row, member).filter(|_| !is_old)?))
}

fn keys(kind: Kind, row: &Object) -> impl Iterator<Item = &str> {
    let number = number(kind, row).map(|(_, number)| number);
    text(row, "id").into_iter().chain(number)
}

fn parents(kind: Kind, row: &Object) -> impl Iterator<Item = (&'static str, &str)> {
    let parents = kind.facts().parents.iter();
    parents.filter_map(|(member, _)| Some((*member, text(row, member)?)))
}

impl Store {
    /// Changes whenever anything does.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.all(kind).count()
    }

    /// The answer to a read that was asked before, if nothing has changed since.
    pub(crate) fn reply(&self, target: &str) -> Option<Bytes> {
        self.replies.get(target).cloned()
    }

    pub(crate) fn keep_reply(&mut self, target: &str, reply: Bytes) {
        if self.replies.len() < KEPT_REPLIES {
            self.replies.insert(target.to_owned(), reply);
        }
    }

    /// What there is now was there from the beginning.
    pub(super) fn forget_changes(&mut self) {
        self.changes = VecDeque::new();
    }

    /// Puts the records back to what they were this long before `now`; gives what [`redo`](Self::redo)
    /// brings back.
    pub(super) fn rewind(&mut self, by: Duration, now: Duration) -> Vec<Past> {
        let later = self.changes.iter().rev();
        let later: Vec<Past> = later
            .take_while(|(at, _)| at.saturating_add(by) > now)
            .map(|(_, past)| past.clone())
            .collect();
        later.into_iter().map(|past| self.swap(past)).collect()
    }

    pub(super) fn redo(&mut self, later: Vec<Past>) {
        for past in later.into_iter().rev() {
            self.swap(past);
        }
    }

    /// Puts what was at a place there; gives what is there now.
    fn swap(&mut self, (kind, place, row): Past) -> Past {
        let table = self.tables.entry(kind).or_default();
        (kind, place, table.put(kind, place, row))
    }

    /// The records of a kind that were removed of late, as they were at last.
    pub(super) fn removed(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let mut seen = HashSet::new();
        let past = self.changes.iter().rev().map(|(_, past)| past);
        past.filter_map(move |(own, place, row)| {
            let is_gone = *own == kind && self.at(kind, *place).is_none();
            // The latest change that left something behind.
            row.as_ref().filter(|_| is_gone && seen.insert(*place))
        })
    }

    /// What was answered would be answered differently now.
    pub(crate) fn forget_replies(&mut self) {
        self.replies.clear();
    }

    /// Every record of a kind, in the order of their creation.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let rows = self.tables.get(&kind).map(|table| table.rows.iter());
        rows.into_iter().flatten().flatten()
    }

    /// The records at a place or after it, each with its place.
    pub(super) fn all_from(
        &self,
        kind: Kind,
        place: u32,
    ) -> impl Iterator<Item = (u32, &Object)> + use<'_> {
        let rows = self.tables.get(&kind).map(|table| table.rows.as_slice());
        let rows = rows.and_then(|rows| rows.get(place as usize..));
        let rows = rows.unwrap_or_default().iter().enumerate();
        rows.filter_map(move |(at, row)| Some((place + at as u32, row.as_ref()?)))
    }

    pub(super) fn at(&self, kind: Kind, place: u32) -> Option<&Object> {
        self.tables.get(&kind)?.rows.get(place as usize)?.as_ref()
    }

    /// The place of the record with this id or number.
    pub(super) fn place_of(&self, kind: Kind, key: &str) -> Option<u32> {
        self.tables.get(&kind)?.keys.get(key).copied()
    }

    /// The places of the records that belong to another, in the order of their creation.
    pub(super) fn places_of(&self, kind: Kind, member: &'static str, parent: &str) -> &[u32] {
        let table = self.tables.get(&kind);
        let places = table.and_then(|table| table.children.get(&(member, parent.into())));
        places.map_or(&[], Vec::as_slice)
    }

    /// By id or number.
    pub(crate) fn get(&self, kind: Kind, key: &str) -> Option<&Object> {
        let table = self.tables.get(&kind)?;
        table.rows.get(*table.keys.get(key)? as usize)?.as_ref()
    }

    /// The records that belong to another.
    pub(crate) fn children<'a>(
        &'a self,
        kind: Kind,
        member: &'static str,
        parent: &str,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let table = self.tables.get(&kind);
        let places = table.and_then(|table| table.children.get(&(member, parent.into())));
        let rows = places.into_iter().flatten();
        rows.filter_map(move |place| table?.rows.get(*place as usize)?.as_ref())
    }

    /// The record to which something happens first, if that is not after `now`.
    pub(super) fn next_due(&self, now: Duration) -> Option<(Duration, u64, Kind, &str)> {
        let ((at, place), (kind, id)) = self.due.first_key_value()?;
        (*at <= now).then_some((*at, *place, *kind, id.as_str()))
    }

    pub(super) fn is_done(&mut self, at: Duration, place: u64) {
        self.due.remove(&(at, place));
    }

    pub(super) fn plan(&mut self, at: Duration, kind: Kind, id: String) {
        self.planned += 1;
        self.due.insert((at, self.planned), (kind, id));
    }

    pub(super) fn last(&self) -> &BTreeMap<Kind, u64> {
        &self.last
    }

    /// A record as it was saved.
    pub(super) fn load(&mut self, kind: Kind, row: Object) {
        let table = self.tables.entry(kind).or_default();
        let place = table.rows.len() as u32;
        table.put(kind, place, Some(row));
    }

    pub(super) fn set_last(&mut self, kind: Kind, last: u64) {
        self.last.insert(kind, last);
    }
}
