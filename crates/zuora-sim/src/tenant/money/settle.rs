//! Applying payments and credit memos to documents, item by item, and taking it back.

use super::{
    CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, Means, Tx, account_of, is_positive,
    leaf::{Leaf, leaves},
    parts, positive, shift, status_must_be, sum,
};
use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        record::{amount, minus, plus, some_text, text},
    },
};
use std::cmp::min;
use zuora_wire::{Decimal, Object};

/// A part of a settlement as a request names it: the leaf that gives, the leaf that takes, and how much.
/// Where none is named, leaves are taken in their order.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) part: Decimal,
}

/// What a request applies to, or takes back from: a document, how much, and of which items.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) document: Document,
    pub(crate) id: String,
    pub(crate) part: Decimal,
    pub(crate) shares: Vec<Share>,
}

/// What goes from one leaf to another. Payments have no leaves.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) from: Option<(Kind, String)>,
    pub(super) to: Option<(Kind, String)>,
    pub(super) part: Decimal,
}

/// The whole amount where no shares are named; else what they come to is the whole.
pub(super) fn shares_of(whole: &Decimal, named: &[Share]) -> Result<Vec<Share>, Problem> {
    if named.is_empty() {
        return Ok(vec![Share {
            from: None,
            to: None,
            part: whole.clone(),
        }]);
    }
    for share in named {
        positive(&share.part, "amount")?;
    }
    if sum(named.iter().map(|share| &share.part))? != *whole {
        return Err(Problem::bad_value(
            "The amounts of the items must add up to the amount",
        ));
    }
    Ok(named.to_vec())
}

/// Spreads shares over leaves in their order, of which each gives and takes what is left of it. What has no
/// leaves gives or takes as a whole.
pub(super) fn spread(
    mut from: Vec<Leaf>,
    mut to: Vec<Leaf>,
    shares: &[Share],
) -> Result<Vec<Flow>, Problem> {
    let mut flows = Vec::new();
    for share in shares {
        let mut open = share.part.clone();
        while is_positive(&open) {
            let source = next(&mut from, share.from.as_deref())?;
            let target = next(&mut to, share.to.as_deref())?;
            let mut part = open.clone();
            for leaf in source.iter().chain(&target) {
                part = min(part, leaf.left.clone());
            }
            let take = |leaf: Option<&mut Leaf>| -> Result<_, Problem> {
                let Some(leaf) = leaf else { return Ok(None) };
                leaf.left = minus(&leaf.left, &part)?;
                Ok(Some((leaf.kind, leaf.id.clone())))
            };
            let (from, to) = (take(source)?, take(target)?);
            open = minus(&open, &part)?;
            flows.push(Flow { from, to, part });
        }
    }
    Ok(flows)
}

/// The first leaf of which something is left, or the named one; none where there are no leaves at all.
fn next<'l>(leaves: &'l mut [Leaf], named: Option<&str>) -> Result<Option<&'l mut Leaf>, Problem> {
    if let Some(named) = named
        && !leaves.iter().any(|leaf| leaf.id == named)
    {
        return Err(Problem::not_found(named));
    }
    if leaves.is_empty() {
        return Ok(None);
    }
    let mut leaves = leaves.iter_mut();
    let open = leaves.find(|leaf| is_positive(&leaf.left) && named.is_none_or(|id| leaf.id == id));
    let which = named.map_or_else(|| "the items".to_owned(), |id| format!("the item {id}"));
    let text = || Problem::rule(format!("The amount is more than what is left of {which}."));
    open.map(Some).ok_or_else(text)
}

/// The application of these means to this document, if there is one.
pub(super) fn application(
    tx: &Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
) -> Option<String> {
    let mut all = tx.store().children(means.application, means.id, id);
    let own = all.find(|row| text(row, document.id) == to)?;
    Some(text(own, "id").to_owned())
}

/// Settles a part of a document, its items in their order.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    part: &Decimal,
) -> Result<(), Problem> {
    apply_shares(tx, means, id, document, to, part, &[])
}

