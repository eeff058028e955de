//! The folder and its files: made private, read only when private, replaced as a whole.

use super::{super::StoreError, record};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tracing::{debug, warn};
use zeroize::Zeroizing;

/// Larger than any file of ours; what is larger is not ours.
const MAX_FILE: u64 = 256 * 1024;
/// How long a token is kept after its end.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(24 * 3600);
/// Files looked at in one cleaning.
const MAX_CLEANED: usize = 200;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Makes the folder, or checks the one that is there.
    fn prepare(&self) -> Result<(), StoreError> {
        make_private_folder(&self.path)
            .map_err(|error| failed("the token folder cannot be made", &self.path, error))?;
        let meta = fs::symlink_metadata(&self.path)
            .map_err(|error| failed("the token folder cannot be read", &self.path, error))?;
        if !meta.is_dir() {
            return Err(refused(&self.path, "is not a folder"));
        }
        self.check_folder(&meta)
    }

    #[cfg(unix)]
    fn check_folder(&self, meta: &fs::Metadata) -> Result<(), StoreError> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(refused(&self.path, "belongs to another user"));
        }
        if meta.mode() & 0o022 != 0 {
            // Others may have put files there already.
            return Err(refused(
                &self.path,
                "is writable by others; remove it, and it is made anew",
            ));
        }
        if meta.mode() & 0o077 != 0 {
            warn!(folder = %self.path.display(), "the token folder is open to others; closing it");
            fs::set_permissions(&self.path, fs::Permissions::from_mode(0o700))
                .map_err(|error| failed("the token folder cannot be closed", &self.path, error))?;
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn check_folder(&self, _meta: &fs::Metadata) -> Result<(), StoreError> {
        // The profile folder's access list is what protects it here.
        Ok(())
    }

    /// The file's bytes; `None` when it is not there or must not be trusted.
    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let path = self.path.join(name);
        // Checked before it is opened, since opening a pipe would wait for its other end.
        let before = match fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("the file cannot be read", &path, error)),
        };
        self.prepare()?;
        if !before.is_file() {
            return Err(refused(&path, "is not a plain file; remove it"));
        }
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("the file cannot be read", &path, error)),
        };
        let meta = file
            .metadata()
            .map_err(|error| failed("the file cannot be read", &path, error))?;
        if let Some(wrong) = mistrust(&before, &meta) {
            warn!(file = %path.display(), wrong, "a file in the token folder is not trusted and not used");
            return Ok(None);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(meta.len() as usize + 1));
        (&file)
            .take(MAX_FILE)
            .read_to_end(&mut bytes)
            .map_err(|error| failed("the file cannot be read", &path, error))?;
        Ok(Some(bytes))
    }

    /// Replaces the file: written beside it, then renamed over it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.prepare()?;
        let path = self.path.join(name);
        let temporary = self.path.join(format!(
            ".{name}.{}.{:08x}.tmp",
            std::process::id(),
            fastrand::u32(..)
        ));
        let outcome = private_options()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&temporary, &path));
        if outcome.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        outcome.map_err(|error| failed("the file cannot be written", &path, error))
    }

    /// The file, locked; `None` when another has the lock.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<File>, StoreError> {
        self.prepare()?;
        let path = self.path.join(name);
        let file = private_options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed("the lock file cannot be opened", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(failed("the lock file cannot be locked", &path, error))
            }
        }
    }

    /// Removes tokens that ended a day ago, and what broken writes left behind. Lock files stay.
    pub(super) fn remove_old(&self, now: SystemTime) {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return;
        };
        let ours = entries.flatten().filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.ends_with(".tmp") || (name.ends_with(".json") && !name.starts_with("requests-"))
        });
        for entry in ours.take(MAX_CLEANED) {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let was_written_long_ago = || {
                entry
                    .metadata()
                    .and_then(|meta| meta.modified())
                    .is_ok_and(|written| is_day_old(written, now))
            };
            let is_old = if name.ends_with(".tmp") {
                was_written_long_ago()
            } else {
                self.is_over(name, now).unwrap_or_else(was_written_long_ago)
            };
            if is_old {
                debug!(file = name, "removing an old token file");
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Whether all in the file ended a day ago; `None` when it cannot be read as one of ours.
    fn is_over(&self, name: &str, now: SystemTime) -> Option<bool> {
        let digest = name.trim_end_matches(".json");
        // Somebody at work on this key is about to write it.
        let Ok(Some(_lock)) = self.try_lock(&format!("{digest}.lock")) else {
            return Some(false);
        };
        let Ok(Some(bytes)) = self.read(name) else {
            return Some(false);
        };
        let entry = record::decode(&bytes, digest).ok()?;
        let ends = [
            entry.token.map(|token| token.expires_at),
            entry.rejection.map(|rejection| rejection.until),
            entry.replaced_at,
        ];
        Some(ends.into_iter().flatten().all(|end| is_day_old(end, now)))
    }
}

fn is_day_old(then: SystemTime, now: SystemTime) -> bool {
    now.duration_since(then)
        .is_ok_and(|age| age > KEPT_AFTER_EXPIRY)
}

#[cfg(unix)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn private_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_options() -> OpenOptions {
    OpenOptions::new()
}

/// Why this file is not to be trusted.
#[cfg(unix)]
fn mistrust(before: &fs::Metadata, opened: &fs::Metadata) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    if (before.dev(), before.ino()) != (opened.dev(), opened.ino()) && !opened.is_file() {
        return Some("it was exchanged while it was opened");
    }
    if opened.uid() != rustix::process::geteuid().as_raw() {
        return Some("it belongs to another user");
    }
    if opened.mode() & 0o077 != 0 {
        return Some("others may read or write it");
    }
    (opened.len() > MAX_FILE).then_some("it is too large")
}

#[cfg(not(unix))]
fn mistrust(_before: &fs::Metadata, opened: &fs::Metadata) -> Option<&'static str> {
    (opened.len() > MAX_FILE).then_some("it is too large")
}

fn failed(what: &str, path: &Path, error: io::Error) -> StoreError {
    StoreError::new(format!("{what} ({})", path.display()), Some(error.into()))
}

fn refused(path: &Path, why: &str) -> StoreError {
    StoreError::new(format!("{} {why}", path.display()), None)
}
