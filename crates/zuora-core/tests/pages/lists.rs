//! A server of lists, one for each style, behind the transport seam. Token requests go to the
//! simulator. It cannot play the lists: a test changes each page's JSON as it leaves, and no list is as
//! hostile there.

pub use crate::kinds::*;

use crate::common::*;
use bytes::Bytes;
use std::{
    fmt,
    sync::{Arc, Mutex},
};
use zuora_core::{
    Client, Error, Json, Method, Page, Pages, Transport, TransportError, TransportErrorKind,
};
use zuora_wire::{BoxFuture, Object};

pub struct Sent {
    pub uri: http::Uri,
    pub method: Method,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Sent {
    pub fn query(&self, name: &str) -> Option<String> {
        url_pairs(self.uri.query().unwrap_or_default())
            .into_iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }

    pub fn json(&self) -> Json {
        Json::parse(&self.body).unwrap_or_default()
    }
}

fn url_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// What goes wrong with every request until it is taken away.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    Status(u16),
    Broken,
    NotJson,
    /// No answer ever.
    Silent,
}

pub const TROUBLES: [Trouble; 3] = [Trouble::Status(400), Trouble::Broken, Trouble::NotJson];

type Tamper = Box<dyn FnMut(usize, &mut Object) + Send>;

pub struct State {
    pub kind: Kind,
    pub items: usize,
    pub host: String,
    pub sent: Vec<Sent>,
    pub trouble: Option<Trouble>,
    /// Changes a page's body; gets the number of the request.
    pub tamper: Option<Tamper>,
}

/// The lists, and a client of them.
pub struct World {
    pub rig: Rig,
    pub client: Client,
    pub state: Arc<Mutex<State>>,
}

impl World {
    pub fn new(kind: Kind, items: usize) -> Self {
        Self::at(kind, items, "")
    }

    /// With a client whose base has this path.
    pub fn at(kind: Kind, items: usize, prefix: &str) -> Self {
        let rig = Rig::new();
        let state = Arc::new(Mutex::new(State {
            kind,
            items,
            host: "https://rest.zuora.com".to_owned(),
            sent: Vec::new(),
            trouble: None,
            tamper: None,
        }));
        let lists = Lists {
            state: state.clone(),
            tokens: rig.sim.transport(),
            base: rig.sim.base_url().to_string(),
        };
        let client = rig
            .builder()
            .environment(format!("{}{prefix}", rig.sim.base_url()))
            .transport(Arc::new(lists))
            .build()
            .unwrap();
        Self { rig, client, state }
    }

    pub fn tampering(self, tamper: impl FnMut(usize, &mut Object) + Send + 'static) -> Self {
        self.state.lock().unwrap().tamper = Some(Box::new(tamper));
        self
    }

    pub fn pages(&self, size: usize) -> Pages {
        let kind = self.state.lock().unwrap().kind;
        kind.call(&self.client, size).pages(kind.style())
    }

    pub async fn next(&self, pages: &mut Pages) -> Result<Option<Page>, Error> {
        self.rig.run(pages.next_page()).await
    }

    /// The rest of the list, and the error that ended it.
    pub async fn drain(&self, pages: &mut Pages) -> (Vec<u64>, Option<Error>) {
        let mut ids = Vec::new();
        loop {
            match self.next(pages).await {
                Ok(Some(page)) => ids.extend(page.items().iter().map(id)),
                Ok(None) => return (ids, None),
                Err(error) => return (ids, Some(error)),
            }
        }
    }

    pub async fn all(&self, mut pages: Pages) -> Vec<u64> {
        let (ids, error) = self.drain(&mut pages).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(pages.position(), None);
        ids
    }

    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().sent.len()
    }

    pub fn trouble(&self, trouble: impl Into<Option<Trouble>>) {
        self.state.lock().unwrap().trouble = trouble.into();
    }
}

pub fn id(item: &Json) -> u64 {
    item.get("id")
        .unwrap()
        .as_number()
        .unwrap()
        .as_u64()
        .unwrap()
}

pub fn ids(range: std::ops::Range<usize>) -> Vec<u64> {
    range.map(|id| id as u64).collect()
}

struct Lists {
    state: Arc<Mutex<State>>,
    tokens: Arc<dyn Transport>,
    base: String,
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lists")
    }
}

impl Transport for Lists {
    fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        assert!(
            request.uri().to_string().starts_with(&self.base),
            "another host was called: {}",
            request.uri()
        );
        if request.uri().path().ends_with("/oauth/token") {
            *request.uri_mut() = format!("{}/oauth/token", self.base).parse().unwrap();
            return self.tokens.send(request);
        }
        let (head, body) = request.into_parts();
        let sent = Sent {
            uri: head.uri,
            method: head.method,
            headers: head.headers,
            body,
        };
        let mut state = self.state.lock().unwrap();
        if matches!(state.trouble, Some(Trouble::Silent)) {
            return Box::pin(std::future::pending());
        }
        let reply = state.answer(sent);
        Box::pin(async move { reply })
    }
}

