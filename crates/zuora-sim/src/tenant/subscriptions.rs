//! Subscriptions, as `/v1` REST has them, without an order.

use super::{
    accounts::named,
    amendments,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    record::{copy, copy_custom, list, set_custom, some_text, text},
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
            subscription::cancel(row, ask.body, &today);
        })?;
        amendments::note(tx, "CancelSubscription", &id)?;
        changed(tx, &id)
    }),
    ("suspendSubscription", |tx, ask| {
        let today = tx.today.clone();
        let id = versions::next_version(tx, ask.key(), |row| {
            subscription::suspend(row, ask.body, &today);
        })?;
        amendments::note(tx, "Suspend", &id)?;
        changed(tx, &id)
    }),
    ("resumeSubscription", |tx, ask| {
        let today = tx.today.clone();
        let mut refused = Ok(());
        let id = versions::next_version(tx, ask.key(), |row| {
            refused = subscription::resume(row, ask.body, &today);
        })?;
        refused?;
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
    copy_custom(body, &mut row);
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
    let id = versions::next_version(tx, ask.key(), |row| {
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
        copy_custom(body, row);
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
        let plan = subscription::plan_of(tx, id, sent)?;
        let plan = text(&plan, "id");
        change_custom(tx, Kind::RatePlan, plan, sent)?;
        for sent in list(sent, "charges") {
            let names = ["chargeId", "chargeNumber"];
            let key = names.iter().find_map(|name| some_text(sent, name));
            let key = key.ok_or_else(|| Problem::missing("chargeNumber is missing"))?;
            let charge = tx
                .store()
                .children(Kind::RatePlanCharge, "ratePlanId", plan)
                .find(|row| text(row, "id") == key || text(row, "chargeNumber") == key)
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
