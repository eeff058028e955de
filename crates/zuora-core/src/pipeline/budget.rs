//! What keeps a sick server from being hammered: retries cost, successes earn.

use std::sync::atomic::{AtomicU32, Ordering};

/// A bucket shared by all calls of a client. A client whose calls succeed can always afford to repeat
/// one; when most of them fail it runs dry, and failures come back at once.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

const FULL: u32 = 500;
const COST: u32 = 10;

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl RetryBudget {
    /// Pays for a repetition, if there is enough left.
    pub(crate) fn spend(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(COST)
            })
            .is_ok()
    }

    /// A call succeeded.
    pub(crate) fn earn(&self) {
        // The full bucket is the usual case, and needs no write that other threads would wait for.
        if self.0.load(Ordering::Relaxed) < FULL {
            let _ = self
                .0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    (left < FULL).then_some(left + 1)
                });
        }
    }
}
