//! What the virtual clock promises.

use crate::support::*;
use proptest::prelude::*;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use zuora_sim::VirtualClock;
use zuora_wire::Clock;

#[tokio::test]
async fn the_clock_is_not_run_to_its_end() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let far = r#"{"seconds":3.2e9}"#;
    api.good_admin("POST", "/_sim/clock/advance", far).await;
    let shown = sim.clock().wall();
    let reply = api.call("POST", "/_sim/clock/advance", far).await;
    let told = String::from_utf8_lossy(reply.body()).into_owned();
    assert_eq!(reply.status(), 400, "{told}");
    assert!(told.contains("146 years"), "{told}");
    assert_eq!(sim.clock().wall(), shown);
}

#[test]
fn a_frozen_clock_stands_and_moves_as_told() {
    let clock = VirtualClock::frozen_at(START + seconds(50));
    let begin = clock.now();
    assert_eq!((clock.now(), clock.wall()), (begin, START + seconds(50)));
    clock.advance(seconds(10));
    assert_eq!(
        (clock.now() - begin, clock.wall()),
        (seconds(10), START + seconds(60))
    );
    clock.set_wall(START - seconds(7200));
    assert_eq!(
        (clock.now() - begin, clock.wall()),
        (seconds(10), START - seconds(7200))
    );
    clock.suspend_for(seconds(100));
    assert_eq!(
        (clock.now() - begin, clock.wall()),
        (seconds(10), START - seconds(7100))
    );
    clock.advance(Duration::from_nanos(1));
    assert_eq!(clock.now() - begin, seconds(10) + Duration::from_nanos(1));
    assert!(clock.is_frozen() && clock.clone().is_frozen());
}

#[test]
fn a_running_clock_runs_stops_and_goes_on() {
    let clock = VirtualClock::running();
    let begin = clock.now();
    while clock.now() == begin {}
    clock.freeze();
    let stopped = clock.now();
    assert_eq!(clock.now(), stopped);
    clock.advance(seconds(3600));
    clock.resume();
    clock.resume();
    assert!(clock.now() - stopped >= seconds(3600));
    assert!(clock.now() - stopped < seconds(3660));
    clock.advance(seconds(3600));
    assert!(clock.now() - stopped >= seconds(7200));
    clock.set_wall(START);
    let wall = clock.wall().duration_since(START).unwrap();
    assert!(wall < seconds(60), "{wall:?}");
}

#[test]
fn absurd_times_stop_at_the_range() {
    let clock = VirtualClock::frozen_at(START);
    clock.set_wall(START + seconds(u64::from(u32::MAX) * 60));
    clock.suspend_for(Duration::MAX);
    clock.advance(Duration::MAX);
    let far = clock.now();
    clock.advance(seconds(1));
    clock.resume();
    assert!(clock.now() >= far && clock.wall() > START);
    let _ = format!("{clock:?}");
}

