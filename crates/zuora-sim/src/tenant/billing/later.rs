//! Steps that a job does, and where their jobs stand.

use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler},
        jobs,
        kind::Kind,
        order_jobs,
        record::{copy, text},
        store::Transaction,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createPaymentAsync", begin),
    ("applyPaymentAsync", begin),
    ("applyCreditMemoAsync", begin),
    ("unapplyCreditMemoAsync", begin),
    ("createInvoiceWriteOffAsync", begin),
    ("getCreatePaymentAsyncJob", settlement_job),
    ("getApplyPaymentAsyncJob", settlement_job),
    ("getApplyCreditMemoAsyncJob", settlement_job),
    ("getUnapplyCreditMemoAsyncJob", settlement_job),
    ("getInvoiceWriteOffAsyncJob", settlement_job),
    ("postAsyncCreditMemo", begin_turn),
    ("postAsyncDebitMemo", begin_turn),
    ("cancelAsyncCreditMemo", begin_turn),
    ("cancelAsyncDebitMemo", begin_turn),
    ("getOperationJob", operation_job),
];

/// A step that a job does.
struct Step {
    operation: &'static str,
    /// The operation that does the same at once.
    work: &'static str,
    /// What the path names.
    kind: Kind,
    /// As its job calls it.
    name: &'static str,
    /// The operation that tells of its job.
    job: &'static str,
}

const fn step(
    operation: &'static str,
    work: &'static str,
    kind: Kind,
    name: &'static str,
    job: &'static str,
) -> Step {
    Step {
        operation,
        work,
        kind,
        name,
        job,
    }
}

static STEPS: [Step; 9] = [
    step(
        "createPaymentAsync",
        "createPayment",
        Kind::Payment,
        "AsyncPaymentCreate",
        "getCreatePaymentAsyncJob",
    ),
    step(
        "applyPaymentAsync",
        "applyPayment",
        Kind::Payment,
        "AsyncPaymentApply",
        "getApplyPaymentAsyncJob",
    ),
    step(
        "applyCreditMemoAsync",
        "applyCreditMemo",
        Kind::CreditMemo,
        "AsyncCreditMemoApply",
        "getApplyCreditMemoAsyncJob",
    ),
    step(
        "unapplyCreditMemoAsync",
        "unapplyCreditMemo",
        Kind::CreditMemo,
        "AsyncCreditMemoUnapply",
        "getUnapplyCreditMemoAsyncJob",
    ),
    step(
        "createInvoiceWriteOffAsync",
        "writeOffInvoice",
        Kind::Invoice,
        "AsyncInvoiceWriteOff",
        "getInvoiceWriteOffAsyncJob",
    ),
    step(
        "postAsyncCreditMemo",
        "postCreditMemo",
        Kind::CreditMemo,
        "Post",
        "getOperationJob",
    ),
    step(
        "postAsyncDebitMemo",
        "postDebitMemo",
        Kind::DebitMemo,
        "Post",
        "getOperationJob",
    ),
    step(
        "cancelAsyncCreditMemo",
        "cancelCreditMemo",
        Kind::CreditMemo,
        "Cancel",
        "getOperationJob",
    ),
    step(
        "cancelAsyncDebitMemo",
        "cancelDebitMemo",
        Kind::DebitMemo,
        "Cancel",
        "getOperationJob",
    ),
];

/// Begins the job of a step; gives the step, the job's id, and the id of what the path names.
fn started(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
) -> Result<(&'static Step, String, Option<String>), Problem> {
    let own = ask.operation.id();
    let step = STEPS.iter().find(|step| step.operation == own);
    let step = step.ok_or_else(|| Problem::not_found(own))?;
    let of = match ask.key() {
        "" => None,
        key => Some(tx.id_of(step.kind, key)?),
    };
    let job = jobs::start(tx, ask, step.work, ask.body.clone())?;
    Ok((step, job, of))
}

fn begin(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let (_, job, _) = started(tx, ask)?;
    Ok(Answer::Seen(settlement(tx, &job)?))
}

fn begin_turn(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let (_, job, of) = started(tx, ask)?;
    let mut reply = Object::new();
    reply.insert("id", of);
    reply.insert("jobId", job);
    reply.insert("jobStatus", jobs::PENDING);
    Ok(Answer::Seen(reply))
}

/// A job of the step that this reader is for.
fn find<'t>(
    tx: &'t Transaction<'_>,
    id: &str,
    reader: Option<&str>,
) -> Result<(&'static Step, &'t Object), Problem> {
    let job = jobs::find(tx, id)?;
    let step = STEPS.iter().find(|step| {
        step.operation == text(job, "operation") && reader.is_none_or(|own| own == step.job)
    });
    let step = step.ok_or_else(|| Problem::not_found(id))?;
    Ok((step, job))
}

/// The id of what a job works on, if it is there.
fn subject(tx: &Transaction<'_>, step: &Step, job: &Object) -> Option<String> {
    let named = job.get("args").and_then(Json::as_array)?.first();
    let made = || job.get("result")?.get("id");
    let key = named.or_else(made)?.as_str()?;
    tx.id_of(step.kind, key).ok()
}

fn settlement_job(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    find(tx, ask.key(), Some(ask.operation.id()))?;
    Ok(Answer::Seen(settlement(tx, ask.key())?))
}

fn settlement(tx: &Transaction<'_>, id: &str) -> Result<Object, Problem> {
    let (step, job) = find(tx, id, None)?;
    let mut reply = Object::new();
    let result = job.get("result");
    reply.insert("id", id);
    reply.insert("operationType", step.name);
    reply.insert("referenceType", step.kind.facts().name);
    if let Some(of) = subject(tx, step, job) {
        reply.insert("referenceId", of);
    }
    let status = match text(job, "status") {
        jobs::COMPLETED => {
            if let Some(result) = result.and_then(Json::as_object) {
                copy(result, &mut reply, &["creditMemo"]);
            }
            "Processed"
        }
        jobs::PENDING => jobs::PENDING,
        jobs::PROCESSING => jobs::PROCESSING,
        _ => {
            reply.insert("error", order_jobs::reasons(result));
            "Error"
        }
    };
    reply.insert("status", status);
    Ok(reply)
}

fn operation_job(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let (step, job) = find(tx, ask.key(), Some(ask.operation.id()))?;
    let mut reply = Object::new();
    reply.insert("id", ask.key());
    reply.insert("objectType", step.kind.facts().name);
    reply.insert("operationType", step.name);
    if let Some(of) = subject(tx, step, job) {
        reply.insert("objectId", of);
    }
    reply.insert(
        "status",
        match text(job, "status") {
            jobs::CANCELED => jobs::FAILED,
            status => status,
        },
    );
    Ok(Answer::Seen(reply))
}
