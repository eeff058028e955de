//! The simulator through its public surface: over sockets, through the seam, in virtual time.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod account;
mod admin;
mod anything;
mod api;
mod bad_input;
mod billing;
mod catalog;
mod clock;
mod custom_objects;
mod data_faults;
mod exports;
mod faults;
mod fitting;
mod idempotency;
mod jobs;
mod journal;
mod kept;
mod lifetime;
mod limits;
mod lists;
mod many;
mod methods;
mod money;
mod object_query;
mod order_billing;
mod order_days;
mod orders;
mod page;
mod pages;
mod preview;
mod refused;
mod revenue;
mod seen;
mod segments;
mod server;
mod subscriptions;
mod support;
mod taken_back;
mod tenant;
mod time_zone;
mod token;
mod transfer;
mod versions;
mod whole;
