//! What is kept of a reply that failed.

use crate::Error;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

/// Status, headers and the beginning of the body of a reply.
#[derive(Clone)]
pub(crate) struct ReplyFacts {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ReplyFacts {
    pub(crate) fn of(reply: &http::Response<Bytes>) -> Self {
        let mut headers = reply.headers().clone();
        // A session cookie is a credential.
        headers.remove(header::SET_COOKIE);
        let body = reply.body();
        Self {
            status: reply.status(),
            headers,
            // A copy, so that an error that is kept does not keep ten megabytes with it.
            body: if body.len() > Error::MAX_BODY {
                Bytes::copy_from_slice(&body[..Error::MAX_BODY])
            } else {
                body.clone()
            },
        }
    }
}
