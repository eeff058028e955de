//! Invoices, memos, payments and refunds, item by item.

use crate::support::*;
use zuora_wire::{Decimal, Json};

/// A number, or a text that is one; `-` where there is nothing.
fn number(json: &Json, path: &[&str]) -> String {
    match json.at(path) {
        Some(Json::Number(number)) => Decimal::try_from(number).unwrap().to_string(),
        Some(Json::String(text)) => text.clone(),
        _ => "-".to_owned(),
    }
}

/// The numbers of a member in a list.
fn numbers(json: &Json, list: &str, member: &str) -> String {
    let rows = json.get(list).and_then(Json::as_array).unwrap();
    let numbers: Vec<String> = rows.iter().map(|row| number(row, &[member])).collect();
    numbers.join(" ")
}

struct Tenant<'a> {
    api: Api<'a>,
    account: String,
}

impl<'a> Tenant<'a> {
    async fn new(sim: &'a zuora_sim::Simulator) -> Self {
        let api = Api::new(sim).await;
        let account = r#"{"name":"Hafenlicht","currency":"EUR","billToContact":{"firstName":"Marit","lastName":"Berg"},
            "paymentMethod":{"type":"CreditCard","cardNumber":"4111111111111111","cardType":"Visa"}}"#;
        let made = api.good("POST", "/v1/accounts", account).await;
        let account = text(&made, &["accountId"]).to_owned();
        Self { api, account }
    }

    async fn get(&self, path: &str) -> Json {
        self.api.good("GET", path, "").await
    }

    async fn post(&self, path: &str, body: &str) -> Json {
        self.api.good("POST", path, body).await
    }

    async fn put(&self, path: &str, body: &str) -> Json {
        self.api.good("PUT", path, body).await
    }

    /// The text of a refusal.
    async fn refused(&self, method: &str, path: &str, body: &str) -> String {
        let reply = self.api.call(method, path, body).await;
        let json = json(&reply);
        assert!(reply.status().is_client_error(), "{method} {path}: {json}");
        text(&json, &["reasons", "0", "message"]).to_owned()
    }

    /// A posted invoice over 100 and 50, with 20 tax on the first; its id, its items, and the tax.
    async fn invoice(&self) -> (String, [String; 2], String) {
        let body = format!(
            r#"{{"accountId":"{}","invoiceDate":"2026-01-01","status":"Posted","invoiceItems":[
            {{"amount":100,"serviceStartDate":"2026-01-01","chargeName":"Crane","taxItems":[
            {{"name":"VAT","taxAmount":20,"taxCode":"v","taxDate":"2026-01-01","taxMode":"TaxExclusive","taxRate":0.2,"taxRateType":"Percentage"}}]}},
            {{"amount":50,"serviceStartDate":"2026-01-01"}}]}}"#,
            self.account
        );
        let made = self.post("/v1/invoices", &body).await;
        assert_eq!(number(&made, &["amount"]), "170");
        assert_eq!(number(&made, &["taxAmount"]), "20");
        assert_eq!(number(&made, &["amountWithoutTax"]), "150");
        let id = text(&made, &["id"]).to_owned();
        let items = self.get(&format!("/v1/invoices/{id}/items")).await;
        let told = |path: &[&str]| text(&items, path).to_owned();
        let tax = told(&["invoiceItems", "0", "taxationItems", "data", "0", "id"]);
        let first = told(&["invoiceItems", "0", "id"]);
        let second = told(&["invoiceItems", "1", "id"]);
        (id, [first, second], tax)
    }

    async fn payment(&self, amount: u32) -> String {
        let body = format!(
            r#"{{"accountId":"{}","amount":{amount},"currency":"EUR","type":"External"}}"#,
            self.account
        );
        let made = self.post("/v1/payments", &body).await;
        text(&made, &["id"]).to_owned()
    }

    /// What is left of an invoice's items, and of the tax of the first.
    async fn left(&self, invoice: &str) -> (String, String) {
        let items = self.get(&format!("/v1/invoices/{invoice}/items")).await;
        let tax = ["invoiceItems", "0", "taxationItems", "data", "0", "balance"];
        (
            numbers(&items, "invoiceItems", "balance"),
            number(&items, &tax),
        )
    }
}

