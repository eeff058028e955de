//! What comes after a failed try: each cell of the table in `docs/retries.md`, and in seeded schedules of
//! faults that no write is ever carried out twice.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;
#[path = "common/schedule.rs"]
mod schedule;

use bytes::Bytes;
use common::*;
use http::Method;
use schedule::{play, rules};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use zuora_core::{
    Client, Error, ErrorKind, RequestBuilder, Response, Transport, TransportError,
    TransportErrorKind,
};
use zuora_sim::{ErrorShape, Fault, FaultBody, Limits};

const TABLE: &str = include_str!("../../../docs/retries.md");
/// One operation for each column: its id, method and path.
const COLUMNS: [(&str, &str, &str); 5] = [
    ("getAccount", "GET", ACCOUNT),
    ("deleteOrder", "DELETE", "/v1/orders/O-00000002"),
    ("updateAccount", "PUT", ACCOUNT),
    ("createOrder", "POST", "/v1/orders"),
    ("objectPostPayment", "POST", "/v1/object/payment"),
];

/// Lets no connection come about for the first calls, tokens aside. The simulator cannot play it: what
/// fails before there is a connection never comes to it.
#[derive(Debug)]
struct Unreachable {
    inner: Arc<dyn Transport>,
    left: AtomicUsize,
    sent: AtomicUsize,
}

impl Transport for Unreachable {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> zuora_wire::BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let is_call = request.uri().path() != "/oauth/token";
        if is_call {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let left = self.left.load(Ordering::Relaxed);
            if left > 0 {
                self.left.store(left - 1, Ordering::Relaxed);
                return Box::pin(async {
                    Err(TransportError::new(TransportErrorKind::Connect, None))
                });
            }
        }
        self.inner.send(request)
    }
}

fn rig() -> Rig {
    Rig::with(|sim| sim.limits(Limits::unlimited()))
}

fn request(client: &Client, column: usize) -> RequestBuilder {
    let (_, method, path) = COLUMNS[column];
    let request = client.request(method.parse().unwrap(), path);
    match method {
        "POST" if path == "/v1/orders" => request.body(ORDER, "application/json"),
        "POST" => request.body(PAYMENT, "application/json"),
        "PUT" => request.body("{}", "application/json"),
        _ => request,
    }
    .header(MARKER, "m")
}

/// The failure of a row, for one operation, so many times.
fn fault(row: &str, operation: &str, times: u64) -> Option<Fault> {
    let on = || Fault::on(operation).times(times);
    let code = |status, code: &str| {
        let body = FaultBody::shaped(ErrorShape::RestReasons, code, "made up");
        // In front of the store of keys: what the next try gets is another matter.
        on().status(status).body(body).in_front(true)
    };
    Some(match row {
        "no connection" => return None,
        "no complete reply" => on().reset_after(),
        "429" => on().status(429),
        "401" => on().status(401),
        "401 Failed to get user info" => on()
            .status(401)
            .body(FaultBody::Message("Failed to get user info".to_owned())),
        "category 50 (lock)" => code(409, "53100050"),
        "category 61 (temporary)" => code(500, "53100061"),
        "category 70 (limit)" => code(429, "50000070"),
        "category 60 (internal)" => code(500, "50000060"),
        "category 99 (integration)" => code(500, "50000099"),
        "500 without a code" => on().status(500).body(FaultBody::Text("sorry".to_owned())),
        "502, 503, 504" => on().status(503),
        "409, key in flight" => on()
            .status(409)
            .body(FaultBody::Message("in progress".to_owned()))
            .in_front(true),
        "400, 403, 404, 405, 415, 422 and others" => code(400, "53100020"),
        other => panic!("the table has a row that the test does not know: {other}"),
    })
}

