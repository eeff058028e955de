//! Multipart uploads: counted as they come.

use crate::{
    body::{BadBody, Reader},
    message::Request,
    problem::Problem,
};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyDataStream;
use hyper::body::Body;
use multer::Multipart;

/// The most parts that are told apart; more are refused.
const MAX_PARTS: usize = 1000;

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
}

impl Upload {
    /// Bytes of all parts.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.size).sum()
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
        };
        while let Some(piece) = field.chunk().await.map_err(|error| error.to_string())? {
            part.size += piece.len() as u64;
        }
        parts.push(part);
    }
    Ok(Upload {
        parts,
        sent: 0,
        digest: [0; 32],
    })
}

/// Whether a request brings an upload that can be taken.
pub(crate) fn check(request: &Request) -> Result<(), Problem> {
    if let Some(BadBody::Multipart(rule)) = &request.bad_body {
        let is_multipart = request
            .header("content-type")
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("multipart/"));
        // That anything but multipart is 415, and bad multipart 400, is a guess.
        let problem = Problem::malformed(format!("The body must be multipart: {rule}"));
        return Err(if is_multipart {
            problem.always(StatusCode::BAD_REQUEST)
        } else {
            problem.always(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        });
    }
    Ok(())
}
