//! One try: the request goes out with the current token, a reply comes in, time is bounded.

use super::{call::Call, retry::Signal};
use crate::{Error, auth::Bearer, clock::within, governor, scrub::Scrubber, wire_log};
use bytes::Bytes;
use http::HeaderValue;
use zuora_wire::TransportErrorKind;

/// A server that repeats what it was sent must not bring the token into an error.
pub(super) fn scrubber(authorization: &HeaderValue) -> Scrubber {
    let token = authorization.to_str().unwrap_or_default();
    Scrubber::new(token.strip_prefix("Bearer "))
}

/// Sends the call's request once. Any complete reply is a success here.
pub(super) async fn send(
    call: &Call<'_>,
    bearer: &Bearer,
) -> Result<http::Response<Bytes>, (Error, Signal)> {
    let client = call.client;
    let clock = client.clock();
    // Given back when it is dropped: with the reply, or with whatever ends this try.
    let asks = governor::Call {
        method: &call.request.method,
        path: &call.request.path,
        priority: call.request.priority,
        deadline: call.deadline,
        what: &call.name(),
    };
    let permit = client
        .gate()
        .acquire(asks)
        .await
        .map_err(|error| (error, Signal::NotSent))?;
    let left = call.deadline.saturating_duration_since(permit.given_at());
    if left.is_zero() {
        // The token came too late for the call: nothing was sent.
        let asked = call.request.timeout.unwrap_or(client.timeouts().total);
        return Err((
            Error::timeout(&call.name().to_string(), asked, false),
            Signal::NotSent,
        ));
    }
    let limit = client.timeouts().attempt.min(left);

    let mut outgoing = http::Request::new(call.request.body.clone());
    *outgoing.method_mut() = call.request.method.clone();
    *outgoing.uri_mut() = super::uri(call.url).map_err(|error| (error, Signal::NotSent))?;
    *outgoing.headers_mut() = call.headers(bearer);
    // For the default transport, which would have to read the address anew.
    outgoing.extensions_mut().insert(call.url.clone());

    wire_log::request(&outgoing);
    let reply = match within(clock, limit, client.transport().send(outgoing)).await {
        None => {
            return Err((
                Error::timeout(&call.name().to_string(), limit, false),
                Signal::Lost,
            ));
        }
        Some(Err(error)) => {
            let signal = match error.kind() {
                // Who is not trusted now will not be trusted in a second.
                TransportErrorKind::Tls => Signal::NotSent,
                _ if error.is_unsent() => Signal::Unsent,
                _ => Signal::Lost,
            };
            let scrubber = scrubber(&bearer.header);
            return Err((
                Error::from_transport(&call.name().to_string(), error, true, &scrubber),
                signal,
            ));
        }
        Some(Ok(reply)) => reply,
    };
    permit.complete(&asks, &reply);
    wire_log::reply(&reply, || scrubber(&bearer.header));
    tracing::debug!(
        status = reply.status().as_u16(),
        request_id = crate::headers::text(reply.headers(), crate::headers::REQUEST_ID),
        "reply"
    );
    Ok(reply)
}
