//! Money that is given back, of payments and of credit memos.

use super::{
    CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, Means, PAYMENT, Share, Target, Tx, account_of,
    ids_of, is_positive, owe, parts, positive,
    settle::{giving, shares_of, spread, unapply_shares},
    shift, status_must_be, sum,
};
use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        record::{amount, minus, some_text, text},
    },
};
use std::cmp::min;
use zuora_wire::{Decimal, Object};

/// Gives back what is left of a payment or credit memo, of the items that are named; gives the refund's id.
pub(crate) fn refund(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    refund: Object,
    named: &[Share],
) -> Result<String, Problem> {
    let part = amount(&refund, "amount");
    let refund = begin(tx, means, id, refund)?;
    give_back(tx, means, id, &refund, &part, None, named)?;
    Ok(refund)
}

/// Gives back a part of a payment that was applied: the documents that are named, or else the last ones,
/// are open again by what is not left of the payment. Gives the refund's id, and what was taken.
pub(crate) fn refund_applied(
    tx: &mut Tx<'_>,
    id: &str,
    refund: Object,
    named: Vec<Target>,
) -> Result<(String, Vec<Target>), Problem> {
    let whole = amount(&refund, "amount");
    let taken = match named.is_empty() {
        true => last_applied(tx, id, &whole)?,
        false => named,
    };
    let from_documents = sum(taken.iter().map(|target| &target.part))?;
    let rest = minus(&whole, &from_documents)?;
    if rest.is_negative() {
        return Err(Problem::bad_value(
            "The amounts of the documents are more than totalAmount",
        ));
    }
    let refund = begin(tx, PAYMENT, id, refund)?;
    for target in &taken {
        let (document, to, part) = (target.document, target.id.as_str(), &target.part);
        unapply_shares(tx, PAYMENT, id, document, to, part, &target.shares)?;
        give_back(tx, PAYMENT, id, &refund, part, Some((document, to)), &[])?;
    }
    if is_positive(&rest) {
        give_back(tx, PAYMENT, id, &refund, &rest, None, &[])?;
    }
    Ok((refund, taken))
}

/// What has to be taken back of a payment's applications, the last one first.
fn last_applied(tx: &Tx<'_>, id: &str, whole: &Decimal) -> Result<Vec<Target>, Problem> {
    let left = amount(tx.find(Kind::Payment, id)?, PAYMENT.left);
    let mut open = minus(whole, &left)?;
    let rows = tx.store().children(PAYMENT.application, PAYMENT.id, id);
    let rows: Vec<&Object> = rows.collect();
    let mut taken = Vec::new();
    for row in rows.into_iter().rev() {
        let part = min(open.clone(), amount(row, PAYMENT.applied));
        for document in [INVOICE, DEBIT_MEMO] {
            if let Some(to) = some_text(row, document.id)
                && is_positive(&part)
            {
                open = minus(&open, &part)?;
                taken.push(Target {
                    document,
                    id: to.to_owned(),
                    part: part.clone(),
                    shares: Vec::new(),
                });
            }
        }
    }
    Ok(taken)
}

/// Adds the record of a refund.
fn begin(tx: &mut Tx<'_>, means: Means, id: &str, mut refund: Object) -> Result<String, Problem> {
    positive(&amount(&refund, "amount"), "totalAmount")?;
    let from = tx.find(means.kind, id)?;
    status_must_be(from, &["Processed", "Posted"], "refund it")?;
    for member in ["currency", "paymentMethodId"] {
        if let Some(value) = from.get(member).cloned() {
            refund.insert(member, value);
        }
    }
    refund.insert("accountId", account_of(from));
    refund.insert(means.id, id);
    refund.insert("status", "Processed");
    if some_text(&refund, "refundDate").is_none() {
        refund.insert("refundDate", tx.today.as_str());
    }
    tx.create(Kind::Refund, refund)
}

