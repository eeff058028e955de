//! What must hold for any reply whatever. The fuzzers feed these checks through a client whose transport
//! gives the reply; the corpus, what the fuzzers have kept, is replayed by the tests. The simulator cannot
//! play it: it adds a date, a length and ids to a reply, and here nothing may be there but what was drawn.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "each program uses its part, and a check fails by panic"
)]

pub mod errors;
pub mod headers;

use bytes::Bytes;
use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};
use zuora_core::{Client, ClientBuilder, Clock, Credentials, Error, Transport, TransportError};
use zuora_wire::BoxFuture;

/// The token that the client is given. Wherever a reply says `TOKEN`, it gives it back.
const TOKEN: &str = "MARKED-tok+en/with=chars.0123456789";
/// So much of it in an error is too much.
const MUCH: &str = "MARKED-tok+e";

/// The reply's text, with the token in it where it says so.
fn planted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        match rest.strip_prefix(b"TOKEN") {
            Some(after) => {
                out.extend_from_slice(TOKEN.as_bytes());
                rest = after;
            }
            None => {
                out.push(*first);
                rest = &rest[1..];
            }
        }
    }
    out
}

/// Neither the error nor what it keeps may give the token away, and its line is a line.
fn assert_clean(error: &Error) {
    let shown = format!(
        "{error} {error:?} {:?} {:?} {:?} {:?}",
        error.hint(),
        error.reasons(),
        error.request_id(),
        error.headers()
    );
    assert!(!shown.contains(MUCH), "the token is in {shown}");
    let body = error.body().cloned().unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    assert!(!text.contains(MUCH), "the token is in {text}");
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(&body) {
        // Spelt without escapes.
        let text = json.to_string();
        assert!(!text.contains(MUCH), "the token is in {text}");
    }
    let line = error.to_string();
    assert!(!line.contains(['\n', '\r', '\u{1b}']), "{line:?}");
    assert!(line.len() < 8_000, "{}", line.len());
}

/// Gives the token, and then the replies that it was told to give.
#[derive(Clone, Debug)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Debug)]
struct Script {
    token_headers: http::HeaderMap,
    reply: http::Response<Bytes>,
    sent: u32,
}

impl Scripted {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Script {
            token_headers: http::HeaderMap::new(),
            reply: http::Response::new(Bytes::new()),
            sent: 0,
        })))
    }

    fn set(&self, reply: http::Response<Bytes>) {
        self.0.lock().unwrap().reply = reply;
    }

    /// How often a call was sent.
    fn sent(&self) -> u32 {
        self.0.lock().unwrap().sent
    }
}

impl Transport for Scripted {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let mut script = self.0.lock().unwrap();
        let reply = if request.uri().path() == "/oauth/token" {
            let body = format!(r#"{{"access_token":"{TOKEN}","expires_in":3598}}"#);
            let mut reply = http::Response::new(body.into());
            reply.headers_mut().clone_from(&script.token_headers);
            reply
        } else {
            script.sent += 1;
            script.reply.clone()
        };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// Time that moves only when everything waits for it.
#[derive(Clone, Debug)]
struct Stepped(Arc<Mutex<Steps>>);

#[derive(Debug)]
struct Steps {
    now: Instant,
    wall: SystemTime,
    sleepers: Vec<Weak<Sleeper>>,
}

#[derive(Debug)]
struct Sleeper {
    at: Instant,
    waker: Mutex<Option<Waker>>,
}

struct Sleep(Stepped, Arc<Sleeper>);

impl Stepped {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Steps {
            // No real time passes here: this is only where it begins.
            now: zuora_core::SystemClock.now(),
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_392_000),
            sleepers: Vec::new(),
        })))
    }

    /// To the next moment that somebody waits for.
    fn step(&self) {
        let mut steps = self.0.lock().unwrap();
        let sleepers: Vec<_> = steps.sleepers.iter().filter_map(Weak::upgrade).collect();
        let next = sleepers.iter().map(|sleeper| sleeper.at).min();
        let next = next.expect("nobody waits for time: the call hangs");
        let passed = next.saturating_duration_since(steps.now);
        steps.now += passed;
        steps.wall += passed;
        steps
            .sleepers
            .retain(|sleeper| sleeper.upgrade().is_some_and(|sleeper| sleeper.at > next));
        drop(steps);
        for sleeper in sleepers.iter().filter(|sleeper| sleeper.at <= next) {
            if let Some(waker) = sleeper.waker.lock().unwrap().take() {
                waker.wake();
            }
        }
    }
}

impl Clock for Stepped {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().now
    }

    fn wall(&self) -> SystemTime {
        self.0.lock().unwrap().wall
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let far = Duration::from_secs(1 << 30);
        let sleeper = Arc::new(Sleeper {
            at: self.now() + duration.min(far),
            waker: Mutex::new(None),
        });
        let mut steps = self.0.lock().unwrap();
        steps.sleepers.retain(|other| other.strong_count() > 0);
        steps.sleepers.push(Arc::downgrade(&sleeper));
        Box::pin(Sleep(self.clone(), sleeper))
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.now() >= self.1.at {
            return Poll::Ready(());
        }
        *self.1.waker.lock().unwrap() = Some(context.waker().clone());
        Poll::Pending
    }
}

fn client(transport: &Scripted, clock: &Stepped) -> ClientBuilder {
    let id = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
    Client::builder()
        .environment("https://rest.example.com")
        .credentials(Credentials::parse(id, "MARKED-s3cret").unwrap())
        .transport(Arc::new(transport.clone()))
        .clock(Arc::new(clock.clone()))
        .tries(1)
}

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
}

/// Runs a future, the clock moving on whenever everything waits. One that takes too many steps hangs.
fn run<T>(clock: &Stepped, future: impl Future<Output = T>) -> T {
    const STEPS: usize = 20_000;
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let mut future = pin!(future);
            for _ in 0..STEPS {
                // Some turns for the tasks beside.
                for _ in 0..4 {
                    if let Some(output) = poll_once(future.as_mut()).await {
                        return output;
                    }
                    tokio::task::yield_now().await;
                }
                clock.step();
            }
            panic!("no end after {STEPS} steps of the clock");
        })
    })
}

async fn poll_once<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    std::future::poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
