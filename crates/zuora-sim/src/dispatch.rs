//! The one function behind both doors: from a request to what is delivered.

use crate::{
    FaultBody, PageFault, admin, auth,
    body::BadBody,
    compress,
    concurrency::Caller,
    errors,
    fault::{Ending, Fault},
    guard,
    journal::{RequestLine, UNMATCHED},
    masked::Mask,
    message::{CutAt, Delivery, JSON_TYPE, Reply, Request},
    oauth,
    pipeline::{self, Instead, Outcome},
    problem::Problem,
    ragged,
    route::{self, Api, Found},
    state::{Shared, State},
    tenant::jobs,
};
use bytes::Bytes;
use http::StatusCode;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use std::time::Duration;
use zuora_catalog::Operation;
use zuora_wire::{Clock, Json};

/// A broken track id answers 400 (a guess; the rule itself is documented).
const BAD_TRACK_ID_GUESS: StatusCode = StatusCode::BAD_REQUEST;
/// The eight-digit code for it outside the token endpoint: "invalid value", of no object. A guess.
const BAD_TRACK_ID_CODE_GUESS: u32 = 50_000_020;
const TRACK_ID_LENGTH: usize = 64;

/// What a handler works with.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) operation: &'static str,
    /// The operation in the catalogue, where the request is held against it.
    pub(crate) described: Option<Operation>,
    pub(crate) request: &'a Request,
    /// The path's parameters, in order.
    pub(crate) args: &'a [String],
    pub(crate) request_id: &'a str,
    pub(crate) process_id: &'a str,
    /// The body, where the operation takes JSON.
    pub(crate) json: Option<&'a Json>,
    /// What is to be wrong with a page of a list.
    pub(crate) page_fault: Option<&'a PageFault>,
    /// How far a read lags behind the writes.
    pub(crate) stale: Option<Duration>,
}

impl Call<'_> {
    /// The reply with the ids of its request, unless it has those of an earlier one.
    pub(crate) fn named(&self, mut reply: Reply) -> Reply {
        if !reply.headers.contains_key("zuora-request-id") {
            reply = reply.with("zuora-request-id", self.request_id);
        }
        match self.request.header("zuora-track-id") {
            Some(id) if is_track_id(id) && !reply.headers.contains_key("zuora-track-id") => {
                reply.with("zuora-track-id", id)
            }
            _ => reply,
        }
    }
}

