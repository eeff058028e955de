//! `createToken` on the wire: what is sent, what is refused before, what each failure becomes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::time::Duration;
use zuora_core::{
    Client, ClientId, ClientSecret, Environment, Error, ErrorKind, OAuthApi, Timeouts, TrackId,
};
use zuora_sim::{ExpiresIn, Fault, FaultBody};

fn api(rig: &Rig) -> OAuthApi {
    OAuthApi::new(&rig.client())
}

#[tokio::test(start_paused = true)]
async fn the_request_is_exactly_what_the_api_description_says() {
    let rig = Rig::new();
    let client = rig
        .builder()
        .default_header("Authorization", "Basic abc")
        .default_header("apiAccessKeyId", "key")
        .default_header("apiSecretAccessKey", "MARKED-key")
        .default_header("Cookie", "ZSession=x")
        .default_header("Idempotency-Key", "k")
        .default_header("X-Gateway", "kept")
        .user_agent_suffix("billing/2.1")
        .build()
        .unwrap();
    let reply = rig
        .run(
            OAuthApi::new(&client)
                .create_token(CLIENT_ID, SECRET)
                .track_id("run-1")
                .zuora_version("2025-08-12")
                .send(),
        )
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.track_id(), Some("run-1"));
    assert_eq!(reply.request_id().unwrap().len(), 36);
    assert_eq!(reply.rate_limit().unwrap().limit, Some(100));
    assert_eq!(reply.rate_limit().unwrap().remaining, Some(99));
    assert!(!reply.body().is_empty());
    let token = reply.data();
    assert_eq!(token.access_token().expose_secret().len(), 32);
    assert_eq!(token.expires_in(), Some(Duration::from_secs(3598)));
    assert_eq!(token.token_type(), Some("bearer"));
    assert!(token.jti().is_some());
    let scope = token.scope().unwrap();
    assert!(scope.tenant().is_some() && scope.user().is_some());
    assert_eq!(scope.entities().len(), 1);
    assert!(scope.others().contains(&"platform.write".to_owned()));

    let sent = &rig.sim.journal()[0];
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/oauth/token")
    );
    assert_eq!(
        sent.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        sent.header("accept"),
        Some("application/json; charset=utf-8, application/json")
    );
    assert_eq!(sent.header("zuora-version"), Some("2025-08-12"));
    assert_eq!(sent.header("x-gateway"), Some("kept"));
    let agent = sent.header("user-agent").unwrap();
    assert!(
        agent.starts_with("zuora-rust/") && agent.ends_with(" billing/2.1"),
        "{agent}"
    );
    for never in [
        "authorization",
        "apiaccesskeyid",
        "apisecretaccesskey",
        "cookie",
        "idempotency-key",
    ] {
        assert_eq!(sent.header(never), None, "{never}");
    }
    assert_eq!(
        std::str::from_utf8(&sent.body).unwrap(),
        format!(
            "client_id={CLIENT_ID}&client_secret=MARKED-s3cret%2Bwith%2Freserved%3Dchars%26%25&grant_type=client_credentials"
        )
    );
    assert_clean(&rig.sim, &format!("{reply:?} {token:?} {sent:?}"));
}