#[tokio::test]
async fn payments_settle_items_in_their_order_or_those_that_are_named() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, [_, second], tax) = tenant.invoice().await;
    let payment = tenant.payment(200).await;
    let apply = format!("/v1/payments/{payment}/apply");
    let unapply = format!("/v1/payments/{payment}/unapply");
    let to = |amount: &str, items: &str| {
        format!(
            r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":{amount},"items":[{items}]}}]}}"#
        )
    };
    tenant.put(&apply, &to("110", "")).await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("0 50".to_owned(), "10".to_owned())
    );
    tenant.put(&unapply, &to("15", "")).await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("5 50".to_owned(), "20".to_owned())
    );
    let named = format!(
        r#"{{"invoiceItemId":"{second}","amount":40}},{{"taxItemId":"{tax}","amount":7.5}}"#
    );
    tenant.put(&apply, &to("47.5", &named)).await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("5 10".to_owned(), "12.5".to_owned())
    );

    // The parts say the same.
    let parts = format!("/v1/payments/{payment}/parts");
    let all = tenant.get(&parts).await;
    assert_eq!(numbers(&all, "parts", "amount"), "57.5 142.5");
    assert_eq!(text(&all, &["parts", "1", "invoiceId"]), invoice);
    let part = format!("{parts}/{}", text(&all, &["parts", "1", "id"]));
    let one = tenant.get(&part).await;
    assert_eq!(number(&one, &["paymentPart", "amount"]), "142.5");
    let items = tenant.get(&format!("{part}/item-parts")).await;
    assert_eq!(numbers(&items, "parts", "amount"), "95 40 7.5");
    assert_eq!(text(&items, &["parts", "2", "taxItemId"]), tax);
    let one = format!("{part}/item-parts/{}", text(&items, &["parts", "1", "id"]));
    let one = tenant.get(&one).await;
    assert_eq!(text(&one, &["paymentItemPart", "invoiceItemId"]), second);
    let rest = format!("{parts}/{}/item-parts", text(&all, &["parts", "0", "id"]));
    assert_eq!(numbers(&tenant.get(&rest).await, "parts", "amount"), "");
    let path = format!("/object-query/payment-parts?filter[]=paymentId.EQ:{payment}");
    assert_eq!(
        numbers(&tenant.get(&path).await, "data", "amount"),
        "57.5 142.5"
    );
    let applied = tenant
        .get(&format!("/v1/invoices/{invoice}/application-parts"))
        .await;
    assert_eq!(
        numbers(&applied, "applicationParts", "appliedAmount"),
        "142.5"
    );
    assert_eq!(
        text(&applied, &["applicationParts", "0", "paymentId"]),
        payment
    );

    for (items, what) in [
        (
            format!(r#"{{"invoiceItemId":"{second}","amount":11}}"#),
            "item",
        ),
        (
            format!(r#"{{"invoiceItemId":"{second}","amount":3}}"#),
            "add up",
        ),
        (
            r#"{"invoiceItemId":"nobody","amount":11}"#.to_owned(),
            "nobody",
        ),
        (
            format!(r#"{{"invoiceItemId":"{second}","amount":-11}}"#),
            "greater",
        ),
    ] {
        let told = tenant.refused("PUT", &apply, &to("11", &items)).await;
        assert!(told.contains(what), "{told}");
    }
    let named = format!(r#"{{"taxItemId":"{tax}","amount":8}}"#);
    let told = tenant.refused("PUT", &unapply, &to("8", &named)).await;
    assert!(told.contains("item"), "{told}");
    assert_eq!(
        tenant.left(&invoice).await,
        ("5 10".to_owned(), "12.5".to_owned())
    );
    let part = text(&all, &["parts", "0", "id"]);
    let other = format!("/v1/payments/{}/parts/{part}", tenant.payment(1).await);
    tenant.refused("GET", &other, "").await;
}

#[tokio::test]
async fn credit_memos_take_no_more_of_an_item_than_there_is() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, [first, _], tax) = tenant.invoice().await;
    let from = format!("/v1/credit-memos/invoice/{invoice}");
    let memo = |amount: &str, tax_amount: &str, more: &str| {
        format!(
            r#"{{"autoPost":true{more},"items":[{{"invoiceItemId":"{first}","skuName":"Crane","amount":{amount},"taxItems":[{{"sourceTaxItemId":"{tax}","amount":{tax_amount}}}]}}]}}"#
        )
    };
    let made = tenant.post(&from, &memo("70", "14", "")).await;
    assert_eq!(number(&made, &["amount"]), "84");
    let id = text(&made, &["id"]).to_owned();
    for (amount, tax_amount) in [("31", "1"), ("1", "7")] {
        let told = tenant
            .refused("POST", &from, &memo(amount, tax_amount, ""))
            .await;
        assert!(told.contains("can be credited"), "{told}");
    }
    let items = tenant.get(&format!("/v1/invoices/{invoice}/items")).await;
    assert_eq!(
        numbers(&items, "invoiceItems", "availableToCreditAmount"),
        "30 50"
    );
    let tax_left = [
        "invoiceItems",
        "0",
        "taxationItems",
        "data",
        "0",
        "availableToCreditAmount",
    ];
    assert_eq!(number(&items, &tax_left), "6");
    // What was made of it is not applied yet.
    assert_eq!(numbers(&items, "invoiceItems", "balance"), "100 50");

    // To where it came from, also when that is not the first item.
    let rule = r#"{"applicationRule":"ApplyCreditToSourceItemRule"}"#;
    let applied = tenant
        .put(&format!("/v1/credit-memos/{id}/apply"), rule)
        .await;
    assert_eq!(number(&applied, &["unappliedAmount"]), "0");
    assert_eq!(
        tenant.left(&invoice).await,
        ("30 50".to_owned(), "6".to_owned())
    );
    let at_once = memo("30", "6", r#","autoApplyToInvoiceUponPosting":true"#);
    let made = tenant.post(&from, &at_once).await;
    assert_eq!(number(&made, &["appliedAmount"]), "36");
    assert_eq!(
        tenant.left(&invoice).await,
        ("0 50".to_owned(), "0".to_owned())
    );
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["creditMemoAmount"]), "120");
    assert_eq!(number(&read, &["balance"]), "50");
    let told = tenant.refused("POST", &from, &memo("1", "0", "")).await;
    assert!(told.contains("can be credited"), "{told}");

    // A memo's own items and parts.
    let items = tenant.get(&format!("/v1/credit-memos/{id}/items")).await;
    assert_eq!(text(&items, &["items", "0", "sourceItemId"]), first);
    assert_eq!(text(&items, &["items", "0", "skuName"]), "Crane");
    assert_eq!(number(&items, &["items", "0", "appliedAmount"]), "70");
    let item = text(&items, &["items", "0", "id"]);
    let one = tenant
        .get(&format!("/v1/credit-memos/{id}/items/{item}"))
        .await;
    assert_eq!(text(&one, &["creditTaxItems", "0", "name"]), "VAT");
    assert_eq!(
        number(&one, &["creditTaxItems", "0", "appliedAmount"]),
        "14"
    );
    let parts = tenant.get(&format!("/v1/credit-memos/{id}/parts")).await;
    assert_eq!(numbers(&parts, "parts", "amount"), "84");
    let part = text(&parts, &["parts", "0", "id"]);
    let path = format!("/v1/credit-memos/{id}/parts/{part}/item-parts");
    let items = tenant.get(&path).await;
    assert_eq!(numbers(&items, "itemParts", "amount"), "70 14");
    assert_eq!(text(&items, &["itemParts", "1", "taxItemId"]), tax);

    // What others were made from stays.
    let told = tenant
        .refused("DELETE", &format!("/v1/credit-memos/{id}"), "")
        .await;
    assert!(told.contains("Posted"), "{told}");
    let mine = format!("/v1/billing-documents?accountId={}", tenant.account);
    let documents = tenant.get(&mine).await;
    assert_eq!(numbers(&documents, "documents", "amount"), "170 84 36");
    assert_eq!(
        text(&documents, &["documents", "1", "documentType"]),
        "CreditMemo"
    );
}

