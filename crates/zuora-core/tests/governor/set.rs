//! A tenant with limits, and a client of it with a governor.

use crate::common::*;
use http::Method;
use std::time::{Duration, Instant, SystemTime};
use zuora_core::{Client, Clock, ConcurrencyClass, Error, Governor, Priority, RequestBuilder};
use zuora_sim::{
    ConcurrencyClass as TenantClass, Fault, FaultBody, Limits as TenantLimits, SimClient,
    Simulator, VirtualClock,
};

pub const SECOND: Duration = Duration::from_secs(1);
const DATA: &str = r#"{"records":{"Account":[
    {"id":"a1","accountNumber":"A00000001","name":"Acme","currency":"EUR"}]}}"#;
const ORDER: &str = r#"{"existingAccountNumber":"A00000001","orderDate":"2026-11-01",
    "subscriptions":[{"orderActions":[{"type":"CreateSubscription",
    "createSubscription":{"terms":{"initialTerm":{"termType":"EVERGREEN"}}}}]}]}"#;
const QUERY: &str = "/object-query/accounts?pageSize=1";
/// An operation of each class.
pub const OPERATIONS: [(&str, TenantClass); 3] = [
    ("getAccount", TenantClass::Default),
    ("createOrder", TenantClass::HighVolume),
    ("queryAccounts", TenantClass::ObjectQuery),
];

pub struct Set {
    pub rig: Rig,
    pub client: Client,
    begun: Instant,
}

/// The documented numbers of calls at once, and no windows of rate.
pub fn no_windows() -> TenantLimits {
    TenantLimits::unlimited()
        .concurrency(TenantClass::Default, 40)
        .concurrency(TenantClass::HighVolume, 200)
        .concurrency(TenantClass::ObjectQuery, 80)
}

pub fn per_minute(calls: u64) -> TenantLimits {
    no_windows().per_minute(calls)
}

/// A tenant whose calls take from 40 to 160 ms.
pub fn set(limits: TenantLimits, governor: Governor) -> Set {
    served_in(SECOND / 10, 0.6, limits, governor)
}

/// A tenant whose calls all take the same time.
pub fn steady(service: Duration, limits: TenantLimits, governor: Governor) -> Set {
    served_in(service, 0.0, limits, governor)
}

fn served_in(service: Duration, jitter: f64, limits: TenantLimits, governor: Governor) -> Set {
    trace();
    let start = SystemTime::UNIX_EPOCH + SECOND * 1_795_392_000;
    let clock = VirtualClock::frozen_at(start);
    let sim = Simulator::builder()
        .data(DATA)
        .unwrap()
        .client(SimClient::new(CLIENT_ID, SECRET))
        .clock(clock.clone())
        .seed(7)
        .limits(limits)
        .service_time("*", service)
        .service_jitter(jitter)
        .build()
        .unwrap();
    let rig = Rig { sim, clock };
    let client = rig
        .builder()
        .governor(governor)
        // What the governor does, and not what the retries make of it.
        .tries(1)
        .build()
        .unwrap();
    Set {
        begun: rig.clock.now(),
        rig,
        client,
    }
}

pub type Task = tokio::task::JoinHandle<Result<bytes::Bytes, Error>>;

impl Set {
    pub fn start(&self, track_id: &str, priority: Priority, timeout: Duration) -> Task {
        let call = self
            .client
            .request(Method::GET, ACCOUNT)
            .track_id(track_id)
            .priority(priority)
            .timeout(timeout);
        tokio::spawn(call.into_future())
    }

    pub fn many(&self, count: usize, priority: Priority) -> Vec<Task> {
        (0..count)
            .map(|at| self.start(&at.to_string(), priority, SECOND * 3600))
            .collect()
    }

    pub async fn all(&self, tasks: Vec<Task>) -> Vec<Result<bytes::Bytes, Error>> {
        self.rig
            .run(async {
                let mut outcomes = Vec::new();
                for task in tasks {
                    outcomes.push(task.await.unwrap());
                }
                outcomes
            })
            .await
    }

    pub async fn pass(&self, time: Duration) {
        self.rig.run(self.rig.clock.sleep(time)).await;
    }

    pub async fn get(&self) -> Result<bytes::Bytes, Error> {
        self.rig.get(&self.client).await
    }

    pub fn order(&self) -> RequestBuilder {
        call(&self.client, 1)
    }

    /// Time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.rig.clock.now() - self.begun
    }

    /// When each account was asked for, and with which track id.
    pub fn asked(&self) -> Vec<(SystemTime, String)> {
        let journal = self.rig.sim.journal();
        let accounts = journal.iter().filter(|one| one.operation == "getAccount");
        accounts
            .map(|one| {
                let track_id = one.header("zuora-track-id").unwrap_or_default();
                (one.at, track_id.to_owned())
            })
            .collect()
    }

    pub fn peak(&self) -> usize {
        self.rig.sim.peak(TenantClass::Default)
    }

    /// How many calls were told to slow down.
    pub fn refused(&self) -> u64 {
        let requests = |(operation, _)| self.rig.sim.requests().to(operation).with_status(429);
        OPERATIONS.map(|one| requests(one).count()).iter().sum()
    }

    pub fn limit(&self, class: TenantClass, limit: u64) {
        let sim = &self.rig.sim;
        sim.set_limits(sim.limits().concurrency(class, limit));
    }

    pub fn service(&self, time: Duration) {
        self.rig.sim.set_service_time("*", time).unwrap();
    }

    pub fn inject(&self, fault: Fault) {
        self.rig.sim.inject(fault).unwrap();
    }

    pub fn in_use(&self, class: ConcurrencyClass) -> (u32, usize) {
        let limits = self.client.limits();
        let found = limits.classes.iter().find(|found| found.class == class);
        let found = found.unwrap();
        (found.in_use, found.queued)
    }
}

/// A call of one of [`OPERATIONS`].
pub fn call(client: &Client, of: usize) -> RequestBuilder {
    match of {
        0 => client.request(Method::GET, ACCOUNT),
        1 => {
            let order = client.request(Method::POST, "/v1/orders");
            order.body(ORDER, "application/json")
        }
        _ => client.request(Method::GET, QUERY),
    }
}

/// A good reply, or a refusal, that says this in its headers.
pub fn says(body: &str, headers: &[(&str, &str)]) -> Fault {
    let fault = Fault::on("getAccount").body(FaultBody::raw(body.to_owned(), "application/json"));
    let with = |fault: Fault, (name, value): &(&str, &str)| fault.header(*name, *value);
    headers.iter().fold(fault, with)
}

pub fn ok(outcomes: &[Result<bytes::Bytes, Error>]) -> usize {
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}
