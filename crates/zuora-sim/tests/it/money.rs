//! Balances always add up, whatever is done in whatever order.
//!
//! `ZUORA_TEST_SCHEDULES` says how many random sequences are played.

use crate::support::*;
use std::collections::{BTreeMap, BTreeSet};
use zuora_wire::{Decimal, Json};

const STEPS: usize = 20;
/// Steps have numbers; those that are taken often have several.
const STEP_NUMBERS: u8 = 46;
/// The first ones make an invoice, a payment, a credit memo, and apply.
const OPENING: [u8; 5] = [0, 15, 34, 18, 36];
/// How many different steps there are.
const STEP_KINDS: usize = 33;

fn sequences() -> u64 {
    let set = std::env::var("ZUORA_TEST_SCHEDULES").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(100)
}

fn amount(row: &Json, name: &str) -> Decimal {
    match row.get(name) {
        Some(Json::Number(number)) => Decimal::try_from(number).unwrap(),
        other => panic!("{name} is {other:?} in {row}"),
    }
}

fn sum<'a>(rows: impl Iterator<Item = &'a Json>, name: &str) -> Decimal {
    let amounts: Vec<Decimal> = rows.map(|row| amount(row, name)).collect();
    Decimal::checked_sum(&amounts).unwrap()
}

struct Play<'a> {
    api: Api<'a>,
    account: String,
    random: fastrand::Rng,
    /// The records of each kind, until something changes.
    known: BTreeMap<&'static str, Vec<Json>>,
    /// The steps that went well, without the ids in their paths.
    done: Vec<String>,
}

