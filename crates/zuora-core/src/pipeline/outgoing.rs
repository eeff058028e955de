//! A request whose body is streamed, and how long that may take.
//!
//! A file of gigabytes takes as long as it takes. So while the body goes out only its pauses are bounded,
//! by the idle time-out; when its last byte is out, the reply's head is waited for as long as any try may
//! last. A time-out that the call itself brings bounds all of it.

use super::{call::Call, retry::Signal};
use crate::{
    Error, ErrorKind,
    clock::{later, within},
    text,
};
use bytes::Bytes;
use futures_core::Stream;
use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Instant,
};
use zuora_wire::{Body, Clock, TransportError};

/// When something of the body was last taken, and whether that was its end.
#[derive(Clone, Copy)]
struct Progress {
    last: Instant,
    ended: bool,
}

/// Sends the request, as far as the head of the reply.
///
/// # Errors
/// The outer one when time ran out.
pub(super) async fn send(
    call: &Call<'_>,
    request: http::Request<Body>,
) -> Result<Result<http::Response<Body>, TransportError>, (Error, Signal)> {
    let (client, clock) = (call.client, call.client.clock());
    let timeouts = client.timeouts();
    let begun = Progress {
        last: clock.now(),
        ended: request.body().at_hand().is_some(),
    };
    let progress = Arc::new(Mutex::new(begun));
    let seen = || *progress.lock().unwrap_or_else(PoisonError::into_inner);
    let request = request.map(|body| match begun.ended {
        true => body,
        false => {
            let length = body.length();
            let (clock, progress) = (Arc::clone(client.shared_clock()), Arc::clone(&progress));
            let watched = Watched {
                body,
                clock,
                progress,
            };
            Body::stream(watched, length)
        }
    });
    let mut exchange = pin!(client.transport().exchange(request));
    loop {
        let Progress { last, ended } = seen();
        let patience = if ended {
            timeouts.attempt
        } else {
            timeouts.idle
        };
        let mut until = later(last, patience);
        // A try that only waits for a head is bounded like any other.
        if begun.ended || call.request.timeout.is_some() {
            until = until.min(call.deadline);
        }
        let left = until.saturating_duration_since(clock.now());
        if left.is_zero() {
            let name = call.name().to_string();
            let error = if ended {
                Error::timeout(&name, until.saturating_duration_since(last), false)
            } else {
                Error::new(
                    ErrorKind::Timeout,
                    format!(
                        "{name}: nothing more of the body was sent for {}",
                        text::seconds(until.saturating_duration_since(last))
                    ),
                )
            };
            return Err((error, Signal::Lost));
        }
        if let Some(outcome) = within(clock, left, exchange.as_mut()).await {
            return Ok(outcome);
        }
    }
}

/// A body that says when something of it was taken.
struct Watched {
    body: Body,
    clock: Arc<dyn Clock>,
    progress: Arc<Mutex<Progress>>,
}

impl Stream for Watched {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_next(context);
        if let Poll::Ready(piece) = &polled {
            // A transport that knows the length does not ask for an end beyond it.
            let ended = piece.is_none() || this.body.length() == Some(0);
            *this.progress.lock().unwrap_or_else(PoisonError::into_inner) = Progress {
                last: this.clock.now(),
                ended,
            };
        }
        polled
    }
}
