//! The caller's own id for a request, echoed by Zuora and found in its logs.

use crate::Error;
use std::{fmt, str::FromStr};

/// A value for the header `Zuora-Track-Id`: at most 64 printable US-ASCII characters, none of them
/// `:` `;` `"` `'`.
///
/// ```
/// use zuora_core::TrackId;
///
/// let id: TrackId = "nightly-run-2026-11-23".parse()?;
/// assert!("a:b".parse::<TrackId>().is_err());
/// # Ok::<(), zuora_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrackId(String);

impl TrackId {
    /// The longest id that Zuora takes, in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Checks an id against Zuora's rule.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid), naming the rule that `id` breaks.
    pub fn new(id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        let rule = if id.is_empty() {
            "it must not be empty"
        } else if id.chars().any(|c| !(' '..='~').contains(&c)) {
            "it may hold printable US-ASCII characters only"
        } else if id.contains([':', ';', '"', '\'']) {
            "it may hold none of : ; \" '"
        } else if id.len() > Self::MAX_LENGTH {
            "it may be at most 64 characters long"
        } else if id.starts_with(' ') || id.ends_with(' ') {
            // HTTP drops white space around a header's value, and the echo would not match.
            "it may not begin or end with a space"
        } else {
            return Ok(Self(id));
        };
        Err(Error::invalid(format!(
            "the track id {:?} is refused: {rule}",
            crate::text::shorten(&id, 80)
        )))
    }

    /// The id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrackId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl TryFrom<&str> for TrackId {
    type Error = Error;

    fn try_from(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl TryFrom<String> for TrackId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
