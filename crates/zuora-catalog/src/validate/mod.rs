//! JSON against a type of the catalogue: every violation with its place, kind and a plain message.
//!
//! Numbers are compared exactly. Messages name rules, lengths and kinds of values, and never the value
//! itself, which may be a secret; names of members are shown, shortened.

mod check;
mod rules;

use crate::{Field, Schema, Type};
use check::Check;
use rules::Rule;
use std::fmt;
use zuora_wire::Json;

/// Which way the JSON goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To Zuora: what is required must be there, null only where it is allowed, nothing read-only.
    Request,
    /// From Zuora: nothing is required, everything may be null.
    Reply,
}

/// What is wrong with a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All violations but unknown members, in the order of the document.
    pub violations: Vec<Violation>,
    /// Members that the schema does not have. Custom fields (`...__c`, `...__NS`) are never among them,
    /// nor is anything below a free-form object.
    pub unknown: Vec<Violation>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, such as `invoices[3].amount`; empty for the document itself.
    pub path: String,
    /// Of which kind.
    pub kind: ViolationKind,
    /// What is wrong, for people.
    pub message: String,
}

/// The kinds of violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A required member is not there.
    Missing,
    /// Null, where it is not allowed.
    Null,
    /// A value of another type.
    WrongType,
    /// The right type, but not the form it must have: a day that does not exist, text that is no amount.
    Form,
    /// A member that the schema does not have.
    Unknown,
    /// A member that only replies have.
    ReadOnly,
    /// None of the values that are allowed.
    NotOneOf,
    /// Too few characters.
    TooShort,
    /// Too many characters.
    TooLong,
    /// Less than the least.
    TooSmall,
    /// More than the most.
    TooBig,
    /// No match of the pattern.
    Pattern,
    /// Too few items.
    TooFewItems,
    /// Too many items.
    TooManyItems,
    /// None of the variants of a union.
    UnknownVariant,
    /// Nested deeper than JSON is read.
    TooDeep,
}

impl Report {
    /// Whether nothing is wrong; unknown members do not count.
    pub fn is_valid(&self) -> bool {
        self.violations.is_empty()
    }

    /// Whether nothing is wrong, unknown members included.
    pub fn is_spotless(&self) -> bool {
        self.violations.is_empty() && self.unknown.is_empty()
    }
}

/// A line for each violation, unknown members last.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.violations.iter().chain(&self.unknown);
        all.enumerate().try_for_each(|(number, violation)| {
            let line_break = if number == 0 { "" } else { "\n" };
            write!(f, "{line_break}{violation}")
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

impl Type {
    /// What is wrong with a value of this type.
    ///
    /// ```
    /// # use zuora_catalog::{Direction, ViolationKind, schema};
    /// # use zuora_wire::Json;
    /// let credit = schema("AccountCreditCardHolder").unwrap();
    /// let report = credit.check(&Json::parse(r#"{"city": 7}"#)?, Direction::Request);
    /// let kinds: Vec<_> = report.violations.iter().map(|violation| violation.kind).collect();
    /// assert_eq!(kinds, [ViolationKind::WrongType, ViolationKind::Missing]);
    /// assert_eq!(report.violations[0].to_string(), "city: is a number, not a string");
    /// # Ok::<(), zuora_wire::DecodeError>(())
    /// ```
    pub fn check(self, value: &Json, direction: Direction) -> Report {
        let mut check = Check::new(direction);
        check.value(value, &Rule::of_type(self));
        check.report
    }
}

impl Schema {
    /// What is wrong with a value of this schema; see [`Type::check`].
    pub fn check(self, value: &Json, direction: Direction) -> Report {
        Type::of(self).check(value, direction)
    }
}

impl Field {
    /// What is wrong with a value of this member or parameter, its facts included.
    pub fn check(self, value: &Json, direction: Direction) -> Report {
        let mut check = Check::new(direction);
        check.value(value, &Rule::of_field(self));
        check.report
    }

    /// The same for the text of a parameter in a path, query or header, where `3` and `true` are text.
    /// Of an array it is one item.
    pub fn check_text(self, text: &str, direction: Direction) -> Report {
        let mut check = Check::new(direction);
        check.text(text, &Rule::of_field(self));
        check.report
    }
}

/// Whether a member of this name is a custom field: a tenant's own (`Region__c`, never `Region__C`) or one of a
/// connected product (`IntegrationId__NS`).
pub fn is_custom(name: &str) -> bool {
    name.rsplit_once("__").is_some_and(|(name, suffix)| {
        let is_of_product = (2..=3).contains(&suffix.len())
            && suffix.bytes().all(|byte| byte.is_ascii_alphabetic());
        !name.is_empty() && (suffix == "c" || is_of_product)
    })
}
