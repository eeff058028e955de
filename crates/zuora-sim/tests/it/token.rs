//! `createToken`: what it gives, what it refuses, and its limit.

use crate::support::*;
use http::Request;
use zuora_sim::{SimClient, Simulator};
use zuora_wire::Json;

const ENTITY_A: &str = "11e643f4-a3ee-8bad-b061-0025904c756d";
const ENTITY_B: &str = "11e643f4-a3ee-8bad-b061-0025904c757e";

fn is_hex32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[tokio::test]
async fn a_token_has_the_documented_fields_and_headers() {
    let sim = frozen().build().unwrap();
    let request = with(good_request(&sim), "zuora-track-id", "run-42 (a/b)");
    let reply = send(&sim, request).await.unwrap();
    assert_eq!(reply.status(), 200);
    let body = json(&reply);
    assert!(is_hex32(text(&body, &["access_token"])));
    assert!(is_hex32(text(&body, &["jti"])));
    assert_eq!(text(&body, &["token_type"]), "bearer");
    assert_eq!(body.get("expires_in"), Some(&Json::from(3598)));
    let scope: Vec<_> = text(&body, &["scope"]).split(' ').collect();
    assert!(scope[0].starts_with("entity.") && scope[0].len() == 43);
    assert!(scope.contains(&"platform.write") && scope.contains(&"tenant.19"));
    assert!(is_hex32(
        scope.last().unwrap().strip_prefix("user.").unwrap()
    ));
    assert_eq!(header(&reply, "x-ratelimit-limit-minute"), Some("100"));
    assert_eq!(header(&reply, "x-ratelimit-remaining-minute"), Some("99"));
    assert_eq!(header(&reply, "zuora-track-id"), Some("run-42 (a/b)"));
    assert_eq!(header(&reply, "zuora-request-id").unwrap().len(), 36);
    assert_eq!(
        header(&reply, "date"),
        Some("Thu, 01 Jan 1970 00:00:00 GMT")
    );
}

#[tokio::test]
async fn the_default_client_needs_correct_encoding() {
    let sim = frozen().build().unwrap();
    assert_eq!(sim.client_id().len(), 36);
    assert!(sim.client_secret().len() <= 42);
    for reserved in ['=', '/', '+', '&', '%', ' '] {
        assert!(sim.client_secret().contains(reserved));
    }
    let raw = format!(
        "client_id={}&client_secret={}&grant_type=client_credentials",
        sim.client_id(),
        sim.client_secret()
    );
    let reply = send(&sim, token_request(&sim, raw)).await.unwrap();
    assert_eq!(reply.status(), 401);
}

