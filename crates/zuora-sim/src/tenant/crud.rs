//! `/v1/object`: one object at a time, under names in Pascal case.

use super::{
    accounts, billing, card, contacts,
    door::{Answer, Ask, Handler},
    instant,
    kind::Kind,
    money::{self, INVOICE, PAYMENT, Target},
    numbers, payment_methods, proxy,
    record::{amount, list, some_amount, some_text, text, to_camel},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) fn handler(method: &str) -> Option<Handler> {
    match method {
        "POST" => Some(|tx, ask| {
            let id = create(tx, kind_of(ask)?, ask.body)?;
            Ok(saved(id))
        }),
        "GET" => Some(get),
        "PUT" => Some(|tx, ask| {
            let id = update(tx, kind_of(ask)?, ask.key(), ask.body)?;
            Ok(saved(id))
        }),
        "DELETE" => Some(|tx, ask| {
            let id = delete(tx, kind_of(ask)?, ask.key())?;
            Ok(removed(id))
        }),
        _ => None,
    }
}

fn kind_of(ask: &Ask<'_>) -> Result<Kind, Problem> {
    let segment = ask.operation.path().split('/').nth(3).unwrap_or_default();
    Kind::by_segment(segment).ok_or_else(|| Problem::not_found(segment))
}

pub(super) fn saved(id: String) -> Answer {
    Answer::Json(Json::object([
        ("Success", Json::from(true)),
        ("Id", id.into()),
    ]))
}

/// In the other case than the rest (documented).
pub(super) fn removed(id: String) -> Answer {
    Answer::Json(Json::object([
        ("id", Json::from(id)),
        ("success", true.into()),
    ]))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(kind_of(ask)?, ask.key())?;
    Ok(seen(tx, ask, row))
}

/// A record as CRUD shows it: the fields that are wanted of it.
pub(super) fn seen(tx: &Transaction<'_>, ask: &Ask<'_>, row: &Object) -> Answer {
    let reply = ask.operation.replies().next().and_then(|reply| reply.ty);
    let mut seen = view::pascal(row, tx.zone());
    // Nulls are left out (documented for Actions).
    seen = match reply.and_then(|ty| ty.schema()) {
        Some(schema) => view::through(schema, &seen),
        None => seen,
    };
    if let Some(fields) = ask.query("fields") {
        let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
        seen = seen
            .into_iter()
            .filter(|(name, _)| name == "Id" || wanted.contains(&name.as_str()))
            .collect();
    }
    Answer::Json(seen.into())
}

/// What was sent under the names of records, and as these hold it.
fn own_names(tx: &Transaction<'_>, kind: Kind, sent: &Object) -> Result<Object, Problem> {
    let mut own: Object = sent
        .iter()
        .map(|(name, value)| (to_camel(name), value.clone()))
        .collect();
    instant::settle(&mut own, tx.zone());
    numbers::settle(kind, &mut own);
    numbers::check(kind, &own)?;
    Ok(own)
}

/// Members that the server keeps.
pub(super) const KEPT: [&str; 12] = [
    "id",
    "balance",
    "createdDate",
    "createdById",
    "updatedDate",
    "updatedById",
    "totalInvoiceBalance",
    "totalDebitMemoBalance",
    "unappliedBalance",
    "unappliedCreditMemoAmount",
    "appliedAmount",
    "unappliedAmount",
];

/// Members of a subscription that only orders and the like move.
const KEPT_OF_VERSIONS: [&str; 7] = [
    "accountId",
    "invoiceOwnerId",
    "originalId",
    "previousSubscriptionId",
    "name",
    "status",
    "version",
];

/// Members that only steps of documents, payments and refunds change.
const AMOUNTS: [&str; 10] = [
    "accountId",
    "amount",
    "amountWithoutTax",
    "creditMemoAmount",
    "paymentAmount",
    "refundAmount",
    "status",
    "taxAmount",
    "totalAmount",
    "totalAmountWithoutTax",
];

/// Kinds whose records only follow from others. That tiers of subscriptions do is a guess.
fn is_followed(kind: Kind) -> bool {
    matches!(kind, Kind::AsyncJob | Kind::RatePlanChargeTier)
}

fn has_amounts(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Invoice | Kind::CreditMemo | Kind::DebitMemo | Kind::Payment | Kind::Refund
    )
}