pub(crate) async fn dispatch(shared: &Shared, request: Request) -> Delivery {
    let path = request.uri.path().to_owned();
    jobs::catch_up(shared);
    let found = route::find(request.method.as_str(), &path);
    if admin::is_admin(&path) {
        let call = Call {
            shared,
            operation: "",
            described: None,
            request: &request,
            args: &[],
            request_id: "",
            process_id: "",
            json: None,
            page_fault: None,
            stale: None,
        };
        let reply = match guard::refusal(shared, &request) {
            Some(refusal) => refusal,
            None => execute(call, &found, None).reply,
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
        let ids = (state.fresh_ids.uuid(), state.fresh_ids.process_id());
        let client = if state.faults.ask_for_client() {
            client_of(&state, &request, shared.clock.true_time())
        } else {
            None
        };
        (
            ids.0,
            ids.1,
            state.faults.pick(operation, client.as_deref()),
        )
    };

    if let Some(fault) = &fault {
        shared.journal.met(number, fault);
        if !fault.delay.is_zero() {
            shared.clock.sleep(fault.delay).await;
        }
        if fault.expires_token
            && let Some(token) = request.header("authorization").and_then(auth::bearer)
        {
            shared.state().tokens.end(token);
        }
    }
    let call = Call {
        shared,
        operation,
        described: None,
        request: &request,
        args: &[],
        request_id: &request_id,
        process_id: &process_id,
        json: None,
        page_fault: fault.as_ref().and_then(|fault| fault.page.as_ref()),
        stale: fault.as_ref().and_then(|fault| fault.stale),
    };
    let resets = |fault: &Fault| fault.ending == Ending::ResetBefore;
    let mut delivery = if fault.as_ref().is_some_and(resets) {
        Delivery::Reset
    } else {
        let outcome = answer(call, &found, fault.as_ref());
        let reply = serve(shared, outcome).await;
        deliver(shared, call.named(reply), fault.as_ref())
    };

    shared.journal.answered(number, operation, &delivery);
    if shared.state().settings.gzip {
        compress::apply(&mut delivery, &request);
    }
    if let Some(hook) = &shared.hook {
        let track_id = request.header("zuora-track-id");
        hook(&RequestLine {
            operation,
            method: request.method.clone(),
            path: Mask::of(&shared.state(), shared.clock.true_time()).path(&path),
            status: delivery.status(),
            at,
            duration: shared.clock.now().saturating_duration_since(arrived),
            track_id: track_id.filter(|id| is_track_id(id)).map(str::to_owned),
            source: request.source,
        });
    }
    delivery
}

/// The OAuth client whose request this is: that of its token, or the one that asks for a token.
fn client_of(state: &State, request: &Request, now: Duration) -> Option<String> {
    if request.uri.path() == oauth::PATH {
        return url::form_urlencoded::parse(&request.body)
            .find(|(name, _)| name == "client_id")
            .map(|(_, id)| id.into_owned());
    }
    let (_, token) = request.header("authorization")?.split_once(' ')?;
    let token = state.tokens.find(token.trim(), now)?;
    Some(token.client_id.clone())
}

/// Waits until the work is over, or until the gateway in front gives it up (documented: at 120 s).
async fn serve(shared: &Shared, outcome: Outcome) -> Reply {
    let Outcome { reply, busy, place } = outcome;
    if busy.is_zero() {
        return reply;
    }
    let caller = Caller::new(shared, place);
    let cut_off = shared.state().settings.cut_off;
    let reply = match cut_off {
        Some(cut_off) if busy > cut_off => {
            shared.clock.sleep(cut_off).await;
            let status = StatusCode::GATEWAY_TIMEOUT;
            Reply::new(status, "text/html", errors::gateway_page(status))
        }
        _ => {
            shared.clock.sleep(busy).await;
            reply
        }
    };
    // Behind the gateway the call runs on.
    caller.served();
    reply
}

/// The answer to a call, with what a fault makes of it.
fn answer(call: Call<'_>, found: &Found, fault: Option<&Fault>) -> Outcome {
    let api = match found {
        Found::Operation(route, _) => route.api,
        _ => None,
    };
    let Some((fault, made_up)) = fault.and_then(|fault| Some((fault, instead(&call, api, fault)?)))
    else {
        return execute(call, found, None);
    };
    let execute_first = fault.execute_first;
    let route = match found {
        Found::Operation(route, _) => Some(route),
        _ => None,
    };
    match (route, route.and_then(|route| route.api)) {
        (Some(route), Some(api)) if !fault.is_in_front() => {
            let instead = Instead {
                reply: made_up,
                execute_first,
            };
            if execute_first {
                execute(call, found, Some(instead))
            } else {
                pipeline::instead_of(call, route, api, instead)
            }
        }
        _ if execute_first => Outcome {
            reply: made_up,
            ..execute(call, found, None)
        },
        (_, Some(_)) => {
            let now = call.shared.clock.true_time();
            pipeline::at_the_gate(&call, made_up, now).into()
        }
        (_, None) => made_up.into(),
    }
}

/// Answers a request; `instead` is given in the place of what an operation of the API answers.
fn execute(call: Call<'_>, found: &Found, instead: Option<Instead>) -> Outcome {
    let request = call.request;
    let path = request.uri.path();
    if let Some(most) = request.oversized {
        let rule = format!("zuora-sim reads bodies of at most {most} bytes");
        return Reply::json(StatusCode::PAYLOAD_TOO_LARGE, &errors::message(&rule)).into();
    }
    // Statuses and texts are guesses.
    match &request.bad_body {
        Some(BadBody::Encoding) => {
            let rule = "Content-Encoding must be gzip";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Reply::json(status, &errors::message(rule)).into();
        }
        Some(BadBody::Gzip) => {
            let rule = "the body is not gzip, or ends too early";
            return Reply::json(StatusCode::BAD_REQUEST, &errors::message(rule)).into();
        }
        // The operation says what it thinks of it.
        Some(BadBody::Multipart(_)) | None => {}
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
            return Reply::json(status, &body)
                .with("allow", allowed.join(", "))
                .into();
        }
        Found::BadEncoding => {
            let rule = "a path parameter must be percent-encoded UTF-8";
            return Reply::json(StatusCode::BAD_REQUEST, &errors::message(rule)).into();
        }
        Found::Unknown => {
            return match path.strip_prefix("/v1/action/") {
                // Documented.
                Some(action) => {
                    let text = format!("Invalid action '{action}'");
                    let body = errors::code_message("ClientError", &text);
                    Reply::json(StatusCode::BAD_REQUEST, &body).into()
                }
                None => unknown(&call).into(),
            };
        }
    };
    let call = Call {
        args,
        described: route.described,
        ..call
    };
    if request.headers.contains_key("zuora-track-id")
        && !request.header("zuora-track-id").is_some_and(is_track_id)
    {
        return bad_track_id(&call, route.api).into();
    }
    match route.api {
        Some(api) => pipeline::run(call, route, api, instead),
        None => (route.handler)(&call).into(),
    }
}

