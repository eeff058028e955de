//! Rate windows and concurrency, in virtual time.

use crate::support::*;
use bytes::Bytes;
use http::Response;
use std::time::Duration;
use zuora_sim::{ConcurrencyClass, Limits, WindowKind};
use zuora_wire::{Clock, Json};

const ACCOUNT: &str = "/v1/accounts/A00000001";

fn three(reply: &Response<Bytes>) -> [&str; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(|name| header(reply, name).unwrap_or_default())
}

#[tokio::test]
async fn the_profiles_have_the_documented_numbers() {
    for (limits, expected) in [
        (
            Limits::production(),
            "50000, 50000;w=60, 2250000;w=3600, 27000000;w=86400",
        ),
        (
            Limits::developer_sandbox(),
            "12500, 12500;w=60, 25000;w=3600, 50000;w=86400",
        ),
        (
            Limits::api_sandbox(),
            "2500, 2500;w=60, 5000;w=3600, 10000;w=86400",
        ),
    ] {
        let sim = frozen().limits(limits).build().unwrap();
        let api = Api::new(&sim).await;
        let reply = api.call("GET", ACCOUNT, "").await;
        assert_eq!(three(&reply)[0], expected);
        for (method, path, class, limit) in [
            ("GET", ACCOUNT, "Default", "40"),
            ("POST", "/v1/orders", "High-volume transactions", "200"),
            ("GET", "/object-query/accounts", "Object Query", "80"),
        ] {
            let reply = api.call(method, path, "{}").await;
            assert_eq!(
                header(&reply, "concurrency-limit-type"),
                Some(class),
                "{path}"
            );
            assert_eq!(
                header(&reply, "concurrency-limit-limit"),
                Some(limit),
                "{path}"
            );
        }
        for path in ["/workflows", "/meters/1/auditTrail/entries"] {
            assert_eq!(three(&api.call("GET", path, "").await), [""; 3]);
        }
    }
    let sim = frozen()
        .limits(Limits::profile("unlimited").unwrap())
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    let reply = api.call("GET", ACCOUNT, "").await;
    assert_eq!(three(&reply), [""; 3]);
    assert_eq!(header(&reply, "concurrency-limit-type"), None);
}

#[tokio::test]
async fn the_window_nearest_exhaustion_is_told_and_refuses() {
    let limits = Limits::unlimited().per_minute(3).per_hour(5).per_day(7);
    let sim = frozen().limits(limits).build().unwrap();
    sim.clock().advance(Duration::from_millis(10_500));
    let api = Api::new(&sim).await;
    let call = async || api.call("GET", ACCOUNT, "").await;
    let all = "3;w=60, 5;w=3600, 7;w=86400";
    let told = async || three(&call().await).map(str::to_owned);
    assert_eq!(told().await, [&format!("3, {all}"), "2", "50"]);
    call().await;
    assert_eq!(told().await, [&format!("3, {all}"), "0", "50"]);
    let refused = call().await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "retry-after"), None);
    assert_eq!(
        json(&refused).to_string(),
        r#"{"reasons":[{"code":70,"message":"API Rate limit exceeded for the minute, retry after 50 seconds"}]}"#
    );
    assert_eq!(three(&refused), [&format!("3, {all}"), "0", "50"]);

    sim.clock().advance(seconds(50));
    assert_eq!(told().await, [&format!("5, {all}"), "1", "3540"]);
    assert_eq!(call().await.status(), 200);
    let refused = call().await;
    assert_eq!(
        text(&json(&refused), &["reasons", "0", "message"]),
        "API Rate limit exceeded for the hour, retry after 3540 seconds"
    );
    sim.clock().advance(seconds(3539));
    let api = Api::new(&sim).await;
    let call = async || api.call("GET", ACCOUNT, "").await;
    assert_eq!(call().await.status(), 429);
    sim.clock().advance(seconds(1));
    // Calls without a token count as well.
    let mut bare = api.request("GET", ACCOUNT, None, "");
    bare.headers_mut().remove("authorization");
    assert_eq!(three(&send(&sim, bare).await.unwrap())[1], "1");
    assert_eq!(call().await.status(), 200);
    let message = json(&call().await);
    assert!(
        text(&message, &["reasons", "0", "message"]).contains("for the day"),
        "{message}"
    );
    // The token endpoint is not counted, nor is what nobody serves.
    assert_eq!(send(&sim, good_request(&sim)).await.unwrap().status(), 200);
    assert_eq!(api.call("GET", "/v1/nothing", "").await.status(), 501);
}

