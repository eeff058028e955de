//! Members by name, in the order they came: what a JSON object is made of.
//!
//! A small vector is faster here than a hash table: objects have a few dozen members at most. While
//! one is built from text, [`Names`] keeps that linear in time however many members there are.

use std::{fmt, hash::BuildHasher, hash::RandomState};

/// Members in order, each name once.
///
/// Two are equal when they have the same members, in whatever order, as JSON objects are.
///
/// [`get`](Self::get) and [`insert`](Self::insert) walk the members; who has many at once collects
/// them instead, which takes linear time:
///
/// ```
/// use zuora_wire::Map;
/// let map: Map<u32> = [("a".to_owned(), 1), ("b".to_owned(), 2), ("a".to_owned(), 3)]
///     .into_iter()
///     .collect();
/// assert_eq!(map.iter().collect::<Vec<_>>(), [("a", &3), ("b", &2)]);
/// ```
#[derive(Clone)]
pub struct Map<T>(Vec<(String, T)>);

impl<T> Map<T> {
    /// No members.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    /// The value of `name`, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0
            .iter_mut()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    /// Sets `name`, in its place if it is there, else at the end; returns the value it had.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<T>) -> Option<T> {
        let (name, value) = (name.into(), value.into());
        match self.get_mut(&name) {
            Some(slot) => Some(std::mem::replace(slot, value)),
            None => {
                self.0.push((name, value));
                None
            }
        }
    }

    /// Takes `name` out.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        let at = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.remove(at).1)
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The members in order, to change their values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut T)> {
        self.0
            .iter_mut()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where `name` is in the order; `names` has seen every member so far and none else.
    pub(crate) fn place(&self, name: &str, names: &mut Names) -> Option<usize> {
        names.place(&self.0, name)
    }

    pub(crate) fn reserve(&mut self, members: usize) {
        self.0.reserve_exact(members);
    }

    /// Adds a member whose name is known to be new.
    pub(crate) fn push(&mut self, name: String, value: T) -> &mut T {
        let at = self.0.len();
        self.0.push((name, value));
        &mut self.0[at].1
    }

    /// The value of the member at `place`, counted from 0, which exists.
    pub(crate) fn at_mut(&mut self, place: usize) -> &mut T {
        &mut self.0[place].1
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Map<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Map<T> {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        let same_order = self.0.iter().zip(&other.0).all(|(a, b)| a.0 == b.0);
        if same_order {
            return self.0.iter().zip(&other.0).all(|(a, b)| a.1 == b.1);
        }
        let sorted = |map: &'_ Self| {
            let mut places: Vec<usize> = (0..map.len()).collect();
            places.sort_unstable_by(|a, b| map.0[*a].0.cmp(&map.0[*b].0));
            places
        };
        // The names are unique, so that sorting pairs up those that are the same.
        let mut pairs = sorted(self).into_iter().zip(sorted(other));
        pairs.all(|(a, b)| self.0[a] == other.0[b])
    }
}

impl<T: Eq> Eq for Map<T> {}

impl<T> IntoIterator for Map<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Where a name is repeated, the last value wins and stands in the place of the first.
impl<T> FromIterator<(String, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(members: I) -> Self {
        let mut map = Map::new();
        let mut names = Names::default();
        for (name, value) in members {
            match map.place(&name, &mut names) {
                Some(place) => *map.at_mut(place) = value,
                None => {
                    map.push(name, value);
                }
            }
        }
        map
    }
}

/// Beyond this many members a table is kept; below, a filter and a walk are cheaper.
const FEW: usize = 64;

/// Finds repeated names while members are added one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// One bit for each of 256 cheap hashes. A name whose bit is not set is new, for certain.
    filter: [u64; 4],
    table: Option<Box<Table>>,
}

impl Names {
    fn place<T>(&mut self, members: &[(String, T)], name: &str) -> Option<usize> {
        if members.len() >= FEW {
            let table = self.table.get_or_insert_default();
            return table.place(members, name);
        }
        let hash = cheap_hash(name.as_bytes());
        let (word, bit) = (usize::from(hash >> 6), 1 << (hash & 63));
        let is_new = self.filter[word] & bit == 0;
        self.filter[word] |= bit;
        if is_new {
            return None;
        }
        members.iter().position(|(member, _)| member == name)
    }
}

/// Not for tables that others may fill: it looks at the length and at both ends only.
fn cheap_hash(name: &[u8]) -> u8 {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let ends = match name.len() {
        0..8 => name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        _ => word(name.first_chunk()) ^ word(name.last_chunk()).rotate_left(29),
    };
    let mixed = (ends ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as u8
}

/// A hash table from names to places. Its hash is keyed at random, so that nobody can choose names
/// that collide.
#[derive(Clone, Debug, Default)]
struct Table {
    keys: RandomState,
    /// Places plus one; 0 is free. The length is a power of two, at most half of it taken.
    cells: Vec<u32>,
    /// How many members are in the cells.
    known: usize,
}

impl Table {
    fn place<T>(&mut self, members: &[(String, T)], name: &str) -> Option<usize> {
        if (members.len() + 1) * 2 > self.cells.len() {
            self.cells = vec![0; (members.len() + 1).next_power_of_two() * 4];
            self.known = 0;
        }
        while let Some((known, _)) = members.get(self.known) {
            let cell = self.find(members, known);
            self.known += 1;
            self.cells[cell] = u32::try_from(self.known).unwrap_or(u32::MAX);
        }
        let cell = self.find(members, name);
        (self.cells[cell] as usize).checked_sub(1)
    }

    /// The cell that holds `name`, or the free one where it would be.
    fn find<T>(&self, members: &[(String, T)], name: &str) -> usize {
        let mask = self.cells.len() - 1;
        let mut cell = self.keys.hash_one(name) as usize & mask;
        while let Some(place) = (self.cells[cell] as usize).checked_sub(1) {
            if members.get(place).is_some_and(|(member, _)| member == name) {
                break;
            }
            cell = (cell + 1) & mask;
        }
        cell
    }
}
