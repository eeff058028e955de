//! `query` and `queryMore`: ZOQL, page by page.

use super::{
    door::{Answer, Ask, Handler, to_usize},
    fields_of::{self, ValueType},
    filter::{self, Condition},
    proxy,
    record::{text, to_pascal},
    source::{Found, Source},
    store::{Kept, Transaction},
    view,
    zoql_text::{on, on_day, parse},
};
use crate::{paging, problem::Problem, version};
use jiff::tz::TimeZone;
use zuora_wire::{Json, Number, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("actionPostQuery", query),
    ("actionPostQueryMore", query_more),
];

/// `batchSize` (documented: 1 to 2000, more gives 2000 all the same).
const LARGEST_BATCH: u64 = 2000;

/// A query whose names are those of records.
struct Settled {
    source: Source,
    fields: Vec<String>,
    groups: Vec<Vec<Condition>>,
}

fn query(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let has_days = version::has_days(ask.call);
    let query = settled(text(ask.body, "queryString"), tx.zone(), has_days)?;
    let size = size(ask, LARGEST_BATCH)?;
    let id = tx.new_id();
    let found = Found::new(tx.store(), &query.source, &query.groups, tx.zone());
    let kept = Kept {
        text: text(ask.body, "queryString").to_owned(),
        size,
        total: found.count(),
        marks: Vec::new(),
    };
    let (reply, next) = batch(tx, ask, &query, &id, &kept, 0, size);
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
    let size = size(ask, kept.size as u64)?;
    // Its dates passed when it began.
    let query = settled(&kept.text, tx.zone(), false)?;
    let (reply, next) = batch(tx, ask, &query, id, &kept, place, size);
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

/// Less than 1 is refused: a guess.
fn size(ask: &Ask<'_>, default: u64) -> Result<usize, Problem> {
    let sent = ask.body.get("conf").and_then(|conf| conf.get("batchSize"));
    let size = match sent.filter(|sent| !sent.is_null()) {
        None => Some(default),
        Some(sent) => sent.as_number().and_then(Number::as_u64),
    };
    let size = size.filter(|size| *size > 0).ok_or_else(|| {
        Problem::worded(
            "INVALID_VALUE",
            "batchSize must be a whole number from 1 on",
        )
    })?;
    Ok(size.min(LARGEST_BATCH) as usize)
}

fn batch(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    query: &Settled,
    id: &str,
    kept: &Kept,
    from: u64,
    size: usize,
) -> (Answer, Next) {
    let found = Found::new(tx.store(), &query.source, &query.groups, tx.zone());
    // From the last place that is known on.
    let mut marks = kept.marks.iter().rev();
    let mark = marks.find(|(count, _)| *count <= from).copied();
    let (before, place) = mark.unwrap_or_default();
    let mut rows = found.from(place).skip(to_usize(from - before));
    let page = rows.by_ref().take(size);
    let mut records: Vec<Json> = page
        .map(|(_, row)| shown(tx, &row, &query.fields).into())
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
    (Answer::Json(reply.into()), mark)
}

/// Nulls are left out (documented); `Id` is there when it is asked for.
fn shown(tx: &Transaction<'_>, row: &Object, fields: &[String]) -> Object {
    let mut seen = Object::new();
    for field in fields {
        if let Some((own, value)) = filter::entry(row, field)
            && !value.is_null()
        {
            seen.insert(to_pascal(own), view::crud(value, tx.zone()));
        }
    }
    seen
}

/// Whether ZOQL has an object: those of CRUD, none of Orders (documented). That it has no memos either, and nothing
/// else of Invoice Settlement, of which it has little, is a guess.
fn has_object_guess(name: &str) -> bool {
    proxy::reply_of(name).is_some()
}

/// A field that neither the reference nor any custom name knows is refused (observed, with this text); that
/// fields are found in any case is a guess.
fn settled(text: &str, zone: &TimeZone, has_days: bool) -> Result<Settled, Problem> {
    let query = parse(text)?;
    let object = &query.object;
    let source = query
        .source
        .filter(|source| has_object_guess(source.name()))
        .ok_or_else(|| {
            Problem::worded("INVALID_TYPE", format!("invalid type for query: {object}"))
        })?;
    let name = source.name();
    let find = |field: &str| {
        let text = format!("invalid field for query: {name}.{field}");
        fields_of::find(name, field).ok_or_else(|| Problem::worded("INVALID_FIELD", text))
    };
    let fields = query.fields.iter();
    let fields = fields.map(|field| Ok(find(field)?.member));
    let fields = fields.collect::<Result<_, Problem>>()?;
    let condition = |condition: &Condition| {
        let field = find(&condition.member)?;
        match field.ty {
            ValueType::Date if has_days => on_day(field, name, condition),
            // Before, the day of a date-time counts: a guess.
            ValueType::Date => on(field, name, &condition.clone().of_days(zone)),
            _ => on(field, name, condition),
        }
    };
    let groups = query.groups.iter();
    let groups = groups.map(|group| group.iter().map(condition).collect());
    let groups = groups.collect::<Result<_, Problem>>()?;
    Ok(Settled {
        source,
        fields,
        groups,
    })
}
