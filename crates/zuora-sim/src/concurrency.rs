//! How many calls of each class run at once.
//!
//! A call runs while its service time does, by the simulator's clock, whether or not its caller still
//! waits for the reply, unless [`Limits::hang_up_ends_call`] says that it ends then.

use crate::{
    limits::{ConcurrencyClass, Limits},
    rate::Headers,
    state::Shared,
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
    /// The most that there were at once.
    peak: usize,
    /// When `Concurrency-Limit-Remaining` was looked at last, and what it was.
    sample: Option<(Duration, u64)>,
}

/// What [`Concurrency::enter`] says to a call.
pub(crate) struct Entry {
    pub(crate) headers: Headers,
    pub(crate) refused: bool,
}

impl Concurrency {
    /// Asks for a place; [`hold`](Self::hold) takes it.
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

    /// Takes a place for a call that runs from now until `end`.
    pub(crate) fn hold(&mut self, class: ConcurrencyClass, now: Duration, end: Duration) -> Place {
        let running = &mut self.0[class as usize];
        running.ends.retain(|other| *other > now);
        running.ends.push(end);
        running.peak = running.peak.max(running.ends.len());
        Place { class, end }
    }

    /// Gives a place up before its time.
    fn leave(&mut self, place: Place) {
        let ends = &mut self.0[place.class as usize].ends;
        // Calls that end at the same moment cannot be told apart, and need not be.
        if let Some(at) = ends.iter().position(|end| *end == place.end) {
            ends.swap_remove(at);
        }
    }

    /// The most calls of a class that ran at once.
    pub(crate) fn peak(&self, class: ConcurrencyClass) -> usize {
        self.0[class as usize].peak
    }

    /// Looks for the peaks from now on.
    pub(crate) fn forget_peaks(&mut self, now: Duration) {
        for running in &mut self.0 {
            running.ends.retain(|end| *end > now);
            running.peak = running.ends.len();
        }
    }

    /// How many of each class run now.
    pub(crate) fn running(&self, now: Duration) -> [(ConcurrencyClass, usize); 3] {
        ConcurrencyClass::ALL.map(|class| {
            let ends = &self.0[class as usize].ends;
            (class, ends.iter().filter(|end| **end > now).count())
        })
    }
}

/// The place of a call among those of its class.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    class: ConcurrencyClass,
    end: Duration,
}

/// Somebody who waits for a call. Dropped before the call was answered, it has hung up.
pub(crate) struct Caller<'a> {
    shared: &'a Shared,
    place: Option<Place>,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(shared: &'a Shared, place: Option<Place>) -> Self {
        Self { shared, place }
    }

    /// The call was answered.
    pub(crate) fn served(mut self) {
        self.place = None;
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else {
            return;
        };
        let mut state = self.shared.state();
        if state.settings.limits.hang_up_ends_call {
            state.concurrency.leave(place);
        }
    }
}