/// Settles a part of a document, of the items that are named.
pub(crate) fn apply_shares(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    part: &Decimal,
    named: &[Share],
) -> Result<(), Problem> {
    positive(part, "amount")?;
    let (from, target) = (tx.find(means.kind, id)?, tx.find(document.kind, to)?);
    status_must_be(from, &["Processed", "Posted"], "apply it")?;
    status_must_be(target, &["Posted"], "apply to it")?;
    if text(from, "accountId") != text(target, "accountId") {
        return Err(Problem::rule("The accounts are not the same."));
    }
    // Data from elsewhere need not say it.
    let [own, other] = [from, target].map(|row| some_text(row, "currency"));
    if own.is_some() && other.is_some() && own != other {
        return Err(Problem::rule("The currencies are not the same."));
    }
    if part > &amount(from, means.left) {
        return Err(Problem::rule("The amount is more than what is left."));
    }
    if part > &amount(target, "balance") {
        return Err(Problem::rule("The amount is more than the balance."));
    }
    let flows = spread(
        giving(tx, means, id),
        leaves(tx, document.kind, to),
        &shares_of(part, named)?,
    )?;
    settle(tx, means, id, document, to, part, &flows)
}

/// The leaves of what settles: a payment has none.
pub(super) fn giving(tx: &Tx<'_>, means: Means, id: &str) -> Vec<Leaf> {
    match means.kind {
        Kind::CreditMemo => leaves(tx, means.kind, id),
        _ => Vec::new(),
    }
}

/// Takes back what was settled of the items that are named, or else the last item first.
pub(crate) fn unapply_shares(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    from: &str,
    part: &Decimal,
    named: &[Share],
) -> Result<(), Problem> {
    positive(part, "amount")?;
    let own = application(tx, means, id, document, from);
    let applied = own.and_then(|own| tx.get(means.application, &own));
    let applied = applied.map_or(Decimal::ZERO, |row| amount(row, means.applied));
    if part > &applied {
        return Err(Problem::rule("The amount is more than what was applied."));
    }
    let mut there = parts::flows(tx, means, id, document, from);
    let mut back = Vec::new();
    for share in shares_of(part, named)? {
        let is_named = |own: &Option<(Kind, String)>, named: &Option<String>| match named {
            Some(named) => own.as_ref().is_some_and(|(_, id)| id == named),
            None => true,
        };
        let mut open = share.part.clone();
        for flow in there.iter_mut().rev() {
            if is_named(&flow.from, &share.from) && is_named(&flow.to, &share.to) {
                let part = min(open.clone(), flow.part.clone());
                if is_positive(&part) {
                    open = minus(&open, &part)?;
                    flow.part = minus(&flow.part, &part)?;
                    back.push(Flow {
                        part: -part,
                        ..flow.clone()
                    });
                }
            }
        }
        // What was applied before there were parts, in data from elsewhere, names no items.
        if is_positive(&open) && (share.from.is_some() || share.to.is_some()) {
            return Err(Problem::rule(
                "The amount is more than what was applied to the item.",
            ));
        }
    }
    settle(tx, means, id, document, from, &-part, &back)
}

fn settle(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    part: &Decimal,
    flows: &[Flow],
) -> Result<(), Problem> {
    let account = account_of(tx.find(document.kind, to)?);
    let back = -part;
    let used = [(means.left, &back), ("appliedAmount", part)];
    shift(tx, means.kind, id, &used)?;
    let settled = [("balance", &back), (means.of_document, part)];
    shift(tx, document.kind, to, &settled)?;
    // Both at once: what the account owes in all stays the same.
    let moved = [(means.of_account, &back), (document.of_account, &back)];
    shift(tx, Kind::Account, &account, &moved)?;
    for flow in flows {
        if let Some((kind, id)) = &flow.from {
            give(tx, *kind, id, &flow.part)?;
        }
        if let Some((kind, id)) = &flow.to {
            take(tx, means, *kind, id, &flow.part)?;
        }
    }
    match application(tx, means, id, document, to) {
        Some(own) => shift(tx, means.application, &own, &[(means.applied, part)])?,
        None => {
            let mut row = Object::new();
            row.insert(means.id, id);
            row.insert(document.id, to);
            row.insert("accountId", account);
            row.insert(means.applied, part.clone());
            row.insert("effectiveDate", tx.today.as_str());
            tx.create(means.application, row)?;
        }
    }
    parts::keep(tx, means, id, document, to, flows)
}

