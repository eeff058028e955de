//! Null in `/v1` REST: taken for what need not be there, and printed for what has no value.

use crate::{support::*, tenant::account};
use std::collections::BTreeSet;
use zuora_catalog::{Direction, Kind, Shape, Type};
use zuora_wire::{Json, Object};

/// An account with a card, a subscription and an invoice.
fn one() -> zuora_sim::Simulator {
    frozen().tenant_version("2025-08-12").build().unwrap()
}

async fn refusal(api: &Api<'_>, method: &str, path: &str, body: &str) -> String {
    let reply = api.call(method, path, body).await;
    assert_eq!(reply.status(), 400, "{method} {path}: {reply:?}");
    text(&json(&reply), &["reasons", "0", "message"]).to_owned()
}

#[tokio::test]
async fn a_change_clears_texts_and_leaves_numbers() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (_, above) = account(&api).await;
    let (id, number) = account(&api).await;
    let path = format!("/v1/accounts/{number}");
    let body = format!(
        r#"{{"notes":"a","crmId":"","salesRep":"b","parentId":"{above}","billCycleDay":7,"autoPay":true,
            "billToContact":{{"firstName":"Ida","lastName":"Berg","city":"Oslo","state":"x"}}}}"#
    );
    api.good("PUT", &path, &body).await;
    let body = r#"{"notes":null,"salesRep":"","parentId":null,"billCycleDay":null,"autoPay":null,
        "defaultPaymentMethodId":null,"taxInfo":null,"Region__c":null,"billToContact":{"firstName":"Ida","lastName":"Berg","city":null}}"#;
    api.good("PUT", &path, body).await;

    let read = api.good("GET", &path, "").await;
    let at = |part: &str, name: &str| read.at(&[part, name]).cloned();
    let of_account = |name| at("basicInfo", name);
    assert_eq!(of_account("notes"), Some(Json::Null));
    assert_eq!(of_account("salesRep"), Some("".into()));
    assert_eq!(of_account("crmId"), Some("".into()));
    assert_eq!(of_account("parentId"), Some(Json::Null));
    assert_eq!(of_account("Region__c"), Some(Json::Null));
    assert_eq!(of_account("name"), Some("Hafenlicht".into()));
    let of_billing = |name| at("billingAndPayment", name);
    assert_eq!(of_billing("billCycleDay"), Some(7.into()));
    assert_eq!(of_billing("autoPay"), Some(true.into()));
    assert_eq!(of_billing("defaultPaymentMethodId"), Some(Json::Null));
    assert_eq!(at("billToContact", "city"), Some(Json::Null));
    assert_eq!(at("billToContact", "state"), Some("x".into()));

    // What was above it does not know it any more, nor is the card gone.
    let family = format!("/object-query/accounts?filter[]=parentId.EQ:null&filter[]=id.EQ:{id}");
    let found = api.good("GET", &family, "").await;
    assert_eq!(found.get("data").unwrap().as_array().unwrap().len(), 1);
    let cards = format!("/v1/payment-methods/credit-cards/accounts/{number}");
    let cards = api.good("GET", &cards, "").await;
    let card = cards.at(&["creditCards", "0"]).unwrap();
    assert_eq!(
        (card.get("defaultPaymentMethod"), text(card, &["cardType"])),
        (Some(&false.into()), "Visa")
    );
}

#[tokio::test]
async fn what_no_record_is_without_is_not_cleared() {
    let sim = one();
    let api = Api::new(&sim).await;
    let before = sim.snapshot();
    for (path, body, named) in [
        (
            "/v1/accounts/A00000001",
            r#"{"notes":"n","name":null}"#,
            "name: is null",
        ),
        (
            "/v1/accounts/A00000001",
            r#"{"notes":"n","billToContactId":null}"#,
            "billToContactId: is null",
        ),
        (
            "/v1/accounts/A00000001",
            r#"{"billToContact":{"firstName":"a","lastName":null}}"#,
            "billToContact.lastName: is required",
        ),
        (
            "/v1/subscriptions/A-S00000001",
            r#"{"notes":"n","termStartDate":null}"#,
            "termStartDate: is null",
        ),
    ] {
        let told = refusal(&api, "PUT", path, body).await;
        assert!(told.contains(named), "{path}: {told}");
        assert_eq!(sim.snapshot(), before, "{path} {body}");
    }
}

