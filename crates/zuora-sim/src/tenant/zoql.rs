//! `query` and `queryMore`: ZOQL, page by page.

use super::{
    door::{Answer, Ask, Handler, to_usize},
    fields_of,
    filter::Search,
    kind::Kind,
    record::{text, to_pascal},
    store::{Kept, Transaction},
    view,
    zoql_text::{Query, parse},
};
use crate::{paging, problem::Problem};
use zuora_wire::{Json, Number, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("actionPostQuery", query),
    ("actionPostQueryMore", query_more),
];

/// `batchSize` (documented: 1 to 2000, more gives 2000 all the same).
const LARGEST_BATCH: u64 = 2000;
fn query(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let query = parse(text(ask.body, "queryString"))?;
    let id = tx.new_id();
    let size = size(ask, LARGEST_BATCH);
    let total = match query.kind {
        Some(kind) => Search::new(tx.store(), kind, &query.groups, tx.zone()).count(),
        None => 0,
    };
    let kept = Kept {
        text: text(ask.body, "queryString").to_owned(),
        size,
        total,
        marks: Vec::new(),
    };
    let (reply, next) = batch(tx, ask, &query, &id, &kept, 0, size)?;
    tx.keep_query(&id, kept);
    Ok(marked(tx, &id, reply, next))
}

fn query_more(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let locator = text(ask.body, "queryLocator");
    let parts = locator
        .rsplit_once('-')
        .and_then(|(id, place)| Some((id, place.parse().ok()?)));
    let known = parts.and_then(|(id, place)| Some((id, place, tx.kept_query(id)?)));
    let Some((id, place, kept)) = known else {
        let text = format!("The query locator {locator:?} is not valid");
        return Err(Problem::bad_value(text));
    };
    let size = size(ask, kept.size as u64);
    let (reply, next) = batch(tx, ask, &parse(&kept.text)?, id, &kept, place, size)?;
    Ok(marked(tx, id, reply, next))
}

/// Where a page begins that follows: after so many records, at this place.
type Next = Option<(u64, u32)>;

fn marked(tx: &mut Transaction<'_>, id: &str, reply: Answer, next: Next) -> Answer {
    if let Some((count, place)) = next {
        tx.mark_query(id, count, place);
    }
    reply
}

fn size(ask: &Ask<'_>, default: u64) -> usize {
    let size = ask.body.get("conf").and_then(|conf| conf.get("batchSize"));
    let size = size.and_then(Json::as_number).and_then(Number::as_u64);
    size.unwrap_or(default).clamp(1, LARGEST_BATCH) as usize
}

fn batch(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    query: &Query,
    id: &str,
    kept: &Kept,
    from: u64,
    size: usize,
) -> Result<(Answer, Next), Problem> {
    let Some(kind) = query.kind else {
        // An object that is known to the reference, but not kept here.
        return match zuora_catalog::schema(&format!("ProxyGet{}", query.object)) {
            Some(_) => Ok((Answer::Nothing, None)),
            None => Err(Problem::worded(
                "INVALID_TYPE",
                format!("invalid type for query: {}", query.object),
            )),
        };
    };
    check_fields(kind, query)?;
    let search = Search::new(tx.store(), kind, &query.groups, tx.zone());
    // From the last place that is known on.
    let mut marks = kept.marks.iter().rev();
    let mark = marks.find(|(count, _)| *count <= from).copied();
    let (before, place) = mark.unwrap_or_default();
    let mut rows = search.from(place).skip(to_usize(from - before));
    let page = rows.by_ref().take(size);
    let mut records: Vec<Json> = page
        .map(|(_, row)| shown(tx, row, &query.fields).into())
        .collect();
    let mark = rows.next().map(|(place, _)| (from + size as u64, place));
    let next = mark.map(|(count, _)| count);
    let next = paging::spoiled(ask.call, &mut records, from, next);
    let mut reply = Object::new();
    reply.insert("records", records);
    reply.insert("size", kept.total);
    reply.insert("done", next.is_none());
    if let Some(next) = next {
        reply.insert("queryLocator", format!("{id}-{next}"));
    }
    Ok((Answer::Json(reply.into()), mark))
}

/// Nulls are left out (documented); `Id` is there when it is asked for.
fn shown(tx: &Transaction<'_>, row: &Object, fields: &[String]) -> Object {
    let mut seen = Object::new();
    for field in fields {
        if let Some(value) = row.get(field).filter(|value| !value.is_null()) {
            seen.insert(to_pascal(field), view::crud(value, tx.zone()));
        }
    }
    seen
}

/// A field that neither the reference nor any custom name knows is refused (observed, with this text).
fn check_fields(kind: Kind, query: &Query) -> Result<(), Problem> {
    let name = kind.facts().name;
    let conditions = query.groups.iter().flatten();
    let named = conditions.map(|condition| &condition.member);
    for field in query.fields.iter().chain(named) {
        if !fields_of::knows(name, field) {
            let field = to_pascal(field);
            return Err(Problem::worded(
                "INVALID_FIELD",
                format!("invalid field for query: {name}.{field}"),
            ));
        }
    }
    Ok(())
}
