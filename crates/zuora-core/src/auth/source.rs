//! The token of one key: fresh, early, stale or gone, and the one refresh that is under way.
//!
//! A refresh ("flight") runs as a task of its own, so that a caller that goes away cancels nothing.
//! Everybody who needs its outcome waits for the same flight. The task may die with its runtime: its
//! end of the channel closes then, and the first waiter to notice starts another.

use super::{
    Bearer, Rejection, StoreLock, StoredEntry, StoredToken, TokenInfo, TokenKey, TokenObserver,
    TokenOrigin, TokenStore,
    held::Held,
    windows::{ASSUMED_LIFETIME, LONGEST_LIFETIME, Moment, Windows},
};
use crate::{
    AccessToken, Credentials, EntityId, Error, ErrorKind, OrgId, TokenResponse, TrackId,
    clock::{later, within},
    oauth::{Admission, TokenCall, TokenEndpoint},
};
use arc_swap::ArcSwapOption;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
};
use tracing::{Instrument, debug, error, info_span, warn};
use zuora_wire::Clock;

/// Least time between two token requests for a key, so that `expires_in: 0` cannot make us spin.
const FLOOR: Duration = Duration::from_secs(1);
/// Longest back-off after failed refreshes.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// Longest back-off while the token is about to end.
const URGENT_BACKOFF: Duration = Duration::from_secs(5);
/// A 401 may cost a token request at most this often.
const INVALIDATION_INTERVAL: Duration = Duration::from_secs(60);
/// How long refused credentials are remembered, at first and at most.
const REJECTION: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(300));
/// Flights that one caller starts or joins before it gives up: dead runtimes and outdated tokens
/// are rare, and twice in a row is a fault.
const MAX_FLIGHTS: usize = 4;
/// How a waiter of another runtime finds out whether the flight's runtime still runs anything.
const PROBE: Duration = Duration::from_millis(500);

/// What a flight needs of the client that starts it.
#[derive(Debug)]
pub(crate) struct TokenContext {
    pub(crate) endpoint: TokenEndpoint,
    pub(crate) credentials: Credentials,
    pub(crate) entity_ids: Vec<EntityId>,
    pub(crate) org_ids: Vec<OrgId>,
    pub(crate) track_id: Option<TrackId>,
    /// Refresh before the end, beside the calls.
    pub(crate) refresh_ahead: bool,
    pub(crate) observer: Option<Arc<dyn TokenObserver>>,
}

impl TokenContext {
    fn clock(&self) -> &dyn Clock {
        &*self.endpoint.clock
    }

    fn store(&self) -> Option<&Arc<dyn TokenStore>> {
        self.endpoint.store.as_ref()
    }

    fn tell(&self, what: impl FnOnce(&dyn TokenObserver)) {
        if let Some(observer) = &self.observer {
            what(&**observer);
        }
    }
}

/// What a 401 did to the token that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalidation {
    /// It is dropped; the next to ask starts a refresh.
    Begun,
    /// It had been replaced or dropped already: a newer one is there or on its way.
    Superseded,
    /// Another one was dropped less than a minute ago: this 401 is not the token's fault.
    TooSoon,
}

/// The token of one key and its refresh.
pub(crate) struct TokenSource {
    key: TokenKey,
    held: ArcSwapOption<Held>,
    control: Mutex<Control>,
}

#[derive(Default)]
struct Control {
    flights: u64,
    flight: Option<Flight>,
    generations: u64,
    /// No token request before this, unless a 401 asks for one.
    not_before: Option<Instant>,
    failures: u32,
    /// The last failure, for one who cannot wait for the next try.
    last_error: Option<Error>,
    refused: Option<Refused>,
    invalidated: Option<Invalidated>,
    /// What a store holds from before is not used: the program said so.
    forgotten: Option<SystemTime>,
}

#[derive(Clone)]
struct Flight {
    id: u64,
    stage: watch::Receiver<Stage>,
    runtime: Handle,
}

impl Flight {
    /// Its task is gone, and it will never land.
    fn is_dead(&self) -> bool {
        self.stage.has_changed().is_err()
    }
}

/// How far a flight is.
#[derive(Clone)]
enum Stage {
    Flying,
    /// It waits for a turn. The error is for one who cannot wait that long.
    Waiting {
        until: Instant,
        error: Error,
    },
    Landed(Result<Landing, Error>),
}

