//! `YYYY-MM-DD`.

use crate::DateTime;
use jiff::civil::{Date, Time};

/// Reads exactly ten characters; `None` for another form and for days that do not exist.
pub(crate) fn parse(text: &str) -> Option<Date> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = digits(&bytes[..4])?;
    let (month, day) = (digits(&bytes[5..7])?, digits(&bytes[8..])?);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// Reads what [`parse`] does, and a date-time at midnight, whose zone does not count: the day is the one
/// that is written there.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    parse(text).or_else(|| {
        let civil = DateTime::new(text).civil()?;
        (civil.time() == Time::midnight()).then(|| civil.date())
    })
}

/// Appends the ten characters. Years before 0 and after 9999, which nothing here reads, have jiff's
/// six digits and a sign.
pub(crate) fn push(date: Date, out: &mut String) {
    let Ok(year @ 0..=9999) = u16::try_from(date.year()) else {
        return out.push_str(&date.to_string());
    };
    let two = |value: u8, out: &mut String| {
        out.push(char::from(b'0' + value / 10));
        out.push(char::from(b'0' + value % 10));
    };
    two((year / 100) as u8, out);
    two((year % 100) as u8, out);
    for part in [date.month(), date.day()] {
        out.push('-');
        two(part.unsigned_abs(), out);
    }
}

/// The value of a few digits; `None` if anything else is among them, or if there are more than nine.
pub(crate) fn digits(bytes: &[u8]) -> Option<i32> {
    if bytes.is_empty() || bytes.len() > 9 {
        return None;
    }
    bytes.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + i32::from(byte - b'0'))
    })
}