/// Loud on purpose: a test must not pass on an answer that nobody thought of.
fn unknown(call: &Call<'_>) -> Reply {
    let path = {
        let state = call.shared.state();
        let mask = Mask::of(&state, call.shared.clock.true_time());
        mask.path(call.request.uri.path())
    };
    let message = format!("zuora-sim does not know {} {path}", call.request.method);
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

fn bad_track_id(call: &Call<'_>, api: Option<Api>) -> Reply {
    let message = format!(
        "Zuora-Track-Id must be at most {TRACK_ID_LENGTH} US-ASCII characters, none of : ; \" '"
    );
    match api {
        Some(api) => Problem::new(BAD_TRACK_ID_CODE_GUESS, "INVALID_VALUE", message)
            .always(BAD_TRACK_ID_GUESS)
            .reply(call, api.family),
        None => {
            let body = errors::spring(BAD_TRACK_ID_GUESS, &message, call.request.uri.path());
            Reply::json(BAD_TRACK_ID_GUESS, &body)
        }
    }
}

/// The reply that a fault gives in the operation's place, if it gives one.
fn instead(call: &Call<'_>, api: Option<Api>, fault: &Fault) -> Option<Reply> {
    if fault.wrong_data_centre {
        return Some(match api {
            Some(api) => auth::unknown_token(call, api.family),
            None => oauth::unknown_client(),
        });
    }
    if fault.status.is_none() && fault.body.is_none() {
        return None;
    }
    let path = call.request.uri.path();
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
    let reply = body.reply(status, path, call.request_id, call.process_id);
    if path == oauth::PATH && status == StatusCode::TOO_MANY_REQUESTS {
        // As the real one; the fault's own headers, set later, win.
        let limit = call.shared.state().settings.token_requests_per_minute;
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
        let garbage = Bytes::from_static(b"{\"access_token\": \x00\xff\xfe<<not json");
        reply.body = garbage.into();
        reply = reply.with("content-type", JSON_TYPE);
    }
    if fault.ending == Ending::RaggedRows {
        reply.body = ragged::rows(reply.body);
    }
    for (name, value) in &fault.headers {
        reply = reply.with(name, value);
    }
    let cut = |at: CutAt, reset| {
        let reply = finish(shared, reply.clone());
        match at {
            CutAt::Byte(at) if at >= reply.body.len() => Delivery::Whole(reply),
            _ => Delivery::Cut { reply, at, reset },
        }
    };
    match fault.ending {
        Ending::ResetBefore | Ending::ResetAfter => Delivery::Reset,
        Ending::GarbageWire => Delivery::NotHttp,
        Ending::Truncate => cut(CutAt::Half, false),
        Ending::TruncateAt(at) => cut(CutAt::Byte(at), false),
        Ending::ResetAt(at) => cut(CutAt::Byte(at), true),
        Ending::SlowBody(delay) => Delivery::Late(finish(shared, reply), delay),
        Ending::Normal | Ending::Garbage | Ending::RaggedRows => {
            Delivery::Whole(finish(shared, reply))
        }
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
        reply.body = Bytes::new().into();
        return reply;
    }
    let length = reply.body.len().to_string();
    reply.with("content-length", length)
}