/// Sets the day on which these means were applied to a document.
pub(crate) fn date_application(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    document: Document,
    to: &str,
    date: &str,
) -> Result<(), Problem> {
    match application(tx, means, id, document, to) {
        Some(own) => tx.change(means.application, &own, |row| {
            row.insert("effectiveDate", date);
        }),
        None => Ok(()),
    }
}

/// A leaf of a credit memo was applied.
fn give(tx: &mut Tx<'_>, kind: Kind, id: &str, part: &Decimal) -> Result<(), Problem> {
    let applied = match kind {
        Kind::CreditMemoItem => "appliedToOthersAmount",
        _ => "appliedAmount",
    };
    shift(
        tx,
        kind,
        id,
        &[("unappliedAmount", &-part), (applied, part)],
    )
}

/// A leaf of a document was settled.
fn take(
    tx: &mut Tx<'_>,
    means: Means,
    kind: Kind,
    id: &str,
    part: &Decimal,
) -> Result<(), Problem> {
    let balance = ("balance", &-part);
    match kind {
        Kind::InvoiceItem => shift(tx, kind, id, &[balance]),
        Kind::DebitMemoItem => shift(tx, kind, id, &[balance, ("beAppliedByOthersAmount", part)]),
        _ => {
            let settled = match means.kind {
                Kind::Payment => "paymentAmount",
                _ => "creditAmount",
            };
            shift(tx, kind, id, &[balance, (settled, part)])
        }
    }
}

/// The shares by which a memo's leaves go to those that they were made from, or that were made from them.
pub(super) fn shares_by_source(
    tx: &Tx<'_>,
    memo: &str,
    document: Document,
    to: &str,
) -> Result<Vec<Share>, Problem> {
    let mut shares = Vec::new();
    let mut targets = leaves(tx, document.kind, to);
    for from in leaves(tx, Kind::CreditMemo, memo) {
        let mut left = from.left;
        for target in &mut targets {
            if target.id != from.source && target.source != from.id {
                continue;
            }
            let part = min(left.clone(), target.left.clone());
            if is_positive(&part) {
                left = minus(&left, &part)?;
                target.left = minus(&target.left, &part)?;
                shares.push(Share {
                    from: Some(from.id.clone()),
                    to: Some(target.id.clone()),
                    part,
                });
            }
        }
    }
    Ok(shares)
}

/// Applies a posted credit memo to the invoice or debit memo that it was made from, as far as the items go
/// that its own were made from.
pub(crate) fn apply_to_source(tx: &mut Tx<'_>, memo: &str) -> Result<(), Problem> {
    let row = tx.find(Kind::CreditMemo, memo)?;
    let target = [INVOICE, DEBIT_MEMO]
        .into_iter()
        .find_map(|document| Some((document, some_text(row, document.id)?.to_owned())));
    let Some((document, to)) = target else {
        return Ok(());
    };
    let target = tx.find(document.kind, &to)?;
    if text(target, "status") != "Posted" {
        return Ok(());
    }
    let mut open = min(amount(target, "balance"), amount(row, CREDIT_MEMO.left));
    let mut shares = Vec::new();
    let mut whole = Decimal::ZERO;
    for mut share in shares_by_source(tx, memo, document, &to)? {
        share.part = min(share.part, open.clone());
        if is_positive(&share.part) {
            open = minus(&open, &share.part)?;
            whole = plus(&whole, &share.part)?;
            shares.push(share);
        }
    }
    if shares.is_empty() {
        return Ok(());
    }
    apply_shares(tx, CREDIT_MEMO, memo, document, &to, &whole, &shares)
}
