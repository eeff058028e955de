//! Where tokens are shared beyond one client: the seam, and what passes through it.

mod file;
mod memory;

pub use file::FileStore;
pub use memory::MemoryStore;

use super::TokenKey;
use crate::AccessToken;
use std::{
    error::Error as StdError,
    fmt::{self, Debug},
    time::{Duration, SystemTime},
};
use zuora_wire::BoxFuture;

/// A place that several clients share: a folder for the processes of a machine, a server for a
/// fleet.
///
/// A store that fails costs the sharing, never the call: the client says so in its log and goes on
/// alone.
pub trait TokenStore: Debug + Send + Sync + 'static {
    /// What is stored for `key`; `None` for nothing, or nothing that can be trusted.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn load<'a>(
        &'a self,
        key: &'a TokenKey,
    ) -> BoxFuture<'a, Result<Option<StoredEntry>, StoreError>>;

    /// Replaces what is stored for `key`, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be written; what was there is still there.
    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: StoredEntry,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The sole right to refresh the token of `key`, until the lock is dropped. `None` when somebody
    /// else had it for all of `patience`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot lock.
    fn lock<'a>(
        &'a self,
        key: &'a TokenKey,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Option<StoreLock>, StoreError>>;

    /// Counts a token request that is about to leave for `origin`, when fewer than `limit` left in
    /// the 60 seconds before; else tells how long to wait.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be counted.
    fn reserve<'a>(
        &'a self,
        origin: &'a str,
        limit: u32,
    ) -> BoxFuture<'a, Result<Reservation, StoreError>>;

    /// The origin answered 429: nobody sends it a token request for this long.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be noted.
    fn cool<'a>(&'a self, origin: &'a str, wait: Duration)
    -> BoxFuture<'a, Result<(), StoreError>>;
}

/// What is stored for a key: the token, and the memory of a refusal. Both may be there, when the
/// secret was changed while an older token is still good.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoredEntry {
    /// The newest token.
    pub token: Option<StoredToken>,
    /// The credentials were refused.
    pub rejection: Option<Rejection>,
    /// When a token was last replaced because of a 401. It is not done again within a minute, by
    /// whatever process.
    pub replaced_at: Option<SystemTime>,
}

/// A token as it is stored. Times are the wall clock's: the other one begins anew in each process.
#[derive(Clone)]
pub struct StoredToken {
    /// The token.
    pub access_token: AccessToken,
    /// `bearer`.
    pub token_type: Option<String>,
    /// The scope's text.
    pub scope: Option<String>,
    /// The token's id, a secret like the token.
    pub jti: Option<String>,
    /// When it was asked for.
    pub obtained_at: SystemTime,
    /// When it ends.
    pub expires_at: SystemTime,
    /// The server gave the same token twice: asking again before it ends is of no use.
    pub reissued: bool,
}

/// Neither the token nor its id.
impl Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken")
            .field("obtained_at", &self.obtained_at)
            .field("expires_at", &self.expires_at)
            .field("reissued", &self.reissued)
            .finish_non_exhaustive()
    }
}

/// The memory of refused credentials, so that a loop of processes does not ask again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Until when nobody asks again.
    pub until: SystemTime,
    /// How often in a row they were refused.
    pub times: u32,
    /// What Zuora said, without secrets.
    pub message: String,
}

/// Whether a token request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// It may, and is counted.
    Granted,
    /// It may not, since the limit is used up for this long. It is not counted.
    Full(Duration),
    /// It may not, since the origin answered 429 and asked for this long. It is not counted.
    Cooling(Duration),
}

/// A lock that is given back when this is dropped.
pub struct StoreLock(#[expect(dead_code, reason = "held for its drop")] Box<dyn Send + Sync>);

impl StoreLock {
    /// Wraps whatever gives the lock back when it is dropped.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreLock")
    }
}

/// Why a store could not do its part.
#[derive(Debug)]
pub struct StoreError {
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// What could not be done, and why. Never put a token into it.
    pub fn new(
        message: impl Into<String>,
        source: impl Into<Option<Box<dyn StdError + Send + Sync>>>,
    ) -> Self {
        Self {
            message: message.into(),
            source: source.into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
