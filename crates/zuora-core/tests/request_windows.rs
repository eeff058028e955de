//! In no 60 seconds do more token requests leave than the limit allows: one process, and eight that
//! share a folder, over five virtual minutes of callers that come and go as they like.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use proptest::prelude::*;
use std::{sync::Arc, time::Duration};
use zuora_core::{Client, Clock, FileStore, OAuthApi, Timeouts};
use zuora_sim::Fault;

#[derive(Clone, Debug)]
enum Act {
    /// Asks for a token by name: always sends.
    Create(usize),
    /// Needs a token after the one in use was thrown away.
    Renew(usize),
    /// The endpoint fails for a while.
    Fail(u64, u16),
    Pause(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..8_usize).prop_map(Act::Create),
        4 => (0..8_usize).prop_map(Act::Renew),
        1 => (1..5_u64, prop_oneof![Just(500_u16), Just(429), Just(503)]).prop_map(|(times, status)| Act::Fail(times, status)),
        3 => (0..8_000_u64).prop_map(Act::Pause),
    ]
}

async fn play(rig: &Rig, clients: &[Client], limit: usize, acts: Vec<Act>) {
    let end = rig.clock.now() + Duration::from_secs(300);
    let mut tasks = Vec::new();
    for act in acts.into_iter().cycle() {
        if rig.clock.now() >= end {
            break;
        }
        match act {
            Act::Create(at) => {
                let call =
                    OAuthApi::new(&clients[at % clients.len()]).create_token(CLIENT_ID, SECRET);
                tasks.push(tokio::spawn(async move { drop(call.await) }));
            }
            Act::Renew(at) => {
                let client = clients[at % clients.len()].clone();
                client.invalidate();
                tasks.push(tokio::spawn(async move { drop(client.token().await) }));
            }
            Act::Fail(times, status) => rig
                .sim
                .inject(Fault::on("createToken").status(status).times(times))
                .unwrap(),
            Act::Pause(millis) => {
                rig.run(rig.clock.sleep(Duration::from_millis(millis)))
                    .await
            }
        }
        // Time goes on in any case.
        rig.run(rig.clock.sleep(Duration::from_millis(100))).await;
    }
    for task in tasks {
        rig.run(task).await.unwrap();
    }
    let sent: Vec<_> = rig.sim.journal().iter().map(|sent| sent.at).collect();
    assert!(
        sent.len() > limit,
        "the limit was never reached: {}",
        sent.len()
    );
    for (first, last) in sent.iter().zip(sent.iter().skip(limit)) {
        let apart = last.duration_since(*first).unwrap();
        assert!(
            apart > Duration::from_secs(60),
            "{} requests within {apart:?}",
            limit + 1
        );
    }
}

fn check(processes: usize, limit: u32, acts: Vec<Act>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(async {
            let rig = Rig::new();
            let scratch = scratch();
            let clients: Vec<_> = (0..processes)
                .map(|_| {
                    let mut builder =
                        rig.builder()
                            .token_requests_per_minute(limit)
                            .timeouts(Timeouts {
                                total: Duration::from_secs(100),
                                ..Timeouts::default()
                            });
                    if processes > 1 {
                        let store = FileStore::at(scratch.path().join("tokens"))
                            .with_clock(Arc::new(rig.clock.clone()));
                        builder = builder.token_store(Arc::new(store));
                    }
                    builder.build().unwrap()
                })
                .collect();
            play(&rig, &clients, limit as usize, acts).await;
        });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_process_keeps_the_limit(limit in 1..30_u32, acts in prop::collection::vec(act(), 20..60)) {
        check(1, limit, acts);
    }

    #[test]
    fn eight_processes_over_one_folder_keep_the_limit_together(
        limit in 1..30_u32,
        acts in prop::collection::vec(act(), 20..60),
    ) {
        check(8, limit, acts);
    }
}
