//! What is remembered of requests, and that nothing printable holds a secret.

use crate::support::*;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};
use zuora_sim::{Fault, Simulator};

#[tokio::test]
async fn requests_are_recorded_with_their_answers() {
    let sim = frozen().build().unwrap();
    sim.clock().advance(seconds(5));
    let held = token(&sim).await;
    sim.inject(Fault::on("getAccount").reset_after().times(1))
        .unwrap();
    send(&sim, account_request(&sim, &held)).await.unwrap_err();
    let journal = sim.journal();
    let [first, second] = journal.as_slice() else {
        panic!("{journal:?}");
    };
    assert_eq!(
        (first.operation, first.method.as_str()),
        ("createToken", "POST")
    );
    assert_eq!(
        (first.path.as_str(), first.query.as_deref()),
        ("/oauth/token", None)
    );
    assert_eq!((first.status, first.at), (Some(200), START + seconds(5)));
    assert_eq!(first.header("content-type"), Some(FORM));
    assert_eq!(
        first.form_field("client_secret").as_deref(),
        Some(sim.client_secret())
    );
    assert!(String::from_utf8_lossy(&first.reply_body).contains(&held));
    assert_eq!((second.operation, second.status), ("getAccount", None));
    assert!(second.reply_body.is_empty());
}

#[tokio::test]
async fn the_latest_are_kept_and_all_are_counted() {
    let sim = Simulator::builder().one_account().build().unwrap();
    for _ in 0..10_005 {
        account_status(&sim, "x").await;
    }
    assert_eq!(sim.journal().len(), 10_000);
    assert_eq!(sim.requests().to("getAccount").count(), 10_005);
    assert_eq!(
        sim.requests().to("getAccount").with_status(401).count(),
        10_005
    );
}

#[tokio::test]
async fn nothing_printable_holds_a_secret() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = lines.clone();
    let sim = frozen().on_request(move |line| seen.lock().unwrap().push(line.clone()));
    let printed_builder = format!("{sim:?}");
    let sim = sim.start().await.unwrap();
    let held = token(&sim).await;
    let request = with(account_request(&sim, &held), "zuora-track-id", "t-1");
    let request = with(request, "cookie", "ZSession=crumb");
    send(&sim, with(request, "apisecretaccesskey", "legacy"))
        .await
        .unwrap();
    sim.add_client(zuora_sim::SimClient::new("other", "other-secret"));
    for target in [
        format!("/v1/accounts/A00000001?access_token={held}"),
        format!("/no/{held}/other-secret"),
    ] {
        let mut request = account_request(&sim, &held);
        *request.uri_mut() = format!("{}{target}", sim.base_url()).parse().unwrap();
        send(&sim, request).await.unwrap();
    }
    let assertion = AssertUnwindSafe(|| sim.assert_no_unmatched());
    let failed = catch_unwind(assertion).unwrap_err();
    let failed = failed.downcast_ref::<String>().unwrap();
    assert!(failed.contains("GET /no/[hidden]/[hidden] 501"), "{failed}");
    let printed = [
        printed_builder,
        format!("{sim:?} {:?}", sim.clock()),
        format!("{:?}", sim.transport()),
        format!("{:?}", &sim.journal()[..3]),
        format!("{:?}", lines.lock().unwrap()),
        format!("{:?}", zuora_sim::SimClient::default()),
    ];
    for text in printed {
        for secret in [
            sim.client_secret(),
            &held,
            "crumb",
            "legacy",
            "other-secret",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let lines = lines.lock().unwrap();
    assert_eq!((lines.len(), lines[1].status), (4, Some(200)));
    assert_eq!(lines[1].track_id.as_deref(), Some("t-1"));
    assert_eq!(lines[1].path, "/v1/accounts/A00000001");
}
