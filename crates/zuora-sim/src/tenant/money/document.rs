//! Documents and credit memos with their items and tax: drafts, and what they turn into.

use super::{
    CREDIT_MEMO, DEBIT_MEMO, INVOICE, Tx, account_of, fits, ids_of, items,
    leaf::{self, check_credits},
    owe, parts,
    settle::apply_to_source,
    status_must_be, sum,
};
use crate::{
    problem::Problem,
    tenant::{
        charged_through, currency,
        kind::Kind,
        record::{amount, flag, plus, some_text, text},
    },
};
use std::collections::BTreeSet;
use zuora_wire::{Decimal, Json, Object};

/// Adds a document or credit memo with its items, as a draft; gives its id.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    kind: Kind,
    mut head: Object,
    all: Vec<Object>,
) -> Result<String, Problem> {
    head.insert("status", "Draft");
    currency::of_account(tx.find(Kind::Account, &account_of(&head))?, &mut head)?;
    let id = tx.create(kind, head)?;
    for item in all {
        add_item(tx, kind, &id, item)?;
    }
    add_up(tx, kind, &id)?;
    Ok(id)
}

/// Adds an item to a draft, which is to be added up afterwards; gives its id. Its tax and its discounts,
/// which are items of their own, stand in its members `taxItems` and `discountItems`.
pub(crate) fn add_item(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    mut item: Object,
) -> Result<String, Problem> {
    let names = items(kind);
    let taxes = item.remove("taxItems").unwrap_or(Json::Null);
    let discounts = item.remove("discountItems").unwrap_or(Json::Null);
    item.insert(names.parent, id);
    fits(&amount(&item, names.amount), names.amount)?;
    let item = tx.create(names.kind, item)?;
    for tax in taxes.as_array().unwrap_or_default() {
        let tax = tax.as_object().cloned().unwrap_or_default();
        add_tax(tx, kind, &item, tax)?;
    }
    for discount in discounts.as_array().unwrap_or_default() {
        let mut discount = discount.as_object().cloned().unwrap_or_default();
        discount.insert("appliedToInvoiceItemId", item.as_str());
        add_item(tx, kind, id, discount)?;
    }
    Ok(item)
}

/// Adds tax to an item of a draft, which is to be added up afterwards; gives its id.
pub(crate) fn add_tax(
    tx: &mut Tx<'_>,
    kind: Kind,
    item: &str,
    mut tax: Object,
) -> Result<String, Problem> {
    let names = items(kind);
    tax.insert(names.of_item, tx.id_of(names.kind, item)?);
    fits(&amount(&tax, "taxAmount"), "taxAmount")?;
    tx.create(names.tax, tax)
}

/// The kind and id of the document that a tax belongs to, by the tax's own kind.
pub(crate) fn document_of_tax(tx: &Tx<'_>, tax: Kind, id: &str) -> Result<(Kind, String), Problem> {
    let row = tx.find(tax, id)?;
    let kind = match tax {
        Kind::TaxationItem => Kind::Invoice,
        Kind::DebitTaxationItem => Kind::DebitMemo,
        _ => Kind::CreditMemo,
    };
    let names = items(kind);
    let item = tx.find(names.kind, text(row, names.of_item))?;
    Ok((kind, text(item, names.parent).to_owned()))
}

/// Removes tax from a draft.
pub(crate) fn drop_tax(tx: &mut Tx<'_>, tax: Kind, id: &str) -> Result<(), Problem> {
    let (kind, document) = document_of_tax(tx, tax, id)?;
    must_be_draft(tx, kind, &document)?;
    tx.remove(tax, id)?;
    add_up(tx, kind, &document)
}

/// Changes members of an item of a draft, which is to be added up afterwards.
pub(crate) fn change_item(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    item: &str,
    change: impl FnOnce(&mut Object),
) -> Result<(), Problem> {
    item_of(tx, kind, id, item)?;
    let names = items(kind);
    tx.change(names.kind, item, change)?;
    let changed = amount(tx.find(names.kind, item)?, names.amount);
    fits(&changed, names.amount)
}

/// Removes an item of a draft, which is to be added up afterwards.
pub(crate) fn remove_item(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    item: &str,
) -> Result<(), Problem> {
    item_of(tx, kind, id, item)?;
    leaf::remove(tx, kind, item)
}

fn item_of(tx: &Tx<'_>, kind: Kind, id: &str, item: &str) -> Result<(), Problem> {
    let names = items(kind);
    if text(tx.find(names.kind, item)?, names.parent) == id {
        return Ok(());
    }
    Err(Problem::rule(format!(
        "The item {item} belongs to another document."
    )))
}

pub(crate) fn must_be_draft(tx: &Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    status_must_be(tx.find(kind, id)?, &["Draft"], "change its items")
}

