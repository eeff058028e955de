//! The page at `/_sim/`: one file with style and script, so that it works without a network.
//!
//! Its policy lets a browser run this script and style and no others, and reach this simulator and
//! nothing else, whatever a request's body may hold.

use crate::{dispatch::Call, message::Reply};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const PAGE: &str = include_str!("page.html");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash_of("script"),
        hash_of("style"),
    )
});

/// The hash by which a policy names what stands in an element.
fn hash_of(tag: &str) -> String {
    let after = PAGE.split_once(&format!("<{tag}>"));
    let inside = after.and_then(|(_, rest)| rest.split_once(&format!("</{tag}>")));
    let (inside, _) = inside.unwrap_or_default();
    format!("sha256-{}", STANDARD.encode(Sha256::digest(inside)))
}

pub(crate) fn page(_: &Call<'_>) -> Reply {
    Reply::new(StatusCode::OK, "text/html; charset=utf-8", PAGE)
        .with("content-security-policy", POLICY.as_str())
        .with("x-content-type-options", "nosniff")
        .with("referrer-policy", "no-referrer")
        .with("cache-control", "no-store")
}

/// The page's links are below `/_sim/`.
pub(crate) fn with_slash(_: &Call<'_>) -> Reply {
    Reply::empty(StatusCode::PERMANENT_REDIRECT).with("location", "/_sim/")
}
