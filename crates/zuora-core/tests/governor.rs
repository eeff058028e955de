//! The governor: classes, order, priorities, refusals, what `limits` tells, and that no permit is lost.
//! Its pace against the tenant's windows is in `governor_pace`. The tenant is the simulator, on a clock
//! that it shares with the client; calls that a test must tell apart carry a track id.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use proptest::prelude::*;
use std::{
    pin::pin,
    task::Poll,
    time::{Duration, Instant, SystemTime},
};
use zuora_core::{
    Client, Clock, ConcurrencyClass, Error, ErrorKind, Governor, Limits, Priority, RequestBuilder,
};
use zuora_sim::{
    ConcurrencyClass as TenantClass, Fault, FaultBody, Limits as TenantLimits, SimClient,
    Simulator, VirtualClock,
};

const SECOND: Duration = Duration::from_secs(1);
const DATA: &str = r#"{"records":{"Account":[
    {"id":"a1","accountNumber":"A00000001","name":"Acme","currency":"EUR"}]}}"#;
const ORDER: &str = r#"{"existingAccountNumber":"A00000001","orderDate":"2026-11-01",
    "subscriptions":[{"orderActions":[{"type":"CreateSubscription",
    "createSubscription":{"terms":{"initialTerm":{"termType":"EVERGREEN"}}}}]}]}"#;
const QUERY: &str = "/object-query/accounts?pageSize=1";
/// An operation of each class.
const OPERATIONS: [(&str, TenantClass); 3] = [
    ("getAccount", TenantClass::Default),
    ("createOrder", TenantClass::HighVolume),
    ("queryAccounts", TenantClass::ObjectQuery),
];

struct Set {
    rig: Rig,
    client: Client,
    begun: Instant,
}

/// The documented numbers of calls at once, and no windows of rate.
fn no_windows() -> TenantLimits {
    TenantLimits::unlimited()
        .concurrency(TenantClass::Default, 40)
        .concurrency(TenantClass::HighVolume, 200)
        .concurrency(TenantClass::ObjectQuery, 80)
}

fn per_minute(calls: u64) -> TenantLimits {
    no_windows().per_minute(calls)
}

/// A tenant whose calls take from 40 to 160 ms.
fn set(limits: TenantLimits, governor: Governor) -> Set {
    served_in(SECOND / 10, 0.6, limits, governor)
}

/// A tenant whose calls all take the same time.
fn steady(service: Duration, limits: TenantLimits, governor: Governor) -> Set {
    served_in(service, 0.0, limits, governor)
}

fn served_in(service: Duration, jitter: f64, limits: TenantLimits, governor: Governor) -> Set {
    trace();
    let start = SystemTime::UNIX_EPOCH + SECOND * 1_795_392_000;
    let clock = VirtualClock::frozen_at(start);
    let sim = Simulator::tenant()
        .data(DATA)
        .unwrap()
        .client(SimClient::new(CLIENT_ID, SECRET))
        .clock(clock.clone())
        .seed(7)
        .limits(limits)
        .service_time("*", service)
        .service_jitter(jitter)
        .build()
        .unwrap();
    let rig = Rig { sim, clock };
    let client = rig
        .builder()
        .governor(governor)
        // What the governor does, and not what the retries make of it.
        .tries(1)
        .build()
        .unwrap();
    Set {
        begun: rig.clock.now(),
        rig,
        client,
    }
}

type Task = tokio::task::JoinHandle<Result<bytes::Bytes, Error>>;

impl Set {
    fn start(&self, track_id: &str, priority: Priority, timeout: Duration) -> Task {
        let call = self
            .client
            .request(Method::GET, ACCOUNT)
            .track_id(track_id)
            .priority(priority)
            .timeout(timeout);
        tokio::spawn(call.into_future())
    }

