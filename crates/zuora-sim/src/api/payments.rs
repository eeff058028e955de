//! Payments, through both doors of the API, and the posting of an invoice: writes that cost money when
//! they are executed twice.

use crate::{api::accounts::ACCOUNT_NUMBER, dispatch::Call, ledger, message::Reply};
use zuora_wire::{Json, Object};

/// `POST /v1/payments`. Amount and currency are those of the body, as it writes them.
pub(crate) fn create(call: &Call<'_>) -> Reply {
    let (id, number) = next(call);
    ledger::note(call);
    let mut reply = Object::new();
    reply.insert("success", true);
    reply.insert("id", id);
    reply.insert("number", number);
    reply.insert("status", "Processed");
    reply.insert("accountNumber", ACCOUNT_NUMBER);
    for member in ["amount", "currency", "type"] {
        if let Some(value) = call.json.and_then(|body| body.get(member)) {
            reply.insert(member, value.clone());
        }
    }
    Reply::ok(&Json::Object(reply))
}

/// `POST /v1/object/payment`, which offers no idempotency key.
pub(crate) fn create_object(call: &Call<'_>) -> Reply {
    let (id, _) = next(call);
    ledger::note(call);
    Reply::ok(&Json::object([
        ("Success", Json::from(true)),
        ("Id", id.into()),
    ]))
}

/// `PUT /v1/invoices/{invoiceKey}/post`: any key is good, each call is executed.
pub(crate) fn post_invoice(call: &Call<'_>) -> Reply {
    ledger::note(call);
    let key = call.args.first().map_or("", String::as_str);
    Reply::ok(&Json::object([
        ("success", Json::from(true)),
        ("id", key.into()),
        ("jobStatus", "Completed".into()),
    ]))
}

fn next(call: &Call<'_>) -> (String, String) {
    let mut state = call.shared.state();
    state.tenant.last_payment += 1;
    let number = format!("P-{:08}", state.tenant.last_payment);
    (state.ids.hex32(), number)
}
