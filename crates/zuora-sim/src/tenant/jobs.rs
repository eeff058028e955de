//! Work that goes on after its request was answered. A job is a record: it waits, begins and ends at moments
//! of virtual time, and says then what the work answered. What falls due beside jobs is the end of what does
//! not stay, see `retention`.
//!
//! The work is that of an operation, or one that only jobs do; either way a [`Handler`] by its name. It is
//! done at the job's end, in one transaction with the job's own change. That jobs take the time that they
//! take is a guess; it is set by `job_time`.

use super::{
    door::{self, Answer, Ask},
    kind::Kind,
    moment::Moment,
    nulls,
    record::text,
    retention,
    store::{Store, Transaction},
};
use crate::{
    VirtualClock, described,
    dispatch::Call,
    message::{Door, Reply, Request},
    problem::Problem,
    state::{Shared, State},
    version::Version,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use jiff::Timestamp;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::PoisonError,
    time::Duration,
};
use zuora_wire::{Json, Object};

/// Where a job stands, in the member `status` of its record.
pub(super) const PENDING: &str = "Pending";
pub(super) const PROCESSING: &str = "Processing";
pub(super) const COMPLETED: &str = "Completed";
pub(super) const FAILED: &str = "Failed";
pub(super) const CANCELED: &str = "Canceled";

/// When it does so on the wall clock, for a snapshot.
const BEGINS: &str = "begins";
const ENDS: &str = "ends";

/// Begins a job; gives its id. When it ends, the handler of `work`, the id of an operation or a name of its
/// own, is asked with this body and with the path and query of the present request.
pub(super) fn start(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    work: &'static str,
    body: Object,
) -> Result<String, Problem> {
    let half = tx.job_time() / 2;
    start_after(tx, ask, work, body, half)
}

/// The same, when the job is to wait for something first.
pub(super) fn start_after(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    work: &'static str,
    body: Object,
    wait: Duration,
) -> Result<String, Problem> {
    let mut job = Object::new();
    job.insert("operation", ask.operation.id());
    job.insert("work", work);
    let uri = &ask.call.request.uri;
    job.insert("target", uri.path_and_query().map_or("/", |it| it.as_str()));
    job.insert("args", ask.call.args.to_vec());
    job.insert("status", PENDING);
    job.insert("body", body);
    let end = wait.saturating_add(tx.job_time() / 2);
    for (member, after) in [(BEGINS, wait), (ENDS, end)] {
        job.insert(member, tx.wall_after(after).to_string());
    }
    let id = tx.create(Kind::AsyncJob, job)?;
    tx.plan(wait, Kind::AsyncJob, &id);
    tx.plan(end, Kind::AsyncJob, &id);
    Ok(id)
}

/// The job with this id: `status`, and at its end `result`, what the work answered, or when it failed the
/// error that it would have answered.
pub(super) fn find<'t>(tx: &'t Transaction<'_>, id: &str) -> Result<&'t Object, Problem> {
    tx.find(Kind::AsyncJob, id)
}

/// Whether nothing more will happen to a job.
pub(super) fn is_over(job: &Object) -> bool {
    !matches!(text(job, "status"), PENDING | PROCESSING)
}

/// Stops a job that has not ended; `false` when it has.
pub(super) fn cancel(tx: &mut Transaction<'_>, id: &str) -> Result<bool, Problem> {
    if is_over(find(tx, id)?) {
        return Ok(false);
    }
    tx.change(Kind::AsyncJob, id, |job| {
        job.insert("status", CANCELED);
    })?;
    Ok(true)
}

/// Lets the jobs of a snapshot go on that had not ended when it was taken, and what does not stay go, at the
/// same times on the wall clock; what would be over by then happens now.
pub(crate) fn resume(store: &mut Store, clock: &VirtualClock) {
    let (now, wall) = (clock.true_time(), Timestamp::try_from(clock.wall()));
    let left = |row: &Object, member| {
        let at = text(row, member).parse::<Timestamp>().ok()?;
        let left = at.duration_since(*wall.as_ref().ok()?);
        Duration::try_from(left).ok()
    };
    let step = |kind: Kind, row: &Object, member| {
        let at = now.saturating_add(left(row, member).unwrap_or_default());
        (at, kind, text(row, "id").to_owned())
    };
    let mut steps = Vec::new();
    for job in store.all(Kind::AsyncJob).filter(|job| !is_over(job)) {
        let begins = (text(job, "status") == PENDING).then_some(BEGINS);
        for member in begins.into_iter().chain([ENDS]) {
            steps.push(step(Kind::AsyncJob, job, member));
        }
    }
    let mortal = retention::all(store);
    steps.extend(mortal.map(|(kind, row)| step(kind, row, retention::GOES)));
    for (at, kind, id) in steps {
        store.plan(at, kind, id);
    }
}

