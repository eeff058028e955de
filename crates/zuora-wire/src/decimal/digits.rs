//! The digits of a decimal, of whichever form: what comparing, hashing and calculating start from.

use super::MAX_EXPONENT;

/// A number as its grammar cuts it: `whole` and `fraction` one after the other, the point between them,
/// all of it times 10 to the power of `exponent`.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts<'a> {
    pub(super) negative: bool,
    pub(super) whole: &'a [u8],
    pub(super) fraction: &'a [u8],
    /// Within [`MAX_EXPONENT`] both ways.
    pub(super) exponent: i64,
}

/// The same without what does not count: 0.`digits` times 10 to the power of `top`, the first and the
/// last digit not 0. Zero has no digits, no sign and `top` 0.
#[derive(Clone, Copy)]
pub(super) struct Normal<'a> {
    pub(super) negative: bool,
    pub(super) top: i64,
    front: &'a [u8],
    back: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Of the text of a JSON number; `None` if its exponent has more than 18 digits.
    pub(super) fn of_text(text: &'a str) -> Option<Self> {
        let (negative, text) = match text.as_bytes().split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, text.as_bytes()),
        };
        let (digits, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&text[..at], read_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
            Some(at) => (&digits[..at], &digits[at + 1..]),
            None => (digits, &b""[..]),
        };
        Some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    pub(super) fn normal(&self) -> Normal<'a> {
        let (mut front, mut back) = (self.whole, self.fraction);
        let zeros = |digits: &[u8]| digits.iter().take_while(|digit| **digit == b'0').count();
        let mut leading = zeros(front);
        front = &front[leading..];
        if front.is_empty() {
            let more = zeros(back);
            leading += more;
            back = &back[more..];
        }
        back = without_trailing_zeros(back);
        if back.is_empty() {
            front = without_trailing_zeros(front);
        }
        let is_zero = front.is_empty() && back.is_empty();
        Normal {
            negative: self.negative && !is_zero,
            top: match is_zero {
                true => 0,
                false => self.exponent + self.whole.len() as i64 - leading as i64,
            },
            front,
            back,
        }
    }

    /// All digits as an integer, with the scale that belongs to it; `None` if it does not fit.
    pub(super) fn scaled(&self) -> Option<(i128, i64)> {
        let digits = self.whole.iter().chain(self.fraction);
        let value = integer(digits)?;
        let scale = self.fraction.len() as i64 - self.exponent;
        Some((if self.negative { -value } else { value }, scale))
    }
}

impl<'a> Normal<'a> {
    pub(super) fn is_zero(&self) -> bool {
        self.front.is_empty() && self.back.is_empty()
    }

    pub(super) fn digits(&self) -> impl Iterator<Item = &'a u8> + use<'a> {
        self.front.iter().chain(self.back)
    }

    /// As [`Parts::scaled`].
    pub(super) fn scaled(&self) -> Option<(i128, i64)> {
        let value = integer(self.digits())?;
        let scale = (self.front.len() + self.back.len()) as i64 - self.top;
        Some((if self.negative { -value } else { value }, scale))
    }
}

fn without_trailing_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits
        .iter()
        .rev()
        .take_while(|digit| **digit == b'0')
        .count();
    &digits[..digits.len() - zeros]
}

fn integer<'a>(mut digits: impl Iterator<Item = &'a u8>) -> Option<i128> {
    digits.try_fold(0_i128, |sum, digit| {
        sum.checked_mul(10)?.checked_add(i128::from(digit - b'0'))
    })
}

fn read_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let value = digits.iter().try_fold(0_i64, |sum, digit| {
        let sum = sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
        (sum <= MAX_EXPONENT).then_some(sum)
    })?;
    Some(if negative { -value } else { value })
}

/// 10 to the power of `exponent`, if that is an integer and fits.
pub(super) fn power_of_ten(exponent: i64) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).ok()?)
}

/// An integer in decimal digits, without leading zeros; 0 has one digit.
pub(super) struct Digits {
    bytes: [u8; 39],
    start: usize,
}

impl Digits {
    pub(super) fn of(value: u128) -> Self {
        let mut digits = Self {
            bytes: [b'0'; 39],
            start: 39,
        };
        // Nearly all amounts fit into 64 bits, where dividing is cheap.
        let mut high = value;
        while high > u128::from(u64::MAX) {
            digits.push((high % 10) as u8);
            high /= 10;
        }
        let mut low = high as u64;
        while low > 0 || digits.start == 39 {
            digits.push((low % 10) as u8);
            low /= 10;
        }
        digits
    }

    fn push(&mut self, digit: u8) {
        self.start -= 1;
        self.bytes[self.start] = b'0' + digit;
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(super) fn as_str(&self) -> &str {
        // Digits are ASCII.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}
