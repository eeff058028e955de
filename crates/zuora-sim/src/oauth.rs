//! `createToken`: `POST /oauth/token`.
//!
//! Documented: form body, required fields, the one grant type, both rate-limit headers. Observed: the
//! bodies for an unknown client, a wrong secret and a deactivated client. The rest is named a guess.

use crate::{
    auth, client::SimClient, dispatch::Call, errors, ids, lifetime::TokenReuse, message::Reply,
    state::State, token_window::Entry, tokens::Token,
};
use http::StatusCode;
use std::time::Duration;
use zuora_wire::{Json, Object};

/// The endpoint's path.
pub(crate) const PATH: &str = "/oauth/token";

const FORM_TYPE: &str = "application/x-www-form-urlencoded";
const GRANT_TYPE: &str = "client_credentials";
/// Must not be sent to this endpoint (documented); that it answers 400 when they are is a guess.
const FORBIDDEN_HEADERS: [&str; 3] = ["authorization", "apiaccesskeyid", "apisecretaccesskey"];
/// The services a token is good for, as in a captured reply.
const SERVICES: &str = "platform.write service.events.read service.events.write \
    service.genesis.read service.genesis.write service.notifications.read \
    service.notifications.write service.usage.delete service.usage.update service.usage.write";

// Statuses that no public text gives.
const WRONG_CONTENT_TYPE_GUESS: StatusCode = StatusCode::UNSUPPORTED_MEDIA_TYPE;
const BAD_FORM_GUESS: StatusCode = StatusCode::BAD_REQUEST;
const FORBIDDEN_HEADER_GUESS: StatusCode = StatusCode::BAD_REQUEST;
const FOREIGN_ENTITY_GUESS: StatusCode = StatusCode::BAD_REQUEST;
const FOREIGN_ORG_GUESS: StatusCode = StatusCode::BAD_REQUEST;

/// What an id that is not known is answered (observed).
const UNKNOWN_CLIENT: &str = "Invalid client id";

/// Why no token is given.
struct Refusal(StatusCode, String);

pub(crate) fn create_token(call: &Call<'_>) -> Reply {
    let now = call.shared.clock.true_time();
    let mut state = call.shared.state();
    let limit = state.settings.token_requests_per_minute;
    let remaining = match state.token_window.enter(call.request.source, limit, now) {
        Entry::Allowed { remaining } => remaining,
        Entry::Refused { wait } => {
            let retry_after = state.settings.token_retry_after;
            return too_many(limit, wait, retry_after);
        }
    };
    match check(call, &mut state).and_then(|(client, entities)| {
        let token = issue(&mut state, &client, entities, now, call)?;
        Ok((client, token))
    }) {
        Ok((client, token)) => with_limits(
            Reply::ok(&token_reply(&client, &token, now)),
            limit,
            remaining,
        ),
        Err(Refusal(status, message)) => {
            Reply::json(status, &errors::spring(status, &message, PATH))
        }
    }
}

/// Checks what was sent; gives the client and the entities that the token will be good for.
fn check(call: &Call<'_>, state: &mut State) -> Result<(SimClient, Vec<String>), Refusal> {
    let request = call.request;
    if let Some(name) = FORBIDDEN_HEADERS
        .into_iter()
        .find(|name| request.headers.contains_key(*name))
    {
        return Err(Refusal(
            FORBIDDEN_HEADER_GUESS,
            format!("the header {name} must not be sent to {PATH} (the simulator's guess)"),
        ));
    }
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(FORM_TYPE) {
        return Err(Refusal(
            WRONG_CONTENT_TYPE_GUESS,
            format!("Content type '{content_type}' not supported: send {FORM_TYPE}"),
        ));
    }
    let bad_form = |message: String| Refusal(BAD_FORM_GUESS, message);
    let id = field(&request.body, "client_id").map_err(bad_form)?;
    let secret = field(&request.body, "client_secret").map_err(bad_form)?;
    let grant_type = field(&request.body, "grant_type").map_err(bad_form)?;
    if grant_type != GRANT_TYPE {
        return Err(Refusal(
            BAD_FORM_GUESS,
            format!("Unsupported grant type: only {GRANT_TYPE} is"),
        ));
    }
    let client = state
        .client(&id)
        .ok_or_else(|| Refusal(StatusCode::BAD_REQUEST, UNKNOWN_CLIENT.to_owned()))?;
    if !client.secrets.contains(&secret) {
        return Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "Invalid client credentials".to_owned(),
        ));
    }
    if !client.active {
        return Err(Refusal(
            StatusCode::FORBIDDEN,
            "The user of this client is deactivated".to_owned(),
        ));
    }
    let client = client.clone();
    let entities = narrow(&client, call)?;
    if !auth::may_work_in_orgs(request, state, &client.id) {
        let text = auth::ORG_TEXT_GUESS.to_owned();
        return Err(Refusal(FOREIGN_ORG_GUESS, text));
    }
    Ok((client, entities))
}

