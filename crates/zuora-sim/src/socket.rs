//! A TCP socket that a fault can reset or fill with bytes that are not HTTP.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::Notify,
};

/// What goes out instead of a reply.
const GARBAGE: &[u8] = b"\x00\x01\xfe\xffthis is not HTTP\r\n\r\n";

/// How a request's handler reaches the socket beneath its connection.
#[derive(Default)]
pub(crate) struct Control {
    reset: AtomicBool,
    garbage: AtomicBool,
    broken: Notify,
    /// Requests under way, and replies that were sent to their end.
    open: AtomicU64,
    replies: AtomicU64,
    changed: Notify,
}

impl Control {
    /// Notes that a request has begun.
    pub(crate) fn begin(&self) {
        self.open.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_one();
    }

    /// Notes that a reply has been sent, or given up.
    pub(crate) fn end(&self) {
        self.replies.fetch_add(1, Ordering::AcqRel);
        self.open.fetch_sub(1, Ordering::AcqRel);
        self.changed.notify_one();
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    pub(crate) fn replies(&self) -> u64 {
        self.replies.load(Ordering::Acquire)
    }

    /// Completes when a request has begun or ended.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Ends the connection.
    pub(crate) fn close(&self) {
        self.broken.notify_one();
    }

    /// Ends the connection by a TCP reset.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
        self.broken.notify_one();
    }

    /// Replaces the next bytes that are written, and ends the connection after them.
    pub(crate) fn write_garbage(&self) {
        self.garbage.store(true, Ordering::Release);
    }

    /// Completes when the connection is to be dropped.
    pub(crate) async fn broken(&self) {
        self.broken.notified().await;
    }
}

pub(crate) struct Socket {
    stream: TcpStream,
    control: Arc<Control>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, control: Arc<Control>) -> Self {
        Self { stream, control }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.control.reset.load(Ordering::Acquire) {
            // Closing without lingering throws unsent data away and answers with RST.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.control.garbage.load(Ordering::Acquire) {
            // So few bytes go out at once; the caller is told that its own did.
            ready!(Pin::new(&mut self.stream).poll_write(context, GARBAGE))?;
            self.control.garbage.store(false, Ordering::Release);
            self.control.broken.notify_one();
            return Poll::Ready(Ok(buffer.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
