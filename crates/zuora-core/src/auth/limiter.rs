//! Token requests stay below Zuora's limit of 100 a minute for an IP address.

use super::Reservation;
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
pub(crate) const LONGEST_COOLING: Duration = Duration::from_secs(3600);

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

    /// Whether a token request may leave now; it is not counted.
    pub(crate) fn look(&self, now: Instant, limit: u32) -> Reservation {
        self.state().look(now, limit)
    }

    /// Counts a token request that leaves now, if one may.
    pub(crate) fn reserve(&self, now: Instant, limit: u32) -> Reservation {
        let mut state = self.state();
        let found = state.look(now, limit);
        if found == Reservation::Granted {
            state.sent.push_back(now);
        }
        found
    }

    /// Zuora answered 429: nothing leaves for this long.
    pub(crate) fn cool(&self, now: Instant, wait: Duration) {
        let until = later(now, wait.min(LONGEST_COOLING));
        let mut state = self.state();
        state.cooling_until = state.cooling_until.max(Some(until));
    }
}

impl State {
    fn look(&mut self, now: Instant, limit: u32) -> Reservation {
        if let Some(left) = self.cooling_until.and_then(|until| ahead(until, now)) {
            return Reservation::Cooling(left);
        }
        // What is exactly 60 s old still counts.
        while self
            .sent
            .front()
            .is_some_and(|sent| now.saturating_duration_since(*sent) > WINDOW)
        {
            self.sent.pop_front();
        }
        let limit = limit.max(1) as usize;
        // So many must grow old before there is room for one more.
        let over = self.sent.len().checked_sub(limit);
        match over.and_then(|over| ahead(later(self.sent[over], WINDOW), now)) {
            Some(left) => Reservation::Full(left + Duration::from_millis(1)),
            None if over.is_some() => Reservation::Full(Duration::from_millis(1)),
            None => Reservation::Granted,
        }
    }
}

/// How far `then` lies ahead, if it does.
fn ahead(then: Instant, now: Instant) -> Option<Duration> {
    then.checked_duration_since(now)
        .filter(|left| !left.is_zero())
}