#[tokio::test]
async fn write_offs_and_reversals_settle_item_by_item() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, [_, second], tax) = tenant.invoice().await;
    let path = format!("/v1/invoices/{invoice}/write-off");
    let body = format!(
        r#"{{"items":[{{"invoiceItemId":"{second}","amountWithoutTax":50}},{{"invoiceItemId":"{second}","taxationItems":[{{"taxationItemId":"{tax}","amount":5}}]}}],"reasonCode":"Bad debt","comment":"gone"}}"#
    );
    let written = tenant.put(&path, &body).await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("100 0".to_owned(), "15".to_owned())
    );
    let memo = text(&written, &["creditMemo", "id"]);
    let memo = tenant.get(&format!("/v1/credit-memos/{memo}")).await;
    assert_eq!(number(&memo, &["amount"]), "55");
    assert_eq!(number(&memo, &["taxAmount"]), "5");
    assert_eq!(number(&memo, &["appliedAmount"]), "55");
    assert_eq!(text(&memo, &["reasonCode"]), "Bad debt");
    assert_eq!(text(&memo, &["comment"]), "gone");
    let told = tenant.refused("PUT", &path, r#"{"amount":116}"#).await;
    assert!(told.contains("balance"), "{told}");
    tenant.put(&path, "{}").await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("0 0".to_owned(), "0".to_owned())
    );

    // A credit memo is reversed by a debit memo, and that is written off.
    let charges = format!(
        r#"{{"accountId":"{}","autoPost":true,"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":30}}]}}"#,
        tenant.account
    );
    let credit = tenant.post("/v1/credit-memos", &charges).await;
    let credit = text(&credit, &["id"]).to_owned();
    let path = format!("/v1/credit-memos/{credit}/reverse");
    let reversed = tenant.put(&path, "{}").await;
    let debit = text(&reversed, &["debitMemo", "id"]).to_owned();
    let read = tenant.get(&format!("/v1/credit-memos/{credit}")).await;
    assert_eq!(read.get("reversed"), Some(&Json::from(true)));
    assert_eq!(number(&read, &["unappliedAmount"]), "0");
    let read = tenant.get(&format!("/v1/debit-memos/{debit}")).await;
    assert_eq!(number(&read, &["balance"]), "0");
    assert_eq!(number(&read, &["beAppliedAmount"]), "30");
    assert_eq!(text(&read, &["referredCreditMemoId"]), credit);
    tenant.refused("PUT", &path, "{}").await;

    let debit = tenant.post("/v1/debit-memos", &charges).await;
    let debit = text(&debit, &["id"]).to_owned();
    let path = format!("/v1/debitmemos/{debit}/write-off");
    tenant.put(&path, r#"{"amount":12}"#).await;
    let items = tenant.get(&format!("/v1/debit-memos/{debit}/items")).await;
    assert_eq!(numbers(&items, "items", "balance"), "18");
    assert_eq!(numbers(&items, "items", "beAppliedAmount"), "12");
    let item = text(&items, &["items", "0", "id"]);
    let item = tenant
        .get(&format!("/v1/debit-memos/{debit}/items/{item}"))
        .await;
    assert_eq!(number(&item, &["amount"]), "30");
    let parts = tenant
        .get(&format!("/v1/debit-memos/{debit}/application-parts"))
        .await;
    assert_eq!(numbers(&parts, "applicationParts", "appliedAmount"), "12");

    let credit = tenant.post("/v1/credit-memos", &charges).await;
    let credit = text(&credit, &["id"]).to_owned();
    let path = format!("/v1/credit-memos/{credit}/write-off");
    let written = tenant.put(&path, "{}").await;
    assert!(!text(&written, &["debitMemo", "id"]).is_empty());
    let account = format!("/object-query/accounts/{}", tenant.account);
    let account = tenant.get(&account).await;
    assert_eq!(number(&account, &["balance"]), "18");
}

