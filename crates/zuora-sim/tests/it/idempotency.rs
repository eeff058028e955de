//! The store of idempotency keys and the ledger of what was executed.

use crate::support::*;
use zuora_sim::{Fault, FaultBody, IdempotencyRules, Limits};
use zuora_wire::{Clock, Json, TransportErrorKind};

#[tokio::test]
async fn a_key_gives_its_first_outcome_for_a_day() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let first = api.marked("/v1/orders", "k1", "m", ORDER).await;
    assert_eq!(text(&json(&first), &["orderNumber"]), "O-00000002");
    sim.clock().advance(seconds(24 * 3600 - 1));
    let api = Api::new(&sim).await;
    let again = api.marked("/v1/orders", "k1", "m", ORDER).await;
    assert_eq!(again.body(), first.body());
    assert_eq!(
        header(&again, "zuora-request-id"),
        header(&first, "zuora-request-id")
    );
    assert_eq!(sim.executions_of("m"), 1);
    assert!(sim.executed_twice().is_empty());
    sim.clock().advance(seconds(1));
    let later = api.marked("/v1/orders", "k1", "m", ORDER).await;
    assert_eq!(text(&json(&later), &["orderNumber"]), "O-00000003");
    assert_eq!(sim.executed_twice(), [("createOrder", "m".to_owned(), 2)]);
    let executions = sim.executions();
    assert_eq!(executions[0].idempotency_key.as_deref(), Some("k1"));
    assert_eq!(executions[0].body_sha256, executions[1].body_sha256);
    assert_eq!(executions[1].at, START + seconds(24 * 3600));
}

#[tokio::test]
async fn failures_are_kept_and_a_key_belongs_to_one_request() {
    let sim = frozen().tenant_version("2024-05-20").build().unwrap();
    let api = Api::new(&sim).await;
    let failed = api.keyed("POST", "/v1/orders", "k", "[1").await;
    assert_eq!(
        (failed.status().as_u16(), code(&failed)),
        (400, Some(50_000_090))
    );
    let again = api.keyed("POST", "/v1/orders", "k", "[1").await;
    assert_eq!(again.body(), failed.body());
    for (path, body, status) in [
        ("/v1/orders", ORDER, 422),
        ("/v1/orders?returnIds=true", "[1", 422),
        ("/v1/payments", "[1", 422),
    ] {
        assert_eq!(
            api.keyed("POST", path, "k", body).await.status(),
            status,
            "{path}"
        );
    }
    assert_eq!(
        api.keyed("PATCH", "/workflows/7", "k", "[1").await.status(),
        422
    );
    sim.set_idempotency(IdempotencyRules::default().other_payload_status(409));
    assert_eq!(
        api.keyed("POST", "/v1/orders", "k", ORDER).await.status(),
        409
    );
    assert!(sim.executions().is_empty());
}

