//! What one refresh does: look into the store, wait for a turn, ask Zuora, tell the store.

use super::{
    Rejection, StoreLock, StoredEntry, StoredToken, TokenStore,
    fetched::Fetched,
    source::{INVALIDATION_INTERVAL, REJECTION, TokenContext, TokenSource, rejection_time},
    windows::Moment,
};
use crate::{
    Error, ErrorKind,
    clock::later,
    oauth::{Admission, TokenCall},
};
use std::time::{Duration, Instant};
use tracing::warn;
use zuora_wire::Clock;

impl TokenSource {
    /// One refresh: look into the store, wait for a turn, ask Zuora, tell the store.
    pub(super) async fn refresh(
        &self,
        context: &TokenContext,
        waits: impl Fn(Duration, Error),
    ) -> Result<Fetched, Error> {
        let endpoint = &context.endpoint;
        let clock = context.clock();
        let deadline = later(clock.now(), endpoint.timeouts.total);
        let store = context.store().map(|store| &**store);
        if let Some(store) = store
            && let Some(found) = self.adopt(&self.load(store).await, context)
        {
            return found;
        }
        let mut tries = 0;
        loop {
            // The lock is held while the request is out, and not while this flight waits for a turn:
            // others would wait for it, give up, and ask for themselves.
            let (lock, known) = match store {
                Some(store) => (self.lock(store, context).await, self.load(store).await),
                None => (None, StoredEntry::default()),
            };
            // Whoever had the lock before may have brought what we came for.
            if let Some(found) = self.adopt(&known, context) {
                return found;
            }
            if let Some(fetched) = self.replaced_lately(&known, context) {
                return Ok(fetched);
            }
            if let Admission::Later(wait, error) = endpoint.admit(deadline).await? {
                drop(lock);
                waits(wait, error);
                clock.sleep(wait).await;
                continue;
            }
            tries += 1;
            let outcome = self.ask(context, known.token.as_ref(), deadline).await;
            if let Err(error) = &outcome
                && endpoint.may_repeat(error, tries, deadline)
            {
                continue;
            }
            if let Some(store) = store
                && let Some(entry) = self.entry_for(&outcome, known, clock)
                && let Err(error) = store.save(&self.key, entry).await
            {
                warn!(%error, "the token could not be stored; other processes will ask for their own");
            }
            return outcome;
        }
    }

    /// What the store is to hold after a token request; `None` to leave it as it is.
    fn entry_for(
        &self,
        outcome: &Result<Fetched, Error>,
        known: StoredEntry,
        clock: &dyn Clock,
    ) -> Option<StoredEntry> {
        let wall = clock.wall();
        match outcome {
            Ok(fetched) => {
                let after_401 = self.control().invalidated.as_ref().is_some_and(|last| {
                    let stored = known.token.as_ref();
                    last.at.is_some()
                        && stored.is_some_and(|stored| last.token.same_as(&stored.access_token))
                });
                Some(StoredEntry {
                    token: fetched.to_stored(),
                    rejection: None,
                    replaced_at: if after_401 {
                        Some(wall)
                    } else {
                        known.replaced_at
                    },
                })
            }
            Err(error) if error.is_rejection() => {
                let times = known.rejection.as_ref().map_or(0, |last| last.times);
                let times = times.saturating_add(1);
                Some(StoredEntry {
                    rejection: Some(Rejection {
                        until: wall + rejection_time(times),
                        times,
                        message: error.to_string(),
                    }),
                    ..known
                })
            }
            Err(_) => None,
        }
    }

    /// The stored token, when this flight follows a 401 for that very token and some process replaced
    /// one for a 401 less than a minute ago: then the token is not to blame, and asking again would
    /// only eat the quota.
    fn replaced_lately(&self, known: &StoredEntry, context: &TokenContext) -> Option<Fetched> {
        let token = known.token.as_ref()?;
        let now = Moment::now(context.clock());
        let age = now.wall.duration_since(known.replaced_at?).ok()?;
        let follows_401 = self
            .control()
            .invalidated
            .as_ref()
            .is_some_and(|last| last.at.is_some() && last.token.same_as(&token.access_token));
        (follows_401 && age < INVALIDATION_INTERVAL)
            .then(|| Fetched::from_stored(token, now, context.refresh_ahead))?
    }