#[derive(Clone)]
enum Landing {
    Token(Arc<Held>),
    /// It began before a 401 and brought the very token that the 401 was about.
    Outdated,
}

struct Refused {
    until: Moment,
    times: u32,
    error: Error,
}

struct Invalidated {
    generation: u64,
    token: AccessToken,
    /// When a 401 asked for it; `None` when the program did.
    at: Option<Instant>,
    /// Flights with a lower number began before.
    first_flight: u64,
}

/// What a caller is to do.
enum Look {
    /// Go on with this one: it is fresh.
    Hit(Arc<Held>),
    /// Go on with this one, though a refresh is due or under way.
    Stale(Arc<Held>),
    /// Wait for the flight; should it fail, go on with the token that is still valid.
    Join(Flight, Option<Arc<Held>>),
}

impl TokenSource {
    pub(crate) fn new(key: TokenKey) -> Self {
        Self {
            key,
            held: ArcSwapOption::empty(),
            control: Mutex::default(),
        }
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether dropping this source would lose something: a token, or what was learned about the key.
    pub(crate) fn is_worth_keeping(&self, clock: &dyn Clock) -> bool {
        let holds = self
            .held
            .load()
            .as_deref()
            .is_some_and(|held| held.is_valid(clock));
        let control = self.control();
        holds
            || control.flight.is_some()
            || control.not_before.is_some_and(|then| then > clock.now())
            || control
                .refused
                .as_ref()
                .is_some_and(|refused| refused.until.is_ahead(clock))
    }

    /// A fresh token, without a lock, an allocation or an await: what every call asks first.
    #[inline]
    pub(crate) fn fresh(&self, clock: &dyn Clock) -> Option<Bearer> {
        let held = self.held.load();
        let held = held.as_deref()?;
        held.is_fresh(clock).then(|| held.bearer())
    }

    /// The generation of the fresh token, without its header: what the benchmark measures the guard by.
    #[inline]
    pub(crate) fn fresh_generation(&self, clock: &dyn Clock) -> Option<u64> {
        let held = self.held.load();
        let held = held.as_deref()?;
        held.is_fresh(clock).then_some(held.generation)
    }

    /// A token to send now. Waits only when there is none to go on with, at most until `deadline`.
    pub(crate) async fn bearer(
        self: &Arc<Self>,
        context: &Arc<TokenContext>,
        deadline: Instant,
    ) -> Result<Bearer, Error> {
        if let Some(bearer) = self.fresh(context.clock()) {
            context.tell(|observer| observer.hit());
            return Ok(bearer);
        }
        Ok(self.held(context, deadline).await?.bearer())
    }

    /// What is known about the token to send now.
    pub(crate) async fn info(
        self: &Arc<Self>,
        context: &Arc<TokenContext>,
        deadline: Instant,
    ) -> Result<TokenInfo, Error> {
        Ok(self.held(context, deadline).await?.info.clone())
    }

    async fn held(
        self: &Arc<Self>,
        context: &Arc<TokenContext>,
        deadline: Instant,
    ) -> Result<Arc<Held>, Error> {
        let clock = context.clock();
        let mut waited = false;
        for _ in 0..MAX_FLIGHTS {
            // The observer is told outside the lock: it may ask this very source something.
            let (flight, fallback) = match self.look(context, deadline)? {
                Look::Hit(held) => {
                    context.tell(|observer| observer.hit());
                    return Ok(held);
                }
                Look::Stale(held) => {
                    context.tell(|observer| observer.stale_hit());
                    return Ok(held);
                }
                Look::Join(flight, fallback) => (flight, fallback),
            };
            if !waited {
                waited = true;
                context.tell(|observer| observer.wait());
            }
            let patience = deadline.saturating_duration_since(clock.now());
            match within(clock, patience, outcome(&flight, deadline)).await {
                None => {
                    return fallback
                        .filter(|held| held.is_valid(clock))
                        .ok_or_else(|| Error::timeout("waiting for a token", patience, false));
                }
                Some(Some(Ok(Landing::Token(held)))) => return Ok(held),
                Some(Some(Ok(Landing::Outdated))) => {}
                Some(Some(Err(error))) => {
                    return fallback.filter(|held| held.is_valid(clock)).ok_or(error);
                }
                // The flight's runtime ended, or nobody runs it.
                Some(None) => self.abandon(flight.id),
            }
        }
        Err(Error::new(
            ErrorKind::Runtime,
            "no token: the refresh was given up several times without an outcome",
        )
        .with_hint("the runtimes that make calls end too early; keep one for the program's life"))
    }

    /// Decides under the lock, and starts the flight that is needed.
    fn look(
        self: &Arc<Self>,
        context: &Arc<TokenContext>,
        deadline: Instant,
    ) -> Result<Look, Error> {
        let clock = context.clock();
        let now = Moment::now(clock);
        let mut control = self.control();
        let held = self.held.load_full().filter(|held| held.is_valid(clock));

        if control.flight.as_ref().is_some_and(Flight::is_dead) {
            control.flight = None;
        }
        if let Some(held) = &held {
            if held.is_fresh(clock) {
                return Ok(Look::Hit(held.clone()));
            }
            if held.is_served(clock) {
                let due = control.not_before.is_none_or(|then| then <= now.mono);
                if control.flight.is_none() && due && !control.is_refused(clock) {
                    // Whoever has no runtime to refresh on still has a token.
                    let _ = self.start(&mut control, context, now.mono);
                }
                return Ok(Look::Stale(held.clone()));
            }
        }

        if let Some(flight) = &control.flight {
            return Ok(Look::Join(flight.clone(), held));
        }
        if let Some(refused) = control.refused.as_ref()
            && refused.until.is_ahead(clock)
        {
            let error = || {
                refused
                    .error
                    .clone()
                    .remembered(refused.until.remaining(now))
            };
            return held.map(Look::Stale).ok_or_else(error);
        }
        let begin = control
            .not_before
            .map_or(now.mono, |then| then.max(now.mono));
        if begin >= deadline && begin > now.mono {
            return held
                .map(Look::Stale)
                .ok_or_else(|| control.not_yet(begin - now.mono));
        }
        let flight = self.start(&mut control, context, begin)?;
        Ok(Look::Join(flight, held))
    }

    /// Starts a flight on the caller's runtime.
    fn start(
        self: &Arc<Self>,
        control: &mut Control,
        context: &Arc<TokenContext>,
        begin: Instant,
    ) -> Result<Flight, Error> {
        let runtime = Handle::try_current().map_err(|_| crate::client::no_runtime())?;
        let id = control.flights;
        control.flights += 1;
        let gap = begin.saturating_duration_since(context.clock().now());
        let stage = if gap.is_zero() {
            Stage::Flying
        } else {
            let error = control.not_yet(gap);
            Stage::Waiting {
                until: begin,
                error,
            }
        };
        let (tell, stage) = watch::channel(stage);
        let flight = Flight {
            id,
            stage,
            runtime: runtime.clone(),
        };
        control.flight = Some(flight.clone());
        let pilot = Pilot {
            source: self.clone(),
            context: context.clone(),
            id,
            tell,
        };
        let span = info_span!("zuora.token", url = self.key.token_url());
        runtime.spawn(pilot.fly(gap).instrument(span));
        Ok(flight)
    }

    /// Forgets a flight that will never land, unless somebody did so already.
    fn abandon(&self, id: u64) {
        let mut control = self.control();
        if control
            .flight
            .as_ref()
            .is_some_and(|flight| flight.id == id)
        {
            debug!("a token refresh ended with its runtime; starting another");
            control.flight = None;
        }
    }

    /// Waits until no refresh is under way, so that a program can end without losing one.
    pub(crate) async fn settle(&self, clock: &dyn Clock, patience: Duration) {
        let flight = self.control().flight.clone();
        if let Some(flight) = flight {
            let _ = within(
                clock,
                patience,
                outcome(&flight, later(clock.now(), patience)),
            )
            .await;
        }
    }

    /// A 401 came for the token of `generation`: drops it, unless it is no longer in use.
    pub(crate) fn invalidate(&self, generation: u64, clock: &dyn Clock) -> Invalidation {
        let mut control = self.control();
        let now = clock.now();
        let Some(held) = self
            .held
            .load_full()
            .filter(|held| held.generation == generation)
        else {
            return Invalidation::Superseded;
        };
        let last = control.invalidated.as_ref().and_then(|last| last.at);
        if last.is_some_and(|at| now.saturating_duration_since(at) < INVALIDATION_INTERVAL) {
            return Invalidation::TooSoon;
        }
        self.held.store(None);
        control.invalidated = Some(Invalidated {
            generation,
            token: held.info.access_token().clone(),
            at: Some(now),
            first_flight: control.flights,
        });
        // The floor is there against spinning, and a 401 cannot spin: see the interval above.
        control.not_before = None;
        Invalidation::Begun
    }

    /// Drops the token and every memory of failures: the next call asks anew.
    pub(crate) fn forget(&self, clock: &dyn Clock) {
        let mut control = self.control();
        control.forgotten = Some(clock.wall());
        control.last_error = None;
        if let Some(held) = self.held.swap(None) {
            control.invalidated = Some(Invalidated {
                generation: held.generation,
                token: held.info.access_token().clone(),
                at: None,
                first_flight: control.flights,
            });
        }
        control.refused = None;
        control.failures = 0;
        control.not_before = None;
    }

    /// One refresh: look into the store, wait for a turn, ask Zuora, tell the store.
    async fn refresh(
        &self,
        context: &TokenContext,
        waits: impl Fn(Duration, Error),
    ) -> Result<Fetched, Error> {
        let endpoint = &context.endpoint;
        let clock = context.clock();
        let deadline = later(clock.now(), endpoint.timeouts.total);
        let store = context.store().map(|store| &**store);
        if let Some(store) = store
            && let Some(found) = self.adopt(&self.load(store).await, context)
        {
            return found;
        }
        let mut tries = 0;
        loop {
            // The lock is held while the request is out, and not while this flight waits for a turn:
            // others would wait for it, give up, and ask for themselves.
            let (lock, known) = match store {
                Some(store) => (self.lock(store, context).await, self.load(store).await),
                None => (None, StoredEntry::default()),
            };
            // Whoever had the lock before may have brought what we came for.
            if let Some(found) = self.adopt(&known, context) {
                return found;
            }
            if let Some(fetched) = self.replaced_lately(&known, context) {
                return Ok(fetched);
            }
            if let Admission::Later(wait, error) = endpoint.admit(deadline).await? {
                drop(lock);
                waits(wait, error);
                clock.sleep(wait).await;
                continue;
            }
            tries += 1;
            let outcome = self.ask(context, known.token.as_ref(), deadline).await;
            if let Err(error) = &outcome
                && endpoint.may_repeat(error, tries, deadline)
            {
                continue;
            }
            if let Some(store) = store
                && let Some(entry) = self.entry_for(&outcome, known, clock)
                && let Err(error) = store.save(&self.key, entry).await
            {
                warn!(%error, "the token could not be stored; other processes will ask for their own");
            }
            return outcome;
        }
    }

    /// What the store is to hold after a token request; `None` to leave it as it is.
    fn entry_for(
        &self,
        outcome: &Result<Fetched, Error>,
        known: StoredEntry,
        clock: &dyn Clock,
    ) -> Option<StoredEntry> {
        let wall = clock.wall();
        match outcome {
            Ok(fetched) => {
                let after_401 = self.control().invalidated.as_ref().is_some_and(|last| {
                    let stored = known.token.as_ref();
                    last.at.is_some()
                        && stored.is_some_and(|stored| last.token.same_as(&stored.access_token))
                });
                Some(StoredEntry {
                    token: fetched.to_stored(),
                    rejection: None,
                    replaced_at: if after_401 {
                        Some(wall)
                    } else {
                        known.replaced_at
                    },
                })
            }
            Err(error) if error.is_rejection() => {
                let times = known.rejection.as_ref().map_or(0, |last| last.times);
                let times = times.saturating_add(1);
                Some(StoredEntry {
                    rejection: Some(Rejection {
                        until: wall + rejection_time(times),
                        times,
                        message: error.to_string(),
                    }),
                    ..known
                })
            }
            Err(_) => None,
        }
    }

    /// The stored token, when this flight follows a 401 for that very token and some process replaced
    /// one for a 401 less than a minute ago: then the token is not to blame, and asking again would
    /// only eat the quota.
    fn replaced_lately(&self, known: &StoredEntry, context: &TokenContext) -> Option<Fetched> {
        let token = known.token.as_ref()?;
        let now = Moment::now(context.clock());
        let age = now.wall.duration_since(known.replaced_at?).ok()?;
        let follows_401 = self
            .control()
            .invalidated
            .as_ref()
            .is_some_and(|last| last.at.is_some() && last.token.same_as(&token.access_token));
        (follows_401 && age < INVALIDATION_INTERVAL)
            .then(|| Fetched::from_stored(token, now, context.refresh_ahead))?
    }

    async fn load(&self, store: &dyn TokenStore) -> StoredEntry {
        match store.load(&self.key).await {
            Ok(entry) => entry.unwrap_or_default(),
            Err(error) => {
                warn!(%error, "the token store cannot be read; going on without it");
                StoredEntry::default()
            }
        }
    }

    async fn lock(&self, store: &dyn TokenStore, context: &TokenContext) -> Option<StoreLock> {
        let patience = context.endpoint.timeouts.token;
        match store.lock(&self.key, patience).await {
            Ok(Some(lock)) => Some(lock),
            Ok(None) => {
                warn!("the token store stayed locked for {patience:?}; going on without it");
                None
            }
            Err(error) => {
                warn!(%error, "the token store cannot be locked; going on without it");
                None
            }
        }
    }

    /// What the store has, if that ends this refresh: a token to go on with, or the memory of a
    /// refusal.
    fn adopt(&self, entry: &StoredEntry, context: &TokenContext) -> Option<Result<Fetched, Error>> {
        let clock = context.clock();
        let now = Moment::now(clock);
        let forgotten = self.control().forgotten;
        if let Some(token) = &entry.token
            && forgotten.is_none_or(|then| token.obtained_at > then)
            && let Some(fetched) = Fetched::from_stored(token, now, context.refresh_ahead)
        {
            let dropped = self
                .control()
                .invalidated
                .as_ref()
                .is_some_and(|last| last.token.same_as(&token.access_token));
            let held = self.held.load_full().filter(|held| held.is_valid(clock));
            let of_use = match held {
                // A refresh ahead of the end wants a token that is better than the one in use.
                Some(held) => {
                    !held.info.access_token().same_as(&token.access_token)
                        && fetched.windows.early.is_ahead(clock)
                }
                None => fetched.windows.stale.is_ahead(clock),
            };
            if of_use && !dropped {
                context.tell(|observer| observer.loaded());
                return Some(Ok(fetched));
            }
        }
        let rejection = entry.rejection.as_ref()?;
        let left = rejection.until.duration_since(now.wall).ok()?;
        let noted = rejection.until.checked_sub(rejection_time(rejection.times));
        if forgotten.is_some_and(|then| noted.is_none_or(|noted| noted <= then)) {
            return None;
        }
        // A clock that was set back must not make the memory longer than it was meant to be.
        (!left.is_zero() && left <= REJECTION.1).then(|| {
            Err(Error::new(ErrorKind::Auth, rejection.message.clone())
                .rejected(rejection.times)
                .remembered(left))
        })
    }

    /// Asks Zuora. `stored` is the token that the store has, to see whether Zuora gives it again.
    async fn ask(
        &self,
        context: &TokenContext,
        stored: Option<&StoredToken>,
        deadline: Instant,
    ) -> Result<Fetched, Error> {
        let endpoint = &context.endpoint;
        let call = TokenCall {
            credentials: &context.credentials,
            entity_ids: &context.entity_ids,
            org_ids: &context.org_ids,
            track_id: context.track_id.as_ref(),
            version: None,
        };
        let reply = endpoint
            .exchange(&call, deadline, context.observer.as_deref())
            .await?;

        let token = reply.response.data().access_token();
        let reissued = stored.is_some_and(|stored| stored.access_token.same_as(token))
            || (self.held.load())
                .as_deref()
                .is_some_and(|held| held.info.access_token().same_as(token))
            || (self.control().invalidated.as_ref()).is_some_and(|last| last.token.same_as(token));
        Ok(Fetched::from_reply(
            reply.asked_at,
            Moment::now(context.clock()),
            reply.response,
            context.refresh_ahead,
            reissued,
        ))
    }

    /// Takes a flight's outcome in, for all who come after.
    fn land(
        &self,
        id: u64,
        outcome: Result<Fetched, Error>,
        context: &TokenContext,
    ) -> Result<Landing, Error> {
        let clock = context.clock();
        let now = Moment::now(clock);
        let mut control = self.control();
        if control
            .flight
            .as_ref()
            .is_some_and(|flight| flight.id == id)
        {
            control.flight = None;
        }
        let fetched = match outcome {
            Ok(fetched) => fetched,
            Err(error) => {
                control.failed(&error, self.held.load_full().as_deref(), now);
                return Err(error);
            }
        };

        control.failures = 0;
        control.last_error = None;
        control.refused = None;
        if fetched.info.origin == TokenOrigin::Network {
            control.not_before = Some(later(now.mono, FLOOR));
        }
        let token = fetched.info.access_token();
        let current = self.held.load_full();
        let generation = if let Some(last) = &control.invalidated
            && last.token.same_as(token)
        {
            if id < last.first_flight {
                return Ok(Landing::Outdated);
            }
            last.generation
        } else if let Some(held) = &current
            && held.info.access_token().same_as(token)
        {
            held.generation
        } else {
            control.generations += 1;
            control.generations
        };
        let held = Arc::new(Held::new(generation, fetched.windows, fetched.info));
        // A token that is over on arrival serves those who waited for it, and nobody else.
        if held.is_valid(clock) {
            self.held.store(Some(held.clone()));
        }
        Ok(Landing::Token(held))
    }
}

impl Control {
    fn is_refused(&self, clock: &dyn Clock) -> bool {
        self.refused
            .as_ref()
            .is_some_and(|refused| refused.until.is_ahead(clock))
    }

