//! Seeing what the token cache does.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How a token request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenRequestOutcome {
    /// A token came.
    Success,
    /// The credentials were not accepted (400, 401, 403).
    Rejected,
    /// Zuora's limit was reached (429).
    Throttled,
    /// Any other failure.
    Failed,
}

/// Told of what the token cache does. Every method does nothing unless it is written.
///
/// They are called on the path of every call: count, do not wait.
pub trait TokenObserver: Debug + Send + Sync + 'static {
    /// A call found a fresh token.
    fn hit(&self) {}
    /// A call was served a token in its early window, while a refresh goes on or is due.
    fn stale_hit(&self) {}
    /// A call had no token to go on with and waits for a refresh.
    fn wait(&self) {}
    /// A refresh found the token in the shared store and asked nobody.
    fn loaded(&self) {}
    /// A token request ended after this time.
    fn request(&self, outcome: TokenRequestOutcome, elapsed: Duration) {
        let _ = (outcome, elapsed);
    }
}

/// An observer that counts.
#[derive(Debug, Default)]
pub struct TokenCounters {
    hits: AtomicU64,
    stale_hits: AtomicU64,
    waits: AtomicU64,
    loads: AtomicU64,
    requests: [AtomicU64; 4],
}

impl TokenCounters {
    /// Calls that found a fresh token.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Calls that were served a token in its early window.
    pub fn stale_hits(&self) -> u64 {
        self.stale_hits.load(Ordering::Relaxed)
    }

    /// Calls that waited for a token.
    pub fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// Tokens taken from the shared store.
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    /// Token requests that ended so.
    pub fn requests(&self, outcome: TokenRequestOutcome) -> u64 {
        self.requests[outcome as usize].load(Ordering::Relaxed)
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl TokenObserver for TokenCounters {
    fn hit(&self) {
        count(&self.hits);
    }

    fn stale_hit(&self) {
        count(&self.stale_hits);
    }

    fn wait(&self) {
        count(&self.waits);
    }

    fn loaded(&self) {
        count(&self.loads);
    }

    fn request(&self, outcome: TokenRequestOutcome, _elapsed: Duration) {
        count(&self.requests[outcome as usize]);
    }
}
