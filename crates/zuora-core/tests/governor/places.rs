//! How many calls leave at once and in which order, and who waits in line.

use super::set::*;
use crate::common::*;
use http::Method;
use std::task::Poll;
use zuora_core::{Client, ConcurrencyClass, Error, ErrorKind, Governor, Priority};
use zuora_sim::ConcurrencyClass as TenantClass;

#[tokio::test(start_paused = true)]
async fn a_class_fills_up_to_its_limit_and_no_further() {
    let set = set(no_windows(), Governor::new());
    let tasks = set.many(2_000, Priority::Batch);
    set.pass(SECOND * 4).await;
    let (in_use, queued) = set.in_use(ConcurrencyClass::Default);
    assert_eq!(in_use, 40);
    assert!(queued > 500, "{queued}");
    assert_eq!(ok(&set.all(tasks).await), 2_000);
    assert_eq!(set.peak(), 40);
    assert_eq!(set.refused(), 0);
    assert_eq!(set.in_use(ConcurrencyClass::Default), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wait_and_are_all_served_or_all_refused_at_once() {
    let set = set(per_minute(50_000), Governor::new());
    let tasks = set.many(10_000, Priority::Batch);
    assert_eq!(ok(&set.all(tasks).await), 10_000);
    assert_eq!(set.peak(), 40);
    assert_eq!(set.refused(), 0);
    // The day ends while they wait.
    let tasks = set.many(10_000, Priority::Batch);
    set.pass(SECOND).await;
    let begun = set.elapsed();
    set.inject(says(
        "{}",
        &[
            ("ratelimit-limit", "27000000, 50000;w=60, 27000000;w=86400"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "30000"),
        ],
    ));
    let outcomes = set.all(tasks).await;
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.clone().all(Error::is_rate_limited));
    assert!(refused.count() > 9_000);
    assert!(set.elapsed() - begun < SECOND);
    assert_eq!(set.in_use(ConcurrencyClass::Default), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn real_numbers_replace_the_documented_ones() {
    for (limit, most) in [(80, 80), (7, 7), (1, 1)] {
        let set = set(no_windows(), Governor::new());
        set.limit(TenantClass::Default, limit);
        set.get().await.unwrap();
        let tasks = set.many(3_000, Priority::Batch);
        assert_eq!(ok(&set.all(tasks).await), 3_000);
        assert_eq!(set.peak(), most);
        assert_eq!(set.refused(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_and_a_cap_hold_for_calls_at_once() {
    let half = set(no_windows(), Governor::new().share(0.5));
    let tasks = half.many(800, Priority::Batch);
    half.all(tasks).await;
    assert_eq!(half.peak(), 20);

    let capped = set(
        no_windows(),
        Governor::new().concurrency(ConcurrencyClass::Default, 3),
    );
    let tasks = capped.many(100, Priority::Batch);
    capped.all(tasks).await;
    assert_eq!(capped.peak(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_pace_holds_in_any_minute() {
    let set = set(no_windows(), Governor::new().calls_per_minute(100));
    let tasks = set.many(350, Priority::Batch);
    set.all(tasks).await;
    let asked = set.asked();
    assert_eq!(asked.len(), 350);
    for (at, (first, _)) in asked.iter().enumerate() {
        if let Some((later, _)) = asked.get(at + 100) {
            let between = later.duration_since(*first).unwrap();
            assert!(between >= SECOND * 60, "{first:?} {later:?}");
        }
    }
    assert!(set.elapsed() < SECOND * 240);
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_priority_leave_in_the_order_they_came() {
    let set = set(
        no_windows(),
        Governor::new().concurrency(ConcurrencyClass::Default, 1),
    );
    set.rig.run(set.client.warm_up()).await.unwrap();
    let tasks = set.many(50, Priority::Interactive);
    set.all(tasks).await;
    let order: Vec<_> = set.asked().into_iter().map(|(_, id)| id).collect();
    let expected: Vec<_> = (0..50).map(|at| at.to_string()).collect();
    assert_eq!(order, expected);
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_place_in_time_is_told_so() {
    let set = steady(
        SECOND * 100,
        no_windows(),
        Governor::new().concurrency(ConcurrencyClass::Default, 1),
    );
    let first = set.start("first", Priority::Interactive, SECOND * 300);
    set.pass(SECOND).await;
    let call = set.client.request(Method::GET, ACCOUNT).timeout(SECOND * 5);
    let error = set.rig.run(call.into_future()).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.is_outcome_unknown());
    assert_eq!(set.in_use(ConcurrencyClass::Default), (1, 0));
    assert_eq!(ok(&set.all(vec![first]).await), 1);
}

/// A future that nobody polls, such as one in a buffer whose reader is busy, is passed by.
#[tokio::test(start_paused = true)]
async fn who_is_not_polled_holds_nobody_up() {
    let set = set(per_minute(100), Governor::new());
    let tasks = set.many(70, Priority::Interactive);
    set.pass(SECOND).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        // First in line, polled once, and then left alone.
        let call = set.client.request(Method::GET, ACCOUNT);
        let mut call = Box::pin(call.priority(Priority::Interactive).into_future());
        std::future::poll_fn(|context| {
            assert!(call.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        idle.push(call);
    }
    let outcomes = set.all(tasks).await;
    assert_eq!(ok(&outcomes), 70);
    // What is left of the minute is spread over it, two seconds for a call.
    let begun = set.elapsed();
    set.get().await.unwrap();
    assert!(set.elapsed() - begun < SECOND * 12);
}

#[tokio::test(start_paused = true)]
async fn switched_off_nobody_waits() {
    let set = set(per_minute(1_000_000), Governor::off());
    set.limit(TenantClass::Default, 10_000);
    let tasks = set.many(500, Priority::Batch);
    assert_eq!(ok(&set.all(tasks).await), 500);
    assert_eq!(set.peak(), 500);
    assert_eq!(set.client.limits().windows[0].remaining, 999_500);
}

#[tokio::test(start_paused = true)]
async fn the_token_does_not_pass_the_governor() {
    let set = steady(
        SECOND * 100,
        no_windows(),
        Governor::new().concurrency(ConcurrencyClass::Default, 1),
    );
    let first = set.start("first", Priority::Interactive, SECOND * 300);
    set.pass(SECOND).await;
    set.client.invalidate();
    let begun = set.elapsed();
    set.rig.run(set.client.warm_up()).await.unwrap();
    assert!(set.elapsed() - begun < SECOND * 3);
    set.all(vec![first]).await;
}

#[test]
fn settings_that_let_nothing_through_are_refused() {
    let with = |governor| {
        Client::builder()
            .environment("http://127.0.0.1:9")
            .governor(governor)
            .build()
    };
    for share in [0.0, -0.5, 1.01, f64::NAN, f64::INFINITY] {
        let error = with(Governor::new().share(share)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{share}");
    }
    assert!(with(Governor::new().calls_per_minute(0)).is_err());
    assert!(with(Governor::new().concurrency(ConcurrencyClass::ObjectQuery, 0)).is_err());
    assert!(with(Governor::new().share(0.000_001)).is_ok());
}
