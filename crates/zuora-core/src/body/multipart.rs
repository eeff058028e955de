//! `multipart/form-data`: text fields and files in one body.

use super::{RequestBody, Source};
use crate::Error;
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;
use std::{
    fmt,
    fmt::Write,
    io,
    path::{Path, PathBuf},
};
use tokio::io::AsyncRead;

/// A body of text fields and files; see [`RequestBuilder::multipart`](crate::RequestBuilder::multipart).
///
/// ```
/// use zuora_core::{FilePart, Multipart};
///
/// let form = Multipart::new()
///     .text("description", "usage of May")
///     .file("file", FilePart::path("usage.csv").content_type("text/csv"));
/// ```
#[derive(Clone)]
#[must_use = "a form does nothing until it is sent"]
pub struct Multipart {
    /// The same for every try, so that what is sent again is the same to the byte.
    boundary: String,
    sources: Vec<Source>,
    /// The first part that was wrong.
    error: Option<Error>,
}

/// A file in a [`Multipart`] body: its bytes, its name and its type.
#[derive(Clone)]
#[must_use = "a part does nothing until it is put into a form"]
pub struct FilePart {
    source: Source,
    name: Option<String>,
    content_type: String,
}

impl FilePart {
    fn new(source: Source) -> Self {
        Self {
            source,
            name: None,
            content_type: "application/octet-stream".to_owned(),
        }
    }

    /// These bytes.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Source::Bytes(bytes.into()))
    }

    /// The file at this path, under its own name. It is opened for every try; once it was changed it
    /// is not sent again.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(Path::new);
        let name = name.map(|name| name.display().to_string());
        Self {
            name,
            ..Self::new(Source::file(path))
        }
    }

    /// What a stream gives, of this many bytes. It is sent once: the call is not tried again.
    pub fn stream(
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        length: u64,
    ) -> Self {
        Self::new(Source::stream(stream, Some(length)))
    }

    /// What a reader gives, of this many bytes. It is sent once: the call is not tried again.
    pub fn reader(reader: impl AsyncRead + Send + 'static, length: u64) -> Self {
        Self::new(Source::reader(reader, Some(length)))
    }

    /// The file's name as the server is told it. Without one, `file`, and for a path its own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The file's content type. Default `application/octet-stream`.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }
}

impl Multipart {
    /// A body without any parts, which is not sent like that.
    pub fn new() -> Self {
        Self {
            boundary: format!("zuora-{}", uuid::Uuid::new_v4().simple()),
            sources: Vec::new(),
            error: None,
        }
    }

    /// Adds a text field.
    pub fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        match quoted("name", name) {
            Ok(name) => self.part(
                &format!("Content-Disposition: form-data; name={name}\r\n"),
                Source::Bytes(value.into().into()),
            ),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self
    }

    /// Adds a file under this field's name.
    pub fn file(mut self, name: &str, file: FilePart) -> Self {
        match file_head(name, &file) {
            Ok(head) => self.part(&head, file.source),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self
    }

    fn part(&mut self, head: &str, source: Source) {
        let first = self.sources.is_empty();
        let line = if first { "" } else { "\r\n" };
        let head = format!("{line}--{}\r\n{head}\r\n", self.boundary);
        self.sources.push(Source::Bytes(head.into()));
        self.sources.push(source);
    }

    /// The body and its content type.
    pub(crate) fn into_body(mut self) -> Result<(RequestBody, String), Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.sources.is_empty() {
            return Err(Error::invalid("the multipart body has no part"));
        }
        let end = format!("\r\n--{}--\r\n", self.boundary);
        self.sources.push(Source::Bytes(end.into()));
        let content_type = format!("multipart/form-data; boundary={}", self.boundary);
        Ok((RequestBody::Sources(self.sources), content_type))
    }
}

fn file_head(name: &str, file: &FilePart) -> Result<String, Error> {
    let name = quoted("name", name)?;
    let file_name = quoted("file name", file.name.as_deref().unwrap_or("file"))?;
    let content_type = file.content_type.trim();
    if HeaderValue::from_str(content_type).is_err() || !content_type.contains('/') {
        return Err(Error::invalid(
            "a part's content type is refused: expected something like text/csv",
        ));
    }
    Ok(format!(
        "Content-Disposition: form-data; name={name}; filename={file_name}\r\nContent-Type: {content_type}\r\n"
    ))
}

/// A name in quotes. What would end it early is percent-encoded, as browsers do it (and the backslash
/// too, which some servers read as an escape); what no header may hold is refused.
fn quoted(what: &str, name: &str) -> Result<String, Error> {
    if name.is_empty() || name.contains(|c: char| c.is_control()) {
        return Err(Error::invalid(format!(
            "a part's {what} is refused: it is empty, or holds a line break or another control character"
        )));
    }
    let mut text = String::with_capacity(name.len() + 2);
    text.push('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => {
                let _ = write!(text, "%{:02X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    Ok(text)
}

impl Default for Multipart {
    fn default() -> Self {
        Self::new()
    }
}

/// How many parts; never what is in them.
impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("parts", &(self.sources.len() / 2))
            .finish_non_exhaustive()
    }
}

/// Its name; never what is in it.
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
