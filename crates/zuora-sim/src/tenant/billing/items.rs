//! The items of documents and their tax: as requests bring them, and as replies show them.

use crate::{
    problem::Problem,
    tenant::{
        kind::Kind,
        money::{self, TAX_FACTS, items},
        record::{amount, copy, copy_plain, flag, list, minus, some_amount, some_text, text},
        store::Transaction,
        view,
    },
};
use zuora_wire::{Decimal, Json, Object};

/// An item of a document, which must be its own.
pub(super) fn find<'t>(
    tx: &'t Transaction<'_>,
    kind: Kind,
    document: &str,
    item: &str,
) -> Result<&'t Object, Problem> {
    let id = tx.id_of(kind, document)?;
    let names = items(kind);
    let row = tx.find(names.kind, item)?;
    match text(row, names.parent) == id {
        true => Ok(row),
        false => Err(Problem::not_found(item)),
    }
}

/// An item as replies show it, with its tax.
pub(super) fn shown(tx: &Transaction<'_>, kind: Kind, row: &Object) -> Object {
    let names = items(kind);
    let mut seen = view::rest(names.kind, row);
    let id = text(row, "id");
    let taxes = tx.store().children(names.tax, names.of_item, id);
    let taxes: Vec<Object> = taxes.map(|tax| shown_tax(tx, kind, tax)).collect();
    let through = |schema| {
        let taxes = taxes.iter().map(|tax| view::named(schema, tax));
        Json::Array(taxes.collect())
    };
    let (schema, list) = match kind {
        Kind::Invoice => ("InvoiceTaxationItem", ""),
        Kind::CreditMemo => ("GetCreditMemoTaxItemResponse", "creditTaxItems"),
        _ => ("GetDebitMemoTaxItem", "taxItems"),
    };
    seen.insert("taxationItems", Json::object([("data", through(schema))]));
    if !list.is_empty() {
        seen.insert(list, through(schema));
    }
    match kind {
        Kind::Invoice => {
            if let Ok(left) = money::left_to_credit(tx, names.kind, id) {
                seen.insert("availableToCreditAmount", left);
            }
            if let (None, Some(price)) = (row.get("unitPrice"), unit_price(row)) {
                seen.insert("unitPrice", price);
            }
        }
        kind => {
            let other = match kind {
                Kind::CreditMemo => (Kind::DebitMemo, "DebitMemoItem"),
                _ => (Kind::CreditMemo, "CreditMemoItem"),
            };
            for (document, ty) in [(Kind::Invoice, "InvoiceDetail"), other] {
                if let Some(source) = some_text(row, money::source_member(names.kind, document)) {
                    seen.insert("sourceItemId", source);
                    seen.insert("sourceItemType", ty);
                }
            }
        }
    }
    seen
}

/// What one unit of an item costs that does not say so (a guess); nothing where that has no exact amount of as many
/// digits as amounts have.
fn unit_price(row: &Object) -> Option<Decimal> {
    const DIGITS: u32 = 9;
    let units = Decimal::new(10_i128.pow(DIGITS), 0);
    let in_units = |member| {
        let whole = amount(row, member).checked_mul(&units)?;
        whole.to_i64().map(i128::from)
    };
    let (whole, quantity) = (in_units("chargeAmount")?, in_units("quantity")?);
    let mut price = whole.checked_mul(10_i128.pow(DIGITS))?;
    if quantity == 0 || price % quantity != 0 {
        return None;
    }
    price /= quantity;
    let mut digits = DIGITS;
    while digits > 0 && price % 10 == 0 {
        price /= 10;
        digits -= 1;
    }
    Some(Decimal::new(price, digits))
}

/// Tax as replies show it.
pub(super) fn shown_tax(tx: &Transaction<'_>, kind: Kind, row: &Object) -> Object {
    let names = items(kind);
    let mut seen = view::rest(names.tax, row);
    if kind == Kind::Invoice {
        if let Ok(left) = money::left_to_credit(tx, names.tax, text(row, "id")) {
            seen.insert("availableToCreditAmount", left);
        }
    } else {
        copy(row, &mut seen, &[names.of_item]);
        seen.insert("memoItemId", text(row, names.of_item));
    }
    seen
}

/// A tax of a request under the names that records have.
pub(super) fn tax(sent: &Object) -> Object {
    let mut tax = Object::new();
    copy_plain(sent, &mut tax, Kind::TaxationItem.facts().rest);
    for name in ["id", "amount", "memoItemId"] {
        tax.remove(name);
    }
    if let Some(part) = some_amount(sent, "taxAmount").or_else(|| some_amount(sent, "amount")) {
        tax.insert("taxAmount", part);
    }
    tax
}

