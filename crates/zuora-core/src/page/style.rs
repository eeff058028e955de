//! How one list is paged, as data: where the items stand, where the next page is named, how it is
//! asked for.

use std::borrow::Cow;

type Name = Cow<'static, str>;

/// How a list is paged. The constructors are Zuora's styles; the setters change where things stand.
///
/// Places in a body are member names joined by dots, such as `pagination.next_page`. An empty place
/// is the whole body.
///
/// | style | Zuora's lists | what tells the next page |
/// |---|---|---|
/// | [`next_url`](Self::next_url) | most lists under `/v1` | `nextPage`, a URL |
/// | [`next_url`](Self::next_url) + `.next_at("next")` | `/events/*`, `/notifications/*` (`start`, `limit`) | `next`, a URL |
/// | [`cursor`](Self::cursor) | object query, meters and mediation (`previousPage`, `nextPage`) | `nextPage`, sent as `cursor` |
/// | [`cursor`](Self::cursor) + `.next_at("cursor")` | custom objects: records, jobs | `cursor`, sent as `cursor` |
/// | [`cursor`](Self::cursor) + `.next_at("next_page")` | Quickstart `/v2` | `next_page`, sent as `cursor` |
/// | [`query_more`](Self::query_more) | ZOQL, `POST /v1/action/query` | `queryLocator`, until `done` |
/// | [`page_length`](Self::page_length) | `/workflows`, `/workflows/tasks` | `pagination.next_page` |
/// | [`counted`](Self::counted) | commitments, e-invoicing; lists that tell nothing | pages are counted |
/// | any + [`send_in_body`](Self::send_in_body) | lists by POST, such as Commerce | as above |
///
/// How many items a page has is the call's own parameter (`pageSize`, `limit`, ...), set on the
/// request like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageStyle {
    pub(super) items: Name,
    /// Where the next page is named; for counted pages, where it is told that there is one.
    pub(super) next: Option<Name>,
    /// Where `true` ends the list, whatever else is told.
    pub(super) done: Option<Name>,
    /// Where the number of all items stands.
    pub(super) total: Option<Name>,
    /// The next page is this one's number and one.
    pub(super) counted: bool,
    pub(super) send: Sending,
}

/// How a page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// Path and query of the URL that was named.
    Url,
    /// A query parameter beside the others.
    Query(Name),
    /// A member of the JSON body beside the others.
    Body(Name),
    /// A call of its own for every page but the first.
    QueryMore,
}

impl PageStyle {
    fn named(items: Name, next: &'static str, send: Sending) -> Self {
        Self {
            items,
            next: Some(next.into()),
            done: None,
            total: None,
            counted: false,
            send,
        }
    }

    /// `nextPage` is a URL; of it only path and query are used, below the client's own base.
    pub fn next_url(items: impl Into<Cow<'static, str>>) -> Self {
        Self::named(items.into(), "nextPage", Sending::Url)
    }

    /// `nextPage` is a text without meaning, sent as the query parameter `cursor`.
    pub fn cursor(items: impl Into<Cow<'static, str>>) -> Self {
        Self::named(items.into(), "nextPage", Sending::Query("cursor".into()))
    }

    /// ZOQL: the call itself is `POST /v1/action/query`, further pages come from
    /// `POST /v1/action/queryMore` with `queryLocator` (and the `conf` of the first), until `done`.
    pub fn query_more() -> Self {
        Self {
            done: Some("done".into()),
            total: Some("size".into()),
            ..Self::named("records".into(), "queryLocator", Sending::QueryMore)
        }
    }

    /// Pages are numbered by the query parameter `page`, from the number that the call itself has or
    /// from 1. The list ends when `total` items were read or, where no total is told, with a page
    /// that has none.
    pub fn counted(items: impl Into<Cow<'static, str>>) -> Self {
        Self {
            next: None,
            total: Some("total".into()),
            counted: true,
            ..Self::named(items.into(), "", Sending::Query("page".into()))
        }
    }

    /// As [`counted`](Self::counted), and `pagination.next_page` tells whether there is another page.
    /// What it holds is not used: the description calls it a URL, and a number serves as well.
    pub fn page_length(items: impl Into<Cow<'static, str>>) -> Self {
        Self {
            total: None,
            ..Self::counted(items)
        }
        .next_at("pagination.next_page")
    }

    /// Where the next page is named; for counted pages, what is neither absent, `null`, `false` nor
    /// empty there tells that there is another.
    #[must_use]
    pub fn next_at(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.next = Some(place.into());
        self
    }

    /// Where the number of all items stands. Counted pages find their end by it; others that end with
    /// fewer items give an error after the last page.
    #[must_use]
    pub fn total_at(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.total = Some(place.into());
        self
    }

    /// Sends the position as this query parameter.
    #[must_use]
    pub fn send_in_query(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.send = Sending::Query(name.into());
        self
    }

    /// Sends the position as this member of the call's JSON body, such as `pagination.page`; the
    /// rest of the body stays as it is.
    #[must_use]
    pub fn send_in_body(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.send = Sending::Body(place.into());
        self
    }
}

/// The names that a place is made of.
pub(super) fn steps(place: &str) -> Vec<&str> {
    if place.is_empty() {
        Vec::new()
    } else {
        place.split('.').collect()
    }
}
