//! `query` and `queryMore`: ZOQL with its documented grammar.
//!
//! `select a, b from Object where a = 'x' and b > 5 or c like 'y%'`: keywords in lower case, `and` before
//! `or`; no joins, lists, functions, parentheses, order or limit.

use super::{
    door::{Answer, Ask, Handler, to_usize},
    filter::{Condition, Search, Test},
    kind::Kind,
    record::{text, to_camel, to_pascal},
    store::{Kept, Transaction},
    view,
};
use crate::{paging, problem::Problem};
use zuora_wire::{Json, Number, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("actionPostQuery", query),
    ("actionPostQueryMore", query_more),
];

/// `batchSize` (documented: 1 to 2000, more gives 2000 all the same).
const LARGEST_BATCH: u64 = 2000;
/// The most conditions (documented).
const MOST_CONDITIONS: usize = 200;

#[derive(Debug)]
pub(crate) struct Query {
    fields: Vec<String>,
    pub(crate) kind: Option<Kind>,
    object: String,
    /// Joined by `or`; the conditions of each by `and`.
    groups: Vec<Vec<Condition>>,
}

fn query(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let query = parse(text(ask.body, "queryString"))?;
    let id = tx.new_id();
    let size = size(ask, LARGEST_BATCH);
    let total = match query.kind {
        Some(kind) => Search::new(tx.store(), kind, &query.groups, tx.zone()).count(),
        None => 0,
    };
    let kept = Kept {
        text: text(ask.body, "queryString").to_owned(),
        size,
        total,
        marks: Vec::new(),
    };
    let (reply, next) = batch(tx, ask, &query, &id, &kept, 0, size)?;
    tx.keep_query(&id, kept);
    Ok(marked(tx, &id, reply, next))
}

fn query_more(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let locator = text(ask.body, "queryLocator");
    let parts = locator
        .rsplit_once('-')
        .and_then(|(id, place)| Some((id, place.parse().ok()?)));
    let known = parts.and_then(|(id, place)| Some((id, place, tx.kept_query(id)?)));
    let Some((id, place, kept)) = known else {
        let text = format!("The query locator {locator:?} is not valid");
        return Err(Problem::bad_value(text));
    };
    let size = size(ask, kept.size as u64);
    let (reply, next) = batch(tx, ask, &parse(&kept.text)?, id, &kept, place, size)?;
    Ok(marked(tx, id, reply, next))
}

/// Where a page begins that follows: after so many records, at this place.
type Next = Option<(u64, u32)>;

fn marked(tx: &mut Transaction<'_>, id: &str, reply: Answer, next: Next) -> Answer {
    if let Some((count, place)) = next {
        tx.mark_query(id, count, place);
    }
    reply
}

fn size(ask: &Ask<'_>, default: u64) -> usize {
    let size = ask.body.get("conf").and_then(|conf| conf.get("batchSize"));
    let size = size.and_then(Json::as_number).and_then(Number::as_u64);
    size.unwrap_or(default).clamp(1, LARGEST_BATCH) as usize
}

fn batch(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    query: &Query,
    id: &str,
    kept: &Kept,
    from: u64,
    size: usize,
) -> Result<(Answer, Next), Problem> {
    let Some(kind) = query.kind else {
        // An object that is known to the reference, but not kept here.
        return match zuora_catalog::schema(&format!("ProxyGet{}", query.object)) {
            Some(_) => Ok((Answer::Nothing, None)),
            None => Err(Problem::worded(
                "INVALID_TYPE",
                format!("invalid type for query: {}", query.object),
            )),
        };
    };
    check_fields(kind, query)?;
    let search = Search::new(tx.store(), kind, &query.groups, tx.zone());
    // From the last place that is known on.
    let mut marks = kept.marks.iter().rev();
    let mark = marks.find(|(count, _)| *count <= from).copied();
    let (before, place) = mark.unwrap_or_default();
    let mut rows = search.from(place).skip(to_usize(from - before));
    let page = rows.by_ref().take(size);
    let mut records: Vec<Json> = page
        .map(|(_, row)| shown(tx, row, &query.fields).into())
        .collect();
    let mark = rows.next().map(|(place, _)| (from + size as u64, place));
    let next = mark.map(|(count, _)| count);
    let next = paging::spoiled(ask.call, &mut records, from, next);
    let mut reply = Object::new();
    reply.insert("records", records);
    reply.insert("size", kept.total);
    reply.insert("done", next.is_none());
    if let Some(next) = next {
        reply.insert("queryLocator", format!("{id}-{next}"));
    }
    Ok((Answer::Json(reply.into()), mark))
}

