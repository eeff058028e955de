//! The segments of charges: what changes, removals, suspensions and renewals make of them.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_wire::Json;

const READ: &str = "/v1/subscriptions/A-S00000001?charge-detail=all-segments";
/// The number of the first rate plan.
const FIRST: &str = "SRP-00000001";

/// An action whose contract takes effect on this day.
fn on(day: &str, ty: &str, member: &str, part: &str) -> String {
    format!(
        r#"{{"type":"{ty}","triggerDates":[{{"name":"ContractEffective","triggerDate":"{day}"}}],"{member}":{part}}}"#
    )
}

fn add(day: &str, plan: &str) -> String {
    let part = format!(r#"{{"productRatePlanId":"{plan}"}}"#);
    on(day, "AddProduct", "addProduct", &part)
}

fn remove(day: &str, plan: &str) -> String {
    let part = format!(r#"{{"productRatePlanId":"{plan}"}}"#);
    on(day, "RemoveProduct", "removeProduct", &part)
}

fn update(day: &str, plan: &str, charge: &str, pricing: &str) -> String {
    let part = format!(
        r#"{{"subscriptionRatePlanNumber":"{plan}","chargeUpdates":[{{"chargeNumber":"{charge}","pricing":{{"recurringPerUnit":{pricing}}}}}]}}"#
    );
    on(day, "UpdateProduct", "updateProduct", &part)
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

const RENEW: &str = r#"{"type":"RenewSubscription","renewSubscription":{}}"#;

async fn change(api: &Api<'_>, action: &str) {
    order(api, "A-S00000001", action).await;
}

/// An order with this action is refused by this rule, and leaves nothing.
async fn refuse(api: &Api<'_>, action: &str, rule: &str) {
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{{"subscriptionNumber":"A-S00000001","orderActions":[{action}]}}]}}"#
    );
    let version = number(&api.good("GET", READ, "").await, &["version"]);
    refused(api, "POST", "/v1/orders", &body, 400, rule).await;
    let seen = api.good("GET", READ, "").await;
    assert_eq!(number(&seen, &["version"]), version);
}

fn items<'a>(json: &'a Json, member: &str) -> &'a [Json] {
    let items = json.get(member).and_then(Json::as_array);
    items.unwrap_or_default()
}

/// The segments of all charges: `number segment from..to price`, with `!` after the last of each.
fn segments(subscription: &Json) -> Vec<String> {
    let mut told = Vec::new();
    for plan in items(subscription, "ratePlans") {
        for charge in items(plan, "ratePlanCharges") {
            for one in items(charge, "chargeSegments") {
                let last = one.get("isLastSegment") == Some(&Json::from(true));
                told.push(format!(
                    "{} {} {}..{} {}{}",
                    text(charge, &["number"]),
                    number(one, &["segment"]),
                    text(one, &["effectiveStartDate"]),
                    text(one, &["effectiveEndDate"]),
                    number(one, &["mrr"]),
                    if last { "!" } else { "" }
                ));
            }
        }
    }
    told
}

async fn told(api: &Api<'_>) -> String {
    segments(&api.good("GET", READ, "").await).join(", ")
}

async fn revenue(api: &Api<'_>) -> String {
    number(&api.good("GET", READ, "").await, &["contractedMrr"])
}

