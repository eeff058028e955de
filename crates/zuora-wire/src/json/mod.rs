//! A JSON value whose numbers keep the text they were written in.
//!
//! Amounts never pass through a binary float here: `1.10` stays `1.10`, and a number of 40 digits
//! keeps all of them.
//!
//! What the grammar leaves open, and what other readers do otherwise:
//!
//! - Members keep their order. Where a member is repeated, the last value wins and stands in the place
//!   of the first.
//! - Numbers have no range and no precision: `1e400`, `-0` and `0E-9` are kept as they are.
//! - Nesting goes [`MAX_DEPTH`] deep; more is an error.
//! - A string with half of a surrogate pair (`"\ud800"`) is an error, since no Rust string can hold it.
//! - Nothing but white space may follow the value, and a byte order mark may not precede it.
//!
//! Values are equal when they have the same structure: objects whatever the order of their members,
//! numbers when their text is the same.

mod number;
pub(crate) mod scan;
pub(crate) mod write;

pub use number::Number;

use crate::{Decimal, Map, Reader};
use std::fmt;

/// The deepest nesting that is read; more is an error instead of a stack overflow.
pub const MAX_DEPTH: usize = 128;

/// Any JSON value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its text.
    Number(Number),
    /// A string, its escapes resolved.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, its members in order.
    Object(Object),
}

/// The members of an object, in order, each name once.
pub type Object = Map<Json>;

impl Json {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// [`DecodeError`](crate::DecodeError) for bytes that are not UTF-8 or not JSON, for anything but
    /// white space after the value, for lone surrogates and for nesting beyond [`MAX_DEPTH`].
    pub fn parse(bytes: impl AsRef<[u8]>) -> Result<Self, crate::DecodeError> {
        let mut reader = Reader::new(bytes.as_ref())?;
        let value = reader.json()?;
        reader.end()?;
        Ok(value)
    }

    /// An object of these members.
    pub fn object<N: Into<String>, V: Into<Json>>(
        members: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Json::Object(
            members
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// The member `name` of an object; `None` for another name and for anything but an object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.as_object()?.get(name)
    }

    /// The value that a path of member names and array positions leads to, such as
    /// `["reasons", "0", "code"]`.
    pub fn at(&self, path: &[&str]) -> Option<&Json> {
        path.iter().try_fold(self, |value, step| match value {
            Json::Array(items) => items.get(step.parse::<usize>().ok()?),
            other => other.get(step),
        })
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// The text without line breaks and spaces, numbers byte for byte as they came.
    pub fn to_compact_string(&self) -> String {
        let mut out = String::new();
        write::compact(self, &mut out);
        out
    }

    /// The text with line breaks and two spaces of indent, for people to read.
    pub fn to_pretty_string(&self) -> String {
        let mut out = String::new();
        write::pretty(self, 0, &mut out);
        out
    }

    /// What kind of value this is, as error messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }
}

/// The same as [`to_compact_string`](Json::to_compact_string).
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_compact_string())
    }
}

impl std::str::FromStr for Json {
    type Err = crate::DecodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Json {
            fn from(value: $integer) -> Self {
                Json::Number(value.into())
            }
        }
    )*};
}
from_integer!(i32, i64, u16, u32, u64, usize);

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::String(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::String(value)
    }
}

impl From<Number> for Json {
    fn from(value: Number) -> Self {
        Json::Number(value)
    }
}

/// A number with the decimal's text.
impl From<Decimal> for Json {
    fn from(value: Decimal) -> Self {
        Json::Number(value.into())
    }
}

impl From<Object> for Json {
    fn from(value: Object) -> Self {
        Json::Object(value)
    }
}

impl<V: Into<Json>> From<Vec<V>> for Json {
    fn from(items: Vec<V>) -> Self {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Json>> From<Option<V>> for Json {
    fn from(value: Option<V>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}
