//! A reply that succeeded: its data and everything that came with it.

use crate::{RateLimit, headers};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};
use std::fmt;

/// Decoded data with status, headers, ids and the raw body.
#[derive(Clone)]
pub struct Response<T> {
    data: T,
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
    attempts: u32,
    idempotency_keys: Vec<String>,
    already_gone: bool,
}

impl<T> Response<T> {
    pub(crate) fn new(data: T, head: http::response::Parts, body: Bytes) -> Self {
        Self {
            data,
            status: head.status,
            version: head.version,
            headers: head.headers,
            body,
            attempts: 1,
            idempotency_keys: Vec::new(),
            already_gone: false,
        }
    }

    #[must_use]
    pub(crate) fn after_attempts(mut self, attempts: u32, keys: Vec<String>) -> Self {
        self.attempts = attempts;
        self.idempotency_keys = keys;
        self
    }

    #[must_use]
    pub(crate) fn already_gone(mut self) -> Self {
        self.already_gone = true;
        self
    }

    /// How often the call was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The values of `Idempotency-Key` that were sent, in order; the last one brought this reply.
    pub fn idempotency_keys(&self) -> &[String] {
        &self.idempotency_keys
    }

    /// Whether this DELETE counts as done although the last reply was 404: a try before it had no
    /// known outcome, and now there is nothing left to delete.
    pub fn was_already_gone(&self) -> bool {
        self.already_gone
    }

    /// The reply's data.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The reply's data, taken out.
    pub fn into_data(self) -> T {
        self.data
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The version of HTTP that was spoken.
    pub fn version(&self) -> Version {
        self.version
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as it came. That of a token reply holds the token.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Zuora's id of the request, from the header `Zuora-Request-Id`: support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        headers::text(&self.headers, headers::REQUEST_ID)
    }

    /// The caller's own id, as Zuora echoed it; `None` when none was sent.
    pub fn track_id(&self) -> Option<&str> {
        headers::text(&self.headers, headers::TRACK_ID)
    }

    /// What the token endpoint says about its limit. Other endpoints do not send these headers.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::of(&self.headers)
    }

    /// The same reply with other data.
    pub(crate) fn with_data<U>(self, data: U) -> Response<U> {
        let Ok(reply) = self.try_map(|_, _| Ok::<_, std::convert::Infallible>(data));
        reply
    }

    pub(crate) fn try_map<U, E>(
        self,
        decode: impl FnOnce(T, &Bytes) -> Result<U, E>,
    ) -> Result<Response<U>, E> {
        Ok(Response {
            data: decode(self.data, &self.body)?,
            status: self.status,
            version: self.version,
            headers: self.headers,
            body: self.body,
            attempts: self.attempts,
            idempotency_keys: self.idempotency_keys,
            already_gone: self.already_gone,
        })
    }
}

impl Response<Bytes> {
    /// The head, and what was read of the body.
    pub(crate) fn split(mut self) -> (Response<()>, Bytes) {
        let start = std::mem::take(&mut self.data);
        self.body = Bytes::new();
        (self.with_data(()), start)
    }
}

/// Status and ids; neither data nor headers nor body, since any of them may hold a secret.
impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
