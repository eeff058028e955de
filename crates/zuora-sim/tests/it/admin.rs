//! `/_sim/` over HTTP.

use crate::support::*;
use bytes::Bytes;
use http::Request;
use std::net::IpAddr;
use zuora_sim::Simulator;
use zuora_wire::Json;

async fn admin(sim: &Simulator, method: &str, path: &str, body: &str) -> (u16, Json) {
    let (status, reply) = http(sim, method, &format!("/_sim/{path}"), &[], body).await;
    (status, Json::parse(body_of(&reply)).unwrap())
}

#[tokio::test]
async fn state_counters_and_tokens_are_seen() {
    let sim = frozen().start().await.unwrap();
    let held = token(&sim).await;
    account_status(&sim, "x").await;
    let (status, state) = admin(&sim, "GET", "state", "").await;
    assert_eq!(status, 200);
    assert_eq!(state.get("liveTokens"), Some(&Json::from(1)));
    assert_eq!(text(&state, &["clients", "0", "id"]), sim.client_id());
    assert_eq!(text(&state, &["clock", "wall"]), "1970-01-01T00:00:00Z");
    let text_of_state = state.to_string();
    assert!(!text_of_state.contains(&held) && !text_of_state.contains(sim.client_secret()));

    let (_, counters) = admin(&sim, "GET", "counters", "").await;
    assert_eq!(
        counters.to_string(),
        format!(
            r#"{{"requests":{{"createToken":{{"total":1,"200":1}},"getAccount":{{"total":1,"401":1}}}},"tokensMinted":{{"{}":1}}}}"#,
            sim.client_id()
        )
    );
    let (_, revoked) = admin(&sim, "POST", "revoke-tokens", "").await;
    assert_eq!(revoked.to_string(), r#"{"revoked":1}"#);
    assert_eq!(account_status(&sim, &held).await, 401);
    // The admin's own requests are not counted.
    assert_eq!(sim.journal().len(), 3);
}

#[tokio::test]
async fn the_clock_is_moved() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let held = token(&sim).await;
    let (_, clock) = admin(&sim, "POST", "clock/freeze", "").await;
    assert_eq!(clock.get("frozen"), Some(&Json::from(true)));
    let set = r#"{"wall":"2030-02-28T23:59:59.5+01:00"}"#;
    let (_, clock) = admin(&sim, "POST", "clock/set", set).await;
    assert_eq!(text(&clock, &["wall"]), "2030-02-28T22:59:59.5Z");
    assert_eq!(account_status(&sim, &held).await, 200);
    let (_, clock) = admin(&sim, "POST", "clock/advance", r#"{"seconds":0.5}"#).await;
    assert_eq!(text(&clock, &["wall"]), "2030-02-28T23:00:00Z");
    admin(&sim, "POST", "clock/suspend", r#"{"seconds":3598}"#).await;
    assert_eq!(account_status(&sim, &held).await, 401);
    let (_, clock) = admin(&sim, "POST", "clock/resume", "").await;
    assert_eq!(clock.get("frozen"), Some(&Json::from(false)));
    assert_eq!(admin(&sim, "GET", "clock", "").await.0, 200);
}

#[tokio::test]
async fn faults_are_added_listed_and_cleared() {
    let sim = frozen().start().await.unwrap();
    let fault = r#"{"on":"createToken","status":429,"retryAfter":"30","headers":{"x-a":"b"},
        "body":{"family":"message","message":"request exceeded limit"},"times":1,"skip":0}"#;
    assert_eq!(admin(&sim, "POST", "faults", fault).await.0, 200);
    let (_, list) = admin(&sim, "GET", "faults", "").await;
    assert_eq!(list.at(&["faults", "0", "status"]), Some(&Json::from(429)));
    let reply = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), header(&reply, "retry-after")),
        (429, Some("30"))
    );
    assert_eq!(
        json(&reply).to_string(),
        r#"{"message":"request exceeded limit"}"#
    );
    assert_eq!(send(&sim, good_request(&sim)).await.unwrap().status(), 200);

    for fault in [
        r#"{"on":"*","ending":"resetBefore","probability":0.5}"#,
        r#"{"on":"*","ending":"truncate","delaySeconds":0.25}"#,
        r#"{"on":"getAccount","slowBodySeconds":2}"#,
        r#"{"on":"getAccount","redirect":"https://x.invalid/"}"#,
        r#"{"on":"*","status":500,"body":{"family":"restReasons","code":"50000061","message":"m"}}"#,
        r#"{"on":"*","body":{"family":"raw","text":"a,b\n1","contentType":"text/csv"}}"#,
    ] {
        let (status, reply) = admin(&sim, "POST", "faults", fault).await;
        assert_eq!(status, 200, "{fault}: {reply}");
    }
    let (_, list) = admin(&sim, "GET", "faults", "").await;
    assert_eq!(
        list.at(&["faults", "0"]).unwrap().to_string(),
        r#"{"on":"*","ending":"resetBefore","timesLeft":null,"skip":0,"probability":0.5,"number":2}"#
    );
    let (_, cleared) = admin(&sim, "DELETE", "faults", "").await;
    assert_eq!(cleared.to_string(), r#"{"cleared":6}"#);
    assert_eq!(send(&sim, good_request(&sim)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn bad_input_is_named_and_changes_nothing() {
    let sim = frozen().start().await.unwrap();
    let cases = [
        ("faults", "", ""),
        ("faults", "{", ""),
        ("faults", "[]", ""),
        ("faults", "{}", "on"),
        ("faults", r#"{"on":7}"#, "on"),
        ("faults", r#"{"on":"nothing"}"#, "on"),
        ("faults", r#"{"on":"*","status":"500"}"#, "status"),
        ("faults", r#"{"on":"*","status":99}"#, "status"),
        ("faults", r#"{"on":"*","status":1e99}"#, "status"),
        ("faults", r#"{"on":"*","headers":["a"]}"#, "headers"),
        ("faults", r#"{"on":"*","headers":{"a":1}}"#, "headers"),
        ("faults", r#"{"on":"*","retryAfter":"a\nb"}"#, "headers"),
        ("faults", r#"{"on":"*","delaySeconds":-1}"#, "delaySeconds"),
        (
            "faults",
            r#"{"on":"*","delaySeconds":1e300}"#,
            "delaySeconds",
        ),
        ("faults", r#"{"on":"*","ending":"explode"}"#, "ending"),
        (
            "faults",
            r#"{"on":"*","ending":"truncate","slowBodySeconds":1}"#,
            "ending",
        ),
        ("faults", r#"{"on":"*","times":-1}"#, "times"),
        ("faults", r#"{"on":"*","times":1.5}"#, "times"),
        (
            "faults",
            r#"{"on":"*","probability":"half"}"#,
            "probability",
        ),
        ("faults", r#"{"on":"*","probability":2}"#, "probability"),
        ("faults", r#"{"on":"*","body":"x"}"#, "body"),
        ("faults", r#"{"on":"*","body":{}}"#, "body.family"),
        (
            "faults",
            r#"{"on":"*","body":{"family":"message"}}"#,
            "body.message",
        ),
        (
            "faults",
            r#"{"on":"*","body":{"family":"empty","x":1}}"#,
            "body.x",
        ),
        ("faults", r#"{"on":"*","statsu":500}"#, "statsu"),
        ("faults", r#"{"on":"*","redirect":"zork"}"#, "redirect"),
        ("faults", r#"{"on":"*","client":"zork"}"#, "client"),
        (
            "faults",
            r#"{"on":"*","script":[{},{"client":"zork"}]}"#,
            "script.1.client",
        ),
        ("behaviour", r#"{"tenantVersion":"zork"}"#, "tenantVersion"),
        (
            "behaviour",
            r#"{"tenantVersion":"2026-01-01"}"#,
            "tenantVersion",
        ),
        ("behaviour", r#"{"linkBase":"zork"}"#, "linkBase"),
        ("scenario", r#"{"name":"zork"}"#, "name"),
        ("scenario", "{}", "name"),
        ("clock/set", r#"{"wall":"tomorrow"}"#, "wall"),
        ("clock/set", r#"{"wall":"9999-01-01T00:00:00Z"}"#, "wall"),
        ("clock/set", r#"{"wall":0}"#, "wall"),
        ("clock/advance", r#"{"seconds":"1"}"#, "seconds"),
        ("clock/advance", r#"{"seconds":-5}"#, "seconds"),
        ("clock/advance", r#"{"second":5}"#, "second"),
        ("clock/advance", "{}", "seconds"),
        ("token-reuse", r#"{"reuse":"maybe"}"#, "reuse"),
        ("token-reuse", "{}", "reuse"),
        (
            "token-lifetime",
            r#"{"expiresIn":1,"livesSeconds":"x"}"#,
            "livesSeconds",
        ),
        ("token-lifetime", r#"{"expires_in":1}"#, "expires_in"),
    ];
    let before = admin(&sim, "GET", "state", "").await;
    for (path, body, field) in cases {
        let (status, reply) = admin(&sim, "POST", path, body).await;
        assert_eq!(status, 400, "{path} {body}");
        assert_eq!(
            text(&reply, &["error", "field"]),
            field,
            "{path} {body}: {reply}"
        );
        assert!(!text(&reply, &["error", "rule"]).is_empty());
    }
    assert_eq!(admin(&sim, "GET", "state", "").await, before);
    for (query, field) in [
        ("after=x", "after"),
        ("after=-1", "after"),
        ("zork=1", "zork"),
    ] {
        let (status, reply) = admin(&sim, "GET", &format!("events?{query}"), "").await;
        assert_eq!((status, text(&reply, &["error", "field"])), (400, field));
    }
    assert_eq!(admin(&sim, "GET", "events?after=1", "").await.0, 200);
    assert_eq!(admin(&sim, "GET", "nowhere", "").await.0, 501);
    assert_eq!(admin(&sim, "GET", "reset", "").await.0, 405);
}

#[tokio::test]
async fn token_settings_change_and_reset_puts_them_back() {
    let sim = frozen().start().await.unwrap();
    admin(&sim, "POST", "token-reuse", r#"{"reuse":"same"}"#).await;
    let lifetime = r#"{"expiresIn":"12","livesSeconds":5}"#;
    admin(&sim, "POST", "token-lifetime", lifetime).await;
    let first = json(&send(&sim, good_request(&sim)).await.unwrap());
    let second = json(&send(&sim, good_request(&sim)).await.unwrap());
    assert_eq!((text(&first, &["expires_in"]), &first), ("12", &second));
    sim.clock().advance(seconds(5));
    assert_eq!(
        account_status(&sim, text(&first, &["access_token"])).await,
        401
    );
    assert_eq!(admin(&sim, "POST", "reset", "").await.0, 200);
    assert_eq!(sim.requests().to("createToken").count(), 0);
    assert!(sim.minted_tokens().is_empty());
    let third = json(&send(&sim, good_request(&sim)).await.unwrap());
    assert_eq!(third.get("expires_in"), Some(&Json::from(3598)));
    assert_ne!(
        text(&third, &["access_token"]),
        text(&first, &["access_token"])
    );
}

#[tokio::test]
async fn pages_of_other_origins_and_other_hosts_are_refused() {
    let sim = frozen().start().await.unwrap();
    let own = sim.base_url().to_owned();
    let port = authority(&sim).rsplit_once(':').unwrap().1.to_owned();
    let localhost = format!("localhost:{port}");
    let [secure, file] = ["https", "file"].map(|scheme| own.replacen("http", scheme, 1));
    let cases: [(&[(&str, &str)], u16); 22] = [
        (&[], 200),
        (&[("host", &localhost)], 200),
        (&[("host", "LOCALHOST")], 200),
        (&[("host", "127.9.9.9:1")], 200),
        (&[("host", "[::1]:80")], 200),
        (&[("host", "rebound.example")], 403),
        (&[("host", "localhost.evil.example")], 403),
        (&[("host", "simulator.invalid")], 403),
        (&[("host", "evil.example@localhost")], 403),
        (&[("host", "evil.example:80@127.0.0.1")], 403),
        (&[("origin", &own)], 200),
        (&[("origin", &secure)], 403),
        (&[("origin", &file)], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "http://evil.example")], 403),
        (&[("origin", "http://127.0.0.1:1")], 403),
        (&[("origin", &own), ("origin", &own)], 403),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "")], 403),
    ];
    for (headers, status) in cases {
        let (found, _) = http(&sim, "GET", "/_sim/state", headers, "").await;
        assert_eq!(found, status, "{headers:?}");
    }
    // The answer names the rule.
    for (headers, rule) in [
        (("host", "rebound.example"), "the Host header must name"),
        (
            ("origin", "http://evil.example"),
            "the Origin header must be",
        ),
        (
            ("sec-fetch-site", "cross-site"),
            "the Sec-Fetch-Site header must be",
        ),
    ] {
        let (_, reply) = http(&sim, "POST", "/_sim/reset", &[headers], "").await;
        assert!(body_of(&reply).contains(rule), "{reply}");
    }
    // The API itself answers whoever comes, by whatever name.
    let headers = [
        ("host", "rebound.example"),
        ("origin", "http://evil.example"),
    ];
    let (status, _) = http(&sim, "GET", "/v1/accounts/A00000001", &headers, "").await;
    assert_eq!(status, 401);
    // Without a Host header hyper still answers HTTP/1.0; the admin part does not.
    let (reply, _) = exchange(&sim, b"GET /_sim/state HTTP/1.0\r\n\r\n").await;
    assert!(
        reply.starts_with(b"HTTP/1.0 403"),
        "{}",
        String::from_utf8_lossy(&reply)
    );
}

#[tokio::test]
async fn the_seam_reaches_it_from_loopback_only() {
    let sim = frozen().build().unwrap();
    let request = || {
        let url = format!("{}/_sim/counters", sim.base_url());
        Request::get(url).body(Bytes::new()).unwrap()
    };
    assert_eq!(send(&sim, request()).await.unwrap().status(), 200);
    for (source, status) in [("192.0.2.1", 403), ("::1", 200), ("::ffff:127.0.0.1", 200)] {
        let source: IpAddr = source.parse().unwrap();
        let reply = sim.transport_from(source).send(request()).await.unwrap();
        assert_eq!(reply.status(), status, "{source}");
    }
}
