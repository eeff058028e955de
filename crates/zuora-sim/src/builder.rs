//! How a simulator is set up and started.

use crate::{
    BadFault, ExpiresIn, RequestLine, Scenario, SimClient, Simulator, TokenReuse, VirtualClock,
    fault, seam, server,
    settings::{Data, Settings},
    state::{RequestHook, Shared, TokenList},
    tenant::image::Image,
    tls,
};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};
use tokio::net::{TcpListener, TcpSocket};

/// Names the file of [`SimulatorBuilder::token_list`] when the builder does not.
const TOKEN_LIST_VARIABLE: &str = "ZUORA_SIM_TOKEN_LIST";

/// Sets a [`Simulator`] up. Nothing is read, opened or bound before [`start`](Self::start) or
/// [`build`](Self::build).
#[must_use]
pub struct SimulatorBuilder {
    address: IpAddr,
    port: u16,
    allow_remote: bool,
    tls: bool,
    clock: Option<VirtualClock>,
    pub(crate) settings: Settings,
    seed: Option<u64>,
    token_list: Option<PathBuf>,
    hook: Option<RequestHook>,
}

impl SimulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            allow_remote: false,
            tls: false,
            clock: None,
            settings: Settings::default(),
            seed: None,
            token_list: None,
            hook: None,
        }
    }

    /// Begins with the limits and faults of a scenario, and goes back to them.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.settings.scenario = Some(scenario);
        self
    }

    /// Begins with a small catalogue and one account, `A00000001`, with a card, a subscription and an open
    /// invoice, `INV00000001`: enough to read, order and pay, and cheap enough for every test.
    pub fn one_account(mut self) -> Self {
        self.settings.data = Data::OneAccount;
        self
    }

    /// Begins with the demo data: a catalogue, 50 accounts with subscriptions and a year of invoices up to
    /// the day on which the simulator is made, to which a [reset](Simulator::reset) goes back.
    pub fn demo(mut self) -> Self {
        self.settings.data = Data::Demo;
        self
    }

    /// Begins with the data of this document: a [snapshot](Simulator::snapshot), or one written by hand
    /// (see `docs/simulator.md`).
    ///
    /// # Errors
    /// [`BadFault`] when it cannot be read; it names the line.
    pub fn data(mut self, document: &str) -> Result<Self, BadFault> {
        self.settings.data = Data::Image(Arc::new(Image::new(document)?));
        Ok(self)
    }

    /// Adds an OAuth client. The first one takes the place of the default client.
    pub fn client(mut self, client: SimClient) -> Self {
        self.settings.clients.push(client);
        self
    }

    /// Listens on this port; 0, the default, lets the system choose a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Listens on this address; 127.0.0.1 by default.
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Allows an address that is not loopback. Whoever reaches it can then use the simulated API;
    /// `/_sim/` stays with this machine.
    pub fn allow_remote_clients(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// Speaks TLS with a certificate for 127.0.0.1, ::1 and localhost, whose root is
    /// [`Simulator::root_certificate_pem`].
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Lives by this clock; by default one of its own that shows real time.
    pub fn clock(mut self, clock: VirtualClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The life of tokens and their `expires_in`; 3598 s by default.
    pub fn token_lifetime(mut self, lifetime: impl Into<ExpiresIn>) -> Self {
        self.settings.lifetime = lifetime.into();
        self
    }

    /// Whether a live token is handed out again.
    pub fn token_reuse(mut self, reuse: TokenReuse) -> Self {
        self.settings.reuse = reuse;
        self
    }

    /// Token requests that a source address may make in 60 seconds; 100 by default (documented).
    pub fn token_requests_per_minute(mut self, limit: u32) -> Self {
        self.settings.token_requests_per_minute = limit;
        self
    }

    /// Whether the token endpoint's 429 carries `Retry-After`. What Zuora does is not known; off by
    /// default (a guess).
    pub fn token_retry_after(mut self, send: bool) -> Self {
        self.settings.token_retry_after = send;
        self
    }

    /// Makes tokens, ids and the draws of faults repeatable. Without it the seed is drawn anew, so
    /// that two simulators do not know each other's tokens; [`Simulator::seed`] tells it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Appends every minted token to this file, one a line, so that logs can be searched for leaks.
    /// By default the environment variable `ZUORA_SIM_TOKEN_LIST` names the file, if it is set.
    pub fn token_list(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_list = Some(path.into());
        self
    }

    /// Calls this when a request outside `/_sim/` is answered, for a line in a log.
    pub fn on_request(mut self, hook: impl Fn(&RequestLine) + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// A simulator without a socket, reached only through [`Simulator::transport`]. Needs no runtime.
    ///
    /// # Errors
    /// When the list of tokens cannot be opened; `InvalidInput` for a service time of an operation that
    /// is not known.
    pub fn build(self) -> io::Result<Simulator> {
        let shared = self.shared(None, seam::BASE_URL.to_owned())?;
        Ok(Simulator::new(shared, None, None))
    }

    /// Binds the socket and serves it on the current tokio runtime until the handle is dropped.
    ///
    /// # Errors
    /// `InvalidInput` for an address that is not loopback unless
    /// [`allow_remote_clients`](Self::allow_remote_clients) is set; else what keeps the socket from
    /// being bound, the list of tokens from being opened or the certificate from being made.
    pub async fn start(self) -> io::Result<Simulator> {
        if !self.address.is_loopback() && !self.allow_remote {
            let rule = format!(
                "the simulator listens on loopback only, {} is not: call allow_remote_clients(true) \
                 to let other machines in",
                self.address
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, rule));
        }
        let listener = listen(SocketAddr::new(self.address, self.port))?;
        let tls = if self.tls { Some(tls::make()?) } else { None };
        let authority = reachable(listener.local_addr()?).to_string();
        let scheme = if self.tls { "https" } else { "http" };
        let base_url = format!("{scheme}://{authority}");
        let shared = self.shared(Some(authority), base_url)?;
        let (acceptor, root_pem) = tls.map(|tls| (tls.acceptor, tls.root_pem)).unzip();
        let server = tokio::spawn(server::serve(listener, acceptor, shared.clone()));
        Ok(Simulator::new(shared, root_pem, Some(server)))
    }

    fn shared(mut self, authority: Option<String>, base_url: String) -> io::Result<Arc<Shared>> {
        let clients = &mut self.settings.clients;
        if clients.is_empty() {
            clients.push(SimClient::default());
        }
        for operation in self.settings.service_times.keys() {
            fault::check_operation("service_time", operation)
                .map_err(|bad| io::Error::new(io::ErrorKind::InvalidInput, bad))?;
        }
        let list = self
            .token_list
            .or_else(|| std::env::var_os(TOKEN_LIST_VARIABLE).map(PathBuf::from));
        let list = list.map(|path| TokenList::open(&path)).transpose()?;
        Ok(Arc::new(Shared::new(
            self.clock.unwrap_or_else(VirtualClock::running),
            self.seed.unwrap_or_else(|| fastrand::u64(..)),
            self.settings,
            list,
            self.hook,
            authority,
            base_url,
        )))
    }
}

/// How many connections can wait to be taken. With the usual 128 a burst of new ones stalls for a second
/// each time they are full.
const BACKLOG: u32 = 4_096;

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As `TcpListener::bind`: elsewhere it would let two listen on one port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Where a client on this machine finds a socket that is bound to every address.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

impl fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("clients", &self.settings.clients)
            .field("address", &self.address)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
