//! The limits that the server counts: token requests by source address, and calls of the API.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

/// Token requests a minute for one source address (documented).
pub(crate) const TOKEN_REQUESTS_PER_MINUTE: u32 = 100;
const MINUTE: Duration = Duration::from_secs(60);

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
}

/// Counts API calls for the `RateLimit-*` headers, in fixed minutes (a guess). Production's numbers
/// (documented); they are told, not enforced.
#[derive(Debug, Default)]
pub(crate) struct ApiWindow {
    minute: u64,
    calls: u64,
}

const API_CALLS_PER_MINUTE: u64 = 50_000;
const API_WINDOWS: &str = "50000, 50000;w=60, 2250000;w=3600, 27000000;w=86400";
const CONCURRENCY_LIMIT: u32 = 40;

impl ApiWindow {
    /// Counts a call and gives its headers.
    pub(crate) fn enter(&mut self, now: Duration) -> [(&'static str, String); 6] {
        let minute = now.as_secs() / MINUTE.as_secs();
        if minute != self.minute {
            *self = Self { minute, calls: 0 };
        }
        self.calls += 1;
        let remaining = API_CALLS_PER_MINUTE.saturating_sub(self.calls);
        let reset = MINUTE.as_secs() - now.as_secs() % MINUTE.as_secs();
        [
            ("ratelimit-limit", API_WINDOWS.to_owned()),
            ("ratelimit-remaining", remaining.to_string()),
            ("ratelimit-reset", reset.to_string()),
            ("concurrency-limit-type", "Default".to_owned()),
            ("concurrency-limit-limit", CONCURRENCY_LIMIT.to_string()),
            // This call alone: the simulator does not count what runs at once.
            (
                "concurrency-limit-remaining",
                (CONCURRENCY_LIMIT - 1).to_string(),
            ),
        ]
    }
}
