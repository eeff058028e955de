//! The `zuora` binary as people and scripts run it, against a simulator on a socket.
//!
//! Every run in here is searched for the client secret and for every token of the simulator; see
//! [`bench`].

#![expect(
    clippy::unwrap_used,
    reason = "helpers are tests too: what is unexpected ends them"
)]

mod api;
mod bench;
mod failures;
mod help;
mod operations;
mod secrets;
mod settings;
mod sim;
mod streams;
mod token;
