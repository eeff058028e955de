//! `getAccount`, what its bearer check refuses, and paths that nothing answers.

use crate::support::*;
use bytes::Bytes;
use http::Request;
use zuora_sim::SimClient;
use zuora_wire::Json;

/// Numbers that no binary fraction holds, or that have more than one way to be written.
const NUMBERS: [&str; 7] = [
    "12345678901234.123456789",
    "98765432109876543210.987654321",
    "100.00",
    "0E-9",
    "1E+3",
    "0.10",
    "-42.50",
];

#[tokio::test]
async fn the_account_has_its_numbers_exactly() {
    let numbers = NUMBERS.iter().enumerate();
    let numbers: String = numbers
        .map(|(place, number)| format!(r#","Number{place}__c":{number}"#))
        .collect();
    let document = format!(
        r#"{{"records":{{
            "Account":[{{"id":"a","billToId":"c","soldToId":"c","GoLive__c":null{numbers}}}],
            "Contact":[{{"id":"c","accountId":"a","firstName":"Ana","lastName":"Lind"}}]
        }}}}"#
    );
    let sim = frozen().data(&document).unwrap().build().unwrap();
    let token = token(&sim).await;
    let reply = send(&sim, account_request(&sim, &token)).await.unwrap();
    assert_eq!(reply.status(), 200);
    let raw = std::str::from_utf8(reply.body()).unwrap();
    for (place, number) in NUMBERS.iter().enumerate() {
        let member = format!(r#""Number{place}__c":{number}"#);
        assert!(raw.contains(&member), "{member}: {raw}");
    }
    let body = json(&reply);
    assert_eq!(text(&body, &["basicInfo", "accountNumber"]), "A00000001");
    assert_eq!(body.at(&["basicInfo", "GoLive__c"]), Some(&Json::Null));
    for part in [
        "billingAndPayment",
        "metrics",
        "billToContact",
        "soldToContact",
    ] {
        assert!(
            body.get(part)
                .is_some_and(|part| part.as_object().is_some()),
            "{part}"
        );
    }
    assert_eq!(header(&reply, "ratelimit-remaining"), Some("49999"));
    assert_eq!(header(&reply, "concurrency-limit-type"), Some("Default"));

    let id = text(&body, &["basicInfo", "id"]).to_owned();
    let by_id = Request::get(format!("{}/v1/accounts/{id}", sim.base_url()))
        .header("authorization", format!("bearer {token}"))
        .body(Bytes::new());
    assert_eq!(
        send(&sim, by_id.unwrap()).await.unwrap().body(),
        reply.body()
    );
}

#[tokio::test]
async fn a_call_without_a_live_token_gets_the_documented_refusal() {
    let sim = frozen().build().unwrap();
    let live = token(&sim).await;
    let values = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer 0123456789abcdef0123456789abcdef".to_owned()),
        Some(format!("Basic {live}")),
        Some(live.clone()),
        Some(format!("Bearer {}", live.to_uppercase())),
    ];
    for value in values {
        let mut request = account_request(&sim, "x");
        request.headers_mut().remove("authorization");
        if let Some(value) = &value {
            request = with(request, "authorization", value);
        }
        let reply = send(&sim, request).await.unwrap();
        assert_eq!(reply.status(), 401, "{value:?}");
        let body = json(&reply);
        assert_eq!(body.get("success"), Some(&Json::from(false)));
        assert_eq!(
            body.at(&["reasons", "0", "code"]),
            Some(&Json::from(90_000_011))
        );
        assert_eq!(
            text(&body, &["reasons", "0", "message"]),
            "Authentication error"
        );
        assert_eq!(text(&body, &["processId"]).len(), 16);
        assert_eq!(
            Some(text(&body, &["requestId"])),
            header(&reply, "zuora-request-id")
        );
    }
    let twice = with(account_request(&sim, &live), "authorization", "Bearer x");
    assert_eq!(send(&sim, twice).await.unwrap().status(), 401);
}

#[tokio::test]
async fn entities_must_be_the_tokens_own() {
    let own = "11e643f4-a3ee-8bad-b061-0025904c756d";
    let second = "11e643f4-a3ee-8bad-b061-0025904c757e";
    let client = SimClient::new("c", "s").entities([own, second]);
    let sim = frozen().client(client).build().unwrap();
    let wide = token(&sim).await;
    let code = async |entity: Option<&str>, token: &str| {
        let mut request = account_request(&sim, token);
        if let Some(entity) = entity {
            request = with(request, "zuora-entity-ids", entity);
        }
        let reply = send(&sim, request).await.unwrap();
        let code = json(&reply).at(&["reasons", "0", "code"]).cloned();
        (reply.status().as_u16(), code)
    };
    let refused = (401, Some(Json::from(90_000_020)));
    assert_eq!(code(Some(own), &wide).await, (200, None));
    assert_eq!(
        code(Some("11e643f4-a3ee-8bad-b061-00000000beef"), &wide).await,
        refused
    );
    assert_eq!(code(None, &wide).await, refused);
    let narrow = with(good_request(&sim), "zuora-entity-ids", own);
    let narrow = json(&send(&sim, narrow).await.unwrap());
    let narrow = text(&narrow, &["access_token"]);
    assert_eq!(code(None, narrow).await, (200, None));
    assert_eq!(code(Some(second), narrow).await, refused);
}

