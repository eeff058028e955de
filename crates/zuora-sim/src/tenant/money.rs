//! Amounts and balances, exactly: what documents are worth, what settles them, and what an account owes.
//!
//! - The items of a document add up to its amount.
//! - The balance of a posted invoice or debit memo is its amount less what was applied to it.
//! - What is left of a payment or credit memo is its amount less what was applied and refunded.
//! - An account's balance is what its posted documents leave open, less what is left of its payments and
//!   credit memos (documented for tenants with Invoice Settlement).

use super::{
    kind::Kind,
    record::{amount, minus, plus, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Object};

type Tx<'a> = Transaction<'a>;

/// What settles: a payment or a credit memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Means {
    pub(crate) kind: Kind,
    /// Its member with what is left.
    pub(crate) left: &'static str,
    /// The account's member with the sum of that.
    of_account: &'static str,
    application: Kind,
    /// The application's members with its id and the amount.
    pub(crate) id: &'static str,
    pub(crate) applied: &'static str,
    /// A document's member with the sum of what this settled.
    of_document: &'static str,
}

/// What is settled: an invoice or a debit memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) amount: &'static str,
    of_account: &'static str,
    /// An application's member with its id.
    pub(crate) id: &'static str,
}

pub(crate) const PAYMENT: Means = Means {
    kind: Kind::Payment,
    left: "unappliedAmount",
    of_account: "unappliedBalance",
    application: Kind::PaymentApplication,
    id: "paymentId",
    applied: "applyAmount",
    of_document: "paymentAmount",
};

pub(crate) const CREDIT_MEMO: Means = Means {
    kind: Kind::CreditMemo,
    left: "balance",
    of_account: "unappliedCreditMemoAmount",
    application: Kind::CreditMemoApplication,
    id: "creditMemoId",
    applied: "amount",
    of_document: "creditMemoAmount",
};

pub(crate) const INVOICE: Document = Document {
    kind: Kind::Invoice,
    amount: "amount",
    of_account: "totalInvoiceBalance",
    id: "invoiceId",
};

pub(crate) const DEBIT_MEMO: Document = Document {
    kind: Kind::DebitMemo,
    amount: "totalAmount",
    of_account: "totalDebitMemoBalance",
    id: "debitMemoId",
};