#[tokio::test]
async fn sleepers_wake_in_the_order_of_their_deadlines() {
    let clock = VirtualClock::frozen_at(START);
    let woken = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = [5_u64, 1, 9, 3, 7]
        .into_iter()
        .map(|length| {
            let (sleep, woken) = (clock.sleep(seconds(length)), woken.clone());
            tokio::spawn(async move {
                sleep.await;
                woken.lock().unwrap().push(length);
            })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(clock.sleepers(), 5);
    clock.set_wall(START + seconds(1000));
    clock.suspend_for(seconds(1000));
    assert_eq!(clock.sleepers(), 5);
    clock.advance(seconds(7));
    assert_eq!(clock.sleepers(), 1);
    tokio::task::yield_now().await;
    assert_eq!(*woken.lock().unwrap(), [1, 3, 5, 7]);
    assert!(clock.advance_to_next_sleeper());
    assert!(!clock.advance_to_next_sleeper());
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(woken.lock().unwrap().last(), Some(&9));
}

#[tokio::test]
async fn a_sleep_counts_from_its_making_and_a_dropped_one_is_forgotten() {
    let clock = VirtualClock::frozen_at(START);
    let sleep = clock.sleep(seconds(10));
    drop(clock.sleep(seconds(1)));
    assert_eq!(clock.sleepers(), 1);
    clock.advance(seconds(10));
    sleep.await;
    clock.sleep(Duration::ZERO).await;
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn a_running_clocks_sleep_follows_every_change() {
    let clock = VirtualClock::running();
    clock.sleep(Duration::from_millis(2)).await;

    let hour = tokio::spawn(clock.sleep(seconds(3600)));
    tokio::task::yield_now().await;
    clock.advance(seconds(3601));
    hour.await.unwrap();

    // Frozen while it sleeps, then let go: wakes after its rest.
    let short = tokio::spawn(clock.sleep(Duration::from_millis(20)));
    tokio::task::yield_now().await;
    clock.freeze();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!short.is_finished());
    let frozen = tokio::spawn(clock.sleep(seconds(3600)));
    clock.resume();
    short.await.unwrap();
    tokio::task::yield_now().await;
    clock.freeze();
    assert!(clock.advance_to_next_sleeper());
    frozen.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn driving_makes_virtual_time_exact() {
    let clock = VirtualClock::frozen_at(START);
    let log = Arc::new(Mutex::new(Vec::new()));
    let worker = |name: &'static str, pause: u64, rounds: usize| {
        let (clock, log) = (clock.clone(), log.clone());
        tokio::spawn(async move {
            for _ in 0..rounds {
                clock.sleep(seconds(pause)).await;
                let at = clock.wall().duration_since(START).unwrap().as_secs();
                log.lock().unwrap().push((at, name));
            }
        })
    };
    let (slow, fast) = (worker("slow", 5000, 2), worker("fast", 3000, 3));
    clock
        .drive(async {
            slow.await.unwrap();
            fast.await.unwrap();
        })
        .await;
    let expected = [
        (3000, "fast"),
        (5000, "slow"),
        (6000, "fast"),
        (9000, "fast"),
        (10_000, "slow"),
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    assert_eq!(clock.wall(), START + seconds(10_000));
}

#[test]
fn readings_never_go_back_while_others_move_the_clock() {
    let clock = VirtualClock::running();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = clock.now();
                for _ in 0..20_000 {
                    let now = clock.now();
                    assert!(now >= last);
                    last = now;
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..2_000 {
                clock.freeze();
                clock.advance(Duration::from_micros(3));
                clock.resume();
                clock.advance(Duration::from_micros(1));
            }
        });
    });
}

#[derive(Clone, Debug)]
enum Step {
    Advance(u32),
    Suspend(u32),
    SetWall(u32),
    Freeze,
    Next,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u32>().prop_map(Step::Advance),
        any::<u32>().prop_map(Step::Suspend),
        any::<u32>().prop_map(Step::SetWall),
        Just(Step::Freeze),
        Just(Step::Next),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A frozen clock agrees with plain arithmetic over any sequence of steps.
    #[test]
    fn a_frozen_clock_is_arithmetic(
        steps in proptest::collection::vec(step(), 1..40),
        sleeps in proptest::collection::vec(any::<u32>(), 0..8),
    ) {
        let clock = VirtualClock::frozen_at(START);
        let begin = clock.now();
        let held: Vec<_> = sleeps.iter().map(|s| clock.sleep(Duration::from_micros((*s).into()))).collect();
        let mut passed = Duration::ZERO;
        let mut wall: SystemTime = START;
        for step in steps {
            let micros = |n: u32| Duration::from_micros(n.into());
            match step {
                Step::Advance(n) => { clock.advance(micros(n)); passed += micros(n); wall += micros(n); }
                Step::Suspend(n) => { clock.suspend_for(micros(n)); wall += micros(n); }
                Step::SetWall(n) => { wall = START + seconds(n.into()); clock.set_wall(wall); }
                Step::Freeze => clock.freeze(),
                Step::Next => {
                    let next = sleeps.iter().map(|s| micros(*s)).filter(|d| *d > passed).min();
                    prop_assert_eq!(clock.advance_to_next_sleeper(), next.is_some());
                    if let Some(next) = next { wall += next - passed; passed = next; }
                }
            }
            prop_assert_eq!(clock.now() - begin, passed);
            prop_assert_eq!(clock.wall(), wall);
            let ahead = sleeps.iter().filter(|s| micros(**s) > passed).count();
            prop_assert_eq!(clock.sleepers(), ahead);
        }
        drop(held);
        prop_assert_eq!(clock.sleepers(), 0);
    }
}