    /// What is told to one who cannot wait for the next try.
    fn not_yet(&self, gap: Duration) -> Error {
        let error = self.last_error.clone().unwrap_or_else(|| {
            Error::new(
                ErrorKind::RateLimited,
                "createToken: not sent, since the last token request was a moment ago",
            )
        });
        error.with_retry_after(gap)
    }

    fn failed(&mut self, error: &Error, held: Option<&Held>, now: Moment) {
        // The limiter sees to the wait after a 429, for all keys of the origin.
        if error.is_rate_limited() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_error = Some(error.clone());
        let longest = match held {
            Some(held) if held.is_urgent(now) => URGENT_BACKOFF,
            _ => LONGEST_BACKOFF,
        };
        let reach = Duration::from_secs(1 << self.failures.min(6)).min(longest);
        let backoff = reach.mul_f64(fastrand::f64()).max(FLOOR);
        self.not_before = Some(later(now.mono, backoff));
        if error.is_rejection() {
            let times = self.refused.as_ref().map_or(0, |last| last.times);
            let times = times.saturating_add(1);
            let times = times.max(error.rejections());
            let time = error
                .remembered_for()
                .unwrap_or_else(|| rejection_time(times));
            if times == 1 {
                error!(%error, "Zuora refuses these credentials");
            }
            self.refused = Some(Refused {
                until: Moment {
                    mono: later(now.mono, time),
                    wall: crate::clock::later_wall(now.wall, time),
                },
                times,
                error: error.clone(),
            });
        }
    }
}

fn rejection_time(times: u32) -> Duration {
    let (first, most) = REJECTION;
    first
        .saturating_mul(1 << times.saturating_sub(1).min(10))
        .min(most)
}

/// The task of a flight. Whatever becomes of it, those who wait are told.
struct Pilot {
    source: Arc<TokenSource>,
    context: Arc<TokenContext>,
    id: u64,
    tell: watch::Sender<Stage>,
}

impl Pilot {
    async fn fly(self, gap: Duration) {
        let clock = self.context.clock();
        if !gap.is_zero() {
            clock.sleep(gap).await;
            self.tell.send_replace(Stage::Flying);
        }
        let waits = |wait, error| {
            let until = later(clock.now(), wait);
            self.tell.send_replace(Stage::Waiting { until, error });
        };
        let outcome = self.source.refresh(&self.context, waits).await;
        self.land(outcome);
    }

