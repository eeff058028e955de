//! The in-process door: the simulator as a [`Transport`], without a socket.

use crate::{
    body,
    dispatch::dispatch,
    message::{Delivery, Door, Reply},
    state::Shared,
};
use bytes::Bytes;
use http_body_util::Full;
use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
};
use zuora_wire::{BoxFuture, Clock, Transport, TransportError, TransportErrorKind};

/// The host of the in-process base URL. The name can never resolve (RFC 6761).
pub(crate) const HOST: &str = "simulator.invalid";
/// The in-process base URL.
pub(crate) const BASE_URL: &str = "https://simulator.invalid";

/// Whether this names the simulator behind the seam.
pub(crate) fn is_in_process(authority: &str) -> bool {
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    host.eq_ignore_ascii_case(HOST)
}

/// Reaches one simulator from one source address. A request for any other origin fails as one for a
/// host that does not exist.
pub(crate) struct Seam {
    shared: Arc<Shared>,
    source: IpAddr,
}

impl Seam {
    pub(crate) fn new(shared: Arc<Shared>, source: IpAddr) -> Self {
        Self { shared, source }
    }

    fn reaches(&self, uri: &http::Uri) -> bool {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        match &self.shared.authority {
            _ if self.shared.stopped.load(Ordering::Acquire) => false,
            Some(own) if authority.eq_ignore_ascii_case(own) => true,
            _ => uri.scheme_str() == Some("https") && is_in_process(authority),
        }
    }
}

impl Transport for Seam {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let (parts, body) = request.into_parts();
        if !self.reaches(&parts.uri) {
            let cause = format!("no simulator answers at {}", origin(&parts.uri));
            return Box::pin(std::future::ready(Err(error(
                TransportErrorKind::Connect,
                cause,
            ))));
        }
        let source = self.source;
        let shared = self.shared.clone();
        Box::pin(async move {
            let request = body::read(parts, Full::new(body), source, Door::Seam).await;
            let request = request.map_err(|cause| error(TransportErrorKind::Other, cause))?;
            match dispatch(&shared, request).await {
                Delivery::Whole(reply) => Ok(reply.into_http()),
                Delivery::Late(reply, delay) => {
                    shared.clock.sleep(delay).await;
                    Ok(reply.into_http())
                }
                Delivery::Cut { reply, at, .. } => {
                    let part = reply.body.slice(0, at.of(reply.body.len()));
                    let partial = Reply {
                        body: part,
                        ..reply
                    }
                    .into_http();
                    Err(error(TransportErrorKind::Body, "cut by a fault").with_partial(partial))
                }
                Delivery::NotHttp => Err(error(TransportErrorKind::Other, "the reply is not HTTP")),
                Delivery::Reset => Err(error(TransportErrorKind::Closed, "connection reset")),
            }
        })
    }
}

fn origin(uri: &http::Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    format!("{scheme}://{authority}")
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

fn error(kind: TransportErrorKind, cause: impl Into<Cause>) -> TransportError {
    TransportError::new(kind, Some(cause.into()))
}

impl fmt::Debug for Seam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seam")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
