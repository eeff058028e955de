//! How many calls of one class may run now.
//!
//! The limit is the tenant's, and other programs use it too: what Zuora says is left, once a second,
//! tells how many of its calls are theirs. A client therefore begins with a few, and takes more when
//! it has seen that they are free.

use super::{ASSUMED_PAUSE, FIRST_CALLS, LONGEST_PAUSE, SAMPLED, SILENT};
use crate::clock::later;
use std::time::{Duration, Instant};

/// How long the number of our own calls is remembered, to be found again in a sample.
const PEAK: Duration = SAMPLED;

/// After a refusal one more call at once may be tried each time this has passed (a guess).
const BURNT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Concurrency {
    /// The tenant's limit, documented or told.
    limit: u32,
    /// Of what was told last.
    remaining: Option<u32>,
    /// The part of it that this client may fill, the calls of others included.
    part: u32,
    /// The most that this client ever takes: its part, or the caller's own cap.
    ceiling: u32,
    /// The most that it takes now.
    cap: u32,
    in_flight: u32,
    peaks: Peaks,
    heard: Option<Instant>,
    /// Calls of others, by the last news.
    others: u32,
    /// When the cap was changed last, or the first call began.
    changed: Option<Instant>,
    /// Zuora refused a call: how many ran then, halved, and from when on one more may each while.
    burnt: Option<(u32, Instant)>,
    paused_until: Option<Instant>,
}

impl Concurrency {
    pub(super) fn new(limit: u32, (part, ceiling): (u32, u32)) -> Self {
        Self {
            limit,
            remaining: None,
            part,
            ceiling,
            cap: ceiling.min(FIRST_CALLS),
            in_flight: 0,
            peaks: Peaks::default(),
            heard: None,
            others: 0,
            changed: None,
            burnt: None,
            paused_until: None,
        }
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    pub(super) fn remaining(&self) -> Option<u32> {
        self.remaining
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Until when Zuora wants no call of this class.
    pub(super) fn paused_until(&mut self, now: Instant) -> Option<Instant> {
        self.paused_until = self.paused_until.filter(|until| *until > now);
        self.paused_until
    }

    /// Whether fewer calls run than may, a pause aside.
    pub(super) fn has_place(&self, now: Instant) -> bool {
        self.in_flight < self.allowed(now)
    }

    fn allowed(&self, now: Instant) -> u32 {
        if self.burnt.is_some() || self.others > 0 {
            return self.cap;
        }
        // Nothing is heard, since the calls under way take long, as downloads do whose heads came long
        // ago. Others get their turn all the same, a few at a time.
        let waited = self
            .changed
            .max(self.heard)
            .map(|since| now.saturating_duration_since(since))
            .unwrap_or_default();
        let rounds = u32::try_from(waited.as_secs() / SILENT.as_secs()).unwrap_or(u32::MAX);
        self.cap
            .saturating_add(FIRST_CALLS.saturating_mul(rounds))
            .min(self.ceiling)
    }

    pub(super) fn begin(&mut self, now: Instant) {
        self.rest(now);
        self.changed.get_or_insert(now);
        self.in_flight = self.in_flight.saturating_add(1);
        self.peaks.note(self.in_flight, now);
    }

    /// Places that were not taken for a while may be others' by now: who takes them again begins with a
    /// few, and waits until a sample shows them.
    fn rest(&mut self, now: Instant) {
        let is_quiet = self.peaks.highest(self.in_flight, now) < self.cap / 2;
        if !is_quiet || self.remaining.is_none() {
            return;
        }
        let is_settled = self
            .changed
            .is_some_and(|changed| now.saturating_duration_since(changed) > PEAK * 2);
        if self.cap <= FIRST_CALLS || is_settled {
            self.set(self.cap.min(FIRST_CALLS), now);
        }
    }

    pub(super) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The numbers of a reply, which may be as old as its call. `ceiling` is what this client may take
    /// of a limit.
    pub(super) fn learn(
        &mut self,
        limit: Option<u32>,
        remaining: Option<u32>,
        ceiling: impl Fn(u32) -> (u32, u32),
        sent_at: Instant,
        now: Instant,
    ) {
        if let Some(limit) = limit {
            self.limit = limit;
            (self.part, self.ceiling) = ceiling(limit);
            self.cap = self.cap.min(self.ceiling);
        }
        self.heard = Some(now);
        let peak = self.peaks.highest(self.in_flight, now);
        // Whether a sample may show what the last change did.
        let seen = self
            .changed
            .is_none_or(|changed| sent_at.saturating_duration_since(changed) >= SAMPLED);
        let Some(remaining) = remaining else {
            // Zuora does not say how many of its calls are others'.
            if self.remaining.is_none() && self.burnt.is_none() {
                self.cap = self.ceiling;
            } else if seen && self.others == 0 {
                self.set(self.cap.saturating_add((self.ceiling / 8).max(1)), now);
            }
            return;
        };
        self.remaining = Some(remaining);
        let used = self.limit.saturating_sub(remaining);
        self.others = used.saturating_sub(peak);
        if !seen {
            return;
        }
        // Two that both took the last free places would pass the limit.
        let slack = (self.limit / 10).max(1);
        let room = self.part.saturating_sub(slack).max(1);
        let is_busy = peak >= self.cap / 2;
        if self.others == 0 {
            if is_busy && self.cap < self.ceiling {
                self.set(self.cap.saturating_mul(4).max(FIRST_CALLS), now);
            }
        } else if used > room {
            // All who see this take less in the same proportion.
            let fewer = u64::from(peak) * u64::from(room) / u64::from(used);
            let fewer = u32::try_from(fewer).unwrap_or(peak);
            if fewer < self.cap {
                self.set(fewer, now);
            }
        } else if is_busy && self.cap < self.ceiling {
            // As many as eight clients may do the same on the same news, or one after the other.
            let free = room - used;
            if free >= slack {
                self.set(self.cap.saturating_add((free / 8).max(1)), now);
            }
        }
    }

    fn set(&mut self, cap: u32, now: Instant) {
        let most = self.burnt.map_or(self.ceiling, |(calls, since)| {
            let passed = now.saturating_duration_since(since).as_secs() / BURNT.as_secs();
            calls.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX))
        });
        if most >= self.ceiling {
            self.burnt = None;
        }
        self.cap = cap.clamp(1, most.min(self.ceiling).max(1));
        self.changed = Some(now);
    }

