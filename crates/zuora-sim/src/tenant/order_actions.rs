//! What the actions of an order do to subscriptions, and what can be said about them afterwards.

use super::{
    amendments,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    record::{copy, copy_custom, list, set_custom, some_text, text, with_custom_apart},
    store::{Store, Transaction},
    subscription::{self, whole},
    versions, view,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("updateOrderAction", |tx, ask| {
        let mut refused = Ok(());
        tx.change(Kind::OrderAction, ask.key(), |row| {
            copy(ask.body, row, &["changeReason"]);
            refused = set_custom(row, ask.body);
        })?;
        refused.map(|()| done([]))
    }),
    ("updateOrderCustomFields", update_custom),
    ("updateOrderTriggerDates", update_trigger_dates),
];

/// Names of trigger dates, and the members of a subscription that keep them.
const TRIGGERS: [(&str, &str); 3] = [
    ("ContractEffective", "contractEffectiveDate"),
    ("ServiceActivation", "serviceActivationDate"),
    ("CustomerAcceptance", "contractAcceptanceDate"),
];

/// Carries out the actions on one subscription; gives what the order remembers of it.
pub(super) fn subscribe(
    tx: &mut Transaction<'_>,
    order: &str,
    account: &str,
    sent: &Object,
) -> Result<Object, Problem> {
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
        let mut row = action.clone();
        row.remove("customFields");
        set_custom(&mut row, action)?;
        row.insert("orderId", order);
        row.insert("subscriptionId", new.as_str());
        row.insert(
            "subscriptionNumber",
            text(tx.find(Kind::Subscription, &new)?, "name"),
        );
        row.insert("sequence", place);
        tx.create(Kind::OrderAction, row)?;
        amendments::note(tx, text(action, "type"), &new)?;
        id = Some(new);
    }
    let id = id.ok_or_else(|| Problem::missing("orderActions is missing"))?;
    let mut refused = Ok(());
    tx.change(Kind::Subscription, &id, |row| {
        row.insert("orderId", order);
        copy(sent, row, &["notes"]);
        for name in sent
            .get("clearingCustomFields")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(name) = name.as_str().filter(|name| zuora_catalog::is_custom(name)) {
                row.remove(name);
            }
        }
        refused = set_custom(row, sent);
    })?;
    refused?;
    let row = tx.find(Kind::Subscription, &id)?;
    let owner = tx.find(Kind::Account, text(row, "accountId"))?;
    let mut told = sent.clone();
    // They are records of their own now.
    told.remove("orderActions");
    told.insert("subscriptionNumber", text(row, "name"));
    told.insert("baseVersion", base);
    told.insert("newVersion", whole(row, "version").unwrap_or(1));
    told.insert(
        "subscriptionOwnerAccountNumber",
        text(owner, "accountNumber"),
    );
    Ok(told)
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
        versions::next_version(tx, id, |row| change(row))
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
    keep_dates(&mut row, action);
    copy(
        create,
        &mut row,
        &["notes", "paymentTerm", "invoiceSeparately"],
    );
    if let Some(terms) = create.get("terms").and_then(Json::as_object) {
        subscription::set_terms(&mut row, terms);
    }
    for from in [sent, create] {
        copy_custom(from, &mut row);
        set_custom(&mut row, from)?;
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

/// What an order remembers of a subscription, with its actions, as replies have it.
pub(super) fn shown(store: &Store, order: &str, told: &Object) -> Json {
    let mut seen = told.clone();
    let actions: Vec<Json> = match told.get("orderActions").and_then(Json::as_array) {
        // It was not carried out yet.
        Some(sent) => sent.to_vec(),
        None => store
            .children(Kind::OrderAction, "orderId", order)
            .filter(|row| text(row, "subscriptionNumber") == text(told, "subscriptionNumber"))
            .map(|row| view::named("OrderAction", &with_custom_apart(row)))
            .collect(),
    };
    seen.insert("orderActions", actions);
    view::named("OrderSubscriptions", &seen)
}

/// The action of an order on this subscription that a request names by its id or its place.
fn named(
    tx: &Transaction<'_>,
    order: &str,
    subscription: &str,
    sent: &Object,
) -> Result<Object, Problem> {
    let mut actions = tx.store().children(Kind::OrderAction, "orderId", order);
    let id = some_text(sent, "orderActionId");
    let place = whole(sent, "sequence");
    if id.is_none() && place.is_none() {
        return Err(Problem::missing("orderActionId or sequence is missing"));
    }
    let found = actions.find(|row| {
        text(row, "subscriptionNumber") == subscription
            && match id {
                Some(id) => text(row, "id") == id,
                None => whole(row, "sequence") == place,
            }
    });
    let key = || match (id, place) {
        (Some(id), _) => id.to_owned(),
        (None, place) => format!("{subscription}, sequence {}", place.unwrap_or_default()),
    };
    found.cloned().ok_or_else(|| Problem::not_found(&key()))
}

/// The latest version of a subscription that an order has changed.
fn changed(tx: &Transaction<'_>, order: &Object, sent: &Object) -> Result<Object, Problem> {
    let name = text(sent, "subscriptionNumber");
    let mut known = list(order, "subscriptions");
    if !known.any(|told| text(told, "subscriptionNumber") == name) {
        return Err(Problem::not_found(name));
    }
    tx.find(Kind::Subscription, name).cloned()
}

fn update_custom(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let order = tx.find(Kind::Order, ask.key())?.clone();
    let id = text(&order, "id");
    let mut refused = Ok(());
    tx.change(Kind::Order, id, |row| refused = set_custom(row, ask.body))?;
    refused?;
    for sent in list(ask.body, "subscriptions") {
        let subscription = changed(tx, &order, sent)?;
        for sent in list(sent, "orderActions") {
            let action = named(tx, id, text(&subscription, "name"), sent)?;
            let mut refused = Ok(());
            tx.change(Kind::OrderAction, text(&action, "id"), |row| {
                refused = set_custom(row, sent);
            })?;
            refused?;
        }
    }
    Ok(done([]))
}

/// Days on which a service was activated or accepted. That charges begin on the day that is set for them
/// is a guess.
fn update_trigger_dates(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let order = tx.find(Kind::Order, ask.key())?.clone();
    let mut outcomes = Vec::new();
    for sent in list(ask.body, "subscriptions") {
        let subscription = changed(tx, &order, sent)?;
        let id = text(&subscription, "id");
        for sent in list(sent, "orderActions") {
            let action = named(tx, text(&order, "id"), text(&subscription, "name"), sent)?;
            tx.change(Kind::OrderAction, text(&action, "id"), |row| {
                set_dates(row, sent);
            })?;
            if text(&action, "type") == "CreateSubscription" {
                tx.change(Kind::Subscription, id, |row| keep_dates(row, sent))?;
            }
            for sent in list(sent, "charges") {
                let number = text(sent, "chargeNumber");
                let charge = tx.find(Kind::RatePlanCharge, number)?;
                if text(charge, "subscriptionId") != id {
                    return Err(Problem::not_found(number));
                }
                tx.change(Kind::RatePlanCharge, number, |row| {
                    copy(sent, row, &["specificTriggerDate", "estimatedStartDate"]);
                    if let Some(day) = some_text(sent, "specificTriggerDate") {
                        row.insert("effectiveStartDate", day);
                    }
                })?;
            }
        }
        let mut outcome = Object::new();
        outcome.insert("subscriptionNumber", text(&subscription, "name"));
        // The reply has no word for the others.
        if text(&subscription, "status") == "Active" {
            outcome.insert("status", "Active");
        }
        outcomes.push(Json::from(outcome));
    }
    let mut reply = Object::new();
    copy(&order, &mut reply, &["orderNumber", "status"]);
    reply.insert("accountNumber", text(&order, "existingAccountNumber"));
    reply.insert("subscriptions", outcomes);
    Ok(Answer::Seen(reply))
}

/// Trigger dates of an action: those that are sent take the places of those of the same name.
fn set_dates(action: &mut Object, sent: &Object) {
    let mut dates: Vec<Json> = list(action, "triggerDates")
        .filter(|old| !list(sent, "triggerDates").any(|new| text(new, "name") == text(old, "name")))
        .map(|old| old.clone().into())
        .collect();
    dates.extend(list(sent, "triggerDates").map(|new| Json::from(new.clone())));
    action.insert("triggerDates", dates);
}

/// Trigger dates as a subscription keeps them.
fn keep_dates(row: &mut Object, sent: &Object) {
    for trigger in list(sent, "triggerDates") {
        let own = TRIGGERS
            .iter()
            .find(|(name, _)| *name == text(trigger, "name"));
        if let (Some((_, own)), Some(day)) = (own, some_text(trigger, "triggerDate")) {
            row.insert(*own, day);
        }
    }
}