/// Adds to members of a record.
fn shift(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    changes: &[(&'static str, &Decimal)],
) -> Result<(), Problem> {
    let row = tx.find(kind, id)?;
    let sums = changes
        .iter()
        .map(|(member, by)| Ok((*member, plus(&amount(row, member), by)?)))
        .collect::<Result<Vec<_>, Problem>>()?;
    tx.change(kind, id, |row| {
        for (member, sum) in sums {
            row.insert(member, sum);
        }
    })
}

/// An account owes more by this much; what it has left to give makes it owe less.
fn owe(tx: &mut Tx<'_>, account: &str, member: &'static str, by: &Decimal) -> Result<(), Problem> {
    let owes = match member {
        "totalInvoiceBalance" | "totalDebitMemoBalance" => by.clone(),
        _ => -by,
    };
    let changes = [(member, by), ("balance", &owes)];
    shift(tx, Kind::Account, account, &changes)
}

fn account_of(row: &Object) -> String {
    text(row, "accountId").to_owned()
}

/// The amounts of an account that has nothing yet.
pub(crate) fn nothing(account: &mut Object) {
    for member in [
        "balance",
        "totalInvoiceBalance",
        "totalDebitMemoBalance",
        "unappliedBalance",
        "unappliedCreditMemoAmount",
        "creditBalance",
        "reservedPaymentAmount",
    ] {
        account.insert(member, Decimal::ZERO);
    }
}

pub(crate) fn positive(value: &Decimal, name: &str) -> Result<(), Problem> {
    if value.is_negative() || value.is_zero() {
        return Err(Problem::bad_value(format!(
            "{name} must be greater than zero"
        )));
    }
    Ok(())
}

fn status_must_be(row: &Object, allowed: &[&str], doing: &str) -> Result<(), Problem> {
    let status = text(row, "status");
    if allowed.contains(&status) {
        return Ok(());
    }
    let allowed = allowed.join(" or ");
    Err(Problem::rule(format!(
        "Cannot {doing}: the status is {status}, not {allowed}."
    )))
}

/// Adds a document or credit memo with its items, as a draft; gives its id.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    kind: Kind,
    mut head: Object,
    items: Vec<Object>,
) -> Result<String, Problem> {
    let (item_kind, item_amount, parent, total) = match kind {
        Kind::Invoice => (Kind::InvoiceItem, "chargeAmount", "invoiceId", "amount"),
        Kind::DebitMemo => (Kind::DebitMemoItem, "amount", "debitMemoId", "totalAmount"),
        _ => (
            Kind::CreditMemoItem,
            "amount",
            "creditMemoId",
            "totalAmount",
        ),
    };
    let mut sum = Decimal::ZERO;
    for item in &items {
        sum = plus(&sum, &amount(item, item_amount))?;
    }
    if sum.is_negative() {
        return Err(Problem::rule("The total amount must not be negative."));
    }
    head.insert(total, sum.clone());
    head.insert("balance", sum.clone());
    head.insert("status", "Draft");
    let zeros: &[&str] = match kind {
        Kind::Invoice => &[
            "taxAmount",
            "paymentAmount",
            "creditMemoAmount",
            "refundAmount",
        ],
        Kind::DebitMemo => &["taxAmount", "paymentAmount", "creditMemoAmount"],
        _ => &["taxAmount", "appliedAmount", "refundAmount"],
    };
    for member in zeros {
        head.insert(*member, Decimal::ZERO);
    }
    if kind == Kind::Invoice {
        head.insert("amountWithoutTax", sum);
    }
    let id = tx.create(kind, head)?;
    for mut item in items {
        let own = amount(&item, item_amount);
        item.insert(parent, id.as_str());
        item.insert("balance", own.clone());
        item.insert("unappliedAmount", own);
        tx.create(item_kind, item)?;
    }
    Ok(id)
}

/// From a draft to what is owed, or can be used.
pub(crate) fn post(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    turn(tx, kind, id, "Draft", "Posted", "post it", false)
}

pub(crate) fn unpost(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    untouched(tx, kind, id, "unpost it")?;
    turn(tx, kind, id, "Posted", "Draft", "unpost it", true)
}

fn turn(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    from: &str,
    to: &str,
    doing: &str,
    takes_back: bool,
) -> Result<(), Problem> {
    let row = tx.find(kind, id)?;
    status_must_be(row, &[from], doing)?;
    let (account, balance) = (account_of(row), amount(row, "balance"));
    let member = match kind {
        Kind::Invoice => INVOICE.of_account,
        Kind::DebitMemo => DEBIT_MEMO.of_account,
        _ => CREDIT_MEMO.of_account,
    };
    let by = if takes_back { -&balance } else { balance };
    owe(tx, &account, member, &by)?;
    let (today, now) = (tx.today.clone(), tx.now.clone());
    tx.change(kind, id, |row| {
        row.insert("status", to);
        if !takes_back {
            match kind {
                Kind::Invoice => row.insert("postedDate", today),
                _ => row.insert("postedOn", now),
            };
        }
    })
}

/// Nothing was applied to it, or from it.
fn untouched(tx: &Tx<'_>, kind: Kind, id: &str, doing: &str) -> Result<(), Problem> {
    let row = tx.find(kind, id)?;
    let total = match kind {
        Kind::Invoice => "amount",
        _ => "totalAmount",
    };
    if amount(row, "balance") != amount(row, total) {
        return Err(Problem::rule(format!(
            "Cannot {doing}: something was applied."
        )));
    }
    Ok(())
}

pub(crate) fn cancel(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    status_must_be(tx.find(kind, id)?, &["Draft"], "cancel it")?;
    let now = tx.now.clone();
    tx.change(kind, id, |row| {
        // With one l (documented), unlike subscriptions.
        row.insert("status", "Canceled");
        row.insert("cancelledOn", now);
    })
}

/// Removes a draft or what was cancelled, with its items.
pub(crate) fn delete(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    status_must_be(tx.find(kind, id)?, &["Draft", "Canceled"], "delete it")?;
    let (items, parent) = match kind {
        Kind::Invoice => (Kind::InvoiceItem, "invoiceId"),
        Kind::DebitMemo => (Kind::DebitMemoItem, "debitMemoId"),
        _ => (Kind::CreditMemoItem, "creditMemoId"),
    };
    let items_of: Vec<String> = tx
        .store()
        .children(items, parent, id)
        .map(|item| text(item, "id").to_owned())
        .collect();
    for item in items_of {
        tx.remove(items, &item)?;
    }
    tx.remove(kind, id)
}

/// Adds a payment that was made; gives its id.
pub(crate) fn pay(tx: &mut Tx<'_>, mut payment: Object) -> Result<String, Problem> {
    let paid = amount(&payment, "amount");
    positive(&paid, "amount")?;
    let account = account_of(&payment);
    payment.insert("status", "Processed");
    payment.insert("unappliedAmount", paid.clone());
    for member in [
        "appliedAmount",
        "refundAmount",
        "appliedCreditBalanceAmount",
    ] {
        payment.insert(member, Decimal::ZERO);
    }
    let id = tx.create(Kind::Payment, payment)?;
    owe(tx, &account, PAYMENT.of_account, &paid)?;
    Ok(id)
}

/// The application of these means to this document, if there is one.
fn application(
    tx: &Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
) -> Option<String> {
    let mut all = tx.store().children(means.application, means.id, id);
    let own = all.find(|row| text(row, document.id) == to)?;
    Some(text(own, "id").to_owned())
}

/// Settles a part of a document.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    part: &Decimal,
) -> Result<(), Problem> {
    positive(part, "amount")?;
    let (from, target) = (tx.find(means.kind, id)?, tx.find(document.kind, to)?);
    status_must_be(from, &["Processed", "Posted"], "apply it")?;
    status_must_be(target, &["Posted"], "apply to it")?;
    if text(from, "accountId") != text(target, "accountId") {
        return Err(Problem::rule("The accounts are not the same."));
    }
    if part > &amount(from, means.left) {
        return Err(Problem::rule("The amount is more than what is left."));
    }
    if part > &amount(target, "balance") {
        return Err(Problem::rule("The amount is more than the balance."));
    }
    settle(tx, means, id, document, to, part)
}

