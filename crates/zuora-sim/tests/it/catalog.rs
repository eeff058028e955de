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

#[tokio::test]
async fn the_rate_plans_of_a_product_depend_on_the_version() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let product = product_of(&api).await;
    sim.set_tenant_version(None);
    let link = format!("/v1/rateplan/{product}/productRatePlan");
    let plans = json(&api.call("GET", &link, "").await);
    let all = "/v1/catalog/products";
    let one = format!("/v1/catalog/product/{product}");
    let within = |path: &str, read: &Json| match path == all {
        true => read.at(&["products", "0"]).unwrap().clone(),
        false => read.clone(),
    };
    // None asks again for what another version was answered before.
    for version in [
        None,
        Some("230.0"),
        Some("224.0"),
        Some("2026-01-01"),
        Some("2025-08-12"),
    ] {
        for path in [all, &one] {
            let mut request = api.request("GET", path, None, "");
            if let Some(version) = version {
                request = with(request, "zuora-version", version);
            }
            let reply = json(&api.send(request).await.unwrap());
            assert_eq!(reply.get("success"), Some(&true.into()), "{reply}");
            let product = within(path, &reply);
            assert_eq!(text(&product, &["name"]), "Crane");
            let seen = product.get("productRatePlans").unwrap();
            if matches!(version, Some("230.0" | "2025-08-12")) {
                assert_eq!(seen.as_str(), Some(&*format!("{}{link}", sim.base_url())));
                continue;
            }
            assert_eq!(Some(seen), plans.get("productRatePlans"), "{version:?}");
            let ids = seen.as_array().unwrap().iter();
            let ids: Vec<_> = ids.map(|plan| text(plan, &["id"])).collect();
            assert_eq!(ids, [&basic, &seats], "{version:?}");
        }
    }
}

async fn product_of(api: &Api<'_>) -> String {
    let products = api.good("GET", "/v1/catalog/products", "").await;
    text(&products, &["products", "0", "id"]).to_owned()
}