#[tokio::test]
async fn a_seed_makes_tokens_repeatable_and_no_seed_keeps_them_apart() {
    let (a, b) = (frozen().build().unwrap(), frozen().build().unwrap());
    assert_eq!(token(&a).await, token(&b).await);
    let a = Simulator::builder().one_account().build().unwrap();
    let b = Simulator::builder().one_account().build().unwrap();
    assert_ne!(token(&a).await, token(&b).await);
    assert_eq!(account_status(&b, &token(&a).await).await, 401);
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_refused_in_the_observed_shape() {
    let sim = frozen().token_requests_per_minute(1000).build().unwrap();
    let (id, secret) = (sim.client_id().to_owned(), sim.client_secret().to_owned());
    let (id, secret) = (id.as_str(), secret.as_str());
    let grant = ("grant_type", "client_credentials");
    let unknown = "00000000-0000-4000-8000-000000000000";
    let forms = [
        (form(unknown, secret), 400, "Invalid client id"),
        (form("short", secret), 400, "Invalid client id"),
        (form(id, "wrong"), 401, "credentials"),
        (
            form_of(&[("client_secret", secret), grant]),
            400,
            "client_id",
        ),
        (form_of(&[("client_id", id), grant]), 400, "client_secret"),
        (
            form_of(&[("client_id", id), ("client_secret", ""), grant]),
            400,
            "client_secret",
        ),
        (
            form_of(&[("client_id", id), ("client_secret", secret)]),
            400,
            "grant_type",
        ),
        (
            form_of(&[
                ("client_id", id),
                ("client_secret", secret),
                ("grant_type", "password"),
            ]),
            400,
            "grant type",
        ),
        (
            format!("{}&client_id=x", form(id, secret)),
            400,
            "more than once",
        ),
        (String::new(), 400, "client_id"),
        ("%zz=%ff&\0".to_owned(), 400, "client_id"),
    ];
    for (form, status, message) in forms {
        let reply = send(&sim, token_request(&sim, form.clone())).await.unwrap();
        assert_eq!(reply.status(), status, "{form}");
        let body = json(&reply);
        assert_eq!(body.get("status"), Some(&Json::from(status)), "{body}");
        assert!(text(&body, &["message"]).contains(message), "{body}");
        assert_eq!(text(&body, &["path"]), "/oauth/token");
        assert!(!body.to_string().contains(secret), "{body}");
    }
    let wrong_secret = send(&sim, token_request(&sim, form(id, "x")))
        .await
        .unwrap();
    assert_eq!(text(&json(&wrong_secret), &["error"]), "Unauthorized");
    assert_eq!(sim.tokens_minted(id), 0);
    assert_eq!(sim.requests().to("createToken").with_status(401).count(), 2);
}

#[tokio::test]
async fn content_type_method_and_forbidden_headers_are_checked() {
    let sim = frozen().build().unwrap();
    let url = format!("{}/oauth/token", sim.base_url());
    for wrong in ["application/json", "multipart/form-data", "", "text/plain"] {
        let body = form(sim.client_id(), sim.client_secret());
        let request = Request::post(&url)
            .header("content-type", wrong)
            .body(body.into());
        assert_eq!(
            send(&sim, request.unwrap()).await.unwrap().status(),
            415,
            "{wrong}"
        );
    }
    let mut charset = good_request(&sim);
    let value = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
        .parse()
        .unwrap();
    charset.headers_mut().insert("content-type", value);
    assert_eq!(send(&sim, charset).await.unwrap().status(), 200);

    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
        let request = Request::builder().method(method).uri(&url).body("".into());
        let reply = send(&sim, request.unwrap()).await.unwrap();
        assert_eq!(reply.status(), 405, "{method}");
        assert_eq!(header(&reply, "allow"), Some("POST"));
    }
    for name in ["authorization", "apiaccesskeyid", "apisecretaccesskey"] {
        let reply = send(&sim, with(good_request(&sim), name, "x"))
            .await
            .unwrap();
        assert_eq!(reply.status(), 400);
        assert!(text(&json(&reply), &["message"]).contains(name));
    }
}

#[tokio::test]
async fn track_ids_follow_the_documented_rule() {
    let sim = frozen().token_requests_per_minute(1000).build().unwrap();
    for good in ["a", &"x".repeat(64), "A b-c_(1)/2,3"] {
        let reply = send(&sim, with(good_request(&sim), "zuora-track-id", good))
            .await
            .unwrap();
        assert_eq!(reply.status(), 200, "{good}");
        assert_eq!(header(&reply, "zuora-track-id"), Some(good));
    }
    for bad in [&"x".repeat(65), "a:b", "a;b", "a\"b", "a'b", "a\tb", "ä"] {
        let reply = send(&sim, with(good_request(&sim), "zuora-track-id", bad))
            .await
            .unwrap();
        assert_eq!(reply.status(), 400, "{bad}");
        assert_eq!(header(&reply, "zuora-track-id"), None);
        assert!(text(&json(&reply), &["message"]).contains("Zuora-Track-Id"));
    }
    let twice = with(good_request(&sim), "zuora-track-id", "a");
    let twice = send(&sim, with(twice, "zuora-track-id", "b"))
        .await
        .unwrap();
    assert_eq!(twice.status(), 400);
}

