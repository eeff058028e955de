//! What writes do not accept, whichever door they come through.

use crate::{support::*, tenant::account};
use zuora_wire::Json;

#[tokio::test]
async fn objects_of_actions_are_held_against_what_crud_takes() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, number) = account(&api).await;
    let outcomes = async |path: &str, objects: &str| {
        let body = format!(r#"{{"type":"Account","objects":[{objects}]}}"#);
        let reply = api.call("POST", path, &body).await;
        assert_eq!(reply.status(), 200, "{objects}");
        let outcomes = json(&reply);
        let outcomes = outcomes
            .as_array()
            .unwrap()
            .iter()
            .map(|outcome| text(outcome, &["Errors", "0", "Code"]).to_owned());
        outcomes.collect::<Vec<_>>()
    };
    let good =
        r#"{"Name":"n","Currency":"EUR","BillCycleDay":1,"Status":"Draft","Zork":1,"X__c":2}"#;
    let create = "/v1/action/create";
    let codes = outcomes(
        create,
        &format!(
            r#"{good},{{"Name":7,"Currency":["a"],"BillCycleDay":"x","Status":"Draft"}},{{"Name":"bad"}},{good}"#
        ),
    )
    .await;
    assert_eq!(codes, ["", "INVALID_VALUE", "MISSING_REQUIRED_VALUE", ""]);
    let strict = "/v1/action/create?rejectUnknownFields=true";
    assert_eq!(outcomes(strict, good).await, ["INVALID_VALUE"]);
    // What the reference does not know is ignored; custom fields are kept.
    let kept = api
        .good("GET", "/object-query/accounts/A00000002", "")
        .await;
    assert_eq!(kept.get("zork"), None);
    assert_eq!(kept.get("x__c"), Some(&Json::from(2)));

    let codes = outcomes(
        "/v1/action/update",
        &format!(
            r#"{{"Id":"{id}","Name":"Nordlicht"}},{{"Name":"nobody"}},{{"Id":"{id}","BillCycleDay":"x"}},{{"Id":"none","Name":"n"}},
            {{"Id":"{id}","fieldsToNull":["Zork"]}},{{"Id":"{id}","fieldsToNull":["Name"]}},{{"Id":"{id}","fieldsToNull":["Notes"]}}"#
        ),
    )
    .await;
    let expected = [
        "",
        "MISSING_REQUIRED_VALUE",
        "INVALID_VALUE",
        "INVALID_ID",
        "INVALID_VALUE",
        "INVALID_VALUE",
        "",
    ];
    assert_eq!(codes, expected);
    let read = api.good("GET", &format!("/v1/accounts/{number}"), "").await;
    assert_eq!(text(&read, &["basicInfo", "name"]), "Nordlicht");

    let unknown = r#"{"type":"Zork","objects":[{"Name":"n"}]}"#;
    let reply = api.call("POST", create, unknown).await;
    assert_eq!(reply.status(), 400);
    assert_eq!(text(&json(&reply), &["FaultCode"]), "INVALID_TYPE");
}

#[tokio::test]
async fn the_contact_of_an_account_is_deleted_through_no_door() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    account(&api).await;
    let contacts = api.good("GET", "/object-query/contacts", "").await;
    let id = text(&contacts, &["data", "0", "id"]);
    for path in [
        format!("/v1/contacts/{id}"),
        format!("/v1/object/contact/{id}"),
    ] {
        let reply = api.call("DELETE", &path, "").await;
        assert_eq!(reply.status(), 400, "{path}");
    }
    let body = format!(r#"{{"type":"Contact","ids":["{id}"]}}"#);
    let reply = json(&api.call("POST", "/v1/action/delete", &body).await);
    assert_eq!(text(&reply, &["0", "errors", "0", "Code"]), "INVALID_VALUE");
    assert_eq!(reply.at(&["0", "success"]), Some(&Json::from(false)));
    api.good("GET", &format!("/v1/contacts/{id}"), "").await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    account(&api).await;
    let pay = |more: &str| format!(r#"{{"accountNumber":"A00000001","amount":1,{more}}}"#);
    let card = |more: &str| {
        format!(
            r#"{{"accountKey":"A00000001","type":"CreditCard","cardType":"Visa","cardHolderInfo":{{"cardHolderName":"n"}},{more}}}"#
        )
    };
    let new = |more: &str| {
        format!(r#"{{"name":"n","billToContact":{{"firstName":"a","lastName":"b"}},{more}}}"#)
    };
    let invoice = r#"{"accountNumber":"A00000001","invoiceDate":"2026-01-01","currency":"USD","invoiceItems":[{"amount":1,"chargeName":"c","serviceStartDate":"2026-01-01"}]}"#;
    for (path, body, status, rule) in [
        (
            "/v1/payments",
            pay(r#""currency":"USD","type":"External""#),
            400,
            "that of the account, EUR",
        ),
        (
            "/v1/payments",
            pay(r#""currency":"EUR","type":"External","effectiveDate":"2026-13-01""#),
            400,
            "effectiveDate must be a date",
        ),
        (
            "/v1/payments",
            pay(r#""currency":"EUR","type":"Electronic","paymentMethodId":"nope""#),
            404,
            "nope",
        ),
        (
            "/v1/invoices",
            invoice.to_owned(),
            400,
            "that of the account, EUR",
        ),
        (
            "/v1/payment-methods",
            card(r#""cardNumber":"hello","expirationMonth":1,"expirationYear":2030"#),
            400,
            "cardNumber must be",
        ),
        (
            "/v1/payment-methods",
            card(r#""cardNumber":"4111111111111112","expirationMonth":1,"expirationYear":2030"#),
            400,
            "checks the others",
        ),
        (
            "/v1/payment-methods",
            card(
                r#""cardNumber":"4111 1111 1111 1111","expirationMonth":13,"expirationYear":2030"#,
            ),
            400,
            "expirationMonth must be from 1 to 12",
        ),
        (
            "/v1/accounts",
            new(r#""currency":"XXQ""#),
            400,
            "no currency of ISO 4217",
        ),
        (
            "/v1/accounts",
            new(r#""currency":"EUR","billCycleDay":45"#),
            400,
            "billCycleDay",
        ),
        (
            "/v1/accounts",
            new(r#""currency":"EUR","notes":"\ud83d\ude00""#),
            400,
            "notes: characters of four bytes",
        ),
        (
            "/v1/accounts",
            new(r#""currency":"EUR","notes":"a\u0000""#),
            400,
            "U+0000",
        ),
    ] {
        let before = sim.snapshot();
        let reply = api.call("POST", path, &body).await;
        let told = json(&reply);
        assert_eq!(reply.status(), status, "{body}: {told}");
        let message = text(&told, &["reasons", "0", "message"]);
        assert!(message.contains(rule), "{body}: {message}");
        assert!(!message.contains("4111"), "{message}");
        assert_eq!(sim.snapshot(), before, "{body}");
    }
    // The account's own method pays where none is named.
    api.good(
        "POST",
        "/v1/payments",
        &pay(r#""currency":"EUR","type":"Electronic""#),
    )
    .await;

    let reply = api.call("POST", "/v1/action/query1", "{}").await;
    assert_eq!(reply.status(), 400);
    let told = json(&reply);
    assert_eq!(text(&told, &["code"]), "ClientError");
    assert_eq!(text(&told, &["message"]), "Invalid action 'query1'");
}
