//! What went where, now: a payment or credit memo consists of a part for each document that it was applied
//! to and, while something is left of it, one that is not applied. The items of a part tell the same of
//! leaves. A part with nothing in it is gone.

use super::{
    CREDIT_MEMO, Document, INVOICE, Means, Tx, account_of, ids_of,
    leaf::leaves,
    settle::{Flow, application},
};
use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        record::{amount, plus, some_text, text},
    },
};
use zuora_wire::{Decimal, Object};

/// The part of these means that was applied to this document, or the one that was not applied.
pub(crate) fn of(
    tx: &Tx<'_>,
    means: Means,
    id: &str,
    document: Option<(Document, &str)>,
) -> Option<String> {
    let mut all = tx.store().children(means.part, means.id, id);
    let own = all.find(|row| match document {
        Some((document, to)) => text(row, document.id) == to,
        None => some_text(row, "invoiceId").is_none() && some_text(row, "debitMemoId").is_none(),
    })?;
    Some(text(own, "id").to_owned())
}

/// What these means gave to this document, leaf by leaf.
pub(super) fn flows(
    tx: &Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
) -> Vec<Flow> {
    let Some(part) = of(tx, means, id, Some((document, to))) else {
        return Vec::new();
    };
    let rows = tx.store().children(means.part_item, means.of_part, &part);
    let place = |row: &Object, names: [(&str, Kind); 2]| {
        let mut names = names.into_iter();
        names.find_map(|(member, kind)| Some((kind, some_text(row, member)?.to_owned())))
    };
    rows.map(|row| Flow {
        from: place(row, GIVERS),
        to: place(row, takers(document)),
        part: amount(row, "amount"),
    })
    .collect()
}

/// The members of a part's item that name the leaf of a credit memo.
const GIVERS: [(&str, Kind); 2] = [
    ("creditMemoItemId", Kind::CreditMemoItem),
    ("creditTaxItemId", Kind::CreditTaxationItem),
];

/// All members of a part's item that name a leaf.
const LEAVES: [&str; 5] = [
    "creditMemoItemId",
    "creditTaxItemId",
    "invoiceItemId",
    "debitMemoItemId",
    "taxItemId",
];

/// The members that name the leaf of a document.
fn takers(document: Document) -> [(&'static str, Kind); 2] {
    match document {
        INVOICE => [
            ("invoiceItemId", Kind::InvoiceItem),
            ("taxItemId", Kind::TaxationItem),
        ],
        _ => [
            ("debitMemoItemId", Kind::DebitMemoItem),
            ("taxItemId", Kind::DebitTaxationItem),
        ],
    }
}

/// Keeps the part of these means that is applied to a document: what the application says, and how it was
/// moved leaf by leaf.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    flows: &[Flow],
) -> Result<(), Problem> {
    let application = application(tx, means, id, document, to);
    let application = application.and_then(|own| tx.get(means.application, &own));
    let applied = application.map_or(Decimal::ZERO, |row| amount(row, means.applied));
    let own = match of(tx, means, id, Some((document, to))) {
        Some(own) => own,
        None => {
            let mut row = Object::new();
            row.insert(means.id, id);
            row.insert(document.id, to);
            row.insert("accountId", account_of(tx.find(document.kind, to)?));
            tx.create(means.part, row)?
        }
    };
    tx.change(means.part, &own, |row| {
        row.insert("amount", applied);
    })?;
    for flow in flows {
        let mut row = Object::new();
        for (place, names) in [(&flow.from, GIVERS), (&flow.to, takers(document))] {
            let Some((kind, leaf)) = place else { continue };
            for (member, _) in names.iter().filter(|(_, of)| of == kind) {
                row.insert(*member, leaf.as_str());
            }
        }
        if !row.is_empty() {
            put_item(tx, means, &own, row, |before| plus(before, &flow.part))?;
        }
    }
    drop_empty(tx, means, &own)?;
    keep_rest(tx, means, id)
}

/// Sets the amount of the item of a part that names these leaves, by what it was; one with nothing in it is
/// gone.
fn put_item(
    tx: &mut Tx<'_>,
    means: Means,
    part: &str,
    mut row: Object,
    change: impl FnOnce(&Decimal) -> Result<Decimal, Problem>,
) -> Result<(), Problem> {
    let same = tx
        .store()
        .children(means.part_item, means.of_part, part)
        .find(|other| {
            LEAVES
                .iter()
                .all(|name| text(other, name) == text(&row, name))
        });
    let before = same.map_or(Decimal::ZERO, |same| amount(same, "amount"));
    let same = same.map(|same| text(same, "id").to_owned());
    let after = change(&before)?;
    match same {
        Some(same) if after.is_zero() => tx.remove(means.part_item, &same),
        Some(same) => tx.change(means.part_item, &same, |row| {
            row.insert("amount", after);
        }),
        None if after.is_zero() => Ok(()),
        None => {
            row.insert(means.of_part, part);
            row.insert("amount", after);
            tx.create(means.part_item, row).map(drop)
        }
    }
}

fn drop_empty(tx: &mut Tx<'_>, means: Means, part: &str) -> Result<(), Problem> {
    if !amount(tx.find(means.part, part)?, "amount").is_zero() {
        return Ok(());
    }
    for item in ids_of(tx, means.part_item, means.of_part, part) {
        tx.remove(means.part_item, &item)?;
    }
    tx.remove(means.part, part)
}

/// Keeps the part that is not applied: what is left of these means, and of each of their leaves.
pub(super) fn keep_rest(tx: &mut Tx<'_>, means: Means, id: &str) -> Result<(), Problem> {
    let row = tx.find(means.kind, id)?;
    let is_live = matches!(text(row, "status"), "Processed" | "Posted");
    let left = match is_live {
        true => amount(row, means.left),
        false => Decimal::ZERO,
    };
    let account = account_of(row);
    let own = match of(tx, means, id, None) {
        Some(own) => own,
        None if left.is_zero() => return Ok(()),
        None => {
            let mut row = Object::new();
            row.insert(means.id, id);
            row.insert("accountId", account);
            row.insert("amount", Decimal::ZERO);
            tx.create(means.part, row)?
        }
    };
    let is_empty = left.is_zero();
    tx.change(means.part, &own, |row| {
        row.insert("amount", left);
    })?;
    if means == CREDIT_MEMO && !is_empty {
        for leaf in leaves(tx, means.kind, id) {
            let mut row = Object::new();
            for (member, _) in GIVERS.iter().filter(|(_, of)| *of == leaf.kind) {
                row.insert(*member, leaf.id.as_str());
            }
            put_item(tx, means, &own, row, |_| Ok(leaf.left))?;
        }
    }
    drop_empty(tx, means, &own)
}
