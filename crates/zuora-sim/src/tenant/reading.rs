//! The records of a document while it is read: each has an id and a number of its own, members that can be, and
//! belongs to what is there.

use super::{
    by_hand::{self, Known, Records},
    kind::Kind,
    line::{Step, Step::Member},
    money, numbers, payment_methods,
    record::{some_text, text},
    sound, store,
};
use crate::{fault::BadFault, ids::Ids, problem::Problem};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use zuora_wire::{Json, Object};

/// A refusal of what stands at a path.
type Wrong<'a> = dyn Fn(&[Step<'_>], String) -> BadFault + 'a;

pub(super) struct Reading<'a> {
    pub(super) records: Records,
    is_by_hand: bool,
    /// What the document calls each kind.
    names: BTreeMap<Kind, String>,
    /// Each record's id, by its id and by its number.
    keys: HashMap<(Kind, String), String>,
    /// What is known of the members that were met.
    members: HashMap<Kind, HashMap<String, Known>>,
    wrong: &'a Wrong<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(is_by_hand: bool, wrong: &'a Wrong<'a>) -> Self {
        Self {
            records: Records::new(),
            is_by_hand,
            names: BTreeMap::new(),
            keys: HashMap::new(),
            members: HashMap::new(),
            wrong,
        }
    }

    /// Adds the records of a kind.
    pub(super) fn add(&mut self, name: String, rows: Json, ids: &mut Ids) -> Result<(), BadFault> {
        let path = [Member("records"), Member(&name)];
        let Some(kind) = Kind::by_name(&name) else {
            return Err((self.wrong)(&path, "is no kind of object".to_owned()));
        };
        let Json::Array(rows) = rows else {
            return Err((self.wrong)(&path, "must be an array".to_owned()));
        };
        if self.records.contains_key(&kind) {
            return Err((self.wrong)(&path, "is there already".to_owned()));
        }
        let mut read = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            let path = [path[0], path[1], Step::Item(place)];
            let Json::Object(mut row) = row else {
                return Err((self.wrong)(&path, format!("has no object at {place}")));
            };
            numbers::settle(kind, &mut row);
            self.check_members(kind, &row, &path)?;
            self.claim(kind, &row, &path)?;
            read.push(row);
        }
        let mut last = 0;
        for row in &mut read {
            self.name(kind, row, &mut last, ids);
            money::complete(kind, row);
            if kind == Kind::PaymentMethod {
                payment_methods::masked(row);
            }
            if self.is_by_hand {
                let problem = |problem: Problem| (self.wrong)(&path, problem.text());
                by_hand::complete(kind, row).map_err(problem)?;
            }
        }
        self.records.insert(kind, read);
        self.names.insert(kind, name);
        Ok(())
    }

    fn check_members(
        &mut self,
        kind: Kind,
        row: &Object,
        at: &[Step<'_>; 3],
    ) -> Result<(), BadFault> {
        let known = self.members.entry(kind).or_default();
        for (member, value) in row.iter() {
            if !known.contains_key(member) {
                let found = Known::of(kind, member, self.is_by_hand);
                known.insert(member.to_owned(), found);
            }
            if let Some(rule) = known.get(member).and_then(|known| known.wrong(value)) {
                return Err((self.wrong)(&[at[0], at[1], at[2], Member(member)], rule));
            }
        }
        Ok(())
    }

    /// Takes the id and the number that a record has.
    fn claim(&mut self, kind: Kind, row: &Object, at: &[Step<'_>; 3]) -> Result<(), BadFault> {
        let own = text(row, "id");
        let id = some_text(row, "id").map(|id| ("id", id));
        let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !own.chars().all(is_fine) {
            let rule = format!("must be of letters, digits, - and _, not {own:?}");
            return Err((self.wrong)(&[at[0], at[1], at[2], Member("id")], rule));
        }
        for (member, key) in id.into_iter().chain(store::number(kind, row)) {
            let before = self.keys.insert((kind, key.to_owned()), own.to_owned());
            if before.is_some() {
                let rule = format!("is {key}, which another {} has", kind.facts().name);
                return Err((self.wrong)(&[at[0], at[1], at[2], Member(member)], rule));
            }
        }
        Ok(())
    }

    /// Gives a record the id and the number that it does not have.
    fn name(&mut self, kind: Kind, row: &mut Object, last: &mut u64, ids: &mut Ids) {
        while some_text(row, "id").is_none() {
            let id = kind.facts().new_id(ids);
            if let Entry::Vacant(free) = self.keys.entry((kind, id.clone())) {
                free.insert(id.clone());
                row.insert("id", id);
            }
        }
        let Some((member, prefix, digits)) = kind.facts().number else {
            return;
        };
        while some_text(row, member).is_none() {
            *last += 1;
            let number = format!("{prefix}{last:0digits$}");
            if !self.keys.contains_key(&(kind, number.clone())) {
                row.insert(member, number);
            }
        }
        if let Some((_, number)) = store::number(kind, row) {
            let id = text(row, "id").to_owned();
            self.keys.insert((kind, number.to_owned()), id);
        }
    }

    /// A record that belongs to nothing would be found through no door. What it belongs to is kept by its id.
    pub(super) fn settle_parents(&mut self) -> Result<(), BadFault> {
        for (kind, rows) in &mut self.records {
            let name = self.names.get(kind).map_or("", String::as_str);
            for (place, row) in rows.iter_mut().enumerate() {
                for (member, parent) in kind.facts().parents {
                    let Some(key) = some_text(row, member) else {
                        continue;
                    };
                    let Some(id) = self.keys.get(&(*parent, key.to_owned())) else {
                        let rule = format!("names {key}, and no {} has it", parent.facts().name);
                        return Err((self.wrong)(&place_of(name, place, member), rule));
                    };
                    row.insert(*member, id.as_str());
                }
            }
        }
        Ok(())
    }

    /// Records agree with each other.
    pub(super) fn check_sound(&self) -> Result<(), BadFault> {
        sound::check(&self.records).map_err(|unsound| {
            let name = self.names.get(&unsound.kind).map_or("", String::as_str);
            let path = place_of(name, unsound.place, unsound.member);
            (self.wrong)(&path, unsound.rule)
        })
    }

    /// No account is above itself.
    pub(super) fn check_families(&self) -> Result<(), BadFault> {
        let accounts = self.records.get(&Kind::Account);
        let accounts = accounts.map_or(&[][..], Vec::as_slice);
        let above: HashMap<&str, &str> = accounts
            .iter()
            .filter_map(|row| Some((text(row, "id"), some_text(row, "parentId")?)))
            .collect();
        for (place, row) in accounts.iter().enumerate() {
            let mut at = text(row, "id");
            let mut steps = 0;
            while let Some(next) = above.get(at) {
                at = next;
                steps += 1;
                // More steps up than there are accounts: they go in a circle.
                if steps > accounts.len() {
                    let name = self.names.get(&Kind::Account).map_or("", String::as_str);
                    let rule = "leads up to the account itself".to_owned();
                    return Err((self.wrong)(&place_of(name, place, "parentId"), rule));
                }
            }
        }
        Ok(())
    }
}

/// The path of a member of a record.
fn place_of<'p>(kind: &'p str, place: usize, member: &'p str) -> [Step<'p>; 4] {
    [
        Member("records"),
        Member(kind),
        Step::Item(place),
        Member(member),
    ]
}
