//! The same for code that does not await.

use super::{Download, Event, unwritten};
use crate::{Error, Response, blocking::wait};
use std::{io, path::Path};

impl Download {
    /// As [`Download::to_file`], for code that does not await.
    ///
    /// # Errors
    /// As [`Download::to_file`].
    pub fn to_file_blocking(self, path: impl AsRef<Path>) -> Result<Response<u64>, Error> {
        let path = path.as_ref().to_owned();
        wait(self.save(path))
    }

    /// As [`Download::to_writer`], for code that does not await.
    ///
    /// # Errors
    /// As [`Download::to_writer`].
    pub fn to_writer_blocking<W>(self, writer: &mut W) -> Result<Response<u64>, Error>
    where
        W: io::Write + ?Sized,
    {
        let (mut transfer, head) = wait(self.begin(false))?;
        loop {
            let (given_back, event) = wait(async move {
                let event = transfer.next().await?;
                Ok((transfer, event))
            })?;
            transfer = given_back;
            match event {
                Some(Event::Piece(piece)) => writer.write_all(&piece).map_err(unwritten)?,
                Some(Event::Restart) => {}
                None => break,
            }
        }
        writer.flush().map_err(unwritten)?;
        Ok(transfer.done(head))
    }
}
