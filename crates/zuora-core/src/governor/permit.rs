//! A call's leave to be on its way.

use super::{
    class::{ConcurrencyClass, Route},
    gate::Gate,
    told::Told,
};
use bytes::Bytes;
use std::{sync::Arc, time::Instant};

/// Held from before a call is sent until its reply is complete. Dropping it gives it back.
#[derive(Debug)]
#[must_use = "a permit that is dropped lets the next call go"]
pub(crate) struct Permit {
    pub(super) gate: Arc<Gate>,
    pub(super) class: ConcurrencyClass,
    pub(super) route: Route,
    /// Which call of this client it is.
    pub(super) number: u64,
    pub(super) sent_at: Instant,
}

impl Permit {
    /// Gives the permit back, and lets the governor learn from the reply.
    pub(crate) fn complete(self, reply: &http::Response<Bytes>) {
        self.gate.learn(&self, &Told::by(reply, self.gate.clock()));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.give_back(self.class, self.number);
    }
}
