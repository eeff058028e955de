//! Balances always add up, whatever is done in whatever order.
//!
//! `ZUORA_TEST_SCHEDULES` says how many random sequences are played.

use crate::support::*;
use zuora_wire::{Decimal, Json};

const STEPS: usize = 12;

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
    /// How many steps went well.
    done: u64,
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

    fn one_of(&mut self, rows: &[Json]) -> Option<String> {
        let chosen = rows.get(self.random.usize(..rows.len().max(1)))?;
        Some(text(chosen, &["id"]).to_owned())
    }

    async fn step(&mut self) {
        let account = self.account.clone();
        let (one, two) = (self.money(), self.money());
        let invoices = self.all("invoices", "").await;
        let invoice = self.one_of(&invoices).unwrap_or_default();
        let debit_memos = self.all("debit-memos", "").await;
        let debit_memo = self.one_of(&debit_memos).unwrap_or_default();
        let payments = self.all("payments", "").await;
        let payment = self.one_of(&payments).unwrap_or_default();
        let credit_memos = self.all("credit-memos", "").await;
        let credit_memo = self.one_of(&credit_memos).unwrap_or_default();
        let to = match self.random.bool() {
            true => format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":{one}}}]}}"#),
            false => {
                format!(r#"{{"debitMemos":[{{"debitMemoId":"{debit_memo}","amount":{one}}}]}}"#)
            }
        };
        let charges = format!(
            r#"{{"accountId":"{account}","autoPost":{},"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":{one}}},{{"chargeId":"d","productRatePlanChargeId":"q","amount":{two}}}]}}"#,
            self.random.bool()
        );
        let (method, path, body) = match self.random.u8(..20) {
            0..3 => (
                "POST",
                "/v1/invoices".to_owned(),
                format!(
                    r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","status":"{}","invoiceItems":[{{"amount":{one},"serviceStartDate":"2026-01-01"}},{{"amount":{two},"serviceStartDate":"2026-01-01"}}]}}"#,
                    if self.random.bool() {
                        "Draft"
                    } else {
                        "Posted"
                    }
                ),
            ),
            3 => (
                "PUT",
                format!("/v1/invoices/{invoice}/post"),
                "{}".to_owned(),
            ),
            4 => (
                "PUT",
                format!("/v1/invoices/{invoice}/unpost"),
                String::new(),
            ),
            5 => (
                "PUT",
                format!("/v1/invoices/{invoice}/write-off"),
                format!(r#"{{"amount":{one}}}"#),
            ),
            6 => (
                "PUT",
                format!("/v1/invoices/{invoice}/cancel"),
                String::new(),
            ),
            7..9 => (
                "POST",
                "/v1/payments".to_owned(),
                format!(
                    r#"{{"accountId":"{account}","amount":{one},"currency":"EUR","type":"External"}}"#
                ),
            ),
            9..11 => ("PUT", format!("/v1/payments/{payment}/apply"), to),
            11 => ("PUT", format!("/v1/payments/{payment}/unapply"), to),
            12 => (
                "POST",
                format!("/v1/payments/{payment}/refunds"),
                format!(r#"{{"totalAmount":{one},"type":"External"}}"#),
            ),
            13 => (
                "PUT",
                format!("/v1/payments/{payment}/cancel"),
                String::new(),
            ),
            14 => ("POST", "/v1/credit-memos".to_owned(), charges),
            15 => ("POST", "/v1/debit-memos".to_owned(), charges),
            16 => ("PUT", format!("/v1/credit-memos/{credit_memo}/apply"), to),
            17 => ("PUT", format!("/v1/credit-memos/{credit_memo}/unapply"), to),
            18 => (
                "PUT",
                format!("/v1/credit-memos/{credit_memo}/post"),
                String::new(),
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
        self.done += u64::from(status == 200);
    }

    async fn check(&self) {
        let path = format!("/object-query/accounts/{}", self.account);
        let account = self.api.good("GET", &path, "").await;
        let posted = |rows: &[Json]| -> Vec<Json> {
            let posted = rows.iter().filter(|row| text(row, &["status"]) == "Posted");
            posted.cloned().collect()
        };
        let empty = Vec::new();
        let items = |row: &Json, name: &str| -> Vec<Json> {
            row.get(name)
                .and_then(Json::as_array)
                .unwrap_or(&empty)
                .to_vec()
        };
        let expand = "invoiceItems,paymentApplications,creditMemoApplications";
        let invoices = self.all("invoices", expand).await;
        for invoice in &invoices {
            let own = items(invoice, "invoiceItems");
            assert_eq!(amount(invoice, "amount"), sum(own.iter(), "chargeAmount"));
            let paid = sum(items(invoice, "paymentApplications").iter(), "applyAmount");
            let credited = sum(items(invoice, "creditMemoApplications").iter(), "amount");
            let settled = paid.checked_add(&credited).unwrap();
            let left = amount(invoice, "amount").checked_sub(&settled).unwrap();
            assert_eq!(amount(invoice, "balance"), left, "{invoice}");
            assert!(!left.is_negative());
        }
        let debit_memos = self.all("debit-memos", "debitMemoItems").await;
        for memo in &debit_memos {
            let own = items(memo, "debitMemoItems");
            assert_eq!(amount(memo, "totalAmount"), sum(own.iter(), "amount"));
            assert!(!amount(memo, "balance").is_negative());
        }
        let payments = self.all("payments", "paymentApplications,refunds").await;
        for payment in payments
            .iter()
            .filter(|row| text(row, &["status"]) == "Processed")
        {
            let applied = sum(items(payment, "paymentApplications").iter(), "applyAmount");
            let refunded = sum(items(payment, "refunds").iter(), "amount");
            assert_eq!(amount(payment, "appliedAmount"), applied);
            let used = applied.checked_add(&refunded).unwrap();
            let left = amount(payment, "amount").checked_sub(&used).unwrap();
            assert_eq!(amount(payment, "unappliedAmount"), left, "{payment}");
            assert!(!left.is_negative());
        }
        let credit_memos = self
            .all("credit-memos", "creditMemoApplications,creditMemoItems")
            .await;
        for memo in &credit_memos {
            let own = items(memo, "creditMemoItems");
            assert_eq!(amount(memo, "totalAmount"), sum(own.iter(), "amount"));
            let applied = sum(items(memo, "creditMemoApplications").iter(), "amount");
            let left = amount(memo, "totalAmount").checked_sub(&applied).unwrap();
            let left = left.checked_sub(&amount(memo, "refundAmount")).unwrap();
            assert_eq!(amount(memo, "balance"), left, "{memo}");
        }
        let owed = sum(posted(&invoices).iter(), "balance");
        assert_eq!(amount(&account, "totalInvoiceBalance"), owed);
        let owed = owed
            .checked_add(&sum(posted(&debit_memos).iter(), "balance"))
            .unwrap();
        let given = sum(posted(&credit_memos).iter(), "balance");
        let given = given
            .checked_add(&sum(payments.iter(), "unappliedAmount"))
            .unwrap();
        assert_eq!(
            amount(&account, "balance"),
            owed.checked_sub(&given).unwrap()
        );
    }
}

#[tokio::test]
async fn balances_add_up_over_random_sequences() {
    let mut done = 0;
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
            done: 0,
        };
        for _ in 0..STEPS {
            play.step().await;
        }
        play.check().await;
        done += play.done;
    }
    assert!(
        done > sequences() * STEPS as u64 / 3,
        "{done} steps went well"
    );
}
