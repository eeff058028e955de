//! JSON to Rust values and back, for thousands of generated models at a small price in compile time.
//!
//! With a derive, the compiler makes a reader and a writer anew for every type, and again in every
//! program that uses it. Here one [`Reader`] and one [`Writer`] exist, and a model only tells them
//! which of its fields belongs to a name ([`Model::slot`]) and which fields it has ([`Model::each`]).
//! What a field can be ([`Slot`]) is written by hand, once for each kind.
//!
//! Reading is tolerant: `null` and missing members never fail, and members that a model does not know
//! go into its [`Extra`](crate::Extra). A value of the wrong type is an error that tells the path.
//!
//! A model, as the generator writes it:
//!
//! ```
//! use zuora_wire::{Decimal, Extra, Model, Slot, from_slice, to_string};
//!
//! #[derive(Default)]
//! struct Item {
//!     id: Option<String>,
//!     amount: Option<Decimal>,
//!     extra: Extra,
//! }
//!
//! impl Model for Item {
//!     fn empty() -> Self {
//!         Self::default()
//!     }
//!
//!     fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
//!         Some(match name {
//!             "id" => &mut self.id,
//!             "amount" => &mut self.amount,
//!             _ => self.extra.slot(name),
//!         })
//!     }
//!
//!     fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
//!         visit("id", &self.id);
//!         visit("amount", &self.amount);
//!         self.extra.each(visit);
//!     }
//! }
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

mod reader;
mod slots;
mod writer;

pub use reader::{Kind, Reader};
pub use writer::Writer;

use crate::DecodeError;

/// An object with known fields.
///
/// Generated. The two methods agree: whatever `each` visits, `slot` finds under the same name.
pub trait Model {
    /// A model to read into: no field set, and required ones empty. `Self::default()` for models that
    /// have it; models with required fields keep `Default` from their users, so that none is forgotten.
    fn empty() -> Self
    where
        Self: Sized;

    /// The field that the member `name` is read into; for a name that the model does not know the
    /// place in its [`Extra`](crate::Extra), or `None` to leave the member out.
    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot>;

    /// Visits all fields with their names, absent ones too, in the order in which they are written.
    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot));
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
