//! The queue before Zuora: who goes next, and when.
//!
//! No task and no timer runs beside the calls. Whatever happens, a call that arrives, ends or is given
//! up, lets in those who may go now. Where only time is waited for, the first in line wakes itself at
//! the right moment. The others look up now and then, too: the first may be a future that its owner
//! does not poll at present.

use super::{
    class::{Classes, ConcurrencyClass, PerClass},
    concurrency::Concurrency,
    limits::{ClassLimits, Limits, WindowLimits},
    pace::{Admission, Pace},
    permit::Permit,
    settings::{Governor, Priority},
    told::{Refusal, Told},
};
use crate::{Error, ErrorKind, clock::later, text};
use http::Method;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::{Duration, Instant},
};
use zuora_wire::{BoxFuture, Clock};

/// How often those who are not the first in line look up: all together about a hundred times a second.
const LOOK_UP: Duration = Duration::from_secs(1);
const LOOK_UP_TOGETHER: u32 = 100;

/// No timer is finer.
const TIMER: Duration = Duration::from_millis(1);

/// A call that wants to leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) priority: Priority,
    pub(crate) deadline: Instant,
    /// What errors call it.
    pub(crate) what: &'a str,
}

/// All calls of a client pass here.
pub(crate) struct Gate {
    settings: Governor,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// A place in line: by priority, then in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place(Priority, u64);

struct State {
    classes: PerClass<Class>,
    routes: Classes,
    pace: Pace,
    /// Calls that were let in and have not noticed yet, with their numbers.
    granted: HashMap<Place, u64>,
    arrivals: u64,
    heard: Option<Instant>,
}

struct Class {
    running: Concurrency,
    queue: BTreeMap<Place, Waker>,
    /// The first in line, and when it will wake itself.
    watch: Option<(Place, Instant)>,
}

/// Why a call need not wait.
enum Refused {
    /// It would have to wait until then, beyond its deadline.
    TooLong(Instant),
    Empty(Option<u64>, Instant),
    Deadline,
}

enum Step {
    Granted(u64),
    Refused(Refused),
    LookAgain(Instant),
}

impl Gate {
    pub(crate) fn new(settings: Governor, clock: Arc<dyn Clock>) -> Self {
        let class = |class: ConcurrencyClass| {
            let limit = class.documented_limit();
            Class {
                running: Concurrency::new(limit, ceiling(&settings, class, limit)),
                queue: BTreeMap::new(),
                watch: None,
            }
        };
        let state = State {
            classes: PerClass(ConcurrencyClass::ALL.map(class)),
            routes: Classes::default(),
            pace: Pace::new(&settings, clock.now()),
            granted: HashMap::new(),
            arrivals: 0,
            heard: None,
        };
        Self {
            settings,
            clock,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the call may leave.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`], and nothing was sent: at once where the wait would pass the
    /// deadline or a long window is used up, or when the deadline came.
    pub(crate) async fn acquire(self: &Arc<Self>, call: Call<'_>) -> Result<Permit, Error> {
        let now = self.clock.now();
        let (class, route, granted) = {
            let mut state = self.state();
            let (route, class) = state.routes.of(call.method, call.path);
            let granted = state.enter_at_once(class, self.settings.off, now);
            (class, route, granted)
        };
        let number = match granted {
            Some(number) => number,
            None => {
                let mut waiting = Waiting {
                    gate: self,
                    class,
                    priority: call.priority,
                    deadline: call.deadline,
                    place: None,
                };
                waiting
                    .turn()
                    .await
                    .map_err(|refused| self.error(&call, class, now, &refused))?
            }
        };
        Ok(Permit {
            gate: Arc::clone(self),
            class,
            route,
            number,
            sent_at: self.clock.now(),
        })
    }

    fn error(
        &self,
        call: &Call<'_>,
        class: ConcurrencyClass,
        since: Instant,
        why: &Refused,
    ) -> Error {
        let now = self.clock.now();
        let what = call.what;
        let not_sent = |message: String| Error::new(ErrorKind::RateLimited, message);
        match *why {
            Refused::TooLong(until) => {
                let wait = until.saturating_duration_since(now);
                not_sent(format!(
                    "{what}: not sent, since the tenant's limits leave no room for {}, longer than this call may take",
                    text::seconds(wait)
                ))
                .with_retry_after(wait)
                .with_hint("try again later, or allow the call more time")
            }
            Refused::Empty(window, until) => {
                let wait = until.saturating_duration_since(now);
                let window = match window {
                    Some(3600) => "hour",
                    Some(86_400) => "day",
                    _ => "time being",
                };
                not_sent(format!(
                    "{what}: not sent, since the tenant's calls for the {window} are used up; try again after {}",
                    text::seconds(wait)
                ))
                .with_retry_after(wait)
                .with_hint("a wait of this length is left to the caller; Client::limits tells what is left")
            }
            Refused::Deadline => not_sent(format!(
                "{what}: not sent, since no place among the calls of the class {class} became free within {}",
                text::seconds(now.saturating_duration_since(since))
            ))
            .with_hint("send less at a time, or allow the call more time"),
        }
    }

    pub(super) fn learn(&self, permit: &Permit, told: &Told<'_>) {
        let now = self.clock.now();
        let mut state = self.state();
        let class = told.class.unwrap_or(permit.class);
        state.routes.learn(permit.route, permit.class, class);
        let tells = told.class_limit.is_some() || told.limits.is_some();
        state.heard = if tells { Some(now) } else { state.heard };
        state.pace.learn(told, permit.number, permit.sent_at, now);
        state.classes[class].running.learn(
            told.class_limit,
            told.class_remaining,
            |limit| ceiling(&self.settings, class, limit),
            permit.sent_at,
            now,
        );
        if let Some(Refusal::Concurrency { wait }) = told.refusal {
            let class = &mut state.classes[class];
            class.running.refused(wait, now);
            // Those who cannot wait so long need not wait at all.
            let wakers: Vec<Waker> = class.queue.values().cloned().collect();
            drop(state);
            wakers.iter().for_each(Waker::wake_by_ref);
        }
    }

    pub(super) fn give_back(&self, class: ConcurrencyClass, number: u64) {
        let now = self.clock.now();
        let mut state = self.state();
        state.classes[class].running.end();
        state.pace.heard_of(number);
        let woken = state.let_in(now);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// What is known now.
    pub(crate) fn limits(&self) -> Limits {
        let now = self.clock.now();
        let mut state = self.state();
        let classes = ConcurrencyClass::ALL.map(|class| {
            let Class { running, queue, .. } = &mut state.classes[class];
            ClassLimits {
                class,
                limit: running.limit(),
                in_use: running.in_flight(),
                queued: queue.len(),
                remaining: running.remaining(),
                paused: running
                    .paused_until(now)
                    .map(|until| until.saturating_duration_since(now)),
            }
        });
        let mut windows: Vec<_> = state
            .pace
            .windows(now)
            .iter()
            .filter(|window| !window.is_own())
            .map(|window| WindowLimits {
                length: Duration::from_secs(window.seconds),
                limit: window.limit,
                remaining: window.limit.saturating_sub(window.used),
                reset: window.resets_at.saturating_duration_since(now),
                told: window.told,
            })
            .collect();
        windows.sort_by_key(|window| window.length);
        Limits {
            classes: classes.into(),
            windows,
            heard: state
                .heard
                .map(|heard| now.saturating_duration_since(heard)),
        }
    }
}

/// Up to where this client may fill a class, and the most that it takes itself.
fn ceiling(settings: &Governor, class: ConcurrencyClass, limit: u32) -> (u32, u32) {
    let part = u32::try_from(settings.part(u64::from(limit))).unwrap_or(limit);
    let most = settings.most_at_once[class].map_or(part, |most| most.min(part));
    (part, most)
}

impl State {
    /// The short way: nobody waits and nothing is full.
    fn enter_at_once(&mut self, class: ConcurrencyClass, off: bool, now: Instant) -> Option<u64> {
        let is_open = off
            || (self.classes.0.iter().all(|class| class.queue.is_empty())
                && self.has_place(class, now)
                && self.pace.admit(now) == Admission::Go);
        is_open.then(|| self.enter(class, now))
    }

    fn enter(&mut self, class: ConcurrencyClass, now: Instant) -> u64 {
        self.classes[class].running.begin(now);
        self.pace.send(now)
    }

    fn has_place(&mut self, class: ConcurrencyClass, now: Instant) -> bool {
        let running = &mut self.classes[class].running;
        running.paused_until(now).is_none() && running.has_place(now)
    }

    /// Lets in all who may go now. Returns whom to wake, once the lock is gone.
    fn let_in(&mut self, now: Instant) -> Vec<Waker> {
        let mut woken = Vec::new();
        while let Some((place, class)) = self.next(now)
            && self.pace.admit(now) == Admission::Go
        {
            let number = self.enter(class, now);
            woken.extend(self.classes[class].queue.remove(&place));
            self.granted.insert(place, number);
        }
        for class in ConcurrencyClass::ALL {
            let due = self.due(class, now);
            let Class { queue, watch, .. } = &mut self.classes[class];
            if let Some(due) = due
                && let Some((first, waker)) = queue.first_key_value()
                && watch.is_none_or(|(watching, at)| watching != *first || at > later(due, TIMER))
            {
                *watch = Some((*first, due));
                woken.push(waker.clone());
            }
        }
        woken
    }

    /// The first in line of all classes that have a place.
    fn next(&mut self, now: Instant) -> Option<(Place, ConcurrencyClass)> {
        let mut next = None;
        for class in ConcurrencyClass::ALL {
            if let Some((place, _)) = self.classes[class].queue.first_key_value()
                && next.is_none_or(|(first, _)| *place < first)
            {
                let candidate = (*place, class);
                if self.has_place(class, now) {
                    next = Some(candidate);
                }
            }
        }
        next
    }

    /// When a call of this class may leave, where that is a matter of time alone.
    fn due(&mut self, class: ConcurrencyClass, now: Instant) -> Option<Instant> {
        let running = &mut self.classes[class].running;
        if !running.has_place(now) {
            return None;
        }
        let paused = running.paused_until(now);
        let paced = match self.pace.admit(now) {
            Admission::Go => None,
            Admission::Wait(until) => Some(until),
            // There is no waiting for it: the first in line is told so, and then the next.
            Admission::Empty(..) => return Some(now),
        };
        paused.max(paced)
    }

    fn refused(
        &mut self,
        class: ConcurrencyClass,
        deadline: Instant,
        now: Instant,
    ) -> Option<Refused> {
        if now >= deadline {
            return Some(Refused::Deadline);
        }
        let paused = self.classes[class].running.paused_until(now);
        let until = match self.pace.admit(now) {
            Admission::Go => paused,
            Admission::Wait(until) => paused.max(Some(until)),
            Admission::Empty(window, until) => return Some(Refused::Empty(window, until)),
        };
        until
            .filter(|until| *until > deadline)
            .map(Refused::TooLong)
    }
}

/// A call in line. Dropping it leaves the line, or gives back a permit that came too late.
struct Waiting<'a> {
    gate: &'a Gate,
    class: ConcurrencyClass,
    priority: Priority,
    deadline: Instant,
    place: Option<Place>,
}

impl Waiting<'_> {
    async fn turn(&mut self) -> Result<u64, Refused> {
        let mut timer: Option<(Instant, BoxFuture<'static, ()>)> = None;
        std::future::poll_fn(|context| {
            loop {
                let now = self.gate.clock.now();
                let at = match self.look(context.waker(), now) {
                    Step::Granted(number) => return Poll::Ready(Ok(number)),
                    Step::Refused(refused) => return Poll::Ready(Err(refused)),
                    Step::LookAgain(at) => at,
                };
                // A timer that ends too early does no harm: then one looks again.
                let (_, sleep) = match &mut timer {
                    Some(armed) if armed.0 <= at => armed,
                    timer => {
                        let left = at.saturating_duration_since(now);
                        timer.insert((at, self.gate.clock.sleep(left)))
                    }
                };
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                timer = None;
            }
        })
        .await
    }

    fn look(&mut self, waker: &Waker, now: Instant) -> Step {
        let mut state = self.gate.state();
        let place = match self.place {
            Some(place) => place,
            None => {
                state.arrivals += 1;
                let place = Place(self.priority, state.arrivals);
                let queue = &mut state.classes[self.class].queue;
                queue.insert(place, waker.clone());
                self.place = Some(place);
                place
            }
        };
        if let Some(mine) = state.classes[self.class].queue.get_mut(&place) {
            mine.clone_from(waker);
        }
        let mut woken = state.let_in(now);
        let step = if let Some(number) = state.granted.remove(&place) {
            self.place = None;
            Step::Granted(number)
        } else if let Some(refused) = state.refused(self.class, self.deadline, now) {
            self.place = None;
            state.classes[self.class].queue.remove(&place);
            // The next in line has to look in our stead.
            woken.extend(state.let_in(now));
            Step::Refused(refused)
        } else {
            Step::LookAgain(state.look_again(self.class, place, now).min(self.deadline))
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        step
    }
}

impl State {
    fn look_again(&mut self, class: ConcurrencyClass, place: Place, now: Instant) -> Instant {
        let due = self.due(class, now);
        let Class { queue, watch, .. } = &mut self.classes[class];
        let is_first = queue
            .first_key_value()
            .is_some_and(|(first, _)| *first == place);
        match due {
            Some(due) if is_first => {
                *watch = Some((place, due));
                due
            }
            _ => {
                let crowd = u32::try_from(queue.len()).unwrap_or(u32::MAX) / LOOK_UP_TOGETHER;
                later(now, LOOK_UP.saturating_mul(crowd.saturating_add(1)))
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else {
            return;
        };
        let now = self.gate.clock.now();
        let mut state = self.gate.state();
        if let Some(number) = state.granted.remove(&place) {
            state.classes[self.class].running.end();
            state.pace.heard_of(number);
        } else {
            state.classes[self.class].queue.remove(&place);
        }
        let woken = state.let_in(now);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Without the queue: it may be long.
impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
