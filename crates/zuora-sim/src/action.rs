//! The objects of an Action: which member has them, how many there may be, and that each has an outcome.

use crate::problem::Problem;
use zuora_catalog::Operation;
use zuora_wire::Json;

/// The most objects of a call (documented).
const MOST: usize = 50;
/// The most requests of `amend` (documented).
const MOST_AMENDS: usize = 10;

/// The objects that an Action is sent, or their ids. Other operations are sent none.
pub(crate) fn objects(operation: Operation, body: Option<&Json>) -> Option<&[Json]> {
    let member = match operation.id() {
        "actionPostCreate" | "actionPostUpdate" | "actionPostGenerate" => "objects",
        "actionPostDelete" | "actionPostExecute" => "ids",
        "actionPostAmend" => "requests",
        "actionPostSubscribe" => "subscribes",
        _ => return None,
    };
    let sent = body.and_then(|body| body.get(member)?.as_array());
    Some(sent.unwrap_or_default())
}

/// The refusal of more objects than there may be; its word and text are guesses.
pub(crate) fn too_many(operation: Operation, body: Option<&Json>) -> Option<Problem> {
    let most = match operation.id() {
        "actionPostAmend" => MOST_AMENDS,
        _ => MOST,
    };
    let is_over = objects(operation, body)?.len() > most;
    is_over.then(|| {
        let text = format!("At most {most} objects can be sent in one call");
        Problem::worded("MAX_RECORDS_EXCEEDED", text)
    })
}

/// Makes as many made-up outcomes as objects were sent (documented), each with an id of its own: the one that was
/// sent, where it was.
pub(crate) fn settle(made_up: &mut Json, sent: &[Json]) {
    let outcomes = match made_up {
        Json::Array(outcomes) => outcomes,
        // The answer of `amend`.
        Json::Object(answer) => match answer.get_mut("results") {
            Some(Json::Array(outcomes)) => outcomes,
            _ => return,
        },
        _ => return,
    };
    let Some(first) = outcomes.first().cloned() else {
        return;
    };
    outcomes.resize(sent.len(), first);
    for (place, (outcome, sent)) in outcomes.iter_mut().zip(sent).enumerate() {
        let Json::Object(outcome) = outcome else {
            continue;
        };
        let made_up = || format!("2c92c0f9{:024x}", place + 1);
        let id = sent.as_str().map_or_else(made_up, str::to_owned);
        for name in ["Id", "id"] {
            if let Some(slot) = outcome.get_mut(name) {
                *slot = id.as_str().into();
            }
        }
    }
}
