//! Seeded schedules of faults, and the writes that are played under them.

#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "part of the tests, which may panic"
)]

use http::Method;
use std::time::Duration;
use zuora_core::{Client, Error, RequestBuilder, Response};
use zuora_sim::{
    ErrorShape, Fault, FaultBody, IdempotencyRules, Limits, Simulator, SimulatorBuilder,
};

/// Writes: one without a key by its method, one that keeps a key, one for which a key is worth nothing.
const WRITES: [(Method, &str, &str); 3] = [
    (Method::PUT, super::ACCOUNT, "{}"),
    (Method::POST, "/v1/orders", super::ORDER),
    (Method::POST, "/v1/object/payment", super::PAYMENT),
];

/// What the documents leave open about keys, by the seed.
pub fn rules(sim: SimulatorBuilder, seed: u64) -> SimulatorBuilder {
    let rules = IdempotencyRules::default()
        .keep_unauthorized(seed.is_multiple_of(2))
        .keep_rate_limited(seed.is_multiple_of(3));
    sim.limits(Limits::unlimited()).idempotency(rules)
}

/// A schedule of faults, drawn from a seed.
fn faults(random: &mut fastrand::Rng) -> Vec<Fault> {
    (0..random.usize(0..8))
        .map(|_| {
            let fault = Fault::on("*").times(1).skip(random.u64(0..6));
            match random.u8(0..16) {
                0 => fault.reset_before(),
                1 | 2 => fault.reset_after(),
                3 => fault.truncate(),
                4 => fault.status(401),
                5 => fault.status(429),
                6 => fault.status(429).retry_after("3"),
                7 => fault.status(500).body(FaultBody::Text("sorry".to_owned())),
                8 => fault.status(502).execute_first(),
                9 => fault.status(503),
                10 => fault.status(504).execute_first(),
                11 => fault.delay(Duration::from_secs(200)),
                12 => fault.slow_body(Duration::from_secs(200)),
                13 => fault.status(409).body(FaultBody::shaped(
                    ErrorShape::RestReasons,
                    "53100050",
                    "locked",
                )),
                14 => fault.status(500).body(FaultBody::shaped(
                    ErrorShape::RestReasons,
                    "53100061",
                    "temporary",
                )),
                _ => fault.status(500).body(FaultBody::shaped(
                    ErrorShape::RestReasons,
                    "50000060",
                    "internal",
                )),
            }
        })
        .collect()
}

/// Writes under a schedule of faults; none may be carried out twice, none that succeeded may be missing.
/// Returns how many succeeded.
pub async fn play<R>(seed: u64, sim: &Simulator, client: &Client, run: R) -> usize
where
    R: AsyncFn(RequestBuilder) -> Result<Response<bytes::Bytes>, Error>,
{
    let mut random = fastrand::Rng::with_seed(seed);
    for fault in faults(&mut random) {
        sim.inject(fault).unwrap();
    }
    let mut succeeded = 0;
    for call in 0..3 {
        let (method, path, body) = random.choice(&WRITES).unwrap();
        let marker = format!("{seed}-{call}");
        let request = client
            .request(method.clone(), *path)
            .body(*body, "application/json")
            .header(super::MARKER, &marker)
            .timeout(Duration::from_secs(random.u64(20..400)));
        let outcome = run(request).await;
        let done = sim.executions_of(&marker);
        assert!(
            done <= 1,
            "seed {seed}: {method} {path} was carried out {done} times: {outcome:?}"
        );
        match outcome {
            Ok(_) => {
                assert_eq!(
                    done, 1,
                    "seed {seed}: {method} {path} succeeded and was not done"
                );
                succeeded += 1;
            }
            Err(error) if !error.is_outcome_unknown() => {
                assert_eq!(
                    done, 0,
                    "seed {seed}: {method} {path} was done, and is said not to be: {error:?}"
                );
            }
            Err(_) => {}
        }
    }
    succeeded
}
