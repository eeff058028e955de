//! Records that were written by hand: which members they can have, and what they have beside those that are
//! given.

use super::{
    accounts, fields_of,
    kind::Kind,
    money::{self, DOCUMENTS},
    numbers, payment_methods,
    record::{amount, minus, plus, text},
};
use crate::problem::Problem;
use std::collections::BTreeMap;
use zuora_catalog::{Direction, Field};
use zuora_wire::{Decimal, Json, Object};

/// Members that records have and object query does not show.
const BESIDE: [(Kind, &[&str]); 7] = [
    (Kind::DebitMemo, &["paymentAmount", "creditMemoAmount"]),
    (Kind::CreditMemoItem, &["refundAmount", "chargeId"]),
    (Kind::DebitMemoItem, &["chargeId"]),
    (
        Kind::Refund,
        &["refundTransactionType", "secondReferenceId", "creditMemoId"],
    ),
    (Kind::RatePlan, &["isLatestVersion"]),
    (Kind::RatePlanCharge, &["isLatestVersion"]),
    (Kind::Usage, &["accountNumber", "subscriptionNumber"]),
];

/// The sums of an account: what they add up to its balance with.
const SUMS: [(&str, bool); 4] = [
    ("totalInvoiceBalance", true),
    ("totalDebitMemoBalance", true),
    ("unappliedBalance", false),
    ("unappliedCreditMemoAmount", false),
];

/// What is known of a member of a kind: looked up once for all records of a document.
pub(super) struct Known {
    field: Option<Field>,
    /// Whether every value of its type will do.
    is_plain: bool,
    /// Why nobody can write it.
    refusal: Option<String>,
    /// What a text can be; anything if there is none.
    options: Vec<&'static str>,
}

impl Known {
    /// Of a member in any document, or in one that was written by hand.
    pub(super) fn of(kind: Kind, member: &str, is_by_hand: bool) -> Self {
        let name = kind.facts().name;
        let field = fields_of::field(name, member);
        let is_free = !is_by_hand || is_free(kind, member);
        Self {
            field,
            is_plain: field
                .is_some_and(|field| field.facts().iter().all(|(fact, _)| fact == "default")),
            refusal: (!is_free).then(|| unknown(kind, member)).flatten(),
            options: match is_free {
                true => Vec::new(),
                false => fields_of::options_of(name, member),
            },
        }
    }

    /// What is wrong with a value.
    pub(super) fn wrong(&self, value: &Json) -> Option<String> {
        self.wrong_type(value)
            .or_else(|| self.wrong_number(value))
            .or_else(|| self.refusal.clone())
            .or_else(|| {
                let text = value.as_str()?;
                if self.options.is_empty() || self.options.contains(&text) {
                    return None;
                }
                let options = self.options.join(", ");
                Some(format!("must be one of {options}, not {value}"))
            })
    }

    /// A number that nothing could be added to any more.
    fn wrong_number(&self, value: &Json) -> Option<String> {
        use zuora_catalog::Kind as Ty;
        let ty = self.field?.ty().kind();
        matches!(ty, Ty::Number | Ty::Integer)
            .then(|| numbers::rule(value))
            .flatten()
    }

    fn wrong_type(&self, value: &Json) -> Option<String> {
        use zuora_catalog::Kind as Ty;
        let field = self.field?;
        let ty = field.ty().kind();
        let is_fine = match (ty, value) {
            (_, Json::Null) => true,
            (Ty::String, Json::String(_))
            | (Ty::Number, Json::Number(_))
            | (Ty::Boolean, Json::Bool(_)) => {
                self.is_plain || field.check(value, Direction::Reply).is_valid()
            }
            _ => field.check(value, Direction::Reply).is_valid(),
        };
        if is_fine {
            return None;
        }
        let wanted = match ty {
            Ty::String => "a text",
            Ty::Integer => "a whole number",
            Ty::Number => "a number",
            Ty::Boolean => "true or false",
            Ty::Date => "a date such as 2026-12-31",
            Ty::DateTime => "a time such as 2026-12-31T23:59:30Z",
            _ => "as the reference says",
        };
        Some(format!("must be {wanted}, not {value}"))
    }
}

