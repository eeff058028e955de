//! A file that can be downloaded.

use crate::content::{Content, made};
use bytes::Bytes;

/// A file under `GET /v1/files/{file-id}`: bytes that are made when they are sent, always the same for
/// the same id, or bytes of its own.
#[derive(Clone, Debug)]
pub struct SimFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Content,
    pub(crate) ranges: bool,
    pub(crate) etag: Option<String>,
}

impl SimFile {
    /// A file of this many bytes, named `{id}.csv`, that can be had in ranges.
    pub fn new(id: impl Into<String>, size: u64) -> Self {
        let id = id.into();
        Self {
            name: format!("{id}.csv"),
            content: Content::Made {
                seed: seed(&id),
                from: 0,
                length: size,
            },
            content_type: "application/octet-stream;charset=UTF-8".to_owned(),
            ranges: true,
            etag: None,
            id,
        }
    }

    /// Sets the name in `Content-Disposition`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the content type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Sets the bytes.
    #[must_use]
    pub fn content(mut self, bytes: impl Into<Bytes>) -> Self {
        self.content = Content::Whole(bytes.into());
        self
    }

    /// Whether a range can be had; without, the whole file comes whatever is asked for.
    #[must_use]
    pub fn ranges(mut self, ranges: bool) -> Self {
        self.ranges = ranges;
        self
    }

    /// Adds an `ETag`, which `If-Range` is held against. None by default: no document mentions one.
    #[must_use]
    pub fn etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// The file's size.
    pub fn size(&self) -> u64 {
        self.content.len()
    }

    /// The bytes of a part of it, to compare a download with, piece by piece.
    pub fn bytes(&self, range: std::ops::Range<u64>) -> Bytes {
        match self.content.slice(range.start, range.end) {
            Content::Whole(bytes) => bytes,
            Content::Made { seed, from, length } => made(seed, from, length),
        }
    }
}

/// FNV-1a of the id: the sequence that belongs to a file, the same in every simulator.
fn seed(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
