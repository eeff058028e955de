//! The one error of everything that calls Zuora.

mod body;
mod code;
mod flag;
mod job;

pub(crate) use body::{Findings, read_body};
pub use code::{Category, Reason, WsdlCode};
pub(crate) use flag::says_failure;
pub use job::JobFailure;

use crate::{RateLimit, headers, reply::ReplyFacts, scrub::Scrubber};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::{
    borrow::Cow, convert::Infallible, error::Error as StdError, fmt, sync::Arc, time::Duration,
};
use zuora_wire::{TransportError, TransportErrorKind};

/// What went wrong, in the words that decide what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or a setting is wrong. Nothing was sent.
    Invalid,
    /// A rule of this client forbids the call, such as a token over plain HTTP. Nothing was sent.
    Refused,
    /// The call was made where it cannot run, such as outside a tokio runtime. Nothing was sent.
    Runtime,
    /// Zuora did not accept the credentials or the token.
    Auth,
    /// Zuora's limits, or the client's own limit on token requests, are used up for now.
    RateLimited,
    /// The object or the endpoint does not exist.
    NotFound,
    /// Zuora understood the request and said no.
    Api,
    /// The server or a gateway before it failed (status 500 and above).
    Server,
    /// The server wanted to send the request elsewhere; redirects are never followed.
    Redirect,
    /// No complete reply arrived.
    Transport,
    /// No trusted connection came about. Nothing was sent.
    Tls,
    /// Time ran out.
    Timeout,
    /// A reply arrived and is not what it should be. The server has acted; it is never retried.
    Decode,
    /// A good reply arrived that is larger than the client holds in memory. The server has acted; it
    /// is never retried. Reads are made again as a download.
    ReplyTooLarge,
    /// A file or stream of the caller's failed: the body could not be read to its end, so that no whole
    /// request was sent, or a download could not be written.
    Io,
}

