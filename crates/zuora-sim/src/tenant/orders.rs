//! Orders and subscriptions, as `/v1` REST has them.

use super::{
    accounts::named,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    record::{copy, copy_plain, list, some_text, text},
    store::Transaction,
    subscription::{self, whole},
    view,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createOrder", create_order),
    ("getOrder", |tx, ask| {
        let row = tx.find(Kind::Order, ask.key())?;
        Ok(done([("order", shown_order(row))]))
    }),
    ("getOrders", |tx, ask| {
        let store = tx.store();
        Ok(ask.page("orders", store.all(Kind::Order), shown_order))
    }),
    ("getOrdersBySubscriptionOwner", |tx, ask| {
        let id = tx.id_of(Kind::Account, ask.key())?;
        let rows = tx.store().children(Kind::Order, "accountId", &id);
        Ok(ask.page("orders", rows, shown_order))
    }),
    ("deleteOrder", |tx, ask| {
        let id = tx.id_of(Kind::Order, ask.key())?;
        let actions: Vec<String> = tx
            .store()
            .children(Kind::OrderAction, "orderId", &id)
            .map(|action| text(action, "id").to_owned())
            .collect();
        for action in actions {
            tx.remove(Kind::OrderAction, &action)?;
        }
        tx.remove(Kind::Order, &id)?;
        Ok(done([]))
    }),
    ("createSubscription", create),
    ("getSubscriptionByKey", get),
    ("getSubscriptionByKeyAndVersion", get_version),
    ("getSubscriptionsByAccount", of_account),
    ("updateSubscription", update),
    ("renewSubscription", |tx, ask| {
        let id = subscription::next_version(tx, ask.key(), subscription::renew)?;
        changed(tx, &id)
    }),
    ("cancelSubscription", |tx, ask| {
        let today = tx.today.clone();
        let id = subscription::next_version(tx, ask.key(), |row| {
            subscription::cancel(row, ask.body, &today);
        })?;
        changed(tx, &id)
    }),
    ("suspendSubscription", |tx, ask| {
        let today = tx.today.clone();
        let id = subscription::next_version(tx, ask.key(), |row| {
            subscription::suspend(row, ask.body, &today);
        })?;
        changed(tx, &id)
    }),
    ("resumeSubscription", |tx, ask| {
        let today = tx.today.clone();
        let mut refused = Ok(());
        let id = subscription::next_version(tx, ask.key(), |row| {
            refused = subscription::resume(row, ask.body, &today);
        })?;
        refused?;
        changed(tx, &id)
    }),
];

fn create_order(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let account = match some_text(body, "existingAccountNumber") {
        Some(key) => tx.id_of(Kind::Account, key)?,
        None => match body.get("newAccount").and_then(Json::as_object) {
            Some(sent) => super::accounts::add(tx, sent)?,
            None => {
                return Err(Problem::missing(
                    "existingAccountNumber or newAccount is missing",
                ));
            }
        },
    };
    let mut order = Object::new();
    copy_plain(body, &mut order, &[]);
    copy(body, &mut order, &["customFields"]);
    let owner = tx.find(Kind::Account, &account)?;
    let number = text(owner, "accountNumber").to_owned();
    copy(owner, &mut order, &["currency"]);
    order.insert("existingAccountNumber", number.as_str());
    order.insert("accountId", account.as_str());
    let status = match text(body, "status") {
        "Draft" | "Scheduled" => text(body, "status"),
        _ => "Completed",
    };
    order.insert("status", status);
    let id = tx.create(Kind::Order, order)?;
    let (mut subscriptions, mut outcomes) = (Vec::new(), Vec::new());
    if status == "Completed" {
        for sent in list(body, "subscriptions") {
            let (shown, outcome) = subscribe(tx, &id, &account, sent)?;
            subscriptions.push(shown);
            outcomes.push(outcome);
        }
    } else if let Some(sent) = body.get("subscriptions").and_then(Json::as_array) {
        subscriptions = sent.to_vec();
    }
    tx.change(Kind::Order, &id, |row| {
        row.insert("subscriptions", subscriptions);
    })?;
    let told = |name: &str| -> Vec<Json> {
        let all = outcomes.iter().filter_map(|outcome| outcome.get(name));
        all.cloned().collect()
    };
    let mut reply = Object::new();
    reply.insert("orderId", id.as_str());
    reply.insert(
        "orderNumber",
        text(tx.find(Kind::Order, &id)?, "orderNumber"),
    );
    reply.insert("accountId", account);
    reply.insert("accountNumber", number);
    reply.insert("status", status);
    reply.insert("subscriptionNumbers", told("subscriptionNumber"));
    reply.insert("subscriptionIds", told("subscriptionId"));
    reply.insert("subscriptions", outcomes);
    Ok(Answer::Seen(reply))
}

