//! The operations of the API, one file a group, and the little that they remember.

pub(crate) mod accounts;
pub(crate) mod batch_query;
pub(crate) mod lists;
pub(crate) mod object_query;
pub(crate) mod orders;
pub(crate) mod payments;
pub(crate) mod usage;
pub(crate) mod workflows;
pub(crate) mod zoql;

use std::collections::BTreeMap;
use zoql::Locators;
use zuora_wire::Json;

/// The tenant's own data.
#[derive(Debug, Default)]
pub(crate) struct Tenant {
    /// Orders by number, as they are read back.
    pub(crate) orders: BTreeMap<String, Json>,
    pub(crate) last_order: u64,
    pub(crate) last_payment: u64,
    pub(crate) locators: Locators,
}
