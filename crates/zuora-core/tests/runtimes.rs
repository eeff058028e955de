//! Clients that outlive runtimes, are shared between them, or are used without one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::{thread, time::Duration};
use tokio::runtime::{Builder, Runtime};
use zuora_core::{Client, OAuthApi};
use zuora_sim::{Fault, Simulator};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A simulator on a runtime of its own, which goes on whatever the test's runtimes do.
fn simulator_apart() -> (Simulator, Runtime) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let sim = runtime.block_on(simulator().start()).unwrap();
    (sim, runtime)
}

fn slow_tokens(sim: &Simulator, times: u64) {
    sim.inject(
        Fault::on("createToken")
            .delay(Duration::from_millis(300))
            .times(times),
    )
    .unwrap();
}

#[test]
fn sixty_four_threads_with_runtimes_of_their_own_make_one_token_request() {
    let (sim, _runtime) = simulator_apart();
    slow_tokens(&sim, 1);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                // A client each: they share through the process.
                let client = socket_client(&sim).build().unwrap();
                runtime().block_on(async {
                    client.request(Method::GET, ACCOUNT).await.unwrap();
                });
            });
        }
    });
    assert_eq!(sim.requests().to("createToken").count(), 1);
    assert_eq!(sim.requests().to("getAccount").with_status(200).count(), 64);
}

#[test]
fn five_hundred_clients_share_one_token() {
    let (sim, _runtime) = simulator_apart();
    runtime().block_on(async {
        for _ in 0..500 {
            let client = socket_client(&sim).build().unwrap();
            client.warm_up().await.unwrap();
        }
    });
    assert_eq!(sim.requests().to("createToken").count(), 1);
}

#[test]
fn a_runtime_that_ends_in_mid_flight_is_noticed() {
    let (sim, _runtime) = simulator_apart();
    slow_tokens(&sim, 1);
    let client = socket_client(&sim).build().unwrap();
    let first = runtime();
    first.block_on(async {
        let caller = tokio::spawn(client.request(Method::GET, ACCOUNT).into_future());
        tokio::time::sleep(Duration::from_millis(50)).await;
        caller.abort();
    });
    let waiter = {
        let client = client.clone();
        thread::spawn(move || {
            runtime().block_on(client.request(Method::GET, ACCOUNT).into_future())
        })
    };
    thread::sleep(Duration::from_millis(50));
    drop(first);
    waiter.join().unwrap().unwrap();
    assert_eq!(
        sim.requests().to("createToken").count(),
        2,
        "the first was cut off with its runtime"
    );
}

#[test]
fn a_runtime_that_nobody_drives_holds_nobody_up() {
    let (sim, _runtime) = simulator_apart();
    slow_tokens(&sim, 1);
    let client = socket_client(&sim).build().unwrap();
    let idle = runtime();
    idle.block_on(async {
        let caller = tokio::spawn(client.request(Method::GET, ACCOUNT).into_future());
        tokio::time::sleep(Duration::from_millis(50)).await;
        caller.abort();
    });
    // The flight is there, and stands still: its runtime is kept and not driven.
    runtime()
        .block_on(client.request(Method::GET, ACCOUNT).into_future())
        .unwrap();
    assert_eq!(sim.requests().to("createToken").count(), 2);
    drop(idle);
}

#[test]
fn connections_do_not_outlive_their_runtime() {
    let (sim, _runtime) = simulator_apart();
    let client = socket_client(&sim).build().unwrap();
    for _ in 0..30 {
        runtime()
            .block_on(client.request(Method::GET, ACCOUNT).into_future())
            .unwrap();
    }
    assert_eq!(sim.requests().to("createToken").count(), 1);
}

