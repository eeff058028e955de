//! `createToken`: the one call that comes before every token, written by hand.

use crate::{
    Client, ClientId, ClientSecret, Credentials, EntityId, Environment, Error, ErrorKind, OrgId,
    Response, TokenResponse, TrackId,
    auth::{LONGEST_COOLING, Moment},
    auth::{Reservation, TokenLimiter, TokenObserver, TokenRequestOutcome, TokenStore},
    client::Timeouts,
    clock::{later, within},
    error::read_body,
    headers,
    reply::ReplyFacts,
    scrub::Scrubber,
    wire_log,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::{
    fmt,
    future::IntoFuture,
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::{debug, warn};
use zeroize::Zeroizing;
use zuora_wire::{BoxFuture, Clock, Transport};

/// Where tokens come from, below the base (documented; there is no `/v1`).
pub(crate) const TOKEN_PATH: &str = "/oauth/token";

/// Longest wait after a 429 of the token endpoint; a longer one is the caller's to plan.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The wait after a 429 that names none (a guess; the documented window is a minute).
const UNNAMED_WAIT: Duration = Duration::from_secs(10);
/// Tries in all, when they are throttled.
const TRIES: u32 = 3;

/// Headers that the token endpoint must not be sent, whatever the client's default headers are.
const NEVER_SENT: [&str; 12] = [
    "authorization",
    "proxy-authorization",
    "apiaccesskeyid",
    "apisecretaccesskey",
    "cookie",
    "idempotency-key",
    // Legacy credentials of other kinds.
    "signature",
    "token",
    "entityid",
    "entityname",
    // They decide what the token is good for, and so belong to its key: see `entity_ids`, `org_ids`.
    "zuora-entity-ids",
    "zuora-org-ids",
];

/// The operations of the OAuth group: `createToken`, and no other.
///
/// ```no_run
/// # async fn run() -> Result<(), zuora_core::Error> {
/// use zuora_core::{Client, OAuthApi};
///
/// let client = Client::builder().build()?;
/// let token = OAuthApi::new(&client)
///     .create_token("11e643f4-a3ee-8bad-b061-0025904c756d", "the client's secret")
///     .await?;
/// println!("{} is valid for {:?}", token.access_token().expose_secret(), token.expires_in());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OAuthApi {
    client: Client,
}

impl OAuthApi {
    /// The operations on this client's environment.
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
        }
    }

    /// Asks for a token: `POST /oauth/token`, operation `createToken`.
    ///
    /// It always sends, never fills the client's token cache, and passes the same limit on token
    /// requests as the cache does. To call Zuora, give the client credentials instead and let it
    /// look after its token.
    ///
    /// Entities, orgs and track id of the client itself are not sent: name here what this token is to
    /// have. Both arguments are checked before anything is sent; see [`ClientId::of_any_length`] and
    /// [`ClientSecret::of_any_length`] for tenants that differ from the documentation.
    #[doc(alias = "createToken")]
    pub fn create_token<I, S>(&self, client_id: I, client_secret: S) -> CreateToken
    where
        I: TryInto<ClientId>,
        S: TryInto<ClientSecret>,
        Error: From<I::Error> + From<S::Error>,
    {
        let credentials = (|| {
            Ok(Credentials::new(
                client_id.try_into()?,
                client_secret.try_into()?,
            ))
        })();
        CreateToken {
            client: self.client.clone(),
            credentials,
            track_id: Ok(None),
            version: Ok(None),
            entity_ids: Ok(Vec::new()),
            org_ids: Ok(Vec::new()),
        }
    }
}

/// The request of [`OAuthApi::create_token`]. `.await` gives the [`TokenResponse`],
/// [`send`](CreateToken::send) gives it with status, headers and limits.
#[must_use = "a request does nothing until it is awaited"]
pub struct CreateToken {
    client: Client,
    credentials: Result<Credentials, Error>,
    track_id: Result<Option<TrackId>, Error>,
    version: Result<Option<HeaderValue>, Error>,
    entity_ids: Result<Vec<EntityId>, Error>,
    org_ids: Result<Vec<OrgId>, Error>,
}

impl CreateToken {
    /// Sends `Zuora-Track-Id`; Zuora echoes it.
    pub fn track_id<T>(mut self, track_id: T) -> Self
    where
        T: TryInto<TrackId>,
        Error: From<T::Error>,
    {
        self.track_id = track_id.try_into().map(Some).map_err(Error::from);
        self
    }

    /// Sends `Zuora-Entity-Ids`, so that the token is good for these entities only.
    pub fn entity_ids<E>(mut self, ids: impl IntoIterator<Item = E>) -> Self
    where
        E: TryInto<EntityId>,
        Error: From<E::Error>,
    {
        self.entity_ids = collect(ids);
        self
    }

