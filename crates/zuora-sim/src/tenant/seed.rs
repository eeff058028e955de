//! Tenants to begin with. The demo: a catalogue, 50 accounts with subscriptions, and a year of invoices up
//! to today. The small one: the same catalogue and one account, which costs next to nothing to make.
//!
//! They are made by the same steps as requests make them, so that their balances add up. The same on every
//! day but for their dates.

use super::{
    accounts,
    kind::Kind,
    moment::Moment,
    money::{self, CREDIT_MEMO, INVOICE, PAYMENT},
    plans,
    record::{amount, text},
    store::{Store, Transaction},
    subscription,
};
use crate::{ids::Ids, problem::Problem};
use jiff::{ToSpan, civil::Date};
use std::ops::Range;
use zuora_wire::{Decimal, Json, Object};

const ACCOUNTS_OF_DEMO: Range<usize> = 0..50;
const MONTHS: i64 = 12;
/// Whom of the demo's customers the small tenant has: one who has not paid the last invoice yet.
const THE_ONE: usize = 2;
const FIRST: [&str; 10] = [
    "Marit", "Jae-won", "Ana", "Tomasz", "Ines", "Kofi", "Lena", "Ravi", "Sofia", "Emil",
];
const LAST: [&str; 10] = [
    "Ødegård",
    "Park",
    "Moreno",
    "Nowak",
    "Duarte",
    "Mensah",
    "Brandt",
    "Iyer",
    "Rossi",
    "Lind",
];
const TRADES: [&str; 10] = [
    "Werkzeuge",
    "Logistics",
    "Foods",
    "Optics",
    "Shipping",
    "Textiles",
    "Energy",
    "Paper",
    "Robotics",
    "Studios",
];
const PLACES: [(&str, &str, &str); 5] = [
    ("Bremen", "Germany", "EUR"),
    ("Oslo", "Norway", "EUR"),
    ("Porto", "Portugal", "EUR"),
    ("Austin", "United States", "USD"),
    ("Toronto", "Canada", "USD"),
];
/// Name, charge model, price in cents, quantity.
const PLANS: [(&str, &str, &str, i128, i64); 4] = [
    ("Harbour Monitoring", "Basic", "Flat Fee Pricing", 4_990, 1),
    ("Harbour Monitoring", "Seats", "Per Unit Pricing", 1_250, 8),
    ("Crane Hire", "Monthly", "Flat Fee Pricing", 129_900, 1),
    ("Support", "Per contact", "Per Unit Pricing", 1_995, 3),
];

/// The demo tenant's data, as of this moment.
pub(crate) fn demo(ids: &mut Ids, moment: &Moment) -> Store {
    made(ids, moment, ACCOUNTS_OF_DEMO, MONTHS)
}

/// The small tenant's data, as of this moment.
pub(crate) fn one_account(ids: &mut Ids, moment: &Moment) -> Store {
    made(ids, moment, THE_ONE..THE_ONE + 1, 1)
}

fn made(ids: &mut Ids, moment: &Moment, accounts: Range<usize>, months: i64) -> Store {
    let mut store = Store::default();
    if let Err(problem) = fill(&mut store, ids, moment, accounts, months) {
        tracing::error!("the first data: {}", problem.into_crud());
    }
    store.forget_changes();
    store
}

/// An account at a time, so that what could undo it is soon forgotten.
fn fill(
    store: &mut Store,
    ids: &mut Ids,
    moment: &Moment,
    accounts: Range<usize>,
    months: i64,
) -> Result<(), Problem> {
    let mut tx = Transaction::new(store, ids, moment);
    let plans = catalogue(&mut tx)?;
    let today: Date = tx.today.parse().unwrap_or(Date::ZERO);
    tx.commit();
    let first = today.first_of_month();
    let begin = first.checked_sub((months - 1).months()).unwrap_or(first);
    for place in accounts {
        let plan = &plans[place % plans.len()];
        let mut tx = Transaction::new(store, ids, moment);
        account(&mut tx, place, plan, begin, months)?;
        tx.commit();
        store.forget_changes();
    }
    Ok(())
}

