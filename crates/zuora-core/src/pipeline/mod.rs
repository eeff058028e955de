//! How a call flows: address and headers, then tries (`call`), each with a token, an `attempt` and a
//! `verdict`; `retry` has the table of what comes after a failure.

mod attempt;
mod budget;
mod call;
mod incoming;
mod outgoing;
mod retry;
mod verdict;

pub(crate) use budget::RetryBudget;
pub(crate) use incoming::{Rest, read as read_reply};
pub(crate) use retry::backoff;

use crate::{
    Client, Error, ErrorKind, Response, environment::could_be_same_path, headers,
    reply::ReplyFacts, request::Request, scrub::Scrubber,
};
use bytes::Bytes;
use call::Call;
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_ENCODING};
use std::fmt;
use tracing::{Instrument, info_span};
use url::Url;
use zuora_wire::{Slot, read_document};

/// `GET /v1/accounts/A00000001`: what errors and spans call a request. Without its query. Only written
/// out where it is shown.
pub(crate) struct Name<'a>(&'a Request);

pub(crate) fn name(request: &Request) -> Name<'_> {
    Name(request)
}

/// The same for a call that is being put together.
pub(crate) fn name_of(call: &crate::RequestBuilder) -> String {
    name(call.request()).to_string()
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.path.split('?').next().unwrap_or_default();
        write!(f, "{} {}", self.0.method, crate::text::shorten(path, 120))
    }
}

/// Carries a call out.
pub(crate) async fn run(client: &Client, request: Request) -> Result<Response<Bytes>, Error> {
    let span = info_span!("zuora.call", call = %name(&request));
    let done = run_in_span(client, request, false).instrument(span).await;
    done.map(|(reply, _)| reply)
}

/// The same, with the body of a good reply left to be streamed: the reply has its beginning.
pub(crate) async fn stream(
    client: &Client,
    request: Request,
) -> Result<(Response<Bytes>, Option<Rest>), Error> {
    let span = info_span!("zuora.call", call = %name(&request));
    run_in_span(client, request, true).instrument(span).await
}

async fn run_in_span(
    client: &Client,
    mut request: Request,
    streams: bool,
) -> Result<(Response<Bytes>, Option<Rest>), Error> {
    let url = address(client, &request)?;
    check_key(&request)?;
    if request.timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Err(Error::timeout(
            &name(&request).to_string(),
            std::time::Duration::ZERO,
            false,
        ));
    }
    let deadline = client.deadline(request.timeout);
    request.body.check().await?;
    let gzip = request.gzip.unwrap_or_else(|| client.gzips_requests());
    let is_encoded = [client.headers(), &request.headers]
        .iter()
        .any(|headers| headers.contains_key(CONTENT_ENCODING));
    if gzip && !is_encoded && request.body.compress().await {
        request
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Call::new(client, &request, &url, deadline, streams)
        .run()
        .await
}

/// The one place where a request's path and query become an address.
fn address(client: &Client, request: &Request) -> Result<Url, Error> {
    let mut url = client.environment().resolve(&request.path)?;
    if !request.query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in &request.query {
            pairs.append_pair(name, value);
        }
    }
    if is_token_path(client, &url) {
        return Err(Error::refused(
            "the token endpoint is not called with a bearer token",
        )
        .with_hint("use OAuthApi::create_token (zuora token --no-cache), or Client::token for the client's own token"));
    }
    Ok(url)
}

/// Whether a server could take this for the token's path.
fn is_token_path(client: &Client, url: &Url) -> bool {
    let path = url.path().as_bytes();
    // Nearly every path is ruled out here: it neither says `oauth` nor could decode to it.
    let says_oauth = path
        .windows(5)
        .any(|five| five.eq_ignore_ascii_case(b"oauth"));
    if !says_oauth && !path.contains(&b'%') {
        return false;
    }
    let token = client
        .environment()
        .resolve(client.environment().token_path());
    token.is_ok_and(|token| could_be_same_path(token.path(), url.path()))
}

/// The client's headers, those that this path calls for, and the call's own, which win.
fn all_headers(client: &Client, request: &Request) -> HeaderMap {
    let mut headers = client.headers().clone();
    if speaks_wsdl(&request.path) {
        headers.remove(headers::VERSION);
        headers
            .entry(headers::WSDL_VERSION)
            .or_insert(HeaderValue::from_static("79"));
    }
    for (name, value) in &request.headers {
        headers.insert(name, value.clone());
    }
    headers
}

fn check_key(request: &Request) -> Result<(), Error> {
    let Some(key) = request.headers.get(headers::IDEMPOTENCY_KEY) else {
        return Ok(());
    };
    if key.is_empty() || key.len() > 255 || key.to_str().is_err() {
        return Err(Error::invalid(
            "the idempotency key is refused: it must be 1 to 255 visible US-ASCII characters",
        ));
    }
    match request.method {
        Method::POST | Method::PATCH => Ok(()),
        _ => Err(Error::invalid(format!(
            "the idempotency key is refused: Zuora takes one with POST and PATCH only, not with {}",
            request.method
        ))),
    }
}

/// Actions and CRUD know `X-Zuora-WSDL-Version` and not `Zuora-Version` (documented).
fn speaks_wsdl(path: &str) -> bool {
    path.starts_with("/v1/action/") || path.starts_with("/v1/object/")
}

/// An address as the transport takes it.
pub(crate) fn uri(url: &Url) -> Result<http::Uri, Error> {
    url.as_str()
        .parse()
        .map_err(|error: http::uri::InvalidUri| {
            Error::invalid("the address is refused").with_source(error)
        })
}

/// The body as what the codec reads; an empty one as `null`.
pub(crate) fn decode<T: Slot>(
    client: &Client,
    reply: Response<Bytes>,
    what: &str,
) -> Result<Response<T>, Error> {
    let mut data = T::blank();
    decode_into(client, &reply, what, &mut data)?;
    reply.try_map(|_, _| Ok(data))
}

/// The same without the type, so that it is compiled once.
fn decode_into(
    client: &Client,
    reply: &Response<Bytes>,
    what: &str,
    data: &mut dyn Slot,
) -> Result<(), Error> {
    let body = match reply.body() {
        body if body.iter().all(u8::is_ascii_whitespace) => &Bytes::from_static(b"null"),
        body => body,
    };
    read_document(body, data).map_err(|error| {
        let authorization = client.fresh_authorization();
        let scrubber = authorization.map_or_else(|| Scrubber::new([]), |a| attempt::scrubber(&a));
        let mut partial = http::Response::new(body.clone());
        *partial.status_mut() = reply.status();
        *partial.headers_mut() = reply.headers().clone();
        let how = match error.is_syntax() {
            true => "not JSON",
            false => "not as expected",
        };
        let status = reply.status();
        // The error quotes what it found, so it is masked, and not kept as it is.
        let message = scrubber.text(&format!("{what}: {status}, but the body is {how}: {error}"));
        Error::new(ErrorKind::Decode, message)
            .with_reply(ReplyFacts::of(&partial, &scrubber))
            .with_hint("the server has acted; look at the body before sending the call again")
    })
}
