//! `patchUpdateWorkflow`: `PATCH /workflows/{workflow_id}`.

use crate::{
    dispatch::Call,
    ledger,
    message::Reply,
    problem::{Family, Problem},
};
use zuora_wire::{Json, Object};

/// Any number is a workflow. What was sent is echoed.
pub(crate) fn update(call: &Call<'_>) -> Reply {
    let key = call.args.first().map_or("", String::as_str);
    let Ok(id) = key.parse::<u64>() else {
        return Problem::not_found(key).reply(call, Family::Workflow);
    };
    ledger::note(call);
    let mut reply = Object::new();
    reply.insert("id", id);
    reply.insert("status", "Active");
    for (name, value) in call
        .json
        .and_then(Json::as_object)
        .iter()
        .flat_map(|o| o.iter())
    {
        reply.insert(name, value.clone());
    }
    Reply::ok(&Json::Object(reply))
}
