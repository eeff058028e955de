//! The settings of a client, checked as a whole.

use super::{Client, Inner, Tokens, variables::Variables};
use crate::{
    Credentials, EntityId, Environment, Error, HeaderName, HeaderValue, OrgId, SystemClock,
    TokenKey, TokenObserver, TokenStore, TrackId,
    auth::{TokenContext, TokenSource, shared_limiter, shared_source},
    download::ExternalTransport,
    governor::{Gate, Governor},
    headers,
    oauth::TokenEndpoint,
    pipeline::RetryBudget,
    request::NOT_BY_HAND,
    transport::{HttpTransport, TransportSettings},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header};
use std::{fmt, sync::Arc, time::Duration};
use tracing::warn;
use zeroize::Zeroizing;
use zuora_wire::{Clock, Transport};

/// The API version that calls name in `Zuora-Version` unless another is set (the newest known; the
/// official Python SDK sends it too).
const DEFAULT_VERSION: &str = "2025-08-12";

/// Zuora allows 100 token requests a minute for an IP address (documented).
const MOST_TOKEN_REQUESTS: u32 = 100;
/// Tries of a call (documented advice: at most 5).
const DEFAULT_TRIES: u32 = 5;
const MOST_TRIES: u32 = 10;
/// Leaves room for other programs behind the same address.
const DEFAULT_TOKEN_REQUESTS: u32 = 60;

/// The largest reply that is held in memory: far beyond any page, short of what hurts.
const DEFAULT_MAX_REPLY: usize = 128 * 1024 * 1024;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Making a connection, TLS included. Default 10 s.
    pub connect: Duration,
    /// One try of a call, from the connection to the last byte. Default 130 s: the server cuts at
    /// 120 s, and its answer should win. Where a body is streamed, from the end of the request's to the
    /// beginning of the reply's; see [`idle`](Timeouts::idle).
    pub attempt: Duration,
    /// One try of a token request. Default 30 s.
    pub token: Duration,
    /// A whole call, all waits and tries included. Default 300 s. A wait that would pass it is not
    /// begun: the error comes at once. The time that a streamed body takes is not counted.
    pub total: Duration,
    /// The longest pause in a streamed body, in either direction. Default 60 s. However long such a
    /// body takes, it is given up only when nothing more of it comes, or when the time-out that the
    /// call itself brings is over.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(130),
            token: Duration::from_secs(30),
            total: Duration::from_secs(300),
            idle: Duration::from_secs(60),
        }
    }
}

