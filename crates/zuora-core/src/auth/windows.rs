//! When a token is refreshed, and when it ends.

use crate::clock::{later, later_wall};
use std::time::{Duration, Instant, SystemTime};
use zuora_wire::Clock;

/// Lifetime of a token whose reply does not tell it. Documented is "about one hour"; this is a
/// guess on the safe side, and a 401 sets right what it gets wrong.
pub(super) const ASSUMED_LIFETIME: Duration = Duration::from_secs(300);

/// Longest lifetime that is believed (a guess): a day. Documented is one hour.
pub(super) const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// One point in time on both clocks. It has passed as soon as one of them says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) mono: Instant,
    pub(crate) wall: SystemTime,
}

impl Moment {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        Self {
            mono: clock.now(),
            wall: clock.wall(),
        }
    }

    #[inline]
    pub(crate) fn is_ahead(&self, clock: &dyn Clock) -> bool {
        clock.now() < self.mono && clock.wall() < self.wall
    }

    /// How long until it has passed.
    pub(crate) fn remaining(&self, now: Moment) -> Duration {
        let wall = self.wall.duration_since(now.wall).unwrap_or_default();
        self.mono.saturating_duration_since(now.mono).min(wall)
    }

    fn plus(self, duration: Duration) -> Self {
        Self {
            mono: later(self.mono, duration),
            wall: later_wall(self.wall, duration),
        }
    }
}

/// The three moments of a token's life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    /// From here on the token is still served, and a refresh goes on beside.
    pub(crate) early: Moment,
    /// From here on callers wait for the refresh; should it fail, the token is served all the same.
    pub(crate) stale: Moment,
    /// From here on the token is not sent any more.
    pub(crate) expiry: Moment,
    /// The last stretch: a failed refresh is tried again sooner.
    pub(crate) urgent: Duration,
}

impl Windows {
    /// For a token that has `remaining` of its `lifetime` left at `now`.
    ///
    /// With `ahead`, the early window begins min(300 s, L/4) before expiry and a jitter of up to
    /// min(120 s, L/10) sooner, so that a fleet that started together does not refresh together, and
    /// nobody ever waits while the token is valid. Without, as in a command that ends soon, there is
    /// no early window, and only a token in its last min(60 s, L/10) is replaced.
    pub(crate) fn new(now: Moment, lifetime: Duration, remaining: Duration, ahead: bool) -> Self {
        let at = |before_expiry: Duration| now.plus(remaining.saturating_sub(before_expiry));
        let urgent = Duration::from_secs(60).min(lifetime / 10);
        let expiry = at(Duration::ZERO);
        if ahead {
            let jitter = Duration::from_secs(120)
                .min(lifetime / 10)
                .mul_f64(fastrand::f64());
            let early = at(Duration::from_secs(300).min(lifetime / 4) + jitter);
            Self {
                early,
                stale: expiry,
                expiry,
                urgent,
            }
        } else {
            Self {
                early: at(urgent),
                stale: at(urgent),
                expiry,
                urgent,
            }
        }
    }

    /// For a token that the server would only give again: asking early is of no use.
    pub(crate) fn until_expiry(self) -> Self {
        Self {
            early: self.expiry,
            stale: self.expiry,
            ..self
        }
    }
}