/// Adds an object of any kind; gives its id.
pub(super) fn create(
    tx: &mut Transaction<'_>,
    kind: Kind,
    sent: &Object,
) -> Result<String, Problem> {
    let mut row = own_names(tx, kind, &proxy::known(kind, "POST", sent))?;
    for name in KEPT {
        row.remove(name);
    }
    for (member, parent) in kind.facts().parents {
        if let Some(key) = some_text(&row, member) {
            let id = tx.id_of(*parent, key)?;
            row.insert(*member, id);
        }
    }
    match kind {
        Kind::Account => {
            accounts::new_account(&mut row);
            accounts::check(&row)?;
        }
        Kind::PaymentMethod => {
            card::check(&row)?;
            payment_methods::masked(&mut row);
        }
        Kind::Payment => return payment(tx, sent, row),
        Kind::Refund => {
            let payment = text(&row, "paymentId").to_owned();
            return refund(tx, &payment, row);
        }
        Kind::Usage => super::usage::complete(tx, &mut row)?,
        Kind::ProductRatePlanCharge => return charge(tx, row),
        Kind::TaxationItem => return billing::create_tax(tx, row),
        Kind::Invoice
        | Kind::CreditMemo
        | Kind::DebitMemo
        | Kind::Subscription
        | Kind::Amendment
        | Kind::OrderAction
        | Kind::OrderLineItem
        | Kind::Order
        | Kind::RatePlanChargeTier
        | Kind::AsyncJob => return Err(not_here(kind, "created")),
        kind if money::is_kept(kind) => return Err(not_here(kind, "created")),
        _ => {}
    }
    tx.create(kind, row)
}

fn not_here(kind: Kind, done: &str) -> Problem {
    let name = kind.facts().name;
    Problem::bad_value(format!("{name} cannot be {done} here"))
}

/// A payment, and the invoice that it is for.
fn payment(tx: &mut Transaction<'_>, sent: &Object, mut row: Object) -> Result<String, Problem> {
    let invoice = some_text(&row, "invoiceId").or_else(|| some_text(&row, "invoiceNumber"));
    let mut parts = match invoice {
        Some(invoice) => {
            let part = some_amount(&row, "appliedInvoiceAmount");
            let part = part.unwrap_or_else(|| amount(&row, "amount"));
            vec![(tx.id_of(Kind::Invoice, invoice)?, part)]
        }
        None => Vec::new(),
    };
    if let Some(data) = sent.get("InvoicePaymentData").and_then(Json::as_object) {
        for entry in list(data, "InvoicePayment") {
            let id = tx.id_of(Kind::Invoice, text(entry, "InvoiceId"))?;
            parts.push((id, amount(entry, "Amount")));
        }
    }
    if row.get("amount").is_none() {
        let amounts: Vec<Decimal> = parts.iter().map(|(_, part)| part.clone()).collect();
        row.insert("amount", Decimal::checked_sum(&amounts).unwrap_or_default());
    }
    for name in [
        "invoiceId",
        "invoiceNumber",
        "invoicePaymentData",
        "appliedInvoiceAmount",
    ] {
        row.remove(name);
    }
    let id = money::pay(tx, row)?;
    for (invoice, part) in parts {
        money::apply(tx, PAYMENT, &id, INVOICE, &invoice, &part)?;
    }
    Ok(id)
}

/// A refund of what is left of a payment, or of the invoices that are named.
fn refund(tx: &mut Transaction<'_>, payment: &str, mut row: Object) -> Result<String, Problem> {
    let data = row.remove("refundInvoicePaymentData");
    let data = data.as_ref().and_then(Json::as_object);
    let entries = data
        .into_iter()
        .flat_map(|data| list(data, "RefundInvoicePayment"));
    let mut targets = Vec::new();
    for entry in entries {
        targets.push(Target {
            document: INVOICE,
            id: tx.id_of(Kind::Invoice, text(entry, "InvoiceId"))?,
            part: amount(entry, "RefundAmount"),
            shares: Vec::new(),
        });
    }
    match targets.is_empty() {
        true => money::refund(tx, PAYMENT, payment, row, &[]),
        false => Ok(money::refund_applied(tx, payment, row, targets)?.0),
    }
}