#[tokio::test]
async fn for_what_is_new_a_null_is_nothing() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let body = r#"{"name":"n","currency":"EUR","notes":null,"billCycleDay":null,"autoPay":null,"parentId":null,
        "accountNumber":null,"batch":null,"paymentMethod":null,"soldToContact":null,"Region__c":null,
        "billToContact":{"firstName":"a","lastName":"b","city":null}}"#;
    api.good("POST", "/v1/accounts", body).await;
    let bare = r#"{"name":"n","currency":"EUR","billToContact":{"firstName":"a","lastName":"b"}}"#;
    api.good("POST", "/v1/accounts", bare).await;
    let members = async |number: &str| {
        let path = format!("/object-query/accounts/{number}?expand[]=billTo");
        let mut read = api.good("GET", &path, "").await.to_string();
        for (own, other) in [("A00000001", "A"), ("A00000002", "A")] {
            read = read.replace(own, other);
        }
        let read = Json::parse(read.as_bytes()).unwrap();
        let mut found = Vec::new();
        for (name, value) in read.as_object().unwrap().iter() {
            if !name.ends_with("Id") && name != "id" && name != "billTo" {
                found.push((name.to_owned(), value.to_string()));
            }
        }
        assert_eq!(read.at(&["billTo", "city"]), None);
        found
    };
    assert_eq!(members("A00000001").await, members("A00000002").await);

    let told = refusal(
        &api,
        "POST",
        "/v1/accounts",
        r#"{"name":"n","currency":null,"billToContact":{"firstName":"a","lastName":"b"}}"#,
    )
    .await;
    assert!(told.contains("currency: is required"), "{told}");
}

#[tokio::test]
async fn no_amount_is_nothing_by_a_null() {
    let sim = one();
    let api = Api::new(&sim).await;
    let payment = PAYMENT.replace("1.00", "null");
    let told = refusal(&api, "POST", "/v1/payments", &payment).await;
    assert!(told.contains("amount: is required"), "{told}");
    let memo = r#"{"accountNumber":"A00000001","currency":"EUR","effectiveDate":"2026-11-01",
        "charges":[{"chargeId":null,"amount":null}]}"#;
    let reply = api.call("POST", "/v1/credit-memos", memo).await;
    assert_eq!(reply.status(), 400, "{reply:?}");

    let invoices = "/v1/invoices";
    let body = r#"{"accountNumber":"A00000001","invoiceDate":"2026-11-01","comments":null,
        "invoiceItems":[{"amount":10.00,"chargeName":"a","serviceStartDate":"2026-11-01","quantity":null,"sku":null}]}"#;
    let made = api.good("POST", invoices, body).await;
    let path = format!("{invoices}/{}", text(&made, &["id"]));
    let items = api.good("GET", &format!("{path}/items"), "").await;
    let item = text(&items, &["invoiceItems", "0", "id"]).to_owned();
    let body = format!(
        r#"{{"comments":null,"invoiceItems":[{{"id":"{item}","amount":null,"quantity":null,"description":null}}]}}"#
    );
    api.good("PUT", &path, &body).await;
    let items = api.good("GET", &format!("{path}/items"), "").await;
    let read = items.at(&["invoiceItems", "0"]).unwrap();
    assert_eq!(text(read, &["chargeAmount"]), "10.00");
    assert_eq!(read.get("quantity"), Some(&1.into()));
    let read = api.good("GET", &path, "").await;
    assert_eq!(read.get("amount").unwrap().to_string(), "10.00");
    let told = refusal(&api, "PUT", &path, r#"{"dueDate":null}"#).await;
    assert!(told.contains("dueDate: is null"), "{told}");
}

