//! The client: everything that calls have in common.

mod builder;
mod variables;

pub use builder::{ClientBuilder, Timeouts};
pub(crate) use builder::{parse_header, version_header};

use crate::{
    Environment, Error, ErrorKind, Method, RequestBuilder, TokenInfo, TokenObserver,
    auth::{Bearer, Invalidation, TokenContext, TokenSource},
    clock::later,
    download::ExternalTransport,
    governor::{Gate, Limits},
    oauth::TokenEndpoint,
    pipeline::RetryBudget,
};
use http::{HeaderMap, HeaderValue};
use std::{
    cell::Cell,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use zuora_wire::{Clock, Transport};

/// A client of one environment. Cheap to clone; clones share connections, token and limits.
///
/// ```no_run
/// # async fn run() -> Result<(), zuora_core::Error> {
/// use zuora_core::{Client, Json, Method};
///
/// let client = Client::builder()
///     .environment("eu-sandbox")
///     .from_env() // ZUORA_CLIENT_ID, ZUORA_CLIENT_SECRET, ...
///     .build()?;
/// let account = client
///     .request(Method::GET, "/v1/accounts/A00000001")
///     .json_reply()
///     .await?;
/// println!("{}", account.at(&["metrics", "balance"]).unwrap_or(&Json::Null));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    endpoint: TokenEndpoint,
    headers: HeaderMap,
    tokens: Option<Tokens>,
    /// User and API token of a server that takes no bearer token.
    basic: Option<HeaderValue>,
    observer: Option<Arc<dyn TokenObserver>>,
    retry_budget: RetryBudget,
    tries: u32,
    gate: Arc<Gate>,
    max_reply: usize,
    gzip_requests: bool,
    external: ExternalTransport,
}

struct Tokens {
    source: Arc<TokenSource>,
    context: Arc<TokenContext>,
}

