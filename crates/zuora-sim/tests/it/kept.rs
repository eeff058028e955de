//! Documents of the tenant's data: what a snapshot has comes back, and what is written by hand is completed or
//! refused with its place.

use crate::support::*;
use http::StatusCode;
use zuora_sim::Simulator;
use zuora_wire::{Decimal, Json};

/// Writes through every door; `{n}` is drawn for each, small enough for names to be met again.
const WRITES: &[(&str, &str, &str)] = &[
    (
        "POST",
        "/v1/accounts",
        r#"{"name":"n{n}","accountNumber":"N{n}","currency":"EUR","parentId":"A0000000{n}","Region__c":"r{n}","billToContact":{"firstName":"Ana","lastName":"L{n}","country":"Norway"},"paymentMethod":{"type":"CreditCard","cardNumber":"4111111111111111","cardType":"Visa"}}"#,
    ),
    (
        "POST",
        "/v1/accounts",
        r#"{"name":"n{n}","currency":"USD","billToContact":{"firstName":"Ana","lastName":"Lind"}}"#,
    ),
    (
        "PUT",
        "/v1/accounts/A0000000{n}",
        r#"{"notes":"n{n}","parentId":"N{n}"}"#,
    ),
    ("PUT", "/v1/accounts/N{n}", r#"{"parentId":"A0000000{n}"}"#),
    ("DELETE", "/v1/accounts/A0000000{n}", ""),
    (
        "POST",
        "/v1/contacts",
        r#"{"accountNumber":"N{n}","firstName":"Jo","lastName":"D{n}"}"#,
    ),
    (
        "POST",
        "/v1/payment-methods",
        r#"{"type":"ACH","accountKey":"A0000000{n}","bankAccountNumber":"1234567{n}","bankABACode":"123456789"}"#,
    ),
    (
        "POST",
        "/v1/object/account",
        r#"{"Name":"c{n}","AccountNumber":"A0000001{n}","Currency":"EUR","Status":"Draft","BillCycleDay":{n},"ParentId":"N{n}"}"#,
    ),
    (
        "PUT",
        "/v1/object/account/A0000000{n}",
        r#"{"AccountNumber":"N{n}","Notes":"x"}"#,
    ),
    (
        "POST",
        "/v1/object/product",
        r#"{"Name":"p{n}","SKU":"SKU-{n}","EffectiveStartDate":"2026-01-01","EffectiveEndDate":"2027-01-01"}"#,
    ),
    (
        "POST",
        "/v1/object/payment",
        r#"{"AccountId":"A0000000{n}","Amount":{n}.50,"EffectiveDate":"2026-11-01","PaymentMethodId":"cash","Status":"Processed","Type":"External"}"#,
    ),
    (
        "POST",
        "/v1/action/create",
        r#"{"type":"Account","objects":[{"Name":"a{n}","AccountNumber":"N{n}","Currency":"EUR","Status":"Draft","BillCycleDay":1},{"Name":"b{n}","Currency":"EUR","Status":"Active","BillCycleDay":2}]}"#,
    ),
    (
        "POST",
        "/v1/action/update",
        r#"{"type":"Account","objects":[{"Id":"A0000000{n}","AccountNumber":"N{n}","ParentId":"A00000002"}]}"#,
    ),
    (
        "POST",
        "/v1/action/delete",
        r#"{"type":"Account","ids":["A0000000{n}"]}"#,
    ),
    (
        "POST",
        "/v1/orders",
        r#"{"existingAccountNumber":"A00000001","orderDate":"2026-11-0{n}","orderNumber":"O-{n}","subscriptions":[{"orderActions":[{"type":"CreateSubscription","triggerDates":[],"createSubscription":{"subscriptionNumber":"S{n}","terms":{"initialTerm":{"termType":"EVERGREEN"}}}}]}]}"#,
    ),
    (
        "POST",
        "/v1/orders",
        r#"{"existingAccountNumber":"A00000001","orderDate":"2026-11-0{n}","subscriptions":[{"subscriptionNumber":"S{n}","orderActions":[{"type":"CancelSubscription","triggerDates":[],"cancelSubscription":{"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"2026-12-0{n}"}}]}]}"#,
    ),
    (
        "POST",
        "/v1/async/orders",
        r#"{"existingAccountNumber":"A00000001","orderDate":"2026-11-0{n}","subscriptions":[]}"#,
    ),
    ("DELETE", "/v1/orders/O-{n}", ""),
    ("DELETE", "/v1/subscriptions/S{n}", ""),
    (
        "POST",
        "/v1/invoices",
        r#"{"accountNumber":"A00000001","invoiceDate":"2026-11-0{n}","status":"Posted","invoiceItems":[{"amount":1{n}.25,"chargeName":"c","serviceStartDate":"2026-11-01","taxItems":[{"name":"VAT","taxAmount":0.{n},"taxRate":0.1,"jurisdiction":"NO"}]}]}"#,
    ),
    (
        "POST",
        "/v1/payments",
        r#"{"accountNumber":"A0000000{n}","amount":{n}.00,"currency":"EUR","effectiveDate":"2026-11-01","type":"External","paymentMethodType":"Cash"}"#,
    ),
    (
        "PUT",
        "/v1/payments/P-0000000{n}/apply",
        r#"{"invoices":[{"invoiceId":"INV0000000{n}","amount":0.75}]}"#,
    ),
    (
        "POST",
        "/v1/credit-memos/invoice/INV0000000{n}",
        r#"{"autoPost":true,"items":[]}"#,
    ),
    ("PUT", "/v1/invoices/INV0000000{n}/write-off", "{}"),
    ("POST", "/v1/usage", ""),
    (
        "POST",
        "/commerce/products",
        r#"{"name":"k{n}","start_date":"2026-01-01","end_date":"2027-01-01"}"#,
    ),
    (
        "POST",
        "/objects/definitions/default",
        r#"{"label":"L{n}","object":"thing{n}","properties":{"size__c":{"type":"string","label":"s","maxLength":9}}}"#,
    ),
    (
        "POST",
        "/objects/records/default/thing{n}",
        r#"{"records":[{"size__c":"{n}"}]}"#,
    ),
    (
        "POST",
        "/v1/object/export",
        r#"{"Query":"select Id from Account","Format":"csv","Name":"e{n}"}"#,
    ),
];

#[tokio::test]
async fn what_was_written_through_any_door_comes_back() {
    let schedules = std::env::var("ZUORA_TEST_SCHEDULES").ok();
    let schedules = schedules.and_then(|count| count.parse().ok());
    let rounds: u64 = schedules.map_or(4, |count: u64| count / 20);
    let mut carried_out = 0;
    for seed in 0..rounds {
        let mut draw = fastrand::Rng::with_seed(seed);
        let sim = frozen().tenant_version("2025-08-12").build().unwrap();
        let api = Api::new(&sim).await;
        for _ in 0..80 {
            let (method, path, body) = WRITES[draw.usize(..WRITES.len())];
            let n = draw.u32(1..5).to_string();
            let reply = api
                .call(method, &path.replace("{n}", &n), &body.replace("{n}", &n))
                .await;
            assert!(
                reply.status() < StatusCode::INTERNAL_SERVER_ERROR,
                "{reply:?}"
            );
            carried_out += u32::from(reply.status() == StatusCode::OK);
            if draw.u32(..9) == 0 {
                sim.clock().advance(seconds(2));
            }
        }
        let saved = sim.snapshot();
        sim.restore(&saved)
            .unwrap_or_else(|wrong| panic!("{seed}: {wrong}"));
        assert_eq!(sim.snapshot(), saved, "{seed}");
        let begun = Simulator::builder().seed(1).data(&saved).unwrap();
        let clock = sim.clock().clone();
        let begun = begun.clock(clock).build().unwrap();
        assert_eq!(begun.snapshot(), saved, "{seed}");
        // What follows finds a place beside what was there.
        let api = Api::new(&begun).await;
        let accounts = count_of(&begun, "Account");
        let account =
            r#"{"name":"n","currency":"USD","billToContact":{"firstName":"A","lastName":"L"}}"#;
        api.call("POST", "/v1/accounts", account).await;
        assert_eq!(count_of(&begun, "Account"), accounts + 1);
    }
    assert!(u64::from(carried_out) > 20 * rounds, "{carried_out}");
}

#[tokio::test]
async fn no_account_is_above_itself() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for number in ["N1", "N2", "N3"] {
        let account = format!(
            r#"{{"name":"n","accountNumber":"{number}","currency":"EUR","billToContact":{{"firstName":"A","lastName":"L"}}}}"#
        );
        api.good("POST", "/v1/accounts", &account).await;
    }
    api.good("PUT", "/v1/accounts/N2", r#"{"parentId":"N1"}"#)
        .await;
    api.good("PUT", "/v1/accounts/N3", r#"{"parentId":"N2"}"#)
        .await;
    let before = sim.snapshot();
    for (path, parent) in [("N1", "N1"), ("N1", "N3"), ("N2", "N3")] {
        let body = format!(r#"{{"parentId":"{parent}"}}"#);
        refused(
            &api,
            "PUT",
            &format!("/v1/accounts/{path}"),
            &body,
            400,
            "its own parent",
        )
        .await;
        let body = format!(r#"{{"ParentId":"{parent}"}}"#);
        let reply = api
            .call("PUT", &format!("/v1/object/account/{path}"), &body)
            .await;
        assert_eq!(reply.status(), 400, "{reply:?}");
        let body =
            format!(r#"{{"type":"Account","objects":[{{"Id":"{path}","ParentId":"{parent}"}}]}}"#);
        let reply = json(&api.call("POST", "/v1/action/update", &body).await);
        assert_eq!(
            reply.at(&["0", "Success"]),
            Some(&Json::from(false)),
            "{reply}"
        );
    }
    assert_eq!(sim.snapshot(), before);
}

/// A tenant that was written by hand.
const BY_HAND: &str = r#"{"records": {
  "Account": [{"id": "a1", "name": "Acme", "currency": "EUR", "Region__c": "north"},
              {"id": "a2", "accountNumber": "A00000001", "name": "Other", "currency": "EUR", "balance": 7, "parentId": "a1"}],
  "Contact": [{"accountId": "A00000001", "firstName": "Ana", "lastName": "Lind"}],
  "PaymentMethod": [{"accountId": "a1", "cardNumber": "4111111111111111", "securityCode": "737"}],
  "Subscription": [{"accountId": "a1", "name": "S1"}],
  "Invoice": [{"id": "i1", "accountId": "a1", "status": "Posted"},
              {"id": "i2", "accountId": "a1", "status": "Posted", "amount": 50.10, "paymentAmount": 20},
              {"id": "i3", "accountId": "a1", "amount": 1000}],
  "InvoiceItem": [{"id": "x", "invoiceId": "i1", "chargeAmount": 10.25}, {"invoiceId": "i1", "chargeAmount": 1}],
  "TaxationItem": [{"invoiceItemId": "x", "taxAmount": 0.75}],
  "Payment": [{"accountId": "a1", "amount": 5.50}]
}}"#;

#[tokio::test]
async fn what_is_not_written_by_hand_is_completed() {
    let sim = Simulator::builder().data(BY_HAND).unwrap();
    let sim = sim.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    let account = api.good("GET", "/v1/accounts/a1", "").await;
    for (path, value) in [
        ("accountNumber", "A00000002"),
        ("status", "Active"),
        ("batch", "Batch1"),
    ] {
        let told = account
            .at(&["basicInfo", path])
            .or(account.at(&["billingAndPayment", path]));
        assert_eq!(told, Some(&Json::from(value)), "{path}: {account}");
    }
    let query = "/object-query/accounts/a1";
    let account = api.good("GET", query, "").await;
    // 12.00 and 30.10 are open, 5.50 is there to be used; the draft does not count.
    for (member, value) in [
        ("totalInvoiceBalance", "42.10"),
        ("unappliedBalance", "5.50"),
        ("balance", "36.60"),
    ] {
        let told: Decimal = number(&account, &[member]).parse().unwrap();
        assert_eq!(told, value.parse().unwrap(), "{member}: {account}");
    }
    let other = api.good("GET", "/v1/accounts/A00000001", "").await;
    assert_eq!(number(&other, &["metrics", "balance"]), "7");
    assert_eq!(text(&other, &["basicInfo", "parentId"]), "a1");
    let invoice = api.good("GET", "/v1/invoices/i1", "").await;
    assert_eq!(
        number(&invoice, &["amount"]).parse::<Decimal>(),
        "12".parse()
    );
    let draft = api.good("GET", "/v1/invoices/i3", "").await;
    assert_eq!(text(&draft, &["status"]), "Draft");
    let subscription = api.good("GET", "/v1/subscriptions/S1", "").await;
    assert_eq!(text(&subscription, &["status"]), "Active");
    let contacts = api
        .good("GET", "/object-query/accounts/a2?expand[]=contacts", "")
        .await;
    assert_eq!(length(&contacts, &["contacts"]), 1, "{contacts}");

    let saved = sim.snapshot();
    assert!(!saved.contains("4111111111111111") && !saved.contains("737"));
    assert!(saved.contains("************1111"));
    sim.restore(&saved).unwrap();
    assert_eq!(sim.snapshot(), saved);
    // Money moves from there.
    let apply = r#"{"invoices":[{"invoiceId":"i1","amount":5.50}]}"#;
    api.good("PUT", "/v1/payments/P-00000001/apply", apply)
        .await;
    let account = api.good("GET", query, "").await;
    assert_eq!(
        number(&account, &["balance"]).parse::<Decimal>(),
        "36.60".parse()
    );
}

#[test]
fn what_is_wrong_by_hand_is_refused_with_its_place() {
    let sim = frozen().build().unwrap();
    let before = sim.snapshot();
    let row = |row: &str| {
        format!(
            "{{\"records\": {{\n\"Account\": [\n{{\"name\": \"a, \\\"name\\\": [\"}},\n{row}]}}}}"
        )
    };
    for (document, line, field, rule) in [
        (row(r#"{"name": 5}"#), 4, "name", "a text, not 5"),
        (
            row("{\"id\": \"x\",\n\"balance\": \"abc\"}"),
            5,
            "balance",
            "a number",
        ),
        (row(r#"{"status": "zork"}"#), 4, "status", "Active"),
        (row(r#"{"Zork": 3}"#), 4, "Zork", "not known of Account"),
        (row(r#"{"Name": "x"}"#), 4, "Name", "it is name there"),
        (
            row(r#"{"salesRep": "x"}"#),
            4,
            "salesRep",
            "it is salesRepName there",
        ),
        (row(r#"{"autoPay": "yes"}"#), 4, "autoPay", "true or false"),
        (
            row("{\"id\": \"x\"},\n{\"id\": \"x\"}"),
            5,
            "id",
            "which another Account has",
        ),
        (
            row("{\"accountNumber\": \"A1\"},\n{\"accountNumber\": \"A1\"}"),
            5,
            "accountNumber",
            "which another",
        ),
        (
            row("{\"id\": \"A1\"},\n{\"accountNumber\": \"A1\"}"),
            5,
            "accountNumber",
            "which another",
        ),
        (row(r#"{"parentId": "zork"}"#), 4, "parentId", "names zork"),
        (
            row(r#"{"id": "x", "parentId": "x"}"#),
            4,
            "parentId",
            "the account itself",
        ),
        (
            "{\"records\":{},\n\"recordz\":{}}".to_owned(),
            2,
            "recordz",
            "known are",
        ),
        (
            "{\"records\":{\"Account\":[],\n\"account\":[]}}".to_owned(),
            2,
            "account",
            "there already",
        ),
        (
            "{\"records\":{},\n\"numbers\":\"x\"}".to_owned(),
            2,
            "numbers",
            "must be an object",
        ),
        (row(r#"{"id": "a/b?c"}"#), 4, "id", "letters, digits"),
        (row(r#"{"currency": "ZZZ"}"#), 4, "currency", "ISO 4217"),
        (
            row(r#"{"balance": 1e400}"#),
            4,
            "balance",
            "at most 15 digits",
        ),
        (
            "{\"records\":{},\"numbers\":{\n\"Account\":\"x\"}}".to_owned(),
            2,
            "Account",
            "whole number",
        ),
    ] {
        let wrong = sim.restore(&document).unwrap_err();
        assert_eq!(wrong.field(), field, "{wrong}");
        assert!(
            wrong.rule().contains(&format!("in line {line} ")),
            "{document}: {wrong}"
        );
        assert!(wrong.rule().contains(rule), "{wrong}");
        assert!(Simulator::builder().data(&document).is_err());
        assert_eq!(sim.snapshot(), before);
    }
    // A snapshot has members of its own, and values of the right types all the same.
    let own = r#"{"format":1,"records":{"Account":[{"id":"x","zork":1,"name":"n"}]}}"#;
    sim.restore(own).unwrap();
    let wrong = own.replace("\"n\"", "7");
    assert_eq!(sim.restore(&wrong).unwrap_err().field(), "name");
}

#[tokio::test]
async fn records_that_contradict_each_other_are_refused() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let data = |kind: &str, row: &str| {
        format!(
            "{{\"records\":{{\"Account\":[{{\"id\":\"a\",\"currency\":\"EUR\"}}],\n\"{kind}\":[\n{row}]}}}}"
        )
    };
    let item = r#"],"InvoiceItem":[{"invoiceId":"i","chargeAmount":99}"#;
    for (kind, row, field, rule) in [
        (
            "Invoice",
            r#"{"accountId":"a","currency":"USD"}"#,
            "currency",
            "of the account, EUR",
        ),
        (
            "Subscription",
            r#"{"accountId":"a","currency":"USD"}"#,
            "currency",
            "of the account, EUR",
        ),
        (
            "Invoice",
            r#"{"accountId":"a","amount":100,"balance":5000}"#,
            "balance",
            "must be 100,",
        ),
        (
            "DebitMemo",
            r#"{"accountId":"a","totalAmount":100,"paymentAmount":30,"balance":100}"#,
            "balance",
            "must be 70,",
        ),
        (
            "Invoice",
            &format!(r#"{{"id":"i","accountId":"a","amount":100}}{item}"#),
            "amountWithoutTax",
            "must be 99, the sum of its items",
        ),
        (
            "Payment",
            r#"{"accountId":"a","amount":-5}"#,
            "amount",
            "must not be negative",
        ),
        (
            "Payment",
            r#"{"accountId":"a","amount":5,"appliedAmount":9,"unappliedAmount":500}"#,
            "amount",
            "must be 509,",
        ),
    ] {
        let document = data(kind, row);
        let wrong = sim.restore(&document).unwrap_err();
        assert_eq!(wrong.field(), field, "{document}: {wrong}");
        assert!(wrong.rule().contains("in line 3 "), "{wrong}");
        assert!(wrong.rule().contains(rule), "{wrong}");
    }
    // Texts of numbers are numbers.
    sim.restore(&data(
        "Payment",
        r#"{"id":"p","accountId":"a","amount":"5.50"}"#,
    ))
    .unwrap();
    let found = api.good("GET", "/object-query/payments/p", "").await;
    assert_eq!(number(&found, &["amount"]), "5.50");
    assert_eq!(number(&found, &["unappliedAmount"]), "5.50");
    assert_eq!(text(&found, &["currency"]), "EUR");
    // Neither is a snapshot in which somebody changed an amount.
    let demo = zuora_sim::Simulator::builder()
        .seed(3)
        .demo()
        .build()
        .unwrap();
    let whole = demo.snapshot();
    demo.restore(&whole).unwrap();
    let broken = whole.replacen("\"chargeAmount\":49.90", "\"chargeAmount\":49.91", 1);
    assert_ne!(broken, whole);
    assert!(demo.restore(&broken).is_err());
    assert_eq!(demo.snapshot(), whole);
}
