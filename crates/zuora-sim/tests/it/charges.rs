//! The charges of subscriptions: custom fields, what is told of them, and what invoices have of them.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_catalog::Direction;
use zuora_wire::Json;

pub(crate) const READ: &str = "/v1/subscriptions/A-S00000001";

/// A rate plan with one charge that has these members; the ids of both.
pub(crate) async fn plan_with(api: &Api<'_>, members: &str, tiers: &str) -> (String, String) {
    let product =
        r#"{"Name":"Dock","EffectiveStartDate":"2020-01-01","EffectiveEndDate":"2040-01-01"}"#;
    let product = api.good("POST", "/v1/object/product", product).await;
    let plan = format!(
        r#"{{"Name":"Plan","ProductId":"{}"}}"#,
        text(&product, &["Id"])
    );
    let plan = api
        .good("POST", "/v1/object/product-rate-plan", &plan)
        .await;
    let plan = text(&plan, &["Id"]).to_owned();
    let charge = format!(
        r#"{{"Name":"Fee","ProductRatePlanId":"{plan}","BillCycleType":"DefaultFromCustomer","TriggerEvent":"ContractEffective","UseDiscountSpecificAccountingCode":false,{members},"ProductRatePlanChargeTierData":{{"ProductRatePlanChargeTier":[{tiers}]}}}}"#
    );
    let path = "/v1/object/product-rate-plan-charge";
    let charge = api.good("POST", path, &charge).await;
    (plan, text(&charge, &["Id"]).to_owned())
}

pub(crate) fn recurring(model: &str, period: &str) -> String {
    format!(r#""ChargeModel":"{model}","ChargeType":"Recurring","BillingPeriod":"{period}""#)
}

/// From 0 to 10 at 5, from 11 to 100 at 3.
pub(crate) fn steps(format: &str) -> String {
    format!(
        r#"{{"Currency":"EUR","StartingUnit":0,"EndingUnit":10,"Price":5,"PriceFormat":"{format}"}},
           {{"Currency":"EUR","StartingUnit":11,"EndingUnit":100,"Price":3,"PriceFormat":"{format}"}}"#
    )
}

/// A subscription to a plan from 2026-01-01 on for a year, with this said of its charge.
pub(crate) fn create_with(plan: &str, charge: &str, over: &str) -> String {
    let overrides = format!(
        r#"{{"productRatePlanId":"{plan}","chargeOverrides":[{{"productRatePlanChargeId":"{charge}",{over}}}]"#
    );
    create(plan).replace(&format!(r#"{{"productRatePlanId":"{plan}""#), &overrides)
}

pub(crate) fn change(plan: &str, charge: &str, update: &str) -> String {
    format!(
        r#"{{"type":"UpdateProduct","triggerDates":[{{"name":"ContractEffective","triggerDate":"2026-03-01"}}],"updateProduct":{{"subscriptionRatePlanNumber":"{plan}","chargeUpdates":[{{"chargeNumber":"{charge}",{update}}}]}}}}"#
    )
}

/// The first charge of the subscription.
pub(crate) async fn charge_of(api: &Api<'_>) -> Json {
    let all = format!("{READ}?charge-detail=all-segments");
    let seen = api.good("GET", &all, "").await;
    let charge = seen.at(&["ratePlans", "0", "ratePlanCharges", "0"]);
    charge.unwrap().clone()
}

/// No member of a reply is one that the reference does not know.
fn is_known(method: &str, path: &str, json: &Json) {
    let operation = zuora_catalog::find(method, path).unwrap().operation();
    let ty = operation.reply(200).unwrap().ty.unwrap();
    let report = ty.check(json, Direction::Reply);
    assert!(report.is_valid(), "{report}");
    assert!(report.unknown.is_empty(), "{:?}", report.unknown);
}

#[tokio::test]
async fn custom_fields_come_with_plans_and_charges() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Flat Fee Pricing", "Month"),
        r#"{"Currency":"EUR","Price":5}"#,
    )
    .await;
    let made = create_with(&plan, &charge, r#""customFields":{"Cc__c":"c"}"#);
    let made = made.replace(
        r#""chargeOverrides""#,
        r#""customFields":{"Rc__c":"r"},"chargeOverrides""#,
    );
    order(&api, "", &made).await;
    // They stay with later versions.
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{basic}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    let seen = api.good("GET", READ, "").await;
    let plan = seen.at(&["ratePlans", "0"]).unwrap();
    assert_eq!(text(plan, &["Rc__c"]), "r");
    let charge = plan.at(&["ratePlanCharges", "0"]).unwrap();
    assert_eq!(text(charge, &["Cc__c"]), "c");
    let id = text(charge, &["id"]);
    let path = format!("/v1/object/rate-plan-charge/{id}");
    let found = api.good("GET", &path, "").await;
    assert_eq!(text(&found, &["Cc__c"]), "c");
    let path = format!("/object-query/rate-plan-charges/{id}");
    let found = api.good("GET", &path, "").await;
    assert_eq!(text(&found, &["cc__c"]), "c");
    let query = format!(
        r#"{{"queryString":"select Rc__c from RatePlan where Id = '{}'"}}"#,
        text(plan, &["id"])
    );
    let found = api.good("POST", "/v1/action/query", &query).await;
    assert_eq!(text(&found, &["records", "0", "Rc__c"]), "r");

    let update = r#""customFields":{"Cc__c":"d"}"#;
    order(
        &api,
        "A-S00000001",
        &change(
            text(plan, &["subscriptionRatePlanNumber"]),
            text(charge, &["number"]),
            update,
        ),
    )
    .await;
    let seen = charge_of(&api).await;
    assert_eq!(text(&seen, &["chargeSegments", "0", "Cc__c"]), "c");
    assert_eq!(text(&seen, &["chargeSegments", "1", "Cc__c"]), "d");
}

#[tokio::test]
async fn subscriptions_take_custom_fields_of_charges() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Flat Fee Pricing", "Month"),
        r#"{"Currency":"EUR","Price":5}"#,
    )
    .await;
    let body = format!(
        r#"{{"accountKey":"A00000001","contractEffectiveDate":"2026-01-01","termType":"TERMED","initialTerm":12,"renewalTerm":12,"subscribeToRatePlans":[{{"productRatePlanId":"{plan}","Rx__c":1,"chargeOverrides":[{{"productRatePlanChargeId":"{charge}","price":7,"Chx__c":"x"}}]}}]}}"#
    );
    api.good("POST", "/v1/subscriptions", &body).await;
    let seen = api.good("GET", READ, "").await;
    assert_eq!(number(&seen, &["ratePlans", "0", "Rx__c"]), "1");
    let charge = charge_of(&api).await;
    assert_eq!(text(&charge, &["Chx__c"]), "x");
    assert_eq!(number(&charge, &["price"]), "7");

    // What takes its place brings its own.
    let change = format!(
        r#"{{"change":[{{"ratePlanId":"{}","newProductRatePlanId":"{plan}","contractEffectiveDate":"2026-02-01","Rx__c":2}}]}}"#,
        text(&seen, &["ratePlans", "0", "id"])
    );
    api.good("PUT", READ, &change).await;
    let seen = api.good("GET", READ, "").await;
    assert_eq!(number(&seen, &["ratePlans", "0", "Rx__c"]), "1");
    assert_eq!(number(&seen, &["ratePlans", "1", "Rx__c"]), "2");
}

