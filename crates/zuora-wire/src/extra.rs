//! The members of an object that its model has no field for: custom fields, and what Zuora adds later.

use crate::{Decimal, DecodeError, Json, Object, Slot, map::Names, read_document, write_document};
use std::fmt;

/// Members by name, in order, nothing lost: custom fields (`region__c`), fields of integrations
/// (`IntegrationId__NS`), and members that are newer than this library.
///
/// Every object that Zuora extends by custom fields has one. Values set here are sent. A name that the
/// model has a field for does not belong here: the object would have it twice.
///
/// ```
/// use zuora_wire::{Decimal, Extra};
/// let mut extra = Extra::new();
/// extra.set("region__c", "EMEA");
/// extra.set("discount__c", "10.50".parse::<Decimal>()?);
/// assert_eq!(extra.text("region__c"), Some("EMEA"));
/// assert_eq!(extra.decimal("discount__c").unwrap().to_string(), "10.50");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "additional_properties")]
#[doc(alias = "custom_fields")]
#[derive(Clone, Default)]
pub struct Extra(Option<Box<Inner>>);

#[derive(Clone, Default)]
struct Inner {
    members: Object,
    /// What finds repeated names while members are added.
    names: Names,
}

impl Extra {
    /// No members.
    pub const fn new() -> Self {
        Self(None)
    }

    /// The value of `name`. Names are case-sensitive, and custom fields end in `__c`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.as_ref()?.members.get(name)
    }

    /// The value of `name`, if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The value of `name`, if it is a boolean.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// The value of `name`, if it is a number or a string that holds one.
    pub fn decimal(&self, name: &str) -> Option<Decimal> {
        match self.get(name)? {
            Json::Number(number) => Decimal::try_from(number).ok(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The value of `name` as any type that a field can have, such as a date; `None` if it is missing.
    ///
    /// # Errors
    /// [`DecodeError`] if it is of another type.
    pub fn read<T: Slot>(&self, name: &str) -> Result<Option<T>, DecodeError> {
        let Some(json) = self.get(name) else {
            return Ok(None);
        };
        let mut value = T::blank();
        read_document(json.to_compact_string().as_bytes(), &mut value)
            .map_err(|error| error.in_member(name))?;
        Ok(Some(value))
    }

    /// Sets `name`; returns the value it had. [`Json::Null`] clears the field when it is sent.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Json>) -> Option<Json> {
        let (place, was_there) = self.place(&name.into());
        let before = std::mem::replace(place, value.into());
        was_there.then_some(before)
    }

    /// Sets `name` to a value of any type that a field can have.
    ///
    /// # Errors
    /// [`DecodeError`] if the value is nested too deep.
    pub fn write<T: Slot>(&mut self, name: &str, value: &T) -> Result<(), DecodeError> {
        self.set(name, Json::parse(write_document(value))?);
        Ok(())
    }

    /// Takes `name` out: it is not sent.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let inner = self.0.as_mut()?;
        let value = inner.members.remove(name)?;
        // The places have moved: they are counted anew.
        for (name, value) in std::mem::take(&mut **inner).members {
            *inner.place(&name).0 = value;
        }
        Some(value)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().flat_map(|inner| inner.members.iter())
    }

    /// The custom fields among them, whose names end in `__c`, in order.
    pub fn custom_fields(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.iter().filter(|(name, _)| name.ends_with("__c"))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |inner| inner.members.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of `name`, made if it is not there.
    pub(crate) fn slot(&mut self, name: &str) -> &mut dyn Slot {
        self.place(name).0
    }

    /// The place of `name`, and whether it was there before.
    fn place(&mut self, name: &str) -> (&mut Json, bool) {
        self.0.get_or_insert_default().place(name)
    }
}

impl Inner {
    fn place(&mut self, name: &str) -> (&mut Json, bool) {
        match self.members.place(name, &mut self.names) {
            Some(place) => (self.members.at_mut(place), true),
            None => (self.members.push(name.to_owned(), Json::Null), false),
        }
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => a.members == b.members,
            _ => self.is_empty() && other.is_empty(),
        }
    }
}

impl Eq for Extra {}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<N: Into<String>, V: Into<Json>> FromIterator<(N, V)> for Extra {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        let mut extra = Extra::new();
        for (name, value) in members {
            extra.set(name, value);
        }
        extra
    }
}
