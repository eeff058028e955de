//! `zuora token`: the access token for scripts, or everything about it as JSON.

use crate::{args::Token, connect::Session, output, report::Failure};
use jiff::Timestamp;
use std::time::{Duration, SystemTime};
use zuora_core::{
    Clock, Error, Json, OAuthApi, RateLimit, Scope, SystemClock, TokenInfo, TokenOrigin,
    TokenResponse,
};
use zuora_wire::{Number, Object};

pub(crate) async fn run(args: &Token, session: &Session) -> Result<(), Failure> {
    let token = if args.no_cache {
        Shown::ask(session).await.map_err(|error| {
            failure(
                error,
                "wait, or leave --no-cache out: a stored token is used until it expires",
            )
        })?
    } else {
        let info = session.client.token().await;
        Shown::of(info.map_err(|error| failure(error, "wait, then try again"))?)
    };
    if session.entity_ids.is_empty() && token.needs_entity_header() {
        output::talk(
            "hint: this token is good for several entities: calls need --entity, or the header Zuora-Entity-Ids",
        );
    }
    let mut text = match args.json {
        true => token.to_json().to_pretty_string(),
        false => token.response.access_token().expose_secret().to_owned(),
    };
    text.push('\n');
    output::data(text.as_bytes())
}

/// The client's own hint for a limit that is used up is about programs.
fn failure(error: Error, limit_hint: &str) -> Failure {
    let is_limit = error.is_rate_limited();
    let failure = Failure::from(error);
    if is_limit {
        failure.hint(limit_hint)
    } else {
        failure
    }
}

/// What is printed about a token, wherever it came from.
struct Shown {
    response: TokenResponse,
    expires_in: Option<Duration>,
    expires_at: Option<SystemTime>,
    rate_limit: Option<RateLimit>,
    request_id: Option<String>,
    track_id: Option<String>,
    source: &'static str,
}

impl Shown {
    /// The client's own token.
    fn of(info: TokenInfo) -> Self {
        let (source, expires_in) = match info.origin() {
            TokenOrigin::Network => ("network", info.response().expires_in()),
            // What the reply said is some time ago.
            _ => {
                let left = info.expires_at().duration_since(SystemClock.wall());
                let left = left.unwrap_or_default().as_secs();
                ("store", Some(Duration::from_secs(left)))
            }
        };
        Self {
            expires_in,
            expires_at: Some(info.expires_at()),
            rate_limit: info.rate_limit(),
            request_id: info.request_id().map(str::to_owned),
            track_id: info.track_id().map(str::to_owned),
            source,
            response: info.response().clone(),
        }
    }

    /// A new one, past the store.
    async fn ask(session: &Session) -> Result<Self, Error> {
        let mut call = OAuthApi::new(&session.client)
            .create_token(session.client_id.clone(), session.client_secret.clone())
            .entity_ids(session.entity_ids.clone())
            .org_ids(session.org_ids.clone());
        if let Some(id) = &session.track_id {
            call = call.track_id(id.clone());
        }
        // The token's life counts from before it was asked for.
        let asked_at = SystemClock.wall();
        let reply = call.send().await?;
        let expires_in = reply.data().expires_in();
        Ok(Self {
            expires_in,
            expires_at: expires_in.and_then(|left| asked_at.checked_add(left)),
            rate_limit: reply.rate_limit(),
            request_id: reply.request_id().map(str::to_owned),
            track_id: reply.track_id().map(str::to_owned),
            source: "network",
            response: reply.into_data(),
        })
    }

    fn needs_entity_header(&self) -> bool {
        self.response
            .scope()
            .is_some_and(Scope::needs_entity_header)
    }

    /// Fields of the reply first, under their own names; then what is known beside it.
    fn to_json(&self) -> Json {
        let response = &self.response;
        let scope = response.scope();
        let mut shown = Object::new();
        shown.insert("access_token", response.access_token().expose_secret());
        shown.insert("token_type", response.token_type());
        shown.insert("expires_in", self.expires_in.and_then(seconds));
        shown.insert("jti", response.jti());
        shown.insert("scope", scope.map(Scope::as_str));
        shown.insert("expires_at", self.expires_at.and_then(rfc3339));
        shown.insert("scope_view", scope.map(scope_view));
        shown.insert("rate_limit", self.rate_limit.map(rate_limit));
        shown.insert("request_id", self.request_id.clone());
        shown.insert("track_id", self.track_id.clone());
        shown.insert("source", self.source);
        Json::Object(shown)
    }
}

fn scope_view(scope: &Scope) -> Json {
    let mut view = Object::new();
    view.insert("tenant", scope.tenant());
    view.insert("user", scope.user());
    let entities: Vec<_> = scope.entities().iter().map(|id| id.as_str()).collect();
    view.insert("entities", entities);
    view.insert("others", scope.others().to_vec());
    view.insert("needs_entity_header", scope.needs_entity_header());
    Json::Object(view)
}

fn rate_limit(limit: RateLimit) -> Json {
    Json::object([("limit", limit.limit), ("remaining", limit.remaining)])
}

/// A number of seconds, with a fraction only where there is one.
fn seconds(duration: Duration) -> Option<Json> {
    match duration.subsec_nanos() {
        0 => Some(duration.as_secs().into()),
        _ => Number::new(duration.as_secs_f64().to_string())
            .ok()
            .map(Json::from),
    }
}

/// RFC 3339 in UTC, in whole seconds and not later than it is; `None` beyond the year 9999.
fn rfc3339(time: SystemTime) -> Option<String> {
    let time = Timestamp::try_from(time).ok()?;
    Some(Timestamp::from_second(time.as_second()).ok()?.to_string())
}
