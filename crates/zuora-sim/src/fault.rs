//! Faults: which requests go wrong, how, and how often.

use crate::{fault_body::FaultBody, table};
use http::{HeaderName, HeaderValue, StatusCode};
use std::{fmt, ops::Range, time::Duration};

/// Something that goes wrong with the requests of one operation.
///
/// A fault with a [`status`](Self::status), a [`body`](Self::body) or a [`redirect`](Self::redirect)
/// answers in the operation's place, which is then not executed; with nothing but headers, a delay or
/// a way to break the reply, the operation is executed. Of several faults the first one that applies is used,
/// in the order in which they were injected. A fault stays until its [`times`](Self::times) are used
/// up or it is cleared. Times run on the simulator's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub(crate) on: String,
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<FaultBody>,
    pub(crate) delay: Duration,
    pub(crate) ending: Ending,
    pub(crate) times: Option<u64>,
    pub(crate) skip: u64,
    pub(crate) probability: f64,
    pub(crate) execute_first: bool,
    pub(crate) in_front: Option<bool>,
    pub(crate) page: Option<PageFault>,
    pub(crate) client: Option<String>,
    pub(crate) writes_only: bool,
    pub(crate) expires_token: bool,
    pub(crate) wrong_data_centre: bool,
    pub(crate) stale: Option<Duration>,
}

/// What is wrong with a page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageFault {
    /// The next page is the first one.
    Loop,
    /// The next page is this one again.
    Repeat,
    /// The page holds half as many items as it should, the rest is never seen.
    Short,
    /// The page is empty, and the next one is this one.
    EmptySelf,
    /// The link to the next page names this base, such as `https://elsewhere.invalid`; only where the
    /// next page is named by a URL.
    OtherHost(String),
}

/// How the reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Normal,
    ResetBefore,
    ResetAfter,
    Truncate,
    TruncateAt(u64),
    ResetAt(u64),
    Garbage,
    GarbageWire,
    SlowBody(Duration),
    RaggedRows,
}

impl Fault {
    /// A fault on an operation of the API reference, such as `createToken`, on the operations of a group,
    /// such as `Invoices`, or on `*`: every request outside `/_sim/`.
    pub fn on(operation_id: impl Into<String>) -> Self {
        Self {
            on: operation_id.into(),
            status: None,
            headers: Vec::new(),
            body: None,
            delay: Duration::ZERO,
            ending: Ending::Normal,
            times: None,
            skip: 0,
            probability: 1.0,
            execute_first: false,
            in_front: None,
            page: None,
            client: None,
            writes_only: false,
            expires_token: false,
            wrong_data_centre: false,
            stale: None,
        }
    }

    /// Answers with this status, 200 to 599, and unless told otherwise with the body that is usual for
    /// it on that route; below 400 that is none.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds `Retry-After` with any text, a right one or not.
    #[must_use]
    pub fn retry_after(self, text: impl Into<String>) -> Self {
        self.header("retry-after", text)
    }

    /// Sets a header of the reply.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Answers with this body; the status is 200 unless one is set.
    #[must_use]
    pub fn body(mut self, body: FaultBody) -> Self {
        self.body = Some(body);
        self
    }

    /// Waits before anything else happens.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Resets the connection; the request is not executed.
    #[must_use]
    pub fn reset_before(self) -> Self {
        self.ending(Ending::ResetBefore)
    }

    /// Executes the request and resets the connection instead of an answer.
    #[must_use]
    pub fn reset_after(self) -> Self {
        self.ending(Ending::ResetAfter)
    }

    /// Executes the request, promises its whole reply and closes the connection after half of it.
    #[must_use]
    pub fn truncate(self) -> Self {
        self.ending(Ending::Truncate)
    }

    /// Executes the request, promises its whole reply and closes the connection after this many bytes
    /// of the body; a body that is no longer arrives whole.
    #[must_use]
    pub fn truncate_at(self, bytes: u64) -> Self {
        self.ending(Ending::TruncateAt(bytes))
    }

    /// As [`truncate_at`](Self::truncate_at), but the connection is reset.
    #[must_use]
    pub fn reset_at(self, bytes: u64) -> Self {
        self.ending(Ending::ResetAt(bytes))
    }

    /// Executes the operation before it answers with the fault's own status and body: what happens
    /// when the work is done and the answer is lost.
    #[must_use]
    pub fn execute_first(mut self) -> Self {
        self.execute_first = true;
        self
    }

