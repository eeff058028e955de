//! Compressing what a request sends.

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_core::Stream;
use std::{
    io::{self, Write},
    pin::Pin,
    task::{Context, Poll, ready},
};
use zuora_wire::{Body, TransportError};

/// What is shorter is sent as it is: little could be gained.
pub(super) const SHORTEST: usize = 1024;
/// Compressed at a time, so that a large body does not keep other tasks waiting.
const STEP: usize = 128 * 1024;

/// The bytes compressed; `None` where they would not become shorter.
pub(super) async fn whole(bytes: &Bytes) -> Option<Bytes> {
    if bytes.len() < SHORTEST {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for step in bytes.chunks(STEP) {
        // Writing to memory does not fail; if it did, the bytes would go out as they are.
        encoder.write_all(step).ok()?;
        tokio::task::yield_now().await;
    }
    let shorter = encoder.finish().ok()?;
    (shorter.len() < bytes.len()).then(|| shorter.into())
}

/// A body compressed as it passes.
pub(super) struct Gzip {
    plain: Body,
    /// Taken at the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Gzip {
    pub(super) fn new(plain: Body) -> Self {
        Self {
            plain,
            encoder: Some(GzEncoder::new(Vec::new(), Compression::default())),
        }
    }
}

impl Stream for Gzip {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            let Some(encoder) = &mut this.encoder else {
                return Poll::Ready(None);
            };
            let written: io::Result<Vec<u8>> =
                match ready!(Pin::new(&mut this.plain).poll_next(context)) {
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Some(Ok(piece)) => encoder
                        .write_all(&piece)
                        .map(|()| std::mem::take(encoder.get_mut())),
                    None => match this.encoder.take() {
                        Some(encoder) => encoder.finish(),
                        None => return Poll::Ready(None),
                    },
                };
            match written {
                Ok(written) if written.is_empty() => {}
                Ok(written) => return Poll::Ready(Some(Ok(written.into()))),
                Err(error) => return Poll::Ready(Some(Err(TransportError::source_failed(error)))),
            }
        }
    }
}
