//! Numbers are numbers, however they were written, and none is too large to be added.

use crate::support::*;

/// An account and its id.
async fn account(api: &Api<'_>) -> String {
    let account =
        r#"{"name":"n","currency":"USD","billToContact":{"firstName":"a","lastName":"b"}}"#;
    let made = api.good("POST", "/v1/accounts", account).await;
    text(&made, &["accountId"]).to_owned()
}

async fn query(api: &Api<'_>, query: &str) -> String {
    let body = format!(r#"{{"queryString":"{query}"}}"#);
    let found = api.good("POST", "/v1/action/query", &body).await;
    number(&found, &["size"])
}

#[tokio::test]
async fn numbers_that_are_sent_as_texts_are_kept_as_numbers() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let account = account(&api).await;
    let payment = format!(
        r#"{{"accountId":"{account}","amount":"1.10","currency":"USD","effectiveDate":"2026-01-01","type":"External"}}"#
    );
    let made = api.good("POST", "/v1/payments", &payment).await;
    assert_eq!(number(&made, &["amount"]), "1.10");
    let usage = format!(
        r#"{{"AccountId":"{account}","Quantity":"5.50","UOM":"GB","StartDateTime":"2026-01-01T00:00:00Z"}}"#
    );
    let made = api.good("POST", "/v1/object/usage", &usage).await;
    let path = format!("/v1/object/usage/{}", text(&made, &["Id"]));
    let seen = api.good("GET", &path, "").await;
    assert_eq!(number(&seen, &["Quantity"]), "5.50");
    for (from, condition) in [
        ("Payment", "Amount = 1.1"),
        ("Payment", "Amount = 1.10"),
        ("Usage", "Quantity = 5.5"),
    ] {
        let found = query(&api, &format!("select Id from {from} where {condition}")).await;
        assert_eq!(found, "1", "{condition}");
    }
}

#[tokio::test]
async fn numbers_that_nothing_can_be_added_to_are_refused_by_every_door() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let account = account(&api).await;
    for quantity in ["1e400", "\"1e400\"", "1234567890123456", "0.1234567891"] {
        let usage = format!(
            r#"{{"AccountId":"{account}","Quantity":{quantity},"UOM":"GB","StartDateTime":"2026-01-01T00:00:00Z"}}"#
        );
        let reply = api.call("POST", "/v1/object/usage", &usage).await;
        let told = String::from_utf8_lossy(reply.body()).into_owned();
        assert_eq!(reply.status(), 400, "{told}");
        assert!(
            told.contains("quantity must have at most 15 digits"),
            "{told}"
        );
    }
    assert_eq!(count_of(&sim, "Usage"), 0);
}

#[tokio::test]
async fn an_account_with_something_on_it_keeps_its_currency() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let account = account(&api).await;
    let path = format!("/v1/object/account/{account}");
    api.good("PUT", &path, r#"{"Currency":"EUR"}"#).await;
    let payment = format!(
        r#"{{"accountId":"{account}","amount":100,"currency":"EUR","effectiveDate":"2026-01-01","type":"External"}}"#
    );
    api.good("POST", "/v1/payments", &payment).await;
    let reply = api.call("PUT", &path, r#"{"Currency":"USD"}"#).await;
    let told = String::from_utf8_lossy(reply.body()).into_owned();
    assert!(
        told.contains("the account keeps EUR, since it has a Payment"),
        "{told}"
    );
    let body = format!(r#"{{"type":"Account","objects":[{{"Id":"{account}","Currency":"GBP"}}]}}"#);
    let told = api.good("POST", "/v1/action/update", &body).await;
    assert_eq!(told.at(&["0", "Success"]), Some(&false.into()));
    api.good("PUT", &path, r#"{"Currency":"EUR","Name":"m"}"#)
        .await;
}
