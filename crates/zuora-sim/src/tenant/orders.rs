//! Orders, as `/v1` REST has them: made, kept as drafts or until their day, carried out, taken back.
//!
//! Until it is carried out an order keeps what was sent. Then its actions and items are records of their
//! own (`order_actions`, `order_items`).

use super::{
    accounts,
    bill_now::{self, Billed, Told},
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    order_actions, order_items,
    order_jobs::{day_of, schedule, stop},
    record::{copy, copy_custom, list, set_custom, some_text, text, with_custom_apart},
    store::{Store, Transaction},
    subscription::whole,
    versions, view,
};
use crate::{problem::Problem, version};
use jiff::civil::Date;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createOrder", create),
    ("getOrder", get),
    ("getOrders", |tx, ask| {
        page(ask, tx.store(), tx.store().all(Kind::Order))
    }),
    ("getOrdersBySubscriptionOwner", of_account),
    // The owner of the invoices is that of the subscriptions here.
    ("getOrdersByInvoiceOwner", of_account),
    ("getOrdersBySubscriptionNumber", of_subscription),
    ("getPendingOrdersBySubscriptionNumber", |tx, ask| {
        let rows = naming(tx, ask.key())?;
        page(
            ask,
            tx.store(),
            rows.filter(|row| text(row, "status") == "Pending"),
        )
    }),
    ("updateOrder", update),
    ("activateOrder", activate),
    ("cancelOrder", cancel),
    ("deleteOrder", |tx, ask| {
        delete(tx, ask.key())?;
        Ok(done([]))
    }),
    ("revertOrder", revert),
];

/// How many subscriptions an order can name, and each of them actions (documented; that the second number
/// is meant for each of them is a guess).
pub(super) const MOST: usize = 50;
pub(super) const MOST_ASYNC: usize = 300;

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    made(tx, ask, MOST)
}

pub(super) fn made(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    most: usize,
) -> Result<Answer, Problem> {
    let id = keep(tx, ask.body, most)?;
    let mut billed = Billed::default();
    match text(ask.body, "status") {
        "Draft" => {}
        "Scheduled" => schedule(tx, ask, &id)?,
        _ => billed = carry_out(tx, &id)?,
    }
    outcome(tx, ask, &id, &billed)
}

/// A new order, not carried out yet; gives its id.
pub(super) fn keep(
    tx: &mut Transaction<'_>,
    body: &Object,
    most: usize,
) -> Result<String, Problem> {
    let account = match some_text(body, "existingAccountNumber") {
        Some(key) => tx.id_of(Kind::Account, key)?,
        None => match body.get("newAccount").and_then(Json::as_object) {
            Some(sent) => accounts::add(tx, sent)?,
            None => {
                return Err(Problem::missing(
                    "existingAccountNumber or newAccount is missing",
                ));
            }
        },
    };
    let mut order = Object::new();
    copy(body, &mut order, &["orderNumber"]);
    take(&mut order, body, most)?;
    let owner = tx.find(Kind::Account, &account)?;
    copy(owner, &mut order, &["currency"]);
    order.insert("existingAccountNumber", text(owner, "accountNumber"));
    order.insert("accountId", account);
    order.insert("status", "Draft");
    tx.create(Kind::Order, order)
}

/// What a request says about an order.
fn take(order: &mut Object, body: &Object, most: usize) -> Result<(), Problem> {
    let is_too_many = list(body, "subscriptions").count() > most
        || list(body, "subscriptions").any(|sent| list(sent, "orderActions").count() > most);
    if is_too_many {
        return Err(Problem::rule(format!(
            "An order has at most {most} subscriptions, and each of them at most {most} actions."
        )));
    }
    copy(
        body,
        order,
        &[
            "category",
            "description",
            "orderDate",
            "processingOptions",
            "reasonCode",
            "schedulingOptions",
            "subscriptions",
            "orderLineItems",
        ],
    );
    copy_custom(body, order);
    set_custom(order, body)
}

