//! Multipart uploads: counted as they come; what is short enough is kept.

use crate::{
    body::{BadBody, Reader},
    message::{MAX_BODY, Request},
    problem::Problem,
};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyDataStream;
use hyper::body::Body;
use multer::Multipart;

/// The most parts that are told apart; more are refused.
const MAX_PARTS: usize = 1000;

/// The most bytes of all parts together that are kept: a file that is as long as a body, and fields beside it.
pub(crate) const MAX_KEPT: usize = MAX_BODY + 64 * 1024;

/// One upload that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The parts, in order.
    pub parts: Vec<UploadPart>,
    /// Bytes of the whole body as it was sent.
    pub sent: u64,
    pub(crate) digest: [u8; 32],
}

/// One part of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadPart {
    /// The field's name.
    pub name: Option<String>,
    /// The file's name.
    pub file_name: Option<String>,
    /// The part's content type.
    pub content_type: Option<String>,
    /// Its bytes.
    pub size: u64,
    /// What it holds, unless it was too long to be kept.
    pub(crate) content: Option<Bytes>,
}

impl Upload {
    /// Bytes of all parts.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.size).sum()
    }

    /// The part with this name.
    pub(crate) fn part(&self, name: &str) -> Option<&UploadPart> {
        let mut parts = self.parts.iter();
        parts.find(|part| part.name.as_deref() == Some(name))
    }

    /// What is remembered of it: sizes and names, not what it held.
    pub(crate) fn without_content(&self) -> Self {
        let mut upload = self.clone();
        for part in &mut upload.parts {
            part.content = None;
        }
        upload
    }
}

/// Reads a multipart body part by part; an error says what is wrong with it.
pub(crate) async fn count<B>(content_type: &str, body: &mut Reader<B>) -> Result<Upload, String>
where
    B: Body<Data = Bytes> + Unpin + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let mut multipart = Multipart::new(BodyDataStream::new(body), boundary);
    let mut parts = Vec::new();
    let mut room = MAX_KEPT;
    while let Some(mut field) = multipart
        .next_field()
        .await
        .map_err(|error| error.to_string())?
    {
        if parts.len() == MAX_PARTS {
            return Err(format!("more than {MAX_PARTS} parts"));
        }
        let mut part = UploadPart {
            name: field.name().map(str::to_owned),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            size: 0,
            content: None,
        };
        let mut content = BytesMut::new();
        while let Some(piece) = field.chunk().await.map_err(|error| error.to_string())? {
            part.size += piece.len() as u64;
            if part.size > room as u64 {
                content = BytesMut::new();
            } else {
                content.extend_from_slice(&piece);
            }
        }
        if part.size <= room as u64 {
            room -= content.len();
            part.content = Some(content.freeze());
        }
        parts.push(part);
    }
    Ok(Upload {
        parts,
        sent: 0,
        digest: [0; 32],
    })
}

/// The text of a part that must be there; none if it was too long to be kept.
pub(crate) fn text_of<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Problem> {
    let part = request.upload.as_ref().and_then(|upload| upload.part(name));
    let Some(part) = part else {
        let text = format!("The upload has no field {name:?}");
        return Err(Problem::missing(text));
    };
    let Some(content) = &part.content else {
        return Ok(None);
    };
    let text = std::str::from_utf8(content);
    text.map(Some)
        .map_err(|_| Problem::bad_value(format!("The field {name:?} is not UTF-8")))
}

/// Whether a request brings an upload that can be taken.
pub(crate) fn check(request: &Request) -> Result<(), Problem> {
    if let Some(BadBody::Multipart(rule)) = &request.bad_body {
        let is_multipart = request
            .header("content-type")
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("multipart/"));
        let text = format!("The body must be multipart: {rule}");
        // That anything but multipart is 415, and bad multipart 400, is a guess.
        return Err(if is_multipart {
            Problem::malformed(text).always(StatusCode::BAD_REQUEST)
        } else {
            Problem::unsupported(text)
        });
    }
    Ok(())
}
