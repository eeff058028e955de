//! `Json` against `serde_json`: the same bytes are accepted, and mean the same.

#![no_main]

#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../crates/zuora-wire/tests/it/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::json::check(bytes));
