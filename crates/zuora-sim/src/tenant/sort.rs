//! The order of a list, and the cursors that name where its next page begins.
//!
//! A cursor holds the place of a record, and in a sorted list the values that it is sorted by: pages stay whole
//! while others write. It is bound to the path and the query that it was given for, and is good for a while
//! (guesses).

use super::{door::Ask, filter};
use crate::{paging, problem::Problem};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    cmp::Ordering,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};
use zuora_wire::{Json, Object};

/// How long a cursor is good: a guess, as long as a locator of ZOQL.
const CURSOR_LIFE_GUESS: Duration = Duration::from_secs(15 * 60);

/// By members, the first one first; records that are alike stand in the order of their creation.
pub(super) struct Sort {
    members: Vec<String>,
    is_down: bool,
}

/// The record that a page begins with.
#[derive(Clone)]
pub(super) struct Begin {
    pub(super) place: u32,
    /// What it is sorted by.
    row: Object,
}

impl Sort {
    pub(super) fn by(member: String, is_down: bool) -> Self {
        let members = vec![member];
        Self { members, is_down }
    }

    /// The latest change first, then the greatest id.
    pub(super) fn latest_first() -> Self {
        let members = ["updatedDate", "id"].map(str::to_owned).to_vec();
        let is_down = true;
        Self { members, is_down }
    }

    fn compare(&self, one: (u32, &Object), other: (u32, &Object)) -> Ordering {
        let members = self.members.iter();
        let by_members = members.map(|member| filter::by_member(one.1, other.1, member));
        let ordering = by_members.fold(Ordering::Equal, Ordering::then);
        let ordering = ordering.then(one.0.cmp(&other.0));
        if self.is_down {
            ordering.reverse()
        } else {
            ordering
        }
    }

    /// The records from where a page begins on.
    pub(super) fn rows<'r>(
        &self,
        rows: impl Iterator<Item = (u32, &'r Object)>,
        begin: Option<&Begin>,
    ) -> Vec<(u32, &'r Object)> {
        let is_in = |row: &(u32, &Object)| {
            begin.is_none_or(|begin| self.compare(*row, (begin.place, &begin.row)).is_ge())
        };
        let mut rows: Vec<_> = rows.filter(is_in).collect();
        rows.sort_by(|one, other| self.compare(*one, *other));
        rows
    }
}

impl Begin {
    pub(super) fn at(place: u32, row: &Object, sort: Option<&Sort>) -> Self {
        let members = sort.into_iter().flat_map(|sort| &sort.members);
        let values = members.filter_map(|member| filter::entry(row, member));
        let row = values
            .map(|(own, value)| (own.to_owned(), value.clone()))
            .collect();
        Self { place, row }
    }

    /// Where the request's cursor says; nothing for the first page.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Option<Self>, Problem> {
        let Some(cursor) = paging::parameter(ask.call, "cursor") else {
            return Ok(None);
        };
        let wrong = || Problem::bad_query("cursor: it was not given out for this query");
        let json = URL_SAFE_NO_PAD.decode(&*cursor).map_err(|_| wrong())?;
        let json = Json::parse(json).map_err(|_| wrong())?;
        let number = |name: &str| json.get(name).and_then(Json::as_number)?.as_u64();
        if number("query") != Some(query_of(ask)) {
            return Err(wrong());
        }
        let given = Duration::from_millis(number("at").ok_or_else(wrong)?);
        if given.saturating_add(CURSOR_LIFE_GUESS) <= ask.call.shared.clock.true_time() {
            let minutes = CURSOR_LIFE_GUESS.as_secs() / 60;
            let rule = format!("cursor: it is good for {minutes} minutes, and these are over");
            return Err(Problem::bad_query(rule));
        }
        let row = json.get("row").and_then(Json::as_object);
        let place = number("place").and_then(|place| u32::try_from(place).ok());
        Ok(row.zip(place).map(|(row, place)| Self {
            row: row.clone(),
            place,
        }))
    }
}

/// The cursor of a page of what was asked.
pub(super) fn cursor(ask: &Ask<'_>, begin: Option<Begin>) -> String {
    let mut json = Object::new();
    json.insert("query", query_of(ask));
    let now = ask.call.shared.clock.true_time().as_millis();
    json.insert("at", u64::try_from(now).unwrap_or(u64::MAX));
    if let Some(begin) = begin {
        json.insert("place", begin.place);
        json.insert("row", begin.row);
    }
    URL_SAFE_NO_PAD.encode(Json::from(json).to_string())
}

/// What is asked, whatever the page.
fn query_of(ask: &Ask<'_>) -> u64 {
    let uri = &ask.call.request.uri;
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let is_page = |name: &str| matches!(name, "cursor" | "pageSize" | "page_size");
    let mut asked: Vec<_> = query.filter(|(name, _)| !is_page(name)).collect();
    asked.sort();
    let mut hasher = DefaultHasher::new();
    (uri.path(), asked).hash(&mut hasher);
    hasher.finish()
}
