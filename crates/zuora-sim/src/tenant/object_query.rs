//! `/object-query/*`: records with their relations, filtered, sorted and page by page.

use super::{
    door::{Answer, Ask},
    fields_of,
    filter::Search,
    kind::Kind,
    record::text,
    relation::{self, Relation},
    sort::{self, Begin, Sort},
    store::{Store, Transaction},
    wanted::{self, Wanted},
};
use crate::{paging, problem::Problem};
use zuora_wire::{Json, Object};

/// What is kept for other doors, and has no place in a reply of this one.
const OF_OTHER_DOORS: [(Kind, &str); 2] = [
    (Kind::Payment, "paymentMethodType"),
    (Kind::RatePlan, "lastChangeType"),
];

pub(super) fn answer(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let plural = ask.operation.path().split('/').nth(2).unwrap_or_default();
    let kind = Kind::by_plural(plural).ok_or_else(|| Problem::not_found(plural))?;
    let (store, zone) = (tx.store(), tx.zone());
    let wanted = Wanted::of(ask)?.settled(store, kind)?;
    if ask.operation.path().contains('{') {
        let row = tx.find(kind, ask.key())?;
        return Ok(Answer::Json(seen(store, kind, row, &wanted, "").into()));
    }
    let conditions = wanted::conditions(ask, store, kind)?;
    let sort = wanted::sort_of(ask, store, kind)?;
    let begin = Begin::of(ask)?;
    let search = Search::new(store, kind, &[conditions], zone);
    let show = |row: &Object| seen(store, kind, row, &wanted, "");
    let Some(sort) = sort else {
        let rows = search.from(begin.as_ref().map_or(0, |begin| begin.place));
        return Ok(page(ask, &wanted, begin, rows, None, show));
    };
    let rows = sort.rows(search.from(0), begin.as_ref()).into_iter();
    Ok(page(ask, &wanted, begin, rows, Some(&sort), show))
}

/// A page of these records, which are those from its beginning on.
pub(super) fn page<'r>(
    ask: &Ask<'_>,
    wanted: &Wanted,
    begin: Option<Begin>,
    mut rows: impl Iterator<Item = (u32, &'r Object)>,
    sort: Option<&Sort>,
    show: impl Fn(&Object) -> Object,
) -> Answer {
    let page = rows.by_ref().take(wanted.size);
    let mut data: Vec<Json> = page.map(|(_, row)| show(row).into()).collect();
    let next = rows
        .next()
        .map(|(place, row)| Some(Begin::at(place, row, sort)));
    let mut reply = Object::new();
    // A cursor is good for a while only: the one that was sent, and the one that is given.
    let mut passes = begin.is_some();
    if let Some(next) = paging::spoiled(ask.call, &mut data, begin, next) {
        reply.insert("nextPage", sort::cursor(ask, next));
        passes = true;
    } else if wanted.nulls {
        reply.insert("nextPage", Json::Null);
    }
    reply.insert("data", data);
    match passes {
        true => Answer::Passing(reply.into()),
        false => Answer::Json(reply.into()),
    }
}

/// What was asked for of a record's own members; nulls for those that are only known of its kind.
pub(super) fn own_fields<'f>(
    row: &Object,
    known: impl Iterator<Item = &'f str>,
    wanted: &Wanted,
    path: &str,
) -> Object {
    let mut seen = Object::new();
    for (name, value) in row.iter() {
        let shown = shown(name);
        // What has members is a relation here, or nothing.
        let is_plain = value.as_object().is_none() && value.as_array().is_none();
        if is_plain && wanted.has(path, &shown) && (wanted.nulls || !value.is_null()) {
            seen.insert(shown, value.clone());
        }
    }
    // To go through them costs a look-up of each.
    if wanted.nulls {
        for name in known {
            let shown = shown(name);
            if seen.get(&shown).is_none() && wanted.has(path, &shown) {
                seen.insert(shown, Json::Null);
            }
        }
    }
    seen
}

/// A member's name in a reply: the first letter is written small, also of custom fields (documented).
fn shown(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// A record with what was asked for of it and its relations.
fn seen(store: &Store, kind: Kind, row: &Object, wanted: &Wanted, path: &str) -> Object {
    let known = fields_of::queried(kind.facts().name);
    let mut seen = own_fields(row, known, wanted, path);
    for (_, member) in OF_OTHER_DOORS.iter().filter(|(own, _)| *own == kind) {
        seen.remove(member);
    }
    for expand in &wanted.expand {
        let rest = match path {
            "" => Some(expand.as_str()),
            path => expand
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let Some(name) = rest.and_then(|rest| rest.split('.').next()) else {
            continue;
        };
        let below = match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        match relation::named(kind, name).map(|(_, relation)| relation) {
            Some(Relation::One(member, kind)) => {
                if let Some(other) = store.get(kind, text(row, &member)) {
                    seen.insert(name, self::seen(store, kind, other, wanted, &below));
                }
            }
            Some(Relation::Many(member, kind)) => {
                // Lists inside are cut at the page's size (documented).
                let others = store.children(kind, member, text(row, "id"));
                let others = others
                    .take(wanted.size)
                    .map(|other| Json::from(self::seen(store, kind, other, wanted, &below)));
                seen.insert(name, Json::Array(others.collect()));
            }
            Some(Relation::Nothing) | None => {}
        }
    }
    seen
}