/// Builds a [`Client`]. What is wrong with any setting is told by [`build`](ClientBuilder::build).
#[must_use = "settings do nothing until `build`"]
#[derive(Default)]
pub struct ClientBuilder {
    pub(super) environment: Option<Environment>,
    pub(super) credentials: Option<Credentials>,
    basic: Option<HeaderValue>,
    pub(super) entity_ids: Option<Vec<EntityId>>,
    pub(super) org_ids: Option<Vec<OrgId>>,
    pub(super) version: Option<HeaderValue>,
    track_id: Option<TrackId>,
    /// Read from the environment's variables; what was set by a call wins.
    pub(super) variables: Option<Variables>,
    pub(super) any_length: bool,
    timeouts: Timeouts,
    transport_settings: TransportSettings,
    plain_http_hosts: Vec<String>,
    default_headers: HeaderMap,
    user_agent_suffix: Option<String>,
    clock: Option<Arc<dyn Clock>>,
    transport: Option<Arc<dyn Transport>>,
    store: Option<Arc<dyn TokenStore>>,
    observer: Option<Arc<dyn TokenObserver>>,
    no_refresh_ahead: bool,
    token_requests_per_minute: Option<u32>,
    tries: Option<u32>,
    governor: Governor,
    max_reply: Option<usize>,
    gzip_requests: bool,
    /// The first setting that was wrong.
    error: Option<Error>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn keep<T>(&mut self, outcome: Result<T, Error>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    /// The data centre by name (`us1`, `eu-sandbox` ...) or any base URL. Default
    /// `https://rest.zuora.com`.
    pub fn environment<E>(mut self, environment: E) -> Self
    where
        E: TryInto<Environment>,
        Error: From<E::Error>,
    {
        let outcome = environment.try_into().map_err(Error::from);
        self.environment = self.keep(outcome).or(self.environment);
        self
    }

    /// Whose token the calls use.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// User name and API token of a server that takes these instead of a bearer token, such as that of
    /// Configurable Payment Retry (documented). The client asks for no token then.
    pub fn basic_auth(mut self, user: &str, api_token: &str) -> Self {
        let outcome = basic_header(user, api_token);
        self.basic = self.keep(outcome).or(self.basic);
        self
    }

    /// Takes what was not set by a call from `ZUORA_BASE_URL` (a URL, or the name of a data centre),
    /// `ZUORA_CLIENT_ID`, `ZUORA_CLIENT_SECRET`, `ZUORA_ENTITY_IDS` and `ZUORA_ORG_IDS` (joined by
    /// commas) and `ZUORA_VERSION`. Empty counts as not there.
    pub fn from_env(mut self) -> Self {
        let variables = Variables::read();
        self.variables = self.keep(variables);
        self
    }

    /// Skips the length rules for what comes from the environment's variables. For ids and secrets
    /// given by a call, their types have a constructor without them.
    pub fn skip_length_rules(mut self, skip: bool) -> Self {
        self.any_length = skip;
        self
    }

    /// The entities that the token is asked for. One of them is also named in `Zuora-Entity-Ids` of
    /// every call; with several, each call must name its own.
    pub fn entity_ids(mut self, ids: impl IntoIterator<Item = EntityId>) -> Self {
        self.entity_ids = Some(ids.into_iter().collect());
        self
    }

    /// The organizations that the token is asked for, and that every call names in `Zuora-Org-Ids`.
    pub fn org_ids(mut self, ids: impl IntoIterator<Item = OrgId>) -> Self {
        self.org_ids = Some(ids.into_iter().collect());
        self
    }

    /// The value of `Zuora-Version` on calls that know it. Default `2025-08-12`.
    pub fn zuora_version(mut self, version: &str) -> Self {
        let outcome = version_header(version);
        self.version = self.keep(outcome);
        self
    }

    /// Sent as `Zuora-Track-Id` with every call and token request that has none of its own.
    pub fn track_id(mut self, id: TrackId) -> Self {
        self.track_id = Some(id);
        self
    }

    /// How long things may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sends everything through this proxy. Without, the usual variables (`HTTPS_PROXY` ...) hold,
    /// but never for a host that is this very machine.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.transport_settings.proxy = Some(url.into());
        self
    }