#[tokio::test]
async fn windows_slide_when_told_to() {
    let limits = Limits::unlimited()
        .per_minute(2)
        .window_kind(WindowKind::Sliding)
        .rate_retry_after(true);
    let sim = frozen().limits(limits).build().unwrap();
    let api = Api::new(&sim).await;
    let call = async || api.call("GET", ACCOUNT, "").await;
    sim.clock().advance(seconds(59));
    assert_eq!(three(&call().await), ["2, 2;w=60", "1", "60"]);
    sim.clock().advance(seconds(10));
    assert_eq!(three(&call().await), ["2, 2;w=60", "0", "50"]);
    let refused = call().await;
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "retry-after")),
        (429, Some("50"))
    );
    sim.clock().advance(seconds(50));
    assert_eq!(three(&call().await), ["2, 2;w=60", "0", "10"]);
    assert_eq!(call().await.status(), 429);
}

#[tokio::test(start_paused = true)]
async fn calls_run_while_their_service_time_does() {
    let limits = Limits::unlimited()
        .concurrency(ConcurrencyClass::Default, 2)
        .concurrency(ConcurrencyClass::ObjectQuery, 1)
        .sample_every(Duration::ZERO);
    let sim = frozen()
        .limits(limits)
        .service_time("*", seconds(10))
        .build()
        .unwrap();
    let clock = sim.clock().clone();
    clock
        .drive(async {
            let api = Api::new(&sim).await;
            let remaining = |reply: &Response<Bytes>| {
                header(reply, "concurrency-limit-remaining").map(str::to_owned)
            };
            let late = async {
                clock.sleep(seconds(9)).await;
                let refused = api.call("GET", ACCOUNT, "").await;
                assert_eq!(refused.status(), 429);
                assert_eq!(header(&refused, "retry-after"), Some("120"));
                assert_eq!(
                    json(&refused).at(&["reasons", "0", "code"]),
                    Some(&Json::from(50_000_070))
                );
                assert_eq!(json(&refused).get("success"), Some(&Json::from(false)));
                // The one that nobody waits for any more runs on.
                let other = api.call("GET", "/object-query/accounts", "").await;
                assert_eq!(other.status(), 429);
            };
            let (one, two, gone, ()) = tokio::join!(
                api.call("GET", ACCOUNT, ""),
                async {
                    clock.sleep(seconds(1)).await;
                    api.call("GET", ACCOUNT, "").await
                },
                // Somebody hangs up; the server works on.
                async {
                    clock.sleep(seconds(2)).await;
                    let request = api.send(api.request("GET", "/object-query/accounts", None, ""));
                    tokio::time::timeout(Duration::from_millis(1), request)
                        .await
                        .is_err()
                },
                late
            );
            assert!(gone);
            assert_eq!(
                (remaining(&one), remaining(&two)),
                (Some("1".to_owned()), Some("0".to_owned()))
            );
            let again = api.call("GET", ACCOUNT, "").await;
            assert_eq!(
                (again.status().as_u16(), remaining(&again)),
                (200, Some("1".to_owned()))
            );
        })
        .await;
}

#[tokio::test]
async fn what_remains_is_sampled_once_a_second() {
    let sim = frozen()
        .service_time("getAccount", seconds(60))
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    // Never polled to their end: each runs for a minute all the same.
    let begin = async || {
        let call = api.send(api.request("GET", ACCOUNT, None, ""));
        tokio::time::timeout(Duration::from_millis(1), call)
            .await
            .is_err()
    };
    for _ in 0..3 {
        assert!(begin().await);
    }
    sim.set_service_time("getAccount", Duration::ZERO).unwrap();
    let shown = async || {
        let reply = api.call("GET", ACCOUNT, "").await;
        header(&reply, "concurrency-limit-remaining").map(str::to_owned)
    };
    assert_eq!(shown().await.as_deref(), Some("39"));
    sim.clock().advance(seconds(1));
    assert_eq!(shown().await.as_deref(), Some("36"));
}
