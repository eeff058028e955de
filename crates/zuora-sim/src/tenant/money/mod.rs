//! Amounts and balances, exactly: what documents are worth, what settles them, and what an account owes.
//!
//! - The items of a document and their tax add up to its amount, and what is left of them to its balance.
//! - The balance of a posted invoice or debit memo is its amount less what was applied to it.
//! - What is left of a payment or credit memo is its amount less what was applied and refunded.
//! - What was credited of an invoice's item is never more than the item.
//! - An account's balance is what its posted documents leave open, less what is left of its payments and
//!   credit memos (documented for tenants with Invoice Settlement).
//!
//! `document` makes and turns documents, `settle` applies and takes back, `parts` keeps what went where,
//! `counter` settles by a memo of the other side, `share_out` cuts items for several documents, `payment` and
//! `refund` move money.

mod counter;
mod document;
mod leaf;
mod parts;
mod payment;
mod refund;
mod settle;
mod share_out;

pub(crate) use counter::counter;
pub(crate) use document::{
    add_item, add_tax, add_up, cancel, change_item, create, delete, document_of_tax, drop_tax,
    must_be_draft, post, remove_item, unpost,
};
pub(crate) use leaf::{complete, left_to_credit, source_member};
pub(crate) use payment::{cancel_payment, delete_payment, pay, transfer};
pub(crate) use refund::{cancel_refund, refund, refund_applied};
pub(crate) use settle::{
    Share, Target, apply, apply_shares, apply_to_source, date_application, unapply_shares,
};
pub(crate) use share_out::shared_out;

use super::{
    kind::Kind,
    record::{amount, minus, plus, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Object};

type Tx<'a> = Transaction<'a>;

/// What settles: a payment or a credit memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Means {
    pub(crate) kind: Kind,
    /// Its member with what is left.
    pub(crate) left: &'static str,
    /// The account's member with the sum of that.
    of_account: &'static str,
    application: Kind,
    /// The application's members with its id and the amount.
    pub(crate) id: &'static str,
    pub(crate) applied: &'static str,
    pub(crate) part: Kind,
    pub(crate) part_item: Kind,
    /// A part item's member with the id of its part.
    pub(crate) of_part: &'static str,
    /// A document's member with the sum of what this settled; taxation items have it too.
    of_document: &'static str,
}

/// What is settled: an invoice or a debit memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    of_account: &'static str,
    /// An application's member with its id.
    pub(crate) id: &'static str,
    /// A part item's member with the id of an item.
    pub(crate) item: &'static str,
}

/// What the items of a kind of document and their tax are called.
#[derive(Debug)]
pub(crate) struct Items {
    pub(crate) kind: Kind,
    /// Their member with the document's id.
    pub(crate) parent: &'static str,
    /// Their member with their amount, which is without tax.
    pub(crate) amount: &'static str,
    /// The member of items and tax with what is left of them.
    pub(crate) left: &'static str,
    pub(crate) tax: Kind,
    /// The tax's member with the item's id.
    pub(crate) of_item: &'static str,
    /// The document's members with its amount, with tax and without.
    pub(crate) total: &'static str,
    pub(crate) total_without_tax: &'static str,
    /// The document's, the items' and the tax's members that say what became of them.
    pub(crate) document_sums: &'static [&'static str],
    item_sums: &'static [&'static str],
    tax_sums: &'static [&'static str],
}

pub(crate) const PAYMENT: Means = Means {
    kind: Kind::Payment,
    left: "unappliedAmount",
    of_account: "unappliedBalance",
    application: Kind::PaymentApplication,
    id: "paymentId",
    applied: "applyAmount",
    part: Kind::PaymentPart,
    part_item: Kind::PaymentPartItem,
    of_part: "paymentPartId",
    of_document: "paymentAmount",
};

pub(crate) const CREDIT_MEMO: Means = Means {
    kind: Kind::CreditMemo,
    left: "balance",
    of_account: "unappliedCreditMemoAmount",
    application: Kind::CreditMemoApplication,
    id: "creditMemoId",
    applied: "amount",
    part: Kind::CreditMemoPart,
    part_item: Kind::CreditMemoPartItem,
    of_part: "creditMemoPartId",
    of_document: "creditMemoAmount",
};

