//! Waiting for the end of what an operation starts, and calls with values in their path.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use zuora_core::{Client, ErrorKind, Job, Json, Method, Transport, TransportError};
use zuora_sim::VirtualClock;
use zuora_wire::BoxFuture;

const QUERY: Job = Job {
    id: "data.id",
    poll: "/query/jobs/{job-id}",
    state: "data.queryStatus",
    done: &["completed"],
    failed: &["cancelled"],
};

/// Answers with one body after another, and keeps path and time of each request.
#[derive(Debug)]
struct Script {
    clock: VirtualClock,
    bodies: Mutex<VecDeque<&'static str>>,
    asked: Mutex<Vec<(String, u64)>>,
    start: std::time::Instant,
}

impl Transport for Script {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let after = self.clock.now().duration_since(self.start).as_secs();
        let call = format!("{} {}", request.method(), request.uri().path());
        self.asked.lock().unwrap().push((call, after));
        let body = self.bodies.lock().unwrap().pop_front().unwrap_or("{}");
        let reply = http::Response::new(Bytes::from_static(body.as_bytes()));
        Box::pin(async { Ok(reply) })
    }
}

struct World {
    client: Client,
    clock: VirtualClock,
    script: Arc<Script>,
}

impl World {
    fn new(bodies: impl IntoIterator<Item = &'static str>) -> Self {
        let clock =
            VirtualClock::frozen_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_392_000));
        let script = Arc::new(Script {
            clock: clock.clone(),
            bodies: Mutex::new(bodies.into_iter().collect()),
            asked: Mutex::default(),
            start: clock.now(),
        });
        let client = Client::builder()
            .environment("https://gateway.example.com")
            // No token is asked for: the script has the job's bodies only.
            .basic_auth("user", "MARKED")
            .clock(Arc::new(clock.clone()))
            .transport(Arc::clone(&script) as Arc<dyn Transport>)
            .build()
            .unwrap();
        Self {
            client,
            clock,
            script,
        }
    }

    async fn wait(&self, patience: u64) -> Result<Json, zuora_core::Error> {
        let call = self
            .client
            .request(Method::POST, "/query/jobs")
            .json(&Json::Null)
            .wait_as::<Json>(QUERY, Duration::from_secs(patience));
        self.clock.drive(call).await
    }

    fn asked(&self) -> Vec<(String, u64)> {
        self.script.asked.lock().unwrap().clone()
    }
}

const STARTED: &str = r#"{"data":{"id":"a/b","queryStatus":"accepted"}}"#;
const RUNS: &str = r#"{"data":{"id":"a/b","queryStatus":"in_progress"}}"#;

#[tokio::test]
async fn it_asks_ever_more_rarely_until_the_end() {
    let done = r#"{"data":{"id":"a/b","queryStatus":"completed","outputRows":12}}"#;
    let world = World::new([STARTED, RUNS, RUNS, RUNS, RUNS, RUNS, RUNS, RUNS, done]);
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
    let error = World::new([STARTED, failed]).wait(600).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert!(error.to_string().contains("no such column"), "{error}");
    assert!(error.body().is_some());

    let cancelled = r#"{"data":{"id":"a/b","queryStatus":"cancelled"}}"#;
    let error = World::new([STARTED, cancelled])
        .wait(600)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cancelled"), "{error}");
}

#[tokio::test]
async fn patience_ends_and_says_where_to_ask() {
    let world = World::new([STARTED].into_iter().chain([RUNS; 40]));
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
        let error = World::new(bodies).wait(600).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(place), "{error}");
    }
}

#[tokio::test]
async fn a_value_cannot_lead_to_another_path() {
    let world = World::new([]);
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
