//! The type of a value.

use crate::{Schema, schema};
use std::fmt;

/// A type, as the catalogue writes it: `string`, `array<Contact>`, `map<number>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Type(pub(crate) &'static str);

/// What a [`Type`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Text.
    String,
    /// A whole number of at most 64 bits.
    Integer,
    /// An exact decimal, which may come as a number or as text.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// A date with a time, in one of several forms.
    DateTime,
    /// Bytes that are no JSON: a file.
    Binary,
    /// Any JSON object.
    Object,
    /// Any JSON value.
    Any,
    /// The schema of this name.
    Named(&'static str),
    /// An array with items of this type.
    Array(Type),
    /// An object whose members have any name and this type.
    Map(Type),
}

impl Type {
    /// The text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// What the type is.
    pub fn kind(self) -> Kind {
        match self.0 {
            "string" => Kind::String,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "date-time" => Kind::DateTime,
            "binary" => Kind::Binary,
            "object" => Kind::Object,
            "any" => Kind::Any,
            other => {
                let inside = |outer| {
                    let inner: &'static str = other.strip_prefix(outer)?;
                    inner.strip_suffix('>').map(Type)
                };
                if let Some(items) = inside("array<") {
                    Kind::Array(items)
                } else if let Some(values) = inside("map<") {
                    Kind::Map(values)
                } else {
                    Kind::Named(other)
                }
            }
        }
    }

    /// The schema that stands in the type, however deep; `None` when there is none.
    pub fn schema(self) -> Option<Schema> {
        match self.kind() {
            Kind::Named(name) => schema(name),
            Kind::Array(inner) | Kind::Map(inner) => inner.schema(),
            _ => None,
        }
    }

    /// The type of a schema.
    pub fn of(schema: Schema) -> Self {
        Self(schema.name())
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
