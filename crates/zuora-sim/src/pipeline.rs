//! What happens to a call between the table and its handler: limits, bearer check, idempotency, body.
//!
//! The order is a guess where the documents are silent: the windows count first, since failed calls
//! count; a limit refuses before a key is looked up, so that a replay counts as a call; and a key keeps
//! every outcome that comes after its look-up, a refused body among them.

use crate::{
    auth,
    concurrency::{self, Place},
    described,
    dispatch::Call,
    errors,
    idempotency::{self, Answer, Identity},
    ledger,
    message::Reply,
    problem::Problem,
    rate::{self, Headers},
    route::{Api, BodyRule, Route},
    state::State,
    upload,
};
use http::{Method, StatusCode};
use std::time::Duration;
use zuora_wire::Json;

const KEY_HEADER: &str = "idempotency-key";
const JSON_TYPES: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// A reply, for how long the server works on it, and the place that it has meanwhile.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) busy: Duration,
    pub(crate) place: Option<Place>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            busy: Duration::ZERO,
            place: None,
        }
    }
}

/// The answer that a fault gives in the place of the handler's, and whether the handler runs before.
pub(crate) struct Instead {
    pub(crate) reply: Reply,
    pub(crate) execute_first: bool,
}

pub(crate) fn run(call: Call<'_>, route: &Route, api: Api, instead: Option<Instead>) -> Outcome {
    let now = call.shared.clock.true_time();
    let (mut headers, breach) = enter_windows(&call, api, now);
    let outcome = admit(&call, api, breach, &mut headers, now)
        .map(|key| keyed(call, route, api, key, instead, now))
        .unwrap_or_else(|refusal| Outcome::from(*refusal));
    if !call.shared.state().settings.limits.headers {
        return outcome;
    }
    let with = |reply: Reply, (name, value): (&'static str, String)| reply.with(name, value);
    Outcome {
        reply: headers.into_iter().fold(outcome.reply, with),
        ..outcome
    }
}

fn enter_windows(call: &Call<'_>, api: Api, now: Duration) -> (Headers, Option<Reply>) {
    if api.class.is_none() {
        return (Headers::new(), None);
    }
    let mut state = call.shared.state();
    let State { rate, settings, .. } = &mut *state;
    let entry = rate.enter(now);
    let breach = entry.breach;
    (
        entry.headers,
        breach.map(|breach| rate::refusal(breach, &settings.limits)),
    )
}

/// Lets a call in and gives the key that holds for it, or refuses.
fn admit<'a>(
    call: &Call<'a>,
    api: Api,
    breach: Option<Reply>,
    headers: &mut Headers,
    now: Duration,
) -> Result<Option<&'a str>, Box<Reply>> {
    if described::needs_bearer(api.auth)
        && let Some(refusal) = auth::refusal(call, api.family)
    {
        return Err(at_the_gate(call, refusal, now).into());
    }
    if let Some(refusal) = auth::both_entity_headers(call, api.family) {
        return Err(at_the_gate(call, refusal, now).into());
    }
    if let Some(refusal) = breach {
        return Err(at_the_gate(call, refusal, now).into());
    }
    if let Some(class) = api.class {
        let mut state = call.shared.state();
        let State {
            concurrency,
            settings,
            ..
        } = &mut *state;
        let entry = concurrency.enter(class, &settings.limits, now);
        drop(state);
        headers.extend(entry.headers);
        if entry.refused {
            // This shape for all families (documented for `/v1`).
            let (code, text) = (concurrency::CODE, concurrency::MESSAGE);
            let body = errors::rest_reasons(call.request_id, call.process_id, code, text);
            let reply = Reply::json(StatusCode::TOO_MANY_REQUESTS, &body)
                .with("retry-after", concurrency::RETRY_AFTER);
            return Err(at_the_gate(call, reply, now).into());
        }
    }
    let has_key = call.request.headers.contains_key(KEY_HEADER);
    if has_key && call.request.method == Method::PUT {
        return Err(idempotency::refuse_put().reply(call, api.family).into());
    }
    match key_of(call) {
        None => Ok(None),
        Some(Ok(key)) => Ok(Some(key)),
        Some(Err(problem)) => Err(problem.reply(call, api.family).into()),
    }
}

/// The key of the request. It holds for every POST and PATCH of the API, also where the reference does not list
/// the header (documented); with other methods it has no meaning.
fn key_of<'a>(call: &Call<'a>) -> Option<Result<&'a str, Problem>> {
    let request = call.request;
    let takes_key = matches!(request.method, Method::POST | Method::PATCH);
    (takes_key && request.headers.contains_key(KEY_HEADER))
        .then(|| idempotency::check(request.header(KEY_HEADER)))
}

fn identity(call: &Call<'_>) -> Identity {
    let uri = &call.request.uri;
    Identity {
        method: call.request.method.clone(),
        target: uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        digest: ledger::digest(call.request),
    }
}

