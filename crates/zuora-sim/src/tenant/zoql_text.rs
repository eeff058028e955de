//! The texts of ZOQL and of export ZOQL.
//!
//! `select a, b from Object where a = 'x' and b > 5 or c like 'y%'`: `and` before `or`; no joins, lists, functions,
//! parentheses, order or limit (documented). Exports have `*`, fields of what an object belongs to, as in
//! `Account.Name`, `order by` and `limit` as well (observed). Keywords are to be in lower case (documented); those
//! in upper case are taken too, since clients send them (a guess).

use super::{
    fields_of::Named,
    filter::{Condition, Test},
    record::to_pascal,
    source::Source,
};
use crate::problem::Problem;

/// The most conditions (documented).
const MOST_CONDITIONS: usize = 200;

#[derive(Debug)]
pub(super) struct Query {
    /// As they are written; none means all of them. Those of other objects have its name before a point.
    pub(super) fields: Vec<String>,
    /// Where to look, if the reference knows the object.
    pub(super) source: Option<Source>,
    pub(super) object: String,
    /// Joined by `or`; the conditions of each by `and`.
    pub(super) groups: Vec<Vec<Condition>>,
    /// The field to sort by, and whether downwards.
    pub(super) order: Option<(String, bool)>,
    pub(super) limit: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

pub(super) fn malformed(what: impl AsRef<str>) -> Problem {
    let text = format!("You have an error in your ZOQL syntax: {}", what.as_ref());
    Problem::worded("MALFORMED_QUERY", text)
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            ',' => tokens.push(Token::Sign(",")),
            '=' => tokens.push(Token::Sign("=")),
            '*' => tokens.push(Token::Sign("*")),
            '<' | '>' | '!' => {
                let has_equal = chars.next_if(|(_, next)| *next == '=').is_some();
                let is_not = c == '<' && chars.next_if(|(_, next)| *next == '>').is_some();
                tokens.push(Token::Sign(match (c, has_equal) {
                    _ if is_not => "!=",
                    ('<', false) => "<",
                    ('<', true) => "<=",
                    ('>', false) => ">",
                    ('>', true) => ">=",
                    (_, true) => "!=",
                    _ => return Err(malformed("a `!` without `=`")),
                }));
            }
            '\'' | '"' => {
                let mut value = String::new();
                loop {
                    match chars.next() {
                        None => return Err(malformed("a text that does not end")),
                        Some((_, '\\')) => {
                            value.extend(chars.next().map(|(_, escaped)| escaped));
                        }
                        Some((_, end)) if end == c => break,
                        Some((_, other)) => value.push(other),
                    }
                }
                tokens.push(Token::Text(value));
            }
            c if is_word(c) => {
                let mut end = at + c.len_utf8();
                while let Some((place, next)) = chars.next_if(|(_, next)| is_word(*next)) {
                    end = place + next.len_utf8();
                }
                tokens.push(Token::Word(text[at..end].to_owned()));
            }
            _ => return Err(malformed("a sign that it does not have")),
        }
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | ':')
}

/// What is told apart: whether a text may have what only exports have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Query,
    Export,
}

pub(super) fn parse(text: &str) -> Result<Query, Problem> {
    parse_as(text, Dialect::Query)
}

pub(super) fn parse_export(text: &str) -> Result<Query, Problem> {
    parse_as(text, Dialect::Export)
}

fn parse_as(text: &str, dialect: Dialect) -> Result<Query, Problem> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    keyword(tokens.next(), "select")?;
    let is_export = dialect == Dialect::Export;
    let mut fields = Vec::new();
    if is_export && tokens.next_if_eq(&Token::Sign("*")).is_some() {
        keyword(tokens.next(), "from")?;
    } else {
        loop {
            fields.push(field(tokens.next(), dialect, "a field is missing")?);
            match tokens.next() {
                Some(Token::Sign(",")) => {}
                token => {
                    keyword(token, "from")?;
                    break;
                }
            }
        }
    }
    let object = match tokens.next() {
        Some(Token::Word(object)) if is_name(&object) => object,
        _ => return Err(malformed("the object is missing")),
    };
    let mut query = Query {
        fields,
        source: Source::named(&object),
        object,
        groups: vec![Vec::new()],
        order: None,
        limit: None,
    };
    let mut next = tokens.next();
    if is_keyword(next.as_ref(), "where") {
        next = loop {
            let condition = condition(&mut tokens, dialect)?;
            if let Some(group) = query.groups.last_mut() {
                group.push(condition);
            }
            match tokens.next() {
                word if is_keyword(word.as_ref(), "and") => {}
                word if is_keyword(word.as_ref(), "or") => query.groups.push(Vec::new()),
                end @ None => break end,
                end @ Some(_) if is_export => break end,
                _ => return Err(malformed("neither `and` nor `or` after a condition")),
            }
        };
    }
    if is_export && is_keyword(next.as_ref(), "order") {
        keyword(tokens.next(), "by")?;
        let by = field(tokens.next(), dialect, "the field to order by is missing")?;
        next = tokens.next();
        let is_down = is_keyword(next.as_ref(), "desc");
        if is_down || is_keyword(next.as_ref(), "asc") {
            next = tokens.next();
        }
        query.order = Some((by, is_down));
    }
    if is_export && is_keyword(next.as_ref(), "limit") {
        query.limit = match tokens.next() {
            Some(Token::Word(count)) => count.parse().ok(),
            _ => None,
        };
        if query.limit.is_none() {
            return Err(malformed("`limit` without a number"));
        }
        next = tokens.next();
    }
    if next.is_some() {
        return Err(malformed("something other than `where` after the object"));
    }
    if query.groups.iter().map(Vec::len).sum::<usize>() > MOST_CONDITIONS {
        return Err(malformed(format!("more than {MOST_CONDITIONS} conditions")));
    }
    Ok(query)
}

