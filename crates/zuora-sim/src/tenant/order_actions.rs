//! What the actions of an order do to subscriptions, and what can be said about them afterwards.

use super::{
    accounts, amendments, charge_tiers,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    plans, preferences,
    record::{copy, copy_custom, list, set_custom, some_text, text, with_custom_apart},
    segments,
    store::{Store, Transaction},
    subscription::{self, check_day, whole},
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
    if let Some(id) = &id {
        check_owner(tx, order, account, id)?;
    }
    let before = id.as_ref().and_then(|id| tx.get(Kind::Subscription, id));
    let base = before.and_then(|row| whole(row, "version")).unwrap_or(0);
    let ordered = some_text(tx.find(Kind::Order, order)?, "orderDate").unwrap_or(&tx.today);
    let ordered = ordered.to_owned();
    for (place, action) in list(sent, "orderActions").enumerate() {
        let (new, days) = match &id {
            Some(id) if text(action, "type") != "CreateSubscription" => {
                let days = days_of(tx, id, action, &ordered)?;
                (act(tx, id, action, &days)?, days)
            }
            _ => (
                create_by_order(tx, account, sent, action, &ordered)?,
                Object::new(),
            ),
        };
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
        amendments::note(tx, text(action, "type"), &new, &days)?;
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

/// Whether the account of an order may change a subscription: one that it owns or is billed for, or that the
/// same order gave away before (guesses).
fn check_owner(tx: &Transaction<'_>, order: &str, account: &str, id: &str) -> Result<(), Problem> {
    let row = tx.find(Kind::Subscription, id)?;
    let is_its = ["accountId", "invoiceOwnerId"]
        .iter()
        .any(|member| text(row, member) == account);
    if is_its || text(row, "orderId") == order {
        return Ok(());
    }
    let owner = tx.find(Kind::Account, text(row, "accountId"))?;
    Err(Problem::rule(format!(
        "The subscription {} belongs to the account {}, and not to that of the order.",
        text(row, "name"),
        text(owner, "accountNumber"),
    )))
}

/// The days of an action. Without one it is that of the order, or that on which the subscription begins if
/// the order is older (a guess).
fn days_of(
    tx: &Transaction<'_>,
    id: &str,
    action: &Object,
    ordered: &str,
) -> Result<Object, Problem> {
    let row = tx.find(Kind::Subscription, id)?;
    let mut days = Object::new();
    let begun = text(row, "subscriptionStartDate");
    days.insert("contractEffectiveDate", ordered.max(begun));
    days.insert("originalOrderDate", ordered);
    keep_dates(&mut days, action);
    Ok(days)
}

/// One action on a subscription; gives the id of the version that it made.
pub(super) fn act(
    tx: &mut Transaction<'_>,
    id: &str,
    action: &Object,
    days: &Object,
) -> Result<String, Problem> {
    let nothing = Object::new();
    let part = |name: &str| {
        let part = action.get(name).and_then(Json::as_object);
        part.unwrap_or(&nothing)
    };
    let today = tx.today.clone();
    let same = |_: &mut Object| Ok(());
    match text(action, "type") {
        "AddProduct" => {
            let id = versions::next_version(tx, id, same)?;
            plans::add(tx, &id, part("addProduct"), days)?;
            Ok(id)
        }
        "RemoveProduct" => {
            let id = versions::next_version(tx, id, same)?;
            plans::remove(tx, &id, part("removeProduct"), days)?;
            Ok(id)
        }
        "UpdateProduct" => {
            let id = versions::next_version(tx, id, same)?;
            plans::update(tx, &id, part("updateProduct"), days)?;
            Ok(id)
        }
        "ChangePlan" => {
            let id = versions::next_version(tx, id, same)?;
            let change = part("changePlan");
            plans::remove(tx, &id, change, days)?;
            let new = change.get("newProductRatePlan").and_then(Json::as_object);
            plans::add(tx, &id, new.unwrap_or(&nothing), days)?;
            Ok(id)
        }
        "TermsAndConditions" => {
            let terms = part("termsAndConditions");
            let id = versions::next_version(tx, id, |row| {
                subscription::set_terms(row, terms);
                Ok(())
            })?;
            preferences::set(tx, &id, terms)?;
            Ok(id)
        }
        "RenewSubscription" => {
            let id = versions::next_version(tx, id, subscription::renew)?;
            preferences::set(tx, &id, part("renewSubscription"))?;
            Ok(id)
        }
        "OwnerTransfer" => {
            let transfer = part("ownerTransfer");
            let (owner, billed) = new_owners(tx, id, transfer)?;
            let id = versions::next_version(tx, id, |row| {
                row.insert("accountId", owner);
                row.insert("invoiceOwnerId", billed);
                Ok(())
            })?;
            preferences::set(tx, &id, transfer)?;
            Ok(id)
        }
        "CancelSubscription" => versions::next_version(tx, id, |row| {
            if let Some(reason) = some_text(action, "changeReason") {
                row.insert("cancelReason", reason);
            }
            subscription::cancel(row, part("cancelSubscription"), &today)
        }),
        "Suspend" => versions::next_version(tx, id, |row| {
            subscription::suspend(row, part("suspend"), &today)
        }),
        "Resume" => versions::next_version(tx, id, |row| {
            subscription::resume(row, part("resume"), &today)
        }),
        // One that this version of the reference does not know.
        _ => versions::next_version(tx, id, same),
    }
}

/// The accounts that a transfer names: the owner of the subscription, and that of its invoices.
fn new_owners(
    tx: &Transaction<'_>,
    id: &str,
    transfer: &Object,
) -> Result<(String, String), Problem> {
    let row = tx.find(Kind::Subscription, id)?;
    let named = |name: &str| -> Result<Option<String>, Problem> {
        let Some(key) = some_text(transfer, name) else {
            return Ok(None);
        };
        let account = tx.find(Kind::Account, key)?;
        // That both must have one currency is a guess.
        if !text(account, "currency").eq_ignore_ascii_case(text(row, "currency")) {
            return Err(Problem::rule(format!(
                "The account {key} has another currency than the subscription."
            )));
        }
        Ok(Some(text(account, "id").to_owned()))
    };
    let (owner, billed) = (
        named("destinationAccountNumber")?,
        named("destinationInvoiceAccountNumber")?,
    );
    if owner.is_none() && billed.is_none() {
        return Err(Problem::missing(
            "destinationAccountNumber or destinationInvoiceAccountNumber is missing",
        ));
    }
    let kept = |member: &str| text(row, member).to_owned();
    let billed = billed.or_else(|| owner.clone());
    Ok((
        owner.unwrap_or_else(|| kept("accountId")),
        billed.unwrap_or_else(|| kept("invoiceOwnerId")),
    ))
}

fn create_by_order(
    tx: &mut Transaction<'_>,
    account: &str,
    sent: &Object,
    action: &Object,
    ordered: &str,
) -> Result<String, Problem> {
    if text(action, "type") != "CreateSubscription" {
        return Err(Problem::missing("subscriptionNumber is missing"));
    }
    let nothing = Object::new();
    let create = action.get("createSubscription").and_then(Json::as_object);
    let create = create.unwrap_or(&nothing);
    let mut row = Object::new();
    let name = some_text(create, "subscriptionNumber").or(some_text(sent, "subscriptionNumber"));
    if let Some(name) = name {
        row.insert("name", name);
    }
    keep_dates(&mut row, action);
    copy(create, &mut row, &["notes", "invoiceSeparately"]);
    if let Some(terms) = create.get("terms").and_then(Json::as_object) {
        subscription::set_terms(&mut row, terms);
    }
    for from in [sent, create] {
        copy_custom(from, &mut row);
        set_custom(&mut row, from)?;
    }
    let new_owner = create.get("newSubscriptionOwnerAccount");
    let owner = match (
        some_text(create, "subscriptionOwnerAccountNumber"),
        new_owner.and_then(Json::as_object),
    ) {
        (Some(owner), _) => tx.id_of(Kind::Account, owner)?,
        (None, Some(new)) => accounts::add(tx, new)?,
        (None, None) => account.to_owned(),
    };
    if let Some(billed) = some_text(create, "invoiceOwnerAccountNumber") {
        row.insert("invoiceOwnerId", tx.id_of(Kind::Account, billed)?);
    }
    let id = subscription::create(tx, &owner, row)?;
    preferences::set(tx, &id, create)?;
    let mut days = tx.find(Kind::Subscription, &id)?.clone();
    days.insert("originalOrderDate", ordered);
    for plan in list(create, "subscribeToRatePlans").chain(list(create, "subscribeToProducts")) {
        plans::add(tx, &id, plan, &days)?;
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
    let actions: Vec<Json> = actions.iter().map(in_words_of_replies).collect();
    seen.insert("orderActions", actions);
    view::named("OrderSubscriptions", &seen)
}

/// Requests and replies write one member of an override differently (documented).
fn in_words_of_replies(json: &Json) -> Json {
    match json {
        Json::Object(row) => {
            let members = row.iter().map(|(name, value)| match (name, value) {
                ("chargeOverrides", Json::Array(all)) => {
                    let told = all.iter().map(told_override).collect();
                    (name.to_owned(), Json::Array(told))
                }
                _ => (name.to_owned(), in_words_of_replies(value)),
            });
            Json::Object(members.collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(in_words_of_replies).collect()),
        other => other.clone(),
    }
}

fn told_override(json: &Json) -> Json {
    let Json::Object(sent) = json else {
        return json.clone();
    };
    let mut told = sent.clone();
    if let Some(id) = told.remove("productRatePlanChargeId") {
        told.insert("productRateplanChargeId", id);
    }
    told.into()
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
                let mut charge = charge_tiers::with(tx, charge);
                let day = some_text(sent, "specificTriggerDate");
                if let Some(day) = day {
                    check_day(&subscription, day)?;
                    let is_first = whole(&charge, "segment").is_none_or(|segment| segment == 1);
                    let end = some_text(&charge, "effectiveEndDate");
                    if !is_first || end.is_some_and(|end| day >= end) {
                        return Err(Problem::rule(format!(
                            "The charge {number} cannot begin on {day}: it was changed or has ended before."
                        )));
                    }
                }
                copy(
                    sent,
                    &mut charge,
                    &["specificTriggerDate", "estimatedStartDate"],
                );
                if let Some(day) = day {
                    charge.insert("effectiveStartDate", day);
                }
                segments::write(tx, charge)?;
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
