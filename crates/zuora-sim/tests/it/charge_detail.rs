//! What a read of a subscription shows: segments as they are asked for, and all that is known beside.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use std::time::{Duration, SystemTime};
use zuora_sim::{Simulator, VirtualClock};
use zuora_wire::Json;

const READ: &str = "/v1/subscriptions/A-S00000001";

/// Quantity and segments of the one charge; none if it is not shown.
async fn shown(api: &Api<'_>, query: &str) -> Option<(String, usize)> {
    let seen = api.good("GET", &format!("{READ}{query}"), "").await;
    let charge = seen.at(&["ratePlans", "0", "ratePlanCharges", "0"])?;
    Some((
        number(charge, &["quantity"]),
        length(charge, &["chargeSegments"]),
    ))
}

#[tokio::test]
async fn segments_are_shown_as_they_are_asked_for() {
    let clock = VirtualClock::frozen_at(SystemTime::UNIX_EPOCH + seconds(1_767_225_600));
    let builder = Simulator::builder().clock(clock.clone()).seed(1);
    let sim = builder.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    let [_, seats] = prepared(&api).await;
    order(&api, "", &create(&seats)).await;
    let seen = api.good("GET", READ, "").await;
    let plan = text(&seen, &["ratePlans", "0", "id"]);
    let update = format!(
        r#"{{"type":"UpdateProduct","triggerDates":[{{"name":"ContractEffective","triggerDate":"2026-02-01"}}],"updateProduct":{{"ratePlanId":"{plan}","chargeUpdates":[{{"chargeNumber":"C-00000001","pricing":{{"recurringPerUnit":{{"quantity":5}}}}}}]}}}}"#
    );
    order(&api, "A-S00000001", &update).await;
    let some = |quantity: &str, count| Some((quantity.to_owned(), count));
    assert_eq!(shown(&api, "").await, some("5", 0));
    assert_eq!(
        shown(&api, "?charge-detail=last-segment").await,
        some("5", 0)
    );
    assert_eq!(
        shown(&api, "?charge-detail=all-segments").await,
        some("5", 2)
    );
    assert_eq!(
        shown(&api, "?charge-detail=current-segment").await,
        some("2", 0)
    );
    let on = |day: &str| format!("?charge-detail=specific-segment&as-of-date={day}");
    assert_eq!(shown(&api, &on("2026-01-31")).await, some("2", 0));
    assert_eq!(shown(&api, &on("2026-02-01")).await, some("5", 0));
    assert_eq!(shown(&api, &on("2025-12-31")).await, None);
    assert_eq!(shown(&api, "/versions/1").await, some("2", 0));
    let empty = format!("{READ}{}", on("2030-01-01"));
    let seen = api.good("GET", &empty, "").await;
    assert_eq!(length(&seen, &["ratePlans"]), 1);
    let hidden = format!("{empty}&exclude-rate-plans-with-no-charges=true");
    let seen = api.good("GET", &hidden, "").await;
    assert_eq!(length(&seen, &["ratePlans"]), 0);
    let all = "/v1/subscriptions/accounts/A00000001?charge-detail=all-segments";
    let seen = api.good("GET", all, "").await;
    let charge = [
        "subscriptions",
        "0",
        "ratePlans",
        "0",
        "ratePlanCharges",
        "0",
    ];
    assert_eq!(length(seen.at(&charge).unwrap(), &["chargeSegments"]), 2);
    for (query, rule) in [
        ("?charge-detail=every-segment", "charge-detail"),
        ("?charge-detail=specific-segment", "as-of-date"),
        (
            "?charge-detail=specific-segment&as-of-date=soon",
            "as-of-date",
        ),
    ] {
        refused(&api, "GET", &format!("{READ}{query}"), "", 400, rule).await;
    }

    let metrics = "/v1/subscriptions/subscription-metrics?subscriptionNumbers[]=A-S00000001";
    let of_day = format!("{metrics}&asOfDay=2026-02-01");
    let as_of = |seen: &Json| {
        let of = |name| number(seen, &["subscriptionMetrics", "0", name]);
        [
            of("asOfDayGrossMrr"),
            of("contractedMrr"),
            of("contractedNetMrr"),
        ]
    };
    let seen = api.good("GET", metrics, "").await;
    assert_eq!(as_of(&seen), ["6.50", "16.25", "16.25"]);
    let seen = api.good("GET", &of_day, "").await;
    assert_eq!(as_of(&seen), ["16.25", "16.25", "16.25"]);
    assert_eq!(
        number(&seen, &["subscriptionMetrics", "0", "totalContractedValue"]),
        "185.25"
    );
    let detailed = format!("{READ}?getDetailedMetrics=true");
    let seen = api.good("GET", &detailed, "").await;
    assert_eq!(number(&seen, &["asOfDayNetMrr"]), "6.50");
    let soon = format!("{metrics}&asOfDay=soon");
    refused(&api, "GET", &soon, "", 400, "asOfDay").await;
    let nobody = "/v1/subscriptions/subscription-metrics?subscriptionNumbers[]=nobody";
    refused(&api, "GET", nobody, "", 404, "nobody").await;

    let seen = api.good("GET", READ, "").await;
    let plan = format!("/v1/rateplans/{}", text(&seen, &["ratePlans", "0", "id"]));
    let seen = api.good("GET", &plan, "").await;
    assert_eq!(text(&seen, &["ratePlanName"]), "Seats");
    assert_eq!(text(&seen, &["productName"]), "Crane");
    assert_eq!(text(&seen, &["order", "orderNumber"]), "O-00000002");
    let action = ["order", "orderActions", "0", "type"];
    assert_eq!(text(&seen, &action), "UpdateProduct");
    assert_eq!(text(&seen, &["amendment", "code"]), "A-AM00000001");
    assert_eq!(text(&seen, &["amendment", "effectiveDate"]), "2026-02-01");

    // Another day, another segment, although nothing was changed.
    clock.advance(Duration::from_secs(31 * 86_400));
    let api = Api::new(&sim).await;
    assert_eq!(
        shown(&api, "?charge-detail=current-segment").await,
        some("5", 0)
    );
}

