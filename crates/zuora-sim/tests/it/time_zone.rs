//! The tenant's time zone: where its days begin, and how date-times are read and shown.

use crate::support::*;
use zuora_sim::{Simulator, VirtualClock};
use zuora_wire::Json;

/// 2026-01-01T03:30:00Z, which is still the old year in New York.
const EARLY: u64 = 1_767_238_200;

fn new_york() -> Simulator {
    let clock = VirtualClock::frozen_at(START + seconds(EARLY));
    let builder = Simulator::builder().clock(clock).seed(1);
    let builder = builder.tenant_version("2025-08-12");
    builder
        .time_zone("America/New_York")
        .unwrap()
        .build()
        .unwrap()
}

const ACCOUNT: &str = r#"{"name":"Hafenlicht","currency":"EUR",
    "billToContact":{"firstName":"Marit","lastName":"Berg","country":"Norway"}}"#;

#[tokio::test]
async fn days_begin_and_date_times_are_shown_there() {
    let sim = new_york();
    let api = Api::new(&sim).await;
    let made = api.good("POST", "/v1/accounts", ACCOUNT).await;
    let id = text(&made, &["accountId"]);
    let path = format!("/v1/object/account/{id}");
    let crud = api.good("GET", &path, "").await;
    assert_eq!(
        text(&crud, &["CreatedDate"]),
        "2025-12-31T22:30:00.000-05:00"
    );
    let query = api.good("GET", "/object-query/accounts", "").await;
    assert_eq!(
        text(&query, &["data", "0", "createdDate"]),
        "2026-01-01T03:30:00Z"
    );

    let invoice = format!(
        r#"{{"accountId":"{id}","invoiceDate":"2025-12-01","autoPay":false,"status":"Posted",
        "invoiceItems":[{{"chargeName":"Fee","amount":10,"serviceStartDate":"2025-12-01"}}]}}"#
    );
    let invoice = api.good("POST", "/v1/invoices", &invoice).await;
    let payment = format!(
        r#"{{"accountId":"{id}","amount":10,"currency":"EUR","type":"External",
        "paymentMethodId":"4028839f7ca5b8a3017cbb5a1b2d1e9a",
        "invoices":[{{"invoiceId":"{}","amount":10}}]}}"#,
        text(&invoice, &["id"])
    );
    let payment = api.good("POST", "/v1/payments", &payment).await;
    assert_eq!(text(&payment, &["effectiveDate"]), "2025-12-31");
}

#[tokio::test]
async fn date_times_are_compared_as_moments() {
    let sim = new_york();
    let api = Api::new(&sim).await;
    api.good("POST", "/v1/accounts", ACCOUNT).await;
    // Created at 22:30 there: an offset counts, and without one the zone of the tenant.
    for (literal, found) in [
        ("2025-12-31T22:30:00-05:00", 1),
        ("2026-01-01T03:30:00Z", 1),
        ("2026-01-01T04:30:00+01:00", 1),
        ("2025-12-31T22:30:00", 1),
        ("2025-12-31 22:30:00", 1),
        ("2026-01-01T03:30:00", 0),
        ("2025-12-31T22:30:01", 0),
    ] {
        let query = format!(
            r#"{{"queryString":"select Id from Account where CreatedDate >= '{literal}'"}}"#
        );
        let reply = api.good("POST", "/v1/action/query", &query).await;
        assert_eq!(reply.get("size"), Some(&Json::from(found)), "{literal}");
    }
    let path = "/object-query/accounts?filter[]=createdDate.EQ:2025-12-31T22:30:00-05:00";
    let reply = api.good("GET", path, "").await;
    assert_eq!(
        reply.at(&["data"]).and_then(Json::as_array).unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_zone_is_set_and_reset() {
    let sim = Simulator::builder().seed(1).start().await.unwrap();
    assert!(sim.set_time_zone("Europe/Oslo").is_ok());
    let wrong = sim.set_time_zone("Mars/Olympus").unwrap_err();
    assert_eq!(wrong.field(), "timeZone");
    let set = r#"{"timeZone":"Asia/Tokyo","jobSeconds":0.5}"#;
    let (status, _) = http(&sim, "POST", "/_sim/behaviour", &[], set).await;
    assert_eq!(status, 200);
    let set = r#"{"timeZone":"Mars/Olympus"}"#;
    let (status, reply) = http(&sim, "POST", "/_sim/behaviour", &[], set).await;
    assert_eq!(status, 400);
    assert!(reply.contains("Mars/Olympus"), "{reply}");
}
