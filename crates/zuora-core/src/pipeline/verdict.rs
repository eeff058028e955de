//! Success or failure, and of which kind: by status, and inside a 2xx by what the body says.

use super::attempt::{is_safe, scrubber};
use crate::{
    Error, ErrorKind, Response,
    error::{Findings, read_body},
    scrub::Scrubber,
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use zuora_wire::Json;

pub(super) enum Verdict {
    Success(Response<Bytes>),
    Failure(Error),
    Unauthorized(Unauthorized),
}

/// A 401, by what can cure it.
pub(super) enum Unauthorized {
    /// The token was not accepted: another one may be.
    Token(Error),
    /// No token of this kind will be accepted for this call.
    NotTheToken(Error),
}

/// The eight-digit code of a wrong or forbidden entity header (observed).
const WRONG_ENTITY: &str = "90000020";
/// A 401 with this text is a hiccup of the server and not about the token (documented).
const HICCUP: &str = "Failed to get user info";

pub(super) fn of(
    reply: http::Response<Bytes>,
    what: &str,
    method: &Method,
    authorization: &HeaderValue,
) -> Verdict {
    let status = reply.status();
    if status.is_success() {
        return match failure_inside(reply.body()) {
            Some(found) => {
                Verdict::Failure(says_failure(what, &reply, found, &scrubber(authorization)))
            }
            None => {
                let (head, body) = reply.into_parts();
                Verdict::Success(Response::new(body.clone(), head, body))
            }
        };
    }
    let found = read_body(reply.body());
    let scrubber = scrubber(authorization);
    if status == StatusCode::UNAUTHORIZED {
        return Verdict::Unauthorized(unauthorized(what, &reply, found, &scrubber));
    }
    let (kind, hint) = match status {
        StatusCode::NOT_FOUND => (
            ErrorKind::NotFound,
            "check the key, the path and the entity",
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            ErrorKind::RateLimited,
            "wait before the next try, and send less at a time",
        ),
        StatusCode::FORBIDDEN => (
            ErrorKind::Api,
            "check the permissions of the OAuth client's user and the features of the tenant",
        ),
        status if status.is_redirection() => (
            ErrorKind::Redirect,
            "redirects are never followed with a token; set the base URL to the address that answers itself",
        ),
        StatusCode::NOT_IMPLEMENTED => (
            ErrorKind::Server,
            "this server does not know the call: check method and path",
        ),
        status if status.is_server_error() && is_safe(method) => {
            (ErrorKind::Server, "try again later")
        }
        status if status.is_server_error() => (
            ErrorKind::Server,
            "the call may have been carried out: look before you send it again",
        ),
        _ => (
            ErrorKind::Api,
            "correct the request; the reasons say what is wrong with it",
        ),
    };
    let error = Error::from_reply(kind, what, &reply, found, &scrubber).with_hint(hint);
    Verdict::Failure(if status.is_server_error() && !is_safe(method) {
        error.with_outcome_unknown()
    } else {
        error
    })
}

/// What a 2xx body says, when it says that the call failed.
fn failure_inside(body: &Bytes) -> Option<Findings> {
    // Both spellings share this; most bodies without it need not be read here at all.
    let mentions = body.windows(7).any(|seven| seven == b"uccess\"");
    let found = mentions.then(|| read_body(body))?;
    found.says_failure.then_some(found)
}

fn says_failure(
    what: &str,
    reply: &http::Response<Bytes>,
    found: Findings,
    scrubber: &Scrubber,
) -> Error {
    let category = found
        .reasons
        .iter()
        .find_map(|reason| reason.code.as_deref())
        .filter(|code| code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()))
        .map(|code| &code[6..]);
    let (kind, hint) = match category {
        Some("40") => (
            ErrorKind::NotFound,
            "check the key, the path and the entity",
        ),
        Some("70") => (
            ErrorKind::RateLimited,
            "wait before the next try, and send less at a time",
        ),
        Some("11") => (
            ErrorKind::Auth,
            "check the permissions of the OAuth client's user",
        ),
        Some("60" | "61") => (
            ErrorKind::Server,
            "look at the object before sending the call again",
        ),
        _ => (
            ErrorKind::Api,
            "Zuora refused the call inside a successful reply; the reasons say why",
        ),
    };
    Error::from_reply(kind, what, reply, found, scrubber).with_hint(hint)
}

fn unauthorized(
    what: &str,
    reply: &http::Response<Bytes>,
    found: Findings,
    scrubber: &Scrubber,
) -> Unauthorized {
    let wrong_entity = found
        .reasons
        .iter()
        .any(|reason| reason.code.as_deref() == Some(WRONG_ENTITY));
    let hiccup = found.message.as_deref() == Some(HICCUP);
    // Zuora Revenue and its like speak of `Status` and `Message`, and want a token of their own.
    let other_service = Json::parse(reply.body())
        .is_ok_and(|json| json.get("Status").is_some() && json.get("Message").is_some());
    let error = |kind, hint: &'static str| {
        Error::from_reply(kind, what, reply, found, scrubber).with_hint(hint)
    };
    if wrong_entity {
        Unauthorized::NotTheToken(error(
            ErrorKind::Auth,
            "the token is not good for this entity: name one of its own in Zuora-Entity-Ids",
        ))
    } else if hiccup {
        Unauthorized::NotTheToken(error(
            ErrorKind::Server,
            "Zuora could not look the user up; try again",
        ))
    } else if other_service {
        Unauthorized::NotTheToken(error(
            ErrorKind::Auth,
            "this service takes a token of its own, which the OAuth token cannot replace",
        ))
    } else {
        Unauthorized::Token(error(
            ErrorKind::Auth,
            "check the credentials and the permissions of their user",
        ))
    }
}
