//! Exact decimal numbers: amounts, quantities, prices, and every other JSON number.

mod arithmetic;
mod compare;
mod digits;

use crate::{Number, json::scan};
use digits::{Digits, Parts};
use rust_decimal::Decimal as Small;
use std::{error::Error as StdError, fmt, str::FromStr};

/// An exact decimal number that is written as it was read.
///
/// It never passes through a binary float. `100.00` keeps its scale; numbers with more than 28 digits
/// and forms such as `1E-9`, `0E-9` and `-0` keep their text. Equality, order and hash go by value:
/// `1.0`, `1.00` and `1E0` are equal.
///
/// ```
/// use zuora_wire::Decimal;
/// let price: Decimal = "19.90".parse()?;
/// let total = price.checked_mul(&Decimal::from(3)).unwrap();
/// assert_eq!(total.to_string(), "59.70");
/// assert_eq!(total, "59.7".parse()?);
/// assert_eq!("1E-9".parse::<Decimal>()?.to_string(), "1E-9");
/// # Ok::<(), zuora_wire::DecimalError>(())
/// ```
///
/// Arithmetic is exact or returns `None`; for rounding, convert to [`rust_decimal::Decimal`] and back.
#[derive(Clone)]
pub struct Decimal(Repr);

#[derive(Clone)]
enum Repr {
    /// What prints as it was written, and is not a negative zero.
    Small(Small),
    /// Everything else, as text of the JSON grammar whose exponent is within [`MAX_EXPONENT`].
    Text(Box<str>),
}

/// Exponents have at most 18 digits, so that sums with lengths of texts stay far within 64 bits.
const MAX_EXPONENT: i64 = 999_999_999_999_999_999;

/// The text is no decimal number, or the number does not fit into the type asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecimalError(String);

impl Decimal {
    /// 0
    pub const ZERO: Self = Self(Repr::Small(Small::ZERO));
    /// 1
    pub const ONE: Self = Self(Repr::Small(Small::ONE));

    /// `mantissa` divided by 10 to the power of `scale`: `Decimal::new(1050, 2)` is `10.50`.
    pub fn new(mantissa: i128, scale: u32) -> Self {
        Self::from_scaled(mantissa, i64::from(scale))
    }

    /// A decimal of text that is known to be a JSON number; `None` if the exponent has more than 18
    /// digits.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Some(small) = read_plain(text.as_bytes()) {
            return Some(Self(Repr::Small(small)));
        }
        Parts::of_text(text)?;
        Some(Self(Repr::Text(text.into())))
    }

    /// Whether the value is 0, in whatever form.
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(small) => small.is_zero(),
            Repr::Text(_) => self.with_parts(|parts| parts.normal().is_zero()),
        }
    }

    /// Whether the value is less than 0. `-0` is not.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(small) => small.is_sign_negative(),
            Repr::Text(_) => self.with_parts(|parts| parts.normal().negative),
        }
    }

    /// The value as an integer, if it is one and fits: `5.0` and `1E+3` do.
    pub fn to_i64(&self) -> Option<i64> {
        let (mantissa, scale) = self.trimmed()?;
        let power = digits::power_of_ten(scale.checked_neg()?)?;
        i64::try_from(mantissa.checked_mul(power)?).ok()
    }

    /// Calls `work` with the digits, whatever the form.
    fn with_parts<R>(&self, work: impl FnOnce(Parts<'_>) -> R) -> R {
        match &self.0 {
            Repr::Small(small) => {
                let digits = Digits::of(small.mantissa().unsigned_abs());
                work(Parts {
                    negative: small.is_sign_negative(),
                    whole: digits.as_bytes(),
                    fraction: b"",
                    exponent: -i64::from(small.scale()),
                })
            }
            // What was checked when it was made does not fail now.
            Repr::Text(text) => work(Parts::of_text(text).unwrap_or_default()),
        }
    }

    /// Appends the text.
    pub(crate) fn push_to(&self, out: &mut String) {
        let small = match &self.0 {
            Repr::Text(text) => return out.push_str(text),
            Repr::Small(small) => small,
        };
        if small.is_sign_negative() {
            out.push('-');
        }
        let digits = Digits::of(small.mantissa().unsigned_abs());
        let (digits, scale) = (digits.as_str(), small.scale() as usize);
        match digits.len().checked_sub(scale) {
            Some(whole @ 1..) => {
                out.push_str(&digits[..whole]);
                if scale > 0 {
                    out.push('.');
                    out.push_str(&digits[whole..]);
                }
            }
            _ => {
                const ZEROS: &str = "0.0000000000000000000000000000";
                out.push_str(&ZEROS[..2 + scale - digits.len()]);
                out.push_str(digits);
            }
        }
    }
}

