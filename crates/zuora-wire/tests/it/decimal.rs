//! Exact decimals: what they keep, and how they compare and calculate.

use crate::checks;
use std::collections::HashSet;
use zuora_wire::{Decimal, Json};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_decimal_is_small() {
    assert!(size_of::<Decimal>() <= 24);
    assert!(size_of::<Option<Decimal>>() <= 24);
}

#[test]
fn the_text_is_kept() {
    for text in [
        "0",
        "-0",
        "0.00",
        "-0.00",
        "0E-9",
        "1E-9",
        "1E+3",
        "1.10e2",
        "100.00",
        "0.05",
        "-0.5",
        "12345678901234.123456789",
        "79228162514264337593543950335",
        "79228162514264337593543950336",
        "0.0000000000000000000000000001",
        "0.00000000000000000000000000001",
        "7.9228162514264337593543950335",
        "1234567890123456789012.34",
        "123456789012345678901234567890123456789",
        "1e999999999999999999",
    ] {
        assert_eq!(decimal(text).to_string(), text);
        assert_eq!(Json::from(decimal(text)).to_string(), text);
        checks::decimal::check(text);
    }
    for text in [
        "",
        "+1",
        ".5",
        "1.",
        "01",
        " 1",
        "1 ",
        "1,5",
        "NaN",
        "0x1",
        "1e9999999999999999999",
    ] {
        assert!(text.parse::<Decimal>().is_err(), "{text:?}");
    }
    assert_eq!(
        format!(
            "{:>8}|{:<6}|{:+}",
            decimal("-1.50"),
            decimal("2"),
            decimal("3")
        ),
        "   -1.50|2     |+3"
    );
    assert_eq!(format!("{:.1}", decimal("1.99")), "1.99");
}

#[test]
fn equality_order_and_hash_go_by_value() {
    let equal = [
        ["1.0", "1.00"],
        ["-0", "0E-9"],
        ["1E-9", "0.000000001"],
        ["1.10e2", "110"],
        ["1E+3", "1000.0"],
        ["100000000000000000000000000000000000000000", "1e41"],
        ["1e999999999", "10e999999998"],
        ["0e999999999", "0"],
    ];
    for [a, b] in equal {
        assert_eq!(decimal(a), decimal(b));
        assert_eq!(HashSet::from([decimal(a), decimal(b)]).len(), 1, "{a} {b}");
    }
    let ascending = [
        "-1e999999999",
        "-1e29",
        "-79228162514264337593543950335",
        "-2",
        "-1.5",
        "-1e-999999999",
        "0",
        "1e-999999999",
        "1e-29",
        "0.0000000000000000000000000001",
        "0.1",
        "0.11",
        "1",
        "9",
        "10",
        "79228162514264337593543950335",
        "79228162514264337593543950335.1",
        "79228162514264337593543950336",
        "1e29",
        "1e999999999",
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(decimal(a).cmp(&decimal(b)), i.cmp(&j), "{a} {b}");
        }
    }
}

#[test]
fn sums_and_products_are_exact_or_none() {
    let sum = |a: &str, b: &str| {
        decimal(a)
            .checked_add(&decimal(b))
            .map(|sum| sum.to_string())
    };
    let product = |a: &str, b: &str| decimal(a).checked_mul(&decimal(b)).map(|p| p.to_string());
    assert_eq!(sum("0.1", "0.2").as_deref(), Some("0.3"));
    assert_eq!(sum("1.50", "-0.5").as_deref(), Some("1.00"));
    assert_eq!(sum("1E-9", "1").as_deref(), Some("1.000000001"));
    // One more than fits into 96 bits, which other decimals round.
    let large = "79228162514264337593543950335";
    assert_eq!(
        sum(large, "0.1").as_deref(),
        Some("79228162514264337593543950335.1")
    );
    assert_eq!(
        sum(large, "1").as_deref(),
        Some("79228162514264337593543950336")
    );
    assert_eq!(sum("1e999999999", "1"), None);
    assert_eq!(sum("1e999999999", "0.00").as_deref(), None);
    assert_eq!(sum("1e999999999", "-1e999999999").as_deref(), Some("0"));
    assert_eq!(product("19.90", "3").as_deref(), Some("59.70"));
    assert_eq!(product("1e999999999999999999", "1e1"), None);
    assert_eq!(
        product("1e999999999", "1e999999999").as_deref(),
        Some("1E+1999999998")
    );
    assert_eq!(product(large, large), None);
    assert_eq!(-decimal("1.50"), decimal("-1.5"));
    assert_eq!((-decimal("-0")).to_string(), "-0");
    assert_eq!((-decimal("1e40")).to_string(), "-1e40");
    assert_eq!(decimal("-2.50").abs().to_string(), "2.50");
    let many = vec![decimal("0.10"); 1000];
    assert_eq!(Decimal::checked_sum(&many).unwrap().to_string(), "100.00");
    assert_eq!(
        decimal("3").checked_sub(&decimal("5.5")),
        Some(decimal("-2.5"))
    );
}

#[test]
fn conversions_are_exact_or_fail() {
    use rust_decimal::Decimal as Small;
    assert_eq!(Decimal::new(1050, 2).to_string(), "10.50");
    assert_eq!(
        Decimal::new(-5, 40).to_string(),
        format!("-0.{}5", "0".repeat(39))
    );
    assert_eq!(Decimal::new(5, u32::MAX).to_string(), "5E-4294967295");
    assert_eq!(
        Decimal::new(i128::MIN, 0).to_string(),
        i128::MIN.to_string()
    );
    assert_eq!(Decimal::from(u64::MAX).to_string(), u64::MAX.to_string());
    assert_eq!(Decimal::from(-Small::ZERO).to_string(), "0");
    assert_eq!(Small::try_from(&decimal("1E-9")), Ok(Small::new(1, 9)));
    assert_eq!(Small::try_from(&decimal("1E+3")), Ok(Small::new(1000, 0)));
    assert!(Small::try_from(&decimal("1E-29")).is_err());
    assert!(Small::try_from(&decimal("1e999999999")).is_err());
    assert_eq!(decimal("5.0").to_i64(), Some(5));
    assert_eq!(decimal("1E+3").to_i64(), Some(1000));
    assert_eq!(decimal("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(decimal("9223372036854775808").to_i64(), None);
    assert_eq!(decimal("0.5").to_i64(), None);
    assert_eq!(decimal("-0E-9").to_i64(), Some(0));
}

#[test]
fn absurd_exponents_and_lengths_take_no_time() {
    let long = format!("1{}", "0".repeat(1_000_000));
    let short = "1e1000000";
    assert_eq!(decimal(&long), decimal(short));
    assert_eq!(decimal(&long).checked_add(&decimal("1")), None);
    assert!(decimal("1e999999999999999999") > decimal(&long));
    assert_eq!(decimal("1e999999999999999999").to_i64(), None);
}
