//! Virtual time: one clock that a test, the client under test and the simulator share.
//!
//! Three readings differ on purpose. The *monotonic* clock ([`VirtualClock::now`]) stands still while
//! the machine is suspended; the *wall* clock can be set by people; and what the server lives in,
//! *true time*, runs through a suspend and takes no notice of anybody's wall clock.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering, fence},
    },
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::Notify;
use zuora_wire::{BoxFuture, Clock};

/// A clock that runs, stands and jumps as told. Clones are the same clock.
///
/// # Exact virtual time in tests
/// Freeze the clock ([`frozen_at`](Self::frozen_at)) and run the test under
/// [`drive`](Self::drive) on a tokio runtime whose own time is paused
/// (`#[tokio::test(start_paused = true)]`): then each sleeper is woken at exactly its deadline, when
/// nothing else is left to do, and a simulated day takes milliseconds.
///
/// # Range
/// About 146 years from where the clock began; what would go beyond stops there.
#[derive(Clone)]
pub struct VirtualClock {
    inner: Arc<Inner>,
}

/// In [`Inner::mode`]: the clock stands, and the other bits are its monotonic reading. Without it the
/// other bits are what is added to real time, plus [`BIAS`].
const FROZEN: u64 = 1 << 63;
/// In [`Inner::mode`]: the clock is being stopped; readers wait for the moment that takes. No reading is
/// so great that it could be mistaken for this.
const STOPPING: u64 = u64::MAX;
/// Keeps the offset of a running clock, which may be negative, positive in the atomic word.
const BIAS: i128 = 1 << 62;
/// The greatest monotonic reading, in nanoseconds.
const LATEST: i128 = (1 << 62) - 1;

/// All in nanoseconds since the clock was made.
struct Inner {
    base: Instant,
    base_wall: SystemTime,
    mode: AtomicU64,
    wall_offset: AtomicI64,
    suspended: AtomicU64,
    /// Also held by whoever changes `mode`, so that changes come one after the other.
    sleepers: Mutex<Sleepers>,
}

#[derive(Default)]
struct Sleepers {
    next: u64,
    waiting: BTreeMap<(i128, u64), Arc<Notify>>,
}

/// The machine's clocks: the only place in this crate that reads them.
mod real {
    use std::time::{Instant, SystemTime};

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the Clock implementation"
    )]
    pub(super) fn now() -> Instant {
        Instant::now()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the Clock implementation"
    )]
    pub(super) fn wall() -> SystemTime {
        SystemTime::now()
    }
}

impl VirtualClock {
    /// A clock that shows real time until it is moved.
    ///
    /// Its sleeps need a tokio runtime with time enabled. A runtime whose time is paused suits only a
    /// frozen clock: with a running one each wait spins until real time has passed.
    pub fn running() -> Self {
        Self::new(real::wall(), BIAS as u64)
    }

    /// A clock that stands at `wall` until it is moved. Its sleeps need no runtime.
    pub fn frozen_at(wall: SystemTime) -> Self {
        Self::new(wall, FROZEN)
    }

    fn new(base_wall: SystemTime, mode: u64) -> Self {
        Self {
            inner: Arc::new(Inner {
                base: real::now(),
                base_wall,
                mode: AtomicU64::new(mode),
                wall_offset: AtomicI64::new(0),
                suspended: AtomicU64::new(0),
                sleepers: Mutex::default(),
            }),
        }
    }

    /// The monotonic reading: stands still while the machine is suspended, never goes back.
    pub fn now(&self) -> Instant {
        let reading = nanos(self.inner.reading());
        self.inner
            .base
            .checked_add(reading)
            .unwrap_or(self.inner.base)
    }

    /// The wall clock.
    pub fn wall(&self) -> SystemTime {
        let inner = &self.inner;
        let since_base = inner.reading() + i128::from(inner.wall_offset.load(Ordering::Acquire));
        let wall = if since_base < 0 {
            inner.base_wall.checked_sub(nanos(-since_base))
        } else {
            inner.base_wall.checked_add(nanos(since_base))
        };
        wall.unwrap_or(inner.base_wall)
    }

