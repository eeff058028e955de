//! The tenant's data, and every door to it: `/v1` REST, CRUD, Actions, object query and ZOQL.
//!
//! `store` owns the records and nothing else changes them: a request is one transaction, which is undone
//! when it is refused, and whose changes are appended to a log of events when it is not. `money` keeps
//! amounts and balances; the doors only translate.

mod accounts;
mod actions;
mod billing;
mod catalog;
mod crud;
mod door;
mod filter;
pub(crate) mod image;
mod kind;
mod money;
mod object_query;
mod orders;
pub(crate) mod quickstart;
mod record;
pub(crate) mod seed;
mod store;
mod subscription;
mod usage;
pub(crate) mod usage_file;
mod view;
mod zoql;

pub(crate) use door::{answer, now, remembered};
pub(crate) use kind::Kind;
pub(crate) use store::{Store, What};
