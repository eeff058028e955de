//! Each fault, through the seam and over a socket.

use crate::support::*;
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zuora_sim::{Fault, FaultBody, Simulator};
use zuora_wire::{Clock, Json, TransportErrorKind};

async fn status(sim: &Simulator) -> u16 {
    let reply = send(sim, good_request(sim)).await.unwrap();
    reply.status().as_u16()
}

/// A whole `createToken` for a bare socket.
fn raw(sim: &Simulator) -> String {
    let body = form(sim.client_id(), sim.client_secret());
    format!(
        "POST /oauth/token HTTP/1.1\r\nhost: {}\r\ncontent-type: {FORM}\r\ncontent-length: {}\r\n\r\n{body}",
        authority(sim),
        body.len()
    )
}

#[tokio::test]
async fn a_status_answers_instead_of_the_operation() {
    let sim = frozen().build().unwrap();
    let fault = Fault::on("createToken")
        .status(503)
        .retry_after("soon")
        .times(2);
    sim.inject(fault.header("x-test", "1")).unwrap();
    let reply = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(reply.status(), 503);
    assert_eq!(header(&reply, "retry-after"), Some("soon"));
    assert_eq!(header(&reply, "x-test"), Some("1"));
    assert!(
        header(&reply, "content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(sim.tokens_minted(sim.client_id()), 0);
    assert_eq!((status(&sim).await, status(&sim).await), (503, 200));
    assert_eq!(sim.requests().to("createToken").count(), 3);
    assert_eq!(sim.requests().to("createToken").with_status(503).count(), 2);
}

#[tokio::test]
async fn the_usual_body_depends_on_the_route() {
    let sim = frozen().build().unwrap();
    sim.inject(Fault::on("*").status(500)).unwrap();
    let reply = json(&send(&sim, good_request(&sim)).await.unwrap());
    assert_eq!(text(&reply, &["error"]), "Internal Server Error");
    let reply = json(&send(&sim, account_request(&sim, "x")).await.unwrap());
    assert_eq!(
        reply.at(&["reasons", "0", "code"]),
        Some(&Json::from(50_000_060))
    );
    sim.clear_faults();
    sim.inject(Fault::on("getAccount").status(429)).unwrap();
    let reply = json(&send(&sim, account_request(&sim, "x")).await.unwrap());
    assert_eq!(reply.at(&["reasons", "0", "code"]), Some(&Json::from(70)));
    sim.clear_faults();
    sim.inject(Fault::on("getAccount").status(204)).unwrap();
    let reply = send(&sim, account_request(&sim, "x")).await.unwrap();
    assert!(reply.body().is_empty());
}

#[tokio::test]
async fn a_made_up_429_of_the_token_endpoint_has_its_headers() {
    let sim = frozen().token_requests_per_minute(7).build().unwrap();
    let fault = || Fault::on("createToken").status(429).times(1);
    sim.inject(fault()).unwrap();
    let own = [
        ("X-RateLimit-Limit-minute", "9"),
        ("X-RateLimit-Remaining-minute", "x"),
    ];
    let own = own
        .into_iter()
        .fold(fault(), |fault, (name, value)| fault.header(name, value));
    sim.inject(own).unwrap();
    for (limit, remaining) in [("7", "0"), ("9", "x")] {
        let reply = send(&sim, good_request(&sim)).await.unwrap();
        assert_eq!(reply.status(), 429);
        assert_eq!(header(&reply, "x-ratelimit-limit-minute"), Some(limit));
        assert_eq!(
            header(&reply, "x-ratelimit-remaining-minute"),
            Some(remaining)
        );
    }
}

#[tokio::test]
async fn every_family_has_its_shape() {
    let sim = frozen().build().unwrap();
    let code = || Json::from("50000050");
    let message = || "locked".to_owned();
    let bodies = [
        (
            FaultBody::rest_reasons(50_000_050, "locked"),
            r#"{"success":false,"processId":"#,
        ),
        (
            FaultBody::CrudErrors {
                code: code(),
                message: message(),
            },
            r#"{"Success":false,"Errors":[{"Code":"50000050","Message":"locked"}]}"#,
        ),
        (FaultBody::Message(message()), r#"{"message":"locked"}"#),
        (
            FaultBody::Reasons {
                code: code(),
                message: message(),
            },
            r#"{"reasons":[{"code":"50000050","message":"locked"}],"requestId":"#,
        ),
        (
            FaultBody::RateLimit { seconds: 7 },
            r#"{"reasons":[{"code":70,"message":"API Rate limit exceeded for the minute, retry after 7 seconds"}]}"#,
        ),
        (
            FaultBody::CodeMessage {
                code: code(),
                message: message(),
            },
            r#"{"code":"50000050","message":"locked"}"#,
        ),
        (
            FaultBody::Spring { message: message() },
            r#"{"status":409,"error":"Conflict","message":"locked","path":"/oauth/token"}"#,
        ),
        (
            FaultBody::Html,
            "<html>\r\n<head><title>409 Conflict</title>",
        ),
        (FaultBody::Text(message()), "locked"),
        (FaultBody::Empty, ""),
        (FaultBody::raw(&b"\xff\x00"[..], "a/b"), "\u{fffd}\0"),
    ];
    for (body, start) in bodies {
        sim.clear_faults();
        sim.inject(Fault::on("createToken").status(409).body(body.clone()))
            .unwrap();
        let reply = send(&sim, good_request(&sim)).await.unwrap();
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        assert!(text.starts_with(start), "{body:?}: {text}");
        assert_eq!(reply.status(), 409);
    }
    sim.clear_faults();
    sim.inject(Fault::on("getAccount").body(FaultBody::rest_reasons(1, "x")))
        .unwrap();
    assert_eq!(account_status(&sim, "x").await, 200);
}

#[tokio::test]
async fn faults_skip_count_and_draw_from_the_seed() {
    let sim = frozen().token_requests_per_minute(10_000).build().unwrap();
    sim.inject(Fault::on("createToken").status(500).skip(2).times(1))
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(status(&sim).await);
    }
    assert_eq!(seen, [200, 200, 500, 200]);

    let mut draws = Vec::new();
    for _ in 0..2 {
        sim.reset();
        sim.inject(Fault::on("*").status(500).probability(0.3))
            .unwrap();
        let mut drawn = Vec::new();
        for _ in 0..200 {
            drawn.push(status(&sim).await);
        }
        draws.push(drawn);
    }
    let failed = draws[0].iter().filter(|status| **status == 500).count();
    assert!((40..80).contains(&failed), "{failed}");
    assert_eq!(draws[0], draws[1]);
    sim.reset();
    sim.inject(Fault::on("*").status(500).probability(0.0))
        .unwrap();
    sim.inject(Fault::on("*").status(502).probability(1.0).times(1))
        .unwrap();
    assert_eq!((status(&sim).await, status(&sim).await), (502, 200));
}

#[tokio::test]
async fn a_fault_that_cannot_be_carried_out_is_refused() {
    let sim = frozen().build().unwrap();
    let cases = [
        (Fault::on("createTokens").status(500), "on"),
        (Fault::on("*").status(99), "status"),
        (Fault::on("*").status(101), "status"),
        (Fault::on("*").header("a b", "x"), "headers"),
        (Fault::on("*").retry_after("1\r\n2"), "headers"),
        (Fault::on("*").redirect("http://a\n"), "headers"),
        (Fault::on("*").probability(1.5), "probability"),
        (Fault::on("*").probability(f64::NAN), "probability"),
        (
            Fault::on("*").body(FaultBody::raw("", "a\nb")),
            "body.contentType",
        ),
    ];
    for (fault, field) in cases {
        let error = sim.inject(fault).unwrap_err();
        assert_eq!(error.field(), field);
        assert!(!error.rule().is_empty() && error.to_string().contains(field));
    }
    assert_eq!(status(&sim).await, 200);
}

#[tokio::test]
async fn broken_connections_through_the_seam() {
    let sim = frozen().build().unwrap();
    let minted = || sim.tokens_minted(sim.client_id());
    sim.inject(Fault::on("createToken").reset_before().times(1))
        .unwrap();
    let error = send(&sim, good_request(&sim)).await.unwrap_err();
    assert_eq!((error.kind(), minted()), (TransportErrorKind::Closed, 0));
    sim.inject(Fault::on("createToken").reset_after().times(1))
        .unwrap();
    let error = send(&sim, good_request(&sim)).await.unwrap_err();
    assert_eq!((error.kind(), minted()), (TransportErrorKind::Closed, 1));
    sim.inject(Fault::on("createToken").truncate().times(1))
        .unwrap();
    let error = send(&sim, good_request(&sim)).await.unwrap_err();
    assert_eq!((error.kind(), minted()), (TransportErrorKind::Body, 2));
    let partial = error.partial().unwrap();
    let promised: usize = header(partial, "content-length").unwrap().parse().unwrap();
    assert_eq!(partial.body().len(), promised / 2);
    sim.inject(Fault::on("createToken").garbage_wire().times(1))
        .unwrap();
    let error = send(&sim, good_request(&sim)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    sim.inject(Fault::on("createToken").garbage().times(1))
        .unwrap();
    let reply = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(
        header(&reply, "content-type")
            .unwrap()
            .starts_with("application/json")
    );
    assert!(Json::parse(reply.body()).is_err());
    assert_eq!(sim.requests().to("createToken").count(), 5);
}

#[tokio::test(start_paused = true)]
async fn delays_run_on_the_virtual_clock() {
    let sim = frozen().build().unwrap();
    let clock = sim.clock();
    sim.inject(Fault::on("createToken").delay(seconds(90)).times(1))
        .unwrap();
    sim.inject(Fault::on("createToken").slow_body(seconds(30)).times(1))
        .unwrap();
    let begin = Clock::now(clock);
    let reply = clock.drive(send(&sim, good_request(&sim))).await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), Clock::now(clock) - begin),
        (200, seconds(90))
    );
    clock.drive(send(&sim, good_request(&sim))).await.unwrap();
    assert_eq!(Clock::now(clock) - begin, seconds(120));
    // Given up in the middle: counted, never answered.
    sim.inject(Fault::on("createToken").delay(seconds(90)))
        .unwrap();
    let transport = sim.transport();
    let given_up = tokio::time::timeout(seconds(1), transport.send(good_request(&sim))).await;
    assert!(given_up.is_err());
    assert_eq!(
        (sim.requests().to("createToken").count(), clock.sleepers()),
        (3, 0)
    );
    assert_eq!(sim.journal()[2].status, None);
}

