//! The governor: classes, order, priorities, refusals, what `limits` tells, and that no permit is lost.
//! Its pace against the tenant's windows, by the simulator's profiles, is in `governor_pace`. Here the
//! tenant is played by `common/tenant`, which can be scripted.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test may panic")]

mod common;
#[path = "common/tenant.rs"]
mod tenant;

use common::*;
use http::Method;
use proptest::prelude::*;
use std::{pin::pin, sync::Arc, task::Poll, time::Duration};
use tenant::{API_SANDBOX, Tenant, reply};
use zuora_core::{Client, Clock, ConcurrencyClass, Error, ErrorKind, Governor, Limits, Priority};

const SECOND: Duration = Duration::from_secs(1);

struct Set {
    rig: Rig,
    tenant: Tenant,
    client: Client,
}

fn set(windows: &[(u64, u64)], governor: Governor) -> Set {
    let rig = Rig::new();
    let tenant = Tenant::new(&rig, windows);
    let client = rig
        .builder()
        .transport(Arc::new(tenant.clone()))
        .governor(governor)
        // What the governor does, and not what the retries make of it.
        .tries(1)
        .build()
        .unwrap();
    Set {
        rig,
        tenant,
        client,
    }
}

type Task = tokio::task::JoinHandle<Result<bytes::Bytes, Error>>;

impl Set {
    fn start(&self, path: &str, priority: Priority, timeout: Duration) -> Task {
        let call = self
            .client
            .request(Method::GET, path)
            .priority(priority)
            .timeout(timeout);
        tokio::spawn(call.into_future())
    }

    fn many(&self, count: usize, name: &str, priority: Priority) -> Vec<Task> {
        (0..count)
            .map(|at| self.start(&format!("/v1/{name}/{at}"), priority, SECOND * 3600))
            .collect()
    }

    async fn all(&self, tasks: Vec<Task>) -> Vec<Result<bytes::Bytes, Error>> {
        self.rig
            .run(async {
                let mut outcomes = Vec::new();
                for task in tasks {
                    outcomes.push(task.await.unwrap());
                }
                outcomes
            })
            .await
    }

    async fn pass(&self, time: Duration) {
        self.rig.run(self.rig.clock.sleep(time)).await;
    }

    async fn get(&self, path: &str) -> Result<bytes::Bytes, Error> {
        let call = self.client.request(Method::GET, path).into_future();
        self.rig.run(call).await
    }

    fn order(&self) -> Vec<String> {
        self.tenant
            .read(|tenant| tenant.served.iter().map(|(_, path)| path.clone()).collect())
    }

    fn in_use(&self, class: ConcurrencyClass) -> (u32, usize) {
        let limits = self.client.limits();
        let found = limits.classes.iter().find(|found| found.class == class);
        let found = found.unwrap();
        (found.in_use, found.queued)
    }
}

