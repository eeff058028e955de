//! Requests for subscriptions and accounts that bill and collect at once.

use crate::{subscriptions::prepared, support::*};
use zuora_wire::Json;

/// A subscription to a plan, with these members more.
fn subscribe(plan: &str, more: &str) -> String {
    format!(
        r#"{{"accountKey":"A00000001","termType":"TERMED","initialTerm":12,"renewalTerm":12,"contractEffectiveDate":"2026-01-01","subscribeToRatePlans":[{{"productRatePlanId":"{plan}"}}]{more}}}"#
    )
}

/// A card for the account, by which it pays.
async fn card(api: &Api<'_>) {
    let card = r#"{"accountKey":"A00000001","type":"CreditCard","cardType":"Visa","cardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2030,"cardHolderInfo":{"cardHolderName":"n"},"makeDefault":true}"#;
    api.good("POST", "/v1/payment-methods", card).await;
}

async fn balance(api: &Api<'_>) -> String {
    let seen = api.good("GET", "/v1/accounts/A00000001", "").await;
    number(&seen, &["metrics", "balance"])
}

#[tokio::test]
async fn a_new_subscription_is_billed_and_paid() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let made = api
        .good("POST", "/v1/subscriptions", &subscribe(&basic, ""))
        .await;
    assert_eq!(number(&made, &["contractedMrr"]), "10.50");
    assert_eq!(number(&made, &["totalContractedValue"]), "126.00");
    assert!(made.get("invoiceId").is_none());

    let bills = r#","runBilling":true,"targetDate":"2026-02-15","documentDate":"2026-02-01""#;
    let made = api
        .good("POST", "/v1/subscriptions", &subscribe(&seats, bills))
        .await;
    let invoice = format!("/v1/invoices/{}", text(&made, &["invoiceId"]));
    let seen = api.good("GET", &invoice, "").await;
    assert_eq!(number(&seen, &["amount"]), "13.00");
    assert_eq!(text(&seen, &["status"]), "Posted");
    assert_eq!(text(&seen, &["invoiceDate"]), "2026-02-01");
    assert_eq!(text(&seen, &["targetDate"]), "2026-02-15");
    assert!(made.get("paymentId").is_none());
    assert_eq!(balance(&api).await, "13.00");

    // Nothing is made if it cannot be paid.
    let collects = subscribe(&basic, r#","runBilling":true,"collect":true"#);
    let rule = "no default payment method";
    refused(&api, "POST", "/v1/subscriptions", &collects, 400, rule).await;
    assert_eq!(count_of(&sim, "Subscription"), 2);
    assert_eq!(count_of(&sim, "Invoice"), 1);
    card(&api).await;
    let made = api.good("POST", "/v1/subscriptions", &collects).await;
    assert_eq!(number(&made, &["paidAmount"]), "10.50");
    let payment = format!("/v1/payments/{}", text(&made, &["paymentId"]));
    let seen = api.good("GET", &payment, "").await;
    assert_eq!(number(&seen, &["appliedAmount"]), "10.50");
    let invoice = format!("/v1/invoices/{}", text(&made, &["invoiceId"]));
    let seen = api.good("GET", &invoice, "").await;
    assert_eq!(number(&seen, &["balance"]), "0.00");
    assert_eq!(balance(&api).await, "13.00");

    for (more, rule) in [
        (r#","collect":true"#, "unless it is billed"),
        (
            r#","runBilling":true,"applyCreditBalance":true"#,
            "applyCreditBalance",
        ),
        (
            r#","runBilling":true,"applyCredit":true,"applicationOrder":["Luck"]"#,
            "Luck",
        ),
    ] {
        let body = subscribe(&basic, more);
        refused(&api, "POST", "/v1/subscriptions", &body, 400, rule).await;
    }
    assert_eq!(count_of(&sim, "Subscription"), 3);
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn credit_is_applied_before_anything_is_collected() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    card(&api).await;
    let paid = r#"{"accountNumber":"A00000001","amount":4.00,"currency":"EUR","effectiveDate":"2026-01-01","type":"External","paymentMethodType":"Cash"}"#;
    api.good("POST", "/v1/payments", paid).await;
    let more = r#","runBilling":true,"applyCredit":true,"collect":true"#;
    let made = api
        .good("POST", "/v1/subscriptions", &subscribe(&basic, more))
        .await;
    assert_eq!(number(&made, &["paidAmount"]), "6.50");
    assert_eq!(balance(&api).await, "0.00");
}

#[tokio::test]
async fn changes_of_a_subscription_are_billed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    card(&api).await;
    api.good("POST", "/v1/subscriptions", &subscribe(&basic, ""))
        .await;
    let path = "/v1/subscriptions/A-S00000001";
    let add = format!(
        r#"{{"add":[{{"productRatePlanId":"{seats}","contractEffectiveDate":"2026-01-01"}}],"invoice":true,"collect":true,"preview":false}}"#
    );
    let looked = add.replace(r#""preview":false"#, r#""preview":true"#);
    let seen = api.good("PUT", path, &looked).await;
    assert!(seen.get("invoiceId").is_none());
    assert_eq!(count_of(&sim, "Invoice"), 0);
    let made = api.good("PUT", path, &add).await;
    assert_eq!(number(&made, &["paidAmount"]), "17.00");
    assert_eq!(number(&made, &["totalDeltaMrr"]), "6.50");

    // Each of the next months is billed by another step.
    for (step, body, month) in [
        ("renew", r#"{"runBilling":true"#, 2),
        (
            "suspend",
            r#"{"suspendPolicy":"SpecificDate","suspendSpecificDate":"2026-06-01","runBilling":true"#,
            3,
        ),
        (
            "resume",
            r#"{"resumePolicy":"SpecificDate","resumeSpecificDate":"2026-06-01","runBilling":true"#,
            4,
        ),
        (
            "cancel",
            r#"{"cancellationPolicy":"EndOfCurrentTerm","runBilling":true"#,
            5,
        ),
    ] {
        let body = format!(r#"{body},"targetDate":"2026-0{month}-01"}}"#);
        let made = api.good("PUT", &format!("{path}/{step}"), &body).await;
        let invoice = format!("/v1/invoices/{}", text(&made, &["invoiceId"]));
        let seen = api.good("GET", &invoice, "").await;
        assert_eq!(number(&seen, &["amount"]), "17.00", "{step}");
        assert_eq!(text(&seen, &["targetDate"]), format!("2026-0{month}-01"));
    }
    assert_eq!(balance(&api).await, "68.00");
}

#[tokio::test]
async fn an_account_is_made_with_its_subscription() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let body = |plan: &str, more: &str| {
        format!(
            r#"{{"name":"Acme","currency":"EUR","billToContact":{{"firstName":"Ana","lastName":"Lind"}},"creditCard":{{"cardHolderInfo":{{"cardHolderName":"Ana Lind","addressLine1":"a","city":"c","country":"Norway","state":"s","zipCode":"1"}},"cardNumber":"4111111111111111","cardType":"Visa","expirationMonth":"12","expirationYear":"2030"}},"subscription":{{"termType":"TERMED","initialTerm":12,"renewalTerm":3,"autoRenew":true,"contractEffectiveDate":"2026-01-01","subscribeToRatePlans":[{{"productRatePlanId":"{plan}"}}]}}{more}}}"#
        )
    };
    let made = api.good("POST", "/v1/accounts", &body(&basic, "")).await;
    assert_eq!(text(&made, &["subscriptionNumber"]), "A-S00000001");
    assert_eq!(text(&made, &["contractedMrr"]), "10.50");
    assert_eq!(text(&made, &["totalContractedValue"]), "126.00");
    assert!(made.get("invoiceId").is_none());
    let path = format!("/v1/subscriptions/{}", text(&made, &["subscriptionId"]));
    let seen = api.good("GET", &path, "").await;
    assert_eq!(
        text(&seen, &["accountNumber"]),
        text(&made, &["accountNumber"])
    );
    assert_eq!(text(&seen, &["termEndDate"]), "2027-01-01");
    assert_eq!(number(&seen, &["renewalTerm"]), "3");
    assert_eq!(length(&seen, &["ratePlans"]), 1);

    let bills = r#","runBilling":true,"collect":true,"targetDate":"2026-02-01""#;
    let made = api.good("POST", "/v1/accounts", &body(&basic, bills)).await;
    assert_eq!(text(&made, &["paidAmount"]), "21.00");
    let payment = format!("/v1/payments/{}", text(&made, &["paymentId"]));
    let seen = api.good("GET", &payment, "").await;
    assert_eq!(text(&seen, &["accountId"]), text(&made, &["accountId"]));
    assert_eq!(count_of(&sim, "Invoice"), 1);

    // A wrong rate plan, and there is no account either.
    let before = Json::parse(sim.snapshot()).unwrap();
    let wrong = body(&"0".repeat(32), bills);
    refused(&api, "POST", "/v1/accounts", &wrong, 404, "00000000").await;
    let after = Json::parse(sim.snapshot()).unwrap();
    assert_eq!(before.get("records"), after.get("records"));
}
