//! Zuora's concurrency classes, and the class of a call.

use http::Method;
use std::{
    collections::HashMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    ops::{Index, IndexMut},
};

/// Zuora limits how many calls of a class run at once in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConcurrencyClass {
    /// Everything that is in no other class; 40 at once unless Zuora tells another number.
    Default,
    /// Creating accounts, orders and subscriptions and their like; 200 at once.
    HighVolume,
    /// Object queries; 80 at once.
    ObjectQuery,
}

impl ConcurrencyClass {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Default, Self::HighVolume, Self::ObjectQuery];

    /// The name in `Concurrency-Limit-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::HighVolume => "High-volume transactions",
            Self::ObjectQuery => "Object Query",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.name().eq_ignore_ascii_case(name))
    }

    /// The documented limit, which holds until Zuora tells its own.
    pub(super) fn documented_limit(self) -> u32 {
        match self {
            Self::Default => 40,
            Self::HighVolume => 200,
            Self::ObjectQuery => 80,
        }
    }

    /// By the documentation; a call outside of it is taken for `Default` (a guess).
    pub(super) fn documented(method: &Method, path: &str) -> Self {
        let mut segments = [""; 5];
        let mut count = 0;
        for segment in segments_of(path) {
            if count == segments.len() {
                // Nothing in the table is as long.
                return Self::first_segment(path, method);
            }
            segments[count] = segment;
            count += 1;
        }
        let fits = |row: &&(Method, &[&str])| {
            row.0 == *method
                && row.1.len() == count
                && row
                    .1
                    .iter()
                    .zip(&segments)
                    .all(|(wanted, segment)| *wanted == "*" || wanted == segment)
        };
        match HIGH_VOLUME.iter().find(fits) {
            Some(_) => Self::HighVolume,
            None => Self::first_segment(path, method),
        }
    }

    fn first_segment(path: &str, method: &Method) -> Self {
        match segments_of(path).next() {
            Some("object-query") => Self::ObjectQuery,
            // "Quickstart reads too".
            Some("v2") if *method == Method::GET => Self::ObjectQuery,
            _ => Self::Default,
        }
    }
}

impl fmt::Display for ConcurrencyClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Create account; create and preview order; create, preview, update, cancel and renew subscription;
/// RSA signatures; payment pages (documented in words; the paths are ours).
const HIGH_VOLUME: &[(Method, &[&str])] = &[
    (Method::POST, &["v1", "accounts"]),
    (Method::POST, &["v1", "orders"]),
    (Method::POST, &["v1", "orders", "preview"]),
    (Method::POST, &["v1", "subscriptions"]),
    (Method::POST, &["v1", "subscriptions", "preview"]),
    (Method::POST, &["v1", "subscriptions", "*", "preview"]),
    (Method::PUT, &["v1", "subscriptions", "*"]),
    (Method::PUT, &["v1", "subscriptions", "*", "cancel"]),
    (Method::PUT, &["v1", "subscriptions", "*", "renew"]),
    (Method::POST, &["v1", "rsa-signatures"]),
    (Method::POST, &["v1", "rsa-signatures", "decrypt"]),
    (Method::POST, &["v1", "hostedpages"]),
    (Method::GET, &["v1", "hostedpages"]),
];

fn segments_of(path: &str) -> impl Iterator<Item = &str> {
    path.split(['?', '#'])
        .next()
        .unwrap_or_default()
        .split('/')
        .filter(|segment| !segment.is_empty())
}

/// Stands for the method and the shape of a path: keys and numbers in it do not count.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Route(u64);

impl Route {
    fn of(method: &Method, path: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        method.hash(&mut hasher);
        for (at, segment) in segments_of(path).enumerate() {
            let is_version = at == 0;
            let is_key = segment.bytes().any(|b| b.is_ascii_digit()) || segment.len() > 40;
            let shown = if is_key && !is_version { "*" } else { segment };
            shown.hash(&mut hasher);
        }
        Self(hasher.finish())
    }
}

/// Which class calls belong to, corrected by what replies say.
#[derive(Debug, Default)]
pub(super) struct Classes(HashMap<Route, ConcurrencyClass>);

/// Paths whose keys hold no digit each look like a route of their own.
const MOST_ROUTES: usize = 1024;

impl Classes {
    /// The class of a call that is documented to be of this one.
    pub(super) fn correct(
        &self,
        documented: ConcurrencyClass,
        method: &Method,
        path: &str,
    ) -> ConcurrencyClass {
        // Nothing was learned as long as the documentation is right.
        if self.0.is_empty() {
            return documented;
        }
        let learned = self.0.get(&Route::of(method, path)).copied();
        learned.unwrap_or(documented)
    }

    /// A call that was taken for another turned out to be of this class.
    pub(super) fn learn(&mut self, method: &Method, path: &str, class: ConcurrencyClass) {
        let route = Route::of(method, path);
        if self.0.len() < MOST_ROUTES || self.0.contains_key(&route) {
            self.0.insert(route, class);
        }
    }
}

/// Something for each class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PerClass<T>(pub(super) [T; 3]);

impl<T> Index<ConcurrencyClass> for PerClass<T> {
    type Output = T;
    fn index(&self, class: ConcurrencyClass) -> &T {
        &self.0[class as usize]
    }
}

impl<T> IndexMut<ConcurrencyClass> for PerClass<T> {
    fn index_mut(&mut self, class: ConcurrencyClass) -> &mut T {
        &mut self.0[class as usize]
    }
}
