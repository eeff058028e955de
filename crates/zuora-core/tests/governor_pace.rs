//! The governor and the tenant's rate windows: several clients that do not know each other stay below
//! them, and use them up. The tenant is the simulator with its profiles of limits.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::time::{Duration, Instant};
use zuora_core::{Client, Clock, Governor, Priority};
use zuora_sim::{ConcurrencyClass, Limits, VirtualClock, WindowKind};

const SECOND: Duration = Duration::from_secs(1);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const SERVICE: Duration = Duration::from_millis(100);

/// The clock stands so many seconds behind the begin of the windows.
fn rig(limits: Limits, offset: u64) -> Rig {
    let rig = Rig::with(|sim| {
        sim.limits(limits)
            .service_time("getAccount", SERVICE)
            .service_jitter(0.6)
    });
    rig.clock.advance(SECOND * offset as u32);
    rig
}

fn client(rig: &Rig, governor: Governor) -> Client {
    rig.builder().governor(governor).build().unwrap()
}

/// A minute alone, and the usual number of calls at once.
fn per_minute(calls: u64) -> Limits {
    let limits = Limits::unlimited().per_minute(calls);
    limits.concurrency(ConcurrencyClass::Default, 40)
}

/// Calls one after the other until the time is over; after a refusal waits as it says.
async fn call_in_a_loop(client: Client, clock: VirtualClock, until: Instant) {
    while clock.now() < until {
        let outcome = client.request(Method::GET, ACCOUNT).await;
        if let Err(error) = outcome {
            assert!(error.is_rate_limited(), "{error}");
            let wait = error.retry_after().unwrap_or(SECOND);
            let left = until.saturating_duration_since(clock.now());
            clock.sleep(wait.min(left)).await;
        }
    }
}

/// Four clients, each with so many loops, for so long. Returns the calls served until then.
async fn four_clients(rig: &Rig, loops: usize, time: Duration, governor: Governor) -> u64 {
    let until = rig.clock.now() + time;
    let mut running = Vec::new();
    for _ in 0..4 {
        let client = client(rig, governor.clone());
        for _ in 0..loops {
            let calls = call_in_a_loop(client.clone(), rig.clock.clone(), until);
            running.push(tokio::spawn(calls));
        }
    }
    rig.run(async {
        rig.clock.sleep(time).await;
        let served = rig.sim.requests().to("getAccount").with_status(200).count();
        for task in running {
            task.await.unwrap();
        }
        served
    })
    .await
}

fn refused(rig: &Rig) -> u64 {
    rig.sim.requests().to("getAccount").with_status(429).count()
}

async fn check(limits: Limits, loops: usize, offset: u64, allowed: u64) {
    let rig = rig(limits.clone(), offset);
    let served = four_clients(&rig, loops, TEN_MINUTES, Governor::new()).await;
    eprintln!("{loops} loops, offset {offset}: {served} of {allowed}, {limits:?}");
    assert_eq!(refused(&rig), 0);
    assert!(served * 10 >= allowed * 9, "{served} of {allowed}");
}

#[tokio::test(start_paused = true)]
async fn four_clients_use_up_an_api_sandbox_and_are_never_refused() {
    for loops in [1, 9, 16, 25] {
        check(Limits::api_sandbox(), loops, 0, 5_000).await;
    }
    // The hour turns after four of the ten minutes.
    check(Limits::api_sandbox(), 3, 3600 - 240, 10_000).await;
}

#[tokio::test(start_paused = true)]
async fn four_clients_use_up_a_developer_sandbox_and_are_never_refused() {
    check(Limits::developer_sandbox(), 9, 0, 25_000).await;
}

/// There the calls at once are what is short.
#[tokio::test(start_paused = true)]
async fn four_clients_are_never_refused_in_production() {
    let rig = rig(Limits::production(), 0);
    let served = four_clients(&rig, 25, SECOND * 20, Governor::new()).await;
    let most = 20 * 40 * 10;
    eprintln!("production: {served} of {most}");
    assert_eq!(refused(&rig), 0);
    assert!(served * 2 >= most, "{served} of {most}");
}

#[tokio::test(start_paused = true)]
async fn the_windows_may_slide() {
    let sliding = |limits: Limits| limits.window_kind(WindowKind::Sliding);
    for loops in [3, 9] {
        check(sliding(Limits::api_sandbox()), loops, 0, 5_000).await;
    }
    check(sliding(per_minute(2_500)), 9, 0, 25_000).await;
}

#[tokio::test(start_paused = true)]
async fn the_minute_alone_is_used_up_ten_times() {
    check(per_minute(2_500), 9, 0, 25_000).await;
    check(per_minute(600), 9, 37, 6_600 - 600 * 37 / 60).await;
}

#[tokio::test(start_paused = true)]
async fn a_share_leaves_the_rest_to_others() {
    for (limits, allowed) in [(Limits::api_sandbox(), 5_000), (per_minute(2_500), 25_000)] {
        let rig = rig(limits, 0);
        let half = Governor::new().share(0.5);
        let served = four_clients(&rig, 4, TEN_MINUTES, half).await;
        eprintln!("half: {served} of {allowed}");
        assert_eq!(refused(&rig), 0);
        assert!(served * 100 <= allowed * 51, "{served} of {allowed}");
        assert!(served * 100 >= allowed * 45, "{served} of {allowed}");
    }
}

/// Limited by places in production, and by the minute in a smaller tenant.
#[tokio::test(start_paused = true)]
async fn an_interactive_call_is_the_next_behind_a_thousand_batch_calls() {
    for (limits, passed) in [
        (Limits::production(), Duration::from_millis(2_050)),
        (per_minute(500), SECOND * 30),
    ] {
        let rig = rig(limits, 0);
        let client = client(&rig, Governor::new());
        let call = |priority| {
            let call = client.request(Method::GET, ACCOUNT);
            call.priority(priority).timeout(SECOND * 3_600)
        };
        let batch: Vec<_> = (0..1_400)
            .map(|_| tokio::spawn(call(Priority::Batch).into_future()))
            .collect();
        rig.run(rig.clock.sleep(passed)).await;
        let queued: usize = client
            .limits()
            .classes
            .iter()
            .map(|class| class.queued)
            .sum();
        assert!(queued >= 1_000, "{queued}");
        let sent = rig.sim.requests().to("getAccount").count();
        let now = call(Priority::Interactive).track_id("now");
        rig.run(now.into_future()).await.unwrap();
        let journal = rig.sim.journal();
        let mut calls = journal.iter().filter(|sent| sent.operation == "getAccount");
        let at = calls.position(|sent| sent.header("zuora-track-id") == Some("now"));
        assert_eq!(at, Some(sent as usize));
        for task in batch {
            rig.run(task).await.unwrap().unwrap();
        }
        assert_eq!(refused(&rig), 0);
    }
}