/// A charge of the catalogue with its tiers.
fn charge(tx: &mut Transaction<'_>, mut row: Object) -> Result<String, Problem> {
    let tiers = row.remove("productRatePlanChargeTierData");
    let id = tx.create(Kind::ProductRatePlanCharge, row)?;
    let tiers = tiers.as_ref().and_then(Json::as_object);
    for sent in tiers
        .into_iter()
        .flat_map(|data| list(data, "ProductRatePlanChargeTier"))
    {
        let mut tier = own_names(tx, Kind::ProductRatePlanChargeTier, sent)?;
        tier.insert("productRatePlanChargeId", id.as_str());
        tx.create(Kind::ProductRatePlanChargeTier, tier)?;
    }
    Ok(id)
}

/// Changes an object of any kind; gives its id.
pub(super) fn update(
    tx: &mut Transaction<'_>,
    kind: Kind,
    key: &str,
    sent: &Object,
) -> Result<String, Problem> {
    let id = tx.id_of(kind, key)?;
    let mut change = own_names(tx, kind, &proxy::known(kind, "PUT", sent))?;
    let nulls = change.remove("fieldsToNull");
    proxy::can_be_cleared(kind, nulls.as_ref())?;
    for name in KEPT {
        change.remove(name);
    }
    if kind == Kind::Subscription {
        for name in KEPT_OF_VERSIONS {
            change.remove(name);
        }
    }
    let status = text(&change, "status").to_owned();
    match (kind, status.as_str()) {
        (Kind::Invoice | Kind::CreditMemo | Kind::DebitMemo, "Posted") => {
            money::post(tx, kind, &id)?;
        }
        (Kind::Invoice | Kind::CreditMemo | Kind::DebitMemo, "Canceled") => {
            money::cancel(tx, kind, &id)?;
        }
        (Kind::Payment, _) => {
            if matches!(status.as_str(), "Canceled" | "Voided") {
                money::cancel_payment(tx, &id)?;
            }
            if let Some(account) = some_text(&change, "accountId") {
                let account = tx.id_of(Kind::Account, account)?;
                money::transfer(tx, &id, &account)?;
            }
        }
        (Kind::Refund, "Canceled") => money::cancel_refund(tx, &id, "Canceled")?,
        (Kind::TaxationItem, _) => {
            billing::change_tax(tx, kind, &id, &change)?;
            return Ok(id);
        }
        (kind, _) if is_followed(kind) || money::is_kept(kind) => {
            return Err(not_here(kind, "changed"));
        }
        (Kind::Account, _) => {
            accounts::check(&change)?;
            accounts::keeps_currency(tx, &id, &change)?;
        }
        (Kind::PaymentMethod, _) => {
            card::check(&change)?;
            payment_methods::masked(&mut change);
        }
        _ => {}
    }
    if has_amounts(kind) {
        for name in AMOUNTS {
            change.remove(name);
        }
    }
    tx.change(kind, &id, |row| {
        for (name, value) in change {
            row.insert(name, value);
        }
        for name in nulls.iter().filter_map(Json::as_array).flatten() {
            let name = to_camel(name.as_str().unwrap_or_default());
            let is_kept = KEPT.contains(&name.as_str())
                || has_amounts(kind) && AMOUNTS.contains(&name.as_str());
            if !is_kept {
                row.remove(&name);
            }
        }
    })?;
    Ok(id)
}

/// Removes an object of any kind; gives its id.
pub(super) fn delete(tx: &mut Transaction<'_>, kind: Kind, key: &str) -> Result<String, Problem> {
    let id = tx.id_of(kind, key)?;
    match kind {
        Kind::Invoice | Kind::CreditMemo | Kind::DebitMemo => money::delete(tx, kind, &id)?,
        Kind::Payment => {
            money::cancel_payment(tx, &id)?;
            money::delete_payment(tx, &id)?;
        }
        Kind::Refund => {
            money::cancel_refund(tx, &id, "Canceled")?;
            tx.remove(kind, &id)?;
        }
        Kind::Subscription => return super::versions::remove(tx, &id),
        Kind::Amendment => {
            return Err(Problem::rule(
                "It cannot be deleted: delete the order that made it.",
            ));
        }
        Kind::TaxationItem => money::drop_tax(tx, kind, &id)?,
        Kind::Contact => contacts::remove(tx, &id)?,
        kind if is_followed(kind) || money::is_kept(kind) => {
            return Err(not_here(kind, "deleted"));
        }
        _ => accounts::remove(tx, kind, &id)?,
    }
    Ok(id)
}
