//! Calls by method and path: what is sent, where it may go, how failures look.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use bytes::Bytes;
use common::*;
use http::Method;
use std::time::Duration;
use zuora_core::{Client, Error, ErrorKind, Json, RequestBuilder};
use zuora_sim::{Fault, FaultBody};

/// Gives the account a number that no binary fraction holds.
fn exact(client: &Client) -> RequestBuilder {
    let body = r#"{"ContractValue__c":12345678901234.123456789}"#;
    client
        .request(Method::PUT, ACCOUNT)
        .body(body, "application/json")
}

#[tokio::test(start_paused = true)]
async fn an_account_comes_exactly_as_it_is() {
    let rig = Rig::new();
    let client = rig.client();
    rig.run(exact(&client).into_future()).await.unwrap();
    let reply = rig
        .run(
            client
                .request(Method::GET, ACCOUNT)
                .query("expand", "a b&c=d/ü")
                .header("X-Mine", "1")
                .track_id("t-9")
                .json_reply()
                .send(),
        )
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.track_id(), Some("t-9"));
    // Numbers keep their text: the body is what the value prints.
    let exact = reply.body();
    assert_eq!(
        Json::parse(exact).unwrap().to_string(),
        reply.data().to_string()
    );
    assert!(
        reply
            .data()
            .to_string()
            .contains("12345678901234.123456789")
    );

    let sent = rig.sim.journal().pop().unwrap();
    assert_eq!(sent.query.as_deref(), Some("expand=a+b%26c%3Dd%2F%C3%BC"));
    assert_eq!(sent.header("zuora-version"), Some("2025-08-12"));
    assert_eq!(sent.header("x-mine"), Some("1"));
    let token = &rig.sim.minted_tokens()[0];
    assert_eq!(
        sent.header("authorization").unwrap(),
        format!("Bearer {token}")
    );
    assert_clean(&rig.sim, &format!("{reply:?}"));
}