    /// Sends `Zuora-Org-Ids`.
    pub fn org_ids<O>(mut self, ids: impl IntoIterator<Item = O>) -> Self
    where
        O: TryInto<OrgId>,
        Error: From<O::Error>,
    {
        self.org_ids = collect(ids);
        self
    }

    /// Sends `Zuora-Version`, such as `2025-08-12`. None is sent by default.
    pub fn zuora_version(mut self, version: &str) -> Self {
        self.version = crate::client::version_header(version).map(Some);
        self
    }

    /// Sends the request and gives the whole reply.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] and [`ErrorKind::Refused`] before anything is sent; else what the
    /// [kinds](ErrorKind) say. A 429 waits only when the wait fits the deadline and 30 seconds.
    pub async fn send(self) -> Result<Response<TokenResponse>, Error> {
        let (credentials, track_id, version) = (self.credentials?, self.track_id?, self.version?);
        let (entity_ids, org_ids) = (self.entity_ids?, self.org_ids?);
        let endpoint = self.client.token_endpoint()?;
        crate::client::check_runtime()?;
        let call = TokenCall {
            credentials: &credentials,
            entity_ids: &entity_ids,
            org_ids: &org_ids,
            track_id: track_id.as_ref(),
            version: version.as_ref(),
        };
        let deadline = later(endpoint.clock.now(), endpoint.timeouts.total);
        let observer = self.client.observer();
        let reply = endpoint.request(&call, deadline, observer).await?;
        Ok(reply.response)
    }
}

fn collect<I, T>(ids: impl IntoIterator<Item = I>) -> Result<Vec<T>, Error>
where
    I: TryInto<T>,
    Error: From<I::Error>,
{
    ids.into_iter()
        .map(|id| id.try_into().map_err(Error::from))
        .collect()
}

impl IntoFuture for CreateToken {
    type Output = Result<TokenResponse, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { Ok(self.send().await?.into_data()) })
    }
}

impl fmt::Debug for CreateToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateToken")
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// One token request's arguments.
pub(crate) struct TokenCall<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) entity_ids: &'a [EntityId],
    pub(crate) org_ids: &'a [OrgId],
    pub(crate) track_id: Option<&'a TrackId>,
    pub(crate) version: Option<&'a HeaderValue>,
}

/// A token, and when it was asked for: its life counts from there.
pub(crate) struct TokenReply {
    pub(crate) asked_at: Moment,
    pub(crate) response: Response<TokenResponse>,
}

/// Whether a token request may leave.
pub(crate) enum Admission {
    /// It may, and is counted.
    Granted,
    /// Not for this long. The error is for one who cannot wait.
    Later(Duration, Error),
}

/// The wait after a 429.
fn wait_after(error: &Error) -> Duration {
    error
        .retry_after()
        .unwrap_or(UNNAMED_WAIT)
        .max(Duration::from_secs(1))
}

/// How token requests are sent: past the limiter, through the transport, never through the cache.
#[derive(Clone, Debug)]
pub(crate) struct TokenEndpoint {
    pub(crate) environment: Environment,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    pub(crate) limiter: Arc<TokenLimiter>,
    pub(crate) requests_per_minute: u32,
    pub(crate) default_headers: HeaderMap,
    pub(crate) timeouts: Timeouts,
}

impl TokenEndpoint {
    /// Asks for a token, waiting for the limiter before and after a 429.
    pub(crate) async fn request(
        &self,
        call: &TokenCall<'_>,
        deadline: Instant,
        observer: Option<&dyn TokenObserver>,
    ) -> Result<TokenReply, Error> {
        let mut tries = 0;
        loop {
            if let Admission::Later(wait, _) = self.admit(deadline).await? {
                self.clock.sleep(wait).await;
                continue;
            }
            tries += 1;
            match self.exchange(call, deadline, observer).await {
                // The next admission waits for as long as the 429 asked.
                Err(error) if self.may_repeat(&error, tries, deadline) => {}
                outcome => return outcome,
            }
        }
    }