#[tokio::test]
async fn redirects_name_the_place() {
    let sim = frozen().build().unwrap();
    sim.inject(Fault::on("*").redirect("https://elsewhere.invalid/oauth/token"))
        .unwrap();
    let reply = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(reply.status(), 307);
    assert_eq!(
        header(&reply, "location"),
        Some("https://elsewhere.invalid/oauth/token")
    );
    let elsewhere = http::Request::get("https://elsewhere.invalid/")
        .body("".into())
        .unwrap();
    let error = send(&sim, elsewhere).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
}

#[tokio::test]
async fn broken_connections_over_a_socket() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let minted = || sim.tokens_minted(sim.client_id());
    for (fault, executed) in [
        (Fault::on("createToken").reset_before(), 0),
        (Fault::on("createToken").reset_after(), 1),
    ] {
        sim.inject(fault.times(1)).unwrap();
        let (reply, ended) = exchange(&sim, raw(&sim).as_bytes()).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!((reply.len(), minted()), (0, executed));
    }

    sim.inject(Fault::on("createToken").truncate().times(1))
        .unwrap();
    let (reply, _) = exchange(&sim, raw(&sim).as_bytes()).await;
    let reply = String::from_utf8(reply).unwrap();
    let length = reply.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    assert_eq!(body_of(&reply).len(), length / 2, "{reply}");
    assert_eq!(minted(), 2);

    sim.inject(Fault::on("createToken").garbage_wire().times(1))
        .unwrap();
    let (reply, _) = exchange(&sim, raw(&sim).as_bytes()).await;
    assert!(
        !reply.is_empty() && !reply.starts_with(b"HTTP"),
        "{reply:?}"
    );

    sim.inject(Fault::on("createToken").garbage().times(1))
        .unwrap();
    let request = raw(&sim).replace("\r\nhost", "\r\nconnection: close\r\nhost");
    let (reply, ended) = exchange(&sim, request.as_bytes()).await;
    ended.unwrap();
    assert!(reply.starts_with(b"HTTP/1.1 200 OK"));
    assert!(String::from_utf8(reply).is_err());
}

