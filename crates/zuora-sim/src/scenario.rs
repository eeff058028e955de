//! Stories of trouble, by name: limits and faults that belong together.

use crate::{ErrorShape, Fault, FaultBody, Limits};
use std::time::Duration;

/// Trouble that a client should live through, to be rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scenario {
    /// One call in ten is lost at the gateway: 502, 503 with `Retry-After`, a connection that is reset
    /// although the work was done.
    FlakyGateway,
    /// The days of the bill run: one write in ten to what is billed is refused for a lock, one call in
    /// twenty for too many at once, and some are slow.
    MonthEnd,
    /// The windows of an API sandbox: 2,500 calls a minute, 5,000 an hour, 10,000 a day.
    RateLimitedSandbox,
}

const NAMES: [(Scenario, &str); 3] = [
    (Scenario::FlakyGateway, "flaky-gateway"),
    (Scenario::MonthEnd, "month-end"),
    (Scenario::RateLimitedSandbox, "rate-limited-sandbox"),
];
/// Lock contention (documented).
const LOCKED: u32 = 40_000_050;
/// The groups whose objects a bill run locks.
const BILLED: [&str; 4] = ["Invoices", "Orders", "Payments", "Subscriptions"];

impl Scenario {
    /// Every scenario.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(scenario, _)| scenario)
    }

    /// The name on the command line and in `/_sim/scenario`.
    pub fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(scenario, _)| *scenario == self);
        named.map_or("", |(_, name)| name)
    }

    /// The scenario of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(_, known)| *known == name);
        named.map(|(scenario, _)| *scenario)
    }

    pub(crate) fn limits(self) -> Option<Limits> {
        (self == Self::RateLimitedSandbox).then(Limits::api_sandbox)
    }

    /// How often each happens is made up.
    pub(crate) fn faults(self) -> Vec<Fault> {
        match self {
            Self::FlakyGateway => vec![
                Fault::on("*").status(502).probability(0.04),
                Fault::on("*")
                    .status(503)
                    .retry_after("2")
                    .probability(0.03),
                Fault::on("*").reset_after().probability(0.02),
                Fault::on("*").reset_before().probability(0.01),
            ],
            Self::MonthEnd => {
                let locked = BILLED.into_iter().map(|group| {
                    let text = "The object is locked by another operation. Please try again.";
                    let body = FaultBody::shaped(ErrorShape::RestReasons, LOCKED, text);
                    let fault = Fault::on(group).writes_only().status(409).body(body);
                    fault.probability(0.1)
                });
                let busy = Fault::on("*")
                    .status(429)
                    .retry_after("120")
                    .body(FaultBody::Concurrency)
                    .probability(0.05);
                let slow = Fault::on("*")
                    .delay(Duration::from_secs(5))
                    .probability(0.1);
                locked.chain([busy, slow]).collect()
            }
            Self::RateLimitedSandbox => Vec::new(),
        }
    }
}
