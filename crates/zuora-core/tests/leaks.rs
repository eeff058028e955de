//! No secret gets out of a reply, however it is spelt there and wherever the reply goes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::sync::Arc;
use zuora_core::{Error, MemoryStore};
use zuora_sim::{Fault, FaultBody};

#[tokio::test(start_paused = true)]
async fn a_secret_in_any_spelling_is_masked() {
    let spellings = [
        SECRET.to_owned(),
        SECRET.replace('+', "\\u002b"),
        SECRET.replace('/', "\\/").replace('&', "\\u0026"),
        SECRET.replace("MARKED", "\\u004dARKED"),
    ];
    for spelling in spellings {
        for body in [
            format!(r#"{{"message":"bad: {spelling}"}}"#),
            format!(r#"{{"reasons":[{{"code":"{spelling}","message":"x {spelling} y"}}]}}"#),
            format!(r#"{{"a":{{"{spelling}":["{spelling}"]}}}}"#),
            // Broken off.
            format!(r#"{{"message":"bad: {spelling}", "#),
        ] {
            let rig = Rig::new();
            let body = FaultBody::raw(body, "application/json");
            rig.sim
                .inject(Fault::on("createToken").status(401).body(body))
                .unwrap();
            let error = rig.get(&rig.client()).await.unwrap_err();
            assert_clean(&rig.sim, &all_of(&error));
            assert!(all_of(&error).contains("***"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_a_gateways_page_or_a_header_is_masked() {
    let rig = Rig::new();
    let page = format!(
        "<html><p>client_secret={}</p>",
        SECRET.replace('&', "&amp;")
    );
    rig.sim
        .inject(
            Fault::on("createToken")
                .status(502)
                .header("X-Echo", SECRET)
                .body(FaultBody::raw(page, "text/html")),
        )
        .unwrap();
    let error = rig.get(&rig.client()).await.unwrap_err();
    assert_clean(&rig.sim, &all_of(&error));
}

#[tokio::test(start_paused = true)]
async fn a_secret_at_the_cut_is_masked_before_it_is_cut() {
    let rig = Rig::new();
    for short in 0..SECRET.len() {
        let body = format!("{} {SECRET}", "x".repeat(Error::MAX_BODY - short));
        rig.sim
            .inject(
                Fault::on("createToken")
                    .status(500)
                    .body(FaultBody::Text(body))
                    .times(1),
            )
            .unwrap();
        let client = rig.client();
        let error = rig.get(&client).await.unwrap_err();
        assert!(error.body().unwrap().len() <= Error::MAX_BODY);
        assert_clean(&rig.sim, &all_of(&error));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_a_server_repeats_is_masked_on_every_path() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    let token = rig.sim.minted_tokens().pop().unwrap();
    let text = format!("Authorization: Bearer {token}");
    let faults = [
        Fault::on("getAccount")
            .status(200)
            .body(FaultBody::rest_reasons(1, text.clone())),
        Fault::on("getAccount")
            .status(400)
            .body(FaultBody::Message(text.clone())),
        Fault::on("getAccount")
            .status(200)
            .body(FaultBody::Text(text.clone())),
        Fault::on("getAccount")
            .status(200)
            .body(FaultBody::Text(text.repeat(50)))
            .truncate(),
    ];
    for fault in faults {
        rig.sim.clear_faults();
        rig.sim.inject(fault.clone()).unwrap();
        let call = client.request(Method::GET, ACCOUNT).json_reply();
        let error = rig.run(call.into_future()).await.unwrap_err();
        assert_clean(&rig.sim, &all_of(&error));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_can_forge_no_line() {
    let rig = Rig::new();
    let client = rig.client();
    let body = format!(
        r#"{{"reasons":[{{"code":"x\nERROR forged {}","message":"m\r\n\u001b[2Jn"}},"p\nq"]}}"#,
        "y".repeat(2000)
    );
    rig.sim
        .inject(
            Fault::on("getAccount")
                .status(400)
                .body(FaultBody::raw(body, "application/json")),
        )
        .unwrap();
    let error = rig.get(&client).await.unwrap_err();
    let text = format!("{error} {:?}", error.reasons());
    assert!(!text.contains(['\n', '\r', '\u{1b}']), "{text}");
    assert!(error.to_string().len() < 1000);
}

#[tokio::test(start_paused = true)]
async fn stores_show_no_token() {
    let rig = Rig::new();
    let store = Arc::new(MemoryStore::with_clock(Arc::new(rig.clock.clone())));
    let client = rig.builder().token_store(store.clone()).build().unwrap();
    let token = rig.run(client.token()).await.unwrap();
    let shown = format!("{store:?} {client:?} {token:?}");
    assert_clean(&rig.sim, &shown);
    assert!(!shown.contains(token.response().jti().unwrap()));
}