#[tokio::test(start_paused = true)]
async fn the_calls_own_header_wins_over_the_clients() {
    let rig = Rig::new();
    let client = rig
        .builder()
        .zuora_version("341.0")
        .default_header("X-Mine", "client")
        .default_header("Authorization", "Basic abc")
        .build()
        .unwrap();
    rig.get(&client).await.unwrap();
    let call = client
        .request(Method::GET, ACCOUNT)
        .header("Zuora-Version", "2030-01-01")
        .header("X-Mine", "call");
    rig.run(call.into_future()).await.unwrap();
    let journal = rig.sim.journal();
    let of = |at: usize, name: &str| journal[at].header(name).map(str::to_owned);
    assert_eq!(of(1, "zuora-version").as_deref(), Some("341.0"));
    assert_eq!(of(1, "x-mine").as_deref(), Some("client"));
    assert!(of(1, "authorization").unwrap().starts_with("Bearer "));
    assert_eq!(of(2, "zuora-version").as_deref(), Some("2030-01-01"));
    assert_eq!(of(2, "x-mine").as_deref(), Some("call"));
    assert_eq!(
        journal[2].headers.get_all("zuora-version").iter().count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn actions_and_crud_get_their_own_version_header() {
    let rig = Rig::new();
    let client = rig.client();
    for path in ["/v1/action/query", "/v1/object/account"] {
        // Not what these operations want; what was sent is what counts here.
        let call = client
            .request(Method::POST, path)
            .json(&Json::object([("a", 1)]));
        let _ = rig.run(call.into_future()).await;
        let sent = rig.sim.journal().pop().unwrap();
        assert_eq!(sent.header("x-zuora-wsdl-version"), Some("79"));
        assert_eq!(sent.header("zuora-version"), None);
        assert_eq!(sent.header("content-type"), Some("application/json"));
        assert_eq!(&sent.body[..], br#"{"a":1}"#);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_leads_away_from_the_base() {
    let rig = Rig::new();
    let client = rig.client();
    for (path, rule) in [
        ("v1/accounts/A", "begin with `/`"),
        ("https://evil.example/v1", "begin with `/`"),
        ("//evil.example/v1", "two slashes"),
        ("/v1/../oauth/token", "`..`"),
        ("/v1/%2e%2e/x", "`..`"),
        ("/v1/..%2fx", "`..`"),
        ("/v1/%252e%252e/x", "`..`"),
        ("/v1/..;/x", "`..`"),
        ("/..;/admin", "`..`"),
        ("/v1/%2e%2e;a=b/x", "`..`"),
        ("/v1/%25252e%25252e/x", "`..`"),
        ("/v1/%2525252525252525252e", "again and again"),
        ("/v1\\x", "backslash"),
        ("/v1/%5c", "backslash"),
        ("/v1/a\r\nX: y", "control character"),
        ("/v1/%0d%0a", "control character"),
        ("/v1/a#b", "%23"),
        ("", "begin with `/`"),
    ] {
        let error = rig
            .run(client.request(Method::GET, path).into_future())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{path}");
        assert!(error.to_string().contains(rule), "{path}: {error}");
    }
    for path in [
        "/oauth/token",
        "/oauth//token/",
        "/OAuth/Token",
        "/oauth/%74oken",
        "/oauth/token?x=1",
        "/oauth/token;x=1",
        "/oauth;a/token",
        "/oauth/%2574oken",
        "/oauth/token%20",
    ] {
        let error = rig
            .run(client.request(Method::POST, path).into_future())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{path}");
        assert!(error.hint().unwrap().contains("create_token"));
    }
    for (name, value) in [
        ("Authorization", "Bearer x"),
        ("HOST", "evil.example"),
        ("Cookie", "ZSession=1"),
        ("Content-Length", "0"),
    ] {
        let call = client.request(Method::GET, ACCOUNT).header(name, value);
        let error = rig.run(call.into_future()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{name}");
    }
    for (name, value) in [("X Y", "1"), ("X-Y", "a\nb")] {
        let call = client.request(Method::GET, ACCOUNT).header(name, value);
        let error = rig.run(call.into_future()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
    }
    assert!(
        rig.sim.journal().is_empty(),
        "nothing was sent, not even for a token"
    );
}

#[tokio::test(start_paused = true)]
async fn a_prefix_of_the_base_stands_before_every_path() {
    let rig = Rig::new();
    let client = rig
        .builder()
        .environment(format!("{}/gateway/zuora/", rig.sim.base_url()))
        .build()
        .unwrap();
    // The simulator knows no gateway, but it tells what it was asked.
    let error = rig.get(&client).await.unwrap_err();
    assert_eq!(rig.sim.journal()[0].path, "/gateway/zuora/oauth/token");
    assert!(error.status().is_some());
    let call = client.request(Method::POST, "/oauth/token");
    let error = rig.run(call.into_future()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_failure_inside_a_200_is_an_error() {
    let rig = Rig::new();
    let client = rig.client();
    let call = async |body: &str| -> Result<Bytes, Error> {
        rig.sim
            .inject(
                Fault::on("getAccount")
                    .status(200)
                    .body(FaultBody::raw(body.to_owned(), "application/json"))
                    .times(1),
            )
            .unwrap();
        rig.get(&client).await
    };
    let error = call(r#"{"success":false,"processId":"0123456789ABCDEF","reasons":[{"code":53100320,"message":"'termType' value should be one of: TERMED, EVERGREEN"},{"code":"53100321","message":"and more"}],"requestId":"x"}"#).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.code(), Some("53100320"));
    assert_eq!(error.reasons().len(), 2);
    assert!(error.to_string().contains("termType"), "{error}");
    let error = call(r#"{"Success":false,"Errors":[{"Code":"INVALID_VALUE","Message":"no"}]}"#)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("INVALID_VALUE"));
    let error = call(r#"{"success":false,"reasons":[{"code":50000040,"message":"Cannot find entity by key: 'x'."}]}"#).await.unwrap_err();
    assert!(error.is_not_found());

    for fine in [
        r#"{"success":true}"#,
        r#"{"items":[{"success":false}]}"#,
        r#"[{"Success":false,"Errors":[]}]"#,
        r#"{"error":"x","message":"y","code":1}"#,
        "",
        "not json",
    ] {
        assert_eq!(call(fine).await.unwrap(), fine.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_not_json_is_its_own_kind() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim.inject(Fault::on("getAccount").garbage()).unwrap();
    let call = client.request(Method::GET, ACCOUNT).json_reply();
    let error = rig.run(call.into_future()).await.unwrap_err();
    assert!(error.is_decode());
    assert!(!error.body().unwrap().is_empty());
    assert!(!error.is_retryable());
    assert_eq!(rig.sim.requests().to("getAccount").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn statuses_become_kinds() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    for (status, kind) in [
        (400, ErrorKind::Api),
        (403, ErrorKind::Api),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Api),
        (415, ErrorKind::Api),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (502, ErrorKind::Server),
        (302, ErrorKind::Redirect),
    ] {
        rig.sim
            .inject(Fault::on("getAccount").status(status))
            .unwrap();
        let error = rig.get(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.status().unwrap(), status);
        assert_clean(&rig.sim, &all_of(&error));
        rig.sim.clear_faults();
    }
    assert_eq!(rig.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_said_for_writes_and_not_for_reads() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    let cut = || {
        rig.sim.clear_faults();
        rig.sim.inject(Fault::on("*").reset_after()).unwrap();
    };
    cut();
    let read = rig.get(&client).await.unwrap_err();
    assert!(!read.is_outcome_unknown() && read.is_retryable());
    cut();
    let before = rig.sim.journal().len();
    let write: RequestBuilder = client
        .request(Method::POST, "/v1/object/payment")
        .body("{}", "application/json");
    let write = rig.run(write.into_future()).await.unwrap_err();
    assert!(write.is_outcome_unknown() && !write.is_retryable());
    assert!(write.hint().unwrap().contains("read the object back"));
    assert_eq!(rig.sim.journal().len(), before + 1, "sent once");

    rig.sim.clear_faults();
    rig.sim
        .inject(Fault::on("*").delay(Duration::from_secs(500)))
        .unwrap();
    let slow = client.request(Method::PUT, "/v1/invoices/1/post");
    let slow = rig.run(slow.into_future()).await.unwrap_err();
    assert!(slow.is_timeout() && slow.is_outcome_unknown());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_repeats_the_token_brings_it_into_no_error() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    let token = rig.sim.minted_tokens().pop().unwrap();
    rig.sim
        .inject(
            Fault::on("getAccount")
                .status(400)
                .body(FaultBody::Text(format!(
                    "bad request: Authorization: Bearer {token}"
                ))),
        )
        .unwrap();
    let error = rig.get(&client).await.unwrap_err();
    assert!(error.to_string().contains("Bearer ***"), "{error}");
    assert_clean(&rig.sim, &all_of(&error));
}

#[tokio::test]
async fn without_credentials_it_is_said_what_to_do() {
    let client = Client::builder().build().unwrap();
    let error = client.request(Method::GET, ACCOUNT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.hint().unwrap().contains("ZUORA_CLIENT_ID"));
}

#[tokio::test]
async fn over_sockets_many_callers_share_few_connections() {
    let sim = simulator().start().await.unwrap();
    let client = socket_client(&sim).build().unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    client.request(Method::GET, ACCOUNT).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(sim.requests().to("createToken").count(), 1);
    assert_eq!(
        sim.requests().to("getAccount").with_status(200).count(),
        320
    );
}

#[tokio::test]
async fn settings_that_cannot_be_are_named() {
    for (builder, rule) in [
        (Client::builder().token_requests_per_minute(0), "1 to 100"),
        (Client::builder().token_requests_per_minute(101), "1 to 100"),
        (
            Client::builder().root_certificates("no certificate"),
            "root certificate",
        ),
        (
            Client::builder().client_certificate("x", "y"),
            "client certificate",
        ),
        (Client::builder().proxy("::"), "proxy"),
        (Client::builder().default_header("a b", "c"), "header name"),
        (Client::builder().user_agent_suffix("a\nb"), "user agent"),
        (Client::builder().zuora_version("v 1"), "Zuora version"),
        (Client::builder().environment("nowhere"), "us2-sandbox"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{rule}");
        assert!(error.to_string().contains(rule), "{error}");
    }
}

#[tokio::test]
async fn headers_that_would_send_a_token_elsewhere_are_refused_as_defaults_too() {
    for name in [
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Proxy-Authorization",
    ] {
        let error = Client::builder()
            .default_header(name, "x")
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{name}");
    }
    let error = Client::builder()
        .environment("http://localhost:1")
        .proxy("http://192.0.2.1:3128")
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        Client::builder()
            .environment("http://foo.localhost")
            .build()
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_request_is_named_whatever_the_second_failure_is() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.sim.revoke_all_tokens();
    let call = client
        .request(Method::GET, ACCOUNT)
        .entity_id("ffffffff-ffff-ffff-ffff-ffffffffffff");
    let error = rig.run(call.into_future()).await.unwrap_err();
    assert_eq!(error.code(), Some("90000020"));
    assert!(error.first_request_id().is_some());

    rig.sim.revoke_all_tokens();
    rig.clock.advance(Duration::from_secs(61));
    rig.sim
        .inject(Fault::on("getAccount").skip(1).reset_before())
        .unwrap();
    let error = rig.get(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.first_request_id().is_some());
}

#[tokio::test]
async fn over_sockets_replies_come_compressed_and_exact() {
    let sim = simulator().start().await.unwrap();
    let client = socket_client(&sim).build().unwrap();
    exact(&client).await.unwrap();
    let reply = client
        .request(Method::GET, ACCOUNT)
        .json_reply()
        .send()
        .await
        .unwrap();
    let sent = sim.journal().pop().unwrap();
    assert_eq!(sent.header("accept-encoding"), Some("gzip"));
    assert!(
        reply.headers().get("content-encoding").is_none(),
        "it is decoded"
    );
    assert!(
        reply
            .data()
            .to_string()
            .contains("12345678901234.123456789")
    );
}
