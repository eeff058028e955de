//! `zuora operations`: what the API offers, from the catalogue in this program; nothing is called.

mod show;
mod tree;

use crate::{
    args::{Operations, OperationsCommand, Show},
    output,
    report::{Code, Failure},
};
use std::fmt::Write as _;
use zuora_catalog::{Group, Operation};

/// So many similar ids are named.
const SIMILAR: usize = 5;

pub(crate) fn run(args: &Operations) -> Result<(), Failure> {
    let text = match (&args.command, &args.group) {
        (Some(OperationsCommand::Show(args)), _) => show::operation(chosen(args)?, args.depth),
        (None, Some(name)) => list(group(name)?.operations(), false),
        (None, None) => {
            let mut all: Vec<_> = zuora_catalog::operations().collect();
            all.sort_by_key(|operation| operation.group());
            list(all, true)
        }
    };
    output::data(text.as_bytes())
}

/// The group's noun on the command line.
fn noun(group: Group) -> String {
    group.module().replace('_', "-")
}

fn group(name: &str) -> Result<Group, Failure> {
    let plain = |name: &str| name.replace(['-', '_', ' '], "").to_ascii_lowercase();
    let wanted = plain(name);
    zuora_catalog::groups()
        .find(|group| plain(group.module()) == wanted || plain(group.name()) == wanted)
        .ok_or_else(|| {
            let similar = zuora_catalog::groups().map(noun);
            unknown(&format!("no group is called {name}"), &wanted, similar)
                .or_hint("`zuora operations` lists all operations with their groups")
        })
}

/// A line each, in columns.
fn list(operations: impl IntoIterator<Item = Operation>, with_group: bool) -> String {
    let rows: Vec<_> = operations
        .into_iter()
        .map(|operation| {
            let noun = with_group.then(|| noun(operation.group()));
            (noun.unwrap_or_default(), operation)
        })
        .collect();
    let noun_width = rows.iter().map(|(noun, _)| noun.len()).max().unwrap_or(0);
    let verbs = rows.iter().map(|(_, operation)| operation.verb().len());
    let verb_width = verbs.max().unwrap_or(0);
    let mut text = String::new();
    for (noun, operation) in rows {
        if with_group {
            let _ = write!(text, "{noun:noun_width$}  ");
        }
        let (verb, method, path) = (operation.verb(), operation.method(), operation.path());
        let _ = writeln!(text, "{verb:verb_width$}  {method:6}  {path}");
    }
    text
}

/// The operation that is meant by an id, or by a path with or without its method.
fn chosen(args: &Show) -> Result<Operation, Failure> {
    match (&args.what, &args.path) {
        (method, Some(path)) => by_path(&[&method.to_ascii_uppercase()], path),
        (path, None) if path.contains('/') => by_path(&METHODS, path),
        (id, None) => zuora_catalog::operation(id).ok_or_else(|| {
            let all = zuora_catalog::operations().map(|operation| operation.id().to_owned());
            unknown(
                &format!("no operation has the id {id}"),
                &id.to_ascii_lowercase(),
                all,
            )
            .or_hint("`zuora operations` lists all operations")
        }),
    }
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn by_path(methods: &[&str], path: &str) -> Result<Operation, Failure> {
    let found: Vec<_> = methods
        .iter()
        .filter_map(|method| Some(zuora_catalog::find(method, path)?.operation()))
        .collect();
    match found[..] {
        [] => Err(no_such_path(methods, path)),
        [operation] => Ok(operation),
        _ => {
            let methods: Vec<_> = found.iter().map(|found| found.method()).collect();
            let methods = methods.join(", ");
            Err(
                Failure::usage(format!("several operations have this path: {methods}")).hint(
                    format!("zuora operations show {} {path}", found[0].method()),
                ),
            )
        }
    }
}

fn no_such_path(methods: &[&str], path: &str) -> Failure {
    let has = |method: &&str| zuora_catalog::find(method, path).is_some();
    let others: Vec<_> = METHODS.into_iter().filter(has).collect();
    let not_found = |message| Failure::new(Code::NotFound, message);
    match others.is_empty() {
        true => not_found(format!("no operation has the path {path}"))
            .hint("`zuora operations` lists all operations"),
        false => not_found(format!("no operation is {} {path}", methods.join(" ")))
            .hint(format!("the path has {}", others.join(", "))),
    }
}

/// A failure that names what is similar, if anything is.
struct Unknown {
    message: String,
    similar: Vec<String>,
}

fn unknown(message: &str, wanted: &str, names: impl Iterator<Item = String>) -> Unknown {
    let is_similar = |name: &String| name.to_ascii_lowercase().contains(wanted);
    Unknown {
        message: message.to_owned(),
        similar: names.filter(is_similar).take(SIMILAR).collect(),
    }
}

impl Unknown {
    fn or_hint(self, otherwise: &str) -> Failure {
        let hint = match self.similar.is_empty() {
            true => otherwise.to_owned(),
            false => format!("similar: {}", self.similar.join(", ")),
        };
        Failure::new(Code::NotFound, self.message).hint(hint)
    }
}
