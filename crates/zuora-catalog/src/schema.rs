//! A named type.

use crate::{Fields, Type, text::Block, text::column};
use std::fmt;

/// A named type: an object, an enum or a union.
#[derive(Clone, Copy)]
pub struct Schema(pub(crate) Block);

/// What a [`Schema`] is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// An object with these members.
    Object(Fields),
    /// One of these texts.
    Enum(Values),
    /// One of several types.
    Union(Union),
}

/// The texts of an enum, in order.
#[derive(Clone, Copy)]
pub struct Values(Block);

/// One of several types.
#[derive(Clone, Copy)]
pub struct Union(Block);

/// One of the types of a union.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The type.
    pub ty: Type,
    values: &'static str,
}

impl Schema {
    /// The name in the API's description.
    pub fn name(self) -> &'static str {
        self.0.column(0)
    }

    /// The name of the Rust type.
    pub fn rust_name(self) -> &'static str {
        self.0.column(3)
    }

    /// The module of the group that uses it; `shared` when more than one does.
    pub fn home(self) -> &'static str {
        self.0.column(2)
    }

    /// What it is, and what it is made of.
    pub fn shape(self) -> Shape {
        match self.0.column(1) {
            "enum" => Shape::Enum(Values(self.0)),
            "union" => Shape::Union(Union(self.0)),
            _ => Shape::Object(Fields(self.0.text())),
        }
    }
}

impl Values {
    /// One by one.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.rows()
    }
}

impl Union {
    /// The member whose text tells the variant.
    pub fn tag(self) -> Option<&'static str> {
        Some(self.0.column(4)).filter(|tag| !tag.is_empty())
    }

    /// The variants, in order.
    pub fn variants(self) -> impl Iterator<Item = Variant> {
        self.0.rows().map(|row| Variant {
            ty: Type(column(row, 0)),
            values: column(row, 1),
        })
    }
}

impl Variant {
    /// The texts of the tag that mean this variant; nothing where no text is known.
    pub fn values(self) -> impl Iterator<Item = &'static str> {
        self.values.split('|').filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("name", &self.name())
            .field("shape", &self.shape())
            .finish()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Union {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Union")
            .field("tag", &self.tag())
            .field("variants", &self.variants().collect::<Vec<_>>())
            .finish()
    }
}
