//! Previews: they show what would come of a request, and nothing comes of it.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_wire::Json;

#[tokio::test]
async fn an_order_is_previewed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let whole = sim.snapshot();
    let first = create(&seats);
    let of = |account: &str, options: &str, subscriptions: &str| {
        format!(
            r#"{{{account},"orderDate":"2026-01-01","previewOptions":{options},"subscriptions":[{subscriptions}]}}"#
        )
    };
    let known = r#""existingAccountNumber":"A00000001""#;
    let year = r#"{"previewThruType":"TermEnd","previewTypes":["ChargeMetrics","BillingDocs","OrderMetrics"]}"#;
    let body = of(known, year, &format!(r#"{{"orderActions":[{first}]}}"#));
    let shown = api.good("POST", "/v1/orders/preview", &body).await;
    let shown = shown.get("previewResult").unwrap();
    let charges = ["chargeMetrics", "0", "charges"];
    assert_eq!(
        text(shown, &["chargeMetrics", "0", "subscriptionNumber"]),
        "A-S00000001"
    );
    assert_eq!(length(shown, &charges), 1);
    assert_eq!(
        number(shown, &[&charges[..], &["0", "cmrr", "regular"]].concat()),
        "6.50"
    );
    assert_eq!(
        text(shown, &[&charges[..], &["0", "productRatePlanId"]].concat()),
        seats
    );
    assert_eq!(
        text(shown, &["orderMetrics", "0", "orderActions", "0", "type"]),
        "CreateSubscription"
    );
    assert_eq!(length(shown, &["invoices"]), 1);
    assert_eq!(number(shown, &["invoices", "0", "amount"]), "78.00");
    assert_eq!(length(shown, &["invoices", "0", "invoiceItems"]), 12);
    let last = shown.at(&["invoices", "0", "invoiceItems", "11"]).unwrap();
    assert_eq!(text(last, &["serviceStartDate"]), "2026-12-01");
    assert_eq!(text(last, &["serviceEndDate"]), "2026-12-31");
    assert_eq!(number(last, &["amountWithoutTax"]), "6.50");
    assert_eq!(text(last, &["productName"]), "Crane");
    assert!(shown.get("orderDeltaMetrics").is_none());
    // For an account that is not there yet, up to a day, and for some periods.
    let guest = r#""previewAccountInfo":{"billCycleDay":1,"currency":"EUR"}"#;
    for (options, sum) in [
        (
            r#"{"previewThruType":"SpecificDate","specificPreviewThruDate":"2026-03-15"}"#,
            "19.50",
        ),
        (
            r#"{"previewThruType":"NumberOfPeriods","previewNumberOfPeriods":2}"#,
            "13.00",
        ),
    ] {
        let body = of(guest, options, &format!(r#"{{"orderActions":[{first}]}}"#));
        let shown = api.good("POST", "/v1/orders/preview", &body).await;
        assert_eq!(
            number(&shown, &["previewResult", "invoices", "0", "amount"]),
            sum
        );
        assert_eq!(
            length(
                &shown,
                &["previewResult", "orderDeltaMetrics", "orderDeltaMrr"]
            ),
            1
        );
    }
    let reply = api.call("POST", "/v1/async/orders/preview", &body).await;
    assert_eq!(reply.status(), 202);
    let job = format!("/v1/async-jobs/{}", text(&json(&reply), &["jobId"]));
    let nobody = body.replace("A00000001", "A9");
    let refused = api.call("POST", "/v1/orders/preview", &nobody).await;
    assert_eq!(refused.status(), 404);
    let nobody = of(r#""description":"x""#, year, "");
    let refused = api.call("POST", "/v1/orders/preview", &nobody).await;
    assert!(text(&json(&refused), &["reasons", "0", "message"]).contains("previewAccountInfo"));
    sim.clock().advance(seconds(2));
    let done = api.good("GET", &job, "").await;
    assert_eq!(text(&done, &["status"]), "Completed");
    assert_eq!(text(&done, &["result", "jobType"]), "AsyncPreviewOrder");
    assert_eq!(
        number(&done, &["result", "invoices", "0", "amount"]),
        "78.00"
    );
    // Nothing is left but the job.
    let without_job = |snapshot: &str| {
        let json = Json::parse(snapshot.as_bytes()).unwrap();
        let mut records = json.get("records").unwrap().as_object().unwrap().clone();
        records.remove("AsyncJob");
        (records, json.get("numbers").unwrap().to_string())
    };
    assert_eq!(without_job(&sim.snapshot()), without_job(&whole));

    // Changes of what is there are told as differences.
    order(&api, "", &create(&basic)).await;
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    let seen = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    let plan = text(&seen, &["ratePlans", "1", "id"]);
    let charge = text(&seen, &["ratePlans", "1", "ratePlanCharges", "0", "number"]);
    let update = format!(
        r#"{{"type":"UpdateProduct","updateProduct":{{"ratePlanId":"{plan}","chargeUpdates":[{{"chargeNumber":"{charge}","pricing":{{"recurringPerUnit":{{"quantity":5}}}}}}]}}}}"#
    );
    let remove = format!(
        r#"{{"type":"RemoveProduct","removeProduct":{{"ratePlanId":"{}"}}}}"#,
        text(&seen, &["ratePlans", "0", "id"])
    );
    let change =
        format!(r#"{{"subscriptionNumber":"A-S00000001","orderActions":[{update},{remove}]}}"#);
    let deltas = r#"{"previewThruType":"TermEnd","previewTypes":["OrderDeltaMetrics"]}"#;
    let whole = sim.snapshot();
    let shown = api
        .good("POST", "/v1/orders/preview", &of(known, deltas, &change))
        .await;
    let shown = shown.at(&["previewResult", "orderDeltaMetrics"]).unwrap();
    let revenue = shown.get("orderDeltaMrr").and_then(Json::as_array).unwrap();
    let found: Vec<String> = revenue
        .iter()
        .map(|delta| number(delta, &["netAmount"]))
        .collect();
    assert_eq!(found.join(" "), "9.75 -10.50");
    assert_eq!(number(shown, &["orderDeltaQty", "0", "quantity"]), "3");
    assert_eq!(sim.snapshot(), whole);
}

#[tokio::test]
async fn subscriptions_are_previewed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let whole = sim.snapshot();
    let body = format!(
        r#"{{"accountKey":"A00000001","contractEffectiveDate":"2026-01-01","termType":"TERMED","initialTerm":6,"targetDate":"2026-02-01","subscribeToRatePlans":[{{"productRatePlanId":"{basic}"}},{{"productRatePlanId":"{seats}"}}]}}"#
    );
    let shown = api.good("POST", "/v1/subscriptions/preview", &body).await;
    assert_eq!(number(&shown, &["contractedMrr"]), "17.00");
    assert_eq!(length(&shown, &["chargeMetrics"]), 2);
    assert_eq!(number(&shown, &["chargeMetrics", "1", "dmrr"]), "6.50");
    assert_eq!(number(&shown, &["invoice", "amount"]), "34.00");
    assert_eq!(length(&shown, &["invoice", "invoiceItems"]), 4);
    assert_eq!(text(&shown, &["targetDate"]), "2026-02-01");
    let metrics = body.replace(
        r#""termType""#,
        r#""previewType":"ChargeMetrics","termType""#,
    );
    let shown = api
        .good("POST", "/v1/subscriptions/preview", &metrics)
        .await;
    assert!(shown.get("invoice").is_none());
    let wrong = body.replace(&basic, "00000000000000000000000000000000");
    let reply = api.call("POST", "/v1/subscriptions/preview", &wrong).await;
    assert_eq!(reply.status(), 404);
    assert_eq!(sim.snapshot(), whole);

    order(&api, "", &create(&seats)).await;
    let path = "/v1/subscriptions/A-S00000001/preview";
    for (range, sum, count) in [
        (
            r#""previewThroughDate":{"previewThruDatePolicy":"endOfTerm"}"#,
            "78.00",
            12,
        ),
        (
            r#""previewThroughDate":{"previewThruDatePolicy":"nextBillingPeriods","nextBillingPeriods":3}"#,
            "19.50",
            3,
        ),
        (
            r#""previewStartDate":{"previewStartDatePolicy":"specificDate","specificDate":"2026-02-01"},"previewThroughDate":{"previewThruDatePolicy":"specificDate","specificDate":"2026-03-01"}"#,
            "13.00",
            2,
        ),
    ] {
        let shown = api.good("POST", path, &format!("{{{range}}}")).await;
        assert_eq!(number(&shown, &["invoices", "0", "amount"]), sum, "{range}");
        assert_eq!(length(&shown, &["invoices", "0", "invoiceItems"]), count);
    }
    let nothing = r#"{"previewThroughDate":{"previewThruDatePolicy":"specificDate","specificDate":"2025-03-01"}}"#;
    let shown = api.good("POST", path, nothing).await;
    assert_eq!(length(&shown, &["invoices"]), 0);
    let wrong = nothing.replace("2025-03-01", "soon");
    let reply = api.call("POST", path, &wrong).await;
    assert_eq!(reply.status(), 400);
}

#[tokio::test]
async fn an_account_is_previewed_without_what_was_billed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    order(&api, "", &create(&seats)).await;
    let body = r#"{"accountNumber":"A00000001","targetDate":"2026-02-10"}"#;
    let path = "/v1/operations/billing-preview";
    let shown = api.good("POST", path, body).await;
    assert_eq!(length(&shown, &["invoiceItems"]), 4);
    assert_eq!(text(&shown, &["invoiceItems", "3", "chargeAmount"]), "6.50");
    assert_eq!(
        text(&shown, &["invoiceItems", "3", "subscriptionNumber"]),
        "A-S00000002"
    );
    assert_eq!(
        text(&shown, &["invoiceItems", "3", "serviceStartDate"]),
        "2026-02-01"
    );
    let none = body.replace(
        r#""targetDate""#,
        r#""chargeTypeToExclude":"OneTime,Recurring","targetDate""#,
    );
    assert_eq!(
        length(&api.good("POST", path, &none).await, &["invoiceItems"]),
        0
    );
    let other = body.replace("A00000001", "A9");
    assert_eq!(api.call("POST", path, &other).await.status(), 404);
    let far = body.replace("2026-02-10", "9999-12-31");
    assert_eq!(
        length(&api.good("POST", path, &far).await, &["invoiceItems"]),
        24
    );
}
