//! What a reply says about limits, read leniently: what does not parse counts as not said.

use super::class::ConcurrencyClass;
use crate::headers;
use http::{HeaderMap, HeaderName, StatusCode};
use std::time::Duration;
use zuora_wire::Clock;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const CLASS: HeaderName = HeaderName::from_static("concurrency-limit-type");
const CLASS_LIMIT: HeaderName = HeaderName::from_static("concurrency-limit-limit");
const CLASS_REMAINING: HeaderName = HeaderName::from_static("concurrency-limit-remaining");

/// The code of a concurrency 429 (documented).
const TOO_MANY_AT_ONCE: &[u8] = b"50000070";
/// Where a refusal says its code and its text; longer bodies are something else.
const LONGEST_REFUSAL: usize = 4096;
/// A header that lists more windows is not Zuora's.
const MOST_WINDOWS: usize = 8;
const LONGEST_WINDOW: u64 = 31 * 24 * 3600;

#[derive(Debug)]
pub(super) struct Told<'a> {
    /// `2250000, 50000;w=60, 2250000;w=3600, 27000000;w=86400`.
    pub(super) limits: Option<&'a str>,
    /// Calls left in the window nearest to its end.
    pub(super) remaining: Option<u64>,
    /// Until that window resets.
    pub(super) reset: Option<Duration>,
    pub(super) class: Option<ConcurrencyClass>,
    pub(super) class_limit: Option<u32>,
    pub(super) class_remaining: Option<u32>,
    pub(super) refusal: Option<Refusal>,
}

/// A 429, by the limit that was passed. It is the status in every version of the API, also in those that
/// put other errors into a 200 (observed), so that bodies of a 2xx need not be read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Concurrency {
        wait: Option<Duration>,
    },
    Rate {
        /// The length in seconds of the window that the text names.
        window: Option<u64>,
        wait: Option<Duration>,
    },
}

impl<'a> Told<'a> {
    /// By the head of a reply, and the body as far as it is there.
    pub(super) fn by<B>(reply: &'a http::Response<B>, body: &[u8], clock: &dyn Clock) -> Self {
        let headers = reply.headers();
        let number = |name| headers::text(headers, name)?.parse::<u64>().ok();
        let class = headers::text(headers, CLASS).map(ConcurrencyClass::named);
        // Numbers of a class that is not known here are nobody's.
        let is_known = class != Some(None);
        let small = |name| {
            let number = headers::text(headers, name)?.parse::<u32>().ok();
            number.filter(|_| is_known)
        };
        Self {
            limits: headers::text(headers, LIMIT),
            remaining: number(REMAINING),
            reset: number(RESET).map(Duration::from_secs),
            class: class.flatten(),
            class_limit: small(CLASS_LIMIT).filter(|limit| *limit > 0),
            class_remaining: small(CLASS_REMAINING),
            refusal: (reply.status() == StatusCode::TOO_MANY_REQUESTS)
                .then(|| refusal(headers, body, clock)),
        }
    }
}

/// The quota of the window nearest to its end: the first number of the list.
pub(super) fn quota(limits: &str) -> Option<u64> {
    let first = limits.split(',').next()?;
    first.split(';').next()?.trim().parse().ok()
}

/// The windows of the list as (seconds, calls).
pub(super) fn windows(limits: &str) -> impl Iterator<Item = (u64, u64)> {
    let window = |item: &str| {
        let mut parts = item.split(';').map(str::trim);
        let calls = parts.next()?.parse::<u64>().ok()?;
        let seconds = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let value = value.trim().trim_matches('"').parse::<u64>().ok()?;
            name.trim().eq_ignore_ascii_case("w").then_some(value)
        })?;
        ((1..=LONGEST_WINDOW).contains(&seconds) && calls > 0).then_some((seconds, calls))
    };
    limits.split(',').filter_map(window).take(MOST_WINDOWS)
}

fn refusal(headers: &HeaderMap, body: &[u8], clock: &dyn Clock) -> Refusal {
    let start = &body[..body.len().min(LONGEST_REFUSAL)];
    let asked = headers::retry_after(headers, clock);
    let mentions_code = start
        .windows(TOO_MANY_AT_ONCE.len())
        .any(|window| window == TOO_MANY_AT_ONCE);
    if mentions_code {
        return Refusal::Concurrency { wait: asked };
    }
    // "API Rate limit exceeded for the minute, retry after N seconds".
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let window = [("minute", 60), ("hour", 3600), ("day", 86_400)]
        .into_iter()
        .find(|(name, _)| text.contains(&format!("for the {name}")))
        .map(|(_, seconds)| seconds);
    let said = text.split_once("retry after ").and_then(|(_, rest)| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok().map(Duration::from_secs)
    });
    Refusal::Rate {
        window,
        wait: asked.or(said),
    }
}
