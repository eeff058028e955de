//! Reading a request's body at both doors: decoded, bounded, and an upload never whole in memory.

use crate::{
    admin_data,
    message::{MAX_BODY, Request},
    route::{self, Found},
    upload,
};
use bytes::{Buf, Bytes, BytesMut};
use flate2::write::GzDecoder;
use http::request::Parts;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use sha2::{Digest, Sha256};
use std::{
    io::{self, Write as _},
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A body that is too long is read and thrown away up to here, so that the client gets to read the
/// 413 instead of a reset.
const MAX_DISCARDED: u64 = 128 * 1024 * 1024;
/// A document to restore: what a tenant of this machine can hold. Only those who are here may restore one.
const MAX_DOCUMENT: u64 = 1024 * 1024 * 1024;
/// Uploads are counted as they come, up to here; compressed ones only up to the limit above.
const MAX_UPLOAD: u64 = 2 * 1024 * 1024 * 1024;
/// The largest upload that is kept in memory and read: twice what a usage file may have, for what is around it.
const MAX_KEPT_UPLOAD: u64 = 2 * MAX_BODY as u64;
/// Compressed bytes are decoded in such steps: at most a thousandfold of it is in memory at once.
const STEP: usize = 4096;

/// Why a body could not be understood.
#[derive(Clone, Debug)]
pub(crate) enum BadBody {
    /// A `Content-Encoding` other than gzip.
    Encoding,
    /// Not gzip, or cut short.
    Gzip,
    /// Not multipart, or cut short.
    Multipart(String),
}

/// Reads the whole request; an error when the client goes away in the middle.
pub(crate) async fn read<B>(
    parts: Parts,
    body: B,
    source: IpAddr,
    door: crate::message::Door,
) -> io::Result<Request>
where
    B: Body<Data = Bytes> + Unpin + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let source = source.to_canonical();
    let path = parts.uri.path();
    let most = match path == admin_data::RESTORE && source.is_loopback() {
        true => MAX_DOCUMENT,
        false => MAX_BODY as u64,
    };
    let is_upload = match route::find(parts.method.as_str(), path) {
        Found::Operation(route, _) => route.is_upload(),
        _ => false,
    };
    let encoding = parts.headers.get("content-encoding");
    let declared = body.size_hint().lower();
    let mut reader = Reader::new(body, most);
    let mut bad = None;
    match encoding.map(|value| value.as_bytes()) {
        None => {}
        Some(name) if name.eq_ignore_ascii_case(b"identity") => {}
        Some(name) if name.eq_ignore_ascii_case(b"gzip") => {
            reader.gzip = Some(GzDecoder::new(Vec::new()));
        }
        Some(_) => bad = Some(BadBody::Encoding),
    }
    let mut upload = None;
    if is_upload {
        if reader.gzip.is_none() {
            reader.limit = MAX_UPLOAD;
        }
        reader.keep = MAX_KEPT_UPLOAD;
        reader.hash = Some(Sha256::new());
    }
    // One who declares more than is ever read is told at once, and what comes is not waited for.
    let is_endless = declared > reader.limit;
    reader.ended = is_endless;
    if is_upload {
        let content_type = parts.headers.get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        match upload::count(content_type.unwrap_or_default(), &mut reader).await {
            Ok(counted) => upload = Some(counted),
            Err(rule) => bad = bad.or(Some(BadBody::Multipart(rule))),
        }
    }
    // What nobody asked for yet: all of it, or what follows the last part.
    while let Some(frame) = reader.frame().await {
        if frame.is_err() {
            break;
        }
    }
    if let Some(error) = reader.broken.take() {
        return Err(error);
    }
    if reader.bad_gzip {
        bad = Some(BadBody::Gzip);
    }
    if let (Some(upload), Some(hash)) = (&mut upload, reader.hash.take()) {
        upload.digest = hash.finalize().into();
        upload.sent = reader.sent;
    }
    Ok(Request {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: reader.kept.freeze(),
        // An upload is judged by its file.
        oversized: (is_endless || reader.length > most && upload.is_none()).then_some(most),
        upload,
        bad_body: bad,
        source,
        door,
    })
}

/// The decoded body, which counts, hashes and keeps what passes.
pub(crate) struct Reader<B> {
    body: B,
    gzip: Option<GzDecoder<Vec<u8>>>,
    bad_gzip: bool,
    /// Compressed bytes that are not decoded yet.
    rest: Bytes,
    /// What passed, as long as it is short enough to be kept.
    kept: BytesMut,
    keep: u64,
    hash: Option<Sha256>,
    /// Bytes as they were sent, and as they were decoded.
    sent: u64,
    length: u64,
    limit: u64,
    ended: bool,
    broken: Option<io::Error>,
}

impl<B> Reader<B> {
    fn new(body: B, most: u64) -> Self {
        Self {
            body,
            gzip: None,
            bad_gzip: false,
            rest: Bytes::new(),
            kept: BytesMut::new(),
            keep: most,
            hash: None,
            sent: 0,
            length: 0,
            limit: most.max(MAX_DISCARDED),
            ended: false,
            broken: None,
        }
    }

    fn pass(&mut self, data: Bytes) -> Bytes {
        self.length = self.length.saturating_add(data.len() as u64);
        if let Some(hash) = &mut self.hash {
            hash.update(&data);
        }
        if self.length > self.keep {
            self.kept = BytesMut::new();
        } else {
            self.kept.extend_from_slice(&data);
        }
        data
    }

    /// Decodes one step of what is there.
    fn decode_step(&mut self) -> Option<Bytes> {
        let decoder = self.gzip.as_mut()?;
        let step = self.rest.split_to(self.rest.len().min(STEP));
        let decoded = decoder
            .write_all(&step)
            .map(|()| std::mem::take(decoder.get_mut()));
        match decoded {
            Ok(decoded) => Some(decoded.into()),
            Err(_) => {
                self.bad_gzip = true;
                None
            }
        }
    }

    /// What the decoder still holds when the body has ended.
    fn decode_end(&mut self) -> Option<Bytes> {
        let decoded = self.gzip.take()?.finish();
        if decoded.is_err() {
            self.bad_gzip = true;
        }
        decoded.ok().map(Bytes::from)
    }
}

impl<B> Body for Reader<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        loop {
            // A body without end, or a small one that decodes to one, is given up.
            if this.length > this.limit || this.sent > this.limit {
                return Poll::Ready(None);
            }
            if this.rest.has_remaining() && !this.bad_gzip {
                match this.decode_step() {
                    Some(decoded) if !decoded.is_empty() => {
                        return Poll::Ready(Some(Ok(Frame::data(this.pass(decoded)))));
                    }
                    _ => continue,
                }
            }
            if this.ended {
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                None => {
                    this.ended = true;
                    let last = if this.bad_gzip {
                        None
                    } else {
                        this.decode_end()
                    };
                    if let Some(last) = last.filter(|last| !last.is_empty()) {
                        return Poll::Ready(Some(Ok(Frame::data(this.pass(last)))));
                    }
                }
                Some(Err(error)) => {
                    this.ended = true;
                    let error = io::Error::other(error);
                    let kind = error.kind();
                    this.broken = Some(error);
                    return Poll::Ready(Some(Err(kind.into())));
                }
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    this.sent = this.sent.saturating_add(data.len() as u64);
                    // What is not gzip is read to its end all the same, so that the client hears of it.
                    if this.gzip.is_some() {
                        if !this.bad_gzip {
                            this.rest = data;
                        }
                    } else if !data.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(this.pass(data)))));
                    }
                }
            }
        }
    }
}
