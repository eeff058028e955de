//! The seam through which all time flows.

use crate::BoxFuture;
use std::{
    fmt::Debug,
    time::{Duration, Instant, SystemTime},
};

/// Where time comes from: the machine's clocks in production, a virtual clock in tests.
///
/// Two readings are needed since neither suffices. The monotonic clock never jumps, but on many
/// systems it stands still while the machine is suspended; the wall clock runs through a suspend,
/// but people and time servers set it. A token counts as valid only while both say so.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The monotonic clock.
    fn now(&self) -> Instant;

    /// The wall clock, as it is written into files that outlive the process.
    fn wall(&self) -> SystemTime;

    /// Completes when the monotonic clock has moved on by `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}
