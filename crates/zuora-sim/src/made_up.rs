//! Answers for which there is no state: a sample of the reply's schema, the same for the same seed and
//! path, with what was sent where the names agree.

use crate::{
    action, check,
    dispatch::Call,
    made_up_csv, made_up_times,
    message::{JSON_TYPE, Reply},
};
use http::StatusCode;
use std::hash::{Hash, Hasher};
use zuora_catalog::{Field, Kind, Operation, Schema, Shape, Type, sample::Sample};
use zuora_wire::Json;

/// The header that says what an answer is made from.
pub(crate) const BASIS: &str = "zuora-sim-basis";
/// Members that would say that something failed.
const FAILURES: [&str; 8] = [
    "reasons",
    "errors",
    "Errors",
    "error",
    "errorCode",
    "errorMessage",
    "FaultCode",
    "FaultMessage",
];
/// Members that would name a page which is not there.
const OTHER_PAGES: [&str; 8] = [
    "nextPage",
    "next_page",
    "next",
    "nextPageUrl",
    "nextPageCursor",
    "previousPage",
    "queryLocator",
    "next_page_url",
];
/// Members that say how many items the list beside them has, where it is not one that `lists` pages.
const COUNTS: [&str; 3] = ["totalResults", "totalCount", "itemsPerPage"];

/// The made-up answer of an operation.
pub(crate) fn reply(call: &Call<'_>, operation: Operation) -> Reply {
    let good = operation.replies().next();
    let status = good.and_then(|good| good.status.parse().ok());
    let status = status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or_default();
    let is_json = operation.accept().any(|media| media.contains("json"));
    let reply = match good.and_then(|good| good.ty) {
        Some(ty) if is_json && ty.kind() != Kind::Binary => {
            let body = body(call, operation, ty);
            match made_up_csv::wanted(call, operation) {
                Some(media) => Reply::new(status, media, made_up_csv::of(&body)),
                None => Reply::new(status, JSON_TYPE, body.to_string()),
            }
        }
        None if is_json || status == StatusCode::NO_CONTENT => Reply::empty(status),
        _ => {
            let media = operation.accept().next().unwrap_or("text/plain");
            Reply::new(status, media, format!("made up for {}\n", operation.id()))
        }
    };
    reply.with(BASIS, basis(operation))
}

/// What the description does not know in full cannot be a true sample of it.
pub(crate) fn basis(operation: Operation) -> &'static str {
    let good = operation.replies().next();
    let is_guess = operation.is_partial()
        || operation.only_2022()
        || good.is_none_or(|good| good.ty.is_none());
    if is_guess { "guess" } else { "sample" }
}

/// The JSON of a made-up answer, of this type.
pub(crate) fn body(call: &Call<'_>, operation: Operation, ty: Type) -> Json {
    let mut seed = std::hash::DefaultHasher::new();
    (call.shared.seed, call.request.uri.path()).hash(&mut seed);
    let mut sample = Sample::new(seed.finish()).of_type(ty);
    made_up_times::settle(call, &mut sample);
    let whole = sample.clone();
    settle(&mut sample, call.request_id);
    keep_required(&mut sample, whole, ty);
    if let Some(sent) = action::objects(operation, call.json) {
        action::settle(&mut sample, sent);
    }
    let mut echoed = sample.clone();
    if let Some(sent) = call.json {
        echo(&mut echoed, sent);
    }
    if let Json::Object(object) = &mut echoed {
        let names = operation.path().split('/');
        let names = names.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        for (name, value) in names.zip(call.args) {
            if let Some(slot @ Json::String(_)) = object.get_mut(name) {
                *slot = value.as_str().into();
            }
        }
    }
    // What was sent may be none of what a reply can hold.
    let mut body = if check::is_reply(ty, &echoed) {
        echoed
    } else {
        sample
    };
    count(&mut body);
    body
}

/// Lets the numbers of items agree with the items: those of the last list, after lists of what they have in
/// common.
fn count(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(count),
        Json::Object(object) => {
            object.iter_mut().for_each(|(_, value)| count(value));
            let lists = object.iter().filter_map(|(_, value)| value.as_array());
            let Some(items) = lists.last().map(<[Json]>::len) else {
                return;
            };
            for name in COUNTS {
                if let Some(slot @ Json::Number(_)) = object.get_mut(name) {
                    *slot = items.into();
                }
            }
        }
        _ => {}
    }
}

/// Makes it the answer of a request that went well and has no more to give.
fn settle(json: &mut Json, request_id: &str) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| settle(item, request_id)),
        Json::Object(object) => {
            for name in FAILURES.iter().chain(&OTHER_PAGES) {
                object.remove(name);
            }
            for (name, value) in object.iter_mut() {
                match (name, &mut *value) {
                    ("success" | "Success" | "done", Json::Bool(truth)) => *truth = true,
                    ("requestId", Json::String(id)) => *id = request_id.to_owned(),
                    _ => settle(value, request_id),
                }
            }
        }
        _ => {}
    }
}

/// Puts back what no answer is without: some are there for their list of failures.
fn keep_required(settled: &mut Json, whole: Json, ty: Type) {
    let Some(Shape::Object(fields)) = ty.schema().map(Schema::shape) else {
        return;
    };
    if let (Json::Object(settled), Json::Object(mut whole)) = (settled, whole) {
        for name in FAILURES.iter().chain(&OTHER_PAGES) {
            let is_required = fields.get(name).is_some_and(Field::is_required);
            if let Some(value) = whole.remove(name).filter(|_| is_required) {
                settled.insert(*name, value);
            }
        }
    }
}

/// Puts what was sent in the place of what was made up, where name and kind agree.
fn echo(sample: &mut Json, sent: &Json) {
    match (sample, sent) {
        (Json::Object(sample), Json::Object(sent)) => {
            for (name, value) in sent.iter() {
                if let Some(slot) = sample.get_mut(name) {
                    echo(slot, value);
                }
            }
        }
        (Json::Array(sample), Json::Array(sent)) => {
            // As many items as were sent.
            if let Some(first) = sample.first().cloned() {
                sample.resize(sent.len(), first);
            }
            for (slot, value) in sample.iter_mut().zip(sent) {
                echo(slot, value);
            }
        }
        (sample, sent) if sample.kind() == sent.kind() => *sample = sent.clone(),
        _ => {}
    }
}
