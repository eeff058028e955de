//! Versions of subscriptions: made by orders and updates, taken back, and what is kept with them.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};

#[tokio::test]
async fn orders_are_taken_back_the_last_one_first() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let before = sim.snapshot();
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    let suspend = r#"{"type":"Suspend","suspend":{"suspendPolicy":"Today"}}"#;
    order(&api, "A-S00000001", suspend).await;
    let read = "/v1/subscriptions/A-S00000001";

    refused(
        &api,
        "DELETE",
        "/v1/orders/O-00000002",
        "",
        400,
        "was changed after the order",
    )
    .await;
    api.good("DELETE", "/v1/orders/O-00000003", "").await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["status"]), "Active");
    assert_eq!(number(&seen, &["version"]), "2");
    assert_eq!(length(&seen, &["ratePlans"]), 2);
    let charge = text(&seen, &["ratePlans", "1", "ratePlanCharges", "0", "number"]);
    let update = format!(
        r#"{{"type":"UpdateProduct","updateProduct":{{"ratePlanId":"{}","chargeUpdates":[{{"chargeNumber":"{charge}","pricing":{{"recurringPerUnit":{{"quantity":5}}}}}}]}}}}"#,
        text(&seen, &["ratePlans", "1", "id"])
    );
    order(&api, "A-S00000001", &update).await;
    api.good("DELETE", "/v1/orders/O-00000004", "").await;
    assert_eq!(
        number(&api.good("GET", read, "").await, &["contractedMrr"]),
        "17.00"
    );
    api.good("DELETE", "/v1/orders/O-00000002", "").await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(number(&seen, &["version"]), "1");
    assert_eq!(number(&seen, &["contractedMrr"]), "10.50");
    for kind in [
        "Subscription",
        "RatePlan",
        "RatePlanCharge",
        "OrderAction",
        "Order",
    ] {
        assert_eq!(count_of(&sim, kind), 1, "{kind}");
    }
    assert_eq!(count_of(&sim, "Amendment"), 0);
    // What is left holds together.
    sim.restore(&sim.snapshot()).unwrap();
    let api = Api::new(&sim).await;
    api.good("DELETE", "/v1/orders/O-00000001", "").await;
    assert_eq!(api.call("GET", read, "").await.status(), 404);
    assert_eq!(
        count_of(&sim, "Subscription") + count_of(&sim, "RatePlan"),
        0
    );

    // With usage for it, it stays.
    sim.restore(&before).unwrap();
    let api = Api::new(&sim).await;
    let usage = r#"{"SubscriptionNumber":"A-S00000001","AccountNumber":"A00000001","UOM":"GB","Quantity":1,"StartDateTime":"2026-01-01T00:00:00Z"}"#;
    api.good("POST", "/v1/object/usage", usage).await;
    let whole = sim.snapshot();
    refused(
        &api,
        "DELETE",
        "/v1/orders/O-00000001",
        "",
        400,
        "the Usage",
    )
    .await;
    refused(&api, "PUT", &format!("{read}/delete"), "", 400, "the Usage").await;
    assert_eq!(sim.snapshot(), whole);
}

