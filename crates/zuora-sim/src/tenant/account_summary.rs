//! The summary of an account: what it is, and the latest that it bought, owes, paid and used.

use super::{
    accounts::contact,
    billing,
    door::{Answer, Ask, Handler},
    kind::Kind,
    payment_methods,
    record::{amount, plus, some_text, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use std::collections::BTreeMap;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("getAccountSummary", summary)];

/// How many subscriptions, invoices and payments there are, and months of usage: the latest first. All of that
/// is a guess.
const LATEST_GUESS: usize = 6;

fn summary(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Account, ask.key())?;
    let invoices = latest(tx, Kind::Invoice, row, "invoiceDate");
    let payments = latest(tx, Kind::Payment, row, "effectiveDate");
    let mut reply = Object::new();
    reply.insert("basicInfo", basic_info(tx, row, &invoices, &payments));
    for (member, told) in [
        ("billToId", "billToContact"),
        ("soldToId", "soldToContact"),
        ("shipToId", "shipToContact"),
    ] {
        if some_text(row, member).is_some() {
            reply.insert(told, contact(tx, row, member));
        }
    }
    let shown = |rows: Vec<&Object>, show: &dyn Fn(&Object) -> Json| {
        let rows = rows.into_iter().take(LATEST_GUESS);
        rows.map(show).collect::<Vec<Json>>()
    };
    let invoice = |row: &Object| {
        let row = view::rest(Kind::Invoice, row);
        view::named("AccountSummaryInvoice", &row)
    };
    reply.insert("invoices", shown(invoices, &invoice));
    reply.insert("payments", shown(payments, &|row| payment(tx, row)));
    // Of a subscription's versions the latest.
    let mut subscriptions = latest(tx, Kind::Subscription, row, "updatedDate");
    subscriptions.retain(|row| row.get("isLatestVersion") != Some(&Json::Bool(false)));
    reply.insert(
        "subscriptions",
        shown(subscriptions, &|row| subscription(tx, row)),
    );
    if ask.query("excludeUsage").as_deref() != Some("true") {
        reply.insert("usage", usage(tx, row)?);
    }
    reply.insert("success", true);
    Ok(Answer::Json(reply.into()))
}

/// What belongs to an account, the latest by this member first.
fn latest<'t>(
    tx: &'t Transaction<'_>,
    kind: Kind,
    account: &Object,
    member: &str,
) -> Vec<&'t Object> {
    let rows = tx.store().children(kind, "accountId", text(account, "id"));
    let mut rows: Vec<&Object> = rows.collect();
    rows.reverse();
    rows.sort_by(|one, other| text(other, member).cmp(text(one, member)));
    rows
}

fn basic_info(
    tx: &Transaction<'_>,
    row: &Object,
    invoices: &[&Object],
    payments: &[&Object],
) -> Json {
    let mut basic = view::rest(Kind::Account, row);
    let is = |status: &'static str| move |row: &&&Object| text(row, "status") == status;
    if let Some(invoice) = invoices.iter().find(is("Posted")) {
        basic.insert("lastInvoiceDate", text(invoice, "invoiceDate"));
    }
    if let Some(payment) = payments.iter().find(is("Processed")) {
        basic.insert("lastPaymentDate", text(payment, "effectiveDate"));
        basic.insert("lastPaymentAmount", amount(payment, "amount"));
    }
    if let Some(method) = tx.get(Kind::PaymentMethod, text(row, "defaultPaymentMethodId")) {
        let mut method = payment_methods::shown(method);
        for (own, told) in [
            ("cardNumber", "creditCardNumber"),
            ("type", "paymentMethodType"),
        ] {
            if let Some(value) = method.get(own).cloned() {
                method.insert(told, value);
            }
        }
        let seen = view::named("AccountSummaryDefaultPaymentMethod", &method);
        basic.insert("defaultPaymentMethod", seen);
    }
    view::named("AccountSummaryBasicInfo", &basic)
}

fn payment(tx: &Transaction<'_>, row: &Object) -> Json {
    let mut seen = view::rest(Kind::Payment, row);
    let paid = billing::paid_invoices(tx, row, "AccountSummaryPaymentInvoice");
    seen.insert("paidInvoices", paid);
    seen.insert("paymentType", text(row, "type"));
    view::named("AccountSummaryPayment", &seen)
}

fn subscription(tx: &Transaction<'_>, row: &Object) -> Json {
    let mut seen = view::rest(Kind::Subscription, row);
    let plans = tx
        .store()
        .children(Kind::RatePlan, "subscriptionId", text(row, "id"));
    let plans = plans.map(|plan| {
        let mut seen = view::rest(Kind::RatePlan, plan);
        if let Some(product) = tx.get(Kind::Product, text(plan, "productId")) {
            seen.insert("productName", text(product, "name"));
            seen.insert("productSku", text(product, "sKU"));
        }
        view::named("AccountSummaryRatePlan", &seen)
    });
    seen.insert("ratePlans", plans.collect::<Vec<Json>>());
    view::named("AccountSummarySubscription", &seen)
}

/// How much was used of each unit in each of the latest months that have usage (a guess).
fn usage(tx: &Transaction<'_>, account: &Object) -> Result<Vec<Json>, Problem> {
    let rows = tx
        .store()
        .children(Kind::Usage, "accountId", text(account, "id"));
    let mut months: BTreeMap<&str, BTreeMap<&str, Decimal>> = BTreeMap::new();
    for row in rows {
        let month = text(row, "startDateTime").get(..7).unwrap_or_default();
        let units = months.entry(month).or_default();
        let sum = units.entry(text(row, "uOM")).or_default();
        *sum = plus(sum, &amount(row, "quantity"))?;
    }
    let latest = months.into_iter().rev().take(LATEST_GUESS);
    let told = latest.flat_map(|(month, units)| {
        units.into_iter().map(move |(unit, quantity)| {
            let mut seen = Object::new();
            seen.insert("startDate", month);
            seen.insert("unitOfMeasure", unit);
            seen.insert("quantity", quantity);
            view::named("AccountSummaryUsage", &seen)
        })
    });
    Ok(told.collect())
}
