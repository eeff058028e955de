//! A tenant with rate windows and concurrency classes, on the virtual clock, for what the simulator does
//! not offer: any reply by a script, other limits from one call to the next, the most calls at once.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "each test file uses its own part of this module, and may panic"
)]

use bytes::Bytes;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use zuora_core::{Clock, Transport, TransportError, TransportErrorKind};
use zuora_sim::VirtualClock;

pub const API_SANDBOX: &[(u64, u64)] = &[(60, 2_500), (3600, 5_000), (86_400, 10_000)];

type Script = Box<dyn FnMut(&http::Request<Bytes>) -> Option<http::Response<Bytes>> + Send>;

/// Clones are the same tenant.
#[derive(Clone)]
pub struct Tenant {
    /// Serves the token.
    token: Arc<dyn Transport>,
    clock: VirtualClock,
    begun: Instant,
    inner: Arc<Mutex<Inner>>,
}

pub struct Inner {
    pub windows: Vec<(u64, u64)>,
    pub counted: VecDeque<Duration>,
    /// Class, limit, running, highest, sample.
    classes: HashMap<&'static str, Class>,
    pub service: (Duration, Duration),
    pub served: Vec<(Duration, String)>,
    pub refused_rate: u64,
    pub refused_concurrency: u64,
    pub tells: bool,
    /// One call in so many breaks off.
    pub breaks: u64,
    pub script: Option<Script>,
    random: fastrand::Rng,
}

#[derive(Default)]
struct Class {
    limit: u32,
    running: u32,
    highest: u32,
    sample: Option<(Duration, u32)>,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tenant")
    }
}

fn class_of(method: &http::Method, path: &str) -> &'static str {
    match path {
        path if path.starts_with("/object-query/") => "Object Query",
        "/v1/orders" if *method == http::Method::POST => "High-volume transactions",
        // One that the client's table does not have.
        "/v1/surprise" => "High-volume transactions",
        _ => "Default",
    }
}

impl Tenant {
    pub fn new(rig: &super::Rig, windows: &[(u64, u64)]) -> Self {
        let class = |limit| Class {
            limit,
            ..Class::default()
        };
        let classes = [
            ("Default", class(40)),
            ("High-volume transactions", class(200)),
            ("Object Query", class(80)),
        ];
        Self {
            token: rig.sim.transport(),
            clock: rig.clock.clone(),
            begun: rig.clock.now(),
            inner: Arc::new(Mutex::new(Inner {
                windows: windows.to_vec(),
                counted: VecDeque::new(),
                classes: classes.into(),
                service: (Duration::from_millis(40), Duration::from_millis(160)),
                served: Vec::new(),
                refused_rate: 0,
                refused_concurrency: 0,
                tells: true,
                breaks: 0,
                script: None,
                random: fastrand::Rng::with_seed(7),
            })),
        }
    }

    pub fn set(&self, change: impl FnOnce(&mut Inner)) -> &Self {
        change(&mut self.inner.lock().unwrap());
        self
    }

    pub fn read<T>(&self, look: impl FnOnce(&Inner) -> T) -> T {
        look(&self.inner.lock().unwrap())
    }

    pub fn limit(&self, class: &'static str, limit: u32) -> &Self {
        self.set(|inner| inner.classes.get_mut(class).unwrap().limit = limit)
    }

    /// The most calls of a class that ran at once since this was asked last.
    pub fn highest(&self, class: &'static str) -> u32 {
        let mut inner = self.inner.lock().unwrap();
        let class = inner.classes.get_mut(class).unwrap();
        std::mem::replace(&mut class.highest, class.running)
    }

    pub fn served(&self) -> usize {
        self.read(|inner| inner.served.len())
    }

    pub fn refused(&self) -> (u64, u64) {
        self.read(|inner| (inner.refused_rate, inner.refused_concurrency))
    }

    pub fn elapsed(&self) -> Duration {
        self.clock.now() - self.begun
    }

