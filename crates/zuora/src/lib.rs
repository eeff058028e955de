//! The client for the Zuora REST API.
//!
//! Make a [`Client`], call Zuora with [`Client::request`]; it gets, shares and refreshes its token by
//! itself. [`OAuthApi`] asks for a token by name.
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

pub use zuora_core::*;

/// The README's code compiles and runs as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
