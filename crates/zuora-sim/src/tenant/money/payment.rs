//! Payments: made, cancelled, moved to another account.

use super::{PAYMENT, Tx, account_of, ids_of, owe, parts, positive, status_must_be};
use crate::{
    problem::Problem,
    tenant::{
        currency,
        kind::Kind,
        record::{amount, some_text, text},
    },
};
use jiff::civil::Date;
use zuora_wire::{Decimal, Object};

/// Adds a payment that was made; gives its id.
pub(crate) fn pay(tx: &mut Tx<'_>, mut payment: Object) -> Result<String, Problem> {
    let paid = amount(&payment, "amount");
    positive(&paid, "amount")?;
    let account = account_of(&payment);
    currency::of_account(tx.find(Kind::Account, &account)?, &mut payment)?;
    if let Some(date) = some_text(&payment, "effectiveDate")
        && date.parse::<Date>().is_err()
    {
        return Err(Problem::bad_value(format!(
            "effectiveDate must be a date such as 2026-03-31, not {date:?}"
        )));
    }
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
    parts::keep_rest(tx, PAYMENT, &id)?;
    Ok(id)
}

/// What a payment has left, if that is all of it.
fn untouched(tx: &Tx<'_>, id: &str, doing: &str) -> Result<Decimal, Problem> {
    let row = tx.find(Kind::Payment, id)?;
    let left = amount(row, "unappliedAmount");
    if left != amount(row, "amount") {
        return Err(Problem::rule(format!(
            "Cannot {doing}: something was applied or refunded."
        )));
    }
    Ok(left)
}

/// Cancels a payment of which nothing was applied or refunded.
pub(crate) fn cancel_payment(tx: &mut Tx<'_>, id: &str) -> Result<(), Problem> {
    let row = tx.find(Kind::Payment, id)?;
    status_must_be(row, &["Processed", "Draft"], "cancel it")?;
    let account = account_of(row);
    let left = untouched(tx, id, "cancel it")?;
    owe(tx, &account, PAYMENT.of_account, &-&left)?;
    let now = tx.now.clone();
    tx.change(Kind::Payment, id, |row| {
        row.insert("status", "Canceled");
        row.insert("unappliedAmount", Decimal::ZERO);
        row.insert("cancelledOn", now);
    })?;
    parts::keep_rest(tx, PAYMENT, id)
}

/// Removes a payment that was cancelled (documented), with what tells of applications that were taken back.
pub(crate) fn delete_payment(tx: &mut Tx<'_>, id: &str) -> Result<(), Problem> {
    status_must_be(tx.find(Kind::Payment, id)?, &["Canceled"], "delete it")?;
    if let Some(refund) = tx.store().children(Kind::Refund, "paymentId", id).next() {
        let refund = text(refund, "refundNumber");
        return Err(Problem::rule(format!(
            "Cannot delete it: the refund {refund} belongs to it."
        )));
    }
    for application in ids_of(tx, PAYMENT.application, PAYMENT.id, id) {
        tx.remove(PAYMENT.application, &application)?;
    }
    tx.remove(Kind::Payment, id)
}

/// Moves a payment, of which nothing was applied or refunded, to another account.
pub(crate) fn transfer(tx: &mut Tx<'_>, id: &str, account: &str) -> Result<(), Problem> {
    let row = tx.find(Kind::Payment, id)?;
    status_must_be(row, &["Processed"], "transfer it")?;
    let before = account_of(row);
    if before == account {
        return Ok(());
    }
    let left = untouched(tx, id, "transfer it")?;
    owe(tx, &before, PAYMENT.of_account, &-&left)?;
    owe(tx, account, PAYMENT.of_account, &left)?;
    tx.change(Kind::Payment, id, |row| {
        row.insert("accountId", account);
    })?;
    match parts::of(tx, PAYMENT, id, None) {
        Some(part) => tx.change(PAYMENT.part, &part, |row| {
            row.insert("accountId", account);
        }),
        None => Ok(()),
    }
}
