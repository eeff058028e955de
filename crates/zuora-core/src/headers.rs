//! Names of the headers that Zuora uses, and lenient reading of their values.

use http::{HeaderMap, HeaderName, header};
use jiff::civil::DateTime;
use std::time::{Duration, SystemTime};
use zuora_wire::Clock;

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

/// The wait that `Retry-After` asks for: seconds, or a date of HTTP, which is compared with the reply's
/// own `Date`, so that a clock that is wrong on either side does no harm, and without one with the wall
/// clock. Absurd waits are kept: it is for the caller to find a wait too long, not for us to make it
/// shorter. A date that has passed asks for nothing.
pub(crate) fn retry_after(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let value = text(headers, header::RETRY_AFTER)?;
    if let Some(until) = http_date(value) {
        let now = text(headers, header::DATE)
            .and_then(http_date)
            .unwrap_or_else(|| clock.wall());
        return until
            .duration_since(now)
            .ok()
            .filter(|wait| !wait.is_zero());
    }
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits beyond 64 bits are still "very long".
    Some(Duration::from_secs(whole.parse().unwrap_or(u64::MAX)))
}

/// The three spellings of a date that HTTP knows, the last two out of use.
const DATES: [&str; 3] = [
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
];

fn http_date(text: &str) -> Option<SystemTime> {
    // Seconds are the usual case.
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let date = DATES
        .iter()
        .find_map(|format| DateTime::strptime(format, text).ok())?;
    let since_epoch = date.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    SystemTime::UNIX_EPOCH.checked_add(since_epoch.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    #[test]
    fn retry_after_is_read_leniently() {
        let read = |value: &str, date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            headers.insert(header::DATE, date.parse().unwrap());
            retry_after(&headers, &SystemClock)
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (value, expected) in [
            ("7", seconds(7)),
            ("7.5", seconds(7)),
            ("-1", None),
            ("soon", None),
            ("1000000000000", seconds(1_000_000_000_000)),
            (&"9".repeat(40), seconds(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:44 GMT", seconds(7)),
            ("Sunday, 06-Nov-94 08:49:44 GMT", seconds(7)),
            ("Sun Nov  6 08:49:44 1994", seconds(7)),
            ("Mon, 06 Nov 1995 08:49:37 GMT", seconds(365 * 86_400)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", seconds(252_618_189_022)),
            // Now, past, and no dates.
            (now, None),
            ("Sun, 06 Nov 1994 08:49:30 GMT", None),
            ("Sun, 32 Nov 1994 08:49:44 GMT", None),
            ("Sun, 06 Nov 1994 08:49:44 PST", None),
            ("Sun, 06 Nov", None),
        ] {
            assert_eq!(read(value, now), expected, "{value}");
        }
        // Without a `Date` that can be read the wall clock counts.
        assert_eq!(read(now, "yesterday"), None);
        let far = read("Fri, 31 Dec 9999 23:59:59 GMT", "").unwrap();
        assert!(far > Duration::from_secs(7_000 * 365 * 86_400), "{far:?}");
    }
}
