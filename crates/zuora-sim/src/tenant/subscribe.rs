//! `/v1/action/subscribe`: a subscription for an account that is there or is made with it.

use super::{
    action_parts::{bill, camel, each, held_against, invoice_data, is_preview, part, rate_plan},
    crud,
    door::{Answer, Handler},
    kind::Kind,
    record::{amount, list, some_text, text},
    revenue,
    store::Transaction,
    subscriptions,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("actionPostSubscribe", |tx, ask| {
    let outcomes = each(tx, ask, "subscribes", MOST, one)?;
    Ok(Answer::Json(outcomes.into()))
})];

/// The most subscriptions of a call (documented for Actions).
const MOST: usize = 50;

/// Members of a subscription that `/v1` REST calls otherwise.
const NAMES: [(&str, &str); 4] = [
    ("name", "subscriptionNumber"),
    ("contractAcceptanceDate", "customerAcceptanceDate"),
    ("isInvoiceSeparate", "invoiceSeparately"),
    ("invoiceOwnerId", "invoiceOwnerAccountKey"),
];

fn one(tx: &mut Transaction<'_>, entry: &Json) -> Result<Object, Problem> {
    // Of an account that is there the id is enough (a guess).
    let is_there = entry.at(&["Account", "Id"]).and_then(Json::as_str);
    let sent = held_against("SubscribeRequest", entry, is_there.map(|_| "Account."))?;
    let account = account(tx, sent)?;
    let data = part(sent, "SubscriptionData");
    let mut body = camel(&part(&data, "Subscription"));
    for (name, own) in NAMES {
        if let Some(value) = body.remove(name) {
            body.insert(own, value);
        }
    }
    let plans = list(&data, "RatePlanData").map(|data| rate_plan(data, "chargeOverrides").into());
    body.insert("subscribeToRatePlans", plans.collect::<Vec<Json>>());
    let id = subscriptions::add(tx, &account, &body)?;
    let billed = bill(
        tx,
        &id,
        sent,
        "SubscribeOptions",
        "subscribeInvoiceProcessingOptions",
    )?;
    let row = tx.find(Kind::Subscription, &id)?;
    let owner = tx.find(Kind::Account, &account)?;
    let mut told = Object::new();
    told.insert("TotalMrr", amount(row, "cMRR"));
    if let Some(value) = revenue::contracted_value(tx, row) {
        told.insert("TotalTcv", value);
    }
    if is_preview(sent) {
        let (invoice, item) = ("InvoiceDataInvoice", "ActionSubscribeInvoiceItem");
        told.insert("InvoiceData", invoice_data(tx, &billed, invoice, item));
        return Ok(told);
    }
    told.insert("AccountId", account.as_str());
    told.insert("AccountNumber", text(owner, "accountNumber"));
    told.insert("SubscriptionId", id.as_str());
    told.insert("SubscriptionNumber", text(row, "name"));
    if let Some(invoice) = billed.invoices.first() {
        let number = text(tx.find(Kind::Invoice, invoice)?, "invoiceNumber");
        told.insert("InvoiceId", invoice.as_str());
        told.insert("InvoiceNumber", number);
        let entry = Json::object([("Id", invoice.as_str()), ("InvoiceNumber", number)]);
        told.insert("InvoiceResult", Json::object([("Invoice", vec![entry])]));
    }
    if let Some(payment) = billed.payments.first() {
        told.insert("PaymentId", payment.as_str());
    }
    Ok(told)
}

/// The account that an entry names or describes; gives its id. One that is there keeps its contacts (a guess).
fn account(tx: &mut Transaction<'_>, sent: &Object) -> Result<String, Problem> {
    let account = part(sent, "Account");
    let id = match some_text(&account, "Id") {
        Some(key) => tx.id_of(Kind::Account, key)?,
        None => new_account(tx, sent, &account)?,
    };
    let method = part(sent, "PaymentMethod");
    if method.is_empty() {
        return Ok(id);
    }
    let method = match some_text(&method, "Id") {
        Some(key) => tx.id_of(Kind::PaymentMethod, key)?,
        None => crud::create(tx, Kind::PaymentMethod, &of_account(method, &id))?,
    };
    // By it is paid from now on (a guess).
    tx.change(Kind::Account, &id, |row| {
        row.insert("defaultPaymentMethodId", method);
    })?;
    Ok(id)
}

fn new_account(
    tx: &mut Transaction<'_>,
    sent: &Object,
    account: &Object,
) -> Result<String, Problem> {
    let id = crud::create(tx, Kind::Account, account)?;
    let bill_to = part(sent, "BillToContact");
    if bill_to.is_empty() {
        return Err(Problem::missing(
            "BillToContact is missing, which a new account needs",
        ));
    }
    let bill_to = crud::create(tx, Kind::Contact, &of_account(bill_to, &id))?;
    let sold_to = part(sent, "SoldToContact");
    let sold_to = match sold_to.is_empty() {
        true => bill_to.clone(),
        false => crud::create(tx, Kind::Contact, &of_account(sold_to, &id))?,
    };
    tx.change(Kind::Account, &id, |row| {
        row.insert("billToId", bill_to);
        row.insert("soldToId", sold_to);
    })?;
    Ok(id)
}

fn of_account(mut sent: Object, account: &str) -> Object {
    sent.insert("AccountId", account);
    sent
}
