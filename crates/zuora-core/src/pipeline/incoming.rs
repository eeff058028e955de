//! What comes back of a request: how much of it is held in memory, and what is left to be streamed.

use super::{call::Call, retry::Signal};
use crate::{Error, clock::within, governor::Permit};
use bytes::Bytes;
use http::{HeaderMap, header};
use zuora_wire::{Body, Joined, TransportError, TransportErrorKind};

/// Read of a failed reply at most: those that say why are short.
const MOST_OF_FAILURE: usize = 256 * 1024;
/// A reply that calls itself JSON could say that the call failed. As far as this it is read before it
/// counts as a file.
const MOST_OF_JSON: usize = 64 * 1024;

/// A complete reply; of one that is to be streamed the beginning, and what is still to come.
pub(crate) struct Answer {
    pub(crate) reply: http::Response<Bytes>,
    pub(crate) rest: Option<Rest>,
}

/// What is still to come of a reply. The governor's permit is held as long, or until it is released.
pub(crate) struct Rest {
    pub(crate) body: Body,
    /// None where no permit was needed.
    permit: Option<Permit>,
}

impl Rest {
    pub(super) fn with_permit(mut self, permit: Permit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Gives the permit back: the last byte has come, though nobody may ask for the end.
    pub(crate) fn release(&mut self) {
        self.permit = None;
    }
}

/// Reads what has to be known of a reply before it is judged.
///
/// # Errors
/// The outer one when time ran out.
pub(super) async fn receive(
    call: &Call<'_>,
    reply: http::Response<Body>,
) -> Result<Result<Answer, TransportError>, (Error, Signal)> {
    let clock = call.client.clock();
    let timeouts = call.client.timeouts();
    let mut limit = timeouts.attempt;
    if call.request.timeout.is_some() {
        limit = limit.min(call.deadline.saturating_duration_since(clock.now()));
    }
    let most = call.client.max_reply();
    match within(clock, limit, read(reply, call.streams, most)).await {
        Some(outcome) => Ok(outcome),
        None => Err((
            Error::timeout(&call.name().to_string(), limit, false),
            Signal::Lost,
        )),
    }
}

/// Reads a failed reply as far as it is of use, and a good one whole or only until it can be told from
/// a failure.
pub(crate) async fn read(
    reply: http::Response<Body>,
    streams: bool,
    most: usize,
) -> Result<Answer, TransportError> {
    let (head, mut body) = reply.into_parts();
    let is_good = head.status.is_success();
    let most = match (is_good, streams) {
        (false, _) => MOST_OF_FAILURE,
        (true, false) => most,
        (true, true) if is_json(&head.headers) => MOST_OF_JSON,
        (true, true) => 0,
    };
    let mut start = Joined::default();
    // One byte more than is held shows that there is more.
    while start.len() <= most && !(streams && is_good && most == 0) {
        match body.next().await {
            None => break,
            Some(Ok(piece)) => start.push(piece),
            Some(Err(error)) => {
                let partial = http::Response::from_parts(head, start.into_bytes());
                return Err(error.with_partial(partial));
            }
        }
    }
    let too_large = start.len() > most;
    let start = start.into_bytes();
    if is_good && streams {
        let reply = http::Response::from_parts(head, start);
        let rest = Some(Rest { body, permit: None });
        return Ok(Answer { reply, rest });
    }
    let kept = Bytes::copy_from_slice(&start[..start.len().min(MOST_OF_FAILURE)]);
    if too_large && is_good {
        let partial = http::Response::from_parts(head, kept);
        return Err(TransportError::new(TransportErrorKind::TooLarge, None).with_partial(partial));
    }
    let start = if too_large { kept } else { start };
    let reply = http::Response::from_parts(head, start);
    Ok(Answer { reply, rest: None })
}

/// A failed reply that is larger than a transport holds says why at its beginning; a good one is an
/// error.
pub(super) fn left_over(
    mut error: TransportError,
) -> Result<http::Response<Bytes>, TransportError> {
    if error.kind() != TransportErrorKind::TooLarge {
        return Err(error);
    }
    match error.take_partial() {
        Some(partial) if partial.status().is_success() => Err(error.with_partial(partial)),
        Some(partial) => Ok(partial),
        None => Err(error),
    }
}

/// The same bound for transports that have none of their own.
pub(super) fn check_size(
    call: &Call<'_>,
    reply: &http::Response<Bytes>,
) -> Result<(), (Error, Signal)> {
    let most = call.client.max_reply();
    if reply.body().len() <= most || !reply.status().is_success() {
        return Ok(());
    }
    let error = Error::reply_too_large(&call.name().to_string(), reply.status(), most);
    Err((error, Signal::Refused))
}

/// Whether it calls itself JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    let media_type = media_type.unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}
