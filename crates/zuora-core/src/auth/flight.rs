//! One refresh under way: the task that carries it out, and how others wait for it.

use super::{
    fetched::Fetched,
    held::Held,
    source::{TokenContext, TokenSource},
};
use crate::{Error, ErrorKind, clock::later};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
};

/// How a waiter of another runtime finds out whether the flight's runtime still runs anything.
const PROBE: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) stage: watch::Receiver<Stage>,
    pub(super) runtime: Handle,
}

impl Flight {
    /// Its task is gone, and it will never land.
    pub(super) fn is_dead(&self) -> bool {
        self.stage.has_changed().is_err()
    }
}

/// How far a flight is.
#[derive(Clone)]
pub(super) enum Stage {
    Flying,
    /// It waits for a turn. The error is for one who cannot wait that long.
    Waiting {
        until: Instant,
        error: Error,
    },
    Landed(Result<Landing, Error>),
}

#[derive(Clone)]
pub(super) enum Landing {
    Token(Arc<Held>),
    /// It began before a 401 and brought the very token that the 401 was about.
    Outdated,
}

/// The task of a flight. Whatever becomes of it, those who wait are told.
pub(super) struct Pilot {
    source: Arc<TokenSource>,
    context: Arc<TokenContext>,
    id: u64,
    pub(super) tell: watch::Sender<Stage>,
}

impl Pilot {
    pub(super) fn new(
        source: Arc<TokenSource>,
        context: Arc<TokenContext>,
        id: u64,
        tell: watch::Sender<Stage>,
    ) -> Self {
        Self {
            source,
            context,
            id,
            tell,
        }
    }

    pub(super) async fn fly(self, gap: Duration) {
        let clock = self.context.clock();
        if !gap.is_zero() {
            clock.sleep(gap).await;
            self.tell.send_replace(Stage::Flying);
        }
        let waits = |wait, error| {
            let until = later(clock.now(), wait);
            self.tell.send_replace(Stage::Waiting { until, error });
        };
        let outcome = self.source.refresh(&self.context, waits).await;
        self.land(outcome);
    }

    fn land(&self, outcome: Result<Fetched, Error>) {
        let landed = self.source.land(self.id, outcome, &self.context);
        self.tell.send_replace(Stage::Landed(landed));
    }
}

/// A store, an observer or a transport of the program's own that panics must look like a failure: a
/// channel that only closes looks like a runtime that ended, and the next waiter would ask again.
impl Drop for Pilot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.land(Err(Error::new(
                ErrorKind::Runtime,
                "no token: the refresh panicked",
            )
            .with_hint("look for the panic's own message; a token store, an observer or a transport that was given to the client is the likely place")));
        }
    }
}

/// Waits for a flight, or until it says that it will wait beyond `deadline`; `None` when it will never
/// land.
pub(super) async fn outcome(flight: &Flight, deadline: Instant) -> Option<Result<Landing, Error>> {
    let mut stage = flight.stage.clone();
    let is_told = |stage: &Stage| match stage {
        Stage::Flying => false,
        Stage::Waiting { until, .. } => *until >= deadline,
        Stage::Landed(_) => true,
    };
    let lands = async {
        match &*stage.wait_for(is_told).await.ok()? {
            Stage::Landed(landed) => Some(landed.clone()),
            Stage::Waiting { error, .. } => Some(Err(error.clone())),
            Stage::Flying => None,
        }
    };
    let own = Handle::try_current().is_ok_and(|own| own.id() == flight.runtime.id());
    if own {
        return lands.await;
    }
    // The other runtime may be shut down, or be one that nobody drives at the moment.
    let mut lands = std::pin::pin!(lands);
    let mut dead = std::pin::pin!(stands_still(&flight.runtime));
    std::future::poll_fn(|context| {
        if let std::task::Poll::Ready(landed) = lands.as_mut().poll(context) {
            return std::task::Poll::Ready(landed);
        }
        dead.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Completes when `runtime` does not run a small task within [`PROBE`]. The runtime's own timer is
/// meant here, not the client's clock: it is the real machine that is asked.
async fn stands_still(runtime: &Handle) {
    loop {
        tokio::time::sleep(PROBE).await;
        let (alive, answer) = oneshot::channel();
        runtime.spawn(async move {
            let _ = alive.send(());
        });
        if !matches!(tokio::time::timeout(PROBE, answer).await, Ok(Ok(()))) {
            return;
        }
    }
}
