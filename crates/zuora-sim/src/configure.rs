//! The switches of the simulated API, the same for the builder and at run time.

use crate::{
    BadFault, ConnectionRules, Execution, IdempotencyRules, Limits, SimFile, Simulator,
    SimulatorBuilder, Upload, fault, ledger::Ledger, settings::Settings,
};
use jiff::tz::TimeZone;
use std::time::Duration;

impl SimulatorBuilder {
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The tenant's rate and concurrency limits; [`Limits::production`] by default.
    pub fn limits(self, limits: Limits) -> Self {
        self.set(|settings| settings.limits = limits)
    }

    /// What the documents leave open about idempotency keys.
    pub fn idempotency(self, rules: IdempotencyRules) -> Self {
        self.set(|settings| settings.idempotency = rules)
    }

    /// When connections are closed without notice; never by default.
    pub fn connections(self, rules: ConnectionRules) -> Self {
        self.set(|settings| settings.connections = rules)
    }

    /// How long an operation, or `*` for all others, works on a request: its call counts as running
    /// that long, and the reply comes when it is over. The work itself is done at once, so that one
    /// who hangs up stops nothing. None by default. [`build`](Self::build) refuses unknown operations.
    pub fn service_time(self, operation_id: impl Into<String>, time: Duration) -> Self {
        self.set(|settings| {
            settings.service_times.insert(operation_id.into(), time);
        })
    }

    /// How far service times vary, as a part of them from 0 to 1: with 0.5 each is drawn between half of
    /// what was set and half as much again. Not at all by default. Calls that are all served for the
    /// same time go on in step, as they never do in a real server.
    pub fn service_jitter(self, part: f64) -> Self {
        self.set(|settings| settings.service_jitter = part.clamp(0.0, 1.0))
    }

    /// When a request whose service takes longer is answered 504 by the gateway, its work done all the
    /// same; 120 s by default (documented).
    pub fn cut_off(self, after: Option<Duration>) -> Self {
        self.set(|settings| settings.cut_off = after)
    }

    /// The tenant's own version, such as `341.0` or `2025-08-12`, for requests without `Zuora-Version`; the
    /// oldest by default, and where it is not known.
    pub fn tenant_version(self, version: impl Into<String>) -> Self {
        self.set(|settings| settings.minor_version = Some(version.into()))
    }

    /// The tenant's time zone, such as `Europe/Oslo`; `UTC` by default. Its days begin there, CRUD and
    /// ZOQL show date-times in it, and one that is sent without an offset is read in it.
    ///
    /// # Errors
    /// [`BadFault`] when no zone has this name.
    pub fn time_zone(mut self, name: &str) -> Result<Self, BadFault> {
        self.settings.time_zone = zone(name)?;
        Ok(self)
    }

    /// How long jobs take that go on after their request was answered, such as an order that is created
    /// asynchronously; 2 s by default (a guess). They pass through virtual time.
    pub fn job_time(self, time: Duration) -> Self {
        self.set(|settings| settings.job_time = time)
    }

    /// Whether CRUD errors come as 200, as in old recordings, and not as 400, as the API reference
    /// says; not by default.
    pub fn crud_errors_in_200(self, in_200: bool) -> Self {
        self.set(|settings| settings.crud_errors_in_200 = in_200)
    }

    /// Whether replies above 1000 bytes are compressed for clients that accept gzip (documented); they
    /// are by default.
    pub fn gzip(self, gzip: bool) -> Self {
        self.set(|settings| settings.gzip = gzip)
    }

    /// How many made-up items each list has for which the tenant keeps no records, such as `getWorkflows`;
    /// without it they have one or two.
    pub fn list_items(self, items: u64) -> Self {
        self.set(|settings| settings.lists.items = Some(items))
    }

    /// The base that links to next pages name, such as `https://rest.zuora.com`; by default the
    /// simulator's own, so that a simple client stays on this machine.
    pub fn link_base(self, base: impl Into<String>) -> Self {
        self.set(|settings| settings.lists.link_base = Some(base.into()))
    }

    /// Adds a file to download.
    pub fn file(self, file: SimFile) -> Self {
        self.set(|settings| {
            settings.files.insert(file.id.clone(), file);
        })
    }

    /// The largest file of a usage upload; 4 MiB by default (documented). Of files larger than some 8 MiB the
    /// bytes are counted, and the rows not read.
    pub fn usage_limit(self, bytes: u64) -> Self {
        self.set(|settings| settings.usage_limit = bytes)
    }

    /// The largest file to download; 2047 MiB by default (documented).
    pub fn file_limit(self, bytes: u64) -> Self {
        self.set(|settings| settings.file_limit = bytes)
    }
}

