//! Settings from the environment's variables.

use crate::report::Failure;
use std::env::{self, VarError};

/// A variable's text without white space around it. Empty counts as not there.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => {
            let value = value.trim();
            Ok((!value.is_empty()).then(|| value.to_owned()))
        }
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
    }
}

/// The parts of a variable that are joined by commas.
pub(crate) fn list(name: &str) -> Result<Vec<String>, Failure> {
    let text = variable(name)?.unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    Ok(parts.map(str::to_owned).collect())
}