/// One call after so many failures of a row: how often it was sent, with which keys, and its outcome.
async fn provoke(
    row: &str,
    column: usize,
    failures: u64,
) -> (usize, Vec<String>, Result<Response<Bytes>, Error>) {
    let rig = rig();
    let unreachable = Arc::new(Unreachable {
        inner: rig.sim.transport(),
        left: AtomicUsize::new(0),
        sent: AtomicUsize::new(0),
    });
    let client = rig
        .builder()
        .transport(unreachable.clone())
        // Time enough for every wait, so that only the table decides.
        .timeouts(zuora_core::Timeouts {
            total: Duration::from_secs(100_000),
            ..zuora_core::Timeouts::default()
        })
        .build()
        .unwrap();
    let order = client
        .request(Method::POST, "/v1/orders")
        .body(ORDER, "application/json");
    rig.run(order.into_future()).await.unwrap();
    let before = unreachable.sent.load(Ordering::Relaxed);
    match fault(row, COLUMNS[column].0, failures) {
        Some(fault) => rig.sim.inject(fault).unwrap(),
        None => unreachable.left.store(failures as usize, Ordering::Relaxed),
    }
    let outcome = rig.run(request(&client, column).send()).await;
    let sent = unreachable.sent.load(Ordering::Relaxed) - before;
    assert_eq!(rig.sim.executed_twice(), [], "{row}, column {column}");
    let keys = match &outcome {
        Ok(reply) => reply.idempotency_keys().to_vec(),
        Err(error) => error.idempotency_keys().to_vec(),
    };
    (sent, keys, outcome)
}

