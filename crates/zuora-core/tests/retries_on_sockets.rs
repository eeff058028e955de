//! The property of `retries` over real sockets: no write is ever carried out twice, also when a server
//! closes connections just as the next request goes out on them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;
#[path = "common/schedule.rs"]
mod schedule;

use common::*;
use schedule::{play, rules};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use zuora_sim::{ConnectionRules, Simulator, VirtualClock};

/// Drives a call on the runtime's own time, which sockets need, while the clock of client and simulator
/// runs ahead: slowly as long as requests arrive, then faster and faster.
async fn hurried<T>(sim: &Simulator, clock: &VirtualClock, future: impl Future<Output = T>) -> T {
    const TICK: Duration = Duration::from_millis(1);
    const SLOW: Duration = Duration::from_millis(50);
    let mut future = std::pin::pin!(future);
    let (mut pace, mut arrived) = (SLOW, 0);
    loop {
        tokio::select! {
            biased;
            output = &mut future => return output,
            () = tokio::time::sleep(TICK) => {}
        }
        let requests = sim.journal().len();
        pace = if requests == arrived { pace * 2 } else { SLOW };
        arrived = requests;
        clock.advance(pace);
    }
}

fn frozen() -> VirtualClock {
    VirtualClock::frozen_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_392_000))
}

fn connections(seed: u64) -> ConnectionRules {
    let rules = ConnectionRules::default();
    match seed % 5 {
        0 => rules,
        1 => rules.close_after(1 + seed % 3),
        2 => rules.idle_timeout(Duration::from_millis(100)),
        _ => rules.close_on_reuse(1 + seed % 3),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_write_is_carried_out_twice_on_connections_that_break() {
    let mut succeeded = 0;
    for seed in 0..200 {
        let clock = frozen();
        let sim = rules(simulator().clock(clock.clone()), seed)
            .connections(connections(seed))
            .start()
            .await
            .unwrap();
        let client = socket_client(&sim)
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        succeeded += play(seed, &sim, &client, async |call| {
            hurried(&sim, &clock, call.send()).await
        })
        .await;
        assert_eq!(sim.executed_twice(), [], "seed {seed}");
    }
    // Else the property would say little.
    assert!(succeeded > 200, "{succeeded} of 600");
}

/// What a server that gives up an idle connection looks like: the request may have arrived.
#[tokio::test]
async fn a_connection_that_closes_under_a_write_leaves_its_outcome_unknown() {
    let clock = frozen();
    let sim = simulator()
        .clock(clock.clone())
        .connections(ConnectionRules::default().close_on_reuse(1))
        .start()
        .await
        .unwrap();
    let client = socket_client(&sim).clock(Arc::new(clock.clone()));
    let client = client.build().unwrap();
    client.warm_up().await.unwrap();
    let write = async |path: &str, body: &'static str, marker: &str| {
        let call = client
            .request(http::Method::POST, path)
            .body(body, "application/json")
            .header(MARKER, marker);
        hurried(&sim, &clock, call.send()).await
    };
    // The token's connection is used again, and closed.
    let error = write("/v1/object/payment", PAYMENT, "a").await.unwrap_err();
    assert!(
        error.is_transport() && error.is_outcome_unknown(),
        "{error}"
    );
    assert_eq!((error.attempts(), sim.executions_of("a")), (1, 0));
    // A new connection.
    write("/v1/object/payment", PAYMENT, "b").await.unwrap();
    // The same again, with a key.
    let reply = write("/v1/orders", ORDER, "c").await.unwrap();
    assert_eq!((reply.attempts(), sim.executions_of("c")), (2, 1));
    assert_eq!(reply.idempotency_keys().len(), 1);
}
