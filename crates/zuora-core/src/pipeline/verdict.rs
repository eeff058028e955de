//! Success or failure, and what a failure says about trying again: by status, and by what the body says.

use super::{attempt, retry::Signal};
use crate::{
    Error, ErrorKind, Response,
    error::{Category, Findings, WsdlCode, read_body, says_failure},
    headers,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::time::Duration;
use zuora_wire::{Clock, Json};

pub(super) enum Verdict {
    Success(Response<Bytes>),
    Failure {
        error: Error,
        signal: Signal,
        /// The wait that the server asks for.
        wait: Option<Duration>,
    },
}

/// The eight-digit code of a wrong or forbidden entity header (observed).
const WRONG_ENTITY: &str = "90000020";
/// A 401 with this text is a hiccup of the server and not about the token (documented).
const HICCUP: &str = "Failed to get user info";

/// What is known of the request that was answered.
pub(super) struct Asked<'a> {
    pub(super) what: super::Name<'a>,
    pub(super) path: &'a str,
    /// What must not get into an error.
    pub(super) authorization: &'a HeaderValue,
    /// An `Idempotency-Key` was sent and the operation offers it.
    pub(super) keyed: bool,
    /// For waits that are told as a date.
    pub(super) clock: &'a dyn Clock,
}

pub(super) fn of(reply: http::Response<Bytes>, asked: &Asked<'_>) -> Verdict {
    let status = reply.status();
    if status.is_success() && !fails_inside(reply.body(), asked.path) {
        let (head, body) = reply.into_parts();
        return Verdict::Success(Response::new(body.clone(), head, body));
    }
    let scrubber = attempt::scrubber(asked.authorization);
    let found = read_body(reply.body(), &scrubber);
    let signal = signal(&reply, &found, asked);
    let (kind, hint) = kind_and_hint(status, &found, signal, &reply);
    let wait = wait_asked_for(reply.headers(), &found, asked.clock);
    let error = Error::from_reply(kind, &asked.what.to_string(), &reply, found, &scrubber);
    Verdict::Failure {
        error: error.with_hint(hint).with_wait(wait),
        signal,
        wait,
    }
}

/// A 2xx whose body says that the call failed: `success` or `Success` is false at the top, or it is
/// AQuA's refusal (family q). Nothing else is: successful replies carry `error`, `code` and `message`.
fn fails_inside(body: &Bytes, path: &str) -> bool {
    says_failure(body) || (is_aqua(path) && Json::parse(body).is_ok_and(|json| refuses_job(&json)))
}

/// AQuA says why it takes no job. A job that was taken has an id, and may have the names of errors too.
fn refuses_job(json: &Json) -> bool {
    let says = |name| !matches!(json.get(name), None | Some(Json::Null));
    says("errorCode") && !says("id")
}

fn is_aqua(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.trim_end_matches('/') == "/v1/batch-query"
}

fn signal(reply: &http::Response<Bytes>, found: &Findings, asked: &Asked<'_>) -> Signal {
    let status = reply.status();
    if status == StatusCode::UNAUTHORIZED {
        return unauthorized(reply, found);
    }
    if let Some(signal) = signal_of_reasons(found) {
        return signal;
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS if is_for_the_day(found) => Signal::Refused,
        StatusCode::TOO_MANY_REQUESTS => Signal::Throttled,
        // A code that ends in 50 is a lock and was seen above; what is left is a key in flight.
        StatusCode::CONFLICT
            if asked.keyed && found.reasons.iter().all(|r| r.category().is_none()) =>
        {
            Signal::KeyInFlight
        }
        StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Signal::ServerFailed,
        _ => Signal::Refused,
    }
}

/// What the codes say. Only where all of them may pass is there a point in trying again.
fn signal_of_reasons(found: &Findings) -> Option<Signal> {
    let mut signals = found.reasons.iter().map(|reason| {
        match (reason.category(), reason.wsdl_code()) {
            (Some(Category::LimitExceeded), _) if is_for_the_day(found) => Some(Signal::Refused),
            (Some(Category::LimitExceeded), _) => Some(Signal::Throttled),
            (Some(Category::Locked), _) => Some(Signal::Locked),
            (Some(Category::Temporary), _) => Some(Signal::Temporary),
            (Some(Category::Internal | Category::Integration), _) => Some(Signal::Internal),
            (Some(_), _) => Some(Signal::Refused),
            (None, Some(WsdlCode::LockCompetition)) => Some(Signal::Locked),
            (None, Some(WsdlCode::RequestExceededLimit | WsdlCode::RequestExceededRate)) => {
                Some(Signal::Throttled)
            }
            (None, Some(WsdlCode::ServerUnavailable | WsdlCode::TemporaryError)) => {
                Some(Signal::Temporary)
            }
            // It ran, and was taken back or not: nobody can tell.
            (None, Some(WsdlCode::TransactionTimeout)) => Some(Signal::Internal),
            (None, _) => None,
        }
    });
    let first = signals.next()??;
    signals
        .all(|signal| signal == Some(first))
        .then_some(first)
        .or(Some(Signal::Refused))
}