#[test]
fn blocking_calls_work_everywhere() {
    let (sim, _runtime) = simulator_apart();
    let client = socket_client(&sim).build().unwrap();
    let calls = |client: &Client| {
        client.warm_up_blocking().unwrap();
        client.request(Method::GET, ACCOUNT).call().unwrap();
        let reply = client
            .request(Method::GET, ACCOUNT)
            .json_reply()
            .send_blocking();
        assert_eq!(reply.unwrap().status(), 200);
        assert_eq!(
            client
                .token_blocking()
                .unwrap()
                .access_token()
                .expose_secret()
                .len(),
            32
        );
        let error = client.request(Method::GET, "/v1/accounts/none").call();
        assert!(error.unwrap_err().is_not_found());
    };
    // On a plain thread, inside a runtime of one thread, inside one of several.
    calls(&client);
    runtime().block_on(async { calls(&client) });
    let many = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    many.block_on(async {
        tokio::spawn({
            let client = client.clone();
            async move { calls(&client) }
        })
        .await
        .unwrap()
    });
    assert_eq!(sim.requests().to("createToken").count(), 1);

    let token = OAuthApi::new(&client).create_token(CLIENT_ID, SECRET);
    assert!(token.call().unwrap().expires_in().is_some());
    let reply = OAuthApi::new(&client)
        .create_token(CLIENT_ID, SECRET)
        .send_blocking();
    assert_eq!(reply.unwrap().rate_limit().unwrap().limit, Some(100));
    assert_eq!(sim.requests().to("createToken").count(), 3);
}

#[test]
fn a_blocking_call_beside_a_flight_of_the_blocked_runtime_ends() {
    let (sim, _runtime) = simulator_apart();
    slow_tokens(&sim, 1);
    let client = socket_client(&sim).build().unwrap();
    runtime().block_on(async {
        let asynchronous = tokio::spawn(client.request(Method::GET, ACCOUNT).into_future());
        tokio::time::sleep(Duration::from_millis(50)).await;
        // The flight is on this thread, which now waits for the blocking call.
        client.request(Method::GET, ACCOUNT).call().unwrap();
        asynchronous.await.unwrap().unwrap();
    });
    assert!(sim.requests().to("createToken").count() <= 2);
}

#[test]
fn a_refresh_that_died_with_its_runtime_is_begun_anew_while_the_token_lasts() {
    let (sim, _runtime) = simulator_apart();
    let clock = zuora_sim::VirtualClock::frozen_at(
        std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
    );
    let client = socket_client(&sim)
        .clock(std::sync::Arc::new(clock.clone()))
        .build()
        .unwrap();
    runtime().block_on(client.token()).unwrap();
    clock.advance(Duration::from_secs(3598 - 200));
    // The early window: the refresh is started, and dies with this runtime at once.
    runtime().block_on(client.token()).unwrap();
    runtime().block_on(async {
        for _ in 0..100 {
            client.token().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
            if sim.requests().to("createToken").count() > 1 {
                return;
            }
        }
        panic!("nobody refreshed the token");
    });
}

#[test]
fn the_limit_holds_for_all_clients_of_a_process() {
    let (sim, _runtime) = simulator_apart();
    let other = "00000000-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
    sim.add_client(zuora_sim::SimClient::new(other, SECRET));
    let client = || socket_client(&sim).token_requests_per_minute(1);
    runtime().block_on(async {
        client().build().unwrap().warm_up().await.unwrap();
        let second = client()
            .credentials(zuora_core::Credentials::parse(other, SECRET).unwrap())
            .timeouts(zuora_core::Timeouts {
                total: Duration::from_secs(5),
                ..zuora_core::Timeouts::default()
            })
            .build()
            .unwrap();
        let error = second.warm_up().await.unwrap_err();
        assert!(error.is_rate_limited(), "{error}");
    });
    assert_eq!(sim.requests().to("createToken").count(), 1);
}

#[test]
fn a_runtime_without_timers_is_a_clear_error() {
    let (sim, _runtime) = simulator_apart();
    let client = socket_client(&sim).build().unwrap();
    let bare = Builder::new_current_thread().build().unwrap();
    let error = bare.block_on(client.request(Method::GET, ACCOUNT).into_future());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), zuora_core::ErrorKind::Runtime);
    assert!(error.hint().unwrap().contains("enable"), "{error}");
}
