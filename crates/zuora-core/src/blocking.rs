//! The same calls for code that does not await: each is carried out by one background thread, which
//! has a runtime and connections of its own.
//!
//! Safe inside an async runtime too: the calling thread waits, and nothing that the call needs runs
//! on it.

use crate::{
    Client, CreateToken, Error, ErrorKind, RequestBuilder, Response, TokenInfo, TokenResponse,
};
use bytes::Bytes;
use std::{
    sync::{LazyLock, mpsc},
    thread::{self, ThreadId},
};
use tokio::runtime::{Builder, Handle};
use zuora_wire::Json;

struct Background {
    runtime: Handle,
    thread: ThreadId,
}

static BACKGROUND: LazyLock<Result<Background, String>> = LazyLock::new(|| {
    let (started, start) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("zuora-blocking".to_owned())
        .spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = started.send(Err(error.to_string()));
                    return;
                }
            };
            let _ = started.send(Ok(runtime.handle().clone()));
            runtime.block_on(std::future::pending::<()>());
        })
        .map_err(|error| error.to_string())?;
    let runtime = start.recv().map_err(|error| error.to_string())??;
    Ok(Background {
        runtime,
        thread: thread.thread().id(),
    })
});

/// Runs a call on the background thread and waits for it: for builders of other crates, which have their
/// own blocking twins.
///
/// # Errors
/// Those of the call, and kind [`Runtime`](ErrorKind::Runtime) where it would wait for itself.
#[doc(hidden)]
pub fn block_on<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    wait(call)
}

/// Runs a call on the background thread and waits for it.
pub(crate) fn wait<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let background = BACKGROUND.as_ref().map_err(|error| {
        Error::new(
            ErrorKind::Runtime,
            format!("the thread for blocking calls could not be started: {error}"),
        )
    })?;
    if thread::current().id() == background.thread {
        return Err(Error::new(
            ErrorKind::Runtime,
            "a blocking call was made from inside another one's callback, and would wait for itself",
        ));
    }
    let (done, outcome) = mpsc::sync_channel(1);
    background.runtime.spawn(async move {
        let _ = done.send(call.await);
    });
    outcome.recv().unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Runtime,
            "the blocking call was given up before it had an outcome",
        ))
    })
}

impl CreateToken {
    /// As `.await`, for code that does not await.
    ///
    /// # Errors
    /// As [`CreateToken::send`].
    pub fn call(self) -> Result<TokenResponse, Error> {
        self.send_blocking().map(Response::into_data)
    }

    /// As [`CreateToken::send`], for code that does not await.
    ///
    /// # Errors
    /// As [`CreateToken::send`].
    pub fn send_blocking(self) -> Result<Response<TokenResponse>, Error> {
        wait(self.send())
    }
}

impl RequestBuilder<Bytes> {
    /// As `.await`, for code that does not await.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`].
    pub fn call(self) -> Result<Bytes, Error> {
        self.send_blocking().map(Response::into_data)
    }

    /// As [`RequestBuilder::send`], for code that does not await.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`].
    pub fn send_blocking(self) -> Result<Response<Bytes>, Error> {
        wait(self.send())
    }
}

impl RequestBuilder<Json> {
    /// As `.await`, for code that does not await.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`].
    pub fn call(self) -> Result<Json, Error> {
        self.send_blocking().map(Response::into_data)
    }

    /// As [`RequestBuilder::send`], for code that does not await.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`].
    pub fn send_blocking(self) -> Result<Response<Json>, Error> {
        wait(self.send())
    }
}

impl Client {
    /// As [`Client::token`], for code that does not await.
    ///
    /// # Errors
    /// As [`Client::token`].
    pub fn token_blocking(&self) -> Result<TokenInfo, Error> {
        let client = self.clone();
        wait(async move { client.token().await })
    }

    /// As [`Client::warm_up`], for code that does not await.
    ///
    /// # Errors
    /// As [`Client::warm_up`].
    pub fn warm_up_blocking(&self) -> Result<(), Error> {
        self.token_blocking().map(drop)
    }
}
