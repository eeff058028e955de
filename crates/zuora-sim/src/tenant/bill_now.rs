//! What a request bills at once when it is told to: an invoice for each account that its subscriptions bill,
//! credit that is applied to it, and a payment for what it leaves open.
//!
//! The amounts are those of `rating`, without tax. All of it is a guess; nothing is credited.

use super::{
    billing, charged_through,
    kind::Kind,
    money, payment_term,
    rating::{self, Item, Through},
    record::{amount, flag, plus, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use jiff::civil::Date;
use std::collections::BTreeSet;
use zuora_wire::{Decimal, Json, Object};

/// What a request wants to be billed, in whatever words it said so.
pub(super) struct Told {
    target: Date,
    /// The date of the invoices.
    date: String,
    is_draft: bool,
    /// Types of charges that are left out.
    excluded: Vec<String>,
    /// Which credit is applied first, if any is.
    credit: Option<Vec<String>>,
    collects: bool,
    /// Whether the request holds when the payment fails.
    may_fail: bool,
    /// Pays in the place of the account's default method.
    method: Option<String>,
}

/// What was billed.
#[derive(Default)]
pub(super) struct Billed {
    pub(super) invoices: Vec<String>,
    pub(super) payments: Vec<String>,
}

impl Told {
    /// By the processing options of an order; none if nothing is to be billed.
    pub(super) fn by_order(tx: &Transaction<'_>, sent: &Object) -> Result<Option<Self>, Problem> {
        let collects = flag(sent, "collectPayment");
        if !must_bill(sent, flag(sent, "runBilling"), collects)? {
            return Ok(None);
        }
        let nothing = Object::new();
        let part = |name: &str| sent.get(name).and_then(Json::as_object).unwrap_or(&nothing);
        let options = part("billingOptions");
        let told = Self {
            is_draft: flag(options, "generateDraftInvoice"),
            excluded: texts(options, "chargeTypeToExclude"),
            collects,
            may_fail: flag(sent, "allowPaymentFailure"),
            method: some_text(part("electronicPaymentOptions"), "paymentMethodId")
                .map(str::to_owned),
            ..Self::with_days(tx, options, sent, "targetDate")?
        };
        if told.is_draft && (told.collects || told.credit.is_some()) {
            return Err(Problem::rule(
                "A draft invoice takes no payment and no credit: generateDraftInvoice must be false.",
            ));
        }
        Ok(Some(told))
    }

    /// By the members that requests for subscriptions and accounts have; older ones bill by other names.
    fn by_request(tx: &Transaction<'_>, sent: &Object) -> Result<Option<Self>, Problem> {
        let is = |names: [&str; 2]| names.iter().any(|name| flag(sent, name));
        let collects = is(["collect", "invoiceCollect"]);
        let bills = is(["runBilling", "invoice"]) || flag(sent, "invoiceCollect");
        if !must_bill(sent, bills, collects)? {
            return Ok(None);
        }
        let target = ["targetDate", "invoiceTargetDate"];
        let target = target.iter().find(|name| some_text(sent, name).is_some());
        Ok(Some(Self {
            collects,
            method: some_text(sent, "paymentMethodId").map(str::to_owned),
            ..Self::with_days(tx, sent, sent, target.unwrap_or(&"targetDate"))?
        }))
    }

    fn with_days(
        tx: &Transaction<'_>,
        days: &Object,
        sent: &Object,
        target: &str,
    ) -> Result<Self, Problem> {
        let day = |name: &str| {
            let day = some_text(days, name).unwrap_or(&tx.today);
            let parsed = day.parse::<Date>();
            parsed.map_err(|_| Problem::bad_value(format!("{name}: {day} is no date")))
        };
        Ok(Self {
            target: day(target)?,
            date: day("documentDate")?.to_string(),
            is_draft: false,
            excluded: Vec::new(),
            credit: flag(sent, "applyCredit").then(|| texts(sent, "applicationOrder")),
            collects: false,
            may_fail: false,
            method: None,
        })
    }
}

/// Whether anything is billed. Nothing can be collected without (documented).
fn must_bill(sent: &Object, bills: bool, collects: bool) -> Result<bool, Problem> {
    if collects && !bills {
        return Err(Problem::rule(
            "Nothing can be collected unless it is billed: runBilling (GenerateInvoice in Actions) must be true.",
        ));
    }
    // Credit balances are of tenants without Invoice Settlement (documented).
    if bills && flag(sent, "applyCreditBalance") {
        return Err(Problem::rule(
            "applyCreditBalance: the tenant has Invoice Settlement and no credit balances; use applyCredit.",
        ));
    }
    Ok(bills)
}

fn texts(sent: &Object, member: &str) -> Vec<String> {
    let all = sent.get(member).and_then(Json::as_array);
    let all = all.into_iter().flatten().filter_map(Json::as_str);
    all.map(str::to_owned).collect()
}

impl Billed {
    /// The members of a reply that tell of it: that of one invoice, and of its payment.
    pub(super) fn tell(&self, tx: &Transaction<'_>, reply: &mut Object) -> Result<(), Problem> {
        if let Some(invoice) = self.invoices.first() {
            reply.insert("invoiceId", invoice.as_str());
        }
        if let Some(payment) = self.payments.first() {
            reply.insert("paymentId", payment.as_str());
            reply.insert("paidAmount", self.paid(tx)?);
        }
        Ok(())
    }

    pub(super) fn paid(&self, tx: &Transaction<'_>) -> Result<Decimal, Problem> {
        let mut paid = Decimal::ZERO;
        for payment in &self.payments {
            paid = plus(&paid, &amount(tx.find(Kind::Payment, payment)?, "amount"))?;
        }
        Ok(paid)
    }
}

/// Bills one subscription, if the request wants it.
pub(super) fn by_request(
    tx: &mut Transaction<'_>,
    subscription: &str,
    sent: &Object,
) -> Result<Billed, Problem> {
    match Told::by_request(tx, sent)? {
        Some(told) => bill(tx, [subscription], &told),
        None => Ok(Billed::default()),
    }
}

/// Bills what subscriptions owe up to the target date and have no invoice for.
pub(super) fn bill<'n>(
    tx: &mut Transaction<'_>,
    keys: impl IntoIterator<Item = &'n str>,
    told: &Told,
) -> Result<Billed, Problem> {
    let is_excluded = |item: &Item| {
        let ty = text(&item.charge, "chargeType");
        told.excluded.iter().any(|own| own.eq_ignore_ascii_case(ty))
    };
    // An order may name a subscription twice.
    let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).collect();
    // The items of each account that is billed, in the order in which they were found.
    let mut accounts: Vec<(String, Vec<Object>)> = Vec::new();
    for key in &keys {
        let row = tx.find(Kind::Subscription, key)?;
        let owner = text(row, "invoiceOwnerId");
        for item in rating::unbilled(tx, row, Through::Day(told.target))? {
            if is_excluded(&item) {
                continue;
            }
            let item = invoice_item(tx, row, &item);
            match accounts.iter_mut().find(|(known, _)| known == owner) {
                Some((_, items)) => items.push(item),
                None => accounts.push((owner.to_owned(), vec![item])),
            }
        }
    }
    let mut billed = Billed::default();
    for (account, items) in accounts {
        let head = head(tx, &account, &told.target.to_string(), &told.date)?;
        let id = money::create(tx, Kind::Invoice, head, items)?;
        if !told.is_draft {
            money::post(tx, Kind::Invoice, &id)?;
        }
        if let Some(order) = &told.credit {
            billing::apply_credit(tx, &account, &id, order)?;
        }
        if told.collects {
            let method = told.method.as_deref();
            let paid = tx.attempt(|tx| billing::collect_invoice(tx, &account, method, &id));
            match paid {
                Err(_) if told.may_fail => {}
                paid => billed.payments.extend(paid?),
            }
        }
        billed.invoices.push(id);
    }
    for key in keys.iter().filter(|_| !billed.invoices.is_empty()) {
        charged_through::settle(tx, key)?;
    }
    Ok(billed)
}

