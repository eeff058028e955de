//! The token of one key: fresh, early, stale or gone, and the one refresh that is under way.
//!
//! A refresh ("flight") runs as a task of its own, so that a caller that goes away cancels nothing.
//! Everybody who needs its outcome waits for the same flight. The task may die with its runtime: its
//! end of the channel closes then, and the first waiter to notice starts another.

use super::{
    Bearer, TokenInfo, TokenKey, TokenObserver, TokenOrigin, TokenStore,
    fetched::Fetched,
    flight::{Flight, Landing, Pilot, Stage, outcome},
    held::Held,
    windows::Moment,
};
use crate::{
    AccessToken, Credentials, EntityId, Error, ErrorKind, OrgId, TrackId,
    clock::{later, within},
    oauth::TokenEndpoint,
};
use arc_swap::ArcSwapOption;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use tokio::{runtime::Handle, sync::watch};
use tracing::{Instrument, debug, error, info_span};
use zuora_wire::Clock;

/// Least time between two token requests for a key, so that `expires_in: 0` cannot make us spin.
const FLOOR: Duration = Duration::from_secs(1);
/// Longest back-off after failed refreshes.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// Longest back-off while the token is about to end.
const URGENT_BACKOFF: Duration = Duration::from_secs(5);
/// A 401 may cost a token request at most this often.
pub(super) const INVALIDATION_INTERVAL: Duration = Duration::from_secs(60);
/// How long refused credentials are remembered, at first and at most.
pub(super) const REJECTION: (Duration, Duration) =
    (Duration::from_secs(30), Duration::from_secs(300));
/// Flights that one caller starts or joins before it gives up: dead runtimes and outdated tokens
/// are rare, and twice in a row is a fault.
const MAX_FLIGHTS: usize = 4;

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
    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.endpoint.clock
    }

    pub(super) fn store(&self) -> Option<&Arc<dyn TokenStore>> {
        self.endpoint.store.as_ref()
    }

    pub(super) fn tell(&self, what: impl FnOnce(&dyn TokenObserver)) {
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
    pub(super) key: TokenKey,
    pub(super) held: ArcSwapOption<Held>,
    control: Mutex<Control>,
}

#[derive(Default)]
pub(super) struct Control {
    flights: u64,
    flight: Option<Flight>,
    generations: u64,
    /// No token request before this, unless a 401 asks for one.
    not_before: Option<Instant>,
    failures: u32,
    /// The last failure, for one who cannot wait for the next try.
    last_error: Option<Error>,
    refused: Option<Refused>,
    pub(super) invalidated: Option<Invalidated>,
    /// What a store holds from before is not used: the program said so.
    pub(super) forgotten: Option<SystemTime>,
}

struct Refused {
    until: Moment,
    times: u32,
    error: Error,
}

pub(super) struct Invalidated {
    generation: u64,
    pub(super) token: AccessToken,
    /// When a 401 asked for it; `None` when the program did.
    pub(super) at: Option<Instant>,
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

    pub(super) fn control(&self) -> MutexGuard<'_, Control> {
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
        let pilot = Pilot::new(self.clone(), context.clone(), id, tell);
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

    /// Takes a flight's outcome in, for all who come after.
    pub(super) fn land(
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

pub(super) fn rejection_time(times: u32) -> Duration {
    let (first, most) = REJECTION;
    first
        .saturating_mul(1 << times.saturating_sub(1).min(10))
        .min(most)
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
