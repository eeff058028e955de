//! What can be changed at run time, and what a reset puts back.

use crate::{
    ConnectionRules, ExpiresIn, IdempotencyRules, Limits, Scenario, SimClient, SimFile, TokenReuse,
    tenant::image::Image, token_window::TOKEN_REQUESTS_PER_MINUTE,
};
use jiff::tz::TimeZone;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// When the server gives a request up and its gateway answers 504 (documented).
pub(crate) const CUT_OFF: Duration = Duration::from_secs(120);
/// How long jobs take that go on after their request: a guess.
const JOB_TIME_GUESS: Duration = Duration::from_secs(2);
/// The largest file of a usage upload (documented).
const USAGE_LIMIT: u64 = 4 * 1024 * 1024;
/// The largest file to download (documented).
const FILE_LIMIT: u64 = 2047 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What a tenant begins with.
    pub(crate) data: Data,
    pub(crate) scenario: Option<Scenario>,
    /// The first one is the one that the handle names.
    pub(crate) clients: Vec<SimClient>,
    pub(crate) lifetime: ExpiresIn,
    pub(crate) reuse: TokenReuse,
    pub(crate) token_requests_per_minute: u32,
    /// Whether the token endpoint's 429 carries `Retry-After`. Not known: a guess either way.
    pub(crate) token_retry_after: bool,
    pub(crate) limits: Limits,
    pub(crate) idempotency: IdempotencyRules,
    pub(crate) connections: ConnectionRules,
    /// By operation; `*` for all others.
    pub(crate) service_times: BTreeMap<String, Duration>,
    /// The part of a service time by which it may be shorter or longer.
    pub(crate) service_jitter: f64,
    pub(crate) cut_off: Option<Duration>,
    /// The tenant's own `Zuora-Version`.
    pub(crate) minor_version: Option<String>,
    /// Whether CRUD errors come as 200, as in old recordings; the API reference says 400.
    pub(crate) crud_errors_in_200: bool,
    pub(crate) gzip: bool,
    /// How long a job takes from its request to its end.
    pub(crate) job_time: Duration,
    /// The tenant's own: where its days begin.
    pub(crate) time_zone: TimeZone,
    pub(crate) lists: Lists,
    pub(crate) files: BTreeMap<String, SimFile>,
    pub(crate) usage_limit: u64,
    pub(crate) file_limit: u64,
}

/// The data that a tenant begins with, and goes back to.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Nothing,
    /// A catalogue, and one account with an open invoice.
    OneAccount,
    /// A catalogue, 50 accounts and a year of invoices.
    Demo,
    /// A snapshot, or data written by hand.
    Image(Arc<Image>),
}

/// How lists are served.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    /// Of every list for which there are no records; a sample without it.
    pub(crate) items: Option<u64>,
    /// By operation, in the place of its records.
    pub(crate) items_of: BTreeMap<String, u64>,
    /// The base of links to next pages; the simulator's own without it.
    pub(crate) link_base: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: Data::Nothing,
            scenario: None,
            clients: Vec::new(),
            lifetime: ExpiresIn::default(),
            reuse: TokenReuse::default(),
            token_requests_per_minute: TOKEN_REQUESTS_PER_MINUTE,
            token_retry_after: false,
            limits: Limits::default(),
            idempotency: IdempotencyRules::default(),
            connections: ConnectionRules::default(),
            service_times: BTreeMap::new(),
            service_jitter: 0.0,
            cut_off: Some(CUT_OFF),
            minor_version: None,
            crud_errors_in_200: false,
            gzip: true,
            job_time: JOB_TIME_GUESS,
            time_zone: TimeZone::UTC,
            lists: Lists {
                items: None,
                items_of: BTreeMap::new(),
                link_base: None,
            },
            files: BTreeMap::new(),
            usage_limit: USAGE_LIMIT,
            file_limit: FILE_LIMIT,
        }
    }
}

impl Settings {
    /// How long an operation works on a request.
    pub(crate) fn service_time(&self, operation: &str, random: &mut fastrand::Rng) -> Duration {
        let times = &self.service_times;
        let time = times.get(operation).or_else(|| times.get("*"));
        let time = time.copied().unwrap_or_default();
        if self.service_jitter == 0.0 {
            return time;
        }
        let factor = 1.0 + self.service_jitter * (2.0 * random.f64() - 1.0);
        Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(time)
    }
}
