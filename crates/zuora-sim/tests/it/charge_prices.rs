//! What charges cost by tiers, volume and period, and what they bring in a month.

use crate::{
    charges::{READ, change, charge_of, create_with, plan_with, recurring, steps},
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_wire::Json;

/// The tiers of a charge: `number begin..end price format`.
async fn tiers_of(api: &Api<'_>, charge: &str) -> Vec<String> {
    let path =
        format!("/object-query/rate-plan-charge-tiers?filter[]=ratePlanChargeId.EQ:{charge}");
    let found = api.good("GET", &path, "").await;
    let tiers = found.get("data").and_then(Json::as_array).unwrap();
    let told = |tier: &Json, name: &str| number(tier, &[name]);
    let tiers = tiers.iter().map(|tier| {
        format!(
            "{} {}..{} {} {}",
            told(tier, "tier"),
            told(tier, "startingUnit"),
            told(tier, "endingUnit"),
            told(tier, "price"),
            text(tier, &["priceFormat"])
        )
    });
    tiers.collect()
}

#[tokio::test]
async fn prices_climb_through_tiers_or_follow_the_volume() {
    for (model, format, quantity, mrr) in [
        ("Tiered Pricing", "Per Unit", "12", "56"),
        ("Tiered Pricing", "Per Unit", "10", "50"),
        ("Tiered Pricing", "Per Unit", "0", "0"),
        ("Tiered Pricing", "Per Unit", "10.5", "51.5"),
        ("Tiered Pricing", "Per Unit", "101", "323"),
        ("Tiered Pricing", "Flat Fee", "12", "8"),
        ("Tiered Pricing", "Flat Fee", "3", "5"),
        ("Volume Pricing", "Per Unit", "12", "36"),
        ("Volume Pricing", "Per Unit", "10", "50"),
        ("Volume Pricing", "Per Unit", "200", "600"),
        ("Volume Pricing", "Flat Fee", "12", "3"),
    ] {
        let sim = tenant();
        let api = Api::new(&sim).await;
        prepared(&api).await;
        let (plan, charge) = plan_with(&api, &recurring(model, "Month"), &steps(format)).await;
        let member = if model.starts_with('T') {
            "recurringTiered"
        } else {
            "recurringVolume"
        };
        let over = format!(r#""pricing":{{"{member}":{{"quantity":{quantity}}}}}"#);
        order(&api, "", &create_with(&plan, &charge, &over)).await;
        let seen = charge_of(&api).await;
        assert_eq!(number(&seen, &["mrr"]), mrr, "{model} {format} {quantity}");
        assert_eq!(number(&seen, &["quantity"]), quantity);
        assert!(seen.get("price").is_none_or(Json::is_null), "{seen}");
        assert_eq!(number(&seen, &["tiers", "1", "price"]), "3");
        let whole = api.good("GET", READ, "").await;
        assert_eq!(number(&whole, &["contractedMrr"]), mrr);
        let format = format.replace(' ', "");
        let wanted = [
            format!("1 0..10 5 {format}"),
            format!("2 11..100 3 {format}"),
        ];
        assert_eq!(tiers_of(&api, text(&seen, &["id"])).await, wanted);
    }
}

#[tokio::test]
async fn what_has_no_meaning_is_no_price() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Per Unit Pricing", "Month"),
        r#"{"Currency":"EUR","Price":5}"#,
    )
    .await;
    let over = r#""pricingAttributes":{"quantity":"x","listPrice":true,"tiers":[1,{"price":"y"}],"billingPeriod":7}"#;
    order(&api, "", &create_with(&plan, &charge, over)).await;
    let seen = charge_of(&api).await;
    assert_eq!(number(&seen, &["quantity"]), "1");
    assert_eq!(text(&seen, &["billingPeriod"]), "Month");
    assert_eq!(number(&seen, &["mrr"]), "5");
    sim.restore(&sim.snapshot()).unwrap();
    let wrong = create_with(&plan, &charge, r#""customFields":{"plain":1}"#);
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{{"orderActions":[{wrong}]}}]}}"#
    );
    refused(
        &api,
        "POST",
        "/v1/orders",
        &body,
        400,
        "plain is not the name",
    )
    .await;
    assert_eq!(count_of(&sim, "RatePlan"), 1);
}

