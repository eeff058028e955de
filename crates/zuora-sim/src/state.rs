//! What a simulator knows and remembers, behind one lock.

use crate::{
    client::SimClient,
    clock::VirtualClock,
    fault::Faults,
    ids::Ids,
    journal::{Journal, RequestLine},
    lifetime::{ExpiresIn, TokenReuse},
    limits::{ApiWindow, TokenWindow},
    tokens::Tokens,
};
use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

/// Told of every request when it is answered.
pub(crate) type RequestHook = Arc<dyn Fn(&RequestLine) + Send + Sync>;

/// What can be changed at run time, and what `reset` puts back.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The first one is the one that the handle names.
    pub(crate) clients: Vec<SimClient>,
    pub(crate) lifetime: ExpiresIn,
    pub(crate) reuse: TokenReuse,
    pub(crate) token_requests_per_minute: u32,
    /// Whether the token endpoint's 429 carries `Retry-After`. Not known: a guess either way.
    pub(crate) token_retry_after: bool,
}

/// What all doors of a simulator share.
pub(crate) struct Shared {
    pub(crate) clock: VirtualClock,
    pub(crate) seed: u64,
    pub(crate) initial: Settings,
    pub(crate) journal: Journal,
    pub(crate) token_list: Option<TokenList>,
    pub(crate) hook: Option<RequestHook>,
    /// `host:port` of the listening socket, if there is one.
    pub(crate) authority: Option<String>,
    /// The handle is gone.
    pub(crate) stopped: AtomicBool,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) tokens: Tokens,
    pub(crate) token_window: TokenWindow,
    pub(crate) api_window: ApiWindow,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn new(
        clock: VirtualClock,
        seed: u64,
        initial: Settings,
        token_list: Option<TokenList>,
        hook: Option<RequestHook>,
        authority: Option<String>,
    ) -> Self {
        let state = State {
            settings: initial.clone(),
            tokens: Tokens::default(),
            token_window: TokenWindow::default(),
            api_window: ApiWindow::default(),
            ids: Ids::new(seed),
            faults: Faults::new(seed),
        };
        Self {
            clock,
            seed,
            initial,
            journal: Journal::default(),
            token_list,
            hook,
            authority,
            stopped: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to what the builder said. The clock goes on, since a clock that others share must not
    /// jump back, and so does the sequence of ids, or a revoked token would be minted once more.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        state.settings = self.initial.clone();
        state.tokens = Tokens::default();
        state.token_window = TokenWindow::default();
        state.api_window = ApiWindow::default();
        state.faults = Faults::new(self.seed);
        drop(state);
        self.journal.clear();
    }
}

impl State {
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
