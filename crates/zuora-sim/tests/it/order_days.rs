//! The days of order actions: when charges begin, change and end.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_wire::{Decimal, Json};

const NAME: &str = "A-S00000001";
const READ: &str = "/v1/subscriptions/A-S00000001?charge-detail=all-segments";

/// An action with the day of its contract.
fn on(day: &str, ty: &str, part: &str) -> String {
    format!(
        r#"{{"type":"{ty}","triggerDates":[{{"name":"ContractEffective","triggerDate":"{day}"}}],{part}}}"#
    )
}

fn add(day: &str, plan: &str) -> String {
    let part = format!(r#""addProduct":{{"productRatePlanId":"{plan}"}}"#);
    on(day, "AddProduct", &part)
}

fn remove(day: &str, plan: &str) -> String {
    let part = format!(r#""removeProduct":{{"productRatePlanId":"{plan}"}}"#);
    on(day, "RemoveProduct", &part)
}

fn cancel(day: &str) -> String {
    format!(
        r#"{{"type":"CancelSubscription","cancelSubscription":{{"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"{day}"}}}}"#
    )
}

fn suspend(day: &str) -> String {
    format!(
        r#"{{"type":"Suspend","suspend":{{"suspendPolicy":"SpecificDate","suspendSpecificDate":"{day}"}}}}"#
    )
}

fn resume(day: &str) -> String {
    format!(
        r#"{{"type":"Resume","resume":{{"resumePolicy":"SpecificDate","resumeSpecificDate":"{day}"}}}}"#
    )
}

/// Seats from a day on.
fn update(day: &str, plan: &str, seats: u32) -> String {
    let part = format!(
        r#""updateProduct":{{"ratePlanId":"{plan}","chargeUpdates":[{{"chargeNumber":"C-00000001","pricing":{{"recurringPerUnit":{{"quantity":{seats}}}}}}}]}}"#
    );
    on(day, "UpdateProduct", &part)
}

/// `from..to` of the segments of each charge, in the order of the rate plans.
fn runs(subscription: &Json) -> Vec<String> {
    let mut runs = Vec::new();
    for plan in subscription.get("ratePlans").unwrap().as_array().unwrap() {
        for charge in plan.get("ratePlanCharges").unwrap().as_array().unwrap() {
            let segments = charge.get("chargeSegments").unwrap().as_array().unwrap();
            let segments = segments.iter().map(|segment| {
                let day = |name| text(segment, &[name]).to_owned();
                format!("{}..{}", day("effectiveStartDate"), day("effectiveEndDate"))
            });
            runs.push(segments.collect::<Vec<String>>().join(" "));
        }
    }
    runs
}

/// What the segments and the sum are after an action.
async fn after(api: &Api<'_>, action: &str) -> (Vec<String>, String) {
    order(api, NAME, action).await;
    let seen = api.good("GET", READ, "").await;
    (runs(&seen), number(&seen, &["contractedMrr"]))
}

async fn not_taken(api: &Api<'_>, action: &str, rule: &str) {
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{{"subscriptionNumber":"{NAME}","orderActions":[{action}]}}]}}"#
    );
    refused(api, "POST", "/v1/orders", &body, 400, rule).await;
}

