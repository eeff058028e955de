//! Whether and how to try again. The table stands in `docs/retries.md`, where it is tested from.

use crate::operation::Safety;
use std::time::Duration;

/// Repetitions after failures that may well come again.
pub(super) const LIMITED: u32 = 2;
/// Longest back-off.
const LONGEST: Duration = Duration::from_secs(60);

/// What a failed try says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Signal {
    /// The client itself did not send it, and would not the next time: no time left, a limit that is
    /// known to be used up, a certificate that is not trusted.
    NotSent,
    /// No connection: the server never saw the request.
    Unsent,
    /// No complete reply, though the request may have arrived.
    Lost,
    /// 429, or category 70: nothing ran.
    Throttled,
    /// A 401 that another token may cure: nothing ran.
    Unauthorized,
    /// A 401 since the user could not be looked up: nothing ran.
    UserLookup,
    /// Category 50: somebody else holds a lock, and nothing ran.
    Locked,
    /// Category 61: nothing ran.
    Temporary,
    /// Categories 60 and 99: a complete reply, and no proof that nothing ran.
    Internal,
    /// 500, 502, 503, 504 without a code: most of them from gateways.
    ServerFailed,
    /// 409 while the first request with this key is still being worked on.
    KeyInFlight,
    /// Anything else: the same request would fail again.
    Refused,
}

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Stop,
    /// Stop, and say that the outcome is not known.
    StopUnknown,
    Again,
    /// Again, at most [`LIMITED`] times.
    AgainLimited,
    /// Once more with another token.
    NewToken,
}

impl Signal {
    /// Whether the request may have been carried out, or is being.
    pub(super) fn leaves_unknown(self) -> bool {
        matches!(
            self,
            Self::Lost | Self::Internal | Self::ServerFailed | Self::KeyInFlight
        )
    }

    /// Whether a complete reply to a keyed request settles what its key stands for: nothing ran.
    /// (429 and 401 may come from before the place where keys are looked at.)
    pub(super) fn settles(self) -> bool {
        matches!(self, Self::Locked | Self::Temporary)
    }
}

/// The table.
pub(super) fn next(safety: Safety, signal: Signal) -> Next {
    use Safety::{Deletes, Keyed, Keyless, Puts, Reads};
    use Signal as S;
    match (signal, safety) {
        (S::NotSent | S::Refused, _) => Next::Stop,
        (S::Unauthorized, _) => Next::NewToken,
        (S::Unsent | S::Throttled | S::UserLookup | S::Locked, _) => Next::Again,
        (S::Temporary, Puts) => Next::Stop,
        (S::Temporary, _) => Next::Again,
        (S::Lost | S::ServerFailed, Reads | Deletes | Keyed) => Next::Again,
        (S::Internal, Reads | Deletes | Keyed) => Next::AgainLimited,
        (S::Lost | S::ServerFailed | S::Internal, Puts | Keyless) => Next::StopUnknown,
        (S::KeyInFlight, Keyed) => Next::Again,
        (S::KeyInFlight, _) => Next::Stop,
    }
}

/// Full jitter between nothing and min(60 s, 1 s x 2^n), for the n-th repetition from 0.
pub(crate) fn backoff(n: u32) -> Duration {
    let reach = Duration::from_secs(1 << n.min(6)).min(LONGEST);
    reach.mul_f64(fastrand::f64())
}
