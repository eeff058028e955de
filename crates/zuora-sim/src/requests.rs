//! Questions to the journal: which requests came, how many, and what they were.

use crate::{
    journal::{Journal, RecordedRequest, UNMATCHED},
    masked::Mask,
    state::Shared,
    table,
};
use std::fmt::{self, Write as _};

/// How many requests the text of a failed assertion shows.
const SHOWN: usize = 20;

/// The requests outside `/_sim/`, narrowed down step by step:
///
/// ```
/// # let simulator = zuora_sim::Simulator::builder().build().unwrap();
/// assert_eq!(simulator.requests().to("createToken").count(), 0);
/// simulator.requests().method("GET").path("/v1/accounts/*").assert_count(0);
/// ```
///
/// Asked for by operation and status, [`count`](Self::count) knows all requests since the start or the
/// last reset; everything else looks through the latest 10,000.
#[derive(Clone)]
#[must_use]
pub struct Requests<'a> {
    shared: &'a Shared,
    filter: Filter,
}

impl fmt::Debug for Requests<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filter = &self.filter;
        f.debug_struct("Requests")
            .field("filter", filter)
            .finish_non_exhaustive()
    }
}

/// What a request must be; what is not set does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) operation: Option<String>,
    pub(crate) method: Option<String>,
    /// With `*` at the end, what it begins with.
    pub(crate) path: Option<String>,
    pub(crate) status: Option<u16>,
}

impl Filter {
    pub(crate) fn matches(&self, request: &RecordedRequest) -> bool {
        let operation = self.operation.as_deref();
        let method = self.method.as_deref();
        operation.is_none_or(|operation| operation == request.operation)
            && method.is_none_or(|method| request.method.as_str().eq_ignore_ascii_case(method))
            && self
                .path
                .as_deref()
                .is_none_or(|path| match path.strip_suffix('*') {
                    Some(begin) => request.path.starts_with(begin),
                    None => request.path == path,
                })
            && self
                .status
                .is_none_or(|status| request.status == Some(status))
    }

    /// As many as the journal knows of.
    pub(crate) fn count(&self, journal: &Journal) -> u64 {
        match self {
            Self {
                operation: Some(operation),
                method: None,
                path: None,
                status,
            } => match status {
                None => journal.requests(operation),
                status => journal.requests_with_status(operation, *status),
            },
            _ => journal.count(|request| self.matches(request)),
        }
    }
}

impl<'a> Requests<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            filter: Filter::default(),
        }
    }

    /// Only those to this operation, such as `createToken`.
    ///
    /// # Panics
    /// If there is none with this id: what cannot come would always be found not to have come.
    #[track_caller]
    pub fn to(mut self, operation_id: impl Into<String>) -> Self {
        let id = operation_id.into();
        assert!(
            id == UNMATCHED || table::is_operation(&id),
            "{id:?} is no operation of the API reference, such as createToken"
        );
        self.filter.operation = Some(id);
        self
    }

    /// Only those that no operation answers.
    pub fn unmatched(self) -> Self {
        self.to(UNMATCHED)
    }

    /// Only those with this method.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.filter.method = Some(method.into());
        self
    }

    /// Only those with this path, as it was sent and without the query; with `*` at its end, those
    /// whose path begins so.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.filter.path = Some(path.into());
        self
    }

    /// Only those that were answered with this status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.filter.status = Some(status);
        self
    }

    /// How many there are, answered or not, faults included.
    pub fn count(&self) -> u64 {
        self.filter.count(&self.shared.journal)
    }

    /// The latest.
    pub fn last(&self) -> Option<RecordedRequest> {
        self.latest(1).pop()
    }

    /// All of them, in the order of their arrival.
    pub fn all(&self) -> Vec<RecordedRequest> {
        let mut all = self.latest(usize::MAX);
        all.reverse();
        all
    }

    fn latest(&self, most: usize) -> Vec<RecordedRequest> {
        let journal = &self.shared.journal;
        journal.latest(most, |request| self.filter.matches(request))
    }

    /// Fails a test unless there are so many.
    ///
    /// # Panics
    /// If there are more or fewer; the text lists the latest requests of all, without queries, bodies and
    /// secrets.
    #[track_caller]
    pub fn assert_count(&self, expected: u64) {
        let count = self.count();
        assert!(
            count == expected,
            "expected {expected} requests with {:?}, there were {count}; the latest:{}",
            self.filter,
            self.list(self.shared.journal.latest(SHOWN, |_| true))
        );
    }

    /// Fails a test if there are any.
    ///
    /// # Panics
    /// If there are; the text lists the latest of them, without queries, bodies and secrets.
    #[track_caller]
    pub fn assert_none(&self) {
        let count = self.count();
        assert!(
            count == 0,
            "expected no requests with {:?}, there were {count}; the latest:{}",
            self.filter,
            self.list(self.latest(SHOWN))
        );
    }

    /// A line for each request.
    fn list(&self, mut requests: Vec<RecordedRequest>) -> String {
        let state = self.shared.state();
        let mask = Mask::of(&state, self.shared.clock.true_time());
        requests.reverse();
        let mut lines = String::new();
        for request in requests {
            let status = request.status.map_or("-".to_owned(), |s| s.to_string());
            let (method, operation) = (&request.method, request.operation);
            let path = mask.path(&request.path);
            let _ = write!(lines, "\n  {method} {path} {status} ({operation})");
        }
        lines
    }
}