    /// True time since the clock was made: what the simulator's tokens and windows go by.
    pub(crate) fn true_time(&self) -> Duration {
        nanos(self.inner.reading())
            + Duration::from_nanos(self.inner.suspended.load(Ordering::Acquire))
    }

    /// Sets the wall clock and nothing else, as people and time servers do. No sleeper wakes, and
    /// nothing expires on the simulator's side: use [`advance`](Self::advance) to let time pass.
    pub fn set_wall(&self, wall: SystemTime) {
        let inner = &self.inner;
        let _guard = inner.lock();
        let target = match wall.duration_since(inner.base_wall) {
            Ok(after) => as_nanos(after),
            Err(before) => -as_nanos(before.duration()),
        };
        let offset = target - inner.reading();
        let offset = offset.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        inner.wall_offset.store(offset as i64, Ordering::Release);
    }

    /// Lets time pass: moves both clocks on and wakes the sleepers that fall due, earliest first.
    pub fn advance(&self, by: Duration) {
        let mut sleepers = self.inner.lock();
        self.inner.move_on(as_nanos(by));
        sleepers.wake_due(self.inner.reading());
        if !self.is_frozen() {
            // The others' real timers now aim too late.
            sleepers.look_again();
        }
    }

    /// Whether the clock can be moved on so far.
    pub(crate) fn reaches(&self, by: Duration) -> bool {
        self.inner.reading() + as_nanos(by) <= LATEST
    }

    /// Suspends the machine: the wall clock and the server's time move on, the monotonic clock stands
    /// still, and no sleeper wakes.
    pub fn suspend_for(&self, length: Duration) {
        let inner = &self.inner;
        let _guard = inner.lock();
        let length = i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
        let wall_offset = inner.wall_offset.load(Ordering::Acquire);
        inner
            .wall_offset
            .store(wall_offset.saturating_add(length), Ordering::Release);
        let suspended = inner.suspended.load(Ordering::Acquire);
        inner.suspended.store(
            suspended.saturating_add(length.unsigned_abs()),
            Ordering::Release,
        );
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) {
        let mut sleepers = self.inner.lock();
        if self.is_frozen() {
            return;
        }
        // First nobody may read any more, then the last reading is taken: in the other order somebody
        // could read a later one before the clock stands, and see it go back.
        let mode = self.inner.mode.swap(STOPPING, Ordering::AcqRel);
        let reading = self.inner.running_reading(mode);
        self.inner
            .mode
            .store(FROZEN | reading as u64, Ordering::Release);
        sleepers.wake_due(reading);
        sleepers.look_again();
    }

    /// Lets a frozen clock run on from where it stands.
    pub fn resume(&self) {
        let sleepers = self.inner.lock();
        if self.is_frozen() {
            let offset = self.inner.reading() - self.inner.real_elapsed();
            self.inner
                .mode
                .store((offset + BIAS) as u64, Ordering::Release);
            sleepers.look_again();
        }
    }

    /// Whether the clock stands.
    pub fn is_frozen(&self) -> bool {
        self.inner.mode.load(Ordering::Acquire) & FROZEN != 0
    }

    /// How many sleeps are under way whose deadline lies ahead.
    pub fn sleepers(&self) -> usize {
        let now = self.inner.reading();
        let sleepers = self.inner.lock();
        sleepers.waiting.range((now + 1, 0)..).count()
    }

    /// Advances to the earliest deadline that lies ahead; `false` when nobody sleeps.
    pub fn advance_to_next_sleeper(&self) -> bool {
        let mut sleepers = self.inner.lock();
        let now = self.inner.reading();
        let Some((&(deadline, _), _)) = sleepers.waiting.range((now + 1, 0)..).next() else {
            return false;
        };
        self.inner.move_on(deadline - now);
        sleepers.wake_due(self.inner.reading());
        if !self.is_frozen() {
            sleepers.look_again();
        }
        true
    }