/// Lets everything happen that has fallen due, in its order, each at its own moment; gives how much that was.
pub(crate) fn catch_up(shared: &Shared) -> usize {
    let now = shared.clock.true_time();
    if shared.state().store.next_due(now).is_none() {
        return 0;
    }
    let guard = shared.catching_up.lock();
    let _guard = guard.unwrap_or_else(PoisonError::into_inner);
    let mut count = 0;
    loop {
        let next = {
            let state = shared.state();
            let due = state.store.next_due(now);
            due.map(|(at, place, kind, id)| (at, place, kind, id.to_owned()))
        };
        let Some((at, place, kind, id)) = next else {
            return count;
        };
        match kind {
            Kind::AsyncJob => go_on(shared, at, &id),
            // One that is gone already cannot go.
            _ => transact(shared, at, |tx| retention::end(tx, kind, &id)).unwrap_or_default(),
        }
        shared.state().store.is_done(at, place);
        count += 1;
    }
}

/// One step of a job: it begins, or it ends.
fn go_on(shared: &Shared, at: Duration, id: &str) {
    let job = shared.state().store.get(Kind::AsyncJob, id).cloned();
    let Some(job) = job else {
        return;
    };
    match text(&job, "status") {
        PENDING => {
            // The job is there: nothing can refuse this.
            let _ = transact(shared, at, |tx| {
                tx.change(Kind::AsyncJob, id, |job| {
                    job.insert("status", PROCESSING);
                })
            });
        }
        PROCESSING => end(shared, at, id, &job),
        _ => {}
    }
}

/// Does the work, and keeps what came of it.
fn end(shared: &Shared, at: Duration, id: &str, job: &Object) {
    let operation = zuora_catalog::operation(text(job, "operation"));
    let (Some(operation), Some(handler)) = (operation, door::by_name(text(job, "work"))) else {
        // From a snapshot that was changed by hand.
        let text = "No work of this name is known";
        mark(shared, at, id, FAILED, Json::object([("message", text)]));
        return;
    };
    let args = job.get("args").and_then(Json::as_array);
    let args: Vec<String> = args
        .into_iter()
        .flatten()
        .filter_map(|arg| arg.as_str().map(str::to_owned))
        .collect();
    let request = Request {
        method: operation.method().parse().unwrap_or(Method::POST),
        uri: text(job, "target").parse().unwrap_or(Uri::from_static("/")),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        oversized: None,
        upload: None,
        bad_body: None,
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        door: Door::Seam,
    };
    let call = Call {
        shared,
        operation: operation.id(),
        described: Some(operation),
        request: &request,
        args: &args,
        request_id: id,
        process_id: id,
        json: job.get("body"),
        page_fault: None,
        stale: None,
    };
    let work = zuora_catalog::operation(text(job, "work"));
    let nobody = Object::new();
    let ask = Ask {
        call: &call,
        operation: work.unwrap_or(operation),
        body: job.get("body").and_then(Json::as_object).unwrap_or(&nobody),
        // What is kept of it has everything.
        version: Version::NEWEST,
        from: 0,
        size: u64::MAX,
    };
    let done = transact(shared, at, |tx| {
        let answer = handler(tx, &ask)?;
        nulls::check(tx, ask.body)?;
        let result = match answer {
            Answer::Json(json) => json,
            other => door::json_of(&ask, other),
        };
        set_end(tx, id, COMPLETED, result)
    });
    if let Err(problem) = done {
        let family = described::family(operation.path());
        let reply = problem.reply(&call, family);
        mark(shared, at, id, FAILED, body_of(&reply));
    }
}

fn body_of(reply: &Reply) -> Json {
    let body = reply.body.at_hand();
    body.and_then(|body| Json::parse(body).ok())
        .unwrap_or(Json::Null)
}

fn mark(shared: &Shared, at: Duration, id: &str, status: &'static str, result: Json) {
    // Only a job that is gone cannot be marked.
    let _ = transact(shared, at, |tx| set_end(tx, id, status, result));
}

fn set_end(
    tx: &mut Transaction<'_>,
    id: &str,
    status: &'static str,
    result: Json,
) -> Result<(), Problem> {
    tx.change(Kind::AsyncJob, id, |job| {
        job.insert("status", status);
        job.insert("result", result);
        // It may be a whole file.
        job.remove("body");
    })
}

/// A transaction of a moment that may have passed.
fn transact<T>(
    shared: &Shared,
    at: Duration,
    part: impl FnOnce(&mut Transaction<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut state = shared.state();
    let State {
        store,
        ids,
        settings,
        ..
    } = &mut *state;
    let moment = Moment::at(at, &shared.clock, settings);
    let mut tx = Transaction::new(store, ids, &moment);
    let done = part(&mut tx)?;
    tx.commit();
    Ok(done)
}
