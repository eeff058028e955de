//! A store in a folder, for the processes of one user on one machine.
//!
//! For each key two files, named by the key's hash: `<hash>.json` with the token, replaced as a whole
//! by rename, and `<hash>.lock`, which is locked and never renamed or removed, since a lock on a file
//! that is no longer there locks nobody out. For each origin a window of token requests of the same
//! kind. Blocking file calls run off the async threads.

mod folder;
mod record;

use super::{Reservation, StoreError, StoreLock, StoredEntry, TokenStore};
use crate::{
    Error, SystemClock, TokenKey,
    auth::{WINDOW, key::hex},
};
use etcetera::BaseStrategy;
use folder::Folder;
use record::Window;
use sha2::{Digest, Sha256};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tracing::warn;
use zuora_wire::{BoxFuture, Clock};

/// Shares tokens through a folder: files that only their owner can read (0600) in a folder that only
/// its owner can enter (0700). Files of other owners, or open to others, are not trusted.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Arc<Folder>,
    clock: Arc<dyn Clock>,
}

/// How long the short lock on an origin's window is waited for: it is held for a few file calls.
const WINDOW_PATIENCE: Duration = Duration::from_secs(5);

impl FileStore {
    /// The user's own store: `zuora/tokens` in the cache folder (`$XDG_CACHE_HOME`, else
    /// `~/.cache`).
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the user has no home folder.
    pub fn of_user() -> Result<Self, Error> {
        let base = etcetera::base_strategy::choose_base_strategy().map_err(|error| {
            Error::invalid("there is no cache folder for tokens: the home folder is not known")
                .with_source(error)
                .with_hint("set HOME or XDG_CACHE_HOME")
        })?;
        Ok(Self::at(base.cache_dir().join("zuora").join("tokens")))
    }

    /// A store in this folder, which is made when it is needed.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Arc::new(Folder::new(folder.into())),
            clock: Arc::new(SystemClock),
        }
    }

    /// The same store on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Runs blocking file calls off the async threads.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || work(&folder))
            .await
            .map_err(|error| StoreError::new("the file call was given up", Some(error.into())))?
    }

    /// Tries for a lock again and again with jitter: waiting inside the system call would hold a
    /// thread that nobody can call back.
    async fn lock_file(
        &self,
        name: String,
        patience: Duration,
    ) -> Result<Option<StoreLock>, StoreError> {
        let give_up = crate::clock::later(self.clock.now(), patience);
        let mut pause = 2_u64;
        loop {
            let name = name.clone();
            if let Some(lock) = self.blocking(move |folder| folder.try_lock(&name)).await? {
                return Ok(Some(StoreLock::new(lock)));
            }
            if self.clock.now() >= give_up {
                return Ok(None);
            }
            let jitter = Duration::from_millis(fastrand::u64(pause / 2..=pause));
            self.clock.sleep(jitter).await;
            pause = (pause * 2).min(50);
        }
    }

    /// Reads, changes and writes an origin's window under its lock.
    async fn change_window<T: Send + 'static>(
        &self,
        origin: &str,
        change: impl FnOnce(&mut Window, SystemTime) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let name = format!("requests-{}", hex(&Sha256::digest(origin.as_bytes())));
        let Some(lock) = self
            .lock_file(format!("{name}.lock"), WINDOW_PATIENCE)
            .await?
        else {
            return Err(StoreError::new(
                "the count of token requests stayed locked",
                None,
            ));
        };
        let now = self.clock.wall();
        self.blocking(move |folder| {
            // Here, so that a caller who goes away does not unlock what is still being written.
            let _lock = lock;
            let file = format!("{name}.json");
            let mut window = match folder.read(&file)? {
                Some(bytes) => Window::decode(&bytes).unwrap_or_else(|wrong| {
                    warn!(
                        file,
                        wrong, "a count of token requests is damaged; beginning anew"
                    );
                    Window::default()
                }),
                None => Window::default(),
            };
            window.forget_before(now);
            let outcome = change(&mut window, now);
            folder.write(&file, window.encode().as_bytes())?;
            Ok(outcome)
        })
        .await
    }
}

impl TokenStore for FileStore {
    fn load<'a>(
        &'a self,
        key: &'a TokenKey,
    ) -> BoxFuture<'a, Result<Option<StoredEntry>, StoreError>> {
        let digest = key.digest();
        Box::pin(self.blocking(move |folder| {
            let file = format!("{digest}.json");
            let Some(bytes) = folder.read(&file)? else {
                return Ok(None);
            };
            Ok(match record::decode(&bytes, &digest) {
                Ok(entry) => Some(entry),
                Err(wrong) => {
                    warn!(file, wrong, "a stored token is damaged and not used");
                    None
                }
            })
        }))
    }

    fn save<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: StoredEntry,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let digest = key.digest();
        let now = self.clock.wall();
        Box::pin(self.blocking(move |folder| {
            let text = record::encode(&entry, &digest);
            folder.write(&format!("{digest}.json"), text.as_bytes())?;
            folder.remove_old(now);
            Ok(())
        }))
    }

    fn lock<'a>(
        &'a self,
        key: &'a TokenKey,
        patience: Duration,
    ) -> BoxFuture<'a, Result<Option<StoreLock>, StoreError>> {
        Box::pin(self.lock_file(format!("{}.lock", key.digest()), patience))
    }

    fn reserve<'a>(
        &'a self,
        origin: &'a str,
        limit: u32,
    ) -> BoxFuture<'a, Result<Reservation, StoreError>> {
        Box::pin(self.change_window(origin, move |window, now| window.reserve(now, limit)))
    }

    fn cool<'a>(
        &'a self,
        origin: &'a str,
        wait: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.change_window(origin, move |window, now| {
            // No longer than the process's own limiter would.
            window.cool(now, wait.min(WINDOW * 60));
        }))
    }
}