impl Client {
    /// Settings for a new client. Without any, it calls `https://rest.zuora.com` and has no
    /// credentials.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client with everything from the variables that [`ClientBuilder::from_env`] names.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().from_env().build()
    }

    /// Where this client's calls go.
    pub fn environment(&self) -> &Environment {
        &self.0.endpoint.environment
    }

    /// A call by method and path, with this client's token: the way to everything that has no
    /// builder of its own.
    ///
    /// The path begins with a slash and is resolved below the base URL; it can never lead to another
    /// host. What is wrong with it is told when the call is sent.
    pub fn request(&self, method: Method, path: impl Into<String>) -> RequestBuilder {
        RequestBuilder::new(self.clone(), method, path.into())
    }

    /// The token in use, with its scope, its end and where it came from; gets one if there is none.
    ///
    /// # Errors
    /// As any call that needs a token.
    pub async fn token(&self) -> Result<TokenInfo, Error> {
        check_runtime()?;
        let tokens = self.tokens()?;
        tokens
            .source
            .info(&tokens.context, self.deadline(None))
            .await
    }

    /// Gets a token, if none is there, before the first call needs it: a test of credentials and
    /// network at start-up.
    ///
    /// # Errors
    /// As any call that needs a token.
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.token().await.map(drop)
    }

    /// Drops the token and every memory of refused credentials: the next call asks for a new one.
    /// Nothing is revoked; Zuora has no call for that.
    pub fn invalidate(&self) {
        if let Some(tokens) = &self.0.tokens {
            tokens.source.forget(self.clock());
        }
    }

    /// Waits until no token refresh is under way, at most `patience`: for programs that are about to
    /// end and should not lose a token that is on its way.
    pub async fn finish_refresh(&self, patience: Duration) {
        if let Some(tokens) = &self.0.tokens {
            tokens.source.settle(self.clock(), patience).await;
        }
    }

    /// What is known now of the tenant's limits, and how many calls of this client and its clones run
    /// and wait. Asks nobody.
    pub fn limits(&self) -> Limits {
        self.0.gate.limits()
    }

    /// What every call does first: the `Authorization` header of the fresh token, if there is one.
    /// No lock, no allocation, no wait. Open to benchmarks, not part of the interface.
    #[doc(hidden)]
    #[inline]
    pub fn fresh_authorization(&self) -> Option<http::HeaderValue> {
        let tokens = self.0.tokens.as_ref()?;
        Some(tokens.source.fresh(self.clock())?.header)
    }

    /// The same without the header's clone. Open to benchmarks, not part of the interface.
    #[doc(hidden)]
    #[inline]
    pub fn fresh_generation(&self) -> Option<u64> {
        let tokens = self.0.tokens.as_ref()?;
        tokens.source.fresh_generation(self.clock())
    }

    pub(crate) async fn bearer(&self, deadline: Instant) -> Result<Bearer, Error> {
        if let Some(header) = &self.0.basic {
            return Ok(Bearer {
                header: header.clone(),
                generation: 0,
            });
        }
        let tokens = self.tokens()?;
        tokens.source.bearer(&tokens.context, deadline).await
    }

    pub(crate) fn invalidate_generation(&self, generation: u64) -> Invalidation {
        match &self.0.tokens {
            Some(tokens) => tokens.source.invalidate(generation, self.clock()),
            None => Invalidation::TooSoon,
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.endpoint.clock
    }

    pub(crate) fn shared_clock(&self) -> &Arc<dyn Clock> {
        &self.0.endpoint.clock
    }

    /// The largest body of a good reply that is held in memory.
    pub(crate) fn max_reply(&self) -> usize {
        self.0.max_reply
    }

    pub(crate) fn gzips_requests(&self) -> bool {
        self.0.gzip_requests
    }

    /// What reaches hosts other than this environment's.
    pub(crate) fn external_transport(&self) -> Result<Arc<dyn Transport>, Error> {
        self.0.external.get()
    }

    pub(crate) fn transport(&self) -> &dyn Transport {
        &*self.0.endpoint.transport
    }

    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.0.gate
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.0.endpoint.timeouts
    }

    /// Headers of every call but the token's.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    pub(crate) fn token_endpoint(&self) -> Result<&TokenEndpoint, Error> {
        Ok(&self.0.endpoint)
    }

    pub(crate) fn tries(&self) -> u32 {
        self.0.tries
    }

    pub(crate) fn retry_budget(&self) -> &RetryBudget {
        &self.0.retry_budget
    }

    pub(crate) fn observer(&self) -> Option<&dyn TokenObserver> {
        self.0.observer.as_deref()
    }

    /// When a call that begins now must be over.
    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Instant {
        later(self.clock().now(), timeout.unwrap_or(self.timeouts().total))
    }

    fn tokens(&self) -> Result<&Tokens, Error> {
        self.0.tokens.as_ref().ok_or_else(|| {
            Error::invalid("this client has no credentials").with_hint(
                "give it some with `credentials`, or set ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET and use `from_env`",
            )
        })
    }
}

thread_local! {
    /// The runtime that was found to be good on this thread.
    static GOOD_RUNTIME: Cell<Option<tokio::runtime::Id>> = const { Cell::new(None) };
}

/// Calls need a tokio runtime: for connections, timers and the refresh of tokens.
pub(crate) fn check_runtime() -> Result<(), Error> {
    let runtime = tokio::runtime::Handle::try_current().map_err(|_| no_runtime())?;
    if GOOD_RUNTIME.get() == Some(runtime.id()) {
        return Ok(());
    }
    // Tokio has no other way to ask whether a runtime has timers.
    std::panic::catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).map_err(|_| {
        Error::new(
            ErrorKind::Runtime,
            "this call was awaited in a tokio runtime without timers",
        )
        .with_hint("build the runtime with enable_all() (or enable_time() and enable_io())")
    })?;
    GOOD_RUNTIME.set(Some(runtime.id()));
    Ok(())
}

pub(crate) fn no_runtime() -> Error {
    Error::new(
        ErrorKind::Runtime,
        "this call was awaited outside a tokio runtime",
    )
    .with_hint("await it inside #[tokio::main] or Runtime::block_on, or use the feature `blocking`")
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("environment", self.environment())
            .field("has_credentials", &self.0.tokens.is_some())
            .finish_non_exhaustive()
    }
}
