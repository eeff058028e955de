//! Invoices, memos, payments and refunds, as `/v1` REST has them: what all of them have in common.

mod bulk;
mod collect;
mod documents;
pub(super) mod invoice_payments;
mod invoices;
mod items;
mod later;
mod memos;
mod parts;
mod payments;
mod refunds;
mod split;
mod taxation;
mod transactions;

pub(super) use collect::{apply_credit, collect_invoice};
pub(super) use taxation::{change_tax, create_tax};
pub(super) use transactions::paid_invoices;

use super::{
    accounts::view_of,
    door::{Answer, Ask, Handler},
    filter,
    kind::Kind,
    record::{amount, copy, copy_plain, minus, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[&[(&str, Handler)]] = &[
    bulk::HANDLERS,
    collect::HANDLERS,
    documents::HANDLERS,
    invoice_payments::HANDLERS,
    invoices::HANDLERS,
    later::HANDLERS,
    memos::HANDLERS,
    parts::HANDLERS,
    payments::HANDLERS,
    refunds::HANDLERS,
    split::HANDLERS,
    taxation::HANDLERS,
    transactions::HANDLERS,
];

/// A record with what REST adds from others.
fn shown(tx: &Transaction<'_>, kind: Kind, row: &Object) -> Object {
    let mut seen = view::rest(kind, row);
    if let Some(account) = tx.get(Kind::Account, text(row, "accountId")) {
        copy(account, &mut seen, &["accountNumber"]);
        seen.insert("accountName", text(account, "name"));
    }
    if let Some(payment) = tx.get(Kind::Payment, text(row, "paymentId")) {
        copy(payment, &mut seen, &["paymentNumber"]);
    }
    if kind == Kind::DebitMemo
        && let Ok(settled) = minus(&amount(row, "totalAmount"), &amount(row, "balance"))
    {
        seen.insert("beAppliedAmount", settled);
    }
    seen
}

fn seen(tx: &Transaction<'_>, kind: Kind, key: &str) -> Result<Answer, Problem> {
    Ok(Answer::Seen(shown(tx, kind, tx.find(kind, key)?)))
}

/// The list of a kind.
fn all(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    list: &'static str,
) -> Result<Answer, Problem> {
    let rows = tx.store().all(kind).map(|row| shown(tx, kind, row));
    filtered(ask, list, rows)
}

/// A page of these. Query parameters with the name of a member are filters (documented).
fn filtered(
    ask: &Ask<'_>,
    list: &'static str,
    rows: impl Iterator<Item = Object>,
) -> Result<Answer, Problem> {
    let filters: Vec<(&'static str, String)> = ask
        .operation
        .params()
        .map(|param| param.field.name())
        .filter(|name| !matches!(*name, "page" | "pageSize" | "sort"))
        .filter_map(|name| Some((name, ask.query(name)?)))
        .collect();
    let mut rows: Vec<Object> = rows
        .filter(|row| {
            filters.iter().all(|(name, wanted)| match row.get(name) {
                Some(Json::String(text)) => text.eq_ignore_ascii_case(wanted),
                Some(Json::Number(number)) => Decimal::try_from(number).ok() == wanted.parse().ok(),
                Some(other) => other.to_string() == *wanted,
                None => false,
            })
        })
        .collect();
    if let Some(sort) = ask.query("sort") {
        sort_by(&mut rows, &sort)?;
    }
    Ok(ask.page(list, rows.iter(), |row| view_of(ask, list, row)))
}

/// Sorts by members, the first one first; `-` before a name turns it round, `+` does not (documented).
fn sort_by(rows: &mut [Object], sort: &str) -> Result<(), Problem> {
    for key in sort.rsplit(',').map(str::trim) {
        // A plus sign that is not escaped means a space.
        let name = key.trim_start_matches(['+', '-', ' ']);
        if !rows.is_empty() && !rows.iter().any(|row| row.get(name).is_some()) {
            return Err(Problem::bad_query(format!("sort {name}")));
        }
        rows.sort_by(|one, other| match key.starts_with('-') {
            true => filter::by_member(other, one, name),
            false => filter::by_member(one, other, name),
        });
    }
    Ok(())
}

/// Members that a change of a record does not touch.
const KEPT: [&str; 9] = [
    "amount",
    "balance",
    "status",
    "totalAmount",
    "unappliedAmount",
    "accountId",
    "currency",
    "id",
    "gatewayState",
];

/// Changes what has no members of its own.
fn change_plain(
    tx: &mut Transaction<'_>,
    kind: Kind,
    key: &str,
    sent: &Object,
) -> Result<(), Problem> {
    let mut change = Object::new();
    copy_plain(sent, &mut change, kind.facts().rest);
    for name in KEPT {
        change.remove(name);
    }
    tx.change(kind, key, |row| copy_plain(&change, row, &[]))
}