    fn many(&self, count: usize, priority: Priority) -> Vec<Task> {
        (0..count)
            .map(|at| self.start(&at.to_string(), priority, SECOND * 3600))
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

    async fn get(&self) -> Result<bytes::Bytes, Error> {
        self.rig.get(&self.client).await
    }

    fn order(&self) -> RequestBuilder {
        call(&self.client, 1)
    }

    /// Time since the beginning.
    fn elapsed(&self) -> Duration {
        self.rig.clock.now() - self.begun
    }

    /// When each account was asked for, and with which track id.
    fn asked(&self) -> Vec<(SystemTime, String)> {
        let journal = self.rig.sim.journal();
        let accounts = journal.iter().filter(|one| one.operation == "getAccount");
        accounts
            .map(|one| {
                let track_id = one.header("zuora-track-id").unwrap_or_default();
                (one.at, track_id.to_owned())
            })
            .collect()
    }

    fn peak(&self) -> usize {
        self.rig.sim.peak(TenantClass::Default)
    }

    /// How many calls were told to slow down.
    fn refused(&self) -> u64 {
        let requests = |(operation, _)| self.rig.sim.requests().to(operation).with_status(429);
        OPERATIONS.map(|one| requests(one).count()).iter().sum()
    }

    fn limit(&self, class: TenantClass, limit: u64) {
        let sim = &self.rig.sim;
        sim.set_limits(sim.limits().concurrency(class, limit));
    }

    fn service(&self, time: Duration) {
        self.rig.sim.set_service_time("*", time).unwrap();
    }

    fn inject(&self, fault: Fault) {
        self.rig.sim.inject(fault).unwrap();
    }

    fn in_use(&self, class: ConcurrencyClass) -> (u32, usize) {
        let limits = self.client.limits();
        let found = limits.classes.iter().find(|found| found.class == class);
        let found = found.unwrap();
        (found.in_use, found.queued)
    }
}

/// A call of one of [`OPERATIONS`].
fn call(client: &Client, of: usize) -> RequestBuilder {
    match of {
        0 => client.request(Method::GET, ACCOUNT),
        1 => {
            let order = client.request(Method::POST, "/v1/orders");
            order.body(ORDER, "application/json")
        }
        _ => client.request(Method::GET, QUERY),
    }
}

/// A good reply, or a refusal, that says this in its headers.
fn says(body: &str, headers: &[(&str, &str)]) -> Fault {
    let fault = Fault::on("getAccount").body(FaultBody::raw(body.to_owned(), "application/json"));
    let with = |fault: Fault, (name, value): &(&str, &str)| fault.header(*name, *value);
    headers.iter().fold(fault, with)
}

fn ok(outcomes: &[Result<bytes::Bytes, Error>]) -> usize {
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

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
async fn classes_do_not_hold_each_other_up() {
    let set = steady(SECOND * 50, no_windows(), Governor::new());
    let tasks = set.many(500, Priority::Interactive);
    // Nothing is heard for a long time; more leave all the same.
    set.pass(SECOND * 45).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default), (40, 460));
    set.service(SECOND);
    let query = call(&set.client, 2);
    let begun = set.elapsed();
    set.rig
        .run(async { tokio::try_join!(set.order().into_future(), query.into_future()) })
        .await
        .unwrap();
    assert!(set.elapsed() - begun <= SECOND * 2);
    assert_eq!(set.rig.sim.peak(TenantClass::HighVolume), 1);
    assert_eq!(set.rig.sim.peak(TenantClass::ObjectQuery), 1);
    tasks.iter().for_each(Task::abort);
}

#[tokio::test(start_paused = true)]
async fn a_reply_corrects_the_class_of_its_path() {
    let set = steady(SECOND * 100, no_windows(), Governor::new());
    // Another class than the one that the client's table has for it.
    set.inject(
        Fault::on("getAccount")
            .header("concurrency-limit-type", TenantClass::HighVolume.name())
            .header("concurrency-limit-limit", "200")
            .header("concurrency-limit-remaining", "199"),
    );
    let call = || set.start("surprise", Priority::Interactive, SECOND * 300);
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
    let mut told = 0;
    for (method, path, class) in rows {
        let set = set(no_windows(), Governor::new());
        set.rig.run(set.client.warm_up()).await.unwrap();
        // So that the call is under way for a while, whatever is answered.
        set.inject(Fault::on("*").delay(SECOND));
        let call = set.client.request(method.parse().unwrap(), path);
        let task = tokio::spawn(call.into_future());
        set.pass(Duration::from_millis(20)).await;
        let classes = set.client.limits().classes;
        let used: Vec<_> = classes.iter().filter(|class| class.in_use == 1).collect();
        assert_eq!(used.len(), 1, "{method} {path}");
        assert_eq!(used[0].class, class, "{method} {path}");
        set.all(vec![task]).await;
        let reply = set.rig.sim.journal().pop().unwrap().reply_headers;
        // The tenant counts it there, too.
        if let Some(name) = reply.get("concurrency-limit-type") {
            assert_eq!(name, class.name(), "{method} {path}");
            told += 1;
        }
    }
    assert_eq!(told, 19);
}