#[tokio::test]
async fn tiers_belong_to_versions_and_segments() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let (plan, charge) = plan_with(
        &api,
        &recurring("Tiered Pricing", "Month"),
        &steps("Per Unit"),
    )
    .await;
    let own = |price: u32| {
        format!(
            r#""pricing":{{"recurringTiered":{{"quantity":15,"tiers":[{{"tier":1,"startingUnit":0,"endingUnit":10,"price":{price},"priceFormat":"FlatFee"}},{{"tier":2,"startingUnit":11,"price":2,"priceFormat":"PerUnit"}}]}}}}"#
        )
    };
    order(&api, "", &create_with(&plan, &charge, &own(100))).await;
    let first = charge_of(&api).await;
    assert_eq!(number(&first, &["mrr"]), "110");
    let wanted = |price: u32| {
        [
            format!("1 0..10 {price} FlatFee"),
            "2 11.. 2 PerUnit".to_owned(),
        ]
    };
    let id = text(&first, &["id"]).to_owned();
    assert_eq!(tiers_of(&api, &id).await, wanted(100));

    let update = change("SRP-00000001", text(&first, &["number"]), &own(200));
    order(&api, "A-S00000001", &update).await;
    let second = charge_of(&api).await;
    let segments: Vec<_> = ["0", "1"]
        .map(|place| number(&second, &["chargeSegments", place, "mrr"]))
        .into();
    assert_eq!(segments, ["110", "210"]);
    assert_eq!(
        number(&second, &["chargeSegments", "0", "tiers", "0", "price"]),
        "100"
    );
    assert_eq!(tiers_of(&api, text(&second, &["id"])).await, wanted(200));
    assert_eq!(count_of(&sim, "RatePlanChargeTier"), 6);
    sim.restore(&sim.snapshot()).unwrap();

    let tier = format!(
        "/object-query/rate-plan-charge-tiers?filter[]=ratePlanChargeId.EQ:{id}&expand[]=ratePlanCharge"
    );
    let tier = api.good("GET", &tier, "").await;
    assert_eq!(text(&tier, &["data", "0", "ratePlanCharge", "id"]), id);
    let tier = text(&tier, &["data", "0", "id"]).to_owned();
    let path = format!("/v1/object/rate-plan-charge-tier/{tier}");
    let read = api.good("GET", &path, "").await;
    assert_eq!(number(&read, &["Price"]), "100");
    assert_eq!(text(&read, &["RatePlanChargeId"]), id);
    // They change with their charges only.
    let body = format!(r#"{{"type":"RatePlanChargeTier","ids":["{tier}"]}}"#);
    let told = api.call("POST", "/v1/action/delete", &body).await;
    assert!(json(&told).to_string().contains("cannot be deleted here"));
    let body =
        format!(r#"{{"type":"RatePlanChargeTier","objects":[{{"Id":"{tier}","Price":1}}]}}"#);
    let told = api.call("POST", "/v1/action/update", &body).await;
    assert!(json(&told).to_string().contains("cannot be changed here"));
    assert_eq!(tiers_of(&api, &id).await, wanted(100));

    api.good("DELETE", "/v1/orders/O-00000002", "").await;
    assert_eq!(count_of(&sim, "RatePlanChargeTier"), 2);
    api.good("DELETE", "/v1/orders/O-00000001", "").await;
    assert_eq!(count_of(&sim, "RatePlanChargeTier"), 0);
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn prices_without_steps_are_one_tier() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let seen = charge_of(&api).await;
    assert_eq!(
        tiers_of(&api, text(&seen, &["id"])).await,
        ["1 0.. 10.50 FlatFee"]
    );
    assert!(seen.get("tiers").is_none());
    order(&api, "", &create(&seats)).await;
    let query = r#"{"queryString":"select Price, PriceFormat, Tier from RatePlanChargeTier where Price = 3.25"}"#;
    let found = api.good("POST", "/v1/action/query", query).await;
    assert_eq!(text(&found, &["records", "0", "PriceFormat"]), "PerUnit");
    assert_eq!(number(&found, &["records", "0", "Tier"]), "1");
}

#[tokio::test]
async fn discounts_and_usage_bring_no_revenue() {
    for (members, tiers, over, wanted) in [
        (
            recurring("Discount-Percentage", "Month"),
            r#"{"DiscountPercentage":10}"#,
            r#""description":"d""#,
            [("discountPercentage", "10"), ("price", "null"), ("mrr", "0")],
        ),
        (
            recurring("Discount-Fixed Amount", "Month"),
            r#"{"Currency":"EUR","DiscountAmount":4.50}"#,
            r#""pricing":{"discount":{"discountAmount":5.25}}"#,
            [("discountAmount", "5.25"), ("price", "null"), ("mrr", "0")],
        ),
        (
            r#""ChargeModel":"Per Unit Pricing","ChargeType":"Usage","BillingPeriod":"Month","DefaultQuantity":3"#.to_owned(),
            r#"{"Currency":"EUR","Price":2}"#,
            r#""pricing":{"usagePerUnit":{"listPrice":2.5}}"#,
            [("quantity", "null"), ("price", "2.5"), ("mrr", "0")],
        ),
        (
            r#""ChargeModel":"Overage Pricing","ChargeType":"Usage","BillingPeriod":"Month","IncludedUnits":100"#.to_owned(),
            r#"{"Currency":"EUR","Price":2}"#,
            r#""pricing":{"usageOverage":{"overagePrice":3}}"#,
            [("includedUnits", "100"), ("overagePrice", "3"), ("mrr", "0")],
        ),
        (
            r#""ChargeModel":"Flat Fee Pricing","ChargeType":"OneTime","BillingPeriod":"Month""#.to_owned(),
            r#"{"Currency":"EUR","Price":2}"#,
            r#""pricing":{"oneTimeFlatFee":{"listPrice":9}}"#,
            [("price", "9"), ("mrr", "0"), ("tcv", "9")],
        ),
    ] {
        let sim = tenant();
        let api = Api::new(&sim).await;
        prepared(&api).await;
        let (plan, charge) = plan_with(&api, &members, tiers).await;
        order(&api, "", &create_with(&plan, &charge, over)).await;
        let seen = charge_of(&api).await;
        for (name, value) in wanted {
            assert_eq!(number(&seen, &[name]), value, "{name}: {seen}");
        }
        let whole = api.good("GET", READ, "").await;
        assert_eq!(number(&whole, &["contractedMrr"]), "0");
    }
}

#[tokio::test]
async fn revenue_of_a_month_is_a_part_of_longer_prices() {
    for (period, more, price, mrr) in [
        ("Annual", "", "1200.00", "100"),
        ("Annual", "", "100", "8.333333333"),
        ("Annual", "", "50", "4.166666667"),
        ("Quarter", "", "31.50", "10.5"),
        ("Semi-Annual", "", "60", "10"),
        (
            "Specific Months",
            r#","SpecificBillingPeriod":5"#,
            "60",
            "12",
        ),
        ("Specific Months", "", "60", "0"),
        ("Week", "", "3", "13"),
        (
            "Specific Weeks",
            r#","SpecificBillingPeriod":2"#,
            "3",
            "6.5",
        ),
        ("Month", "", "17.00", "17.00"),
        ("Annual", r#","ListPriceBase":"Per Month""#, "7", "7"),
        ("Subscription Term", "", "7", "0"),
    ] {
        let sim = tenant();
        let api = Api::new(&sim).await;
        prepared(&api).await;
        let members = recurring("Flat Fee Pricing", period) + more;
        let tiers = format!(r#"{{"Currency":"EUR","Price":{price}}}"#);
        let (plan, _) = plan_with(&api, &members, &tiers).await;
        order(&api, "", &create(&plan)).await;
        let seen = charge_of(&api).await;
        assert_eq!(number(&seen, &["mrr"]), mrr, "{period} {more} {price}");
        let whole = api.good("GET", READ, "").await;
        assert_eq!(number(&whole, &["contractedMrr"]), mrr);
    }
}
