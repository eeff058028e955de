//! Credit and debit memos: from charges, from invoices, and what settles them whole.

use super::{change_plain, invoices::memo_head, items, payments, seen};
use crate::{
    problem::Problem,
    tenant::{
        accounts::named,
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money::{self, CREDIT_MEMO},
        record::{amount, copy, copy_plain, flag, list, some_amount, some_text, text},
        store::Transaction,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createCreditMemoFromInvoice", |tx, ask| {
        from_invoice(tx, ask, Kind::CreditMemo)
    }),
    ("createDebitMemoFromInvoice", |tx, ask| {
        from_invoice(tx, ask, Kind::DebitMemo)
    }),
    ("postCreditMemoFromInvoice", |tx, ask| {
        from_invoice(tx, ask, Kind::CreditMemo)
    }),
    ("postDebitMemoFromInvoice", |tx, ask| {
        from_invoice(tx, ask, Kind::DebitMemo)
    }),
    ("createCreditMemoFromCharge", |tx, ask| {
        let id = from_charges(tx, ask.body, Kind::CreditMemo)?;
        seen(tx, Kind::CreditMemo, &id)
    }),
    ("createDebitMemoFromCharge", |tx, ask| {
        let id = from_charges(tx, ask.body, Kind::DebitMemo)?;
        seen(tx, Kind::DebitMemo, &id)
    }),
    ("updateCreditMemo", |tx, ask| {
        update(tx, Kind::CreditMemo, ask.key(), ask.body)?;
        seen(tx, Kind::CreditMemo, ask.key())
    }),
    ("updateDebitMemo", |tx, ask| {
        update(tx, Kind::DebitMemo, ask.key(), ask.body)?;
        seen(tx, Kind::DebitMemo, ask.key())
    }),
    ("updateDebitMemosDueDates", due_dates),
    ("applyCreditMemo", apply),
    ("unapplyCreditMemo", |tx, ask| {
        payments::applied(tx, ask, CREDIT_MEMO, money::unapply_shares)
    }),
    ("writeOffDebitMemo", write_off_debit_memo),
    ("writeOffCreditMemo", |tx, ask| {
        let (_, debit) = over_credit_memo(tx, ask, "Write-off")?;
        Ok(done([("debitMemo", Json::object([("id", debit)]))]))
    }),
    ("reverseCreditMemo", reverse_credit_memo),
];

fn head(tx: &Transaction<'_>, body: &Object, kind: Kind, account: &str) -> Object {
    let mut head = Object::new();
    copy_plain(body, &mut head, kind.facts().rest);
    for name in ["accountNumber", "autoPost", "effectiveDate"] {
        head.remove(name);
    }
    head.insert("accountId", account);
    if some_text(&head, "currency").is_none()
        && let Some(owner) = tx.get(Kind::Account, account)
    {
        copy(owner, &mut head, &["currency"]);
    }
    let date = some_text(body, "effectiveDate").unwrap_or(&tx.today);
    head.insert("memoDate", date);
    head.insert("source", "API");
    head
}

fn finish(
    tx: &mut Transaction<'_>,
    body: &Object,
    kind: Kind,
    head: Object,
    items: Vec<Object>,
) -> Result<String, Problem> {
    let id = money::create(tx, kind, head, items)?;
    if flag(body, "autoPost") {
        money::post(tx, kind, &id)?;
    }
    Ok(id)
}

fn from_invoice(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let id = made_from_invoice(tx, ask.key(), ask.body, kind)?;
    seen(tx, kind, &id)
}

/// Adds a memo that is made from items of an invoice; gives its id.
pub(super) fn made_from_invoice(
    tx: &mut Transaction<'_>,
    invoice: &str,
    body: &Object,
    kind: Kind,
) -> Result<String, Problem> {
    let invoice = tx.find(Kind::Invoice, invoice)?;
    money::status_must_be(invoice, &["Posted"], "make a memo from it")?;
    let (id, account) = (
        text(invoice, "id").to_owned(),
        text(invoice, "accountId").to_owned(),
    );
    let mut head = head(tx, body, kind, &account);
    head.insert("invoiceId", id.as_str());
    head.insert("sourceType", "Invoice");
    let items = list(body, "items").map(|sent| items::item_from_invoice(tx, kind, &id, sent));
    let items = items.collect::<Result<_, _>>()?;
    finish(tx, body, kind, head, items)
}

/// Adds a memo over charges of the catalogue; gives its id.
pub(super) fn from_charges(
    tx: &mut Transaction<'_>,
    body: &Object,
    kind: Kind,
) -> Result<String, Problem> {
    let account = named(tx, body)?;
    let mut head = head(tx, body, kind, &account);
    head.insert("sourceType", "Standalone");
    let items = list(body, "charges").map(|sent| items::item(kind, sent));
    let items = items.collect::<Result<_, _>>()?;
    finish(tx, body, kind, head, items)
}

/// Changes a memo, and the items of a draft.
pub(super) fn update(
    tx: &mut Transaction<'_>,
    kind: Kind,
    key: &str,
    body: &Object,
) -> Result<(), Problem> {
    let id = tx.id_of(kind, key)?;
    change_plain(tx, kind, &id, body)?;
    if let Some(date) = some_text(body, "effectiveDate") {
        tx.change(kind, &id, |row| {
            row.remove("effectiveDate");
            row.insert("memoDate", date);
        })?;
    }
    items::change(tx, kind, &id, body)
}

fn due_dates(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    for entry in list(ask.body, "debitMemos") {
        let key = some_text(entry, "id").or_else(|| some_text(entry, "memoKey"));
        let key = key.ok_or_else(|| Problem::missing("debitMemos: id or memoKey is missing"))?;
        tx.change(Kind::DebitMemo, key, |row| {
            copy(entry, row, &["dueDate"]);
        })?;
    }
    Ok(done([]))
}

fn apply(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::CreditMemo, ask.key())?;
    if text(ask.body, "applicationRule") == "ApplyCreditToSourceItemRule" {
        money::apply_to_source(tx, &id)?;
    }
    payments::applied(tx, ask, CREDIT_MEMO, money::apply_shares)
}

fn write_off_debit_memo(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::DebitMemo, ask.key())?;
    let memo = money::counter(
        tx,
        Kind::DebitMemo,
        &id,
        some_amount(ask.body, "amount"),
        &items::written_off(Kind::DebitMemo, ask.body),
        memo_head(ask.body, "Write-off"),
    )?;
    Ok(done([("creditMemo", Json::object([("id", memo)]))]))
}

/// A debit memo over what is left of a credit memo; gives the ids of both.
fn over_credit_memo(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    reason: &str,
) -> Result<(String, String), Problem> {
    let id = tx.id_of(Kind::CreditMemo, ask.key())?;
    let head = memo_head(ask.body, reason);
    let debit = money::counter(tx, Kind::CreditMemo, &id, None, &[], head)?;
    Ok((id, debit))
}

fn reverse_credit_memo(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::CreditMemo, ask.key())?;
    if amount(row, "balance") != amount(row, "totalAmount") {
        return Err(Problem::rule(
            "It cannot be reversed: something was applied or refunded.",
        ));
    }
    let (id, debit) = over_credit_memo(tx, ask, "Reversal")?;
    tx.change(Kind::CreditMemo, &id, |row| {
        row.insert("reversed", true);
    })?;
    Ok(done([
        ("id", id.as_str().into()),
        ("creditMemo", Json::object([("id", id)])),
        ("debitMemo", Json::object([("id", debit)])),
    ]))
}
