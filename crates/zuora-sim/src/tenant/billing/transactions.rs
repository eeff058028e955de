//! The invoices and payments of an account, under the older names of transactions.

use super::shown;
use crate::{
    problem::Problem,
    tenant::{
        accounts::view_of,
        door::{Answer, Ask, Handler},
        kind::Kind,
        record::{amount, some_text, text},
        store::Transaction,
        view,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getTransactionInvoice", |tx, ask| {
        of_account(tx, ask, Kind::Invoice, "invoices")
    }),
    ("getTransactionPayment", |tx, ask| {
        of_account(tx, ask, Kind::Payment, "payments")
    }),
];

fn of_account(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    list: &'static str,
) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    let rows = tx.store().children(kind, "accountId", &id);
    Ok(ask.page(list, rows, |row| {
        let mut seen = shown(tx, kind, row);
        for (own, told) in [
            ("accountId", "accountID"),
            ("paymentMethodId", "paymentMethodID"),
            ("createdById", "createdBy"),
        ] {
            if let Some(id) = some_text(row, own) {
                seen.insert(told, id);
            }
        }
        if kind == Kind::Payment {
            seen.insert(
                "paidInvoices",
                paid_invoices(tx, row, "GETPaidInvoicesType"),
            );
        }
        view_of(ask, list, &seen)
    }))
}

/// The invoices that a payment was applied to, each through this schema.
pub(in crate::tenant) fn paid_invoices(
    tx: &Transaction<'_>,
    payment: &Object,
    schema: &str,
) -> Json {
    let store = tx.store();
    let parts = store.children(Kind::PaymentPart, "paymentId", text(payment, "id"));
    let paid = parts.filter_map(|part| {
        let invoice = tx.get(Kind::Invoice, some_text(part, "invoiceId")?)?;
        let mut paid = Object::new();
        paid.insert("invoiceId", text(invoice, "id"));
        paid.insert("invoiceNumber", text(invoice, "invoiceNumber"));
        paid.insert("appliedPaymentAmount", amount(part, "amount"));
        Some(view::named(schema, &paid))
    });
    Json::Array(paid.collect())
}
