//! A date with a time of day, in whichever form Zuora sent it.

use crate::date;
use jiff::{Timestamp, civil, tz::Offset};
use std::{error::Error as StdError, fmt};

/// A date-time as its text, understood when asked.
///
/// Zuora sends several forms, some without a zone, and what a form without a zone means depends on the
/// tenant. So the text is kept and sent back as it came, and [`moment`](Self::moment) tells what it is.
/// Equality is that of the text: the same instant in another zone is another text.
///
/// ```
/// use zuora_wire::{DateTime, Moment};
/// let with_zone = DateTime::new("2022-04-25T19:08:32-07:00");
/// assert_eq!(with_zone.timestamp().unwrap().to_string(), "2022-04-26T02:08:32Z");
/// let without = DateTime::new("2022-04-25 19:08:32");
/// assert!(matches!(without.moment(), Ok(Moment::Civil(_))));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct DateTime(Box<str>);

/// What a [`DateTime`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A point in time, and the offset from UTC that it was written with.
    Instant {
        /// The point in time.
        timestamp: Timestamp,
        /// The offset from UTC.
        offset: Offset,
    },
    /// What clocks show, without a zone: Zuora means the tenant's.
    Civil(civil::DateTime),
}

/// The text is none of the known forms, or a date that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTimeError(String);

impl DateTime {
    /// A date-time of this text, which may have any form.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the text says. Known are, with `T` or a space between date and time, with any fraction of
    /// a second (beyond nanoseconds it is cut off):
    ///
    /// - `2022-04-25T19:08:32Z`, `2022-04-25T19:08:32 UTC`
    /// - `2022-04-25T19:08:32-07:00`, `2022-04-25T19:08:32.000-0700`
    /// - `2022-04-25T19:08:32`, which has no zone
    ///
    /// # Errors
    /// [`DateTimeError`] for any other text, and for days, times and offsets that do not exist.
    pub fn moment(&self) -> Result<Moment, DateTimeError> {
        let moment = parse(self.0.as_bytes());
        moment.ok_or_else(|| DateTimeError(crate::decode::shortened(&self.0)))
    }

    /// The point in time, if the text has a zone and is understood.
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self.moment() {
            Ok(Moment::Instant { timestamp, .. }) => Some(timestamp),
            _ => None,
        }
    }

    /// What clocks show at the place that the text speaks of, if the text is understood.
    pub fn civil(&self) -> Option<civil::DateTime> {
        Some(match self.moment().ok()? {
            Moment::Instant { timestamp, offset } => offset.to_datetime(timestamp),
            Moment::Civil(civil) => civil,
        })
    }
}

fn parse(text: &[u8]) -> Option<Moment> {
    let (front, mut rest) = text.split_first_chunk::<19>()?;
    let number =
        |from: usize| date::digits(&front[from..from + 2]).and_then(|n| i8::try_from(n).ok());
    if !matches!(front[10], b'T' | b' ') || front[13] != b':' || front[16] != b':' {
        return None;
    }
    let day = date::parse(std::str::from_utf8(&front[..10]).ok()?)?;
    let mut nanoseconds = 0;
    if let Some((b'.', fraction)) = rest.split_first() {
        let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        let known = &fraction[..length.min(9)];
        nanoseconds = date::digits(known)? * 10_i32.pow(9 - known.len() as u32);
        rest = &fraction[length..];
    }
    let time = civil::Time::new(number(11)?, number(14)?, number(17)?, nanoseconds).ok()?;
    let civil = day.to_datetime(time);

    let offset = match rest {
        b"" => return Some(Moment::Civil(civil)),
        b"Z" | b" UTC" => Offset::UTC,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let (hours, minutes) = (date::digits(&[*h1, *h2])?, date::digits(&[*m1, *m2])?);
            if minutes > 59 {
                return None;
            }
            let seconds = (hours * 60 + minutes) * 60;
            Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?
        }
        _ => return None,
    };
    let timestamp = offset.to_timestamp(civil).ok()?;
    Some(Moment::Instant { timestamp, offset })
}

/// RFC 3339 in UTC, such as `2022-04-26T02:08:32Z`.
impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        Self::new(timestamp.to_string())
    }
}

/// Without a zone, such as `2022-04-25T19:08:32`.
impl From<civil::DateTime> for DateTime {
    fn from(civil: civil::DateTime) -> Self {
        Self::new(civil.to_string())
    }
}

impl From<&str> for DateTime {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for DateTime {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for DateTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no date-time that is known here", self.0)
    }
}

impl StdError for DateTimeError {}