#[tokio::test]
async fn other_families_take_null_as_before() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, _) = account(&api).await;
    let path = format!("/v1/object/account/{id}");
    let reply = api.call("PUT", &path, r#"{"Notes":null}"#).await;
    assert_eq!(reply.status(), 400);
    assert!(json(&reply).to_string().contains("Notes: is null"));
    let body = format!(r#"{{"type":"Account","objects":[{{"Id":"{id}","Notes":null}}]}}"#);
    let outcomes = json(&api.call("POST", "/v1/action/update", &body).await);
    assert_eq!(outcomes.at(&["0", "Success"]), Some(&false.into()));
}

/// A body with null for all that is not required, in objects too that are sent.
fn nulls(ty: Type) -> Json {
    let mut body = Object::new();
    if let Some(Shape::Object(fields)) = ty.schema().map(zuora_catalog::Schema::shape) {
        for field in fields.iter().filter(|field| !field.is_required()) {
            body.insert(field.name(), Json::Null);
        }
    }
    body.into()
}

/// The numbers and flags of all records.
fn numbers(sim: &zuora_sim::Simulator) -> Vec<String> {
    let snapshot = Json::parse(sim.snapshot().as_bytes()).unwrap();
    let mut found = Vec::new();
    for (kind, rows) in snapshot.get("records").unwrap().as_object().unwrap().iter() {
        for row in rows.as_array().unwrap() {
            for (name, value) in row.as_object().unwrap().iter() {
                if matches!(value, Json::Number(_) | Json::Bool(_)) {
                    found.push(format!("{kind} {} {name} {value}", text(row, &["id"])));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn changes_of_nothing_but_nulls_move_no_number() {
    let sim = one();
    let api = Api::new(&sim).await;
    api.good("POST", "/v1/payments", PAYMENT).await;
    let read = api.good("GET", "/object-query/contacts", "").await;
    let contact = text(&read, &["data", "0", "id"]).to_owned();
    let read = api.good("GET", "/object-query/payments", "").await;
    let payment = text(&read, &["data", "0", "id"]).to_owned();
    let read = api.good("GET", "/object-query/invoices", "").await;
    let invoice = text(&read, &["data", "0", "id"]).to_owned();
    let read = api.good("GET", "/object-query/payment-methods", "").await;
    let method = text(&read, &["data", "0", "id"]).to_owned();
    let before = numbers(&sim);
    assert!(before.len() > 20, "{before:?}");
    for path in [
        "/v1/accounts/A00000001".to_owned(),
        format!("/v1/contacts/{contact}"),
        format!("/v1/payments/{payment}"),
        format!("/v1/invoices/{invoice}"),
        format!("/v1/payment-methods/{method}"),
    ] {
        let operation = zuora_catalog::find("PUT", &path).unwrap().operation();
        let body = nulls(operation.body().unwrap().ty.unwrap());
        for name in body.as_object().unwrap().iter().map(|(name, _)| name) {
            let alone = Json::object([(name, Json::Null)]).to_string();
            let reply = api.call("PUT", &path, &alone).await;
            let told = text(&json(&reply), &["reasons", "0", "message"]).to_owned();
            let is_kept = reply.status() == 400 && told.contains("is null, and no ");
            assert!(reply.status() == 200 || is_kept, "{path} {name}: {told}");
            assert_eq!(numbers(&sim), before, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn reads_print_null_for_what_has_no_value() {
    let sim = one();
    let api = Api::new(&sim).await;
    api.good("POST", "/v1/payments", PAYMENT).await;
    api.good("POST", "/v1/orders", ORDER).await;
    let mut seen = 0;
    for (path, row) in [
        ("/v1/accounts/A00000001", &["basicInfo"] as &[_]),
        ("/v1/accounts/A00000001", &["billToContact"]),
        ("/v1/accounts/A00000001/summary", &["invoices", "0"]),
        ("/v1/subscriptions/A-S00000001", &[]),
        ("/v1/subscriptions/A-S00000001", &["ratePlans", "0"]),
        (
            "/v1/subscriptions/accounts/A00000001",
            &["subscriptions", "0"],
        ),
        ("/v1/payments", &["payments", "0"]),
        ("/v1/orders", &["orders", "0"]),
        ("/v1/orders/O-00000001", &["order"]),
        ("/v1/catalog/products", &["products", "0"]),
    ] {
        let read = api.good("GET", path, "").await;
        let found = zuora_catalog::find("GET", path).unwrap();
        let mut ty = found.operation().reply(200).unwrap().ty.unwrap();
        for step in row {
            if step.parse::<usize>().is_err() {
                let Some(Shape::Object(fields)) = ty.schema().map(zuora_catalog::Schema::shape)
                else {
                    panic!("{path} {step}");
                };
                ty = fields.get(step).unwrap().ty();
            }
        }
        let Some(Shape::Object(fields)) = ty.schema().map(zuora_catalog::Schema::shape) else {
            panic!("{path}");
        };
        let record = read.at(row).unwrap_or_else(|| panic!("{path}: {read}"));
        let mut of_record = BTreeSet::new();
        for field in fields.iter() {
            let value = record.get(field.name());
            match field.ty().kind() {
                Kind::Array(_) | Kind::Map(_) | Kind::Object => {
                    assert_ne!(value, Some(&Json::Null), "{path} {}", field.name());
                }
                Kind::String | Kind::Number | Kind::Date | Kind::Boolean
                    if !["success", "processId", "requestId", "nextPage"]
                        .contains(&field.name()) =>
                {
                    assert!(value.is_some(), "{path} {}: {record}", field.name());
                    if value == Some(&Json::Null) {
                        of_record.insert(field.name());
                    }
                }
                _ => {}
            }
        }
        seen += of_record.len();
        for name in ["processId", "requestId", "nextPage", "reasons"] {
            assert_eq!(read.get(name), None, "{path}");
        }
        assert_eq!(read.get("success"), Some(&true.into()), "{path}");
        let again = api.call("GET", path, "").await;
        assert_eq!(json(&again), read);
    }
    assert!(seen > 50, "{seen}");
    // What is answered to a write is as it was.
    let made = api.good("POST", "/v1/payments", PAYMENT).await;
    assert!(!made.to_string().contains("null"), "{made}");
    let crud = api
        .good("GET", "/object-query/accounts/A00000001", "")
        .await;
    assert!(!crud.to_string().contains("null"), "{crud}");
}

#[tokio::test]
async fn the_openapi_document_allows_these_nulls() {
    let sim = frozen().start().await.unwrap();
    let (_, document) = http(&sim, "GET", "/_sim/openapi.json", &[], "").await;
    let document = Json::parse(body_of(&document).as_bytes()).unwrap();
    let types = |schema: &str, member: &str| {
        let at = ["components", "schemas", schema, "properties", member];
        document.at(&at).unwrap().to_string()
    };
    assert!(types("AccountBasicInfo", "notes").contains(r#"["string","null"]"#));
    let ty = zuora_catalog::schema("AccountBasicInfo").unwrap();
    let read = Json::object([("notes", Json::Null)]);
    assert!(ty.check(&read, Direction::Reply).is_spotless());
}
