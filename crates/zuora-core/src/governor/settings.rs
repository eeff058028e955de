//! What a caller may tell the governor.

use super::class::{ConcurrencyClass, PerClass};
use crate::Error;

/// Who goes first when calls must wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits for the reply: goes before all batch calls. The default.
    #[default]
    Interactive,
    /// Work that can wait, such as a nightly import.
    Batch,
}

/// How the calls of a client keep below the tenant's limits; see
/// [`ClientBuilder::governor`](crate::ClientBuilder::governor).
///
/// ```
/// use zuora_core::{Client, ConcurrencyClass, Governor};
///
/// let nightly = Governor::new()
///     .share(0.5) // leave half of the tenant to others
///     .concurrency(ConcurrencyClass::Default, 8);
/// let client = Client::builder().governor(nightly).build()?;
/// # Ok::<(), zuora_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a client"]
pub struct Governor {
    pub(super) off: bool,
    pub(super) share: f64,
    pub(super) most_at_once: PerClass<Option<u32>>,
    pub(super) most_a_minute: Option<u64>,
}

impl Default for Governor {
    fn default() -> Self {
        Self {
            off: false,
            share: 1.0,
            most_at_once: PerClass::default(),
            most_a_minute: None,
        }
    }
}

impl Governor {
    /// All of the tenant's limits, with Zuora's documented numbers until it tells its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// No call ever waits; [`Client::limits`](crate::Client::limits) still tells what is known.
    pub fn off() -> Self {
        Self {
            off: true,
            ..Self::default()
        }
    }

    /// Fills each of the tenant's limits only up to this part, above 0 and at most 1. What others use
    /// counts: with 0.5, several programs together, whether they know each other or not, stop at
    /// half, and in a tenant whose other users need more than that the client waits for the next
    /// window.
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// At most so many calls of this class at once, even where the tenant allows more.
    pub fn concurrency(mut self, class: ConcurrencyClass, most: u32) -> Self {
        self.most_at_once[class] = Some(most);
        self
    }

    /// At most so many calls in a minute, even where the tenant allows more.
    pub fn calls_per_minute(mut self, most: u64) -> Self {
        self.most_a_minute = Some(most);
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(self.share > 0.0 && self.share <= 1.0) {
            return Err(Error::invalid(format!(
                "the governor's share {} is refused: it must be above 0 and at most 1",
                self.share
            )));
        }
        let none_at_once = ConcurrencyClass::ALL
            .iter()
            .any(|class| self.most_at_once[*class] == Some(0));
        if none_at_once || self.most_a_minute == Some(0) {
            return Err(Error::invalid(
                "a governor that lets no call through is refused: at least one call at once and a minute",
            ));
        }
        Ok(())
    }

    /// This client's part of one of the tenant's limits.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "limits are far below 2^52, and a share of one is no greater"
    )]
    pub(super) fn part(&self, limit: u64) -> u64 {
        if self.share >= 1.0 {
            return limit;
        }
        ((limit as f64 * self.share) as u64).max(1)
    }

    /// Up to where this client may fill a class, and the most that it takes itself.
    pub(super) fn part_at_once(&self, class: ConcurrencyClass, limit: u32) -> (u32, u32) {
        let part = u32::try_from(self.part(u64::from(limit))).unwrap_or(limit);
        let most = self.most_at_once[class].map_or(part, |most| most.min(part));
        (part, most)
    }
}
