//! Waiting for the end of what an operation starts: a data query, an asynchronous order, a journal run.

use crate::{
    Client, Error, ErrorKind, JobFailure, Json, Method, RequestBuilder, Response, client,
    clock::later, pipeline, reply::ReplyFacts, scrub::Scrubber,
};
use bytes::Bytes;
use std::time::Duration;
use zuora_wire::{BoxFuture, Slot, read_document};

/// Where a job is named and asked for, and which states end it. Generated from the API description.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Where the reply to the first call names the job: member names joined by dots.
    pub id: &'static str,
    /// The path of the operation that asks, with one placeholder for the job's name.
    pub poll: &'static str,
    /// Where its reply tells the state.
    pub state: &'static str,
    /// The states of a job that did what it was to do.
    pub done: &'static [&'static str],
    /// The states of a job that ended without; what [`JobFailure`] knows counts as well.
    pub failed: &'static [&'static str],
}

/// The first wait between two questions, doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two questions.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl RequestBuilder {
    /// Sends the call, then asks for the job that it started until the job ends, at most for
    /// `patience`: after a second, and then ever more rarely, at most every 30 seconds. Gives the data of the
    /// last reply.
    ///
    /// The call itself is sent once, under the usual rules; an error while asking ends the waiting, and
    /// the job goes on.
    ///
    /// # Errors
    /// As [`send`](Self::send), for the call and each question; kind [`Api`](ErrorKind::Api) for a job
    /// that failed, with its reason and the body; [`Timeout`](ErrorKind::Timeout) when patience ran out;
    /// [`Decode`](ErrorKind::Decode) for a reply that names no job or no state.
    pub fn wait_as<T: Slot + Send + 'static>(
        self,
        job: Job,
        patience: Duration,
    ) -> BoxFuture<'static, Result<T, Error>> {
        Box::pin(async move {
            let client = self.client().clone();
            let what = pipeline::name_of(&self);
            let (reply, question) = wait(&client, self, &what, job, patience).await?;
            Ok(pipeline::decode(&client, reply, &question)?.into_data())
        })
    }
}

async fn wait(
    client: &Client,
    start: RequestBuilder,
    what: &str,
    job: Job,
    patience: Duration,
) -> Result<(Response<Bytes>, String), Error> {
    client::check_runtime()?;
    let end = later(client.clock().now(), patience);
    let started = start.send().await?;
    let id = match member(&started, job.id).as_ref().map(text) {
        Some(Some(id)) => id,
        _ => return Err(unreadable(&started, what, job.id)),
    };
    let question = format!("GET {}", job.poll);
    let mut pause = FIRST_WAIT;
    loop {
        if later(client.clock().now(), pause) > end {
            return Err(Error::new(
                ErrorKind::Timeout,
                format!("{what}: the job {id} had not ended after {patience:?}"),
            )
            .with_hint(format!("it goes on: ask again with {question}")));
        }
        client.clock().sleep(pause).await;
        pause = (pause * 2).min(LONGEST_WAIT);
        let reply = client
            .operation(Method::GET, job.poll, &[&id])
            .send()
            .await?;
        let state = match member(&reply, job.state).as_ref().map(text) {
            Some(Some(state)) => state,
            _ => return Err(unreadable(&reply, &question, job.state)),
        };
        if job.done.contains(&&*state) {
            return Ok((reply, question));
        }
        let failure = Json::parse(reply.body())
            .ok()
            .as_ref()
            .and_then(JobFailure::of);
        if failure.is_some() || job.failed.contains(&&*state) {
            let reason = failure
                .as_ref()
                .and_then(JobFailure::message)
                .map_or(state.clone(), |message| format!("{state}: {message}"));
            return Err(with_body(
                &reply,
                ErrorKind::Api,
                format!("{what}: the job {id} failed: {reason}"),
            )
            .with_hint("the job has ended; start another one when its cause is gone"));
        }
    }
}

fn member(reply: &Response<Bytes>, place: &str) -> Option<Json> {
    let mut body = Json::Null;
    read_document(reply.body(), &mut body).ok()?;
    let mut value = &body;
    for name in place.split('.') {
        value = value.get(name)?;
    }
    Some(value.clone())
}

/// A job's name may be a number.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

fn unreadable(reply: &Response<Bytes>, what: &str, place: &str) -> Error {
    with_body(
        reply,
        ErrorKind::Decode,
        format!("{what}: the reply has no {place}"),
    )
    .with_hint("the server has acted; look at the body before sending the call again")
}

fn with_body(reply: &Response<Bytes>, kind: ErrorKind, message: String) -> Error {
    let mut partial = http::Response::new(reply.body().clone());
    *partial.status_mut() = reply.status();
    *partial.headers_mut() = reply.headers().clone();
    Error::new(kind, message).with_reply(ReplyFacts::of(&partial, &Scrubber::new([])))
}
