//! Where all calls of a client pass on their way to Zuora.
//!
//! No task and no timer runs beside the calls. Whatever happens, a call that arrives, ends or is given
//! up, lets in those who may go now. Where only time is waited for, the first in line wakes itself at
//! the right moment. The others look up now and then, too: the first may be a future that its owner
//! does not poll at present.

use super::{
    class::ConcurrencyClass,
    limits::{ClassLimits, Limits, WindowLimits},
    line::{Class, Line, Refused},
    permit::Permit,
    settings::{Governor, Priority},
    told::{Refusal, Told},
    waiting::Waiting,
};
use crate::{Error, ErrorKind, text};
use http::Method;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::{Duration, Instant},
};
use zuora_wire::Clock;

/// A call that wants to leave.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) priority: Priority,
    pub(crate) deadline: Instant,
    /// What errors call it.
    pub(crate) what: &'a (dyn std::fmt::Display + Sync),
}

/// All calls of a client pass here.
pub(crate) struct Gate {
    settings: Governor,
    clock: Arc<dyn Clock>,
    line: Mutex<Line>,
}

impl Gate {
    pub(crate) fn new(settings: Governor, clock: Arc<dyn Clock>) -> Self {
        let line = Line::new(&settings, clock.now());
        Self {
            settings,
            clock,
            line: Mutex::new(line),
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(super) fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the call may leave.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`], and nothing was sent: at once where the wait would pass the
    /// deadline or a long window is used up, or when the deadline came.
    pub(crate) async fn acquire(self: &Arc<Self>, call: Call<'_>) -> Result<Permit, Error> {
        let now = self.clock.now();
        let documented = ConcurrencyClass::documented(call.method, call.path);
        let (class, granted) = {
            let mut line = self.line();
            let class = line.routes.correct(documented, call.method, call.path);
            let granted = line.enter_at_once(class, self.settings.off, now);
            (class, granted)
        };
        let (number, given_at) = match granted {
            Some(number) => (number, now),
            None => {
                let mut waiting = Waiting::new(self, class, call.priority, call.deadline);
                let number = waiting
                    .turn()
                    .await
                    .map_err(|refused| self.error(&call, class, now, &refused))?;
                (number, self.clock.now())
            }
        };
        Ok(Permit::new(Arc::clone(self), class, number, given_at))
    }

    fn error(
        &self,
        call: &Call<'_>,
        class: ConcurrencyClass,
        since: Instant,
        why: &Refused,
    ) -> Error {
        let now = self.clock.now();
        let what = call.what;
        let not_sent = |message: String| Error::new(ErrorKind::RateLimited, message);
        match *why {
            Refused::TooLong(until) => {
                let wait = until.saturating_duration_since(now);
                not_sent(format!(
                    "{what}: not sent, since the tenant's limits leave no room for {}, longer than this call may take",
                    text::seconds(wait)
                ))
                .with_retry_after(wait)
                .with_hint("try again later, or allow the call more time")
            }
            Refused::Empty(window, until) => {
                let wait = until.saturating_duration_since(now);
                let window = match window {
                    Some(3600) => "hour",
                    Some(86_400) => "day",
                    _ => "time being",
                };
                not_sent(format!(
                    "{what}: not sent, since the tenant's calls for the {window} are used up; try again after {}",
                    text::seconds(wait)
                ))
                .with_retry_after(wait)
                .with_hint("a wait of this length is left to the caller; Client::limits tells what is left")
            }
            Refused::Deadline => not_sent(format!(
                "{what}: not sent, since no place among the calls of the class {class} became free within {}",
                text::seconds(now.saturating_duration_since(since))
            ))
            .with_hint("send less at a time, or allow the call more time"),
        }
    }

    /// Takes a permit back, and learns what the reply to its call says, if there is one.
    pub(super) fn end(&self, permit: &Permit, reply: Option<(&Call<'_>, &Told<'_>)>) {
        let now = self.clock.now();
        let mut line = self.line();
        let mut woken = Vec::new();
        if let Some((call, told)) = reply {
            woken = self.learn(&mut line, permit, call, told, now);
        }
        line.end(permit.class, permit.number);
        line.let_in(now, &mut woken);
        drop(line);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Learns what the head of a reply says, whose body is still to come.
    pub(super) fn hear(&self, permit: &Permit, call: &Call<'_>, told: &Told<'_>) {
        let now = self.clock.now();
        let mut line = self.line();
        let mut woken = self.learn(&mut line, permit, call, told, now);
        // There may be more room than was known, and the body may take an hour.
        line.let_in(now, &mut woken);
        drop(line);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Returns whom to wake.
    fn learn(
        &self,
        line: &mut Line,
        permit: &Permit,
        call: &Call<'_>,
        told: &Told<'_>,
        now: Instant,
    ) -> Vec<Waker> {
        let class = told.class.unwrap_or(permit.class);
        if class != permit.class {
            line.routes.learn(call.method, call.path, class);
        }
        let tells = told.class_limit.is_some() || told.limits.is_some();
        line.heard = if tells { Some(now) } else { line.heard };
        line.pace.learn(told, permit.number, permit.given_at(), now);
        let running = &mut line.classes[class].running;
        running.learn(
            told.class_limit,
            told.class_remaining,
            |limit| self.settings.part_at_once(class, limit),
            permit.given_at(),
            now,
        );
        let Some(Refusal::Concurrency { wait }) = told.refusal else {
            return Vec::new();
        };
        running.refused(wait, now);
        // Those who cannot wait so long need not wait at all.
        line.classes[class].queue.values().cloned().collect()
    }

    /// What is known now.
    pub(crate) fn limits(&self) -> Limits {
        let now = self.clock.now();
        let mut line = self.line();
        let classes = ConcurrencyClass::ALL.map(|class| {
            let Class { running, queue, .. } = &mut line.classes[class];
            ClassLimits {
                class,
                limit: running.limit(),
                in_use: running.in_flight(),
                queued: queue.len(),
                remaining: running.remaining(),
                paused: running
                    .paused_until(now)
                    .map(|until| until.saturating_duration_since(now)),
            }
        });
        let mut windows: Vec<_> = line
            .pace
            .windows(now)
            .iter()
            .filter(|window| !window.is_own())
            .map(|window| WindowLimits {
                length: Duration::from_secs(window.seconds),
                limit: window.limit,
                remaining: window.limit.saturating_sub(window.used),
                reset: window.resets_at.saturating_duration_since(now),
                told: window.told,
            })
            .collect();
        windows.sort_by_key(|window| window.length);
        Limits {
            classes: classes.into(),
            windows,
            heard: line.heard.map(|heard| now.saturating_duration_since(heard)),
        }
    }
}

/// Without the queue: it may be long.
impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
