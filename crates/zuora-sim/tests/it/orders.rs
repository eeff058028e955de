//! Orders beside their first day: drafts, days to come, jobs, what is taken back, what is said afterwards.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_wire::Json;

/// The id of no rate plan.
const NO_PLAN: &str = "00000000000000000000000000000000";

/// The body of an order with one action on a new subscription, and more members.
fn body(action: &str, more: &str) -> String {
    format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01",{more}"subscriptions":[{{"orderActions":[{action}]}}]}}"#
    )
}

async fn status_of(api: &Api<'_>, order: &str) -> String {
    let order = api.good("GET", &format!("/v1/orders/{order}"), "").await;
    text(&order, &["order", "status"]).to_owned()
}

#[tokio::test]
async fn the_subscriptions_of_an_order_are_told_since_a_version() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    for (version, is_told) in [
        (None, false),
        (Some("216.0"), false),
        (Some("223.0"), true),
        (Some("2025-08-12"), true),
        (Some("2099-12-31"), false),
    ] {
        let mut request = api.request("POST", "/v1/orders", None, ORDER);
        if let Some(version) = version {
            request = with(request, "zuora-version", version);
        }
        let made = json(&api.send(request).await.unwrap());
        let number = text(&made, &["subscriptionNumbers", "0"]);
        assert!(number.starts_with("A-S"), "{made}");
        let told = made.at(&["subscriptions", "0", "subscriptionNumber"]);
        let told = told.and_then(Json::as_str);
        assert_eq!(told, is_told.then_some(number), "{version:?}");
    }
}

#[tokio::test]
async fn drafts_are_changed_carried_out_or_cancelled() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let draft = body(
        &create(&basic),
        r#""status":"Draft","customFields":{"why__c":"trial"},"#,
    );
    let made = api.good("POST", "/v1/orders", &draft).await;
    assert_eq!(text(&made, &["status"]), "Draft");
    assert_eq!(length(&made, &["subscriptionNumbers"]), 0);
    let path = "/v1/orders/O-00000001";
    let seen = api.good("GET", path, "").await;
    assert_eq!(text(&seen, &["order", "customFields", "why__c"]), "trial");
    let first = ["order", "subscriptions", "0", "orderActions", "0"];
    assert_eq!(
        text(&seen, &[&first[..], &["type"]].concat()),
        "CreateSubscription"
    );
    assert_eq!(
        api.call("GET", "/v1/subscriptions/A-S00000001", "")
            .await
            .status(),
        404
    );

    let other = body(&create(&seats), r#""description":"with seats","#);
    let kept = api.good("PUT", path, &other).await;
    assert_eq!(text(&kept, &["status"]), "Draft");
    let foreign = other.replace("A00000001", "nobody");
    refused(&api, "PUT", path, &foreign, 404, "nobody").await;

    let done = api.good("PUT", &format!("{path}/activate"), "").await;
    assert_eq!(text(&done, &["status"]), "Completed");
    assert_eq!(text(&done, &["subscriptionNumbers", "0"]), "A-S00000001");
    let subscription = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    assert_eq!(
        text(&subscription, &["ratePlans", "0", "productRatePlanId"]),
        seats
    );
    let seen = api.good("GET", path, "").await;
    assert_eq!(text(&seen, &["order", "description"]), "with seats");
    assert_eq!(
        number(&seen, &["order", "subscriptions", "0", "newVersion"]),
        "1"
    );
    assert_eq!(
        text(&seen, &[&first[..], &["type"]].concat()),
        "CreateSubscription"
    );
    assert_eq!(text(&seen, &[&first[..], &["id"]].concat()).len(), 32);

    for step in ["activate", "cancel"] {
        let path = format!("{path}/{step}");
        refused(&api, "PUT", &path, "{}", 400, "has the status Completed").await;
    }
    api.good("POST", "/v1/orders", &draft).await;
    let reason = r#"{"cancelReason":"changed our mind"}"#;
    let cancelled = api
        .good("PUT", "/v1/orders/O-00000002/cancel", reason)
        .await;
    assert_eq!(text(&cancelled, &["status"]), "Cancelled");
    assert_eq!(text(&cancelled, &["accountNumber"]), "A00000001");
    let seen = api.good("GET", "/v1/orders/O-00000002", "").await;
    assert_eq!(text(&seen, &["order", "cancelReason"]), "changed our mind");

    // A draft that cannot be carried out stays what it is.
    let wrong = draft.replace(&basic, NO_PLAN);
    let wrong = wrong.replace(r#""status""#, r#""orderNumber":"O-wrong","status""#);
    api.good("POST", "/v1/orders", &wrong).await;
    refused(&api, "PUT", "/v1/orders/O-wrong/activate", "", 404, NO_PLAN).await;
    assert_eq!(status_of(&api, "O-wrong").await, "Draft");
    let many = vec![r#"{"orderActions":[]}"#; 51].join(",");
    let many = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{many}]}}"#
    );
    refused(&api, "POST", "/v1/orders", &many, 400, "at most 50").await;
}

