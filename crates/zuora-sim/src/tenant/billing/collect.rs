//! Collecting what is open: first what the account has left to give, then a payment by its method.

use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler},
        kind::Kind,
        money::{self, CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, Means, PAYMENT},
        record::{amount, copy, flag, plus, some_text, text},
        store::Transaction,
    },
};
use std::cmp::min;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createInvoiceCollect", invoices),
    ("collectDebitMemo", debit_memo),
];

/// A payment by a method, or by the account's default method, for documents of one account with what they
/// leave open; gives its id.
fn pay(
    tx: &mut Transaction<'_>,
    account: &str,
    method: Option<&str>,
    document: Document,
    ids: &[String],
) -> Result<Option<String>, Problem> {
    let mut open = Vec::new();
    let mut whole = Decimal::ZERO;
    for id in ids {
        let balance = amount(tx.find(document.kind, id)?, "balance");
        if !balance.is_zero() {
            whole = plus(&whole, &balance)?;
            open.push((id, balance));
        }
    }
    if open.is_empty() {
        return Ok(None);
    }
    let owner = tx.find(Kind::Account, account)?;
    let method = method.or_else(|| some_text(owner, "defaultPaymentMethodId"));
    let method = method
        .ok_or_else(|| Problem::rule("The account has no default payment method to collect by."))?;
    let mut payment = Object::new();
    copy(owner, &mut payment, &["currency"]);
    payment.insert("paymentMethodId", tx.id_of(Kind::PaymentMethod, method)?);
    payment.insert("accountId", account);
    payment.insert("amount", whole);
    payment.insert("type", "Electronic");
    payment.insert("source", "API");
    payment.insert("effectiveDate", tx.today.as_str());
    let payment = money::pay(tx, payment)?;
    for (id, part) in open {
        money::apply(tx, PAYMENT, &payment, document, id, &part)?;
    }
    Ok(Some(payment))
}

/// Collects what an invoice leaves open; gives the id of the payment, if there was anything to pay.
pub(crate) fn collect_invoice(
    tx: &mut Transaction<'_>,
    account: &str,
    method: Option<&str>,
    invoice: &str,
) -> Result<Option<String>, Problem> {
    pay(tx, account, method, INVOICE, &[invoice.to_owned()])
}

/// Applies what an account has left to an invoice, in this order of means or in the usual one.
pub(crate) fn apply_credit(
    tx: &mut Transaction<'_>,
    account: &str,
    invoice: &str,
    order: &[String],
) -> Result<(), Problem> {
    let order = order.iter().map(String::as_str).collect();
    for (means, _) in in_order(order)? {
        apply_what_is_left(tx, means, account, INVOICE, invoice)?;
    }
    Ok(())
}

/// The means that settle a document, each with the member of replies that tells of it.
fn in_order(order: Vec<&str>) -> Result<Vec<(Means, &'static str)>, Problem> {
    let order = match order.is_empty() {
        true => vec!["CreditMemo", "UnappliedPayment"],
        false => order,
    };
    let means = order.into_iter().map(|means| match means {
        "CreditMemo" => Ok((CREDIT_MEMO, "appliedCreditMemos")),
        "UnappliedPayment" => Ok((PAYMENT, "appliedPayments")),
        other => Err(Problem::bad_value(format!(
            "applicationOrder: {other} is neither CreditMemo nor UnappliedPayment"
        ))),
    });
    means.collect()
}

