//! A call's leave to be on its way.

use super::{
    class::ConcurrencyClass,
    gate::{Call, Gate},
    told::Told,
};
use bytes::Bytes;
use std::{sync::Arc, time::Instant};

/// Held from before a call is sent until its reply is complete. Dropping it gives it back.
#[derive(Debug)]
#[must_use = "a permit that is dropped lets the next call go"]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    pub(super) class: ConcurrencyClass,
    /// Which call of this client it is.
    pub(super) number: u64,
    given_at: Instant,
    is_back: bool,
}

impl Permit {
    pub(super) fn new(
        gate: Arc<Gate>,
        class: ConcurrencyClass,
        number: u64,
        given_at: Instant,
    ) -> Self {
        Self {
            gate,
            class,
            number,
            given_at,
            is_back: false,
        }
    }

    /// When the call was let go.
    pub(crate) fn given_at(&self) -> Instant {
        self.given_at
    }

    /// Gives the permit back, and lets the governor learn from the reply.
    pub(crate) fn complete(mut self, call: &Call<'_>, reply: &http::Response<Bytes>) {
        self.is_back = true;
        let told = Told::by(reply, reply.body(), self.gate.clock());
        self.gate.end(&self, Some((call, &told)));
    }

    /// Lets the governor learn from the head of a good reply, whose body is still to come.
    pub(crate) fn learn<B>(&self, call: &Call<'_>, head: &http::Response<B>) {
        let told = Told::by(head, &[], self.gate.clock());
        self.gate.hear(self, call, &told);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_back {
            self.gate.end(self, None);
        }
    }
}
