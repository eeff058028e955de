//! The simulator through its public surface: over sockets, through the seam, in virtual time.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod account;
mod admin;
mod clock;
mod faults;
mod journal;
mod lifetime;
mod server;
mod support;
mod token;
