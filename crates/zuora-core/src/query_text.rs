//! Values in query texts: literals of ZOQL, filters of object queries.

use crate::Error;
use std::fmt;

/// A text as a ZOQL literal, in quotes, so that no value ends the literal and goes on as query.
///
/// Quotes and backslashes get a backslash before them: a guess, since no document of Zuora's says how a
/// quote is written. Control characters are refused.
///
/// ```
/// use zuora_core::zoql_text;
///
/// let name = zoql_text("O'Neill")?;
/// assert_eq!(format!("select Id from Account where Name = {name}"),
///     r"select Id from Account where Name = 'O\'Neill'");
/// # Ok::<(), zuora_core::Error>(())
/// ```
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for a text with control characters.
pub fn zoql_text(text: &str) -> Result<String, Error> {
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(Error::invalid(format!(
            "the text cannot stand in a ZOQL query: it holds the control character {control:?}"
        )));
    }
    Ok(format!(
        "'{}'",
        text.replace('\\', r"\\").replace('\'', r"\'")
    ))
}

/// One condition of an object query; several are joined by AND. For the setter `filter` of
/// `ObjectQueriesApi`'s calls, and for [`query("filter[]", ...)`](crate::RequestBuilder::query).
///
/// Only indexed fields can be filtered by. Texts are compared without regard to case.
///
/// ```
/// use zuora_core::Filter;
///
/// assert_eq!(Filter::equal("accountNumber", "A00000001").to_string(), "accountNumber.EQ:A00000001");
/// assert_eq!(Filter::one_of("status", ["Draft", "Posted"])?.to_string(), "status.IN:[Draft,Posted]");
/// # Ok::<(), zuora_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter(String);

impl Filter {
    fn with(field: &str, operator: &str, value: &str) -> Self {
        Self(format!("{field}.{operator}:{value}"))
    }

    /// The field has this value.
    pub fn equal(field: &str, value: impl fmt::Display) -> Self {
        match value.to_string() {
            // Zuora's spelling of the empty text (documented).
            empty if empty.is_empty() => Self::with(field, "EQ", "\u{2}\u{3}"),
            value => Self::with(field, "EQ", &value),
        }
    }

    /// The field has another value. Custom objects do not know this.
    pub fn not_equal(field: &str, value: impl fmt::Display) -> Self {
        Self::with(field, "NE", &value.to_string())
    }

    /// The field has no value.
    pub fn null(field: &str) -> Self {
        Self::with(field, "EQ", "null")
    }

    /// Below this value.
    pub fn less(field: &str, value: impl fmt::Display) -> Self {
        Self::with(field, "LT", &value.to_string())
    }

    /// At most this value.
    pub fn at_most(field: &str, value: impl fmt::Display) -> Self {
        Self::with(field, "LE", &value.to_string())
    }

    /// Above this value.
    pub fn greater(field: &str, value: impl fmt::Display) -> Self {
        Self::with(field, "GT", &value.to_string())
    }

    /// At least this value.
    pub fn at_least(field: &str, value: impl fmt::Display) -> Self {
        Self::with(field, "GE", &value.to_string())
    }

    /// The text begins with this. Custom objects do not know this.
    pub fn starts_with(field: &str, text: &str) -> Self {
        Self::with(field, "SW", text)
    }

    /// The field has one of these values.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for no values, and for one with `,`, `[` or `]`: nobody
    /// says how these are written in a list.
    pub fn one_of<V: AsRef<str>>(
        field: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, Error> {
        let values: Vec<V> = values.into_iter().collect();
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        if values.is_empty() {
            return Err(Error::invalid(format!(
                "the filter on {field} is refused: it lists no value"
            )));
        }
        if let Some(bad) = values.iter().find(|value| value.contains([',', '[', ']'])) {
            return Err(Error::invalid(format!(
                "the filter on {field} is refused: {bad:?} holds `,`, `[` or `]`, which a list cannot hold"
            ))
            .with_hint("ask for each value with a query of its own"));
        }
        Ok(Self::with(field, "IN", &format!("[{}]", values.join(","))))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.0
    }
}
