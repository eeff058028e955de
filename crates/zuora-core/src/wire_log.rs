//! Heads of requests and replies as log events, for people who want to see what went over the wire.
//!
//! Events of the target `zuora::wire` at level `DEBUG`, one a line of HTTP, `>` for what goes out and
//! `<` for what comes in. Never a body; never a secret: a header's value is shown only when nothing
//! about the header says that it could be one.

use crate::scrub::Scrubber;
use http::{HeaderValue, Request, Response};
use tracing::{Level, debug, enabled};

const TARGET: &str = "zuora::wire";

/// Words in a header's name that mean its value is nobody's business.
const SECRET_WORDS: [&str; 7] = [
    "auth",
    "cookie",
    "key",
    "password",
    "secret",
    "signature",
    "token",
];

pub(crate) fn request<B>(request: &Request<B>) {
    if !enabled!(target: TARGET, Level::DEBUG) {
        return;
    }
    let uri = request.uri();
    debug!(
        target: TARGET,
        "> {} {}://{}{}",
        request.method(),
        uri.scheme_str().unwrap_or_default(),
        uri.authority().map_or("", |authority| authority.as_str()),
        uri.path()
    );
    for (name, value) in request.headers() {
        debug!(target: TARGET, "> {name}: {}", shown(name.as_str(), value));
    }
}

/// A server may repeat what it was sent, so what it says passes a scrubber; it is only made when somebody
/// looks.
pub(crate) fn reply<B>(reply: &Response<B>, scrubber: impl FnOnce() -> Scrubber) {
    if !enabled!(target: TARGET, Level::DEBUG) {
        return;
    }
    let scrubber = scrubber();
    debug!(target: TARGET, "< {:?} {}", reply.version(), reply.status());
    for (name, value) in reply.headers() {
        let shown = scrubber.text(shown(name.as_str(), value));
        debug!(target: TARGET, "< {name}: {shown}");
    }
}

/// The header's value, or that it is hidden.
fn shown<'a>(name: &str, value: &'a HeaderValue) -> &'a str {
    let secret = value.is_sensitive() || SECRET_WORDS.iter().any(|word| name.contains(word));
    // An idempotency key is no secret: people look for it in logs.
    if secret && name != "idempotency-key" {
        "[hidden]"
    } else {
        value.to_str().unwrap_or("[not text]")
    }
}
