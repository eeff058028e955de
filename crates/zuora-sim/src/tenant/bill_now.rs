//! What an order bills at once when it is told to: an invoice for each account that its subscriptions bill.
//!
//! The amounts are those of `rating`, without tax. All of it is a guess; nothing is credited or collected.

use super::{
    kind::Kind,
    money,
    rating::{self, Item, Through},
    record::{flag, list, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use jiff::civil::Date;
use std::collections::BTreeSet;
use zuora_wire::{Decimal, Json, Object};

/// Bills what the subscriptions of an order owe up to the target date and have no invoice for; gives the ids
/// of the invoices.
pub(super) fn bill(
    tx: &mut Transaction<'_>,
    order: &str,
    options: &Object,
) -> Result<Vec<String>, Problem> {
    if !flag(options, "runBilling") {
        return Ok(Vec::new());
    }
    let nothing = Object::new();
    let options = options.get("billingOptions").and_then(Json::as_object);
    let options = options.unwrap_or(&nothing);
    let [target, date] = ["targetDate", "documentDate"]
        .map(|name| some_text(options, name).unwrap_or(&tx.today).to_owned());
    let through = target.parse::<Date>();
    let through =
        through.map_err(|_| Problem::bad_value(format!("targetDate: {target} is no date")))?;
    let excluded = options.get("chargeTypeToExclude").and_then(Json::as_array);
    let is_excluded = |item: &Item| {
        let mut types = excluded.into_iter().flatten().filter_map(Json::as_str);
        types.any(|ty| ty.eq_ignore_ascii_case(text(&item.charge, "chargeType")))
    };
    // An order may name a subscription twice.
    let names: BTreeSet<&str> = list(tx.find(Kind::Order, order)?, "subscriptions")
        .map(|told| text(told, "subscriptionNumber"))
        .collect();
    // The items of each account that is billed, in the order in which they were found.
    let mut billed: Vec<(String, Vec<Object>)> = Vec::new();
    for name in names {
        let row = tx.find(Kind::Subscription, name)?;
        let owner = text(row, "invoiceOwnerId");
        for item in rating::unbilled(tx, row, Through::Day(through))? {
            if is_excluded(&item) {
                continue;
            }
            let item = invoice_item(tx, row, &item);
            match billed.iter_mut().find(|(known, _)| known == owner) {
                Some((_, items)) => items.push(item),
                None => billed.push((owner.to_owned(), vec![item])),
            }
        }
    }
    let mut ids = Vec::new();
    for (account, items) in billed {
        let head = head(tx, &account, &target, &date)?;
        let id = money::create(tx, Kind::Invoice, head, items)?;
        if !flag(options, "generateDraftInvoice") {
            money::post(tx, Kind::Invoice, &id)?;
        }
        ids.push(id);
    }
    Ok(ids)
}

fn head(tx: &Transaction<'_>, account: &str, target: &str, date: &str) -> Result<Object, Problem> {
    let owner = tx.find(Kind::Account, account)?;
    let mut head = Object::new();
    for (name, own) in [
        ("currency", "currency"),
        ("billToContactId", "billToId"),
        ("soldToContactId", "soldToId"),
    ] {
        if let Some(value) = some_text(owner, own) {
            head.insert(name, value);
        }
    }
    head.insert("accountId", account);
    head.insert("invoiceDate", date);
    head.insert("dueDate", date);
    head.insert("targetDate", target);
    head.insert("source", "API");
    head.insert("sourceType", "Subscription");
    Ok(head)
}

/// What is owed, as an item of an invoice.
fn invoice_item(tx: &Transaction<'_>, subscription: &Object, item: &Item) -> Object {
    let mut row = item.seen(tx, subscription);
    // Previews call it both ways, and have names of their own for the charge and its unit.
    row.remove("amountWithoutTax");
    row.remove("chargeId");
    if let Some(unit) = row.remove("unitOfMeasure") {
        row.insert("uOM", unit);
    }
    row.insert("taxAmount", Decimal::ZERO);
    row
}
