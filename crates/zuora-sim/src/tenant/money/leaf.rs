//! The leaves of a document: its items, each followed by its tax. They are what amounts are applied to, and
//! from.

use super::{CREDIT_MEMO_ITEMS, DOCUMENTS, INVOICE_ITEMS, Tx, ids_of, items, sum};
use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        record::{amount, minus, plus, some_text, text},
    },
};
use zuora_wire::{Decimal, Object};

/// An item or a tax of it.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The item's own id, also of a tax.
    pub(super) item: String,
    pub(super) left: Decimal,
    /// The leaf of another document that this one was made from; empty when it was not.
    pub(super) source: String,
}

/// Data that was written by hand need not say what is left of items and tax: then it is all.
pub(crate) fn complete(kind: Kind, row: &mut Object) {
    for document in DOCUMENTS {
        let names = items(document);
        let whole = match kind {
            kind if kind == names.kind => names.amount,
            kind if kind == names.tax => "taxAmount",
            _ => continue,
        };
        if row.get(names.left).is_none() {
            row.insert(names.left, amount(row, whole));
        }
    }
}

/// The leaves of a document in their order.
pub(super) fn leaves(tx: &Tx<'_>, document: Kind, id: &str) -> Vec<Leaf> {
    let names = items(document);
    let mut leaves = Vec::new();
    for item in tx.store().children(names.kind, names.parent, id) {
        let own = text(item, "id");
        let leaf = |kind, row: &Object| Leaf {
            kind,
            id: text(row, "id").to_owned(),
            item: own.to_owned(),
            left: amount(row, names.left),
            source: source(kind, row).to_owned(),
        };
        leaves.push(leaf(names.kind, item));
        let taxes = tx.store().children(names.tax, names.of_item, own);
        leaves.extend(taxes.map(|tax| leaf(names.tax, tax)));
    }
    leaves
}

/// A memo's leaf's member with the id of the leaf that it was made from, by the kind of document that this
/// one belongs to.
pub(crate) fn source_member(leaf: Kind, document: Kind) -> &'static str {
    match (leaf, document) {
        (Kind::CreditMemoItem | Kind::DebitMemoItem, Kind::Invoice) => "invoiceItemId",
        (Kind::CreditMemoItem, _) => "creditFromItemId",
        (Kind::DebitMemoItem, _) => "creditMemoItemId",
        (_, Kind::Invoice) => "taxationItemId",
        (Kind::CreditTaxationItem, _) => "debitTaxationItemId",
        _ => "creditTaxationItemId",
    }
}

fn source(leaf: Kind, row: &Object) -> &str {
    let other = match leaf {
        Kind::InvoiceItem | Kind::TaxationItem => return "",
        Kind::CreditMemoItem | Kind::CreditTaxationItem => Kind::DebitMemo,
        _ => Kind::CreditMemo,
    };
    [Kind::Invoice, other]
        .into_iter()
        .find_map(|document| some_text(row, source_member(leaf, document)))
        .unwrap_or_default()
}

/// A part of an item and of its tax.
#[derive(Debug, Default)]
pub(super) struct Slice {
    /// The item's id; empty for a document without items.
    pub(super) item: String,
    pub(super) part: Decimal,
    /// The ids of its tax, and how much of each.
    pub(super) taxes: Vec<(String, Decimal)>,
}

/// What was taken of leaves, item by item.
pub(super) fn slices(
    leaves: &[Leaf],
    taken: impl IntoIterator<Item = (Option<String>, Decimal)>,
) -> Result<Vec<Slice>, Problem> {
    let mut slices: Vec<Slice> = Vec::new();
    for (id, part) in taken {
        let leaf = id.and_then(|id| leaves.iter().find(|leaf| leaf.id == id));
        let item = leaf.map_or("", |leaf| leaf.item.as_str());
        let place = slices.iter().position(|slice| slice.item == item);
        let place = place.unwrap_or_else(|| {
            slices.push(Slice {
                item: item.to_owned(),
                ..Slice::default()
            });
            slices.len() - 1
        });
        let slice = &mut slices[place];
        match leaf.filter(|leaf| leaf.id != leaf.item) {
            Some(tax) => slice.taxes.push((tax.id.clone(), part)),
            None => slice.part = plus(&slice.part, &part)?,
        }
    }
    Ok(slices)
}

/// What can still be credited of an invoice's item or tax: its amount less what credit memos took of it
/// that are not cancelled, posted or not.
pub(crate) fn left_to_credit(tx: &Tx<'_>, leaf: Kind, id: &str) -> Result<Decimal, Problem> {
    let store = tx.store();
    let (by, member, own, taken) = match leaf {
        Kind::TaxationItem => (
            CREDIT_MEMO_ITEMS.tax,
            "taxationItemId",
            "taxAmount",
            "taxAmount",
        ),
        _ => (
            CREDIT_MEMO_ITEMS.kind,
            "invoiceItemId",
            INVOICE_ITEMS.amount,
            CREDIT_MEMO_ITEMS.amount,
        ),
    };
    let whole = amount(tx.find(leaf, id)?, own);
    let credits = store.children(by, member, id).filter(|row| {
        let item = store.get(CREDIT_MEMO_ITEMS.kind, text(row, "creditMemoItemId"));
        let memo = text(item.unwrap_or(row), CREDIT_MEMO_ITEMS.parent);
        let memo = store.get(Kind::CreditMemo, memo);
        memo.is_some_and(|memo| text(memo, "status") != "Canceled")
    });
    let taken: Vec<Decimal> = credits.map(|row| amount(row, taken)).collect();
    minus(&whole, &sum(&taken)?)
}

/// The leaves of a credit memo take no more of an invoice's than there is.
pub(super) fn check_credits(tx: &Tx<'_>, memo: &str) -> Result<(), Problem> {
    for leaf in leaves(tx, Kind::CreditMemo, memo) {
        let of = match leaf.kind {
            Kind::CreditTaxationItem => Kind::TaxationItem,
            _ => Kind::InvoiceItem,
        };
        if tx.get(of, &leaf.source).is_some() && left_to_credit(tx, of, &leaf.source)?.is_negative()
        {
            return Err(Problem::rule(format!(
                "The amount is more than what can be credited of the item {}.",
                leaf.source
            )));
        }
    }
    Ok(())
}

/// Removes an item with its tax.
pub(super) fn remove(tx: &mut Tx<'_>, document: Kind, item: &str) -> Result<(), Problem> {
    let names = items(document);
    for tax in ids_of(tx, names.tax, names.of_item, item) {
        tx.remove(names.tax, &tax)?;
    }
    tx.remove(names.kind, item)
}
