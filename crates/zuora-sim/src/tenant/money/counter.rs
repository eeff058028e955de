//! Memos that settle what a document leaves open: write-offs and reversals.

use super::{
    CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, Share, TAX_FACTS, Tx, apply_shares, create,
    leaf::{Leaf, leaves, left_to_credit, source_member},
    positive, post,
    settle::{shares_by_source, shares_of, spread},
    status_must_be, sum,
};
use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        record::{amount, copy, plus},
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
    head.insert("memoDate", tx.today.as_str());
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
    let places = from.clone();
    let mut items: Vec<(String, Object)> = Vec::new();
    for flow in spread(from, Vec::new(), &shares_of(part, named)?)? {
        let leaf = flow
            .from
            .and_then(|(_, id)| places.iter().find(|leaf| leaf.id == id));
        let item = leaf.map_or("", |leaf| leaf.item.as_str());
        let place = items.iter().position(|(own, _)| own == item);
        let place = match place {
            Some(place) => place,
            None => {
                items.push((item.to_owned(), new_item(tx, kind, item)));
                items.len() - 1
            }
        };
        let row = &mut items[place].1;
        match leaf {
            Some(leaf) if leaf.kind == super::items(kind).tax => {
                add_tax(tx, kind, row, leaf, &flow.part)
            }
            _ => {
                let whole = plus(&amount(row, "amount"), &flow.part)?;
                row.insert("amount", whole);
            }
        }
    }
    Ok(items.into_iter().map(|(_, row)| row).collect())
}

/// A memo's item that was made from another's.
fn new_item(tx: &Tx<'_>, kind: Kind, source: &str) -> Object {
    let mut row = Object::new();
    row.insert("amount", Decimal::ZERO);
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

fn add_tax(tx: &Tx<'_>, kind: Kind, item: &mut Object, source: &Leaf, part: &Decimal) {
    let mut tax = Object::new();
    if let Some(from) = tx.get(source.kind, &source.id) {
        copy(from, &mut tax, &TAX_FACTS);
    }
    let member = source_member(super::items(other(kind)).tax, kind);
    tax.insert(member, source.id.as_str());
    tax.insert("taxAmount", part.clone());
    let mut taxes = item
        .get("taxItems")
        .and_then(Json::as_array)
        .unwrap_or_default()
        .to_vec();
    taxes.push(tax.into());
    item.insert("taxItems", taxes);
}
