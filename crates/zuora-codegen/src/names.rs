//! The names that Rust users and the command line see: made once, kept in `api/names.toml` for ever.
//!
//! A name that stands in the file is never changed by the generator; what is new is added, what is gone
//! is taken out. A person may change a name there by hand.

use crate::api::{Api, Fault};
use heck::{ToKebabCase, ToSnakeCase, ToUpperCamelCase};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};
use toml_edit::Document;

/// The names of all operations and types.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Names {
    /// Schema to Rust type.
    types: BTreeMap<String, String>,
    /// Operation id to Rust method and command-line verb.
    operations: BTreeMap<String, (String, String)>,
}

const HEADER: &str = "\
# Names of types and operations. The generator adds what is new and takes out what is gone; what stands
# here it never changes. An operation has its Rust method and its verb on the command line.
";

impl Names {
    /// Those of the file, if there is one, and made ones for what is new.
    pub(crate) fn of(api: &Api, file: &Path) -> Result<Self, Fault> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Fault(format!(
                    "{}: cannot be read: {error}",
                    file.display()
                )));
            }
        };
        let mut names = Self::read(&text, file)?;
        names.types.retain(|name, _| api.schemas.contains_key(name));
        names
            .operations
            .retain(|id, _| api.operations.contains_key(id));
        names.add(api)?;
        Ok(names)
    }

    fn read(text: &str, file: &Path) -> Result<Self, Fault> {
        let fault = |what: &str| Fault(format!("{}: {what}", file.display()));
        let document = Document::parse(text).map_err(|error| fault(error.message()))?;
        let mut names = Self::default();
        if let Some(table) = document.get("types").and_then(|item| item.as_table_like()) {
            for (name, item) in table.iter() {
                let rust = item
                    .as_str()
                    .ok_or_else(|| fault(&format!("types.{name} is a string")))?;
                names.types.insert(name.to_owned(), rust.to_owned());
            }
        }
        if let Some(table) = document
            .get("operations")
            .and_then(|item| item.as_table_like())
        {
            for (id, item) in table.iter() {
                let pair: Vec<_> = item
                    .as_array()
                    .map(|array| array.iter().filter_map(|value| value.as_str()).collect())
                    .unwrap_or_default();
                let [method, verb] = pair[..] else {
                    return Err(fault(&format!("operations.{id} is [\"method\", \"verb\"]")));
                };
                names
                    .operations
                    .insert(id.to_owned(), (method.to_owned(), verb.to_owned()));
            }
        }
        Ok(names)
    }

    fn add(&mut self, api: &Api) -> Result<(), Fault> {
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (name, rust) in &self.types {
            if let Some(other) = taken.insert(rust.clone(), name.clone()) {
                return Err(Fault(format!(
                    "the types {other} and {name} would both be {rust}: change one in names.toml"
                )));
            }
        }
        for (name, schema) in &api.schemas {
            if self.types.contains_key(name) {
                continue;
            }
            let rust = name.to_upper_camel_case();
            if let Some(other) = taken.get(&rust) {
                return Err(Fault::at(
                    &schema.place,
                    format!(
                        "the types {other} and {name} would both be {rust}: name one of them in names.toml"
                    ),
                ));
            }
            taken.insert(rust.clone(), name.clone());
            self.types.insert(name.clone(), rust);
        }
        for (file, group) in &api.groups {
            let ids: Vec<_> = api
                .operations
                .values()
                .filter(|operation| operation.group == *file)
                .map(|operation| operation.id.as_str())
                .collect();
            let noun: Vec<_> = words(&group.name);
            let mut short: BTreeMap<String, usize> = BTreeMap::new();
            for id in &ids {
                *short.entry(verb(id, &noun)).or_default() += 1;
            }
            let mut verbs: BTreeSet<String> = ids
                .iter()
                .filter_map(|id| Some(self.operations.get(*id)?.1.clone()))
                .collect();
            for id in ids {
                if self.operations.contains_key(id) {
                    continue;
                }
                let mut verb = verb(id, &noun);
                if short.get(&verb) != Some(&1) || verbs.contains(&verb) {
                    verb = id.to_kebab_case();
                }
                verbs.insert(verb.clone());
                self.operations
                    .insert(id.to_owned(), (id.to_snake_case(), verb));
            }
        }
        Ok(())
    }

    /// The Rust type of a schema.
    pub(crate) fn ty<'n>(&'n self, schema: &'n str) -> &'n str {
        self.types.get(schema).map_or(schema, String::as_str)
    }

    /// The Rust method of an operation.
    pub(crate) fn method<'n>(&'n self, id: &'n str) -> &'n str {
        self.operations
            .get(id)
            .map_or(id, |(method, _)| method.as_str())
    }

    /// The command-line verb of an operation.
    pub(crate) fn verb<'n>(&'n self, id: &'n str) -> &'n str {
        self.operations
            .get(id)
            .map_or(id, |(_, verb)| verb.as_str())
    }

    /// The text of `api/names.toml`.
    pub(crate) fn text(&self) -> String {
        let mut text = HEADER.to_owned();
        text.push_str("\n[operations]\n");
        for (id, (method, verb)) in &self.operations {
            let _ = writeln!(text, "{id} = [{method:?}, {verb:?}]");
        }
        text.push_str("\n[types]\n");
        for (name, rust) in &self.types {
            let _ = writeln!(text, "{name} = {rust:?}");
        }
        text
    }
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    name.to_kebab_case().split('-').map(str::to_owned).collect()
}

/// The id less the group's noun, in singular or plural.
fn verb(id: &str, noun: &[String]) -> String {
    let mut words = words(id);
    let same = |a: &str, b: &str| singular(a) == singular(b);
    let found = words
        .windows(noun.len())
        .position(|window| window.iter().zip(noun).all(|(word, noun)| same(word, noun)));
    if let Some(at) = found {
        words.drain(at..at + noun.len());
    }
    match words.is_empty() {
        true => id.to_kebab_case(),
        false => words.join("-"),
    }
}

fn singular(word: &str) -> &str {
    match word.strip_suffix("ies") {
        Some(stem) => stem,
        None => word
            .strip_suffix('s')
            .or(word.strip_suffix('y'))
            .unwrap_or(word),
    }
}
