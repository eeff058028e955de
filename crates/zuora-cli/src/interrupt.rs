//! Ctrl-C, and the polite request of a service manager to end.

use crate::report::{Code, Failure};
use std::io;

/// Listens for Ctrl-C. From its making on, Ctrl-C does nothing by itself any more in this process,
/// so that a blocking read must come before or look after itself.
pub(crate) struct Interrupt {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupt {
    pub(crate) fn listen() -> Result<Self, Failure> {
        #[cfg(unix)]
        let signal = {
            use tokio::signal::unix::{SignalKind, signal};
            signal(SignalKind::interrupt())
        };
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c();
        Ok(Self {
            signal: signal.map_err(|error| cannot_listen(&error))?,
        })
    }

    pub(crate) async fn wait(&mut self) {
        // `None` would mean that no signal can come any more: then none does.
        if self.signal.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

/// Completes when the process is asked to end, by `kill` or a service manager.
#[cfg(unix)]
pub(crate) async fn terminated() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut signal = signal(SignalKind::terminate()).map_err(|error| cannot_listen(&error))?;
    signal.recv().await;
    Ok(())
}

/// Windows ends a process without asking.
#[cfg(not(unix))]
pub(crate) async fn terminated() -> Result<(), Failure> {
    std::future::pending().await
}

fn cannot_listen(error: &io::Error) -> Failure {
    Failure::new(Code::General, "Ctrl-C cannot be listened for").caused_by(error)
}