pub(crate) const INVOICE: Document = Document {
    kind: Kind::Invoice,
    of_account: "totalInvoiceBalance",
    id: "invoiceId",
    item: "invoiceItemId",
};

pub(crate) const DEBIT_MEMO: Document = Document {
    kind: Kind::DebitMemo,
    of_account: "totalDebitMemoBalance",
    id: "debitMemoId",
    item: "debitMemoItemId",
};

static INVOICE_ITEMS: Items = Items {
    kind: Kind::InvoiceItem,
    parent: "invoiceId",
    amount: "chargeAmount",
    left: "balance",
    tax: Kind::TaxationItem,
    of_item: "invoiceItemId",
    total: "amount",
    total_without_tax: "amountWithoutTax",
    document_sums: &["paymentAmount", "creditMemoAmount", "refundAmount"],
    item_sums: &[],
    tax_sums: &["paymentAmount", "creditAmount"],
};

static DEBIT_MEMO_ITEMS: Items = Items {
    kind: Kind::DebitMemoItem,
    parent: "debitMemoId",
    amount: "amount",
    left: "balance",
    tax: Kind::DebitTaxationItem,
    of_item: "debitMemoItemId",
    total: "totalAmount",
    total_without_tax: "totalAmountWithoutTax",
    document_sums: &["paymentAmount", "creditMemoAmount"],
    item_sums: &["beAppliedByOthersAmount"],
    tax_sums: &["paymentAmount", "creditAmount"],
};

static CREDIT_MEMO_ITEMS: Items = Items {
    kind: Kind::CreditMemoItem,
    parent: "creditMemoId",
    amount: "amount",
    left: "unappliedAmount",
    tax: Kind::CreditTaxationItem,
    of_item: "creditMemoItemId",
    total: "totalAmount",
    total_without_tax: "totalAmountWithoutTax",
    document_sums: &["appliedAmount", "refundAmount"],
    item_sums: &["appliedToOthersAmount", "refundAmount"],
    tax_sums: &["appliedAmount", "refundAmount"],
};

/// What tax says beside its amount; a memo's tax has it of the tax that it was made from.
pub(crate) const TAX_FACTS: [&str; 10] = [
    "name",
    "jurisdiction",
    "locationCode",
    "taxCode",
    "taxCodeDescription",
    "taxDate",
    "taxMode",
    "taxRate",
    "taxRateDescription",
    "taxRateType",
];

/// The kinds of documents that have items.
pub(crate) const DOCUMENTS: [Kind; 3] = [Kind::Invoice, Kind::CreditMemo, Kind::DebitMemo];

/// Whether records of a kind come from documents, payments and applications only.
pub(crate) fn is_kept(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::InvoiceItem
            | Kind::CreditMemoItem
            | Kind::DebitMemoItem
            | Kind::CreditTaxationItem
            | Kind::DebitTaxationItem
            | Kind::PaymentApplication
            | Kind::PaymentPart
            | Kind::PaymentPartItem
            | Kind::CreditMemoApplication
            | Kind::CreditMemoPart
            | Kind::CreditMemoPartItem
            | Kind::RefundApplication
            | Kind::RefundApplicationItem
    )
}

/// The items of a kind of document.
pub(crate) fn items(document: Kind) -> &'static Items {
    match document {
        Kind::Invoice => &INVOICE_ITEMS,
        Kind::DebitMemo => &DEBIT_MEMO_ITEMS,
        _ => &CREDIT_MEMO_ITEMS,
    }
}

/// What is left of a document's amount by what became of it.
pub(crate) fn left_of(document: Kind, row: &Object) -> Result<Decimal, Problem> {
    let names = items(document);
    // What was refunded of an invoice was paid before, and is no longer.
    let is_gone = |member: &&&str| document != Kind::Invoice || **member != "refundAmount";
    let mut gone = names.document_sums.iter().filter(is_gone);
    gone.try_fold(amount(row, names.total), |left, member| {
        minus(&left, &amount(row, member))
    })
}

