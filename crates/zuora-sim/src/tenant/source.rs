//! What queries and exports find records in: the objects of a kind, and those that only CRUD has a name for.

use super::{
    billing::invoice_payments::{paid, refunded},
    exports, fields_of,
    filter::{Condition, Search},
    kind::Kind,
    plain_object,
    store::Store,
};
use jiff::tz::TimeZone;
use std::borrow::Cow;
use zuora_wire::Object;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Kept(Kind),
    /// Applications of payments to invoices.
    InvoicePayment,
    /// What was refunded of these.
    RefundInvoicePayment,
    /// Exports with their status.
    Export,
    /// Objects of this name that mean nothing else to the tenant.
    Plain(String),
}

impl Source {
    /// By the name that ZOQL, exports and descriptions have for it.
    pub(super) fn named(object: &str) -> Option<Self> {
        if let Some(kind) = Kind::asked_for(object) {
            return Some(Self::Kept(kind));
        }
        let views = [
            Self::InvoicePayment,
            Self::RefundInvoicePayment,
            Self::Export,
        ];
        let mut views = views.into_iter();
        let view = views.find(|view| view.name().eq_ignore_ascii_case(object));
        view.or_else(|| fields_of::is_of_crud(object).then(|| Self::Plain(object.to_owned())))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Kept(kind) => kind.facts().name,
            Self::InvoicePayment => "InvoicePayment",
            Self::RefundInvoicePayment => "RefundInvoicePayment",
            Self::Export => "Export",
            Self::Plain(object) => object,
        }
    }

    /// The kind of the records behind it.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Kept(kind) => *kind,
            Self::InvoicePayment => Kind::PaymentApplication,
            Self::RefundInvoicePayment => Kind::RefundApplication,
            Self::Export => Kind::Export,
            Self::Plain(_) => Kind::PlainObject,
        }
    }

    /// A record of its kind as it has it; nothing for one that it does not have.
    pub(super) fn seen<'r>(&self, store: &Store, row: &'r Object) -> Option<Cow<'r, Object>> {
        match self {
            Self::Kept(_) => Some(Cow::Borrowed(row)),
            Self::InvoicePayment => paid(store, row).map(Cow::Owned),
            Self::RefundInvoicePayment => refunded(store, row).map(Cow::Owned),
            Self::Export => Some(Cow::Owned(exports::with_status(store, row))),
            Self::Plain(object) => plain_object::is_one(row, object).then_some(Cow::Borrowed(row)),
        }
    }
}

/// The records of a source that meet all conditions of at least one group, in the order of their creation.
pub(super) struct Found<'s> {
    store: &'s Store,
    source: &'s Source,
    search: Search<'s>,
    /// What is asked of records that are not seen as they are kept.
    groups: Vec<Vec<Condition>>,
}

impl<'s> Found<'s> {
    pub(super) fn new(
        store: &'s Store,
        source: &'s Source,
        groups: &[Vec<Condition>],
        zone: &TimeZone,
    ) -> Self {
        let kind = source.kind();
        let (search, groups) = match source {
            Source::Kept(_) => (Search::new(store, kind, groups, zone), Vec::new()),
            _ => {
                let settled = |group: &Vec<Condition>| {
                    let conditions = group.iter().cloned();
                    conditions
                        .map(|condition| condition.settled(zone))
                        .collect()
                };
                let groups = groups.iter().map(settled).collect();
                (Search::new(store, kind, &[], zone), groups)
            }
        };
        Self {
            store,
            source,
            search,
            groups,
        }
    }

    pub(super) fn count(&self) -> usize {
        match self.source {
            Source::Kept(_) => self.search.count(),
            _ => self.from(0).count(),
        }
    }

    /// Those at a place or after it, each with its place.
    pub(super) fn from(&self, place: u32) -> impl Iterator<Item = (u32, Cow<'s, Object>)> {
        let seen = self.search.from(place);
        let seen = seen.filter_map(|(at, row)| Some((at, self.source.seen(self.store, row)?)));
        let is_met = |row: &Object| {
            let mut groups = self.groups.iter();
            self.groups.is_empty()
                || groups.any(|group| group.iter().all(|condition| condition.is_met(row)))
        };
        seen.filter(move |(_, row)| is_met(row))
    }
}