#[tokio::test]
async fn a_request_names_a_day_for_one_charge() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    let catalogue =
        format!("/object-query/product-rate-plan-charges?filter[]=productRatePlanId.EQ:{seats}");
    let charge = api.good("GET", &catalogue, "").await;
    let charge = text(&charge, &["data", "0", "id"]);
    let own = add("2026-03-01", &seats).replace(
        r#""addProduct":{"#,
        &format!(
            r#""addProduct":{{"chargeOverrides":[{{"productRatePlanChargeId":"{charge}","startDate":{{"triggerEvent":"SpecificDate","specificTriggerDate":"2026-04-04"}}}}],"#
        ),
    );
    refuse(&api, &own.replace("2026-04-04", "2028-04-04"), "2028-04-04").await;
    change(&api, &own).await;
    let seen = told(&api).await;
    assert!(seen.ends_with("2026-04-04..2027-01-01 6.50!"), "{seen}");
    // A day that is set later does not move what was changed meanwhile.
    let days = r#"{"subscriptions":[{"subscriptionNumber":"A-S00000001","orderActions":[{"sequence":0,"charges":[{"chargeNumber":"C-00000002","specificTriggerDate":"2026-05-05"}]}]}]}"#;
    let path = "/v1/orders/O-00000002/triggerDates";
    api.good("PUT", path, days).await;
    let seen = told(&api).await;
    assert!(seen.ends_with("2026-05-05..2027-01-01 6.50!"), "{seen}");
    let late = days.replace("2026-05-05", "2027-01-01");
    refused(&api, "PUT", path, &late, 400, "has ended before").await;
    let step = update(
        "2026-06-01",
        "SRP-00000002",
        "C-00000002",
        r#"{"quantity":1}"#,
    );
    change(&api, &step).await;
    refused(&api, "PUT", path, days, 400, "was changed").await;
}

#[tokio::test]
async fn what_is_removed_stays_removed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    change(&api, &remove("2027-01-01", &basic)).await;
    assert_eq!(revenue(&api).await, "0");
    change(&api, RENEW).await;
    let first = "C-00000001 1 2026-01-01..2027-01-01 10.50!";
    assert_eq!(told(&api).await, first);
    // The product means the plan that is not removed yet.
    change(&api, &add("2027-02-01", &basic)).await;
    change(&api, &remove("2027-06-01", &basic)).await;
    let second = "C-00000002 1 2027-02-01..2027-06-01 10.50!";
    assert_eq!(told(&api).await, format!("{first}, {second}"));
}

