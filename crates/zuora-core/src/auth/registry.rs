//! What all clients of a process share: one token for a key, one limit for an origin.

use super::{TokenKey, TokenLimiter, TokenSource};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use zuora_wire::Clock;

#[derive(Default)]
struct Registry {
    sources: HashMap<TokenKey, Arc<TokenSource>>,
    limiters: HashMap<String, Arc<TokenLimiter>>,
}

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

/// The process's token for this key. It outlives the client that first asked for it: a program that
/// makes a client for each piece of work must not make a token request for each.
pub(crate) fn shared_source(key: &TokenKey, clock: &dyn Clock) -> Arc<TokenSource> {
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    registry
        .sources
        .retain(|_, source| Arc::strong_count(source) > 1 || source.is_worth_keeping(clock));
    registry
        .sources
        .entry(key.clone())
        .or_insert_with(|| Arc::new(TokenSource::new(key.clone())))
        .clone()
}

/// The process's window of token requests to this origin. Zuora counts by IP address (documented); that
/// each data centre counts for itself is a guess.
pub(crate) fn shared_limiter(origin: &str) -> Arc<TokenLimiter> {
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    registry
        .limiters
        .entry(origin.to_owned())
        .or_default()
        .clone()
}
