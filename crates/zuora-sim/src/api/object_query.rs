//! `queryAccounts`: `GET /object-query/accounts`, a list with cursors.

use crate::{dispatch::Call, errors, message::Reply, paging, problem::Problem, version};
use http::StatusCode;
use zuora_wire::{Json, Object};

/// `pageSize` (documented: 1 to 99, default 10; another text says 1 to 50).
const PAGE_SIZE: (u64, u64) = (10, 99);
const PARAMETER_CODE: u32 = 50_000_027;

pub(crate) fn accounts(call: &Call<'_>) -> Reply {
    let (size, from) = match (paging::number(call, "pageSize", PAGE_SIZE.0), cursor(call)) {
        (Ok(size), Ok(from)) if (1..=PAGE_SIZE.1).contains(&size) => (size, from),
        (_, Err(_)) => return bad_parameter(call, "cursor"),
        _ => return bad_parameter(call, "pageSize"),
    };
    let page = paging::cut(call, from, size);
    let nulls = paging::parameter(call, "includeNullFields").is_some_and(|value| value == "true");
    let mut reply = Object::new();
    match page.next {
        Some(next) => reply.insert("nextPage", paging::to_cursor(next)),
        None if nulls => reply.insert("nextPage", Json::Null),
        None => None,
    };
    let row = |place: u64| {
        Json::object([
            ("id", Json::from(paging::id(place))),
            ("accountNumber", format!("A{:08}", place + 1).into()),
            ("name", format!("Account {}", place + 1).into()),
            ("balance", paging::amount(place)),
        ])
    };
    reply.insert("data", page.rows(row));
    Reply::ok(&Json::Object(reply))
}

fn cursor(call: &Call<'_>) -> Result<u64, Problem> {
    paging::cursor(call)
}

/// A wrong parameter: 400 from 2025-08-12 on (documented), before it the family of `/v1` within 200 (that
/// it may be 200 is observed, the family a guess).
fn bad_parameter(call: &Call<'_>, name: &str) -> Reply {
    let message = format!("Invalid query parameter: {name}");
    if version::is_from(call, version::OBJECT_QUERY_STATUS_SINCE) {
        let body = errors::reasons(call.request_id, PARAMETER_CODE, &message);
        return Reply::json(StatusCode::BAD_REQUEST, &body);
    }
    let (id, process) = (call.request_id, call.process_id);
    Reply::ok(&errors::rest_reasons(id, process, PARAMETER_CODE, &message))
}
