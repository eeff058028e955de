//! Replies whose status or body says that the call failed, or seems to.

#![no_main]

#[allow(dead_code, reason = "the other target uses the rest")]
#[path = "../../crates/zuora-core/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::errors::check(bytes));