    fn enter(&self, request: &http::Request<Bytes>) -> Result<Served, Box<http::Response<Bytes>>> {
        let now = self.elapsed();
        let mut inner = self.inner.lock().unwrap();
        let inner = &mut *inner;
        if let Some(reply) = inner.script.as_mut().and_then(|script| script(request)) {
            return Err(Box::new(reply));
        }
        let name = class_of(request.method(), request.uri().path());
        let uses = |inner: &Inner, (seconds, limit): (u64, u64)| inner.window(now, seconds, limit);
        let windows: Vec<_> = inner
            .windows
            .iter()
            .map(|window| uses(inner, *window))
            .collect();
        if let Some(full) = windows.iter().find(|window| window.used >= window.limit) {
            inner.refused_rate += 1;
            let body = format!(
                r#"{{"reasons":[{{"code":70,"message":"API Rate limit exceeded for the {}, retry after {} seconds"}}]}}"#,
                match full.seconds {
                    60 => "minute",
                    3600 => "hour",
                    _ => "day",
                },
                full.reset
            );
            return Err(Box::new(reply(429, body, &[])));
        }
        let class = inner.classes.get_mut(name).unwrap();
        if class.running >= class.limit {
            inner.refused_concurrency += 1;
            let body = r#"{"success":false,"reasons":[{"code":50000070,"message":"The total number of concurrent requests has exceeded the limit"}]}"#;
            let headers = [("retry-after", "120".to_owned())];
            return Err(Box::new(reply(429, body.to_owned(), &headers)));
        }
        class.running += 1;
        class.highest = class.highest.max(class.running);
        let left = class.limit - class.running;
        let fresh = class
            .sample
            .filter(|(at, _)| now - *at < Duration::from_secs(1));
        let (_, sample) = *class.sample.insert(fresh.unwrap_or((now, left)));
        let mut headers = vec![
            ("concurrency-limit-type", name.to_owned()),
            ("concurrency-limit-limit", class.limit.to_string()),
            ("concurrency-limit-remaining", sample.to_string()),
        ];
        inner.counted.push_back(now);
        let windows: Vec<_> = inner
            .windows
            .iter()
            .map(|window| uses(inner, *window))
            .collect();
        let nearest = windows.iter().min_by(|a, b| {
            let left = |w: &Use| (w.limit - w.used) as f64 / w.limit as f64;
            left(a).total_cmp(&left(b))
        });
        if let Some(nearest) = nearest {
            let mut list = nearest.limit.to_string();
            for window in &windows {
                list.push_str(&format!(", {};w={}", window.limit, window.seconds));
            }
            headers.push(("ratelimit-limit", list));
            headers.push((
                "ratelimit-remaining",
                (nearest.limit - nearest.used).to_string(),
            ));
            headers.push(("ratelimit-reset", nearest.reset.to_string()));
        }
        if !inner.tells {
            headers.clear();
        }
        inner.served.push((now, request.uri().path().to_owned()));
        let (low, high) = inner.service;
        let span = (high - low).as_millis() as u64;
        let service = low + Duration::from_millis(inner.random.u64(0..=span));
        let breaks = inner.breaks > 0 && inner.random.u64(0..inner.breaks) == 0;
        Ok(Served {
            name,
            headers,
            service,
            breaks,
        })
    }
}

struct Served {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
    service: Duration,
    breaks: bool,
}

struct Use {
    seconds: u64,
    limit: u64,
    used: u64,
    reset: u64,
}

impl Inner {
    fn window(&self, now: Duration, seconds: u64, limit: u64) -> Use {
        let begin = Duration::from_secs(now.as_secs() - now.as_secs() % seconds);
        let left = begin + Duration::from_secs(seconds) - now;
        let used = self.counted.len() - self.counted.partition_point(|at| *at < begin);
        Use {
            seconds,
            limit,
            used: used as u64,
            reset: left.as_secs_f64().ceil() as u64,
        }
    }
}

/// The call has ended, also when the client has given it up.
struct Running(Tenant, &'static str);

impl Drop for Running {
    fn drop(&mut self) {
        let mut inner = self.0.inner.lock().unwrap();
        inner.classes.get_mut(self.1).unwrap().running -= 1;
    }
}

pub fn reply(status: u16, body: String, headers: &[(&str, String)]) -> http::Response<Bytes> {
    let mut reply = http::Response::builder()
        .status(status)
        .header("zuora-request-id", "7f0c1b9e-4a52-4c1e-8f0e-000000000001");
    for (name, value) in headers {
        reply = reply.header(*name, value);
    }
    reply.body(Bytes::from(body)).unwrap()
}

impl Transport for Tenant {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> zuora_wire::BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        if request.uri().path().ends_with("/oauth/token") {
            return self.token.send(request);
        }
        let tenant = self.clone();
        Box::pin(async move {
            let served = match tenant.enter(&request) {
                Ok(served) => served,
                Err(refusal) => {
                    tenant.clock.sleep(Duration::from_millis(10)).await;
                    return Ok(*refusal);
                }
            };
            let running = Running(tenant.clone(), served.name);
            tenant.clock.sleep(served.service).await;
            drop(running);
            if served.breaks {
                return Err(TransportError::new(TransportErrorKind::Closed, None));
            }
            Ok(reply(
                200,
                r#"{"success":true}"#.to_owned(),
                &served.headers,
            ))
        })
    }
}
