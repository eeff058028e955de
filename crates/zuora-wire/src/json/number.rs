//! A number as its text.

use super::scan;
use crate::DecodeError;
use std::{fmt, hash};

/// A number as it was written, such as `100.00` or `1E-9`.
///
/// Equality is that of the text: `1.0` and `1.00` differ here. [`Decimal`](crate::Decimal) compares
/// by value.
#[derive(Clone)]
pub struct Number(Repr);

/// As many bytes fit beside the length without making the value larger.
const INLINE: usize = 22;

/// Nearly all numbers are short, and asking for memory costs more than reading one.
#[derive(Clone)]
enum Repr {
    Short { length: u8, bytes: [u8; INLINE] },
    Long(Box<str>),
}

impl Number {
    /// A number from its JSON text.
    ///
    /// # Errors
    /// [`DecodeError`] when the text is not a JSON number: `01`, `+1`, `1.`, `NaN`.
    pub fn new(text: impl AsRef<str>) -> Result<Self, DecodeError> {
        let text = text.as_ref();
        if scan::is_number(text.as_bytes()) {
            Ok(Self::from_checked(text))
        } else {
            Err(DecodeError::new(
                "",
                format!("{:?} is not a JSON number", crate::decode::shortened(text)),
            ))
        }
    }

    /// A number from text that is known to be one.
    pub(crate) fn from_checked(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match bytes.get_mut(..text.len()) {
            Some(front) => {
                front.copy_from_slice(text.as_bytes());
                let length = text.len() as u8;
                Self(Repr::Short { length, bytes })
            }
            None => Self(Repr::Long(text.into())),
        }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Long(text) => text,
            // A number is ASCII, so that the empty text never comes about.
            Repr::Short { length, bytes } => bytes
                .get(..usize::from(*length))
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default(),
        }
    }

    /// The value as an integer, when it is written as one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_str().parse().ok()
    }

    /// The value as an integer, when it is written as one, is not negative and fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_str().parse().ok()
    }

    /// The nearest binary float. Not for money.
    pub fn to_f64_lossy(&self) -> f64 {
        // Every JSON number is one that Rust reads; what is out of range becomes infinite.
        self.as_str().parse().unwrap_or(f64::NAN)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Number {}

impl hash::Hash for Number {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Number {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                Self::from_checked(&value.to_string())
            }
        }
    )*};
}
from_integer!(i32, i64, u16, u32, u64, usize);
