//! gzip of replies, for clients that accept it.

use crate::message::{CutAt, Delivery, Reply, Request};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::StatusCode;
use std::io::Write as _;

/// Replies above this many bytes are compressed (documented).
const THRESHOLD: u64 = 1000;
/// The types that are (documented).
const TYPES: [&str; 6] = [
    "application/json",
    "application/xml",
    "text/xml",
    "text/html",
    "text/csv",
    "text/plain",
];

/// Compresses what the client sees of a reply, if it is one to compress.
pub(crate) fn apply(delivery: &mut Delivery, request: &Request) {
    // Where a byte is named it is one of the plain body.
    let is_cut = |delivery: &Delivery| {
        matches!(
            delivery,
            Delivery::Cut {
                at: CutAt::Byte(_),
                ..
            }
        )
    };
    let Some(reply) = (!is_cut(delivery)).then(|| delivery.reply_mut()).flatten() else {
        return;
    };
    if accepts_gzip(request)
        && is_compressible(reply)
        && let Some(small) = reply.body.at_hand().and_then(|body| gzip(body))
    {
        let length = small.len().to_string();
        reply.body = small.into();
        for (name, value) in [("content-encoding", "gzip"), ("content-length", &length)] {
            *reply = std::mem::replace(reply, Reply::empty(StatusCode::OK)).with(name, value);
        }
    }
}

fn is_compressible(reply: &Reply) -> bool {
    let content_type = reply.headers.get("content-type");
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next());
    reply.body.len() > THRESHOLD
        && reply.status != StatusCode::PARTIAL_CONTENT
        && !reply.headers.contains_key("content-encoding")
        && media_type.is_some_and(|media_type| {
            let media_type = media_type.trim();
            TYPES
                .iter()
                .any(|known| media_type.eq_ignore_ascii_case(known))
        })
}

/// Whether `Accept-Encoding` names gzip and does not give it the weight of none.
fn accepts_gzip(request: &Request) -> bool {
    let values = request.headers.get_all("accept-encoding").iter();
    let mut codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let is_refused = weight.is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        name.eq_ignore_ascii_case("gzip") && !is_refused
    })
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
