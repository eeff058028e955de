//! `/v1/rateplans`: a rate plan of a subscription, with what led to it.

use super::{
    door::{Answer, Handler},
    kind::Kind,
    record::{copy, text, with_custom_apart},
    store::Transaction,
    view,
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("getRatePlan", |tx, ask| {
    Ok(Answer::Seen(shown(tx, tx.find(Kind::RatePlan, ask.key())?)))
})];

fn shown(tx: &Transaction<'_>, plan: &Object) -> Object {
    let mut seen = view::rest(Kind::RatePlan, plan);
    if let Some(product) = tx.get(Kind::Product, text(plan, "productId")) {
        seen.insert("productName", text(product, "name"));
        seen.insert("productSku", text(product, "sKU"));
    }
    // That of the version to which the rate plan belongs (a guess).
    let version = text(plan, "subscriptionId");
    let mut amendments = tx
        .store()
        .children(Kind::Amendment, "newSubscriptionId", version);
    let order = tx.get(Kind::Subscription, version);
    let order = order.and_then(|row| tx.get(Kind::Order, text(row, "orderId")));
    if let Some(amendment) = amendments.next() {
        let mut told = with_custom_apart(amendment);
        told.insert("isCreatedByOrder", order.is_some());
        for (own, name) in [("createdById", "createdBy"), ("updatedById", "updatedBy")] {
            if let Some(by) = amendment.get(own) {
                told.insert(name, by.clone());
            }
        }
        seen.insert(
            "amendment",
            view::named("OrderActionRatePlanAmendment", &told),
        );
    }
    if let Some(order) = order {
        let mut told = Object::new();
        copy(order, &mut told, &["id", "orderNumber"]);
        let actions = tx
            .store()
            .children(Kind::OrderAction, "orderId", text(order, "id"));
        let actions = actions.filter(|row| {
            let is_of_plans = ["AddProduct", "UpdateProduct", "RemoveProduct"];
            text(row, "subscriptionId") == version && is_of_plans.contains(&text(row, "type"))
        });
        let actions = actions
            .map(|row| view::named("OrderActionRatePlanOrderAction", &with_custom_apart(row)));
        told.insert("orderActions", actions.collect::<Vec<Json>>());
        seen.insert("order", told);
    }
    seen
}
