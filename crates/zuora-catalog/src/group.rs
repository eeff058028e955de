//! The operations under one tag of the API reference.

use crate::{Operation, operations};

/// A group of operations: a module, a Cargo feature, a noun of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
}

impl Group {
    /// The module, such as `credit_memos`.
    pub const fn module(self) -> &'static str {
        self.module
    }

    /// The tag, such as `CreditMemos`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Its operations, by id.
    pub fn operations(self) -> impl Iterator<Item = Operation> {
        operations().filter(move |operation| operation.group() == self)
    }
}