/// Carries out the actions on one subscription: what the order remembers of it, and what is answered.
fn subscribe(
    tx: &mut Transaction<'_>,
    order: &str,
    account: &str,
    sent: &Object,
) -> Result<(Json, Json), Problem> {
    let mut id = match some_text(sent, "subscriptionNumber") {
        Some(name) => match tx.id_of(Kind::Subscription, name) {
            Ok(id) => Some(id),
            // It may be the name for a new one.
            Err(problem) if !creates(sent) => return Err(problem),
            Err(_) => None,
        },
        None => None,
    };
    let before = id.as_ref().and_then(|id| tx.get(Kind::Subscription, id));
    let base = before.and_then(|row| whole(row, "version")).unwrap_or(0);
    for (place, action) in list(sent, "orderActions").enumerate() {
        let new = act(tx, account, id.as_deref(), sent, action)?;
        let mut row = Object::new();
        copy(action, &mut row, &["type", "changeReason"]);
        row.insert("orderId", order);
        row.insert("subscriptionId", new.as_str());
        row.insert("sequence", place);
        tx.create(Kind::OrderAction, row)?;
        id = Some(new);
    }
    let id = id.ok_or_else(|| Problem::missing("orderActions is missing"))?;
    tx.change(Kind::Subscription, &id, |row| {
        row.insert("orderId", order);
    })?;
    let row = tx.find(Kind::Subscription, &id)?;
    let mut shown = sent.clone();
    shown.insert("subscriptionNumber", text(row, "name"));
    shown.insert("baseVersion", base);
    shown.insert("newVersion", whole(row, "version").unwrap_or(1));
    let owner = tx.find(Kind::Account, account)?;
    shown.insert(
        "subscriptionOwnerAccountNumber",
        text(owner, "accountNumber"),
    );
    let outcome = Json::object([
        ("subscriptionNumber", text(row, "name")),
        ("subscriptionId", &id),
        ("subscriptionOwnerId", account),
        ("subscriptionOwnerNumber", text(owner, "accountNumber")),
        ("status", text(row, "status")),
    ]);
    Ok((shown.into(), outcome))
}

fn creates(sent: &Object) -> bool {
    list(sent, "orderActions").any(|action| text(action, "type") == "CreateSubscription")
}

