//! The governor and the tenant's rate windows: several clients that do not know each other stay below
//! them, and use them up.
//!
//! The tenant is played by `common/tenant`, a transport on the virtual clock; a profile of the
//! simulator can take its place.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test may panic")]

mod common;
#[path = "common/tenant.rs"]
mod tenant;

use common::*;
use http::Method;
use std::{sync::Arc, time::Duration};
use tenant::{API_SANDBOX, Kind, Tenant};
use zuora_core::{Client, Clock, Governor};

const TEN_MINUTES: Duration = Duration::from_secs(600);

fn client(rig: &Rig, tenant: &Tenant, governor: Governor) -> Client {
    rig.builder()
        .transport(Arc::new(tenant.clone()))
        .governor(governor)
        .build()
        .unwrap()
}

/// Calls one after the other until the time is over; after a refusal waits as it says.
async fn call_in_a_loop(client: Client, clock: zuora_sim::VirtualClock, until: std::time::Instant) {
    while clock.now() < until {
        let outcome = client.request(Method::GET, ACCOUNT).await;
        if let Err(error) = outcome {
            assert!(error.is_rate_limited(), "{error}");
            let wait = error.retry_after().unwrap_or(Duration::from_secs(1));
            let left = until.saturating_duration_since(clock.now());
            clock.sleep(wait.min(left)).await;
        }
    }
}

/// Four clients, each with so many loops, for ten minutes. Returns the calls served.
async fn four_clients(rig: &Rig, tenant: &Tenant, loops: usize, governor: Governor) -> usize {
    let until = rig.clock.now() + TEN_MINUTES;
    let mut running = Vec::new();
    for _ in 0..4 {
        let client = client(rig, tenant, governor.clone());
        for _ in 0..loops {
            running.push(tokio::spawn(call_in_a_loop(
                client.clone(),
                rig.clock.clone(),
                until,
            )));
        }
    }
    rig.run(async {
        for task in running {
            task.await.unwrap();
        }
    })
    .await;
    tenant.read(|tenant| {
        let within = |at: &&(Duration, String)| at.0 < TEN_MINUTES;
        tenant.served.iter().filter(within).count()
    })
}

async fn check(windows: &[(u64, u64)], kind: Kind, loops: usize, offset: u64, allowed: usize) {
    let rig = Rig::new();
    let tenant = Tenant::new(&rig, windows);
    tenant.set(|tenant| {
        tenant.kind = kind;
        tenant.offset = offset;
    });
    let served = four_clients(&rig, &tenant, loops, Governor::new()).await;
    let refused = tenant.refused();
    eprintln!(
        "{kind:?}, {loops} loops, offset {offset}: {served} of {allowed}, refused {refused:?}"
    );
    assert_eq!(refused, (0, 0));
    assert!(served * 10 >= allowed * 9, "{served} of {allowed}");
}

#[tokio::test(start_paused = true)]
async fn four_clients_use_up_an_api_sandbox_and_are_never_refused() {
    for loops in [1, 9, 16, 25] {
        check(API_SANDBOX, Kind::Fixed, loops, 0, 5_000).await;
    }
    // The hour turns after four of the ten minutes.
    check(API_SANDBOX, Kind::Fixed, 3, 3600 - 240, 10_000).await;
}

#[tokio::test(start_paused = true)]
async fn the_windows_may_slide() {
    for loops in [3, 9] {
        check(API_SANDBOX, Kind::Sliding, loops, 0, 5_000).await;
    }
    check(&[(60, 2_500)], Kind::Sliding, 9, 0, 25_000).await;
}

#[tokio::test(start_paused = true)]
async fn the_minute_alone_is_used_up_ten_times() {
    check(&[(60, 2_500)], Kind::Fixed, 9, 0, 25_000).await;
    check(&[(60, 600)], Kind::Fixed, 9, 37, 6_600 - 600 * 37 / 60).await;
}

#[tokio::test(start_paused = true)]
async fn a_share_leaves_the_rest_to_others() {
    for (windows, allowed) in [(API_SANDBOX, 5_000), (&[(60, 2_500)], 25_000)] {
        let rig = Rig::new();
        let tenant = Tenant::new(&rig, windows);
        let served = four_clients(&rig, &tenant, 4, Governor::new().share(0.5)).await;
        eprintln!("half: {served} of {allowed}");
        assert_eq!(tenant.refused(), (0, 0));
        assert!(served * 100 <= allowed * 51, "{served} of {allowed}");
        assert!(served * 100 >= allowed * 45, "{served} of {allowed}");
    }
}
