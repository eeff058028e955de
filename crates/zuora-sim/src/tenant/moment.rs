//! When a request is carried out, and for whom: what its transaction writes into records.

use crate::{clock::VirtualClock, settings::Settings};
use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use std::time::{Duration, SystemTime};

/// A moment in the life of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(super) wall: Timestamp,
    /// The wall clock, as replies write it.
    pub(super) now: String,
    /// The day in the tenant's zone.
    pub(super) today: String,
    /// The true time, which clocks that are set do not change.
    pub(super) clock: Duration,
    pub(super) user: String,
    pub(super) zone: TimeZone,
    /// How long jobs take.
    pub(super) job_time: Duration,
}

impl Moment {
    pub(crate) fn now(clock: &VirtualClock, settings: &Settings) -> Self {
        Self::at(clock.true_time(), clock, settings)
    }

    /// When this day began in the tenant's zone. Nothing but the calendar differs.
    pub(crate) fn on(&self, day: Date) -> Self {
        let begun = self.zone.to_timestamp(day.to_datetime(Time::midnight()));
        let wall = begun.unwrap_or(self.wall);
        Self {
            wall,
            now: written(wall),
            today: day.to_string(),
            ..self.clone()
        }
    }

    /// The moment at which the clock showed this true time, or will show it.
    pub(crate) fn at(time: Duration, clock: &VirtualClock, settings: &Settings) -> Self {
        let (now, wall) = (clock.true_time(), clock.wall());
        let wall = if time < now {
            wall.checked_sub(now - time)
        } else {
            wall.checked_add(time - now)
        };
        let wall = Timestamp::try_from(wall.unwrap_or(SystemTime::UNIX_EPOCH)).unwrap_or_default();
        let day = settings.time_zone.to_datetime(wall).date();
        let user = settings.clients.first();
        Self {
            wall,
            now: written(wall),
            today: day.to_string(),
            clock: time,
            user: user.map_or_else(String::new, |client| client.user.clone()),
            zone: settings.time_zone.clone(),
            job_time: settings.job_time,
        }
    }
}

fn written(wall: Timestamp) -> String {
    wall.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
