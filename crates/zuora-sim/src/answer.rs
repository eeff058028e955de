//! The handler of every operation in the catalogue: the request is checked, then answered from the tenant's
//! data, or with a sample where there is none.

use crate::{
    check, days, described,
    dispatch::Call,
    files, ledger, lists, made_up,
    message::Reply,
    tenant::{self, usage_file},
};
use http::StatusCode;

/// Its file is looked at before its rows are.
const UPLOAD: &str = "uploadUsageFile";
/// What it gives is no JSON, and may be larger than memory.
const DOWNLOAD: &str = "getFiles";

pub(crate) fn to(call: &Call<'_>) -> Reply {
    let Some(operation) = call.described else {
        return Reply::empty(StatusCode::NOT_IMPLEMENTED);
    };
    if let Some(reply) = tenant::remembered(call) {
        return reply;
    }
    let family = described::family(operation.path());
    let older = days::body(call, operation, family);
    let call = &Call {
        json: older.as_ref().or(call.json),
        ..*call
    };
    if let Some(refusal) = check::refusal(call, operation, family) {
        return refusal.with(made_up::BASIS, "sample");
    }
    if operation.id() == UPLOAD
        && let Err(problem) = usage_file::check(call)
    {
        return problem.reply(call, family).with(made_up::BASIS, "state");
    }
    if operation.id() == DOWNLOAD {
        return files::get(call).with(made_up::BASIS, "state");
    }
    if let Some(reply) = lists::asked_for(call, operation) {
        return reply;
    }
    if let Some(reply) = tenant::answer(call, operation) {
        return reply;
    }
    let reply = lists::without_state(call, operation);
    let reply = reply.unwrap_or_else(|| made_up::reply(call, operation));
    if !operation.only_reads() {
        ledger::note(call);
    }
    reply
}
