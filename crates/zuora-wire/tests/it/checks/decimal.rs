//! `Decimal` against integers without bounds.

use num_bigint::{BigInt, Sign};
use std::hash::{DefaultHasher, Hash, Hasher};
use zuora_wire::{Decimal, Number};

/// Two numbers with a space between them; fails by panic.
pub fn check(text: &str) {
    let (a, b) = text.split_once(' ').unwrap_or((text, "0"));
    let (Some(a), Some(b)) = (single(a), single(b)) else {
        return;
    };
    pair(&a, &b);
}

/// What holds for one number; `None` if the text is none.
fn single(text: &str) -> Option<Decimal> {
    let decimal: Decimal = match text.parse() {
        Ok(decimal) => decimal,
        Err(_) => {
            // Refused are only what is no number, and absurd exponents.
            let exponent = text.split(['e', 'E']).nth(1).unwrap_or_default();
            let digits = exponent.trim_start_matches(['+', '-', '0']).len();
            assert!(Number::new(text).is_err() || digits > 18, "{text}");
            return None;
        }
    };
    assert_eq!(decimal.to_string(), text);
    assert_eq!(Number::from(&decimal).as_str(), text);
    assert_eq!(decimal, decimal.clone());
    assert_eq!(-&-&decimal, decimal);
    assert!(!decimal.abs().is_negative());

    if let Ok(small) = rust_decimal::Decimal::try_from(&decimal) {
        assert_eq!(Decimal::from(small), decimal);
    }
    if let Some(integer) = decimal.to_i64() {
        assert_eq!(Decimal::from(integer), decimal);
    }
    if let Some(exact) = Exact::of(text) {
        let zero = BigInt::ZERO;
        assert_eq!(decimal.is_zero(), exact.value == zero);
        assert_eq!(decimal.is_negative(), exact.value < zero);
        let integer = exact
            .integer()
            .and_then(|integer| i64::try_from(integer).ok());
        assert_eq!(decimal.to_i64(), integer, "{text}");
    }
    Some(decimal)
}

fn pair(a: &Decimal, b: &Decimal) {
    let hash = |decimal: &Decimal| {
        let mut hasher = DefaultHasher::new();
        decimal.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(a.cmp(b), b.cmp(a).reverse());
    assert_eq!(a.cmp(b), (-b).cmp(&-a));
    assert_eq!(a == b, hash(a) == hash(b));
    assert_eq!(a.checked_add(b), b.checked_add(a));
    assert_eq!(a.checked_mul(b), b.checked_mul(a));

    let (Some(x), Some(y)) = (Exact::of(&a.to_string()), Exact::of(&b.to_string())) else {
        return;
    };
    let scale = x.scale.max(y.scale);
    let (p, q) = (x.at(scale), y.at(scale));
    assert_eq!(a.cmp(b), p.cmp(&q), "{a} {b}");
    for (result, value, scale) in [
        (a.checked_add(b), &p + &q, scale),
        (a.checked_sub(b), &p - &q, scale),
        (a.checked_mul(b), &x.value * &y.value, x.scale + y.scale),
    ] {
        let Some(result) = result else {
            // 18 digits on each side always leave room.
            let is_small = |n: &Exact| n.value.bits() < 54 && n.scale <= 9;
            assert!(!(is_small(&x) && is_small(&y)), "{a} {b}");
            continue;
        };
        let result = Exact::of_result(&result.to_string()).expect("the sum of both exponents");
        let common = result.scale.max(scale);
        assert_eq!(
            result.at(common),
            Exact { value, scale }.at(common),
            "{a} {b}"
        );
    }
}

/// `value` divided by 10 to the power of `scale`.
struct Exact {
    value: BigInt,
    scale: u32,
}

impl Exact {
    /// Of a number's text, unless its exponent is too large to write it out.
    fn of(text: &str) -> Option<Self> {
        Self::of_result(text).filter(|exact| exact.scale <= 600 && exact.value.bits() <= 3000)
    }

    /// The same with room for what two such numbers make.
    fn of_result(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let value: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let scale = fraction.len() as i64 - exponent;
        if scale.abs() > 5000 {
            return None;
        }
        Some(match u32::try_from(scale) {
            Ok(scale) => Self { value, scale },
            Err(_) => Self {
                value: value * power_of_ten(scale.unsigned_abs() as u32),
                scale: 0,
            },
        })
    }

    fn at(&self, scale: u32) -> BigInt {
        &self.value * power_of_ten(scale - self.scale)
    }

    fn integer(&self) -> Option<BigInt> {
        let power = power_of_ten(self.scale);
        let (whole, rest) = (&self.value / &power, &self.value % &power);
        (rest.sign() == Sign::NoSign).then_some(whole)
    }
}

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}
