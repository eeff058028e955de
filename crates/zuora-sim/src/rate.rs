//! The counters of the tenant's rate windows, and the headers that tell of them.

use crate::{
    errors,
    limits::{DAY, HOUR, Limits, WindowKind},
    message::Reply,
};
use http::StatusCode;
use std::{collections::VecDeque, time::Duration};

/// Whether a call that is refused counts as well. A guess; with fixed windows only the figures of a
/// longer window differ.
const REFUSED_CALLS_COUNT_GUESS: bool = false;

/// Headers of a reply.
pub(crate) type Headers = Vec<(&'static str, String)>;

#[derive(Debug, Default)]
pub(crate) struct Rate(Vec<Window>);

#[derive(Debug)]
struct Window {
    seconds: u64,
    limit: u64,
    /// The length of a bucket: all of a fixed window, one second of a sliding one, so that a day of
    /// calls takes no more than 86,400 entries.
    bucket: u64,
    /// Begin and calls of each bucket that is still inside.
    buckets: VecDeque<(u64, u64)>,
    used: u64,
}

/// A window, as it is shown to people.
pub(crate) struct Seen {
    pub(crate) name: &'static str,
    pub(crate) limit: u64,
    pub(crate) used: u64,
    /// Seconds until calls are free again.
    pub(crate) reset: u64,
}

/// What [`Rate::enter`] says to a call.
pub(crate) struct Entry {
    pub(crate) headers: Headers,
    /// The window that is used up, and the seconds until it is not.
    pub(crate) breach: Option<(&'static str, u64)>,
}

impl Rate {
    pub(crate) fn new(limits: &Limits) -> Self {
        let window = |&(seconds, limit): &(u64, u64)| Window {
            seconds,
            limit,
            bucket: match limits.kind {
                WindowKind::Fixed => seconds,
                WindowKind::Sliding => 1,
            },
            buckets: VecDeque::new(),
            used: 0,
        };
        Self(limits.windows.iter().map(window).collect())
    }

    /// Counts a call. Failed calls count (documented).
    pub(crate) fn enter(&mut self, now: Duration) -> Entry {
        self.0.iter_mut().for_each(|window| window.expire(now));
        // Of several windows the one that keeps the caller out the longest is named.
        let breach = self
            .0
            .iter()
            .filter(|window| window.used >= window.limit)
            .map(|window| (window.name(), window.reset(now)))
            .max_by_key(|(_, seconds)| *seconds);
        if breach.is_none() || REFUSED_CALLS_COUNT_GUESS {
            self.0.iter_mut().for_each(|window| window.count(now));
        }
        Entry {
            headers: self.headers(now),
            breach,
        }
    }

    /// The windows as they are now.
    pub(crate) fn seen(&mut self, now: Duration) -> impl Iterator<Item = Seen> {
        self.0.iter_mut().map(move |window| {
            window.expire(now);
            Seen {
                name: window.name(),
                limit: window.limit,
                used: window.used,
                reset: window.reset(now),
            }
        })
    }

    /// As in draft-polli-ratelimit-headers-02: the quota of the window nearest exhaustion, then all
    /// windows. That "nearest" means the smallest share left is a guess.
    fn headers(&self, now: Duration) -> Headers {
        let share = |window: &Window| {
            // Comparable without fractions: used calls of a common limit.
            let limit = u128::from(window.limit.max(1));
            (u128::from(window.used) << 64) / limit
        };
        let Some(nearest) = self.0.iter().rev().max_by_key(|window| share(window)) else {
            return Headers::new();
        };
        let all = self
            .0
            .iter()
            .map(|window| format!(", {};w={}", window.limit, window.seconds));
        let limit = nearest.limit.to_string() + &all.collect::<String>();
        let remaining = nearest.limit.saturating_sub(nearest.used);
        vec![
            ("ratelimit-limit", limit),
            ("ratelimit-remaining", remaining.to_string()),
            ("ratelimit-reset", nearest.reset(now).to_string()),
        ]
    }
}

impl Window {
    fn expire(&mut self, now: Duration) {
        while let Some((begin, calls)) = self.buckets.front().copied() {
            if begin + self.seconds > now.as_secs() {
                break;
            }
            self.used -= calls;
            self.buckets.pop_front();
        }
    }

    fn count(&mut self, now: Duration) {
        let begin = now.as_secs() - now.as_secs() % self.bucket;
        match self.buckets.back_mut() {
            Some((last, calls)) if *last == begin => *calls += 1,
            _ => self.buckets.push_back((begin, 1)),
        }
        self.used += 1;
    }

    /// Seconds, rounded up, until calls of this window are free again.
    fn reset(&self, now: Duration) -> u64 {
        let begin = self
            .buckets
            .front()
            .map_or(now.as_secs(), |(begin, _)| *begin);
        let end = Duration::from_secs(begin + self.seconds);
        let left = end.saturating_sub(now);
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    fn name(&self) -> &'static str {
        match self.seconds {
            DAY => "day",
            HOUR => "hour",
            _ => "minute",
        }
    }
}

/// The refusal of one call too many.
pub(crate) fn refusal((window, seconds): (&str, u64), limits: &Limits) -> Reply {
    let body = errors::rate_limit_of(window, seconds);
    let reply = Reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
    if limits.retry_after {
        reply.with("retry-after", seconds.to_string())
    } else {
        reply
    }
}