impl Play<'_> {
    async fn all(&self, kind: &str, expand: &str) -> Vec<Json> {
        let account = &self.account;
        let path = format!(
            "/object-query/{kind}?pageSize=50&filter[]=accountId.EQ:{account}&expand[]={expand}"
        );
        let page = self.api.good("GET", &path, "").await;
        page.get("data").and_then(Json::as_array).unwrap().to_vec()
    }

    /// An amount in cents, or in fractions of them.
    fn money(&mut self) -> String {
        match self.random.u8(..4) {
            0 => format!("{}", self.random.u32(1..200)),
            1 => format!(
                "{}.{:09}",
                self.random.u32(0..50),
                self.random.u32(1..1_000_000_000)
            ),
            _ => format!("{}.{:02}", self.random.u32(0..100), self.random.u32(1..100)),
        }
    }

    /// A record of a kind by chance, with its relations; null when there is none.
    async fn any(&mut self, kind: &'static str, expand: &str) -> Json {
        if !self.known.contains_key(kind) {
            let rows = self.all(kind, expand).await;
            self.known.insert(kind, rows);
        }
        let rows = &self.known[kind];
        let place = self.random.usize(..rows.len().max(1));
        rows.get(place).cloned().unwrap_or(Json::Null)
    }

    /// One of the leaves of a document: an item with its tax.
    fn leaf(&mut self, document: &Json, items: &str, taxes: &str) -> (String, String) {
        let items = list(document, items);
        let place = self.random.usize(..items.len().max(1));
        let item = items.get(place).unwrap_or(&Json::Null);
        let tax = list(item, taxes)
            .first()
            .map(|tax| text(tax, &["id"]).to_owned());
        (text(item, &["id"]).to_owned(), tax.unwrap_or_default())
    }

    async fn step(&mut self, step: u8) {
        let account = self.account.clone();
        let (one, two) = (self.money(), self.money());
        let invoice = self.any("invoices", "invoiceItems.taxationItems").await;
        let debit_memo = self.any("debit-memos", "debitMemoItems").await;
        let payment = self.any("payments", "").await;
        let payment = text(&payment, &["id"]);
        let credit_memo = self.any("credit-memos", "creditMemoItems").await;
        let (item, tax) = self.leaf(&invoice, "invoiceItems", "taxationItems");
        let (debit_item, _) = self.leaf(&debit_memo, "debitMemoItems", "");
        let (credit_item, _) = self.leaf(&credit_memo, "creditMemoItems", "");
        let invoice = text(&invoice, &["id"]);
        let debit_memo = text(&debit_memo, &["id"]);
        let credit_memo = text(&credit_memo, &["id"]);
        let refund = self.any("refunds", "").await;
        let refund = text(&refund, &["id"]);
        let is = self.random.bool();
        let part = ["0.01", "0.5", "3"][self.random.usize(..3)];
        // To a document as a whole, or to one of its items, or to the tax of that.
        let to = match self.random.u8(..5) {
            0..2 => format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":{part}}}]}}"#),
            2 => format!(r#"{{"debitMemos":[{{"debitMemoId":"{debit_memo}","amount":{part}}}]}}"#),
            3 => format!(
                r#"{{"debitMemos":[{{"debitMemoId":"{debit_memo}","amount":{part},"items":[{{"debitMemoItemId":"{debit_item}","amount":{part}}}]}}]}}"#
            ),
            _ => {
                let leaf = match is {
                    true => format!(r#""invoiceItemId":"{item}""#),
                    false => format!(r#""taxItemId":"{tax}""#),
                };
                format!(
                    r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":{part},"items":[{{{leaf},"amount":{part}}}]}}]}}"#
                )
            }
        };
        let charges = format!(
            r#"{{"accountId":"{account}","autoPost":{is},"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":{one}}},{{"chargeId":"d","productRatePlanChargeId":"q","amount":{two}}}]}}"#
        );
        let of_item = format!(
            r#"{{"autoPost":{is},"items":[{{"invoiceItemId":"{item}","skuName":"s","amount":{one},"taxItems":[{{"sourceTaxItemId":"{tax}","amount":{two}}}]}}]}}"#
        );
        let credit_of_item = of_item.replacen('{', r#"{"autoApplyToInvoiceUponPosting":true,"#, 1);
        let refunded = format!(r#"{{"totalAmount":{one},"type":"External"}}"#);
        let charge = r#""taxCode":"v","taxDate":"2026-01-01","taxMode":"TaxExclusive","taxRate":0.2,"taxRateType":"Percentage""#;
        let whole = format!(r#"{{"amount":{one}}}"#);
        let nothing = || "{}".to_owned();
        let (method, path, body) = match step {
            0..6 => (
                "POST",
                "/v1/invoices".to_owned(),
                format!(
                    r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","status":"{}","invoiceItems":[{{"amount":{one},"serviceStartDate":"2026-01-01","taxItems":[{{"name":"VAT","taxAmount":{two},{charge}}}]}},{{"amount":{two},"serviceStartDate":"2026-01-01"}}]}}"#,
                    if is { "Draft" } else { "Posted" }
                ),
            ),
            6 => ("PUT", format!("/v1/invoices/{invoice}/post"), nothing()),
            7 => (
                "PUT",
                format!("/v1/invoices/{invoice}/unpost"),
                String::new(),
            ),
            8 => ("PUT", format!("/v1/invoices/{invoice}/write-off"), whole),
            9 => (
                "PUT",
                format!("/v1/invoices/{invoice}/write-off"),
                format!(
                    r#"{{"items":[{{"invoiceItemId":"{item}","amountWithoutTax":0.50,"taxationItems":[{{"taxationItemId":"{tax}","amount":0.005}}]}}]}}"#
                ),
            ),
            10 => ("PUT", format!("/v1/invoices/{invoice}/reverse"), nothing()),
            11 => (
                "PUT",
                format!("/v1/invoices/{invoice}/cancel"),
                String::new(),
            ),
            12 => (
                "PUT",
                format!("/v1/invoices/{invoice}"),
                format!(
                    r#"{{"invoiceItems":[{{"id":"{item}","amount":{one}}},{{"amount":{two}}}]}}"#
                ),
            ),
            13 => (
                "POST",
                format!("/v1/invoices/{invoice}/taxation-items"),
                format!(
                    r#"{{"taxationItems":[{{"invoiceItemId":"{item}","jurisdiction":"DE","name":"VAT","taxAmount":{one},{charge}}}]}}"#
                ),
            ),
            14 => ("DELETE", format!("/v1/taxation-items/{tax}"), String::new()),
            15..18 => (
                "POST",
                "/v1/payments".to_owned(),
                format!(
                    r#"{{"accountId":"{account}","amount":{one},"currency":"EUR","type":"External"}}"#
                ),
            ),
            18..21 => ("PUT", format!("/v1/payments/{payment}/apply"), to),
            21 => ("PUT", format!("/v1/payments/{payment}/unapply"), to),
            22 => ("POST", format!("/v1/payments/{payment}/refunds"), refunded),
            23 => (
                "POST",
                format!("/v1/payments/{payment}/refunds/unapply"),
                refunded.replacen('{', &format!(r#"{{"writeOff":{is},"#), 1),
            ),
            24 => (
                "POST",
                format!("/v1/gateway-settlement/payments/{payment}/chargeback"),
                whole,
            ),
            25 => (
                "PUT",
                format!("/v1/payments/{payment}/cancel"),
                String::new(),
            ),
            26 => ("DELETE", format!("/v1/payments/{payment}"), String::new()),
            27 => ("PUT", format!("/v1/refunds/{refund}/cancel"), String::new()),
            28 => (
                "POST",
                format!("/v1/credit-memos/{credit_memo}/refund"),
                refunded,
            ),
            29 => (
                "POST",
                format!("/v1/credit-memos/{credit_memo}/refund"),
                refunded.replacen(
                    '{',
                    &format!(
                        r#"{{"items":[{{"creditMemoItemId":"{credit_item}","amount":{one}}}],"#
                    ),
                    1,
                ),
            ),
            30..33 => (
                "POST",
                format!("/v1/credit-memos/invoice/{invoice}"),
                credit_of_item,
            ),
            33 => (
                "POST",
                format!("/v1/debit-memos/invoice/{invoice}"),
                of_item,
            ),
            34 => ("POST", "/v1/credit-memos".to_owned(), charges),
            35 => ("POST", "/v1/debit-memos".to_owned(), charges),
            36 => ("PUT", format!("/v1/credit-memos/{credit_memo}/apply"), to),
            37 => ("PUT", format!("/v1/credit-memos/{credit_memo}/unapply"), to),
            38..41 => (
                "PUT",
                format!(
                    "/v1/credit-memos/{credit_memo}/{}",
                    if is { "post" } else { "unpost" }
                ),
                String::new(),
            ),
            41 => (
                "PUT",
                format!(
                    "/v1/credit-memos/{credit_memo}/{}",
                    if is { "write-off" } else { "reverse" }
                ),
                nothing(),
            ),
            42 => (
                "PUT",
                format!("/v1/debitmemos/{debit_memo}/write-off"),
                whole,
            ),
            43 => (
                "POST",
                format!("/v1/debit-memos/{debit_memo}/collect"),
                r#"{"applyCredit":true}"#.to_owned(),
            ),
            44 => (
                "POST",
                "/v1/object/invoice-payment".to_owned(),
                format!(r#"{{"InvoiceId":"{invoice}","PaymentId":"{payment}","Amount":{part}}}"#),
            ),
            _ => (
                "DELETE",
                format!("/v1/credit-memos/{credit_memo}"),
                String::new(),
            ),
        };
        let reply = self.api.call(method, &path, &body).await;
        let status = reply.status().as_u16();
        assert!(
            matches!(status, 200 | 400 | 404 | 405 | 501),
            "{method} {path} {body}: {reply:?}"
        );
        if status == 200 {
            self.known.clear();
            let names = path.split('/').filter(|part| part.len() != 32);
            let names: Vec<&str> = names.collect();
            self.done.push(format!("{method} {}", names.join("/")));
        }
    }

    async fn check(&self) {
        let path = format!("/object-query/accounts/{}", self.account);
        let account = self.api.good("GET", &path, "").await;
        let credit_memos = self
            .all(
                "credit-memos",
                "creditMemoApplications,creditMemoItems.creditTaxationItems,creditMemoParts",
            )
            .await;
        let invoices = self
            .all(
                "invoices",
                "invoiceItems.taxationItems,paymentApplications,creditMemoApplications",
            )
            .await;
        for invoice in &invoices {
            add_up(invoice, &INVOICES);
            settled(invoice, "amount");
            for item in list(invoice, "invoiceItems") {
                check_credits(&item, &credit_memos);
            }
        }
        let debit_memos = self
            .all(
                "debit-memos",
                "debitMemoItems.debitTaxationItems,paymentApplications,creditMemoApplications",
            )
            .await;
        for memo in &debit_memos {
            add_up(memo, &DEBIT_MEMOS);
            settled(memo, "totalAmount");
        }
        let payments = self
            .all("payments", "paymentApplications,refunds,paymentParts")
            .await;
        for payment in with_status(&payments, "Processed") {
            let refunds = list(&payment, "refunds");
            let refunded = sum(with_status(&refunds, "Processed").iter(), "amount");
            assert_eq!(amount(&payment, "refundAmount"), refunded);
            used(
                &payment,
                "amount",
                "unappliedAmount",
                "paymentApplications",
                "applyAmount",
            );
            parts(&payment, "paymentParts", "amount");
        }
        for memo in &credit_memos {
            add_up(memo, &CREDIT_MEMOS);
            used(
                memo,
                "totalAmount",
                "balance",
                "creditMemoApplications",
                "amount",
            );
            for item in list(memo, "creditMemoItems") {
                let used = amount(&item, "appliedToOthersAmount");
                let used = used.checked_add(&amount(&item, "refundAmount")).unwrap();
                let left = amount(&item, "amount").checked_sub(&used).unwrap();
                assert_eq!(amount(&item, "unappliedAmount"), left, "{item}");
            }
        }
        for memo in with_status(&credit_memos, "Posted") {
            parts(&memo, "creditMemoParts", "totalAmount");
            for part in list(&memo, "creditMemoParts") {
                let (memo, id) = (text(&memo, &["id"]), text(&part, &["id"]));
                let path = format!("/v1/credit-memos/{memo}/parts/{id}/item-parts?pageSize=40");
                let items = list(&self.api.good("GET", &path, "").await, "itemParts");
                assert_eq!(amount(&part, "amount"), sum(items.iter(), "amount"));
            }
        }
        let owed = sum(with_status(&invoices, "Posted").iter(), "balance");
        assert_eq!(amount(&account, "totalInvoiceBalance"), owed);
        let owed = owed
            .checked_add(&sum(with_status(&debit_memos, "Posted").iter(), "balance"))
            .unwrap();
        let given = sum(with_status(&credit_memos, "Posted").iter(), "balance");
        let given = given
            .checked_add(&sum(payments.iter(), "unappliedAmount"))
            .unwrap();
        assert_eq!(
            amount(&account, "balance"),
            owed.checked_sub(&given).unwrap()
        );
    }
}

fn list(row: &Json, name: &str) -> Vec<Json> {
    let list = row.get(name).and_then(Json::as_array);
    list.unwrap_or_default().to_vec()
}

fn with_status(rows: &[Json], status: &str) -> Vec<Json> {
    let rows = rows.iter().filter(|row| text(row, &["status"]) == status);
    rows.cloned().collect()
}

/// The names of a document's amount, its items, their amount, their tax, and what is left of both.
type Names = [&'static str; 5];
const INVOICES: Names = [
    "amount",
    "invoiceItems",
    "chargeAmount",
    "taxationItems",
    "balance",
];
const DEBIT_MEMOS: Names = [
    "totalAmount",
    "debitMemoItems",
    "amount",
    "debitTaxationItems",
    "balance",
];
const CREDIT_MEMOS: Names = [
    "totalAmount",
    "creditMemoItems",
    "amount",
    "creditTaxationItems",
    "unappliedAmount",
];

/// Items and tax are the amount, and what is left of them is the balance.
fn add_up(document: &Json, [total, items, own, taxes, left]: &Names) {
    let (mut whole, mut open) = (Vec::new(), Vec::new());
    for item in list(document, items) {
        whole.push(amount(&item, own));
        open.push(amount(&item, left));
        let taxes = list(&item, taxes);
        assert_eq!(amount(&item, "taxAmount"), sum(taxes.iter(), "taxAmount"));
        for tax in &taxes {
            whole.push(amount(tax, "taxAmount"));
            open.push(amount(tax, left));
        }
    }
    assert!(open.iter().all(|open| !open.is_negative()), "{document}");
    assert_eq!(
        amount(document, total),
        Decimal::checked_sum(&whole).unwrap()
    );
    assert_eq!(
        amount(document, "balance"),
        Decimal::checked_sum(&open).unwrap(),
        "{document}"
    );
}

/// The amount less payments and credits is the balance.
fn settled(document: &Json, total: &str) {
    let paid = sum(list(document, "paymentApplications").iter(), "applyAmount");
    let credited = sum(list(document, "creditMemoApplications").iter(), "amount");
    assert_eq!(amount(document, "paymentAmount"), paid);
    assert_eq!(amount(document, "creditMemoAmount"), credited);
    let settled = paid.checked_add(&credited).unwrap();
    let left = amount(document, total).checked_sub(&settled).unwrap();
    assert_eq!(amount(document, "balance"), left, "{document}");
}

/// The amount less what was applied and refunded is left.
fn used(means: &Json, total: &str, left: &str, applications: &str, part: &str) {
    let applied = sum(list(means, applications).iter(), part);
    assert_eq!(amount(means, "appliedAmount"), applied);
    let used = applied.checked_add(&amount(means, "refundAmount")).unwrap();
    let rest = amount(means, total).checked_sub(&used).unwrap();
    assert_eq!(amount(means, left), rest, "{means}");
    assert!(!rest.is_negative());
}

/// The parts are the amount less what was refunded.
fn parts(means: &Json, parts: &str, total: &str) {
    let whole = amount(means, total).checked_sub(&amount(means, "refundAmount"));
    assert_eq!(
        sum(list(means, parts).iter(), "amount"),
        whole.unwrap(),
        "{means}"
    );
}

/// No more was credited of an item than there is.
fn check_credits(item: &Json, memos: &[Json]) {
    let live = memos
        .iter()
        .filter(|memo| text(memo, &["status"]) != "Canceled");
    let items: Vec<Json> = live
        .flat_map(|memo| list(memo, "creditMemoItems"))
        .collect();
    let of = |own: &&Json| text(own, &["invoiceItemId"]) == text(item, &["id"]);
    let credited = sum(items.iter().filter(of), "amount");
    assert!(credited <= amount(item, "chargeAmount"), "{item}");
}

#[tokio::test]
async fn balances_add_up_over_random_sequences() {
    let mut done = Vec::new();
    for seed in 0..sequences() {
        let sim = tenant();
        sim.set_limits(zuora_sim::Limits::profile("unlimited").unwrap());
        let api = Api::new(&sim).await;
        let account = r#"{"Name":"n","Currency":"EUR","BillCycleDay":1,"Status":"Active"}"#;
        let account = api.good("POST", "/v1/object/account", account).await;
        let mut play = Play {
            api,
            account: text(&account, &["Id"]).to_owned(),
            random: fastrand::Rng::with_seed(seed),
            known: BTreeMap::new(),
            done: Vec::new(),
        };
        for step in OPENING {
            play.step(step).await;
        }
        for _ in OPENING.len()..STEPS {
            let step = play.random.u8(..STEP_NUMBERS);
            play.step(step).await;
        }
        play.check().await;
        done.extend(play.done);
    }
    assert!(
        done.len() as u64 > sequences() * STEPS as u64 / 3,
        "{} steps went well",
        done.len()
    );
    let kinds: BTreeSet<String> = done.into_iter().collect();
    assert_eq!(kinds.len(), STEP_KINDS, "each went well: {kinds:#?}");
}
