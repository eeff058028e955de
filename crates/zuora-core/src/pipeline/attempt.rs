//! One try: the request goes out with the current token, a reply comes in, time is bounded.

use super::{
    call::Call,
    incoming::{self, Answer},
    outgoing,
    retry::Signal,
};
use crate::{
    Error,
    auth::Bearer,
    body::Opened,
    clock::within,
    governor::{self, Permit},
    reply::ReplyFacts,
    scrub::Scrubber,
    wire_log,
};
use http::HeaderValue;
use zuora_wire::{Body, TransportError, TransportErrorKind};

/// A server that repeats what it was sent must not bring the token into an error.
pub(super) fn scrubber(authorization: &HeaderValue) -> Scrubber {
    let token = authorization.to_str().unwrap_or_default();
    let secret = token
        .strip_prefix("Bearer ")
        .or(token.strip_prefix("Basic "));
    Scrubber::new(secret)
}

/// Sends the call's request once. Any complete reply is a success here.
pub(super) async fn send(call: &Call<'_>, bearer: &Bearer) -> Result<Answer, (Error, Signal)> {
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

    let mut outgoing = http::Request::new(());
    *outgoing.method_mut() = call.request.method.clone();
    *outgoing.uri_mut() = super::uri(call.url).map_err(|error| (error, Signal::NotSent))?;
    *outgoing.headers_mut() = call.headers(bearer);
    // For the default transport, which would have to read the address anew.
    outgoing.extensions_mut().insert(call.url.clone());

    wire_log::request(&outgoing);

    let body = call.request.body.open().await;
    let answer = match body.map_err(|error| (error, Signal::NotSent))? {
        Opened::Bytes(bytes) if !call.streams => {
            let limit = client.timeouts().attempt.min(left);
            let outgoing = outgoing.map(|()| bytes);
            match within(clock, limit, client.transport().send(outgoing)).await {
                None => {
                    return Err((
                        Error::timeout(&call.name().to_string(), limit, false),
                        Signal::Lost,
                    ));
                }
                Some(Err(error)) => Answer {
                    reply: incoming::left_over(error)
                        .map_err(|error| failed(call, bearer, error))?,
                    rest: None,
                },
                Some(Ok(reply)) => Answer { reply, rest: None },
            }
        }
        Opened::Bytes(bytes) => {
            let outgoing = outgoing.map(|()| Body::from(bytes));
            Box::pin(exchange(call, bearer, &asks, &permit, outgoing)).await?
        }
        Opened::Stream(body) => {
            let outgoing = outgoing.map(|()| body);
            Box::pin(exchange(call, bearer, &asks, &permit, outgoing)).await?
        }
    };
    let Answer { reply, rest } = answer;
    incoming::check_size(call, &reply)?;
    let rest = match rest {
        Some(rest) => Some(rest.with_permit(permit)),
        None => {
            permit.complete(&asks, &reply);
            None
        }
    };
    wire_log::reply(&reply, || scrubber(&bearer.header));
    tracing::debug!(
        status = reply.status().as_u16(),
        request_id = crate::headers::text(reply.headers(), crate::headers::REQUEST_ID),
        "reply"
    );
    Ok(Answer { reply, rest })
}

/// The same with bodies that are not held in memory, one way or both.
async fn exchange(
    call: &Call<'_>,
    bearer: &Bearer,
    asks: &governor::Call<'_>,
    permit: &Permit,
    request: http::Request<Body>,
) -> Result<Answer, (Error, Signal)> {
    let reply = outgoing::send(call, request)
        .await?
        .map_err(|error| failed(call, bearer, error))?;
    if call.streams && reply.status().is_success() {
        // The permit goes along with the body; what the head says is of use now.
        permit.learn(asks, &reply);
    }
    incoming::receive(call, reply)
        .await?
        .map_err(|error| failed(call, bearer, error))
}

/// What it means that no complete reply arrived.
pub(super) fn failed(call: &Call<'_>, bearer: &Bearer, error: TransportError) -> (Error, Signal) {
    let signal = match error.kind() {
        // Who is not trusted now will not be trusted in a second; a body that fails is nobody's reply.
        TransportErrorKind::Tls | TransportErrorKind::Source => Signal::NotSent,
        // It was carried out, and would be as large again.
        TransportErrorKind::TooLarge => Signal::Refused,
        _ if error.is_unsent() => Signal::Unsent,
        _ => Signal::Lost,
    };
    let what = call.name().to_string();
    let scrubber = scrubber(&bearer.header);
    let error = match error.partial() {
        Some(partial) if error.kind() == TransportErrorKind::TooLarge => {
            Error::reply_too_large(&what, partial.status(), call.client.max_reply())
                .with_reply(ReplyFacts::of(partial, &scrubber))
        }
        _ => Error::from_transport(&what, error, true, &scrubber),
    };
    (error, signal)
}
