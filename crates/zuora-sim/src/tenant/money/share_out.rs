//! Sharing out the items of a document, in their order, over several amounts.

use super::{
    Tx, items,
    leaf::{leaves, slices},
    settle::{Share, spread},
};
use crate::{
    problem::Problem,
    tenant::{kind::Kind, record::minus},
};
use zuora_wire::{Decimal, Json, Object};

/// For each of these amounts, which are the invoice's, items that come to it: the items are taken in their
/// order, and cut where an amount ends. Tax stands in an item's `taxItems`.
pub(crate) fn shared_out(
    tx: &Tx<'_>,
    invoice: &str,
    parts: &[Decimal],
) -> Result<Vec<Vec<Object>>, Problem> {
    let names = items(Kind::Invoice);
    let mut left = leaves(tx, Kind::Invoice, invoice);
    if left.iter().any(|leaf| leaf.left.is_negative()) {
        return Err(Problem::rule("Cannot split it: it has items below zero."));
    }
    let mut all = Vec::new();
    for part in parts {
        let share = Share {
            from: None,
            to: None,
            part: part.clone(),
        };
        let flows = spread(left.clone(), Vec::new(), &[share])?;
        let mut taken = Vec::new();
        for flow in flows {
            let id = flow.from.map(|(_, id)| id);
            let leaf = left.iter_mut().find(|leaf| Some(&leaf.id) == id.as_ref());
            if let Some(leaf) = leaf {
                leaf.left = minus(&leaf.left, &flow.part)?;
            }
            taken.push((id, flow.part));
        }
        let own = slices(&left, taken)?.into_iter().map(|slice| {
            let mut item = tx.get(names.kind, &slice.item).cloned().unwrap_or_default();
            item.insert(names.amount, slice.part);
            let taxes = slice.taxes.into_iter().map(|(tax, part)| {
                let mut tax = tx.get(names.tax, &tax).cloned().unwrap_or_default();
                tax.insert("taxAmount", part);
                Json::from(tax)
            });
            item.insert("taxItems", taxes.collect::<Vec<_>>());
            item
        });
        all.push(own.collect());
    }
    Ok(all)
}
