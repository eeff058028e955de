//! Order line items: what an order sells beside subscriptions.

use super::{
    charge_tiers,
    door::{Handler, done},
    kind::Kind,
    order_item_schedule,
    record::{copy, copy_custom, copy_plain, list, set_custom, some_amount, some_text, text},
    store::{Store, Transaction},
    view,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getOrderLineItem", |tx, ask| {
        let row = tx.find(Kind::OrderLineItem, ask.key())?;
        let seen = seen(tx.store(), row);
        Ok(done([(
            "orderLineItem",
            view::named("GetOrderLineItem", &seen),
        )]))
    }),
    ("updateOrderLineItem", |tx, ask| {
        update(tx, ask.key(), ask.body)?;
        Ok(done([]))
    }),
    ("updateOrderLineItems", |tx, ask| {
        let mut items = Vec::new();
        for sent in list(ask.body, "orderLineItems") {
            let id = text(sent, "id");
            update(tx, id, sent)?;
            let row = tx.find(Kind::OrderLineItem, id)?;
            items.push(view::named("GetOrderLineItem", &seen(tx.store(), row)));
        }
        Ok(done([("orderLineItems", items.into())]))
    }),
];

/// The items that an order was sent with become records.
pub(super) fn add(tx: &mut Transaction<'_>, order: &Object) -> Result<(), Problem> {
    for (place, sent) in list(order, "orderLineItems").enumerate() {
        let mut row = Object::new();
        let defaults = [
            ("itemState", "Executing"),
            ("itemCategory", "Sales"),
            ("itemType", "Product"),
            ("billingRule", "TriggerWithoutFulfillment"),
        ];
        for (name, value) in defaults {
            row.insert(name, value);
        }
        row.insert("orderId", text(order, "id"));
        row.insert("orderNumber", text(order, "orderNumber"));
        row.insert("ownerAccountId", text(order, "accountId"));
        row.insert("itemNumber", (place + 1).to_string());
        copy(order, &mut row, &["currency"]);
        set(tx, &mut row, sent)?;
        let number = text(&row, "itemNumber");
        let is_taken = tx
            .store()
            .children(Kind::OrderLineItem, "orderId", text(order, "id"))
            .any(|other| text(other, "itemNumber") == number);
        if is_taken {
            return Err(Problem::rule(format!(
                "Two order line items have the itemNumber {number}."
            )));
        }
        order_item_schedule::set(tx, &mut row, sent)?;
        tx.create(Kind::OrderLineItem, row)?;
    }
    Ok(())
}

fn update(tx: &mut Transaction<'_>, id: &str, sent: &Object) -> Result<(), Problem> {
    let mut row = tx.find(Kind::OrderLineItem, id)?.clone();
    let state = text(&row, "itemState");
    // That nothing changes any more in these is a guess.
    if matches!(state, "Complete" | "Canceled") {
        return Err(Problem::rule(format!(
            "The order line item has the state {state} and cannot be changed."
        )));
    }
    set(tx, &mut row, sent)?;
    tx.change(Kind::OrderLineItem, id, |own| *own = row)
}

/// What a request says about an item, and the amounts that follow from it.
fn set(tx: &Transaction<'_>, row: &mut Object, sent: &Object) -> Result<(), Problem> {
    let id = row.get("id").cloned();
    copy_plain(sent, row, Kind::OrderLineItem.facts().rest);
    if let Some(id) = id {
        row.insert("id", id);
    }
    copy_custom(sent, row);
    set_custom(row, sent)?;
    if let Some(owner) = some_text(row, "ownerAccountNumber") {
        let owner = tx.id_of(Kind::Account, owner)?;
        row.insert("ownerAccountId", owner);
    }
    row.remove("ownerAccountNumber");
    if let Some(charge) = some_text(row, "productRatePlanChargeId") {
        let charge = tx.find(Kind::ProductRatePlanCharge, charge)?;
        if some_amount(row, "listPricePerUnit").is_none() {
            let price = charge_tiers::list_price(tx, charge, text(row, "currency"));
            row.insert("listPricePerUnit", price);
        }
        if some_text(row, "itemName").is_none() {
            copy(charge, row, &["name"]);
            if let Some(name) = row.remove("name") {
                row.insert("itemName", name);
            }
        }
    }
    let quantity = some_amount(row, "quantity").unwrap_or(Decimal::ONE);
    if some_amount(row, "amountPerUnit").is_none()
        && let Some(list) = some_amount(row, "listPricePerUnit")
    {
        row.insert("amountPerUnit", list);
    }
    for (each, all) in [
        ("amountPerUnit", "amount"),
        ("listPricePerUnit", "listPrice"),
    ] {
        if let Some(each) = some_amount(row, each) {
            let amount = each.checked_mul(&quantity).ok_or_else(|| {
                Problem::bad_value("The amounts have too many digits to be multiplied exactly")
            })?;
            row.insert(all, amount);
        }
    }
    row.insert("quantity", quantity);
    // No tax is known here.
    if let Some(amount) = row.get("amount").cloned() {
        row.insert("amountWithoutTax", amount);
    }
    Ok(())
}

/// An item under the names of replies, with its owner.
pub(super) fn seen(store: &Store, row: &Object) -> Object {
    let mut seen = view::rest(Kind::OrderLineItem, row);
    if let Some(owner) = store.get(Kind::Account, text(row, "ownerAccountId")) {
        seen.insert("ownerAccountName", text(owner, "name"));
        seen.insert("ownerAccountNumber", text(owner, "accountNumber"));
        for (name, member) in [
            ("invoiceOwnerAccountId", "id"),
            ("invoiceOwnerAccountName", "name"),
            ("invoiceOwnerAccountNumber", "accountNumber"),
        ] {
            seen.insert(name, text(owner, member));
        }
    }
    seen
}
