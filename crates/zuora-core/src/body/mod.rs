//! What a request sends: bytes, files, streams, alone or as the parts of a multipart body.
//!
//! A body is described once and opened for every try. Bytes are there again and files are opened
//! again; a stream is gone after the first time, and so is every further try.

mod gzip;
mod multipart;
mod source;

pub use multipart::{FilePart, Multipart};
pub(crate) use source::Source;

use crate::Error;
use bytes::Bytes;
use futures_core::Stream;
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};
use zuora_wire::{Body, TransportError};

/// The body of a request as plain data.
#[derive(Clone, Debug)]
pub(crate) enum RequestBody {
    Bytes(Bytes),
    /// One after the other.
    Sources(Vec<Source>),
    /// The same, compressed as it is sent.
    Gzip(Vec<Source>),
}

/// A body that was opened for one try.
pub(crate) enum Opened {
    Bytes(Bytes),
    Stream(Body),
}

impl RequestBody {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }

    /// The bytes, where they are all at hand.
    pub(crate) fn at_hand(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Sources(_) | Self::Gzip(_) => None,
        }
    }

    /// Whether it can be sent once more.
    pub(crate) fn is_replayable(&self) -> bool {
        match self {
            Self::Bytes(_) => true,
            Self::Sources(sources) | Self::Gzip(sources) => {
                sources.iter().all(Source::is_replayable)
            }
        }
    }

    /// Looks at the files, before anything is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a file that cannot be read.
    pub(crate) async fn check(&mut self) -> Result<(), Error> {
        let (Self::Sources(sources) | Self::Gzip(sources)) = self else {
            return Ok(());
        };
        for source in sources {
            source.check().await?;
        }
        Ok(())
    }

    /// Compresses it, unless it is so short that nothing is gained; tells whether it did.
    pub(crate) async fn compress(&mut self) -> bool {
        match self {
            Self::Bytes(bytes) => match gzip::whole(bytes).await {
                Some(shorter) => {
                    *bytes = shorter;
                    true
                }
                None => false,
            },
            Self::Sources(sources) => {
                let length: Option<u64> = sources.iter().map(Source::length).sum();
                let is_short = length.is_some_and(|length| length < gzip::SHORTEST as u64);
                if !is_short {
                    *self = Self::Gzip(std::mem::take(sources));
                }
                !is_short
            }
            Self::Gzip(_) => true,
        }
    }

    /// The body for one try. Nothing has been sent when this fails.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) for a file that is gone or not what it was, and a
    /// stream that was read before.
    pub(crate) async fn open(&self) -> Result<Opened, Error> {
        match self {
            Self::Bytes(bytes) => Ok(Opened::Bytes(bytes.clone())),
            Self::Sources(sources) => Ok(Opened::Stream(open_all(sources).await?)),
            Self::Gzip(sources) => {
                let plain = open_all(sources).await?;
                Ok(Opened::Stream(Body::stream(gzip::Gzip::new(plain), None)))
            }
        }
    }
}

impl<B: Into<Bytes>> From<B> for RequestBody {
    fn from(bytes: B) -> Self {
        Self::Bytes(bytes.into())
    }
}

async fn open_all(sources: &[Source]) -> Result<Body, Error> {
    let mut opened = VecDeque::with_capacity(sources.len());
    for source in sources {
        opened.push_back(source.open().await?);
    }
    let length = opened.iter().map(Body::length).sum();
    Ok(Body::stream(Chain(opened), length))
}

/// Bodies one after the other.
struct Chain(VecDeque<Body>);

impl Stream for Chain {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let bodies = &mut self.get_mut().0;
        while let Some(body) = bodies.front_mut() {
            match ready!(Pin::new(body).poll_next(context)) {
                Some(piece) => return Poll::Ready(Some(piece)),
                None => drop(bodies.pop_front()),
            }
        }
        Poll::Ready(None)
    }
}
