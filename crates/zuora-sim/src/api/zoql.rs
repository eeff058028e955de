//! `actionPostQuery` and `actionPostQueryMore`: reads, although they are POST. The query is not
//! understood beyond `select` and the object's name.

use crate::{
    dispatch::Call,
    message::Reply,
    paging,
    problem::{Family, Problem},
};
use std::{collections::HashMap, time::Duration};
use zuora_wire::{Json, Number, Object};

/// `batchSize` (documented: 1 to 2000, more gives 2000 all the same).
const LARGEST_BATCH: u64 = 2000;
/// How long a locator can be used (documented as about 15 minutes).
const LOCATOR_LIFE: Duration = Duration::from_secs(15 * 60);
/// The fault code of a locator that is not, or no longer, known: a guess.
const BAD_LOCATOR_GUESS: &str = "INVALID_VALUE";

/// The queries that have more to give.
#[derive(Debug, Default)]
pub(crate) struct Locators(HashMap<String, Query>);

#[derive(Clone, Debug)]
struct Query {
    object: String,
    batch: u64,
    began: Duration,
}

pub(crate) fn query(call: &Call<'_>) -> Reply {
    let text = call.json.and_then(|body| body.get("queryString"));
    let text = text.and_then(Json::as_str).unwrap_or_default();
    let Some(object) = object_of(text) else {
        let problem = Problem::new(
            50_000_020,
            "MALFORMED_QUERY",
            "You have an error in your ZOQL syntax",
        );
        return problem.reply(call, Family::Action);
    };
    let query = Query {
        object: object.to_owned(),
        batch: batch_size(call, LARGEST_BATCH),
        began: call.shared.clock.true_time(),
    };
    let id = call.shared.state().ids.hex32();
    batch(call, &id, &query, 0)
}

pub(crate) fn query_more(call: &Call<'_>) -> Reply {
    let locator = call.json.and_then(|body| body.get("queryLocator"));
    let locator = locator.and_then(Json::as_str).unwrap_or_default();
    let now = call.shared.clock.true_time();
    let parts = locator
        .rsplit_once('-')
        .and_then(|(id, place)| Some((id, place.parse::<u64>().ok()?)));
    let known = parts.and_then(|(id, place)| {
        let query = call.shared.state().tenant.locators.0.get(id).cloned();
        query.map(|query| (id, place, query))
    });
    match known {
        Some((id, place, mut query)) if query.began + LOCATOR_LIFE > now => {
            query.batch = batch_size(call, query.batch);
            batch(call, id, &query, place)
        }
        _ => {
            let text = format!("The query locator {locator:?} is not valid");
            Problem::new(50_000_020, BAD_LOCATOR_GUESS, text).reply(call, Family::Action)
        }
    }
}

/// One batch of records, and the locator of the next.
fn batch(call: &Call<'_>, id: &str, query: &Query, from: u64) -> Reply {
    let page = paging::cut(call, from, query.batch);
    // Both operations give the records of the same list.
    let total = call.shared.state().settings.items_of("actionPostQuery");
    let mut reply = Object::new();
    let object = &query.object;
    reply.insert(
        "records",
        page.rows(|place| {
            Json::object([
                ("Id", Json::from(paging::id(place))),
                ("Name", format!("{object} {}", place + 1).into()),
                ("Balance", paging::amount(place)),
            ])
        }),
    );
    reply.insert("size", total);
    reply.insert("done", page.next.is_none());
    if let Some(next) = page.next {
        reply.insert("queryLocator", format!("{id}-{next}"));
        let mut state = call.shared.state();
        state.tenant.locators.keep(id, query);
    }
    Reply::ok(&Json::Object(reply))
}

impl Locators {
    fn keep(&mut self, id: &str, query: &Query) {
        if self.0.len() >= 1024 {
            let oldest = query.began.saturating_sub(LOCATOR_LIFE);
            self.0.retain(|_, old| old.began > oldest);
        }
        self.0.insert(id.to_owned(), query.clone());
    }
}

fn batch_size(call: &Call<'_>, default: u64) -> u64 {
    let size = call.json.and_then(|body| body.at(&["conf", "batchSize"]));
    let size = size.and_then(Json::as_number).and_then(Number::as_u64);
    size.unwrap_or(default).clamp(1, LARGEST_BATCH)
}

/// The object of `select a, b from Object where ...`; keywords in lower case (documented).
fn object_of(query: &str) -> Option<&str> {
    let mut words = query.split_whitespace();
    if words.next() != Some("select") {
        return None;
    }
    words.by_ref().find(|word| *word == "from")?;
    let object = words.next()?;
    object
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_')
        .then_some(object)
}
