//! A request line that is too long to be read is answered by a page, as a gateway answers it (observed).
//!
//! hyper refuses it by itself and without a body, before there is a request; so its refusal is replaced on its
//! way out.

use crate::{errors, socket::Control};
use http::StatusCode;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How hyper's own refusals begin: of a URL, and of a head that does not fit.
const REFUSALS: [&[u8]; 2] = [b"HTTP/1.1 414", b"HTTP/1.1 431"];
/// A first line of this length is the fault: with it a head does not fit. A shorter one is taken.
const TOO_LONG: usize = 60 * 1024;
/// How much of what was sent and not read is thrown away, so that no reset takes the page with it.
const DISCARDED: usize = 1024 * 1024;

/// A stream of requests of HTTP/1.1, whose first lines are measured.
pub(crate) struct LongUrls<S> {
    stream: S,
    control: Arc<Control>,
    /// The bytes of the first line since the last reply, and whether it has ended.
    line: usize,
    has_line: bool,
}

impl<S> LongUrls<S> {
    pub(crate) fn new(stream: S, control: Arc<Control>) -> Self {
        Self {
            stream,
            control,
            line: 0,
            has_line: false,
        }
    }

    fn measure(&mut self, bytes: &[u8]) {
        if !self.has_line {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            self.line += end.unwrap_or(bytes.len());
            self.has_line = end.is_some();
        }
    }
}

impl<S: AsyncRead + Unpin> LongUrls<S> {
    fn discard(&mut self, context: &mut Context<'_>) {
        let mut scratch = [0; 4096];
        for _ in 0..DISCARDED / scratch.len() {
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().is_empty() {
                return;
            }
        }
    }
}

fn page() -> Vec<u8> {
    let status = StatusCode::URI_TOO_LONG;
    let body = errors::gateway_page(status);
    let title = status.canonical_reason().unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {} {title}\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        status.as_u16(),
        body.len()
    );
    (head + &body).into_bytes()
}

impl<S: AsyncRead + Unpin> AsyncRead for LongUrls<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.measure(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LongUrls<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let is_refusal =
            self.control.is_idle() && REFUSALS.iter().any(|own| buffer.starts_with(own));
        if is_refusal && self.line >= TOO_LONG {
            self.discard(context);
            // So few bytes go out at once; the caller is told that its own did.
            ready!(Pin::new(&mut self.stream).poll_write(context, &page()))?;
            self.line = 0;
            return Poll::Ready(Ok(buffer.len()));
        }
        (self.line, self.has_line) = (0, false);
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
