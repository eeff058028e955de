//! One window of the tenant's calls, such as a minute: what is used of it, and until when.

use super::{LONGEST_WAIT, SLACK, SLACK_OF_SMALL};
use crate::clock::later;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// `RateLimit-Reset` is in whole seconds, and whether they are rounded up is not documented.
const ROUNDING: Duration = Duration::from_secs(1);

/// A reset that lies so much later than the one known is that of the next window.
const NEXT: Duration = Duration::from_secs(2);

/// Calls that leave from a used-up window after its reset, before a reply has told what that brought
/// (a guess). Whether Zuora's windows slide is not documented; a reset of one that does gives back
/// only a part. At most so many, and of a small window one.
const CALLS_AFTER_RESET: u64 = 5;
const SMALL: u64 = 500;

/// The rest of a window is spread over no less (a guess): others may count on the same rest, and their
/// calls show a reply's time later.
const SHORTEST_SPAN: Duration = Duration::from_secs(5);

/// A window is reckoned in so many parts.
const PARTS: u64 = 60;

/// A window that is empty only by our own reckoning is tried with one call at a time, this far apart
/// (a guess). The slack is there for it.
const PROBE_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Window {
    pub(super) seconds: u64,
    pub(super) limit: u64,
    /// Where this client stops.
    pub(super) ceiling: u64,
    /// Of all programs together, as far as is known. Our own calls count as they leave.
    pub(super) used: u64,
    /// When they left, in parts of the window. They are forgotten one length later, which holds for
    /// windows that slide and is on the safe side for those that do not.
    parts: VecDeque<(Instant, u64)>,
    pub(super) resets_at: Instant,
    /// Zuora told use and reset of this very window; otherwise they are reckoned.
    pub(super) told: bool,
    /// The newest call, by its number, whose reply told of this window.
    newest: u64,
    /// The last call before a reset that no reply has confirmed yet.
    unconfirmed_since: Option<u64>,
    probe_at: Option<Instant>,
    /// The caller's own cap: reckoned here, and known to nobody else.
    is_own: bool,
}

/// What a window says to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Go,
    Wait(Instant),
    /// Too long to wait for.
    Empty(Instant),
}

impl Window {
    /// A window of which nothing is known but its length and limit.
    pub(super) fn new(seconds: u64, limit: u64, ceiling: u64, now: Instant) -> Self {
        Self {
            seconds,
            limit,
            ceiling,
            used: 0,
            parts: VecDeque::new(),
            resets_at: later(now, Duration::from_secs(seconds)),
            told: false,
            newest: 0,
            unconfirmed_since: None,
            probe_at: None,
            is_own: false,
        }
    }