#[tokio::test]
async fn commerce_has_the_same_products() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let charge = |name: &str, model: &str, pricing: &str| {
        format!(
            r#"{{"name":"{name}","charge_type":"recurring","charge_model":"{model}","unit_of_measure":"Each","bill_cycle":{{"type":"default_from_customer","period":"bill_cycle_period_month","period_alignment":"align_to_charge","timing":"in_advance"}},"trigger_event":"contract_effective","end_date_condition":"subscription_end","pricing":{pricing}}}"#
        )
    };
    let flat = charge(
        "Fee",
        "flat_fee",
        r#"{"flat_amounts":{"EUR":10.50,"USD":12}}"#,
    );
    let plan = format!(
        r#"{{"name":"Gold","start_date":"2020-01-01","end_date":"2040-01-01","active_currencies":["EUR","USD"],"charges":[{flat}]}}"#
    );
    let body = format!(
        r#"{{"name":"Crane","sku":"CR-1","category":"add_on","start_date":"2020-01-01","end_date":"2040-01-01","plans":[{plan}]}}"#
    );
    let made = api.good("POST", "/commerce/products", &body).await;
    let product = text(&made, &["id"]).to_owned();
    assert_eq!(text(&made, &["category"]), "add_on");
    let fee = ["plans", "0", "productRatePlanCharges", "0"];
    assert_eq!(
        text(&made, &[&fee[..], &["chargeModel"]].concat()),
        "flat_fee"
    );
    assert_eq!(
        number(
            &made,
            &[&fee[..], &["pricing", "flatAmounts", "EUR"]].concat()
        ),
        "10.50"
    );
    assert_eq!(
        text(&made, &[&fee[..], &["billCycle", "period"]].concat()),
        "bill_cycle_period_month"
    );
    // The other doors see it, and orders can be made of it.
    let seen = api.good("GET", "/v1/catalog/product/CR-1", "").await;
    assert_eq!(text(&seen, &["category"]), "Add On Services");
    let gold = text(&made, &["plans", "0", "id"]).to_owned();
    let account =
        r#"{"name":"n","currency":"USD","billToContact":{"firstName":"a","lastName":"b"}}"#;
    api.good("POST", "/v1/accounts", account).await;
    crate::subscriptions::order(&api, "", &crate::subscriptions::create(&gold)).await;
    let bought = api.good("GET", "/v1/subscriptions/A-S00000001", "").await;
    assert_eq!(number(&bought, &["contractedMrr"]), "12");

    let more = format!(
        r#"{{"product_key":"{product}","name":"Silver","start_date":"2020-01-01","end_date":"2040-01-01","active_currencies":["EUR"],"charges":[{}]}}"#,
        charge(
            "Calls",
            "tiered",
            r#"{"tiers":[{"tier":"1","from":0,"up_to":10,"price_format":"price_format_per_unit","unit_amounts":{"EUR":2}},{"tier":"2","from":11,"price_format":"price_format_flat_fee","flat_amounts":{"EUR":15}}]}"#
        )
    );
    let silver = api.good("POST", "/commerce/plans", &more).await;
    let steps = ["productRatePlanCharges", "0", "pricing", "tiers"];
    assert_eq!(length(&silver, &steps), 2);
    assert_eq!(
        number(
            &silver,
            &[&steps[..], &["1", "flatAmounts", "EUR"]].concat()
        ),
        "15"
    );
    assert_eq!(
        number(&silver, &[&steps[..], &["0", "upTo"]].concat()),
        "10"
    );

    let all = r#"{"filters":[{"field":"product_id","operator":"EQ","value":"ID"},{"field":"name","operator":"SW","value":"Si"}]}"#;
    let found = api
        .good("POST", "/commerce/plans/list", &all.replace("ID", &product))
        .await;
    assert_eq!(length(&found, &["values"]), 1);
    assert_eq!(text(&found, &["values", "0", "name"]), "Silver");
    let wrong = all.replace("\"name\"", "\"colour\"");
    let reply = api.call("POST", "/commerce/plans/list", &wrong).await;
    assert_eq!(reply.status(), 400);

    let change = format!(r#"{{"id":"{gold}","name":"Platinum","endDate":"2025-01-01"}}"#);
    api.good("PUT", "/commerce/plans", &change).await;
    let change = format!(r#"{{"id":"{product}","name":"Tower crane","category":"base"}}"#);
    assert_eq!(
        text(
            &api.good("PUT", "/commerce/products", &change).await,
            &["category"]
        ),
        "base"
    );
    let expand = r#"{"expand":{"productRatePlans":true,"productRatePlanCharges":true}}"#;
    let path = format!("/commerce/products/{product}");
    let whole = api.good("POST", &path, expand).await;
    assert_eq!(text(&whole, &["name"]), "Tower crane");
    assert_eq!(text(&whole, &["productRatePlans", "0", "name"]), "Platinum");
    let calls = text(
        &whole,
        &["productRatePlans", "1", "productRatePlanCharges", "0", "id"],
    );
    let change = format!(
        r#"{{"charge":{{"id":"{calls}","name":"Talk","pricing":{{"flat_amounts":{{"EUR":9}}}}}}}}"#
    );
    let changed = api.good("PUT", "/commerce/charges", &change).await;
    assert_eq!(text(&changed, &["name"]), "Talk");
    assert_eq!(number(&changed, &["pricing", "flatAmounts", "EUR"]), "9");
    assert_eq!(length(&changed, &["pricing", "tiers"]), 0);
    let query = format!(
        "/object-query/product-rate-plan-charge-tiers?filter[]=productRatePlanChargeId.EQ:{calls}"
    );
    let tiers = api.good("GET", &query, "").await;
    let tier = format!(
        r#"{{"id":"{}","price":8.75}}"#,
        text(&tiers, &["data", "0", "id"])
    );
    let tier = api.good("PUT", "/commerce/tiers", &tier).await;
    assert_eq!(number(&tier, &["price"]), "8.75");
    assert_eq!(
        api.call("POST", "/commerce/products/none", "{}")
            .await
            .status(),
        404
    );
    let snapshot = sim.snapshot();
    // The SKU is taken: neither product nor plans come of it.
    let again = api.call("POST", "/commerce/products", &body).await;
    assert_eq!(again.status(), 400);
    assert_eq!(sim.snapshot(), snapshot);
}
