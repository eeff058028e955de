//! `getAccount`: `GET /v1/accounts/{account-key}`, for one seeded account.

use crate::{auth, dispatch::Call, errors, message::JSON_TYPE, message::Reply};
use bytes::Bytes;
use http::StatusCode;
use std::sync::LazyLock;
use zuora_wire::Json;

/// The keys under which the seeded account is found: its id and its number.
pub(crate) const ACCOUNT_ID: &str = "2c92c0f95a7e11c0de0000000000b001";
pub(crate) const ACCOUNT_NUMBER: &str = "A00000001";

const SEED: &str = include_str!("seed/account.json");
const NOT_FOUND: u32 = 50_000_040;
/// From this minor version on errors have their own HTTP status; before it they come as 200
/// (documented).
const REAL_STATUS_SINCE: &str = "2024-05-20";

/// The account's JSON, compact, its numbers as the seed writes them.
static ACCOUNT: LazyLock<Bytes> = LazyLock::new(|| match Json::parse(SEED) {
    Ok(account) => account.to_string().into(),
    Err(_) => Bytes::from_static(SEED.as_bytes()),
});

pub(crate) fn get_account(call: &Call<'_>) -> Reply {
    let reply = match auth::refusal(call) {
        Some(refusal) => refusal,
        None => match call.args.first().map(String::as_str) {
            Some(ACCOUNT_ID | ACCOUNT_NUMBER) => {
                Reply::new(StatusCode::OK, JSON_TYPE, ACCOUNT.clone())
            }
            key => not_found(call, key.unwrap_or_default()),
        },
    };
    // Failed calls count as well (documented).
    let now = call.shared.clock.true_time();
    let headers = call.shared.state().api_window.enter(now);
    headers
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.with(name, value))
}

fn not_found(call: &Call<'_>, key: &str) -> Reply {
    let message = format!("Cannot find entity by key: '{key}'.");
    let body = errors::rest_reasons(call.request_id, call.process_id, NOT_FOUND, &message);
    let status = if has_real_status(call.request.header("zuora-version")) {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    Reply::json(status, &body)
}

/// Whether the version is a date, and one on which errors have their own status. Numbers are older;
/// what is neither counts as the oldest version (documented).
fn has_real_status(version: Option<&str>) -> bool {
    let is_date = |text: &str| {
        text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    version.is_some_and(|version| is_date(version) && version >= REAL_STATUS_SINCE)
}