/// Takes back what was settled.
pub(crate) fn unapply(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    from: &str,
    part: &Decimal,
) -> Result<(), Problem> {
    positive(part, "amount")?;
    let own = application(tx, means, id, document, from);
    let applied = own.and_then(|own| tx.get(means.application, &own));
    let applied = applied.map_or(Decimal::ZERO, |row| amount(row, means.applied));
    if part > &applied {
        return Err(Problem::rule("The amount is more than what was applied."));
    }
    settle(tx, means, id, document, from, &-part)
}

fn settle(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    part: &Decimal,
) -> Result<(), Problem> {
    let account = account_of(tx.find(document.kind, to)?);
    let back = -part;
    let used = [(means.left, &back), ("appliedAmount", part)];
    shift(tx, means.kind, id, &used)?;
    let settled = [("balance", &back), (means.of_document, part)];
    shift(tx, document.kind, to, &settled)?;
    // Both at once: what the account owes in all stays the same.
    let moved = [(means.of_account, &back), (document.of_account, &back)];
    shift(tx, Kind::Account, &account, &moved)?;
    match application(tx, means, id, document, to) {
        Some(own) => shift(tx, means.application, &own, &[(means.applied, part)]),
        None => {
            let mut row = Object::new();
            row.insert(means.id, id);
            row.insert(document.id, to);
            row.insert("accountId", account);
            row.insert(means.applied, part.clone());
            row.insert("effectiveDate", tx.today.as_str());
            tx.create(means.application, row).map(drop)
        }
    }
}

