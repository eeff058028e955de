//! Servers that take a user name and an API token instead of a bearer token.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use zuora_core::{Client, ErrorKind, Method};
use zuora_sim::{Fault, FaultBody, Simulator};

/// One of the operations of such a server.
const PATH: &str = "/api/v1/metrics/baseline";
const OPERATION: &str = "getBaselineMetrics";

fn tenant() -> (Client, Simulator) {
    let sim = Simulator::builder().build().unwrap();
    let client = Client::builder()
        .environment(sim.base_url())
        .basic_auth("user", "MARKED")
        .transport(sim.transport())
        .build()
        .unwrap();
    (client, sim)
}

#[tokio::test]
async fn the_pair_is_sent_and_no_token_asked_for() {
    let (client, sim) = tenant();
    client.request(Method::GET, PATH).await.unwrap();
    let journal = sim.journal();
    let [request] = &journal[..] else {
        panic!("{} requests", journal.len())
    };
    assert_eq!((request.operation, request.status), (OPERATION, Some(200)));
    let authorization = &request.headers[http::header::AUTHORIZATION];
    assert_eq!(authorization, "Basic dXNlcjpNQVJLRUQ=");
    assert!(authorization.is_sensitive());
    assert!(!format!("{client:?}").contains("MARKED"));
}

#[tokio::test]
async fn a_401_is_the_end_and_shows_no_secret() {
    let (client, sim) = tenant();
    let echo = FaultBody::raw(r#"{"echo":"dXNlcjpNQVJLRUQ="}"#, "application/json");
    let refused = Fault::on(OPERATION).status(401).body(echo);
    sim.inject(refused).unwrap();
    let error = client.request(Method::GET, PATH).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
    assert_eq!(sim.journal().len(), 1);
    assert!(!format!("{error:?}").contains("dXNlcjp"), "{error:?}");
}

#[test]
fn wrong_settings_are_named() {
    for (user, token) in [("", "x"), ("a:b", "x"), ("a", "")] {
        let error = Client::builder()
            .basic_auth(user, token)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
