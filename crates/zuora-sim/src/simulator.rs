//! The handle of a simulator: what tests ask it and tell it.

use crate::{
    BadFault, ConcurrencyClass, Coverage, ExpiresIn, Fault, RecordedRequest, Requests, Scenario,
    SimClient, SimulatorBuilder, TokenReuse, VirtualClock,
    seam::Seam,
    state::{Shared, State},
    tenant::{image, jobs},
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, atomic::Ordering},
};
use tokio::task::JoinHandle;
use zuora_wire::Transport;

/// A running simulator. Dropping it closes its socket and all connections, and its transports fail
/// from then on as if nobody listened.
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
    client_id: String,
    client_secret: String,
    root_pem: Option<String>,
    server: Option<JoinHandle<()>>,
}

impl Simulator {
    /// A builder of a tenant: every operation of the API reference answers, requests are held against its
    /// schemas, and what is written can be read back through every door. Defaults: 127.0.0.1, a free port,
    /// plain HTTP, one client, real time, no data.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::new()
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        root_pem: Option<String>,
        server: Option<JoinHandle<()>>,
    ) -> Self {
        let first = shared.initial.clients.first();
        let client_id = first.map(|client| client.id.clone());
        let client_secret = first.and_then(|client| client.secrets.first().cloned());
        Self {
            shared,
            client_id: client_id.unwrap_or_default(),
            client_secret: client_secret.unwrap_or_default(),
            root_pem,
            server,
        }
    }

    /// The base URL, without a slash at the end: that of the socket, or `https://simulator.invalid`
    /// when there is none.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// The id of the first client.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The first secret of the first client, as the builder set it.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// The clock that tokens, windows and faults go by.
    pub fn clock(&self) -> &VirtualClock {
        &self.shared.clock
    }

    /// The seed of tokens, ids and the draws of faults.
    pub fn seed(&self) -> u64 {
        self.shared.seed
    }

    /// The root certificate that clients must trust; `None` without TLS.
    pub fn root_certificate_pem(&self) -> Option<&str> {
        self.root_pem.as_deref()
    }

    /// The door without a socket, from 127.0.0.1. It answers for [`base_url`](Self::base_url) and for
    /// `https://simulator.invalid`; any other origin fails as a host that does not exist.
    pub fn transport(&self) -> Arc<dyn Transport> {
        self.transport_from(Ipv4Addr::LOCALHOST.into())
    }

    /// As [`transport`](Self::transport), from another address: the limit of token requests counts
    /// each address by itself.
    pub fn transport_from(&self, source: IpAddr) -> Arc<dyn Transport> {
        Arc::new(Seam::new(self.shared.clone(), source))
    }

    /// The requests that came, to be narrowed down and counted:
    /// `simulator.requests().to("createToken").count()`.
    pub fn requests(&self) -> Requests<'_> {
        Requests::new(&self.shared)
    }

    /// Fails a test if something was asked for that no operation answers.
    ///
    /// # Panics
    /// If there was; the text names the paths.
    #[track_caller]
    pub fn assert_no_unmatched(&self) {
        self.requests().unmatched().assert_none();
    }

    /// The operations that were called, and those that were not.
    pub fn coverage(&self) -> Coverage {
        Coverage::new(self.shared.journal.arrivals())
    }

    /// The latest requests outside `/_sim/`, at most 10,000, in the order of their arrival.
    pub fn journal(&self) -> Vec<RecordedRequest> {
        self.shared.journal.records()
    }

    /// The most calls of a class that ran at once since the start, the last reset, or
    /// [`forget_peaks`](Self::forget_peaks). A call runs for its
    /// [service time](SimulatorBuilder::service_time); one that takes no time counts for its moment.
    pub fn peak(&self, class: ConcurrencyClass) -> usize {
        self.shared.state().concurrency.peak(class)
    }

    /// Looks for the [peaks](Self::peak) from now on, beginning with what runs now.
    pub fn forget_peaks(&self) {
        let now = self.shared.clock.true_time();
        self.shared.state().concurrency.forget_peaks(now);
    }

    /// How many tokens were minted for a client. A token that was handed out again counts once.
    pub fn tokens_minted(&self, client_id: &str) -> u64 {
        let state = self.shared.state();
        let minted = state.tokens.minted_by().get(client_id);
        minted.copied().unwrap_or(0)
    }

    /// The latest tokens that were minted, at most 100,000, in order.
    pub fn minted_tokens(&self) -> Vec<String> {
        let state = self.shared.state();
        state.tokens.minted().map(str::to_owned).collect()
    }

    /// Revokes every token; gives how many there were.
    pub fn revoke_all_tokens(&self) -> usize {
        self.shared.state().tokens.revoke_all()
    }

    /// Adds a client, or replaces the one with the same id.
    pub fn add_client(&self, client: SimClient) {
        self.shared.state().add_client(client);
    }

    /// Forgets a client; its tokens end. `false` when it is not known.
    pub fn remove_client(&self, client_id: &str) -> bool {
        self.shared.state().remove_client(client_id)
    }

    /// Makes this the only secret of a client; its tokens live on. `false` when the client is not
    /// known.
    pub fn set_secret(&self, client_id: &str, secret: impl Into<String>) -> bool {
        self.change(client_id, |client| client.secrets = vec![secret.into()])
    }

    /// Accepts one more secret beside the others, as during a rotation. `false` when the client is not
    /// known.
    pub fn add_secret(&self, client_id: &str, secret: impl Into<String>) -> bool {
        self.change(client_id, |client| client.secrets.push(secret.into()))
    }

    /// Deactivates a client's user: its token requests get 403, its tokens end. `false` when the client
    /// is not known.
    pub fn deactivate_client(&self, client_id: &str) -> bool {
        self.change(client_id, |client| client.active = false)
    }

    fn change(&self, client_id: &str, change: impl FnOnce(&mut SimClient)) -> bool {
        self.shared.state().client(client_id).map(change).is_some()
    }

    /// Adds a fault.
    ///
    /// # Errors
    /// [`BadFault`] when it names an operation or a client that is not known, or something that cannot be sent.
    pub fn inject(&self, fault: Fault) -> Result<(), BadFault> {
        self.shared.state().add_fault(fault)
    }

    /// Adds faults of which each is for one request, unless it has [`times`](Fault::times) of its own, in
    /// this order: the first request meets the first one, and so on. One that does nothing, such as
    /// `Fault::on("createOrder")`, lets its request pass.
    ///
    /// # Errors
    /// [`BadFault`] as with [`inject`](Self::inject); it names the step. None is added then.
    pub fn inject_script(&self, steps: impl IntoIterator<Item = Fault>) -> Result<(), BadFault> {
        let steps = steps.into_iter().collect();
        self.shared.state().add_script(steps)
    }

    /// Adds the faults of a scenario and takes over its limits, in the place of one that is played already.
    pub fn play(&self, scenario: Scenario) {
        self.shared.state().play(Some(scenario));
    }

    /// Ends the scenario that is played: its faults go, and its limits, unless others were set since.
    pub fn end_scenario(&self) {
        self.shared.state().play(None);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Sets whether a live token is handed out again, from the next token request on.
    pub fn set_token_reuse(&self, reuse: TokenReuse) {
        self.shared.state().settings.reuse = reuse;
    }

    /// Sets the life of the tokens that are minted from now on.
    pub fn set_token_lifetime(&self, lifetime: impl Into<ExpiresIn>) {
        self.shared.state().settings.lifetime = lifetime.into();
    }

    /// Sets whether the token endpoint's 429 carries `Retry-After`.
    pub fn set_token_retry_after(&self, send: bool) {
        self.shared.state().settings.token_retry_after = send;
    }

    /// The tenant's data as one JSON document, to be [restored](Self::restore) or
    /// [begun with](SimulatorBuilder::data).
    pub fn snapshot(&self) -> String {
        jobs::catch_up(&self.shared);
        image::write(&self.shared.state().store)
    }

    /// Takes the data of a snapshot in the place of the tenant's.
    ///
    /// # Errors
    /// [`BadFault`] when it cannot be read; it names the line. The data stays as it was.
    pub fn restore(&self, document: &str) -> Result<(), BadFault> {
        let mut state = self.shared.state();
        let State { store, ids, .. } = &mut *state;
        let mut read = image::read(document, ids)?;
        jobs::resume(&mut read, &self.shared.clock);
        *store = read;
        Ok(())
    }

    /// Puts everything back to what the builder said: clients, settings, tokens, windows, faults,
    /// counters and journal, and the data of the start, with the same ids and days, whatever the clock shows by
    /// now. The clock goes on as it is, and so does the sequence of tokens.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// Hides the client's secret and the tokens.
impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("base_url", &self.shared.base_url)
            .field("client_id", &self.client_id)
            .field("seed", &self.shared.seed)
            .finish_non_exhaustive()
    }
}
