//! Two decimals against integers without bounds.

#![no_main]

#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../crates/zuora-wire/tests/it/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::decimal::check(text));
