//! `YYYY-MM-DD`, and nothing else.

use jiff::civil::Date;

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
