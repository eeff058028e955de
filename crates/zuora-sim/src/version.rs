//! `Zuora-Version`, and what it changes about errors.

use crate::dispatch::Call;
use http::StatusCode;

/// From this minor version on errors have their own HTTP status; before it they come as 200
/// (documented).
pub(crate) const REAL_STATUS_SINCE: &str = "2024-05-20";
/// From this one on wrong parameters of object query answer 400 (documented).
pub(crate) const OBJECT_QUERY_STATUS_SINCE: &str = "2025-08-12";

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