#[tokio::test]
async fn refunds_come_and_go() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, _, _) = tenant.invoice().await;
    let payment = tenant.payment(170).await;
    let to = format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":150}}]}}"#);
    tenant
        .put(&format!("/v1/payments/{payment}/apply"), &to)
        .await;
    let path = format!("/v1/payments/{payment}/refunds");
    let told = tenant
        .refused("POST", &path, r#"{"totalAmount":21,"type":"External"}"#)
        .await;
    assert!(told.contains("left"), "{told}");
    // 20 are left, the rest opens the invoice again.
    let path = format!("{path}/unapply");
    let body = r#"{"totalAmount":60,"type":"External","comment":"sorry"}"#;
    let refund = tenant.post(&path, body).await;
    assert_eq!(text(&refund, &["paymentNumber"]), "P-00000001");
    let refund = text(&refund, &["id"]).to_owned();
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["balance"]), "60");
    assert_eq!(number(&read, &["refundAmount"]), "40");
    let parts = tenant.get(&format!("/v1/refunds/{refund}/parts")).await;
    assert_eq!(numbers(&parts, "parts", "amount"), "40 20");
    let told = tenant
        .refused("DELETE", &format!("/v1/refunds/{refund}"), "")
        .await;
    assert!(told.contains("Processed"), "{told}");
    let cancelled = tenant
        .put(&format!("/v1/refunds/{refund}/cancel"), "")
        .await;
    assert_eq!(text(&cancelled, &["status"]), "Canceled");
    let read = tenant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(number(&read, &["unappliedAmount"]), "60");
    assert_eq!(number(&read, &["refundAmount"]), "0");
    tenant
        .api
        .good("DELETE", &format!("/v1/refunds/{refund}"), "")
        .await;
    tenant
        .refused("GET", &format!("/v1/refunds/{refund}"), "")
        .await;

    // With the write-off of what it opens.
    let body = r#"{"totalAmount":100,"type":"External","writeOff":true}"#;
    let refund = tenant.post(&path, body).await;
    let written = ["writeOffResults", "transactions", "0", "appliedAmount"];
    assert_eq!(number(&refund, &written), "40");
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["balance"]), "60");
    assert_eq!(number(&read, &["creditMemoAmount"]), "40");

    // A credit memo, by item; the gateway does not carry it out.
    let charges = format!(
        r#"{{"accountId":"{}","autoPost":true,"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":30}},{{"chargeId":"d","productRatePlanChargeId":"q","amount":10}}]}}"#,
        tenant.account
    );
    let memo = tenant.post("/v1/credit-memos", &charges).await;
    let memo = text(&memo, &["id"]).to_owned();
    let items = tenant.get(&format!("/v1/credit-memos/{memo}/items")).await;
    let item = text(&items, &["items", "1", "id"]);
    let body = format!(
        r#"{{"totalAmount":4,"type":"External","items":[{{"creditMemoItemId":"{item}","amount":4}}]}}"#
    );
    let refund = tenant
        .post(&format!("/v1/credit-memos/{memo}/refund"), &body)
        .await;
    let refund = text(&refund, &["id"]).to_owned();
    let items = tenant.get(&format!("/v1/credit-memos/{memo}/items")).await;
    assert_eq!(numbers(&items, "items", "refundAmount"), "0 4");
    let parts = tenant.get(&format!("/v1/refunds/{refund}/parts")).await;
    let part = text(&parts, &["parts", "0", "id"]);
    let path = format!("/v1/refunds/{refund}/parts/{part}/item-parts");
    let own = tenant.get(&path).await;
    assert_eq!(text(&own, &["itemParts", "0", "creditMemoItemId"]), item);
    let query = tenant.get("/object-query/refund-application-items").await;
    assert_eq!(numbers(&query, "data", "amount"), "4");
    let path = format!("/v1/refunds/{refund}/reconcile");
    let body = r#"{"action":"reject","gatewayReconciliationStatus":"failed"}"#;
    let rejected = tenant.post(&path, body).await;
    assert_eq!(text(&rejected, &["status"]), "Error");
    assert_eq!(text(&rejected, &["gatewayState"]), "FailedToSettle");
    let items = tenant.get(&format!("/v1/credit-memos/{memo}/items")).await;
    assert_eq!(numbers(&items, "items", "unappliedAmount"), "30 10");
}

