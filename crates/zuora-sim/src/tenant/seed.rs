//! Tenants to begin with. The demo: a catalogue, 50 accounts with subscriptions, and a year of invoices up
//! to today. The small one: the same catalogue and one account, which costs next to nothing to make.
//!
//! They are made by the same steps as requests make them, so that their balances add up. The same on every
//! day but for their dates.

use super::{
    accounts, bill_now, charged_through,
    kind::Kind,
    moment::Moment,
    money::{self, CREDIT_MEMO, INVOICE, PAYMENT},
    orders,
    rating::{self, Through},
    record::{amount, text},
    store::{Store, Transaction},
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

/// A day at a time, in order, so that records are as old as they say, and what could undo a step is soon
/// forgotten.
fn fill(
    store: &mut Store,
    ids: &mut Ids,
    moment: &Moment,
    accounts: Range<usize>,
    months: i64,
) -> Result<(), Problem> {
    let today: Date = moment.today.parse().unwrap_or(Date::ZERO);
    let first = today.first_of_month();
    let begin = first.checked_sub((months - 1).months()).unwrap_or(first);
    let begun = moment.on(begin);
    let mut tx = Transaction::new(store, ids, &begun);
    let plans = catalogue(&mut tx)?;
    let mut customers = accounts
        .map(|place| customer(&mut tx, place, &plans[place % plans.len()], begin))
        .collect::<Result<Vec<_>, _>>()?;
    tx.commit();
    store.forget_changes();
    for (day, step) in steps(begin, today, months) {
        let moment = moment.on(day);
        let mut tx = Transaction::new(store, ids, &moment);
        for customer in &mut customers {
            match step {
                Step::Bill { left } => bill(&mut tx, customer, left, day)?,
                Step::Collect { left } => collect(&mut tx, customer, left, day)?,
            }
        }
        tx.commit();
        store.forget_changes();
    }
    Ok(())
}

/// So many months are left, this one counted.
#[derive(Clone, Copy)]
enum Step {
    Bill { left: i64 },
    Collect { left: i64 },
}

/// Each month is billed on its first day and collected when that is due, today at the latest.
fn steps(begin: Date, today: Date, months: i64) -> Vec<(Date, Step)> {
    let mut steps = Vec::new();
    for left in (1..=months).rev() {
        let day = begin.checked_add((months - left).months());
        let day = day.unwrap_or(begin);
        steps.push((day, Step::Bill { left }));
        steps.push((due(day).min(today), Step::Collect { left }));
    }
    steps.sort_by_key(|(day, _)| *day);
    steps
}

fn due(invoiced: Date) -> Date {
    invoiced.checked_add(30.days()).unwrap_or(invoiced)
}

struct Customer {
    place: usize,
    account: String,
    subscription: String,
    /// The months that are not collected yet, and their invoices.
    open: Vec<(i64, String)>,
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

fn customer(
    tx: &mut Transaction<'_>,
    place: usize,
    plan: &str,
    begin: Date,
) -> Result<Customer, Problem> {
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
    let subscription = ordered(tx, &account, plan, begin)?;
    Ok(Customer {
        place,
        account,
        subscription,
        open: Vec::new(),
    })
}

/// A subscription to a rate plan, as its order makes it; gives its id.
fn ordered(
    tx: &mut Transaction<'_>,
    account: &str,
    plan: &str,
    begin: Date,
) -> Result<String, Problem> {
    let begin: Json = begin.to_string().into();
    let trigger = row([
        ("name", "ContractEffective".into()),
        ("triggerDate", begin.clone()),
    ]);
    let year = || [("period", 12.into()), ("periodType", "Month".into())];
    let mut initial = row(year());
    initial.insert("termType", "TERMED");
    initial.insert("startDate", begin.clone());
    let terms = row([
        ("autoRenew", true.into()),
        ("initialTerm", initial.into()),
        ("renewalTerms", vec![Json::object(year())].into()),
    ]);
    let plans = vec![Json::object([("productRatePlanId", plan)])];
    let create = row([
        ("terms", terms.into()),
        ("subscribeToRatePlans", plans.into()),
    ]);
    let action = row([
        ("type", "CreateSubscription".into()),
        ("triggerDates", vec![Json::from(trigger)].into()),
        ("createSubscription", create.into()),
    ]);
    let entry = Json::object([("orderActions", vec![Json::from(action)])]);
    let order = row([
        ("existingAccountNumber", account.into()),
        ("orderDate", begin),
        ("subscriptions", vec![entry].into()),
    ]);
    let order = orders::keep(tx, &order, 1)?;
    orders::carry_out(tx, &order)?;
    let made = tx.store().children(Kind::Subscription, "orderId", &order);
    let mut made = made.map(|row| text(row, "id").to_owned());
    made.next().ok_or_else(|| Problem::not_found(&order))
}

fn bill(
    tx: &mut Transaction<'_>,
    customer: &mut Customer,
    left: i64,
    day: Date,
) -> Result<(), Problem> {
    let account = customer.account.as_str();
    let owner = tx.find(Kind::Account, account)?;
    let currency: Json = text(owner, "currency").into();
    let contact: Json = text(owner, "billToId").into();
    let head = row([
        ("accountId", account.into()),
        ("currency", currency.clone()),
        ("billToContactId", contact),
        ("invoiceDate", day.to_string().into()),
        ("targetDate", day.to_string().into()),
        ("dueDate", due(day).to_string().into()),
        ("source", "BillRun".into()),
        ("sourceType", "Subscription".into()),
    ]);
    let name = customer.subscription.as_str();
    let subscription = tx.find(Kind::Subscription, name)?;
    let items = rating::items(tx, subscription, day, Through::Day(day))?;
    let items = items
        .iter()
        .map(|item| bill_now::invoice_item(tx, subscription, item));
    let items = items.collect();
    let invoice = money::create(tx, Kind::Invoice, head, items)?;
    money::post(tx, Kind::Invoice, &invoice)?;
    if left == 1 {
        charged_through::settle(tx, name)?;
    }
    if customer.place % 10 == 4 && left == MONTHS - 5 {
        // A complaint: a part is credited.
        let credit = Decimal::new(1_000, 2);
        let memo = row([
            ("accountId", account.into()),
            ("currency", currency),
            ("invoiceId", invoice.as_str().into()),
            ("memoDate", day.to_string().into()),
            ("reasonCode", "Customer Satisfaction".into()),
            ("sourceType", "Invoice".into()),
        ]);
        let item = row([("amount", credit.clone().into())]);
        let memo = money::create(tx, Kind::CreditMemo, memo, vec![item])?;
        money::post(tx, Kind::CreditMemo, &memo)?;
        money::apply(tx, CREDIT_MEMO, &memo, INVOICE, &invoice, &credit)?;
    }
    customer.open.push((left, invoice));
    Ok(())
}

fn collect(
    tx: &mut Transaction<'_>,
    customer: &mut Customer,
    left: i64,
    day: Date,
) -> Result<(), Problem> {
    let place = customer.place;
    // The last two months stay open for every seventh account, the last one for every third.
    if (place % 7 == 6 && left <= 2) || (place % 3 == 2 && left == 1) {
        return Ok(());
    }
    let Some(at) = customer.open.iter().position(|(month, _)| *month == left) else {
        return Ok(());
    };
    let (_, invoice) = customer.open.swap_remove(at);
    let owed = amount(tx.find(Kind::Invoice, &invoice)?, "balance");
    let account = customer.account.as_str();
    let owner = tx.find(Kind::Account, account)?;
    let payment = row([
        ("accountId", account.into()),
        ("currency", text(owner, "currency").into()),
        ("amount", owed.clone().into()),
        ("type", "Electronic".into()),
        (
            "paymentMethodId",
            text(owner, "defaultPaymentMethodId").into(),
        ),
        ("effectiveDate", day.to_string().into()),
        ("source", "PaymentRun".into()),
    ]);
    let payment = money::pay(tx, payment)?;
    money::apply(tx, PAYMENT, &payment, INVOICE, &invoice, &owed)
}
