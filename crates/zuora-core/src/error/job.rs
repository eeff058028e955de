//! Failure that stands in the body of a job, which was read successfully (family s).

use super::code::Reason;
use crate::text;
use zuora_wire::Json;

/// A job that ended without its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    state: String,
    reason: Reason,
}

impl JobFailure {
    /// Reads the body of a job: data query, asynchronous order, other operations' jobs, AQuA, export
    /// and import. `None` when it is under way, has succeeded, or is no job.
    ///
    /// A plain read of a job never fails on this: only who waits for the job's end asks here.
    pub fn of(body: &Json) -> Option<Self> {
        // Data queries wrap the job in `data`.
        let job = body
            .get("data")
            .filter(|data| data.get("queryStatus").is_some());
        let job = job.unwrap_or(body);
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| job.get(name)?.as_str().map(text::one_line))
        };
        let state = text(&[
            "queryStatus",
            "jobStatus",
            "importStatus",
            "status",
            "Status",
        ])?;
        let ended_badly = ["failed", "cancelled", "canceled", "error", "aborted"];
        if !ended_badly
            .iter()
            .any(|bad| state.eq_ignore_ascii_case(bad))
        {
            return None;
        }
        let message = text(&[
            "errorMessage",
            "errors",
            "StatusReason",
            "statusReason",
            "failureReason",
            "message",
        ])
        .or_else(|| batch_message(job));
        // An asynchronous order names its code inside the text: `[40000050]`.
        let code = text(&["errorCode", "code"]).or_else(|| {
            let inside = message.as_deref()?.split('[').skip(1);
            inside
                .filter_map(|part| part.split(']').next())
                .find(|part| part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()))
                .map(str::to_owned)
        });
        Some(Self {
            state,
            reason: Reason {
                code,
                message,
                field: None,
            },
        })
    }

    /// The job's state as Zuora spells it: `failed`, `Failed`, `Canceled` and others.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The code, where the job names one.
    pub fn code(&self) -> Option<&str> {
        self.reason.code.as_deref()
    }

    /// What Zuora says about it.
    pub fn message(&self) -> Option<&str> {
        self.reason.message.as_deref()
    }

    /// The same job may succeed when it is started again: a lock, or the temporary error of the query
    /// engine (documented: `LINK_10000005`).
    pub fn is_temporary(&self) -> bool {
        let code = self.code().unwrap_or_default();
        // Codes of asynchronous orders begin with 4, so their category is read here.
        let locked =
            code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()) && code.ends_with("50");
        code == "LINK_10000005" || locked
    }
}

/// The first message of an AQuA job's batches.
fn batch_message(job: &Json) -> Option<String> {
    job.get("batches")?
        .as_array()?
        .iter()
        .find_map(|batch| batch.get("message")?.as_str().map(text::one_line))
}
