//! How long tokens live, and what their `expires_in` says about it.

use std::time::Duration;
use zuora_wire::{Json, Number};

/// Seconds a token lives unless told otherwise; the samples in Zuora's documents show 3598 and 3599.
pub(crate) const DEFAULT_SECONDS: u64 = 3598;

/// What the token endpoint does when a live token exists for the same client and entities.
///
/// Which of the two Zuora does is not known: both are guesses, and `New` is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenReuse {
    /// Mints a new token; the old ones stay good until they expire.
    #[default]
    New,
    /// Answers with the live token and an `expires_in` that has counted down.
    Same,
}

/// The `expires_in` of a token reply and the life that the token really has.
///
/// The two may differ, and the value on the wire may be anything or missing, so that a client can be
/// tried with replies that no right server sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiresIn {
    wire: Option<Json>,
    lives: Duration,
}

impl ExpiresIn {
    /// A number of seconds, which the token keeps.
    pub fn seconds(seconds: u64) -> Self {
        Self {
            wire: Some(seconds.into()),
            lives: Duration::from_secs(seconds),
        }
    }

    /// Any JSON value. The token lives as long as the value says when it is a number or a string of a
    /// number, not at all when that is negative, and else 3598 s.
    pub fn wire(value: impl Into<Json>) -> Self {
        let value = value.into();
        let lives = match &value {
            Json::Number(number) => lifetime(number),
            Json::String(text) => Number::new(text.as_str()).ok().and_then(|n| lifetime(&n)),
            _ => None,
        };
        Self {
            wire: Some(value),
            lives: lives.unwrap_or(Duration::from_secs(DEFAULT_SECONDS)),
        }
    }

    /// No `expires_in` at all; the token lives 3598 s.
    pub fn missing() -> Self {
        Self {
            wire: None,
            lives: Duration::from_secs(DEFAULT_SECONDS),
        }
    }

    /// Lets the token live for this long, whatever the wire says.
    #[must_use]
    pub fn living(mut self, lives: Duration) -> Self {
        self.lives = lives;
        self
    }

    pub(crate) fn lives(&self) -> Duration {
        self.lives
    }

    /// The value on the wire for a token of this age: whole seconds count down, all else stays.
    pub(crate) fn on_the_wire(&self, age: Duration) -> Option<Json> {
        let count_down = |text: &str| {
            text.parse::<u64>()
                .ok()
                .map(|s| s.saturating_sub(ceil(age)))
        };
        Some(match self.wire.clone()? {
            Json::Number(number) => match count_down(number.as_str()) {
                Some(left) => left.into(),
                None => number.into(),
            },
            Json::String(text) => match count_down(&text) {
                Some(left) => left.to_string().into(),
                None => text.into(),
            },
            other => other,
        })
    }
}

impl Default for ExpiresIn {
    fn default() -> Self {
        Self::seconds(DEFAULT_SECONDS)
    }
}

impl From<u64> for ExpiresIn {
    fn from(seconds: u64) -> Self {
        Self::seconds(seconds)
    }
}

/// The seconds a number stands for; none below zero. Beyond the clock's range means for ever.
fn lifetime(number: &Number) -> Option<Duration> {
    let seconds = number.to_f64_lossy();
    if seconds.is_nan() {
        return None;
    }
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

/// Age in whole seconds, rounded up, so that a client is never told more than is left.
fn ceil(age: Duration) -> u64 {
    age.as_secs() + u64::from(age.subsec_nanos() > 0)
}