#[tokio::test]
async fn scheduled_orders_wait_for_their_day() {
    const DAY: u64 = 86_400;
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let on = |day: &str| {
        format!(
            r#""status":"Scheduled","schedulingOptions":{{"scheduledDatePolicy":"SpecificDate","scheduledDate":"{day}"}},"#
        )
    };
    for (plan, day) in [
        (&basic, "2026-02-01"),
        (&seats, "2026-02-02"),
        (&basic, "2026-02-03"),
    ] {
        let made = api
            .good("POST", "/v1/orders", &body(&create(plan), &on(day)))
            .await;
        assert_eq!(text(&made, &["status"]), "Scheduled");
    }
    let dateless = body(&create(&basic), r#""status":"Scheduled","#);
    refused(&api, "POST", "/v1/orders", &dateless, 400, "scheduledDate").await;
    assert_eq!(count_of(&sim, "Order"), 3);
    // The third one is moved; what the second one needs goes.
    let moved = body(&create(&basic), &on("2026-03-01"));
    api.good("PUT", "/v1/orders/O-00000003", &moved).await;
    api.good(
        "DELETE",
        &format!(
            "/v1/object/product-rate-plan-charge/{}",
            charge_of(&api, &seats).await
        ),
        "",
    )
    .await;
    api.good(
        "DELETE",
        &format!("/v1/object/product-rate-plan/{seats}"),
        "",
    )
    .await;

    sim.clock().advance(seconds(31 * DAY - 1));
    let api = Api::new(&sim).await;
    assert_eq!(status_of(&api, "O-00000001").await, "Scheduled");
    let copy = sim.snapshot();
    sim.clock().advance(seconds(10));
    let api = Api::new(&sim).await;
    assert_eq!(status_of(&api, "O-00000001").await, "Completed");
    let made = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    assert!(text(&made, &["ratePlans", "0", "productRatePlanId"]) == basic);
    sim.clock().advance(seconds(3 * DAY));
    let api = Api::new(&sim).await;
    assert_eq!(status_of(&api, "O-00000002").await, "Failed");
    assert_eq!(status_of(&api, "O-00000003").await, "Scheduled");
    // What waits in a snapshot waits for its day there as well.
    sim.restore(&copy).unwrap();
    sim.clock().advance(seconds(20 * DAY));
    let api = Api::new(&sim).await;
    assert_eq!(status_of(&api, "O-00000001").await, "Completed");
    assert_eq!(status_of(&api, "O-00000003").await, "Scheduled");
    sim.clock().advance(seconds(10 * DAY));
    let api = Api::new(&sim).await;
    assert_eq!(status_of(&api, "O-00000003").await, "Completed");
}

async fn charge_of(api: &Api<'_>, plan: &str) -> String {
    let query =
        format!("/object-query/product-rate-plan-charges?filter[]=productRatePlanId.EQ:{plan}");
    let found = api.good("GET", &query, "").await;
    text(&found, &["data", "0", "id"]).to_owned()
}

#[tokio::test]
async fn lists_of_orders_are_cut_to_what_is_asked_for() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let renew = r#"{"existingAccountNumber":"A00000001","orderDate":"2026-02-01","status":"Draft","subscriptions":[{"subscriptionNumber":"A-S00000001","orderActions":[{"type":"RenewSubscription","renewSubscription":{}}]}]}"#;
    api.good("POST", "/v1/orders", renew).await;
    let other = body(&create(&basic), "");
    api.good("POST", "/v1/orders", &other).await;
    for (path, numbers) in [
        ("subscription/A-S00000001", "O-00000001 O-00000002"),
        ("subscription/A-S00000001?status=draft", "O-00000002"),
        (
            "subscription/A-S00000001?status=all&pageSize=1&page=2",
            "O-00000002",
        ),
        ("subscription/A-S00000001/pending", ""),
        ("invoiceOwner/A00000001", "O-00000001 O-00000002 O-00000003"),
        (
            "subscriptionOwner/A00000001?startDate=2026-01-02",
            "O-00000002",
        ),
        ("?endDate=2026-01-31", "O-00000001 O-00000003"),
        ("?dateFilterOption=updatedDate&startDate=2026-01-02", ""),
    ] {
        let path = format!("/v1/orders/{path}").replace("/?", "?");
        let seen = api.good("GET", &path, "").await;
        let orders = seen.get("orders").and_then(Json::as_array).unwrap();
        let found: Vec<&str> = orders
            .iter()
            .map(|order| text(order, &["orderNumber"]))
            .collect();
        assert_eq!(found.join(" "), numbers, "{path}");
    }
    refused(
        &api,
        "GET",
        "/v1/orders?dateFilterOption=birthday",
        "",
        400,
        "dateFilterOption",
    )
    .await;
    refused(
        &api,
        "GET",
        "/v1/orders/subscription/nothing",
        "",
        404,
        "nothing",
    )
    .await;
}