    /// Runs `future`; each time everything waits, a frozen clock moves to the next deadline. A running
    /// clock is left alone.
    ///
    /// On a tokio runtime whose time is paused, tokio ends the short timer in here only when every
    /// other task is idle and no blocking task runs: virtual time is then exact. With tokio's time
    /// running, a step is made each real millisecond, whether all is idle or not.
    pub async fn drive<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                output = &mut future => return output,
                () = tokio::time::sleep(Duration::from_millis(1)) => {
                    if self.is_frozen() {
                        self.advance_to_next_sleeper();
                    }
                }
            }
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        VirtualClock::now(self)
    }

    fn wall(&self) -> SystemTime {
        VirtualClock::wall(self)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // The deadline counts from here, not from the first poll.
        let sleep = Sleep::begin(&self.inner, as_nanos(duration));
        Box::pin(sleep.wait())
    }
}

/// One sleeper in the list, taken out when it is dropped.
struct Sleep {
    inner: Arc<Inner>,
    key: (i128, u64),
    changed: Arc<Notify>,
}

impl Sleep {
    fn begin(inner: &Arc<Inner>, duration: i128) -> Self {
        let mut sleepers = inner.lock();
        let deadline = (inner.reading() + duration).min(LATEST);
        let key = (deadline, sleepers.next);
        let changed = Arc::new(Notify::new());
        sleepers.next += 1;
        sleepers.waiting.insert(key, changed.clone());
        Self {
            inner: inner.clone(),
            key,
            changed,
        }
    }

    async fn wait(self) {
        loop {
            // Every change of the clock after this line leaves a permit, so none is missed.
            let frozen = self.inner.mode.load(Ordering::Acquire) & FROZEN != 0;
            let left = self.key.0 - self.inner.reading();
            if left <= 0 {
                return;
            }
            if frozen {
                self.changed.notified().await;
            } else {
                tokio::select! {
                    () = self.changed.notified() => {}
                    () = tokio::time::sleep(nanos(left)) => {}
                }
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.inner.lock().waiting.remove(&self.key);
    }
}

impl Sleepers {
    fn wake_due(&mut self, now: i128) {
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key().0 > now {
                break;
            }
            entry.remove().notify_one();
        }
    }

    /// Lets the rest work out anew how long they still have to wait.
    fn look_again(&self) {
        self.waiting
            .values()
            .for_each(|sleeper| sleeper.notify_one());
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn real_elapsed(&self) -> i128 {
        as_nanos(real::now().saturating_duration_since(self.base))
    }

    /// The monotonic reading.
    fn reading(&self) -> i128 {
        loop {
            let mode = self.mode.load(Ordering::Acquire);
            if mode == STOPPING {
                std::thread::yield_now();
                continue;
            }
            if mode & FROZEN != 0 {
                return i128::from(mode & !FROZEN);
            }
            let reading = self.running_reading(mode);
            // A clock that was stopped between the two readings would seem to go back later.
            fence(Ordering::Acquire);
            if self.mode.load(Ordering::Acquire) == mode {
                return reading;
            }
        }
    }

    fn running_reading(&self, mode: u64) -> i128 {
        (self.real_elapsed() + i128::from(mode) - BIAS).clamp(0, LATEST)
    }

    /// Moves the monotonic clock on; the caller holds the lock.
    fn move_on(&self, by: i128) {
        let target = (self.reading() + by).min(LATEST);
        let mode = self.mode.load(Ordering::Acquire);
        let moved = if mode & FROZEN != 0 {
            FROZEN | target as u64
        } else {
            (i128::from(mode) + by).min(BIAS + LATEST) as u64
        };
        self.mode.store(moved, Ordering::Release);
    }
}

fn as_nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos())
        .unwrap_or(LATEST)
        .min(LATEST)
}

fn nanos(count: i128) -> Duration {
    u64::try_from(count).map_or(Duration::ZERO, Duration::from_nanos)
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock")
            .field("frozen", &self.is_frozen())
            .field("wall", &self.wall())
            .field("sleepers", &self.sleepers())
            .finish()
    }
}
