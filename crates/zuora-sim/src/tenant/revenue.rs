//! The recurring revenue of a month, of subscriptions by their charges, of accounts by their subscriptions;
//! and what a subscription is worth in all.

use super::{
    kind::Kind,
    rating::{self, Through},
    record::{amount, plus, some_text, text},
    segments,
    store::Transaction,
};
use crate::problem::Problem;
use jiff::civil::Date;
use zuora_wire::{Decimal, Json, Object};

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

/// What the charges bring from their first day to their last, without usage. Nothing where a charge has no
/// end or does not end with a billing period, since an amount that is wrong is worse than none.
pub(super) fn contracted_value(tx: &Tx<'_>, subscription: &Object) -> Option<Decimal> {
    let id = text(subscription, "id");
    let charges = tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", id);
    let counted = charges.filter(|row| segments::ever_runs(row) && !is_of_type(row, "Usage"));
    let counted: Vec<&Object> = counted.collect();
    let is_open = |row: &&Object| {
        is_of_type(row, "Recurring") && some_text(row, "effectiveEndDate").is_none()
    };
    if counted.iter().any(is_open) {
        return None;
    }
    let items = rating::items(tx, subscription, Date::MIN, Through::Day(Date::MAX)).ok()?;
    let is_whole = |charge: &&Object| {
        let own = items
            .iter()
            .filter(|item| text(&item.charge, "id") == text(charge, "id"));
        let last = own.map(|item| item.end).max();
        let next = last.and_then(|last| last.tomorrow().ok());
        let ends = next.is_some_and(|next| text(charge, "effectiveEndDate") == next.to_string());
        ends || next.is_some() && is_of_type(charge, "OneTime")
    };
    match counted.iter().all(is_whole) {
        true => rating::total(&items).ok(),
        false => None,
    }
}

fn is_of_type(charge: &Object, ty: &str) -> bool {
    text(charge, "chargeType").eq_ignore_ascii_case(ty)
}
