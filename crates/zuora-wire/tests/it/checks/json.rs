//! `Json` against `serde_json`: the same texts are accepted, and mean the same.

use serde_json::Value;
use std::collections::HashMap;
use zuora_wire::{Json, Reader};

/// Fails by panic.
pub fn check(bytes: &[u8]) {
    let ours = Json::parse(bytes);
    let theirs = serde_json::from_slice::<Value>(bytes);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_same(ours, theirs),
        (Err(ours), Ok(theirs)) => panic!("{theirs} is refused: {ours}"),
        // Documented differences: numbers have no range here, and one level more is read.
        (Ok(ours), Err(theirs)) => {
            let text = theirs.to_string();
            let known = ["number out of range", "recursion limit exceeded"];
            let known = known.iter().any(|known| text.starts_with(known));
            assert!(known, "{ours} is refused by the other: {text}");
        }
        (Err(_), Err(_)) => {}
    }

    // What is stepped over is checked as strictly as what is read.
    let skipped = Reader::new(bytes).and_then(|mut reader| {
        reader.raw()?;
        reader.end()
    });
    let refused = |error: &zuora_wire::DecodeError| error.message().to_owned();
    assert_eq!(
        skipped.as_ref().err().map(refused),
        ours.as_ref().err().map(refused)
    );

    let Ok(ours) = ours else {
        return;
    };
    let compact = ours.to_compact_string();
    assert_eq!(Json::parse(&compact).as_ref(), Ok(&ours));
    assert_eq!(Json::parse(ours.to_pretty_string()).as_ref(), Ok(&ours));
    assert_numbers_kept(bytes, compact.as_bytes());
}

fn assert_same(ours: &Json, theirs: &Value) {
    match (ours, theirs) {
        (Json::Null, Value::Null) => {}
        (Json::Bool(ours), Value::Bool(theirs)) => assert_eq!(ours, theirs),
        (Json::String(ours), Value::String(theirs)) => assert_eq!(ours, theirs),
        (Json::Number(ours), Value::Number(theirs)) => {
            if let Some(integer) = theirs.as_u64() {
                assert_eq!(ours.as_u64(), Some(integer));
            } else if let Some(integer) = theirs.as_i64() {
                assert_eq!(ours.as_i64(), Some(integer));
            } else {
                let (ours, theirs) = (ours.to_f64_lossy(), theirs.as_f64().unwrap());
                // The other one rounds its floats with an error in the last place.
                let bound = ours.abs() * 1e-14 + f64::MIN_POSITIVE;
                assert!((ours - theirs).abs() <= bound, "{ours} {theirs}");
            }
        }
        (Json::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_same(ours, theirs);
            }
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            assert_eq!(ours.len(), theirs.len());
            for (name, ours) in ours.iter() {
                assert_same(ours, theirs.get(name).expect("the same members"));
            }
        }
        _ => panic!("{ours} is not {theirs}"),
    }
}

/// Every number that is printed stood in the source, byte for byte. Some of the source's are missing
/// where members are repeated.
fn assert_numbers_kept(source: &[u8], printed: &[u8]) {
    let mut left: HashMap<&[u8], usize> = HashMap::new();
    for number in numbers(source) {
        *left.entry(number).or_default() += 1;
    }
    for number in numbers(printed) {
        let count = left.get_mut(number).expect("a number of the source");
        *count = count.checked_sub(1).expect("as often as in the source");
    }
}

/// The numbers of a JSON text, found without the crate's own scanner.
fn numbers(text: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                while text[at] != b'"' {
                    at += 1 + usize::from(text[at] == b'\\');
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let belongs = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                while text.get(at).is_some_and(belongs) {
                    at += 1;
                }
                found.push(&text[start..at]);
            }
            _ => {}
        }
    }
    found
}
