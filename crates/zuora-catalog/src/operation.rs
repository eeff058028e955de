//! One method and path, and what is known of it.

use crate::{
    Common, Field, Group, Type,
    text::{Block, column},
};
use std::fmt;

/// One operation of the API.
#[derive(Clone, Copy)]
pub struct Operation(pub(crate) Block);

/// How a call proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Auth {
    /// The OAuth bearer token.
    Bearer,
    /// Name and password.
    Basic,
    /// Not at all.
    None,
}

/// The style of a list, and where its items stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pages {
    /// `url`, `next`, `cursor`, `own_cursor`, `page_length`, `counted` or `query_more`.
    pub style: &'static str,
    /// The member with the items.
    pub items: Option<&'static str>,
}

/// An older spelling of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Was {
    /// The id that it had.
    pub id: &'static str,
    /// The method that it had.
    pub method: &'static str,
    /// The path that it had.
    pub path: &'static str,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Position {
    /// A placeholder of the path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
    /// A part of a form.
    Form,
    /// A part of a form that is a file.
    File,
}

/// A parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// Where it goes.
    pub position: Position,
    /// Its name and what it takes.
    pub field: Field,
}

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Body {
    /// `None` where it is made of the form and file parameters.
    pub ty: Option<Type>,
    /// Whether a request must have one.
    pub is_required: bool,
    /// Such as `application/json`.
    pub content_type: &'static str,
}

/// What comes back with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// A number, or a class such as `4XX`.
    pub status: &'static str,
    /// `None` for no body, or for one of which nothing is known.
    pub ty: Option<Type>,
}

impl Position {
    /// All positions.
    pub const ALL: [Self; 5] = [
        Self::Path,
        Self::Query,
        Self::Header,
        Self::Form,
        Self::File,
    ];

    /// As the catalogue writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Form => "form",
            Self::File => "file",
        }
    }
}

impl Operation {
    /// The id in the API reference, such as `getAccount`.
    pub fn id(self) -> &'static str {
        self.0.column(0)
    }

    /// The group it belongs to.
    pub fn group(self) -> Group {
        Group {
            module: self.0.column(1),
            name: self.0.column(2),
        }
    }

    /// The HTTP method, in capitals.
    pub fn method(self) -> &'static str {
        self.0.column(3)
    }

    /// The path, with its placeholders in braces.
    pub fn path(self) -> &'static str {
        self.0.column(4)
    }

    /// The Rust method.
    pub fn rust_name(self) -> &'static str {
        self.0.column(5)
    }

    /// The verb on the command line, unique in its group.
    pub fn verb(self) -> &'static str {
        self.0.column(6)
    }

    /// Another host than the tenant's.
    pub fn server(self) -> Option<&'static str> {
        self.0.row("server")
    }

    /// How a call proves who it is.
    pub fn auth(self) -> Auth {
        match self.0.row("auth") {
            Some("basic") => Auth::Basic,
            Some(_) => Auth::None,
            None => Auth::Bearer,
        }
    }

    /// The headers (and one query parameter) of many operations that apply to this one.
    pub fn common(self) -> impl Iterator<Item = Common> {
        let words = self.0.row("common").unwrap_or_default();
        words.split_ascii_whitespace().filter_map(Common::of)
    }

    /// Whether replies tell the limit of concurrent calls.
    pub fn tells_concurrency(self) -> bool {
        self.0.row("concurrency").is_some()
    }

    /// Whether it changes nothing.
    pub fn only_reads(self) -> bool {
        self.0.row("reads").is_some()
    }

    /// Whether it is known from 2022 only: the server may not have it any more.
    pub fn only_2022(self) -> bool {
        self.0.row("only_2022").is_some()
    }

    /// Whether the description is known to be incomplete: parameters, body or errors.
    pub fn is_partial(self) -> bool {
        self.0.row("partial").is_some()
    }

    /// How the list that it answers with goes on.
    pub fn pages(self) -> Option<Pages> {
        let mut words = self.0.row("pages")?.split(' ');
        Some(Pages {
            style: words.next()?,
            items: words.next(),
        })
    }

    /// The media types that it may answer with.
    pub fn accept(self) -> impl Iterator<Item = &'static str> {
        self.0
            .row("accept")
            .unwrap_or("application/json")
            .split('\t')
    }

    /// Its older spellings.
    pub fn was(self) -> impl Iterator<Item = Was> {
        self.0.rows_of("was").map(|row| Was {
            id: column(row, 0),
            method: column(row, 1),
            path: column(row, 2),
        })
    }

    /// Its own parameters; [`common`](Self::common) has the others.
    pub fn params(self) -> impl Iterator<Item = Param> {
        self.0.rows().filter_map(|row| {
            let (word, field) = row.split_once('\t')?;
            let position = Position::ALL.into_iter().find(|place| place.word() == word);
            Some(Param {
                position: position?,
                field: Field(field),
            })
        })
    }

    /// What a request carries.
    pub fn body(self) -> Option<Body> {
        let row = self.0.row("body")?;
        Some(Body {
            ty: type_of(column(row, 0)),
            is_required: column(row, 1) == "required",
            content_type: column(row, 2),
        })
    }

    /// What comes back when it went well.
    pub fn replies(self) -> impl Iterator<Item = Reply> {
        self.0.rows_of("reply").map(Reply::of)
    }

    /// What comes back when it did not.
    pub fn errors(self) -> impl Iterator<Item = Reply> {
        self.0.rows_of("error").map(Reply::of)
    }

    /// What comes back with this status; a class such as `4XX` holds for what is not named.
    pub fn reply(self, status: u16) -> Option<Reply> {
        let all = || self.replies().chain(self.errors());
        let (exact, class) = (status.to_string(), format!("{}XX", status / 100));
        all()
            .find(|reply| reply.status == exact)
            .or_else(|| all().find(|reply| reply.status == class))
    }
}

impl Reply {
    fn of(row: &'static str) -> Self {
        Self {
            status: column(row, 0),
            ty: type_of(column(row, 1)),
        }
    }
}

fn type_of(text: &'static str) -> Option<Type> {
    (!text.is_empty()).then_some(Type(text))
}

/// Two are the same when their ids are.
impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Operation {}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.id(), self.method(), self.path())
    }
}
