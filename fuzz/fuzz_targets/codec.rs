//! Models on any bytes: what is read and written again reads the same.

#![no_main]

#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../crates/zuora-wire/tests/it/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::codec::check(bytes));