    /// Counts a token request that may leave now, or says how long it has to wait.
    ///
    /// # Errors
    /// When that wait would pass the deadline, or is longer than one waits for a 429.
    pub(crate) async fn admit(&self, deadline: Instant) -> Result<Admission, Error> {
        let limit = self.requests_per_minute;
        let origin = self.environment.origin();
        let mut found = self.limiter.look(self.clock.now(), limit);
        if found == Reservation::Granted {
            found = self.reserve_in_store(&origin, limit).await;
        }
        // Another task may have taken the place while the store was asked.
        if found == Reservation::Granted {
            found = self.limiter.reserve(self.clock.now(), limit);
        }
        let (wait, longest, why) = match found {
            Reservation::Granted => return Ok(Admission::Granted),
            Reservation::Full(wait) => (
                wait,
                Duration::MAX,
                format!(
                    "{limit} token requests left for {origin} within a minute, the limit that this client keeps"
                ),
            ),
            Reservation::Cooling(wait) => (
                wait,
                LONGEST_WAIT,
                format!("{origin} has answered 429 to a token request"),
            ),
        };
        let error = Error::new(
            ErrorKind::RateLimited,
            format!("createToken: not sent, since {why}"),
        )
        .with_retry_after(wait)
        .with_hint("use each token until it expires: share a client, or a token store, instead of asking for a token each time");
        if wait > longest || later(self.clock.now(), wait) >= deadline {
            return Err(error);
        }
        Ok(Admission::Later(wait, error))
    }

    /// Sends one token request that was admitted. A 429 is noted, so that nothing leaves for as long
    /// as it asks, from this process or from those that share the store.
    pub(crate) async fn exchange(
        &self,
        call: &TokenCall<'_>,
        deadline: Instant,
        observer: Option<&dyn TokenObserver>,
    ) -> Result<TokenReply, Error> {
        let asked_at = Moment::now(&*self.clock);
        let outcome = self.attempt(call, deadline).await;
        let elapsed = self.clock.now().saturating_duration_since(asked_at.mono);
        if let Some(observer) = observer {
            observer.request(outcome_of(&outcome), elapsed);
        }
        match outcome {
            Ok(response) => {
                debug!(
                    request_id = response.request_id(),
                    ?elapsed,
                    "token received"
                );
                Ok(TokenReply { asked_at, response })
            }
            Err(error) => {
                debug!(%error, "no token");
                if error.is_rate_limited() {
                    self.cool(wait_after(&error)).await;
                }
                Err(error)
            }
        }
    }

    async fn cool(&self, wait: Duration) {
        let wait = wait.min(LONGEST_COOLING);
        self.limiter.cool(self.clock.now(), wait);
        if let Some(store) = &self.store
            && let Err(error) = store.cool(&self.environment.origin(), wait).await
        {
            warn!(%error, "other processes could not be told of the 429");
        }
    }

    /// Whether a throttled request is worth another try.
    pub(crate) fn may_repeat(&self, error: &Error, tries: u32, deadline: Instant) -> bool {
        let wait = wait_after(error);
        error.is_rate_limited()
            && error.status().is_some()
            && tries < TRIES
            && wait <= LONGEST_WAIT
            && later(self.clock.now(), wait) < deadline
    }

    async fn reserve_in_store(&self, origin: &str, limit: u32) -> Reservation {
        let Some(store) = &self.store else {
            return Reservation::Granted;
        };
        store.reserve(origin, limit).await.unwrap_or_else(|error| {
            warn!(%error, "the shared count of token requests is not available; going on without it");
            Reservation::Granted
        })
    }

    async fn attempt(
        &self,
        call: &TokenCall<'_>,
        deadline: Instant,
    ) -> Result<Response<TokenResponse>, Error> {
        const WHAT: &str = "createToken";
        let left = deadline.saturating_duration_since(self.clock.now());
        let limit = self.timeouts.token.min(self.timeouts.attempt).min(left);
        if limit.is_zero() {
            return Err(Error::timeout(WHAT, self.timeouts.total, false));
        }
        let request = self.http_request(call)?;
        wire_log::request(&request);
        let scrubber = Scrubber::new([call.credentials.client_secret.expose()]);
        let reply = match within(&*self.clock, limit, self.transport.send(request)).await {
            None => return Err(Error::timeout(WHAT, limit, false)),
            Some(Ok(reply)) => reply,
            Some(Err(error)) => {
                // What had arrived may be half a token.
                return Err(Error::from_transport(WHAT, error, true, &scrubber).without_body());
            }
        };

        wire_log::reply(&reply, || {
            Scrubber::new([call.credentials.client_secret.expose()])
        });
        if reply.status().is_success() {
            let decoded = TokenResponse::decode(reply.body());
            let (head, body) = reply.into_parts();
            return match decoded {
                Ok(data) => Ok(Response::new(data, head, body)),
                Err(wrong) => {
                    let length = body.len();
                    let bare = http::Response::from_parts(head, Bytes::new());
                    let facts = ReplyFacts::of(&bare, &scrubber);
                    Err(Error::new(
                        ErrorKind::Decode,
                        format!("{WHAT}: {} without a usable token: {wrong}", facts.status),
                    )
                    // Whatever it is, it may hold a token.
                    .with_reply(ReplyFacts {
                        body: format!("[{length} bytes withheld: a token reply may hold a secret]")
                            .into(),
                        ..facts
                    })
                    .with_hint("check that the base URL is Zuora's REST address, such as https://rest.zuora.com"))
                }
            };
        }
        Err(self.refusal(&reply, &scrubber))
    }

