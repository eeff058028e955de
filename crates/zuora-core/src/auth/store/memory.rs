//! A store in memory, for clients of one process that share nothing else.

use super::{Reservation, StoreError, StoreLock, StoredEntry, TokenStore};
use crate::{SystemClock, TokenKey, auth::TokenLimiter};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use zuora_wire::{BoxFuture, Clock};

/// Shares tokens between the clients that are given it, as long as it lives. Clients with default
/// settings need none: they share through the process anyway.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<TokenKey, StoredEntry>>,
    locks: Mutex<HashMap<TokenKey, Arc<tokio::sync::Mutex<()>>>>,
    limiters: Mutex<HashMap<String, Arc<TokenLimiter>>>,
}

impl MemoryStore {
    /// An empty store on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store on another clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            entries: Mutex::default(),
            locks: Mutex::default(),
            limiters: Mutex::default(),
        }
    }

    fn limiter(&self, origin: &str) -> Arc<TokenLimiter> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        limiters.entry(origin.to_owned()).or_default().clone()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(
        &'a self,
        key: &'a TokenKey,
    ) -> BoxFuture<'a, Result<Option<StoredEntry>, StoreError>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.get(key).cloned();
        Box::pin(async { Ok(found) })
    }

    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: StoredEntry,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(key.clone(), entry);
        Box::pin(async { Ok(()) })
    }

    fn lock<'a>(
        &'a self,
        key: &'a TokenKey,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Option<StoreLock>, StoreError>> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(key.clone()).or_default().clone()
        };
        Box::pin(async move {
            let guard = crate::clock::within(&*self.clock, patience, lock.lock_owned()).await;
            Ok(guard.map(StoreLock::new))
        })
    }

    fn reserve<'a>(
        &'a self,
        origin: &'a str,
        limit: u32,
    ) -> BoxFuture<'a, Result<Reservation, StoreError>> {
        let reservation = self.limiter(origin).reserve(self.clock.now(), limit);
        Box::pin(async move { Ok(reservation) })
    }

    fn cool<'a>(
        &'a self,
        origin: &'a str,
        wait: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.limiter(origin).cool(self.clock.now(), wait);
        Box::pin(async { Ok(()) })
    }
}