/// Carries an order out: its actions make versions of subscriptions, its items become records, and what it
/// is to bill is billed.
pub(super) fn carry_out(tx: &mut Transaction<'_>, id: &str) -> Result<Billed, Problem> {
    let order = tx.find(Kind::Order, id)?.clone();
    let account = text(&order, "accountId");
    let (mut subscriptions, mut names) = (Vec::new(), Vec::new());
    for sent in list(&order, "subscriptions") {
        let told = order_actions::subscribe(tx, id, account, sent)?;
        names.push(text(&told, "subscriptionNumber").to_owned());
        subscriptions.push(Json::from(told));
    }
    order_items::add(tx, &order)?;
    tx.change(Kind::Order, id, |row| {
        row.insert("subscriptions", subscriptions);
        row.remove("orderLineItems");
        row.remove("processingOptions");
        row.insert("status", "Completed");
    })?;
    let options = order.get("processingOptions").and_then(Json::as_object);
    let told = options.map(|options| Told::by_order(tx, options));
    let Some(told) = told.transpose()?.flatten() else {
        return Ok(Billed::default());
    };
    bill_now::bill(tx, names.iter().map(String::as_str), &told)
}

/// What a request is answered that made an order or changed it.
fn outcome(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    id: &str,
    billed: &Billed,
) -> Result<Answer, Problem> {
    let order = tx.find(Kind::Order, id)?;
    let mut reply = Object::new();
    copy(order, &mut reply, &["orderNumber", "accountId", "status"]);
    reply.insert("orderId", id);
    reply.insert("accountNumber", text(order, "existingAccountNumber"));
    let (mut numbers, mut ids, mut subscriptions) = (Vec::new(), Vec::new(), Vec::new());
    // A draft has changed none.
    let changed = list(order, "subscriptions").filter(|told| told.get("newVersion").is_some());
    for told in changed {
        let row = tx.find(Kind::Subscription, text(told, "subscriptionNumber"))?;
        let owner = tx.find(Kind::Account, text(row, "accountId"))?;
        numbers.push(Json::from(text(row, "name")));
        ids.push(Json::from(text(row, "id")));
        subscriptions.push(Json::object([
            ("subscriptionNumber", text(row, "name")),
            ("subscriptionId", text(row, "id")),
            ("subscriptionOwnerId", text(owner, "id")),
            ("subscriptionOwnerNumber", text(owner, "accountNumber")),
            ("status", text(row, "status")),
        ]));
    }
    reply.insert("subscriptionNumbers", numbers);
    reply.insert("subscriptionIds", ids);
    if ask.version >= version::SUBSCRIPTIONS_OF_ORDER_SINCE {
        reply.insert("subscriptions", subscriptions);
    }
    if !billed.invoices.is_empty() {
        let numbers = billed
            .invoices
            .iter()
            .filter_map(|id| tx.get(Kind::Invoice, id));
        let numbers: Vec<Json> = numbers
            .map(|invoice| text(invoice, "invoiceNumber").into())
            .collect();
        reply.insert("invoiceNumbers", numbers);
        let ids: Vec<Json> = billed
            .invoices
            .iter()
            .map(|id| id.as_str().into())
            .collect();
        reply.insert("invoiceIds", ids);
    }
    if let Some(payment) = billed.payments.first() {
        let row = tx.find(Kind::Payment, payment)?;
        reply.insert("paymentId", payment.as_str());
        reply.insert("paymentNumber", text(row, "paymentNumber"));
        reply.insert("paymentStatus", text(row, "status"));
        reply.insert("paidAmount", billed.paid(tx)?);
    }
    let items = tx.store().children(Kind::OrderLineItem, "orderId", id);
    let items: Vec<Json> = items
        .map(|item| {
            Json::object([
                ("id", text(item, "id")),
                ("itemNumber", text(item, "itemNumber")),
            ])
        })
        .collect();
    reply.insert("orderLineItems", items);
    Ok(Answer::Seen(reply))
}

/// The order of a request, if it was not carried out yet.
fn open(tx: &Transaction<'_>, key: &str, statuses: &[&str]) -> Result<Object, Problem> {
    let order = tx.find(Kind::Order, key)?;
    let status = text(order, "status");
    if !statuses.contains(&status) {
        let allowed = statuses.join(" or ");
        return Err(Problem::rule(format!(
            "The order has the status {status}; this is for orders with the status {allowed}."
        )));
    }
    Ok(order.clone())
}

