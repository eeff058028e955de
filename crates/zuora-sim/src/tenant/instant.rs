//! Date-times. Records hold them in UTC, as `2026-01-31T09:30:00Z`; doors read and show them in the forms
//! that Zuora has.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use zuora_wire::{Json, Object};

/// As records hold it. Without an offset it is a time in the tenant's zone (documented). Nothing for a text
/// that is no date-time, a mere date among them.
pub(crate) fn to_utc(text: &str, zone: &TimeZone) -> Option<String> {
    // A day, a sign between, a time: the cheapest way to see that most texts are none.
    let sign = *text.as_bytes().get(10)?;
    if !matches!(sign, b'T' | b' ') || !text.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let instant: Timestamp = match text.parse() {
        Ok(instant) => instant,
        Err(_) => {
            let civil: DateTime = text.parse().ok()?;
            zone.to_timestamp(civil).ok()?
        }
    };
    Some(instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The day of a date-time in the tenant's zone.
pub(crate) fn day_of(text: &str, zone: &TimeZone) -> Option<String> {
    let instant: Timestamp = to_utc(text, zone)?.parse().ok()?;
    Some(zone.to_datetime(instant).date().to_string())
}

/// As some replies of `/v1` show it: in the tenant's zone, to the second.
pub(super) fn with_seconds(text: &str, zone: &TimeZone) -> Option<String> {
    let instant: Timestamp = text.parse().ok()?;
    let shown = instant.to_zoned_datetime(zone.clone());
    Some(shown.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// As CRUD and ZOQL show it: in the tenant's zone, with milliseconds (documented).
pub(crate) fn in_zone(text: &str, zone: &TimeZone) -> Option<String> {
    if text.len() != 20 || !text.ends_with('Z') {
        return None;
    }
    let instant: Timestamp = text.parse().ok()?;
    let shown = instant.to_zoned_datetime(zone.clone());
    Some(shown.strftime("%Y-%m-%dT%H:%M:%S.000%:z").to_string())
}

/// Brings the date-times of a request into the form of records. Custom fields stay as they are.
pub(super) fn settle(row: &mut Object, zone: &TimeZone) {
    let own = row.iter_mut();
    for (_, value) in own.filter(|(name, _)| !zuora_catalog::is_custom(name)) {
        if let Json::String(text) = value
            && let Some(utc) = to_utc(text, zone)
        {
            *text = utc;
        }
    }
}
