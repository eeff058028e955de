//! What the token endpoint says about its limit.

use http::{HeaderMap, HeaderName};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit-minute");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining-minute");

/// The token endpoint's limit for a minute, from `X-RateLimit-Limit-minute` and
/// `X-RateLimit-Remaining-minute` (documented for 200 and 429).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Token requests allowed in a minute.
    pub limit: Option<u64>,
    /// Token requests left in this minute.
    pub remaining: Option<u64>,
}

impl RateLimit {
    /// `None` when neither header is there, or neither can be read.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name| crate::headers::text(headers, name)?.parse().ok();
        let found = Self {
            limit: number(LIMIT),
            remaining: number(REMAINING),
        };
        (found != Self::default()).then_some(found)
    }
}
