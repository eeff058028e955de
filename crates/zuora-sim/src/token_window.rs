//! The limit of token requests, counted by source address.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

/// Token requests a minute for one source address (documented).
pub(crate) const TOKEN_REQUESTS_PER_MINUTE: u32 = 100;
const MINUTE: Duration = Duration::from_secs(60);
/// Sources that no longer count are forgotten when there are so many.
const SWEEP_AT: usize = 1024;

/// Counts token requests in the 60 seconds before now. That the window slides is a guess: the
/// documents say "per minute". Refused requests do not count, also a guess, or a client that knocks
/// on would never get in again; failed ones that were not refused do (documented).
#[derive(Debug, Default)]
pub(crate) struct TokenWindow(HashMap<IpAddr, VecDeque<Duration>>);

/// The answer of [`TokenWindow::enter`].
pub(crate) enum Entry {
    /// Let in, and how many more would be.
    Allowed { remaining: u32 },
    /// Refused, and how long until one would be let in.
    Refused { wait: Duration },
}

impl TokenWindow {
    pub(crate) fn enter(&mut self, source: IpAddr, limit: u32, now: Duration) -> Entry {
        if self.0.len() >= SWEEP_AT && !self.0.contains_key(&source) {
            self.0
                .retain(|_, calls| calls.back().is_some_and(|at| *at + MINUTE > now));
        }
        let calls = self.0.entry(source).or_default();
        while calls.front().is_some_and(|at| *at + MINUTE <= now) {
            calls.pop_front();
        }
        let used = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        if used >= limit {
            let free_at = calls.front().map_or(now + MINUTE, |at| *at + MINUTE);
            return Entry::Refused {
                wait: free_at.saturating_sub(now),
            };
        }
        calls.push_back(now);
        Entry::Allowed {
            remaining: limit - used - 1,
        }
    }

    /// The sources that count now, and how many requests each of them made.
    pub(crate) fn seen(&self, now: Duration) -> impl Iterator<Item = (IpAddr, usize)> {
        self.0.iter().filter_map(move |(source, calls)| {
            let used = calls.iter().filter(|at| **at + MINUTE > now).count();
            (used > 0).then_some((*source, used))
        })
    }
}
