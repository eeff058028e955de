//! Previews: what a request would do is done, looked at, and undone.
//!
//! Amounts are those of `rating`; what would need more than that is left out.

use super::{
    accounts,
    door::{Answer, Ask, Handler},
    kind::Kind,
    orders,
    rating::{self, Item, Through},
    record::{amount, copy, list, minus, plus, some_amount, some_text, text},
    store::Transaction,
    subscription::whole,
    subscriptions, view,
};
use crate::problem::Problem;
use jiff::civil::Date;
use std::collections::BTreeMap;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("previewOrder", |tx, ask| {
        let result = of_order(tx, ask.body, orders::MOST)?;
        let mut reply = Object::new();
        reply.insert("previewResult", view::named("PreviewOrderResult", &result));
        Ok(Answer::Seen(reply))
    }),
    ("previewSubscription", of_new),
    ("previewExistingSubscription", of_existing),
    ("createBillingPreview", of_account),
];

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

/// An account that is there for the preview only; gives its id.
fn passing_account(tx: &mut Transaction<'_>, sent: &Object) -> Result<String, Problem> {
    let Some(info) = sent.get("previewAccountInfo").and_then(Json::as_object) else {
        return Err(Problem::missing(
            "the account is missing: an existing one or previewAccountInfo",
        ));
    };
    let mut account = Object::new();
    account.insert("name", "Preview");
    copy(info, &mut account, &["currency", "billCycleDay"]);
    accounts::new_account(&mut account);
    tx.create(Kind::Account, account)
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
        let seen = billed.iter().map(|item| item.seen(tx, subscription).into());
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

fn day(from: &Object, member: &str) -> Result<Date, Problem> {
    let day = some_text(from, member);
    let day = day.ok_or_else(|| Problem::missing(format!("{member} is missing")))?;
    day.parse()
        .map_err(|_| Problem::bad_value(format!("{member} is not a date")))
}

fn invoice(day: Date, amount: Decimal, items: Vec<Json>) -> Json {
    Json::object([
        ("targetDate", Json::from(day.to_string())),
        ("amount", amount.clone().into()),
        ("amountWithoutTax", amount.into()),
        ("invoiceItems", items.into()),
    ])
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

/// What becomes of a charge.
struct Change {
    charge: Object,
    /// Monthly revenue and quantity: afterwards, and how much that is more.
    revenue: (Decimal, Decimal),
    quantity: Decimal,
}

fn changes(
    tx: &Transaction<'_>,
    subscription: &Object,
    before: &BTreeMap<String, Object>,
) -> Result<Vec<Change>, Problem> {
    let id = text(subscription, "id");
    let now: Vec<&Object> = tx
        .store()
        .children(Kind::RatePlanCharge, "subscriptionId", id)
        .collect();
    let nothing = Object::new();
    let mut changes = Vec::new();
    for charge in &now {
        let old = before.get(text(charge, "chargeNumber")).unwrap_or(&nothing);
        changes.push(change(charge, charge, old)?);
    }
    let is_there = |number: &str| {
        now.iter()
            .any(|charge| text(charge, "chargeNumber") == number)
    };
    for (number, old) in before {
        let version = tx.get(Kind::Subscription, text(old, "subscriptionId"));
        let is_its = version.is_some_and(|row| text(row, "name") == text(subscription, "name"));
        if is_its && !is_there(number) {
            changes.push(change(old, &nothing, old)?);
        }
    }
    Ok(changes)
}

fn change(charge: &Object, new: &Object, old: &Object) -> Result<Change, Problem> {
    let revenue = amount(new, "mRR");
    let more = minus(&revenue, &amount(old, "mRR"))?;
    Ok(Change {
        charge: charge.clone(),
        revenue: (revenue, more),
        quantity: minus(&amount(new, "quantity"), &amount(old, "quantity"))?,
    })
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
    fn delta(&self, subscription: &Object, by: &Decimal, member: &[&str]) -> Option<Json> {
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
        for member in member {
            seen.insert(*member, by.clone());
        }
        Some(seen.into())
    }

    fn revenue(&self, subscription: &Object) -> Option<Json> {
        self.delta(subscription, &self.revenue.1, &["grossAmount", "netAmount"])
    }

    fn quantity(&self, subscription: &Object) -> Option<Json> {
        self.delta(subscription, &self.quantity, &["quantity"])
    }
}

/// A subscription that is not there yet.
fn of_new(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let reply = tx.rehearse(|tx| {
        let account = match some_text(body, "accountKey") {
            Some(key) => tx.id_of(Kind::Account, key)?,
            None => passing_account(tx, body)?,
        };
        let id = subscriptions::add(tx, &account, body)?;
        let row = tx.find(Kind::Subscription, &id)?;
        let mut reply = Object::new();
        copy(body, &mut reply, &["documentDate"]);
        reply.insert("contractedMrr", amount(row, "cMRR"));
        let kind = text(body, "previewType");
        // The names of the kinds say what they hold; without one it is all.
        let is_wanted = |part: &str| kind.is_empty() || kind.contains(part);
        if is_wanted("ChargeMetrics") {
            let changes = changes(tx, row, &BTreeMap::new())?;
            let charges: Vec<Json> = changes
                .iter()
                .map(|change| short_metrics(tx, change))
                .collect();
            reply.insert("chargeMetrics", charges);
        }
        if is_wanted("InvoiceItem") || kind.contains("LegalDoc") {
            let names = ["targetDate", "invoiceTargetDate"];
            let named = names.iter().find(|name| body.get(name).is_some());
            let through = match named {
                Some(name) => day(body, name)?,
                // Today is documented.
                None => tx.today.parse().unwrap_or(Date::MIN),
            };
            let items = rating::items(tx, row, Date::MIN, Through::Day(through))?;
            let seen: Vec<Json> = items
                .iter()
                .map(|item| view::named("PreviewSubscriptionInvoiceItem", &item.seen(tx, row)))
                .collect();
            reply.insert("targetDate", through.to_string());
            reply.insert("invoice", invoice(through, rating::total(&items)?, seen));
        }
        Ok(reply)
    })?;
    Ok(Answer::Seen(reply))
}

/// The metrics of a charge under the names that they have outside orders.
fn short_metrics(tx: &Transaction<'_>, change: &Change) -> Json {
    let mut seen = Object::new();
    copy(&change.charge, &mut seen, &["productRatePlanChargeId"]);
    seen.insert("number", text(&change.charge, "chargeNumber"));
    if let Some(plan) = tx.get(Kind::RatePlan, text(&change.charge, "ratePlanId")) {
        copy(plan, &mut seen, &["productRatePlanId"]);
        seen.insert("originRatePlanId", text(plan, "id"));
    }
    let (regular, more) = &change.revenue;
    seen.insert("mrr", regular.clone());
    seen.insert("dmrr", more.clone());
    seen.into()
}

/// What a subscription will bill.
fn of_existing(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Subscription, ask.key())?;
    let part = |name: &str| {
        let part = ask.body.get(name).and_then(Json::as_object);
        part.cloned().unwrap_or_default()
    };
    let (begin, end) = (part("previewStartDate"), part("previewThroughDate"));
    let from = match text(&begin, "previewStartDatePolicy") {
        "specificDate" => day(&begin, "specificDate")?,
        "today" => tx.today.parse().unwrap_or(Date::MIN),
        // That it is the start of the term when nothing is said is a guess.
        _ => day(row, "termStartDate")?,
    };
    let (through, target) = match text(&end, "previewThruDatePolicy") {
        "specificDate" => {
            let day = day(&end, "specificDate")?;
            (Through::Day(day), Some(day))
        }
        "nextBillingPeriods" => {
            let count = whole(&end, "nextBillingPeriods");
            let count = count.ok_or_else(|| Problem::missing("nextBillingPeriods is missing"))?;
            (Through::Periods(count), None)
        }
        _ => {
            let day = day(row, "termEndDate")?;
            (Through::Day(day), Some(day))
        }
    };
    let items = rating::items(tx, row, from, through)?;
    let last = items.iter().map(|item| item.begin).max();
    let seen: Vec<Json> = items
        .iter()
        .map(|item| {
            view::named(
                "PreviewExistingSubscriptionInvoiceItemResult",
                &item.seen(tx, row),
            )
        })
        .collect();
    let mut invoices = Vec::new();
    if let Some(last) = last {
        let mut whole = Object::new();
        if let Json::Object(invoice) = invoice(target.unwrap_or(last), rating::total(&items)?, seen)
        {
            whole = invoice;
        }
        whole.insert("isFromExistingInvoice", false);
        invoices.push(Json::from(whole));
    }
    let mut reply = Object::new();
    reply.insert("invoices", invoices);
    reply.insert("creditMemos", Vec::<Json>::new());
    Ok(Answer::Seen(reply))
}

/// What the subscriptions of an account will bill up to a day, without what was billed.
fn of_account(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let account = accounts::named(tx, body)?;
    let through = Through::Day(day(body, "targetDate")?);
    let excluded: Vec<&str> = text(body, "chargeTypeToExclude")
        .split(',')
        .map(str::trim)
        .collect();
    // That these are included when nothing is said is a guess.
    let with_evergreen = body.get("includingEvergreenSubscription") != Some(&Json::Bool(false));
    let mut items = Vec::new();
    for row in tx
        .store()
        .children(Kind::Subscription, "accountId", &account)
    {
        let is_latest = row.get("isLatestVersion") == Some(&Json::Bool(true));
        let is_evergreen = text(row, "termType") == "EVERGREEN";
        if !is_latest || is_evergreen && !with_evergreen {
            continue;
        }
        for item in rating::items(tx, row, Date::MIN, through)? {
            let is_excluded = excluded
                .iter()
                .any(|ty| ty.eq_ignore_ascii_case(text(&item.charge, "chargeType")));
            if !is_excluded && !is_billed(tx, row, &item) {
                let seen = item.seen(tx, row);
                items.push(view::named("CreateBillingPreviewInvoiceItem", &seen));
            }
        }
    }
    let mut reply = Object::new();
    reply.insert("accountId", account);
    reply.insert("invoiceItems", items);
    reply.insert("creditMemoItems", Vec::<Json>::new());
    Ok(Answer::Seen(reply))
}

/// Whether an invoice has an item for the same days of the same subscription's charge.
fn is_billed(tx: &Transaction<'_>, subscription: &Object, item: &Item) -> bool {
    let store = tx.store();
    let versions = store.children(
        Kind::Subscription,
        "originalId",
        text(subscription, "originalId"),
    );
    let mut billed = versions
        .flat_map(|row| store.children(Kind::InvoiceItem, "subscriptionId", text(row, "id")));
    let begin = item.begin.to_string();
    billed.any(|row| {
        let same = ["chargeNumber", "chargeName"];
        let mut named = same.iter().filter_map(|name| some_text(row, name));
        let own = [
            text(&item.charge, "chargeNumber"),
            text(&item.charge, "name"),
        ];
        let is_open = tx
            .get(Kind::Invoice, text(row, "invoiceId"))
            .is_some_and(|invoice| text(invoice, "status") != "Canceled");
        is_open && text(row, "serviceStartDate") == begin && named.any(|name| own.contains(&name))
    })
}
