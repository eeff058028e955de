//! Headers of limits and waits, reply after reply.

#![no_main]

#[allow(dead_code, reason = "the other target uses the rest")]
#[path = "../../crates/zuora-core/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::headers::check(bytes));
