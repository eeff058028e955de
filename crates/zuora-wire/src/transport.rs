//! The seam through which all bytes flow: one request out, one reply in.

use crate::BoxFuture;
use bytes::Bytes;
use std::{error::Error as StdError, fmt, fmt::Debug};

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
