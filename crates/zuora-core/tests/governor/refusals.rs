//! What is not sent, and what follows a refusal.

use super::set::*;
use crate::common::*;
use http::Method;
use std::time::Duration;
use zuora_core::{ErrorKind, Governor, Priority};
use zuora_sim::{ConcurrencyClass as TenantClass, Fault, Limits as TenantLimits};

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