impl Simulator {
    fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.state().settings);
    }

    /// The tenant's limits, to be changed and [set](Self::set_limits) again.
    pub fn limits(&self) -> Limits {
        self.shared.state().settings.limits.clone()
    }

    /// Sets the tenant's limits. The windows of the rate limit begin anew, unless they are the same as
    /// before; calls that run go on.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.state().set_limits(limits);
    }

    /// Sets what the documents leave open about idempotency keys.
    pub fn set_idempotency(&self, rules: IdempotencyRules) {
        self.set(|settings| settings.idempotency = rules);
    }

    /// Sets when connections are closed without notice.
    pub fn set_connections(&self, rules: ConnectionRules) {
        self.set(|settings| settings.connections = rules);
    }

    /// Sets how long an operation, or `*` for all others, works on a request.
    ///
    /// # Errors
    /// [`BadFault`] when the operation is not known.
    pub fn set_service_time(
        &self,
        operation_id: impl Into<String>,
        time: Duration,
    ) -> Result<(), BadFault> {
        let operation_id = operation_id.into();
        fault::check_operation("operation", &operation_id)?;
        self.set(|settings| {
            settings.service_times.insert(operation_id, time);
        });
        Ok(())
    }

    /// Sets when a request is answered 504 although its work goes on.
    pub fn set_cut_off(&self, after: Option<Duration>) {
        self.set(|settings| settings.cut_off = after);
    }

    /// Sets the tenant's own version, for requests without `Zuora-Version`.
    pub fn set_tenant_version(&self, version: Option<&str>) {
        self.set(|settings| settings.minor_version = version.map(str::to_owned));
    }

    /// Sets the tenant's time zone.
    ///
    /// # Errors
    /// [`BadFault`] when no zone has this name.
    pub fn set_time_zone(&self, name: &str) -> Result<(), BadFault> {
        let zone = zone(name)?;
        let mut state = self.shared.state();
        state.settings.time_zone = zone;
        state.store.forget_replies();
        Ok(())
    }

    /// Sets how long the jobs take that begin from now on.
    pub fn set_job_time(&self, time: Duration) {
        self.set(|settings| settings.job_time = time);
    }

    /// Sets whether CRUD errors come as 200.
    pub fn set_crud_errors_in_200(&self, in_200: bool) {
        self.set(|settings| settings.crud_errors_in_200 = in_200);
    }

    /// Sets whether replies are compressed for clients that accept it.
    pub fn set_gzip(&self, gzip: bool) {
        self.set(|settings| settings.gzip = gzip);
    }

    /// Answers one operation with a list of so many made-up items, in the place of the tenant's records;
    /// `*` stands for all lists for which there are no records.
    ///
    /// # Errors
    /// [`BadFault`] when the operation is not known, or has no list whose items can be made up.
    pub fn set_list_items(&self, operation_id: &str, items: u64) -> Result<(), BadFault> {
        self.shared.state().set_list(operation_id, items)
    }

    /// Sets the base that links to next pages name; `None` for the simulator's own.
    pub fn set_link_base(&self, base: Option<&str>) {
        self.set(|settings| settings.lists.link_base = base.map(str::to_owned));
    }

    /// Adds a file to download, or replaces the one with the same id.
    pub fn add_file(&self, file: SimFile) {
        self.set(|settings| {
            settings.files.insert(file.id.clone(), file);
        });
    }

    /// Sets the largest file of a usage upload.
    pub fn set_usage_limit(&self, bytes: u64) {
        self.set(|settings| settings.usage_limit = bytes);
    }

    /// Sets the largest file to download.
    pub fn set_file_limit(&self, bytes: u64) {
        self.set(|settings| settings.file_limit = bytes);
    }

    /// The writes that were executed, in order: what changed the tenant, whatever its caller was told.
    /// A request that was refused, or answered from the store of idempotency keys, is not among them.
    pub fn executions(&self) -> Vec<Execution> {
        self.ledger(|ledger| ledger.list().to_vec())
    }

    /// How often the write with this mark was executed: the header `Zuora-Sim-Marker` of its request.
    pub fn executions_of(&self, marker: &str) -> u64 {
        self.ledger(|ledger| {
            let counts = ledger.by_marker();
            let of_marker = counts.iter().filter(|((_, mark), _)| *mark == marker);
            of_marker.map(|(_, count)| count).sum()
        })
    }

    /// The marks of writes that were executed more than once, each with its operation and how often:
    /// empty, unless a client sent a write again that it should not have.
    pub fn executed_twice(&self) -> Vec<(&'static str, String, u64)> {
        self.ledger(|ledger| {
            let counts = ledger.by_marker().into_iter();
            counts
                .filter(|(_, count)| *count > 1)
                .map(|((operation, marker), count)| (operation, marker.to_owned(), count))
                .collect()
        })
    }

    fn ledger<T>(&self, read: impl FnOnce(&Ledger) -> T) -> T {
        read(&self.shared.state().ledger)
    }

    /// The uploads that were accepted, in order.
    pub fn uploads(&self) -> Vec<Upload> {
        self.shared.state().uploads.clone()
    }

    /// How many idempotency keys are held.
    pub fn idempotency_keys(&self) -> usize {
        self.shared.state().keys.len()
    }
}

/// The time zone of this name.
pub(crate) fn zone(name: &str) -> Result<TimeZone, BadFault> {
    TimeZone::get(name).map_err(|_| {
        let rule = format!("must be the name of a time zone such as Europe/Oslo, not {name:?}");
        BadFault::new("timeZone", rule)
    })
}
