//! Where the records are: one place that owns them, one transaction a request, a log of what happened.

use super::{kind::Kind, moment::Moment};
use crate::{ids::Ids, problem::Problem};
use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    time::Duration,
};
use zuora_wire::{Json, Object};

/// How many events are kept.
const REMEMBERED: usize = 100_000;
/// How many changes can be undone for a read that lags behind.
const REWINDABLE: usize = 10_000;
/// How many answers are kept between two changes.
const KEPT_REPLIES: usize = 1024;
/// How long a query can be gone on with (documented as about 15 minutes).
const QUERY_LIFE: Duration = Duration::from_secs(15 * 60);

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
    /// The jobs that go on at a moment of the true time, in the order of these; those of the same
    /// moment in the order in which they were planned.
    due: BTreeMap<(Duration, u64), String>,
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
    // Of a subscription's versions the latest one has the name.
    let is_old = row.get("isLatestVersion") == Some(&Json::Bool(false));
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

    /// The job that goes on first, if that is not after `now`.
    pub(super) fn next_due(&self, now: Duration) -> Option<(Duration, u64, &str)> {
        let ((at, place), job) = self.due.first_key_value()?;
        (*at <= now).then_some((*at, *place, job.as_str()))
    }

    pub(super) fn is_done(&mut self, at: Duration, place: u64) {
        self.due.remove(&(at, place));
    }

    pub(super) fn plan(&mut self, at: Duration, job: String) {
        self.planned += 1;
        self.due.insert((at, self.planned), job);
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

/// The changes of one request: kept by [`commit`](Self::commit), undone otherwise.
pub(crate) struct Transaction<'a> {
    store: &'a mut Store,
    ids: &'a mut Ids,
    /// The wall clock, as replies write it.
    pub(crate) now: String,
    /// The day in the tenant's zone.
    pub(crate) today: String,
    moment: &'a Moment,
    planned: Vec<(Duration, String)>,
    undo: Vec<Past>,
    last: BTreeMap<Kind, u64>,
    events: Vec<(Kind, String, What)>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(store: &'a mut Store, ids: &'a mut Ids, moment: &'a Moment) -> Self {
        Self {
            now: moment.now.clone(),
            today: moment.today.clone(),
            last: store.last.clone(),
            store,
            ids,
            moment,
            planned: Vec::new(),
            undo: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.store
    }

    /// Keeps what was done.
    pub(crate) fn commit(mut self) {
        let at = self.moment.clock;
        let changes = &mut self.store.changes;
        changes.extend(self.undo.drain(..).map(|past| (at, past)));
        changes.drain(..changes.len().saturating_sub(REWINDABLE));
        for (at, job) in std::mem::take(&mut self.planned) {
            self.store.plan(at, job);
        }
        if !self.events.is_empty() {
            self.store.forget_replies();
        }
        for (kind, id, what) in std::mem::take(&mut self.events) {
            self.store.version += 1;
            let number = self.store.version;
            self.store.events.push(Event {
                number,
                kind,
                id,
                what,
            });
        }
        if self.store.events.len() > 2 * REMEMBERED {
            let old = self.store.events.len() - REMEMBERED;
            self.store.events.drain(..old);
        }
    }

    /// A part that is undone by itself when it is refused.
    pub(crate) fn attempt<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let begin = self.mark();
        let done = part(self);
        if done.is_err() {
            self.undo_since(begin);
        }
        done
    }

    /// A part that is undone in any case: what would come of it.
    pub(crate) fn rehearse<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let begin = self.mark();
        let last = self.store.last.clone();
        let shown = part(self);
        self.undo_since(begin);
        self.store.last = last;
        shown
    }

    /// How many changes, events and plans there are.
    fn mark(&self) -> [usize; 3] {
        [self.undo.len(), self.events.len(), self.planned.len()]
    }

    fn undo_since(&mut self, [changes, events, planned]: [usize; 3]) {
        self.undo_to(changes);
        self.events.truncate(events);
        self.planned.truncate(planned);
    }

    fn undo_to(&mut self, changes: usize) {
        for (kind, place, before) in self.undo.drain(changes..).rev() {
            if let Some(table) = self.store.tables.get_mut(&kind) {
                let was_created = before.is_none();
                table.put(kind, place, before);
                // No place is kept for what never was.
                if was_created && table.rows.len() == place as usize + 1 {
                    table.rows.pop();
                }
            }
        }
    }

    pub(crate) fn get(&self, kind: Kind, key: &str) -> Option<&Object> {
        self.store.get(kind, key)
    }

    /// By id or number, or the refusal that names the key.
    pub(crate) fn find(&self, kind: Kind, key: &str) -> Result<&Object, Problem> {
        self.get(kind, key).ok_or_else(|| Problem::not_found(key))
    }

    /// The id of what has this id or number.
    pub(crate) fn id_of(&self, kind: Kind, key: &str) -> Result<String, Problem> {
        let row = self.find(kind, key)?;
        Ok(text(row, "id").unwrap_or_default().to_owned())
    }

    /// Remembers a query under an id; those whose time is over are forgotten.
    pub(super) fn keep_query(&mut self, id: &str, query: Kept) {
        let now = self.moment.clock;
        let queries = &mut self.store.queries;
        queries.retain(|(_, _, began)| *began + QUERY_LIFE > now);
        queries.push((id.to_owned(), query, now));
    }

    /// Remembers where the page after the first `count` records begins.
    pub(super) fn mark_query(&mut self, id: &str, count: u64, place: u32) {
        let mut queries = self.store.queries.iter_mut();
        if let Some((_, query, _)) = queries.find(|(own, ..)| own == id)
            && query.marks.last().is_none_or(|(last, _)| *last < count)
        {
            query.marks.push((count, place));
        }
    }

    pub(super) fn kept_query(&self, id: &str) -> Option<Kept> {
        let mut queries = self.store.queries.iter();
        let (_, query, began) = queries.find(|(own, ..)| own == id)?;
        (*began + QUERY_LIFE > self.moment.clock).then(|| query.clone())
    }

    /// The tenant's own zone.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.moment.zone
    }

    /// How long jobs take.
    pub(super) fn job_time(&self) -> Duration {
        self.moment.job_time
    }

    /// What the wall clock shows after this long.
    pub(super) fn wall_after(&self, time: Duration) -> Timestamp {
        let wall = self.moment.wall;
        wall.checked_add(time).unwrap_or(Timestamp::MAX)
    }

    /// Lets a job go on after this long, if the transaction is kept.
    pub(super) fn plan(&mut self, after: Duration, job: &str) {
        let at = self.moment.clock.saturating_add(after);
        self.planned.push((at, job.to_owned()));
    }

    /// An id for something new.
    pub(crate) fn new_id(&mut self) -> String {
        self.ids.hex32()
    }

    /// Adds a record; gives its id. Its number is the next one unless it has one.
    pub(crate) fn create(&mut self, kind: Kind, mut row: Object) -> Result<String, Problem> {
        self.settle_keys(kind, &mut row, &Object::new())?;
        let id = self.free_id(kind);
        if let Some((member, prefix, digits)) = kind.facts().number
            && text(&row, member).is_none()
        {
            let number = self.next_number(kind, prefix, digits);
            row.insert(member, number);
        }
        row.insert("id", id.as_str());
        for (at, by) in [
            ("createdDate", "createdById"),
            ("updatedDate", "updatedById"),
        ] {
            row.insert(at, self.now.as_str());
            row.insert(by, self.moment.user.as_str());
        }
        let table = self.store.tables.entry(kind).or_default();
        let place = table.rows.len() as u32;
        table.put(kind, place, Some(row));
        self.undo.push((kind, place, None));
        self.events.push((kind, id.clone(), What::Created));
        Ok(id)
    }

    /// What a record is newly called must be free, and what it newly belongs to must be there; it is kept by
    /// its id, however it was named.
    fn settle_keys(&self, kind: Kind, row: &mut Object, before: &Object) -> Result<(), Problem> {
        let facts = kind.facts();
        if let Some((member, ..)) = facts.number
            && let Some(number) = text(row, member)
            && text(before, member) != Some(number)
            && self.get(kind, number).is_some()
        {
            let name = facts.name;
            return Err(Problem::rule(format!(
                "The {name} {number} exists already."
            )));
        }
        for (member, parent) in facts.parents {
            if let Some(key) = text(row, member).filter(|key| text(before, member) != Some(*key)) {
                let id = self.id_of(*parent, key)?;
                row.insert(*member, id);
            }
        }
        self.check_family(kind, row, before)
    }

    /// No account is above itself: it could not be found from the top, nor its family be walked through.
    fn check_family(&self, kind: Kind, row: &Object, before: &Object) -> Result<(), Problem> {
        if kind != Kind::Account || text(row, "parentId") == text(before, "parentId") {
            return Ok(());
        }
        let own = text(before, "id");
        let mut above = text(row, "parentId");
        while let Some(id) = above {
            if own == Some(id) {
                return Err(Problem::rule(
                    "parentId: an account cannot be its own parent, nor that of one above it.",
                ));
            }
            above = self.get(kind, id).and_then(|row| text(row, "parentId"));
        }
        Ok(())
    }

    /// An id that no record of the kind has: data that was restored may have some of this sequence.
    fn free_id(&mut self, kind: Kind) -> String {
        loop {
            let id = kind.facts().new_id(self.ids);
            if self.get(kind, &id).is_none() {
                return id;
            }
        }
    }

    fn next_number(&mut self, kind: Kind, prefix: &str, digits: usize) -> String {
        loop {
            let last = self.store.last.entry(kind).or_default();
            *last += 1;
            let number = format!("{prefix}{last:0digits$}");
            // One that somebody chose is passed over.
            if self.get(kind, &number).is_none() {
                return number;
            }
        }
    }

    /// Changes the record with this id or number.
    ///
    /// Most changes move neither its keys nor its parents, and then no index is touched.
    pub(crate) fn change(
        &mut self,
        kind: Kind,
        key: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<(), Problem> {
        let before = self.find(kind, key)?.clone();
        let mut row = before.clone();
        change(&mut row);
        self.settle_keys(kind, &mut row, &before)?;
        row.insert("updatedDate", self.now.as_str());
        row.insert("updatedById", self.moment.user.as_str());
        let is_where_it_was = keys(kind, &row).eq(keys(kind, &before))
            && parents(kind, &row).eq(parents(kind, &before));
        if !is_where_it_was {
            self.put(kind, key, Some(row), What::Changed);
            return Ok(());
        }
        if let Some(table) = self.store.tables.get_mut(&kind)
            && let Some(place) = table.keys.get(key).copied()
            && let Some(slot) = table.rows.get_mut(place as usize)
        {
            *slot = Some(row);
            let id = text(&before, "id").unwrap_or_default().to_owned();
            self.events.push((kind, id, What::Changed));
            self.undo.push((kind, place, Some(before)));
        }
        Ok(())
    }

    /// Removes the record with this id or number.
    pub(crate) fn remove(&mut self, kind: Kind, key: &str) -> Result<(), Problem> {
        self.find(kind, key)?;
        self.put(kind, key, None, What::Removed);
        Ok(())
    }

    fn put(&mut self, kind: Kind, key: &str, row: Option<Object>, what: What) {
        let Some(table) = self.store.tables.get_mut(&kind) else {
            return;
        };
        let Some(place) = table.keys.get(key).copied() else {
            return;
        };
        let before = table.put(kind, place, row);
        let id = before.as_ref().and_then(|row| text(row, "id"));
        self.events
            .push((kind, id.unwrap_or_default().to_owned(), what));
        self.undo.push((kind, place, before));
    }
}

/// What was not committed is undone.
impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.undo.is_empty() {
            return;
        }
        self.undo_to(0);
        self.store.last = std::mem::take(&mut self.last);
    }
}
