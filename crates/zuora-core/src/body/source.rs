//! Where the bytes of a body come from: memory, a file, or a stream that can be read once.

use crate::{Error, ErrorKind};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use std::{
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::SystemTime,
};
use tokio::{
    fs::File,
    io::{AsyncRead, ReadBuf},
};
use zuora_wire::{Body, TransportError};

/// Read from a file at a time.
const PIECE: usize = 64 * 1024;

/// A stream that has not been read yet; a clone of a request shares it.
type Once = Arc<Mutex<Option<Body>>>;

#[derive(Clone)]
pub(crate) enum Source {
    Bytes(Bytes),
    File {
        path: PathBuf,
        /// What the file was when the call began.
        looks: Option<Looks>,
    },
    Once {
        stream: Once,
        length: Option<u64>,
    },
}

/// By what a file that was changed is told from the one that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks {
    length: u64,
    changed: Option<SystemTime>,
}

impl Source {
    pub(crate) fn file(path: impl Into<PathBuf>) -> Self {
        Self::File {
            path: path.into(),
            looks: None,
        }
    }

    pub(crate) fn stream(
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        let body = Body::stream(Exactly::new(Box::pin(stream), length, "the stream"), length);
        Self::Once {
            stream: Arc::new(Mutex::new(Some(body))),
            length,
        }
    }

    pub(crate) fn reader(reader: impl AsyncRead + Send + 'static, length: Option<u64>) -> Self {
        Self::stream(Pieces(Box::pin(reader)), length)
    }

    pub(crate) fn is_replayable(&self) -> bool {
        !matches!(self, Self::Once { .. })
    }

    /// Its length; that of a file once it was looked at.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File { looks, .. } => looks.map(|looks| looks.length),
            Self::Once { length, .. } => *length,
        }
    }

    /// Looks at a file before anything is sent.
    pub(super) async fn check(&mut self) -> Result<(), Error> {
        if let Self::File { path, looks } = self {
            let (_, found) = open(path).await.map_err(|error| {
                Error::invalid(format!("the file {} cannot be sent", path.display()))
                    .with_source(error)
            })?;
            *looks = Some(found);
        }
        Ok(())
    }

    pub(super) async fn open(&self) -> Result<Body, Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone().into()),
            Self::File { path, looks } => {
                let (file, found) = open(path).await.map_err(|error| {
                    let text = format!("the file {} can no longer be read", path.display());
                    Error::new(ErrorKind::Io, text).with_source(error)
                })?;
                if looks.is_some_and(|looks| looks != found) {
                    return Err(Error::new(
                        ErrorKind::Io,
                        format!(
                            "the file {} was changed while it was being sent",
                            path.display()
                        ),
                    )
                    .with_hint("leave the file alone until the call is over, then call again"));
                }
                let length = Some(found.length);
                let pieces = Exactly::new(Box::pin(Pieces(Box::pin(file))), length, "the file");
                // A file that grows is sent as it was when the call began.
                Ok(Body::stream(pieces.and_no_more(), length))
            }
            Self::Once { stream, .. } => stream
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
                .ok_or_else(|| {
                    Error::new(
                        ErrorKind::Io,
                        "the body was a stream, which was read before",
                    )
                    .with_hint("make the call again with a new stream")
                }),
        }
    }
}

async fn open(path: &Path) -> io::Result<(File, Looks)> {
    let file = File::open(path).await?;
    let about = file.metadata().await?;
    if !about.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no file, but a folder or a device",
        ));
    }
    let looks = Looks {
        length: about.len(),
        changed: about.modified().ok(),
    };
    Ok((file, looks))
}

/// A reader as a stream.
struct Pieces<R>(Pin<Box<R>>);

impl<R: AsyncRead> Stream for Pieces<R> {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut piece = BytesMut::zeroed(PIECE);
        let mut buffer = ReadBuf::new(&mut piece);
        let read = ready!(self.get_mut().0.as_mut().poll_read(context, &mut buffer));
        let length = buffer.filled().len();
        Poll::Ready(match read {
            Err(error) => Some(Err(error)),
            Ok(()) if length == 0 => None,
            Ok(()) => {
                piece.truncate(length);
                Some(Ok(piece.freeze()))
            }
        })
    }
}

/// A stream that is held to the length that was stated for it.
struct Exactly<S> {
    stream: Pin<Box<S>>,
    length: Option<u64>,
    passed: u64,
    /// What comes beyond the length is left out, and no error.
    cut: bool,
    what: &'static str,
}

impl<S> Exactly<S> {
    fn new(stream: Pin<Box<S>>, length: Option<u64>, what: &'static str) -> Self {
        Self {
            stream,
            length,
            passed: 0,
            cut: false,
            what,
        }
    }

    fn and_no_more(mut self) -> Self {
        self.cut = true;
        self
    }
}

impl<S: Stream<Item = io::Result<Bytes>>> Stream for Exactly<S> {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let left = this.length.map(|length| length - this.passed);
        if this.cut && left == Some(0) {
            return Poll::Ready(None);
        }
        let what = this.what;
        let wrong = |text: String| Poll::Ready(Some(Err(TransportError::source_failed(text))));
        match (ready!(this.stream.as_mut().poll_next(context)), left) {
            (Some(Err(error)), _) => Poll::Ready(Some(Err(TransportError::source_failed(error)))),
            (Some(Ok(mut piece)), Some(left)) if piece.len() as u64 > left => {
                if !this.cut {
                    return wrong(format!(
                        "{what} gives more than the {} bytes that were stated",
                        this.passed + left
                    ));
                }
                // Less than the piece's own length, so it fits.
                piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                this.passed += left;
                Poll::Ready(Some(Ok(piece)))
            }
            (Some(Ok(piece)), _) => {
                this.passed += piece.len() as u64;
                Poll::Ready(Some(Ok(piece)))
            }
            (None, Some(left)) if left > 0 => wrong(format!(
                "{what} ended after {} of {} bytes",
                this.passed,
                this.passed + left
            )),
            (None, _) => Poll::Ready(None),
        }
    }
}

/// Kind and length; never what is in it.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Bytes(_) => "Bytes",
            Self::File { .. } => "File",
            Self::Once { .. } => "Once",
        };
        f.debug_struct(kind)
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}
