//! What is written out of the description, one kind of output a file.

pub(crate) mod api;
pub(crate) mod catalog;
pub(crate) mod models;
pub(crate) mod proofs;
pub(crate) mod reference;
pub(crate) mod writes;
