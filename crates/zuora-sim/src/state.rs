//! What a simulator knows and remembers, behind one lock.

use crate::{
    BadFault, Limits, Scenario, Upload,
    client::SimClient,
    clock::VirtualClock,
    concurrency::Concurrency,
    fault::{Fault, Faults},
    idempotency::Keys,
    ids::Ids,
    journal::{Journal, RequestLine},
    ledger::Ledger,
    lists,
    rate::Rate,
    settings::{Data, Settings},
    tenant::{Moment, Store, jobs, seed},
    token_window::TokenWindow,
    tokens::Tokens,
};
use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

/// Keeps the sequence of tokens apart from that of records, which begins at the seed.
const FRESH: u64 = 0x746f_6b65_6e73_0001;

/// Told of every request when it is answered.
pub(crate) type RequestHook = Arc<dyn Fn(&RequestLine) + Send + Sync>;

/// What all doors of a simulator share.
pub(crate) struct Shared {
    pub(crate) clock: VirtualClock,
    pub(crate) seed: u64,
    pub(crate) initial: Settings,
    /// When the simulator was made: the data of a tenant is as of then, also after a reset.
    begun: Moment,
    pub(crate) journal: Journal,
    pub(crate) token_list: Option<TokenList>,
    pub(crate) hook: Option<RequestHook>,
    /// `host:port` of the listening socket, if there is one.
    pub(crate) authority: Option<String>,
    /// What clients call, without a slash at the end.
    pub(crate) base_url: String,
    /// The handle is gone.
    pub(crate) stopped: AtomicBool,
    state: Mutex<State>,
    /// Held while jobs that have fallen due go on, so that they do in their order.
    pub(crate) catching_up: Mutex<()>,
}

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) tokens: Tokens,
    pub(crate) token_window: TokenWindow,
    pub(crate) rate: Rate,
    pub(crate) concurrency: Concurrency,
    pub(crate) keys: Keys,
    pub(crate) ledger: Ledger,
    pub(crate) store: Store,
    pub(crate) uploads: Vec<Upload>,
    /// Of records: begin anew with each reset.
    pub(crate) ids: Ids,
    /// Of tokens and requests: none comes twice, not after a reset either.
    pub(crate) fresh_ids: Ids,
    pub(crate) faults: Faults,
    scenario: Option<Playing>,
    /// Draws service times.
    pub(crate) service: fastrand::Rng,
}

/// A scenario that goes on, and the limits that were in force before it.
struct Playing {
    scenario: Scenario,
    before: Limits,
}

impl Shared {
    pub(crate) fn new(
        clock: VirtualClock,
        seed: u64,
        initial: Settings,
        token_list: Option<TokenList>,
        hook: Option<RequestHook>,
        authority: Option<String>,
        base_url: String,
    ) -> Self {
        let begun = Moment::now(&clock, &initial);
        let state = State::new(&initial, &begun, Ids::new(seed ^ FRESH), seed, &clock);
        Self {
            clock,
            seed,
            initial,
            begun,
            journal: Journal::default(),
            token_list,
            hook,
            authority,
            base_url,
            stopped: AtomicBool::new(false),
            state: Mutex::new(state),
            catching_up: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to what the builder said, and to the data of the start, with the same ids and days, so that a test
    /// which resets finds what the one before it found. The clock goes on, since a clock that others share must
    /// not jump back, and so does the sequence of tokens, or a revoked one would be minted once more.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        let fresh_ids = state.fresh_ids.clone();
        *state = State::new(
            &self.initial,
            &self.begun,
            fresh_ids,
            self.seed,
            &self.clock,
        );
        drop(state);
        self.journal.clear();
    }
}

impl State {
    fn new(
        initial: &Settings,
        begun: &Moment,
        fresh_ids: Ids,
        seed: u64,
        clock: &VirtualClock,
    ) -> Self {
        let mut ids = Ids::new(seed);
        let store = match &initial.data {
            Data::Nothing => Store::default(),
            Data::OneAccount => seed::one_account(&mut ids, begun),
            Data::Demo => seed::demo(&mut ids, begun),
            Data::Image(image) => {
                let mut store = image.store();
                jobs::resume(&mut store, clock);
                store
            }
        };
        let mut state = Self {
            settings: initial.clone(),
            tokens: Tokens::default(),
            token_window: TokenWindow::default(),
            rate: Rate::new(&initial.limits),
            concurrency: Concurrency::default(),
            keys: Keys::default(),
            ledger: Ledger::default(),
            service: fastrand::Rng::with_seed(seed),
            store,
            uploads: Vec::new(),
            ids,
            fresh_ids,
            faults: Faults::new(seed),
            scenario: None,
        };
        if let Some(scenario) = initial.scenario {
            state.play(Some(scenario));
        }
        state
    }

