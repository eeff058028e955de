//! One call from its first try to its last: token, attempt, verdict, and what comes after a failure.

use super::{
    attempt,
    incoming::Rest,
    retry::{self, LIMITED, Next, Signal},
    verdict::{self, Asked, Verdict},
};
use crate::{
    Client, Error, Response,
    auth::{Bearer, Invalidation},
    clock::later,
    headers,
    operation::Safety,
    request::Request,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::time::{Duration, Instant};
use tracing::debug;
use url::Url;

/// Least wait before asking again for the outcome of a key in flight.
const KEY_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Call<'a> {
    pub(super) client: &'a Client,
    pub(super) request: &'a Request,
    pub(super) url: &'a Url,
    pub(super) deadline: Instant,
    /// The body of a good reply is left to be streamed.
    pub(super) streams: bool,
    safety: Safety,
    /// The caller's own key is never changed: it is to serve for other runs too.
    key_is_own: bool,
    keys: Vec<String>,
    attempts: u32,
    limited: u32,
    /// A try may have been carried out, and nothing since has told.
    unknown: bool,
    /// Request ids of the failures so far: one that comes back is a stored outcome.
    seen: Vec<String>,
    /// The 401 that another token was fetched for, and the generation of the token that got it.
    unauthorized: Option<(Error, u64)>,
}