#[tokio::test]
async fn an_update_begins_a_segment() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [_, seats] = prepared(&api).await;
    order(&api, "", &create(&seats)).await;
    let first = api.good("GET", READ, "").await;
    let step = update("2026-02-01", FIRST, "C-00000001", r#"{"listPrice":4}"#);
    change(&api, &step).await;
    let two = "C-00000001 1 2026-01-01..2026-02-01 6.50, C-00000001 2 2026-02-01..2027-01-01 8!";
    assert_eq!(told(&api).await, two);
    assert_eq!(revenue(&api).await, "8");
    // The last segment is what is seen without a word, and by the number of the charge.
    let seen = api.good("GET", READ, "").await;
    let charge = seen
        .at(&["ratePlans", "0", "ratePlanCharges", "0"])
        .unwrap();
    assert_eq!(number(charge, &["price"]), "4");
    assert_eq!(number(charge, &["segment"]), "2");
    assert_eq!(text(&seen, &["ratePlans", "0", "lastChangeType"]), "Update");
    let found = api
        .good("GET", "/object-query/rate-plan-charges/C-00000001", "")
        .await;
    assert_eq!(number(&found, &["segment"]), "2");
    assert_eq!(found.get("isLastSegment"), Some(&Json::from(true)));
    // The older version is what it was.
    let old = "/v1/subscriptions/A-S00000001/versions/1?charge-detail=all-segments".to_owned();
    assert_eq!(segments(&api.good("GET", &old, "").await), segments(&first));
    // One before it changes both.
    let back = update("2026-01-15", FIRST, "C-00000001", r#"{"quantity":3}"#);
    change(&api, &back).await;
    assert_eq!(
        told(&api).await,
        "C-00000001 1 2026-01-01..2026-01-15 6.50, C-00000001 2 2026-01-15..2026-02-01 9.75, C-00000001 3 2026-02-01..2027-01-01 12!"
    );
    // On its first day a segment is changed where it is.
    let same = update("2026-02-01", FIRST, "C-00000001", r#"{"quantity":1}"#);
    change(&api, &same).await;
    assert_eq!(revenue(&api).await, "4");
    for (day, rule) in [
        ("2025-12-31", "lies outside"),
        ("2027-01-01", "does not run"),
    ] {
        let late = update(day, FIRST, "C-00000001", r#"{"quantity":1}"#);
        refuse(&api, &late, rule).await;
    }
    sim.restore(&sim.snapshot()).unwrap();
    let api = Api::new(&sim).await;
    for place in [4, 3] {
        api.good("DELETE", &format!("/v1/orders/O-0000000{place}"), "")
            .await;
    }
    assert_eq!(told(&api).await, two);
}

#[tokio::test]
async fn charges_end_with_their_subscription() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    change(&api, &add("2026-02-01", &seats)).await;
    change(&api, &remove("2026-06-01", &basic)).await;
    let seen = api.good("GET", READ, "").await;
    assert_eq!(text(&seen, &["ratePlans", "0", "lastChangeType"]), "Remove");
    assert_eq!(number(&seen, &["contractedMrr"]), "6.50");
    change(&api, RENEW).await;
    assert_eq!(
        told(&api).await,
        "C-00000001 1 2026-01-01..2026-06-01 10.50!, C-00000002 1 2026-02-01..2028-01-01 6.50!"
    );
    let terms = r#"{"type":"TermsAndConditions","termsAndConditions":{"lastTerm":{"termType":"EVERGREEN"}}}"#;
    change(&api, terms).await;
    assert!(
        told(&api)
            .await
            .ends_with("C-00000002 1 2026-02-01.. 6.50!")
    );
    let late = update("2026-07-01", FIRST, "C-00000001", r#"{"quantity":1}"#);
    refuse(&api, &late, "C-00000001 does not run on 2026-07-01").await;
    refuse(&api, &cancel("2025-12-31"), "2025-12-31 lies outside").await;
    change(&api, &cancel("2026-04-01")).await;
    let seen = api.good("GET", READ, "").await;
    assert_eq!(text(&seen, &["subscriptionEndDate"]), "2026-04-01");
    assert_eq!(number(&seen, &["contractedMrr"]), "0");
    assert_eq!(
        segments(&seen).join(", "),
        "C-00000001 1 2026-01-01..2026-04-01 10.50!, C-00000002 1 2026-02-01..2026-04-01 6.50!"
    );
}

#[tokio::test]
async fn a_suspension_is_a_gap() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    order(&api, "", &create(&basic)).await;
    change(&api, &add("2026-04-01", &seats)).await;
    for (day, rule) in [
        ("2025-01-01", "lies outside"),
        ("2027-01-01", "ends on that day"),
    ] {
        refuse(&api, &suspend(day), rule).await;
    }
    change(&api, &suspend("2026-03-01")).await;
    assert_eq!(
        told(&api).await,
        "C-00000001 1 2026-01-01..2026-03-01 10.50!, C-00000002 1 2026-04-01..2027-01-01 6.50!"
    );
    assert_eq!(revenue(&api).await, "0");
    refuse(&api, &suspend("2026-03-02"), "suspended already").await;
    refuse(
        &api,
        &resume("2026-02-01"),
        "cannot be resumed on 2026-02-01",
    )
    .await;
    refuse(&api, &resume("2027-02-01"), "outside").await;
    change(&api, RENEW).await;
    change(&api, &resume("2026-05-01")).await;
    assert_eq!(
        told(&api).await,
        "C-00000001 1 2026-01-01..2026-03-01 10.50, C-00000001 2 2026-05-01..2028-01-01 10.50!, C-00000002 1 2026-05-01..2028-01-01 6.50!"
    );
    assert_eq!(revenue(&api).await, "17.00");
    refuse(&api, &suspend("2026-04-01"), "ended on 2026-05-01").await;
    let gap = update("2026-04-01", FIRST, "C-00000001", r#"{"quantity":1}"#);
    refuse(&api, &gap, "does not run on 2026-04-01").await;
}