/// The refusal of a client that nobody here knows.
pub(crate) fn unknown_client() -> Reply {
    let status = StatusCode::BAD_REQUEST;
    Reply::json(status, &errors::spring(status, UNKNOWN_CLIENT, PATH))
}

/// One field of the form, present once and not empty.
fn field(body: &[u8], name: &str) -> Result<String, String> {
    let mut values = url::form_urlencoded::parse(body).filter(|(field, _)| field == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) if !value.is_empty() => Ok(value.into_owned()),
        (Some(_), Some(_)) => Err(format!("the field {name} is there more than once")),
        _ => Err(format!("the field {name} is missing or empty")),
    }
}

/// The client's entities, or those of them that `Zuora-Entity-Ids` names. That it may name several,
/// with commas between them, is a guess.
fn narrow(client: &SimClient, call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    if !call.request.headers.contains_key("zuora-entity-ids") {
        return Ok(client.entities.clone());
    }
    let wanted = call.request.header("zuora-entity-ids").unwrap_or_default();
    let mut entities = Vec::new();
    for entity in wanted.split(',').map(str::trim) {
        if !ids::is_uuid(entity) {
            return Err(Refusal(
                FOREIGN_ENTITY_GUESS,
                "Zuora-Entity-Ids must hold UUIDs with hyphens".to_owned(),
            ));
        }
        let known = client
            .entities
            .iter()
            .find(|own| own.eq_ignore_ascii_case(entity));
        let Some(known) = known else {
            return Err(Refusal(
                FOREIGN_ENTITY_GUESS,
                format!("the client has no access to entity {entity}"),
            ));
        };
        if !entities.contains(known) {
            entities.push(known.clone());
        }
    }
    entities.sort();
    Ok(entities)
}

fn issue(
    state: &mut State,
    client: &SimClient,
    entities: Vec<String>,
    now: Duration,
    call: &Call<'_>,
) -> Result<Token, Refusal> {
    if state.settings.reuse == TokenReuse::Same
        && let Some(token) = state.tokens.newest(&client.id, &entities, now)
    {
        return Ok(token.clone());
    }
    let lifetime = state.settings.lifetime.clone();
    let State {
        tokens, fresh_ids, ..
    } = state;
    let token = tokens.mint(client, entities, lifetime, now, fresh_ids);
    if let Some(list) = &call.shared.token_list
        && let Err(error) = list.append(&token.text)
    {
        // A list with holes would let a leak pass unseen.
        return Err(Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("zuora-sim could not write its list of tokens: {error}"),
        ));
    }
    Ok(token)
}

fn token_reply(client: &SimClient, token: &Token, now: Duration) -> Json {
    let mut reply = Object::new();
    reply.insert("access_token", token.text.as_str());
    reply.insert("token_type", "bearer");
    if let Some(expires_in) = token.expires_in(now) {
        reply.insert("expires_in", expires_in);
    }
    reply.insert("scope", scope(client, &token.entities));
    reply.insert("jti", token.jti.as_str());
    Json::Object(reply)
}

fn scope(client: &SimClient, entities: &[String]) -> String {
    let entities: String = entities.iter().map(|id| format!("entity.{id} ")).collect();
    let SimClient { tenant, user, .. } = client;
    format!("{entities}{SERVICES} tenant.{tenant} user.{user}")
}

/// The refusal of one request too many. Its body is a guess, that of the API's rate limit; whether
/// `Retry-After` comes with it is another, which can be switched.
fn too_many(limit: u32, wait: Duration, retry_after: bool) -> Reply {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let reply = Reply::json(StatusCode::TOO_MANY_REQUESTS, &errors::rate_limit(seconds));
    let reply = with_limits(reply, limit, 0);
    if retry_after {
        reply.with("retry-after", seconds.to_string())
    } else {
        reply
    }
}

/// The headers that the endpoint's own 429 carries, for a 429 that is made up.
pub(crate) fn used_up(reply: Reply, limit: u32) -> Reply {
    with_limits(reply, limit, 0)
}

fn with_limits(reply: Reply, limit: u32, remaining: u32) -> Reply {
    reply
        .with("x-ratelimit-limit-minute", limit.to_string())
        .with("x-ratelimit-remaining-minute", remaining.to_string())
}