/// One action; gives the id of the version that it made.
fn act(
    tx: &mut Transaction<'_>,
    account: &str,
    id: Option<&str>,
    sent: &Object,
    action: &Object,
) -> Result<String, Problem> {
    let nothing = Object::new();
    let part = |name: &str| {
        let part = action.get(name).and_then(Json::as_object);
        part.unwrap_or(&nothing)
    };
    let kind = text(action, "type");
    if kind == "CreateSubscription" {
        return create_by_order(tx, account, sent, action, part("createSubscription"));
    }
    let id = id.ok_or_else(|| Problem::missing("subscriptionNumber is missing"))?;
    let today = tx.today.clone();
    let version = |tx: &mut Transaction<'_>, change: &mut dyn FnMut(&mut Object)| {
        subscription::next_version(tx, id, |row| change(row))
    };
    match kind {
        "AddProduct" => {
            let id = version(tx, &mut |_| {})?;
            subscription::add_plan(tx, &id, part("addProduct"))?;
            Ok(id)
        }
        "RemoveProduct" => {
            let id = version(tx, &mut |_| {})?;
            subscription::remove_plan(tx, &id, part("removeProduct"))?;
            Ok(id)
        }
        "UpdateProduct" => {
            let id = version(tx, &mut |_| {})?;
            subscription::update_plan(tx, &id, part("updateProduct"))?;
            Ok(id)
        }
        "ChangePlan" => {
            let id = version(tx, &mut |_| {})?;
            let change = part("changePlan");
            subscription::remove_plan(tx, &id, change)?;
            let new = change.get("newProductRatePlan").and_then(Json::as_object);
            subscription::add_plan(tx, &id, new.unwrap_or(&nothing))?;
            Ok(id)
        }
        "TermsAndConditions" => version(tx, &mut |row| {
            subscription::set_terms(row, part("termsAndConditions"));
        }),
        "RenewSubscription" => version(tx, &mut subscription::renew),
        "CancelSubscription" => version(tx, &mut |row| {
            subscription::cancel(row, part("cancelSubscription"), &today);
        }),
        "Suspend" => version(tx, &mut |row| {
            subscription::suspend(row, part("suspend"), &today);
        }),
        "Resume" => {
            let mut refused = Ok(());
            let id = version(tx, &mut |row| {
                refused = subscription::resume(row, part("resume"), &today);
            })?;
            refused.map(|()| id)
        }
        // Known to the reference, without an effect here.
        _ => version(tx, &mut |_| {}),
    }
}

fn create_by_order(
    tx: &mut Transaction<'_>,
    account: &str,
    sent: &Object,
    action: &Object,
    create: &Object,
) -> Result<String, Problem> {
    let mut row = Object::new();
    let name = some_text(create, "subscriptionNumber").or(some_text(sent, "subscriptionNumber"));
    if let Some(name) = name {
        row.insert("name", name);
    }
    for trigger in list(action, "triggerDates") {
        let own = match text(trigger, "name") {
            "ContractEffective" => "contractEffectiveDate",
            "ServiceActivation" => "serviceActivationDate",
            "CustomerAcceptance" => "contractAcceptanceDate",
            _ => continue,
        };
        copy(trigger, &mut row, &["triggerDate"]);
        if let Some(date) = row.remove("triggerDate") {
            row.insert(own, date);
        }
    }
    copy(
        create,
        &mut row,
        &["notes", "paymentTerm", "invoiceSeparately"],
    );
    if let Some(terms) = create.get("terms").and_then(Json::as_object) {
        subscription::set_terms(&mut row, terms);
    }
    for from in [sent, create] {
        if let Some(custom) = from.get("customFields").and_then(Json::as_object) {
            for (name, value) in custom.iter() {
                row.insert(name, value.clone());
            }
        }
    }
    let owner = match some_text(create, "subscriptionOwnerAccountNumber") {
        Some(owner) => tx.id_of(Kind::Account, owner)?,
        None => account.to_owned(),
    };
    let id = subscription::create(tx, &owner, row)?;
    for plan in list(create, "subscribeToRatePlans").chain(list(create, "subscribeToProducts")) {
        subscription::add_plan(tx, &id, plan)?;
    }
    Ok(id)
}

fn shown_order(row: &Object) -> Json {
    let mut seen = row.clone();
    if let Some(by) = row.get("createdById").cloned() {
        seen.insert("createdBy", by);
    }
    view::named("Order", &seen)
}

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let account = named(tx, body)?;
    let mut row = Object::new();
    if let Some(name) = some_text(body, "subscriptionNumber") {
        row.insert("name", name);
    }
    copy(
        body,
        &mut row,
        &[
            "contractEffectiveDate",
            "serviceActivationDate",
            "termStartDate",
            "notes",
        ],
    );
    if let Some(date) = body.get("customerAcceptanceDate") {
        row.insert("contractAcceptanceDate", date.clone());
    }
    subscription::set_terms(&mut row, body);
    for (name, value) in body
        .iter()
        .filter(|(name, _)| zuora_catalog::is_custom(name))
    {
        row.insert(name, value.clone());
    }
    let id = subscription::create(tx, &account, row)?;
    for plan in list(body, "subscribeToRatePlans") {
        subscription::add_plan(tx, &id, plan)?;
    }
    changed(tx, &id)
}

