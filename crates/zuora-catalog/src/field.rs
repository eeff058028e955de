//! A member of an object, or the part of a parameter that they have in common: name, type, flags, facts.

use crate::{Type, text::column};
use std::fmt;

/// One member of an object; also what a parameter takes.
///
/// Its row is `name<TAB>type<TAB>flags`, then a column a fact.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Field(pub(crate) &'static str);

/// The members of an object, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields(pub(crate) &'static str);

/// What is known of a value beyond its type. As texts: limits are exact numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    row: &'static str,
    prefix: &'static str,
}

/// A limit of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// Values are greater than this.
    Above,
    /// Values are less than this.
    Below,
    /// The fewest characters.
    MinLength,
    /// The most characters.
    MaxLength,
    /// The fewest items.
    MinItems,
    /// The most items.
    MaxItems,
}

impl Limit {
    /// All limits.
    pub const ALL: [Self; 8] = [
        Self::Min,
        Self::Max,
        Self::Above,
        Self::Below,
        Self::MinLength,
        Self::MaxLength,
        Self::MinItems,
        Self::MaxItems,
    ];

    /// As the catalogue writes it, such as `max_length`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Above => "above",
            Self::Below => "below",
            Self::MinLength => "min_length",
            Self::MaxLength => "max_length",
            Self::MinItems => "min_items",
            Self::MaxItems => "max_items",
        }
    }
}

impl Fields {
    /// One by one.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        self.0.lines().map(Field)
    }

    /// The member of this name.
    pub fn get(self, name: &str) -> Option<Field> {
        self.iter().find(|field| field.name() == name)
    }

    /// Whether nothing is known of the members.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl Field {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        column(self.0, 0)
    }

    /// The type.
    pub fn ty(self) -> Type {
        Type(column(self.0, 1))
    }

    /// Whether a request must have it.
    pub fn is_required(self) -> bool {
        self.has('r')
    }

    /// Whether the description says that it may be null.
    pub fn is_nullable(self) -> bool {
        self.has('n')
    }

    /// Whether only replies have it.
    pub fn is_read_only(self) -> bool {
        self.has('o')
    }

    fn has(self, flag: char) -> bool {
        column(self.0, 2).contains(flag)
    }

    /// What is known of the value.
    pub fn facts(self) -> Facts {
        Facts {
            row: self.0,
            prefix: "",
        }
    }
}

impl Facts {
    /// All of them, as name and text.
    pub fn iter(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let facts = self.row.split('\t').skip(3);
        facts.filter_map(move |fact| {
            let (name, text) = fact.strip_prefix(self.prefix)?.split_once('=')?;
            // `items.max=1` is no fact of the array itself.
            (!name.contains('.')).then_some((name, text))
        })
    }

    fn get(self, wanted: &str) -> Option<&'static str> {
        self.iter()
            .find_map(|(name, text)| (name == wanted).then_some(text))
    }

    /// The values that are allowed; nothing means any.
    pub fn one_of(self) -> impl Iterator<Item = &'static str> {
        self.get("one_of")
            .into_iter()
            .flat_map(|values| values.split('|'))
    }

    /// What the server takes where there is none; the text of the value.
    pub fn default(self) -> Option<&'static str> {
        self.get("default")
    }

    /// What the value is beyond its type, such as `decimal` or `dateTime`.
    pub fn format(self) -> Option<&'static str> {
        self.get("format")
    }

    /// The regular expression that the value has a match of.
    pub fn pattern(self) -> Option<&'static str> {
        self.get("pattern")
    }

    /// The text of a limit.
    pub fn limit(self, limit: Limit) -> Option<&'static str> {
        self.get(limit.word())
    }

    /// What joins the items of an array in a query; else the name is repeated.
    pub fn joined(self) -> Option<&'static str> {
        self.get("joined")
    }

    /// What is known of the items of an array.
    pub fn items(self) -> Self {
        Self {
            row: self.row,
            prefix: "items.",
        }
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('\t', " "))
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
