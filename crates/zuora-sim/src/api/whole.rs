//! The one handler of a whole tenant: the request is checked, then answered from the tenant's data, or
//! with a sample where there is none.

use crate::{check, described, dispatch::Call, ledger, made_up, message::Reply, tenant};
use http::StatusCode;

pub(crate) fn answer(call: &Call<'_>) -> Reply {
    let Some(operation) = call.described else {
        return Reply::empty(StatusCode::NOT_IMPLEMENTED);
    };
    let family = described::family(operation.path());
    if let Some(refusal) = check::refusal(call, operation, family) {
        return refusal.with(made_up::BASIS, "sample");
    }
    if let Some(reply) = tenant::answer(call, operation) {
        return reply;
    }
    let reply = made_up::reply(call, operation);
    if !operation.only_reads() {
        ledger::note(call);
    }
    reply
}
