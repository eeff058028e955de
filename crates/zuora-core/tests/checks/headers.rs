//! Whatever headers say, a good reply is good, and the calls after it are sent or refused in time.
//!
//! The input is up to eight replies, divided by empty lines: in each line the first byte chooses a name,
//! or the status, and the rest is its value. The first reply's headers come with the token, too.

use super::{MUCH, Scripted, Stepped, assert_clean, client, planted, run};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use std::time::Duration;
use zuora_core::{Clock, Error, ErrorKind};

const NAMES: [&str; 16] = [
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "concurrency-limit-type",
    "concurrency-limit-limit",
    "concurrency-limit-remaining",
    "retry-after",
    "date",
    "x-ratelimit-limit-minute",
    "x-ratelimit-remaining-minute",
    "zuora-request-id",
    "zuora-track-id",
    "content-type",
    "set-cookie",
    "location",
    "www-authenticate",
];
/// The first so many of them are about limits.
const OF_LIMITS: usize = 10;

/// The total time-out of a call.
const TOTAL: Duration = Duration::from_secs(300);

/// Fails by panic.
pub fn check(input: &[u8]) {
    if input
        .windows(MUCH.len())
        .any(|part| part == MUCH.as_bytes())
    {
        return;
    }
    let (transport, clock) = (Scripted::new(), Stepped::new());
    let client = client(&transport, &clock).build().unwrap();
    // As long as no number was said there is nothing to obey.
    let mut said = false;
    for (at, reply) in replies(input).take(8).enumerate() {
        let headers = reply.headers().clone();
        if at == 0 {
            transport.0.lock().unwrap().token_headers = headers.clone();
        }
        let status = reply.status();
        transport.set(reply);
        let (begun, sent) = (clock.now(), transport.sent());
        let outcome = run(
            &clock,
            client.request(Method::GET, "/v1/accounts/A1").send(),
        );
        let waited = clock.now() - begun;
        assert!(waited <= TOTAL, "{waited:?}");
        assert!(said || waited.is_zero(), "waited {waited:?} for nothing");
        match outcome {
            Ok(reply) => {
                assert!(status.is_success(), "{status} is no success");
                assert_eq!(reply.headers(), &headers);
                let _ = (reply.rate_limit(), reply.request_id(), reply.track_id());
            }
            Err(error) if transport.sent() == sent => {
                assert!(said, "{error}");
                assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
                assert_clean(&error);
            }
            Err(error) => check_error(&error, status, &headers),
        }
        said |= status == StatusCode::TOO_MANY_REQUESTS || names_numbers(&headers);
        let _ = format!("{:?}", client.limits());
    }
}

fn replies(input: &[u8]) -> impl Iterator<Item = Response<Bytes>> {
    let mut lines = input.split(|b| *b == b'\n').peekable();
    std::iter::from_fn(move || {
        lines.peek()?;
        let mut reply = Response::new(Bytes::from_static(b"{\"success\":true}"));
        for line in lines.by_ref() {
            let Some((first, value)) = line.split_first() else {
                break;
            };
            match (usize::from(*first) % (NAMES.len() + 2), value) {
                (at, value) if at < NAMES.len() => {
                    // What no connection could have brought is left out.
                    if let Ok(value) = HeaderValue::from_bytes(&planted(value)) {
                        let name = HeaderName::from_static(NAMES[at]);
                        reply.headers_mut().append(name, value);
                    }
                }
                (at, _) => {
                    let status = [
                        StatusCode::TOO_MANY_REQUESTS,
                        StatusCode::SERVICE_UNAVAILABLE,
                    ];
                    *reply.status_mut() = status[at - NAMES.len()];
                    *reply.body_mut() = Bytes::copy_from_slice(value);
                }
            }
        }
        Some(reply)
    })
}

fn names_numbers(headers: &HeaderMap) -> bool {
    NAMES[..OF_LIMITS]
        .iter()
        .flat_map(|name| headers.get_all(*name))
        .any(|value| value.as_bytes().iter().any(u8::is_ascii_digit))
}

fn check_error(error: &Error, status: StatusCode, headers: &HeaderMap) {
    assert_eq!(error.status(), Some(status), "{error:?}");
    assert!(!status.is_success(), "{error}");
    assert_clean(error);
    let mut asked = headers.get_all("retry-after").iter();
    if let Some(seconds) = asked.next().and_then(|value| value.to_str().ok())
        && !seconds.is_empty()
        && seconds.len() < 19
        && seconds.bytes().all(|b| b.is_ascii_digit())
    {
        let seconds = Duration::from_secs(seconds.parse().unwrap());
        assert_eq!(error.retry_after(), Some(seconds));
    }
}