#[tokio::test]
async fn keys_hold_for_every_post_and_patch_of_the_api() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    for (key, status) in [
        ("a".repeat(255), 200),
        ("a".repeat(256), 400),
        (String::new(), 400),
    ] {
        let reply = api.keyed("POST", "/v1/payments", &key, PAYMENT).await;
        assert_eq!(reply.status(), status, "{}", key.len());
        let success = json(&reply).get("success").cloned();
        assert_eq!(success, Some(Json::from(status == 200)), "{}", key.len());
    }
    // Also where the reference does not list the header: CRUD, and Actions of 2022.
    let crud = "/v1/object/payment";
    let first = api.marked(crud, "same", "1", CRUD_PAYMENT).await;
    assert_eq!(json(&first).get("Success"), Some(&Json::from(true)));
    let again = api.marked(crud, "same", "1", CRUD_PAYMENT).await;
    assert_eq!(again.body(), first.body());
    let generate = r#"{"type":"Invoice","objects":[{}]}"#;
    for path in ["/v1/action/generate", crud] {
        let reply = api.keyed("POST", path, "same", generate).await;
        assert_eq!(reply.status(), 422, "{path}");
    }
    assert_eq!(sim.executions_of("1"), 1);
    assert_eq!(count_of(&sim, "Payment"), 2);
    assert!(sim.executed_twice().is_empty());
    // Tokens have none.
    for _ in 0..2 {
        let request = with(good_request(&sim), "idempotency-key", "same");
        assert_eq!(send(&sim, request).await.unwrap().status(), 200);
    }
    let put = api.keyed("PUT", "/v1/accounts/A00000001", "k", "{}").await;
    assert_eq!(put.status(), 400);
    assert_eq!(
        text(&json(&put), &["reasons", "0", "message"]),
        "Request method 'PUT' not supported with Idempotency-Key header"
    );
    assert_eq!(api.keyed("GET", "/v1/orders", "k", "").await.status(), 200);
    let patch = api
        .keyed("PATCH", "/workflows/7", "p", r#"{"name":"n"}"#)
        .await;
    assert_eq!(text(&json(&patch), &["name"]), "n");
    assert_eq!(sim.executions().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_key_in_flight_is_refused_until_its_work_ends() {
    let sim = frozen()
        .service_time("createOrder", seconds(5))
        .build()
        .unwrap();
    let clock = sim.clock().clone();
    clock
        .drive(async {
            let api = Api::new(&sim).await;
            let first = api.send(api.request("POST", "/v1/orders", Some("k"), ORDER));
            let second = async {
                clock.sleep(seconds(4)).await;
                let refused = api.keyed("POST", "/v1/orders", "k", ORDER).await;
                assert_eq!(
                    (refused.status().as_u16(), code(&refused)),
                    (409, Some(50_000_030))
                );
                sim.set_idempotency(IdempotencyRules::default().in_flight_code(50_000_050));
                let refused = api.keyed("POST", "/v1/orders", "k", ORDER).await;
                assert_eq!(code(&refused), Some(50_000_050));
            };
            let (first, ()) = tokio::join!(first, second);
            let first = first.unwrap();
            assert_eq!(first.status(), 200);
            let begun = clock.now();
            let replay = api.keyed("POST", "/v1/orders", "k", ORDER).await;
            assert_eq!((replay.body(), clock.now()), (first.body(), begun));
            assert_eq!(sim.executions().len(), 1);
        })
        .await;
}

#[tokio::test]
async fn what_the_gate_refuses_is_kept_only_when_so_set() {
    for keep in [false, true] {
        let rules = IdempotencyRules::default()
            .keep_unauthorized(keep)
            .keep_rate_limited(keep);
        let sim = frozen().idempotency(rules).build().unwrap();
        let api = Api::new(&sim).await;
        let mut bad = api.request("POST", "/v1/orders", Some("a"), ORDER);
        bad.headers_mut()
            .insert("authorization", "Bearer x".parse().unwrap());
        assert_eq!(send(&sim, bad).await.unwrap().status(), 401);
        let status = api.keyed("POST", "/v1/orders", "a", ORDER).await.status();
        assert_eq!(status, if keep { 401 } else { 200 });

        sim.set_limits(Limits::unlimited().per_minute(1));
        assert_eq!(
            api.keyed("POST", "/v1/orders", "b", ORDER).await.status(),
            200
        );
        assert_eq!(
            api.keyed("POST", "/v1/orders", "c", ORDER).await.status(),
            429
        );
        sim.clock().advance(seconds(60));
        let status = api.keyed("POST", "/v1/orders", "c", ORDER).await.status();
        assert_eq!(status, if keep { 429 } else { 200 });

        sim.set_limits(Limits::unlimited());
        sim.inject(Fault::on("createOrder").status(429).times(1))
            .unwrap();
        assert_eq!(
            api.keyed("POST", "/v1/orders", "d", ORDER).await.status(),
            429
        );
        let status = api.keyed("POST", "/v1/orders", "d", ORDER).await.status();
        assert_eq!(status, if keep { 429 } else { 200 });
    }
}

#[tokio::test]
async fn faults_of_the_api_go_through_the_store_and_those_in_front_do_not() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let on = || Fault::on("createOrder").times(1);
    let order = async |key: &str| api.keyed("POST", "/v1/orders", key, ORDER).await;

    // Kept as the outcome, by the API itself.
    sim.inject(on().status(500)).unwrap();
    let failed = order("a").await;
    assert_eq!(failed.status(), 500);
    let again = order("a").await;
    assert_eq!(
        (again.status().as_u16(), header(&again, "zuora-request-id")),
        (500, header(&failed, "zuora-request-id"))
    );
    // Not kept, by a gateway.
    sim.inject(on().status(503)).unwrap();
    assert_eq!(order("b").await.status(), 503);
    assert_eq!(order("b").await.status(), 200);
    // Executed, and the gateway says otherwise.
    sim.inject(on().status(504).execute_first()).unwrap();
    assert_eq!(order("c").await.status(), 504);
    assert_eq!(sim.executions().len(), 2);
    // An outcome that is kept comes before a fault of the API, and after one in front.
    sim.inject(on().status(500)).unwrap();
    assert_eq!(order("c").await.status(), 200);
    sim.inject(on().status(500).in_front(true)).unwrap();
    assert_eq!(order("c").await.status(), 500);
    // Executed, and the API itself says otherwise: that is the outcome.
    sim.inject(
        on().body(FaultBody::rest_reasons(50_000_060, "m"))
            .execute_first(),
    )
    .unwrap();
    assert_eq!(code(&order("d").await), Some(50_000_060));
    assert_eq!(code(&order("d").await), Some(50_000_060));
    // The answer is lost, or the request never arrives.
    sim.inject(on().reset_after()).unwrap();
    let lost = send(&sim, api.request("POST", "/v1/orders", Some("e"), ORDER)).await;
    assert_eq!(lost.unwrap_err().kind(), TransportErrorKind::Closed);
    assert_eq!(order("e").await.status(), 200);
    sim.inject(on().reset_before()).unwrap();
    assert!(
        send(&sim, api.request("POST", "/v1/orders", None, ORDER))
            .await
            .is_err()
    );
    assert_eq!(sim.executions().len(), 4);
    // Without a live token nothing is executed.
    sim.inject(on().status(504).execute_first()).unwrap();
    sim.revoke_all_tokens();
    assert_eq!(order("f").await.status(), 504);
    assert_eq!(sim.executions().len(), 4);
}