    /// Trusts these root certificates (PEM) beside those of the system.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.transport_settings.extra_roots.push(pem.into());
        self
    }

    /// Shows this certificate chain with its private key (both PEM) to servers that ask for one.
    pub fn client_certificate(
        mut self,
        chain: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.transport_settings.client_certificate =
            Some((chain.into(), Zeroizing::new(key.into())));
        self
    }

    /// Allows this host to be called over plain HTTP, where anybody on the way can read the secret:
    /// for a service container in a test. Hosts that are this very machine need no permission.
    pub fn allow_plain_http(mut self, host: impl Into<String>) -> Self {
        self.plain_http_hosts.push(host.into());
        self
    }

    /// A header of every call. One that a call sets itself wins. Credentials of other kinds never go
    /// to the token endpoint, and no header replaces the bearer token.
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        // Other credentials are tolerated, since some clients carry them for other calls; see there.
        let tolerated = [header::AUTHORIZATION, header::COOKIE];
        let outcome = parse_header(name, value).and_then(|(name, value)| {
            match NOT_BY_HAND.iter().find(|(forbidden, _)| *forbidden == name) {
                Some((_, why)) if !tolerated.contains(&name) => Err(Error::refused(format!(
                    "the default header {name} is refused: {why}"
                ))),
                _ => Ok((name, value)),
            }
        });
        if let Some((name, value)) = self.keep(outcome) {
            self.default_headers.insert(name, value);
        }
        self
    }

    /// Added to the `User-Agent`, such as `my-app/1.2`.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Another clock: a virtual one in tests. Such a client shares no token with others.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Another transport: the simulator's in tests. Such a client shares no token with others.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Shares tokens through this store. Without one, all clients of the process that have the same
    /// key share their token in memory.
    pub fn token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Is told what the token cache does.
    pub fn token_observer(mut self, observer: Arc<dyn TokenObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Whether to refresh the token some minutes before its end, beside the calls. Default yes; a
    /// program that makes a call and ends says no, and replaces only what is about to expire.
    pub fn refresh_ahead(mut self, ahead: bool) -> Self {
        self.no_refresh_ahead = !ahead;
        self
    }

    /// Most token requests in any 60 seconds, from this process, or from all that share the store.
    /// Default 60, at most 100: Zuora's limit for an IP address.
    pub fn token_requests_per_minute(mut self, limit: u32) -> Self {
        self.token_requests_per_minute = Some(limit);
        self
    }

    /// How often a call is sent at most, the first time included, when what failed may be tried again.
    /// Default 5, 1 for never again, at most 10. A repetition after a 401 comes on top.
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = Some(tries);
        self
    }

    /// How the calls keep below the tenant's limits. Without, they use all that the tenant has, and
    /// wait before it is used up.
    pub fn governor(mut self, governor: Governor) -> Self {
        self.governor = governor;
        self
    }

    /// The largest body of a good reply, in bytes, that is held in memory; default 128 MiB. What is
    /// larger ends with [`ErrorKind::ReplyTooLarge`](crate::ErrorKind::ReplyTooLarge), and is read with
    /// [`download`](crate::RequestBuilder::download), which has no such bound.
    pub fn max_reply(mut self, bytes: usize) -> Self {
        self.max_reply = Some(bytes);
        self
    }

    /// Sends bodies of 1 KiB and more with `Content-Encoding: gzip`. Default no; a call may say
    /// [otherwise](crate::RequestBuilder::gzip).
    pub fn gzip_requests(mut self, gzip: bool) -> Self {
        self.gzip_requests = gzip;
        self
    }

    /// Checks all settings and makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the setting and its rule;
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a plain-HTTP host that is neither this
    /// machine nor allowed by name.
    pub fn build(mut self) -> Result<Client, Error> {
        self.take_variables();
        if let Some(error) = self.error {
            return Err(error);
        }
        let environment = self.environment.unwrap_or_default();
        check_plain_http(&environment, &self.plain_http_hosts)?;
        check_timeouts(&self.timeouts)?;
        self.governor.check()?;
        let requests_per_minute = self
            .token_requests_per_minute
            .unwrap_or(DEFAULT_TOKEN_REQUESTS);
        if !(1..=MOST_TOKEN_REQUESTS).contains(&requests_per_minute) {
            return Err(Error::invalid(format!(
                "{requests_per_minute} token requests a minute are refused: it must be 1 to {MOST_TOKEN_REQUESTS}, Zuora's limit for an IP address"
            )));
        }
        let tries = self.tries.unwrap_or(DEFAULT_TRIES);
        if !(1..=MOST_TRIES).contains(&tries) {
            return Err(Error::invalid(format!(
                "{tries} tries of a call are refused: it must be 1 to {MOST_TRIES}"
            )));
        }
        check_proxy(&environment, self.transport_settings.proxy.as_deref())?;
        let user_agent = user_agent(self.user_agent_suffix.as_deref())?;
        let entity_ids = self.entity_ids.unwrap_or_default();
        let org_ids = self.org_ids.unwrap_or_default();

        let max_reply = self.max_reply.unwrap_or(DEFAULT_MAX_REPLY);
        if max_reply == 0 {
            return Err(Error::invalid(
                "a largest reply of 0 bytes is refused: it must be more than nothing",
            ));
        }
        let has_own_seam = self.clock.is_some() || self.transport.is_some();
        let shares_token = !has_own_seam && self.store.is_none();
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let settings = TransportSettings {
            connect_timeout: self.timeouts.connect,
            proxy_from_environment: !environment.is_loopback(),
            tls: !environment.is_plain_http(),
            max_reply,
            ..self.transport_settings
        };
        let (transport, external) = match self.transport {
            Some(transport) => (Arc::clone(&transport), ExternalTransport::given(transport)),
            None => {
                let external = ExternalTransport::with(settings.clone());
                let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new(settings)?);
                (transport, external)
            }
        };
        let mut default_headers = self.default_headers;
        default_headers.insert(header::USER_AGENT, user_agent);

        let endpoint = TokenEndpoint {
            limiter: if has_own_seam {
                Arc::default()
            } else {
                shared_limiter(&environment.origin())
            },
            environment,
            transport,
            clock,
            store: self.store,
            requests_per_minute,
            default_headers: default_headers.clone(),
            timeouts: self.timeouts,
        };

        let mut headers = default_headers;
        // Nothing replaces the bearer token, and nothing stands beside it.
        headers.remove(header::AUTHORIZATION);
        headers.remove(header::COOKIE);
        // A default key would make all calls one.
        headers.remove(headers::IDEMPOTENCY_KEY);
        headers
            .entry(header::ACCEPT)
            .or_insert(HeaderValue::from_static("application/json, */*;q=0.5"));
        let version = match self.version {
            Some(version) => version,
            None => version_header(DEFAULT_VERSION)?,
        };
        headers.entry(headers::VERSION).or_insert(version);
        if let Some(id) = &self.track_id {
            headers.insert(headers::TRACK_ID, value(id.as_str())?);
        }
        if let [only] = &entity_ids[..] {
            headers
                .entry(headers::ENTITY_IDS)
                .or_insert(value(only.as_str())?);
        }
        if !org_ids.is_empty() {
            let ids: Vec<_> = org_ids.iter().map(OrgId::as_str).collect();
            headers
                .entry(headers::ORG_IDS)
                .or_insert(value(&ids.join(","))?);
        }

        let tokens = self.credentials.map(|credentials| {
            let key = TokenKey::new(&endpoint.environment, &credentials, &entity_ids, &org_ids);
            Tokens {
                source: if shares_token {
                    shared_source(&key, &*endpoint.clock)
                } else {
                    Arc::new(TokenSource::new(key))
                },
                context: Arc::new(TokenContext {
                    endpoint: endpoint.clone(),
                    credentials,
                    entity_ids,
                    org_ids,
                    track_id: self.track_id,
                    refresh_ahead: !self.no_refresh_ahead,
                    observer: self.observer.clone(),
                }),
            }
        });
        let gate = Arc::new(Gate::new(self.governor, endpoint.clock.clone()));
        if tokens.is_some() && self.basic.is_some() {
            return Err(Error::invalid(
                "credentials and basic authentication are given: a client has one of them",
            ));
        }
        Ok(Client(Arc::new(Inner {
            endpoint,
            basic: self.basic,
            headers,
            tokens,
            observer: self.observer,
            retry_budget: RetryBudget::default(),
            tries,
            gate,
            max_reply,
            gzip_requests: self.gzip_requests,
            external,
        })))
    }
}

