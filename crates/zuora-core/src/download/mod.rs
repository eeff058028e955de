//! Replies that are files: read as they come, checked for completeness, taken up again where they broke
//! off.
//!
//! [`Download`] is the call and says where the bytes go; `transfer` gets them, whatever happens on the
//! way; `file` keeps what is not complete away from the final name; `external` is about hosts that are
//! not Zuora's.

#[cfg(feature = "blocking")]
mod blocking;
mod external;
mod file;
mod range;
mod stream;
mod transfer;

pub(crate) use external::ExternalTransport;
pub use stream::DownloadStream;

use crate::{Client, Error, ErrorKind, RequestBuilder, Response};
use bytes::Bytes;
use external::External;
use file::PartialFile;
use http::{HeaderValue, Method, header};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use transfer::{Event, Origin, Transfer};

/// A call whose reply is read as it comes; see [`RequestBuilder::download`].
///
/// A reply that says no is an error as everywhere, also a `"success": false` in JSON inside a 200. The
/// bytes are those that the server sends: nothing is decompressed.
///
/// When the connection breaks or nothing more comes for [`Timeouts::idle`](crate::Timeouts::idle), a
/// read is taken up where it stopped, as often in a row as the client [tries](crate::ClientBuilder::tries)
/// a call, if that can be done without mixing two files: the server gives ranges (`Accept-Ranges`), and
/// length and `ETag` are still those of the first reply. A server that sends the whole file again is
/// taken up with only when its strong `ETag` is the same, or when the bytes go to a path and can be
/// written anew; else the download ends with an error. So it does when fewer bytes came than were
/// stated, and when a reply states no length and its end could not be told from a broken connection.
///
/// The call counts among the tenant's concurrent calls until the last byte was read, so a slow reader
/// keeps others waiting. The client's total time-out holds until the reply begins; one that the call
/// [brings](Download::timeout) bounds the whole download.
#[must_use = "a download does nothing until it is told where to go"]
pub struct Download {
    client: Client,
    origin: Result<Origin, Error>,
    timeout: Option<Duration>,
}

impl RequestBuilder<Bytes> {
    /// Reads the reply as it comes, for files that may be large: to a path, a writer, or as a stream.
    ///
    /// ```no_run
    /// # async fn run(client: zuora_core::Client) -> Result<(), zuora_core::Error> {
    /// use zuora_core::Method;
    ///
    /// let reply = client
    ///     .request(Method::GET, "/v1/files/2c92c0f85c5e6d0e015c7b5ef4b40e5e")
    ///     .download()
    ///     .to_file("invoice.pdf")
    ///     .await?;
    /// println!("{} bytes", reply.data());
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(self) -> Download {
        let client = self.client().clone();
        let request = self.into_request().and_then(|(_, mut request)| {
            if request.method == Method::HEAD {
                return Err(Error::invalid("a HEAD has no body to download"));
            }
            let headers = &mut request.headers;
            headers
                .entry(header::ACCEPT)
                .or_insert(HeaderValue::from_static("*/*"));
            // Lengths and ranges count the bytes that are sent.
            headers
                .entry(header::ACCEPT_ENCODING)
                .or_insert(HeaderValue::from_static("identity"));
            Ok(request)
        });
        Download {
            client,
            timeout: request.as_ref().map_or(None, |request| request.timeout),
            origin: request.map(|request| Origin::Zuora(Box::new(request))),
        }
    }
}

impl Client {
    /// Reads a file from another host, such as the `dataFile` of a data query: without token and
    /// without Zuora's headers, never following a redirect, and outside the tenant's limits.
    ///
    /// The address must be `https` (on this very machine `http` will do). It is shown nowhere but for
    /// its host: whoever has such an address has the file.
    pub fn download_external(&self, url: &str) -> Download {
        Download {
            client: self.clone(),
            origin: External::new(url).map(Origin::External),
            timeout: None,
        }
    }
}

impl Download {
    /// How long the whole download may take, all waits and tries included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the call, and gives the reply's head and its bytes as a stream.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`].
    pub async fn stream(self) -> Result<DownloadStream, Error> {
        let (transfer, head) = self.begin(false).await?;
        Ok(DownloadStream::new(transfer, head))
    }

    /// Writes all bytes to `writer` and flushes it; gives the reply with their number. After an error
    /// the writer has a part of them.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`]; [`ErrorKind::Io`] when the writer failed.
    pub async fn to_writer<W>(self, writer: &mut W) -> Result<Response<u64>, Error>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let (mut transfer, head) = self.begin(false).await?;
        while let Some(event) = transfer.next().await? {
            if let Event::Piece(piece) = event {
                writer.write_all(&piece).await.map_err(unwritten)?;
            }
        }
        writer.flush().await.map_err(unwritten)?;
        Ok(transfer.done(head))
    }

    /// Writes the file to `path`; gives the reply with the number of bytes.
    ///
    /// Until all bytes are there and on the disk they stand under another name in the same folder,
    /// which is removed when the download fails or is given up. A file that `path` names already is
    /// replaced at the end, and not touched before.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`]; [`ErrorKind::Invalid`] for a path that cannot be a file, before
    /// anything is sent; [`ErrorKind::Io`] when the file could not be written.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<Response<u64>, Error> {
        self.save(path.as_ref().to_owned()).await
    }

    async fn save(self, path: PathBuf) -> Result<Response<u64>, Error> {
        self.origin.as_ref().map_err(Error::clone)?;
        crate::client::check_runtime()?;
        let mut file = PartialFile::create(&path).await?;
        let (mut transfer, head) = self.begin(true).await?;
        while let Some(event) = transfer.next().await? {
            match event {
                Event::Piece(piece) => file.write(&piece).await.map_err(unwritten)?,
                Event::Restart => file.restart().await.map_err(unwritten)?,
            }
        }
        file.finish().await.map_err(unwritten)?;
        Ok(transfer.done(head))
    }

    /// `restarts`: the bytes that were given can be taken back.
    async fn begin(self, restarts: bool) -> Result<(Box<Transfer>, Response<()>), Error> {
        crate::client::check_runtime()?;
        Transfer::begin(self.client, self.origin?, self.timeout, restarts).await
    }
}

fn unwritten(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "the download could not be written").with_source(error)
}

/// What is downloaded; of another host no more than its name.
impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.origin.as_ref().map(Origin::name);
        f.debug_struct("Download")
            .field("request", &name.unwrap_or_default())
            .finish_non_exhaustive()
    }
}
