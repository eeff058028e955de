//! One request's changes: all of them or none.

use super::{
    super::{kind::Kind, moment::Moment, numbers},
    Event, Kept, Past, Store, What, keys, number, parents, text,
};
use crate::{ids::Ids, problem::Problem};
use jiff::{Timestamp, tz::TimeZone};
use std::{collections::BTreeMap, time::Duration};
use zuora_wire::Object;

/// How many events are kept.
const REMEMBERED: usize = 100_000;
/// How many changes can be undone for a read that lags behind.
const REWINDABLE: usize = 10_000;
/// How long a query can be gone on with (documented as about 15 minutes).
const QUERY_LIFE: Duration = Duration::from_secs(15 * 60);

/// The changes of one request: kept by [`commit`](Self::commit), undone otherwise.
pub(crate) struct Transaction<'a> {
    store: &'a mut Store,
    ids: &'a mut Ids,
    /// The wall clock, as replies write it.
    pub(crate) now: String,
    /// The day in the tenant's zone.
    pub(crate) today: String,
    moment: &'a Moment,
    planned: Vec<(Duration, Kind, String)>,
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
        for (at, kind, id) in std::mem::take(&mut self.planned) {
            self.store.plan(at, kind, id);
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

    /// The records that were created or changed, and are still there: what each was before, and what it is now.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (Kind, Option<&Object>, &Object)> {
        self.undo.iter().filter_map(|(kind, place, before)| {
            let rows = &self.store.tables.get(kind)?.rows;
            let now = rows.get(*place as usize)?.as_ref()?;
            Some((*kind, before.as_ref(), now))
        })
    }

    /// Remembers a query under an id; those whose time is over are forgotten.
    pub(crate) fn keep_query(&mut self, id: &str, query: Kept) {
        let now = self.moment.clock;
        let queries = &mut self.store.queries;
        queries.retain(|(_, _, began)| *began + QUERY_LIFE > now);
        queries.push((id.to_owned(), query, now));
    }

    /// Remembers where the page after the first `count` records begins.
    pub(crate) fn mark_query(&mut self, id: &str, count: u64, place: u32) {
        let mut queries = self.store.queries.iter_mut();
        if let Some((_, query, _)) = queries.find(|(own, ..)| own == id)
            && query.marks.last().is_none_or(|(last, _)| *last < count)
        {
            query.marks.push((count, place));
        }
    }

    pub(crate) fn kept_query(&self, id: &str) -> Option<Kept> {
        let mut queries = self.store.queries.iter();
        let (_, query, began) = queries.find(|(own, ..)| own == id)?;
        (*began + QUERY_LIFE > self.moment.clock).then(|| query.clone())
    }

    /// The tenant's own zone.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.moment.zone
    }

    /// How long jobs take.
    pub(crate) fn job_time(&self) -> Duration {
        self.moment.job_time
    }

    /// What the wall clock shows after this long.
    pub(crate) fn wall_after(&self, time: Duration) -> Timestamp {
        let wall = self.moment.wall;
        wall.checked_add(time).unwrap_or(Timestamp::MAX)
    }

    /// Lets a job go on, or a record go, after this long, if the transaction is kept.
    pub(crate) fn plan(&mut self, after: Duration, kind: Kind, id: &str) {
        let at = self.moment.clock.saturating_add(after);
        self.planned.push((at, kind, id.to_owned()));
    }

    /// An id for something new.
    pub(crate) fn new_id(&mut self) -> String {
        self.ids.hex32()
    }

    /// Adds a record; gives its id. Its number is the next one unless it has one.
    pub(crate) fn create(&mut self, kind: Kind, mut row: Object) -> Result<String, Problem> {
        numbers::settle(kind, &mut row);
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
        if let Some((_, number)) = number(kind, row)
            && super::number(kind, before).is_none_or(|(_, before)| before != number)
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
        let before = self.find(kind, key)?;
        let mut row = before.clone();
        change(&mut row);
        numbers::settle(kind, &mut row);
        self.settle_keys(kind, &mut row, before)?;
        row.insert("updatedDate", self.now.as_str());
        row.insert("updatedById", self.moment.user.as_str());
        let is_where_it_was = keys(kind, &row).eq(keys(kind, before))
            && parents(kind, &row).eq(parents(kind, before));
        if !is_where_it_was {
            self.put(kind, key, Some(row), What::Changed);
            return Ok(());
        }
        if let Some(table) = self.store.tables.get_mut(&kind)
            && let Some(place) = table.keys.get(key).copied()
            && let Some(slot) = table.rows.get_mut(place as usize)
        {
            let id = text(&row, "id").unwrap_or_default().to_owned();
            let before = slot.replace(row);
            self.events.push((kind, id, What::Changed));
            self.undo.push((kind, place, before));
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
