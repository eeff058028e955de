//! Previews of orders: metrics of charges, differences, and what would be billed.

use super::{
    door::{Answer, Handler},
    kind::Kind,
    orders,
    preview::{Change, changes, day, invoice, passing_account},
    rating::{self, Item, Through},
    record::{copy, list, plus, some_amount, some_text, text},
    segments,
    store::Transaction,
    subscription::whole,
    view,
};
use crate::problem::Problem;
use jiff::civil::Date;
use std::collections::BTreeMap;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("previewOrder", |tx, ask| {
    let result = of_order(tx, ask.body, orders::MOST)?;
    let mut reply = Object::new();
    reply.insert("previewResult", view::named("PreviewOrderResult", &result));
    Ok(Answer::Seen(reply))
})];

/// What an order would do, under the names of the results.
pub(super) fn of_order(
    tx: &mut Transaction<'_>,
    sent: &Object,
    most: usize,
) -> Result<Object, Problem> {
    tx.rehearse(|tx| {
        let mut body = sent.clone();
        if some_text(&body, "existingAccountNumber").is_none() {
            let account = passing_account(tx, sent)?;
            body.insert("existingAccountNumber", account);
        }
        // The number may be that of the draft that is looked at.
        body.remove("orderNumber");
        let before = charges_before(tx, sent)?;
        let id = orders::keep(tx, &body, most)?;
        orders::carry_out(tx, &id)?;
        order_result(tx, &id, sent, &before)
    })
}

/// The charges that the subscriptions of an order have before it, by number.
fn charges_before(
    tx: &Transaction<'_>,
    sent: &Object,
) -> Result<BTreeMap<String, Object>, Problem> {
    let mut charges = BTreeMap::new();
    let names =
        list(sent, "subscriptions").filter_map(|sent| some_text(sent, "subscriptionNumber"));
    for row in names.filter_map(|name| tx.get(Kind::Subscription, name)) {
        let id = text(row, "id");
        for charge in tx
            .store()
            .children(Kind::RatePlanCharge, "subscriptionId", id)
            .filter(|charge| segments::runs_to_the_end(charge, row))
        {
            charges.insert(text(charge, "chargeNumber").to_owned(), charge.clone());
        }
    }
    Ok(charges)
}

