//! Up to which day each charge of a subscription is billed, as its invoices say.
//!
//! A charge is charged through the day after the last one that an invoice has for it, and processed through the
//! same day, or through the first day of that period if it is billed in advance (guesses).

use super::{
    kind::Kind,
    rating::is_in_arrears,
    record::{some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use jiff::civil::Date;
use zuora_wire::Object;

/// Sets the days of the charges of the latest version of a subscription.
pub(super) fn settle(tx: &mut Transaction<'_>, subscription: &str) -> Result<(), Problem> {
    // It may be gone meanwhile.
    let Some(latest) = tx.get(Kind::Subscription, subscription).cloned() else {
        return Ok(());
    };
    let Some(latest) = tx.get(Kind::Subscription, text(&latest, "name")).cloned() else {
        return Ok(());
    };
    let items = billed(tx, text(&latest, "originalId"));
    let id = text(&latest, "id");
    let mut changes = Vec::new();
    for charge in tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", id)
    {
        let mut changed = charge.clone();
        set_days(&mut changed, &items);
        if changed != *charge {
            changes.push(changed);
        }
    }
    for changed in changes {
        let id = text(&changed, "id").to_owned();
        tx.change(Kind::RatePlanCharge, &id, |row| *row = changed)?;
    }
    Ok(())
}

/// The items for charges that the invoices of a subscription's versions have, without the canceled ones.
fn billed<'t>(tx: &'t Transaction<'_>, original: &str) -> Vec<&'t Object> {
    let store = tx.store();
    let versions = store.children(Kind::Subscription, "originalId", original);
    let items = versions
        .flat_map(|row| store.children(Kind::InvoiceItem, "subscriptionId", text(row, "id")))
        .filter(|item| some_text(item, "chargeNumber").is_some());
    let open = items.filter(|item| {
        let invoice = tx.get(Kind::Invoice, text(item, "invoiceId"));
        invoice.is_some_and(|invoice| text(invoice, "status") != "Canceled")
    });
    open.collect()
}

/// Days as texts compare as days do.
fn set_days(charge: &mut Object, items: &[&Object]) {
    let [from, to] = ["effectiveStartDate", "effectiveEndDate"].map(|name| some_text(charge, name));
    let own = items.iter().filter(|item| {
        let begin = text(item, "serviceStartDate");
        text(item, "chargeNumber") == text(charge, "chargeNumber")
            && from.is_none_or(|from| from <= begin)
            && to.is_none_or(|to| begin < to)
    });
    let last = own.max_by_key(|item| text(item, "serviceEndDate"));
    let end = last.and_then(|item| text(item, "serviceEndDate").parse::<Date>().ok());
    let (Some(last), Some(next)) = (last, end.and_then(|end| end.tomorrow().ok())) else {
        charge.remove("chargedThroughDate");
        charge.remove("processedThroughDate");
        return;
    };
    let charged = next.to_string();
    let processed = match is_in_arrears(charge) {
        true => charged.clone(),
        false => text(last, "serviceStartDate").to_owned(),
    };
    charge.insert("chargedThroughDate", charged);
    charge.insert("processedThroughDate", processed);
}