/// Says anew what an order is. Its number and its account stay.
fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let order = open(tx, ask.key(), &["Draft", "Scheduled", "Pending"])?;
    let id = text(&order, "id");
    let named = some_text(ask.body, "existingAccountNumber");
    let is_its = match named {
        Some(key) => tx.id_of(Kind::Account, key)? == text(&order, "accountId"),
        None => ask.body.get("newAccount").is_none(),
    };
    if !is_its {
        return Err(Problem::rule(
            "The account of an order cannot be changed: existingAccountNumber must be that of the order.",
        ));
    }
    let mut new = order.clone();
    for name in [
        "subscriptions",
        "orderLineItems",
        "processingOptions",
        "schedulingOptions",
    ] {
        new.remove(name);
    }
    take(&mut new, ask.body, MOST)?;
    tx.change(Kind::Order, id, |row| *row = new)?;
    stop(tx, id)?;
    let mut billed = Billed::default();
    match some_text(ask.body, "status").unwrap_or(text(&order, "status")) {
        "Scheduled" => schedule(tx, ask, id)?,
        status @ ("Draft" | "Pending") => tx.change(Kind::Order, id, |row| {
            row.insert("status", status);
        })?,
        _ => billed = carry_out(tx, id)?,
    }
    outcome(tx, ask, id, &billed)
}

/// A draft is carried out, or waits for its day if it names one.
fn activate(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let order = open(tx, ask.key(), &["Draft"])?;
    let id = text(&order, "id");
    let today = tx.today.parse().unwrap_or(Date::MAX);
    let mut billed = Billed::default();
    match day_of(&order) {
        Some(day) if day > today => schedule(tx, ask, id)?,
        _ => billed = carry_out(tx, id)?,
    }
    outcome(tx, ask, id, &billed)
}

fn cancel(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let order = open(tx, ask.key(), &["Draft", "Scheduled", "Pending"])?;
    stop(tx, text(&order, "id"))?;
    tx.change(Kind::Order, text(&order, "id"), |row| {
        row.insert("status", "Cancelled");
        copy(ask.body, row, &["cancelReason"]);
    })?;
    let mut reply = Object::new();
    let row = tx.find(Kind::Order, ask.key())?;
    copy(row, &mut reply, &["orderNumber", "status", "cancelReason"]);
    reply.insert("accountNumber", text(row, "existingAccountNumber"));
    Ok(Answer::Seen(reply))
}

/// Removes an order; the subscriptions that it changed are again what they were before (documented).
fn delete(tx: &mut Transaction<'_>, key: &str) -> Result<(), Problem> {
    let order = tx.find(Kind::Order, key)?.clone();
    let id = text(&order, "id");
    stop(tx, id)?;
    // The last first: an order may name a subscription twice.
    let told: Vec<&Object> = list(&order, "subscriptions").collect();
    for told in told.into_iter().rev() {
        if let Some((name, base)) = last_change(tx, told)? {
            versions::roll_back(tx, name, base)?;
        }
    }
    for kind in [Kind::OrderAction, Kind::OrderLineItem] {
        let rows = tx.store().children(kind, "orderId", id);
        let rows: Vec<String> = rows.map(|row| text(row, "id").to_owned()).collect();
        for row in rows {
            tx.remove(kind, &row)?;
        }
    }
    tx.remove(Kind::Order, id)
}

/// A subscription that an order changed, and the version that it had before, if no later change was made to it.
fn last_change<'a>(
    tx: &Transaction<'_>,
    told: &'a Object,
) -> Result<Option<(&'a str, i64)>, Problem> {
    let Some(new) = whole(told, "newVersion") else {
        return Ok(None);
    };
    let name = text(told, "subscriptionNumber");
    // One that was deleted meanwhile is nothing to take back.
    let Some(latest) = tx.get(Kind::Subscription, name) else {
        return Ok(None);
    };
    if whole(latest, "version") != Some(new) {
        return Err(Problem::rule(format!(
            "The subscription {name} was changed after the order: take back the later change first."
        )));
    }
    Ok(Some((name, whole(told, "baseVersion").unwrap_or(0))))
}