/// Appends an integer.
pub(crate) fn push_integer(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    out.push_str(Digits::of(u128::from(value.unsigned_abs())).as_str());
}

/// A number without exponent whose digits fit, and which is no negative zero: what prints again just as
/// it stands here.
fn read_plain(text: &[u8]) -> Option<Small> {
    let (negative, rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    // 2^96 has 29 digits, and a point may stand among them.
    if rest.len() > 30 {
        return None;
    }
    let mut scale = None;
    let mut mantissa: u128 = 0;
    // Nineteen digits fit into 64 bits, where multiplying is cheap.
    for chunk in rest.chunks(19) {
        let (mut value, mut power): (u64, u64) = (0, 1);
        for byte in chunk {
            match byte {
                b'0'..=b'9' => {
                    value = value * 10 + u64::from(byte - b'0');
                    power *= 10;
                    scale = scale.map(|scale| scale + 1);
                }
                b'.' => scale = Some(0),
                _ => return None,
            }
        }
        mantissa = mantissa * u128::from(power) + u128::from(value);
    }
    let scale = scale.unwrap_or(0);
    let fits = mantissa < 1 << 96 && scale <= Small::MAX_SCALE;
    let negative_zero = negative && mantissa == 0;
    (fits && !negative_zero).then(|| small(mantissa, negative, scale))
}

/// `mantissa` is below 2^96, `scale` at most 28.
fn small(mantissa: u128, negative: bool, scale: u32) -> Small {
    let word = |shift: u32| (mantissa >> shift) as u32;
    Small::from_parts(word(0), word(32), word(64), negative, scale)
}

impl Default for Decimal {
    fn default() -> Self {
        Self::ZERO
    }
}

/// The text of a JSON number, with at most 18 digits of exponent.
impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = scan::is_number(text.as_bytes()).then(|| Self::read(text));
        number.flatten().ok_or_else(|| {
            let text = crate::decode::shortened(text);
            DecimalError(format!("{text:?} is not a decimal number"))
        })
    }
}

/// Exactly as it was read.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.push_to(&mut text);
        // Aligned as numbers are; a precision is not obeyed, since nothing is rounded silently.
        match text.strip_prefix('-') {
            Some(digits) => f.pad_integral(false, "", digits),
            None => f.pad_integral(true, "", &text),
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Decimal {
            fn from(value: $integer) -> Self {
                Self(Repr::Small(Small::from(value)))
            }
        }
    )*};
}
from_integer!(i32, i64, u16, u32, u64, usize);

impl From<Small> for Decimal {
    fn from(value: Small) -> Self {
        // A negative zero would print otherwise than it compares.
        Self(Repr::Small(if value.is_zero() {
            small(0, false, value.scale())
        } else {
            value
        }))
    }
}

/// Exact, or an error: more than 28 digits, or a fraction that is too long.
impl TryFrom<&Decimal> for Small {
    type Error = DecimalError;

    fn try_from(value: &Decimal) -> Result<Self, Self::Error> {
        let exact = match &value.0 {
            Repr::Small(small) => Some(*small),
            Repr::Text(_) => value.scaled().and_then(Decimal::small_of).or_else(|| {
                let (mantissa, scale) = value.trimmed()?;
                Decimal::small_of((mantissa, scale))
            }),
        };
        exact.ok_or_else(|| {
            let text = crate::decode::shortened(&value.to_string());
            DecimalError(format!("{text} has too many digits for this type"))
        })
    }
}

impl TryFrom<Decimal> for Small {
    type Error = DecimalError;

    fn try_from(value: Decimal) -> Result<Self, Self::Error> {
        Self::try_from(&value)
    }
}

/// Fails only for exponents of more than 18 digits.
impl TryFrom<&Number> for Decimal {
    type Error = DecimalError;

    fn try_from(number: &Number) -> Result<Self, Self::Error> {
        number.as_str().parse()
    }
}

impl From<&Decimal> for Number {
    fn from(value: &Decimal) -> Self {
        let mut text = String::new();
        value.push_to(&mut text);
        Number::from_checked(&text)
    }
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self::from(&value)
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for DecimalError {}
