//! The socket door: HTTP/1.1 and HTTP/2, with and without TLS, over hyper.

use crate::{
    body,
    content::Content,
    crowd::{Crowd, Member},
    dispatch::dispatch,
    long_url::LongUrls,
    message::{Delivery, Door, Reply},
    socket::{Control, Socket},
    state::Shared,
};
use bytes::Bytes;
use http::HeaderValue;
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
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

/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The longest head of a request. Beyond it, or with more than 100 headers, hyper answers 431; a
/// first line that is too long gets a page of `long_url`.
const MAX_HEAD: usize = 64 * 1024;

/// Accepts connections until the task is aborted, which ends all connections with it.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let crowd = Crowd::watched(shared.clone());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match crowd.enter() {
                    Some(member) => {
                        let (tls, shared) = (tls.clone(), shared.clone());
                        connections.spawn(connection(stream, peer, tls, shared, member));
                    }
                    None => tracing::warn!("zuora-sim is full, and refuses a connection"),
                },
                Err(error) => {
                    crowd.make_room();
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
    member: Member,
) {
    // Without it small replies wait for the client's acknowledgements.
    let _ = stream.set_nodelay(true);
    let control = member.control.clone();
    let socket = Socket::new(stream, control.clone());
    let ended = match tls {
        None => http(socket, peer, control, shared).await,
        Some(tls) => tokio::select! {
            accepted = tls.accept(socket) => match accepted {
                Ok(stream) => http(stream, peer, control, shared).await,
                Err(error) => Err(error.into()),
            },
            () = control.broken() => Ok(()),
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
    let (own, rules_of) = (control.clone(), shared.clone());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (shared, control) = (shared.clone(), control.clone());
        // Boxed, since hyper keeps the future inside a connection of its own.
        Box::pin(async move {
            let rules = shared.state().settings.connections;
            if rules
                .close_on_reuse
                .is_some_and(|most| control.replies() >= most)
            {
                control.close();
                // The connection's task drops this future together with the socket.
                std::future::pending::<()>().await;
            }
            control.begin(request.version() == hyper::Version::HTTP_2);
            let under_way = UnderWay(control.clone());
            let reading = control.read();
            let (parts, body) = request.into_parts();
            let request = body::read(parts, body, peer.ip(), Door::Socket).await?;
            drop(reading);
            let delivery = dispatch(&shared, request).await;
            Ok(answer(delivery, &shared, under_way).await)
        }) as BoxFuture<'static, Result<http::Response<ReplyBody>, io::Error>>
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // A time-out of hyper's would need tokio's clock, which runs away from the sockets when tests pause
    // it; `crowd` has one. The date comes from the simulator's own clock.
    builder
        .http1()
        .max_buf_size(MAX_HEAD)
        .header_read_timeout(None)
        .auto_date_header(false);
    builder.http2().auto_date_header(false);
    let stream = TokioIo::new(LongUrls::new(stream, own.clone()));
    let connection = builder.serve_connection(stream, service);
    supervise(pin!(connection), &own, &rules_of).await
}

/// Serves a connection until it ends, or until it is to be ended.
async fn supervise<C>(
    mut connection: Pin<&mut C>,
    control: &Control,
    shared: &Shared,
) -> Result<(), AnyError>
where
    C: Future<Output = Result<(), AnyError>> + Graceful,
{
    let mut closing = false;
    loop {
        let rules = shared.state().settings.connections;
        let is_idle = control.is_idle();
        if !closing
            && is_idle
            && rules
                .close_after
                .is_some_and(|most| control.replies() >= most)
        {
            closing = true;
            // The head of the last reply is out, so nothing announces it; its body goes out first.
            connection.as_mut().close_when_sent();
        }
        let idle = rules.idle.filter(|_| is_idle);
        let idle = async {
            match idle {
                Some(idle) => shared.clock.sleep(idle).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = connection.as_mut() => return ended,
            // Dropping the connection closes the socket, by a reset when that was asked for.
            () = control.broken() => return Ok(()),
            () = control.changed() => {}
            () = idle => return Ok(()),
        }
    }
}

/// A connection that can be asked to end after what it is sending.
trait Graceful {
    fn close_when_sent(self: Pin<&mut Self>);
}

impl<I, S, E> Graceful for auto::Connection<'_, I, S, E>
where
    S: hyper::service::HttpService<Incoming, ResBody = ReplyBody>,
    S::Error: Into<AnyError>,
    S::Future: 'static,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    E: hyper_util::server::conn::auto::HttpServerConnExec<S::Future, ReplyBody>,
{
    fn close_when_sent(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// A request from its arrival until its reply is sent or given up.
struct UnderWay(Arc<Control>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Puts a delivery on the wire.
async fn answer(
    delivery: Delivery,
    shared: &Shared,
    under_way: UnderWay,
) -> http::Response<ReplyBody> {
    let control = under_way.0.clone();
    let whole = |data: Content| ReplyBody {
        wait: None,
        data,
        cut: None,
        reset: false,
        under_way,
    };
    let (head, body) = match delivery {
        Delivery::Whole(mut reply) => {
            let data = std::mem::replace(&mut reply.body, Bytes::new().into());
            (reply, whole(data))
        }
        Delivery::Late(mut reply, delay) => {
            let mut body = whole(std::mem::replace(&mut reply.body, Bytes::new().into()));
            body.wait = Some(shared.clock.sleep(delay));
            (reply, body)
        }
        Delivery::Cut {
            mut reply,
            at,
            reset,
        } => {
            let data = std::mem::replace(&mut reply.body, Bytes::new().into());
            let mut body = whole(data.slice(0, at.of(data.len())));
            body.cut = Some(Flush::Wait);
            body.reset = reset;
            (reply, body)
        }
        Delivery::NotHttp => {
            control.write_garbage();
            let mut reply = Reply::empty(http::StatusCode::OK);
            let close = HeaderValue::from_static("close");
            reply.headers.insert(http::header::CONNECTION, close);
            (reply, whole(Bytes::new().into()))
        }
        Delivery::Reset => {
            control.reset();
            // The connection's task drops this future together with the socket.
            std::future::pending().await
        }
    };
    head.into_http().map(|_| body)
}

/// A reply's body that can come late or break off.
struct ReplyBody {
    wait: Option<BoxFuture<'static, ()>>,
    data: Content,
    cut: Option<Flush>,
    /// The break is a reset.
    reset: bool,
    under_way: UnderWay,
}

/// Between the last byte and the break hyper must get to send what it holds.
#[derive(Clone, Copy)]
enum Flush {
    Wait,
    Break,
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
        if let Some(piece) = self.data.next_piece() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.cut {
            None => Poll::Ready(None),
            Some(Flush::Wait) => {
                self.cut = Some(Flush::Break);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Flush::Break) => {
                if self.reset {
                    self.under_way.0.reset();
                }
                let error = io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a fault");
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.cut {
            // Unknown: the head promises more than comes.
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.data.len()),
        }
    }
}
