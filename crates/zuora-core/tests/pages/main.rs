//! Lists: every style to its end, on from anywhere, up to a limit, and all the ways in which a server
//! can lead astray.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may panic, and share their modules"
)]

#[path = "../common/mod.rs"]
mod common;

mod ends;
mod forward;
mod kinds;
mod lists;
mod property;
mod resume;
mod simulated;
mod urls;
