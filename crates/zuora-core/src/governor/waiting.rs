//! A call's wait in line.

use super::{
    class::ConcurrencyClass,
    gate::Gate,
    line::{Place, Refused},
    settings::Priority,
};
use std::{
    task::{Poll, Waker},
    time::Instant,
};
use zuora_wire::BoxFuture;

enum Step {
    Granted(u64),
    Refused(Refused),
    LookAgain(Instant),
}

/// A call in line. Dropping it leaves the line, or gives back a permit that came too late.
pub(super) struct Waiting<'a> {
    gate: &'a Gate,
    class: ConcurrencyClass,
    priority: Priority,
    deadline: Instant,
    place: Option<Place>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(
        gate: &'a Gate,
        class: ConcurrencyClass,
        priority: Priority,
        deadline: Instant,
    ) -> Self {
        Self {
            gate,
            class,
            priority,
            deadline,
            place: None,
        }
    }

    /// Gives the call's number when it may leave.
    pub(super) async fn turn(&mut self) -> Result<u64, Refused> {
        let mut timer: Option<(Instant, BoxFuture<'static, ()>)> = None;
        std::future::poll_fn(|context| {
            loop {
                let now = self.gate.clock().now();
                let at = match self.look(context.waker(), now) {
                    Step::Granted(number) => return Poll::Ready(Ok(number)),
                    Step::Refused(refused) => return Poll::Ready(Err(refused)),
                    Step::LookAgain(at) => at,
                };
                // A timer that ends too early does no harm: then one looks again.
                let (_, sleep) = match &mut timer {
                    Some(armed) if armed.0 <= at => armed,
                    timer => {
                        let left = at.saturating_duration_since(now);
                        timer.insert((at, self.gate.clock().sleep(left)))
                    }
                };
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                timer = None;
            }
        })
        .await
    }

    fn look(&mut self, waker: &Waker, now: Instant) -> Step {
        let mut line = self.gate.line();
        let place = *self
            .place
            .get_or_insert_with(|| line.arrive(self.class, self.priority, waker.clone()));
        if let Some(mine) = line.classes[self.class].queue.get_mut(&place) {
            mine.clone_from(waker);
        }
        let mut woken = Vec::new();
        line.let_in(now, &mut woken);
        let step = if let Some(number) = line.granted.remove(&place) {
            self.place = None;
            Step::Granted(number)
        } else if let Some(refused) = line.refused(self.class, self.deadline, now) {
            self.place = None;
            line.classes[self.class].queue.remove(&place);
            // The next in line has to look in our stead.
            line.let_in(now, &mut woken);
            Step::Refused(refused)
        } else {
            Step::LookAgain(line.look_again(self.class, place, now).min(self.deadline))
        };
        drop(line);
        woken.into_iter().for_each(Waker::wake);
        step
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else {
            return;
        };
        let now = self.gate.clock().now();
        let mut line = self.gate.line();
        if let Some(number) = line.granted.remove(&place) {
            line.end(self.class, number);
        } else {
            line.classes[self.class].queue.remove(&place);
        }
        let mut woken = Vec::new();
        line.let_in(now, &mut woken);
        drop(line);
        woken.into_iter().for_each(Waker::wake);
    }
}
