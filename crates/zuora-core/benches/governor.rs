//! What the governor costs: a call that need not wait, and a call that waits in line.
//!
//! A transport that answers at once, with the headers that Zuora sends, shows a whole call with the
//! governor and with the governor off, which reads the replies all the same, alternating, medians of
//! many rounds. A transport that answers
//! never shows the heap of 10,000 calls that are queued behind 40, and of as many that are under way
//! with the governor off: what is left between the two is the waiting itself.
//!
//! `cargo bench -p zuora-core --bench governor`

use bytes::Bytes;
use std::{pin::Pin, sync::Arc, task::Context, task::Waker};
use zuora_core::{
    Client, Clock, Credentials, Governor, Method, SystemClock, Transport, TransportError,
};
use zuora_sim::{SimClient, Simulator};
use zuora_wire::BoxFuture;

const ID: &str = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
const SECRET: &str = "bench-secret";
const PATH: &str = "/v1/accounts/A00000001";
const ROUNDS: usize = 31;
const CALLS: usize = 5_000;
const QUEUED: usize = 10_000;

/// Passes token requests on, and answers all others at once or never.
#[derive(Debug)]
struct Stub {
    token: Arc<dyn Transport>,
    answers: bool,
}

impl Transport for Stub {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        if request.uri().path() == "/oauth/token" {
            return self.token.send(request);
        }
        if !self.answers {
            return Box::pin(std::future::pending());
        }
        let mut reply = http::Response::new(Bytes::from_static(br#"{"success": true}"#));
        let headers = [
            (
                "ratelimit-limit",
                "27000000, 50000;w=60, 2250000;w=3600, 27000000;w=86400",
            ),
            ("ratelimit-remaining", "26999999"),
            ("ratelimit-reset", "3000"),
            ("concurrency-limit-type", "Default"),
            ("concurrency-limit-limit", "40"),
            ("concurrency-limit-remaining", "39"),
        ];
        for (name, value) in headers {
            let value = http::HeaderValue::from_static(value);
            reply.headers_mut().insert(name, value);
        }
        Box::pin(std::future::ready(Ok(reply)))
    }
}

fn client(sim: &Simulator, answers: bool, governor: Governor) -> Client {
    Client::builder()
        .environment(sim.base_url())
        .credentials(Credentials::parse(ID, SECRET).expect("credentials"))
        .transport(Arc::new(Stub {
            token: sim.transport(),
            answers,
        }))
        .governor(governor)
        .build()
        .expect("a client")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Nanoseconds a call, one after the other.
async fn time(client: &Client) -> f64 {
    let begun = SystemClock.now();
    for _ in 0..CALLS {
        let reply = client.request(Method::GET, PATH).await;
        std::hint::black_box(reply.expect("a reply"));
    }
    (SystemClock.now() - begun).as_secs_f64() * 1e9 / CALLS as f64
}

/// Bytes of heap for each of the calls, polled once or not begun, and nanoseconds to give one up.
fn heap(client: &Client, begin: bool) -> (f64, f64) {
    type Call = Pin<Box<dyn Future<Output = Result<Bytes, zuora_core::Error>> + Send>>;
    let mut calls: Vec<Call> = Vec::with_capacity(QUEUED);
    let measured = allocation_counter::measure(|| {
        for _ in 0..QUEUED {
            let mut call = client.request(Method::GET, PATH).into_future();
            if begin {
                let pending = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(pending.is_pending());
            }
            calls.push(call);
        }
    });
    let begun = SystemClock.now();
    drop(calls);
    let dropped = (SystemClock.now() - begun).as_secs_f64() * 1e9 / QUEUED as f64;
    (measured.bytes_current as f64 / QUEUED as f64, dropped)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let sim = Simulator::builder()
        .one_account()
        .client(SimClient::new(ID, SECRET))
        .build()
        .expect("a simulator");
    let governed = client(&sim, true, Governor::new());
    let free = client(&sim, true, Governor::off());
    let (mut with, mut without, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let on = runtime.block_on(time(&governed));
        let off = runtime.block_on(time(&free));
        // The first round brings the tokens.
        if round > 0 {
            with.push(on);
            without.push(off);
            more.push(on - off);
        }
    }
    println!(
        "a call with the governor  {:7.0} ns\na call with it off        {:7.0} ns\ndifference                {:7.0} ns",
        median(with),
        median(without),
        median(more)
    );

    let queued = client(&sim, false, Governor::new());
    let free = client(&sim, false, Governor::off());
    for client in [&queued, &free] {
        runtime.block_on(client.warm_up()).expect("a token");
    }
    let (not_begun, _) = heap(&free, false);
    let (under_way, _) = heap(&free, true);
    let (waiting, dropped) = heap(&queued, true);
    println!(
        "{QUEUED} calls in line        {waiting:7.0} bytes each, {dropped:.0} ns to give one up\n{QUEUED} calls under way      {under_way:7.0} bytes each\n{QUEUED} calls not begun      {not_begun:7.0} bytes each"
    );
}
