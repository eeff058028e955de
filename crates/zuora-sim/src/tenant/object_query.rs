//! `/object-query/*`: records with their relations, filtered, sorted and page by page.

use super::{
    door::{Answer, Ask, to_usize},
    filter::{self, Condition, Search, Test},
    kind::Kind,
    record::{text, to_camel},
    relation,
    store::{Store, Transaction},
};
use crate::{check, paging, problem::Problem};
use zuora_wire::{Json, Object};

/// `pageSize` (documented: 1 to 99, default 10; the schema says at most 50).
const PAGE_SIZE: (usize, usize) = (10, 99);
/// How deep relations can be asked for (documented).
const DEEPEST: usize = 3;

/// What a request wants to see.
pub(super) struct Wanted {
    /// Relations, dotted.
    pub(super) expand: Vec<String>,
    /// Members of the object, and of relations by their names; none means all.
    fields: Vec<(String, Vec<String>)>,
    nulls: bool,
    size: usize,
}

pub(super) fn answer(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let plural = ask.operation.path().split('/').nth(2).unwrap_or_default();
    let kind = Kind::by_plural(plural).ok_or_else(|| Problem::not_found(plural))?;
    let wanted = wanted(ask)?;
    check_relations(kind, &wanted.expand)?;
    let (store, zone) = (tx.store(), tx.zone());
    if ask.operation.path().contains('{') {
        let row = tx.find(kind, ask.key())?;
        return Ok(Answer::Json(seen(store, kind, row, &wanted, "").into()));
    }
    let conditions = check::queried(ask.call, "filter[]")
        .map(|text| condition(&text))
        .collect::<Result<Vec<_>, _>>()?;
    let search = Search::new(store, kind, &[conditions], zone);
    let show = |row: &Object| seen(store, kind, row, &wanted, "");
    let Some(order) = check::queried(ask.call, "sort[]").next() else {
        return page(ask, &wanted, search.rows(), show);
    };
    let (member, direction) = order.rsplit_once('.').unwrap_or((&order, "ASC"));
    let mut rows: Vec<&Object> = search.rows().collect();
    sort(&mut rows, member, direction)?;
    page(ask, &wanted, rows.into_iter(), show)
}

pub(super) fn sort(rows: &mut [&Object], member: &str, direction: &str) -> Result<(), Problem> {
    rows.sort_by(|one, other| filter::by_member(one, other, member));
    match direction {
        "ASC" => {}
        "DESC" => rows.reverse(),
        _ => return Err(Problem::bad_query("sort[]")),
    }
    Ok(())
}

/// The page of these that the request asks for.
pub(super) fn page<'r>(
    ask: &Ask<'_>,
    wanted: &Wanted,
    mut rows: impl Iterator<Item = &'r Object>,
    show: impl Fn(&Object) -> Object,
) -> Result<Answer, Problem> {
    let from = paging::cursor(ask.call).map_err(|_| Problem::bad_query("cursor"))?;
    let mut data = Vec::new();
    for row in rows.by_ref().skip(to_usize(from)).take(wanted.size) {
        data.push(Json::from(show(row)));
    }
    let next = rows.next().map(|_| from.saturating_add(wanted.size as u64));
    let mut reply = Object::new();
    if let Some(next) = paging::spoiled(ask.call, &mut data, from, next) {
        reply.insert("nextPage", paging::to_cursor(next));
    } else if wanted.nulls {
        reply.insert("nextPage", Json::Null);
    }
    reply.insert("data", data);
    Ok(Answer::Json(reply.into()))
}

pub(super) fn wanted(ask: &Ask<'_>) -> Result<Wanted, Problem> {
    let split = |text: &str| -> Vec<String> {
        let names = text.split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let all = |name: &str| -> Vec<String> {
        let values = check::queried(ask.call, name);
        values.flat_map(|value| split(&value)).collect()
    };
    let query = ask.call.request.uri.query().unwrap_or_default();
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let relation = match name.strip_suffix("fields[]") {
            Some("") => "",
            Some(relation) => relation.trim_end_matches('.'),
            None => continue,
        };
        match fields.iter_mut().find(|(known, _)| known == relation) {
            Some((_, names)) => names.extend(split(&value)),
            None => fields.push((relation.to_owned(), split(&value))),
        }
    }
    // The second name is that of custom objects (documented).
    let size = ask.query("pageSize").or_else(|| ask.query("page_size"));
    let size = match size {
        None => PAGE_SIZE.0,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=PAGE_SIZE.1).contains(size))
            .ok_or_else(|| Problem::bad_query("pageSize"))?,
    };
    Ok(Wanted {
        expand: all("expand[]"),
        fields,
        nulls: ask.query("includeNullFields").as_deref() == Some("true"),
        size,
    })
}

