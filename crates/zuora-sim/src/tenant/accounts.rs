//! Accounts, as `/v1` REST has them.

use super::{
    bill_now, contacts, currency,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    money, payment_methods,
    record::{amount, copy, copy_plain, flag, some_amount, some_text, text},
    store::Transaction,
    subscriptions, view,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createAccount", create),
    ("getAccount", get),
    ("updateAccount", update),
    ("deleteAccount", delete),
];

/// Members of a request that are orders to the server and no data.
const ORDERS: [&str; 12] = [
    "applyCredit",
    "applyCreditBalance",
    "collect",
    "invoice",
    "invoiceCollect",
    "runBilling",
    "targetDate",
    "invoiceTargetDate",
    "documentDate",
    "billToContactId",
    "shipToSameAsBillTo",
    "soldToSameAsBillTo",
];

/// What is in the currency of its account.
pub(super) const IN_ITS_CURRENCY: [Kind; 5] = [
    Kind::Subscription,
    Kind::Invoice,
    Kind::CreditMemo,
    Kind::DebitMemo,
    Kind::Payment,
];

/// The id of the account that a request names.
pub(super) fn named(tx: &Transaction<'_>, body: &Object) -> Result<String, Problem> {
    let names = ["accountId", "accountNumber", "accountKey"];
    let key = names.iter().find_map(|name| some_text(body, name));
    match key {
        Some(key) => tx.id_of(Kind::Account, key),
        None => Err(Problem::missing("accountId or accountNumber is missing")),
    }
}

/// An account on which something was sold, owed or paid keeps its currency: a guess.
pub(super) fn keeps_currency(
    tx: &Transaction<'_>,
    id: &str,
    change: &Object,
) -> Result<(), Problem> {
    let own = text(tx.find(Kind::Account, id)?, "currency");
    if some_text(change, "currency").is_none_or(|new| new == own) {
        return Ok(());
    }
    for kind in IN_ITS_CURRENCY {
        if tx.store().children(kind, "accountId", id).next().is_some() {
            let name = kind.facts().name;
            return Err(Problem::rule(format!(
                "Currency: the account keeps {own}, since it has a {name}."
            )));
        }
    }
    Ok(())
}

/// What an account can be.
pub(super) fn check(account: &Object) -> Result<(), Problem> {
    currency::check(account)?;
    match some_amount(account, "billCycleDay") {
        Some(day) if !day.to_i64().is_some_and(|day| (0..=31).contains(&day)) => {
            Err(Problem::bad_value(
                "billCycleDay must be from 1 to 31, or 0 for the first of what is sold",
            ))
        }
        _ => Ok(()),
    }
}

/// An account with what every account has.
pub(super) fn new_account(row: &mut Object) {
    money::nothing(row);
    let defaults: [(&str, Json); 8] = [
        ("status", "Active".into()),
        ("batch", "Batch1".into()),
        ("billCycleDay", 1.into()),
        ("autoPay", false.into()),
        ("paymentTerm", "Due Upon Receipt".into()),
        ("invoiceDeliveryPrefsEmail", false.into()),
        ("invoiceDeliveryPrefsPrint", false.into()),
        ("mrr", Decimal::ZERO.into()),
    ];
    for (name, value) in defaults {
        if row.get(name).is_none_or(Json::is_null) {
            row.insert(name, value);
        }
    }
}

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = add(tx, ask.body)?;
    let row = tx.find(Kind::Account, &id)?;
    let mut reply = Object::new();
    reply.insert("accountId", id.as_str());
    copy(row, &mut reply, &["accountNumber"]);
    for (own, told) in [
        ("billToId", "billToContactId"),
        ("soldToId", "soldToContactId"),
        ("shipToId", "shipToContactId"),
        ("defaultPaymentMethodId", "paymentMethodId"),
    ] {
        if let Some(value) = some_text(row, own) {
            reply.insert(told, value);
        }
    }
    if let Some(sent) = ask.body.get("subscription").and_then(Json::as_object) {
        let subscription = subscriptions::add(tx, &id, sent)?;
        let billed = bill_now::by_request(tx, &subscription, ask.body)?;
        let row = tx.find(Kind::Subscription, &subscription)?;
        reply.insert("subscriptionNumber", text(row, "name"));
        subscriptions::tell_value(tx, row, &mut reply);
        billed.tell(tx, &mut reply)?;
        reply.insert("subscriptionId", subscription);
    }
    Ok(Answer::Seen(reply))
}

