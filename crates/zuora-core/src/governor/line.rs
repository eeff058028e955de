//! The line before Zuora: who goes next, and when.

use super::{
    class::{Classes, ConcurrencyClass, PerClass},
    concurrency::Concurrency,
    pace::{Admission, Pace},
    settings::{Governor, Priority},
};
use crate::clock::later;
use std::{
    collections::{BTreeMap, HashMap},
    task::Waker,
    time::{Duration, Instant},
};

/// No timer is finer.
const TIMER: Duration = Duration::from_millis(1);

/// How often those who are not the first in line look up: all together about a hundred times a second.
const LOOK_UP: Duration = Duration::from_secs(1);
const LOOK_UP_TOGETHER: u32 = 100;

/// A place in line: by priority, then in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place(Priority, u64);

/// Everything that the gate's lock guards.
pub(super) struct Line {
    pub(super) classes: PerClass<Class>,
    pub(super) routes: Classes,
    pub(super) pace: Pace,
    /// Calls that were let in and have not noticed yet, with their numbers.
    pub(super) granted: HashMap<Place, u64>,
    arrivals: u64,
    pub(super) heard: Option<Instant>,
}

pub(super) struct Class {
    pub(super) running: Concurrency,
    pub(super) queue: BTreeMap<Place, Waker>,
    /// The first in line, and when it will wake itself.
    watch: Option<(Place, Instant)>,
}

/// Why a call need not wait.
pub(super) enum Refused {
    /// It would have to wait until then, beyond its deadline.
    TooLong(Instant),
    Empty(Option<u64>, Instant),
    Deadline,
}

impl Line {
    pub(super) fn new(settings: &Governor, now: Instant) -> Self {
        let class = |class: ConcurrencyClass| {
            let limit = class.documented_limit();
            Class {
                running: Concurrency::new(limit, settings.part_at_once(class, limit)),
                queue: BTreeMap::new(),
                watch: None,
            }
        };
        Self {
            classes: PerClass(ConcurrencyClass::ALL.map(class)),
            routes: Classes::default(),
            pace: Pace::new(settings, now),
            granted: HashMap::new(),
            arrivals: 0,
            heard: None,
        }
    }

    /// The short way: nobody waits and nothing is full.
    pub(super) fn enter_at_once(
        &mut self,
        class: ConcurrencyClass,
        off: bool,
        now: Instant,
    ) -> Option<u64> {
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

    /// Gets in line, behind all of the same priority.
    pub(super) fn arrive(
        &mut self,
        class: ConcurrencyClass,
        priority: Priority,
        waker: Waker,
    ) -> Place {
        self.arrivals += 1;
        let place = Place(priority, self.arrivals);
        self.classes[class].queue.insert(place, waker);
        place
    }

    /// A call that was let in has ended.
    pub(super) fn end(&mut self, class: ConcurrencyClass, number: u64) {
        self.classes[class].running.end();
        self.pace.heard_of(number);
    }

    /// Lets in all who may go now. Adds whom to wake, once the lock is gone.
    pub(super) fn let_in(&mut self, now: Instant, woken: &mut Vec<Waker>) {
        while let Some((place, class)) = self.next(now)
            && self.pace.admit(now) == Admission::Go
        {
            let number = self.enter(class, now);
            woken.extend(self.classes[class].queue.remove(&place));
            self.granted.insert(place, number);
        }
        for class in ConcurrencyClass::ALL {
            if self.classes[class].queue.is_empty() {
                continue;
            }
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

    pub(super) fn refused(
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

    pub(super) fn look_again(
        &mut self,
        class: ConcurrencyClass,
        place: Place,
        now: Instant,
    ) -> Instant {
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
