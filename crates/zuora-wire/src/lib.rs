//! What client and simulator of the `zuora` crates share, and nothing more.
//!
//! - JSON with exact numbers: [`Json`] for any document; [`Model`], [`Slot`], [`from_slice`] and
//!   [`to_string`] for typed ones (see [`codec`]).
//! - The types of fields: [`Decimal`], [`Date`], [`DateTime`], [`Patch`] (absent, null or a value),
//!   [`open_enum!`], [`Map`], and [`Extra`] for custom fields.
//! - The two seams that tests replace, [`Clock`] and [`Transport`].
//!
//! There is no I/O here and no rule of Zuora's: those live in `zuora-core` for the client and in
//! `zuora-sim` for the server, each on its own, so that a shared mistake cannot hide.

mod body;
mod clock;
pub mod codec;
mod date;
mod date_time;
mod decimal;
mod decode;
mod extra;
pub mod json;
mod map;
mod open_enum;
mod patch;
mod transport;

pub use body::{Body, BodyStream, Joined};
pub use clock::Clock;
pub use codec::{
    Kind, Model, Reader, Slot, Writer, from_slice, read_document, to_string, write_document,
};
pub use date_time::{DateTime, DateTimeError, Moment};
pub use decimal::{Decimal, DecimalError};
pub use decode::DecodeError;
pub use extra::Extra;
/// A day of the calendar, without time and zone; in JSON `YYYY-MM-DD`.
pub use jiff::civil::Date;
pub use json::{Json, Number, Object};
pub use map::Map;
pub use open_enum::{OpenEnum, UnknownValue};
pub use patch::Patch;
pub use transport::{Transport, TransportError, TransportErrorKind};

use std::{future::Future, pin::Pin};

/// A boxed future that may move between threads: what the object-safe seams return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
