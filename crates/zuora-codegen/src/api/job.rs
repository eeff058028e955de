//! What the description says of jobs must fit its schemas: a state that no reply ever tells would let a
//! caller wait for ever.

use super::{Api, Fault, Field, Job, Operation, Shape, Type};

/// The job's id stands in the first reply, its state in that of the poll; and the poll's reply knows the
/// state that means done, and at least one that means failed.
pub(super) fn check(api: &Api, operation: &Operation, job: &Job) -> Result<(), Fault> {
    let Some(poll) = api.operations.get(&job.poll) else {
        let rule = format!("the operation {} is unknown", job.poll);
        return Err(Fault::at(&job.place, rule));
    };
    let missing = |of: &Operation, member: &str| {
        let rule = format!("the reply of {} has no member {member}", of.id);
        Fault::at(&job.place, rule)
    };
    member(api, operation, &job.id).ok_or_else(|| missing(operation, &job.id))?;
    let state = member(api, poll, &job.state).ok_or_else(|| missing(poll, &job.state))?;
    let states = states(api, state);
    let unknown = |state: &String| !states.contains(state);
    if states.is_empty() {
        return Ok(());
    }
    // The enums of replies are open: other ways to fail are known from elsewhere.
    let all_fail_unseen = !job.failed.is_empty() && job.failed.iter().all(unknown);
    let stranger = job.done.iter().find(|state| unknown(state));
    let stranger = stranger.or(job.failed.first().filter(|_| all_fail_unseen));
    match stranger {
        None => Ok(()),
        Some(state) => {
            let rule = format!(
                "{} never tells {state:?}: its states are {}",
                poll.id,
                states.join(", ")
            );
            Err(Fault::at(&job.place, rule))
        }
    }
}

/// The member of an operation's reply to which a dotted path leads.
fn member<'a>(api: &'a Api, operation: &Operation, path: &str) -> Option<&'a Field> {
    let (_, reply) = operation.replies.first()?;
    let mut ty = reply.clone()?;
    let mut found = None;
    for name in path.split('.') {
        let Shape::Object(fields) = &api.schemas.get(ty.named()?)?.shape else {
            return None;
        };
        let field = fields.iter().find(|field| field.name == name)?;
        ty = field.ty.clone();
        found = Some(field);
    }
    found
}

/// The values that a field is known to have.
fn states(api: &Api, field: &Field) -> Vec<String> {
    if !field.facts.one_of.is_empty() {
        return field.facts.one_of.clone();
    }
    let named = match &field.ty {
        Type::Named(name) => api.schemas.get(name),
        _ => None,
    };
    match named.map(|schema| &schema.shape) {
        Some(Shape::Enum(values)) => values.clone(),
        _ => Vec::new(),
    }
}
