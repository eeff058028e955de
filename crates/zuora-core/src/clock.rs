//! The machine's clocks.

use std::time::{Duration, Instant, SystemTime};
use zuora_wire::{BoxFuture, Clock};

/// The machine's clocks and tokio's timer: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everything else is given"
)]
impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Runs `future` for at most `limit` on this clock; `None` when time ran out. The future goes first,
/// so that a result that is there counts even at the last moment.
pub(crate) async fn within<F: Future>(
    clock: &dyn Clock,
    limit: Duration,
    future: F,
) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut timer = clock.sleep(limit);
    std::future::poll_fn(|context| {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(context) {
            return std::task::Poll::Ready(Some(output));
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// `instant + duration`, or as far ahead as the clock can say.
pub(crate) fn later(instant: Instant, duration: Duration) -> Instant {
    instant
        .checked_add(duration)
        .unwrap_or_else(|| instant + FAR)
}

/// `wall + duration`, or as far ahead as the clock can say.
pub(crate) fn later_wall(wall: SystemTime, duration: Duration) -> SystemTime {
    wall.checked_add(duration).unwrap_or_else(|| wall + FAR)
}

/// Ten years: longer than any process, short enough for every platform's clock.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
