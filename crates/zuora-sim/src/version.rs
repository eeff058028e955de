//! `Zuora-Version`: the versions that are known, and what changes with which of them. `X-Zuora-WSDL-Version`,
//! and what it changes about dates.

use crate::dispatch::Call;
use http::StatusCode;

/// The versions that are known, the oldest first (documented; that no version is missing here is a guess).
/// Whatever else is sent counts as the oldest (documented): a newer version of Zuora is one more line.
const KNOWN: [&str; 28] = [
    "186.0",
    "187.0",
    "188.0",
    "189.0",
    "196.0",
    "206.0",
    "207.0",
    "211.0",
    "214.0",
    "215.0",
    "216.0",
    "223.0",
    "224.0",
    "230.0",
    "239.0",
    "256.0",
    "257.0",
    "309.0",
    "314.0",
    "315.0",
    "329.0",
    "330.0",
    "336.0",
    "337.0",
    "338.0",
    "341.0",
    "2024-05-20",
    "2025-08-12",
];

/// From this version on the answer to an order has `subscriptions` (documented).
pub(crate) const SUBSCRIPTIONS_OF_ORDER_SINCE: Version = Version::known("223.0");
/// From this one on `productRatePlans` of the catalogue's products is a URL; before it is the list of the rate
/// plans itself (documented).
pub(crate) const RATE_PLANS_AS_URL_SINCE: Version = Version::known("230.0");
/// From this one on errors have their own HTTP status; before it they come as 200 (documented).
pub(crate) const REAL_STATUS_SINCE: Version = Version::known("2024-05-20");
/// From this one on wrong parameters of object query answer 400 (documented).
pub(crate) const OBJECT_QUERY_STATUS_SINCE: Version = Version::known("2025-08-12");

/// The WSDL version of a request that names none (documented), or one that is no number (a guess).
const WSDL_VERSION: u32 = 79;
/// From this WSDL version on fields that are dates are no date-times (documented).
const DAYS_SINCE: u32 = 69;

/// Whether fields that are dates take days only, by the WSDL version of the request.
pub(crate) fn has_days(call: &Call<'_>) -> bool {
    let sent = call.request.header("x-zuora-wsdl-version");
    // Some write 68.0.
    let whole = sent.and_then(|text| text.split('.').next()?.parse().ok());
    whole.unwrap_or(WSDL_VERSION) >= DAYS_SINCE
}

/// A version that is known: its place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version(usize);

impl Version {
    /// The newest that is known.
    pub(crate) const NEWEST: Self = Self(KNOWN.len() - 1);

    /// One of the versions that are known; the code does not compile with another.
    const fn known(text: &str) -> Self {
        let mut place = 0;
        while !is_same(KNOWN[place], text) {
            place += 1;
        }
        Self(place)
    }

    /// The version of this name, if it is known.
    pub(crate) fn named(text: &str) -> Option<Self> {
        KNOWN.iter().position(|known| *known == text).map(Self)
    }

    pub(crate) fn name(self) -> &'static str {
        KNOWN.get(self.0).copied().unwrap_or_default()
    }

    /// The request's, or without a header the tenant's, or else the oldest (documented).
    pub(crate) fn of(call: &Call<'_>) -> Self {
        // A header that cannot be read is one of an unknown version.
        let named = if call.request.headers.contains_key("zuora-version") {
            call.request.header("zuora-version").and_then(Self::named)
        } else {
            let state = call.shared.state();
            let own = state.settings.minor_version.as_deref();
            own.and_then(Self::named)
        };
        named.unwrap_or(Self(0))
    }
}

/// Whether the call's version is this one or a later one.
pub(crate) fn is_from(call: &Call<'_>, since: Version) -> bool {
    Version::of(call) >= since
}

/// `==` of texts, where the compiler reckons.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// The status of an eight-digit code's category (documented).
pub(crate) fn status_of(code: u32) -> StatusCode {
    match code % 100 {
        10 => StatusCode::FORBIDDEN,
        11 => StatusCode::UNAUTHORIZED,
        40 => StatusCode::NOT_FOUND,
        // Also 405 and 406 at Zuora; the caller says which.
        45 => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        50 => StatusCode::CONFLICT,
        60 | 61 | 99 => StatusCode::INTERNAL_SERVER_ERROR,
        70 => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    }
}