#[tokio::test(start_paused = true)]
async fn it_always_sends_and_never_fills_the_cache() {
    let rig = Rig::new();
    let client = rig.client();
    for _ in 0..2 {
        let call = OAuthApi::new(&client).create_token(CLIENT_ID, SECRET);
        rig.run(call.into_future()).await.unwrap();
    }
    assert!(client.fresh_authorization().is_none());
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn entities_and_orgs_are_sent() {
    let rig = Rig::new();
    let entity = "11e643f4-a3ee-8bad-b061-0025904c756d";
    rig.sim.add_client(
        zuora_sim::SimClient::new(CLIENT_ID, SECRET)
            .entities([entity, "22e643f4-a3ee-8bad-b061-0025904c756d"]),
    );
    let all = rig
        .run(api(&rig).create_token(CLIENT_ID, SECRET).into_future())
        .await
        .unwrap();
    assert!(all.scope().unwrap().needs_entity_header());
    let one = rig
        .run(
            api(&rig)
                .create_token(CLIENT_ID, SECRET)
                .entity_ids([entity])
                .org_ids(["7", "8"])
                .into_future(),
        )
        .await
        .unwrap();
    assert_eq!(one.scope().unwrap().entities()[0].as_str(), entity);
    assert!(!one.scope().unwrap().needs_entity_header());
    let sent = &rig.sim.journal()[1];
    assert_eq!(sent.header("zuora-entity-ids"), Some(entity));
    assert_eq!(sent.header("zuora-org-ids"), Some("7,8"));
}

#[tokio::test(start_paused = true)]
async fn every_character_of_a_secret_arrives() {
    let rig = Rig::new();
    let every: String = (' '..='~').collect();
    rig.sim.set_secret(CLIENT_ID, every.clone());
    let secret = ClientSecret::of_any_length(every).unwrap();
    rig.run(api(&rig).create_token(CLIENT_ID, secret).into_future())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn bad_arguments_are_refused_before_anything_is_sent() {
    let rig = Rig::new();
    let refused = async |call: zuora_core::CreateToken, rule: &str| {
        let error = rig.run(call.into_future()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(
            error.to_string().contains(rule),
            "{error} names no {rule:?}"
        );
        assert_clean(&rig.sim, &all_of(&error));
    };
    let good = || api(&rig).create_token(CLIENT_ID, SECRET);
    for (id, rule) in [
        ("a:b", "none of"),
        ("a;b", "none of"),
        ("a\"b", "none of"),
        ("a'b", "none of"),
        ("a\r\nX: y", "printable US-ASCII"),
        ("été", "printable US-ASCII"),
        ("日本", "printable US-ASCII"),
        (&"x".repeat(65), "at most 64"),
        ("", "empty"),
    ] {
        refused(good().track_id(id), rule).await;
    }
    refused(api(&rig).create_token("", SECRET), "empty").await;
    refused(api(&rig).create_token("too-short", SECRET), "36 characters").await;
    refused(
        api(&rig).create_token(CLIENT_ID.to_owned() + "x", SECRET),
        "36 characters",
    )
    .await;
    refused(api(&rig).create_token(CLIENT_ID, ""), "empty").await;
    refused(
        api(&rig).create_token(CLIENT_ID, "MARKED-".repeat(7)),
        "at most 42",
    )
    .await;
    refused(api(&rig).create_token(CLIENT_ID, "MARKED\n"), "line break").await;
    refused(good().entity_ids(["123"]), "36 characters").await;
    refused(good().entity_ids(["a,b"]), "36 characters").await;
    refused(good().org_ids(["a,b"]), "one by one").await;
    refused(good().org_ids(["a\nb"]), "printable").await;
    refused(good().zuora_version("2025 08"), "2025-08-12").await;
    assert_eq!(rig.token_requests(), 0);
}

#[test]
fn the_length_rules_can_be_skipped() {
    assert!(ClientId::new("short").is_err());
    assert_eq!(ClientId::of_any_length("short").unwrap().as_str(), "short");
    assert!(ClientId::of_any_length("a b").is_err());
    assert!(ClientSecret::new("x".repeat(43)).is_err());
    assert!(ClientSecret::of_any_length("x".repeat(43)).is_ok());
    assert!(ClientSecret::of_any_length("").is_err());
    assert_eq!(TrackId::new("x".repeat(64)).unwrap().as_str().len(), 64);
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_endpoint_become_errors_that_tell_all() {
    let rig = Rig::new();
    let call = async |fault: Fault| -> Error {
        rig.sim.clear_faults();
        rig.sim.inject(fault.times(1)).unwrap();
        let call = api(&rig).create_token(CLIENT_ID, SECRET).track_id("t-1");
        let error = rig.run(call.into_future()).await.unwrap_err();
        assert_clean(&rig.sim, &all_of(&error));
        assert!(!error.to_string().is_empty());
        assert!(error.hint().is_some(), "{error}");
        error
    };
    let on = || Fault::on("createToken");

    let error = call(on().status(500)).await;
    assert_eq!(
        (error.kind(), error.status().unwrap().as_u16()),
        (ErrorKind::Server, 500)
    );
    assert!(error.request_id().is_some());
    assert_eq!(error.track_id(), Some("t-1"));

    let error = call(on().status(503).retry_after("9")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));

    let error = call(on().status(502).body(FaultBody::Html)).await;
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(
        !error.to_string().contains('<'),
        "the page's text, not its tags: {error}"
    );
    assert!(error.body().unwrap().starts_with(b"<"));

    let error = call(on().status(401).body(FaultBody::raw(
        format!(r#"{{"error":"x","message":"no: client_secret={SECRET}"}}"#),
        "application/json",
    )))
    .await;
    assert!(error.is_auth());
    assert!(
        error.to_string().contains("no: client_secret=***"),
        "{error}"
    );

    let long = "x".repeat(1_000_000);
    let error = call(on().status(400).body(FaultBody::raw(long, "text/plain"))).await;
    assert!(error.to_string().len() < 1000);
    assert_eq!(error.body().unwrap().len(), Error::MAX_BODY);

    for body in [
        "{}",
        "[]",
        "null",
        "{\"access_token\":7}",
        "{\"access_token\":\"\"}",
        "",
        "{\"accessToken\":\"MARKED\"}",
    ] {
        let error = call(
            on().status(200)
                .body(FaultBody::raw(body, "application/json")),
        )
        .await;
        assert!(error.is_decode(), "{body}: {error}");
        assert_eq!(error.status().unwrap(), 200);
    }
    let error = call(on().garbage()).await;
    assert!(error.is_decode());

    let error = call(on().truncate()).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(
        !error.is_outcome_unknown(),
        "a token request changes nothing"
    );

    let error = call(on().redirect("https://elsewhere.example/oauth/token")).await;
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(error.status().unwrap(), 307);
    assert!(
        rig.sim
            .journal()
            .iter()
            .all(|sent| sent.path == "/oauth/token")
    );

    let error = call(on().slow_body(Duration::from_secs(3600))).await;
    assert!(error.is_timeout());

    let error = call(on().delay(Duration::from_secs(3600))).await;
    assert!(error.is_timeout());
    assert!(error.to_string().contains("30 s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn real_refusals_are_told_apart() {
    let rig = Rig::new();
    let call = async |id: &str, secret: &str| {
        let call = api(&rig).create_token(id.to_owned(), secret.to_owned());
        rig.run(call.into_future()).await.unwrap_err()
    };
    let unknown = call("00000000-0000-0000-0000-000000000000", SECRET).await;
    assert_eq!(unknown.status().unwrap(), 400);
    assert!(unknown.is_auth());
    assert!(
        unknown.to_string().contains("Invalid client id"),
        "{unknown}"
    );
    assert!(unknown.hint().unwrap().contains("one environment"));
    let wrong = call(CLIENT_ID, "MARKED-wrong").await;
    assert_eq!(wrong.status().unwrap(), 401);
    assert!(wrong.is_auth());
    assert_clean(&rig.sim, &all_of(&wrong));
}

#[tokio::test(start_paused = true)]
async fn it_passes_the_same_limiter_as_the_cache() {
    let rig = Rig::new();
    let client = rig.builder().token_requests_per_minute(5).build().unwrap();
    let begun = zuora_core::Clock::now(&rig.clock);
    for _ in 0..11 {
        let call = OAuthApi::new(&client).create_token(CLIENT_ID, SECRET);
        rig.run(call.into_future()).await.unwrap();
    }
    let spent = zuora_core::Clock::now(&rig.clock) - begun;
    assert!(spent > Duration::from_secs(120), "two windows: {spent:?}");
    assert!(spent < Duration::from_secs(122), "and no more: {spent:?}");

    // A wait beyond the deadline is not begun.
    let hasty = rig
        .builder()
        .token_requests_per_minute(1)
        .timeouts(Timeouts {
            total: Duration::from_secs(20),
            ..Timeouts::default()
        })
        .build()
        .unwrap();
    let call = || OAuthApi::new(&hasty).create_token(CLIENT_ID, SECRET);
    rig.run(call().into_future()).await.unwrap();
    let before = rig.token_requests();
    let error = rig.run(call().into_future()).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert!(error.status().is_none(), "nothing was sent");
    assert!(error.retry_after().unwrap() > Duration::from_secs(59));
    assert_eq!(rig.token_requests(), before);
}

#[tokio::test]
async fn nothing_listens_there() {
    let client = Client::builder()
        .environment("http://127.0.0.1:9")
        .build()
        .unwrap();
    let error = OAuthApi::new(&client)
        .create_token(CLIENT_ID, SECRET)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!error.is_outcome_unknown());
    assert!(error.hint().unwrap().contains("base URL"));
    assert!(!all_of(&error).contains("MARKED"));
}

#[tokio::test]
async fn tls_with_and_without_trust() {
    let sim = simulator().tls(true).start().await.unwrap();
    let error = OAuthApi::new(&socket_client(&sim).build().unwrap())
        .create_token(CLIENT_ID, SECRET)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{}", all_of(&error));
    assert!(error.hint().unwrap().contains("root certificate"));
    assert_eq!(sim.requests().to("createToken").count(), 0);

    let trusting = socket_client(&sim)
        .root_certificates(sim.root_certificate_pem().unwrap())
        .build()
        .unwrap();
    OAuthApi::new(&trusting)
        .create_token(CLIENT_ID, SECRET)
        .await
        .unwrap();
    trusting.request(Method::GET, ACCOUNT).await.unwrap();
}

#[tokio::test]
async fn over_a_socket_failures_are_the_same() {
    let sim = simulator().start().await.unwrap();
    let client = socket_client(&sim).build().unwrap();
    let api = OAuthApi::new(&client);
    for (fault, kind) in [
        (
            Fault::on("createToken").reset_before(),
            ErrorKind::Transport,
        ),
        (Fault::on("createToken").reset_after(), ErrorKind::Transport),
        (Fault::on("createToken").truncate(), ErrorKind::Transport),
        (
            Fault::on("createToken").garbage_wire(),
            ErrorKind::Transport,
        ),
        (Fault::on("createToken").garbage(), ErrorKind::Decode),
        (
            Fault::on("createToken").redirect(format!("{}/_sim/state", sim.base_url())),
            ErrorKind::Redirect,
        ),
        (
            Fault::on("createToken").status(429).retry_after("99"),
            ErrorKind::RateLimited,
        ),
    ] {
        sim.inject(fault.clone().times(1)).unwrap();
        let before = sim.requests().to("createToken").count();
        let error = api.create_token(CLIENT_ID, SECRET).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {}", all_of(&error));
        assert_eq!(
            sim.requests().to("createToken").count(),
            before + 1,
            "sent once: {fault:?}"
        );
        assert_clean(&sim, &all_of(&error));
    }
}

#[test]
fn environments_by_name_and_by_address() {
    assert_eq!(Environment::default().base_url(), "https://rest.zuora.com");
    assert_eq!(Environment::named().count(), 11);
    for (name, base) in Environment::named() {
        let environment: Environment = name.parse().unwrap();
        assert_eq!(environment.base_url(), base);
        assert_eq!(environment.name(), Some(name));
    }
    for (wrong, rule) in [
        ("mars", "us1-sandbox"),
        ("ftp://rest.zuora.com", "https://"),
        ("https://user:MARKED@rest.zuora.com", "user name"),
        ("https://rest.zuora.com?x=1", "`?`"),
        ("https://", "https://rest.zuora.com"),
    ] {
        let error = wrong.parse::<Environment>().unwrap_err();
        assert!(error.to_string().contains(rule), "{error}");
        assert!(!error.to_string().contains("MARKED"), "{error}");
    }
}

#[test]
fn plain_http_needs_loopback_or_permission() {
    let build = |base: &str, allowed: &[&str]| {
        let builder = Client::builder().environment(base.to_owned());
        allowed
            .iter()
            .fold(builder, |builder, host| builder.allow_plain_http(*host))
            .build()
    };
    for fine in [
        "http://localhost:1",
        "http://127.9.9.9",
        "http://[::1]:8080/prefix",
    ] {
        build(fine, &[]).unwrap();
    }
    for (refused, allowed) in [
        ("http://rest.zuora.com", &[][..]),
        ("http://sim:8080", &["other"]),
        ("http://localhost.evil.example", &[]),
        ("http://127.0.0.1.evil.example", &[]),
        ("http://10.0.0.1", &["10.0.0.2"]),
    ] {
        let error = build(refused, allowed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{refused}");
        assert!(
            error.hint().unwrap().contains("allow"),
            "{:?}",
            error.hint()
        );
    }
    build("http://sim:8080", &["sim"]).unwrap();
}

#[test]
fn outside_a_runtime_it_is_a_clear_error() {
    let client = Client::builder().build().unwrap();
    let mut call = OAuthApi::new(&client)
        .create_token(CLIENT_ID, SECRET)
        .into_future();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else {
        panic!("it must be an error at once");
    };
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(error.hint().unwrap().contains("tokio"));
}

#[tokio::test(start_paused = true)]
async fn expires_in_is_read_leniently() {
    use zuora_core::Json;
    let wire = |text: &str| ExpiresIn::wire(Json::parse(text).unwrap());
    for (sent, read) in [
        (wire("3598"), Some(Duration::from_secs(3598))),
        (wire("3598.5"), Some(Duration::from_millis(3_598_500))),
        (wire("\"3598\""), Some(Duration::from_secs(3598))),
        (wire("0"), Some(Duration::ZERO)),
        (wire("-1"), Some(Duration::ZERO)),
        (wire("1e9"), Some(Duration::from_secs(1_000_000_000))),
        (wire("1e400"), Some(Duration::MAX)),
        (wire("\"NaN\""), None),
        (wire("\"soon\""), None),
        (wire("null"), None),
        (wire("[1]"), None),
        (ExpiresIn::missing(), None),
    ] {
        let rig = Rig::with(|sim| sim.token_lifetime(sent.clone()));
        let token = rig
            .run(api(&rig).create_token(CLIENT_ID, SECRET).into_future())
            .await
            .unwrap();
        assert_eq!(token.expires_in(), read, "{sent:?}");
    }
}
