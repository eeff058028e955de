//! The open connections of a server: how many there may be, and how long it waits for their clients.
//!
//! The waiting is measured in real time, by a thread: the simulator's clock may stand still, and tokio's
//! runs away from the sockets where a test pauses it.

use crate::{socket::Control, state::Shared};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// How many connections are open at once unless the rules say otherwise.
const MOST: usize = 4_096;
/// How long a client may take for the head of a request, between two pieces of its body, and until it takes
/// some of a reply.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);
/// A whole body may take so many times as long: 120 s, when Zuora gives a request up (documented).
const TIMES_FOR_BODY: u32 = 4;
/// How often, at most and at least, the connections are looked at.
const STEPS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// Real time since the server began, in milliseconds, as the connections see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Elapsed(Arc<AtomicU64>);

impl Elapsed {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

pub(crate) struct Crowd {
    shared: Arc<Shared>,
    elapsed: Elapsed,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    next: u64,
    /// In the order of their arrival.
    open: BTreeMap<u64, Arc<Control>>,
}

impl Crowd {
    /// An empty one, which is watched as long as it is held.
    pub(crate) fn watched(shared: Arc<Shared>) -> Arc<Self> {
        let crowd = Arc::new(Self {
            shared,
            elapsed: Elapsed::default(),
            members: Mutex::default(),
        });
        let watched = Arc::downgrade(&crowd);
        let started = thread::Builder::new()
            .name("zuora-sim-crowd".to_owned())
            .spawn(move || watch(&watched));
        if let Err(error) = started {
            tracing::warn!("zuora-sim cannot end connections that send nothing: {error}");
        }
        crowd
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in; at the limit the oldest gives way that is not being served. `None` when
    /// all are.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Member> {
        let most = self.shared.state().settings.connections.most;
        let control = Arc::new(Control::new(self.elapsed.clone()));
        let mut members = self.lock();
        if members.open.len() >= most.unwrap_or(MOST) && !members.make_room() {
            return None;
        }
        members.next += 1;
        let number = members.next;
        members.open.insert(number, control.clone());
        Some(Member {
            crowd: self.clone(),
            number,
            control,
        })
    }

    /// Ends the oldest connection that is not being served, as where the system has no more to give.
    pub(crate) fn make_room(&self) {
        self.lock().make_room();
    }

    fn patience(&self) -> Duration {
        let rules = self.shared.state().settings.connections;
        rules.client_timeout.unwrap_or(CLIENT_TIMEOUT)
    }
}

impl Members {
    fn make_room(&mut self) -> bool {
        let oldest = self.open.iter().find(|(_, control)| control.gives_way());
        let Some((&number, _)) = oldest else {
            return false;
        };
        // Its task ends later, but it no longer counts.
        if let Some(control) = self.open.remove(&number) {
            control.close();
        }
        true
    }
}

/// Lets time pass and ends the connections whose clients take too long.
fn watch(crowd: &Weak<Crowd>) {
    while let Some(patience) = crowd.upgrade().map(|crowd| crowd.patience()) {
        let step = (patience / 8).clamp(STEPS.0, STEPS.1);
        thread::sleep(step);
        let Some(crowd) = crowd.upgrade() else {
            return;
        };
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        crowd.elapsed.0.fetch_add(millis(step), Ordering::AcqRel);
        for control in crowd.lock().open.values() {
            let is_over = |time: Option<u64>, most| time.is_some_and(|time| time >= millis(most));
            if is_over(control.waits_for(), patience)
                || is_over(control.stuck_for(), patience)
                || is_over(control.reads_for(), patience.saturating_mul(TIMES_FOR_BODY))
            {
                control.close();
            }
        }
    }
}

/// A connection's place; given back when it is dropped.
pub(crate) struct Member {
    crowd: Arc<Crowd>,
    number: u64,
    pub(crate) control: Arc<Control>,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.crowd.lock().open.remove(&self.number);
    }
}
