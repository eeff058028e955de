//! The regular expressions of the catalogue, each compiled once and only if it is needed.

use regex_lite::Regex;
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// The patterns are few, and the same ones come again and again. `None` for one that cannot be compiled,
/// which a test rules out.
pub(crate) fn compiled(pattern: &'static str) -> Option<Arc<Regex>> {
    type Known = HashMap<&'static str, Option<Arc<Regex>>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || Regex::new(pattern).ok().map(Arc::new);
    known.entry(pattern).or_insert_with(compile).clone()
}