#[tokio::test]
async fn a_slow_body_sends_its_head_at_once() {
    let clock = zuora_sim::VirtualClock::frozen_at(START);
    let sim = Simulator::builder()
        .one_account()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    sim.inject(Fault::on("createToken").slow_body(seconds(3600)).times(1))
        .unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority(&sim))
        .await
        .unwrap();
    stream.write_all(raw(&sim).as_bytes()).await.unwrap();
    let mut reply = String::new();
    while !reply.contains("\r\n\r\n") {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.unwrap();
        reply += std::str::from_utf8(&part[..length]).unwrap();
    }
    assert!(
        reply.starts_with("HTTP/1.1 200 OK") && body_of(&reply).is_empty(),
        "{reply}"
    );
    assert_eq!(clock.sleepers(), 1);
    clock.advance(seconds(3600));
    let mut part = [0; 4096];
    let length = stream.read(&mut part).await.unwrap();
    assert!(
        std::str::from_utf8(&part[..length])
            .unwrap()
            .contains("access_token")
    );
}

#[tokio::test]
async fn a_fault_can_answer_200_with_nothing() {
    let sim = frozen().build().unwrap();
    sim.inject(Fault::on("createToken").status(200)).unwrap();
    let reply = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.body().len()), (200, 0));
    assert_eq!(sim.tokens_minted(sim.client_id()), 0);
}