#[tokio::test]
async fn an_update_finds_the_charge_by_the_id_that_was_read() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [_, seats] = prepared(&api).await;
    order(&api, "", &create(&seats)).await;
    let seen = api.good("GET", READ, "").await;
    let plan = seen.at(&["ratePlans", "0"]).unwrap();
    let body = format!(
        r#"{{"update":[{{"ratePlanId":"{}","contractEffectiveDate":"2026-02-01","chargeUpdateDetails":[{{"ratePlanChargeId":"{}","quantity":9}}]}}]}}"#,
        text(plan, &["id"]),
        text(plan, &["ratePlanCharges", "0", "id"])
    );
    for _ in 0..2 {
        // The ids of the first version are good for later ones.
        api.good("PUT", READ, &body).await;
        let seen = charge_of(&api).await;
        assert_eq!(number(&seen, &["quantity"]), "9");
        assert_eq!(number(&seen, &["mrr"]), "29.25");
    }
    let wrong = body.replace(text(plan, &["ratePlanCharges", "0", "id"]), &"0".repeat(32));
    refused(&api, "PUT", READ, &wrong, 404, &"0".repeat(32)).await;
}

#[tokio::test]
async fn charges_say_what_is_known_of_them() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Per Unit Pricing", "Semi-Annual"),
        r#"{"Currency":"EUR","Price":6}"#,
    )
    .await;
    let over =
        r#""billing":{"billingTiming":"IN_ARREARS"},"pricing":{"recurringPerUnit":{"quantity":2}}"#;
    order(&api, "", &create_with(&plan, &charge, over)).await;
    let first = charge_of(&api).await;
    let id = text(&first, &["id"]).to_owned();
    for (name, value) in [
        ("model", "PerUnit"),
        ("type", "Recurring"),
        ("billingPeriod", "Semi_Annual"),
        ("billingTiming", "IN_ARREARS"),
        ("endDateCondition", "Subscription_End"),
        ("currency", "EUR"),
        ("originalChargeId", id.as_str()),
        ("originalOrderDate", "2026-01-01"),
        ("amendedByOrderOn", ""),
        ("chargedThroughDate", ""),
    ] {
        assert_eq!(text(&first, &[name]), value, "{name}");
    }
    assert_eq!(number(&first, &["tcv"]), "24");
    is_known("GET", READ, &api.good("GET", READ, "").await);

    let update = change(
        "SRP-00000001",
        text(&first, &["number"]),
        r#""pricing":{"recurringPerUnit":{"quantity":3}}"#,
    );
    order(&api, "A-S00000001", &update).await;
    let second = charge_of(&api).await;
    assert_eq!(text(&second, &["originalChargeId"]), id);
    assert_eq!(text(&second, &["amendedByOrderOn"]), "2026-01-01");
    // From March on it is not whole periods any more.
    assert!(second.get("tcv").is_none_or(Json::is_null));
    let path = format!("/v1/object/rate-plan-charge/{}", text(&second, &["id"]));
    let found = api.good("GET", &path, "").await;
    assert_eq!(text(&found, &["OriginalId"]), id);
    assert_eq!(text(&found, &["BillCycleType"]), "DefaultFromCustomer");
    assert_eq!(text(&found, &["BillingPeriod"]), "Semi-Annual");
    assert_eq!(text(&found, &["BillingTiming"]), "In Arrears");
}