fn keyword(token: Option<Token>, word: &str) -> Result<(), Problem> {
    match is_keyword(token.as_ref(), word) {
        true => Ok(()),
        false => Err(malformed(format!("`{word}` is missing"))),
    }
}

fn is_keyword(token: Option<&Token>, word: &str) -> bool {
    matches!(token, Some(Token::Word(own)) if own.eq_ignore_ascii_case(word))
}

/// A field as it is written.
fn field(token: Option<Token>, dialect: Dialect, missing: &str) -> Result<String, Problem> {
    let Some(Token::Word(word)) = token else {
        return Err(malformed(missing));
    };
    let is_field = match word.split_once('.') {
        None => is_name(&word),
        Some((object, name)) => dialect == Dialect::Export && is_name(object) && is_name(name),
    };
    if is_field {
        Ok(word)
    } else {
        Err(malformed(missing))
    }
}

fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !["select", "from", "where", "and", "or", "like"]
            .iter()
            .any(|keyword| word.eq_ignore_ascii_case(keyword))
}

fn condition(
    tokens: &mut impl Iterator<Item = Token>,
    dialect: Dialect,
) -> Result<Condition, Problem> {
    let member = field(tokens.next(), dialect, "a condition without a field")?;
    let operator = match tokens.next() {
        Some(Token::Sign(sign)) => sign,
        word if is_keyword(word.as_ref(), "like") => "like",
        _ => return Err(malformed("a condition without an operator")),
    };
    let (value, is_text) = match tokens.next() {
        Some(Token::Text(text)) => (text, true),
        Some(Token::Word(word)) => (word, false),
        _ => return Err(malformed("a condition without a value")),
    };
    let is_word = |word: &str| !is_text && value.eq_ignore_ascii_case(word);
    let is_null = is_word("null");
    let is_literal = is_text
        || ["null", "true", "false"].into_iter().any(is_word)
        || value.parse::<zuora_wire::Decimal>().is_ok();
    if !is_literal {
        return Err(malformed(
            "a value that is no text, number, null, true or false",
        ));
    }
    let test = match operator {
        "=" if is_null => Test::Null,
        "!=" if is_null => Test::NotNull,
        _ if is_null => return Err(malformed("null is only compared with = and !=")),
        "=" => Test::Equal(value),
        "!=" => Test::NotEqual(value),
        "<" => Test::Less(value),
        "<=" => Test::LessOrEqual(value),
        ">" => Test::Greater(value),
        ">=" => Test::GreaterOrEqual(value),
        "like" => like(&value)?,
        _ => return Err(malformed("an operator that it does not have")),
    };
    Ok(Condition { member, test })
}

/// `%` at the beginning, at the end, or both (documented: prefix or suffix).
fn like(pattern: &str) -> Result<Test, Problem> {
    let (begins, ends) = (pattern.starts_with('%'), pattern.ends_with('%'));
    let inner = pattern.trim_matches('%').to_owned();
    if inner.contains('%') {
        return Err(malformed("`like` with % in the middle"));
    }
    Ok(match (begins, ends) {
        (false, true) => Test::Begins(inner),
        (true, false) => Test::Ends(inner),
        (true, true) => Test::Holds(inner),
        (false, false) => Test::Equal(inner),
    })
}

/// The condition on the field that it means, if that has such values.
pub(super) fn on(field: Named, object: &str, condition: &Condition) -> Result<Condition, Problem> {
    if let Some(text) = condition.misfit(field.ty) {
        return Err(misfit(&field, object, text));
    }
    Ok(Condition {
        member: field.member,
        test: condition.test.clone(),
    })
}

/// The condition on a date, which is not compared with date-times.
pub(super) fn on_day(
    field: Named,
    object: &str,
    condition: &Condition,
) -> Result<Condition, Problem> {
    match condition.date_time() {
        Some(text) => Err(misfit(&field, object, text)),
        None => on(field, object, condition),
    }
}

fn misfit(field: &Named, object: &str, text: &str) -> Problem {
    let (name, word) = (to_pascal(&field.member), field.ty.word());
    let text = format!("invalid value for query: {object}.{name}: {text:?} is no {word}");
    Problem::worded("INVALID_VALUE", text)
}