#[tokio::test]
async fn actions_keep_what_is_said_of_them_later() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let path = "/v1/orders/O-00000001";
    let seen = api.good("GET", path, "").await;
    let action = text(
        &seen,
        &["order", "subscriptions", "0", "orderActions", "0", "id"],
    )
    .to_owned();
    let reason = r#"{"changeReason":"a gift","customFields":{"giver__c":"Jo"}}"#;
    api.good("PUT", &format!("/v1/orderActions/{action}"), reason)
        .await;
    let custom = r#"{"customFields":{"big__c":"yes"},"subscriptions":[{"subscriptionNumber":"A-S00000001","orderActions":[{"sequence":0,"customFields":{"small__c":"no"}}]}]}"#;
    api.good("PUT", &format!("{path}/customFields"), custom)
        .await;
    let dates = r#"{"subscriptions":[{"subscriptionNumber":"A-S00000001","orderActions":[{"sequence":0,"triggerDates":[{"name":"ServiceActivation","triggerDate":"2026-01-05"}],"charges":[{"chargeNumber":"C-00000001","specificTriggerDate":"2026-01-06"}]}]}]}"#;
    let told = api
        .good("PUT", &format!("{path}/triggerDates"), dates)
        .await;
    assert_eq!(text(&told, &["subscriptions", "0", "status"]), "Active");
    let seen = api.good("GET", path, "").await;
    let seen = seen.get("order").unwrap();
    let first = seen
        .at(&["subscriptions", "0", "orderActions", "0"])
        .unwrap();
    assert_eq!(text(seen, &["customFields", "big__c"]), "yes");
    assert_eq!(text(first, &["changeReason"]), "a gift");
    assert_eq!(text(first, &["customFields", "giver__c"]), "Jo");
    assert_eq!(text(first, &["customFields", "small__c"]), "no");
    assert_eq!(
        first.get("triggerDates").unwrap().as_array().unwrap().len(),
        2
    );
    let subscription = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    assert_eq!(
        text(&subscription, &["serviceActivationDate"]),
        "2026-01-05"
    );
    assert_eq!(number(&subscription, &["version"]), "1");
    let charge = [
        "ratePlans",
        "0",
        "ratePlanCharges",
        "0",
        "effectiveStartDate",
    ];
    assert_eq!(text(&subscription, &charge), "2026-01-06");
    let whole = sim.snapshot();
    for (wrong, rule) in [
        (custom.replace("big__c", "status"), "status"),
        (
            custom.replace(r#""sequence":0"#, r#""sequence":7"#),
            "sequence 7",
        ),
        (custom.replace("A-S00000001", "A-S9"), "A-S9"),
        (custom.replace(r#""sequence":0,"#, ""), "orderActionId"),
    ] {
        let reply = api
            .call("PUT", &format!("{path}/customFields"), &wrong)
            .await;
        assert!(matches!(reply.status().as_u16(), 400 | 404), "{reply:?}");
        assert!(
            text(&json(&reply), &["reasons", "0", "message"]).contains(rule),
            "{reply:?}"
        );
    }
    refused(
        &api,
        "PUT",
        &format!("{path}/triggerDates"),
        &dates.replace("C-00000001", "C-9"),
        404,
        "C-9",
    )
    .await;
    assert_eq!(sim.snapshot(), whole);
}

#[tokio::test]
async fn orders_are_made_and_deleted_by_jobs() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let reply = api
        .call("POST", "/v1/async/orders", &body(&create(&basic), ""))
        .await;
    assert_eq!(reply.status(), 202);
    let begun = json(&reply);
    assert_eq!(begun.get("success"), Some(&Json::from(true)));
    let job = format!("/v1/async-jobs/{}", text(&begun, &["jobId"]));
    assert_eq!(
        text(&api.good("GET", &job, "").await, &["status"]),
        "Processing"
    );
    assert_eq!(count_of(&sim, "Order"), 0);
    sim.clock().advance(seconds(5));
    let done = api.good("GET", &job, "").await;
    assert_eq!(text(&done, &["status"]), "Completed");
    assert_eq!(text(&done, &["result", "jobType"]), "AsyncCreateOrder");
    assert_eq!(text(&done, &["result", "orderNumber"]), "O-00000001");
    assert_eq!(
        text(&done, &["result", "subscriptionNumbers", "0"]),
        "A-S00000001"
    );
    assert_eq!(status_of(&api, "O-00000001").await, "Completed");

    let wrong = body(&create(NO_PLAN), "");
    let begun = api.call("POST", "/v1/async/orders", &wrong).await;
    let job = format!("/v1/async-jobs/{}", text(&json(&begun), &["jobId"]));
    let begun = api.good("DELETE", "/v1/async/orders/O-00000001", "").await;
    let removal = format!("/v1/async-jobs/{}", text(&begun, &["jobId"]));
    refused(&api, "DELETE", "/v1/async/orders/O-9", "", 404, "O-9").await;
    sim.clock().advance(seconds(5));
    let failed = api.good("GET", &job, "").await;
    assert_eq!(text(&failed, &["status"]), "Failed");
    assert!(text(&failed, &["errors"]).contains(NO_PLAN), "{failed}");
    assert_eq!(
        text(&api.good("GET", &removal, "").await, &["status"]),
        "Completed"
    );
    assert_eq!(count_of(&sim, "Order") + count_of(&sim, "Subscription"), 0);
    refused(&api, "GET", "/v1/async-jobs/none", "", 404, "none").await;
}

#[tokio::test]
async fn order_line_items_are_kept_and_changed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let charge = charge_of(&api, &basic).await;
    let items = format!(
        r#"[{{"itemName":"Boots","quantity":3,"amountPerUnit":19.99,"UOM":"pair","customFields":{{"colour__c":"red"}}}},{{"productRatePlanChargeId":"{charge}","quantity":2}}]"#
    );
    let sent = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","orderLineItems":{items}}}"#
    );
    let made = api.good("POST", "/v1/orders", &sent).await;
    let id = text(&made, &["orderLineItems", "0", "id"]).to_owned();
    assert_eq!(text(&made, &["orderLineItems", "1", "itemNumber"]), "2");
    let path = format!("/v1/order-line-items/{id}");
    let item = api.good("GET", &path, "").await;
    let item = item.get("orderLineItem").unwrap();
    assert_eq!(number(item, &["amount"]), "59.97");
    assert_eq!(number(item, &["amountWithoutTax"]), "59.97");
    assert_eq!(text(item, &["UOM"]), "pair");
    assert_eq!(text(item, &["colour__c"]), "red");
    assert_eq!(text(item, &["ownerAccountNumber"]), "A00000001");
    assert_eq!(text(item, &["itemState"]), "Executing");
    let seen = api.good("GET", "/v1/orders/O-00000001", "").await;
    let items = ["order", "orderLineItems", "1"];
    assert_eq!(number(&seen, &[&items[..], &["amount"]].concat()), "21.00");
    assert_eq!(
        text(&seen, &[&items[..], &["itemName"]].concat()),
        "Basic fee"
    );

    let state = r#"{"quantity":4,"itemState":"Complete"}"#;
    api.good("PUT", &path, state).await;
    let query = "/object-query/order-line-items?filter[]=itemName.EQ:Boots";
    let found = api.good("GET", query, "").await;
    assert_eq!(number(&found, &["data", "0", "amount"]), "79.96");
    assert_eq!(text(&found, &["data", "0", "orderNumber"]), "O-00000001");
    refused(&api, "PUT", &path, state, 400, "Complete").await;

    let second = text(&made, &["orderLineItems", "1", "id"]);
    let bulk = format!(
        r#"{{"orderLineItems":[{{"id":"{second}","quantity":1}},{{"id":"{id}","quantity":1}}]}}"#
    );
    let whole = sim.snapshot();
    refused(
        &api,
        "POST",
        "/v1/order-line-items/bulk",
        &bulk,
        400,
        "Complete",
    )
    .await;
    assert_eq!(sim.snapshot(), whole);
    let bulk = format!(r#"{{"orderLineItems":[{{"id":"{second}","amountPerUnit":1.25}}]}}"#);
    let done = api.good("POST", "/v1/order-line-items/bulk", &bulk).await;
    assert_eq!(number(&done, &["orderLineItems", "0", "amount"]), "2.50");
    assert_eq!(
        number(&done, &["orderLineItems", "0", "listPrice"]),
        "21.00"
    );
    let twice = sent.replace(r#""quantity":3"#, r#""itemNumber":"2","quantity":3"#);
    refused(&api, "POST", "/v1/orders", &twice, 400, "itemNumber 2").await;
    let sent = r#"{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","orderLineItems":[{"quantity":1,"amountPerUnit":100,"billingSchedule":{"items":[{"amount":60,"runDate":"2026-02-01"},{"percentage":0.25,"name":"rest"}]}}]}"#;
    let scheduled = api.good("POST", "/v1/orders", sent).await;
    let path = format!(
        "/v1/order-line-items/{}",
        text(&scheduled, &["orderLineItems", "0", "id"])
    );
    let item = api.good("GET", &path, "").await;
    let parts = ["orderLineItem", "billingSchedule", "items"];
    assert_eq!(length(&item, &parts), 2);
    assert_eq!(text(&item, &[&parts[..], &["1", "state"]].concat()), "HELD");
    let first = text(&item, &[&parts[..], &["0", "id"]].concat()).to_owned();
    let second = text(&item, &[&parts[..], &["1", "id"]].concat()).to_owned();
    let change = |amount: &str| {
        format!(
            r#"{{"items":[{{"id":"{first}","amount":{amount}}},{{"id":"{second}","delete":true}},{{"amount":20}}]}}"#
        )
    };
    let path = format!("{path}/billing-schedule-items");
    refused(&api, "PUT", &path, &change("80.01"), 400, "100.01").await;
    let kept = api.good("PUT", &path, &change("80")).await;
    assert_eq!(length(&kept, &["items"]), 2);
    assert_eq!(text(&kept, &["items", "0", "runDate"]), "2026-02-01");
    assert_eq!(number(&kept, &["items", "1", "sequence"]), "2");
    refused(&api, "PUT", &path, &change("1"), 404, &second).await;
    api.good("DELETE", "/v1/orders/O-00000002", "").await;
    api.good("DELETE", "/v1/orders/O-00000001", "").await;
    assert_eq!(count_of(&sim, "OrderLineItem"), 0);
}

#[tokio::test]
async fn subscriptions_of_the_first_data_come_from_orders() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let orders = "/v1/orders/subscription/A-S00000001";
    let seen = api.good("GET", orders, "").await;
    assert_eq!(length(&seen, &["orders"]), 1);
    let action = ["orders", "0", "subscriptions", "0", "orderActions", "0"];
    let action = seen.at(&action).unwrap();
    assert_eq!(text(action, &["type"]), "CreateSubscription");
    let number_of = text(&seen, &["orders", "0", "orderNumber"]);
    let subscription = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    assert_eq!(text(&subscription, &["orderNumber"]), number_of);
    assert_eq!(number(&subscription, &["renewalTerm"]), "12");
    assert_eq!(length(&subscription, &["ratePlans"]), 1);
}