#[tokio::test]
async fn a_charge_of_the_catalogue_that_is_in_use_stays() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Flat Fee Pricing", "Month"),
        r#"{"Currency":"EUR","Price":5}"#,
    )
    .await;
    order(&api, "", &create(&plan)).await;
    let path = format!("/v1/object/product-rate-plan-charge/{charge}");
    let reply = api.call("DELETE", &path, "").await;
    assert_eq!(reply.status(), 400, "{reply:?}");
    let told = json(&reply).to_string();
    assert!(
        told.contains("the RatePlanCharge") && told.contains("belongs to it"),
        "{told}"
    );
    assert_eq!(count_of(&sim, "ProductRatePlanChargeTier"), 3);
    api.good("DELETE", "/v1/orders/O-00000001", "").await;
    api.good("DELETE", &path, "").await;
}

#[tokio::test]
async fn invoices_of_orders_name_the_charges() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [_, seats] = prepared(&api).await;
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","processingOptions":{{"runBilling":true,"billingOptions":{{"targetDate":"2026-02-15"}}}},"subscriptions":[{{"orderActions":[{}]}}]}}"#,
        create(&seats)
    );
    let made = api.good("POST", "/v1/orders", &body).await;
    let invoice = text(&made, &["invoiceIds", "0"]);
    let charge = charge_of(&api).await;
    let id = text(&charge, &["id"]);
    assert_eq!(text(&charge, &["chargedThroughDate"]), "2026-03-01");
    assert_eq!(text(&charge, &["processedThroughDate"]), "2026-02-01");
    let items = api
        .good("GET", &format!("/v1/invoices/{invoice}/items"), "")
        .await;
    assert_eq!(length(&items, &["invoiceItems"]), 2);
    let item = items.at(&["invoiceItems", "1"]).unwrap();
    for (name, value) in [
        ("chargeId", id),
        ("chargeName", "Seats fee"),
        ("chargeType", "Recurring"),
        ("processingType", "Charge"),
        ("productName", "Crane"),
        ("subscriptionName", "A-S00000001"),
        ("serviceStartDate", "2026-02-01"),
        ("serviceEndDate", "2026-02-28"),
    ] {
        assert_eq!(text(item, &[name]), value, "{name}: {item}");
    }
    assert_eq!(number(item, &["quantity"]), "2");
    assert_eq!(number(item, &["unitPrice"]), "3.25");
    let query = format!(
        r#"{{"queryString":"select Id, ServiceStartDate from InvoiceItem where RatePlanChargeId = '{id}'"}}"#
    );
    let found = api.good("POST", "/v1/action/query", &query).await;
    assert_eq!(number(&found, &["size"]), "2");
    let query = format!(
        r#"{{"queryString":"select ChargedThroughDate from RatePlanCharge where Id = '{id}'"}}"#
    );
    let found = api.good("POST", "/v1/action/query", &query).await;
    assert_eq!(
        text(&found, &["records", "0", "ChargedThroughDate"]),
        "2026-03-01"
    );
    let preview = r#"{"accountNumber":"A00000001","targetDate":"2026-03-15"}"#;
    let preview = api
        .good("POST", "/v1/operations/billing-preview", preview)
        .await;
    assert_eq!(length(&preview, &["invoiceItems"]), 1);
    assert_eq!(
        text(&preview, &["invoiceItems", "0", "serviceStartDate"]),
        "2026-03-01"
    );

    // A change begins a segment of its own, of which nothing is billed yet.
    order(
        &api,
        "A-S00000001",
        &change(
            "SRP-00000001",
            text(&charge, &["number"]),
            r#""pricing":{"recurringPerUnit":{"quantity":3}}"#,
        ),
    )
    .await;
    let seen = charge_of(&api).await;
    assert_eq!(
        text(&seen, &["chargeSegments", "0", "chargedThroughDate"]),
        "2026-03-01"
    );
    assert_eq!(
        text(&seen, &["chargeSegments", "1", "chargedThroughDate"]),
        ""
    );
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn what_is_billed_no_more_is_charged_through_no_more() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","processingOptions":{{"runBilling":true,"billingOptions":{{"generateDraftInvoice":true}}}},"subscriptions":[{{"orderActions":[{}]}}]}}"#,
        create(&basic)
    );
    let made = api.good("POST", "/v1/orders", &body).await;
    let charge = charge_of(&api).await;
    assert_eq!(text(&charge, &["chargedThroughDate"]), "2026-02-01");
    let path = format!("/v1/invoices/{}", text(&made, &["invoiceIds", "0"]));
    api.good("DELETE", &path, "").await;
    let charge = charge_of(&api).await;
    assert_eq!(text(&charge, &["chargedThroughDate"]), "");
}

