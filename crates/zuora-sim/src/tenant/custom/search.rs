//! The parameter `q` of a custom object's records: conditions with AND, OR and NOT.
//!
//! `status__c:active AND age__c:>=5 OR NOT _exists_:title__c`; phrases in quotes, `\` before a sign that is
//! meant as itself (documented). AND comes before OR, and there are no parentheses: guesses.

use super::{is_filterable, member, refused};
use crate::{
    problem::Problem,
    tenant::filter::{Condition, Test},
};
use zuora_wire::Object;

/// The category of a query parameter that is wrong (documented for object query).
const BAD_QUERY: u32 = 27;

/// The conditions of a search: met, or with `false` not met. A record meets all of at least one group.
#[derive(Debug)]
pub(super) struct Search(Vec<Vec<(Condition, bool)>>);

impl Search {
    pub(super) fn is_met(&self, row: &Object) -> bool {
        let mut groups = self.0.iter();
        groups.any(|group| group.iter().all(|(one, is)| one.is_met(row) == *is))
    }
}

fn wrong(rule: impl std::fmt::Display) -> Problem {
    refused(BAD_QUERY, format!("Invalid query parameter: q {rule}"))
}

pub(super) fn parse(definition: &Object, text: &str) -> Result<Search, Problem> {
    let mut groups = vec![Vec::new()];
    let mut words = words(text)?.into_iter();
    loop {
        let mut is_met = true;
        let mut word = words.next();
        while let Some(next) = &word {
            match next.strip_prefix('!') {
                _ if next == "NOT" => word = words.next(),
                Some("") => word = words.next(),
                Some(rest) => word = Some(rest.to_owned()),
                None => break,
            }
            is_met = !is_met;
        }
        let word = word.ok_or_else(|| wrong("ends where a condition is expected"))?;
        if let Some(group) = groups.last_mut() {
            group.push((condition(definition, &word)?, is_met));
        }
        match words.next().as_deref() {
            None => return Ok(Search(groups)),
            Some("AND" | "&&") => {}
            Some("OR" | "||") => groups.push(Vec::new()),
            Some(other) => return Err(wrong(format!("has neither AND nor OR before {other}"))),
        }
    }
}

/// The text at its spaces, but for those within quotes or after `\`. What was escaped keeps its `\`.
fn words(text: &str) -> Result<Vec<String>, Problem> {
    let mut words = vec![String::new()];
    let mut in_quotes = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let Some(word) = words.last_mut() else { break };
        match c {
            '\\' => {
                word.push(c);
                word.push(chars.next().ok_or_else(|| wrong("ends with \\"))?);
            }
            ' ' if !in_quotes => words.push(String::new()),
            c => {
                in_quotes ^= c == '"';
                word.push(c);
            }
        }
    }
    if in_quotes {
        return Err(wrong("has a quote that does not end"));
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

fn condition(definition: &Object, word: &str) -> Result<Condition, Problem> {
    let (name, value) = word
        .split_once(':')
        .ok_or_else(|| wrong(format!("has a condition without a colon: {word}")))?;
    let (name, test) = match name {
        "_exists_" => (value, Test::NotNull),
        name => (name, test(value)?),
    };
    let known = member(definition, name);
    let known = known.filter(|member| is_filterable(definition, member));
    let member = known.ok_or_else(|| wrong(format!("asks for {name}, which is not filterable")))?;
    Ok(Condition { member, test })
}

fn test(value: &str) -> Result<Test, Problem> {
    let bound = |text: &str| plain(text);
    Ok(if let Some(rest) = value.strip_prefix("<=") {
        Test::LessOrEqual(bound(rest)?)
    } else if let Some(rest) = value.strip_prefix(">=") {
        Test::GreaterOrEqual(bound(rest)?)
    } else if let Some(rest) = value.strip_prefix('<') {
        Test::Less(bound(rest)?)
    } else if let Some(rest) = value.strip_prefix('>') {
        Test::Greater(bound(rest)?)
    } else {
        Test::Equal(bound(value)?)
    })
}

/// A value without its quotes and escapes.
fn plain(value: &str) -> Result<String, Problem> {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let mut text = String::new();
    let mut chars = inner.unwrap_or(value).chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            ':' | '(' | ')' if inner.is_none() => {
                return Err(wrong(format!("needs a \\ before {c} in {value}")));
            }
            c => text.push(c),
        }
    }
    if text.is_empty() {
        return Err(wrong("has a condition without a value"));
    }
    Ok(text)
}
