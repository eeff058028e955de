//! The one handler of a whole tenant: the request is checked, then answered from the tenant's data, or
//! with a sample where there is none.

use crate::{
    api::{files, usage},
    check, described,
    dispatch::Call,
    ledger, made_up,
    message::Reply,
    tenant,
};
use http::StatusCode;

/// Its file is looked at before its rows are.
const UPLOAD: &str = "uploadUsageFile";
/// Answered with bytes, whole or in part.
const DOWNLOAD: &str = "getFiles";

pub(crate) fn answer(call: &Call<'_>) -> Reply {
    let Some(operation) = call.described else {
        return Reply::empty(StatusCode::NOT_IMPLEMENTED);
    };
    if let Some(reply) = tenant::remembered(call) {
        return reply;
    }
    let family = described::family(operation.path());
    if let Some(refusal) = check::refusal(call, operation, family) {
        return refusal.with(made_up::BASIS, "sample");
    }
    if operation.id() == DOWNLOAD {
        return files::get(call).with(made_up::BASIS, "state");
    }
    if operation.id() == UPLOAD
        && let Err(problem) = usage::check(call)
    {
        return problem.reply(call, family).with(made_up::BASIS, "state");
    }
    if let Some(reply) = tenant::answer(call, operation) {
        if let Some(upload) = call
            .request
            .upload
            .as_ref()
            .filter(|_| reply.status.is_success())
        {
            call.shared.state().uploads.push(upload.clone());
        }
        return reply;
    }
    let reply = made_up::reply(call, operation);
    if !operation.only_reads() {
        ledger::note(call);
    }
    reply
}