/// An item of a request under the names that records have, with its tax and its discounts. Its amount is
/// without tax, whether tax was included or not (documented for invoices).
pub(super) fn item(kind: Kind, sent: &Object) -> Result<Object, Problem> {
    let names = items(kind);
    let mut item = Object::new();
    copy_plain(sent, &mut item, names.kind.facts().rest);
    for name in ["id", "amount", "delete"] {
        item.remove(name);
    }
    let taxes: Vec<Object> = list(sent, "taxItems").map(tax).collect();
    let mut own = some_amount(sent, "amount").or_else(|| some_amount(sent, "memoItemAmount"));
    let is_inclusive = |row: &Object| text(row, "taxMode") == "TaxInclusive";
    for tax in &taxes {
        if is_inclusive(sent) || is_inclusive(tax) {
            own = match own {
                Some(own) => Some(minus(&own, &amount(tax, "taxAmount"))?),
                None => None,
            };
        }
    }
    item.insert(names.amount, own.unwrap_or(Decimal::ZERO));
    item.insert(
        "taxItems",
        taxes.into_iter().map(Json::from).collect::<Vec<_>>(),
    );
    let mut discounts = Vec::new();
    for sent in list(sent, "discountItems") {
        let mut discount = self::item(kind, sent)?;
        discount.insert("processingType", "Discount");
        discounts.push(Json::from(discount));
    }
    item.insert("discountItems", discounts);
    if kind == Kind::Invoice && item.get("quantity").is_none() {
        item.insert("quantity", Decimal::ONE);
    }
    Ok(item)
}

/// An item of a memo that is made from an item of an invoice, with its tax.
pub(super) fn item_from_invoice(
    tx: &Transaction<'_>,
    kind: Kind,
    invoice: &str,
    sent: &Object,
) -> Result<Object, Problem> {
    let mut made = item(kind, sent)?;
    // A debit memo's item may come from none.
    let Some(source) = some_text(sent, "invoiceItemId") else {
        return Ok(made);
    };
    let row = tx.find(Kind::InvoiceItem, source)?;
    if text(row, "invoiceId") != invoice {
        return Err(Problem::rule("The item belongs to another invoice."));
    }
    copy(row, &mut made, &["subscriptionId", "taxMode"]);
    let mut taxes = Vec::new();
    for tax in list(&made, "taxItems") {
        let mut tax = tax.clone();
        if let Some(source_tax) = some_text(&tax, "taxationItemId") {
            let from = tx.find(Kind::TaxationItem, source_tax)?;
            if text(from, "invoiceItemId") != source {
                return Err(Problem::rule("The tax belongs to another item."));
            }
            for name in TAX_FACTS {
                if tax.get(name).is_none() {
                    copy(from, &mut tax, &[name]);
                }
            }
        }
        taxes.push(Json::from(tax));
    }
    made.insert("taxItems", taxes);
    Ok(made)
}

/// Changes, adds and removes items of a draft as a request says.
pub(super) fn change(
    tx: &mut Transaction<'_>,
    kind: Kind,
    id: &str,
    sent: &Object,
) -> Result<(), Problem> {
    let member = match kind {
        Kind::Invoice => "invoiceItems",
        _ => "items",
    };
    if sent.get(member).is_none() {
        return Ok(());
    }
    money::must_be_draft(tx, kind, id)?;
    let names = items(kind);
    for entry in list(sent, member) {
        match some_text(entry, "id") {
            None => {
                let item = item(kind, entry)?;
                money::add_item(tx, kind, id, item)?;
            }
            Some(own) if flag(entry, "delete") => money::remove_item(tx, kind, id, own)?,
            Some(own) => {
                let mut changed = Object::new();
                copy_plain(entry, &mut changed, names.kind.facts().rest);
                for name in ["id", "amount", "delete"] {
                    changed.remove(name);
                }
                if let Some(part) = some_amount(entry, "amount") {
                    changed.insert(names.amount, part);
                }
                money::change_item(tx, kind, id, own, |row| copy_plain(&changed, row, &[]))?;
                for sent in list(entry, "taxItems") {
                    change_tax(tx, kind, own, sent)?;
                }
            }
        }
    }
    money::add_up(tx, kind, id)
}

/// Changes a tax of an item, or adds one where none is named.
fn change_tax(
    tx: &mut Transaction<'_>,
    kind: Kind,
    item: &str,
    sent: &Object,
) -> Result<(), Problem> {
    let names = items(kind);
    let changed = tax(sent);
    let Some(id) = some_text(sent, "id") else {
        return money::add_tax(tx, kind, item, changed).map(drop);
    };
    if text(tx.find(names.tax, id)?, names.of_item) != item {
        return Err(Problem::rule("The tax belongs to another item."));
    }
    tx.change(names.tax, id, |row| copy_plain(&changed, row, &[]))
}

/// What an item of a write-off names: parts of an item without tax, and of its tax.
pub(super) fn written_off(kind: Kind, sent: &Object) -> Vec<money::Share> {
    let mut shares = Vec::new();
    let mut add = |id: &str, part: Option<Decimal>| {
        if let Some(part) = part {
            shares.push(money::Share {
                from: Some(id.to_owned()),
                to: None,
                part,
            });
        }
    };
    for entry in list(sent, "items") {
        add(
            text(entry, items(kind).of_item),
            some_amount(entry, "amountWithoutTax"),
        );
        for tax in list(entry, "taxationItems") {
            add(text(tax, "taxationItemId"), some_amount(tax, "amount"));
        }
    }
    shares
}