/// Waiting for the day's window is not waiting.
fn is_for_the_day(found: &Findings) -> bool {
    found
        .message
        .as_deref()
        .is_some_and(|message| message.contains("for the day"))
}

fn unauthorized(reply: &http::Response<Bytes>, found: &Findings) -> Signal {
    let wrong_entity = found
        .reasons
        .iter()
        .any(|reason| reason.code.as_deref() == Some(WRONG_ENTITY));
    if found.message.as_deref() == Some(HICCUP) {
        Signal::UserLookup
    } else if wrong_entity || is_other_service(reply) {
        Signal::Refused
    } else {
        Signal::Unauthorized
    }
}

/// Zuora Revenue and its like speak of `Status` and `Message`, and want a token of their own.
fn is_other_service(reply: &http::Response<Bytes>) -> bool {
    Json::parse(reply.body())
        .is_ok_and(|json| json.get("Status").is_some() && json.get("Message").is_some())
}

/// The kind of error and the way out. A real status decides; inside a 2xx the category stands for it.
fn kind_and_hint(
    status: StatusCode,
    found: &Findings,
    signal: Signal,
    reply: &http::Response<Bytes>,
) -> (ErrorKind, &'static str) {
    let category = found.reasons.iter().find_map(|reason| reason.category());
    let meaning = match category.and_then(Category::status) {
        Some(meaning) if status.is_success() => meaning,
        _ => status,
    };
    match (meaning, signal) {
        (StatusCode::UNAUTHORIZED, Signal::UserLookup) => (
            ErrorKind::Server,
            "Zuora could not look the user up; try again",
        ),
        (StatusCode::UNAUTHORIZED, Signal::Refused) if is_other_service(reply) => (
            ErrorKind::Auth,
            "this service takes a token of its own, which the OAuth token cannot replace",
        ),
        (StatusCode::UNAUTHORIZED, Signal::Refused) => (
            ErrorKind::Auth,
            "the token is not good for this entity: name one of its own in Zuora-Entity-Ids",
        ),
        (StatusCode::UNAUTHORIZED, _) => (
            ErrorKind::Auth,
            "check the credentials and the permissions of their user",
        ),
        (StatusCode::FORBIDDEN, _) if found.too_large => (
            ErrorKind::Api,
            "ask for less at a time: split the query or the time range",
        ),
        (StatusCode::FORBIDDEN, _) => (
            ErrorKind::Api,
            "check the permissions of the OAuth client's user and the features of the tenant",
        ),
        (StatusCode::NOT_FOUND, _) => (
            ErrorKind::NotFound,
            "check the key, the path and the entity",
        ),
        (_, Signal::Locked) => (
            ErrorKind::Api,
            "somebody else is changing the object; try again in a while",
        ),
        (StatusCode::TOO_MANY_REQUESTS, _) | (_, Signal::Throttled) => (
            ErrorKind::RateLimited,
            "wait before the next try, and send less at a time",
        ),
        (StatusCode::CONFLICT, Signal::KeyInFlight) => (
            ErrorKind::Api,
            "the first request with this key is still being worked on; ask again with the same key",
        ),
        (StatusCode::UNPROCESSABLE_ENTITY, _) => (
            ErrorKind::Api,
            "correct the request; an idempotency key may serve one request only",
        ),
        (StatusCode::NOT_IMPLEMENTED, _) => (
            ErrorKind::Server,
            "this server does not know the call: check method and path",
        ),
        (status, _) if status.is_redirection() => (
            ErrorKind::Redirect,
            "redirects are never followed with a token; set the base URL to the address that answers itself",
        ),
        (status, _) if status.is_server_error() => (ErrorKind::Server, "try again later"),
        _ => (
            ErrorKind::Api,
            "correct the request; the reasons say what is wrong with it",
        ),
    }
}

/// `Retry-After`, the seconds that the text of a rate limit names, or when the window begins anew.
fn wait_asked_for(reply: &HeaderMap, found: &Findings, clock: &dyn Clock) -> Option<Duration> {
    headers::retry_after(reply, clock)
        .or_else(|| {
            let (_, after) = found.message.as_deref()?.split_once("retry after ")?;
            let digits = after.split(' ').next()?;
            Some(Duration::from_secs(digits.parse().ok()?))
        })
        .or_else(|| {
            let exhausted = headers::text(reply, headers::RATE_REMAINING)? == "0";
            let reset = headers::text(reply, headers::RATE_RESET)?.parse().ok()?;
            exhausted.then(|| Duration::from_secs(reset))
        })
}
