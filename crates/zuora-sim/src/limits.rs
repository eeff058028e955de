//! What a tenant may call: the profiles of limits, and own numbers.

use std::time::Duration;

/// A class of operations that are counted together while they run (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConcurrencyClass {
    /// Everything under `/v1` that no other class names.
    Default,
    /// Creating accounts, orders and subscriptions, and their previews.
    HighVolume,
    /// `/object-query/*`.
    ObjectQuery,
}

impl ConcurrencyClass {
    pub(crate) const ALL: [Self; 3] = [Self::Default, Self::HighVolume, Self::ObjectQuery];

    /// The name in `Concurrency-Limit-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::HighVolume => "High-volume transactions",
            Self::ObjectQuery => "Object Query",
        }
    }
}

/// How the windows of the rate limit begin and end. Which of the two Zuora has is not known: both are
/// guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WindowKind {
    /// One after the other, all calls free again at once.
    #[default]
    Fixed,
    /// The last minute, hour or day before now, to the second.
    Sliding,
}

pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 86_400;

/// The rate and concurrency limits of the tenant. The token endpoint has a limit of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Seconds and calls of each window, the shortest first.
    pub(crate) windows: Vec<(u64, u64)>,
    /// In the order of [`ConcurrencyClass::ALL`].
    pub(crate) concurrency: [Option<u64>; 3],
    pub(crate) kind: WindowKind,
    pub(crate) retry_after: bool,
    pub(crate) sample_every: Duration,
    pub(crate) headers: bool,
    pub(crate) hang_up_ends_call: bool,
}

impl Limits {
    /// Production and the central sandbox: 50,000 calls a minute, 2,250,000 an hour, 27,000,000 a day
    /// (documented).
    pub fn production() -> Self {
        Self::of(50_000, 2_250_000, 27_000_000)
    }

    /// The developer sandbox: 12,500, 25,000 and 50,000 (documented).
    pub fn developer_sandbox() -> Self {
        Self::of(12_500, 25_000, 50_000)
    }

    /// The API sandbox: 2,500, 5,000 and 10,000 (documented).
    pub fn api_sandbox() -> Self {
        Self::of(2_500, 5_000, 10_000)
    }

    /// No limit, and no header that tells of one.
    pub fn unlimited() -> Self {
        Self {
            windows: Vec::new(),
            concurrency: [None; 3],
            kind: WindowKind::default(),
            retry_after: false,
            sample_every: Duration::from_secs(1),
            headers: true,
            hang_up_ends_call: false,
        }
    }

    /// A profile by name: `production`, `developer-sandbox`, `api-sandbox` or `unlimited`.
    pub fn profile(name: &str) -> Option<Self> {
        Some(match name {
            "production" => Self::production(),
            "developer-sandbox" => Self::developer_sandbox(),
            "api-sandbox" => Self::api_sandbox(),
            "unlimited" => Self::unlimited(),
            _ => return None,
        })
    }

    fn of(minute: u64, hour: u64, day: u64) -> Self {
        Self::unlimited()
            .per_minute(minute)
            .per_hour(hour)
            .per_day(day)
            .concurrency(ConcurrencyClass::Default, 40)
            .concurrency(ConcurrencyClass::HighVolume, 200)
            .concurrency(ConcurrencyClass::ObjectQuery, 80)
    }

    /// Sets the calls of a minute.
    #[must_use]
    pub fn per_minute(self, calls: u64) -> Self {
        self.window(MINUTE, calls)
    }

    /// Sets the calls of an hour.
    #[must_use]
    pub fn per_hour(self, calls: u64) -> Self {
        self.window(HOUR, calls)
    }

    /// Sets the calls of a day.
    #[must_use]
    pub fn per_day(self, calls: u64) -> Self {
        self.window(DAY, calls)
    }

    fn window(mut self, seconds: u64, calls: u64) -> Self {
        self.windows.retain(|(other, _)| *other != seconds);
        self.windows.push((seconds, calls));
        self.windows.sort_unstable();
        self
    }

    /// Sets how many calls of a class may run at once.
    #[must_use]
    pub fn concurrency(mut self, class: ConcurrencyClass, calls: u64) -> Self {
        self.concurrency[class as usize] = Some(calls);
        self
    }

    /// Sets how windows begin and end.
    #[must_use]
    pub fn window_kind(mut self, kind: WindowKind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether the 429 of a rate window carries `Retry-After`. What Zuora does is not known; off by
    /// default (a guess).
    #[must_use]
    pub fn rate_retry_after(mut self, send: bool) -> Self {
        self.retry_after = send;
        self
    }

    /// How old `Concurrency-Limit-Remaining` may be: a second by default (documented: sampled about
    /// once a second). Zero makes it exact.
    #[must_use]
    pub fn sample_every(mut self, age: Duration) -> Self {
        self.sample_every = age;
        self
    }

    /// Whether the headers of replies tell of these limits (documented); they do by default. Without
    /// them a caller learns of a limit by its refusals alone.
    #[must_use]
    pub fn headers(mut self, send: bool) -> Self {
        self.headers = send;
        self
    }

    /// Whether a call gives its place up when its caller hangs up, that is when its connection is closed
    /// or its future is dropped; its work is done all the same. What Zuora does is not known; by default
    /// the call runs to the end of its service time (a guess).
    #[must_use]
    pub fn hang_up_ends_call(mut self, ends: bool) -> Self {
        self.hang_up_ends_call = ends;
        self
    }

    pub(crate) fn of_class(&self, class: ConcurrencyClass) -> Option<u64> {
        self.concurrency[class as usize]
    }
}

impl Default for Limits {
    /// [`Limits::production`].
    fn default() -> Self {
        Self::production()
    }
}
