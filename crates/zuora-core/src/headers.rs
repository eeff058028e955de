//! Names of the headers that Zuora uses, and lenient reading of their values.

use http::{HeaderMap, HeaderName};
use std::time::Duration;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("zuora-request-id");
pub(crate) const TRACK_ID: HeaderName = HeaderName::from_static("zuora-track-id");
pub(crate) const ENTITY_IDS: HeaderName = HeaderName::from_static("zuora-entity-ids");
pub(crate) const ORG_IDS: HeaderName = HeaderName::from_static("zuora-org-ids");
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const RATE_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
pub(crate) const RATE_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
pub(crate) const VERSION: HeaderName = HeaderName::from_static("zuora-version");
pub(crate) const WSDL_VERSION: HeaderName = HeaderName::from_static("x-zuora-wsdl-version");

/// A header's value as text. What does not parse counts as absent, never as a failure.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

/// The wait that `Retry-After` asks for, in seconds. Absurd numbers are kept: it is for the caller
/// to find a wait too long, not for us to make it shorter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, http::header::RETRY_AFTER)?;
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits beyond 64 bits are still "very long".
    Some(Duration::from_secs(whole.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_leniently() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("7.5"), Some(Duration::from_secs(7)));
        assert_eq!(read("-1"), None);
        assert_eq!(read("soon"), None);
        assert_eq!(
            read("1000000000000"),
            Some(Duration::from_secs(1_000_000_000_000))
        );
        assert_eq!(read(&"9".repeat(40)), Some(Duration::from_secs(u64::MAX)));
    }
}
