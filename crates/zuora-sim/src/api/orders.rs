//! Orders: created, read back, deleted once.

use crate::{
    api::accounts::ACCOUNT_NUMBER,
    dispatch::Call,
    ledger,
    message::Reply,
    problem::{Family, Problem},
};
use zuora_wire::{Json, Object};

/// What a number that is taken answers: a business rule of orders. The code is a guess.
const NUMBER_TAKEN_CODE_GUESS: u32 = 50_000_030;

/// `POST /v1/orders`. The body's `orderNumber` is kept, else the next number is given.
pub(crate) fn create(call: &Call<'_>) -> Reply {
    let body = call.json.and_then(Json::as_object);
    let mut order = body.cloned().unwrap_or_default();
    let wanted = order.get("orderNumber").and_then(Json::as_str);
    let mut state = call.shared.state();
    let number = match wanted {
        Some(wanted) if state.tenant.orders.contains_key(wanted) => {
            drop(state);
            let text = format!("The order number {wanted} is already in use.");
            let problem = Problem::new(NUMBER_TAKEN_CODE_GUESS, "DUPLICATE_VALUE", text);
            return problem.reply(call, Family::Rest);
        }
        Some(wanted) => wanted.to_owned(),
        None => {
            state.tenant.last_order += 1;
            format!("O-{:08}", state.tenant.last_order)
        }
    };
    let account = match order.get("existingAccountNumber").and_then(Json::as_str) {
        Some(account) => account.to_owned(),
        None => ACCOUNT_NUMBER.to_owned(),
    };
    let subscription = format!("A-S{}", number.trim_start_matches("O-"));
    order.insert("orderNumber", number.as_str());
    order.insert("status", "Completed");
    state
        .tenant
        .orders
        .insert(number.clone(), Json::Object(order));
    drop(state);
    ledger::note(call);
    let mut reply = Object::new();
    reply.insert("success", true);
    reply.insert("orderNumber", number);
    reply.insert("accountNumber", account);
    reply.insert("status", "Completed");
    reply.insert("subscriptionNumbers", vec![subscription]);
    Reply::ok(&Json::Object(reply))
}

/// `GET /v1/orders/{orderNumber}`.
pub(crate) fn get(call: &Call<'_>) -> Reply {
    let number = key(call);
    let order = call.shared.state().tenant.orders.get(number).cloned();
    match order {
        Some(order) => Reply::ok(&Json::object([
            ("success", Json::from(true)),
            ("order", order),
        ])),
        None => Problem::not_found(number).reply(call, Family::Rest),
    }
}

/// `DELETE /v1/orders/{orderNumber}`.
pub(crate) fn delete(call: &Call<'_>) -> Reply {
    let number = key(call);
    let deleted = call.shared.state().tenant.orders.remove(number);
    if deleted.is_none() {
        return Problem::not_found(number).reply(call, Family::Rest);
    }
    ledger::note(call);
    Reply::ok(&Json::object([("success", true)]))
}

fn key<'a>(call: &Call<'a>) -> &'a str {
    call.args.first().map_or("", String::as_str)
}