/// Whether a member can be written whatever object query says of it.
fn is_free(kind: Kind, member: &str) -> bool {
    let facts = kind.facts();
    let is_beside = BESIDE
        .iter()
        .any(|(own, members)| *own == kind && members.contains(&member));
    let is_named = facts.parents.iter().any(|(parent, _)| *parent == member)
        || facts.number.is_some_and(|(number, ..)| number == member);
    let is_secret = kind == Kind::PaymentMethod && payment_methods::is_secret(member);
    is_beside || is_named || is_secret || zuora_catalog::is_custom(member)
}

/// That nobody knows a member, and what it may be meant for.
fn unknown(kind: Kind, member: &str) -> Option<String> {
    let facts = kind.facts();
    if fields_of::has_query_name(facts.name, member) {
        return None;
    }
    let rest = facts.rest.iter().find(|(rest, _)| *rest == member);
    let own = rest.map(|(_, own)| (*own).to_owned());
    let own = own.or_else(|| fields_of::query_name(facts.name, member));
    Some(match own {
        Some(own) => format!("is not known of {}: it is {own} there", facts.name),
        None => format!("is not known of {}", facts.name),
    })
}

fn default(row: &mut Object, member: &str, value: impl Into<Json>) {
    if row.get(member).is_none_or(Json::is_null) {
        row.insert(member, value);
    }
}

/// What a record has that is created by a request, where nothing is given.
pub(super) fn complete(kind: Kind, row: &mut Object) -> Result<(), Problem> {
    match kind {
        Kind::Account => {
            let given = row.clone();
            accounts::new_account(row);
            // What is not given is added up.
            for (member, _) in SUMS.into_iter().chain([("balance", true), ("mrr", true)]) {
                row.remove(member);
            }
            for (name, value) in given {
                row.insert(name, value);
            }
        }
        Kind::PaymentMethod => {
            payment_methods::masked(row);
            default(row, "type", "CreditCard");
            default(row, "paymentMethodStatus", "Active");
            default(row, "active", true);
        }
        Kind::Subscription => {
            default(row, "status", "Active");
            default(row, "version", 1);
            default(row, "isLatestVersion", true);
            default(row, "termType", "TERMED");
            default(row, "autoRenew", false);
            default(row, "cMRR", Decimal::ZERO);
            let (account, own) = (row.get("accountId").cloned(), row.get("id").cloned());
            default(row, "invoiceOwnerId", account.unwrap_or(Json::Null));
            default(row, "originalId", own.unwrap_or(Json::Null));
        }
        Kind::Order => default(row, "status", "Completed"),
        Kind::Usage => default(row, "rbeStatus", "Pending"),
        Kind::Payment => {
            default(row, "status", "Processed");
            default(row, "type", "External");
            default(row, "appliedAmount", Decimal::ZERO);
            default(row, "refundAmount", Decimal::ZERO);
            let used = plus(&amount(row, "appliedAmount"), &amount(row, "refundAmount"))?;
            let left = minus(&amount(row, "amount"), &used)?;
            default(row, "unappliedAmount", left);
        }
        _ => {}
    }
    Ok(())
}

/// The records by kind, in their order.
pub(super) type Records = BTreeMap<Kind, Vec<Object>>;

/// The currency of an account's records, where none is given.
fn in_currency(records: &mut Records) {
    let accounts = records.get(&Kind::Account).into_iter().flatten();
    let currencies: BTreeMap<String, String> = accounts
        .map(|row| (text(row, "id").to_owned(), text(row, "currency").to_owned()))
        .filter(|(_, currency)| !currency.is_empty())
        .collect();
    for kind in accounts::IN_ITS_CURRENCY {
        for row in records.get_mut(&kind).into_iter().flatten() {
            if let Some(currency) = currencies.get(text(row, "accountId")) {
                default(row, "currency", currency.as_str());
            }
        }
    }
}

