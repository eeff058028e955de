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
    assert_eq!(count_of(&sim, "Account"), 3);
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
async fn actions_refuse_unknown_members_when_they_are_told_to() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, _) = account(&api).await;
    let known = r#"{"Name":"n","Currency":"EUR","BillCycleDay":1,"Status":"Draft","X__c":2}"#;
    let create = |objects: &str| format!(r#"{{"type":"Account","objects":[{objects}]}}"#);
    // One of them is enough, and none is made.
    for (action, body) in [
        (
            "create",
            create(&format!(r#"{known},{{"Name":"m","Zork":1}}"#)),
        ),
        (
            "create",
            r#"{"type":"account","objects":[{"Zork":1}]}"#.to_owned(),
        ),
        (
            "create",
            r#"{"type":"UnitOfMeasure","objects":[{"Zork":1}]}"#.to_owned(),
        ),
        (
            "update",
            create(&format!(r#"{{"Id":"{id}","Name":"m","Zork":1}}"#)),
        ),
        (
            "delete",
            format!(r#"{{"type":"Account","ids":["{id}"],"Zork":1}}"#),
        ),
    ] {
        let path = format!("/v1/action/{action}?rejectUnknownFields=true");
        let reply = api.call("POST", &path, &body).await;
        assert_eq!(reply.status(), 400, "{body}");
        let told = json(&reply).to_string();
        assert_eq!(
            told, r#"{"message":"Error - unrecognised fields"}"#,
            "{body}"
        );
    }
    assert_eq!(count_of(&sim, "Account"), 1);
    let path = "/v1/action/create?rejectUnknownFields=true";
    let outcomes = api.good("POST", path, &create(known)).await;
    assert_eq!(outcomes.at(&["0", "Success"]), Some(&Json::from(true)));
    let change = create(&format!(r#"{{"Id":"{id}","Name":"Ost"}}"#));
    let path = "/v1/action/update?rejectUnknownFields=true";
    let outcomes = api.good("POST", path, &change).await;
    assert_eq!(text(&outcomes, &["0", "Id"]), id);
}

#[tokio::test]
async fn names_of_custom_fields_end_in_a_small_c() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, number) = account(&api).await;
    let path = format!("/v1/accounts/{number}");
    let reply = api.call("PUT", &path, r#"{"segment__C":"x"}"#).await;
    assert_eq!(
        (reply.status().as_u16(), code(&reply)),
        (400, Some(50_000_021))
    );
    let told = json(&reply);
    let told = text(&told, &["reasons", "0", "message"]);
    assert!(told.starts_with("segment__C: "), "{told}");
    api.good("PUT", &path, r#"{"segment__c":"y"}"#).await;
    // CRUD ignores it, unless it is not to.
    let crud = format!("/v1/object/account/{id}");
    let change = r#"{"segment__C":"x","Segment__c":"z"}"#;
    let strict = format!("{crud}?rejectUnknownFields=true");
    let reply = api.call("PUT", &strict, change).await;
    assert_eq!(reply.status(), 400);
    api.good("PUT", &crud, change).await;
    let read = api.good("GET", &crud, "").await;
    assert_eq!(read.get("segment__C"), None);
    assert_eq!(text(&read, &["segment__c"]), "y");
    assert_eq!(text(&read, &["Segment__c"]), "z");
    let query = r#"{"queryString":"select segment__C from Account"}"#;
    let reply = api.call("POST", "/v1/action/query", query).await;
    assert_eq!(text(&json(&reply), &["FaultCode"]), "INVALID_FIELD");
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
