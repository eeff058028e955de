//! The codec and the types of fields, through the public surface.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, by panic"
)]

#[allow(unreachable_pub, reason = "the fuzzers include this module too")]
mod checks;
mod codec;
mod corpus;
mod dates;
mod decimal;
mod json;
mod properties;