/// Gives back what is left of a payment or credit memo; gives the refund's id.
pub(crate) fn refund(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    mut refund: Object,
) -> Result<String, Problem> {
    let part = amount(&refund, "amount");
    positive(&part, "totalAmount")?;
    let from = tx.find(means.kind, id)?;
    status_must_be(from, &["Processed", "Posted"], "refund it")?;
    if part > amount(from, means.left) {
        return Err(Problem::rule("The amount is more than what is left."));
    }
    let account = account_of(from);
    for member in ["currency", "paymentMethodId"] {
        if let Some(value) = from.get(member).cloned() {
            refund.insert(member, value);
        }
    }
    refund.insert("accountId", account.as_str());
    refund.insert(means.id, id);
    refund.insert("status", "Processed");
    if some_text(&refund, "refundDate").is_none() {
        refund.insert("refundDate", tx.today.as_str());
    }
    let back = -&part;
    let given = [(means.left, &back), ("refundAmount", &part)];
    shift(tx, means.kind, id, &given)?;
    owe(tx, &account, means.of_account, &back)?;
    let refund = tx.create(Kind::Refund, refund)?;
    let mut row = Object::new();
    row.insert("refundId", refund.as_str());
    row.insert(means.id, id);
    row.insert("accountId", account);
    row.insert("applyAmount", part);
    row.insert("effectiveDate", tx.today.as_str());
    tx.create(Kind::RefundApplication, row)?;
    Ok(refund)
}

/// Cancels a payment of which nothing was applied or refunded.
pub(crate) fn cancel_payment(tx: &mut Tx<'_>, id: &str) -> Result<(), Problem> {
    let row = tx.find(Kind::Payment, id)?;
    status_must_be(row, &["Processed", "Draft"], "cancel it")?;
    let left = amount(row, "unappliedAmount");
    if left != amount(row, "amount") {
        return Err(Problem::rule(
            "Cannot cancel it: something was applied or refunded.",
        ));
    }
    let account = account_of(row);
    owe(tx, &account, PAYMENT.of_account, &-&left)?;
    let now = tx.now.clone();
    tx.change(Kind::Payment, id, |row| {
        row.insert("status", "Canceled");
        row.insert("unappliedAmount", Decimal::ZERO);
        row.insert("cancelledOn", now);
    })
}

/// A credit memo over what an invoice leaves open, posted and applied: a write-off or a reversal. Gives
/// its id.
pub(crate) fn credit_in_full(
    tx: &mut Tx<'_>,
    invoice: &str,
    reason: &str,
    part: Option<Decimal>,
) -> Result<String, Problem> {
    let row = tx.find(Kind::Invoice, invoice)?;
    status_must_be(row, &["Posted"], "credit it")?;
    let open = amount(row, "balance");
    let part = part.unwrap_or_else(|| open.clone());
    positive(&part, "balance")?;
    if part > open {
        return Err(Problem::rule("The amount is more than the balance."));
    }
    let mut memo = Object::new();
    for member in ["accountId", "currency"] {
        if let Some(value) = row.get(member).cloned() {
            memo.insert(member, value);
        }
    }
    memo.insert("invoiceId", invoice);
    memo.insert("reasonCode", reason);
    memo.insert("memoDate", tx.today.as_str());
    memo.insert("sourceType", "Invoice");
    memo.insert("source", "API");
    let mut item = Object::new();
    item.insert("amount", part.clone());
    item.insert("description", reason);
    let memo = create(tx, Kind::CreditMemo, memo, vec![item])?;
    post(tx, Kind::CreditMemo, &memo)?;
    apply(tx, CREDIT_MEMO, &memo, INVOICE, invoice, &part)?;
    Ok(memo)
}

/// What a new amount leaves of an old one, for items that are credited.
pub(crate) fn credit_item(tx: &mut Tx<'_>, item: &str, part: &Decimal) -> Result<(), Problem> {
    let row = tx.find(Kind::InvoiceItem, item)?;
    let left = minus(&amount(row, "balance"), part)?;
    if left.is_negative() {
        return Err(Problem::rule(
            "The amount is more than what can be credited of the item.",
        ));
    }
    Ok(())
}
