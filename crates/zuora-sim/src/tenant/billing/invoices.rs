//! Invoices: standalone ones, and what only invoices can become.

use super::{change_plain, items, seen};
use crate::{
    problem::Problem,
    tenant::{
        accounts::{named, view_of},
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money, payment_term,
        record::{amount, copy, copy_plain, list, some_amount, some_text, text},
        store::Transaction,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createStandaloneInvoice", |tx, ask| {
        let id = create(tx, ask.body)?;
        seen(tx, Kind::Invoice, &id)
    }),
    ("updateInvoice", |tx, ask| {
        update(tx, ask.key(), ask.body)?;
        seen(tx, Kind::Invoice, ask.key())
    }),
    ("writeOffInvoice", write_off),
    ("reverseInvoice", reverse),
    ("getInvoiceFiles", files),
];

/// Adds a standalone invoice; gives its id.
pub(super) fn create(tx: &mut Transaction<'_>, body: &Object) -> Result<String, Problem> {
    let account = named(tx, body)?;
    let mut head = Object::new();
    copy_plain(body, &mut head, Kind::Invoice.facts().rest);
    for name in ["accountNumber", "status"] {
        head.remove(name);
    }
    head.insert("accountId", account.as_str());
    let owner = tx.find(Kind::Account, &account)?;
    for (name, own) in [
        ("currency", "currency"),
        ("paymentTerm", "paymentTerm"),
        ("billToContactId", "billToId"),
        ("soldToContactId", "soldToId"),
    ] {
        if let (None, Some(value)) = (some_text(body, name), owner.get(own)) {
            head.insert(name, value.clone());
        }
    }
    if some_text(&head, "dueDate").is_none() {
        let due = payment_term::due(text(&head, "paymentTerm"), text(body, "invoiceDate"));
        head.insert("dueDate", due);
    }
    head.insert("source", "API");
    head.insert("sourceType", "Standalone");
    let items = list(body, "invoiceItems").map(|sent| items::item(Kind::Invoice, sent));
    let items = items.collect::<Result<_, _>>()?;
    let id = money::create(tx, Kind::Invoice, head, items)?;
    if text(body, "status") == "Posted" {
        money::post(tx, Kind::Invoice, &id)?;
    }
    Ok(id)
}

/// Changes an invoice, and the items of a draft.
pub(super) fn update(tx: &mut Transaction<'_>, key: &str, body: &Object) -> Result<(), Problem> {
    let id = tx.id_of(Kind::Invoice, key)?;
    change_plain(tx, Kind::Invoice, &id, body)?;
    items::change(tx, Kind::Invoice, &id, body)
}

/// What a memo says that a request makes.
pub(super) fn memo_head(body: &Object, reason: &str) -> Object {
    let mut head = Object::new();
    copy_plain(body, &mut head, &[("comment", "comments")]);
    for name in ["amount", "taxAutoCalculation", "applyEffectiveDate"] {
        head.remove(name);
    }
    if some_text(&head, "reasonCode").is_none() {
        head.insert("reasonCode", reason);
    }
    head
}

fn write_off(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Invoice, ask.key())?;
    let memo = money::counter(
        tx,
        Kind::Invoice,
        &id,
        some_amount(ask.body, "amount"),
        &items::written_off(Kind::Invoice, ask.body),
        memo_head(ask.body, "Write-off"),
    )?;
    Ok(done([("creditMemo", Json::object([("id", memo)]))]))
}

fn reverse(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Invoice, ask.key())?;
    if amount(row, "balance") != amount(row, "amount") {
        return Err(Problem::rule(
            "It cannot be reversed: something was applied.",
        ));
    }
    let id = tx.id_of(Kind::Invoice, ask.key())?;
    let head = memo_head(ask.body, "Reversal");
    let memo = money::counter(tx, Kind::Invoice, &id, None, &[], head)?;
    tx.change(Kind::Invoice, &id, |row| {
        row.insert("reversed", true);
    })?;
    let memo = Json::object([("id", memo)]);
    Ok(done([
        ("id", id.into()),
        ("creditMemo", memo.clone()),
        ("creditMemos", vec![memo].into()),
    ]))
}

/// A posted invoice has one file, under the invoice's id.
fn files(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let invoice = tx.find(Kind::Invoice, ask.key())?;
    let mut file = Object::new();
    copy(invoice, &mut file, &["id"]);
    file.insert("versionNumber", 1);
    file.insert("pdfFileUrl", format!("/v1/files/{}", text(invoice, "id")));
    let files = (text(invoice, "status") == "Posted").then_some(&file);
    Ok(ask.page("invoiceFiles", files.into_iter(), |file| {
        view_of(ask, "invoiceFiles", file)
    }))
}
