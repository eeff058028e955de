//! Whether the records of a document agree with each other: amounts add up, and what belongs to an account is
//! in its currency.

use super::{
    accounts::IN_ITS_CURRENCY,
    by_hand::Records,
    currency,
    kind::Kind,
    money::{self, DOCUMENTS},
    record::{amount, plus, some_text, text},
};
use crate::problem::Problem;
use std::collections::BTreeMap;
use zuora_wire::{Decimal, Object};

/// What is wrong with a member of a record.
pub(super) struct Unsound {
    pub(super) kind: Kind,
    pub(super) place: usize,
    pub(super) member: &'static str,
    pub(super) rule: String,
}

pub(super) fn check(records: &Records) -> Result<(), Unsound> {
    check_currencies(records)?;
    for kind in DOCUMENTS {
        check_documents(records, kind)?;
    }
    for (place, row) in rows(records, Kind::Payment) {
        check_payment(row).map_err(|(member, rule)| unsound(Kind::Payment, place, member, rule))?;
    }
    Ok(())
}

fn rows(records: &Records, kind: Kind) -> impl Iterator<Item = (usize, &Object)> {
    records.get(&kind).into_iter().flatten().enumerate()
}

fn unsound(kind: Kind, place: usize, member: &'static str, rule: String) -> Unsound {
    Unsound {
        kind,
        place,
        member,
        rule,
    }
}

fn check_currencies(records: &Records) -> Result<(), Unsound> {
    let mut of_accounts = BTreeMap::new();
    for (place, row) in rows(records, Kind::Account) {
        if currency::check(row).is_err() {
            let rule = "must be a currency of ISO 4217, such as EUR".to_owned();
            return Err(unsound(Kind::Account, place, "currency", rule));
        }
        of_accounts.insert(text(row, "id"), some_text(row, "currency"));
    }
    for kind in IN_ITS_CURRENCY {
        for (place, row) in rows(records, kind) {
            let own = some_text(row, "currency");
            let of_account = of_accounts.get(text(row, "accountId")).copied().flatten();
            if let (Some(own), Some(of_account)) = (own, of_account)
                && own != of_account
            {
                let rule = format!("must be that of the account, {of_account}, not {own:?}");
                return Err(unsound(kind, place, "currency", rule));
            }
        }
    }
    Ok(())
}

/// A member that must be the sum of others.
type Wrong = (&'static str, String);

fn must_be(row: &Object, member: &'static str, sum: &Decimal, of: &str) -> Result<(), Wrong> {
    let own = amount(row, member);
    match own == *sum {
        true => Ok(()),
        false => Err((member, format!("must be {sum}, {of}, not {own}"))),
    }
}

fn too_large(member: &'static str) -> impl Fn(Problem) -> Wrong {
    move |problem| (member, problem.text())
}

fn check_documents(records: &Records, kind: Kind) -> Result<(), Unsound> {
    let names = money::items(kind);
    let mut of_items: BTreeMap<&str, Decimal> = BTreeMap::new();
    for (place, item) in rows(records, names.kind) {
        let sum = of_items.entry(text(item, names.parent)).or_default();
        *sum = plus(sum, &amount(item, names.amount))
            .map_err(|problem| unsound(names.kind, place, names.amount, problem.text()))?;
    }
    for (place, row) in rows(records, kind) {
        check_document(row, kind, of_items.get(text(row, "id")))
            .map_err(|(member, rule)| unsound(kind, place, member, rule))?;
    }
    Ok(())
}

fn check_document(row: &Object, kind: Kind, of_items: Option<&Decimal>) -> Result<(), Wrong> {
    let names = money::items(kind);
    let net = amount(row, names.total_without_tax);
    if let Some(sum) = of_items {
        must_be(row, names.total_without_tax, sum, "the sum of its items")?;
    }
    let total = plus(&net, &amount(row, "taxAmount")).map_err(too_large(names.total))?;
    must_be(
        row,
        names.total,
        &total,
        "its amount without tax and its tax",
    )?;
    let left = money::left_of(kind, row).map_err(too_large("balance"))?;
    must_be(row, "balance", &left, "what is left of its amount")
}

fn check_payment(row: &Object) -> Result<(), Wrong> {
    let mut used = Decimal::ZERO;
    for member in ["amount", "appliedAmount", "refundAmount", "unappliedAmount"] {
        let part = amount(row, member);
        if part.is_negative() {
            return Err((member, format!("must not be negative, as {part} is")));
        }
        if member != "amount" {
            used = plus(&used, &part).map_err(too_large(member))?;
        }
    }
    if text(row, "status") != "Processed" {
        return Ok(());
    }
    let of = "what is applied, refunded and left";
    must_be(row, "amount", &used, of)
}
