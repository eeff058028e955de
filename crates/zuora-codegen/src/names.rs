//! The names that Rust users and the command line see: made once, kept in `api/names.toml` for ever.
//!
//! A name that stands in the file is never changed by the generator; what is new is added, what is gone
//! is taken out. A person may change a name there by hand.

use crate::{
    api::{Api, Fault, Group, Shape},
    lower::{self, TypeFacts},
};
use heck::{ToKebabCase, ToSnakeCase};
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
# here it never changes. An operation has its Rust method and its verb on the command line. Types of one
# shape share a name; `Type.member` is the enum of a member.
";

/// What generated modules take from elsewhere.
const RESERVED: [&str; 16] = [
    "Box", "Clone", "Date", "DateTime", "Decimal", "Default", "Extra", "Into", "Json", "Map",
    "Option", "Patch", "Self", "Slot", "String", "Vec",
];

impl Names {
    /// Those of the file, if there is one, and made ones for what is new.
    pub(crate) fn of(
        api: &Api,
        reach: &BTreeMap<String, TypeFacts>,
        file: &Path,
    ) -> Result<Self, Fault> {
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
        names.types.retain(|name, _| reach.contains_key(name));
        names
            .operations
            .retain(|id, _| api.operations.contains_key(id));
        names.add(api, reach)?;
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

    fn add(&mut self, api: &Api, reach: &BTreeMap<String, TypeFacts>) -> Result<(), Fault> {
        let old: BTreeSet<String> = self.types.keys().cloned().collect();
        let mut new: Vec<&str> = reach
            .keys()
            .map(String::as_str)
            .filter(|name| !old.contains(*name))
            .collect();
        // The shortest name of several is the one that stays.
        new.sort_by_key(|name| (name.len(), *name));
        let plain: BTreeSet<String> = reach
            .keys()
            .map(|name| {
                let [_, plain] = lower::rust_names(name);
                plain
            })
            .collect();
        for name in &new {
            let [short, plain_name] = lower::rust_names(name);
            let is_free = !plain.contains(&short)
                && !RESERVED.contains(&short.as_str())
                && !self.types.values().any(|taken| *taken == short);
            let rust = if is_free { short } else { plain_name };
            self.types.insert((*name).to_owned(), rust);
        }
        self.merge(api, reach, &new);
        self.check(api, reach)?;
        for (file, group) in &api.groups {
            self.add_operations(api, file, group);
        }
        self.check_operations(api)
    }

    /// Gives new types of the same shape one name, until no two are left: when parts become one, so may
    /// what they are parts of.
    fn merge(&mut self, api: &Api, reach: &BTreeMap<String, TypeFacts>, new: &[&str]) {
        loop {
            let mut first: BTreeMap<String, String> = BTreeMap::new();
            let known: Vec<&String> = self
                .types
                .keys()
                .filter(|name| !new.contains(&name.as_str()))
                .collect();
            for name in known
                .into_iter()
                .map(String::as_str)
                .chain(new.iter().copied())
            {
                if let Some(signature) = self.signature(api, reach, name) {
                    first
                        .entry(signature)
                        .or_insert_with(|| self.types[name].clone());
                }
            }
            let mut changed = false;
            // An enum that has a name says what it is about, although its members are another's, too.
            let own = |name: &str| {
                !name.contains('.')
                    && matches!(
                        api.schemas.get(name).map(|schema| &schema.shape),
                        Some(Shape::Enum(_))
                    )
            };
            for name in new.iter().filter(|name| !own(name)) {
                if let Some(signature) = self.signature(api, reach, name)
                    && let Some(rust) = first.get(&signature)
                    && self.types[*name] != *rust
                {
                    self.types.insert((*name).to_owned(), rust.clone());
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn signature(
        &self,
        api: &Api,
        reach: &BTreeMap<String, TypeFacts>,
        name: &str,
    ) -> Option<String> {
        let (schema, facts) = (api.schemas.get(name)?, reach.get(name)?);
        let rust = |name: &str| self.ty(name).to_owned();
        Some(lower::signature(schema, facts.role, &rust))
    }

    /// Types under one name have one shape, and no name hides one that generated code uses.
    fn check(&self, api: &Api, reach: &BTreeMap<String, TypeFacts>) -> Result<(), Fault> {
        let mut first: BTreeMap<&str, (&str, String)> = BTreeMap::new();
        for (name, rust) in &self.types {
            let (Some(signature), Some(schema)) =
                (self.signature(api, reach, name), api.schemas.get(name))
            else {
                continue;
            };
            if RESERVED.contains(&rust.as_str()) {
                return Err(Fault::at(
                    &schema.place,
                    format!("{name} cannot be {rust} in Rust: name it otherwise in names.toml"),
                ));
            }
            let (other, shape) = first.entry(rust).or_insert((name, signature.clone()));
            if *shape != signature {
                return Err(Fault::at(
                    &schema.place,
                    format!(
                        "{other} and {name} are both {rust} in Rust and differ: change one of them in names.toml"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// In a group every method and every verb stands for one operation.
    fn check_operations(&self, api: &Api) -> Result<(), Fault> {
        let mut taken = BTreeMap::new();
        for operation in api.operations.values() {
            for name in [self.method(&operation.id), self.verb(&operation.id)] {
                let other = taken.insert((&operation.group, name), &operation.id);
                if let Some(other) = other.filter(|other| **other != operation.id) {
                    return Err(Fault::at(
                        &operation.place,
                        format!(
                            "{other} and {} are both {name}: change one of them in names.toml",
                            operation.id
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn add_operations(&mut self, api: &Api, file: &str, group: &Group) {
        let ids: Vec<_> = api
            .operations
            .values()
            .filter(|operation| operation.group == file)
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
            let key = match name.contains('.') {
                true => format!("{name:?}"),
                false => name.clone(),
            };
            let _ = writeln!(text, "{key} = {rust:?}");
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
