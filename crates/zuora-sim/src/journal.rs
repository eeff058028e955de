//! What was asked and what was answered: counters for all requests, records of the latest.

use crate::{
    fault::Fault,
    fault_json, masked,
    message::{Delivery, Request},
    reason,
};
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
/// How many bytes of bodies are remembered; beyond it the oldest lose theirs.
const REMEMBERED_BYTES: usize = 64 * 1024 * 1024;

/// The name under which requests are counted that no operation answers.
pub(crate) const UNMATCHED: &str = "unmatched";

/// One request outside `/_sim/`, and what became of it. `Debug` hides credentials in headers and the
/// values of the query, and shows no bodies.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Counts up with each request, over resets too.
    pub number: u64,
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
    /// The body, decoded; empty when it was longer than 4 MiB, or when the bodies of later requests
    /// came to 64 MiB.
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
    /// empty for a file whose bytes are made when they are sent, or as with `body`.
    pub reply_body: Bytes,
    /// The fault that it met, what it does as `/_sim/faults` writes it.
    pub fault: Option<String>,
    /// It is no longer under way.
    pub(crate) is_answered: bool,
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

    /// Why it was answered as it was, in words: the fault, the refusal, or what the answer is made
    /// from.
    pub fn reason(&self) -> String {
        reason::of(self)
    }

    fn held(&self) -> usize {
        self.body.len() + self.reply_body.len()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("number", &self.number)
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query.as_deref().map(masked::query_names))
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

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            if masked::is_secret_header(name.as_str()) {
                (name, masked::HIDDEN.to_owned())
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
    /// The path as it was sent, without the query; secrets in it are hidden.
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
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// The number of the first record that is still here.
    first: u64,
    records: VecDeque<RecordedRequest>,
    /// The bytes of their bodies, and the number from which on none was taken away.
    held: usize,
    whole_from: u64,
    arrived: BTreeMap<&'static str, u64>,
    answered: BTreeMap<(&'static str, Option<u16>), u64>,
}

impl Entries {
    fn get_mut(&mut self, number: u64) -> Option<&mut RecordedRequest> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.records.get_mut(at)
    }

    /// Makes room for bytes that are about to be remembered.
    fn hold(&mut self, bytes: usize) {
        self.held += bytes;
        let mut number = self.whole_from.max(self.first);
        while self.held > REMEMBERED_BYTES
            && let Some(record) = self.get_mut(number)
        {
            let freed = record.held();
            record.body = Bytes::new();
            record.reply_body = Bytes::new();
            self.held -= freed;
            number += 1;
        }
        self.whole_from = number;
    }
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
        let mut entries = self.lock();
        let number = entries.first + entries.records.len() as u64;
        let record = RecordedRequest {
            number,
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
            fault: None,
            is_answered: false,
        };
        *entries.arrived.entry(operation).or_default() += 1;
        entries.hold(record.held());
        if entries.records.len() == REMEMBERED
            && let Some(oldest) = entries.records.pop_front()
        {
            entries.first += 1;
            entries.held -= oldest.held();
        }
        entries.records.push_back(record);
        number
    }

    /// Notes what a request met.
    pub(crate) fn met(&self, number: u64, fault: &Fault) {
        if let Some(record) = self.lock().get_mut(number) {
            record.fault = Some(fault_json::what(fault).to_string());
        }
    }

    pub(crate) fn answered(&self, number: u64, operation: &'static str, delivery: &Delivery) {
        let mut entries = self.lock();
        // Asked before the last reset: belongs to nobody any more.
        if number < entries.first {
            return;
        }
        let status = delivery.status();
        *entries.answered.entry((operation, status)).or_default() += 1;
        let reply = delivery.reply();
        let body = reply.and_then(|reply| reply.body.at_hand().cloned());
        let body = body.unwrap_or_default();
        entries.hold(body.len());
        let Some(record) = entries.get_mut(number) else {
            return;
        };
        record.is_answered = true;
        record.status = status;
        if let Some(reply) = reply {
            record.reply_headers = reply.headers.clone();
        }
        record.reply_body = body;
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

    pub(crate) fn record(&self, number: u64) -> Option<RecordedRequest> {
        self.lock().get_mut(number).cloned()
    }

    /// The latest requests of which this is true, at most so many, the latest first; each is cloned.
    pub(crate) fn latest(
        &self,
        most: usize,
        is_meant: impl Fn(&RecordedRequest) -> bool,
    ) -> Vec<RecordedRequest> {
        let entries = self.lock();
        let meant = entries.records.iter().rev().filter(|one| is_meant(one));
        meant.take(most).cloned().collect()
    }

    /// How many of those that are remembered this is true of.
    pub(crate) fn count(&self, is_meant: impl Fn(&RecordedRequest) -> bool) -> u64 {
        let entries = self.lock();
        entries.records.iter().filter(|one| is_meant(one)).count() as u64
    }

    /// How many requests came for each operation.
    pub(crate) fn arrivals(&self) -> BTreeMap<&'static str, u64> {
        self.lock().arrived.clone()
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
