//! The memory that a decoded reply and its text take, against derived models with amounts as floats.
//!
//! `cargo bench -p zuora-wire --bench memory`

#[path = "contest/mod.rs"]
#[allow(dead_code, reason = "of the contest only the models are used here")]
mod contest;

use allocation_counter::measure;
use contest::{DerivedItems, Items};

/// What derived models have for an amount.
type Amount = f64;
#[allow(dead_code, reason = "for the contest's title")]
const THEIRS: &str = "serde_json, amounts as floats";

fn main() {
    let text = contest::reply();
    let bytes = text.as_bytes();
    let ours: Items = zuora_wire::from_slice(bytes).expect("the reply fits");
    let theirs: DerivedItems = serde_json::from_slice(bytes).expect("the reply fits");
    let figures = [
        (
            "decode",
            measure(|| drop(zuora_wire::from_slice::<Items>(bytes))).bytes_max,
            measure(|| drop(serde_json::from_slice::<DerivedItems>(bytes))).bytes_max,
        ),
        (
            "encode",
            measure(|| drop(zuora_wire::to_string(&ours))).bytes_max,
            measure(|| drop(serde_json::to_string(&theirs))).bytes_max,
        ),
    ];
    for (what, ours, theirs) in figures {
        println!(
            "{what}: {:.2} MB at most, derived {:.2} MB, ratio {:.2} (bound 1.5)",
            ours as f64 / 1e6,
            theirs as f64 / 1e6,
            ours as f64 / theirs as f64
        );
    }
}
