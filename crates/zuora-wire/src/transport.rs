//! The seam through which all bytes flow: one request out, one reply in, whole or as streams.

use crate::{Body, BoxFuture};
use bytes::Bytes;
use futures_core::Stream;
use std::{
    collections::VecDeque,
    error::Error as StdError,
    fmt,
    fmt::Debug,
    pin::Pin,
    task::{Context, Poll},
};

/// Sends one HTTP request and returns the reply with its whole body.
///
/// An implementation follows no redirect, retries nothing, keeps no cookie and adds no header but
/// those that the protocol needs: policy belongs to the caller. Dropping the future gives the
/// attempt up.
pub trait Transport: Debug + Send + Sync + 'static {
    /// Sends `request`, whose URI is absolute.
    ///
    /// # Errors
    /// [`TransportError`] when no complete reply arrived. Any status that did arrive, 500 as well, is
    /// a reply and not an error here.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>>;

    /// Sends `request` while its body is being read, and returns the reply as soon as its head is
    /// there; the reply's body is read as it comes. A body whose length is known is sent with that
    /// length. Dropping the reply's body gives the rest of it up.
    ///
    /// Where the request names an `Accept-Encoding` itself, the reply's body is given as it is sent,
    /// not decoded.
    ///
    /// As it stands here it holds both bodies in memory and uses [`send`](Transport::send): right for
    /// a transport of tests, not for large files.
    ///
    /// # Errors
    /// As [`send`](Transport::send); [`Source`](TransportErrorKind::Source) when the request's body
    /// failed. A reply's body that breaks off is told by that body.
    fn exchange(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(|(_, error)| error)?;
            match self.send(http::Request::from_parts(head, body)).await {
                Ok(reply) => Ok(reply.map(Body::from)),
                Err(mut error) if error.kind == TransportErrorKind::Body => {
                    let Some(partial) = error.take_partial() else {
                        return Err(error);
                    };
                    Ok(partial.map(|arrived| broken(arrived, error)))
                }
                Err(error) => Err(error),
            }
        })
    }
}

/// A reply's body that broke off after what arrived.
fn broken(arrived: Bytes, error: TransportError) -> Body {
    let pieces = [
        (!arrived.is_empty()).then_some(Ok(arrived)),
        Some(Err(error)),
    ];
    Body::stream(Pieces(pieces.into_iter().flatten().collect()), None)
}

/// A stream of what is there already.
struct Pieces(VecDeque<Result<Bytes, TransportError>>);

impl Stream for Pieces {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.get_mut().0.pop_front())
    }
}

/// What kept a reply from arriving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection came about: name not found, refused, unreachable, timed out. Nothing was sent.
    Connect,
    /// The TLS handshake failed. Nothing was sent.
    Tls,
    /// The connection broke before a reply's head was complete. The server may have acted.
    Closed,
    /// The reply's head arrived, its body broke off. The server has acted.
    Body,
    /// The request's own body could not be read to its end, or was not as long as it should be. The
    /// server did not get a whole request.
    Source,
    /// The reply's body is larger than this transport holds in memory. The server has acted.
    TooLarge,
    /// Anything else, such as a reply that is not HTTP. The server may have acted.
    Other,
}

/// No complete reply: why, and what had arrived until then.
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
    partial: Option<Box<http::Response<Bytes>>>,
}

impl TransportError {
    /// An error of this kind, with the cause if there is one.
    pub fn new(
        kind: TransportErrorKind,
        source: impl Into<Option<Box<dyn StdError + Send + Sync>>>,
    ) -> Self {
        Self {
            kind,
            source: source.into(),
            partial: None,
        }
    }

    /// Adds the head and the part of the body that did arrive.
    #[must_use]
    pub fn with_partial(mut self, reply: http::Response<Bytes>) -> Self {
        self.partial = Some(Box::new(reply));
        self
    }

    /// What happened.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether it is certain that the server never saw the request, so that sending it again cannot
    /// make it happen twice.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self.kind,
            TransportErrorKind::Connect | TransportErrorKind::Tls
        )
    }

    /// The head and the part of the body that arrived before the connection broke.
    pub fn partial(&self) -> Option<&http::Response<Bytes>> {
        self.partial.as_deref()
    }

    /// Takes out what had arrived, for one who decides what of it may be kept.
    pub fn take_partial(&mut self) -> Option<http::Response<Bytes>> {
        Some(*self.partial.take()?)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "the connection could not be made",
            TransportErrorKind::Tls => "the TLS handshake failed",
            TransportErrorKind::Closed => "the connection broke before a reply arrived",
            TransportErrorKind::Body => "the connection broke in the middle of the reply",
            TransportErrorKind::Source => "the request's own body could not be read to its end",
            TransportErrorKind::TooLarge => "the reply is too large to be held in memory",
            TransportErrorKind::Other => "the exchange failed",
        })
    }
}

/// Does not print what had arrived: it may hold a token.
impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
