//! When something is due.

use jiff::{ToSpan, civil::Date};

/// The day on which what is dated so is due by a payment term: `Net 30` is 30 days later. Every other term is
/// due at once, which is a guess for those that a tenant may have defined.
pub(super) fn due(term: &str, date: &str) -> String {
    let days = term.strip_prefix("Net ").and_then(|days| days.parse().ok());
    let day: Option<Date> = date.parse().ok();
    let due = day.and_then(|day| day.checked_add(days.unwrap_or(0_i64).days()).ok());
    due.map_or_else(|| date.to_owned(), |due| due.to_string())
}
