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

#[tokio::test]
async fn dates_are_no_date_times_from_wsdl_69_on() {
    let sim = new_york();
    let api = Api::new(&sim).await;
    let account = api.good("POST", "/v1/accounts", ACCOUNT).await;
    let id = text(&account, &["accountId"]);
    let call = async |method: &str, path: &str, body: &str, version: &str| {
        let request = api.request(method, path, None, body);
        let request = match version {
            "" => request,
            version => with(request, "x-zuora-wsdl-version", version),
        };
        let reply = api.send(request).await.unwrap();
        (reply.status().as_u16(), json(&reply))
    };
    let pay = format!(
        r#"{{"AccountId":"{id}","Amount":1,"EffectiveDate":"2026-01-01T03:30:00Z","PaymentMethodId":"m","Status":"Processed","Type":"External"}}"#
    );
    let many = format!(r#"{{"type":"Payment","objects":[{pay}]}}"#);
    let (crud, action) = ("/v1/object/payment", "/v1/action/create");
    for version in ["", "69", "79.0", "x"] {
        let (status, refused) = call("POST", crud, &pay, version).await;
        assert_eq!(status, 400, "{version}: {refused}");
        assert_eq!(text(&refused, &["Errors", "0", "Code"]), "INVALID_VALUE");
        let told = text(&refused, &["Errors", "0", "Message"]);
        assert!(told.starts_with("EffectiveDate: "), "{told}");
        let (status, refused) = call("POST", action, &many, version).await;
        assert_eq!(status, 200, "{version}: {refused}");
        assert_eq!(
            text(&refused, &["0", "Errors", "0", "Code"]),
            "INVALID_VALUE"
        );
    }
    assert_eq!(count_of(&sim, "Payment"), 0);
    // Before it is the day in the zone.
    let (status, paid) = call("POST", crud, &pay, "68").await;
    assert_eq!(status, 200, "{paid}");
    let path = format!("{crud}/{}", text(&paid, &["Id"]));
    let read = api.good("GET", &path, "").await;
    assert_eq!(text(&read, &["EffectiveDate"]), "2025-12-31");
    let (_, paid) = call("POST", action, &many, "68.0").await;
    let path = format!("{crud}/{}", text(&paid, &["0", "Id"]));
    let read = api.good("GET", &path, "").await;
    assert_eq!(text(&read, &["EffectiveDate"]), "2025-12-31");
    // What is no date at all is refused by all.
    let garbage = pay.replace("2026-01-01T03:30:00Z", "2026-01-01Tzz");
    assert_eq!(call("POST", crud, &garbage, "68").await.0, 400);

    let zoql = "/v1/action/query";
    for (condition, found) in [
        ("EffectiveDate = '2025-12-31T00:00:00-05:00'", 2),
        ("EffectiveDate >= '2026-01-01T03:30:00Z'", 2),
        ("EffectiveDate > '2025-12-31 00:00:00'", 0),
    ] {
        let query = format!("select Id from Payment where {condition}");
        let body = format!(r#"{{"queryString":"{query}","conf":{{"batchSize":1}}}}"#);
        let (status, reply) = call("POST", zoql, &body, "68").await;
        assert_eq!(status, 200, "{condition}: {reply}");
        assert_eq!(reply.get("size"), Some(&Json::from(found)), "{condition}");
        if let Some(locator) = reply.get("queryLocator") {
            // The version is that of the query.
            let more = Json::object([("queryLocator", locator.clone())]).to_string();
            let (status, more) = call("POST", "/v1/action/queryMore", &more, "").await;
            assert_eq!((status, length(&more, &["records"])), (200, 1), "{more}");
        }
        for version in ["", "69"] {
            let (status, fault) = call("POST", zoql, &body, version).await;
            assert_eq!(status, 400, "{condition}: {fault}");
            assert_eq!(text(&fault, &["FaultCode"]), "INVALID_VALUE");
            let told = text(&fault, &["FaultMessage"]);
            assert!(told.ends_with("is no date"), "{told}");
        }
    }
    let body = r#"{"queryString":"select Id from Payment where EffectiveDate = '2025-12-31'"}"#;
    let found = api.good("POST", zoql, body).await;
    assert_eq!(found.get("size"), Some(&Json::from(2)));
}
