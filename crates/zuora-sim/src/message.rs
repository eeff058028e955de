//! One request and one reply as plain data, and the ways in which a reply can reach a client.
//!
//! Both doors, the socket and the in-process seam, speak these types and nothing else.

use crate::{body::BadBody, content::Content, upload::Upload};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use std::{net::IpAddr, time::Duration};
use zuora_wire::Json;

/// Bodies beyond this many bytes are answered with 413, but for what `body` takes more of.
pub(crate) const MAX_BODY: usize = 4 * 1024 * 1024;

/// The media type of every JSON reply.
pub(crate) const JSON_TYPE: &str = "application/json;charset=UTF-8";

/// That of descriptions and of a few failures.
pub(crate) const XML_TYPE: &str = "text/xml;charset=UTF-8";

/// A request with its whole body, decoded.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// Empty when it was too long, or for an upload when it was too long to be kept.
    pub(crate) body: Bytes,
    /// The body was longer than this many bytes, which is the most, and was thrown away.
    pub(crate) oversized: Option<u64>,
    /// What came to an operation that takes uploads.
    pub(crate) upload: Option<Upload>,
    pub(crate) bad_body: Option<BadBody>,
    pub(crate) source: IpAddr,
    pub(crate) door: Door,
}

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Socket,
    Seam,
}

impl Request {
    /// The one value of this header; `None` when it is missing, repeated or not ASCII text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        match values.next() {
            None => value.to_str().ok(),
            Some(_) => None,
        }
    }

    /// Host and port that the client believes to talk to.
    pub(crate) fn authority(&self) -> Option<&str> {
        match self.uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => self.header("host"),
        }
    }
}

/// A reply with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Content,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, content_type: &str, body: impl Into<Content>) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
        .with(header::CONTENT_TYPE.as_str(), content_type)
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new().into(),
        }
    }

    pub(crate) fn json(status: StatusCode, body: &Json) -> Self {
        Self::new(status, JSON_TYPE, body.to_string())
    }

    pub(crate) fn ok(body: &Json) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// Sets a header. Values of this crate's own making are always valid; one that is not is left out.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if let (Ok(name), Ok(value)) = (
            header::HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value.as_ref()),
        ) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn into_http(self) -> http::Response<Bytes> {
        let mut response = http::Response::new(self.body.into_bytes());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Where a body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CutAt {
    Half,
    Byte(u64),
}

impl CutAt {
    /// How many bytes of a body of this length arrive.
    pub(crate) fn of(self, length: u64) -> u64 {
        match self {
            Self::Half => length / 2,
            Self::Byte(at) => at.min(length),
        }
    }
}

/// What a door does with a reply.
#[derive(Debug)]
pub(crate) enum Delivery {
    Whole(Reply),
    /// The head at once, the body after this long.
    Late(Reply, Duration),
    /// The head and a part of the body, then the connection ends: by a reset, if so said.
    Cut {
        reply: Reply,
        at: CutAt,
        reset: bool,
    },
    /// Bytes that are not HTTP.
    NotHttp,
    /// The connection is reset.
    Reset,
}

impl Delivery {
    /// The reply that the client sees, if it sees one.
    pub(crate) fn reply(&self) -> Option<&Reply> {
        match self {
            Delivery::Whole(reply) | Delivery::Late(reply, _) | Delivery::Cut { reply, .. } => {
                Some(reply)
            }
            Delivery::NotHttp | Delivery::Reset => None,
        }
    }

    pub(crate) fn reply_mut(&mut self) -> Option<&mut Reply> {
        match self {
            Delivery::Whole(reply) | Delivery::Late(reply, _) | Delivery::Cut { reply, .. } => {
                Some(reply)
            }
            Delivery::NotHttp | Delivery::Reset => None,
        }
    }

    /// The status that the client sees, if it sees one.
    pub(crate) fn status(&self) -> Option<u16> {
        self.reply().map(|reply| reply.status.as_u16())
    }
}