#[tokio::test]
async fn an_order_is_reverted_by_another() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let change = format!(
        r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}},{{"type":"CancelSubscription","cancelSubscription":{{"cancellationPolicy":"EndOfCurrentTerm"}}}}"#
    );
    order(&api, "A-S00000001", &change).await;
    let read = "/v1/subscriptions/A-S00000001";
    assert_eq!(
        text(&api.good("GET", read, "").await, &["status"]),
        "Cancelled"
    );
    let day = r#"{"orderDate":"2026-01-02"}"#;
    refused(
        &api,
        "POST",
        "/v1/orders/O-00000001/revert",
        day,
        400,
        "changed after",
    )
    .await;
    let reverted = api.good("POST", "/v1/orders/O-00000002/revert", day).await;
    assert_eq!(text(&reverted, &["orderNumber"]), "O-00000003");
    assert_eq!(
        text(&reverted, &["subscriptionNumbers", "0"]),
        "A-S00000001"
    );
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["status"]), "Active");
    assert_eq!(number(&seen, &["version"]), "4");
    assert_eq!(length(&seen, &["ratePlans"]), 1);
    assert_eq!(number(&seen, &["contractedMrr"]), "10.50");
    let plan = text(&seen, &["ratePlans", "0", "id"]);
    let remove = format!(r#"{{"type":"RemoveProduct","removeProduct":{{"ratePlanId":"{plan}"}}}}"#);
    order(&api, "A-S00000001", &remove).await;
    let list = api
        .good("GET", "/v1/orders/subscription/A-S00000001", "")
        .await;
    assert_eq!(length(&list, &["orders"]), 4);
    api.good("DELETE", "/v1/orders/O-00000004", "").await;
    api.good("POST", "/v1/orders/O-00000003/revert", day).await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["status"]), "Cancelled");
    assert_eq!(length(&seen, &["ratePlans"]), 2);
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn versions_have_amendments_terms_and_custom_fields() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    api.good("PUT", "/v1/subscriptions/A-S00000001/renew", "{}")
        .await;
    let found = api
        .good("GET", "/object-query/amendments?sort[]=code.ASC", "")
        .await;
    assert_eq!(text(&found, &["data", "0", "type"]), "NewProduct");
    assert_eq!(text(&found, &["data", "1", "type"]), "Renewal");
    let base = text(&found, &["data", "0", "subscriptionId"]);
    let one = api.good("GET", "/v1/amendments/A-AM00000001", "").await;
    assert_eq!(text(&one, &["baseSubscriptionId"]), base);
    let new = text(&one, &["newSubscriptionId"]);
    let same = api
        .good("GET", &format!("/v1/amendments/subscriptions/{new}"), "")
        .await;
    assert_eq!(text(&same, &["code"]), "A-AM00000001");
    let zoql = r#"{"queryString":"select Type from Amendment where Code = 'A-AM00000002'"}"#;
    let zoql = api.good("POST", "/v1/action/query", zoql).await;
    assert_eq!(text(&zoql, &["records", "0", "Type"]), "Renewal");

    let terms = api.good("GET", "/v1/orders/term/A-S00000001", "").await;
    assert_eq!(length(&terms, &["terms"]), 2);
    assert_eq!(text(&terms, &["terms", "1", "startDate"]), "2027-01-01");
    assert_eq!(text(&terms, &["terms", "1", "endDate"]), "2028-01-01");
    let first = api
        .good("GET", "/v1/orders/term/A-S00000001?version=2", "")
        .await;
    assert_eq!(length(&first, &["terms"]), 1);

    let seen = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    let plan = text(&seen, &["ratePlans", "0", "id"]);
    let charge = text(&seen, &["ratePlans", "0", "ratePlanCharges", "0", "number"]);
    let custom = format!(
        r#"{{"customFields":{{"a__c":"1"}},"ratePlans":[{{"ratePlanId":"{plan}","customFields":{{"b__c":"2"}},"charges":[{{"chargeNumber":"{charge}","customFields":{{"c__c":"3"}}}}]}}]}}"#
    );
    api.good("PUT", "/v1/subscriptions/A-S00000001/customFields", &custom)
        .await;
    let seen = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    assert_eq!(number(&seen, &["version"]), "3");
    assert_eq!(text(&seen, &["a__c"]), "1");
    assert_eq!(text(&seen, &["ratePlans", "0", "b__c"]), "2");
    assert_eq!(
        text(&seen, &["ratePlans", "0", "ratePlanCharges", "0", "c__c"]),
        "3"
    );
    let old = r#"{"customFields":{"a__c":"old"}}"#;
    api.good(
        "PUT",
        "/v1/subscriptions/A-S00000001/versions/1/customFields",
        old,
    )
    .await;
    let old = api
        .good("GET", "/v1/subscriptions/A-S00000001/versions/1", "")
        .await;
    assert_eq!(text(&old, &["a__c"]), "old");
    let bad = custom.replace(charge, "C-99");
    refused(
        &api,
        "PUT",
        "/v1/subscriptions/A-S00000001/customFields",
        &bad,
        404,
        "C-99",
    )
    .await;

    api.good("PUT", "/v1/subscriptions/A-S00000001/delete", "")
        .await;
    assert_eq!(
        api.call("GET", "/v1/subscriptions/A-S00000001", "")
            .await
            .status(),
        404
    );
    for kind in [
        "Subscription",
        "RatePlan",
        "RatePlanCharge",
        "Amendment",
        "OrderAction",
    ] {
        assert_eq!(count_of(&sim, kind), 0, "{kind}");
    }
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn a_subscription_gets_another_owner_and_other_contacts() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    for (name, currency) in [("two", "EUR"), ("three", "USD")] {
        let account = format!(
            r#"{{"name":"{name}","currency":"{currency}","billToContact":{{"firstName":"a","lastName":"b"}}}}"#
        );
        api.good("POST", "/v1/accounts", &account).await;
    }
    let of_two = "/object-query/accounts?filter[]=accountNumber.EQ:A00000002";
    let contact = api.good("GET", of_two, "").await;
    let contact = text(&contact, &["data", "0", "billToId"]).to_owned();
    order(&api, "", &create(&basic)).await;
    let transfer = |account: &str| {
        format!(
            r#"{{"type":"OwnerTransfer","ownerTransfer":{{"destinationAccountNumber":"{account}","billToContactId":"{contact}","paymentTerm":"Net 60"}}}}"#
        )
    };
    order(&api, "A-S00000001", &transfer("A00000002")).await;
    let read = "/v1/subscriptions/A-S00000001";
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["accountNumber"]), "A00000002");
    assert_eq!(text(&seen, &["invoiceOwnerAccountNumber"]), "A00000002");
    assert_eq!(text(&seen, &["paymentTerm"]), "Net 60");
    let list = api
        .good("GET", "/v1/subscriptions/accounts/A00000001", "")
        .await;
    assert_eq!(length(&list, &["subscriptions"]), 0);
    let query = "/object-query/subscriptions/A-S00000001?expand[]=invoiceOwner";
    let found = api.good("GET", query, "").await;
    assert_eq!(text(&found, &["invoiceOwner", "name"]), "two");
    assert_eq!(text(&found, &["billToContactId"]), contact);
    let found = api.good("GET", "/object-query/amendments", "").await;
    assert_eq!(text(&found, &["data", "0", "type"]), "OwnerTransfer");

    let clear = r#"{"type":"TermsAndConditions","termsAndConditions":{"clearingExistingPaymentTerm":true,"billToContact":{"firstName":"New","lastName":"One"}}}"#;
    let by = |account: &str| {
        format!(
            r#"{{"existingAccountNumber":"{account}","orderDate":"2026-01-01","subscriptions":[{{"subscriptionNumber":"A-S00000001","orderActions":[{clear}]}}]}}"#
        )
    };
    // It is no longer the first account's to change.
    let rule = "A-S00000001 belongs to the account A00000002";
    refused(&api, "POST", "/v1/orders", &by("A00000001"), 400, rule).await;
    api.good("POST", "/v1/orders", &by("A00000002")).await;
    let found = api
        .good("GET", "/object-query/subscriptions/A-S00000001", "")
        .await;
    assert_eq!(text(&found, &["paymentTerm"]), "");
    assert_ne!(text(&found, &["billToContactId"]), contact);
    let whole = sim.snapshot();
    for (action, status, rule) in [
        (transfer("A00000003"), 400, "currency"),
        (transfer("A9"), 404, "A9"),
        (
            transfer("A00000001").replace(&contact, "nobody"),
            404,
            "nobody",
        ),
        (
            r#"{"type":"OwnerTransfer","ownerTransfer":{}}"#.to_owned(),
            400,
            "destinationAccountNumber",
        ),
    ] {
        let body = format!(
            r#"{{"existingAccountNumber":"A00000002","orderDate":"2026-01-01","subscriptions":[{{"subscriptionNumber":"A-S00000001","orderActions":[{action}]}}]}}"#
        );
        refused(&api, "POST", "/v1/orders", &body, status, rule).await;
    }
    assert_eq!(sim.snapshot(), whole);
    // The order that gave it away gives it back.
    api.good("DELETE", "/v1/orders/O-00000003", "").await;
    api.good("DELETE", "/v1/orders/O-00000002", "").await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["accountNumber"]), "A00000001");
}

