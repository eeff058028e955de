//! Token requests stay below Zuora's limit of 100 a minute for an IP address.

use crate::clock::later;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Zuora counts token requests by the minute.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Longest time that one 429 keeps token requests away, whatever its `Retry-After` says (a guess):
/// the documented windows are a minute, an hour and a day, and a wrong header must not end the
/// service for a year.
const LONGEST_COOLING: Duration = Duration::from_secs(3600);

/// A sliding window over the token requests of this process to one origin. In any 60 seconds, both
/// ends included, at most the limit leaves. A leaky bucket would not do: it lets through a full
/// bucket and then its refill, nearly twice the limit in the first minute.
#[derive(Debug, Default)]
pub(crate) struct TokenLimiter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sent: VecDeque<Instant>,
    cooling_until: Option<Instant>,
}

impl TokenLimiter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until a token request may leave; zero for now.
    pub(crate) fn wait(&self, now: Instant, limit: u32) -> Duration {
        self.state().wait(now, limit)
    }

    /// Counts a token request that leaves now, unless the window is full meanwhile.
    pub(crate) fn commit(&self, now: Instant, limit: u32) -> bool {
        let mut state = self.state();
        let free = state.wait(now, limit).is_zero();
        if free {
            state.sent.push_back(now);
        }
        free
    }

    /// Zuora answered 429: nothing leaves for this long.
    pub(crate) fn cool(&self, now: Instant, wait: Duration) {
        let until = later(now, wait.min(LONGEST_COOLING));
        let mut state = self.state();
        state.cooling_until = state.cooling_until.max(Some(until));
    }
}

impl State {
    fn wait(&mut self, now: Instant, limit: u32) -> Duration {
        // What is exactly 60 s old still counts.
        while self
            .sent
            .front()
            .is_some_and(|sent| now.saturating_duration_since(*sent) > WINDOW)
        {
            self.sent.pop_front();
        }
        let limit = limit.max(1) as usize;
        let full = self
            .sent
            .len()
            .checked_sub(limit)
            .map(|over| later(self.sent[over], WINDOW + Duration::from_millis(1)))
            .map_or(Duration::ZERO, |free| free.saturating_duration_since(now));
        let cooling = self
            .cooling_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        full.max(cooling)
    }
}
