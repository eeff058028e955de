//! Refunds of payments and credit memos, and what becomes of them.

use super::{all, change_plain, payments::targets, seen};
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money::{self, CREDIT_MEMO, INVOICE, Means, PAYMENT, Share, Target},
        record::{amount, copy_plain, flag, list, some_amount, some_text, text},
        store::Transaction,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createRefundPayment", |tx, ask| refund(tx, ask, PAYMENT)),
    ("refundCreditMemo", |tx, ask| refund(tx, ask, CREDIT_MEMO)),
    ("postRefundCreditMemo", |tx, ask| {
        refund(tx, ask, CREDIT_MEMO)
    }),
    ("refundPaymentwithAutoUnapply", refund_applied),
    ("getRefund", |tx, ask| seen(tx, Kind::Refund, ask.key())),
    ("getRefunds", |tx, ask| {
        all(tx, ask, Kind::Refund, "refunds")
    }),
    ("updateRefund", |tx, ask| {
        change_plain(tx, Kind::Refund, ask.key(), ask.body)?;
        seen(tx, Kind::Refund, ask.key())
    }),
    ("cancelRefund", |tx, ask| {
        let id = tx.id_of(Kind::Refund, ask.key())?;
        money::cancel_refund(tx, &id, "Canceled")?;
        seen(tx, Kind::Refund, &id)
    }),
    ("deleteRefund", |tx, ask| {
        let row = tx.find(Kind::Refund, ask.key())?;
        money::status_must_be(row, &["Canceled"], "delete it")?;
        tx.remove(Kind::Refund, ask.key())?;
        Ok(done([]))
    }),
    ("reconcileRefund", reconcile),
    ("rejectPayment", |tx, ask| {
        give_all_back(tx, ask, "PaymentReversal")
    }),
    ("reversePayment", |tx, ask| {
        give_all_back(tx, ask, "Chargeback")
    }),
];

/// A refund as a request describes it.
fn record(body: &Object) -> Object {
    let mut refund = Object::new();
    copy_plain(body, &mut refund, Kind::Refund.facts().rest);
    for name in ["totalAmount", "writeOff"] {
        refund.remove(name);
    }
    refund.insert("amount", amount(body, "totalAmount"));
    refund
}

fn refund(tx: &mut Transaction<'_>, ask: &Ask<'_>, means: Means) -> Result<Answer, Problem> {
    let id = tx.id_of(means.kind, ask.key())?;
    let named = list(ask.body, "items").map(|item| {
        let from = some_text(item, "creditTaxItemId");
        let from = from.or_else(|| some_text(item, "creditMemoItemId"));
        Share {
            from: from.map(str::to_owned),
            to: None,
            part: amount(item, "amount"),
        }
    });
    let named: Vec<Share> = named.collect();
    let refund = money::refund(tx, means, &id, record(ask.body), &named)?;
    seen(tx, Kind::Refund, &refund)
}

/// Refunds a payment together with what it was applied to, which can be written off at once.
fn refund_applied(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Payment, ask.key())?;
    let named = targets(tx, ask.body)?;
    let (refund, taken) = money::refund_applied(tx, &id, record(ask.body), named)?;
    let mut reply = super::shown(tx, Kind::Refund, tx.find(Kind::Refund, &refund)?);
    if flag(ask.body, "writeOff") {
        let written = write_off(tx, ask.body, &taken)?;
        reply.insert("writeOffResults", Json::object([("transactions", written)]));
    }
    Ok(Answer::Seen(reply))
}

fn write_off(
    tx: &mut Transaction<'_>,
    body: &Object,
    taken: &[Target],
) -> Result<Vec<Json>, Problem> {
    let nothing = Object::new();
    let options = body.get("writeOffOptions").and_then(Json::as_object);
    let options = options.unwrap_or(&nothing);
    let mut written = Vec::new();
    for target in taken {
        let (kind, id) = (target.document.kind, target.id.as_str());
        let head = super::invoices::memo_head(options, "Write-off");
        let memo = money::counter(tx, kind, id, Some(target.part.clone()), &[], head)?;
        let memo = tx.find(Kind::CreditMemo, &memo)?;
        let document = tx.find(kind, id)?;
        let (name, number) = match target.document {
            INVOICE => ("invoiceNumber", "invoiceNumber"),
            _ => ("debitMemoNumber", "memoNumber"),
        };
        written.push(Json::object([
            ("appliedAmount", Json::from(target.part.clone())),
            ("creditMemoAmount", amount(memo, "totalAmount").into()),
            ("creditMemoNumber", text(memo, "memoNumber").into()),
            ("creditMemoStatus", text(memo, "status").into()),
            (name, text(document, number).into()),
        ]));
    }
    Ok(written)
}

/// The bank took a payment back, all of it or a part: it is refunded, and what it paid is open again.
fn give_all_back(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    kind: &'static str,
) -> Result<Answer, Problem> {
    let payment = tx.find(Kind::Payment, ask.key())?;
    let id = text(payment, "id").to_owned();
    let whole = some_amount(ask.body, "amount").unwrap_or_else(|| amount(payment, "amount"));
    let mut refund = Object::new();
    copy_plain(ask.body, &mut refund, Kind::Refund.facts().rest);
    refund.insert("amount", whole);
    refund.insert("type", "External");
    refund.insert("refundTransactionType", kind);
    let (refund, _) = money::refund_applied(tx, &id, refund, Vec::new())?;
    if kind == "PaymentReversal" {
        tx.change(Kind::Payment, &id, |row| {
            row.insert("gatewayState", "FailedToSettle");
        })?;
    }
    seen(tx, Kind::Refund, &refund)
}

/// The gateway says what became of a refund: one that it did not carry out is as if it had not been.
fn reconcile(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Refund, ask.key())?;
    let state = match text(ask.body, "action") {
        "settle" => {
            money::status_must_be(tx.find(Kind::Refund, &id)?, &["Processed"], "settle it")?;
            "Settled"
        }
        _ => {
            money::cancel_refund(tx, &id, "Error")?;
            "FailedToSettle"
        }
    };
    let now = some_text(ask.body, "actionDate")
        .unwrap_or(&tx.now)
        .to_owned();
    tx.change(Kind::Refund, &id, |row| {
        copy_plain(ask.body, row, &[]);
        row.remove("action");
        row.remove("actionDate");
        row.insert("gatewayState", state);
        if state == "Settled" {
            row.insert("settledOn", now);
        }
    })?;
    seen(tx, Kind::Refund, &id)
}
