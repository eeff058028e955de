//! The recurring revenue of a month: of subscriptions by their charges, of accounts by their subscriptions.

use super::{
    kind::Kind,
    record::{amount, plus, text},
    segments,
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json};

type Tx<'a> = Transaction<'a>;

/// What the charges bring in a month once all changes took effect: those that run up to the end (a guess).
pub(super) fn of_subscription(tx: &mut Tx<'_>, subscription: &str) -> Result<(), Problem> {
    let owner = tx.find(Kind::Subscription, subscription)?;
    let account = text(owner, "accountId").to_owned();
    let mut sum = Decimal::ZERO;
    for charge in tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", subscription)
    {
        if segments::runs_to_the_end(charge, owner) {
            sum = plus(&sum, &amount(charge, "mRR"))?;
        }
    }
    tx.change(Kind::Subscription, subscription, |row| {
        row.insert("cMRR", sum);
    })?;
    of_account(tx, &account)
}

/// What the subscriptions of an account bring in a month, by their latest versions.
pub(super) fn of_account(tx: &mut Tx<'_>, account: &str) -> Result<(), Problem> {
    let mut sum = Decimal::ZERO;
    for row in tx
        .store()
        .children(Kind::Subscription, "accountId", account)
    {
        if row.get("isLatestVersion") != Some(&Json::Bool(false)) {
            sum = plus(&sum, &amount(row, "cMRR"))?;
        }
    }
    if amount(tx.find(Kind::Account, account)?, "mrr") == sum {
        return Ok(());
    }
    tx.change(Kind::Account, account, |row| {
        row.insert("mrr", sum);
    })
}
