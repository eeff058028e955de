//! A field that can be absent, null or a value.

/// What an update says of one field: nothing, "clear it", or "set it to this".
///
/// In JSON these are a missing member, `null` and a value; Zuora treats all three differently.
///
/// ```
/// use zuora_wire::Patch;
/// let mut note: Patch<String> = Patch::default();
/// assert!(note.is_absent());
/// note = "paid by wire".into();
/// assert_eq!(note.as_deref(), Some("paid by wire"));
/// note.set_null();
/// assert!(note.is_null());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// The member is missing: the field stays as it is.
    #[default]
    Absent,
    /// The member is `null`: the field is cleared.
    Null,
    /// The member has this value.
    Value(T),
}

impl<T> Patch<T> {
    /// The value, or [`Absent`](Self::Absent).
    pub fn or_absent(value: Option<T>) -> Self {
        value.map_or(Patch::Absent, Patch::Value)
    }

    /// The value, or [`Null`](Self::Null).
    pub fn or_null(value: Option<T>) -> Self {
        value.map_or(Patch::Null, Patch::Value)
    }

    /// Whether the member is missing.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Patch::Absent)
    }

    /// Whether the member is `null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Patch::Null)
    }

    /// Whether there is a value.
    pub const fn is_value(&self) -> bool {
        matches!(self, Patch::Value(_))
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Patch::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value, if there is one, to change it.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Patch::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value itself, if there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Patch::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value as what it dereferences to: a `Patch<String>` as `Option<&str>`.
    pub fn as_deref(&self) -> Option<&T::Target>
    where
        T: std::ops::Deref,
    {
        self.value().map(T::deref)
    }

    /// The same with a reference to the value.
    pub fn as_ref(&self) -> Patch<&T> {
        match self {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(value),
        }
    }

    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(change(value)),
        }
    }

    /// The field shall have this value.
    pub fn set(&mut self, value: impl Into<T>) {
        *self = Patch::Value(value.into());
    }

    /// The field shall be cleared.
    pub fn set_null(&mut self) {
        *self = Patch::Null;
    }

    /// The field shall stay as it is.
    pub fn set_absent(&mut self) {
        *self = Patch::Absent;
    }

    /// Takes out what is here and leaves it absent.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Puts `value` here and returns it, to change it.
    pub(crate) fn insert(&mut self, value: T) -> &mut T {
        *self = Patch::Value(value);
        match self {
            Patch::Value(value) => value,
            _ => unreachable!("set in the line above"),
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Patch::Value(value)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Patch::Value(value.to_owned())
    }
}

impl From<&String> for Patch<String> {
    fn from(value: &String) -> Self {
        Patch::Value(value.clone())
    }
}
