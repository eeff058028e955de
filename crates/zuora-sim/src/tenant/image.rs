//! A tenant's data as one JSON document: what snapshots are, and files to begin from.
//!
//! `{"format": 1, "numbers": {"Account": 2}, "records": {"Account": [{"id": ..}, ..], ..}}`. Members are those
//! of object query. In a file written by hand, ids and numbers may be left out.

use super::{
    kind::Kind,
    record::{some_text, text},
    store::Store,
};
use crate::{fault::BadFault, ids::Ids};
use zuora_wire::{Json, Object};

/// What this version writes and reads.
const FORMAT: u64 = 1;

/// The data as a document.
pub(crate) fn write(store: &Store) -> String {
    let numbers = store.last().iter();
    let numbers = Json::object(numbers.map(|(kind, last)| (kind.facts().name, *last)));
    let mut records = Object::new();
    for facts in Kind::all() {
        let rows: Vec<Json> = store
            .all(facts.kind)
            .map(|row| row.clone().into())
            .collect();
        if !rows.is_empty() {
            records.insert(facts.name, rows);
        }
    }
    let members = [
        ("format", Json::from(FORMAT)),
        ("numbers", numbers),
        ("records", records.into()),
    ];
    Json::object(members).to_string()
}

/// The data of a document. What is wrong with it is told with its line.
pub(crate) fn read(document: &str, ids: &mut Ids) -> Result<Store, BadFault> {
    let json = Json::parse(document).map_err(|error| {
        let line = broken_line(document);
        BadFault::new("", format!("is no JSON in line {line}: {error}"))
    })?;
    let wrong = |name: &str, rule: String| {
        let line = line_of(document, name);
        BadFault::new(name, format!("in line {line} {rule}"))
    };
    let format = json.get("format");
    if format.is_some_and(|format| *format != Json::from(FORMAT)) {
        let rule = format!("must be {FORMAT}: the document is of another version");
        return Err(wrong("format", rule));
    }
    let mut store = Store::default();
    let records = json.get("records").and_then(Json::as_object);
    let records = records.ok_or_else(|| wrong("records", "must be an object".to_owned()))?;
    for (name, rows) in records.iter() {
        let kind = Kind::by_name(name);
        let kind = kind.ok_or_else(|| wrong(name, "is no kind of object".to_owned()))?;
        let rows = rows.as_array();
        let rows = rows.ok_or_else(|| wrong(name, "must be an array".to_owned()))?;
        for (place, row) in rows.iter().enumerate() {
            let row = row.as_object();
            let row = row.ok_or_else(|| wrong(name, format!("has no object at {place}")))?;
            let mut row = row.clone();
            if some_text(&row, "id").is_none() {
                row.insert("id", ids.hex32());
            }
            if let Some((member, prefix, digits)) = kind.facts().number
                && some_text(&row, member).is_none()
            {
                row.insert(member, format!("{prefix}{:0digits$}", place + 1));
            }
            if store.get(kind, text(&row, "id")).is_some() {
                let id = text(&row, "id").to_owned();
                return Err(wrong(&id, "is the id of two records".to_owned()));
            }
            store.load(kind, row);
        }
        if kind.facts().number.is_some() {
            store.set_last(kind, rows.len() as u64);
        }
    }
    check_parents(&store, &wrong)?;
    let numbers = json.get("numbers").and_then(Json::as_object);
    for (name, last) in numbers.iter().flat_map(|numbers| numbers.iter()) {
        let last = last.as_number().and_then(zuora_wire::Number::as_u64);
        match (Kind::by_name(name), last) {
            (Some(kind), Some(last)) => store.set_last(kind, last),
            _ => return Err(wrong(name, "must be a kind with a whole number".to_owned())),
        }
    }
    Ok(store)
}

/// A record that belongs to nothing would be found through no door.
fn check_parents(store: &Store, wrong: &dyn Fn(&str, String) -> BadFault) -> Result<(), BadFault> {
    for facts in Kind::all() {
        for row in store.all(facts.kind) {
            for (member, parent) in facts.parents {
                if let Some(id) = some_text(row, member)
                    && store.get(*parent, id).is_none()
                {
                    let rule = format!(
                        "is named as {member} of a record of {}, and no {} has it",
                        facts.name,
                        parent.facts().name
                    );
                    return Err(wrong(id, rule));
                }
            }
        }
    }
    Ok(())
}

/// The first line with this text in quotes; 1 when there is none.
fn line_of(document: &str, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    let at = document.find(&quoted).unwrap_or(0);
    document[..at].matches('\n').count() + 1
}

/// The line up to which a broken document could still be JSON: the shortest beginning that is wrong
/// whatever follows is looked for line by line.
fn broken_line(document: &str) -> usize {
    let mut depth: Vec<char> = Vec::new();
    let mut in_text = false;
    let mut line = 1;
    let mut chars = document.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' if in_text => return line,
            '\n' => line += 1,
            '\\' if in_text => {
                chars.next();
            }
            '"' => in_text = !in_text,
            _ if in_text => {}
            '{' | '[' => depth.push(c),
            '}' | ']' => {
                let open = if c == '}' { '{' } else { '[' };
                if depth.pop() != Some(open) {
                    return line;
                }
            }
            _ => {}
        }
    }
    line
}
