//! The bytes of one file, over as many replies as it takes.

use super::{
    external::External,
    range::{Described, content_range, has_visible_end},
};
use crate::{
    Client, Error, ErrorKind, Response,
    clock::{later, within},
    operation::Safety,
    pipeline::{self, Rest, backoff},
    request::Request,
    text,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};

/// Where the file is.
#[derive(Clone)]
pub(super) enum Origin {
    Zuora(Box<Request>),
    External(External),
}

impl Origin {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Zuora(request) => pipeline::name(request).to_string(),
            Self::External(external) => external.name(),
        }
    }

    /// Whether a part of it may be asked for after another.
    fn can_be_asked_again(&self) -> bool {
        match self {
            Self::Zuora(request) => {
                request.safety() == Safety::Reads
                    && request.body.is_replayable()
                    && !request.headers.contains_key(header::RANGE)
            }
            Self::External(_) => true,
        }
    }
}

/// What comes next.
pub(super) enum Event {
    Piece(Bytes),
    /// The file comes anew from its first byte; what was given is void.
    Restart,
}

pub(super) struct Transfer {
    client: Client,
    origin: Origin,
    /// When the whole must be over, where the call says so.
    deadline: Option<Instant>,
    restarts: bool,
    rest: Option<Rest>,
    /// What was read already, and not given yet.
    start: Bytes,
    file: Described,
    /// Bytes that were given.
    position: u64,
    /// Bytes that come again and are dropped.
    skip: u64,
    /// Breaks in a row that brought nothing new.
    failures: u32,
    attempts: u32,
}

impl Transfer {
    pub(super) async fn begin(
        client: Client,
        origin: Origin,
        timeout: Option<Duration>,
        restarts: bool,
    ) -> Result<(Box<Self>, Response<()>), Error> {
        let deadline = timeout.map(|timeout| later(client.clock().now(), timeout));
        let mut transfer = Box::new(Self {
            client,
            origin,
            deadline,
            restarts,
            rest: None,
            start: Bytes::new(),
            file: Described::default(),
            position: 0,
            skip: 0,
            failures: 0,
            attempts: 0,
        });
        let reply = transfer.ask(&HeaderMap::new()).await?;
        let head = transfer.take(reply)?;
        Ok((transfer, head))
    }