/// Collects one invoice, or all that an account has open. Nothing is billed first.
fn invoices(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = tx.id_of(Kind::Account, text(ask.body, "accountKey"))?;
    let ids: Vec<String> = match some_text(ask.body, "invoiceId") {
        Some(key) => {
            let invoice = tx.find(Kind::Invoice, key)?;
            if text(invoice, "accountId") != account {
                return Err(Problem::rule("The invoice belongs to another account."));
            }
            money::status_must_be(invoice, &["Posted"], "collect it")?;
            vec![text(invoice, "id").to_owned()]
        }
        None => {
            let all = tx.store().children(Kind::Invoice, "accountId", &account);
            let open = all
                .filter(|row| text(row, "status") == "Posted" && !amount(row, "balance").is_zero());
            open.map(|row| text(row, "id").to_owned()).collect()
        }
    };
    let method = some_text(ask.body, "paymentMethodId");
    let payment = pay(tx, &account, method, INVOICE, &ids)?;
    let told = ids.iter().filter_map(|id| {
        let row = tx.get(Kind::Invoice, id)?;
        Some(Json::object([
            ("invoiceId", Json::from(id.as_str())),
            ("invoiceNumber", text(row, "invoiceNumber").into()),
            ("invoiceAmount", amount(row, "amount").to_string().into()),
        ]))
    });
    let mut reply = Object::new();
    reply.insert("invoices", told.collect::<Vec<_>>());
    let collected = payment.as_ref().and_then(|id| tx.get(Kind::Payment, id));
    let collected = collected.map_or(Decimal::ZERO, |row| amount(row, "amount"));
    reply.insert("amountCollected", collected.to_string());
    if let Some(payment) = payment {
        reply.insert("paymentId", payment);
    }
    Ok(Answer::Seen(reply))
}

/// Collects a debit memo: by credit memos and payments with something left where that is asked for, in the
/// order that is asked for, and then by a payment.
fn debit_memo(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let memo = tx.find(Kind::DebitMemo, ask.key())?;
    money::status_must_be(memo, &["Posted"], "collect it")?;
    let (id, account) = (
        text(memo, "id").to_owned(),
        text(memo, "accountId").to_owned(),
    );
    let mut reply = Object::new();
    reply.insert(
        "debitMemo",
        Json::object([("id", id.as_str()), ("number", text(memo, "memoNumber"))]),
    );
    if flag(ask.body, "applyCredit") {
        let order = ask.body.get("applicationOrder").and_then(Json::as_array);
        let order: Vec<&str> = order
            .unwrap_or_default()
            .iter()
            .filter_map(Json::as_str)
            .collect();
        for (means, list) in in_order(order)? {
            let applied = apply_what_is_left(tx, means, &account, DEBIT_MEMO, &id)?;
            reply.insert(list, applied);
        }
    }
    if flag(ask.body, "collect") {
        let told = ask.body.get("payment").and_then(Json::as_object);
        let method = told.and_then(|told| some_text(told, "paymentMethodId"));
        let paid = pay(tx, &account, method, DEBIT_MEMO, std::slice::from_ref(&id))?;
        if let Some(row) = paid.and_then(|id| tx.get(Kind::Payment, &id)) {
            let mut payment = Object::new();
            let told = ["id", "amount", "paymentMethodId", "status"];
            copy(row, &mut payment, &told);
            payment.insert("number", text(row, "paymentNumber"));
            reply.insert("processedPayment", payment);
        }
    }
    Ok(Answer::Seen(reply))
}

/// Applies what an account has left of these means, the oldest first.
fn apply_what_is_left(
    tx: &mut Transaction<'_>,
    means: Means,
    account: &str,
    document: Document,
    settled: &str,
) -> Result<Vec<Json>, Problem> {
    let all = tx.store().children(means.kind, "accountId", account);
    let live = all.filter(|row| matches!(text(row, "status"), "Posted" | "Processed"));
    let live: Vec<String> = live.map(|row| text(row, "id").to_owned()).collect();
    let number = means.kind.facts().number.map_or("", |(member, ..)| member);
    let mut applied = Vec::new();
    for id in live {
        let open = amount(tx.find(document.kind, settled)?, "balance");
        let part = min(open, amount(tx.find(means.kind, &id)?, means.left));
        if part.is_zero() {
            continue;
        }
        money::apply(tx, means, &id, document, settled, &part)?;
        let row = tx.find(means.kind, &id)?;
        applied.push(Json::object([
            ("id", Json::from(id.as_str())),
            ("number", text(row, number).into()),
            ("appliedAmount", part.into()),
            ("unappliedAmount", amount(row, means.left).into()),
        ]));
    }
    Ok(applied)
}