    async fn load(&self, store: &dyn TokenStore) -> StoredEntry {
        match store.load(&self.key).await {
            Ok(entry) => entry.unwrap_or_default(),
            Err(error) => {
                warn!(%error, "the token store cannot be read; going on without it");
                StoredEntry::default()
            }
        }
    }

    async fn lock(&self, store: &dyn TokenStore, context: &TokenContext) -> Option<StoreLock> {
        let patience = context.endpoint.timeouts.token;
        match store.lock(&self.key, patience).await {
            Ok(Some(lock)) => Some(lock),
            Ok(None) => {
                warn!("the token store stayed locked for {patience:?}; going on without it");
                None
            }
            Err(error) => {
                warn!(%error, "the token store cannot be locked; going on without it");
                None
            }
        }
    }

    /// What the store has, if that ends this refresh: a token to go on with, or the memory of a
    /// refusal.
    fn adopt(&self, entry: &StoredEntry, context: &TokenContext) -> Option<Result<Fetched, Error>> {
        let clock = context.clock();
        let now = Moment::now(clock);
        let forgotten = self.control().forgotten;
        if let Some(token) = &entry.token
            && forgotten.is_none_or(|then| token.obtained_at > then)
            && let Some(fetched) = Fetched::from_stored(token, now, context.refresh_ahead)
        {
            let dropped = self
                .control()
                .invalidated
                .as_ref()
                .is_some_and(|last| last.token.same_as(&token.access_token));
            let held = self.held.load_full().filter(|held| held.is_valid(clock));
            let of_use = match held {
                // A refresh ahead of the end wants a token that is better than the one in use.
                Some(held) => {
                    !held.info.access_token().same_as(&token.access_token)
                        && fetched.windows.early.is_ahead(clock)
                }
                None => fetched.windows.stale.is_ahead(clock),
            };
            if of_use && !dropped {
                context.tell(|observer| observer.loaded());
                return Some(Ok(fetched));
            }
        }
        let rejection = entry.rejection.as_ref()?;
        let left = rejection.until.duration_since(now.wall).ok()?;
        let noted = rejection.until.checked_sub(rejection_time(rejection.times));
        if forgotten.is_some_and(|then| noted.is_none_or(|noted| noted <= then)) {
            return None;
        }
        // A clock that was set back must not make the memory longer than it was meant to be.
        (!left.is_zero() && left <= REJECTION.1).then(|| {
            Err(Error::new(ErrorKind::Auth, rejection.message.clone())
                .rejected(rejection.times)
                .remembered(left))
        })
    }

    /// Asks Zuora. `stored` is the token that the store has, to see whether Zuora gives it again.
    async fn ask(
        &self,
        context: &TokenContext,
        stored: Option<&StoredToken>,
        deadline: Instant,
    ) -> Result<Fetched, Error> {
        let endpoint = &context.endpoint;
        let call = TokenCall {
            credentials: &context.credentials,
            entity_ids: &context.entity_ids,
            org_ids: &context.org_ids,
            track_id: context.track_id.as_ref(),
            version: None,
        };
        let reply = endpoint
            .exchange(&call, deadline, context.observer.as_deref())
            .await?;

        let token = reply.response.data().access_token();
        let reissued = stored.is_some_and(|stored| stored.access_token.same_as(token))
            || (self.held.load())
                .as_deref()
                .is_some_and(|held| held.info.access_token().same_as(token))
            || (self.control().invalidated.as_ref()).is_some_and(|last| last.token.same_as(token));
        Ok(Fetched::from_reply(
            reply.asked_at,
            Moment::now(context.clock()),
            reply.response,
            context.refresh_ahead,
            reissued,
        ))
    }
}