    /// The next bytes; `None` when the file is complete.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            let broken = match self.piece().await {
                Ok(Some(piece)) => match self.count(piece)? {
                    Some(piece) => {
                        if self.is_complete()
                            && let Some(rest) = &mut self.rest
                        {
                            rest.release();
                        }
                        return Ok(Some(Event::Piece(piece)));
                    }
                    None => continue,
                },
                Ok(None) => {
                    let complete = self.file.length.is_none_or(|all| self.position == all);
                    if complete && self.skip == 0 {
                        self.rest = None;
                        return Ok(None);
                    }
                    self.broken("the reply ended")
                }
                Err(error) => error,
            };
            // The permit of the broken reply is given back before anybody waits.
            self.rest = None;
            self.start = Bytes::new();
            if self.recover(broken).await? {
                return Ok(Some(Event::Restart));
            }
        }
    }

    /// The reply of the first head, with what came of it all.
    pub(super) fn done(&self, head: Response<()>) -> Response<u64> {
        let keys = head.idempotency_keys().to_vec();
        head.with_data(self.position)
            .after_attempts(self.attempts, keys)
    }

    /// Bytes of the whole file, where the server states them.
    pub(super) fn length(&self) -> Option<u64> {
        self.file.length
    }

    /// Whether the last of the bytes that were stated has come.
    fn is_complete(&self) -> bool {
        self.file.length == Some(self.position) && self.skip == 0
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        if !self.start.is_empty() {
            return Ok(Some(std::mem::take(&mut self.start)));
        }
        if self.is_complete() {
            return Ok(None);
        }
        let Some(rest) = &mut self.rest else {
            return Ok(None);
        };
        let clock = self.client.clock();
        let mut patience = self.client.timeouts().idle;
        if let Some(deadline) = self.deadline {
            patience = patience.min(deadline.saturating_duration_since(clock.now()));
        }
        match within(clock, patience, rest.body.next()).await {
            Some(None) => Ok(None),
            Some(Some(Ok(piece))) => Ok(Some(piece)),
            Some(Some(Err(error))) => Err(self.broken("the connection broke").with_source(error)),
            None => {
                let what = self.told("nothing more came");
                let text = format!("{what} for {}", text::seconds(patience));
                Err(Error::new(ErrorKind::Timeout, text).with_hint("try again"))
            }
        }
    }

    /// Counts a piece; of one that came before, what is new.
    fn count(&mut self, mut piece: Bytes) -> Result<Option<Bytes>, Error> {
        let again = self.skip.min(piece.len() as u64);
        self.skip -= again;
        // No longer than the piece, so it fits.
        let piece = piece.split_off(usize::try_from(again).unwrap_or(usize::MAX));
        if piece.is_empty() {
            return Ok(None);
        }
        self.position += piece.len() as u64;
        self.failures = 0;
        match self.file.length {
            Some(length) if self.position > length => {
                let text = self.told("more bytes came than were stated");
                Err(Error::new(ErrorKind::Decode, text))
            }
            _ => Ok(Some(piece)),
        }
    }

    /// Asks for what is missing. True when everything comes anew instead, and can.
    ///
    /// # Errors
    /// `broken`, when it is not to be tried again; why it could not be taken up.
    async fn recover(&mut self, broken: Error) -> Result<bool, Error> {
        self.failures += 1;
        let possible =
            self.position == 0 || self.restarts || self.file.ranges || self.file.etag.is_some();
        if !self.origin.can_be_asked_again() || !possible {
            return Err(broken.with_hint(
                "this reply cannot be taken up where it stopped: make the call again from the start",
            ));
        }
        if self.failures >= self.client.tries() {
            return Err(broken);
        }
        let wait = backoff(self.failures - 1);
        let clock = self.client.clock();
        if self
            .deadline
            .is_some_and(|deadline| later(clock.now(), wait) >= deadline)
            || !self.client.retry_budget().spend()
        {
            return Err(broken);
        }
        tracing::debug!(error = %broken, ?wait, "to be taken up again");
        clock.sleep(wait).await;

        let mut headers = HeaderMap::new();
        let in_part = self.position > 0 && self.file.ranges;
        if in_part && let Ok(range) = HeaderValue::try_from(format!("bytes={}-", self.position)) {
            headers.insert(header::RANGE, range);
            if let Some(etag) = &self.file.etag {
                headers.insert(header::IF_RANGE, etag.clone());
            }
        }
        let (reply, rest) = match self.ask(&headers).await {
            Ok(reply) => reply,
            Err(error) if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                if !self.restarts {
                    return Err(self.changed());
                }
                self.ask(&HeaderMap::new()).await?
            }
            Err(error) => return Err(error),
        };
        if reply.status() == StatusCode::PARTIAL_CONTENT {
            return self.take_part(&reply, rest).map(|()| false);
        }
        let at_hand = rest.as_ref().and_then(|rest| rest.body.length());
        let same = self.file.is(&Described::by(reply.headers(), at_hand));
        if self.position > 0 && same {
            self.skip = self.position;
            self.continue_with(&reply, rest);
            return Ok(false);
        }
        if self.position > 0 && !self.restarts {
            return Err(self.changed());
        }
        self.position = 0;
        self.skip = 0;
        self.take((reply, rest))?;
        Ok(true)
    }

    /// A 206: the rest of the file, and of this file.
    fn take_part(&mut self, reply: &Response<Bytes>, rest: Option<Rest>) -> Result<(), Error> {
        let part = Described {
            length: None,
            ..Described::by(reply.headers(), None)
        };
        let fits = content_range(reply.headers()).is_some_and(|(from, length)| {
            let whole = Described { length, ..part };
            from == self.position && self.file.could_be(&whole)
        });
        if !fits {
            return Err(self.changed());
        }
        self.skip = 0;
        self.continue_with(reply, rest);
        Ok(())
    }

    fn continue_with(&mut self, reply: &Response<Bytes>, rest: Option<Rest>) {
        self.start = reply.data().clone();
        self.rest = rest;
    }

    /// The whole file, from its first byte.
    fn take(
        &mut self,
        (reply, rest): (Response<Bytes>, Option<Rest>),
    ) -> Result<Response<()>, Error> {
        let (head, start) = reply.split();
        let missing = rest.as_ref().map_or(Some(0), |rest| rest.body.length());
        let at_hand = missing.map(|missing| missing + start.len() as u64);
        self.file = Described::by(head.headers(), at_hand);
        if !has_visible_end(&head, self.file.length) {
            return Err(Error::new(
                ErrorKind::Decode,
                format!(
                    "{}: the reply states no length, so that a part could be taken for the whole",
                    self.origin.name()
                ),
            ));
        }
        self.start = start;
        self.rest = rest;
        Ok(head)
    }

    async fn ask(&mut self, headers: &HeaderMap) -> Result<(Response<Bytes>, Option<Rest>), Error> {
        let left = self
            .deadline
            .map(|deadline| deadline.saturating_duration_since(self.client.clock().now()));
        let reply = match &self.origin {
            Origin::Zuora(request) => {
                let mut request = Request::clone(request);
                request.timeout = left;
                for (name, value) in headers {
                    request.headers.insert(name, value.clone());
                }
                Box::pin(pipeline::stream(&self.client, request)).await?
            }
            Origin::External(external) => {
                Box::pin(external.ask(&self.client, headers, left)).await?
            }
        };
        self.attempts += reply.0.attempts();
        Ok(reply)
    }

    fn broken(&self, how: &str) -> Error {
        Error::new(ErrorKind::Transport, self.told(how)).with_hint("try again")
    }

    fn changed(&self) -> Error {
        let text = self.told("the server no longer has this file, or gives it in another way");
        Error::new(ErrorKind::Transport, text).with_hint("make the call again from the start")
    }

    /// What happened, and how far it had come.
    fn told(&self, how: &str) -> String {
        let mut text = format!("{}: {how} after {}", self.origin.name(), self.position);
        if let Some(length) = self.file.length {
            let _ = write!(text, " of {length}");
        }
        text.push_str(" bytes");
        text
    }
}