#[tokio::test]
async fn an_unknown_account_depends_on_the_version() {
    let sim = frozen().build().unwrap();
    let token = token(&sim).await;
    let versions = [
        (None, 200),
        (Some("341.0"), 200),
        (Some("2024-05-19"), 200),
        (Some("2024-05-20"), 404),
        (Some("2024-05-21"), 200),
        (Some("2025-08-12"), 404),
        (Some("2025-08-13"), 200),
        (Some("2099-12-31"), 200),
        (Some("9999-99-9x"), 200),
        (Some("zzz"), 200),
    ];
    for (version, status) in versions {
        let mut request = Request::get(format!("{}/v1/accounts/A%2F1%20b", sim.base_url()))
            .header("authorization", format!("Bearer {token}"));
        if let Some(version) = version {
            request = request.header("zuora-version", version);
        }
        let reply = send(&sim, request.body(Bytes::new()).unwrap())
            .await
            .unwrap();
        assert_eq!(reply.status(), status, "{version:?}");
        let body = json(&reply);
        assert_eq!(body.get("success"), Some(&Json::from(false)));
        assert_eq!(code(&reply), Some(50_000_040));
        assert!(text(&body, &["reasons", "0", "message"]).contains("'A/1 b'"));
    }
}

#[tokio::test]
async fn what_is_not_known_says_so() {
    let sim = frozen().build().unwrap();
    let token = token(&sim).await;
    let cases = [
        ("GET", "/v1/subscription", 501),
        ("GET", "/", 501),
        ("GET", "/v1/account", 501),
        ("GET", "/v1/accounts/", 501),
        ("GET", "/v1/accounts/A00000001/", 501),
        ("GET", "/v1//accounts/A00000001", 501),
        ("GET", "/v1/./accounts/A00000001", 501),
        ("GET", "/v1/accounts/..", 501),
        ("GET", "/v1/accounts/../accounts/A00000001", 501),
        ("GET", "/v1/accounts%2FA00000001", 501),
        ("GET", "/V1/accounts/A00000001", 501),
        ("POST", "/oauth%2ftoken", 501),
        ("POST", "/oauth/%74oken", 501),
        ("POST", "//oauth/token", 501),
        ("POST", "/_simx/reset", 501),
        ("GET", "/v1/accounts/%zz", 400),
        ("GET", "/v1/accounts/%4", 400),
        ("GET", "/v1/accounts/%ff", 400),
        ("GET", "/v1/accounts/%2e%2e", 200),
        ("GET", "/v1/accounts/%2541", 200),
        ("GET", "/v1/accounts", 405),
        ("PATCH", "/v1/accounts/A00000001", 405),
    ];
    for (method, path, status) in cases {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", sim.base_url()))
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::new());
        let reply = send(&sim, request.unwrap()).await.unwrap();
        assert_eq!(reply.status(), status, "{method} {path}");
        if status == 501 {
            let message = text(&json(&reply), &["message"]).to_owned();
            assert!(
                message.contains(method) && message.contains(path),
                "{message}"
            );
        }
    }
    assert_eq!(sim.requests().to("unmatched").with_status(501).count(), 15);
}

#[tokio::test]
async fn organizations_must_all_be_accessible() {
    let client = SimClient::new("c", "s").orgs(["8a1", "8a2"]);
    let sim = frozen().client(client).build().unwrap();
    let token = token(&sim).await;
    for (orgs, status) in [
        ("8a1", 200),
        ("8a1, 8A2", 200),
        ("8a1,8a3", 401),
        ("8a1,", 401),
        ("", 401),
    ] {
        let request = with(account_request(&sim, &token), "zuora-org-ids", orgs);
        let reply = send(&sim, request).await.unwrap();
        assert_eq!(reply.status(), status, "{orgs:?}");
    }
    // Without the header: all of them.
    assert_eq!(account_status(&sim, &token).await, 200);

    // So it is for those who ask for a token, and for a client that has none in such a tenant.
    for (orgs, status) in [("8a2,8a1", 200), ("8a3", 400), ("", 400)] {
        let request = with(good_request(&sim), "zuora-org-ids", orgs);
        let reply = send(&sim, request).await.unwrap();
        assert_eq!(reply.status(), status, "{orgs:?}");
    }
    sim.add_client(SimClient::new("none", "s"));
    let request = token_request(&sim, form("none", "s"));
    let none = json(&send(&sim, request).await.unwrap());
    let none = account_request(&sim, text(&none, &["access_token"]));
    let reply = send(&sim, with(none, "zuora-org-ids", "8a1"))
        .await
        .unwrap();
    assert_eq!(
        (reply.status().as_u16(), code(&reply)),
        (401, Some(90_000_020))
    );

    // In a tenant without organizations the header means nothing.
    sim.add_client(SimClient::new("c", "s"));
    let request = with(account_request(&sim, &token), "zuora-org-ids", "8a9");
    assert_eq!(send(&sim, request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_entity_is_named_by_one_of_the_older_headers() {
    let sim = frozen().build().unwrap();
    let token = token(&sim).await;
    let call = async |headers: &[&'static str], path: &str| {
        let request = Request::get(format!("{}{path}", sim.base_url()))
            .header("authorization", format!("Bearer {token}"))
            .header("zuora-version", "2025-08-12");
        let request = headers
            .iter()
            .fold(request, |request, name| request.header(*name, "x"));
        send(&sim, request.body(Bytes::new()).unwrap())
            .await
            .unwrap()
    };
    let both = ["entityId", "entityName"];
    for one in both {
        assert_eq!(call(&[one], "/v1/accounts/A00000001").await.status(), 200);
    }
    let refused = call(&both, "/v1/accounts/A00000001").await;
    assert_eq!(
        (refused.status().as_u16(), code(&refused)),
        (400, Some(50_000_020))
    );
    let told = json(&refused);
    assert!(text(&told, &["reasons", "0", "message"]).contains("entityName"));
    for path in [
        "/workflows",
        "/v1/object/account/A00000001",
        "/object-query/accounts",
    ] {
        assert_eq!(call(&both, path).await.status(), 400, "{path}");
    }
}
