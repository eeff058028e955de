//! ZOQL over what CRUD alone has a name for: payments of invoices, and objects that mean nothing else to the
//! tenant; and how it takes its words.

use super::support::*;
use zuora_wire::Json;

async fn asked(api: &Api<'_>, query: &str) -> Json {
    let body = Json::object([("queryString", query)]).to_string();
    api.good("POST", "/v1/action/query", &body).await
}

/// The records that a query finds, as JSON.
async fn found(api: &Api<'_>, query: &str) -> String {
    let reply = asked(api, query).await;
    let records = reply.get("records").unwrap();
    let count = records.as_array().unwrap().len();
    assert_eq!(reply.get("size"), Some(&count.into()), "{reply}");
    records.to_string()
}

/// The code and the text of a query's refusal.
async fn fault(api: &Api<'_>, body: &str) -> (String, String) {
    let reply = api.call("POST", "/v1/action/query", body).await;
    assert_eq!(reply.status(), 400, "{reply:?}");
    let json = json(&reply);
    let part = |name: &str| text(&json, &[name]).to_owned();
    (part("FaultCode"), part("FaultMessage"))
}

/// The account's id, an invoice of 100 that is paid with 60, of which 20 went back, and the payment.
async fn paid(api: &Api<'_>) -> [String; 3] {
    let account = r#"{"name":"Hafen","currency":"EUR","billToContact":{"firstName":"Ana","lastName":"Ek","country":"Sweden"}}"#;
    let account = api.good("POST", "/v1/accounts", account).await;
    let account = text(&account, &["accountId"]).to_owned();
    let invoice = format!(
        r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","status":"Posted","invoiceItems":[{{"amount":100,"chargeName":"Mast","serviceStartDate":"2026-01-01"}}]}}"#
    );
    let invoice = api.good("POST", "/v1/invoices", &invoice).await;
    let invoice = text(&invoice, &["id"]).to_owned();
    let payment = format!(
        r#"{{"accountId":"{account}","amount":60,"currency":"EUR","effectiveDate":"2026-01-01","type":"External","paymentMethodId":"cash","invoices":[{{"invoiceId":"{invoice}","amount":60}}]}}"#
    );
    let payment = api.good("POST", "/v1/payments", &payment).await;
    let payment = text(&payment, &["id"]).to_owned();
    let refund = format!(
        r#"{{"Amount":20,"PaymentId":"{payment}","Type":"External","SourceType":"Payment","RefundInvoicePaymentData":{{"RefundInvoicePayment":[{{"InvoiceId":"{invoice}","RefundAmount":20}}]}}}}"#
    );
    api.good("POST", "/v1/object/refund", &refund).await;
    [account, invoice, payment]
}

#[tokio::test]
async fn payments_of_invoices_are_found() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    assert_eq!(found(&api, "select Id from InvoicePayment").await, "[]");
    let [_, invoice, payment] = paid(&api).await;
    let rows = asked(
        &api,
        "select Id, Amount, RefundAmount, InvoiceId, PaymentId from InvoicePayment",
    )
    .await;
    let id = text(&rows, &["records", "0", "Id"]);
    // As CRUD has it.
    let path = format!("/v1/object/invoice-payment/{id}");
    let read = api.good("GET", &path, "").await;
    for name in ["Id", "Amount", "RefundAmount", "InvoiceId", "PaymentId"] {
        let own = rows.at(&["records", "0", name]);
        assert!(own.is_some() && own == read.get(name), "{name}: {rows}");
    }
    assert_eq!(text(&read, &["InvoiceId"]), invoice);
    let all = format!(r#"[{{"PaymentId":"{payment}"}}]"#);
    for (condition, is_found) in [
        (format!("InvoiceId = '{invoice}'"), true),
        (
            format!("paymentid = '{payment}' and RefundAmount >= 20"),
            true,
        ),
        ("Amount > 1000 or RefundAmount = 20.00".to_owned(), true),
        ("RefundAmount > 20".to_owned(), false),
        ("InvoiceId = 'other'".to_owned(), false),
    ] {
        let query = format!("select PaymentId from invoicepayment where {condition}");
        let wanted = if is_found { all.as_str() } else { "[]" };
        assert_eq!(found(&api, &query).await, wanted, "{condition}");
    }
    let query = "select InvoicePaymentId, RefundAmount from RefundInvoicePayment";
    assert_eq!(
        found(&api, query).await,
        format!(r#"[{{"InvoicePaymentId":"{id}","RefundAmount":20}}]"#)
    );
    let (code, told) = fault(
        &api,
        r#"{"queryString":"select ApplyAmount from InvoicePayment"}"#,
    )
    .await;
    assert_eq!(code, "INVALID_FIELD");
    assert_eq!(told, "invalid field for query: InvoicePayment.ApplyAmount");
}

#[tokio::test]
async fn payments_of_invoices_come_page_by_page() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for _ in 0..3 {
        paid(&api).await;
    }
    let body = r#"{"queryString":"select Id from InvoicePayment","conf":{"batchSize":2}}"#;
    let page = api.good("POST", "/v1/action/query", body).await;
    assert_eq!(page.get("size"), Some(&3.into()));
    assert_eq!(length(&page, &["records"]), 2);
    let more = Json::object([("queryLocator", text(&page, &["queryLocator"]))]).to_string();
    let rest = api.good("POST", "/v1/action/queryMore", &more).await;
    assert_eq!(length(&rest, &["records"]), 1);
    assert_eq!(rest.get("done"), Some(&true.into()));
    let first = |page: &Json| text(page, &["records", "0", "Id"]).to_owned();
    assert_ne!(first(&rest), first(&page));
}

