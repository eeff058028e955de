//! Rate windows and concurrency, in virtual time.

use crate::support::*;
use bytes::Bytes;
use http::Response;
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpStream};
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

/// A call that is begun and, at the same moment of the clock, given up.
async fn hang_up(api: &Api<'_>, path: &str) {
    let call = api.send(api.request("GET", path, None, ""));
    let outcome = tokio::time::timeout(Duration::from_millis(1), call).await;
    assert!(outcome.is_err(), "{path}");
}

#[tokio::test(start_paused = true)]
async fn the_most_calls_at_once_are_known_for_each_class() {
    for limits in [Limits::unlimited(), Limits::production()] {
        let sim = frozen()
            .limits(limits)
            .service_time("getAccount", seconds(60))
            .build()
            .unwrap();
        let peaks = || {
            use ConcurrencyClass::{Default, HighVolume, ObjectQuery};
            [Default, HighVolume, ObjectQuery].map(|class| sim.peak(class))
        };
        let api = Api::new(&sim).await;
        assert_eq!(peaks(), [0, 0, 0]);
        for _ in 0..3 {
            hang_up(&api, ACCOUNT).await;
        }
        // One that takes no time counts, and is gone for the next one.
        for _ in 0..2 {
            api.call("GET", "/object-query/accounts", "").await;
        }
        assert_eq!(peaks(), [3, 0, 1]);
        sim.clock().advance(seconds(30));
        hang_up(&api, ACCOUNT).await;
        sim.clock().advance(seconds(30));
        assert_eq!(peaks(), [4, 0, 1]);
        sim.forget_peaks();
        assert_eq!(peaks(), [1, 0, 0]);
        hang_up(&api, ACCOUNT).await;
        assert_eq!(peaks(), [2, 0, 0]);
        sim.reset();
        assert_eq!(peaks(), [0, 0, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_does_not_run() {
    let limits = Limits::unlimited().concurrency(ConcurrencyClass::Default, 2);
    let sim = frozen()
        .limits(limits)
        .service_time("*", seconds(60))
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    for _ in 0..2 {
        hang_up(&api, ACCOUNT).await;
    }
    assert_eq!(api.call("GET", ACCOUNT, "").await.status(), 429);
    assert_eq!(sim.peak(ConcurrencyClass::Default), 2);
}

#[tokio::test]
async fn other_limits_of_concurrency_leave_the_windows_alone() {
    let limits = Limits::unlimited()
        .per_minute(3)
        .concurrency(ConcurrencyClass::Default, 40);
    let sim = frozen().limits(limits).build().unwrap();
    let api = Api::new(&sim).await;
    let told = async || {
        let reply = api.call("GET", ACCOUNT, "").await;
        let class = header(&reply, "concurrency-limit-limit").map(str::to_owned);
        (three(&reply)[1].to_owned(), class.unwrap())
    };
    let expected = |left: &str, class: &str| (left.to_owned(), class.to_owned());
    assert_eq!(told().await, expected("2", "40"));
    sim.set_limits(sim.limits().concurrency(ConcurrencyClass::Default, 7));
    assert_eq!(told().await, expected("1", "7"));
    sim.set_limits(sim.limits().per_minute(3));
    assert_eq!(told().await, expected("0", "7"));
    // Other windows begin anew, and so do those of another kind.
    sim.set_limits(sim.limits().per_minute(9));
    assert_eq!(told().await, expected("8", "7"));
    sim.set_limits(sim.limits().window_kind(WindowKind::Sliding));
    assert_eq!(told().await, expected("8", "7"));
}

#[tokio::test(start_paused = true)]
async fn limits_hold_that_no_header_tells_of() {
    let limits = Limits::unlimited()
        .per_minute(3)
        .concurrency(ConcurrencyClass::Default, 1)
        .headers(false);
    let sim = frozen()
        .limits(limits)
        .service_time("*", seconds(20))
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    let untold = |reply: &Response<Bytes>| {
        let names = reply.headers().keys().map(|name| name.as_str());
        let told: Vec<_> = names.filter(|name| name.contains("limit")).collect();
        assert_eq!(told, [""; 0]);
    };
    hang_up(&api, ACCOUNT).await;
    let refused = api.call("GET", ACCOUNT, "").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "retry-after"), Some("120"));
    untold(&refused);
    sim.clock().advance(seconds(20));
    let served = sim.clock().drive(api.call("GET", ACCOUNT, "")).await;
    assert_eq!(served.status(), 200);
    untold(&served);
    let refused = api.call("GET", ACCOUNT, "").await;
    assert_eq!(
        text(&json(&refused), &["reasons", "0", "message"]),
        "API Rate limit exceeded for the minute, retry after 20 seconds"
    );
    untold(&refused);
}

#[tokio::test(start_paused = true)]
async fn a_call_may_end_when_its_caller_hangs_up() {
    let limits = Limits::unlimited()
        .concurrency(ConcurrencyClass::Default, 1)
        .hang_up_ends_call(true);
    let sim = frozen()
        .limits(limits)
        .service_time("getAccount", seconds(200))
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    for _ in 0..3 {
        hang_up(&api, ACCOUNT).await;
    }
    assert_eq!(sim.peak(ConcurrencyClass::Default), 1);
    // The gateway's answer is not a hang-up: the call runs on behind it.
    let cut_off = sim.clock().drive(api.call("GET", ACCOUNT, "")).await;
    assert_eq!(cut_off.status(), 504);
    assert_eq!(api.call("GET", ACCOUNT, "").await.status(), 429);
    sim.clock().advance(seconds(80));
    hang_up(&api, ACCOUNT).await;
    // What was switched off in the meantime holds for those that run.
    sim.set_limits(sim.limits().hang_up_ends_call(false));
    hang_up(&api, ACCOUNT).await;
    assert_eq!(api.call("GET", ACCOUNT, "").await.status(), 429);
}

#[tokio::test]
async fn a_closed_connection_is_a_hang_up() {
    let sim = frozen()
        .service_time("getAccount", seconds(60))
        .start()
        .await
        .unwrap();
    let switches = r#"{"headers":false,"hangUpEndsCall":true}"#;
    let (status, reply) = http(&sim, "POST", "/_sim/limits", &[], switches).await;
    assert_eq!(status, 200, "{reply}");
    let switched = Limits::production().headers(false).hang_up_ends_call(true);
    assert_eq!(sim.limits(), switched);
    let token = token(&sim).await;
    let running = async |count: &str| {
        let expected = format!(r#"{{"class":"Default","limit":40,"running":{count},"#);
        loop {
            let (_, reply) = http(&sim, "GET", "/_sim/limits", &[], "").await;
            if reply.contains(&expected) {
                return;
            }
        }
    };
    for _ in 0..2 {
        let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
        let request = format!(
            "GET {ACCOUNT} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\r\n",
            authority(&sim)
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        running("1").await;
        drop(stream);
        running("0").await;
    }
    assert_eq!(sim.peak(ConcurrencyClass::Default), 1);
}

#[tokio::test]
async fn a_tenants_calls_are_counted_in_the_documented_class() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for (class, calls) in [
        (
            "High-volume transactions",
            &[
                ("POST", "/v1/accounts"),
                ("POST", "/v1/orders"),
                ("POST", "/v1/orders/preview"),
                ("POST", "/v1/subscriptions"),
                ("POST", "/v1/subscriptions/preview"),
                ("POST", "/v1/subscriptions/A-S1/preview"),
                ("PUT", "/v1/subscriptions/A-S1"),
                ("PUT", "/v1/subscriptions/A-S1/cancel"),
                ("PUT", "/v1/subscriptions/A-S1/renew"),
                ("POST", "/v1/rsa-signatures"),
                ("POST", "/v1/rsa-signatures/decrypt"),
                ("POST", "/v1/hostedpages"),
                ("GET", "/v1/hostedpages"),
            ][..],
        ),
        (
            "Default",
            &[
                ("GET", ACCOUNT),
                ("GET", "/v1/orders/O-1"),
                ("PUT", "/v1/subscriptions/A-S1/suspend"),
            ],
        ),
        ("Object Query", &[("GET", "/object-query/accounts/1")]),
    ] {
        for (method, path) in calls {
            let reply = api.call(method, path, "{}").await;
            let told = header(&reply, "concurrency-limit-type");
            assert_eq!(told, Some(class), "{method} {path}");
        }
    }
}
