//! Subscriptions, as `/v1` REST has them, without an order.

use super::{
    accounts::named,
    amendments, charge_view,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    plans,
    record::{amount, copy, copy_custom, flag, list, minus, set_custom, some_text, text},
    segments,
    store::Transaction,
    subscription::{self, whole},
    versions, view,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createSubscription", create),
    ("getSubscriptionByKey", get),
    ("getSubscriptionByKeyAndVersion", get_version),
    ("getSubscriptionsByAccount", of_account),
    ("updateSubscription", update),
    ("renewSubscription", |tx, ask| {
        let id = versions::next_version(tx, ask.key(), subscription::renew)?;
        amendments::note(tx, "RenewSubscription", &id)?;
        changed(tx, &id)
    }),
    ("cancelSubscription", |tx, ask| {
        let today = tx.today.clone();
        let id = versions::next_version(tx, ask.key(), |row| {
            subscription::cancel(row, ask.body, &today)
        })?;
        amendments::note(tx, "CancelSubscription", &id)?;
        changed(tx, &id)
    }),
    ("suspendSubscription", |tx, ask| {
        let today = tx.today.clone();
        let id = versions::next_version(tx, ask.key(), |row| {
            subscription::suspend(row, ask.body, &today)
        })?;
        amendments::note(tx, "Suspend", &id)?;
        changed(tx, &id)
    }),
    ("resumeSubscription", |tx, ask| {
        let today = tx.today.clone();
        let id = versions::next_version(tx, ask.key(), |row| {
            subscription::resume(row, ask.body, &today)
        })?;
        amendments::note(tx, "Resume", &id)?;
        changed(tx, &id)
    }),
    ("deleteSubscription", |tx, ask| {
        versions::remove(tx, ask.key())?;
        Ok(done([]))
    }),
    ("updateSubscriptionCustomFields", |tx, ask| {
        let id = tx.id_of(Kind::Subscription, ask.key())?;
        set_custom_of(tx, &id, ask.body)
    }),
    (
        "updateSubscriptionCustomFieldsOfASpecifiedVersion",
        |tx, ask| {
            let id = text(version(tx, ask)?, "id").to_owned();
            set_custom_of(tx, &id, ask.body)
        },
    ),
    ("getSubscriptionTermInfo", terms),
];

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = named(tx, ask.body)?;
    let id = add(tx, &account, ask.body)?;
    changed(tx, &id)
}

/// A subscription as a request describes it; gives its id.
pub(super) fn add(
    tx: &mut Transaction<'_>,
    account: &str,
    body: &Object,
) -> Result<String, Problem> {
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
    copy_custom(body, &mut row);
    let id = subscription::create(tx, account, row)?;
    let days = tx.find(Kind::Subscription, &id)?.clone();
    for plan in list(body, "subscribeToRatePlans") {
        plans::add(tx, &id, plan, &days)?;
    }
    Ok(id)
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
    let reply = if flag(ask.body, "preview") {
        tx.rehearse(|tx| updated(tx, ask))?
    } else {
        updated(tx, ask)?
    };
    Ok(Answer::Seen(reply))
}

/// What an update may change, and the kinds of order actions that would change the same.
const CHANGES: [(&[&str], &str); 5] = [
    (&["add"], "AddProduct"),
    (&["remove"], "RemoveProduct"),
    (&["update"], "UpdateProduct"),
    (&["change"], "ChangePlan"),
    (&TERMS, "TermsAndConditions"),
];

const TERMS: [&str; 5] = [
    "termType",
    "currentTerm",
    "termStartDate",
    "autoRenew",
    "renewalTerm",
];

