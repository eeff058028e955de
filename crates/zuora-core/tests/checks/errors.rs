//! A failed reply becomes an error that keeps what it must and tells no secret; a good one becomes none.
//!
//! The first byte of the input chooses the status, the second the operation; the rest is the body.

use super::{MUCH, Scripted, Stepped, assert_clean, client, planted, run};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;
use zuora_core::{Client, Error, Governor, JobFailure, Json};

const STATUSES: [u16; 24] = [
    200, 201, 202, 204, 206, 299, 301, 304, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429,
    500, 501, 502, 503, 599,
];
const CALLS: [(Method, &str); 5] = [
    (Method::GET, "/v1/accounts/A00000001"),
    (Method::POST, "/v1/batch-query/"),
    (Method::POST, "/v1/orders"),
    (Method::PUT, "/v1/accounts/A00000001"),
    (Method::DELETE, "/v1/object/account/1"),
];

struct World {
    client: Client,
    transport: Scripted,
    clock: Stepped,
}

thread_local! {
    static WORLD: World = {
        let (transport, clock) = (Scripted::new(), Stepped::new());
        // A 429 must not keep the next input waiting.
        let client = client(&transport, &clock).governor(Governor::off());
        World { client: client.build().unwrap(), transport, clock }
    };
}

/// Fails by panic.
pub fn check(input: &[u8]) {
    let [status, call, body @ ..] = input else {
        return;
    };
    if body.windows(MUCH.len()).any(|part| part == MUCH.as_bytes()) {
        return;
    }
    let status = StatusCode::from_u16(STATUSES[usize::from(*status) % STATUSES.len()]).unwrap();
    let (method, path) = &CALLS[usize::from(*call) % CALLS.len()];
    let body = Bytes::from(planted(body));
    let outcome = WORLD.with(|world| {
        let mut reply = http::Response::new(body.clone());
        *reply.status_mut() = status;
        world.transport.set(reply);
        // A 401 drops the token once a minute, and the second one of a call ends it.
        let request = world.client.request(method.clone(), *path);
        run(&world.clock, request.send())
    });
    let theirs = serde_json::from_slice::<Value>(&body);
    match outcome {
        Ok(reply) => {
            assert!(status.is_success(), "{status} is no success");
            assert_eq!(reply.body(), &body);
            if let Ok(json) = &theirs {
                assert!(!fails_inside(json, path), "{json} is a failure");
            }
        }
        Err(error) => {
            if status.is_success() {
                match &theirs {
                    Ok(json) => assert!(fails_inside(json, path), "{json} is no failure"),
                    // Half a reply may still say that the call failed.
                    Err(_) => assert!(body.windows(5).any(|part| part == b"false")),
                }
            }
            check_error(&error, status, &body);
        }
    }
    if let Ok(json) = Json::parse(&body)
        && JobFailure::of(&json).is_some()
    {
        let text = json.to_string().to_ascii_lowercase();
        let bad = ["failed", "cancelled", "canceled", "error", "aborted"];
        assert!(bad.iter().any(|bad| text.contains(bad)), "{text}");
    }
}

/// The documented rules, told anew: a `success` or `Success` that is false at the top, and AQuA's
/// refusal, which names no job.
fn fails_inside(json: &Value, path: &str) -> bool {
    let is_there = |name| json.get(name).is_some_and(|value| !value.is_null());
    let is_false = |name| json.get(name) == Some(&Value::Bool(false));
    is_false("success")
        || is_false("Success")
        || (path == "/v1/batch-query/" && is_there("errorCode") && !is_there("id"))
}

fn check_error(error: &Error, status: StatusCode, body: &Bytes) {
    assert_eq!(error.status(), Some(status), "{error:?}");
    assert_clean(error);
    let kept = error.body().unwrap();
    // The fuzzer finds other spellings of the token by itself.
    let is_masked = kept.windows(3).any(|part| part == b"***");
    if !is_masked && body.len() <= Error::MAX_BODY {
        assert_eq!(kept, body);
    }
    assert_eq!(kept.is_empty(), body.is_empty());
    assert!(error.reasons().len() <= 300);
    let _ = (
        error.code(),
        error.category(),
        error.wsdl_code(),
        error.is_retryable(),
        error.is_locked(),
        error.process_id(),
        error.retry_after(),
    );
}