#[tokio::test(start_paused = true)]
async fn an_empty_hour_is_an_error_at_once() {
    let set = set(TenantLimits::api_sandbox(), Governor::new());
    let tasks = set.many(4_000, Priority::Batch);
    set.all(tasks).await;
    // The hour is nearly used up now, and Zuora says so.
    let tasks = set.many(2_000, Priority::Batch);
    let outcomes = set.all(tasks).await;
    let served = ok(&outcomes);
    assert!((880..=1_000).contains(&served), "{served}");
    assert!(set.elapsed() < SECOND * 600);
    let begun = set.elapsed();
    let error = set.get().await.unwrap_err();
    assert_eq!(set.elapsed(), begun);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let wait = error.retry_after().unwrap();
    assert!(wait > SECOND * 3_000 && wait <= SECOND * 3_600, "{wait:?}");
    assert!(error.to_string().contains("the hour"), "{error}");
    // And then it goes on.
    set.rig.clock.advance(wait);
    set.get().await.unwrap();
    assert_eq!(set.refused(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let set = set(per_minute(100), Governor::new());
    let tasks = set.many(60, Priority::Batch);
    set.all(tasks).await;
    // So that all of the window is gone.
    set.service(Duration::ZERO);
    set.inject(says(
        "{}",
        &[
            ("ratelimit-limit", "100, 100;w=60"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "30"),
        ],
    ));
    set.get().await.unwrap();
    let begun = set.elapsed();
    let call = set
        .client
        .request(Method::GET, ACCOUNT)
        .timeout(SECOND * 10);
    let error = set.rig.run(call.into_future()).await.unwrap_err();
    assert_eq!(set.elapsed(), begun);
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(SECOND * 31));
    set.get().await.unwrap();
    assert_eq!(set.elapsed() - begun, SECOND * 31);
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

#[tokio::test(start_paused = true)]
async fn a_concurrency_refusal_pauses_its_class_and_nobody_storms_after_it() {
    let set = set(no_windows().headers(false), Governor::new());
    // The way there takes time: a refusal comes when others are already sent.
    set.inject(Fault::on("getAccount").delay(SECOND / 100));
    set.get().await.unwrap();
    // Others fill the tenant: of ours only a few fit.
    set.limit(TenantClass::Default, 25);
    let tasks = set.many(300, Priority::Batch);
    let short = set.start("short", Priority::Batch, SECOND * 60);
    set.pass(SECOND * 2).await;
    let refused = set.refused();
    assert_eq!(refused, 15);
    let error = set.all(vec![short]).await.pop().unwrap().unwrap_err();
    assert!(error.is_rate_limited());
    assert!(set.elapsed() < SECOND * 10);
    // Other classes go on.
    set.rig.run(set.order().into_future()).await.unwrap();
    let asked = set.asked().len();
    let left = set.client.limits().classes[0].paused.unwrap();
    assert!(left > SECOND * 100 && left <= SECOND * 120, "{left:?}");
    set.pass(left - Duration::from_millis(1)).await;
    assert_eq!(set.asked().len(), asked);
    set.rig.sim.forget_peaks();
    set.pass(SECOND).await;
    assert!(set.asked().len() > asked);
    assert_eq!(set.peak(), 1);
    let outcomes = set.all(tasks).await;
    assert_eq!(outcomes.len() - ok(&outcomes), refused as usize);
    assert!(set.peak() > 5);
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
        let set = set(no_windows(), Governor::new());
        set.service(Duration::ZERO);
        let body =
            format!(r#"{{"reasons":[{{"code":70,"message":"API Rate limit exceeded {text}"}}]}}"#);
        let headers = header.map(|value| ("retry-after", value));
        set.inject(says(&body, headers.as_slice()).status(429).times(1));
        set.get().await.unwrap_err();
        let begun = set.elapsed();
        let outcome = set.get().await;
        let waited = (set.elapsed() - begun).as_secs();
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
                set.get().await.unwrap();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn limits_tell_what_is_known() {
    let set = set(TenantLimits::api_sandbox(), Governor::new());
    let fresh = set.client.limits();
    assert_eq!(fresh.heard, None);
    assert!(fresh.windows.is_empty());
    let numbers = |limits: &Limits| {
        let of = |class: &zuora_core::ClassLimits| (class.limit, class.in_use, class.queued);
        limits.classes.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&fresh), [(40, 0, 0), (200, 0, 0), (80, 0, 0)]);
    set.limit(TenantClass::Default, 55);
    set.get().await.unwrap();
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
    let set = set(no_windows(), Governor::new());
    let mut random = fastrand::Rng::with_seed(3);
    let script = (0..300).map(|_| {
        let headers: Vec<_> = names
            .iter()
            .filter_map(|name| {
                let value = random.choice(values)?;
                // Retry-After of 10^23 seconds is a long wait, which is not the point here.
                let value = if *name == "retry-after" { "-7" } else { value };
                Some((*name, value))
            })
            .collect();
        says("{}", &headers)
    });
    set.rig.sim.inject_script(script).unwrap();
    for _ in 0..300 {
        set.get().await.ok();
        set.pass(SECOND).await;
    }
    assert_eq!(set.asked().len(), 300);
    // Whatever was made of it, a good reply sets it right.
    set.rig.sim.clear_faults();
    set.rig.sim.set_limits(TenantLimits::api_sandbox());
    set.pass(SECOND * 70).await;
    set.get().await.unwrap();
    let limits = set.client.limits();
    assert_eq!(limits.windows.len(), 3);
    assert_eq!(limits.windows[0].remaining, 2_499);
    assert_eq!(limits.classes[0].limit, 40);
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