#[tokio::test]
async fn faults_are_for_groups_clients_and_writes() {
    let sim = frozen()
        .client(zuora_sim::SimClient::new("one", "s"))
        .client(zuora_sim::SimClient::new("two", "s"))
        .build()
        .unwrap();
    let token_of = async |id: &str| {
        let reply = send(&sim, token_request(&sim, form(id, "s")))
            .await
            .unwrap();
        text(&json(&reply), &["access_token"]).to_owned()
    };
    let (one, two) = (token_of("one").await, token_of("two").await);
    sim.inject(Fault::on("Accounts").client("two").status(503))
        .unwrap();
    assert_eq!(account_status(&sim, &one).await, 200);
    assert_eq!(account_status(&sim, &two).await, 503);
    sim.clear_faults();
    sim.inject(Fault::on("createToken").client("two").status(503))
        .unwrap();
    let refused = token_request(&sim, form("two", "s"));
    assert_eq!(send(&sim, refused).await.unwrap().status(), 503);
    assert_ne!(token_of("one").await, "");
    sim.clear_faults();
    sim.inject(Fault::on("orders").writes_only().status(503))
        .unwrap();
    let api = Api::new(&sim).await;
    assert_eq!(api.call("GET", "/v1/orders", "").await.status(), 200);
    assert_eq!(api.call("POST", "/v1/orders", "{}").await.status(), 503);
    let fault = r#"{"on":"Orders","client":"one","writesOnly":true,"status":500}"#;
    assert_eq!(api.call("POST", "/_sim/faults", fault).await.status(), 200);
    let listed = json(&api.call("GET", "/_sim/faults", "").await);
    assert_eq!(text(&listed, &["faults", "1", "client"]), "one");
    assert!(sim.inject(Fault::on("Nothings")).is_err());
}

#[tokio::test(start_paused = true)]
async fn scenarios_go_wrong_in_the_same_way_for_the_same_seed() {
    for scenario in zuora_sim::Scenario::all() {
        let play = async || {
            let sim = frozen().scenario(scenario).build().unwrap();
            let mut seen = Vec::new();
            let clock = sim.clock().clone();
            let transport = sim.transport();
            clock
                .drive(async {
                    for _ in 0..300 {
                        let request = account_request(&sim, "none");
                        seen.push(
                            transport
                                .send(request)
                                .await
                                .map(|reply| reply.status().as_u16())
                                .ok(),
                        );
                    }
                })
                .await;
            seen
        };
        let seen = play().await;
        assert_eq!(seen, play().await, "{scenario:?}");
        let lost = seen.iter().filter(|status| **status != Some(401)).count();
        match scenario {
            zuora_sim::Scenario::RateLimitedSandbox => assert_eq!(lost, 0),
            _ => assert!((5..80).contains(&lost), "{scenario:?}: {lost}"),
        }
    }
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let known = api
        .call("POST", "/_sim/scenario", r#"{"name":"month-end"}"#)
        .await;
    assert_eq!(known.status(), 200);
    let unknown = api.call("POST", "/_sim/scenario", r#"{"name":"x"}"#).await;
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn a_scenario_is_played_once_and_ends() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    sim.inject(Fault::on("getOrder").status(500)).unwrap();
    let faults = async || {
        length(
            &json(&api.call("GET", "/_sim/faults", "").await),
            &["faults"],
        )
    };
    let minute = async || {
        let limits = json(&api.call("GET", "/_sim/limits", "").await);
        number(&limits, &["rate", "0", "limit"])
    };
    let play = async |name: &str| {
        let body = format!(r#"{{"name":{name}}}"#);
        api.good_admin("POST", "/_sim/scenario", &body).await;
        let state = json(&api.call("GET", "/_sim/state", "").await);
        state.get("scenario").cloned().unwrap().to_string()
    };
    for _ in 0..2 {
        assert_eq!(play(r#""flaky-gateway""#).await, r#""flaky-gateway""#);
        assert_eq!(faults().await, 5);
    }
    for _ in 0..2 {
        play(r#""rate-limited-sandbox""#).await;
        assert_eq!((faults().await, &*minute().await), (1, "2500"));
    }
    for name in ["null", r#""none""#] {
        assert_eq!(play(name).await, "null");
        assert_eq!((faults().await, &*minute().await), (1, "50000"));
        sim.play(zuora_sim::Scenario::RateLimitedSandbox);
    }
    // Limits that were set meanwhile stay.
    api.good_admin("POST", "/_sim/limits", r#"{"perMinute":7}"#)
        .await;
    sim.end_scenario();
    assert_eq!((faults().await, &*minute().await), (1, "7"));
}
