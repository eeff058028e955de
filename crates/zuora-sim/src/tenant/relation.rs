//! Which records a record leads to by the ids that it holds.

use super::{
    fields_of,
    kind::Kind,
    record::{text, to_pascal},
    store::Store,
};
use zuora_wire::Object;

/// Ids of other objects that a record is not found by.
const ALSO: [(Kind, &str, Kind); 5] = [
    (Kind::Account, "billToId", Kind::Contact),
    (Kind::Account, "soldToId", Kind::Contact),
    (Kind::Account, "shipToId", Kind::Contact),
    (Kind::Account, "defaultPaymentMethodId", Kind::PaymentMethod),
    (Kind::Invoice, "billToContactId", Kind::Contact),
];

/// What a relation leads to.
pub(super) enum Relation {
    /// The record with the id in this member.
    One(String, Kind),
    /// The records that name this one in this member.
    Many(&'static str, Kind),
    /// What the reference knows, but nobody has here.
    Nothing,
}

impl Relation {
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::One(_, kind) | Self::Many(_, kind) => Some(*kind),
            Self::Nothing => None,
        }
    }
}

/// The relation that somebody means, under the name that replies have for it: an id's name without `Id`, the
/// plural of the objects that name this one, or what else the reference has.
pub(super) fn named(kind: Kind, name: &str) -> Option<(String, Relation)> {
    let ones = ones(kind).map(|(member, other)| {
        let name = member.strip_suffix("Id").unwrap_or(member).to_owned();
        (name, Relation::One(member.to_owned(), other))
    });
    let many = Kind::all().filter_map(|facts| {
        let mut parents = facts.parents.iter();
        let (member, _) = parents.find(|(_, parent)| *parent == kind)?;
        Some((camel(facts.plural), Relation::Many(member, facts.kind)))
    });
    let mut all = ones.chain(many);
    let kept = all.find(|(known, _)| !known.is_empty() && known.eq_ignore_ascii_case(name));
    kept.or_else(|| {
        let (name, object) = fields_of::related(kind.facts().name, name)?;
        let member = format!("{name}Id");
        let has_id = fields_of::find(kind.facts().name, &member).is_some();
        let relation = match Kind::asked_for(object).filter(|_| has_id) {
            Some(other) => Relation::One(member, other),
            None => Relation::Nothing,
        };
        Some((name.to_owned(), relation))
    })
}

/// `credit-memo-items` as a member.
fn camel(plural: &str) -> String {
    let mut words = plural.split('-');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        name += &to_pascal(word);
    }
    name
}

/// How far an export goes from one object to what it belongs to.
const FARTHEST: usize = 3;

/// The members of a kind that hold the id of another record, and its kind.
pub(super) fn ones(kind: Kind) -> impl Iterator<Item = (&'static str, Kind)> {
    let parents = kind.facts().parents.iter().copied();
    let also = ALSO.into_iter().filter(move |(own, ..)| *own == kind);
    parents.chain(also.map(|(_, member, other)| (member, other)))
}

/// The way from a record to another: the members to follow, each with the kind that it leads to.
pub(super) type Way = Vec<(&'static str, Kind)>;

/// What an export can ask for beside an object: the names of others, as exports and descriptions call them, and
/// the ways to them. Direct ones have the name of their member with that of the kind, such as `BillToContact`;
/// the farther ones only that of their kind (observed for a few, a guess for the rest).
pub(super) fn joins(kind: Kind) -> Vec<(String, Way)> {
    let mut joins: Vec<(String, Way)> = ones(kind)
        .map(|(member, other)| (direct_name(member, other), vec![(member, other)]))
        .collect();
    let mut at = 0;
    while at < joins.len() {
        let way = joins[at].1.clone();
        at += 1;
        let Some((_, end)) = way.last().copied() else {
            continue;
        };
        for (member, other) in end.facts().parents {
            let name = other.facts().name;
            let is_own = direct_name(member, *other) == name && *other != kind;
            if is_own && way.len() < FARTHEST && joins.iter().all(|(known, _)| known != name) {
                let mut longer = way.clone();
                longer.push((member, *other));
                joins.push((name.to_owned(), longer));
            }
        }
    }
    joins
}

fn direct_name(member: &str, other: Kind) -> String {
    let name = other.facts().name;
    let base = to_pascal(member.strip_suffix("Id").unwrap_or(member));
    if base.ends_with(name) {
        base
    } else {
        base + name
    }
}

/// The record at the end of a way.
pub(super) fn follow<'s>(
    store: &'s Store,
    row: &'s Object,
    way: &[(&'static str, Kind)],
) -> Option<&'s Object> {
    let mut row = row;
    for (member, kind) in way {
        row = store.get(*kind, text(row, member))?;
    }
    Some(row)
}
