//! Invoices, memos, payments and refunds, item by item.

use crate::support::*;
use zuora_wire::{Decimal, Json};

/// A number, or a text that is one; `-` where there is nothing.
pub(crate) fn number(json: &Json, path: &[&str]) -> String {
    match json.at(path) {
        Some(Json::Number(number)) => Decimal::try_from(number).unwrap().to_string(),
        Some(Json::String(text)) => text.clone(),
        _ => "-".to_owned(),
    }
}

/// The numbers of a member in a list.
pub(crate) fn numbers(json: &Json, list: &str, member: &str) -> String {
    let rows = json.get(list).and_then(Json::as_array).unwrap();
    let numbers: Vec<String> = rows.iter().map(|row| number(row, &[member])).collect();
    numbers.join(" ")
}

/// A tenant with one account.
pub(crate) struct Tenant<'a> {
    pub(crate) api: Api<'a>,
    pub(crate) account: String,
}

impl<'a> Tenant<'a> {
    pub(crate) async fn new(sim: &'a zuora_sim::Simulator) -> Self {
        let api = Api::new(sim).await;
        let account = r#"{"name":"Hafenlicht","currency":"EUR","billToContact":{"firstName":"Marit","lastName":"Berg"},
            "paymentMethod":{"type":"CreditCard","cardNumber":"4111111111111111","cardType":"Visa"}}"#;
        let made = api.good("POST", "/v1/accounts", account).await;
        let account = text(&made, &["accountId"]).to_owned();
        Self { api, account }
    }

    pub(crate) async fn get(&self, path: &str) -> Json {
        self.api.good("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Json {
        self.api.good("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &str) -> Json {
        self.api.good("PUT", path, body).await
    }

    /// The text of a refusal.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: &str) -> String {
        let reply = self.api.call(method, path, body).await;
        let json = json(&reply);
        assert!(reply.status().is_client_error(), "{method} {path}: {json}");
        text(&json, &["reasons", "0", "message"]).to_owned()
    }

    /// A posted invoice over 100 and 50, with 20 tax on the first; its id, its items, and the tax.
    pub(crate) async fn invoice(&self) -> (String, [String; 2], String) {
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

    pub(crate) async fn payment(&self, amount: u32) -> String {
        let body = format!(
            r#"{{"accountId":"{}","amount":{amount},"currency":"EUR","type":"External"}}"#,
            self.account
        );
        let made = self.post("/v1/payments", &body).await;
        text(&made, &["id"]).to_owned()
    }

    /// What is left of an invoice's items, and of the tax of the first.
    pub(crate) async fn left(&self, invoice: &str) -> (String, String) {
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

    let older = format!("/v1/transactions/payments/accounts/{}", tenant.account);
    let older = tenant.get(&older).await;
    let paid = ["payments", "0", "paidInvoices", "0", "appliedPaymentAmount"];
    assert_eq!(number(&older, &paid), "142.5");
    let summary = format!("/v1/accounts/{}/summary", tenant.account);
    let summary = tenant.get(&summary).await;
    assert_eq!(number(&summary, &paid), "142.5");

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

    // Lists, sorted and filtered.
    let memos = tenant.get("/v1/credit-memos?sort=-amount").await;
    assert_eq!(numbers(&memos, "creditmemos", "amount"), "84 36");
    let memos = tenant.get("/v1/credit-memos?sort=%2Bstatus,amount").await;
    assert_eq!(numbers(&memos, "creditmemos", "amount"), "36 84");
    let memos = tenant.get("/v1/credit-memos?amount=84.00").await;
    assert_eq!(numbers(&memos, "creditmemos", "amount"), "84");
    tenant
        .refused("GET", "/v1/credit-memos?sort=luck", "")
        .await;

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

#[tokio::test]
async fn data_from_elsewhere_need_not_have_items_or_parts() {
    let sim = tenant();
    let data = r#"{"records":{"Account":[{"id":"a","name":"n","currency":"EUR","balance":90,"totalInvoiceBalance":100,"unappliedBalance":10,"unappliedCreditMemoAmount":0}],
        "Invoice":[{"id":"bare","accountId":"a","status":"Posted","amount":60,"balance":40,"paymentAmount":20},
        {"id":"full","accountId":"a","status":"Posted","amount":60,"balance":60}],
        "InvoiceItem":[{"id":"item","invoiceId":"full","chargeAmount":60}],
        "Payment":[{"id":"p","accountId":"a","status":"Processed","amount":30,"appliedAmount":20,"unappliedAmount":10,"refundAmount":0}],
        "PaymentApplication":[{"id":"pa","paymentId":"p","invoiceId":"bare","applyAmount":20}]}}"#;
    sim.restore(data).unwrap();
    let api = Api::new(&sim).await;
    let to = |invoice: &str, amount: u32| {
        format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":{amount}}}]}}"#)
    };
    api.good("PUT", "/v1/payments/p/unapply", &to("bare", 15))
        .await;
    let parts = api.good("GET", "/v1/payments/p/parts", "").await;
    assert_eq!(numbers(&parts, "parts", "amount"), "5 25");
    api.good("PUT", "/v1/payments/p/apply", &to("full", 25))
        .await;
    let items = api.good("GET", "/v1/invoices/full/items", "").await;
    assert_eq!(numbers(&items, "invoiceItems", "balance"), "35");
    api.good("PUT", "/v1/invoices/bare/write-off", "{}").await;
    let read = api.good("GET", "/v1/invoices/bare", "").await;
    assert_eq!(number(&read, &["balance"]), "0");
    let account = api.good("GET", "/object-query/accounts/a", "").await;
    assert_eq!(number(&account, &["balance"]), "35");
    // What was saved is the same again.
    let saved = sim.snapshot();
    sim.restore(&saved).unwrap();
    assert_eq!(sim.snapshot(), saved);
}

#[tokio::test]
async fn an_amount_that_nothing_can_be_added_to_is_refused() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let account =
        r#"{"name":"n","currency":"EUR","billToContact":{"firstName":"a","lastName":"b"}}"#;
    api.good("POST", "/v1/accounts", account).await;
    let pay = |amount: &str| {
        format!(
            r#"{{"accountNumber":"A00000001","amount":{amount},"currency":"EUR","type":"External"}}"#
        )
    };
    for amount in ["1e-999999999", "1e-10", "1e15", "9e999999999"] {
        let reply = api.call("POST", "/v1/payments", &pay(amount)).await;
        assert_eq!(
            (reply.status().as_u16(), code(&reply)),
            (400, Some(50_000_020)),
            "{amount}"
        );
        let invoice = format!(
            r#"{{"accountNumber":"A00000001","invoiceDate":"2026-01-01","autoPay":false,"invoiceItems":[{{"amount":{amount},"chargeName":"c","serviceStartDate":"2026-01-01"}}]}}"#
        );
        let reply = api.call("POST", "/v1/invoices", &invoice).await;
        assert_eq!(reply.status(), 400, "{amount}");
    }
    for amount in ["9999999999999.99", "0.000000001"] {
        api.good("POST", "/v1/payments", &pay(amount)).await;
    }
    let account = api
        .good("GET", "/object-query/accounts/A00000001", "")
        .await;
    let balance = account.get("balance").unwrap().to_string();
    assert_eq!(balance, "-9999999999999.990000001");
}

#[tokio::test]
async fn an_invoice_is_due_by_the_payment_term() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let account = r#"{"name":"n","currency":"EUR","paymentTerm":"Net 30","billToContact":{"firstName":"a","lastName":"b"}}"#;
    let account = api.good("POST", "/v1/accounts", account).await;
    let account = text(&account, &["accountId"]).to_owned();
    for (own, term, due) in [
        ("", "Net 30", "2026-12-01"),
        (r#""paymentTerm":"Net 15","#, "Net 15", "2026-11-16"),
        (
            r#""paymentTerm":"Due Upon Receipt","#,
            "Due Upon Receipt",
            "2026-11-01",
        ),
        (r#""dueDate":"2026-11-05","#, "Net 30", "2026-11-05"),
    ] {
        let invoice = format!(
            r#"{{{own}"accountId":"{account}","invoiceDate":"2026-11-01","invoiceItems":[{{"amount":5,"chargeName":"c","serviceStartDate":"2026-11-01"}}]}}"#
        );
        let made = api.good("POST", "/v1/invoices", &invoice).await;
        assert_eq!(text(&made, &["dueDate"]), due, "{made}");
        assert_eq!(text(&made, &["paymentTerm"]), term, "{made}");
    }
}