#[tokio::test(start_paused = true)]
async fn every_cell_of_the_table_holds() {
    let rows: Vec<Vec<&str>> = TABLE
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| after"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 14);
    for row in rows {
        for (column, cell) in row[1..].iter().enumerate() {
            let at = format!("{} / {} / {cell}", row[0], COLUMNS[column].1);
            let (sent, keys, outcome) = provoke(row[0], column, 1).await;
            let words: Vec<_> = cell.split(", ").collect();
            match words[0] {
                "again" | "twice" | "once" => {
                    assert_eq!(sent, 2, "{at}: {outcome:?}");
                    let reply = outcome.unwrap();
                    assert_eq!(reply.attempts(), 2, "{at}");
                    assert_eq!(reply.was_already_gone(), words.contains(&"gone"), "{at}");
                }
                "no" | "unknown" => {
                    assert_eq!(sent, 1, "{at}: {outcome:?}");
                    let error = outcome.unwrap_err();
                    assert_eq!(error.is_outcome_unknown(), words[0] == "unknown", "{at}");
                    assert!(error.hint().is_some(), "{at}");
                }
                other => panic!("{at}: what is {other}?"),
            }
            // One key for the operation, or two where the first was worth nothing any more.
            let expected = match column {
                3 if words.contains(&"new key") => 2,
                3 => 1,
                _ => 0,
            };
            assert_eq!(keys.len(), expected, "{at}: {keys:?}");

            // How often at most.
            let most = match words[0] {
                "again" => 5,
                "twice" => 3,
                "once" => 2,
                _ => 1,
            };
            let (sent, keys, outcome) = provoke(row[0], column, 100).await;
            // A DELETE that was carried out is found out at the second try.
            let most = if words.contains(&"gone") { 5 } else { most };
            assert_eq!(sent, most, "{at}, for ever");
            let error = outcome.unwrap_err();
            assert_eq!(error.attempts() as usize, most, "{at}");
            if expected == 2 {
                assert_eq!(keys.len(), most, "{at}: {keys:?}");
            } else {
                assert_eq!(keys.len(), expected, "{at}: {keys:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_after_a_lost_reply_changes_no_key() {
    let rig = rig();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createOrder").reset_after().times(1))
        .unwrap();
    rig.sim
        .inject(Fault::on("createOrder").status(429).times(1))
        .unwrap();
    let reply = rig.run(request(&client, 3).send()).await.unwrap();
    assert_eq!(reply.attempts(), 3);
    assert_eq!(reply.idempotency_keys().len(), 1);
    assert_eq!(rig.sim.executions_of("m"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_callers_own_key_is_sent_each_time_and_checked_before() {
    let rig = rig();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createOrder").status(429).times(2))
        .unwrap();
    let call = request(&client, 3).idempotency_key("run-7");
    let reply = rig.run(call.send()).await.unwrap();
    assert_eq!(reply.idempotency_keys(), ["run-7"]);
    for sent in rig
        .sim
        .journal()
        .iter()
        .filter(|sent| sent.operation == "createOrder")
    {
        assert_eq!(sent.header("idempotency-key"), Some("run-7"));
    }
    let before = rig.sim.journal().len();
    for (column, key) in [
        (2, "k"),
        (0, "k"),
        (1, "k"),
        (3, ""),
        (3, &*"x".repeat(256)),
    ] {
        let call = request(&client, column).idempotency_key(key);
        let error = rig.run(call.send()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{column} {key}");
    }
    assert_eq!(rig.sim.journal().len(), before);
}

#[tokio::test(start_paused = true)]
async fn waits_are_those_that_the_server_asks_for_or_not_begun() {
    let elapsed = async |fault: Fault, timeout: u64| {
        let rig = rig();
        let client = rig.client();
        rig.get(&client).await.unwrap();
        rig.sim.inject(fault).unwrap();
        let begun = rig.clock.now();
        let call = client
            .request(Method::GET, ACCOUNT)
            .timeout(Duration::from_secs(timeout));
        let outcome = rig.run(call.send()).await;
        ((rig.clock.now() - begun).as_secs(), outcome)
    };
    let on = || Fault::on("getAccount").times(1);
    let (waited, outcome) = elapsed(on().status(429).retry_after("7"), 300).await;
    assert_eq!((waited, outcome.is_ok()), (7, true));
    let (waited, outcome) = elapsed(on().status(503).retry_after("9"), 300).await;
    assert_eq!((waited, outcome.is_ok()), (9, true));
    // A date, by the wall clock, which begins at 1,795,392,000 s.
    let date = "Mon, 23 Nov 2026 00:00:13 GMT";
    let (waited, outcome) = elapsed(on().status(503).retry_after(date), 300).await;
    assert_eq!((waited, outcome.is_ok()), (13, true));
    // What says nothing is left to the back-off.
    for junk in ["-5", "soon", "Mon, 23 Nov 2026 00:00:00 GMT"] {
        let (waited, outcome) = elapsed(on().status(503).retry_after(junk), 300).await;
        assert!(waited < 1 && outcome.is_ok(), "{junk}: {waited}");
    }
    let body = FaultBody::RateLimit { seconds: 11 };
    let (waited, outcome) = elapsed(on().status(429).body(body), 300).await;
    assert_eq!((waited, outcome.is_ok()), (11, true));

    for absurd in [
        "3600",
        "1000000000000",
        "99999999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let (waited, outcome) = elapsed(on().status(429).retry_after(absurd), 300).await;
        let error = outcome.unwrap_err();
        assert_eq!(waited, 0, "{absurd}");
        assert!(error.is_rate_limited());
        assert!(error.retry_after().unwrap() >= Duration::from_secs(3600));
    }
    // The day's window is never waited for, however short the wait is said to be.
    let body =
        FaultBody::Message("API Rate limit exceeded for the day, retry after 1 seconds".to_owned());
    let (waited, outcome) = elapsed(on().status(429).body(body), 300).await;
    assert_eq!((waited, outcome.is_err()), (0, true));
}

#[tokio::test(start_paused = true)]
async fn a_sick_server_is_not_hammered() {
    let rig = rig();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.sim.inject(Fault::on("getAccount").status(500)).unwrap();
    let before = rig.sim.requests().to("getAccount").count();
    for _ in 0..200 {
        rig.get(&client).await.unwrap_err();
    }
    let sent = rig.sim.requests().to("getAccount").count() - before;
    assert!(
        (200..=250).contains(&sent),
        "200 calls and 50 repetitions: {sent}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_put_without_a_body_sends_an_empty_object() {
    let rig = rig();
    let client = rig.client();
    let call = client.request(Method::PUT, "/v1/invoices/INV00000001/post");
    let _ = rig.run(call.send()).await;
    let sent = rig.sim.journal().pop().unwrap();
    assert_eq!(&sent.body[..], b"{}");
    assert_eq!(sent.header("content-type"), Some("application/json"));
}

/// `ZUORA_TEST_SCHEDULES` sets how many schedules are played; CI plays 10,000.
#[test]
fn no_write_is_carried_out_twice_whatever_fails() {
    let count = std::env::var("ZUORA_TEST_SCHEDULES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(async {
            for seed in 0..count {
                let rig = Rig::with(|sim| rules(sim, seed));
                play(seed, &rig.sim, &rig.client(), async |call| {
                    rig.run(call.send()).await
                })
                .await;
            }
        });
}
