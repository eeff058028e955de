//! Orders that are carried out after their request: by a job, or when their day begins.

use super::{
    door::{Answer, Ask, Handler, done},
    jobs,
    kind::Kind,
    order_preview,
    orders::{self, MOST_ASYNC},
    record::{list, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use std::time::Duration;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createOrderAsynchronously", |tx, ask| {
        begin(tx, ask, MAKE, ask.body.clone())
    }),
    (MAKE, |tx, ask| {
        let mut made = match orders::made(tx, ask, MOST_ASYNC)? {
            Answer::Seen(made) => made,
            other => return Ok(other),
        };
        made.insert("jobType", "AsyncCreateOrder");
        Ok(Answer::Json(view::named(
            "GetAsyncCreateOrderJobResponse",
            &made,
        )))
    }),
    ("previewOrderAsynchronously", |tx, ask| {
        begin(tx, ask, PREVIEW, ask.body.clone())
    }),
    (PREVIEW, |tx, ask| {
        let mut result = order_preview::of_order(tx, ask.body, MOST_ASYNC)?;
        result.insert("jobType", "AsyncPreviewOrder");
        result.insert("success", true);
        let seen = view::named("GetAsyncPreviewOrderJobResponse", &result);
        Ok(Answer::Json(seen))
    }),
    ("deleteOrderAsynchronously", |tx, ask| {
        tx.find(Kind::Order, ask.key())?;
        begin(tx, ask, "deleteOrder", Object::new())
    }),
    ("getJobStatusAndResponse", job),
    (CARRY_OUT, on_its_day),
];

/// The work of jobs.
const MAKE: &str = "make an order";
const PREVIEW: &str = "preview an order";
const CARRY_OUT: &str = "carry out a scheduled order";

/// Keeps an order until its day.
pub(super) fn schedule(tx: &mut Transaction<'_>, ask: &Ask<'_>, id: &str) -> Result<(), Problem> {
    let day = day_of(tx.find(Kind::Order, id)?).ok_or_else(|| {
        Problem::missing("schedulingOptions.scheduledDate is missing: the order is to be scheduled")
    })?;
    stop(tx, id)?;
    tx.change(Kind::Order, id, |row| {
        row.insert("status", "Scheduled");
        row.insert("scheduledDate", day.to_string());
    })?;
    wait(tx, ask, id, day)
}

/// Stops what waits for an order's day.
pub(super) fn stop(tx: &mut Transaction<'_>, order: &str) -> Result<(), Problem> {
    let waits = |job: &&Object| {
        let body = job.get("body").and_then(Json::as_object);
        text(job, "work") == CARRY_OUT && body.is_some_and(|body| text(body, "orderId") == order)
    };
    let jobs = tx.store().all(Kind::AsyncJob).filter(waits);
    let jobs: Vec<String> = jobs.map(|job| text(job, "id").to_owned()).collect();
    for job in jobs {
        jobs::cancel(tx, &job)?;
    }
    Ok(())
}

/// A job that carries the order out when its day begins in the tenant's zone.
fn wait(tx: &mut Transaction<'_>, ask: &Ask<'_>, id: &str, day: Date) -> Result<(), Problem> {
    let mut body = Object::new();
    body.insert("orderId", id);
    let begins = tx.zone().to_timestamp(day.to_datetime(Time::midnight()));
    let now = tx.now.parse::<Timestamp>();
    let left = match (begins, now) {
        (Ok(begins), Ok(now)) => begins.duration_since(now),
        _ => Default::default(),
    };
    // A day that has begun is now.
    let left = Duration::try_from(left).unwrap_or_default();
    jobs::start_after(tx, ask, CARRY_OUT, body, left)?;
    Ok(())
}

pub(super) fn day_of(order: &Object) -> Option<Date> {
    let options = order.get("schedulingOptions").and_then(Json::as_object)?;
    text(options, "scheduledDate").parse().ok()
}

/// What is done when the day of a scheduled order has come, unless it was changed meanwhile.
fn on_its_day(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = text(ask.body, "orderId");
    let Some(order) = tx.get(Kind::Order, id) else {
        return Ok(done([]));
    };
    let day = day_of(order).filter(|_| text(order, "status") == "Scheduled");
    let today = tx.today.parse::<Date>();
    match (day, today) {
        // The day was moved, or the clock was set.
        (Some(day), Ok(today)) if day > today => wait(tx, ask, id, day)?,
        (Some(_), _) => {
            if tx.attempt(|tx| orders::carry_out(tx, id)).is_err() {
                tx.change(Kind::Order, id, |row| {
                    row.insert("status", "Failed");
                })?;
            }
        }
        (None, _) => {}
    }
    Ok(done([]))
}

/// Begins a job; the reply names it.
fn begin(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    work: &'static str,
    body: Object,
) -> Result<Answer, Problem> {
    let mut reply = Object::new();
    reply.insert("jobId", jobs::start(tx, ask, work, body)?);
    Ok(Answer::Seen(reply))
}

/// Where the job of an order stands.
fn job(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let job = jobs::find(tx, ask.key())?;
    let mut reply = Object::new();
    let result = job.get("result");
    match text(job, "status") {
        jobs::COMPLETED => {
            reply.insert("status", jobs::COMPLETED);
            if let Some(result) = result.filter(|result| result.get("jobType").is_some()) {
                reply.insert("result", result.clone());
            }
        }
        jobs::PENDING | jobs::PROCESSING => {
            reply.insert("status", jobs::PROCESSING);
        }
        _ => {
            reply.insert("status", jobs::FAILED);
            reply.insert("errors", reasons(result));
        }
    }
    Ok(Answer::Seen(reply))
}

/// Why a job failed: `[code]` and text of each reason. That a code stands in brackets was observed.
pub(super) fn reasons(result: Option<&Json>) -> String {
    let result = result.and_then(Json::as_object);
    let reasons = result
        .into_iter()
        .flat_map(|result| list(result, "reasons"));
    let told = reasons.map(|reason| {
        let code = match reason.get("code") {
            Some(Json::String(code)) => code.clone(),
            Some(code) => code.to_string(),
            None => String::new(),
        };
        format!("[{code}] {}", text(reason, "message"))
    });
    told.collect::<Vec<_>>().join("; ")
}
