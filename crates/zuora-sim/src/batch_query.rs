//! What `createBatchQuery` refuses within a good status. Its jobs have no state: others are answered with
//! samples.

use crate::{dispatch::Call, message::Reply};
use zuora_catalog::Operation;
use zuora_wire::Json;

/// What a stateful query with an unknown partner says: an error within 200 (observed). The code is that
/// of a job that the user may not see (documented).
const BAD_PARTNER: (&str, &str) = ("90009", "The partner is not known");

pub(crate) fn refusal(call: &Call<'_>, operation: Operation) -> Option<Reply> {
    let partner = call.json?.get("partner")?.as_str()?;
    let is_unknown = operation.id() == "createBatchQuery" && !partner.is_empty();
    let (code, message) = BAD_PARTNER;
    is_unknown.then(|| Reply::ok(&Json::object([("errorCode", code), ("message", message)])))
}
