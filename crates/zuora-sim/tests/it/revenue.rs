//! The monthly revenue of an account is that of its subscriptions, whatever becomes of them.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};

/// What an account brings in a month, of which both doors say the same.
async fn revenue(api: &Api<'_>, account: &str) -> String {
    let key = format!("/v1/accounts/{account}");
    let seen = api.good("GET", &key, "").await;
    let told = number(&seen, &["metrics", "contractedMrr"]);
    let id = text(&seen, &["basicInfo", "id"]).to_owned();
    let found = format!("/object-query/accounts/{id}");
    let found = api.good("GET", &found, "").await;
    assert_eq!(number(&found, &["mrr"]), told);
    told
}

#[tokio::test]
async fn an_account_brings_in_what_its_subscriptions_do() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let heir = r#"{"name":"h","currency":"EUR","billToContact":{"firstName":"a","lastName":"b"}}"#;
    api.good("POST", "/v1/accounts", heir).await;
    let both = async || {
        let first = revenue(&api, "A00000001").await;
        (first, revenue(&api, "A00000002").await)
    };
    let are = |first: &str, second: &str| (first.to_owned(), second.to_owned());

    order(&api, "", &create(&basic)).await;
    order(&api, "", &create(&seats)).await;
    assert_eq!(both().await, are("17.00", "0"));
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    assert_eq!(both().await, are("23.50", "0"));
    let transfer =
        r#"{"type":"OwnerTransfer","ownerTransfer":{"destinationAccountNumber":"A00000002"}}"#;
    order(&api, "A-S00000001", transfer).await;
    assert_eq!(both().await, are("6.50", "17.00"));
    // Taken back, the transfer and what was added before it.
    api.good("DELETE", "/v1/orders/O-00000004", "").await;
    assert_eq!(both().await, are("23.50", "0"));
    api.good("DELETE", "/v1/orders/O-00000003", "").await;
    assert_eq!(both().await, are("17.00", "0"));
    let cancel = r#"{"type":"CancelSubscription","cancelSubscription":{"cancellationPolicy":"EndOfCurrentTerm"}}"#;
    order(&api, "A-S00000002", cancel).await;
    assert_eq!(both().await, are("10.50", "0"));
    api.good("PUT", "/v1/subscriptions/A-S00000002/delete", "")
        .await;
    assert_eq!(both().await, are("10.50", "0"));
}

#[tokio::test]
async fn data_written_by_hand_adds_up_to_it() {
    let data = r#"{"records":{"Account":[{"id":"a1"},{"id":"a2","mrr":1}],
        "Subscription":[{"id":"s1","accountId":"a1","cMRR":2.50,"isLatestVersion":false},
        {"id":"s2","accountId":"a1","cMRR":3.50},{"id":"s3","accountId":"a1","cMRR":4},
        {"id":"s4","accountId":"a2","cMRR":5}]}}"#;
    let sim = zuora_sim::Simulator::builder().data(data).unwrap();
    let sim = sim.build().unwrap();
    let api = Api::new(&sim).await;
    for (id, mrr) in [("a1", "7.50"), ("a2", "1")] {
        let path = format!("/object-query/accounts/{id}");
        let found = api.good("GET", &path, "").await;
        assert_eq!(number(&found, &["mrr"]), mrr);
    }
}
