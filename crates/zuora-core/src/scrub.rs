//! Taking secrets out of what is about to be kept or shown.

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

const MASK: &str = "***";

/// Secrets, in all spellings in which a server could give them back.
pub(crate) struct Scrubber(Vec<Zeroizing<String>>);

impl Scrubber {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            needles.extend(
                [
                    secret.to_owned(),
                    secret.replace('/', "\\/"),
                    secret.replace('=', "\\u003d").replace('+', "\\u002b"),
                    percent.to_ascii_lowercase(),
                    form.clone(),
                    form.replace('%', "%25"),
                    percent,
                ]
                .map(Zeroizing::new),
            );
        }
        // A spelling that contains another must go first.
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        needles.dedup();
        Self(needles)
    }

    pub(crate) fn body(&self, body: &Bytes) -> Bytes {
        let mut out = Vec::new();
        let mut rest = &body[..];
        let mut changed = false;
        while !rest.is_empty() {
            match self
                .0
                .iter()
                .find(|needle| rest.starts_with(needle.as_bytes()))
            {
                Some(needle) => {
                    changed = true;
                    out.extend_from_slice(MASK.as_bytes());
                    rest = &rest[needle.len()..];
                }
                None => {
                    out.push(rest[0]);
                    rest = &rest[1..];
                }
            }
        }
        if changed { out.into() } else { body.clone() }
    }
}