/// The amounts of a draft, from its items and their tax: nothing of it was settled yet.
pub(crate) fn add_up(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    let names = items(kind);
    let (mut without_tax, mut tax) = (Decimal::ZERO, Decimal::ZERO);
    for item in ids_of(tx, names.kind, names.parent, id) {
        let taxes = ids_of(tx, names.tax, names.of_item, &item);
        let mut own_taxes = Vec::new();
        for tax in taxes {
            let own = amount(tx.find(names.tax, &tax)?, "taxAmount");
            begin(tx, names.tax, &tax, names.left, &own, names.tax_sums)?;
            own_taxes.push(own);
        }
        let item_tax = sum(&own_taxes)?;
        let own = amount(tx.find(names.kind, &item)?, names.amount);
        begin(tx, names.kind, &item, names.left, &own, names.item_sums)?;
        without_tax = plus(&without_tax, &own)?;
        tax = plus(&tax, &item_tax)?;
        tx.change(names.kind, &item, |row| {
            row.insert("taxAmount", item_tax);
            if kind != Kind::Invoice {
                row.insert("amountWithoutTax", own);
            }
        })?;
    }
    let total = plus(&without_tax, &tax)?;
    if total.is_negative() {
        return Err(Problem::rule("The total amount must not be negative."));
    }
    begin(tx, kind, id, "balance", &total, names.document_sums)?;
    tx.change(kind, id, |row| {
        row.insert(names.total, total);
        row.insert(names.total_without_tax, without_tax);
        row.insert("taxAmount", tax);
    })?;
    if kind == Kind::CreditMemo {
        check_credits(tx, id)?;
    }
    Ok(())
}

/// All of it is left.
fn begin(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    left: &'static str,
    whole: &Decimal,
    sums: &[&'static str],
) -> Result<(), Problem> {
    tx.change(kind, id, |row| {
        row.insert(left, whole.clone());
        for member in sums {
            row.insert(*member, Decimal::ZERO);
        }
    })
}

/// From a draft to what is owed, or can be used.
pub(crate) fn post(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    turn(tx, kind, id, "Draft", "Posted", "post it", false)?;
    let row = tx.find(kind, id)?;
    if kind == Kind::CreditMemo && flag(row, "autoApplyUponPosting") {
        apply_to_source(tx, id)?;
    }
    Ok(())
}

pub(crate) fn unpost(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    untouched(tx, kind, id, "unpost it")?;
    has_no_memos(tx, kind, id, "unpost it")?;
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
    })?;
    match kind {
        Kind::CreditMemo => parts::keep_rest(tx, CREDIT_MEMO, id),
        _ => Ok(()),
    }
}

/// Nothing was applied to it, or from it.
fn untouched(tx: &Tx<'_>, kind: Kind, id: &str, doing: &str) -> Result<(), Problem> {
    let row = tx.find(kind, id)?;
    if amount(row, "balance") != amount(row, items(kind).total) {
        return Err(Problem::rule(format!(
            "Cannot {doing}: something was applied."
        )));
    }
    Ok(())
}

/// No memo was made from it.
fn has_no_memos(tx: &Tx<'_>, kind: Kind, id: &str, doing: &str) -> Result<(), Problem> {
    if kind != Kind::Invoice {
        return Ok(());
    }
    for memo in [Kind::CreditMemo, Kind::DebitMemo] {
        if let Some(made) = tx.store().children(memo, "invoiceId", id).next() {
            let made = text(made, "memoNumber");
            return Err(Problem::rule(format!(
                "Cannot {doing}: {made} was made from it."
            )));
        }
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
    })?;
    bills_no_more(tx, &billed_by(tx, kind, id))
}

/// The subscriptions that an invoice bills.
fn billed_by(tx: &Tx<'_>, kind: Kind, id: &str) -> BTreeSet<String> {
    let names = items(kind);
    let rows = tx.store().children(names.kind, names.parent, id);
    let owners = rows.filter_map(|row| some_text(row, "subscriptionId"));
    owners.map(str::to_owned).collect()
}

/// Their charges are charged through earlier days again.
fn bills_no_more(tx: &mut Tx<'_>, subscriptions: &BTreeSet<String>) -> Result<(), Problem> {
    let mut all = subscriptions.iter();
    all.try_for_each(|subscription| charged_through::settle(tx, subscription))
}

/// Removes a draft or what was cancelled, with its items.
pub(crate) fn delete(tx: &mut Tx<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    status_must_be(tx.find(kind, id)?, &["Draft", "Canceled"], "delete it")?;
    has_no_memos(tx, kind, id, "delete it")?;
    let billed = billed_by(tx, kind, id);
    let names = items(kind);
    for item in ids_of(tx, names.kind, names.parent, id) {
        leaf::remove(tx, kind, &item)?;
    }
    tx.remove(kind, id)?;
    bills_no_more(tx, &billed)
}
