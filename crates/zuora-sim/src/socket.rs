//! A TCP socket that a fault can reset or fill with bytes that are not HTTP.

use crate::crowd::Elapsed;
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

/// The value of a time that is not running.
const TAKES: u64 = u64::MAX;

/// How a request's handler reaches the socket beneath its connection, and what others see of it.
pub(crate) struct Control {
    elapsed: Elapsed,
    /// When the client was heard last, as far as it is waited for.
    heard: AtomicU64,
    /// A request has come; the protocol is HTTP/2; a part of a later head has come.
    has_begun: AtomicBool,
    is_http2: AtomicBool,
    has_part: AtomicBool,
    /// Requests whose bodies are being read, and since when the first of them is.
    reading: AtomicU64,
    reading_since: AtomicU64,
    /// Since when the client takes nothing of a reply; `TAKES` while it does.
    stuck_since: AtomicU64,
    reset: AtomicBool,
    garbage: AtomicBool,
    broken: Notify,
    /// Requests under way, and replies that were sent to their end.
    open: AtomicU64,
    replies: AtomicU64,
    changed: Notify,
}

/// A body that is being read.
pub(crate) struct Reading(Arc<Control>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.reading.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Control {
    pub(crate) fn new(elapsed: Elapsed) -> Self {
        Self {
            heard: AtomicU64::new(elapsed.now()),
            elapsed,
            has_begun: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            has_part: AtomicBool::new(false),
            reading: AtomicU64::new(0),
            reading_since: AtomicU64::new(0),
            stuck_since: AtomicU64::new(TAKES),
            reset: AtomicBool::new(false),
            garbage: AtomicBool::new(false),
            broken: Notify::new(),
            open: AtomicU64::new(0),
            replies: AtomicU64::new(0),
            changed: Notify::new(),
        }
    }

    /// Notes that the body of a request is awaited, until the guard is dropped.
    pub(crate) fn read(self: &Arc<Self>) -> Reading {
        self.heard_now();
        if self.reading.fetch_add(1, Ordering::AcqRel) == 0 {
            let now = self.elapsed.now();
            self.reading_since.store(now, Ordering::Release);
        }
        Reading(self.clone())
    }

    /// Whether closing this connection takes no reply away from anybody who did their part.
    pub(crate) fn gives_way(&self) -> bool {
        self.is_idle() || self.reads()
    }

    /// For how many milliseconds the client has owed what it began.
    pub(crate) fn waits_for(&self) -> Option<u64> {
        let has_begun = self.has_begun.load(Ordering::Acquire);
        // What comes between the requests of HTTP/2 need not be a part of one.
        let has_part = self.has_part.load(Ordering::Acquire)
            && self.is_idle()
            && !self.is_http2.load(Ordering::Acquire);
        let owes = !has_begun || has_part || self.reads();
        let heard = self.heard.load(Ordering::Acquire);
        owes.then(|| self.elapsed.now().saturating_sub(heard))
    }

    /// For how many milliseconds the body of a request has been coming. Streams of HTTP/2 overlap, and none
    /// of them needs to be the same one all the time.
    pub(crate) fn reads_for(&self) -> Option<u64> {
        let is_one = self.reads() && !self.is_http2.load(Ordering::Acquire);
        let since = self.reading_since.load(Ordering::Acquire);
        is_one.then(|| self.elapsed.now().saturating_sub(since))
    }

    /// For how many milliseconds the client has taken nothing of a reply.
    pub(crate) fn stuck_for(&self) -> Option<u64> {
        let since = self.stuck_since.load(Ordering::Acquire);
        (since != TAKES).then(|| self.elapsed.now().saturating_sub(since))
    }

    /// Notes whether the client took bytes that were to be sent.
    fn wrote(&self, took: bool) {
        let now = self.elapsed.now();
        if took {
            self.stuck_since.store(TAKES, Ordering::Release);
        } else {
            // Only the first time counts.
            let order = Ordering::AcqRel;
            let _ = (self.stuck_since).compare_exchange(TAKES, now, order, Ordering::Acquire);
        }
    }

    fn reads(&self) -> bool {
        self.reading.load(Ordering::Acquire) > 0
    }

    fn heard_now(&self) {
        self.heard.store(self.elapsed.now(), Ordering::Release);
    }

    /// Notes that bytes came. A head must come as a whole in its time; a body may take longer while
    /// it goes on, and as a whole [only so long](Self::reads_for).
    fn heard(&self) {
        let begins_head = || {
            self.has_begun.load(Ordering::Acquire)
                && self.is_idle()
                && !self.has_part.swap(true, Ordering::AcqRel)
        };
        if self.reads() || begins_head() {
            self.heard_now();
        }
    }

    /// Notes that a request has begun: its head is there.
    pub(crate) fn begin(&self, is_http2: bool) {
        self.has_begun.store(true, Ordering::Release);
        self.has_part.store(false, Ordering::Release);
        self.is_http2.store(is_http2, Ordering::Release);
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
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.control.heard();
        }
        read
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
        let written = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.control.wrote(written.is_ready());
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
