//! Products, rate plans, charges and tiers: written through CRUD, read through all doors.

use crate::{subscriptions::prepared, support::*};
use zuora_wire::Json;

#[tokio::test]
async fn rate_plans_are_read_with_their_charges() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let products = api.good("GET", "/v1/catalog/products", "").await;
    let product = text(&products, &["products", "0", "id"]);
    let path = format!("/v1/rateplan/{product}/productRatePlan");
    assert!(text(&products, &["products", "0", "productRatePlans"]).ends_with(&path));
    let plans = api.good("GET", &path, "").await;
    let plans = plans
        .get("productRatePlans")
        .and_then(Json::as_array)
        .unwrap();
    assert_eq!(plans.len(), 2);
    assert_eq!(text(&plans[0], &["name"]), "Basic");
    assert_eq!(text(&plans[0], &["status"]), "Active");
    let charge = plans[1].at(&["productRatePlanCharges", "0"]).unwrap();
    assert_eq!(text(charge, &["model"]), "Per Unit Pricing");
    assert_eq!(text(charge, &["defaultQuantity"]), "2");
    assert_eq!(text(charge, &["pricing", "0", "currency"]), "EUR");
    assert_eq!(text(charge, &["pricing", "0", "price"]), "3.25");
    let second = api
        .good("GET", &format!("{path}?pageSize=1&page=2"), "")
        .await;
    assert_eq!(text(&second, &["productRatePlans", "0", "id"]), seats);
    assert_eq!(
        api.call("GET", "/v1/rateplan/none/productRatePlan", "")
            .await
            .status(),
        404
    );

    let named = r#"{"ExternalRatePlanIds":["shop-1","shop-2"],"EffectiveStartDate":"2030-01-01"}"#;
    api.good(
        "PUT",
        &format!("/v1/object/product-rate-plan/{basic}"),
        named,
    )
    .await;
    let found = api
        .good("GET", "/v1/product-rate-plans/external-id/shop-2", "")
        .await;
    assert_eq!(text(&found, &["productRatePlans", "0", "id"]), basic);
    assert_eq!(
        text(&found, &["productRatePlans", "0", "status"]),
        "NotStarted"
    );
    let none = api
        .call("GET", "/v1/product-rate-plans/external-id/shop-3", "")
        .await;
    assert_eq!(none.status(), 404);
}

#[tokio::test]
async fn charges_have_prices_tiers_and_accounts() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [_, seats] = prepared(&api).await;
    let tiered = format!(
        r#"{{"Name":"Calls","ProductRatePlanId":"{seats}","BillCycleType":"DefaultFromCustomer","BillingPeriod":"Month","ChargeModel":"Tiered Pricing","ChargeType":"Recurring","TriggerEvent":"ContractEffective","UseDiscountSpecificAccountingCode":false,"UOM":"Call","ProductRatePlanChargeTierData":{{"ProductRatePlanChargeTier":[{{"Currency":"EUR","Price":2,"Tier":1,"StartingUnit":0,"EndingUnit":10}},{{"Currency":"EUR","Price":1.5,"Tier":2,"StartingUnit":11}},{{"Currency":"USD","Price":3}}]}}}}"#
    );
    let made = api
        .good("POST", "/v1/object/product-rate-plan-charge", &tiered)
        .await;
    let id = text(&made, &["Id"]);
    let path = format!("/v1/product-rate-plan-charges/{id}");
    let charge = api.good("GET", &path, "").await;
    assert_eq!(text(&charge, &["model"]), "Tiered");
    assert_eq!(text(&charge, &["type"]), "Recurring");
    assert_eq!(
        number(&charge, &["pricing", "0", "tiers", "0", "1", "price"]),
        "1.5"
    );
    assert_eq!(number(&charge, &["pricing", "1", "price"]), "3");
    let codes = r#"{"deferredRevenueAccountingCode":"Deferred"}"#;
    api.good("PUT", &format!("{path}/finance-information"), codes)
        .await;
    let codes = r#"{"recognizedRevenueAccountingCode":"Sales"}"#;
    api.good("PUT", &format!("{path}/finance-information"), codes)
        .await;
    let charge = api.good("GET", &path, "").await;
    let kept = ["financeInformation", "deferredRevenueAccountingCode"];
    assert_eq!(text(&charge, &kept), "Deferred");
    let kept = ["financeInformation", "recognizedRevenueAccountingCode"];
    assert_eq!(text(&charge, &kept), "Sales");

    let query = format!(
        "/object-query/product-rate-plan-charge-tiers?filter[]=productRatePlanChargeId.EQ:{id}"
    );
    let tiers = api.good("GET", &query, "").await;
    let tier = format!(
        "/v1/object/product-rate-plan-charge-tier/{}",
        text(&tiers, &["data", "1", "id"])
    );
    assert_eq!(number(&api.good("GET", &tier, "").await, &["Price"]), "1.5");
    api.good("PUT", &tier, r#"{"Price":1.25}"#).await;
    assert_eq!(
        number(&api.good("GET", &tier, "").await, &["Price"]),
        "1.25"
    );
    let plan = api
        .good(
            "GET",
            &format!("/v1/rateplan/{}/productRatePlan", product_of(&api).await),
            "",
        )
        .await;
    let price = [
        "productRatePlans",
        "1",
        "productRatePlanCharges",
        "1",
        "pricing",
        "0",
        "tiers",
        "1",
        "price",
    ];
    assert_eq!(text(&plan, &price), "1.25");
    assert_eq!(
        api.call("GET", "/v1/product-rate-plan-charges/none", "")
            .await
            .status(),
        404
    );
    // Its tiers go with it.
    api.good(
        "DELETE",
        &format!("/v1/object/product-rate-plan-charge/{id}"),
        "",
    )
    .await;
    assert_eq!(api.call("GET", &tier, "").await.status(), 404);
}

async fn product_of(api: &Api<'_>) -> String {
    let products = api.good("GET", "/v1/catalog/products", "").await;
    text(&products, &["products", "0", "id"]).to_owned()
}