#[tokio::test]
async fn an_order_goes_on_with_what_it_gives_away() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let other =
        r#"{"name":"two","currency":"EUR","billToContact":{"firstName":"a","lastName":"b"}}"#;
    api.good("POST", "/v1/accounts", other).await;
    order(&api, "", &create(&basic)).await;
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    let transfer =
        r#"{"type":"OwnerTransfer","ownerTransfer":{"destinationAccountNumber":"A00000002"}}"#;
    let entry = |action: &str| {
        format!(r#"{{"subscriptionNumber":"A-S00000001","orderActions":[{action}]}}"#)
    };
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{},{}]}}"#,
        entry(&format!("{transfer},{add}")),
        entry(&add)
    );
    api.good("POST", "/v1/orders", &body).await;
    let read = "/v1/subscriptions/A-S00000001";
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["accountNumber"]), "A00000002");
    assert_eq!(length(&seen, &["ratePlans"]), 3);
    // Who is billed may order as well.
    let back = transfer.replace(
        "destinationAccountNumber",
        "destinationInvoiceAccountNumber",
    );
    let back = back.replace("A00000002", "A00000001");
    let body = format!(
        r#"{{"existingAccountNumber":"A00000002","orderDate":"2026-01-01","subscriptions":[{}]}}"#,
        entry(&back)
    );
    api.good("POST", "/v1/orders", &body).await;
    order(&api, "A-S00000001", &add).await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(length(&seen, &["ratePlans"]), 4);
}