    /// Whether the fault's answer is given in front of the API, as by a gateway: the store of
    /// idempotency keys neither comes first nor keeps it, as it does with the answer of the API itself.
    /// Without this, statuses 300 to 399, 401, 429 and 502 to 504 are, and bodies that are HTML, text or
    /// empty. Limits and tokens are not looked at in either case, unless the fault
    /// [executes first](Self::execute_first).
    #[must_use]
    pub fn in_front(mut self, in_front: bool) -> Self {
        self.in_front = Some(in_front);
        self
    }

    /// Answers with a page that is wrong in this way, from an operation that lists.
    #[must_use]
    pub fn page(mut self, page: PageFault) -> Self {
        self.page = Some(page);
        self
    }

    /// Executes the request and answers 200 with a JSON content type and bytes that are not JSON.
    #[must_use]
    pub fn garbage(self) -> Self {
        self.ending(Ending::Garbage)
    }

    /// Executes the request and answers with bytes that are not HTTP, then closes the connection.
    #[must_use]
    pub fn garbage_wire(self) -> Self {
        self.ending(Ending::GarbageWire)
    }

    /// Sends the reply's head at once and its body after this long.
    #[must_use]
    pub fn slow_body(self, delay: Duration) -> Self {
        self.ending(Ending::SlowBody(delay))
    }

    /// Redirects to this URL, with 307 unless another status is set: the one that makes a careless
    /// client send its form again.
    #[must_use]
    pub fn redirect(self, url: impl Into<String>) -> Self {
        let status = self.status.unwrap_or(307);
        self.header("location", url).status(status)
    }

    /// Executes the request and makes some rows of its CSV reply one cell too short and others one too
    /// long; any other reply stays whole.
    #[must_use]
    pub fn ragged_rows(self) -> Self {
        self.ending(Ending::RaggedRows)
    }

    /// Ends the token that the request brings, as if its time were over: with [`skip`](Self::skip), a
    /// token that expires in the middle of a job.
    #[must_use]
    pub fn expire_token(mut self) -> Self {
        self.expires_token = true;
        self
    }

    /// Answers as another data centre does, which knows neither the client nor its token (that it looks
    /// like any 401 was observed).
    #[must_use]
    pub fn wrong_data_centre(mut self) -> Self {
        self.wrong_data_centre = true;
        self
    }

    /// Answers a read from the data as they were this long ago, as an index does that lags behind the
    /// writes. Object query and reads after a removal are documented to. Of the changes the latest
    /// 10,000 are known.
    #[must_use]
    pub fn stale(mut self, by: Duration) -> Self {
        self.stale = Some(by);
        self
    }

    /// Applies to this many requests, then goes away. Without it the fault stays.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets this many requests pass first.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Applies with this probability, 0 to 1, drawn from the simulator's seed.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Applies to requests with a token of this OAuth client, and to its token requests.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// Applies to operations that change something.
    #[must_use]
    pub fn writes_only(mut self) -> Self {
        self.writes_only = true;
        self
    }

    /// Whether a request of this operation and client is meant.
    fn is_for(&self, operation: &str, client: Option<&str>) -> bool {
        let described = || zuora_catalog::operation(operation);
        let is_on = self.on == "*"
            || self.on == operation
            || described().is_some_and(|operation| is_group(operation.group(), &self.on));
        let is_client = self.client.as_deref().is_none_or(|own| client == Some(own));
        is_on
            && is_client
            && (!self.writes_only || described().is_some_and(|operation| !operation.only_reads()))
    }

    fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    pub(crate) fn is_in_front(&self) -> bool {
        let by_status = matches!(self.status, Some(300..=399 | 401 | 429 | 502..=504));
        let by_body = matches!(
            self.body,
            Some(FaultBody::Html | FaultBody::Text(_) | FaultBody::Empty)
        ) || self.wrong_data_centre;
        self.in_front.unwrap_or(by_status || by_body)
    }

