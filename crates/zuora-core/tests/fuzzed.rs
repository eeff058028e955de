//! Replays what the fuzzers of replies have kept, without a fuzzer.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod checks;

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
fn errors() {
    replay("errors", checks::errors::check);
}

#[test]
fn headers() {
    replay("headers", checks::headers::check);
}