fn order_result(
    tx: &Transaction<'_>,
    order: &str,
    sent: &Object,
    before: &BTreeMap<String, Object>,
) -> Result<Object, Problem> {
    let nothing = Object::new();
    let options = sent.get("previewOptions").and_then(Json::as_object);
    let options = options.unwrap_or(&nothing);
    let types = options.get("previewTypes").and_then(Json::as_array);
    let types: Vec<&str> = types
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    // Without a type all that is known.
    let is_wanted = |ty: &str| types.is_empty() || types.contains(&ty);
    let order = tx.find(Kind::Order, order)?;
    let mut names: Vec<&str> = Vec::new();
    for told in list(order, "subscriptions") {
        let name = text(told, "subscriptionNumber");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (mut metrics, mut steps, mut invoices) = (Vec::new(), Vec::new(), Vec::new());
    let (mut revenue, mut quantities) = (Vec::new(), Vec::new());
    let mut items: BTreeMap<Date, Vec<Json>> = BTreeMap::new();
    let mut sums: BTreeMap<Date, Decimal> = BTreeMap::new();
    for name in names {
        let subscription = tx.find(Kind::Subscription, name)?;
        let changes = changes(tx, subscription, before)?;
        let charges: Vec<Json> = changes.iter().map(|change| change.metrics(tx)).collect();
        metrics.push(Json::object([
            ("subscriptionNumber", Json::from(name)),
            ("charges", charges.into()),
        ]));
        revenue.extend(
            changes
                .iter()
                .filter_map(|change| change.revenue(subscription)),
        );
        quantities.extend(
            changes
                .iter()
                .filter_map(|change| change.quantity(subscription)),
        );
        steps.push(Json::object([
            ("subscriptionNumber", Json::from(name)),
            ("orderActions", actions(tx, order, name).into()),
        ]));
        let day = through_day(options, subscription)?;
        let through = match text(options, "previewThruType") {
            "NumberOfPeriods" => {
                Through::Periods(whole(options, "previewNumberOfPeriods").unwrap_or(1))
            }
            _ => Through::Day(day),
        };
        let billed = rating::items(tx, subscription, Date::MIN, through)?;
        let sum = sums.entry(day).or_default();
        *sum = plus(sum, &rating::total(&billed)?)?;
        let seen = billed
            .iter()
            .map(|item| invoice_item(tx, subscription, item));
        items.entry(day).or_default().extend(seen);
    }
    let sold = tx
        .store()
        .children(Kind::OrderLineItem, "orderId", text(order, "id"));
    for item in sold {
        if let Some(amount) = some_amount(item, "amount") {
            let day = text(order, "orderDate").parse().unwrap_or(Date::MAX);
            let sum = sums.entry(day).or_default();
            *sum = plus(sum, &amount)?;
            items.entry(day).or_default().push(Json::object([
                ("orderLineItemNumber", Json::from(text(item, "itemNumber"))),
                ("chargeName", text(item, "itemName").into()),
                ("amountWithoutTax", amount.into()),
                ("taxAmount", Decimal::ZERO.into()),
                ("processingType", "Charge".into()),
            ]));
        }
    }
    for (day, items) in items.into_iter().filter(|(_, items)| !items.is_empty()) {
        invoices.push(invoice(day, sums.remove(&day).unwrap_or_default(), items));
    }
    let mut result = Object::new();
    if is_wanted("ChargeMetrics") {
        result.insert("chargeMetrics", metrics);
    }
    if is_wanted("OrderMetrics") {
        result.insert("orderMetrics", steps);
    }
    if is_wanted("OrderDeltaMetrics") {
        let deltas = [("orderDeltaMrr", revenue), ("orderDeltaQty", quantities)];
        result.insert("orderDeltaMetrics", Json::object(deltas));
    }
    if is_wanted("BillingDocs") {
        result.insert("invoices", invoices);
        result.insert("creditMemos", Vec::<Json>::new());
    }
    Ok(result)
}

/// What would be billed, as these replies have it: the quantity apart, and no tax.
fn invoice_item(tx: &Transaction<'_>, subscription: &Object, item: &Item) -> Json {
    let mut seen = item.seen(tx, subscription);
    let mut info = Object::new();
    copy(&seen, &mut info, &["quantity", "unitOfMeasure"]);
    seen.insert("additionalInfo", info);
    seen.insert("taxAmount", Decimal::ZERO);
    view::named("InvoiceItemPreviewResult", &seen)
}

/// Up to which day an order's preview bills.
fn through_day(options: &Object, subscription: &Object) -> Result<Date, Problem> {
    let member = match text(options, "previewThruType") {
        "SpecificDate" => return day(options, "specificPreviewThruDate"),
        // An evergreen subscription has no end of its term: its first day then.
        _ if some_text(subscription, "termEndDate").is_none() => "termStartDate",
        _ => "termEndDate",
    };
    day(subscription, member)
}

/// The actions of an order on a subscription, in their order.
fn actions(tx: &Transaction<'_>, order: &Object, name: &str) -> Vec<Json> {
    let rows = tx
        .store()
        .children(Kind::OrderAction, "orderId", text(order, "id"));
    rows.filter(|row| text(row, "subscriptionNumber") == name)
        .map(|row| {
            let sequence = whole(row, "sequence").unwrap_or_default();
            Json::object([
                ("sequence", Json::from(sequence.to_string())),
                ("type", text(row, "type").into()),
            ])
        })
        .collect()
}

impl Change {
    fn metrics(&self, tx: &Transaction<'_>) -> Json {
        let mut seen = Object::new();
        copy(
            &self.charge,
            &mut seen,
            &["chargeNumber", "productRatePlanChargeId"],
        );
        if let Some(plan) = tx.get(Kind::RatePlan, text(&self.charge, "ratePlanId")) {
            copy(
                plan,
                &mut seen,
                &["productRatePlanId", "subscriptionRatePlanNumber"],
            );
            seen.insert("originRatePlanId", text(plan, "id"));
        }
        let (regular, more) = &self.revenue;
        seen.insert(
            "cmrr",
            Json::object([("regular", regular.clone()), ("regularDelta", more.clone())]),
        );
        seen.into()
    }
    /// What a list of differences says about it, unless there is none.
    fn delta(
        &self,
        subscription: &Object,
        by: &Decimal,
        schema: &str,
        members: &[&str],
    ) -> Option<Json> {
        if by.is_zero() {
            return None;
        }
        let mut seen = Object::new();
        copy(
            &self.charge,
            &mut seen,
            &["chargeNumber", "productRatePlanChargeId"],
        );
        for (own, told) in [
            ("id", "ratePlanChargeId"),
            ("effectiveStartDate", "startDate"),
            ("effectiveEndDate", "endDate"),
        ] {
            if let Some(value) = some_text(&self.charge, own) {
                seen.insert(told, value);
            }
        }
        seen.insert("subscriptionNumber", text(subscription, "name"));
        copy(subscription, &mut seen, &["currency"]);
        for member in members {
            seen.insert(*member, by.clone());
        }
        Some(view::named(schema, &seen))
    }

    fn revenue(&self, subscription: &Object) -> Option<Json> {
        let members = ["grossAmount", "netAmount"];
        self.delta(subscription, &self.revenue.1, "OrderDeltaMrr", &members)
    }

    fn quantity(&self, subscription: &Object) -> Option<Json> {
        self.delta(subscription, &self.quantity, "OrderDeltaQty", &["quantity"])
    }
}
