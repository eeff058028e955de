//! The tenant's data, and every door to it: `/v1` REST, CRUD, Actions, object query and ZOQL.
//!
//! `store` owns the records and nothing else changes them: a request is one transaction, which is undone
//! when it is refused, and whose changes are appended to a log of events when it is not. `money` keeps
//! amounts and balances; the doors only translate.

mod accounts;
mod actions;
mod amendments;
mod aqua;
mod billing;
mod by_hand;
mod card;
mod catalog;
mod commerce;
mod commerce_charges;
mod commerce_words;
mod contacts;
mod crud;
pub(crate) mod csv;
mod currency;
mod custom;
mod describe;
mod door;
mod exports;
mod fields_of;
mod file;
mod filter;
pub(crate) mod image;
mod imports;
pub(crate) mod instant;
pub(crate) mod jobs;
mod kind;
mod line;
mod moment;
mod money;
mod object_query;
mod order_actions;
mod order_billing;
mod order_item_schedule;
mod order_items;
mod order_jobs;
mod order_preview;
mod orders;
mod payment_methods;
mod pdf;
mod plans;
mod preferences;
mod preview;
mod proxy;
pub(crate) mod quickstart;
mod rating;
mod reading;
mod record;
mod relation;
mod revenue;
pub(crate) mod seed;
mod segments;
mod sort;
mod store;
mod subscription;
mod subscriptions;
mod usage;
pub(crate) mod usage_file;
mod versions;
mod view;
mod wanted;
mod zoql;
mod zoql_export;
mod zoql_text;

pub(crate) use aqua::last_job;
pub(crate) use describe::objects;
pub(crate) use door::{answer, remembered};
pub(crate) use file::find as find_file;
pub(crate) use imports::import_status;
pub(crate) use kind::Kind;
pub(crate) use moment::Moment;
pub(crate) use store::{Store, What};