#[tokio::test]
async fn amendments_have_the_days_of_their_actions() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let on = |day: &str| {
        format!(
            r#""triggerDates":[{{"name":"ContractEffective","triggerDate":"{day}"}},{{"name":"ServiceActivation","triggerDate":"2026-05-05"}},{{"name":"CustomerAcceptance","triggerDate":"2026-05-06"}}]"#
        )
    };
    let add = format!(
        r#"{{"type":"AddProduct",{},"addProduct":{{"productRatePlanId":"{seats}"}}}}"#,
        on("2026-03-01")
    );
    order(&api, "A-S00000001", &add).await;
    let terms = format!(
        r#"{{"type":"TermsAndConditions",{},"termsAndConditions":{{"autoRenew":false}}}}"#,
        on("2026-04-01")
    );
    order(&api, "A-S00000001", &terms).await;
    let cancel = format!(
        r#"{{"type":"CancelSubscription",{},"cancelSubscription":{{"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"2026-08-01"}}}}"#,
        on("2026-07-01")
    );
    order(&api, "A-S00000001", &cancel).await;
    for (code, contract, effective) in [
        ("A-AM00000001", "2026-03-01", "2026-03-01"),
        ("A-AM00000002", "2026-04-01", "2026-04-01"),
        // A cancellation names the day on which it takes effect.
        ("A-AM00000003", "2026-07-01", "2026-08-01"),
    ] {
        let seen = api.good("GET", &format!("/v1/amendments/{code}"), "").await;
        assert_eq!(text(&seen, &["contractEffectiveDate"]), contract);
        assert_eq!(text(&seen, &["effectiveDate"]), effective);
        assert_eq!(text(&seen, &["serviceActivationDate"]), "2026-05-05");
        assert_eq!(text(&seen, &["customerAcceptanceDate"]), "2026-05-06");
    }
    // Without an order it is the day of the request's part.
    order(&api, "", &create(&basic)).await;
    let add = format!(
        r#"{{"add":[{{"productRatePlanId":"{seats}","contractEffectiveDate":"2026-02-02"}}]}}"#
    );
    api.good("PUT", "/v1/subscriptions/A-S00000002", &add).await;
    let seen = api.good("GET", "/v1/amendments/A-AM00000004", "").await;
    assert_eq!(text(&seen, &["contractEffectiveDate"]), "2026-02-02");
    assert_eq!(text(&seen, &["effectiveDate"]), "2026-02-02");
}

