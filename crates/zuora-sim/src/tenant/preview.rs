//! Previews: what a request would do is done, looked at, and undone. Those of orders are in `order_preview`.
//!
//! Amounts are those of `rating`; what would need more than that is left out.

use super::{
    accounts,
    door::{Answer, Ask, Handler},
    kind::Kind,
    rating::{self, Through},
    record::{amount, copy, minus, some_text, text},
    segments,
    store::Transaction,
    subscription::whole,
    subscriptions, view,
};
use crate::problem::Problem;
use jiff::civil::Date;
use std::collections::BTreeMap;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("previewSubscription", of_new),
    ("previewExistingSubscription", of_existing),
    ("createBillingPreview", of_account),
];

/// An account that is there for the preview only; gives its id.
pub(super) fn passing_account(tx: &mut Transaction<'_>, sent: &Object) -> Result<String, Problem> {
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

pub(super) fn day(from: &Object, member: &str) -> Result<Date, Problem> {
    let day = some_text(from, member);
    let day = day.ok_or_else(|| Problem::missing(format!("{member} is missing")))?;
    day.parse()
        .map_err(|_| Problem::bad_value(format!("{member} is not a date")))
}

pub(super) fn invoice(day: Date, amount: Decimal, items: Vec<Json>) -> Json {
    Json::object([
        ("targetDate", Json::from(day.to_string())),
        ("amount", amount.clone().into()),
        ("amountWithoutTax", amount.into()),
        ("taxAmount", Decimal::ZERO.into()),
        ("invoiceItems", items.into()),
    ])
}

/// What becomes of a charge.
pub(super) struct Change {
    pub(super) charge: Object,
    /// Monthly revenue and quantity: afterwards, and how much that is more.
    pub(super) revenue: (Decimal, Decimal),
    pub(super) quantity: Decimal,
}

pub(super) fn changes(
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
    for charge in now.iter().filter(|charge| segments::is_last(charge)) {
        let old = before.get(text(charge, "chargeNumber")).unwrap_or(&nothing);
        // One that ends before the subscription brings nothing any more.
        let runs_on = segments::runs_to_the_end(charge, subscription);
        let new = if runs_on { charge } else { &nothing };
        changes.push(change(charge, new, old)?);
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
        for item in rating::unbilled(tx, row, through)? {
            let is_excluded = excluded
                .iter()
                .any(|ty| ty.eq_ignore_ascii_case(text(&item.charge, "chargeType")));
            if !is_excluded {
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
