//! A download as a stream of bytes.

use super::transfer::{Event, Transfer};
use crate::{Error, Response};
use bytes::Bytes;
use futures_core::Stream;
use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use zuora_wire::BoxFuture;

/// The bytes of a download; a [`Stream`]. From [`Download::stream`](super::Download::stream).
///
/// It ends when the file is complete, or after the first error: without an error before it, the end
/// means that nothing is missing.
#[must_use = "bytes are read by `next`, or as a stream"]
pub struct DownloadStream {
    head: Response<()>,
    length: Option<u64>,
    state: State,
}

type Step = (Box<Transfer>, Result<Option<Event>, Error>);

enum State {
    Idle(Box<Transfer>),
    Busy(BoxFuture<'static, Step>),
    Ended,
}

impl DownloadStream {
    pub(super) fn new(transfer: Box<Transfer>, head: Response<()>) -> Self {
        Self {
            head,
            length: transfer.length(),
            state: State::Idle(transfer),
        }
    }

    /// Status, headers and ids of the reply.
    pub fn head(&self) -> &Response<()> {
        &self.head
    }

    /// How many bytes there are in all, where the server states it.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next bytes; `None` when the file is complete, and after an error.
    ///
    /// # Errors
    /// What kept the rest from coming; see [`Download`](super::Download).
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for DownloadStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            let mut step = match std::mem::replace(&mut this.state, State::Ended) {
                State::Idle(mut transfer) => Box::pin(async move {
                    let event = transfer.next().await;
                    (transfer, event)
                }),
                State::Busy(step) => step,
                State::Ended => return Poll::Ready(None),
            };
            let Poll::Ready((transfer, event)) = step.as_mut().poll(context) else {
                this.state = State::Busy(step);
                return Poll::Pending;
            };
            match event {
                Ok(Some(Event::Piece(piece))) => {
                    this.state = State::Idle(transfer);
                    return Poll::Ready(Some(Ok(piece)));
                }
                // Only before the first byte: nothing can be taken back here.
                Ok(Some(Event::Restart)) => this.state = State::Idle(transfer),
                Ok(None) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// The head; never what is in the body.
impl fmt::Debug for DownloadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadStream")
            .field("head", &self.head)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
