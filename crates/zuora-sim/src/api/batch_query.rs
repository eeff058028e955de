//! `createBatchQuery`: `POST /v1/batch-query`. The job is accepted and never runs.

use crate::{dispatch::Call, ledger, message::Reply};
use http::StatusCode;
use zuora_wire::Json;

/// What a stateful query with an unknown partner says: an error within 200 (observed). The code is that
/// of a job that the user may not see (documented).
const BAD_PARTNER: (&str, &str) = ("90009", "The partner is not known");

pub(crate) fn create(call: &Call<'_>) -> Reply {
    let member = |name: &str| call.json.and_then(|body| body.get(name));
    if member("partner").is_some_and(|partner| partner.as_str() != Some("")) {
        let (code, message) = BAD_PARTNER;
        let body = Json::object([("errorCode", code), ("message", message)]);
        return Reply::json(StatusCode::OK, &body);
    }
    ledger::note(call);
    let id = call.shared.state().ids.hex32();
    Reply::ok(&Json::object([
        ("id", Json::from(id)),
        ("status", "submitted".into()),
        ("name", member("name").cloned().unwrap_or_default()),
        ("format", member("format").cloned().unwrap_or_default()),
        ("batches", Json::Array(Vec::new())),
    ]))
}
