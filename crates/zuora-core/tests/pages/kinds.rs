//! Zuora's kinds of lists: how each is called, and the style that reads it.

use zuora_core::{Client, Json, Method, PageStyle, RequestBuilder};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    NextUrl,
    StartLimit,
    Cursor,
    CustomObjects,
    Snake,
    PreviousNext,
    QueryMore,
    PageLength,
    Counted,
    CountedBlind,
    BodyCursor,
    BodyPage,
}

pub const KINDS: [Kind; 12] = [
    Kind::NextUrl,
    Kind::StartLimit,
    Kind::Cursor,
    Kind::CustomObjects,
    Kind::Snake,
    Kind::PreviousNext,
    Kind::QueryMore,
    Kind::PageLength,
    Kind::Counted,
    Kind::CountedBlind,
    Kind::BodyCursor,
    Kind::BodyPage,
];

impl Kind {
    pub fn style(self) -> PageStyle {
        match self {
            Kind::NextUrl => PageStyle::next_url("invoices"),
            Kind::StartLimit => PageStyle::next_url("data").next_at("next"),
            Kind::Cursor | Kind::PreviousNext => PageStyle::cursor("data"),
            Kind::CustomObjects => PageStyle::cursor("records").next_at("cursor"),
            Kind::Snake => PageStyle::cursor("data").next_at("next_page"),
            Kind::QueryMore => PageStyle::query_more(),
            Kind::PageLength => PageStyle::page_length("data"),
            Kind::Counted => PageStyle::counted("commitments"),
            Kind::CountedBlind => PageStyle::counted("data.jobs"),
            Kind::BodyCursor => PageStyle::cursor("data").send_in_body("paging.cursor"),
            Kind::BodyPage => PageStyle::counted("values").send_in_body("pagination.page"),
        }
    }

    /// The call that begins the list, with parameters that every page must have too.
    pub fn call(self, client: &Client, size: usize) -> RequestBuilder<Json> {
        let size_name = match self {
            Kind::StartLimit => "limit",
            Kind::PageLength => "page_length",
            Kind::CustomObjects | Kind::Snake => "page_size",
            _ => "pageSize",
        };
        let filters = Json::object([("name", Json::from("a&b=ü")), ("n", Json::from(1))]);
        let call = match self {
            Kind::QueryMore => client
                .request(Method::POST, self.path())
                .json(&Json::object([
                    ("queryString", Json::from("select Id from Account")),
                    ("conf", Json::object([("batchSize", size)])),
                ])),
            Kind::BodyCursor => client
                .request(Method::POST, self.path())
                .json(&Json::object([
                    ("filters", filters),
                    ("paging", Json::object([("size", size)])),
                ])),
            Kind::BodyPage => client
                .request(Method::POST, self.path())
                .json(&Json::object([
                    ("filters", filters),
                    ("pagination", Json::object([("pageSize", size)])),
                ])),
            _ => client
                .request(Method::GET, format!("{}?fields[]=id%2Cname", self.path()))
                .query("filter", "name.EQ:a&b=ü")
                .query(size_name, size.to_string()),
        };
        call.header("X-Mine", "kept").json_reply()
    }

    pub fn path(self) -> &'static str {
        match self {
            Kind::NextUrl => "/v1/invoices",
            Kind::StartLimit => "/events/event-triggers",
            Kind::Cursor => "/object-query/accounts",
            Kind::CustomObjects => "/objects/records/default/car",
            Kind::Snake => "/v2/accounts",
            Kind::PreviousNext => "/meters/7/auditTrail/entries",
            Kind::QueryMore => "/v1/action/query",
            Kind::PageLength => "/workflows",
            Kind::Counted => "/commitments",
            Kind::CountedBlind => "/meters/7/auditTrail/export",
            Kind::BodyCursor => "/commerce/things/query",
            Kind::BodyPage => "/commerce/legacy/products/list",
        }
    }

    /// Where the next page is named in a body; for counted lists, what tells that there is one.
    pub fn next_name(self) -> &'static str {
        match self {
            Kind::StartLimit => "next",
            Kind::CustomObjects => "cursor",
            Kind::Snake => "next_page",
            Kind::QueryMore => "queryLocator",
            _ => "nextPage",
        }
    }

    /// The pages of this list have their number as their position.
    pub fn is_counted(self) -> bool {
        matches!(
            self,
            Kind::PageLength | Kind::Counted | Kind::CountedBlind | Kind::BodyPage
        )
    }

    /// How many requests a list of `items` takes.
    pub fn requests(self, items: usize, size: usize) -> usize {
        match self {
            // Only a page without items shows the end.
            Kind::CountedBlind | Kind::BodyPage => items.div_ceil(size) + 1,
            _ => items.div_ceil(size).max(1),
        }
    }
}
