//! What must hold for any bytes whatever: the property tests feed these checks with likely text, the
//! fuzzers with unlikely bytes, and the corpus with what the fuzzers have kept.

pub mod codec;
pub mod decimal;
pub mod json;
pub mod models;