/// Adds an account with its contacts and payment method; gives its id.
pub(super) fn add(tx: &mut Transaction<'_>, body: &Object) -> Result<String, Problem> {
    let mut account = Object::new();
    copy_plain(body, &mut account, Kind::Account.facts().rest);
    for name in ORDERS {
        account.remove(name);
    }
    new_account(&mut account);
    check(&account)?;
    let id = tx.create(Kind::Account, account)?;
    let contacts = [
        ("billToContact", "billToId", ""),
        ("soldToContact", "soldToId", "soldToSameAsBillTo"),
        ("shipToContact", "shipToId", "shipToSameAsBillTo"),
    ];
    let mut bill_to = None;
    for (name, member, same) in contacts {
        let own = body.get(name).and_then(Json::as_object);
        let contact = match own {
            Some(contact) => Some(contacts::add(tx, &id, contact)?),
            // Without one of its own it is that of the bill (documented for sold-to).
            None if member == "soldToId" || flag(body, same) => bill_to.clone(),
            None => None,
        };
        if let Some(contact) = contact {
            bill_to.get_or_insert_with(|| contact.clone());
            tx.change(Kind::Account, &id, |row| {
                row.insert(member, contact);
            })?;
        }
    }
    let method = body
        .get("paymentMethod")
        .or_else(|| body.get("creditCard"))
        .and_then(Json::as_object);
    if let Some(method) = method {
        let method = payment_methods::add(tx, &id, method)?;
        tx.change(Kind::Account, &id, |row| {
            row.insert("defaultPaymentMethodId", method);
        })?;
    }
    Ok(id)
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Account, ask.key())?;
    let account = view::rest(Kind::Account, row);
    let contact = |member: &str| contact(tx, row, member);
    let mut reply = Object::new();
    reply.insert("basicInfo", view::named("AccountBasicInfo", &account));
    reply.insert(
        "billingAndPayment",
        view::named("AccountBillingAndPayment", &without_custom(&account)),
    );
    reply.insert("metrics", metrics(&account));
    reply.insert("billToContact", contact("billToId"));
    reply.insert("soldToContact", contact("soldToId"));
    reply.insert("shipToContact", contact("shipToId"));
    reply.insert("success", true);
    Ok(Answer::Json(reply.into()))
}

/// The contact of an account that this member names.
pub(super) fn contact(tx: &Transaction<'_>, account: &Object, member: &str) -> Json {
    match tx.get(Kind::Contact, text(account, member)) {
        Some(contact) => view::named("Contact", &view::rest(Kind::Contact, contact)),
        None => Json::Null,
    }
}

/// What an order shows of its account.
pub(super) fn details(tx: &Transaction<'_>, account: &Object) -> Json {
    let basic = view::named("AccountBasicInfo", &view::rest(Kind::Account, account));
    let contact = contact(tx, account, "billToId");
    Json::object([("basicInfo", basic), ("billToContact", contact)])
}

fn without_custom(row: &Object) -> Object {
    let own = row
        .iter()
        .filter(|(name, _)| !zuora_catalog::is_custom(name));
    own.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn metrics(account: &Object) -> Json {
    let mut metrics = without_custom(account);
    for (own, told) in [
        ("unappliedBalance", "unappliedPaymentAmount"),
        ("mrr", "contractedMrr"),
    ] {
        metrics.insert(told, amount(account, own));
    }
    view::named("AccountMetrics", &metrics)
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    tx.change(Kind::Account, &id, |row| {
        copy_plain(ask.body, row, Kind::Account.facts().rest);
    })?;
    for (name, member) in [
        ("billToContact", "billToId"),
        ("soldToContact", "soldToId"),
        ("shipToContact", "shipToId"),
    ] {
        let Some(change) = ask.body.get(name).and_then(Json::as_object) else {
            continue;
        };
        let contact = text(tx.find(Kind::Account, &id)?, member).to_owned();
        if contact.is_empty() {
            let contact = contacts::add(tx, &id, change)?;
            tx.change(Kind::Account, &id, |row| {
                row.insert(member, contact);
            })?;
        } else {
            tx.change(Kind::Contact, &contact, |row| {
                copy_plain(change, row, Kind::Contact.facts().rest);
            })?;
        }
    }
    Ok(done([]))
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    remove(tx, Kind::Account, &id)?;
    Ok(done([("id", id.into())]))
}

/// Removes a record that nothing depends on; an account takes its contacts and payment methods along, a
/// charge its tiers.
pub(super) fn remove(tx: &mut Transaction<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    let mut along = Vec::new();
    for facts in Kind::all() {
        for (member, parent) in facts.parents {
            if *parent != kind {
                continue;
            }
            for child in tx.store().children(facts.kind, member, id) {
                if !matches!(
                    facts.kind,
                    Kind::Contact
                        | Kind::PaymentMethod
                        | Kind::ProductRatePlanChargeTier
                        | Kind::RatePlanChargeTier
                ) {
                    let (name, child) = (facts.name, text(child, "id"));
                    return Err(Problem::rule(format!(
                        "It cannot be deleted: the {name} {child} belongs to it."
                    )));
                }
                along.push((facts.kind, text(child, "id").to_owned()));
            }
        }
    }
    for (kind, id) in along {
        tx.remove(kind, &id)?;
    }
    tx.remove(kind, id)
}

/// An item of a list of the reply, through the schema of its items.
pub(super) fn view_of(ask: &Ask<'_>, member: &str, row: &Object) -> Json {
    let reply = ask.operation.replies().next().and_then(|reply| reply.ty);
    let items = reply.and_then(|ty| ty.schema()).and_then(|schema| {
        let zuora_catalog::Shape::Object(fields) = schema.shape() else {
            return None;
        };
        fields.get(member)?.ty().schema()
    });
    match items {
        Some(schema) => view::through(schema, row).into(),
        None => row.clone().into(),
    }
}
