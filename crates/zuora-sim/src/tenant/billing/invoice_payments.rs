//! Applications of payments to invoices under the names that CRUD has for them: invoice payments, and what
//! was refunded of them.

use super::super::crud::{saved, seen};
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler},
        kind::Kind,
        money::{self, INVOICE, PAYMENT},
        record::{amount, copy, minus, some_text, text},
        store::{Store, Transaction},
    },
};
use zuora_wire::{Decimal, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("objectPostInvoicePayment", create),
    ("objectGetInvoicePayment", get),
    ("objectPutInvoicePayment", update),
    ("objectGetRefundInvoicePayment", get_refunded),
];

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let payment = tx.id_of(Kind::Payment, text(ask.body, "PaymentId"))?;
    let invoice = tx.id_of(Kind::Invoice, text(ask.body, "InvoiceId"))?;
    let part = amount(ask.body, "Amount");
    money::apply(tx, PAYMENT, &payment, INVOICE, &invoice, &part)?;
    Ok(saved(
        application(tx.store(), &payment, &invoice).unwrap_or_default(),
    ))
}

fn application(store: &Store, payment: &str, invoice: &str) -> Option<String> {
    let mut all = store.children(Kind::PaymentApplication, "paymentId", payment);
    let own = all.find(|row| text(row, "invoiceId") == invoice)?;
    Some(text(own, "id").to_owned())
}

/// The members that records have under the same name.
const PLAIN: [&str; 8] = [
    "id",
    "invoiceId",
    "paymentId",
    "refundId",
    "createdDate",
    "createdById",
    "updatedDate",
    "updatedById",
];

/// An application to an invoice as an invoice payment; those to debit memos are none.
pub(in crate::tenant) fn paid(store: &Store, row: &Object) -> Option<Object> {
    let (payment, invoice) = (text(row, "paymentId"), some_text(row, "invoiceId")?);
    let refunds = store.children(Kind::RefundApplication, "paymentId", payment);
    let refunds = refunds.filter(|refund| text(refund, "invoiceId") == invoice);
    let refunded: Vec<Decimal> = refunds.map(|row| amount(row, "applyAmount")).collect();
    let mut seen = Object::new();
    copy(row, &mut seen, &PLAIN);
    seen.insert("amount", amount(row, "applyAmount"));
    let refunded = Decimal::checked_sum(&refunded).unwrap_or_default();
    seen.insert("refundAmount", refunded);
    Some(seen)
}

/// What was refunded of an invoice payment.
pub(in crate::tenant) fn refunded(store: &Store, row: &Object) -> Option<Object> {
    let invoice = some_text(row, "invoiceId")?;
    let mut seen = Object::new();
    copy(row, &mut seen, &PLAIN);
    if let Some(of) = application(store, text(row, "paymentId"), invoice) {
        seen.insert("invoicePaymentId", of);
    }
    seen.insert("refundAmount", amount(row, "applyAmount"));
    Some(seen)
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::PaymentApplication, ask.key())?;
    let row = paid(tx.store(), row).ok_or_else(|| Problem::not_found(ask.key()))?;
    Ok(seen(tx, ask, &row))
}

fn get_refunded(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::RefundApplication, ask.key())?;
    let row = refunded(tx.store(), row).ok_or_else(|| Problem::not_found(ask.key()))?;
    Ok(seen(tx, ask, &row))
}

/// Another amount applies the difference, or takes it back.
fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::PaymentApplication, ask.key())?;
    let id = text(row, "id").to_owned();
    let (payment, invoice) = (
        text(row, "paymentId").to_owned(),
        some_text(row, "invoiceId").map(str::to_owned),
    );
    let invoice = invoice.ok_or_else(|| Problem::not_found(ask.key()))?;
    if ask.body.get("Amount").is_some() {
        let wanted = amount(ask.body, "Amount");
        let more = minus(&wanted, &amount(row, "applyAmount"))?;
        if wanted.is_negative() {
            return Err(Problem::bad_value("Amount must not be negative"));
        }
        if more.is_negative() {
            money::unapply_shares(tx, PAYMENT, &payment, INVOICE, &invoice, &-more, &[])?;
        } else if !more.is_zero() {
            money::apply(tx, PAYMENT, &payment, INVOICE, &invoice, &more)?;
        }
    }
    Ok(saved(id))
}
