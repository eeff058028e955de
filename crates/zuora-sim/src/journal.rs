//! What was asked and what was answered: counters for all requests, records of the latest.

use crate::message::{Delivery, Request};
use bytes::Bytes;
use http::{HeaderMap, Method};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// How many requests are remembered whole; the counters know all.
pub(crate) const REMEMBERED: usize = 10_000;

/// The name under which requests are counted that no operation answers.
pub(crate) const UNMATCHED: &str = "unmatched";

/// One request outside `/_sim/`, and what became of it. `Debug` hides what is secret: credentials
/// in headers, the form of a token request and what it was answered.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The operation's id, or `unmatched`.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decoded; empty when it was longer than 4 MiB.
    pub body: Bytes,
    /// Where it came from.
    pub source: IpAddr,
    /// The wall clock when it arrived.
    pub at: SystemTime,
    /// The status that was answered; `None` while it is under way, when the connection was reset and
    /// when the client gave up before.
    pub status: Option<u16>,
    /// The headers of the reply; empty where there was none.
    pub reply_headers: HeaderMap,
    /// The body of the reply, whole even where it was cut on the way, and before it was compressed;
    /// empty for a file whose bytes are made when they are sent.
    pub reply_body: Bytes,
}

impl RecordedRequest {
    /// The one field of a form body with this name.
    pub fn form_field(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(&self.body)
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A header of the request, when it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &Masked(&self.headers))
            .field("body", &format_args!("[{} bytes]", self.body.len()))
            .field("source", &self.source)
            .field("at", &self.at)
            .field("status", &self.status)
            .field("reply_headers", &Masked(&self.reply_headers))
            .field(
                "reply_body",
                &format_args!("[{} bytes]", self.reply_body.len()),
            )
            .finish()
    }
}

/// Prints headers without the values that open doors.
struct Masked<'a>(&'a HeaderMap);

const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "apiaccesskeyid",
    "apisecretaccesskey",
    "cookie",
    "token",
    "signature",
];

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            if SECRET_HEADERS.contains(&name.as_str()) {
                (name, "[hidden]".to_owned())
            } else {
                (name, format!("{value:?}"))
            }
        });
        f.debug_map().entries(shown).finish()
    }
}

/// One line of a request log; it holds no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestLine {
    /// The operation's id, or `unmatched`.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The status; `None` when the connection was reset.
    pub status: Option<u16>,
    /// The wall clock when the request arrived.
    pub at: SystemTime,
    /// How long the answer took, by the simulator's clock.
    pub duration: Duration,
    /// The track id, when a valid one was sent.
    pub track_id: Option<String>,
    /// Where the request came from.
    pub source: IpAddr,
}

/// Counts by status; `None` stands for no reply.
type Outcomes = Vec<(Option<u16>, u64)>;

/// The counters by operation and status, and the latest requests.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    /// The number of the first record that is still here.
    first: u64,
    records: VecDeque<RecordedRequest>,
    arrived: BTreeMap<&'static str, u64>,
    answered: BTreeMap<(&'static str, Option<u16>), u64>,
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request; the number is for [`answered`](Self::answered).
    pub(crate) fn arrived(
        &self,
        operation: &'static str,
        request: &Request,
        at: SystemTime,
    ) -> u64 {
        let record = RecordedRequest {
            operation,
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().map(str::to_owned),
            headers: request.headers.clone(),
            body: request.body.clone(),
            source: request.source,
            at,
            status: None,
            reply_headers: HeaderMap::new(),
            reply_body: Bytes::new(),
        };
        let mut entries = self.lock();
        *entries.arrived.entry(operation).or_default() += 1;
        if entries.records.len() == REMEMBERED {
            entries.records.pop_front();
            entries.first += 1;
        }
        entries.records.push_back(record);
        entries.first + entries.records.len() as u64 - 1
    }

    pub(crate) fn answered(&self, number: u64, operation: &'static str, delivery: &Delivery) {
        let mut entries = self.lock();
        // Asked before the last reset: belongs to nobody any more.
        let Some(at) = number.checked_sub(entries.first) else {
            return;
        };
        let status = delivery.status();
        *entries.answered.entry((operation, status)).or_default() += 1;
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let Some(record) = entries.records.get_mut(at) else {
            return;
        };
        record.status = status;
        if let Some(reply) = delivery.reply() {
            record.reply_headers = reply.headers.clone();
            record.reply_body = reply.body.at_hand().cloned().unwrap_or_default();
        }
    }

    pub(crate) fn requests(&self, operation: &str) -> u64 {
        self.lock().arrived.get(operation).copied().unwrap_or(0)
    }

    pub(crate) fn requests_with_status(&self, operation: &str, status: Option<u16>) -> u64 {
        let entries = self.lock();
        entries
            .answered
            .iter()
            .filter(|((id, of), _)| *id == operation && *of == status)
            .map(|(_, count)| count)
            .sum()
    }

    pub(crate) fn records(&self) -> Vec<RecordedRequest> {
        self.lock().records.iter().cloned().collect()
    }

    /// Requests by operation, and what became of them.
    pub(crate) fn counters(&self) -> Vec<(&'static str, u64, Outcomes)> {
        let entries = self.lock();
        let outcomes = |operation| {
            let of_operation = entries
                .answered
                .iter()
                .filter(|((id, _), _)| *id == operation);
            of_operation
                .map(|((_, status), count)| (*status, *count))
                .collect()
        };
        entries
            .arrived
            .iter()
            .map(|(operation, count)| (*operation, *count, outcomes(*operation)))
            .collect()
    }

    pub(crate) fn clear(&self) {
        let mut entries = self.lock();
        let next = entries.first + entries.records.len() as u64;
        *entries = Entries {
            first: next,
            ..Entries::default()
        };
    }
}
