//! The governor: classes, order, priorities, refusals, what `limits` tells, and that no permit is lost.
//! Its pace against the tenant's windows is in `governor_pace`. The tenant is the simulator, on a clock
//! that it shares with the client; calls that a test must tell apart carry a track id.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may panic, and share their modules"
)]

#[path = "../common/mod.rs"]
mod common;

mod classes;
mod places;
mod random;
mod refusals;
mod set;
mod told;
