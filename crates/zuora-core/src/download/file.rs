//! A file that has its name only when it is complete.

use crate::{Error, ErrorKind};
use std::{
    ffi::OsString,
    io::{self, SeekFrom},
    path::{Path, PathBuf},
};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncSeekExt, AsyncWriteExt, BufWriter},
};

/// Collected before it is written: the pieces that come in are small.
const BUFFER: usize = 256 * 1024;

/// A file under a name that nobody else uses; removed when it is dropped before it is finished.
pub(super) struct PartialFile {
    file: BufWriter<File>,
    partial: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl PartialFile {
    pub(super) async fn create(target: &Path) -> Result<Self, Error> {
        let wrong = |why: &str| {
            Error::invalid(format!(
                "the file {} cannot be written: {why}",
                target.display()
            ))
        };
        let Some(name) = target.file_name() else {
            return Err(wrong("it names no file"));
        };
        match fs::metadata(target).await {
            Ok(about) if about.is_dir() => return Err(wrong("it is a folder")),
            // It would be replaced by a plain file.
            Ok(about) if !about.is_file() => return Err(wrong("it is a device or the like")),
            _ => {}
        }
        let mut partial = OsString::from(".");
        partial.push(name);
        partial.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
        let partial = target.with_file_name(partial);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&partial)
            .await
            .map_err(|error| {
                let kind = match error.kind() {
                    io::ErrorKind::StorageFull => ErrorKind::Io,
                    _ => ErrorKind::Invalid,
                };
                let text = format!("the file {} cannot be written", target.display());
                Error::new(kind, text).with_source(error)
            })?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER, file),
            partial,
            target: target.to_owned(),
            finished: false,
        })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Drops everything that was written.
    pub(super) async fn restart(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0)).await?;
        self.file.get_mut().set_len(0).await
    }

    /// Gives it its name, when all of it is on the disk.
    pub(super) async fn finish(mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.get_mut().sync_all().await?;
        fs::rename(&self.partial, &self.target).await?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.finished {
            // Nobody is left to be told.
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}
