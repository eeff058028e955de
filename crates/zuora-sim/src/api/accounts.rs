//! `getAccount` and `updateAccount`, for one seeded account.

use crate::{
    dispatch::Call,
    ledger,
    message::{JSON_TYPE, Reply},
    problem::{Family, Problem},
};
use bytes::Bytes;
use http::StatusCode;
use std::sync::LazyLock;
use zuora_wire::Json;

/// The keys under which the seeded account is found: its id and its number.
const ACCOUNT_ID: &str = "2c92c0f95a7e11c0de0000000000b001";
pub(crate) const ACCOUNT_NUMBER: &str = "A00000001";

const SEED: &str = include_str!("../seed/account.json");

/// The account's JSON, compact, its numbers as the seed writes them.
static ACCOUNT: LazyLock<Bytes> = LazyLock::new(|| match Json::parse(SEED) {
    Ok(account) => account.to_string().into(),
    Err(_) => Bytes::from_static(SEED.as_bytes()),
});

/// `GET /v1/accounts/{account-key}`.
pub(crate) fn get_account(call: &Call<'_>) -> Reply {
    match known(call) {
        Ok(()) => Reply::new(StatusCode::OK, JSON_TYPE, ACCOUNT.clone()),
        Err(problem) => problem.reply(call, Family::Rest),
    }
}

/// `PUT /v1/accounts/{account-key}`: executed and counted, but the account stays as it is.
pub(crate) fn update_account(call: &Call<'_>) -> Reply {
    match known(call) {
        Ok(()) => {
            ledger::note(call);
            Reply::ok(&Json::object([("success", true)]))
        }
        Err(problem) => problem.reply(call, Family::Rest),
    }
}

/// Whether the path names the account.
pub(crate) fn known(call: &Call<'_>) -> Result<(), Problem> {
    match call.args.first().map(String::as_str) {
        Some(ACCOUNT_ID | ACCOUNT_NUMBER) => Ok(()),
        key => Err(Problem::not_found(key.unwrap_or_default())),
    }
}
