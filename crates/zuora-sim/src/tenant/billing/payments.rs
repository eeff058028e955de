//! Payments, and what they and credit memos are applied to.

use super::{all, change_plain, seen};
use crate::{
    problem::Problem,
    tenant::{
        accounts::named,
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money::{self, DEBIT_MEMO, Document, INVOICE, Means, PAYMENT, Share, Target},
        record::{amount, copy, copy_plain, list, some_text, text},
        store::Transaction,
    },
};
use zuora_wire::{Decimal, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createPayment", |tx, ask| {
        let id = create(tx, ask.body)?;
        seen(tx, Kind::Payment, &id)
    }),
    ("getPayment", |tx, ask| seen(tx, Kind::Payment, ask.key())),
    ("getRetrieveAllPayments", |tx, ask| {
        all(tx, ask, Kind::Payment, "payments")
    }),
    ("updatePayment", |tx, ask| {
        change_plain(tx, Kind::Payment, ask.key(), ask.body)?;
        tx.change(Kind::Payment, ask.key(), |row| {
            copy(ask.body, row, &["gatewayState"]);
        })?;
        seen(tx, Kind::Payment, ask.key())
    }),
    ("applyPayment", |tx, ask| {
        applied(tx, ask, PAYMENT, money::apply_shares)
    }),
    ("unapplyPayment", |tx, ask| {
        applied(tx, ask, PAYMENT, money::unapply_shares)
    }),
    ("cancelPayment", |tx, ask| {
        let id = tx.id_of(Kind::Payment, ask.key())?;
        money::cancel_payment(tx, &id)?;
        seen(tx, Kind::Payment, &id)
    }),
    ("deletePayment", |tx, ask| {
        let id = tx.id_of(Kind::Payment, ask.key())?;
        money::delete_payment(tx, &id)?;
        Ok(done([]))
    }),
    ("transferPayment", |tx, ask| {
        let id = tx.id_of(Kind::Payment, ask.key())?;
        let account = named(tx, ask.body)?;
        money::transfer(tx, &id, &account)?;
        seen(tx, Kind::Payment, &id)
    }),
    ("settlePayment", settle),
];

/// The documents that a request names, each with its amount and, where it names them, its items.
pub(super) fn targets(tx: &Transaction<'_>, body: &Object) -> Result<Vec<Target>, Problem> {
    let mut targets = Vec::new();
    for (member, document, names) in [
        ("invoices", INVOICE, ["invoiceId", "invoiceNumber"]),
        ("debitMemos", DEBIT_MEMO, ["debitMemoId", "debitMemoNumber"]),
    ] {
        for entry in list(body, member) {
            let key = names.iter().find_map(|name| some_text(entry, name));
            let key = key.ok_or_else(|| {
                Problem::missing(format!("{member}: {} is missing", names.join(" or ")))
            })?;
            let shares = list(entry, "items").map(|item| {
                let first = |names: [&str; 2]| {
                    let id = names.into_iter().find_map(|name| some_text(item, name));
                    id.map(str::to_owned)
                };
                Share {
                    from: first(["creditTaxItemId", "creditMemoItemId"]),
                    to: first(["taxItemId", document.item]),
                    part: amount(item, "amount"),
                }
            });
            targets.push(Target {
                document,
                id: tx.id_of(document.kind, key)?,
                part: amount(entry, "amount"),
                shares: shares.collect(),
            });
        }
    }
    Ok(targets)
}

/// The method of an electronic payment: the one that is named, else the account's own (documented).
fn paying(tx: &Transaction<'_>, body: &Object, account: &str) -> Result<String, Problem> {
    let own = text(tx.find(Kind::Account, account)?, "defaultPaymentMethodId");
    match some_text(body, "paymentMethodId").unwrap_or(own) {
        "" => Err(Problem::missing(
            "paymentMethodId is missing, and the account has no default payment method",
        )),
        method => tx.id_of(Kind::PaymentMethod, method),
    }
}

/// Adds a payment, applied to the documents that the request names; gives its id.
pub(super) fn create(tx: &mut Transaction<'_>, body: &Object) -> Result<String, Problem> {
    let targets = targets(tx, body)?;
    let account = match (named(tx, body), targets.first()) {
        (Ok(account), _) => account,
        // The account may be told by what is paid.
        (Err(_), Some(target)) => {
            text(tx.find(target.document.kind, &target.id)?, "accountId").to_owned()
        }
        (Err(problem), None) => return Err(problem),
    };
    let mut payment = Object::new();
    copy_plain(body, &mut payment, Kind::Payment.facts().rest);
    payment.remove("accountNumber");
    if text(body, "type") == "Electronic" {
        let method = paying(tx, body, &account)?;
        payment.insert("paymentMethodId", method);
    }
    payment.insert("accountId", account);
    payment.insert("source", "API");
    if some_text(&payment, "effectiveDate").is_none() {
        payment.insert("effectiveDate", tx.today.as_str());
    }
    let id = money::pay(tx, payment)?;
    for target in targets {
        let (document, to) = (target.document, target.id.as_str());
        money::apply_shares(tx, PAYMENT, &id, document, to, &target.part, &target.shares)?;
    }
    Ok(id)
}

type Apply = fn(
    &mut Transaction<'_>,
    Means,
    &str,
    Document,
    &str,
    &Decimal,
    &[Share],
) -> Result<(), Problem>;

/// Applies, or takes back, what a request names.
pub(super) fn applied(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    means: Means,
    apply: Apply,
) -> Result<Answer, Problem> {
    let id = tx.id_of(means.kind, ask.key())?;
    for target in targets(tx, ask.body)? {
        let (document, to) = (target.document, target.id.as_str());
        apply(tx, means, &id, document, to, &target.part, &target.shares)?;
        if let Some(date) = some_text(ask.body, "effectiveDate") {
            money::date_application(tx, means, &id, document, to, date)?;
        }
    }
    seen(tx, means.kind, &id)
}

/// The gateway has the money.
fn settle(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Payment, ask.key())?;
    money::status_must_be(tx.find(Kind::Payment, &id)?, &["Processed"], "settle it")?;
    let now = tx.now.clone();
    tx.change(Kind::Payment, &id, |row| {
        row.insert("gatewayState", "Settled");
        row.insert("settledOn", now);
        copy_plain(ask.body, row, &[]);
    })?;
    seen(tx, Kind::Payment, &id)
}
