//! The dynamic value: what it accepts, refuses and keeps.

use crate::checks;
use zuora_wire::{Decimal, Json, Map, Number, Object, json::MAX_DEPTH};

fn parse(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn error(text: impl AsRef<[u8]>) -> String {
    Json::parse(text).unwrap_err().to_string()
}

#[test]
fn numbers_keep_their_text() {
    for number in [
        "0",
        "-0",
        "1e400",
        "-1E-400",
        "0E-9",
        "1E+3",
        "100.00",
        "12345678901234.123456789",
        "1234567890123456789012",
        "12345678901234567890123",
        "1234567890123456789012345678901234567890",
    ] {
        checks::json::check(number.as_bytes());
        assert_eq!(parse(number).to_string(), number);
        assert_eq!(
            parse(&format!("[{number}]")).to_compact_string(),
            format!("[{number}]")
        );
        assert_eq!(Number::new(number).unwrap().to_string(), number);
    }
    assert_ne!(parse("1.0"), parse("1.00"));
    assert_eq!(size_of::<Number>(), 24);
    assert_eq!(size_of::<Json>(), 32);
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "01", "+1", "1.", ".5", "-", "1e", "1e+", "0x10", "NaN", "Infinity", "--1", "1_0",
    ] {
        assert!(Json::parse(text).is_err(), "{text}");
        assert!(Number::new(text).is_err(), "{text}");
        checks::json::check(text.as_bytes());
    }
}

#[test]
fn the_last_of_repeated_members_wins_in_the_place_of_the_first() {
    let json = parse(r#"{"a":1,"b":2,"\u0061":3}"#);
    assert_eq!(json.to_string(), r#"{"a":3,"b":2}"#);
}

#[test]
fn objects_are_equal_in_any_order_of_members() {
    assert_eq!(parse(r#"{"a":1,"b":[2]}"#), parse(r#"{"b":[2],"a":1}"#));
    assert_ne!(parse(r#"{"a":1,"b":2}"#), parse(r#"{"b":1,"a":2}"#));
    assert_ne!(parse(r#"{"a":1,"b":2}"#), parse(r#"{"a":1,"c":2}"#));
    assert_ne!(parse(r#"{"a":1}"#), parse(r#"{"a":1,"b":2}"#));
    assert_ne!(parse("[1,2]"), parse("[2,1]"));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(nested(MAX_DEPTH)).is_ok());
    assert!(error(nested(MAX_DEPTH + 1)).contains("nested more than 128 deep"));
    assert!(error("[".repeat(100_000)).contains("nested more than 128 deep"));
    assert!(error(r#"{"a":"#.repeat(100_000)).contains("nested more than 128 deep"));
    // Depth is that of one place, not the number of brackets.
    assert!(Json::parse(format!("[{}[]]", "[[]],".repeat(1000))).is_ok());
}

#[test]
fn many_members_take_linear_time() {
    let members: Vec<String> = (0..100_000).map(|n| format!(r#""name{n}":{n}"#)).collect();
    let text = format!("{{{},\"name7\":\"again\"}}", members.join(","));
    let json = parse(&text);
    let object = json.as_object().unwrap();
    assert_eq!(object.len(), 100_000);
    assert_eq!(object.get("name7").and_then(Json::as_str), Some("again"));
    assert_eq!(object.iter().nth(7).unwrap().0, "name7");
    let reversed: Object = object
        .clone()
        .into_iter()
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    assert_eq!(&reversed, object);
}

#[test]
fn strings_are_whole_characters() {
    assert_eq!(parse(r#""\ud83d\ude00\u00e9\n\/""#), Json::from("😀é\n/"));
    for text in [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
    ] {
        assert!(error(text).contains("half of a surrogate pair"), "{text}");
    }
    for text in [
        "\"\n\"",
        "\"\0\"",
        r#""\x41""#,
        r#""\u12""#,
        r#""\u+123""#,
        "\"",
        "\"\\",
    ] {
        assert!(Json::parse(text).is_err(), "{text:?}");
        checks::json::check(text.as_bytes());
    }
    assert!(error(b"\"\xff\"").contains("not UTF-8 from byte 1 on"));
    let all: String = (0..=0x7f_u8)
        .map(char::from)
        .chain("é€😀".chars())
        .collect();
    assert_eq!(
        parse(&Json::from(all.as_str()).to_string()),
        Json::from(all)
    );
}

#[test]
fn nothing_may_stand_around_the_value() {
    assert_eq!(parse(" \t\r\n1 \n"), Json::from(1));
    for text in [
        "",
        " ",
        "1 2",
        "{} x",
        "[1],",
        "nulll",
        "\u{feff}1",
        "\u{a0}1",
    ] {
        assert!(Json::parse(text).is_err(), "{text:?}");
        checks::json::check(text.as_bytes());
    }
}

#[test]
fn errors_tell_where() {
    let text = r#"{"invoices":[1,{"amount":01}]}"#;
    assert_eq!(
        error(text),
        "invoices[1].amount: not a JSON number at byte 25"
    );
    assert_eq!(error("[1 2]"), "expected `,` or `]`, found '2' at byte 3");
    assert_eq!(error(r#"{"a" 1}"#), "expected `:`, found '1' at byte 5");
    assert_eq!(
        error("[1,"),
        "[1]: expected a value, but the text ends at byte 3"
    );
    assert_eq!(error("[1,]"), "[1]: expected a value, found ']' at byte 3");
    assert_eq!(
        error(r#"{"a":1,}"#),
        "expected a member's name, found '}' at byte 7"
    );
    assert_eq!(error("tru"), "expected a value, found 't' at byte 0");
    assert_eq!(
        error(r#"[[["#),
        "[0][0][0]: expected a value, but the text ends at byte 3"
    );
    let long = format!(r#"{{"{}":x}}"#, "n".repeat(10_000_000));
    assert!(error(long).len() < 200);
}

#[test]
fn values_can_be_built_and_changed() {
    let mut object = Object::new();
    object.insert("b", 1);
    object.insert("a", Decimal::new(150, 2));
    assert_eq!(object.insert("b", true), Some(Json::from(1)));
    *object.get_mut("b").unwrap() = Json::Null;
    assert_eq!(
        Json::from(object.clone()).to_string(),
        r#"{"b":null,"a":1.50}"#
    );
    assert_eq!(object.remove("b"), Some(Json::Null));
    assert_eq!(object.len(), 1);
    let pretty = "{\n  \"a\": [\n    1,\n    {}\n  ]\n}";
    assert_eq!(parse(r#"{"a":[1,{}]}"#).to_pretty_string(), pretty);
    let map: Map<u32> = Map::new();
    assert!(map.is_empty());
}