#[tokio::test]
async fn the_demo_bills_the_charges_that_it_has() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let found = api.good("GET", "/object-query/invoice-items", "").await;
    let item = found.at(&["data", "0"]).unwrap();
    let charge = format!(
        "/object-query/rate-plan-charges/{}",
        text(item, &["ratePlanChargeId"])
    );
    let charge = api.good("GET", &charge, "").await;
    assert_eq!(text(item, &["chargeName"]), text(&charge, &["name"]));
    assert_eq!(text(&charge, &["chargedThroughDate"]), "1970-02-01");
    let preview = r#"{"accountNumber":"A00000001","targetDate":"1970-02-15"}"#;
    let preview = api
        .good("POST", "/v1/operations/billing-preview", preview)
        .await;
    assert_eq!(length(&preview, &["invoiceItems"]), 1);
    assert_eq!(
        text(&preview, &["invoiceItems", "0", "serviceStartDate"]),
        "1970-02-01"
    );
}

#[tokio::test]
async fn orders_and_their_previews_tell_only_what_the_reference_knows() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Volume Pricing", "Month"),
        &steps("Per Unit"),
    )
    .await;
    let over = r#""pricing":{"recurringVolume":{"quantity":12}},"customFields":{"Cc__c":"c"}"#;
    let action = create_with(&plan, &charge, over);
    let body = |more: &str| {
        format!(
            r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01",{more}"subscriptions":[{{"orderActions":[{action}]}}]}}"#
        )
    };
    let preview = body(
        r#""previewOptions":{"previewThruType":"SpecificDate","specificPreviewThruDate":"2026-01-31"},"#,
    );
    let seen = api.good("POST", "/v1/orders/preview", &preview).await;
    is_known("POST", "/v1/orders/preview", &seen);
    let invoice = seen.at(&["previewResult", "invoices", "0"]).unwrap();
    assert_eq!(number(invoice, &["amount"]), "36");
    let item = invoice.at(&["invoiceItems", "0"]).unwrap();
    assert_eq!(number(item, &["additionalInfo", "quantity"]), "12");
    assert_eq!(number(item, &["taxAmount"]), "0");
    let deltas = seen.at(&["previewResult", "orderDeltaMetrics"]).unwrap();
    assert_eq!(number(deltas, &["orderDeltaQty", "0", "quantity"]), "12");
    assert_eq!(text(deltas, &["orderDeltaMrr", "0", "currency"]), "EUR");

    for status in ["", r#""status":"Draft","#] {
        let made = api.good("POST", "/v1/orders", &body(status)).await;
        let path = format!("/v1/orders/{}", text(&made, &["orderNumber"]));
        let seen = api.good("GET", &path, "").await;
        is_known("GET", &path, &seen);
        let plan = [
            "order",
            "subscriptions",
            "0",
            "orderActions",
            "0",
            "createSubscription",
            "subscribeToRatePlans",
            "0",
        ];
        let plan = seen.at(&plan).unwrap();
        let told = plan.at(&["chargeOverrides", "0"]).unwrap();
        assert_eq!(text(told, &["productRateplanChargeId"]), charge);
        assert_eq!(text(told, &["customFields", "Cc__c"]), "c");
    }
    // A draft is carried out as it was sent.
    api.good("PUT", "/v1/orders/O-00000002/activate", "{}")
        .await;
    let seen = api.good("GET", "/v1/subscriptions/A-S00000002", "").await;
    assert_eq!(number(&seen, &["contractedMrr"]), "36");
}
