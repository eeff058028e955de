//! What a value must be, read from the catalogue's text once a process, when it is first needed.

use crate::{Facts, Field, Fields, Kind, Limit, Schema, Shape, Type, Union, pattern::compiled};
use regex_lite::Regex;
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock},
};
use zuora_wire::Decimal;

/// One type with its facts.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    pub(super) is_nullable: bool,
    pub(super) one_of: Vec<&'static str>,
    /// The value is an amount, as text or as a number.
    pub(super) is_decimal: bool,
    /// The text is a date-time.
    pub(super) is_date_time: bool,
    pub(super) pattern: Option<Pattern>,
    /// Each with its text, for messages.
    pub(super) bounds: Vec<(Limit, &'static str, Decimal)>,
    /// Of an array or a map.
    pub(super) items: Option<Box<Rule>>,
}

/// A regular expression that is compiled when it is first needed.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: &'static str,
    compiled: OnceLock<Option<Arc<Regex>>>,
}

impl Rule {
    pub(super) fn of_type(ty: Type) -> Self {
        Self::new(ty, None, None)
    }

    pub(super) fn of_field(field: Field) -> Self {
        let facts = field.facts();
        let mut rule = Self::new(field.ty(), Some(facts), Some(facts.items()));
        rule.is_nullable = field.is_nullable();
        rule
    }

    fn new(ty: Type, facts: Option<Facts>, item_facts: Option<Facts>) -> Self {
        let kind = ty.kind();
        let format = facts.and_then(Facts::format);
        Self {
            kind,
            is_nullable: false,
            one_of: facts.into_iter().flat_map(Facts::one_of).collect(),
            is_decimal: kind == Kind::String && format == Some("decimal"),
            is_date_time: kind == Kind::String && format == Some("dateTime"),
            pattern: facts.and_then(Facts::pattern).map(|text| Pattern {
                text,
                compiled: OnceLock::new(),
            }),
            bounds: facts.map(bounds).unwrap_or_default(),
            items: match kind {
                Kind::Array(items) => Some(Box::new(Self::new(items, item_facts, None))),
                // The object in a `map<object>` may be any JSON.
                Kind::Map(values) if values.kind() == Kind::Object => None,
                Kind::Map(values) => Some(Box::new(Self::new(values, None, None))),
                _ => None,
            },
        }
    }
}

fn bounds(facts: Facts) -> Vec<(Limit, &'static str, Decimal)> {
    let known = facts.iter().filter_map(|(name, text)| {
        let limit = Limit::ALL.into_iter().find(|limit| limit.word() == name)?;
        Some((limit, text, text.parse().ok()?))
    });
    known.collect()
}

impl Pattern {
    pub(super) fn matches(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| compiled(self.text));
        // One that cannot be compiled forbids nothing; a test compiles them all.
        compiled.as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

/// A schema, ready to check with.
#[derive(Debug)]
pub(super) enum Form {
    Object(Members),
    Enum(Vec<&'static str>),
    Union(Choice),
}

/// The members of an object.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) list: Vec<(Field, Rule)>,
    pub(super) by_name: HashMap<&'static str, usize>,
}

/// The variants of a union.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) tag: Option<&'static str>,
    pub(super) variants: Vec<(Vec<&'static str>, Rule)>,
}

/// The form of a schema. Each is kept: there are some two thousand at most, and few are asked for.
pub(super) fn form(name: &'static str) -> Option<Arc<Form>> {
    type Known = HashMap<&'static str, Arc<Form>>;
    static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(form) = known.get(name) {
        return Some(form.clone());
    }
    drop(known);
    let form = Arc::new(Form::of(crate::schema(name)?));
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    Some(known.entry(name).or_insert(form).clone())
}

impl Form {
    fn of(schema: Schema) -> Self {
        match schema.shape() {
            Shape::Object(fields) => Self::Object(Members::of(fields)),
            Shape::Enum(values) => Self::Enum(values.iter().collect()),
            Shape::Union(union) => Self::Union(Choice::of(union)),
        }
    }
}

impl Members {
    fn of(fields: Fields) -> Self {
        let list: Vec<_> = fields
            .iter()
            .map(|field| (field, Rule::of_field(field)))
            .collect();
        let by_name = list.iter().enumerate();
        Self {
            by_name: by_name
                .map(|(place, (field, _))| (field.name(), place))
                .collect(),
            list,
        }
    }
}

impl Choice {
    fn of(union: Union) -> Self {
        let variants = union
            .variants()
            .map(|variant| (variant.values().collect(), Rule::of_type(variant.ty)));
        Self {
            tag: union.tag(),
            variants: variants.collect(),
        }
    }
}
