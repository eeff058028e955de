//! What the heads of replies say about a file and its parts.

use crate::Response;
use crate::headers;
use http::{HeaderMap, HeaderValue, StatusCode, Version, header};

/// The file as the first reply describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    /// How many bytes there are in all.
    pub(super) length: Option<u64>,
    /// A strong one: a weak one does not promise the same bytes.
    pub(super) etag: Option<HeaderValue>,
    /// Parts can be asked for.
    pub(super) ranges: bool,
}

impl Described {
    /// `at_hand`: what the transport knows of the body's length.
    pub(super) fn by(headers: &HeaderMap, at_hand: Option<u64>) -> Self {
        let length = headers::text(headers, header::CONTENT_LENGTH)
            .and_then(|text| text.parse().ok())
            .or(at_hand);
        let etag = headers.get(header::ETAG).cloned();
        let ranges = headers::text(headers, header::ACCEPT_RANGES);
        Self {
            length,
            etag: etag.filter(|etag| etag.as_bytes().starts_with(b"\"")),
            ranges: ranges.is_some_and(|unit| unit.eq_ignore_ascii_case("bytes")),
        }
    }

    /// Whether what another reply describes can be the same file.
    pub(super) fn could_be(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        agree(self.length.as_ref(), other.length.as_ref())
            && agree(self.etag.as_ref(), other.etag.as_ref())
    }

    /// Whether it is the same file beyond doubt.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.etag.is_some() && self.etag == other.etag && self.could_be(other)
    }
}

/// From where a 206 goes on, and the length of the whole file: `bytes 5-9/10`, or `bytes 5-9/*`.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers::text(headers, header::CONTENT_RANGE)?;
    let (range, length) = text.strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to): (u64, u64) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    let length = match length.trim() {
        "*" => None,
        length => Some(length.parse().ok()?),
    };
    // A part that does not reach the end would be taken for the rest.
    let is_the_rest = length.is_none_or(|length: u64| to.checked_add(1) == Some(length));
    (from <= to && is_the_rest).then_some((from, length))
}

/// Whether the end of this body shows. A body of HTTP/1 without a length and without chunks ends with
/// its connection, wherever that breaks.
pub(super) fn has_visible_end(head: &Response<()>, length: Option<u64>) -> bool {
    length.is_some()
        || head.status() == StatusCode::NO_CONTENT
        || head.version() > Version::HTTP_11
        || head.headers().contains_key(header::TRANSFER_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rest_of_a_file_is_taken_for_it() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, text.parse().unwrap());
            content_range(&headers)
        };
        assert_eq!(read("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(read("bytes 5-9/*"), Some((5, None)));
        for wrong in [
            "bytes 5-8/10",
            "bytes 9-5/10",
            "bytes */10",
            "lines 5-9/10",
            "bytes 5-9",
            "bytes x-9/10",
            "bytes 5-18446744073709551615/10",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
