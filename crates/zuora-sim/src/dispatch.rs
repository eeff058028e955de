//! The one function behind both doors: from a request to what is delivered.

use crate::{
    admin, errors,
    fault::{Ending, Fault},
    fault_body::FaultBody,
    journal::{RequestLine, UNMATCHED},
    message::{Delivery, JSON_TYPE, MAX_BODY, Reply, Request},
    oauth,
    route::{self, Found},
    state::Shared,
};
use bytes::Bytes;
use http::StatusCode;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use zuora_wire::{Clock, Json};

/// A broken track id answers 400 (a guess; the rule itself is documented).
const BAD_TRACK_ID_GUESS: StatusCode = StatusCode::BAD_REQUEST;
/// The eight-digit code for it outside the token endpoint: "invalid value", of no object. A guess.
const BAD_TRACK_ID_CODE_GUESS: u32 = 50_000_020;
const TRACK_ID_LENGTH: usize = 64;

/// What a handler works with.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) request: &'a Request,
    /// The path's parameters, in order.
    pub(crate) args: &'a [String],
    pub(crate) request_id: &'a str,
    pub(crate) process_id: &'a str,
}

pub(crate) async fn dispatch(shared: &Shared, request: Request) -> Delivery {
    let path = request.uri.path().to_owned();
    let found = route::find(request.method.as_str(), &path);
    if admin::is_admin(&path) {
        let reply = match admin::guard(&request) {
            Some(refusal) => refusal,
            None => execute(shared, &request, &found, "", ""),
        };
        return Delivery::Whole(finish(shared, reply));
    }

    let operation = match &found {
        Found::Operation(route, _) => route.operation,
        _ => UNMATCHED,
    };
    let (arrived, at) = (shared.clock.now(), shared.clock.wall());
    let number = shared.journal.arrived(operation, &request, at);
    let (request_id, process_id, fault) = {
        let mut state = shared.state();
        let ids = (state.ids.uuid(), state.ids.process_id());
        (ids.0, ids.1, state.faults.pick(operation))
    };

    if let Some(fault) = &fault
        && !fault.delay.is_zero()
    {
        shared.clock.sleep(fault.delay).await;
    }
    let track_id = request
        .header("zuora-track-id")
        .filter(|id| is_track_id(id));
    let delivery = if fault
        .as_ref()
        .is_some_and(|f| f.ending == Ending::ResetBefore)
    {
        Delivery::Reset
    } else {
        let made_up = fault
            .as_ref()
            .and_then(|fault| instead(shared, fault, &path, &request_id, &process_id));
        let reply = match made_up {
            Some(reply) => reply,
            None => execute(shared, &request, &found, &request_id, &process_id),
        };
        let mut reply = reply.with("zuora-request-id", &request_id);
        if let Some(track_id) = track_id {
            reply = reply.with("zuora-track-id", track_id);
        }
        deliver(shared, reply, fault.as_ref())
    };

    shared.journal.answered(number, operation, &delivery);
    if let Some(hook) = &shared.hook {
        hook(&RequestLine {
            operation,
            method: request.method.clone(),
            path,
            status: delivery.status(),
            at,
            duration: shared.clock.now().saturating_duration_since(arrived),
            track_id: track_id.map(str::to_owned),
            source: request.source,
        });
    }
    delivery
}

/// Answers a request without any fault.
fn execute(
    shared: &Shared,
    request: &Request,
    found: &Found,
    request_id: &str,
    process_id: &str,
) -> Reply {
    let path = request.uri.path();
    if request.oversized {
        let rule = format!("zuora-sim reads bodies of at most {MAX_BODY} bytes");
        return Reply::json(StatusCode::PAYLOAD_TOO_LARGE, &errors::message(&rule));
    }
    let (route, args) = match found {
        Found::Operation(route, args) => (route, args),
        Found::WrongMethod(allowed) => {
            let message = format!("method '{}' not supported", request.method);
            let status = StatusCode::METHOD_NOT_ALLOWED;
            let body = if path == oauth::PATH {
                errors::spring(status, &message, path)
            } else {
                errors::message(&message)
            };
            return Reply::json(status, &body).with("allow", allowed.join(", "));
        }
        Found::BadEncoding => {
            let rule = "a path parameter must be percent-encoded UTF-8";
            return Reply::json(StatusCode::BAD_REQUEST, &errors::message(rule));
        }
        Found::Unknown => return unknown(request),
    };
    if request.headers.contains_key("zuora-track-id")
        && !request.header("zuora-track-id").is_some_and(is_track_id)
    {
        return bad_track_id(path, request_id, process_id);
    }
    (route.handler)(&Call {
        shared,
        request,
        args,
        request_id,
        process_id,
    })
}

