//! JSON to Rust values and back, for thousands of generated models at a small price in compile time.
//!
//! With a derive, the compiler makes a reader and a writer anew for every type, and again in every
//! program that uses it. Here one [`Reader`] and one [`Writer`] exist, and a model only tells them the
//! names of its fields ([`Model::shape`]) and gives them a field by its index ([`Model::get`],
//! [`Model::get_mut`]): two matches on integers, which cost the compiler next to nothing. What a field
//! can be ([`Slot`]) is written by hand, once for each kind.
//!
//! Reading is tolerant: `null` and missing members never fail, and members that a model does not know
//! go into its [`Extra`]. A value of the wrong type is an error that tells the path.
//!
//! A model, as the generator writes it:
//!
//! ```
//! use zuora_wire::{Decimal, Extra, fields, from_slice, to_string};
//!
//! #[derive(Clone)]
//! struct Item {
//!     id: Option<String>,
//!     amount: Option<Decimal>,
//!     extra: Extra,
//! }
//!
//! fields! { Item { 0 id = "id", 1 amount = "amount" } extra }
//!
//! let text = r#"{"id":"1","amount":10.50,"region__c":"EMEA"}"#;
//! let item: Item = from_slice(text.as_bytes())?;
//! assert_eq!(item.extra.text("region__c"), Some("EMEA"));
//! assert_eq!(to_string(&item), text);
//!
//! let error = from_slice::<Vec<Item>>(br#"[{"amount":"abc"}]"#).err().unwrap();
//! assert_eq!(error.to_string(), r#"[0].amount: expected a number, found "abc""#);
//! # Ok::<(), zuora_wire::DecodeError>(())
//! ```

mod fields;
mod reader;
mod slots;
mod writer;

pub use fields::Shape;
pub use fields::{debug, same};
pub use reader::{Kind, Reader, variant};
pub use writer::Writer;

use crate::{DecodeError, Extra};

/// An object with known fields; [`fields!`](crate::fields) implements it.
pub trait Model {
    /// A model to read into: no field set, and required ones blank. Models with required fields keep
    /// `Default` from their users, so that none is forgotten.
    fn empty() -> Self
    where
        Self: Sized;

    /// What is known of all models of this type.
    fn shape(&self) -> &'static Shape;

    /// The field at this index of [`Shape::fields`], which is also the order of writing.
    fn get(&self, index: usize) -> Option<&dyn Slot>;

    /// The same, to read into.
    fn get_mut(&mut self, index: usize) -> Option<&mut dyn Slot>;

    /// The members that the model has no field for; `None` if they are left out.
    fn extra(&self) -> Option<&Extra>;

    /// The same, to add to them.
    fn extra_mut(&mut self) -> Option<&mut Extra>;
}

/// A place that one JSON value is read into and written from: a field, an item of an array.
pub trait Slot {
    /// A place with nothing in it.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads one value in the place of what is here. `null` leaves nothing, and never fails.
    ///
    /// # Errors
    /// [`DecodeError`] for a value of another type, and for text that is not JSON. What is here then
    /// is not specified.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError>;

    /// The same, for a place that is [blank](Self::blank) still, which spares models to be made twice.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.read(reader)
    }

    /// Writes exactly one value.
    fn write(&self, writer: &mut Writer);

    /// Whether a member of this value is left out when its object is written.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Reads a whole document: a model, or anything else that is a [`Slot`], such as `Vec<Model>`.
///
/// # Errors
/// [`DecodeError`] for a value of the wrong type, with its path, and for all that
/// [`Json::parse`](crate::Json::parse) refuses.
pub fn from_slice<T: Slot>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut value = T::blank();
    read_document(bytes, &mut value)?;
    Ok(value)
}

/// Writes a model, or anything else that is a [`Slot`], as compact JSON.
pub fn to_string<T: Slot>(value: &T) -> String {
    write_document(value)
}

/// What [`from_slice`] does, for a value that is blank.
///
/// # Errors
/// As [`from_slice`].
pub fn read_document(bytes: &[u8], value: &mut dyn Slot) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes)?;
    value.fill(&mut reader)?;
    reader.end()
}

/// What [`to_string`] does.
pub fn write_document(value: &dyn Slot) -> String {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer.finish()
}
