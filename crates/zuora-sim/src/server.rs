//! The socket door: HTTP/1.1 and HTTP/2, with and without TLS, over hyper.

use crate::{
    dispatch::dispatch,
    message::{Delivery, Door, MAX_BODY, Request},
    socket::{Control, Socket},
    state::Shared,
};
use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http_body_util::BodyExt;
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use zuora_wire::{BoxFuture, Clock};

/// A body that is too long is read and thrown away up to here, so that the client gets to read the
/// 413 instead of a reset.
const MAX_DISCARDED: usize = 128 * 1024 * 1024;
/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the task is aborted, which ends all connections with it.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, tls.clone(), shared.clone()));
                }
                Err(error) => {
                    tracing::warn!("zuora-sim cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) {
    // Without it small replies wait for the client's acknowledgements.
    let _ = stream.set_nodelay(true);
    let control = Arc::new(Control::default());
    let socket = Socket::new(stream, control.clone());
    let ended = match tls {
        None => http(socket, peer, control, shared).await,
        Some(tls) => match tls.accept(socket).await {
            Ok(stream) => http(stream, peer, control, shared).await,
            Err(error) => Err(error.into()),
        },
    };
    if let Err(error) = ended {
        tracing::debug!("a connection from {peer} ended: {error}");
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn http<S>(
    stream: S,
    peer: SocketAddr,
    control: Arc<Control>,
    shared: Arc<Shared>,
) -> Result<(), AnyError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = control.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (shared, control) = (shared.clone(), control.clone());
        // Boxed, since hyper keeps the future inside a connection of its own.
        Box::pin(async move {
            let request = read(request, peer).await?;
            let delivery = dispatch(&shared, request).await;
            Ok(answer(delivery, &shared, &control).await)
        }) as BoxFuture<'static, Result<http::Response<ReplyBody>, io::Error>>
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A time-out would need tokio's clock, which runs away from the sockets when tests pause it. The
    // date comes from the simulator's own clock.
    builder
        .http1()
        .header_read_timeout(None)
        .auto_date_header(false);
    builder.http2().auto_date_header(false);
    tokio::select! {
        ended = builder.serve_connection(TokioIo::new(stream), service) => ended,
        // Dropping the connection closes the socket, by a reset when that was asked for.
        () = broken.broken() => Ok(()),
    }
}

/// Reads the whole request; an error when the client goes away in the middle.
async fn read(request: hyper::Request<Incoming>, peer: SocketAddr) -> io::Result<Request> {
    let (parts, mut incoming) = request.into_parts();
    let mut body = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            length = length.saturating_add(data.len());
            if length > MAX_DISCARDED {
                break;
            }
            if length > MAX_BODY {
                body = BytesMut::new();
            } else {
                body.extend_from_slice(&data);
            }
        }
    }
    Ok(Request {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: body.freeze(),
        oversized: length > MAX_BODY,
        source: peer.ip().to_canonical(),
        door: Door::Socket,
    })
}

/// Puts a delivery on the wire.
async fn answer(
    delivery: Delivery,
    shared: &Shared,
    control: &Control,
) -> http::Response<ReplyBody> {
    let (reply, body) = match delivery {
        Delivery::Whole(reply) => {
            let body = ReplyBody::whole(reply.body.clone());
            (reply, body)
        }
        Delivery::Late(reply, delay) => {
            let mut body = ReplyBody::whole(reply.body.clone());
            body.wait = Some(shared.clock.sleep(delay));
            (reply, body)
        }
        Delivery::Cut(reply) => {
            let part = reply.body.slice(..Delivery::cut_at(reply.body.len()));
            let mut body = ReplyBody::whole(part);
            body.cut = Some(Flush::Wait);
            (reply, body)
        }
        Delivery::NotHttp => {
            control.write_garbage();
            let mut reply = crate::message::Reply::empty(http::StatusCode::OK);
            let close = HeaderValue::from_static("close");
            reply.headers.insert(http::header::CONNECTION, close);
            (reply, ReplyBody::whole(Bytes::new()))
        }
        Delivery::Reset => {
            control.reset();
            // The connection's task drops this future together with the socket.
            std::future::pending().await
        }
    };
    reply.into_http().map(|_| body)
}

/// A reply's body that can come late or break off.
struct ReplyBody {
    wait: Option<BoxFuture<'static, ()>>,
    data: Option<Bytes>,
    cut: Option<Flush>,
}

/// Between the last byte and the break hyper must get to send what it holds.
#[derive(Clone, Copy)]
enum Flush {
    Wait,
    Break,
}

impl ReplyBody {
    fn whole(data: Bytes) -> Self {
        Self {
            wait: None,
            data: (!data.is_empty()).then_some(data),
            cut: None,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(wait) = &mut self.wait {
            if wait.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.wait = None;
        }
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.cut {
            None => Poll::Ready(None),
            Some(Flush::Wait) => {
                self.cut = Some(Flush::Break);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Flush::Break) => {
                let error = io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault");
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.data, self.cut) {
            // Unknown: the head promises more than comes.
            (_, Some(_)) => SizeHint::default(),
            (data, None) => SizeHint::with_exact(data.as_ref().map_or(0, Bytes::len) as u64),
        }
    }
}
