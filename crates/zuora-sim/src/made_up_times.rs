//! Date-times of made-up answers, in the form that the service of their path writes. Where no form is known of
//! a service, they stay as the sample has them.

use crate::{dispatch::Call, tenant::instant};
use jiff::tz::TimeZone;
use zuora_wire::Json;

/// How a service writes date-times.
enum Form {
    /// `2026-01-31T09:30:00Z` (documented).
    Utc,
    /// `2026-01-31T10:30:00.000+01:00`, in the tenant's zone (documented).
    InZone(TimeZone),
    /// `2026-01-31 09:30:00 UTC` (observed).
    Spaced,
}

/// Brings all date-times below into the form of the call's service.
pub(crate) fn settle(call: &Call<'_>, json: &mut Json) {
    let path = call.request.uri.path();
    let is_below = |prefix: &str| path.starts_with(prefix);
    let form = if is_below("/object-query/") {
        Form::Utc
    } else if is_below("/v1/action/") {
        Form::InZone(call.shared.state().settings.time_zone.clone())
    } else if is_below("/workflows") {
        Form::Spaced
    } else {
        return;
    };
    write(json, &form);
}

fn write(json: &mut Json, form: &Form) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| write(item, form)),
        Json::Object(object) => object.iter_mut().for_each(|(_, value)| write(value, form)),
        Json::String(text) => {
            if let Some(written) = written(text, form) {
                *text = written;
            }
        }
        _ => {}
    }
}

/// Nothing for a text that is no date-time.
fn written(text: &str, form: &Form) -> Option<String> {
    let utc = instant::to_utc(text, &TimeZone::UTC)?;
    match form {
        Form::Utc => Some(utc),
        Form::InZone(zone) => instant::in_zone(&utc, zone),
        Form::Spaced => Some(utc.replace('T', " ").replace('Z', " UTC")),
    }
}
