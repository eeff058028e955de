//! `Zuora-Version`, and what it changes about errors; `X-Zuora-WSDL-Version`, and what it changes about dates.

use crate::dispatch::Call;
use http::StatusCode;

/// From this minor version on errors have their own HTTP status; before it they come as 200
/// (documented).
pub(crate) const REAL_STATUS_SINCE: &str = "2024-05-20";
/// From this one on wrong parameters of object query answer 400 (documented).
pub(crate) const OBJECT_QUERY_STATUS_SINCE: &str = "2025-08-12";

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

/// Whether the request's version, or without a header the tenant's, is this one or a later one. Dates
/// only: numbers are older, and what is neither counts as the oldest version (documented).
pub(crate) fn is_from(call: &Call<'_>, since: &str) -> bool {
    let own = call.shared.state().settings.minor_version.clone();
    // A header that cannot be read is one of an unknown version.
    let version = if call.request.headers.contains_key("zuora-version") {
        call.request.header("zuora-version")
    } else {
        own.as_deref()
    };
    version.is_some_and(|version| is_date(version) && version >= since)
}

pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
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
