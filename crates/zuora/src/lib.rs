//! The client for the Zuora REST API.
//!
//! Make a [`Client`]; it gets, shares and refreshes its token by itself. Call Zuora with the typed
//! operations in [`api`] (a module and a feature a group), whose bodies and replies are in [`models`], or
//! by method and path with [`Client::request`]. [`OAuthApi`] asks for a token by name.
//!
//! ```no_run
//! use zuora::{Client, OAuthApi};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), zuora::Error> {
//!     let client = Client::builder().build()?; // https://rest.zuora.com
//!     let token = OAuthApi::new(&client)
//!         .create_token("11e643f4-a3ee-8bad-b061-0025904c756d", "the client's secret")
//!         .await?;
//!     println!("{}", token.access_token().expose_secret());
//!     Ok(())
//! }
//! ```

/// The operations of all groups; see its front page for their names and features.
#[doc(inline)]
pub use zuora_api as api;
#[doc(inline)]
pub use zuora_api::models;
pub use zuora_core::*;
/// The types of fields.
pub use zuora_wire::{
    Date, DateTime, Decimal, DecodeError, Extra, Map, Moment, Number, Object, OpenEnum, Patch,
    UnknownValue, from_slice, to_string,
};

/// The README's code compiles and runs as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// So does that of the simulator's page.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/simulator.md")]
struct Simulator;

/// And the guide for those who come from the C# client.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/from-csharp.md")]
struct FromCsharp;
