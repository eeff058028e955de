//! The codec against `serde_json` as most programs have it, amounts as floats.
//!
//! `cargo bench -p zuora-wire --bench json`. Against `serde_json` with `arbitrary_precision` the package
//! `benches-arbitrary` runs the same; it is a workspace of its own, since a feature holds for all of a
//! build: `cargo run --release --manifest-path crates/zuora-wire/benches-arbitrary/Cargo.toml`.

mod contest;

/// What derived models have for an amount.
type Amount = f64;
const THEIRS: &str = "serde_json, amounts as floats";

fn main() {
    contest::run();
}
