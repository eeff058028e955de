//! How a call flows: deadline, then token, attempt, verdict; after a 401 that a new token can cure,
//! once more.

mod attempt;
mod verdict;

use crate::{
    Client, Error, ErrorKind, Response, auth::Invalidation, environment::could_be_same_path,
    headers, reply::ReplyFacts, request::Request, scrub::Scrubber,
};
use bytes::Bytes;
use http::HeaderMap;
use tracing::{Instrument, debug, info_span};
use url::Url;
use verdict::{Unauthorized, Verdict};
use zuora_wire::Json;

/// `GET /v1/accounts/A00000001`: what errors and spans call a request. Without its query.
pub(crate) fn name(request: &Request) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    format!("{} {}", request.method, crate::text::shorten(path, 120))
}

/// Carries a call out.
pub(crate) async fn run(client: &Client, request: Request) -> Result<Response<Bytes>, Error> {
    let what = name(&request);
    let span = info_span!("zuora.call", call = what);
    run_in_span(client, request, what).instrument(span).await
}

async fn run_in_span(
    client: &Client,
    request: Request,
    what: String,
) -> Result<Response<Bytes>, Error> {
    let url = address(client, &request)?;
    let headers = all_headers(client, &request);
    let deadline = client.deadline(request.timeout);

    if request.timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Err(Error::timeout(&what, std::time::Duration::ZERO, false));
    }

    let mut first: Option<(Error, u64)> = None;
    let name_first = |error: Error, first: &Option<(Error, u64)>| {
        error.after_first_try(first.as_ref().and_then(|(first, _)| first.request_id()))
    };
    loop {
        let bearer = match client.bearer(deadline).await {
            Ok(bearer) => bearer,
            Err(error) => return Err(name_first(error, &first)),
        };
        if let Some((error, generation)) = &first
            && *generation == bearer.generation
        {
            return Err(error.clone().with_hint(
                "the newest token there is, which is the very token again, is not accepted here: this call may need credentials of another kind",
            ));
        }
        let generation = bearer.generation;
        let reply = attempt::send(client, &request, &url, &headers, &bearer, deadline, &what)
            .await
            .map_err(|error| name_first(error, &first))?;
        let unauthorized = match verdict::of(reply, &what, &request.method, &bearer.header) {
            Verdict::Success(reply) => return Ok(reply),
            Verdict::Failure(error) => return Err(name_first(error, &first)),
            Verdict::Unauthorized(unauthorized) => unauthorized,
        };
        let error = match unauthorized {
            Unauthorized::Token(error) => error,
            Unauthorized::NotTheToken(error) => return Err(name_first(error, &first)),
        };
        if let Some((first, _)) = &first {
            return Err(error
                .after_first_try(first.request_id())
                .with_hint("two tokens in a row were not accepted: check that the base URL is the data centre of these credentials"));
        }
        match client.invalidate_generation(generation) {
            Invalidation::Begun | Invalidation::Superseded => {
                debug!(
                    request_id = error.request_id(),
                    "401: once more with another token"
                );
                first = Some((error, generation));
            }
            Invalidation::TooSoon => {
                return Err(error.with_hint(
                    "a token was replaced after a 401 less than a minute ago, so this one is not to blame: check the permissions and the entity of this call",
                ));
            }
        }
    }
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
    let token = client.environment().resolve(crate::oauth::TOKEN_PATH);
    token.is_ok_and(|token| could_be_same_path(token.path(), url.path()))
}

/// The client's headers, those that this path calls for, and the call's own, which win.
fn all_headers(client: &Client, request: &Request) -> HeaderMap {
    let mut headers = client.headers().clone();
    if speaks_wsdl(&request.path) {
        headers.remove(headers::VERSION);
        headers
            .entry(headers::WSDL_VERSION)
            .or_insert(http::HeaderValue::from_static("79"));
    }
    headers
        .entry(http::header::ACCEPT)
        .or_insert(http::HeaderValue::from_static(
            "application/json, */*;q=0.5",
        ));
    for (name, value) in &request.headers {
        headers.insert(name, value.clone());
    }
    headers
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

/// The body as JSON; an empty one as `null`.
pub(crate) fn decode_json(
    client: &Client,
    reply: Response<Bytes>,
    what: &str,
) -> Result<Response<Json>, Error> {
    let (status, headers) = (reply.status(), reply.headers().clone());
    reply.try_map(|_, body| {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Json::Null);
        }
        Json::parse(body).map_err(|error| {
            let authorization = client.fresh_authorization();
            let scrubber =
                authorization.map_or_else(|| Scrubber::new([]), |a| attempt::scrubber(&a));
            let mut partial = http::Response::new(body.clone());
            *partial.status_mut() = status;
            *partial.headers_mut() = headers;
            Error::new(
                ErrorKind::Decode,
                format!("{what}: {status}, but the body is not JSON: {error}"),
            )
            .with_source(error)
            .with_reply(ReplyFacts::of(&partial, &scrubber))
            .with_hint("the server has acted; look at the body before sending the call again")
        })
    })
}
