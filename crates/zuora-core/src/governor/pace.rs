//! When the next call may leave, by the tenant's windows of a minute, an hour, a day.
//!
//! Of the windows Zuora tells only the one nearest to its end, with a reply. The others are reckoned:
//! a call counts in every window, so calls of others that show in one are added to all.

use super::{
    LONGEST_PAUSE, LONGEST_WAIT,
    settings::Governor,
    told::{self, Refusal, Told},
    window::{Answer, News, Window},
};
use crate::clock::later;
use std::time::{Duration, Instant};

/// Calls that are due within this time leave together: timers are no finer than that.
const TOGETHER: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Pace {
    settings: Governor,
    windows: Vec<Window>,
    /// `RateLimit-Limit` as it was read last.
    limits: String,
    /// Calls that left so far: the number of the last one.
    sent: u64,
    /// Where the next gap begins.
    slot: Option<Instant>,
    /// A refusal that fits none of the windows.
    paused_until: Option<Instant>,
}

/// What the windows say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Go,
    Wait(Instant),
    /// A long window is used up: its length, if it is known, and its end.
    Empty(Option<u64>, Instant),
}

impl Pace {
    pub(super) fn new(settings: &Governor, now: Instant) -> Self {
        let own = settings.most_a_minute.map(|most| Window::own(most, now));
        Self {
            settings: settings.clone(),
            windows: own.into_iter().collect(),
            limits: String::new(),
            sent: 0,
            slot: None,
            paused_until: None,
        }
    }

    pub(super) fn windows(&mut self, now: Instant) -> &[Window] {
        self.roll(now);
        &self.windows
    }

    fn roll(&mut self, now: Instant) {
        for window in &mut self.windows {
            window.roll(now, self.sent);
        }
    }

    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        self.roll(now);
        self.paused_until = self.paused_until.filter(|until| *until > now);
        let mut wait = None;
        let mut empty: Option<(Option<u64>, Instant)> = None;
        if let Some(until) = self.paused_until {
            if until.saturating_duration_since(now) > LONGEST_WAIT {
                empty = Some((None, until));
            } else {
                wait = Some(until);
            }
        }
        let mut gap = Duration::ZERO;
        for window in &self.windows {
            match window.answer(now, self.sent) {
                Answer::Go => gap = gap.max(window.gap(now)),
                Answer::Wait(until) => wait = wait.max(Some(until)),
                Answer::Empty(until) if empty.is_none_or(|(_, latest)| until > latest) => {
                    empty = Some((Some(window.seconds), until));
                }
                Answer::Empty(_) => {}
            }
        }
        if let Some((seconds, until)) = empty {
            return Admission::Empty(seconds, until);
        }
        let due = self.slot.map(|slot| later(slot, gap));
        match wait.max(due.filter(|due| *due > now)) {
            Some(until) => Admission::Wait(until),
            None => Admission::Go,
        }
    }

    /// A call leaves; returns its number.
    pub(super) fn send(&mut self, now: Instant) -> u64 {
        let gap = self.windows.iter().map(|window| window.gap(now)).max();
        let oldest = now.checked_sub(TOGETHER).unwrap_or(now);
        let slot = self.slot.map_or(oldest, |slot| slot.max(oldest));
        self.slot = Some(later(slot, gap.unwrap_or_default()).min(now));
        for window in &mut self.windows {
            window.count(1, now);
        }
        self.sent += 1;
        self.sent
    }

    /// A call is over, with or without a reply.
    pub(super) fn heard_of(&mut self, number: u64) {
        for window in &mut self.windows {
            window.heard_of(number);
        }
    }

    /// What the reply to the call with this number says.
    pub(super) fn learn(&mut self, told: &Told<'_>, number: u64, sent_at: Instant, now: Instant) {
        self.roll(now);
        let quota = told.limits.and_then(|limits| {
            self.list(limits, told.reset, now);
            told::quota(limits)
        });
        if let Some(remaining) = told.remaining
            && let Some(at) = self.nearest(quota, told.reset)
        {
            let news = News {
                remaining,
                reset: told.reset,
                number,
                sent_at,
                sent_since: self.sent.saturating_sub(number),
            };
            let correction = self.windows[at].tell(&news, now);
            for (other, window) in self.windows.iter_mut().enumerate() {
                if other != at && !window.is_own() {
                    window.hint(correction, &news, now);
                }
            }
        }
        if let Some(Refusal::Rate { window, wait }) = told.refusal {
            self.refused(window, wait, now);
        }
    }

    fn refused(&mut self, named: Option<u64>, wait: Option<Duration>, now: Instant) {
        let window = named.and_then(|seconds| {
            let of = |window: &&mut Window| !window.is_own() && window.seconds == seconds;
            self.windows.iter_mut().find(of)
        });
        match (window, wait) {
            (Some(window), Some(wait)) => window.is_used_up(wait, now),
            (Some(window), None) => {
                let left = window.resets_at.saturating_duration_since(now);
                window.is_used_up(left, now);
            }
            (None, Some(wait)) => {
                let until = later(now, wait.min(LONGEST_PAUSE));
                self.paused_until = self.paused_until.max(Some(until));
            }
            // Whoever sent it backs off; there is nothing here to go by.
            (None, None) => {}
        }
    }

    /// Takes over the tenant's windows, which may change.
    fn list(&mut self, limits: &str, reset: Option<Duration>, now: Instant) {
        if self.limits == limits {
            return;
        }
        limits.clone_into(&mut self.limits);
        let mut listed: Vec<_> = told::windows(limits).collect();
        if listed.is_empty()
            && let Some(quota) = told::quota(limits).filter(|quota| *quota > 0)
            && let Some(reset) = reset
        {
            // Without a list the length follows from the reset, as far as it goes.
            let fits = |seconds: &u64| reset.as_secs() <= *seconds;
            listed.extend(
                [60, 3600, 86_400]
                    .into_iter()
                    .find(fits)
                    .map(|s| (s, quota)),
            );
        }
        if listed.is_empty() {
            return;
        }
        self.windows.retain(|window| {
            window.is_own() || listed.iter().any(|(seconds, _)| *seconds == window.seconds)
        });
        let is_first = self.windows.iter().all(Window::is_own);
        for (seconds, limit) in listed {
            let ceiling = Window::ceiling_of(self.settings.part(limit));
            let of = |window: &&mut Window| !window.is_own() && window.seconds == seconds;
            match self.windows.iter_mut().find(of) {
                Some(window) => (window.limit, window.ceiling) = (limit, ceiling),
                None => {
                    let mut window = Window::new(seconds, limit, ceiling, now);
                    if is_first {
                        window.count(self.sent.min(limit), now);
                    }
                    self.windows.push(window);
                }
            }
        }
    }

    /// The window whose quota this is; of several the shortest that the reset fits into.
    fn nearest(&self, quota: Option<u64>, reset: Option<Duration>) -> Option<usize> {
        let quota = quota?;
        let fits = |window: &Window| {
            !window.is_own()
                && window.limit == quota
                && reset.is_none_or(|reset| reset.as_secs() <= window.seconds)
        };
        let candidates = self.windows.iter().enumerate();
        candidates
            .filter(|(_, window)| fits(window))
            .min_by_key(|(_, window)| window.seconds)
            .map(|(at, _)| at)
    }
}