#[tokio::test]
async fn payments_settle_move_and_go() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let other =
        r#"{"name":"Kran","currency":"EUR","billToContact":{"firstName":"A","lastName":"B"}}"#;
    let other = tenant.post("/v1/accounts", other).await;
    let other = text(&other, &["accountId"]).to_owned();
    let payment = tenant.payment(40).await;
    let moved = tenant
        .put(
            &format!("/v1/payments/{payment}/transfer"),
            &format!(r#"{{"accountId":"{other}"}}"#),
        )
        .await;
    assert_eq!(text(&moved, &["accountId"]), other);
    for (account, balance) in [(&tenant.account, "0"), (&other, "-40")] {
        let read = tenant
            .get(&format!("/object-query/accounts/{account}"))
            .await;
        assert_eq!(number(&read, &["balance"]), balance);
    }
    let path = format!("/v1/gateway-settlement/payments/{payment}");
    let settled = tenant.post(&format!("{path}/settle"), "{}").await;
    assert_eq!(text(&settled, &["gatewayState"]), "Settled");
    let back = tenant
        .post(&format!("{path}/chargeback"), r#"{"amount":15}"#)
        .await;
    assert_eq!(text(&back, &["refundTransactionType"]), "Chargeback");
    assert_eq!(number(&back, &["amount"]), "15");
    tenant
        .refused("PUT", &format!("/v1/payments/{payment}/cancel"), "")
        .await;
    let path = format!("/v1/payments/{}", tenant.payment(5).await);
    let told = tenant.refused("DELETE", &path, "").await;
    assert!(told.contains("Processed"), "{told}");
    tenant.put(&format!("{path}/cancel"), "").await;
    let parts = tenant.get(&format!("{path}/parts")).await;
    assert_eq!(numbers(&parts, "parts", "amount"), "");
    tenant.api.good("DELETE", &path, "").await;
    tenant.refused("GET", &path, "").await;

    // Through CRUD the amounts are kept as well.
    let change = format!(
        r#"{{"type":"Payment","objects":[{{"Id":"{payment}","UnappliedAmount":1,"AppliedAmount":9}}]}}"#
    );
    tenant.post("/v1/action/update", &change).await;
    let read = tenant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(number(&read, &["unappliedAmount"]), "25");
    assert_eq!(number(&read, &["appliedAmount"]), "0");
}

#[tokio::test]
async fn tax_is_added_to_drafts_changed_and_removed() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let body = format!(
        r#"{{"accountId":"{}","invoiceDate":"2026-01-01","invoiceItems":[{{"amount":119,"serviceStartDate":"2026-01-01","taxMode":"TaxInclusive","taxItems":[{{"name":"VAT","taxAmount":19,"taxCode":"v","taxDate":"2026-01-01","taxMode":"TaxInclusive","taxRate":0.19,"taxRateType":"Percentage"}}]}}]}}"#,
        tenant.account
    );
    let made = tenant.post("/v1/invoices", &body).await;
    assert_eq!(number(&made, &["amount"]), "119");
    assert_eq!(number(&made, &["amountWithoutTax"]), "100");
    let invoice = text(&made, &["id"]).to_owned();
    let items = tenant.get(&format!("/v1/invoices/{invoice}/items")).await;
    assert_eq!(numbers(&items, "invoiceItems", "chargeAmount"), "100");
    let item = text(&items, &["invoiceItems", "0", "id"]).to_owned();
    let body = format!(
        r#"{{"taxationItems":[{{"invoiceItemId":"{item}","jurisdiction":"HB","name":"City","taxAmount":1.25,"taxDate":"2026-01-01","taxRate":0.0125,"taxRateType":"Percentage"}}]}}"#
    );
    let path = format!("/v1/invoices/{invoice}/taxation-items");
    tenant
        .refused("POST", &path, &body.replace(&item, &invoice))
        .await;
    let added = tenant.post(&path, &body).await;
    let tax = text(&added, &["taxationItems", "0", "id"]).to_owned();
    assert_eq!(text(&added, &["taxationItems", "0", "invoiceItemId"]), item);
    let one = format!("/v1/taxation-items/{tax}");
    let changed = tenant
        .put(&one, r#"{"taxAmount":2.50,"jurisdiction":"OL"}"#)
        .await;
    assert_eq!(text(&changed, &["jurisdiction"]), "OL");
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["amount"]), "121.50");
    let of_item = tenant
        .get(&format!(
            "/v1/invoices/{invoice}/items/{item}/taxation-items"
        ))
        .await;
    assert_eq!(numbers(&of_item, "data", "taxAmount"), "19 2.50");

    // The same record through CRUD and object query.
    let crud = format!("/v1/object/taxation-item/{tax}");
    assert_eq!(number(&tenant.get(&crud).await, &["TaxAmount"]), "2.50");
    tenant.put(&crud, r#"{"TaxAmount":3}"#).await;
    let query = tenant
        .get(&format!("/object-query/taxation-items/{tax}"))
        .await;
    assert_eq!(number(&query, &["balance"]), "3");
    tenant.api.good("DELETE", &one, "").await;
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["balance"]), "119");

    // Items of a draft, all at once or not at all.
    let change = format!(
        r#"{{"comments":"c","invoiceItems":[{{"id":"{item}","amount":80}},{{"amount":6,"serviceStartDate":"2026-01-01"}}]}}"#
    );
    let path = format!("/v1/invoices/{invoice}");
    let changed = tenant.put(&path, &change).await;
    assert_eq!(number(&changed, &["amount"]), "105");
    let bad = format!(r#"{{"comments":"d","invoiceItems":[{{"id":"{item}","amount":-80}}]}}"#);
    tenant.refused("PUT", &path, &bad).await;
    let drop = format!(r#"{{"invoiceItems":[{{"id":"{item}","delete":true}}]}}"#);
    let changed = tenant.put(&path, &drop).await;
    assert_eq!(number(&changed, &["amount"]), "6");
    tenant.put(&format!("{path}/post"), "{}").await;
    let told = tenant.refused("PUT", &path, &drop).await;
    assert!(told.contains("Draft"), "{told}");
    let read = tenant.get(&path).await;
    assert_eq!(text(&read, &["comments"]), "c");
    let files = tenant.get(&format!("{path}/files")).await;
    assert_eq!(numbers(&files, "invoiceFiles", "versionNumber"), "1");

    // A discount is an item of its own.
    let body = format!(
        r#"{{"accountId":"{}","invoiceDate":"2026-01-01","invoiceItems":[{{"amount":10,"serviceStartDate":"2026-01-01","discountItems":[{{"amount":-4}}]}}]}}"#,
        tenant.account
    );
    let made = tenant.post("/v1/invoices", &body).await;
    assert_eq!(number(&made, &["amount"]), "6");
    let items = format!("/v1/invoices/{}/items", text(&made, &["id"]));
    let items = tenant.get(&items).await;
    assert_eq!(numbers(&items, "invoiceItems", "chargeAmount"), "10 -4");
    assert_eq!(
        text(&items, &["invoiceItems", "1", "processingType"]),
        "Discount"
    );
}