/// What a change of a subscription answers.
fn changed(tx: &Transaction<'_>, id: &str) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Subscription, id)?;
    let mut reply = view::rest(Kind::Subscription, row);
    reply.insert("subscriptionId", id);
    if let Some(mrr) = row.get("cMRR").cloned() {
        reply.insert("contractedMrr", mrr);
    }
    Ok(Answer::Seen(reply))
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let id = subscription::next_version(tx, ask.key(), |row| {
        let has_terms = [
            "termType",
            "currentTerm",
            "termStartDate",
            "autoRenew",
            "renewalTerm",
        ]
        .iter()
        .any(|name| body.get(name).is_some());
        if has_terms {
            subscription::set_terms(row, body);
        }
        copy(body, row, &["notes"]);
        for (name, value) in body
            .iter()
            .filter(|(name, _)| zuora_catalog::is_custom(name))
        {
            row.insert(name, value.clone());
        }
    })?;
    for plan in list(body, "add") {
        subscription::add_plan(tx, &id, plan)?;
    }
    for plan in list(body, "remove") {
        subscription::remove_plan(tx, &id, plan)?;
    }
    for plan in list(body, "update") {
        subscription::update_plan(tx, &id, plan)?;
    }
    changed(tx, &id)
}

fn shown(tx: &Transaction<'_>, row: &Object) -> Object {
    let mut seen = view::rest(Kind::Subscription, row);
    if let Some(account) = tx.get(Kind::Account, text(row, "accountId")) {
        for (own, told) in [("accountNumber", "accountNumber"), ("name", "accountName")] {
            seen.insert(told, text(account, own));
            let owner = format!("invoiceOwner{}{}", &told[..1].to_uppercase(), &told[1..]);
            seen.insert(owner, text(account, own));
        }
        seen.insert("invoiceOwnerAccountId", text(account, "id"));
    }
    if let Some(mrr) = row.get("cMRR").cloned() {
        seen.insert("contractedMrr", mrr);
    }
    let plans = tx
        .store()
        .children(Kind::RatePlan, "subscriptionId", text(row, "id"));
    let plans: Vec<Json> = plans.map(|plan| shown_plan(tx, plan)).collect();
    seen.insert("ratePlans", plans);
    seen
}

fn shown_plan(tx: &Transaction<'_>, plan: &Object) -> Json {
    let mut seen = view::rest(Kind::RatePlan, plan);
    if let Some(product) = tx.get(Kind::Product, text(plan, "productId")) {
        seen.insert("productName", text(product, "name"));
        seen.insert("productSku", text(product, "sKU"));
    }
    let charges = tx
        .store()
        .children(Kind::RatePlanCharge, "ratePlanId", text(plan, "id"));
    let charges: Vec<Json> = charges
        .map(|charge| {
            let mut seen = view::rest(Kind::RatePlanCharge, charge);
            for (own, told) in [("salesPrice", "price"), ("mRR", "mrr")] {
                if let Some(value) = charge.get(own).cloned() {
                    seen.insert(told, value);
                }
            }
            view::named("GetSubscriptionRatePlanChargesWithAllSegments", &seen)
        })
        .collect();
    seen.insert("ratePlanCharges", charges);
    view::named("SubscriptionRatePlan", &seen)
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(Answer::Seen(shown(
        tx,
        tx.find(Kind::Subscription, ask.key())?,
    )))
}

fn get_version(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let latest = tx.find(Kind::Subscription, ask.key())?;
    let versions =
        tx.store()
            .children(Kind::Subscription, "originalId", text(latest, "originalId"));
    let wanted = ask.arg(1);
    let mut fitting = versions
        .filter(|row| whole(row, "version").is_some_and(|version| version.to_string() == wanted));
    let row = fitting.next().ok_or_else(|| Problem::not_found(wanted))?;
    Ok(Answer::Seen(shown(tx, row)))
}

fn of_account(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    let rows = tx.store().children(Kind::Subscription, "accountId", &id);
    let latest = rows.filter(|row| row.get("isLatestVersion") == Some(&Json::Bool(true)));
    Ok(ask.page("subscriptions", latest, |row| {
        view::named("GetSubscriptionResponse", &shown(tx, row))
    }))
}
