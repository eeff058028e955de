//! The body of a request or a reply on its way: bytes at hand, or a stream that is read once.

use crate::{TransportError, TransportErrorKind};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use std::{
    error::Error as StdError,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

/// The pieces of a streamed body.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// A body on its way; itself a [`Stream`] of its pieces.
///
/// After an error there is nothing more to come. Of a body that goes out the error is
/// [`Source`](TransportErrorKind::Source); of one that comes in, [`Body`](TransportErrorKind::Body).
pub struct Body {
    content: Content,
    length: Option<u64>,
}

enum Content {
    /// Empty when it was read.
    Bytes(Bytes),
    Stream(BodyStream),
    Ended,
}

impl Body {
    /// A body without any bytes.
    pub fn empty() -> Self {
        Bytes::new().into()
    }

    /// A body that is made as it is sent, or read as it comes, and its length where that is known.
    pub fn stream(
        stream: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self {
            content: Content::Stream(Box::pin(stream)),
            length,
        }
    }

    /// How many bytes are still to come, where that is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// All bytes, where they are at hand.
    pub fn at_hand(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Stream(_) | Content::Ended => None,
        }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// What kept the rest from coming.
    pub async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The whole of it, in memory.
    ///
    /// # Errors
    /// The pieces that did arrive, and what kept the rest from coming.
    pub async fn collect(mut self) -> Result<Bytes, (Bytes, TransportError)> {
        let mut all = Joined::default();
        while let Some(piece) = self.next().await {
            match piece {
                Ok(piece) => all.push(piece),
                Err(error) => return Err((all.into_bytes(), error)),
            }
        }
        Ok(all.into_bytes())
    }
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = match &mut this.content {
            Content::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Bytes(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Content::Stream(stream) => stream.as_mut().poll_next(context),
            Content::Ended => Poll::Ready(None),
        };
        match &polled {
            Poll::Ready(Some(Ok(piece))) => {
                let sent = piece.len() as u64;
                this.length = this.length.map(|length| length.saturating_sub(sent));
            }
            // What the stream held, connections and permits, is let go now and not with the body.
            Poll::Ready(None | Some(Err(_))) => this.content = Content::Ended,
            Poll::Pending => {}
        }
        polled
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self {
            length: Some(bytes.len() as u64),
            content: Content::Bytes(bytes),
        }
    }
}

/// Its length; never what is in it.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Pieces joined to one: the first is passed on as it is when no other comes.
#[derive(Debug, Default)]
pub struct Joined {
    first: Bytes,
    joined: BytesMut,
}

impl Joined {
    /// Adds a piece.
    pub fn push(&mut self, piece: Bytes) {
        if self.is_empty() {
            self.first = piece;
        } else {
            if self.joined.is_empty() {
                self.joined.extend_from_slice(&self.first);
            }
            self.joined.extend_from_slice(&piece);
        }
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.joined.len().max(self.first.len())
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() {
            self.first
        } else {
            self.joined.freeze()
        }
    }
}

impl TransportError {
    /// The request's own body came to no end, for this reason.
    pub fn source_failed(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(TransportErrorKind::Source, Some(cause.into()))
    }
}
