//! The check of a bearer token, and of the headers that say for whom a call is made.

use crate::{
    dispatch::Call,
    message::{Reply, Request},
    problem::{self, Family, Problem},
    state::State,
};
use http::StatusCode;

/// Missing, unknown, expired or revoked token (documented).
const AUTHENTICATION_ERROR: (u32, &str) = (90_000_011, "Authentication error");
/// Wrong or forbidden entity (observed; the text is a guess).
const ENTITY_CODE: u32 = 90_000_020;
/// That a token which covers several entities is refused without `Zuora-Entity-Ids`, and in this
/// way, is a guess; that the header is needed then is documented.
const ENTITY_NEEDED_GUESS: &str = "The token covers several entities: Zuora-Entity-Ids is required";
/// That all organizations which `Zuora-Org-Ids` names must be accessible is documented; how a call fails
/// that names another is a guess.
const ORG_CODE_GUESS: u32 = ENTITY_CODE;
pub(crate) const ORG_TEXT_GUESS: &str =
    "Zuora-Org-Ids names an organization that is not valid or not permitted";
/// Whether `Zuora-Org-Ids` means nothing in a tenant without Multi-Org, in which no client has organizations: a
/// guess. That it must not be sent there is documented.
const ORGS_IGNORED_WITHOUT_MULTI_ORG_GUESS: bool = true;
/// The older headers for an entity, by its id or its name. Both at once are an error (documented); which one is
/// a guess.
const OLDER_ENTITY_HEADERS: [&str; 2] = ["entityid", "entityname"];
const BOTH_ENTITY_HEADERS_GUESS: (StatusCode, u32) = (StatusCode::BAD_REQUEST, 50_000_020);
/// Whether the tokens of a client end when its user is deactivated: a guess.
const DEACTIVATION_ENDS_TOKENS_GUESS: bool = true;

/// The refusal of a call that carries no live token, or names an entity that its token is not good
/// for.
pub(crate) fn refusal(call: &Call<'_>, family: Family) -> Option<Reply> {
    let refuse =
        |code: u32, message: &str| Some(problem::unauthorized(call, family, code, message));
    let now = call.shared.clock.true_time();
    let mut state = call.shared.state();
    let token = call
        .request
        .header("authorization")
        .and_then(bearer)
        .and_then(|text| state.tokens.find(text, now))
        .cloned();
    let is_active = |client: &mut crate::SimClient| client.active;
    let Some(token) = token.filter(|token| {
        !DEACTIVATION_ENDS_TOKENS_GUESS || state.client(&token.client_id).is_none_or(is_active)
    }) else {
        drop(state);
        return Some(unknown_token(call, family));
    };
    if !may_work_in_orgs(call.request, &state, &token.client_id) {
        return refuse(ORG_CODE_GUESS, ORG_TEXT_GUESS);
    }
    if !call.request.headers.contains_key("zuora-entity-ids") {
        return match token.entities.len() {
            0 | 1 => None,
            _ => refuse(ENTITY_CODE, ENTITY_NEEDED_GUESS),
        };
    }
    let entity = call.request.header("zuora-entity-ids").unwrap_or_default();
    if token
        .entities
        .iter()
        .any(|own| own.eq_ignore_ascii_case(entity))
    {
        None
    } else {
        refuse(ENTITY_CODE, "The entity is not valid or not permitted")
    }
}

/// Whether the client may work in all organizations that the request names. A token is good for all of its
/// client's (a guess).
pub(crate) fn may_work_in_orgs(request: &Request, state: &State, client_id: &str) -> bool {
    if !request.headers.contains_key("zuora-org-ids") {
        return true;
    }
    let clients = &state.settings.clients;
    let has_multi_org = clients.iter().any(|client| !client.orgs.is_empty());
    if !has_multi_org {
        return ORGS_IGNORED_WITHOUT_MULTI_ORG_GUESS;
    }
    let client = clients.iter().find(|client| client.id == client_id);
    let orgs = client.map_or(&[][..], |client| &client.orgs);
    let named = request.header("zuora-org-ids").unwrap_or_default();
    let mut named = named.split(',').map(str::trim);
    named.all(|org| orgs.iter().any(|own| own.eq_ignore_ascii_case(org)))
}

/// The refusal of a call that names its entity by both older headers.
pub(crate) fn both_entity_headers(call: &Call<'_>, family: Family) -> Option<Reply> {
    let headers = &call.request.headers;
    if !OLDER_ENTITY_HEADERS
        .iter()
        .all(|name| headers.contains_key(*name))
    {
        return None;
    }
    let (status, code) = BOTH_ENTITY_HEADERS_GUESS;
    let text = "entityId and entityName must not be sent together";
    let problem = Problem::new(code, "INVALID_VALUE", text).always(status);
    Some(problem.reply(call, family))
}

/// The refusal of a token that nobody here knows.
pub(crate) fn unknown_token(call: &Call<'_>, family: Family) -> Reply {
    let (code, message) = AUTHENTICATION_ERROR;
    problem::unauthorized(call, family, code, message)
}

/// The token of `Bearer <token>`.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
