//! Conditions on members, for object query and ZOQL, and the records that meet them.

use super::{fields_of::ValueType, instant, kind::Kind, store::Store};
use jiff::tz::TimeZone;
use std::{borrow::Cow, cmp::Ordering, slice};
use zuora_wire::{Decimal, Json, Object};

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Under the name that records have.
    pub(crate) member: String,
    pub(crate) test: Test,
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Equal(String),
    NotEqual(String),
    Less(String),
    LessOrEqual(String),
    Greater(String),
    GreaterOrEqual(String),
    Begins(String),
    Ends(String),
    Holds(String),
    OneOf(Vec<String>),
    Null,
    NotNull,
}

impl Test {
    /// The values that are compared as a whole.
    fn compared(&self) -> &[String] {
        match self {
            Self::Equal(text)
            | Self::NotEqual(text)
            | Self::Less(text)
            | Self::LessOrEqual(text)
            | Self::Greater(text)
            | Self::GreaterOrEqual(text) => slice::from_ref(text),
            Self::OneOf(texts) => texts,
            Self::Begins(_) | Self::Ends(_) | Self::Holds(_) | Self::Null | Self::NotNull => &[],
        }
    }

    fn compared_mut(&mut self) -> &mut [String] {
        match self {
            Self::Equal(text)
            | Self::NotEqual(text)
            | Self::Less(text)
            | Self::LessOrEqual(text)
            | Self::Greater(text)
            | Self::GreaterOrEqual(text) => slice::from_mut(text),
            Self::OneOf(texts) => texts,
            Self::Begins(_) | Self::Ends(_) | Self::Holds(_) | Self::Null | Self::NotNull => {
                &mut []
            }
        }
    }
}

impl Condition {
    /// With its date-times as records hold them.
    pub(super) fn settled(mut self, zone: &TimeZone) -> Self {
        for text in self.test.compared_mut() {
            if let Some(utc) = instant::to_utc(text, zone) {
                *text = utc;
            }
        }
        self
    }

    /// With the days of its date-times.
    pub(super) fn of_days(mut self, zone: &TimeZone) -> Self {
        for text in self.test.compared_mut() {
            if let Some(day) = instant::day_of(text, zone) {
                *text = day;
            }
        }
        self
    }

    /// A date-time that it is compared with.
    pub(super) fn date_time(&self) -> Option<&str> {
        let is_one = |text: &&String| instant::to_utc(text, &TimeZone::UTC).is_some();
        let mut compared = self.test.compared().iter();
        compared.find(is_one).map(String::as_str)
    }

    /// What it is compared with that a field of this type cannot be.
    pub(super) fn misfit(&self, ty: ValueType) -> Option<&str> {
        let mut compared = self.test.compared().iter();
        compared.find(|text| !ty.allows(text)).map(String::as_str)
    }

    pub(crate) fn is_met(&self, row: &Object) -> bool {
        let Some(value) = value(row, &self.member) else {
            return matches!(self.test, Test::Null);
        };
        let ordering = |wanted: &str| compare(value, wanted);
        let text = || plain(value).to_lowercase();
        match &self.test {
            Test::Null => false,
            Test::NotNull => true,
            Test::Equal(wanted) => ordering(wanted).is_eq(),
            Test::NotEqual(wanted) => ordering(wanted).is_ne(),
            Test::Less(wanted) => ordering(wanted).is_lt(),
            Test::LessOrEqual(wanted) => ordering(wanted).is_le(),
            Test::Greater(wanted) => ordering(wanted).is_gt(),
            Test::GreaterOrEqual(wanted) => ordering(wanted).is_ge(),
            Test::Begins(wanted) => text().starts_with(&wanted.to_lowercase()),
            Test::Ends(wanted) => text().ends_with(&wanted.to_lowercase()),
            Test::Holds(wanted) => text().contains(&wanted.to_lowercase()),
            Test::OneOf(wanted) => wanted.iter().any(|wanted| ordering(wanted).is_eq()),
        }
    }
}

/// A member and its value. Custom fields are found in any case, since what doors show of their names is not
/// always what records have.
pub(super) fn entry<'r>(row: &'r Object, member: &'r str) -> Option<(&'r str, &'r Json)> {
    match row.get(member) {
        Some(value) => Some((member, value)),
        None if zuora_catalog::is_custom(member) => {
            let mut own = row.iter();
            own.find(|(name, _)| name.eq_ignore_ascii_case(member))
        }
        None => None,
    }
}

/// A member's value, unless that is null.
pub(super) fn value<'r>(row: &'r Object, member: &'r str) -> Option<&'r Json> {
    let (_, value) = entry(row, member)?;
    Some(value).filter(|value| !value.is_null())
}

