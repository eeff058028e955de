//! Applications of payments to invoices under the names that CRUD has for them: invoice payments, and what
//! was refunded of them.

use super::super::crud::saved;
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler},
        kind::Kind,
        money::{self, INVOICE, PAYMENT},
        record::{amount, copy, minus, some_text, text},
        store::Transaction,
        view,
    },
};
use zuora_wire::{Decimal, Json, Object};

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
        application(tx, &payment, &invoice).unwrap_or_default(),
    ))
}

fn application(tx: &Transaction<'_>, payment: &str, invoice: &str) -> Option<String> {
    let mut all = tx
        .store()
        .children(Kind::PaymentApplication, "paymentId", payment);
    let own = all.find(|row| text(row, "invoiceId") == invoice)?;
    Some(text(own, "id").to_owned())
}

/// An application to an invoice; those to debit memos have no place here.
fn find<'t>(tx: &'t Transaction<'_>, kind: Kind, id: &str) -> Result<&'t Object, Problem> {
    let row = tx.find(kind, id)?;
    match some_text(row, "invoiceId") {
        Some(_) => Ok(row),
        None => Err(Problem::not_found(id)),
    }
}

/// The members of these that records have under the same name.
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

/// What was refunded of a payment of an invoice.
fn refunds<'t>(tx: &'t Transaction<'_>, row: &'t Object) -> impl Iterator<Item = &'t Object> {
    let all = tx
        .store()
        .children(Kind::RefundApplication, "paymentId", text(row, "paymentId"));
    all.filter(|refund| text(refund, "invoiceId") == text(row, "invoiceId"))
}

fn seen(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    mut row: Object,
    member: &str,
    part: Decimal,
) -> Answer {
    row.insert(member, part);
    let seen = view::pascal(&row, tx.zone());
    let reply = ask.operation.replies().next().and_then(|reply| reply.ty);
    let schema = reply.and_then(|ty| ty.schema());
    Answer::Json(match schema {
        Some(schema) => view::through(schema, &seen).into(),
        None => Json::from(seen),
    })
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = find(tx, Kind::PaymentApplication, ask.key())?;
    let mut shown = Object::new();
    copy(row, &mut shown, &PLAIN);
    shown.insert("amount", amount(row, "applyAmount"));
    let refunded: Vec<Decimal> = refunds(tx, row)
        .map(|row| amount(row, "applyAmount"))
        .collect();
    let refunded = Decimal::checked_sum(&refunded).unwrap_or_default();
    Ok(seen(tx, ask, shown, "refundAmount", refunded))
}

/// Another amount applies the difference, or takes it back.
fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = find(tx, Kind::PaymentApplication, ask.key())?;
    let id = text(row, "id").to_owned();
    let (payment, invoice) = (
        text(row, "paymentId").to_owned(),
        text(row, "invoiceId").to_owned(),
    );
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

fn get_refunded(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = find(tx, Kind::RefundApplication, ask.key())?;
    let mut shown = Object::new();
    copy(row, &mut shown, &PLAIN);
    if let Some(of) = application(tx, text(row, "paymentId"), text(row, "invoiceId")) {
        shown.insert("invoicePaymentId", of);
    }
    Ok(seen(
        tx,
        ask,
        shown,
        "refundAmount",
        amount(row, "applyAmount"),
    ))
}
