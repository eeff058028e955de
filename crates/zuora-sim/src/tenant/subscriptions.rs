//! Subscriptions, as `/v1` REST has them, without an order.

use super::{
    accounts::named,
    amendments, bill_now,
    charge_detail::{ChargeDetail, asked},
    charge_view,
    door::{Answer, Ask, Handler, done},
    instant,
    kind::Kind,
    plans,
    record::{amount, copy, copy_custom, flag, list, minus, set_custom, some_text, text},
    revenue, segments,
    store::Transaction,
    subscription::{self, whole},
    subscription_history, subscription_metrics, versions, view,
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
        let renew = |row: &mut Object, _: &Object, _: &str| subscription::renew(row);
        let id = step(tx, ask.key(), ask.body, "RenewSubscription", renew)?;
        changed(tx, &id, ask.body)
    }),
    ("cancelSubscription", |tx, ask| {
        let cancel = subscription::cancel;
        let id = step(tx, ask.key(), ask.body, "CancelSubscription", cancel)?;
        changed(tx, &id, ask.body)
    }),
    ("suspendSubscription", suspend),
    ("resumeSubscription", |tx, ask| {
        let id = step(tx, ask.key(), ask.body, "Resume", subscription::resume)?;
        changed(tx, &id, ask.body)
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

/// A version with one change of the whole subscription; gives its id.
fn step(
    tx: &mut Transaction<'_>,
    key: &str,
    body: &Object,
    action: &str,
    change: impl FnOnce(&mut Object, &Object, &str) -> Result<(), Problem>,
) -> Result<String, Problem> {
    let today = tx.today.clone();
    let days = days_of(tx, key, body)?;
    let id = versions::next_version(tx, key, |row| change(row, body, &today))?;
    amendments::note(tx, action, &id, &days)?;
    Ok(id)
}

/// A suspension may say at once when it ends.
fn suspend(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut id = step(tx, ask.key(), ask.body, "Suspend", subscription::suspend)?;
    if flag(ask.body, "resume") {
        id = step(tx, &id, ask.body, "Resume", subscription::resume)?;
    }
    changed(tx, &id, ask.body)
}

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = named(tx, ask.body)?;
    let id = add(tx, &account, ask.body)?;
    changed(tx, &id, ask.body)
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
    if let Some(owner) = some_text(body, "invoiceOwnerAccountKey") {
        row.insert("invoiceOwnerId", tx.id_of(Kind::Account, owner)?);
    }
    let id = subscription::create(tx, account, row)?;
    let days = tx.find(Kind::Subscription, &id)?.clone();
    for plan in list(body, "subscribeToRatePlans") {
        plans::add(tx, &id, plan, &days)?;
    }
    Ok(id)
}

/// What a change of a subscription answers, once it is billed if that is asked for.
fn changed(tx: &mut Transaction<'_>, id: &str, body: &Object) -> Result<Answer, Problem> {
    let billed = bill_now::by_request(tx, id, body)?;
    let row = tx.find(Kind::Subscription, id)?;
    let mut reply = view::rest(Kind::Subscription, row);
    reply.insert("subscriptionId", id);
    tell_value(tx, row, &mut reply);
    billed.tell(tx, &mut reply)?;
    Ok(Answer::Seen(reply))
}

/// What a subscription is worth, in the words of replies.
pub(super) fn tell_value(tx: &Transaction<'_>, row: &Object, reply: &mut Object) {
    reply.insert("contractedMrr", amount(row, "cMRR"));
    if let Some(value) = revenue::contracted_value(tx, row) {
        reply.insert("totalContractedValue", value);
    }
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    if flag(ask.body, "preview") {
        return Ok(Answer::Seen(tx.rehearse(|tx| updated(tx, ask))?));
    }
    let mut reply = updated(tx, ask)?;
    let billed = bill_now::by_request(tx, text(&reply, "subscriptionId"), ask.body)?;
    billed.tell(tx, &mut reply)?;
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
            let mut entries = members.iter().filter_map(|name| list(body, name).next());
            let days = days_of(tx, &id, entries.next().unwrap_or(body))?;
            amendments::note(tx, action, &id, &days)?;
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

fn shown(tx: &Transaction<'_>, ask: &Ask<'_>, detail: &ChargeDetail, row: &Object) -> Object {
    let mut seen = view::rest(Kind::Subscription, row);
    for (member, number, name, details, asks) in [
        (
            "accountId",
            "accountNumber",
            "accountName",
            "accountOwnerDetails",
            "getSubscriptionOwnerDetails",
        ),
        (
            "invoiceOwnerId",
            "invoiceOwnerAccountNumber",
            "invoiceOwnerAccountName",
            "invoiceOwnerAccountDetails",
            "getInvoiceOwnerDetails",
        ),
    ] {
        if let Some(account) = tx.get(Kind::Account, text(row, member)) {
            seen.insert(number, text(account, "accountNumber"));
            seen.insert(name, text(account, "name"));
            if asked(ask, asks) {
                let account = view::rest(Kind::Account, account);
                seen.insert(details, view::named("AccountBasicInfo", &account));
            }
        }
    }
    seen.insert("invoiceOwnerAccountId", text(row, "invoiceOwnerId"));
    for (member, told) in [
        ("billToContactId", "billToContact"),
        ("soldToContactId", "soldToContact"),
        ("shipToContactId", "shipToContact"),
    ] {
        if let Some(contact) = tx.get(Kind::Contact, text(row, member)) {
            let contact = view::rest(Kind::Contact, contact);
            seen.insert(told, view::named("Contact", &contact));
        }
    }
    if let Some(order) = tx.get(Kind::Order, text(row, "orderId")) {
        copy(order, &mut seen, &["orderNumber"]);
    }
    for (own, told) in [
        ("originalCreatedDate", "createTime"),
        ("updatedDate", "updateTime"),
    ] {
        if let Some(time) = instant::with_seconds(text(row, own), tx.zone()) {
            seen.insert(told, time);
        }
    }
    seen.insert("invoiceSeparately", flag(row, "invoiceSeparately"));
    seen.insert("statusHistory", subscription_history::of(tx, row));
    tell_value(tx, row, &mut seen);
    if let Some(day) = &detail.metrics {
        for (name, value) in subscription_metrics::of(tx, row, day) {
            seen.insert(name, value);
        }
    }
    let plans = tx
        .store()
        .children(Kind::RatePlan, "subscriptionId", text(row, "id"));
    let plans = plans.filter_map(|plan| shown_plan(tx, detail, plan));
    seen.insert("ratePlans", plans.collect::<Vec<Json>>());
    seen
}

fn shown_plan(tx: &Transaction<'_>, detail: &ChargeDetail, plan: &Object) -> Option<Json> {
    let mut seen = view::rest(Kind::RatePlan, plan);
    if let Some(product) = tx.get(Kind::Product, text(plan, "productId")) {
        seen.insert("productName", text(product, "name"));
        seen.insert("productSku", text(product, "sKU"));
    }
    let lines = segments::lines(tx, "ratePlanId", text(plan, "id"));
    let charges: Vec<Json> = lines
        .iter()
        .filter_map(|line| {
            let mut seen = charge_view::shown(tx, detail.of(line)?);
            if detail.has_all() {
                let all: Vec<Json> = line
                    .iter()
                    .map(|row| view::named("RatePlanChargeSegment", &charge_view::shown(tx, row)))
                    .collect();
                seen.insert("chargeSegments", all);
            }
            let schema = "GetSubscriptionRatePlanChargesWithAllSegments";
            Some(view::named(schema, &seen))
        })
        .collect();
    if charges.is_empty() && detail.hides_empty_plans {
        return None;
    }
    seen.insert("ratePlanCharges", charges);
    Some(view::named("SubscriptionRatePlan", &seen))
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    one(tx, ask, tx.find(Kind::Subscription, ask.key())?)
}

fn get_version(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    one(tx, ask, version(tx, ask)?)
}

fn one(tx: &Transaction<'_>, ask: &Ask<'_>, row: &Object) -> Result<Answer, Problem> {
    let detail = ChargeDetail::asked(tx, ask)?;
    let answer = Answer::Seen(shown(tx, ask, &detail, row));
    Ok(answer.only_today(detail.is_of_today))
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
    let detail = ChargeDetail::asked(tx, ask)?;
    let rows = tx.store().children(Kind::Subscription, "accountId", &id);
    let latest = rows.filter(|row| row.get("isLatestVersion") == Some(&Json::Bool(true)));
    let answer = ask.page("subscriptions", latest, |row| {
        view::named("GetSubscriptionResponse", &shown(tx, ask, &detail, row))
    });
    Ok(answer.only_today(detail.is_of_today))
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
