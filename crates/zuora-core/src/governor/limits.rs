//! What a client knows of the tenant's limits now.

use super::class::ConcurrencyClass;
use std::time::Duration;

/// A look at what [`Client::limits`](crate::Client::limits) knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// For each class the calls at once.
    pub classes: Vec<ClassLimits>,
    /// For each window the calls in it, the shortest window first. Empty until Zuora has told its
    /// windows.
    pub windows: Vec<WindowLimits>,
    /// How long ago a reply told any of this.
    pub heard: Option<Duration>,
}

/// Calls of one class at once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassLimits {
    /// The class.
    pub class: ConcurrencyClass,
    /// The tenant's limit: the documented one until Zuora tells its own.
    pub limit: u32,
    /// Calls of this client that run.
    pub in_use: u32,
    /// Calls of this client that wait.
    pub queued: usize,
    /// Places left in the tenant, as Zuora said last. It looks about once a second.
    pub remaining: Option<u32>,
    /// How long Zuora wants no call of this class, after a refusal.
    pub paused: Option<Duration>,
}

/// Calls in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowLimits {
    /// The length of the window: a minute, an hour, a day.
    pub length: Duration,
    /// The calls that the tenant may make in it.
    pub limit: u64,
    /// The calls that are left: as Zuora said, less those that have left since.
    pub remaining: u64,
    /// Until the window resets.
    pub reset: Duration,
    /// Whether Zuora told `remaining` and `reset` of this window. It tells only of the window nearest
    /// to its end; the others are reckoned.
    pub told: bool,
}