#[tokio::test]
async fn charges_begin_and_end_on_the_days_of_actions() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let whole = sim.snapshot();
    for day in ["2019-02-01", "2035-02-01"] {
        let rule = "lies outside of the subscription, which runs from 2026-01-01 to 2027-01-01";
        not_taken(&api, &add(day, &seats), rule).await;
        not_taken(&api, &remove(day, &basic), rule).await;
        not_taken(&api, &cancel(day), rule).await;
        not_taken(&api, &suspend(day), rule).await;
    }
    not_taken(&api, &add("2027-01-01", &seats), "ends on that day").await;
    not_taken(&api, &add("soon", &seats), "is not a date").await;
    assert_eq!(sim.snapshot(), whole);

    let (year, added) = ("2026-01-01..2027-01-01", "2026-02-01..2027-01-01");
    let seen = after(&api, &add("2026-02-01", &seats)).await;
    assert_eq!(seen, (vec![year.into(), added.into()], "17.00".into()));
    // Charges follow the end of the term.
    let renew = r#"{"type":"RenewSubscription","renewSubscription":{}}"#;
    let seen = after(&api, renew).await;
    let two = ["2026-01-01..2028-01-01", "2026-02-01..2028-01-01"];
    assert_eq!(seen, (two.map(String::from).into(), "17.00".into()));
    let seen = after(&api, &remove("2026-05-01", &basic)).await;
    let ended = ["2026-01-01..2026-05-01", two[1]];
    assert_eq!(seen, (ended.map(String::from).into(), "6.50".into()));
    let of_plan = api.good("GET", READ, "").await;
    assert_eq!(
        text(&of_plan, &["ratePlans", "0", "lastChangeType"]),
        "Remove"
    );
    let seen = after(&api, &cancel("2026-06-01")).await;
    let cut = ["2026-01-01..2026-05-01", "2026-02-01..2026-06-01"];
    assert_eq!(seen, (cut.map(String::from).into(), "0".into()));
    // The versions before are as they were.
    let third = api
        .good(
            "GET",
            "/v1/subscriptions/A-S00000001/versions/3?charge-detail=all-segments",
            "",
        )
        .await;
    assert_eq!(runs(&third), two);
    assert_eq!(number(&third, &["contractedMrr"]), "17.00");
}

#[tokio::test]
async fn charges_begin_by_their_trigger_events() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let charge = format!(
        r#"{{"Name":"Set-up","ProductRatePlanId":"{seats}","BillCycleType":"DefaultFromCustomer","BillingPeriod":"Month","ChargeModel":"Flat Fee Pricing","ChargeType":"Recurring","TriggerEvent":"ServiceActivation","UseDiscountSpecificAccountingCode":false,"ProductRatePlanChargeTierData":{{"ProductRatePlanChargeTier":[{{"Currency":"EUR","Price":1}}]}}}}"#
    );
    api.good("POST", "/v1/object/product-rate-plan-charge", &charge)
        .await;
    order(&api, "", &create(&basic)).await;
    let both = add("2026-02-01", &seats).replace(
        r#""triggerDates":["#,
        r#""triggerDates":[{"name":"ServiceActivation","triggerDate":"2026-03-01"},"#,
    );
    let seen = after(&api, &both).await.0;
    let year = "2026-01-01..2027-01-01";
    let (contract, service) = ("2026-02-01..2027-01-01", "2026-03-01..2027-01-01");
    assert_eq!(seen, [year, contract, service]);
}

#[tokio::test]
async fn changes_make_segments() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [_, seats] = prepared(&api).await;
    order(&api, "", &create(&seats)).await;
    let seen = api.good("GET", READ, "").await;
    let plan = text(&seen, &["ratePlans", "0", "id"]);
    let seen = after(&api, &update("2026-02-01", plan, 5)).await;
    let two = "2026-01-01..2026-02-01 2026-02-01..2027-01-01";
    assert_eq!(seen, (vec![two.into()], "16.25".into()));
    let seen = api.good("GET", READ, "").await;
    let charge = ["ratePlans", "0", "ratePlanCharges", "0"];
    let of = |path: &[&str]| number(&seen, &[&charge[..], path].concat());
    assert_eq!(of(&["segment"]), "2");
    assert_eq!(of(&["quantity"]), "5");
    assert_eq!(of(&["number"]), r#""C-00000001""#);
    assert_eq!(of(&["chargeSegments", "0", "segment"]), "1");
    assert_eq!(of(&["chargeSegments", "0", "quantity"]), "2");
    assert_eq!(length(&seen, &["ratePlans", "0", "ratePlanCharges"]), 1);
    // A change of the last segment's first day is no further segment; the next version has both.
    let seen = after(&api, &update("2026-02-01", plan, 4)).await;
    assert_eq!(seen, (vec![two.into()], "13.00".into()));
    let segments = "/object-query/rate-plan-charges?filter[]=isLastSegment.EQ:false";
    assert!(length(&api.good("GET", segments, "").await, &["data"]) >= 1);
    // What is removed before the second segment ends the first.
    let seen = after(&api, &remove("2026-01-15", &seats)).await;
    assert_eq!(seen.0, ["2026-01-01..2026-01-15"]);
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn a_pause_has_its_days() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    order(&api, NAME, &suspend("2026-03-01")).await;
    not_taken(&api, &resume("2026-02-01"), "suspended from 2026-03-01 on").await;
    not_taken(&api, &resume("2028-02-01"), "lies outside").await;
    order(&api, NAME, &resume("2026-04-01")).await;
    let seen = api.good("GET", READ, "").await;
    assert_eq!(text(&seen, &["status"]), "Active");
}

