//! Random calls, of which some are given up and some break off: no permit is lost, no limit passed.

use super::set::*;
use proptest::prelude::*;
use std::{pin::pin, task::Poll, time::Duration};
use zuora_core::{Clock, Governor, Priority};
use zuora_sim::Fault;

/// What the random test does with a call.
#[derive(Clone, Debug)]
struct Plan {
    after: u64,
    /// Which of [`OPERATIONS`].
    of: usize,
    batch: bool,
    /// Given up after so many milliseconds.
    cancel: Option<u64>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let cancel = prop_oneof![3 => Just(None), 2 => (0..60_u64).prop_map(|at| Some(at * 50))];
    (0..5_u64, 0..3_usize, any::<bool>(), cancel).prop_map(|(after, of, batch, cancel)| Plan {
        after: after * 100,
        of,
        batch,
        cancel,
    })
}

async fn random_calls(plans: Vec<Plan>, limit: u64, minute: u64, breaks: u64) {
    let mut limits = match minute {
        0 => no_windows(),
        minute => per_minute(minute),
    };
    for (_, class) in OPERATIONS {
        limits = limits.concurrency(class, limit);
    }
    // All in steps of one length, so that a call is often given up just as it is let in. One that is
    // given up has ended for the governor; here it has for the tenant, too.
    let limits = limits.hang_up_ends_call(true);
    let set = steady(SECOND / 10, limits, Governor::new());
    if breaks > 0 {
        for (operation, _) in OPERATIONS {
            let broken = Fault::on(operation).reset_after();
            set.inject(broken.probability(1.0 / breaks as f64));
        }
    }
    // Learns the limits, so that they can be held against it.
    for of in 0..3 {
        while set
            .rig
            .run(call(&set.client, of).into_future())
            .await
            .is_err()
        {}
    }
    let mut tasks = Vec::new();
    for plan in plans {
        let (client, clock) = (set.client.clone(), set.rig.clock.clone());
        tasks.push(tokio::spawn(async move {
            clock.sleep(Duration::from_millis(plan.after)).await;
            let priority = match plan.batch {
                true => Priority::Batch,
                false => Priority::Interactive,
            };
            let call = call(&client, plan.of).priority(priority);
            let call = call.timeout(SECOND * 100_000).into_future();
            let Some(cancel) = plan.cancel else {
                return Some(call.await);
            };
            let mut call = pin!(call);
            let mut end = clock.sleep(Duration::from_millis(cancel));
            std::future::poll_fn(|context| {
                if end.as_mut().poll(context).is_ready() {
                    return Poll::Ready(None);
                }
                call.as_mut().poll(context).map(Some)
            })
            .await
        }));
    }
    let outcomes = set
        .rig
        .run(async {
            let mut outcomes = Vec::new();
            for task in tasks {
                outcomes.push(task.await.unwrap());
            }
            outcomes
        })
        .await;
    // Every waiter is served, or the connection broke.
    for outcome in outcomes.into_iter().flatten() {
        if let Err(error) = outcome {
            assert!(breaks > 0 && error.is_transport(), "{error}");
        }
    }
    for (operation, class) in OPERATIONS {
        assert!(set.rig.sim.peak(class) as u64 <= limit, "{operation}");
    }
    assert_eq!(set.refused(), 0);
    // No permit leaked, and nobody is left in line.
    for class in set.client.limits().classes {
        assert_eq!((class.in_use, class.queued), (0, 0), "{class:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_permit_leaks_and_no_limit_is_passed(
        plans in prop::collection::vec(plan(), 1..150),
        limit in 1..30_u64,
        minute in prop_oneof![Just(0_u64), 60..400_u64],
        breaks in prop_oneof![Just(0_u64), 2..10_u64],
    ) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(random_calls(plans, limit, minute, breaks));
    }
}
