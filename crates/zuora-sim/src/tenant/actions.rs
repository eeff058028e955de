//! `/v1/action/create`, `update` and `delete`: many objects, each with an outcome of its own.

use super::{
    crud,
    door::{Answer, Ask, Handler},
    plain_object, proxy,
    record::{some_text, text, to_camel},
    source::Source,
    store::Transaction,
};
use crate::{action, problem::Problem};
use zuora_wire::{Json, Object};

const DELETE: &str = "actionPostDelete";

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("actionPostCreate", |tx, ask| {
        each(tx, ask, |tx, source, sent| {
            let object = object(sent)?;
            proxy::held_against(source.name(), "POST", object)?;
            match source {
                Source::Kept(kind) => crud::create(tx, *kind, object),
                source => plain_object::add(tx, source.name(), object),
            }
        })
    }),
    ("actionPostUpdate", |tx, ask| {
        each(tx, ask, |tx, source, sent| {
            let object = object(sent)?;
            let id = some_text(object, "Id");
            let id = id.ok_or_else(|| Problem::missing("The field Id is missing"))?;
            proxy::held_against(source.name(), "PUT", object)?;
            match source {
                Source::Kept(kind) => crud::update(tx, *kind, id, object),
                source => plain_object::change(tx, source.name(), id, object),
            }
        })
    }),
    (DELETE, |tx, ask| {
        each(tx, ask, |tx, source, sent| {
            let id = sent.as_str().unwrap_or_default();
            match source {
                Source::Kept(kind) => crud::delete(tx, *kind, id),
                source => plain_object::remove(tx, source.name(), id),
            }
        })
    }),
];

fn object(sent: &Json) -> Result<&Object, Problem> {
    let wrong = || Problem::bad_value(format!("must be an object, not {}", sent.kind()));
    sent.as_object().ok_or_else(wrong)
}

fn each(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    one: impl Fn(&mut Transaction<'_>, &Source, &Json) -> Result<String, Problem>,
) -> Result<Answer, Problem> {
    let name = text(ask.body, "type");
    let source = Source::named(name);
    let source = source.filter(|source| matches!(source, Source::Kept(_) | Source::Plain(_)));
    let Some(source) = source else {
        // What only CRUD makes: a sample.
        if proxy::reply_of(name).is_some() {
            return Ok(Answer::Nothing);
        }
        let text = format!("invalid type: {name}");
        return Err(Problem::worded("INVALID_TYPE", text));
    };
    let sent = action::objects(ask.operation, ask.call.json).unwrap_or_default();
    let outcomes = sent.iter().map(|sent| {
        // A refused object does not undo the others.
        let outcome = match tx.attempt(|tx| one(tx, &source, sent)) {
            Ok(id) => Json::object([("Success", Json::from(true)), ("Id", id.into())]),
            Err(problem) => problem.into_crud(),
        };
        match ask.operation.id() {
            DELETE => in_lower_case(&outcome),
            _ => outcome,
        }
    });
    Ok(Answer::Json(Json::Array(outcomes.collect())))
}

/// Outcomes of removals have members in the other case, and the errors in them do not (documented).
fn in_lower_case(outcome: &Json) -> Json {
    let members = outcome.as_object().into_iter().flat_map(Object::iter);
    Json::object(members.map(|(name, value)| (to_camel(name), value.clone())))
}
