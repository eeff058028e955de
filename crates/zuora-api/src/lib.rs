//! All operations of the Zuora REST API as typed calls: a module a group, named as its feature.
//!
//! A handle such as `AccountsApi` borrows nothing and costs nothing; its methods take what is required
//! and return a builder. The builder has a setter for everything optional; `.await` gives the data,
//! `.send().await` the whole [`Response`](zuora_core::Response). Lists have `.pages()`, files `.download()`.
//!
//! ```no_run
//! # #[cfg(feature = "accounts")]
//! # async fn run(client: zuora_core::Client) -> Result<(), zuora_core::Error> {
//! use zuora_api::accounts::AccountsApi;
//!
//! let account = AccountsApi::new(&client).get_account("A00000001").await?;
//! let balance = account.metrics.and_then(|metrics| metrics.balance);
//! println!("{}", balance.unwrap_or_default());
//! # Ok(())
//! # }
//! ```
//!
//! # Lists of an account
//!
//! Where a group has no list by account, ask with ZOQL: `actions::ActionsApi::action_post_query`, whose
//! `.pages().typed::<Model>()` reads the records into a `ProxyGet...` model, such as
//! `models::invoices::ProxyGetInvoice`. Invoices by account are also in the groups `transactions` and
//! `billing_documents`.
//!
//! # Writes that must happen once
//!
//! Give the call a key of your own with `.idempotency_key(..)`, and the object a number of your own where it
//! takes one. When [`is_outcome_unknown`](zuora_core::Error::is_outcome_unknown) says so, read the object back
//! by that number; while it is not there, ask again with the same key only.
//!
//! # Groups
//!
#![doc = include_str!("groups/index.md")]
#![allow(
    clippy::too_many_arguments,
    reason = "a method takes all that is required"
)]

#[macro_use]
#[allow(unused_macros, reason = "without any group there is nothing")]
mod operation;
mod groups;
#[cfg(all(
    doctest,
    feature = "orders",
    feature = "payments",
    feature = "accounts"
))]
mod required;
#[allow(dead_code, reason = "not every group has such parameters")]
mod value;

#[allow(unused_imports, reason = "without any group there is nothing")]
pub use groups::*;
pub use zuora_models as models;

/// A call on its way.
pub type Sending<T> = zuora_wire::BoxFuture<'static, Result<T, zuora_core::Error>>;

/// Where the API reference has the page of an operation, followed by its id. A guess: one constant.
#[doc(hidden)]
pub const REFERENCE: &str = "https://developer.zuora.com/api-references/api/operation/";