#[tokio::test]
async fn a_subscription_shows_its_order_times_contacts_and_history() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let with_contact = create(&basic).replace(
        r#""terms":"#,
        r#""billToContact":{"firstName":"Eva","lastName":"Berg"},"invoiceSeparately":true,"terms":"#,
    );
    order(&api, "", &with_contact).await;
    let query = "?getSubscriptionOwnerDetails=true&getInvoiceOwnerDetails=true";
    let first = api.good("GET", &format!("{READ}{query}"), "").await;
    assert_eq!(text(&first, &["orderNumber"]), "O-00000001");
    assert_eq!(text(&first, &["createTime"]), "2026-01-01 00:00:00");
    assert_eq!(text(&first, &["updateTime"]), "2026-01-01 00:00:00");
    assert_eq!(text(&first, &["billToContact", "firstName"]), "Eva");
    assert_eq!(first.get("invoiceSeparately"), Some(&Json::from(true)));
    assert_eq!(number(&first, &["totalContractedValue"]), "126.00");
    assert_eq!(text(&first, &["accountOwnerDetails", "name"]), "n");
    assert_eq!(text(&first, &["invoiceOwnerAccountDetails", "name"]), "n");
    let history = |seen: &Json| {
        let spans = seen.get("statusHistory").and_then(Json::as_array);
        let spans = spans.unwrap().iter().map(|span| {
            let of = |name| text(span, &[name]).to_owned();
            format!("{} {}..{}", of("status"), of("startDate"), of("endDate"))
        });
        spans.collect::<Vec<String>>().join(", ")
    };
    let begun = "Active 2026-01-01..2027-01-01, OutOfTerm 2027-01-01..";
    assert_eq!(history(&first), begun);

    for action in [
        r#"{"type":"Suspend","suspend":{"suspendPolicy":"SpecificDate","suspendSpecificDate":"2026-03-01"}}"#,
        r#"{"type":"Resume","resume":{"resumePolicy":"SpecificDate","resumeSpecificDate":"2026-04-01"}}"#,
        r#"{"type":"CancelSubscription","changeReason":"too dear","cancelSubscription":{"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"2026-09-01"}}"#,
    ] {
        order(&api, "A-S00000001", action).await;
    }
    let last = api.good("GET", READ, "").await;
    assert_eq!(text(&last, &["cancelReason"]), "too dear");
    assert_eq!(text(&last, &["orderNumber"]), "O-00000004");
    assert_eq!(
        history(&last),
        "Active 2026-01-01..2026-03-01, Suspended 2026-03-01..2026-04-01, Active 2026-04-01..2026-09-01, Cancelled 2026-09-01.."
    );
    let second = api.good("GET", &format!("{READ}/versions/2"), "").await;
    assert_eq!(
        history(&second),
        "Active 2026-01-01..2026-03-01, Suspended 2026-03-01..2027-01-01, OutOfTerm 2027-01-01.."
    );
    let old = api.good("GET", &format!("{READ}/versions/1"), "").await;
    assert_eq!(history(&old), begun);
}

#[tokio::test]
async fn a_term_grows_by_the_days_of_a_suspension() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let suspend = r#"{"suspendPolicy":"SpecificDate","suspendSpecificDate":"2026-12-01"}"#;
    let resume =
        r#"{"resumePolicy":"SpecificDate","resumeSpecificDate":"2027-01-01","extendsTerm":true}"#;
    let both = r#"{"suspendPolicy":"SpecificDate","suspendSpecificDate":"2026-12-01","resume":true,"resumePolicy":"FixedPeriodsFromSuspendDate","resumePeriods":"31","resumePeriodsType":"Day","extendsTerm":true}"#;
    for (place, name) in ["A-S00000001", "A-S00000002", "A-S00000003"]
        .into_iter()
        .enumerate()
    {
        let begun = create(&basic).replace("2026-01-01", "2026-11-01");
        order(&api, "", &begun).await;
        let path = format!("/v1/subscriptions/{name}");
        match place {
            0 => {
                for (ty, member, part) in [
                    ("Suspend", "suspend", suspend),
                    ("Resume", "resume", resume),
                ] {
                    let action = format!(r#"{{"type":"{ty}","{member}":{part}}}"#);
                    order(&api, name, &action).await;
                }
            }
            1 => {
                api.good("PUT", &format!("{path}/suspend"), suspend).await;
                let told = api.good("PUT", &format!("{path}/resume"), resume).await;
                assert_eq!(text(&told, &["termEndDate"]), "2027-12-02");
            }
            _ => {
                let told = api.good("PUT", &format!("{path}/suspend"), both).await;
                assert_eq!(text(&told, &["resumeDate"]), "2027-01-01");
            }
        }
        let seen = api.good("GET", &path, "").await;
        assert_eq!(text(&seen, &["termEndDate"]), "2027-12-02", "{name}");
        assert_eq!(text(&seen, &["subscriptionEndDate"]), "2027-12-02");
        assert_eq!(text(&seen, &["status"]), "Active");
        let charge = ["ratePlans", "0", "ratePlanCharges", "0", "effectiveEndDate"];
        assert_eq!(text(&seen, &charge), "2027-12-02");
        assert_eq!(number(&seen, &["contractedMrr"]), "10.50");
    }
}