fn row<const N: usize>(members: [(&str, Json); N]) -> Object {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The ids of the rate plans.
fn catalogue(tx: &mut Transaction<'_>) -> Result<Vec<String>, Problem> {
    let mut products: Vec<(&str, String)> = Vec::new();
    let mut plans = Vec::new();
    let life = |row: &mut Object| {
        row.insert("effectiveStartDate", "2020-01-01");
        row.insert("effectiveEndDate", "2050-01-01");
    };
    for (product, name, model, cents, quantity) in PLANS {
        let known = products.iter().find(|(known, _)| *known == product);
        let product_id = match known {
            Some((_, id)) => id.clone(),
            None => {
                let mut new = row([
                    ("name", product.into()),
                    ("category", "Base Products".into()),
                ]);
                life(&mut new);
                let id = tx.create(Kind::Product, new)?;
                products.push((product, id.clone()));
                id
            }
        };
        let mut plan = row([("name", name.into()), ("productId", product_id.into())]);
        life(&mut plan);
        let plan = tx.create(Kind::ProductRatePlan, plan)?;
        let charge = row([
            ("name", format!("{name} fee").into()),
            ("productRatePlanId", plan.as_str().into()),
            ("chargeModel", model.into()),
            ("chargeType", "Recurring".into()),
            ("billingPeriod", "Month".into()),
            ("triggerEvent", "ContractEffective".into()),
            ("defaultQuantity", quantity.into()),
        ]);
        let charge = tx.create(Kind::ProductRatePlanCharge, charge)?;
        for currency in ["EUR", "USD"] {
            let tier = row([
                ("productRatePlanChargeId", charge.as_str().into()),
                ("currency", currency.into()),
                ("price", Decimal::new(cents, 2).into()),
            ]);
            tx.create(Kind::ProductRatePlanChargeTier, tier)?;
        }
        plans.push(plan);
    }
    Ok(plans)
}

fn account(
    tx: &mut Transaction<'_>,
    place: usize,
    plan: &str,
    begin: Date,
    months: i64,
) -> Result<(), Problem> {
    let (city, country, currency) = PLACES[place % PLACES.len()];
    let (first, last) = (FIRST[place % 10], LAST[(place / 10 + place) % 10]);
    let trade = TRADES[(place * 3 + place / 10) % 10];
    let sent = row([
        ("name", format!("{city} {trade} {}", place / 10 + 1).into()),
        ("currency", currency.into()),
        ("paymentTerm", "Net 30".into()),
        (
            "Segment__c",
            ["Enterprise", "Mid-market", "Small"][place % 3].into(),
        ),
        (
            "billToContact",
            Json::object([
                ("firstName", first),
                ("lastName", last),
                ("city", city),
                ("country", country),
            ]),
        ),
        (
            "paymentMethod",
            Json::object([
                ("type", Json::from("CreditCard")),
                ("cardType", "Visa".into()),
                ("cardNumber", "4111111111111111".into()),
                ("expirationMonth", 12.into()),
                ("expirationYear", 2030.into()),
            ]),
        ),
    ]);
    let account = accounts::add(tx, &sent)?;
    let terms = row([
        ("contractEffectiveDate", begin.to_string().into()),
        ("initialTerm", 12.into()),
        ("renewalTerm", 12.into()),
        ("autoRenew", true.into()),
    ]);
    let subscription = subscription::create(tx, &account, terms)?;
    let days = tx.find(Kind::Subscription, &subscription)?.clone();
    let plan = row([("productRatePlanId", plan.into())]);
    plans::add(tx, &subscription, &plan, &days)?;
    let fee = amount(tx.find(Kind::Subscription, &subscription)?, "cMRR");
    for left in (1..=months).rev() {
        let date = begin.checked_add((months - left).months());
        let date = date.unwrap_or(begin);
        bill(tx, place, &account, &subscription, &fee, left, date)?;
    }
    Ok(())
}

/// One month's invoice, and what became of it; so many months are left, this one counted.
fn bill(
    tx: &mut Transaction<'_>,
    place: usize,
    account: &str,
    subscription: &str,
    fee: &Decimal,
    left: i64,
    date: Date,
) -> Result<(), Problem> {
    let due = date.checked_add(30.days()).unwrap_or(date);
    let owner = tx.find(Kind::Account, account)?;
    let currency: Json = text(owner, "currency").into();
    let contact: Json = text(owner, "billToId").into();
    let method: Json = text(owner, "defaultPaymentMethodId").into();
    let head = row([
        ("accountId", account.into()),
        ("currency", currency.clone()),
        ("billToContactId", contact),
        ("invoiceDate", date.to_string().into()),
        ("targetDate", date.to_string().into()),
        ("dueDate", due.to_string().into()),
        ("source", "BillRun".into()),
        ("sourceType", "Subscription".into()),
    ]);
    let item = row([
        ("chargeName", "Monthly fee".into()),
        ("chargeAmount", fee.clone().into()),
        ("quantity", Decimal::ONE.into()),
        ("unitPrice", fee.clone().into()),
        ("taxAmount", Decimal::ZERO.into()),
        ("subscriptionId", subscription.into()),
        ("serviceStartDate", date.to_string().into()),
    ]);
    let invoice = money::create(tx, Kind::Invoice, head, vec![item])?;
    money::post(tx, Kind::Invoice, &invoice)?;
    // The last two months are open for every seventh account, the last one for every third.
    if (place % 7 == 6 && left <= 2) || (place % 3 == 2 && left == 1) {
        return Ok(());
    }
    let mut part = fee.clone();
    if place % 10 == 4 && left == MONTHS - 5 {
        // A complaint: a part is credited.
        let credit = Decimal::new(1_000, 2);
        let memo = row([
            ("accountId", account.into()),
            ("currency", currency.clone()),
            ("invoiceId", invoice.as_str().into()),
            ("memoDate", date.to_string().into()),
            ("reasonCode", "Customer Satisfaction".into()),
            ("sourceType", "Invoice".into()),
        ]);
        let memo = money::create(
            tx,
            Kind::CreditMemo,
            memo,
            vec![row([("amount", credit.clone().into())])],
        )?;
        money::post(tx, Kind::CreditMemo, &memo)?;
        money::apply(tx, CREDIT_MEMO, &memo, INVOICE, &invoice, &credit)?;
        part = super::record::minus(&part, &credit)?;
    }
    let payment = row([
        ("accountId", account.into()),
        ("currency", currency),
        ("amount", part.clone().into()),
        ("type", "Electronic".into()),
        ("paymentMethodId", method),
        ("effectiveDate", due.to_string().into()),
        ("source", "PaymentRun".into()),
    ]);
    let payment = money::pay(tx, payment)?;
    money::apply(tx, PAYMENT, &payment, INVOICE, &invoice, &part)
}
