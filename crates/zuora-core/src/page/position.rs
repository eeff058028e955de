//! Where a walk through a list stands, and the text by which another process goes on from there.

use crate::{Error, request::Request};
use zuora_wire::Json;

/// The first page that was not given completely, and what was given of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1 at the call as it was made.
    pub(super) page: u64,
    /// The page as its style names it: a path with its query, a cursor, a number. `None` is the
    /// call as it was made.
    pub(super) at: Option<String>,
    /// Items of this page that were given already.
    pub(super) skip: u64,
    /// Items on the pages before; `None` when the call itself began behind the first page.
    pub(super) read: Option<u64>,
}

/// The form of the text; another one is refused instead of misread.
const FORM: u64 = 1;

/// The call that a position belongs to: method and path, so that it is not used for another list.
pub(super) fn call(request: &Request) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    format!("{} {path}", request.method)
}

impl Place {
    /// The call as it was made.
    pub(super) fn start(read: Option<u64>) -> Self {
        Self {
            page: 1,
            at: None,
            skip: 0,
            read,
        }
    }

    /// The same page, with so many more of its items given.
    pub(super) fn skipping(mut self, items: u64) -> Self {
        self.skip = self.skip.saturating_add(items);
        self
    }

    /// The page at `at`, behind this one with its `items`.
    pub(super) fn behind(&self, at: String, items: u64) -> Self {
        Self {
            page: self.page.saturating_add(1),
            at: Some(at),
            skip: 0,
            read: self.read.map(|read| read.saturating_add(items)),
        }
    }

    pub(super) fn to_text(&self, call: &str) -> String {
        Json::object([
            ("position", Json::from(FORM)),
            ("call", Json::from(call)),
            ("page", Json::from(self.page)),
            ("next", Json::from(self.at.as_deref())),
            ("skip", Json::from(self.skip)),
            ("read", Json::from(self.read)),
        ])
        .to_string()
    }

    pub(super) fn from_text(text: &str, call: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::invalid(format!("the saved position is refused: {why}"));
        let json = Json::parse(text).map_err(|_| wrong("it is not a text that `position` gave"))?;
        let number = |name: &str| json.get(name).and_then(Json::as_number)?.as_u64();
        if number("position") != Some(FORM) {
            return Err(wrong("it has a form that this version does not know"));
        }
        let of = json.get("call").and_then(Json::as_str).unwrap_or_default();
        if of != call {
            return Err(wrong(&format!(
                "it belongs to {}, and this is {}",
                crate::text::shorten(&crate::text::one_line(of), 120),
                crate::text::shorten(call, 120)
            )));
        }
        let at = match json.get("next") {
            None | Some(Json::Null) => None,
            Some(Json::String(at)) if !at.is_empty() => Some(at.clone()),
            Some(_) => return Err(wrong("`next` is not a text")),
        };
        let read = match json.get("read") {
            None | Some(Json::Null) => None,
            Some(_) => Some(number("read").ok_or_else(|| wrong("`read` is not a number"))?),
        };
        Ok(Self {
            page: number("page").ok_or_else(|| wrong("`page` is not a number"))?,
            at,
            skip: number("skip").ok_or_else(|| wrong("`skip` is not a number"))?,
            read,
        })
    }
}