/// Loud on purpose: a test must not pass on an answer that nobody thought of.
fn unknown(request: &Request) -> Reply {
    let message = format!(
        "zuora-sim does not know {} {}",
        request.method,
        request.uri.path()
    );
    tracing::warn!("{message}");
    let body = Json::object([
        ("simulator", Json::from("zuora-sim")),
        ("message", message.into()),
    ]);
    Reply::json(StatusCode::NOT_IMPLEMENTED, &body)
}

/// The documented rule of `Zuora-Track-Id`.
fn is_track_id(text: &str) -> bool {
    text.len() <= TRACK_ID_LENGTH
        && text.is_ascii()
        && !text.contains([':', ';', '"', '\''])
        && !text.chars().any(char::is_control)
}

fn bad_track_id(path: &str, request_id: &str, process_id: &str) -> Reply {
    let message = format!(
        "Zuora-Track-Id must be at most {TRACK_ID_LENGTH} US-ASCII characters, none of : ; \" '"
    );
    let body = if path == oauth::PATH {
        errors::spring(BAD_TRACK_ID_GUESS, &message, path)
    } else {
        errors::rest_reasons(request_id, process_id, BAD_TRACK_ID_CODE_GUESS, &message)
    };
    Reply::json(BAD_TRACK_ID_GUESS, &body)
}

/// The reply that a fault gives in the operation's place, if it gives one.
fn instead(
    shared: &Shared,
    fault: &Fault,
    path: &str,
    request_id: &str,
    process_id: &str,
) -> Option<Reply> {
    if fault.status.is_none() && fault.body.is_none() {
        return None;
    }
    // The range was checked when the fault was injected.
    let status = StatusCode::from_u16(fault.status.unwrap_or(200)).unwrap_or_default();
    let usual;
    let body = match &fault.body {
        Some(body) => body,
        None => {
            usual = FaultBody::usual(status, path);
            &usual
        }
    };
    let reply = body.reply(status, path, request_id, process_id);
    if path == oauth::PATH && status == StatusCode::TOO_MANY_REQUESTS {
        // As the real one; the fault's own headers, set later, win.
        let limit = shared.state().settings.token_requests_per_minute;
        return Some(oauth::used_up(reply, limit));
    }
    Some(reply)
}

/// Breaks the reply the way the fault says.
fn deliver(shared: &Shared, mut reply: Reply, fault: Option<&Fault>) -> Delivery {
    let Some(fault) = fault else {
        return Delivery::Whole(finish(shared, reply));
    };
    if fault.ending == Ending::Garbage {
        reply.status = StatusCode::OK;
        reply.body = Bytes::from_static(b"{\"access_token\": \x00\xff\xfe<<not json");
        reply = reply.with("content-type", JSON_TYPE);
    }
    for (name, value) in &fault.headers {
        reply = reply.with(name, value);
    }
    match fault.ending {
        Ending::ResetBefore | Ending::ResetAfter => Delivery::Reset,
        Ending::GarbageWire => Delivery::NotHttp,
        Ending::Truncate => Delivery::Cut(finish(shared, reply)),
        Ending::SlowBody(delay) => Delivery::Late(finish(shared, reply), delay),
        Ending::Normal | Ending::Garbage => Delivery::Whole(finish(shared, reply)),
    }
}

/// Sets what every reply carries, the same at both doors.
fn finish(shared: &Shared, mut reply: Reply) -> Reply {
    if let Ok(now) = Timestamp::try_from(shared.clock.wall())
        && let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now)
    {
        reply = reply.with("date", date);
    }
    if matches!(reply.status.as_u16(), 204 | 304) {
        reply.body = Bytes::new();
        return reply;
    }
    let length = reply.body.len().to_string();
    reply.with("content-length", length)
}
