//! What is kept of a reply that failed: without secrets, and not more than is of use.

use crate::{Error, scrub::Scrubber};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Status, headers and the beginning of the body of a reply.
#[derive(Clone)]
pub(crate) struct ReplyFacts {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ReplyFacts {
    /// Masks first and cuts then, so that no half of a secret is left at the cut.
    pub(crate) fn of(reply: &http::Response<Bytes>, scrubber: &Scrubber) -> Self {
        let mut headers = reply.headers().clone();
        // A session cookie is a credential.
        headers.remove(header::SET_COOKIE);
        for value in headers.values_mut() {
            // A value may hold bytes that are no text, and a secret beside them.
            let text = String::from_utf8_lossy(value.as_bytes());
            let clean = scrubber.text(&text);
            if clean != text {
                *value = HeaderValue::from_bytes(clean.as_bytes())
                    .unwrap_or(HeaderValue::from_static("***"));
            }
        }
        let body = scrubber.body(reply.body());
        Self {
            status: reply.status(),
            headers,
            // A copy, so that an error that is kept does not keep ten megabytes with it.
            body: if body.len() > Error::MAX_BODY {
                Bytes::copy_from_slice(&body[..Error::MAX_BODY])
            } else {
                body
            },
        }
    }
}