/// A try that brought no success.
struct Failed {
    error: Error,
    signal: Signal,
    wait: Option<Duration>,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        client: &'a Client,
        request: &'a Request,
        url: &'a Url,
        deadline: Instant,
        streams: bool,
    ) -> Self {
        let safety = request.safety();
        let own_key = headers::text(&request.headers, headers::IDEMPOTENCY_KEY).map(str::to_owned);
        let mut call = Self {
            client,
            request,
            url,
            deadline,
            streams,
            safety,
            key_is_own: own_key.is_some(),
            keys: own_key.into_iter().collect(),
            attempts: 0,
            limited: 0,
            unknown: false,
            seen: Vec::new(),
            unauthorized: None,
        };
        call.renew_key();
        call
    }

    /// What errors call this call.
    pub(super) fn name(&self) -> super::Name<'_> {
        super::name(self.request)
    }

    /// A key of its own for the next try, where the operation takes one and the caller gave none.
    fn renew_key(&mut self) {
        if self.safety != Safety::Keyed || self.key_is_own {
            return;
        }
        self.keys.push(uuid::Uuid::new_v4().to_string());
    }

    /// The headers of the next try. They are put together anew for each, since there is nearly always
    /// only one.
    pub(super) fn headers(&self, bearer: &Bearer) -> HeaderMap {
        let mut headers = super::all_headers(self.client, self.request);
        if !self.key_is_own
            && let Some(key) = self.keys.last()
            && let Ok(key) = HeaderValue::from_str(key)
        {
            headers.insert(headers::IDEMPOTENCY_KEY, key);
        }
        headers.insert(header::AUTHORIZATION, bearer.header.clone());
        headers
    }

    /// The reply; of one that is streamed its beginning, and what is still to come.
    pub(super) async fn run(mut self) -> Result<(Response<Bytes>, Option<Rest>), Error> {
        loop {
            let bearer = match self.client.bearer(self.deadline).await {
                Ok(bearer) => bearer,
                // Nothing was sent this time; what an earlier try did is another matter.
                Err(error) => return Err(self.finish(error, self.unknown)),
            };
            if let Some((error, generation)) = &self.unauthorized
                && *generation == bearer.generation
            {
                let error = error.clone().with_hint(
                    "the newest token there is, which is the very token again, is not accepted here: this call may need credentials of another kind",
                );
                return Err(self.finish(error, self.unknown));
            }
            self.attempts += 1;
            let body_takes_time =
                self.request.body.at_hand().is_none() && self.request.timeout.is_none();
            let begun = body_takes_time.then(|| self.client.clock().now());
            let failed = match self.attempt(&bearer).await {
                Ok((reply, rest)) => {
                    self.client.retry_budget().earn();
                    return Ok((reply.after_attempts(self.attempts, self.keys), rest));
                }
                Err(failed) => failed,
            };
            if let Some(begun) = begun {
                // What a large body took is not taken from the time for everything else.
                let took = self.client.clock().now().saturating_duration_since(begun);
                self.deadline = later(self.deadline, took);
            }
            if failed.signal == Signal::NotSent {
                self.attempts -= 1;
            }
            if self.safety == Safety::Deletes && self.unknown && failed.error.is_not_found() {
                return Ok((self.gone(&failed.error), None));
            }
            self.note(failed.signal);
            let wait = self.plan(&failed, &bearer)?;
            if let Some(wait) = wait {
                debug!(call = %self.name(), error = %failed.error, ?wait, "to be tried again");
                self.client.clock().sleep(wait).await;
            }
            if !self.unknown {
                self.renew_key();
            }
        }
    }

    async fn attempt(&self, bearer: &Bearer) -> Result<(Response<Bytes>, Option<Rest>), Failed> {
        let answer = attempt::send(self, bearer)
            .await
            .map_err(|(error, signal)| Failed {
                error,
                signal,
                wait: None,
            })?;
        let asked = Asked {
            what: self.name(),
            path: &self.request.path,
            authorization: &bearer.header,
            keyed: self.safety == Safety::Keyed,
            clock: self.client.clock(),
        };
        match verdict::of(answer.reply, &asked) {
            Verdict::Success(reply) => Ok((reply, answer.rest)),
            Verdict::Failure {
                error,
                signal,
                wait,
            } => Err(Failed {
                error,
                signal,
                wait,
            }),
        }
    }

    /// What a failure tells about the outcome.
    fn note(&mut self, signal: Signal) {
        let keyed = self.safety == Safety::Keyed;
        if self.safety == Safety::Reads {
            return;
        }
        if signal.leaves_unknown() {
            self.unknown = true;
        } else if keyed && (signal.settles() || signal == Signal::Refused) {
            // A complete answer from behind the place where keys are kept: this is the outcome.
            self.unknown = false;
        }
    }

    /// The wait before the next try; `None` for none.
    ///
    /// # Errors
    /// The error that ends the call.
    fn plan(&mut self, failed: &Failed, bearer: &Bearer) -> Result<Option<Duration>, Error> {
        let Failed {
            error,
            signal,
            wait,
        } = failed;
        let stop = |call: &Self, error: Error| Err(call.finish(error, call.unknown));
        let next = retry::next(self.safety, *signal);
        if !matches!(next, Next::Stop | Next::StopUnknown) && !self.request.body.is_replayable() {
            if next == Next::NewToken {
                // Not for this call any more, but for those that come.
                let _ = self.new_token(error, bearer);
            }
            return stop(
                self,
                error.clone().with_hint(
                    "the body was a stream, which is sent only once: make the call again with a new stream",
                ),
            );
        }
        match next {
            Next::Stop | Next::StopUnknown => return stop(self, error.clone()),
            Next::NewToken => {
                return match self.new_token(error, bearer) {
                    Ok(()) => Ok(None),
                    Err(error) => stop(self, error),
                };
            }
            Next::AgainLimited if self.limited == LIMITED => return stop(self, error.clone()),
            Next::AgainLimited => self.limited += 1,
            Next::Again => {}
        }
        if let Some(id) = error.request_id() {
            if self.seen.iter().any(|seen| seen == id) {
                return stop(
                    self,
                    error.clone().with_hint(
                        "this is the stored outcome of an earlier request with the same idempotency key; a new key makes a new request",
                    ),
                );
            }
            self.seen.push(id.to_owned());
        }
        // The repetition after a 401 does not count.
        let counted = self.attempts - u32::from(self.unauthorized.is_some());
        if counted >= self.client.tries() {
            return stop(self, error.clone());
        }
        let wait = wait.unwrap_or_else(|| {
            let least = match signal {
                Signal::KeyInFlight => KEY_WAIT,
                _ => Duration::ZERO,
            };
            retry::backoff(counted - 1).max(least)
        });
        if later(self.client.clock().now(), wait) >= self.deadline {
            return stop(self, error.clone().with_retry_after(wait));
        }
        if !self.client.retry_budget().spend() {
            return stop(
                self,
                error.clone().with_hint(
                    "too many calls of this client fail for them all to be tried again; let the server recover",
                ),
            );
        }
        Ok(Some(wait))
    }

    /// Drops the token that got a 401, so that the next try has another; once for a call.
    fn new_token(&mut self, error: &Error, bearer: &Bearer) -> Result<(), Error> {
        if self.unauthorized.is_some() {
            return Err(error.clone().with_hint("two tokens in a row were not accepted: check that the base URL is the data centre of these credentials"));
        }
        match self.client.invalidate_generation(bearer.generation) {
            Invalidation::Begun | Invalidation::Superseded => {
                debug!(
                    request_id = error.request_id(),
                    "401: once more with another token"
                );
                self.unauthorized = Some((error.clone(), bearer.generation));
                Ok(())
            }
            Invalidation::TooSoon => Err(error.clone().with_hint(
                "a token was replaced after a 401 less than a minute ago, so this one is not to blame: check the permissions and the entity of this call",
            )),
        }
    }

    /// The error as the caller gets it.
    fn finish(&self, error: Error, unknown: bool) -> Error {
        let first = self
            .unauthorized
            .as_ref()
            .and_then(|(first, _)| first.request_id())
            .filter(|first| error.request_id() != Some(first))
            .map(str::to_owned);
        let error = error
            .after_first_try(first.as_deref())
            .after_attempts(self.attempts, self.keys.clone())
            .with_outcome_unknown(unknown);
        match (unknown, self.safety) {
            (false, _) => error,
            (true, Safety::Keyed) => error.with_hint(
                "the call may have been carried out: ask again with the same idempotency key (the last of idempotency_keys) within 24 hours, and the server gives the first outcome",
            ),
            (true, _) => error.with_hint(
                "the call may have been carried out: read the object back before sending it again",
            ),
        }
    }

    /// A DELETE found nothing to delete, after a try whose outcome is not known: it was that one.
    fn gone(self, error: &Error) -> Response<Bytes> {
        let mut reply = http::Response::new(Bytes::new());
        *reply.status_mut() = StatusCode::NOT_FOUND;
        if let Some(headers) = error.headers() {
            reply.headers_mut().clone_from(headers);
        }
        let (head, body) = reply.into_parts();
        Response::new(body.clone(), head, body)
            .already_gone()
            .after_attempts(self.attempts, self.keys)
    }
}