    /// Whether every part of it can be carried out.
    pub(crate) fn check(&self) -> Result<(), BadFault> {
        check_operation("on", &self.on)?;
        if let Some(status) = self.status
            && (!(200..=599).contains(&status) || StatusCode::from_u16(status).is_err())
        {
            return Err(BadFault::new("status", "must be from 200 to 599"));
        }
        for (name, value) in &self.headers {
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(BadFault::new(
                    "headers",
                    format!("{name:?} is not a header name"),
                ));
            }
            if HeaderValue::from_str(value).is_err() {
                let rule = format!("the value of {name} holds what a header cannot");
                return Err(BadFault::new("headers", rule));
            }
        }
        if self.wrong_data_centre && (self.status.is_some() || self.body.is_some()) {
            let rule = "answers by itself: it cannot go with a status or a body";
            return Err(BadFault::new("wrongDataCentre", rule));
        }
        if let Some(PageFault::OtherHost(base)) = &self.page
            && url::Url::parse(base).is_err()
        {
            return Err(BadFault::new("page", "must name a base URL"));
        }
        if let Some(FaultBody::Raw { content_type, .. }) = &self.body
            && HeaderValue::from_str(content_type).is_err()
        {
            return Err(BadFault::new("body.contentType", "must be a header value"));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(BadFault::new("probability", "must be from 0 to 1"));
        }
        Ok(())
    }
}

/// Whether the group has this name, in either spelling.
fn is_group(group: zuora_catalog::Group, name: &str) -> bool {
    group.name() == name || group.module() == name
}

/// Whether this is an operation, a group, or `*` for all of them.
pub(crate) fn check_operation(field: &str, id: &str) -> Result<(), BadFault> {
    if id == "*" || table::is_operation(id) || zuora_catalog::group(id).is_some() {
        return Ok(());
    }
    Err(BadFault::new(
        field,
        "must be `*`, a group such as Invoices, or an operation of the API reference such as getAccount",
    ))
}

/// A fault, or a setting, that cannot be carried out: which field of it, and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFault {
    field: String,
    rule: String,
}

impl BadFault {
    pub(crate) fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            rule: rule.into(),
        }
    }

    /// Of an item of a list.
    pub(crate) fn within(self, list: &str, place: usize) -> Self {
        let field = match self.field.as_str() {
            "" => format!("{list}.{place}"),
            field => format!("{list}.{place}.{field}"),
        };
        Self { field, ..self }
    }

    /// The field, such as `status`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What it must be.
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for BadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "it {}", self.rule),
            field => write!(f, "the field `{field}` {}", self.rule),
        }
    }
}

impl std::error::Error for BadFault {}

/// The faults in force.
#[derive(Debug)]
pub(crate) struct Faults {
    /// Each with the number by which it can be removed.
    list: Vec<(u64, Fault)>,
    /// The numbers of those that belong to a scenario.
    of_scenario: Range<u64>,
    next: u64,
    rng: fastrand::Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            list: Vec::new(),
            of_scenario: 0..0,
            next: 1,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), BadFault> {
        fault.check()?;
        if fault.times != Some(0) {
            self.list.push((self.next, fault));
            self.next += 1;
        }
        Ok(())
    }

    /// The faults of a scenario, in the place of those of an earlier one.
    pub(crate) fn play(&mut self, faults: Vec<Fault>) {
        let earlier = self.of_scenario.clone();
        self.list.retain(|(number, _)| !earlier.contains(number));
        let first = self.next;
        for fault in faults {
            // They name groups of the reference, which are known.
            let _ = self.add(fault);
        }
        self.of_scenario = first..self.next;
    }

    /// One after the other, each for one request unless it says otherwise; all of them or none.
    pub(crate) fn add_script(&mut self, steps: Vec<Fault>) -> Result<(), BadFault> {
        for (place, step) in steps.iter().enumerate() {
            step.check().map_err(|bad| bad.within("script", place))?;
        }
        for step in steps {
            let times = step.times.unwrap_or(1);
            self.add(step.times(times))?;
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self) -> usize {
        std::mem::take(&mut self.list).len()
    }

    /// Whether there was one with this number.
    pub(crate) fn remove(&mut self, number: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|(other, _)| *other != number);
        self.list.len() < before
    }

    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, &Fault)> {
        self.list.iter().map(|(number, fault)| (*number, fault))
    }

    /// Whether some fault asks for the client of a request.
    pub(crate) fn ask_for_client(&self) -> bool {
        self.list.iter().any(|(_, fault)| fault.client.is_some())
    }

    /// The fault for a request of this operation and client, if one applies.
    pub(crate) fn pick(&mut self, operation: &str, client: Option<&str>) -> Option<Fault> {
        for at in 0..self.list.len() {
            let (_, fault) = &mut self.list[at];
            if !fault.is_for(operation, client) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            // One draw a candidate, so that the sequence depends on the requests alone.
            if self.rng.f64() >= fault.probability {
                continue;
            }
            let used = fault.clone();
            if let Some(times) = &mut fault.times {
                *times -= 1;
                if *times == 0 {
                    self.list.remove(at);
                }
            }
            return Some(used);
        }
        None
    }
}
