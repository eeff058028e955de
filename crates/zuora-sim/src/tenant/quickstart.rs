//! `GET /v2/accounts`: the tenant's accounts as Quickstart lists them. It is not in the API reference at hand:
//! path, parameters, cursor and the case of names are documented, which members there are is a guess.

use super::{door::to_usize, kind::Kind};
use crate::{
    dispatch::Call,
    made_up::BASIS,
    message::Reply,
    paging,
    problem::{Family, Problem},
};
use zuora_wire::{Json, Object};

/// `page_size` (documented: 1 to 99, default 30).
const PAGE_SIZE: (u64, u64) = (30, 99);
/// The members, and what records call them.
const MEMBERS_GUESS: [(&str, &str); 6] = [
    ("id", "id"),
    ("account_number", "accountNumber"),
    ("name", "name"),
    ("currency", "currency"),
    ("balance", "balance"),
    ("created_time", "createdDate"),
];

pub(crate) fn accounts(call: &Call<'_>) -> Reply {
    let reply = match page(call) {
        Ok(page) => Reply::ok(&page),
        Err(problem) => problem.reply(call, Family::Quickstart),
    };
    reply.with(BASIS, "state")
}

fn page(call: &Call<'_>) -> Result<Json, Problem> {
    let size = paging::number(call, "page_size", PAGE_SIZE.0)?;
    if !(1..=PAGE_SIZE.1).contains(&size) {
        return Err(Problem::bad_value("page_size must be from 1 to 99"));
    }
    let from = paging::cursor(call)?;
    let (mut data, next) = {
        let state = call.shared.state();
        let mut rows = state.store.all(Kind::Account).skip(to_usize(from));
        let data: Vec<Json> = rows.by_ref().take(to_usize(size)).map(shown).collect();
        (data, rows.next().map(|_| from.saturating_add(size)))
    };
    let next = paging::spoiled(call, &mut data, from, next);
    let mut reply = Object::new();
    if let Some(next) = next {
        reply.insert("next_page", paging::to_cursor(next));
    }
    reply.insert("data", data);
    Ok(reply.into())
}

fn shown(row: &Object) -> Json {
    let members = MEMBERS_GUESS.iter();
    Json::object(members.filter_map(|(name, own)| Some((*name, row.get(own)?.clone()))))
}