/// What documents have of their items, and accounts of their documents, payments and subscriptions, where
/// nothing is given.
pub(super) fn add_up(records: &mut Records) -> Result<(), Problem> {
    in_currency(records);
    for kind in DOCUMENTS {
        add_up_documents(records, kind)?;
    }
    let mut sums = Sums::default();
    for (kind, member, left) in [
        (Kind::Invoice, "totalInvoiceBalance", "balance"),
        (Kind::DebitMemo, "totalDebitMemoBalance", "balance"),
        (Kind::Payment, "unappliedBalance", "unappliedAmount"),
        (Kind::CreditMemo, "unappliedCreditMemoAmount", "balance"),
    ] {
        for row in records.get(&kind).into_iter().flatten() {
            if kind == Kind::Payment || text(row, "status") == "Posted" {
                sums.add(text(row, "accountId"), member, &amount(row, left))?;
            }
        }
    }
    for row in records.get(&Kind::Subscription).into_iter().flatten() {
        if row.get("isLatestVersion") != Some(&Json::Bool(false)) {
            sums.add(text(row, "accountId"), "mrr", &amount(row, "cMRR"))?;
        }
    }
    for account in records.get_mut(&Kind::Account).into_iter().flatten() {
        let id = text(account, "id").to_owned();
        default(account, "mrr", sums.of(&id, "mrr"));
        let mut balance = Decimal::ZERO;
        for (member, is_owed) in SUMS {
            default(account, member, sums.of(&id, member));
            let own = amount(account, member);
            balance = match is_owed {
                true => plus(&balance, &own)?,
                false => minus(&balance, &own)?,
            };
        }
        default(account, "balance", balance);
    }
    Ok(())
}

fn add_up_documents(records: &mut Records, kind: Kind) -> Result<(), Problem> {
    let names = money::items(kind);
    let (mut sums, mut document_of) = (Sums::default(), BTreeMap::new());
    for item in records.get(&names.kind).into_iter().flatten() {
        let document = text(item, names.parent);
        sums.add(document, names.total, &amount(item, names.amount))?;
        document_of.insert(text(item, "id"), document);
    }
    for tax in records.get(&names.tax).into_iter().flatten() {
        if let Some(document) = document_of.get(text(tax, names.of_item)) {
            let own = amount(tax, "taxAmount");
            sums.add(document, names.total, &own)?;
            sums.add(document, "taxAmount", &own)?;
        }
    }
    for row in records.get_mut(&kind).into_iter().flatten() {
        let id = text(row, "id").to_owned();
        default(row, "status", "Draft");
        default(row, "taxAmount", sums.of(&id, "taxAmount"));
        default(row, names.total, sums.of(&id, names.total));
        let total = amount(row, names.total);
        let without_tax = minus(&total, &amount(row, "taxAmount"))?;
        default(row, names.total_without_tax, without_tax);
        for member in names.document_sums {
            default(row, member, Decimal::ZERO);
        }
        let left = money::left_of(kind, row)?;
        default(row, "balance", left);
    }
    Ok(())
}

/// Sums by the id of what they belong to and the member that they become.
#[derive(Default)]
struct Sums(BTreeMap<(String, &'static str), Decimal>);

impl Sums {
    fn add(&mut self, id: &str, member: &'static str, by: &Decimal) -> Result<(), Problem> {
        let sum = self.0.entry((id.to_owned(), member)).or_default();
        *sum = plus(sum, by)?;
        Ok(())
    }

    fn of(&self, id: &str, member: &'static str) -> Decimal {
        let sum = self.0.get(&(id.to_owned(), member));
        sum.cloned().unwrap_or(Decimal::ZERO)
    }
}