/// The text of a value that has no members.
pub(crate) fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Numbers by their value, everything else as text without regard to case (documented).
fn compare(value: &Json, wanted: &str) -> Ordering {
    if let Json::Number(number) = value
        && let (Ok(own), Ok(wanted)) = (Decimal::try_from(number), wanted.parse::<Decimal>())
    {
        return own.cmp(&wanted);
    }
    match value {
        Json::String(text) => {
            if text.is_ascii() && wanted.is_ascii() {
                return text
                    .bytes()
                    .map(|byte| byte.to_ascii_lowercase())
                    .cmp(wanted.bytes().map(|byte| byte.to_ascii_lowercase()));
            }
            let (own, wanted) = (text.chars(), wanted.chars());
            let lower = |c: char| c.to_lowercase();
            own.flat_map(lower).cmp(wanted.flat_map(lower))
        }
        other => {
            let own = other.to_string().to_lowercase();
            own.cmp(&wanted.to_lowercase())
        }
    }
}

/// Orders two records by a member: nulls come first, then numbers, then all else as text. Custom fields can have
/// values of several types.
pub(crate) fn by_member(one: &Object, other: &Object, member: &str) -> Ordering {
    match (value(one, member), value(other, member)) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(one), Some(other)) => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => compare(one, &plain(other)),
        },
    }
}

fn number(value: &Json) -> Option<Decimal> {
    Decimal::try_from(value.as_number()?).ok()
}

/// The records of a kind that meet all conditions of at least one group, in the order of their creation.
///
/// Where an id, number or parent is named, only what belongs to it is looked at; a parent's name is then no
/// longer asked for.
pub(crate) struct Search<'s> {
    store: &'s Store,
    kind: Kind,
    /// The places of what is looked at; all of them without it.
    places: Option<Cow<'s, [u32]>>,
    /// What is asked of each; nothing, if there is no group.
    groups: Vec<Vec<Condition>>,
}

impl<'s> Search<'s> {
    pub(crate) fn new(
        store: &'s Store,
        kind: Kind,
        groups: &[Vec<Condition>],
        zone: &TimeZone,
    ) -> Self {
        let settled = |group: &Vec<Condition>| -> Vec<Condition> {
            let conditions = group.iter().cloned();
            conditions
                .map(|condition| condition.settled(zone))
                .collect()
        };
        let mut search = Self {
            store,
            kind,
            places: None,
            groups: groups.iter().map(settled).collect(),
        };
        search.narrow();
        // A group without a condition is met by everything.
        if search.groups.iter().any(Vec::is_empty) {
            search.groups.clear();
        }
        search
    }

    fn narrow(&mut self) {
        let [group] = self.groups.as_mut_slice() else {
            return;
        };
        let facts = self.kind.facts();
        for at in 0..group.len() {
            let condition = &group[at];
            let Test::Equal(wanted) = &condition.test else {
                continue;
            };
            let is_number = facts
                .number
                .is_some_and(|(member, ..)| member == condition.member);
            if condition.member == "id" || (is_number && self.kind != Kind::Subscription) {
                // The comparison itself is without case: only an exact hit says everything.
                if let Some(place) = self.store.place_of(self.kind, wanted) {
                    self.places = Some(vec![place].into());
                    return;
                }
                continue;
            }
            let mut parents = facts.parents.iter();
            if let Some((member, _)) = parents.find(|(member, _)| *member == condition.member) {
                let places = self.store.places_of(self.kind, member, wanted);
                if !places.is_empty() {
                    self.places = Some(places.into());
                    group.remove(at);
                    return;
                }
            }
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        match &self.places {
            Some(places) if self.groups.is_empty() => places.len(),
            _ => self.from(0).count(),
        }
    }

    /// Those at a place or after it, each with its place.
    pub(crate) fn from(&self, place: u32) -> Box<dyn Iterator<Item = (u32, &'s Object)> + '_> {
        let (store, kind) = (self.store, self.kind);
        let is_met = |(_, row): &(u32, &Object)| {
            let mut groups = self.groups.iter();
            self.groups.is_empty()
                || groups.any(|group| group.iter().all(|condition| condition.is_met(row)))
        };
        match &self.places {
            Some(places) => {
                let first = places.partition_point(|other| *other < place);
                let rows = places[first..].iter();
                let rows = rows.filter_map(move |at| Some((*at, store.at(kind, *at)?)));
                Box::new(rows.filter(is_met))
            }
            None => Box::new(store.all_from(kind, place).filter(is_met)),
        }
    }
}