#[tokio::test]
async fn entities_narrow_a_token_and_foreign_ones_are_refused() {
    let client = SimClient::new("c", "s")
        .entities([ENTITY_B, ENTITY_A])
        .tenant(7)
        .user("u");
    let sim = frozen().client(client).build().unwrap();
    let wide = send(&sim, good_request(&sim)).await.unwrap();
    let wide = text(&json(&wide), &["scope"]).to_owned();
    assert!(wide.contains(ENTITY_A) && wide.contains(ENTITY_B));
    assert!(wide.ends_with("tenant.7 user.u"));

    let narrow = with(good_request(&sim), "zuora-entity-ids", ENTITY_A);
    let narrow = send(&sim, narrow).await.unwrap();
    let narrow = text(&json(&narrow), &["scope"]).to_owned();
    assert!(narrow.contains(ENTITY_A) && !narrow.contains(ENTITY_B));

    for bad in [
        "11e643f4a3ee8badb0610025904c756d",
        "11e643f4-a3ee-8bad-b061-00000000beef",
        "",
    ] {
        let reply = with(good_request(&sim), "zuora-entity-ids", bad);
        assert_eq!(send(&sim, reply).await.unwrap().status(), 400, "{bad}");
    }
}

#[tokio::test]
async fn clients_can_be_added_rotated_and_deactivated() {
    let sim = frozen().build().unwrap();
    let id = sim.client_id().to_owned();
    let status = async |id: &str, secret: &str| {
        let reply = send(&sim, token_request(&sim, form(id, secret)))
            .await
            .unwrap();
        reply.status().as_u16()
    };
    assert!(sim.add_secret(&id, "new"));
    assert_eq!(
        (
            status(&id, sim.client_secret()).await,
            status(&id, "new").await
        ),
        (200, 200)
    );
    assert!(sim.set_secret(&id, "newer"));
    assert_eq!(
        (
            status(&id, sim.client_secret()).await,
            status(&id, "newer").await
        ),
        (401, 200)
    );
    sim.add_client(SimClient::new("other", "s").also_secret("t"));
    assert_eq!(
        (status("other", "s").await, status("other", "t").await),
        (200, 200)
    );

    let reply = send(&sim, token_request(&sim, form("other", "s")))
        .await
        .unwrap();
    let other = text(&json(&reply), &["access_token"]).to_owned();
    assert_eq!(account_status(&sim, &other).await, 200);
    assert!(sim.deactivate_client("other"));
    assert_eq!(status("other", "s").await, 403);
    assert_eq!(status("other", "wrong").await, 401);
    assert_eq!(account_status(&sim, &other).await, 401);
    assert!(!sim.set_secret("nobody", "s") && !sim.deactivate_client("nobody"));

    sim.reset();
    assert_eq!(status(&id, sim.client_secret()).await, 200);
    assert_eq!(status("other", "s").await, 400);
}

#[test]
fn a_simulator_without_a_socket_needs_no_runtime() {
    let sim = Simulator::builder().one_account().build().unwrap();
    assert_eq!(sim.base_url(), "https://simulator.invalid");
    let mut reply = sim.transport().send(good_request(&sim));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(reply) = reply.as_mut().poll(&mut context) else {
        panic!("the seam waits for nothing");
    };
    assert_eq!(reply.unwrap().status(), 200);
}

#[tokio::test]
async fn the_list_of_tokens_is_appended_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    for _ in 0..2 {
        let sim = frozen().token_list(&path).build().unwrap();
        let first = token(&sim).await;
        let second = token(&sim).await;
        let list = std::fs::read_to_string(&path).unwrap();
        assert!(list.ends_with(&format!("{first}\n{second}\n")));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let missing = folder.path().join("no/such/folder/tokens");
    let error = frozen().token_list(&missing).build().unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[test]
fn the_environment_can_name_the_list_of_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    let test = "token::a_token_has_the_documented_fields_and_headers";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("ZUORA_SIM_TOKEN_LIST", &path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let list = std::fs::read_to_string(&path).unwrap();
    assert_eq!(list.lines().filter(|line| is_hex32(line)).count(), 1);
}