fn head(tx: &Transaction<'_>, account: &str, target: &str, date: &str) -> Result<Object, Problem> {
    let owner = tx.find(Kind::Account, account)?;
    let mut head = Object::new();
    for (name, own) in [
        ("currency", "currency"),
        ("billToContactId", "billToId"),
        ("soldToContactId", "soldToId"),
    ] {
        if let Some(value) = some_text(owner, own) {
            head.insert(name, value);
        }
    }
    head.insert("accountId", account);
    head.insert("invoiceDate", date);
    head.insert(
        "dueDate",
        payment_term::due(text(owner, "paymentTerm"), date),
    );
    head.insert("targetDate", target);
    head.insert("source", "API");
    head.insert("sourceType", "Subscription");
    Ok(head)
}

/// What is owed, as an item of an invoice.
pub(super) fn invoice_item(tx: &Transaction<'_>, subscription: &Object, item: &Item) -> Object {
    let mut row = item.seen(tx, subscription);
    // Previews call it both ways, and have names of their own for the charge and its unit.
    row.remove("amountWithoutTax");
    row.remove("chargeId");
    if let Some(unit) = row.remove("unitOfMeasure") {
        row.insert("uOM", unit);
    }
    row.insert("taxAmount", Decimal::ZERO);
    row
}