/// A value for `Zuora-Version`: a minor version such as `341.0`, or a date such as `2025-08-12`.
/// Zuora may take others one day, so only the characters are checked.
pub(crate) fn version_header(version: &str) -> Result<HeaderValue, Error> {
    let fits = !version.is_empty()
        && version.len() <= 32
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if !fits {
        return Err(Error::invalid(format!(
            "the Zuora version {:?} is refused: expected something like 2025-08-12 or 341.0",
            crate::text::shorten(version, 40)
        )));
    }
    value(version)
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid("a setting holds characters that no header may hold"))
}

/// A header from outside. The value is not shown: it may be a key.
pub(crate) fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let header = HeaderName::try_from(name).map_err(|_| {
        Error::invalid(format!(
            "the header name {:?} is refused: expected letters, digits and hyphens",
            crate::text::shorten(name, 80)
        ))
    })?;
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Error::invalid(format!(
            "the value of the header {name} is refused: it holds a line break or another character that no header may hold"
        ))
    })?;
    let lower = name.to_ascii_lowercase();
    let is_secret = [
        "authorization",
        "secret",
        "key",
        "token",
        "cookie",
        "signature",
    ]
    .iter()
    .any(|word| lower.contains(word));
    value.set_sensitive(is_secret);
    Ok((header, value))
}

fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, Error> {
    const OURS: &str = concat!("zuora-rust/", env!("CARGO_PKG_VERSION"));
    let text = match suffix.map(str::trim) {
        None | Some("") => OURS.to_owned(),
        Some(suffix) => format!("{OURS} {suffix}"),
    };
    if text.len() > 256 {
        return Err(Error::invalid(
            "the user agent suffix is refused: it may be at most 200 characters long",
        ));
    }
    HeaderValue::from_str(&text).map_err(|_| {
        Error::invalid(
            "the user agent suffix is refused: it holds a character that no header may hold",
        )
    })
}

/// A secret over plain HTTP can be read by everybody on the way.
fn check_plain_http(environment: &Environment, allowed: &[String]) -> Result<(), Error> {
    if !environment.is_plain_http() || environment.is_loopback() {
        return Ok(());
    }
    let host = environment.host();
    if allowed
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(host))
    {
        warn!(
            host,
            "the secret and the tokens go over plain HTTP, as was allowed for this host"
        );
        return Ok(());
    }
    Err(Error::refused(format!(
        "{environment} is plain HTTP: the client secret could be read on the way"
    ))
    .with_hint(format!(
        "use https, or allow it for this host by name (allow_plain_http(\"{host}\"), --allow-plain-http {host})"
    )))
}

/// Plain HTTP to this very machine is safe on this very machine: not through a proxy elsewhere.
fn check_proxy(environment: &Environment, proxy: Option<&str>) -> Result<(), Error> {
    let Some(proxy) = proxy else {
        return Ok(());
    };
    let is_here = Environment::url(proxy).is_ok_and(|proxy| proxy.is_loopback());
    if environment.is_plain_http() && environment.is_loopback() && !is_here {
        return Err(Error::refused(format!(
            "{environment} is plain HTTP, and would go through a proxy on another machine"
        ))
        .with_hint("leave the proxy out: this very machine needs none"));
    }
    Ok(())
}

fn check_timeouts(timeouts: &Timeouts) -> Result<(), Error> {
    let Timeouts {
        connect,
        attempt,
        token,
        total,
        idle,
    } = timeouts;
    for (name, value) in [
        ("connect", connect),
        ("attempt", attempt),
        ("token", token),
        ("total", total),
        ("idle", idle),
    ] {
        if value.is_zero() {
            return Err(Error::invalid(format!(
                "the {name} time-out is refused: it must be longer than nothing"
            )));
        }
    }
    Ok(())
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("environment", &self.environment)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// `Authorization: Basic`, hidden wherever headers are shown.
fn basic_header(user: &str, api_token: &str) -> Result<HeaderValue, Error> {
    if user.is_empty() || user.contains(':') || api_token.is_empty() {
        return Err(Error::invalid(
            "the user name or API token is refused: neither may be empty, nor the name hold a colon",
        ));
    }
    let pair = Zeroizing::new(format!("{user}:{api_token}"));
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
    let mut header = value(&Zeroizing::new(format!("Basic {}", *encoded)))?;
    header.set_sensitive(true);
    Ok(header)
}