/// A reply that was given before the key was looked up. Whether such a one is kept is a switch.
pub(crate) fn at_the_gate(call: &Call<'_>, reply: Reply, now: Duration) -> Reply {
    let reply = call.named(reply);
    if let Some(Ok(key)) = key_of(call) {
        let mut state = call.shared.state();
        let rules = &state.settings.idempotency;
        let is_kept = match reply.status {
            StatusCode::UNAUTHORIZED => rules.keeps_unauthorized,
            StatusCode::TOO_MANY_REQUESTS => rules.keeps_rate_limited,
            _ => false,
        };
        if is_kept {
            state.keys.keep_first(key, &identity(call), &reply, now);
        }
    }
    reply
}

/// Answers with a fault's reply, unless the store of keys knows better. Whatever token, body and limits
/// say, so that a test gets the answer that it asked for.
pub(crate) fn instead_of(call: Call<'_>, route: &Route, api: Api, instead: Instead) -> Outcome {
    let key = key_of(&call).and_then(Result::ok);
    let now = call.shared.clock.true_time();
    keyed(call, route, api, key, Some(instead), now)
}

/// Answers from the store of keys, or does the work and keeps the outcome.
fn keyed(
    call: Call<'_>,
    route: &Route,
    api: Api,
    key: Option<&str>,
    instead: Option<Instead>,
    now: Duration,
) -> Outcome {
    let Some(key) = key else {
        return work(call, route, api, instead, now);
    };
    let identity = identity(&call);
    let answer = {
        let mut state = call.shared.state();
        let State { keys, settings, .. } = &mut *state;
        keys.ask(key, &identity, &settings.idempotency, now)
    };
    match answer {
        Answer::Replay(reply) => (*reply).into(),
        Answer::Refuse(problem) => problem.reply(&call, api.family).into(),
        Answer::Yours => {
            let outcome = work(call, route, api, instead, now);
            let end = now.saturating_add(outcome.busy);
            call.shared.state().keys.finish(key, &outcome.reply, end);
            outcome
        }
    }
}

/// Does the work at once; its service time only says when others see that it has ended.
fn work(
    call: Call<'_>,
    route: &Route,
    api: Api,
    instead: Option<Instead>,
    now: Duration,
) -> Outcome {
    let (busy, place) = {
        let mut state = call.shared.state();
        let State {
            settings,
            service,
            concurrency,
            ..
        } = &mut *state;
        let busy = settings.service_time(route.operation, service);
        let end = now.saturating_add(busy);
        let place = api.class.map(|class| concurrency.hold(class, now, end));
        (busy, place)
    };
    let runs = instead.as_ref().is_none_or(|instead| instead.execute_first);
    let own = runs.then(|| handle(call, route, api));
    let reply = match (instead, own) {
        (Some(instead), _) => instead.reply,
        (None, Some(own)) => own,
        (None, None) => Reply::empty(StatusCode::NO_CONTENT),
    };
    Outcome {
        reply: call.named(reply),
        busy,
        place,
    }
}

/// Checks the body and calls the handler.
fn handle(call: Call<'_>, route: &Route, api: Api) -> Reply {
    let body = match api.body {
        BodyRule::None => None,
        BodyRule::Described => match described_body(&call) {
            Ok(body) => body,
            Err(problem) => return problem.reply(&call, api.family),
        },
        BodyRule::Upload => {
            if let Err(problem) = upload::check(call.request) {
                return problem.reply(&call, api.family);
            }
            None
        }
    };
    (route.handler)(&Call {
        json: body.as_ref(),
        ..call
    })
}

/// The JSON of a request. Without a body it is 415, as without a JSON content type (observed for
/// PUT; a guess for the others).
fn json_body(call: &Call<'_>) -> Result<Json, Problem> {
    let content_type = call.request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let is_json = JSON_TYPES
        .iter()
        .any(|json| media_type.eq_ignore_ascii_case(json));
    if !is_json || call.request.body.is_empty() {
        let text = format!("Content type '{content_type}' not supported");
        return Err(Problem::unsupported(text));
    }
    let json = Json::parse(&call.request.body)
        .map_err(|error| Problem::malformed(format!("Malformed JSON request: {error}")))?;
    Ok(json)
}

/// The body that the catalogue describes: JSON of any kind, which only a PUT needs although it is
/// optional (observed).
fn described_body(call: &Call<'_>) -> Result<Option<Json>, Problem> {
    let Some(body) = call.described.and_then(|operation| operation.body()) else {
        return Ok(None);
    };
    if !body.content_type.contains("json") {
        return Ok(None);
    }
    let is_needed = body.is_required || call.request.method == Method::PUT;
    if call.request.body.is_empty() && !is_needed {
        return Ok(None);
    }
    json_body(call).map(Some)
}