/// Moves what is left of a payment or credit memo into a refund.
fn give_back(
    tx: &mut Tx<'_>,
    means: Means,
    id: &str,
    refund: &str,
    part: &Decimal,
    document: Option<(Document, &str)>,
    named: &[Share],
) -> Result<(), Problem> {
    let from = tx.find(means.kind, id)?;
    if part > &amount(from, means.left) {
        return Err(Problem::rule("The amount is more than what is left."));
    }
    let account = account_of(from);
    let flows = spread(giving(tx, means, id), Vec::new(), &shares_of(part, named)?)?;
    let mut row = Object::new();
    row.insert("refundId", refund);
    row.insert(means.id, id);
    if let Some((document, to)) = document {
        row.insert(document.id, to);
    }
    row.insert("accountId", account);
    row.insert("applyAmount", part.clone());
    row.insert("effectiveDate", tx.today.as_str());
    let application = tx.create(Kind::RefundApplication, row)?;
    for flow in flows {
        let Some((kind, leaf)) = flow.from else {
            continue;
        };
        let mut row = Object::new();
        row.insert("refundApplicationId", application.as_str());
        row.insert(leaf_member(kind), leaf);
        row.insert("amount", flow.part);
        row.insert("effectiveDate", tx.today.as_str());
        tx.create(Kind::RefundApplicationItem, row)?;
    }
    move_refunded(tx, &application, false)
}

/// A refunded item's member with the id of the credit memo's leaf.
fn leaf_member(leaf: Kind) -> &'static str {
    match leaf {
        Kind::CreditTaxationItem => "creditTaxationItemId",
        _ => "creditMemoItemId",
    }
}

/// Moves the amounts of a part of a refund, there or back.
fn move_refunded(tx: &mut Tx<'_>, application: &str, comes_back: bool) -> Result<(), Problem> {
    let row = tx.find(Kind::RefundApplication, application)?.clone();
    let means = match some_text(&row, PAYMENT.id) {
        Some(_) => PAYMENT,
        None => CREDIT_MEMO,
    };
    let signed = |part: Decimal| if comes_back { -part } else { part };
    let given = signed(amount(&row, "applyAmount"));
    let (id, back) = (text(&row, means.id), -&given);
    let moved = [(means.left, &back), ("refundAmount", &given)];
    shift(tx, means.kind, id, &moved)?;
    owe(tx, text(&row, "accountId"), means.of_account, &back)?;
    if let Some(invoice) = some_text(&row, INVOICE.id) {
        shift(tx, Kind::Invoice, invoice, &[("refundAmount", &given)])?;
    }
    let items = tx.store().children(
        Kind::RefundApplicationItem,
        "refundApplicationId",
        application,
    );
    for item in items.cloned().collect::<Vec<_>>() {
        let part = signed(amount(&item, "amount"));
        for kind in [Kind::CreditMemoItem, Kind::CreditTaxationItem] {
            if let Some(leaf) = some_text(&item, leaf_member(kind)) {
                let moved = [("unappliedAmount", &-&part), ("refundAmount", &part)];
                shift(tx, kind, leaf, &moved)?;
            }
        }
    }
    parts::keep_rest(tx, means, id)
}

/// Takes a refund back: what it gave is left again. `status` is what becomes of it.
pub(crate) fn cancel_refund(tx: &mut Tx<'_>, id: &str, status: &str) -> Result<(), Problem> {
    status_must_be(
        tx.find(Kind::Refund, id)?,
        &["Processed", "Processing"],
        "cancel it",
    )?;
    for application in ids_of(tx, Kind::RefundApplication, "refundId", id) {
        move_refunded(tx, &application, true)?;
        let items = ids_of(
            tx,
            Kind::RefundApplicationItem,
            "refundApplicationId",
            &application,
        );
        for item in items {
            tx.remove(Kind::RefundApplicationItem, &item)?;
        }
        tx.remove(Kind::RefundApplication, &application)?;
    }
    let now = tx.now.clone();
    tx.change(Kind::Refund, id, |row| {
        row.insert("status", status);
        row.insert("cancelledOn", now);
    })
}
