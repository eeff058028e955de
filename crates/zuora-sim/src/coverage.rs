//! Which operations of the API were called, so that a suite can see what it never tried.

use std::collections::BTreeMap;
use zuora_catalog::{Group, Operation};
use zuora_wire::{Json, Object};

/// The operations of the API reference that were called since the start or the last reset, answered
/// or not.
#[derive(Clone, Debug)]
pub struct Coverage {
    calls: BTreeMap<&'static str, u64>,
}

impl Coverage {
    pub(crate) fn new(mut arrivals: BTreeMap<&'static str, u64>) -> Self {
        arrivals.retain(|id, _| zuora_catalog::operation(id).is_some());
        Self { calls: arrivals }
    }

    /// How many operations the API has.
    pub fn operations(&self) -> usize {
        zuora_catalog::operations().count()
    }

    /// The ids of those that were called, each with how often.
    pub fn hit(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.calls.iter().map(|(id, calls)| (*id, *calls))
    }

    /// The ids of those that were not.
    pub fn missed(&self) -> impl Iterator<Item = &'static str> {
        zuora_catalog::operations()
            .map(Operation::id)
            .filter(|id| !self.calls.contains_key(id))
    }

    /// Whether this operation was called.
    pub fn has(&self, operation_id: &str) -> bool {
        self.calls.contains_key(operation_id)
    }

    pub(crate) fn json(&self) -> Json {
        let mut groups: BTreeMap<Group, (Object, Vec<Json>)> = BTreeMap::new();
        for operation in zuora_catalog::operations() {
            let (hit, missed) = groups.entry(operation.group()).or_default();
            match self.calls.get(operation.id()) {
                Some(calls) => {
                    hit.insert(operation.id(), *calls);
                }
                None => missed.push(operation.id().into()),
            }
        }
        let groups = groups.into_iter().map(|(group, (hit, missed))| {
            let entry = Json::object([("hit", Json::Object(hit)), ("missed", missed.into())]);
            (group.name(), entry)
        });
        Json::object([
            ("operations", Json::from(self.operations())),
            ("hit", self.calls.len().into()),
            ("groups", Json::object(groups)),
        ])
    }
}