/// Adds to members of a record.
fn shift(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: &str,
    changes: &[(&'static str, &Decimal)],
) -> Result<(), Problem> {
    let row = tx.find(kind, id)?;
    let sums = changes
        .iter()
        .map(|(member, by)| Ok((*member, plus(&amount(row, member), by)?)))
        .collect::<Result<Vec<_>, Problem>>()?;
    tx.change(kind, id, |row| {
        for (member, sum) in sums {
            row.insert(member, sum);
        }
    })
}

/// An account owes more by this much; what it has left to give makes it owe less.
fn owe(tx: &mut Tx<'_>, account: &str, member: &'static str, by: &Decimal) -> Result<(), Problem> {
    let owes = match member {
        "totalInvoiceBalance" | "totalDebitMemoBalance" => by.clone(),
        _ => -by,
    };
    let changes = [(member, by), ("balance", &owes)];
    shift(tx, Kind::Account, account, &changes)
}

fn account_of(row: &Object) -> String {
    text(row, "accountId").to_owned()
}

/// The amounts of an account that has nothing yet.
pub(crate) fn nothing(account: &mut Object) {
    for member in [
        "balance",
        "totalInvoiceBalance",
        "totalDebitMemoBalance",
        "unappliedBalance",
        "unappliedCreditMemoAmount",
        "creditBalance",
        "reservedPaymentAmount",
    ] {
        account.insert(member, Decimal::ZERO);
    }
}

fn is_positive(value: &Decimal) -> bool {
    !value.is_negative() && !value.is_zero()
}

/// The most digits that an amount has after the point, and before it. Amounts of up to
/// 9,999,999,999,999.99 are documented, and so are some with nine decimals; that more are refused is a guess.
const DECIMALS_GUESS: u32 = 9;
const DIGITS_GUESS: u32 = 15;

/// Whether an amount that somebody sends is one that sums can be made of, however many there are: with one
/// of a thousand digits, nothing could be added to its account any more.
pub(crate) fn fits(value: &Decimal, name: &str) -> Result<(), Problem> {
    match is_summable(value) {
        true => Ok(()),
        false => Err(Problem::bad_value(format!("{name} {}", too_many_digits()))),
    }
}

pub(crate) fn is_summable(value: &Decimal) -> bool {
    // A sum is exact in 38 digits; beside this one there is room for so many decimals.
    let large = Decimal::new(9 * 10_i128.pow(37 - DECIMALS_GUESS), 0);
    value.checked_add(&large).is_some() && value.abs() < Decimal::new(10_i128.pow(DIGITS_GUESS), 0)
}

pub(crate) fn too_many_digits() -> String {
    format!(
        "must have at most {DIGITS_GUESS} digits before the point and {DECIMALS_GUESS} after it"
    )
}

pub(crate) fn positive(value: &Decimal, name: &str) -> Result<(), Problem> {
    fits(value, name)?;
    if is_positive(value) {
        return Ok(());
    }
    Err(Problem::bad_value(format!(
        "{name} must be greater than zero"
    )))
}

fn sum<'a>(amounts: impl IntoIterator<Item = &'a Decimal>) -> Result<Decimal, Problem> {
    let mut amounts = amounts.into_iter();
    amounts.try_fold(Decimal::ZERO, |sum, next| plus(&sum, next))
}

pub(crate) fn status_must_be(row: &Object, allowed: &[&str], doing: &str) -> Result<(), Problem> {
    let status = text(row, "status");
    if allowed.contains(&status) {
        return Ok(());
    }
    let allowed = allowed.join(" or ");
    Err(Problem::rule(format!(
        "Cannot {doing}: the status is {status}, not {allowed}."
    )))
}

/// The ids of the records that belong to another.
fn ids_of(tx: &Tx<'_>, kind: Kind, member: &'static str, parent: &str) -> Vec<String> {
    let rows = tx.store().children(kind, member, parent);
    rows.map(|row| text(row, "id").to_owned()).collect()
}
