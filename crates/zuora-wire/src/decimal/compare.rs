//! Equality, order and hash: all by value, whatever the form.

use super::{Decimal, Repr, digits::power_of_ten};
use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            let (difference, a, b) = (
                i64::from(a.scale()) - i64::from(b.scale()),
                a.mantissa(),
                b.mantissa(),
            );
            // On one scale integers tell. Where that does not fit, the digits below do.
            let (a, b) = match difference {
                0.. => (
                    Some(a),
                    power_of_ten(difference).and_then(|p| b.checked_mul(p)),
                ),
                _ => (
                    power_of_ten(-difference).and_then(|p| a.checked_mul(p)),
                    Some(b),
                ),
            };
            if let (Some(a), Some(b)) = (a, b) {
                return a.cmp(&b);
            }
        }
        self.with_parts(|a| {
            other.with_parts(|b| {
                let (a, b) = (a.normal(), b.normal());
                let sign = |n: &super::digits::Normal<'_>| match (n.is_zero(), n.negative) {
                    (true, _) => 0,
                    (_, true) => -1,
                    (_, false) => 1,
                };
                let size = || a.top.cmp(&b.top).then_with(|| a.digits().cmp(b.digits()));
                sign(&a).cmp(&sign(&b)).then_with(|| match a.negative {
                    true => size().reverse(),
                    false => size(),
                })
            })
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.with_parts(|parts| {
            let normal = parts.normal();
            (normal.negative, normal.top).hash(state);
            normal.digits().for_each(|digit| state.write_u8(*digit));
            // No digit: what is hashed next is not taken for one.
            state.write_u8(0xff);
        });
    }
}
