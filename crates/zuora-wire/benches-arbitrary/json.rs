//! The codec against `serde_json` with `arbitrary_precision`, which keeps the text of numbers.
//!
//! `cargo run --release --manifest-path crates/zuora-wire/benches-arbitrary/Cargo.toml`

#[path = "../benches/contest/mod.rs"]
mod contest;

/// What derived models have for an amount: a decimal that is exact and can be calculated with.
type Amount = rust_decimal::Decimal;
const THEIRS: &str = "serde_json with arbitrary_precision";

fn main() {
    contest::run();
}
