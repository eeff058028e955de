//! A simulator and clients for it, in virtual time or on sockets.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test file uses its own part of this module"
)]

use std::{
    sync::{Arc, Once},
    time::{Duration, SystemTime},
};
use zuora_core::{Client, ClientBuilder, Credentials, Error};
use zuora_sim::{SimClient, Simulator, SimulatorBuilder, VirtualClock};

pub const CLIENT_ID: &str = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
/// Holds every kind of character that forms must encode, and a mark to look for in all output.
pub const SECRET: &str = "MARKED-s3cret+with/reserved=chars&%";
/// The account that every simulator here begins with.
pub const ACCOUNT: &str = "/v1/accounts/A00000001";
/// An order for it; each one that is carried out is another.
pub const ORDER: &str = r#"{"existingAccountNumber":"A00000001","orderDate":"2026-11-01","subscriptions":[{"orderActions":[{"type":"CreateSubscription","triggerDates":[],"createSubscription":{"terms":{"initialTerm":{"termType":"EVERGREEN"}}}}]}]}"#;
/// A payment by it, under the names of CRUD.
pub const PAYMENT: &str = r#"{"AccountId":"A00000001","Amount":1.00,"EffectiveDate":"2026-11-01","PaymentMethodId":"cash","Status":"Processed","Type":"External"}"#;
/// The header in which the simulator is told a mark of a write, to count how often it was executed.
pub const MARKER: &str = "zuora-sim-marker";

/// Prints everything that is traced when `ZUORA_TEST_TRACE` is set, so that it can be searched for
/// secrets.
pub fn trace() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("ZUORA_TEST_TRACE").is_some() {
            let _ = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(std::io::stderr)
                .try_init();
        }
    });
}

pub fn credentials() -> Credentials {
    Credentials::parse(CLIENT_ID, SECRET).unwrap()
}

pub fn simulator() -> SimulatorBuilder {
    trace();
    Simulator::builder()
        .one_account()
        .client(SimClient::new(CLIENT_ID, SECRET))
        .seed(7)
}

/// A simulator without a socket, on a frozen clock that its clients share.
pub struct Rig {
    pub sim: Simulator,
    pub clock: VirtualClock,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub fn with(change: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_392_000);
        let clock = VirtualClock::frozen_at(start);
        let sim = change(simulator().clock(clock.clone())).build().unwrap();
        Self { sim, clock }
    }

    pub fn builder(&self) -> ClientBuilder {
        Client::builder()
            .environment(self.sim.base_url())
            .credentials(credentials())
            .clock(Arc::new(self.clock.clone()))
            .transport(self.sim.transport())
    }

    pub fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub fn token_requests(&self) -> u64 {
        self.sim.requests().to("createToken").count()
    }

    /// Runs a future, the clock moving on whenever everything waits.
    pub async fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.clock.drive(future).await
    }

    /// Reads the account once.
    pub async fn get(&self, client: &Client) -> Result<bytes::Bytes, Error> {
        self.run(client.request(http::Method::GET, ACCOUNT).into_future())
            .await
    }
}

/// A client of a simulator on a socket, on the machine's clock, which shares nothing with others.
pub fn socket_client(sim: &Simulator) -> ClientBuilder {
    Client::builder()
        .environment(sim.base_url())
        .credentials(credentials())
}

/// A folder for a test's files; kept when `ZUORA_TEST_KEEP` is set, to be searched for secrets.
pub fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new()
        .disable_cleanup(std::env::var_os("ZUORA_TEST_KEEP").is_some())
        .tempdir()
        .unwrap()
}

/// No secret and no token may be in this text.
pub fn assert_clean(sim: &Simulator, text: &str) {
    assert!(!text.contains("MARKED"), "the secret is in: {text}");
    for token in sim.minted_tokens() {
        assert!(!text.contains(&token), "a token is in: {text}");
    }
}

/// Everything that an error shows, and everything that it keeps.
pub fn all_of(error: &Error) -> String {
    use std::error::Error as _;
    let mut text = format!(
        "{error} {error:?} {:?} {:?} {:?} {:?}",
        error.hint(),
        error.headers(),
        error.reasons(),
        error
            .body()
            .map(|body| String::from_utf8_lossy(body).into_owned())
    );
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(&format!(" {source} {source:?}"));
        next = source.source();
    }
    text
}
