//! `/v1/action/create`, `update` and `delete`: up to 50 objects, each with an outcome of its own.

use super::{
    crud,
    door::{Answer, Ask, Handler},
    plain_object, proxy,
    record::{list, some_text, text},
    source::Source,
    store::Transaction,
};
use crate::{
    check,
    problem::{Family, Problem},
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("actionPostCreate", |tx, ask| {
        let strict = check::rejects_unknown(ask.call, Family::Action);
        each(tx, ask, "objects", |tx, source, object, _| match source {
            Source::Kept(kind) => {
                proxy::held_against(*kind, "POST", object, strict)?;
                crud::create(tx, *kind, object)
            }
            source => plain_object::add(tx, source.name(), object),
        })
    }),
    ("actionPostUpdate", |tx, ask| {
        let strict = check::rejects_unknown(ask.call, Family::Action);
        each(tx, ask, "objects", |tx, source, object, _| {
            let id = some_text(object, "Id");
            let id = id.ok_or_else(|| Problem::missing("The field Id is missing"))?;
            match source {
                Source::Kept(kind) => {
                    proxy::held_against(*kind, "PUT", object, strict)?;
                    crud::update(tx, *kind, id, object)
                }
                source => plain_object::change(tx, source.name(), id, object),
            }
        })
    }),
    ("actionPostDelete", |tx, ask| {
        each(tx, ask, "ids", |tx, source, _, id| match source {
            Source::Kept(kind) => crud::delete(tx, *kind, id),
            source => plain_object::remove(tx, source.name(), id),
        })
    }),
];

/// The most objects of a call (documented).
const MOST: usize = 50;

fn each(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    member: &str,
    one: impl Fn(&mut Transaction<'_>, &Source, &Object, &str) -> Result<String, Problem>,
) -> Result<Answer, Problem> {
    let name = text(ask.body, "type");
    let source = Source::named(name);
    let source = source.filter(|source| matches!(source, Source::Kept(_) | Source::Plain(_)));
    let Some(source) = source else {
        // What only CRUD makes: a sample.
        let is_known = ["ProxyGet", "ProxyCreate"]
            .iter()
            .any(|door| zuora_catalog::schema(&format!("{door}{name}")).is_some());
        if is_known {
            return Ok(Answer::Nothing);
        }
        let text = format!("invalid type: {name}");
        return Err(Problem::worded("INVALID_TYPE", text));
    };
    let nobody = Object::new();
    let ids = ask
        .body
        .get(member)
        .and_then(Json::as_array)
        .unwrap_or_default();
    let ids: Vec<&str> = ids.iter().filter_map(Json::as_str).collect();
    let entries: Vec<(&Object, &str)> = match member {
        "ids" => ids.into_iter().map(|id| (&nobody, id)).collect(),
        _ => list(ask.body, member).map(|object| (object, "")).collect(),
    };
    if entries.len() > MOST {
        let text = format!("At most {MOST} objects can be sent in one call");
        return Err(Problem::worded("MAX_RECORDS_EXCEEDED", text));
    }
    let outcomes = entries.into_iter().map(|(object, id)| {
        // A refused object does not undo the others.
        match tx.attempt(|tx| one(tx, &source, object, id)) {
            Ok(id) => Json::object([("Success", Json::from(true)), ("Id", id.into())]),
            Err(problem) => problem.into_crud(),
        }
    });
    Ok(Answer::Json(Json::Array(outcomes.collect())))
}
