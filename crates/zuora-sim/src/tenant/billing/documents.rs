//! What can be done with invoices, credit memos and debit memos alike.

use super::{all, filtered, items, seen, shown};
use crate::{
    problem::Problem,
    tenant::{
        accounts::named,
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money::{self, DOCUMENTS},
        record::{copy, some_text, text},
        store::Transaction,
        view,
    },
};
use zuora_wire::Object;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getInvoice", |tx, ask| seen(tx, Kind::Invoice, ask.key())),
    ("getCreditMemo", |tx, ask| {
        seen(tx, Kind::CreditMemo, ask.key())
    }),
    ("getDebitMemo", |tx, ask| {
        seen(tx, Kind::DebitMemo, ask.key())
    }),
    ("getCreditMemos", |tx, ask| {
        all(tx, ask, Kind::CreditMemo, "creditmemos")
    }),
    ("getDebitMemos", |tx, ask| {
        all(tx, ask, Kind::DebitMemo, "debitmemos")
    }),
    ("getInvoiceItems", |tx, ask| {
        items_of(tx, ask, Kind::Invoice, "invoiceItems")
    }),
    ("getCreditMemoItems", |tx, ask| {
        items_of(tx, ask, Kind::CreditMemo, "items")
    }),
    ("getDebitMemoItems", |tx, ask| {
        items_of(tx, ask, Kind::DebitMemo, "items")
    }),
    ("getCreditMemoItem", |tx, ask| {
        item_of(tx, ask, Kind::CreditMemo)
    }),
    ("getDebitMemoItem", |tx, ask| {
        item_of(tx, ask, Kind::DebitMemo)
    }),
    ("postInvoice", |tx, ask| {
        turn(tx, ask, Kind::Invoice, money::post)
    }),
    ("postCreditMemo", |tx, ask| {
        turn(tx, ask, Kind::CreditMemo, money::post)
    }),
    ("postDebitMemo", |tx, ask| {
        turn(tx, ask, Kind::DebitMemo, money::post)
    }),
    ("unpostInvoice", |tx, ask| {
        turn(tx, ask, Kind::Invoice, money::unpost)?;
        let invoice = shown(tx, Kind::Invoice, tx.find(Kind::Invoice, ask.key())?);
        Ok(done([("invoice", view::named("Invoice", &invoice))]))
    }),
    ("unpostCreditMemo", |tx, ask| {
        turn(tx, ask, Kind::CreditMemo, money::unpost)
    }),
    ("unpostDebitMemo", |tx, ask| {
        turn(tx, ask, Kind::DebitMemo, money::unpost)
    }),
    ("cancelInvoice", |tx, ask| {
        turn(tx, ask, Kind::Invoice, money::cancel)
    }),
    ("cancelCreditMemo", |tx, ask| {
        turn(tx, ask, Kind::CreditMemo, money::cancel)
    }),
    ("cancelDebitMemo", |tx, ask| {
        turn(tx, ask, Kind::DebitMemo, money::cancel)
    }),
    ("deleteInvoice", |tx, ask| delete(tx, ask, Kind::Invoice)),
    ("deleteCreditMemo", |tx, ask| {
        delete(tx, ask, Kind::CreditMemo)
    }),
    ("deleteDebitMemo", |tx, ask| {
        delete(tx, ask, Kind::DebitMemo)
    }),
    ("getBillingDocuments", billing_documents),
];

fn items_of(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    list: &'static str,
) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    let names = money::items(kind);
    let rows = tx.store().children(names.kind, names.parent, &id);
    let rows = rows.map(|row| items::shown(tx, kind, row));
    filtered(ask, list, rows)
}

fn item_of(tx: &Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let item = items::find(tx, kind, ask.key(), ask.arg(1))?;
    Ok(Answer::Seen(items::shown(tx, kind, item)))
}

type Turn = fn(&mut Transaction<'_>, Kind, &str) -> Result<(), Problem>;

fn turn(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    turn: Turn,
) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    turn(tx, kind, &id)?;
    // A step may bring the date with it.
    let dates = [
        ("invoiceDate", "invoiceDate"),
        ("creditMemoDate", "memoDate"),
    ];
    for (sent, own) in dates {
        if let Some(date) = some_text(ask.body, sent) {
            tx.change(kind, &id, |row| {
                row.insert(own, date);
            })?;
        }
    }
    seen(tx, kind, &id)
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    money::delete(tx, kind, &id)?;
    Ok(done([("id", id.into())]))
}

/// All documents of an account.
fn billing_documents(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut keys = Object::new();
    for name in ["accountId", "accountNumber"] {
        if let Some(key) = ask.query(name) {
            keys.insert(name, key);
        }
    }
    let account = named(tx, &keys)?;
    let mut rows = Vec::new();
    for kind in DOCUMENTS {
        for row in tx.store().children(kind, "accountId", &account) {
            let mut seen = shown(tx, kind, row);
            let number = kind.facts().number.map_or("", |(member, ..)| member);
            seen.insert("documentNumber", text(row, number));
            seen.insert("documentType", kind.facts().name);
            let date = some_text(row, "invoiceDate").or_else(|| some_text(row, "memoDate"));
            seen.insert("documentDate", date.unwrap_or_default());
            copy(&keys, &mut seen, &["accountNumber"]);
            seen.insert("amount", seen.get(money::items(kind).total).cloned());
            rows.push(seen);
        }
    }
    // The latest first, unless the request says otherwise.
    rows.sort_by(|a, b| text(b, "documentDate").cmp(text(a, "documentDate")));
    filtered(ask, "documents", rows.into_iter())
}
