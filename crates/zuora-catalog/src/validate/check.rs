//! One validation: walks over the document and keeps what is wrong.

use super::{
    Direction, Report, Violation, ViolationKind as Kind, is_custom,
    rules::{Choice, Form, Members, Rule, form},
};
use crate::{Kind as Is, Limit};
use zuora_wire::{Date, DateTime, Decimal, Json, Object, json::MAX_DEPTH};

/// Longer names are cut in paths.
const SHOWN: usize = 40;
/// So many allowed values are named.
const NAMED: usize = 12;

pub(super) struct Check<'a> {
    pub(super) report: Report,
    direction: Direction,
    path: Vec<Step<'a>>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl<'a> Check<'a> {
    pub(super) fn new(direction: Direction) -> Self {
        Self {
            report: Report::default(),
            direction,
            path: Vec::new(),
        }
    }

    /// A value against a type and its facts.
    pub(super) fn value(&mut self, value: &'a Json, rule: &Rule) {
        if self.path.len() > MAX_DEPTH {
            return self.wrong(
                Kind::TooDeep,
                format!("is more than {MAX_DEPTH} levels deep"),
            );
        }
        if value.is_null() && rule.kind != Is::Any {
            if self.direction == Direction::Request && !rule.is_nullable {
                self.wrong(Kind::Null, "is null, which is not allowed".into());
            }
            return;
        }
        match (rule.kind, value) {
            (Is::Any, _) | (Is::Object, Json::Object(_)) => {}
            (Is::Named(name), value) => self.named(value, name),
            (Is::Boolean, Json::Bool(_)) => {}
            (Is::Integer, Json::Number(number)) => self.integer(number.as_str(), rule),
            (Is::Number, Json::Number(number)) => self.decimal(number.as_str(), rule),
            (Is::Number, Json::String(text)) => self.decimal(text, rule),
            (Is::String, Json::Number(number)) if rule.is_decimal => {
                self.decimal(number.as_str(), rule);
            }
            (Is::String | Is::Date | Is::DateTime | Is::Binary, Json::String(text)) => {
                self.string(text, rule);
            }
            (Is::Array(_), Json::Array(items)) => self.array(items, rule),
            (Is::Map(_), Json::Object(members)) => {
                for (name, value) in members.iter() {
                    if let Some(rule) = &rule.items {
                        self.below(Step::Member(name), |check| check.value(value, rule));
                    }
                }
            }
            (_, value) => self.wrong_type(value, expected(rule)),
        }
    }

    /// The text of a parameter.
    pub(super) fn text(&mut self, text: &str, rule: &Rule) {
        match rule.kind {
            Is::Integer => self.integer(text, rule),
            Is::Number => self.decimal(text, rule),
            Is::Boolean if !matches!(text, "true" | "false") => {
                self.wrong(Kind::Form, "is neither true nor false".into());
            }
            Is::Named(name) => {
                if let Some(Form::Enum(values)) = form(name).as_deref() {
                    self.one_of(values, |value| value == text);
                }
            }
            Is::Array(_) => {
                if let Some(items) = &rule.items {
                    self.text(text, items);
                }
            }
            Is::Boolean | Is::Any | Is::Object | Is::Map(_) => {}
            Is::String | Is::Date | Is::DateTime | Is::Binary => self.string(text, rule),
        }
    }

    fn named(&mut self, value: &'a Json, name: &'static str) {
        let Some(form) = form(name) else {
            return;
        };
        match (&*form, value) {
            (Form::Object(members), Json::Object(object)) => self.object(object, members, None),
            (Form::Object(_), other) => self.wrong_type(other, "an object"),
            (Form::Enum(values), Json::String(text)) => {
                self.one_of(values, |value| value == text);
            }
            (Form::Enum(_), other) => self.wrong_type(other, "a string"),
            (Form::Union(choice), value) => self.union(value, choice),
        }
    }

    /// The members of an object; `tag` is known already, whatever the variant says of it.
    fn object(&mut self, object: &'a Object, members: &Members, tag: Option<&str>) {
        let mut seen = vec![false; members.list.len()];
        for (name, value) in object.iter() {
            match members.by_name.get(name) {
                Some(&place) => {
                    let (field, rule) = &members.list[place];
                    seen[place] = true;
                    self.below(Step::Member(name), |check| {
                        if field.is_read_only() && check.direction == Direction::Request {
                            check.wrong(Kind::ReadOnly, "is only in replies".into());
                        }
                        check.value(value, rule);
                    });
                }
                None if members.list.is_empty() || is_custom(name) || tag == Some(name) => {}
                None => {
                    self.path.push(Step::Member(name));
                    let unknown = self.violation(Kind::Unknown, "is no known member".into());
                    self.path.pop();
                    self.report.unknown.push(unknown);
                }
            }
        }
        if self.direction == Direction::Reply {
            return;
        }
        for ((field, _), seen) in members.list.iter().zip(seen) {
            if field.is_required() && !field.is_read_only() && !seen {
                self.missing(field.name());
            }
        }
    }

    fn union(&mut self, value: &'a Json, choice: &Choice) {
        let tag = choice.tag.and_then(|tag| Some((tag, value.get(tag)?)));
        if let Some((tag, Json::String(text))) = tag {
            let names = |(values, _): &&(Vec<&str>, Rule)| values.contains(&text.as_str());
            if let Some((_, rule)) = choice.variants.iter().find(names) {
                return self.variant(value, rule, choice.tag);
            }
            let open = || {
                choice
                    .variants
                    .iter()
                    .filter(|(values, _)| values.is_empty())
            };
            if open().next().is_none() {
                let values = choice.variants.iter().flat_map(|(values, _)| values);
                let values = listed(values.copied());
                return self.below(Step::Member(tag), |check| {
                    check.wrong(Kind::UnknownVariant, format!("is none of {values}"));
                });
            }
            return self.best_of(value, open().map(|(_, rule)| rule), choice.tag);
        }
        if let (Some(name), None, Json::Object(_)) = (choice.tag, tag, value)
            && self.direction == Direction::Request
        {
            // Which variant it should be is not known, so no more can be said.
            return self.missing(name);
        }
        self.best_of(
            value,
            choice.variants.iter().map(|(_, rule)| rule),
            choice.tag,
        );
    }

    /// The variant that fits best tells what is wrong.
    fn best_of<'r>(
        &mut self,
        value: &'a Json,
        variants: impl Iterator<Item = &'r Rule>,
        tag: Option<&str>,
    ) {
        let before = std::mem::take(&mut self.report);
        let mut best: Option<(usize, Report)> = None;
        for rule in variants {
            self.variant(value, rule, tag);
            let report = std::mem::take(&mut self.report);
            let here = self.path_text();
            let is_other_type =
                |violation: &Violation| violation.kind == Kind::WrongType && violation.path == here;
            // Another type altogether is worse than anything inside the right one.
            let cost = match report.violations.iter().any(is_other_type) {
                true => usize::MAX,
                false => report.violations.len() + report.unknown.len(),
            };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, report));
            }
            if cost == 0 {
                break;
            }
        }
        self.report = before;
        match best {
            Some((usize::MAX, _)) | None => self.wrong(
                Kind::UnknownVariant,
                format!("is {}, which is none of the variants", value.kind()),
            ),
            Some((_, found)) => {
                self.report.violations.extend(found.violations);
                self.report.unknown.extend(found.unknown);
            }
        }
    }

    fn variant(&mut self, value: &'a Json, rule: &Rule, tag: Option<&str>) {
        if let (Is::Named(name), Json::Object(object)) = (rule.kind, value)
            && let Some(form) = form(name)
            && let Form::Object(members) = &*form
        {
            return self.object(object, members, tag);
        }
        self.value(value, rule);
    }

    fn array(&mut self, items: &'a [Json], rule: &Rule) {
        for (limit, text, bound) in &rule.bounds {
            let count = Decimal::from(items.len());
            match limit {
                Limit::MinItems if count < *bound => {
                    let message = format!("has {count} items, at least {text} are needed");
                    self.wrong(Kind::TooFewItems, message);
                }
                Limit::MaxItems if count > *bound => {
                    let message = format!("has {count} items, at most {text} are allowed");
                    self.wrong(Kind::TooManyItems, message);
                }
                _ => {}
            }
        }
        if let Some(rule) = &rule.items {
            for (index, item) in items.iter().enumerate() {
                self.below(Step::Item(index), |check| check.value(item, rule));
            }
        }
    }

    fn integer(&mut self, text: &str, rule: &Rule) {
        match text.parse::<Decimal>() {
            Ok(value) if value.to_i64().is_some() => self.amount(&value, rule),
            _ => self.wrong(
                Kind::Form,
                "is not a whole number of at most 64 bits".into(),
            ),
        }
    }

    fn decimal(&mut self, text: &str, rule: &Rule) {
        match text.parse::<Decimal>() {
            Ok(value) => self.amount(&value, rule),
            Err(_) => self.wrong(Kind::Form, "is not a decimal number".into()),
        }
    }

    fn amount(&mut self, value: &Decimal, rule: &Rule) {
        for (limit, text, bound) in &rule.bounds {
            let (kind, message) = match limit {
                Limit::Min if value < bound => (Kind::TooSmall, format!("is less than {text}")),
                Limit::Max if value > bound => (Kind::TooBig, format!("is more than {text}")),
                Limit::Above if value <= bound => {
                    (Kind::TooSmall, format!("is not more than {text}"))
                }
                Limit::Below if value >= bound => {
                    (Kind::TooBig, format!("is not less than {text}"))
                }
                _ => continue,
            };
            self.wrong(kind, message);
        }
        self.one_of(&rule.one_of, |allowed| {
            allowed
                .parse::<Decimal>()
                .is_ok_and(|allowed| allowed == *value)
        });
    }

    fn string(&mut self, text: &str, rule: &Rule) {
        let bad_form = match rule.kind {
            Is::Date => !is_date(text),
            Is::DateTime => !is_date_time(text),
            _ if rule.is_date_time => !is_date_time(text),
            _ => false,
        };
        if bad_form {
            self.wrong(Kind::Form, format!("is not {}", expected(rule)));
        }
        if rule.is_decimal {
            return self.decimal(text, rule);
        }
        self.one_of(&rule.one_of, |allowed| allowed == text);
        for (limit, bound_text, bound) in &rule.bounds {
            let length = || text.chars().count();
            match limit {
                Limit::MinLength if Decimal::from(length()) < *bound => {
                    let message = format!(
                        "has {} characters, at least {bound_text} are needed",
                        length()
                    );
                    self.wrong(Kind::TooShort, message);
                }
                Limit::MaxLength if Decimal::from(length()) > *bound => {
                    let message = format!(
                        "has {} characters, at most {bound_text} are allowed",
                        length()
                    );
                    self.wrong(Kind::TooLong, message);
                }
                _ => {}
            }
        }
        if let Some(pattern) = &rule.pattern
            && !pattern.matches(text)
        {
            self.wrong(Kind::Pattern, format!("does not match {}", pattern.text));
        }
    }

    /// Nothing allowed means that everything is.
    fn one_of(&mut self, allowed: &[&str], is: impl Fn(&str) -> bool) {
        if !allowed.is_empty() && !allowed.iter().any(|value| is(value)) {
            let allowed = listed(allowed.iter().copied());
            self.wrong(Kind::NotOneOf, format!("is none of {allowed}"));
        }
    }

    fn missing(&mut self, name: &str) {
        // The name is the catalogue's, and the path holds the document's: it is added by hand.
        let mut path = self.path_text();
        push_name(&mut path, name);
        self.report.violations.push(Violation {
            path,
            kind: Kind::Missing,
            message: "is required".into(),
        });
    }

    fn wrong_type(&mut self, value: &Json, expected: &str) {
        self.wrong(
            Kind::WrongType,
            format!("is {}, not {expected}", value.kind()),
        );
    }

    fn wrong(&mut self, kind: Kind, message: String) {
        let violation = self.violation(kind, message);
        self.report.violations.push(violation);
    }

    fn violation(&self, kind: Kind, message: String) -> Violation {
        Violation {
            path: self.path_text(),
            kind,
            message,
        }
    }

    fn below(&mut self, step: Step<'a>, work: impl FnOnce(&mut Self)) {
        self.path.push(step);
        work(self);
        self.path.pop();
    }

    fn path_text(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Member(name) => push_name(&mut path, name),
                Step::Item(index) => path += &format!("[{index}]"),
            }
        }
        path
    }
}

fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => {
            path.push_str(&name[..end]);
            path.push('…');
        }
        None => path.push_str(name),
    }
}

fn listed<'t>(values: impl Iterator<Item = &'t str>) -> String {
    let mut values: Vec<_> = values.collect();
    let more = values.len() > NAMED;
    values.truncate(NAMED);
    let tail = if more { ", ..." } else { "" };
    values.join(", ") + tail
}

fn expected(rule: &Rule) -> &'static str {
    match rule.kind {
        Is::String if rule.is_date_time => "a date-time",
        Is::String | Is::Binary => "a string",
        Is::Integer | Is::Number => "a number",
        Is::Boolean => "a boolean",
        Is::Date => "a date such as 2026-03-31",
        Is::DateTime => "a date-time",
        Is::Array(_) => "an array",
        Is::Object | Is::Map(_) | Is::Named(_) => "an object",
        Is::Any => "anything",
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn is_date_time(text: &str) -> bool {
    DateTime::new(text).moment().is_ok()
}