fn updated(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Object, Problem> {
    let body = ask.body;
    let before = amount(tx.find(Kind::Subscription, ask.key())?, "cMRR");
    let id = versions::next_version(tx, ask.key(), |row| {
        if TERMS.iter().any(|name| body.get(name).is_some()) {
            subscription::set_terms(row, body);
        }
        copy(body, row, &["notes"]);
        copy_custom(body, row);
        Ok(())
    })?;
    for plan in list(body, "add") {
        let days = days_of(tx, &id, plan)?;
        plans::add(tx, &id, plan, &days)?;
    }
    for plan in list(body, "remove") {
        let days = days_of(tx, &id, plan)?;
        plans::remove(tx, &id, plan, &days)?;
    }
    for plan in list(body, "update") {
        let days = days_of(tx, &id, plan)?;
        plans::update(tx, &id, plan, &days)?;
    }
    for change in list(body, "change") {
        let days = days_of(tx, &id, change)?;
        plans::remove(tx, &id, change, &days)?;
        let mut new = Object::new();
        copy(change, &mut new, &["chargeOverrides"]);
        copy_custom(change, &mut new);
        for (name, own) in [
            ("newProductRatePlanId", "productRatePlanId"),
            ("newProductRatePlanNumber", "productRatePlanNumber"),
        ] {
            if let Some(key) = some_text(change, name) {
                new.insert(own, key);
            }
        }
        plans::add(tx, &id, &new, &days)?;
    }
    for (members, action) in CHANGES {
        if members.iter().any(|name| body.get(name).is_some()) {
            amendments::note(tx, action, &id)?;
        }
    }
    let mut reply = Object::new();
    reply.insert("subscriptionId", id.as_str());
    let after = amount(tx.find(Kind::Subscription, &id)?, "cMRR");
    reply.insert("totalDeltaMrr", minus(&after, &before)?);
    Ok(reply)
}

/// The days of a change. Without one it is today, or that on which the subscription begins if that is to
/// come (a guess).
fn days_of(tx: &Transaction<'_>, id: &str, sent: &Object) -> Result<Object, Problem> {
    let row = tx.find(Kind::Subscription, id)?;
    let today = tx.today.as_str().max(text(row, "subscriptionStartDate"));
    let mut days = Object::new();
    days.insert("contractEffectiveDate", today);
    for (name, own) in [
        ("contractEffectiveDate", "contractEffectiveDate"),
        ("effectiveDate", "contractEffectiveDate"),
        ("serviceActivationDate", "serviceActivationDate"),
        ("customerAcceptanceDate", "contractAcceptanceDate"),
    ] {
        if let Some(day) = some_text(sent, name) {
            days.insert(own, day);
        }
    }
    Ok(days)
}

fn shown(tx: &Transaction<'_>, row: &Object) -> Object {
    let mut seen = view::rest(Kind::Subscription, row);
    for (member, number, name) in [
        ("accountId", "accountNumber", "accountName"),
        (
            "invoiceOwnerId",
            "invoiceOwnerAccountNumber",
            "invoiceOwnerAccountName",
        ),
    ] {
        if let Some(account) = tx.get(Kind::Account, text(row, member)) {
            seen.insert(number, text(account, "accountNumber"));
            seen.insert(name, text(account, "name"));
        }
    }
    seen.insert("invoiceOwnerAccountId", text(row, "invoiceOwnerId"));
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
    let lines = segments::lines(tx, "ratePlanId", text(plan, "id"));
    let charges: Vec<Json> = lines
        .iter()
        .filter_map(|line| {
            let mut seen = charge_view::shown(tx, line.last()?);
            // That all are told with the last one, whatever is asked for, is a guess.
            let all: Vec<Json> = line
                .iter()
                .map(|row| view::named("RatePlanChargeSegment", &charge_view::shown(tx, row)))
                .collect();
            seen.insert("chargeSegments", all);
            let schema = "GetSubscriptionRatePlanChargesWithAllSegments";
            Some(view::named(schema, &seen))
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
    Ok(Answer::Seen(shown(tx, version(tx, ask)?)))
}

/// The version of a subscription that a path names.
fn version<'t>(tx: &'t Transaction<'_>, ask: &Ask<'_>) -> Result<&'t Object, Problem> {
    let latest = tx.find(Kind::Subscription, ask.key())?;
    let versions =
        tx.store()
            .children(Kind::Subscription, "originalId", text(latest, "originalId"));
    let wanted = ask.arg(1);
    let mut fitting = versions
        .filter(|row| whole(row, "version").is_some_and(|version| version.to_string() == wanted));
    fitting.next().ok_or_else(|| Problem::not_found(wanted))
}

fn of_account(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    let rows = tx.store().children(Kind::Subscription, "accountId", &id);
    let latest = rows.filter(|row| row.get("isLatestVersion") == Some(&Json::Bool(true)));
    Ok(ask.page("subscriptions", latest, |row| {
        view::named("GetSubscriptionResponse", &shown(tx, row))
    }))
}

/// Custom fields of a version, its rate plans and their charges; no new version comes of it.
fn set_custom_of(tx: &mut Transaction<'_>, id: &str, sent: &Object) -> Result<Answer, Problem> {
    change_custom(tx, Kind::Subscription, id, sent)?;
    for sent in list(sent, "ratePlans") {
        let plan = plans::plan_of(tx, id, sent)?;
        let plan = text(&plan, "id");
        change_custom(tx, Kind::RatePlan, plan, sent)?;
        for sent in list(sent, "charges") {
            let names = ["chargeId", "chargeNumber"];
            let key = names.iter().find_map(|name| some_text(sent, name));
            let key = key.ok_or_else(|| Problem::missing("chargeNumber is missing"))?;
            let charge = tx
                .store()
                .children(Kind::RatePlanCharge, "ratePlanId", plan)
                .find(|row| {
                    let is_number = text(row, "chargeNumber") == key && segments::is_last(row);
                    text(row, "id") == key || is_number
                })
                .map(|row| text(row, "id").to_owned())
                .ok_or_else(|| Problem::not_found(key))?;
            change_custom(tx, Kind::RatePlanCharge, &charge, sent)?;
        }
    }
    Ok(done([]))
}

fn change_custom(
    tx: &mut Transaction<'_>,
    kind: Kind,
    id: &str,
    sent: &Object,
) -> Result<(), Problem> {
    let mut refused = Ok(());
    tx.change(kind, id, |row| refused = set_custom(row, sent))?;
    refused
}

/// The terms of a subscription, as its versions up to the wanted one know them.
fn terms(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let latest = tx.find(Kind::Subscription, ask.key())?;
    let last = ask
        .query("version")
        .and_then(|version| version.parse().ok());
    let versions =
        tx.store()
            .children(Kind::Subscription, "originalId", text(latest, "originalId"));
    let versions = versions.filter(|row| {
        last.is_none_or(|last: i64| whole(row, "version").is_some_and(|version| version <= last))
    });
    // Of two versions with the same beginning the later one knows the end.
    let mut terms: Vec<&Object> = Vec::new();
    for version in versions {
        let begins = text(version, "termStartDate");
        terms.retain(|term| text(term, "termStartDate") != begins);
        terms.push(version);
    }
    terms.sort_by_key(|term| text(term, "termStartDate"));
    let mut numbered = Vec::new();
    for (place, term) in terms.into_iter().enumerate() {
        let mut row = Object::new();
        row.insert("termNumber", place + 1);
        row.insert("startDate", text(term, "termStartDate"));
        row.insert("isEvergreen", text(term, "termType") == "EVERGREEN");
        if let Some(end) = some_text(term, "termEndDate") {
            row.insert("endDate", end);
        }
        numbered.push(row);
    }
    Ok(ask.page("terms", numbered.iter(), |row| row.clone().into()))
}
