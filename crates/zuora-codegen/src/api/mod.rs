//! The description of the API as it stands in `api/`: operations, schemas, types and facts of fields.

mod job;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use read::read;

use std::{collections::BTreeMap, fmt, path::PathBuf, rc::Rc};

/// Where an entry stands, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: Rc<PathBuf>,
    pub(crate) line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Something in `api/` that cannot be: names file and line.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) String);

impl Fault {
    pub(crate) fn at(place: &Place, message: impl fmt::Display) -> Self {
        Self(format!("{place}: {message}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// All of `api/`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Api {
    /// By file name without its ending: the module and the feature.
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) schemas: BTreeMap<String, Schema>,
}

/// The operations under one tag.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The tag, such as `CreditMemos`.
    pub(crate) name: String,
}

/// One method and path.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) place: Place,
    /// The file name of its group.
    pub(crate) group: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Older spellings: id, method and path of each.
    pub(crate) was: Vec<String>,
    /// The names of other clients.
    pub(crate) python: Option<String>,
    pub(crate) csharp: Option<String>,
    pub(crate) csharp_was: Option<String>,
    /// The id in the specification where it had to be changed here.
    pub(crate) specification: Option<String>,
    pub(crate) only_2022: bool,
    /// Another host than the tenant's.
    pub(crate) server: Option<String>,
    pub(crate) auth: Auth,
    /// Which of the common headers apply.
    pub(crate) common: Vec<Common>,
    pub(crate) concurrency: bool,
    pub(crate) reads: bool,
    pub(crate) pages: Option<String>,
    pub(crate) job: Option<Job>,
    pub(crate) partial: bool,
    pub(crate) params: Vec<Param>,
    pub(crate) body: Option<Body>,
    pub(crate) accept: Vec<String>,
    /// Status and type; `None` for no body.
    pub(crate) replies: Vec<(String, Option<Type>)>,
    pub(crate) errors: Vec<(String, Option<Type>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    Bearer,
    Basic,
    None,
}

/// A header (or query parameter) that many operations share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Common {
    Entity,
    Org,
    Track,
    Version,
    Wsdl,
    Gzip,
    Reject,
    Key,
}

impl Common {
    pub(crate) const ALL: [(&'static str, Common); 8] = [
        ("entity", Common::Entity),
        ("org", Common::Org),
        ("track", Common::Track),
        ("version", Common::Version),
        ("wsdl", Common::Wsdl),
        ("gzip", Common::Gzip),
        ("reject", Common::Reject),
        ("key", Common::Key),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, common)| *common == self)
            .map_or("", |(word, _)| word)
    }
}

/// How the end of what an operation starts is waited for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) place: Place,
    /// The operation that asks.
    pub(crate) poll: String,
    /// Where the first reply names the job.
    pub(crate) id: String,
    /// Where the poll's reply tells the state.
    pub(crate) state: String,
    pub(crate) done: Vec<String>,
    pub(crate) failed: Vec<String>,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum In {
    Path,
    Query,
    Header,
    Form,
    File,
}

impl In {
    pub(crate) const ALL: [(&'static str, In); 5] = [
        ("path", In::Path),
        ("query", In::Query),
        ("header", In::Header),
        ("form", In::Form),
        ("file", In::File),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, place)| *place == self)
            .map_or("", |(word, _)| word)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) position: In,
    pub(crate) field: Field,
}

#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) content_type: String,
    /// `None` where it is made of the form and file parameters.
    pub(crate) ty: Option<Type>,
    pub(crate) required: bool,
}

/// A named type.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The file name it stands in.
    pub(crate) home: String,
    pub(crate) shape: Shape,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Object(Vec<Field>),
    Enum(Vec<String>),
    Union(Union),
}

#[derive(Clone, Debug)]
pub(crate) struct Union {
    pub(crate) variants: Vec<Type>,
    /// The member whose text tells the variant.
    pub(crate) tag: Option<String>,
    /// Text of the tag to variant.
    pub(crate) values: Vec<(String, String)>,
}

/// A member of an object or a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) ty: Type,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) read_only: bool,
    pub(crate) facts: Facts,
}

/// What is known of the values of a field beyond their type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) one_of: Vec<String>,
    pub(crate) default: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) pattern: Option<String>,
    /// `min`, `max_length` and so on, with the text of the number.
    pub(crate) limits: Vec<(&'static str, String)>,
    pub(crate) items: Option<Box<Facts>>,
    /// An array in a query is joined by this; else the name is repeated.
    pub(crate) joined: Option<String>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Type {
    String,
    Integer,
    Number,
    Boolean,
    Date,
    DateTime,
    Binary,
    /// Any JSON object.
    Object,
    /// Any JSON value.
    Any,
    Named(String),
    Array(Box<Type>),
    Map(Box<Type>),
}

impl Type {
    /// The named type in it, however deep.
    pub(crate) fn named(&self) -> Option<&str> {
        match self {
            Type::Named(name) => Some(name),
            Type::Array(inner) | Type::Map(inner) => inner.named(),
            _ => None,
        }
    }

    /// The same with another name in it.
    pub(crate) fn rename(&mut self, to: &str) {
        match self {
            Type::Named(name) => to.clone_into(name),
            Type::Array(inner) | Type::Map(inner) => inner.rename(to),
            _ => {}
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::String => "string",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::DateTime => "date-time",
            Type::Binary => "binary",
            Type::Object => "object",
            Type::Any => "any",
            Type::Named(name) => name,
            Type::Array(inner) => return write!(f, "array<{inner}>"),
            Type::Map(inner) => return write!(f, "map<{inner}>"),
        })
    }
}

impl Schema {
    /// The names of all types that stand in it.
    pub(crate) fn names(&self) -> Vec<&str> {
        match &self.shape {
            Shape::Object(fields) => fields.iter().filter_map(|field| field.ty.named()).collect(),
            Shape::Enum(_) => Vec::new(),
            Shape::Union(union) => union.variants.iter().filter_map(Type::named).collect(),
        }
    }
}