/// `field.OP:value` (documented).
pub(super) fn condition(text: &str) -> Result<Condition, Problem> {
    let bad = || {
        Problem::bad_query(format!(
            "filter[] {}",
            text.split(':').next().unwrap_or_default()
        ))
    };
    let (left, value) = text.split_once(':').ok_or_else(bad)?;
    let (member, operator) = left.rsplit_once('.').ok_or_else(bad)?;
    let owned = || match value {
        // The empty text (documented).
        "\u{2}\u{3}" => String::new(),
        value => value.to_owned(),
    };
    let test = match (operator, value) {
        ("EQ", "null") => Test::Null,
        ("NE", "null") => Test::NotNull,
        ("EQ", _) => Test::Equal(owned()),
        ("NE", _) => Test::NotEqual(owned()),
        ("LT", _) => Test::Less(owned()),
        ("LE", _) => Test::LessOrEqual(owned()),
        ("GT", _) => Test::Greater(owned()),
        ("GE", _) => Test::GreaterOrEqual(owned()),
        ("SW", _) => Test::Begins(owned()),
        ("IN", _) => {
            let list = value
                .strip_prefix('[')
                .and_then(|list| list.strip_suffix(']'));
            let items = list.ok_or_else(bad)?.split(',');
            Test::OneOf(items.map(|item| item.trim().to_owned()).collect())
        }
        _ => return Err(bad()),
    };
    Ok(Condition {
        member: member.to_owned(),
        test,
    })
}

/// What a relation leads to: one record by the id in this member, or those that name this one in it.
enum Relation {
    One(&'static str, Kind),
    Many(&'static str, Kind),
}

/// What a relation of this name is: an id's name without `Id`, or that of the objects that name this one.
fn relation(kind: Kind, name: &str) -> Option<Relation> {
    let mut ones = relation::ones(kind);
    if let Some((member, other)) = ones.find(|(member, _)| member.strip_suffix("Id") == Some(name))
    {
        return Some(Relation::One(member, other));
    }
    Kind::all().find_map(|facts| {
        let is_named = camel(facts.plural) == name;
        let mut parents = facts.parents.iter();
        let (member, _) = parents.find(|(_, parent)| is_named && *parent == kind)?;
        Some(Relation::Many(member, facts.kind))
    })
}

/// `credit-memo-items` as a member.
fn camel(plural: &str) -> String {
    let mut words = plural.split('-');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1.min(word.len()));
        name += &first.to_uppercase();
        name += rest;
    }
    name
}

fn check_relations(kind: Kind, expand: &[String]) -> Result<(), Problem> {
    for path in expand {
        let bad = || Problem::bad_query(format!("expand[] {path}"));
        let mut at = kind;
        let mut depth = 0;
        for name in path.split('.') {
            depth += 1;
            at = match relation(at, name) {
                Some(Relation::One(_, kind) | Relation::Many(_, kind)) if depth <= DEEPEST => kind,
                _ => return Err(bad()),
            };
        }
    }
    Ok(())
}

/// What was asked for of a record's own members.
pub(super) fn own_fields(row: &Object, wanted: &Wanted, path: &str) -> Object {
    let fields = wanted.fields.iter().find(|(name, _)| name == path);
    let mut seen = Object::new();
    for (name, value) in row.iter() {
        let shown = match zuora_catalog::is_custom(name) {
            // The first letter is written small here (documented).
            true => lower_first(name),
            false => to_camel(name),
        };
        let is_wanted = fields.is_none_or(|(_, names)| names.contains(&shown));
        // What has members is a relation here, or nothing.
        let is_plain = value.as_object().is_none() && value.as_array().is_none();
        if is_wanted && is_plain && (wanted.nulls || !value.is_null()) {
            seen.insert(shown, value.clone());
        }
    }
    seen
}

/// A record with what was asked for of it and its relations.
fn seen(store: &Store, kind: Kind, row: &Object, wanted: &Wanted, path: &str) -> Object {
    let mut seen = own_fields(row, wanted, path);
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
        match relation(kind, name) {
            Some(Relation::One(member, kind)) => {
                if let Some(other) = store.get(kind, text(row, member)) {
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
            None => {}
        }
    }
    seen
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}
