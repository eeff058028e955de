//! Waiting for the end of what an operation starts, and calls with values in their path.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test that fails may panic"
)]

mod common;

use common::*;
use std::time::Duration;
use zuora_core::{Client, ErrorKind, Job, Json, Method};
use zuora_sim::{Fault, FaultBody};

const QUERY: Job = Job {
    id: "data.id",
    poll: "/query/jobs/{job-id}",
    state: "data.queryStatus",
    done: &["completed"],
    failed: &["cancelled"],
};

/// A reply with this body, whatever is asked for.
fn says(body: &str) -> Fault {
    Fault::on("*").body(FaultBody::raw(body.to_owned(), "application/json"))
}

struct World {
    rig: Rig,
    client: Client,
}

impl World {
    /// Answers with one body after another, and then with an empty object.
    async fn new(bodies: impl IntoIterator<Item = &'static str>) -> Self {
        let rig = Rig::new();
        let client = rig.client();
        rig.run(client.warm_up()).await.unwrap();
        rig.sim.inject_script(bodies.into_iter().map(says)).unwrap();
        rig.sim.inject(says("{}")).unwrap();
        Self { rig, client }
    }

    async fn wait(&self, patience: u64) -> Result<Json, zuora_core::Error> {
        let call = self
            .client
            .request(Method::POST, "/query/jobs")
            .json(&Json::Null)
            .wait_as::<Json>(QUERY, Duration::from_secs(patience));
        self.rig.run(call).await
    }

    /// What was asked for after the token, and how many seconds after it.
    fn asked(&self) -> Vec<(String, u64)> {
        let journal = self.rig.sim.journal();
        let [token, calls @ ..] = &journal[..] else {
            panic!("no token was asked for")
        };
        assert_eq!(token.operation, "createToken");
        let call = |call: &zuora_sim::RecordedRequest| {
            let after = call.at.duration_since(token.at).unwrap().as_secs();
            (format!("{} {}", call.method, call.path), after)
        };
        calls.iter().map(call).collect()
    }
}

const STARTED: &str = r#"{"data":{"id":"a/b","queryStatus":"accepted"}}"#;
const RUNS: &str = r#"{"data":{"id":"a/b","queryStatus":"in_progress"}}"#;

#[tokio::test]
async fn it_asks_ever_more_rarely_until_the_end() {
    let done = r#"{"data":{"id":"a/b","queryStatus":"completed","outputRows":12}}"#;
    let world = World::new([STARTED, RUNS, RUNS, RUNS, RUNS, RUNS, RUNS, RUNS, done]).await;
    let job = world.wait(600).await.unwrap();
    assert_eq!(job.at(&["data", "outputRows"]), Some(&Json::from(12)));
    let asked = world.asked();
    assert_eq!(asked[0].0, "POST /query/jobs");
    // The job's name is a value in the path, not a piece of it.
    assert!(
        asked[1..]
            .iter()
            .all(|(call, _)| call == "GET /query/jobs/a%2Fb")
    );
    let times: Vec<_> = asked[1..].iter().map(|(_, at)| *at).collect();
    assert_eq!(times, [1, 3, 7, 15, 31, 61, 91, 121]);
}

#[tokio::test]
async fn a_job_that_fails_is_an_error_with_its_reason() {
    let failed = r#"{"data":{"id":"a/b","queryStatus":"failed","errorMessage":"no such column","errorCode":"LINK_1"}}"#;
    let error = World::new([STARTED, failed])
        .await
        .wait(600)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert!(error.to_string().contains("no such column"), "{error}");
    assert!(error.body().is_some());

    let cancelled = r#"{"data":{"id":"a/b","queryStatus":"cancelled"}}"#;
    let error = World::new([STARTED, cancelled])
        .await
        .wait(600)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error}");
}

#[tokio::test]
async fn patience_ends_and_says_where_to_ask() {
    let world = World::new([STARTED].into_iter().chain([RUNS; 40])).await;
    let error = world.wait(20).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.hint().unwrap().contains("GET /query/jobs/{job-id}"));
    assert!(world.asked().last().unwrap().1 <= 20);
}

#[tokio::test]
async fn a_reply_without_job_or_state_is_named() {
    for (bodies, place) in [
        (vec!["{}"], "data.id"),
        (vec![r#"{"data":{"id":""}}"#], "data.id"),
        (vec![STARTED, r#"{"data":[]}"#], "data.queryStatus"),
    ] {
        let error = World::new(bodies).await.wait(600).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(place), "{error}");
    }
}

#[tokio::test]
async fn a_value_cannot_lead_to_another_path() {
    let world = World::new([]).await;
    for value in ["", ".", ".."] {
        let error = world
            .client
            .operation(Method::GET, "/v1/accounts/{account-key}/summary", &[value])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("account-key"), "{error}");
    }
    assert!(world.asked().is_empty());
    for (value, path) in [
        ("A-1", "/v1/accounts/A-1/summary"),
        ("a/b", "/v1/accounts/a%2Fb/summary"),
        ("a?b#c", "/v1/accounts/a%3Fb%23c/summary"),
        ("ü %", "/v1/accounts/%C3%BC%20%25/summary"),
        ("..x", "/v1/accounts/..x/summary"),
    ] {
        world
            .client
            .operation(Method::GET, "/v1/accounts/{account-key}/summary", &[value])
            .await
            .unwrap();
        assert_eq!(world.asked().last().unwrap().0, format!("GET {path}"));
    }
}
