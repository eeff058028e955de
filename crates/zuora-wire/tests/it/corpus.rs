//! Replays what the fuzzers have kept, without a fuzzer.

use crate::checks;
use std::{fs, path::Path};

fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    // A published crate comes without the corpus.
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(&path).unwrap());
    }
}

#[test]
fn json() {
    replay("json", checks::json::check);
}

#[test]
fn codec() {
    replay("codec", checks::codec::check);
}

#[test]
fn decimal() {
    replay("decimal", |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            checks::decimal::check(text);
        }
    });
}
