//! Memos that settle what a document leaves open: write-offs and reversals.

use super::{
    CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, Share, TAX_FACTS, Tx, apply_shares, create,
    leaf::{leaves, left_to_credit, slices, source_member},
    positive, post,
    settle::{shares_by_source, shares_of, spread},
    status_must_be, sum,
};
use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        record::{amount, copy, some_text},
    },
};
use std::cmp::min;
use zuora_wire::{Decimal, Json, Object};

/// A memo over a part of what a posted document or credit memo leaves open, posted and applied; gives its
/// id. Shares name the document's items, `head` what the memo says.
pub(crate) fn counter(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    part: Option<Decimal>,
    named: &[Share],
    mut head: Object,
) -> Result<String, Problem> {
    let row = tx.find(kind, id)?;
    status_must_be(row, &["Posted"], "credit it")?;
    let open = amount(row, "balance");
    let part = match (part, named) {
        (Some(part), _) => part,
        (None, []) => open.clone(),
        (None, named) => sum(named.iter().map(|share| &share.part))?,
    };
    positive(&part, "balance")?;
    if part > open {
        return Err(Problem::rule("The amount is more than the balance."));
    }
    copy(
        row,
        &mut head,
        &["accountId", "currency", "billToContactId"],
    );
    if some_text(&head, "memoDate").is_none() {
        head.insert("memoDate", tx.today.as_str());
    }
    head.insert("source", "API");
    let source = match kind {
        Kind::Invoice => ("invoiceId", "Invoice"),
        Kind::DebitMemo => ("debitMemoId", "DebitMemo"),
        _ => ("creditMemoId", "CreditMemo"),
    };
    head.insert(source.0, id);
    head.insert("sourceType", source.1);
    let items = memo_items(tx, kind, id, &part, named)?;
    let other = other(kind);
    let memo = create(tx, other, head, items)?;
    post(tx, other, &memo)?;
    let (credit, document, to) = match kind {
        Kind::Invoice => (memo.as_str(), INVOICE, id),
        Kind::DebitMemo => (memo.as_str(), DEBIT_MEMO, id),
        _ => (id, DEBIT_MEMO, memo.as_str()),
    };
    settle_all(tx, credit, document, to, &part)?;
    Ok(memo)
}

/// The kind of memo that settles a kind of document.
fn other(kind: Kind) -> Kind {
    match kind {
        Kind::CreditMemo => Kind::DebitMemo,
        _ => Kind::CreditMemo,
    }
}

/// Applies a credit memo leaf by leaf, by what they were made from.
fn settle_all(
    tx: &mut Tx<'_>,
    credit: &str,
    document: Document,
    to: &str,
    part: &Decimal,
) -> Result<(), Problem> {
    let mut shares = shares_by_source(tx, credit, document, to)?;
    let sourced = sum(shares.iter().map(|share| &share.part))?;
    if sourced != *part {
        // A document without items, in data from elsewhere.
        shares.clear();
    }
    apply_shares(tx, CREDIT_MEMO, credit, document, to, part, &shares)
}

/// The items of a memo over parts of a document's leaves; the tax of an item stands in it.
fn memo_items(
    tx: &Tx<'_>,
    kind: Kind,
    id: &str,
    part: &Decimal,
    named: &[Share],
) -> Result<Vec<Object>, Problem> {
    let mut from = leaves(tx, kind, id);
    if kind == Kind::Invoice {
        for leaf in &mut from {
            leaf.left = min(leaf.left.clone(), left_to_credit(tx, leaf.kind, &leaf.id)?);
        }
    }
    let flows = spread(from.clone(), Vec::new(), &shares_of(part, named)?)?;
    let taken = flows
        .into_iter()
        .map(|flow| (flow.from.map(|(_, id)| id), flow.part));
    let items = slices(&from, taken)?.into_iter().map(|slice| {
        let mut item = new_item(tx, kind, &slice.item);
        item.insert("amount", slice.part);
        let taxes = slice
            .taxes
            .iter()
            .map(|(tax, part)| new_tax(tx, kind, tax, part));
        item.insert("taxItems", taxes.collect::<Vec<_>>());
        item
    });
    Ok(items.collect())
}

/// A memo's item that was made from another's.
fn new_item(tx: &Tx<'_>, kind: Kind, source: &str) -> Object {
    let mut row = Object::new();
    let own = super::items(kind).kind;
    if let Some(from) = tx.get(own, source) {
        let told = [
            "chargeName",
            "description",
            "quantity",
            "unitOfMeasure",
            "serviceStartDate",
            "serviceEndDate",
            "subscriptionId",
        ];
        copy(from, &mut row, &told);
        row.insert(source_member(super::items(other(kind)).kind, kind), source);
    }
    row
}

/// A memo's tax that was made from another.
fn new_tax(tx: &Tx<'_>, kind: Kind, source: &str, part: &Decimal) -> Json {
    let mut tax = Object::new();
    if let Some(from) = tx.get(super::items(kind).tax, source) {
        copy(from, &mut tax, &TAX_FACTS);
    }
    tax.insert(source_member(super::items(other(kind)).tax, kind), source);
    tax.insert("taxAmount", part.clone());
    tax.into()
}