/// Any failure of a call, a token request or a setting.
///
/// `Display` is one line without secrets. The raw reply stays reachable through [`Error::body`], and
/// [`Error::hint`] says what to do next. Cheap to clone: many callers may wait for one token request.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<Cow<'static, str>>,
    reply: Option<ReplyFacts>,
    reasons: Vec<Reason>,
    /// `requestId` of the body, for replies without the header.
    body_request_id: Option<String>,
    process_id: Option<String>,
    too_large: bool,
    attempts: u32,
    idempotency_keys: Vec<String>,
    retry_after: Option<Duration>,
    outcome_unknown: bool,
    first_request_id: Option<String>,
    /// The token endpoint refused the credentials so many times in a row.
    rejections: u32,
    /// The refusal is remembered for so long; Zuora was not asked this time.
    remembered_for: Option<Duration>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            reply: None,
            reasons: Vec::new(),
            body_request_id: None,
            process_id: None,
            too_large: false,
            attempts: 0,
            idempotency_keys: Vec::new(),
            retry_after: None,
            outcome_unknown: false,
            first_request_id: None,
            rejections: 0,
            remembered_for: None,
            source: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    /// From a reply whose status, or whose body inside a 2xx, says that the call failed.
    /// The one place where a failed reply becomes an error: everything passes the scrubber here.
    pub(crate) fn from_reply(
        kind: ErrorKind,
        what: &str,
        reply: &http::Response<Bytes>,
        found: Findings,
        scrubber: &Scrubber,
    ) -> Self {
        let reply = ReplyFacts::of(reply, scrubber);
        let found = found.scrubbed(scrubber);
        let status = reply.status;
        let said = found
            .message
            .as_deref()
            // A gateway's page often says no more than the status does.
            .filter(|message| *message != describe(status))
            .map(|message| format!(": {message}"))
            .unwrap_or_default();
        let code = found
            .reasons
            .iter()
            .find_map(|reason| reason.code.as_deref())
            .map(|code| format!(" [{code}]"))
            .unwrap_or_default();
        let id = headers::text(&reply.headers, headers::REQUEST_ID)
            .map(|id| format!(" (request id {id})"))
            .unwrap_or_default();
        // "200 OK: no such account" would read as a success.
        let inside = if status.is_success() {
            ", but the call failed"
        } else {
            ""
        };
        let mut error = Self::new(
            kind,
            format!("{what}: {}{inside}{said}{code}{id}", describe(status)),
        );
        let inner = error.inner();
        inner.reasons = found.reasons;
        inner.body_request_id = found.request_id;
        inner.process_id = found.process_id;
        inner.too_large = found.too_large;
        inner.reply = Some(reply);
        error
    }

    pub(crate) fn from_transport(
        what: &str,
        mut error: TransportError,
        safe: bool,
        scrubber: &Scrubber,
    ) -> Self {
        let kind = match error.kind() {
            TransportErrorKind::Tls => ErrorKind::Tls,
            TransportErrorKind::Source => ErrorKind::Io,
            TransportErrorKind::TooLarge => ErrorKind::ReplyTooLarge,
            _ => ErrorKind::Transport,
        };
        let unsent = error.is_unsent();
        let reply = error
            .take_partial()
            .map(|partial| ReplyFacts::of(&partial, scrubber));
        let mut built = Self::new(kind, format!("{what}: {error}"));
        let inner = built.inner();
        inner.outcome_unknown = !unsent && !safe;
        inner.reply = reply;
        inner.source = Some(Arc::new(error));
        match kind {
            ErrorKind::Tls => built.with_hint(
                "check the host name and the machine's time; behind a company proxy or with a private certificate authority, add its root certificate",
            ),
            ErrorKind::Io => {
                built.with_hint("no whole request was sent; look at the cause, then call again")
            }
            ErrorKind::ReplyTooLarge => built.with_hint(HINT_TOO_LARGE),
            _ if unsent => built.with_hint("check the base URL, the network and the proxy settings"),
            _ if safe => built.with_hint("try again"),
            _ => built.with_hint("the server may have acted: look before you send it again"),
        }
    }

    pub(crate) fn reply_too_large(what: &str, status: StatusCode, most: usize) -> Self {
        Self::new(
            ErrorKind::ReplyTooLarge,
            format!(
                "{what}: {}, but the body is larger than the {most} bytes that are held in memory",
                describe(status)
            ),
        )
        .with_hint(HINT_TOO_LARGE)
    }

    pub(crate) fn timeout(what: &str, after: Duration, outcome_unknown: bool) -> Self {
        let mut error = Self::new(
            ErrorKind::Timeout,
            format!("{what}: no reply within {}", crate::text::seconds(after)),
        );
        error.inner().outcome_unknown = outcome_unknown;
        error.with_hint(if outcome_unknown {
            "the server may have acted: look before you send it again"
        } else {
            "try again, or allow more time"
        })
    }

    /// The one copy is changed in place; a shared one is copied first.
    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner().hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner().source = Some(Arc::new(source));
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner().retry_after = Some(wait);
        self
    }

    #[must_use]
    pub(crate) fn with_reply(mut self, reply: ReplyFacts) -> Self {
        self.inner().reply = Some(reply);
        self
    }

    /// Drops the body of what had arrived, where it may hold a token.
    #[must_use]
    pub(crate) fn without_body(mut self) -> Self {
        if let Some(reply) = &mut self.inner().reply {
            reply.body = Bytes::new();
        }
        self
    }

    #[must_use]
    pub(crate) fn with_outcome_unknown(mut self, unknown: bool) -> Self {
        self.inner().outcome_unknown = unknown;
        self
    }

    /// The wait that the server asked for, however it asked.
    #[must_use]
    pub(crate) fn with_wait(mut self, wait: Option<Duration>) -> Self {
        self.inner().retry_after = wait;
        self
    }

    /// What the retry loop knows at the end.
    #[must_use]
    pub(crate) fn after_attempts(mut self, attempts: u32, keys: Vec<String>) -> Self {
        let inner = self.inner();
        inner.attempts = attempts;
        inner.idempotency_keys = keys;
        self
    }

    /// Remembers the request id of the first try, where this error comes from the second.
    #[must_use]
    pub(crate) fn after_first_try(mut self, first_request_id: Option<&str>) -> Self {
        let Some(first) = first_request_id else {
            return self;
        };
        let inner = self.inner();
        inner.first_request_id = Some(first.to_owned());
        inner
            .message
            .push_str(&format!("; the first try was request {first}"));
        self
    }

    /// Marks the refusal of credentials by the token endpoint, the `times`-th in a row.
    #[must_use]
    pub(crate) fn rejected(mut self, times: u32) -> Self {
        self.inner().rejections = times.max(1);
        self
    }

    pub(crate) fn is_rejection(&self) -> bool {
        self.0.rejections > 0
    }

    pub(crate) fn rejections(&self) -> u32 {
        self.0.rejections
    }

    /// The refusal as it is told to one who did not ask Zuora.
    #[must_use]
    pub(crate) fn remembered(mut self, left: Duration) -> Self {
        self.inner().remembered_for = Some(left);
        self.with_hint(
            "correct the credentials (a changed secret is tried at once), or wait until the refusal is forgotten",
        )
    }

    pub(crate) fn remembered_for(&self) -> Option<Duration> {
        self.0.remembered_for
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do next, where there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The reply's status. `None` when no reply arrived.
    pub fn status(&self) -> Option<StatusCode> {
        Some(self.0.reply.as_ref()?.status)
    }

    /// Zuora's code, the first of [`Error::reasons`] that has one: `53100320`, `INVALID_VALUE`.
    pub fn code(&self) -> Option<&str> {
        self.0
            .reasons
            .iter()
            .find_map(|reason| reason.code.as_deref())
    }

    /// All that the reply gives as reasons, in order.
    pub fn reasons(&self) -> &[Reason] {
        &self.0.reasons
    }

    /// The reply's headers, without cookies.
    pub fn headers(&self) -> Option<&HeaderMap> {
        Some(&self.0.reply.as_ref()?.headers)
    }

    /// The reply's body, at most [`Error::MAX_BODY`] bytes of it, secrets masked. Cheap to clone.
    pub fn body(&self) -> Option<&Bytes> {
        Some(&self.0.reply.as_ref()?.body)
    }

    /// How many bytes of a failed reply's body are kept.
    pub const MAX_BODY: usize = 64 * 1024;

    /// Zuora's id of the request, from the header `Zuora-Request-Id`: support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.headers()
            .and_then(|headers| headers::text(headers, headers::REQUEST_ID))
            .or(self.0.body_request_id.as_deref())
    }

    /// `processId` of the body: support asks for it too.
    pub fn process_id(&self) -> Option<&str> {
        self.0.process_id.as_deref()
    }

    /// How often the call was sent; 0 when it never was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The values of `Idempotency-Key` that were sent, in order. Whoever asks again with the last one
    /// gets the outcome of the first request that had it, for 24 hours.
    pub fn idempotency_keys(&self) -> &[String] {
        &self.0.idempotency_keys
    }

    /// The kind of failure, from the first code that has one.
    pub fn category(&self) -> Option<Category> {
        self.0.reasons.iter().find_map(Reason::category)
    }

    /// The word of CRUD, Actions and ZOQL, from the first reason that has one.
    pub fn wsdl_code(&self) -> Option<WsdlCode> {
        self.0.reasons.iter().find_map(Reason::wsdl_code)
    }

    /// Zuora's id of the first request, where the call was sent again and failed again.
    pub fn first_request_id(&self) -> Option<&str> {
        self.0.first_request_id.as_deref()
    }

    /// The caller's own id, as Zuora echoed it.
    pub fn track_id(&self) -> Option<&str> {
        headers::text(self.headers()?, headers::TRACK_ID)
    }

    /// What the token endpoint says about its limit; a 429 carries it like a 200.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::of(self.headers()?)
    }

    /// How long to wait before the next try: what the server asks for, or the client's own limit.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The credentials or the token were not accepted. Check id, secret, environment (a client
    /// belongs to one) and that the user is active; trying again changes nothing.
    pub fn is_auth(&self) -> bool {
        self.0.kind == ErrorKind::Auth
    }

    /// A limit is used up: wait for [`Error::retry_after`], then try again, with less at a time.
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == ErrorKind::RateLimited
    }

    /// The object or the endpoint does not exist: check the key, the path and the entity.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Somebody else is changing the object: nothing was done, and the same call may succeed later.
    pub fn is_locked(&self) -> bool {
        self.category() == Some(Category::Locked)
            || self.wsdl_code() == Some(WsdlCode::LockCompetition)
    }

    /// The user of the OAuth client may not do this, or the tenant lacks a feature: change the
    /// permissions; trying again changes nothing.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(StatusCode::FORBIDDEN)
            || self.category() == Some(Category::NoPermission)
    }

    /// The file is larger than the server gives out: split the query or the time range.
    pub fn is_too_large(&self) -> bool {
        self.0.too_large
    }

    /// Time ran out. See [`Error::is_outcome_unknown`] before trying again.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// No connection, a broken one, or no trust in the other side.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Transport | ErrorKind::Tls)
    }

    /// The reply could not be understood. The server has acted: look at [`Error::body`], do not
    /// send again.
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// The request may have been carried out although no proof of it arrived. Read the object back
    /// before sending it again, or something may happen twice.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// The same call may succeed later without any change, and sending it again is safe.
    pub fn is_retryable(&self) -> bool {
        !self.0.outcome_unknown
            && (self.is_locked()
                || matches!(
                    self.0.kind,
                    ErrorKind::RateLimited
                        | ErrorKind::Server
                        | ErrorKind::Transport
                        | ErrorKind::Timeout
                ))
    }
}

const HINT_TOO_LARGE: &str =
    "the server has acted; read such replies with `download`, or raise the client's `max_reply`";

/// `401 Unauthorized`; for a number without a name, the number.
fn describe(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(name) => format!("{} {name}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.remembered_for {
            Some(left) => write!(
                f,
                " (refused before; not asked again for {} s)",
                left.as_secs().saturating_add(1)
            ),
            None => Ok(()),
        }
    }
}

/// Kind, message and ids; neither headers nor body, so that a log line holds no customer's data.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("retry_after", &self.0.retry_after)
            .field("outcome_unknown", &self.0.outcome_unknown);
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