impl State {
    fn answer(&mut self, sent: Sent) -> Result<http::Response<Bytes>, TransportError> {
        let number = self.sent.len();
        let page = self.page(&sent);
        self.sent.push(sent);
        let reply = |status: u16, body: String| {
            Ok(http::Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .header("zuora-request-id", format!("request-{number}"))
                .body(Bytes::from(body))
                .unwrap())
        };
        match self.trouble {
            Some(Trouble::Status(status)) => reply(status, r#"{"message":"no"}"#.to_owned()),
            Some(Trouble::Broken) => Err(TransportError::new(TransportErrorKind::Closed, None)),
            Some(Trouble::NotJson) => reply(200, "<html>".to_owned()),
            Some(Trouble::Silent) | None => {
                let Json::Object(mut members) = page else {
                    return reply(200, page.to_string());
                };
                if let Some(tamper) = &mut self.tamper {
                    tamper(number, &mut members);
                }
                reply(200, Json::Object(members).to_string())
            }
        }
    }

    /// What the server of this style answers, from nothing but the request.
    fn page(&self, sent: &Sent) -> Json {
        let body = sent.json();
        let number = |text: Option<String>| text.and_then(|text| text.parse::<usize>().ok());
        let inside = |path: &[&str]| number(body.at(path).map(|n| n.to_string().replace('"', "")));
        let size = ["pageSize", "page_size", "page_length", "limit"]
            .iter()
            .find_map(|name| number(sent.query(name)))
            .or(inside(&["paging", "size"]))
            .or(inside(&["pagination", "pageSize"]))
            .or(inside(&["conf", "batchSize"]))
            .unwrap_or(20);
        let page = number(sent.query("page"))
            .or(inside(&["pagination", "page"]))
            .unwrap_or(1);
        let at_cursor = |text: Option<&str>| text.map_or(0, |text| text[2..].parse().unwrap());
        let start: usize = match self.kind {
            Kind::NextUrl
            | Kind::PageLength
            | Kind::Counted
            | Kind::CountedBlind
            | Kind::BodyPage => (page - 1) * size,
            Kind::StartLimit => number(sent.query("start")).unwrap_or(0),
            Kind::Cursor | Kind::CustomObjects | Kind::Snake | Kind::PreviousNext => {
                at_cursor(sent.query("cursor").as_deref())
            }
            Kind::QueryMore => at_cursor(body.get("queryLocator").and_then(Json::as_str)),
            Kind::BodyCursor => at_cursor(body.at(&["paging", "cursor"]).and_then(Json::as_str)),
        };
        let end = (start + size).min(self.items);
        let items: Vec<Json> = (start..end)
            .map(|id| Json::object([("id", Json::from(id)), ("amount", "1.10".parse().unwrap())]))
            .collect();
        let items = Json::from(items);
        let more = end < self.items;
        let cursor = more.then(|| format!("=={end}"));
        let url = |changes: &[(&str, usize)]| {
            let rest: Vec<String> = sent
                .uri
                .query()
                .unwrap_or_default()
                .split('&')
                .filter(|pair| {
                    !changes
                        .iter()
                        .any(|(name, _)| pair.starts_with(&format!("{name}=")))
                })
                .map(str::to_owned)
                .chain(
                    changes
                        .iter()
                        .map(|(name, value)| format!("{name}={value}")),
                )
                .collect();
            more.then(|| format!("{}{}?{}", self.host, self.kind.path(), rest.join("&")))
        };
        match self.kind {
            Kind::NextUrl => {
                let mut page = Json::object([("invoices", items), ("success", Json::Bool(true))]);
                // Absent at the end, as documented.
                if let (Some(next), Json::Object(members)) =
                    (url(&[("page", page_of(start, size))]), &mut page)
                {
                    members.insert("nextPage", next);
                }
                page
            }
            Kind::StartLimit => {
                Json::object([("data", items), ("next", url(&[("start", end)]).into())])
            }
            Kind::Cursor => Json::object([("nextPage", cursor.into()), ("data", items)]),
            Kind::PreviousNext => Json::object([
                ("previousPage", Json::from("==0")),
                ("nextPage", Json::from(cursor.unwrap_or_default())),
                ("data", items),
            ]),
            Kind::CustomObjects => Json::object([("records", items), ("cursor", cursor.into())]),
            Kind::Snake => Json::object([("next_page", cursor.into()), ("data", items)]),
            Kind::QueryMore if self.items == 0 => {
                Json::object([("size", Json::from(0)), ("done", Json::Bool(true))])
            }
            Kind::QueryMore => Json::object([
                ("size", Json::from(self.items)),
                ("done", Json::Bool(!more)),
                ("queryLocator", cursor.into()),
                ("records", items),
            ]),
            Kind::PageLength => Json::object([
                ("data", items),
                (
                    "pagination",
                    Json::object([
                        ("page", Json::from(page)),
                        ("next_page", more.then_some(page + 1).into()),
                    ]),
                ),
            ]),
            Kind::Counted => Json::object([
                ("total", Json::from(self.items)),
                ("page", Json::from(page)),
                ("commitments", items),
            ]),
            Kind::CountedBlind => Json::object([("data", Json::object([("jobs", items)]))]),
            Kind::BodyCursor => Json::object([("data", items), ("nextPage", cursor.into())]),
            Kind::BodyPage => Json::object([("values", items)]),
        }
    }
}

fn page_of(start: usize, size: usize) -> usize {
    start / size + 2
}
