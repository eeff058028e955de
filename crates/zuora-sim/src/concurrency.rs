//! How many calls of each class run at once.
//!
//! A call runs while its service time does, by the simulator's clock, whether or not its caller still
//! waits for the reply: a real server does not stop either when somebody hangs up.

use crate::{
    limits::{ConcurrencyClass, Limits},
    rate::Headers,
};
use std::time::Duration;

/// What the refusal of one call too many says (documented; the code and the seconds are).
pub(crate) const CODE: u32 = 50_000_070;
pub(crate) const MESSAGE: &str = "The total number of concurrent requests has exceeded the limit \
    allowed for the tenant. Please retry later.";
pub(crate) const RETRY_AFTER: &str = "120";

#[derive(Debug, Default)]
pub(crate) struct Concurrency([Running; 3]);

#[derive(Debug, Default)]
struct Running {
    /// When each of them ends.
    ends: Vec<Duration>,
    /// When `Concurrency-Limit-Remaining` was looked at last, and what it was.
    sample: Option<(Duration, u64)>,
}

/// What [`Concurrency::enter`] says to a call.
pub(crate) struct Entry {
    pub(crate) headers: Headers,
    pub(crate) refused: bool,
}

impl Concurrency {
    /// Asks for a place; [`hold`](Self::hold) takes it for as long as the call runs.
    pub(crate) fn enter(
        &mut self,
        class: ConcurrencyClass,
        limits: &Limits,
        now: Duration,
    ) -> Entry {
        let Some(limit) = limits.of_class(class) else {
            return Entry {
                headers: Headers::new(),
                refused: false,
            };
        };
        let running = &mut self.0[class as usize];
        running.ends.retain(|end| *end > now);
        let others = running.ends.len() as u64;
        let refused = others >= limit;
        let remaining = limit.saturating_sub(others + 1);
        let is_fresh = |(at, _): &(Duration, u64)| *at + limits.sample_every > now;
        let shown = match running.sample.filter(is_fresh) {
            Some((_, sample)) => sample,
            None => {
                running.sample = Some((now, remaining));
                remaining
            }
        };
        Entry {
            headers: vec![
                ("concurrency-limit-type", class.name().to_owned()),
                ("concurrency-limit-limit", limit.to_string()),
                ("concurrency-limit-remaining", shown.to_string()),
            ],
            refused,
        }
    }

    /// Notes that a call of this class runs until then.
    pub(crate) fn hold(&mut self, class: ConcurrencyClass, end: Duration) {
        self.0[class as usize].ends.push(end);
    }

    /// How many of each class run now.
    pub(crate) fn running(&self, now: Duration) -> [(ConcurrencyClass, usize); 3] {
        ConcurrencyClass::ALL.map(|class| {
            let ends = &self.0[class as usize].ends;
            (class, ends.iter().filter(|end| **end > now).count())
        })
    }
}