#[tokio::test]
async fn an_update_can_be_tried_first() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let read = "/v1/subscriptions/A-S00000001";
    let change = format!(
        r#"{{"preview":true,"change":[{{"productRatePlanId":"{basic}","newProductRatePlanId":"{seats}"}}]}}"#
    );
    let whole = sim.snapshot();
    let shown = api.good("PUT", read, &change).await;
    assert_eq!(number(&shown, &["totalDeltaMrr"]), "-4.00");
    assert_eq!(sim.snapshot(), whole);
    api.good("PUT", read, &change.replace("true", "false"))
        .await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(length(&seen, &["ratePlans"]), 1);
    assert_eq!(text(&seen, &["ratePlans", "0", "productRatePlanId"]), seats);
    assert_eq!(number(&seen, &["version"]), "2");
    let charge = text(&seen, &["ratePlans", "0", "ratePlanCharges", "0", "number"]);
    let removal = format!(
        r#"{{"type":"UpdateProduct","updateProduct":{{"ratePlanId":"{}","chargeRemovals":[{{"chargeNumber":"{charge}"}}]}}}}"#,
        text(&seen, &["ratePlans", "0", "id"])
    );
    order(&api, "A-S00000001", &removal).await;
    let seen = api.good("GET", read, "").await;
    assert_eq!(number(&seen, &["contractedMrr"]), "0");
    let found = api
        .good("GET", "/object-query/amendments?sort[]=code.ASC", "")
        .await;
    assert_eq!(text(&found, &["data", "0", "type"]), "ChangePlan");
}

#[tokio::test]
async fn accounts_are_shown_with_what_is_theirs_now() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    api.good("PUT", "/v1/subscriptions/A-S00000001/renew", "{}")
        .await;
    let usage = r#"{"AccountNumber":"A00000001","UOM":"GB","Quantity":1.5,"StartDateTime":"2026-01-02T00:00:00Z"}"#;
    api.good("POST", "/v1/object/usage", usage).await;
    let card = r#"{"accountKey":"A00000001","creditCardType":"Visa","creditCardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2030,"defaultPaymentMethod":true}"#;
    api.good("POST", "/v1/payment-methods/credit-cards", card)
        .await;
    let summary = api.good("GET", "/v1/accounts/A00000001/summary", "").await;
    assert_eq!(length(&summary, &["subscriptions"]), 1);
    assert_eq!(
        text(&summary, &["subscriptions", "0", "termEndDate"]),
        "2028-01-01"
    );
    assert_eq!(text(&summary, &["usage", "0", "quantity"]), "1.5");
    assert_eq!(text(&summary, &["usage", "0", "startDate"]), "2026-01");
    assert_eq!(text(&summary, &["billToContact", "firstName"]), "a");
    let method = ["basicInfo", "defaultPaymentMethod", "creditCardNumber"];
    assert_eq!(text(&summary, &method), "************1111");
    let path = "/v1/orders/O-00000001?getAccountDetails=true";
    let seen = api.good("GET", path, "").await;
    let details = [
        "order",
        "existingAccountDetails",
        "basicInfo",
        "accountNumber",
    ];
    assert_eq!(text(&seen, &details), "A00000001");
}