    /// Ends the scenario that is played: its faults go, and its limits, unless others were set since. Then adds
    /// the faults of this one and takes over its limits.
    pub(crate) fn play(&mut self, scenario: Option<Scenario>) {
        if let Some(played) = self.scenario.take()
            && played.scenario.limits().as_ref() == Some(&self.settings.limits)
        {
            self.set_limits(played.before);
        }
        self.faults
            .play(scenario.map_or_else(Vec::new, Scenario::faults));
        self.scenario = scenario.map(|scenario| Playing {
            scenario,
            before: self.settings.limits.clone(),
        });
        if let Some(limits) = scenario.and_then(Scenario::limits) {
            self.set_limits(limits);
        }
    }

    /// The scenario that is played.
    pub(crate) fn scenario(&self) -> Option<Scenario> {
        self.scenario.as_ref().map(|playing| playing.scenario)
    }

    pub(crate) fn add_fault(&mut self, fault: Fault) -> Result<(), BadFault> {
        self.check_client(&fault)?;
        self.faults.add(fault)
    }

    /// One after the other, as a script; all of them or none.
    pub(crate) fn add_script(&mut self, steps: Vec<Fault>) -> Result<(), BadFault> {
        for (place, step) in steps.iter().enumerate() {
            let checked = self.check_client(step);
            checked.map_err(|bad| bad.within("script", place))?;
        }
        self.faults.add_script(steps)
    }

    fn check_client(&self, fault: &Fault) -> Result<(), BadFault> {
        let clients = &self.settings.clients;
        let is_known = |id: &String| clients.iter().any(|client| client.id == *id);
        if fault.client.as_ref().is_none_or(is_known) {
            return Ok(());
        }
        Err(BadFault::new(
            "client",
            "must be the id of one of the simulator's OAuth clients",
        ))
    }

    /// Takes over other limits. The windows begin anew, unless they are the same as before.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        let present = &self.settings.limits;
        if (&limits.windows, limits.kind) != (&present.windows, present.kind) {
            self.rate = Rate::new(&limits);
        }
        self.settings.limits = limits;
    }

    /// Makes the list of an operation up, or with `*` all those without records.
    pub(crate) fn set_list(&mut self, operation: &str, items: u64) -> Result<(), BadFault> {
        let lists = &mut self.settings.lists;
        if operation == "*" {
            lists.items = Some(items);
            return Ok(());
        }
        if !zuora_catalog::operation(operation).is_some_and(lists::can_be_made_up) {
            let rule = "must be `*` or an operation with a list, such as getWorkflows; \
                        what a query finds are the tenant's records";
            return Err(BadFault::new("operation", rule));
        }
        lists.items_of.insert(operation.to_owned(), items);
        self.store.forget_replies();
        Ok(())
    }

    /// Adds a client, or replaces the one with the same id.
    pub(crate) fn add_client(&mut self, client: SimClient) {
        match self.client(&client.id) {
            Some(known) => *known = client,
            None => self.settings.clients.push(client),
        }
    }

    /// Forgets a client and ends its tokens; `false` when it is not known.
    pub(crate) fn remove_client(&mut self, id: &str) -> bool {
        let clients = &mut self.settings.clients;
        let before = clients.len();
        clients.retain(|client| client.id != id);
        let is_removed = clients.len() < before;
        self.tokens.end_of(id);
        is_removed
    }

    pub(crate) fn client(&mut self, id: &str) -> Option<&mut SimClient> {
        self.settings
            .clients
            .iter_mut()
            .find(|client| client.id == id)
    }
}

/// The file that every minted token is appended to, so that a log can be searched for leaks.
#[derive(Debug)]
pub(crate) struct TokenList(Mutex<File>);

impl TokenList {
    /// Opens the file for appending; a new one is readable by its owner only.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("the list of tokens {}: {error}", path.display()),
            )
        })?;
        Ok(Self(Mutex::new(file)))
    }

    pub(crate) fn append(&self, token: &str) -> io::Result<()> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line, so that processes which share the file do not mix theirs.
        file.write_all(format!("{token}\n").as_bytes())
    }
}