fn ok(outcomes: &[Result<bytes::Bytes, Error>]) -> usize {
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

#[tokio::test(start_paused = true)]
async fn a_class_fills_up_to_its_limit_and_no_further() {
    let set = set(&[], Governor::new());
    let tasks = set.many(2_000, "accounts", Priority::Batch);
    set.pass(SECOND * 4).await;
    let (in_use, queued) = set.in_use(ConcurrencyClass::Default);
    assert_eq!(in_use, 40);
    assert!(queued > 500, "{queued}");
    assert_eq!(ok(&set.all(tasks).await), 2_000);
    assert_eq!(set.tenant.highest("Default"), 40);
    assert_eq!(set.tenant.refused(), (0, 0));
    assert_eq!(set.in_use(ConcurrencyClass::Default), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_wait_and_are_all_served_or_all_refused_at_once() {
    let set = set(&[(60, 50_000)], Governor::new());
    let tasks = set.many(10_000, "accounts", Priority::Batch);
    assert_eq!(ok(&set.all(tasks).await), 10_000);
    assert_eq!(set.tenant.highest("Default"), 40);
    assert_eq!(set.tenant.refused(), (0, 0));
    // The day ends while they wait.
    let tasks = set.many(10_000, "accounts", Priority::Batch);
    set.pass(SECOND).await;
    let begun = set.tenant.elapsed();
    set.tenant.set(|tenant| {
        tenant.script = Some(Box::new(|_| {
            let headers = [
                (
                    "ratelimit-limit",
                    "27000000, 50000;w=60, 27000000;w=86400".to_owned(),
                ),
                ("ratelimit-remaining", "0".to_owned()),
                ("ratelimit-reset", "30000".to_owned()),
            ];
            Some(reply(200, "{}".to_owned(), &headers))
        }));
    });
    let outcomes = set.all(tasks).await;
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.clone().all(Error::is_rate_limited));
    assert!(refused.count() > 9_000);
    assert!(set.tenant.elapsed() - begun < SECOND);
    assert_eq!(set.in_use(ConcurrencyClass::Default), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn real_numbers_replace_the_documented_ones() {
    for (limit, least) in [(80, 80), (7, 7), (1, 1)] {
        let set = set(&[], Governor::new());
        set.tenant.limit("Default", limit);
        set.get(ACCOUNT).await.unwrap();
        let tasks = set.many(3_000, "accounts", Priority::Batch);
        assert_eq!(ok(&set.all(tasks).await), 3_000);
        assert_eq!(set.tenant.highest("Default"), least);
        assert_eq!(set.tenant.refused(), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_and_a_cap_hold_for_calls_at_once() {
    let half = set(&[], Governor::new().share(0.5));
    let tasks = half.many(800, "accounts", Priority::Batch);
    half.all(tasks).await;
    assert_eq!(half.tenant.highest("Default"), 20);

    let capped = set(
        &[],
        Governor::new().concurrency(ConcurrencyClass::Default, 3),
    );
    let tasks = capped.many(100, "accounts", Priority::Batch);
    capped.all(tasks).await;
    assert_eq!(capped.tenant.highest("Default"), 3);
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_pace_holds_in_any_minute() {
    let set = set(&[], Governor::new().calls_per_minute(100));
    let tasks = set.many(350, "accounts", Priority::Batch);
    set.all(tasks).await;
    let times: Vec<_> = set
        .tenant
        .read(|tenant| tenant.served.iter().map(|(at, _)| *at).collect());
    for (at, first) in times.iter().enumerate() {
        if let Some(later) = times.get(at + 100) {
            assert!(*later - *first >= SECOND * 60, "{first:?} {later:?}");
        }
    }
    assert!(set.tenant.elapsed() < SECOND * 240);
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_priority_leave_in_the_order_they_came() {
    let set = set(
        &[],
        Governor::new().concurrency(ConcurrencyClass::Default, 1),
    );
    set.rig.run(set.client.warm_up()).await.unwrap();
    let tasks = set.many(50, "accounts", Priority::Interactive);
    set.all(tasks).await;
    let expected: Vec<_> = (0..50).map(|at| format!("/v1/accounts/{at}")).collect();
    assert_eq!(set.order(), expected);
}

#[tokio::test(start_paused = true)]
async fn classes_do_not_hold_each_other_up() {
    let set = set(&[], Governor::new());
    set.tenant
        .set(|tenant| tenant.service = (SECOND * 50, SECOND * 50));
    let tasks = set.many(500, "accounts", Priority::Interactive);
    // Nothing is heard for a long time; more leave all the same.
    set.pass(SECOND * 45).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default), (40, 460));
    set.tenant.set(|tenant| tenant.service = (SECOND, SECOND));
    let order = set.client.request(Method::POST, "/v1/orders");
    let query = set
        .client
        .request(Method::GET, "/object-query/accounts?pageSize=1");
    let begun = set.tenant.elapsed();
    set.rig
        .run(async { tokio::try_join!(order.into_future(), query.into_future()) })
        .await
        .unwrap();
    assert!(set.tenant.elapsed() - begun <= SECOND * 2);
    assert_eq!(set.tenant.highest("High-volume transactions"), 1);
    assert_eq!(set.tenant.highest("Object Query"), 1);
    tasks.iter().for_each(Task::abort);
}

#[tokio::test(start_paused = true)]
async fn a_reply_corrects_the_class_of_its_path() {
    let set = set(&[], Governor::new());
    set.tenant
        .set(|tenant| tenant.service = (SECOND * 100, SECOND * 100));
    let call = || set.start("/v1/surprise", Priority::Interactive, SECOND * 300);
    let first = call();
    set.pass(SECOND).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default).0, 1);
    set.all(vec![first]).await;
    let second = call();
    set.pass(SECOND).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default).0, 0);
    assert_eq!(set.in_use(ConcurrencyClass::HighVolume).0, 1);
    set.all(vec![second]).await;
}

#[tokio::test(start_paused = true)]
async fn the_table_of_classes_follows_the_documentation() {
    use ConcurrencyClass::{Default, HighVolume, ObjectQuery};
    let rows = [
        ("POST", "/v1/accounts", HighVolume),
        ("GET", "/v1/accounts/A1", Default),
        ("POST", "/v1/orders", HighVolume),
        ("POST", "/v1/orders/preview", HighVolume),
        ("GET", "/v1/orders/O-1", Default),
        ("PUT", "/v1/orders/O-1/cancel", Default),
        ("POST", "/v1/subscriptions", HighVolume),
        ("POST", "/v1/subscriptions/preview", HighVolume),
        ("POST", "/v1/subscriptions/A-S1/preview", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1/cancel?x=/", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1/renew", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1/suspend", Default),
        ("GET", "/v1/subscriptions/A-S1", Default),
        ("POST", "/v1/rsa-signatures", HighVolume),
        ("POST", "/v1/rsa-signatures/decrypt", HighVolume),
        ("POST", "/v1/hostedpages", HighVolume),
        ("GET", "/object-query/invoices", ObjectQuery),
        ("GET", "/object-query/invoices/1", ObjectQuery),
        ("GET", "/v2/customers", ObjectQuery),
        ("POST", "/v2/customers", Default),
        ("GET", "/", Default),
        ("GET", "/v1/a/b/c/d/e/f/g", Default),
    ];
    for (method, path, class) in rows {
        let set = set(&[], Governor::new());
        set.tenant.set(|tenant| tenant.tells = false);
        let call = set.client.request(method.parse().unwrap(), path);
        let task = tokio::spawn(call.into_future());
        set.pass(Duration::from_millis(20)).await;
        let classes = set.client.limits().classes;
        let used: Vec<_> = classes.iter().filter(|class| class.in_use == 1).collect();
        assert_eq!(used.len(), 1, "{method} {path}");
        assert_eq!(used[0].class, class, "{method} {path}");
        set.all(vec![task]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_hour_is_an_error_at_once() {
    let set = set(API_SANDBOX, Governor::new());
    let tasks = set.many(4_000, "accounts", Priority::Batch);
    set.all(tasks).await;
    // The hour is nearly used up now, and Zuora says so.
    let tasks = set.many(2_000, "accounts", Priority::Batch);
    let outcomes = set.all(tasks).await;
    let served = ok(&outcomes);
    assert!((880..=1_000).contains(&served), "{served}");
    assert!(set.tenant.elapsed() < SECOND * 600);
    let begun = set.tenant.elapsed();
    let error = set.get(ACCOUNT).await.unwrap_err();
    assert_eq!(set.tenant.elapsed(), begun);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let wait = error.retry_after().unwrap();
    assert!(wait > SECOND * 3_000 && wait <= SECOND * 3_600, "{wait:?}");
    assert!(error.to_string().contains("the hour"), "{error}");
    // And then it goes on.
    set.rig.clock.advance(wait);
    set.get(ACCOUNT).await.unwrap();
    assert_eq!(set.tenant.refused(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let set = set(&[(60, 100)], Governor::new());
    let tasks = set.many(60, "accounts", Priority::Batch);
    set.all(tasks).await;
    // So that all of the window is gone.
    set.tenant.set(|tenant| {
        tenant.script = Some(Box::new(|_| {
            let headers = [
                ("ratelimit-limit", "100, 100;w=60".to_owned()),
                ("ratelimit-remaining", "0".to_owned()),
                ("ratelimit-reset", "30".to_owned()),
            ];
            Some(reply(200, "{}".to_owned(), &headers))
        }));
    });
    set.get(ACCOUNT).await.unwrap();
    let begun = set.tenant.elapsed();
    let call = set
        .client
        .request(Method::GET, ACCOUNT)
        .timeout(SECOND * 10);
    let error = set.rig.run(call.into_future()).await.unwrap_err();
    assert_eq!(set.tenant.elapsed(), begun);
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(SECOND * 31));
    set.get(ACCOUNT).await.unwrap();
    assert_eq!(set.tenant.elapsed() - begun, Duration::from_millis(31_010));
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_place_in_time_is_told_so() {
    let set = set(
        &[],
        Governor::new().concurrency(ConcurrencyClass::Default, 1),
    );
    set.tenant
        .set(|tenant| tenant.service = (SECOND * 100, SECOND * 100));
    let first = set.start("/v1/a", Priority::Interactive, SECOND * 300);
    set.pass(SECOND).await;
    let call = set.client.request(Method::GET, ACCOUNT).timeout(SECOND * 5);
    let error = set.rig.run(call.into_future()).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.is_outcome_unknown());
    assert_eq!(set.in_use(ConcurrencyClass::Default), (1, 0));
    assert_eq!(ok(&set.all(vec![first]).await), 1);
}

#[tokio::test(start_paused = true)]
async fn a_concurrency_refusal_pauses_its_class_and_nobody_storms_after_it() {
    let set = set(&[], Governor::new());
    set.tenant.set(|tenant| tenant.tells = false);
    set.get(ACCOUNT).await.unwrap();
    // Others fill the tenant: of ours only a few fit.
    set.tenant.limit("Default", 25);
    let tasks = set.many(300, "accounts", Priority::Batch);
    let short = set.start("/v1/short", Priority::Batch, SECOND * 60);
    set.pass(SECOND * 2).await;
    let refused = set.tenant.refused().1;
    assert_eq!(refused, 15);
    let error = set.all(vec![short]).await.pop().unwrap().unwrap_err();
    assert!(error.is_rate_limited());
    assert!(set.tenant.elapsed() < SECOND * 10);
    // Other classes go on.
    let order = set.client.request(Method::POST, "/v1/orders").into_future();
    set.rig.run(order).await.unwrap();
    let served = set.tenant.served();
    let left = set.client.limits().classes[0].paused.unwrap();
    assert!(left > SECOND * 100 && left <= SECOND * 120, "{left:?}");
    set.pass(left - Duration::from_millis(1)).await;
    assert_eq!(set.tenant.served(), served);
    set.tenant.highest("Default");
    set.pass(SECOND).await;
    assert!(set.tenant.served() > served);
    assert_eq!(set.tenant.highest("Default"), 1);
    let outcomes = set.all(tasks).await;
    assert_eq!(outcomes.len() - ok(&outcomes), refused as usize);
    assert!(set.tenant.highest("Default") > 5);
}

#[tokio::test(start_paused = true)]
async fn a_rate_refusal_is_obeyed_by_its_text_or_its_header() {
    let cases: [(&str, Option<&str>, Option<u64>); 6] = [
        ("for the minute, retry after 40 seconds", None, Some(40)),
        ("for the day, retry after 4000 seconds", None, None),
        ("", Some("25"), Some(25)),
        ("", Some("1000000000000"), None),
        ("", Some("-1"), Some(0)),
        ("", Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some(0)),
    ];
    for (text, header, wait) in cases {
        let set = set(&[], Governor::new());
        let mut refused = false;
        let header = header.map(str::to_owned);
        set.tenant.set(|tenant| {
            tenant.service = (Duration::ZERO, Duration::ZERO);
            tenant.script = Some(Box::new(move |_| {
                if std::mem::replace(&mut refused, true) {
                    return None;
                }
                let body = format!(
                    r#"{{"reasons":[{{"code":70,"message":"API Rate limit exceeded {text}"}}]}}"#
                );
                let headers: Vec<_> = header
                    .clone()
                    .map(|value| ("retry-after", value))
                    .into_iter()
                    .collect();
                Some(reply(429, body, &headers))
            }));
        });
        set.get(ACCOUNT).await.unwrap_err();
        let begun = set.tenant.elapsed();
        let outcome = set.get(ACCOUNT).await;
        let waited = (set.tenant.elapsed() - begun).as_secs();
        match wait {
            Some(wait) => {
                outcome.unwrap();
                assert_eq!(waited, wait, "{text}");
            }
            None => {
                assert!(outcome.unwrap_err().is_rate_limited());
                assert_eq!(waited, 0);
                // However long it wants: an hour at most.
                set.rig.clock.advance(SECOND * 3_600);
                set.get(ACCOUNT).await.unwrap();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn limits_tell_what_is_known() {
    let set = set(API_SANDBOX, Governor::new());
    let fresh = set.client.limits();
    assert_eq!(fresh.heard, None);
    assert!(fresh.windows.is_empty());
    let numbers = |limits: &Limits| {
        let of = |class: &zuora_core::ClassLimits| (class.limit, class.in_use, class.queued);
        limits.classes.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&fresh), [(40, 0, 0), (200, 0, 0), (80, 0, 0)]);
    set.tenant.limit("Default", 55);
    set.get(ACCOUNT).await.unwrap();
    set.pass(SECOND * 7).await;
    let known = set.client.limits();
    assert_eq!(known.heard, Some(SECOND * 7));
    assert_eq!(known.classes[0].limit, 55);
    assert_eq!(known.classes[0].remaining, Some(54));
    let windows: Vec<_> = known
        .windows
        .iter()
        .map(|window| {
            (
                window.length.as_secs(),
                window.limit,
                window.remaining,
                window.told,
            )
        })
        .collect();
    assert_eq!(
        windows,
        [
            (60, 2_500, 2_499, true),
            (3_600, 5_000, 4_999, false),
            (86_400, 10_000, 9_999, false)
        ]
    );
    assert!(known.windows[0].reset <= SECOND * 54);
    // Clones share it.
    assert_eq!(set.client.clone().limits(), known);
}

#[tokio::test(start_paused = true)]
async fn headers_that_make_no_sense_change_nothing() {
    let values = [
        "",
        ",",
        ";;;",
        "abc",
        "-1",
        "1e9",
        "18446744073709551615",
        "18446744073709551615, 18446744073709551615;w=60, 18446744073709551614;w=3600",
        "99999999999999999999999",
        "0",
        "0, 0;w=60",
        "10;w=0, 10;w=-1",
        "10;w=99999999999999999999",
        "10, 10;w",
        "10, 10;w=\"60",
        "\u{fc}",
        "10;w=60;w=60;w=60, 5;q=\"a,b\";w=7, , 8; W = 9",
    ];
    let names = [
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "concurrency-limit-type",
        "concurrency-limit-limit",
        "concurrency-limit-remaining",
        "retry-after",
    ];
    let set = set(&[], Governor::new());
    let random = fastrand::Rng::with_seed(3);
    let random = std::sync::Mutex::new(random);
    set.tenant.set(|tenant| {
        tenant.script = Some(Box::new(move |_| {
            let mut random = random.lock().unwrap();
            let headers: Vec<_> = names
                .iter()
                .filter_map(|name| {
                    let value = random.choice(values)?;
                    // Retry-After of 10^23 seconds is a long wait, which is not the point here.
                    let value = if *name == "retry-after" { "-7" } else { value };
                    Some((*name, value.to_owned()))
                })
                .collect();
            Some(reply(200, "{}".to_owned(), &headers))
        }));
    });
    for _ in 0..300 {
        set.get(ACCOUNT).await.ok();
        set.pass(SECOND).await;
    }
    // Whatever was made of it, a good reply sets it right.
    set.tenant.set(|tenant| {
        tenant.script = None;
        tenant.windows = API_SANDBOX.to_vec();
    });
    set.pass(SECOND * 70).await;
    set.get(ACCOUNT).await.unwrap();
    let limits = set.client.limits();
    assert_eq!(limits.windows.len(), 3);
    assert_eq!(limits.windows[0].remaining, 2_499);
    assert_eq!(limits.classes[0].limit, 40);
}

#[tokio::test(start_paused = true)]
async fn switched_off_nobody_waits() {
    let set = set(&[(60, 1_000_000)], Governor::off());
    set.tenant.limit("Default", 10_000);
    let tasks = set.many(500, "accounts", Priority::Batch);
    assert_eq!(ok(&set.all(tasks).await), 500);
    assert_eq!(set.tenant.highest("Default"), 500);
    assert_eq!(set.client.limits().windows[0].remaining, 999_500);
}

#[tokio::test(start_paused = true)]
async fn the_token_does_not_pass_the_governor() {
    let set = set(
        &[],
        Governor::new().concurrency(ConcurrencyClass::Default, 1),
    );
    set.tenant
        .set(|tenant| tenant.service = (SECOND * 100, SECOND * 100));
    let first = set.start("/v1/a", Priority::Interactive, SECOND * 300);
    set.pass(SECOND).await;
    set.client.invalidate();
    let begun = set.tenant.elapsed();
    set.rig.run(set.client.warm_up()).await.unwrap();
    assert!(set.tenant.elapsed() - begun < SECOND * 3);
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

/// A future that nobody polls, such as one in a buffer whose reader is busy, is passed by.
#[tokio::test(start_paused = true)]
async fn who_is_not_polled_holds_nobody_up() {
    let set = set(&[(60, 100)], Governor::new());
    let tasks = set.many(70, "accounts", Priority::Interactive);
    set.pass(SECOND).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        // First in line, polled once, and then left alone.
        let call = set.client.request(Method::GET, "/v1/idle");
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
    let begun = set.tenant.elapsed();
    set.get(ACCOUNT).await.unwrap();
    assert!(set.tenant.elapsed() - begun < SECOND * 12);
}

/// What the random test does with a call.
#[derive(Clone, Debug)]
struct Plan {
    after: u64,
    path: usize,
    batch: bool,
    /// Given up after so many milliseconds.
    cancel: Option<u64>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let cancel = prop_oneof![3 => Just(None), 2 => (0..30_u64).prop_map(|at| Some(at * 100))];
    (0..5_u64, 0..3_usize, any::<bool>(), cancel).prop_map(|(after, path, batch, cancel)| Plan {
        after: after * 100,
        path,
        batch,
        cancel,
    })
}

async fn random_calls(plans: Vec<Plan>, limit: u32, minute: u64, breaks: u64) {
    let windows = [(60, minute)];
    let set = set(if minute > 0 { &windows } else { &[] }, Governor::new());
    // All in steps of one length, so that a call is often given up just as it is let in.
    set.tenant.set(|tenant| {
        tenant.breaks = breaks;
        tenant.service = (SECOND / 10, SECOND / 10);
    });
    let names = ["Default", "High-volume transactions", "Object Query"];
    for name in names {
        set.tenant.limit(name, limit);
    }
    // Learns the limits, so that they can be held against it.
    for (method, path) in [
        (Method::GET, "/v1/a"),
        (Method::POST, "/v1/orders"),
        (Method::GET, "/object-query/a"),
    ] {
        while set
            .rig
            .run(set.client.request(method.clone(), path).into_future())
            .await
            .is_err()
        {}
    }
    let mut tasks = Vec::new();
    for plan in plans {
        let (client, clock) = (set.client.clone(), set.rig.clock.clone());
        tasks.push(tokio::spawn(async move {
            clock.sleep(Duration::from_millis(plan.after)).await;
            let (method, path) = match plan.path {
                0 => (Method::GET, "/v1/a"),
                1 => (Method::POST, "/v1/orders"),
                _ => (Method::GET, "/object-query/a"),
            };
            let priority = match plan.batch {
                true => Priority::Batch,
                false => Priority::Interactive,
            };
            let call = client.request(method, path).priority(priority);
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
    for name in names {
        assert!(set.tenant.highest(name) <= limit, "{name}");
    }
    assert_eq!(set.tenant.refused(), (0, 0));
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
        limit in 1..30_u32,
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