/// A new order that undoes another: each subscription has a new version with what it had before, and one
/// that the order created is cancelled (a guess).
fn revert(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let order = open(tx, ask.key(), &["Completed"])?;
    let mut new = Object::new();
    copy(
        &order,
        &mut new,
        &["accountId", "currency", "existingAccountNumber", "category"],
    );
    copy(ask.body, &mut new, &["orderDate"]);
    new.insert("status", "Completed");
    let id = tx.create(Kind::Order, new)?;
    let (mut subscriptions, mut numbers) = (Vec::new(), Vec::new());
    let told: Vec<&Object> = list(&order, "subscriptions").collect();
    for told in told.into_iter().rev() {
        let Some((name, base)) = last_change(tx, told)? else {
            continue;
        };
        let version = versions::restore(tx, name, base)?;
        tx.change(Kind::Subscription, &version, |row| {
            row.insert("orderId", id.as_str());
        })?;
        let row = tx.find(Kind::Subscription, &version)?;
        let new = whole(row, "version").unwrap_or(1);
        let mut entry = Object::new();
        entry.insert("subscriptionNumber", name);
        entry.insert("baseVersion", new - 1);
        entry.insert("newVersion", new);
        subscriptions.push(Json::from(entry));
        numbers.push(Json::from(name));
    }
    tx.change(Kind::Order, &id, |row| {
        row.insert("subscriptions", subscriptions);
    })?;
    let mut reply = Object::new();
    let row = tx.find(Kind::Order, &id)?;
    copy(row, &mut reply, &["orderNumber", "status"]);
    reply.insert("accountNumber", text(row, "existingAccountNumber"));
    reply.insert("subscriptionNumbers", numbers);
    Ok(Answer::Seen(reply))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Order, ask.key())?;
    let mut order = shown(tx.store(), row);
    if ask.query("getAccountDetails").as_deref() == Some("true")
        && let Json::Object(order) = &mut order
    {
        let account = tx.find(Kind::Account, text(row, "accountId"))?;
        order.insert("existingAccountDetails", accounts::details(tx, account));
    }
    Ok(done([("order", order)]))
}

fn of_account(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    let rows = tx.store().children(Kind::Order, "accountId", &id);
    page(ask, tx.store(), rows)
}

fn of_subscription(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    page(ask, tx.store(), naming(tx, ask.key())?)
}

/// The orders that name a subscription.
fn naming<'a>(
    tx: &'a Transaction<'_>,
    key: &str,
) -> Result<impl Iterator<Item = &'a Object>, Problem> {
    let name = text(tx.find(Kind::Subscription, key)?, "name");
    let orders = tx.store().all(Kind::Order);
    Ok(orders.filter(move |order| {
        list(order, "subscriptions").any(|told| text(told, "subscriptionNumber") == name)
    }))
}

/// A page of orders, of those whose status and day are asked for.
fn page<'a>(
    ask: &Ask<'_>,
    store: &Store,
    rows: impl Iterator<Item = &'a Object>,
) -> Result<Answer, Problem> {
    let status = ask.query("status").filter(|status| status != "all");
    // That it is the order's own day when nothing is said is a guess.
    let member = match ask.query("dateFilterOption").as_deref() {
        None | Some("orderDate") => "orderDate",
        Some("createdDate") => "createdDate",
        Some("updatedDate") => "updatedDate",
        Some(_) => {
            return Err(Problem::bad_query(
                "dateFilterOption must be orderDate, createdDate or updatedDate",
            ));
        }
    };
    let (from, to) = (ask.query("startDate"), ask.query("endDate"));
    let fits = |row: &Object| {
        let day = text(row, member).get(..10).unwrap_or_default();
        status
            .as_deref()
            .is_none_or(|status| text(row, "status").eq_ignore_ascii_case(status))
            && from.as_deref().is_none_or(|from| day >= from)
            && to.as_deref().is_none_or(|to| day <= to)
    };
    Ok(ask.page("orders", rows.filter(|row| fits(row)), |row| {
        shown(store, row)
    }))
}

/// An order with its actions and items, as replies have it.
fn shown(store: &Store, row: &Object) -> Json {
    let mut seen = with_custom_apart(row);
    for (own, told) in [("createdById", "createdBy"), ("updatedById", "updatedBy")] {
        if let Some(by) = row.get(own) {
            seen.insert(told, by.clone());
        }
    }
    let subscriptions: Vec<Json> = list(row, "subscriptions")
        .map(|told| order_actions::shown(store, text(row, "id"), told))
        .collect();
    seen.insert("subscriptions", subscriptions);
    let items: Vec<Json> = match row.get("orderLineItems").and_then(Json::as_array) {
        Some(sent) => sent.to_vec(),
        None => store
            .children(Kind::OrderLineItem, "orderId", text(row, "id"))
            .map(|item| view::named("OrderLineItem", &order_items::seen(store, item)))
            .collect(),
    };
    seen.insert("orderLineItems", items);
    view::named("Order", &seen)
}