    /// Zuora refused a call since too many run: none for a while, and then one to see.
    pub(super) fn refused(&mut self, wait: Option<Duration>, now: Instant) {
        let wait = wait.unwrap_or(ASSUMED_PAUSE).min(LONGEST_PAUSE);
        let is_first = self.paused_until(now).is_none();
        let until = self.paused_until.max(Some(later(now, wait)));
        self.paused_until = until;
        self.changed = until;
        self.cap = 1;
        // Of the calls that leave together several are refused: they count as one.
        if is_first || self.burnt.is_none() {
            let calls = self.peaks.highest(self.in_flight, now) / 2;
            self.burnt = Some((calls.max(1), later(now, wait)));
        }
    }
}

/// The most calls that ran at once, now and a moment ago.
#[derive(Debug, Default)]
struct Peaks {
    since: Option<Instant>,
    current: u32,
    last: u32,
}

impl Peaks {
    fn note(&mut self, in_flight: u32, now: Instant) {
        self.turn(now);
        self.current = self.current.max(in_flight);
    }

    fn highest(&mut self, in_flight: u32, now: Instant) -> u32 {
        self.note(in_flight, now);
        self.current.max(self.last)
    }

    fn turn(&mut self, now: Instant) {
        let age = self
            .since
            .map(|since| now.saturating_duration_since(since))
            .unwrap_or(PEAK * 2);
        if age >= PEAK {
            self.last = if age < PEAK * 2 { self.current } else { 0 };
            self.current = 0;
            self.since = Some(now);
        }
    }
}
