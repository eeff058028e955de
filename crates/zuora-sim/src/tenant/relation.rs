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

/// Ids that exports alone go by; object query has the relations that the reference says.
const JOINED: [(Kind, &str, Kind); 15] = [
    (
        Kind::RatePlanCharge,
        "productRatePlanChargeId",
        Kind::ProductRatePlanCharge,
    ),
    (Kind::InvoiceItem, "ratePlanChargeId", Kind::RatePlanCharge),
    (
        Kind::InvoiceItem,
        "productRatePlanChargeId",
        Kind::ProductRatePlanCharge,
    ),
    (
        Kind::CreditMemoItem,
        "ratePlanChargeId",
        Kind::RatePlanCharge,
    ),
    (Kind::CreditMemoItem, "subscriptionId", Kind::Subscription),
    (
        Kind::CreditMemoItem,
        "productRatePlanChargeId",
        Kind::ProductRatePlanCharge,
    ),
    (
        Kind::DebitMemoItem,
        "ratePlanChargeId",
        Kind::RatePlanCharge,
    ),
    (Kind::DebitMemoItem, "subscriptionId", Kind::Subscription),
    (
        Kind::DebitMemoItem,
        "productRatePlanChargeId",
        Kind::ProductRatePlanCharge,
    ),
    (Kind::Invoice, "soldToContactId", Kind::Contact),
    (Kind::Subscription, "billToContactId", Kind::Contact),
    (Kind::Subscription, "soldToContactId", Kind::Contact),
    (Kind::Payment, "paymentMethodId", Kind::PaymentMethod),
    (Kind::Refund, "paymentMethodId", Kind::PaymentMethod),
    (Kind::Usage, "ratePlanChargeId", Kind::RatePlanCharge),
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

/// How far an export goes from one object to what it belongs to: from an item by its charge to the product.
const FARTHEST: usize = 4;

/// The members of a kind that hold the id of another record, and its kind.
pub(super) fn ones(kind: Kind) -> impl Iterator<Item = (&'static str, Kind)> {
    let parents = kind.facts().parents.iter().copied();
    let also = ALSO.into_iter().filter(move |(own, ..)| *own == kind);
    parents.chain(also.map(|(_, member, other)| (member, other)))
}

/// The same, with those that exports alone go by.
pub(super) fn joined(kind: Kind) -> impl Iterator<Item = (&'static str, Kind)> {
    // A member may be known from both.
    let is_new = move |member: &str| ones(kind).all(|(known, _)| known != member);
    let joined = JOINED.into_iter().filter(move |(own, ..)| *own == kind);
    let joined = joined.map(|(_, member, other)| (member, other));
    ones(kind).chain(joined.filter(move |(member, _)| is_new(member)))
}

/// Members to follow, each with the kind that it leads to.
type Way = Vec<(&'static str, Kind)>;

/// What an export can ask for beside an object.
pub(super) struct Join {
    /// As exports and descriptions call it.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) ways: Ways,
}

/// The ways from a record to another, the shortest first: the first one that leads somewhere counts. Without any it is
/// the record itself.
pub(super) type Ways = Vec<Way>;

/// All that an export can ask for beside an object. What a member of it names has the name of that member with that
/// of the kind, such as `BillToContact`; what is farther away that of its kind, or the one that it has beside an
/// account (observed for a few, a guess for the rest).
pub(super) fn joins(kind: Kind) -> Vec<Join> {
    let mut found: Vec<(String, Way)> = joined(kind)
        .map(|(member, other)| (direct_name(member, other), vec![(member, other)]))
        .collect();
    let mut at = 0;
    while at < found.len() {
        let way = found[at].1.clone();
        at += 1;
        let Some((_, end)) = way.last().copied().filter(|_| way.len() < FARTHEST) else {
            continue;
        };
        for (member, other) in joined(end) {
            let name = direct_name(member, other);
            let is_own = name == other.facts().name && other != kind;
            // One for each member of the object itself.
            let is_new = |(known, known_way): &(String, Way)| {
                *known != name || known_way.first() != way.first()
            };
            if (is_own || end == Kind::Account) && found.iter().all(is_new) {
                let mut longer = way.clone();
                longer.push((member, other));
                found.push((name, longer));
            }
        }
    }
    let mut joins: Vec<Join> = Vec::new();
    for (name, way) in found {
        let Some((_, kind)) = way.last().copied() else {
            continue;
        };
        match joins.iter_mut().find(|join| join.name == name) {
            Some(join) => join.ways.push(way),
            None => joins.push(Join {
                name,
                kind,
                ways: vec![way],
            }),
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

/// The record that the ways lead to.
pub(super) fn follow<'s>(store: &'s Store, row: &'s Object, ways: &Ways) -> Option<&'s Object> {
    let end = |way: &Way| {
        let mut steps = way.iter();
        steps.try_fold(row, |row, (member, kind)| {
            store.get(*kind, text(row, member))
        })
    };
    match ways.is_empty() {
        true => Some(row),
        false => ways.iter().find_map(end),
    }
}
