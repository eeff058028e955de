//! A token as it is held ready.

use super::windows::{Moment, Windows};
use crate::{AccessToken, RateLimit, Scope, TokenResponse};
use http::HeaderValue;
use std::{cell::Cell, time::SystemTime};
use zuora_wire::Clock;

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenOrigin {
    /// This process asked Zuora for it.
    Network,
    /// Another process did, and left it in the shared store.
    Store,
}

/// The token in use, with what is known about it.
#[derive(Clone, Debug)]
pub struct TokenInfo {
    pub(crate) response: TokenResponse,
    pub(crate) origin: TokenOrigin,
    pub(crate) obtained_at: SystemTime,
    pub(crate) expires_at: SystemTime,
    pub(crate) request_id: Option<String>,
    pub(crate) track_id: Option<String>,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl TokenInfo {
    /// The token itself.
    pub fn access_token(&self) -> &AccessToken {
        self.response.access_token()
    }

    /// The reply that brought it. Its `expires_in` counts from [`TokenInfo::obtained_at`].
    pub fn response(&self) -> &TokenResponse {
        &self.response
    }

    /// What it is good for.
    pub fn scope(&self) -> Option<&Scope> {
        self.response.scope()
    }

    /// Where it came from.
    pub fn origin(&self) -> TokenOrigin {
        self.origin
    }

    /// When it was asked for.
    pub fn obtained_at(&self) -> SystemTime {
        self.obtained_at
    }

    /// When it ends, counted from before it was asked for.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Zuora's id of the token request; `None` for a token from the store.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The track id that Zuora echoed.
    pub fn track_id(&self) -> Option<&str> {
        self.track_id.as_deref()
    }

    /// What the token endpoint said about its limit; `None` for a token from the store.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }
}

/// What a call needs of a token: the header, and which generation it is, for the case of a 401.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) header: HeaderValue,
    pub(crate) generation: u64,
}

/// Copies of the header value; threads beyond this many share.
const SHARDS: usize = 8;

#[derive(Debug)]
pub(super) struct Held {
    /// One value for each of several threads: cloning one counts a reference, and threads that count
    /// on the same cache line slow each other down.
    headers: [HeaderValue; SHARDS],
    pub(super) generation: u64,
    pub(super) windows: Windows,
    pub(super) info: TokenInfo,
}

impl Held {
    pub(super) fn new(generation: u64, windows: Windows, info: TokenInfo) -> Self {
        Self {
            headers: std::array::from_fn(|_| info.access_token().to_header()),
            generation,
            windows,
            info,
        }
    }

    #[inline]
    pub(super) fn is_fresh(&self, clock: &dyn Clock) -> bool {
        self.windows.early.is_ahead(clock)
    }

    pub(super) fn is_served(&self, clock: &dyn Clock) -> bool {
        self.windows.stale.is_ahead(clock)
    }

    pub(super) fn is_valid(&self, clock: &dyn Clock) -> bool {
        self.windows.expiry.is_ahead(clock)
    }

    pub(super) fn is_urgent(&self, now: Moment) -> bool {
        self.windows.expiry.remaining(now) <= self.windows.urgent
    }

    #[inline]
    pub(super) fn bearer(&self) -> Bearer {
        Bearer {
            header: self.headers[shard()].clone(),
            generation: self.generation,
        }
    }
}

/// This thread's number, by the order in which threads first came here.
#[inline]
fn shard() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
        }
        mine.get() % SHARDS
    })
}
