//! What client and simulator of the `zuora` crates share, and nothing more: JSON whose numbers keep
//! their text ([`Json`]), and the two seams that tests replace, [`Clock`] and [`Transport`].
//!
//! There is no I/O here and no rule of Zuora's: those live in `zuora-core` for the client and in
//! `zuora-sim` for the server, each on its own, so that a shared mistake cannot hide.

mod clock;
mod decode;
pub mod json;
mod transport;

pub use clock::Clock;
pub use decode::DecodeError;
pub use json::{Json, Number, Object};
pub use transport::{Transport, TransportError, TransportErrorKind};

use std::{future::Future, pin::Pin};

/// A boxed future that may move between threads: what the object-safe seams return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
