//! One try: the request goes out with the current token, a reply comes in, time is bounded.

use crate::{
    Client, Error, auth::Bearer, clock::within, governor::Call, request::Request, scrub::Scrubber,
};
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use std::time::Instant;
use url::Url;

/// Whether a method only reads, so that sending it again can do no harm.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

pub(super) async fn send(
    client: &Client,
    request: &Request,
    url: &Url,
    headers: &HeaderMap,
    bearer: Bearer,
    deadline: Instant,
    what: &str,
) -> Result<http::Response<Bytes>, Error> {
    let safe = is_safe(&request.method);
    let clock = client.clock();
    // Given back when it is dropped: with the reply, or with whatever ends this try.
    let permit = client
        .gate()
        .acquire(Call {
            method: &request.method,
            path: &request.path,
            priority: request.priority,
            deadline,
            what,
        })
        .await?;
    let left = deadline.saturating_duration_since(clock.now());
    if left.is_zero() {
        // The token came too late for the call: nothing was sent.
        return Err(Error::timeout(
            what,
            request.timeout.unwrap_or(client.timeouts().total),
            false,
        ));
    }
    let limit = client.timeouts().attempt.min(left);

    let mut outgoing = http::Request::new(request.body.clone());
    *outgoing.method_mut() = request.method.clone();
    *outgoing.uri_mut() = super::uri(url)?;
    *outgoing.headers_mut() = headers.clone();
    outgoing
        .headers_mut()
        .insert(header::AUTHORIZATION, bearer.header.clone());

    crate::wire_log::request(&outgoing);
    let reply = match within(clock, limit, client.transport().send(outgoing)).await {
        None => return Err(Error::timeout(what, limit, !safe)),
        Some(Err(error)) => return Err(Error::from_transport(what, error, safe)),
        Some(Ok(reply)) => reply,
    };
    permit.complete(&reply);
    crate::wire_log::reply(&reply);
    tracing::debug!(
        status = reply.status().as_u16(),
        request_id = crate::headers::text(reply.headers(), crate::headers::REQUEST_ID),
        "reply"
    );
    if reply.status().is_success() {
        return Ok(reply);
    }
    // A server that repeats what it was sent must not bring the token into an error.
    let token = bearer.header.to_str().unwrap_or_default();
    let scrubber = Scrubber::new(token.strip_prefix("Bearer "));
    let (head, body) = reply.into_parts();
    let mut body = body;
    if body.len() > Error::MAX_BODY {
        body.truncate(Error::MAX_BODY);
    }
    Ok(http::Response::from_parts(head, scrubber.body(&body)))
}