#[tokio::test]
async fn objects_that_mean_nothing_are_kept_by_crud_alone() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for object in [
        "InvoiceAdjustment",
        "InvoiceItemAdjustment",
        "CreditBalanceAdjustment",
        "Feature",
        "UnitOfMeasure",
        "CommunicationProfile",
    ] {
        let query = format!("select Id from {object} where CreatedDate > '2020-01-01'");
        let reply = asked(&api, &query).await;
        assert_eq!(reply.to_string(), r#"{"records":[],"size":0,"done":true}"#);
    }
    for path in [
        "unit-of-measure",
        "feature",
        "communication-profile",
        "credit-balance-adjustment",
        "invoice-item-adjustment",
        "bill-run",
        "refund-transaction-log",
    ] {
        let path = format!("/v1/object/{path}/x");
        let reply = api.call("GET", &path, "").await;
        assert_eq!(reply.status(), 404, "{path}");
        let none = json(&reply);
        assert_eq!(none.get("size"), Some(&0.into()));
        assert_eq!(length(&none, &["records"]), 0);
    }
    let unit =
        r#"{"UomName":"Mast","DecimalPlaces":2,"Colour":"red","Ship__c":"Aurora","Id":"mine"}"#;
    let made = api.good("POST", "/v1/object/unit-of-measure", unit).await;
    let id = text(&made, &["Id"]).to_owned();
    assert_ne!(id, "mine");
    let path = format!("/v1/object/unit-of-measure/{id}");
    let read = api.good("GET", &path, "").await;
    assert_eq!(text(&read, &["UomName"]), "Mast");
    assert_eq!(text(&read, &["Ship__c"]), "Aurora");
    assert_eq!(read.get("DecimalPlaces"), Some(&2.into()));
    assert_eq!((read.get("Colour"), read.get("Object")), (None, None));
    sim.set_time_zone("Asia/Tokyo").unwrap();
    let read = api.good("GET", &path, "").await;
    assert_eq!(
        text(&read, &["CreatedDate"]),
        "2026-01-01T09:00:00.000+09:00"
    );
    // Under the name of another object it is not there.
    let other = path.replace("unit-of-measure", "feature");
    for method in ["GET", "PUT", "DELETE"] {
        let body = if method == "PUT" {
            r#"{"Name":"x"}"#
        } else {
            ""
        };
        let reply = api.call(method, &other, body).await;
        assert!(reply.status().is_client_error(), "{method}: {reply:?}");
    }
    let query = "select UomName from UnitOfMeasure where DecimalPlaces = 2 and Ship__c = 'aurora'";
    assert_eq!(found(&api, query).await, r#"[{"UomName":"Mast"}]"#);
    assert_eq!(found(&api, "select Id from Feature").await, "[]");
    api.good("PUT", &path, r#"{"UomName":"Segel"}"#).await;
    assert_eq!(
        found(&api, "select UomName, DecimalPlaces from UnitOfMeasure").await,
        r#"[{"UomName":"Segel","DecimalPlaces":2}]"#
    );
    let gone = api.good("DELETE", &path, "").await;
    assert_eq!(text(&gone, &["id"]), id);
    assert_eq!(api.call("GET", &path, "").await.status(), 404);
    assert_eq!(found(&api, "select Id from UnitOfMeasure").await, "[]");
    // Actions make and change them too.
    let made = r#"{"type":"UnitOfMeasure","objects":[{"UomName":"Boot","DecimalPlaces":0}]}"#;
    let made = api.good("POST", "/v1/action/create", made).await;
    let id = text(&made, &["0", "Id"]);
    let changed = format!(
        r#"{{"type":"UnitOfMeasure","objects":[{{"Id":"{id}","UomName":"Schiff"}},{{"Id":"other","UomName":"x"}}]}}"#
    );
    let changed = api.good("POST", "/v1/action/update", &changed).await;
    assert_eq!(changed.at(&["0", "Success"]), Some(&true.into()));
    assert_eq!(changed.at(&["1", "Success"]), Some(&false.into()));
    let path = format!("/v1/object/unit-of-measure/{id}");
    assert_eq!(
        text(&api.good("GET", &path, "").await, &["UomName"]),
        "Schiff"
    );
    let gone = format!(r#"{{"type":"UnitOfMeasure","ids":["{id}"]}}"#);
    api.good("POST", "/v1/action/delete", &gone).await;
    assert_eq!(found(&api, "select Id from UnitOfMeasure").await, "[]");
    // What they belong to must be there.
    let stray = r#"{"AccountId":"none","AdjustmentDate":"2026-01-01","Amount":1,"SourceTransactionId":"x","Type":"Increase"}"#;
    let reply = api
        .call("POST", "/v1/object/credit-balance-adjustment", stray)
        .await;
    assert!(reply.status().is_client_error(), "{reply:?}");
    for (query, code) in [
        ("select Colour from UnitOfMeasure", "INVALID_FIELD"),
        ("select Id from Feature where Colour = 1", "INVALID_FIELD"),
        (
            "select Id from UnitOfMeasure where Active = 'often'",
            "INVALID_VALUE",
        ),
    ] {
        let body = Json::object([("queryString", query)]).to_string();
        assert_eq!(fault(&api, &body).await.0, code, "{query}");
    }
}

#[tokio::test]
async fn an_export_is_waited_for_by_queries() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let body = r#"{"Format":"csv","Name":"all","Query":"select Id from Account"}"#;
    let made = api.good("POST", "/v1/object/export", body).await;
    let id = text(&made, &["Id"]);
    let query = format!("select Status, Name, FileId from Export where Id = '{id}'");
    assert_eq!(
        found(&api, &query).await,
        r#"[{"Status":"Pending","Name":"all"}]"#
    );
    sim.clock().advance(seconds(2));
    let read = api
        .good("GET", &format!("/v1/object/export/{id}"), "")
        .await;
    let file = text(&read, &["FileId"]);
    assert_eq!(
        found(&api, &query).await,
        format!(r#"[{{"Status":"Completed","Name":"all","FileId":"{file}"}}]"#)
    );
    let query = "select Id from Export where Status = 'Failed' or Id = 'x'";
    assert_eq!(found(&api, query).await, "[]");
}

#[tokio::test]
async fn keywords_are_taken_in_any_case() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    paid(&api).await;
    let hafen = r#"[{"Name":"Hafen"}]"#;
    for query in [
        "SELECT Name FROM Account WHERE Name LIKE 'Haf%' AND AutoPay = FALSE",
        "Select Name From Account Where Name = 'x' Or Notes = NULL",
        "select Name from Account where Balance > 1 AND Name != NULL",
    ] {
        assert_eq!(found(&api, query).await, hafen, "{query}");
    }
    for query in ["SELECT Id, FROM Account", "SELECT From FROM Account"] {
        let body = Json::object([("queryString", query)]).to_string();
        assert_eq!(fault(&api, &body).await.0, "MALFORMED_QUERY", "{query}");
    }
}

#[tokio::test]
async fn a_batch_has_a_size() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for _ in 0..2 {
        paid(&api).await;
    }
    let body = |size: &str| {
        format!(r#"{{"queryString":"select Id from Account","conf":{{"batchSize":{size}}}}}"#)
    };
    for size in ["0", "-1", "1.5"] {
        let (code, told) = fault(&api, &body(size)).await;
        assert_eq!(code, "INVALID_VALUE", "{size}: {told}");
        assert!(told.contains("batchSize"), "{told}");
    }
    for (size, count) in [("1", 1), ("2000", 2), ("2001", 2)] {
        let page = api.good("POST", "/v1/action/query", &body(size)).await;
        assert_eq!(length(&page, &["records"]), count, "{size}");
    }
    let page = api.good("POST", "/v1/action/query", &body("1")).await;
    let locator = text(&page, &["queryLocator"]);
    let more = format!(r#"{{"queryLocator":"{locator}","conf":{{"batchSize":0}}}}"#);
    let reply = api.call("POST", "/v1/action/queryMore", &more).await;
    assert_eq!(reply.status(), 400);
    assert!(text(&json(&reply), &["FaultMessage"]).contains("batchSize"));
}

#[tokio::test]
async fn replies_have_what_their_schemas_have_a_place_for() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let paid = PAYMENT.replace("\"type\"", r#""Ship__c":"Aurora","type""#);
    api.good("POST", "/v1/payments", &paid).await;
    let payments = api.good("GET", "/object-query/payments", "").await;
    let payment = payments.at(&["data", "0"]).unwrap();
    assert_eq!(payment.get("paymentMethodType"), None, "{payment}");
    assert_eq!(text(payment, &["ship__c"]), "Aurora");
    let path = "/object-query/subscriptions?expand[]=ratePlans";
    let plans = api.good("GET", path, "").await;
    let plan = plans.at(&["data", "0", "ratePlans", "0"]).unwrap();
    assert!(plan.get("name").is_some(), "{plan}");
    assert_eq!(plan.get("lastChangeType"), None, "{plan}");

    let methods = api.good("GET", "/object-query/payment-methods", "").await;
    let id = text(&methods, &["data", "0", "id"]);
    for path in [
        format!("/v1/payment-methods/{id}"),
        "/v1/accounts/A00000001/payment-methods/default".to_owned(),
    ] {
        let method = api.good("GET", &path, "").await;
        assert_eq!(text(&method, &["id"]), id);
        assert_eq!(method.get("success"), None, "{method}");
    }
    let account = api.good("GET", "/v1/accounts/A00000001", "").await;
    assert_eq!(account.get("success"), Some(&true.into()));
}

#[tokio::test]
async fn items_have_a_price_and_tax_its_mode() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [account, ..] = paid(&api).await;
    let item = |amount: &str, quantity: &str| {
        format!(
            r#"{{"amount":{amount},"quantity":{quantity},"chargeName":"Mast","serviceStartDate":"2026-01-01","taxItems":[{{"name":"VAT","taxAmount":1,"taxCode":"V","taxDate":"2026-01-01","taxMode":"TaxExclusive","taxRate":5,"taxRateType":"Percentage"}}]}}"#
        )
    };
    let amounts = [
        ("100", "2", "50"),
        ("0.03", "4", "0.0075"),
        ("10", "3", "null"),
        ("5", "0", "null"),
    ];
    let items: Vec<String> = amounts
        .iter()
        .map(|(amount, quantity, _)| item(amount, quantity))
        .collect();
    let invoice = format!(
        r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","invoiceItems":[{}]}}"#,
        items.join(",")
    );
    let made = api.good("POST", "/v1/invoices", &invoice).await;
    let path = format!("/v1/invoices/{}/items", text(&made, &["id"]));
    let seen = api.good("GET", &path, "").await;
    for (place, (.., price)) in amounts.iter().enumerate() {
        let place = place.to_string();
        assert_eq!(
            number(&seen, &["invoiceItems", &place, "unitPrice"]),
            *price
        );
    }
    let taxes = api.good("GET", "/object-query/taxation-items", "").await;
    assert_eq!(
        text(&taxes, &["data", "0", "taxMode"]),
        "TaxExclusive",
        "{taxes}"
    );
    let tax = text(&taxes, &["data", "0", "id"]);
    let tax = api
        .good("GET", &format!("/v1/taxation-items/{tax}"), "")
        .await;
    assert_eq!(text(&tax, &["taxMode"]), "TaxExclusive", "{tax}");
}