    /// Makes an error of a reply that brings no token.
    fn refusal(&self, reply: &http::Response<Bytes>, scrubber: &Scrubber) -> Error {
        let status = reply.status();
        let found = read_body(reply.body(), scrubber);
        let is_json =
            zuora_wire::Json::parse(reply.body()).is_ok_and(|json| json.as_object().is_some());
        let host = self.environment.host();
        let (kind, hint) = match status {
            StatusCode::BAD_REQUEST => (
                ErrorKind::Auth,
                format!("check client id, secret and entities, and that the client belongs to {host}: an OAuth client works in one environment only"),
            ),
            StatusCode::UNAUTHORIZED => (
                ErrorKind::Auth,
                format!("check the client secret, and that the client belongs to {host}"),
            ),
            StatusCode::FORBIDDEN => (
                ErrorKind::Auth,
                "check that the user of this OAuth client is active and may use the API".to_owned(),
            ),
            StatusCode::TOO_MANY_REQUESTS => (
                ErrorKind::RateLimited,
                "wait before the next try, and use each token until it expires: share a client, or a token store".to_owned(),
            ),
            StatusCode::NOT_FOUND => (
                ErrorKind::NotFound,
                "check that the base URL is Zuora's REST address, such as https://rest.zuora.com".to_owned(),
            ),
            status if status.is_redirection() => (
                ErrorKind::Redirect,
                "a token request is never sent elsewhere; set the base URL to the address that answers itself".to_owned(),
            ),
            status if status.is_server_error() => (ErrorKind::Server, "try again later".to_owned()),
            _ => (ErrorKind::Api, "see the body of the reply".to_owned()),
        };
        let rejected = kind == ErrorKind::Auth && is_json;
        let error = Error::from_reply(kind, "createToken", reply, found, scrubber)
            .with_hint(hint)
            .with_wait(headers::retry_after(reply.headers(), &*self.clock));
        if rejected { error.rejected(1) } else { error }
    }

    fn http_request(&self, call: &TokenCall<'_>) -> Result<http::Request<Bytes>, Error> {
        let url = self.environment.resolve(self.environment.token_path())?;
        let mut headers = self.default_headers.clone();
        for name in NEVER_SENT {
            headers.remove(name);
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/json; charset=utf-8, application/json"),
        );
        let mut set = |name, value: &str| {
            HeaderValue::from_str(value)
                .map(|value| drop(headers.insert(name, value)))
                .map_err(|_| Error::invalid("an id holds characters that no header may hold"))
        };
        if let Some(track_id) = call.track_id {
            set(headers::TRACK_ID, track_id.as_str())?;
        }
        if !call.entity_ids.is_empty() {
            let ids: Vec<_> = call.entity_ids.iter().map(EntityId::as_str).collect();
            set(headers::ENTITY_IDS, &ids.join(","))?;
        }
        if !call.org_ids.is_empty() {
            let ids: Vec<_> = call.org_ids.iter().map(OrgId::as_str).collect();
            set(headers::ORG_IDS, &ids.join(","))?;
        }
        if let Some(version) = call.version {
            headers.insert(headers::VERSION, version.clone());
        }

        let mut request = http::Request::new(form(call.credentials));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = crate::pipeline::uri(&url)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// The form, in memory that is zeroed when the request is over.
fn form(credentials: &Credentials) -> Bytes {
    struct Owner(Zeroizing<Vec<u8>>);

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    let (id, secret) = (&credentials.client_id, &credentials.client_secret);
    // Room for the worst case, so that growing leaves no copy behind.
    let room = 64 + 3 * (id.as_str().len() + secret.expose().len());
    let mut form = url::form_urlencoded::Serializer::new(String::with_capacity(room));
    form.append_pair("client_id", id.as_str());
    form.append_pair("client_secret", secret.expose());
    form.append_pair("grant_type", "client_credentials");
    Bytes::from_owner(Owner(Zeroizing::new(form.finish().into_bytes())))
}

fn outcome_of(outcome: &Result<Response<TokenResponse>, Error>) -> TokenRequestOutcome {
    match outcome {
        Ok(_) => TokenRequestOutcome::Success,
        Err(error) if error.is_rate_limited() => TokenRequestOutcome::Throttled,
        Err(error) if error.is_rejection() => TokenRequestOutcome::Rejected,
        Err(_) => TokenRequestOutcome::Failed,
    }
}
