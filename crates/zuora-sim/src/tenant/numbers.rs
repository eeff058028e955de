//! The numbers of records. Requests may write them as texts; records hold them as numbers.

use super::{fields_of, kind::Kind, money};
use crate::problem::Problem;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};
use zuora_wire::{Decimal, Json, Object};

/// The members of a kind that are numbers in the reference.
fn members(kind: Kind) -> &'static BTreeSet<String> {
    static OF_KINDS: OnceLock<BTreeMap<Kind, BTreeSet<String>>> = OnceLock::new();
    static NONE: BTreeSet<String> = BTreeSet::new();
    let of_kinds = OF_KINDS.get_or_init(|| {
        Kind::all()
            .map(|facts| (facts.kind, fields_of::numbers(facts.name)))
            .collect()
    });
    of_kinds.get(&kind).unwrap_or(&NONE)
}

/// Whether a text could be a number: the cheapest way to see that most are none.
fn may_be(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || b".+-eE".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// Turns the texts that are to be numbers into them.
pub(super) fn settle(kind: Kind, row: &mut Object) {
    for (name, value) in row.iter_mut() {
        if let Json::String(text) = value
            && may_be(text)
            && members(kind).contains(name)
            && let Ok(number) = text.parse::<Decimal>()
        {
            *value = number.into();
        }
    }
}

/// Refuses numbers that nothing could be added to any more.
pub(super) fn check(kind: Kind, row: &Object) -> Result<(), Problem> {
    let mut numbers = row.iter().filter(|(name, _)| members(kind).contains(*name));
    match numbers.find_map(|(name, value)| Some((name, rule(value)?))) {
        Some((name, rule)) => Err(Problem::bad_value(format!("{name} {rule}"))),
        None => Ok(()),
    }
}

/// What a number must be that has too many digits.
pub(super) fn rule(value: &Json) -> Option<String> {
    let Json::Number(number) = value else {
        return None;
    };
    let number = Decimal::try_from(number).ok();
    let is_fine = number.is_some_and(|number| money::is_summable(&number));
    (!is_fine).then(money::too_many_digits)
}
