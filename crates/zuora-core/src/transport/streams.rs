//! Streamed bodies between the seam and `reqwest`.

use super::{HttpTransport, failed, outgoing};
use bytes::Bytes;
use futures_core::Stream;
use http::header;
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};
use zuora_wire::{Body, TransportError, TransportErrorKind};

/// Sends a request and gives its reply when the head is there.
pub(super) async fn exchange(
    transport: &HttpTransport,
    request: http::Request<Body>,
) -> Result<http::Response<Body>, TransportError> {
    let as_sent = request.headers().contains_key(header::ACCEPT_ENCODING);
    let pool = transport.pool(as_sent)?;
    let failure = Failure::default();
    let request = request.map(|body| match body.at_hand() {
        Some(bytes) => reqwest::Body::from(bytes.clone()),
        None => reqwest::Body::wrap(Outgoing {
            body: Mutex::new(body),
            failure: Arc::clone(&failure),
        }),
    });
    let request = outgoing(request).map_err(|error| failed(error, TransportErrorKind::Connect))?;
    let reply = pool.execute(request).await.map_err(|error| {
        let mut source = failure.lock().unwrap_or_else(PoisonError::into_inner);
        let source = source.take();
        source.unwrap_or_else(|| failed(error, TransportErrorKind::Closed))
    })?;
    let reply = http::Response::<reqwest::Body>::from(reply);
    Ok(reply.map(|body| {
        let length = body.size_hint().exact();
        Body::stream(Incoming(body), length)
    }))
}

/// Why the request's own body failed. HTTP/2 tells the server that it did, and the caller nothing.
type Failure = Arc<Mutex<Option<TransportError>>>;

/// A request's body. `reqwest` wants one that threads may share; nobody ever waits for this lock.
struct Outgoing {
    body: Mutex<Body>,
    failure: Failure,
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = self.get_mut();
        let body = this.body.get_mut();
        let body = body.unwrap_or_else(PoisonError::into_inner);
        Poll::Ready(match ready!(Pin::new(body).poll_next(context)) {
            None => None,
            Some(Ok(piece)) => Some(Ok(Frame::data(piece))),
            Some(Err(error)) => {
                let mut failure = this.failure.lock().unwrap_or_else(PoisonError::into_inner);
                *failure = Some(error);
                Some(Err(TransportError::new(TransportErrorKind::Source, None)))
            }
        })
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        body.length()
            .map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

/// A reply's body.
struct Incoming(reqwest::Body);

impl Stream for Incoming {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = &mut self.get_mut().0;
        loop {
            let frame = ready!(Pin::new(&mut *body).poll_frame(context));
            let piece = match frame {
                None => return Poll::Ready(None),
                Some(Ok(frame)) => frame.into_data(),
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(failed(error, TransportErrorKind::Body))));
                }
            };
            // Trailers are of no use here.
            if let Ok(piece) = piece {
                return Poll::Ready(Some(Ok(piece)));
            }
        }
    }
}