    fn land(&self, outcome: Result<Fetched, Error>) {
        let landed = self.source.land(self.id, outcome, &self.context);
        self.tell.send_replace(Stage::Landed(landed));
    }
}

/// A store, an observer or a transport of the program's own that panics must look like a failure: a
/// channel that only closes looks like a runtime that ended, and the next waiter would ask again.
impl Drop for Pilot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.land(Err(Error::new(
                ErrorKind::Runtime,
                "no token: the refresh panicked",
            )
            .with_hint("look for the panic's own message; a token store, an observer or a transport that was given to the client is the likely place")));
        }
    }
}

/// Waits for a flight, or until it says that it will wait beyond `deadline`; `None` when it will never
/// land.
async fn outcome(flight: &Flight, deadline: Instant) -> Option<Result<Landing, Error>> {
    let mut stage = flight.stage.clone();
    let is_told = |stage: &Stage| match stage {
        Stage::Flying => false,
        Stage::Waiting { until, .. } => *until >= deadline,
        Stage::Landed(_) => true,
    };
    let lands = async {
        match &*stage.wait_for(is_told).await.ok()? {
            Stage::Landed(landed) => Some(landed.clone()),
            Stage::Waiting { error, .. } => Some(Err(error.clone())),
            Stage::Flying => None,
        }
    };
    let own = Handle::try_current().is_ok_and(|own| own.id() == flight.runtime.id());
    if own {
        return lands.await;
    }
    // The other runtime may be shut down, or be one that nobody drives at the moment.
    let mut lands = std::pin::pin!(lands);
    let mut dead = std::pin::pin!(stands_still(&flight.runtime));
    std::future::poll_fn(|context| {
        if let std::task::Poll::Ready(landed) = lands.as_mut().poll(context) {
            return std::task::Poll::Ready(landed);
        }
        dead.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Completes when `runtime` does not run a small task within [`PROBE`]. The runtime's own timer is
/// meant here, not the client's clock: it is the real machine that is asked.
async fn stands_still(runtime: &Handle) {
    loop {
        tokio::time::sleep(PROBE).await;
        let (alive, answer) = oneshot::channel();
        runtime.spawn(async move {
            let _ = alive.send(());
        });
        if !matches!(tokio::time::timeout(PROBE, answer).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// A token as a refresh brings it.
struct Fetched {
    info: TokenInfo,
    windows: Windows,
    reissued: bool,
}

impl Fetched {
    fn from_reply(
        asked_at: Moment,
        now: Moment,
        response: crate::Response<TokenResponse>,
        ahead: bool,
        reissued: bool,
    ) -> Self {
        let lifetime = response
            .data()
            .expires_in()
            .unwrap_or(ASSUMED_LIFETIME)
            .min(LONGEST_LIFETIME);
        let taken = now
            .mono
            .saturating_duration_since(asked_at.mono)
            .max(now.wall.duration_since(asked_at.wall).unwrap_or_default());
        let remaining = lifetime.saturating_sub(taken);
        let windows = Windows::new(now, lifetime, remaining, ahead);
        Self {
            windows: if reissued {
                windows.until_expiry()
            } else {
                windows
            },
            reissued,
            info: TokenInfo {
                origin: TokenOrigin::Network,
                obtained_at: asked_at.wall,
                expires_at: windows.expiry.wall,
                request_id: response.request_id().map(str::to_owned),
                track_id: response.track_id().map(str::to_owned),
                rate_limit: response.rate_limit(),
                response: response.into_data(),
            },
        }
    }

    /// `None` for a token that is over, or whose times cannot be true: made in the future, when the
    /// clock was set back since.
    fn from_stored(token: &StoredToken, now: Moment, ahead: bool) -> Option<Self> {
        const SKEW: Duration = Duration::from_secs(5);
        let remaining = token.expires_at.duration_since(now.wall).ok()?;
        let lifetime = token.expires_at.duration_since(token.obtained_at).ok()?;
        let from_future = token
            .obtained_at
            .duration_since(now.wall)
            .is_ok_and(|ahead| ahead > SKEW);
        if remaining.is_zero() || lifetime > LONGEST_LIFETIME || from_future {
            return None;
        }
        let remaining = remaining.min(lifetime);
        let windows = Windows::new(now, lifetime, remaining, ahead);
        Some(Self {
            windows: if token.reissued {
                windows.until_expiry()
            } else {
                windows
            },
            reissued: token.reissued,
            info: TokenInfo {
                origin: TokenOrigin::Store,
                obtained_at: token.obtained_at,
                expires_at: token.expires_at,
                request_id: None,
                track_id: None,
                rate_limit: None,
                response: TokenResponse::restore(
                    token.access_token.clone(),
                    lifetime,
                    token.jti.clone(),
                    token.scope.as_deref(),
                    token.token_type.clone(),
                ),
            },
        })
    }

    /// `None` for a token that is not worth storing.
    fn to_stored(&self) -> Option<StoredToken> {
        let response = &self.info.response;
        (self.info.expires_at > self.info.obtained_at).then(|| StoredToken {
            access_token: response.access_token().clone(),
            token_type: response.token_type().map(str::to_owned),
            scope: response.scope().map(|scope| scope.as_str().to_owned()),
            jti: response.jti().map(str::to_owned),
            obtained_at: self.info.obtained_at,
            expires_at: self.info.expires_at,
            reissued: self.reissued,
        })
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