/// Nulls are left out (documented); `Id` is there when it is asked for.
fn shown(tx: &Transaction<'_>, row: &Object, fields: &[String]) -> Object {
    let mut seen = Object::new();
    for field in fields {
        if let Some(value) = row.get(field).filter(|value| !value.is_null()) {
            seen.insert(to_pascal(field), view::crud(value, tx.zone()));
        }
    }
    seen
}

/// A field that neither the reference nor any custom name knows is refused (observed, with this text).
fn check_fields(kind: Kind, query: &Query) -> Result<(), Problem> {
    let name = kind.facts().name;
    let schemas = [format!("ProxyGet{name}"), format!("Expanded{name}")];
    let known: Vec<_> = schemas
        .iter()
        .filter_map(|name| zuora_catalog::schema(name))
        .filter_map(|schema| match schema.shape() {
            zuora_catalog::Shape::Object(fields) => Some(fields),
            _ => None,
        })
        .collect();
    let conditions = query.groups.iter().flatten();
    let named = conditions.map(|condition| &condition.member);
    for field in query.fields.iter().chain(named) {
        let is_known = zuora_catalog::is_custom(field)
            || known.is_empty()
            || known.iter().any(|fields| {
                fields.get(field).is_some() || fields.get(&to_pascal(field)).is_some()
            });
        if !is_known {
            let field = to_pascal(field);
            return Err(Problem::worded(
                "INVALID_FIELD",
                format!("invalid field for query: {name}.{field}"),
            ));
        }
    }
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn malformed(what: impl AsRef<str>) -> Problem {
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

pub(crate) fn parse(text: &str) -> Result<Query, Problem> {
    let mut tokens = tokens(text)?.into_iter().peekable();
    let keyword = |tokens: &mut dyn Iterator<Item = Token>, word: &str| match tokens.next() {
        Some(Token::Word(own)) if own == word => Ok(()),
        _ => Err(malformed(format!("`{word}` is missing"))),
    };
    keyword(&mut tokens, "select")?;
    let mut fields = Vec::new();
    loop {
        match tokens.next() {
            Some(Token::Word(field)) if is_name(&field) => fields.push(to_camel(&field)),
            _ => return Err(malformed("a field is missing")),
        }
        match tokens.next() {
            Some(Token::Sign(",")) => {}
            Some(Token::Word(word)) if word == "from" => break,
            _ => return Err(malformed("`from` is missing")),
        }
    }
    let object = match tokens.next() {
        Some(Token::Word(object)) if is_name(&object) => object,
        _ => return Err(malformed("the object is missing")),
    };
    let mut groups = vec![Vec::new()];
    match tokens.next() {
        None => {}
        Some(Token::Word(word)) if word == "where" => loop {
            let condition = condition(&mut tokens)?;
            if let Some(group) = groups.last_mut() {
                group.push(condition);
            }
            match tokens.next() {
                None => break,
                Some(Token::Word(word)) if word == "and" => {}
                Some(Token::Word(word)) if word == "or" => groups.push(Vec::new()),
                _ => return Err(malformed("neither `and` nor `or` after a condition")),
            }
        },
        _ => return Err(malformed("something other than `where` after the object")),
    }
    if groups.iter().map(Vec::len).sum::<usize>() > MOST_CONDITIONS {
        return Err(malformed(format!("more than {MOST_CONDITIONS} conditions")));
    }
    Ok(Query {
        fields,
        kind: Kind::asked_for(&object),
        object,
        groups,
    })
}

fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(word, "select" | "from" | "where" | "and" | "or" | "like")
}

fn condition(tokens: &mut impl Iterator<Item = Token>) -> Result<Condition, Problem> {
    let member = match tokens.next() {
        Some(Token::Word(field)) if is_name(&field) => to_camel(&field),
        _ => return Err(malformed("a condition without a field")),
    };
    let operator = match tokens.next() {
        Some(Token::Sign(sign)) => sign,
        Some(Token::Word(word)) if word == "like" => "like",
        _ => return Err(malformed("a condition without an operator")),
    };
    let (value, is_text) = match tokens.next() {
        Some(Token::Text(text)) => (text, true),
        Some(Token::Word(word)) => (word, false),
        _ => return Err(malformed("a condition without a value")),
    };
    let is_null = !is_text && value == "null";
    let is_literal = is_text
        || matches!(value.as_str(), "null" | "true" | "false")
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