    pub(super) fn own(calls_a_minute: u64, now: Instant) -> Self {
        Self {
            is_own: true,
            ..Self::new(60, calls_a_minute, calls_a_minute, now)
        }
    }

    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Where one stops who may fill this part of a window: short of it, by the slack.
    pub(super) fn ceiling_of(part: u64) -> u64 {
        let of_small = (part / SLACK_OF_SMALL).min(SLACK_OF_SMALL);
        part.saturating_sub(part.div_ceil(SLACK).max(of_small))
            .max(1)
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    fn is_long(&self) -> bool {
        self.length() > LONGEST_WAIT
    }

    fn part(&self) -> Duration {
        Duration::from_secs((self.seconds / PARTS).max(1))
    }

    /// When the oldest part is forgotten.
    fn frees_at(&self) -> Option<Instant> {
        let (begin, _) = self.parts.front()?;
        Some(later(*begin, self.part() + self.length()))
    }

    fn set_used(&mut self, used: u64, now: Instant) {
        if let Some(more) = used.checked_sub(self.used) {
            let part = self.part();
            match self.parts.back_mut() {
                Some((begin, calls)) if now < later(*begin, part) => {
                    *calls = calls.saturating_add(more)
                }
                _ => self.parts.push_back((now, more)),
            }
        }
        let mut fewer = self.used.saturating_sub(used);
        while fewer > 0
            && let Some((_, calls)) = self.parts.front_mut()
        {
            let taken = fewer.min(*calls);
            *calls -= taken;
            fewer -= taken;
            if *calls == 0 {
                self.parts.pop_front();
            }
        }
        self.used = used;
    }

    /// So many calls that were counted last did not leave.
    fn uncount(&mut self, mut fewer: u64) {
        fewer = fewer.min(self.used);
        self.used -= fewer;
        while fewer > 0
            && let Some((_, calls)) = self.parts.back_mut()
        {
            let taken = fewer.min(*calls);
            *calls -= taken;
            fewer -= taken;
            if *calls == 0 {
                self.parts.pop_back();
            }
        }
    }

    /// Forgets what is too old, and notes a reset. `sent` is the number of the last call.
    pub(super) fn roll(&mut self, now: Instant, sent: u64) {
        while self.frees_at().is_some_and(|at| at <= now)
            && let Some((_, calls)) = self.parts.pop_front()
        {
            self.used = self.used.saturating_sub(calls);
        }
        if now < self.resets_at {
            return;
        }
        let next = later(self.resets_at, self.length());
        self.resets_at = if next > now {
            next
        } else {
            later(now, self.length())
        };
        self.probe_at = None;
        self.unconfirmed_since = self.told.then_some(sent);
        self.told = false;
    }

    pub(super) fn answer(&self, now: Instant, sent: u64) -> Answer {
        if self.used < self.ceiling {
            return Answer::Go;
        }
        let frees_at = self.frees_at().unwrap_or(now);
        if self.is_own {
            return Answer::Wait(frees_at);
        }
        if self.told {
            return if self.is_long() {
                Answer::Empty(self.resets_at)
            } else {
                Answer::Wait(self.resets_at)
            };
        }
        if let Some(since) = self.unconfirmed_since
            && sent.saturating_sub(since) < (self.limit / SMALL).clamp(1, CALLS_AFTER_RESET)
        {
            return Answer::Go;
        }
        // Empty by our own reckoning only: a reply will tell.
        match self.probe_at.filter(|at| *at > now) {
            Some(at) => Answer::Wait(at.min(frees_at)),
            None => Answer::Go,
        }
    }

    /// The time to leave between two calls, so that the rest of the window lasts. A short window is
    /// spread from its half on, so that a burst in an idle tenant is not held up; of a long one the
    /// last tenth, over a minute at a time, for nobody wants to wait until the evening.
    ///
    /// Several clients that do this without knowing each other slow each other down through what
    /// Zuora says is left: its use nears the ceiling ever more slowly, and does not jump over it.
    pub(super) fn gap(&self, now: Instant) -> Duration {
        let left = self.ceiling.saturating_sub(self.used);
        let part = if self.is_long() { 10 } else { 2 };
        if left == 0 || left >= self.ceiling / part {
            return Duration::ZERO;
        }
        let span = self
            .resets_at
            .saturating_duration_since(now)
            .clamp(SHORTEST_SPAN, LONGEST_WAIT);
        span / u32::try_from(left).unwrap_or(u32::MAX)
    }

    pub(super) fn count(&mut self, calls: u64, now: Instant) {
        self.set_used(self.used.saturating_add(calls), now);
        if self.used > self.ceiling {
            self.probe_at = Some(later(now, PROBE_EVERY));
        }
    }

    /// A call with this number is over, whatever its reply says.
    pub(super) fn heard_of(&mut self, number: u64) {
        if self.unconfirmed_since.is_some_and(|since| number > since) {
            self.unconfirmed_since = None;
        }
    }

    /// Zuora says that so many calls of this window were used when the call with this number came,
    /// and since then so many left here. Returns how far our own count was off.
    pub(super) fn tell(&mut self, news: &News, now: Instant) -> Correction {
        let reset = news.reset.map(|reset| reset.min(self.length()));
        if reset.is_some_and(|reset| later(news.sent_at, reset) <= now) {
            // The reply took so long that the window it tells of may be over.
            return Correction::default();
        }
        let ends = reset.map_or(self.resets_at, |reset| later(now, reset + ROUNDING));
        if news.number < self.newest {
            return Correction::default();
        }
        let used = self
            .limit
            .saturating_sub(news.remaining)
            .saturating_add(news.sent_since);
        let before = self.used;
        self.set_used(used, now);
        self.probe_at = None;
        self.newest = news.number;
        let is_same = self.told && ends < later(self.resets_at, NEXT);
        self.told = true;
        if !is_same {
            self.resets_at = ends;
            return Correction::default();
        }
        self.resets_at = self.resets_at.min(ends);
        Correction {
            more: used.saturating_sub(before),
            fewer: before.saturating_sub(used),
        }
    }

    /// Other news: a correction that holds here too, and a number that is certainly left, since
    /// the window that Zuora tells of is the one nearest to its end.
    pub(super) fn hint(&mut self, correction: Correction, news: &News, now: Instant) {
        self.uncount(correction.fewer);
        let left = news.remaining.saturating_sub(news.sent_since);
        let most = self.limit.saturating_sub(left);
        self.set_used(self.used.saturating_add(correction.more).min(most), now);
        // That nothing is left is for Zuora to say.
        self.told &= self.used < self.ceiling;
    }

    /// Zuora refused a call since this window is used up.
    pub(super) fn is_used_up(&mut self, wait: Duration, now: Instant) {
        self.set_used(self.used.max(self.limit), now);
        self.resets_at = later(now, wait.min(self.length()));
        self.told = true;
        self.unconfirmed_since = None;
    }
}

/// Calls that were not known of, or that were counted and not made, since a window was told last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Correction {
    more: u64,
    fewer: u64,
}

/// What a reply says about the window nearest to its end.
#[derive(Debug)]
pub(super) struct News {
    pub(super) remaining: u64,
    pub(super) reset: Option<Duration>,
    /// The number of the call, when it left, and how many left after it.
    pub(super) number: u64,
    pub(super) sent_at: Instant,
    pub(super) sent_since: u64,
}