/// The next of a row of numbers that look random, below a bound.
fn draw(state: &mut u64, bound: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % bound
}

/// What must hold of every version: charges lie within the subscription, the segments of a charge follow
/// each other, and the sum is that of the charges that run on.
fn holds_together(seen: &Json) {
    let start = text(seen, &["subscriptionStartDate"]);
    let end = text(seen, &["subscriptionEndDate"]);
    let is_active = text(seen, &["status"]) == "Active";
    let mut sum = Decimal::ZERO;
    for plan in seen.get("ratePlans").unwrap().as_array().unwrap() {
        for charge in plan.get("ratePlanCharges").unwrap().as_array().unwrap() {
            let mut last = start;
            for segment in charge.get("chargeSegments").unwrap().as_array().unwrap() {
                let begun = text(segment, &["effectiveStartDate"]);
                let ended = text(segment, &["effectiveEndDate"]);
                assert!(last <= begun && begun <= ended && ended <= end, "{seen}");
                last = ended;
            }
            if text(charge, &["effectiveEndDate"]) == end && is_active {
                let monthly: Decimal = number(charge, &["mrr"]).parse().unwrap();
                sum = sum.checked_add(&monthly).unwrap();
            }
        }
    }
    let told: Decimal = number(seen, &["contractedMrr"]).parse().unwrap();
    assert_eq!(told, sum, "{seen}");
}

#[tokio::test]
async fn charges_hold_together_after_random_orders() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&seats)).await;
    let begun = sim.snapshot();
    let (mut state, mut taken) = (7, 0);
    for _ in 0..25 {
        sim.restore(&begun).unwrap();
        let api = Api::new(&sim).await;
        for _ in 0..10 {
            let (month, day) = (1 + draw(&mut state, 12), 1 + draw(&mut state, 28));
            let day = format!("2026-{month:02}-{day:02}");
            let seen = api.good("GET", READ, "").await;
            let plans = length(&seen, &["ratePlans"]).max(1) as u64;
            let place = draw(&mut state, plans).to_string();
            let plan = text(&seen, &["ratePlans", &place, "id"]);
            let charge = ["ratePlans", &place, "ratePlanCharges", "0", "number"];
            let action = match draw(&mut state, 20) {
                0..4 => add(&day, if month % 2 == 0 { &basic } else { &seats }),
                4..8 => remove(&day, plan).replace("productRatePlanId", "ratePlanId"),
                8..14 => update(&day, plan, 3).replace("C-00000001", text(&seen, &charge)),
                14..16 => r#"{"type":"RenewSubscription","renewSubscription":{}}"#.to_owned(),
                16 | 17 => suspend(&day),
                18 => resume(&day),
                _ => cancel(&day),
            };
            let body = format!(
                r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{{"subscriptionNumber":"{NAME}","orderActions":[{action}]}}]}}"#
            );
            let status = api.call("POST", "/v1/orders", &body).await.status();
            assert!(!status.is_server_error(), "{body}");
            taken += u32::from(status.is_success());
            holds_together(&api.good("GET", READ, "").await);
        }
    }
    assert!(taken > 80, "{taken}");
}
