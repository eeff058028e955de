//! The store of idempotency keys: the first outcome of a key is the outcome of all its requests.

use crate::{message::Reply, problem::Problem};
use http::{Method, StatusCode};
use std::{collections::HashMap, time::Duration};

/// The longest key (documented; one text says "less than 255").
const LONGEST_KEY: usize = 255;
/// How long an outcome is kept (documented), counted from the first request (a guess).
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
/// The code of a refused key: an invalid value of no object. A guess.
const BAD_KEY_CODE_GUESS: u32 = 50_000_020;
/// The code of a key that was used elsewhere or with another body. A guess.
const REUSED_KEY_CODE_GUESS: u32 = 50_000_030;
/// The code of a PUT with a key; the text was observed.
const PUT_CODE_GUESS: u32 = 50_000_045;

/// What the documents leave open about idempotency keys. Every default is a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRules {
    pub(crate) keeps_unauthorized: bool,
    pub(crate) keeps_rate_limited: bool,
    pub(crate) other_payload_status: u16,
    pub(crate) in_flight_code: u32,
}

impl IdempotencyRules {
    /// Whether a 401 is kept as the outcome of its key; not by default.
    #[must_use]
    pub fn keep_unauthorized(mut self, keep: bool) -> Self {
        self.keeps_unauthorized = keep;
        self
    }

    /// Whether a 429 is kept as the outcome of its key; not by default.
    #[must_use]
    pub fn keep_rate_limited(mut self, keep: bool) -> Self {
        self.keeps_rate_limited = keep;
        self
    }

    /// The status of a key that comes again with another body: 422 by default, anything else becomes
    /// it too. That it is refused is documented.
    #[must_use]
    pub fn other_payload_status(mut self, status: u16) -> Self {
        self.other_payload_status = status;
        self
    }

    /// The code in the 409 of a key in flight; 50000030 by default. With 50000050 it looks like a
    /// lock, which a client must not mistake it for.
    #[must_use]
    pub fn in_flight_code(mut self, code: u32) -> Self {
        self.in_flight_code = code;
        self
    }
}

impl Default for IdempotencyRules {
    fn default() -> Self {
        Self {
            keeps_unauthorized: false,
            keeps_rate_limited: false,
            other_payload_status: 422,
            in_flight_code: 50_000_030,
        }
    }
}

/// What makes two requests of a key the same one. The tenant belongs to it; here there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) method: Method,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) digest: [u8; 32],
}

#[derive(Debug, Default)]
pub(crate) struct Keys {
    entries: HashMap<String, Entry>,
    /// Old entries are swept out when this many are held.
    sweep_at: usize,
}

#[derive(Debug)]
struct Entry {
    identity: Identity,
    began: Duration,
    /// When its work ends and the outcome can be had; none while it is being done.
    outcome: Option<(Duration, Reply)>,
}

/// What the store says to a request with a key.
pub(crate) enum Answer {
    /// Nothing is known of the key, and from now on this request owns it.
    Yours,
    /// The first outcome.
    Replay(Box<Reply>),
    Refuse(Problem),
}

/// Checks the text of a key.
pub(crate) fn check(key: Option<&str>) -> Result<&str, Problem> {
    // That an empty key, and one that is repeated or not ASCII, is refused the same way is a guess.
    let rule = || {
        let rule = format!("Idempotency-Key must be one value of 1 to {LONGEST_KEY} characters");
        Problem::new(BAD_KEY_CODE_GUESS, "INVALID_VALUE", rule).always(StatusCode::BAD_REQUEST)
    };
    key.filter(|key| (1..=LONGEST_KEY).contains(&key.len()))
        .ok_or_else(rule)
}

/// The refusal of a PUT with a key (observed).
pub(crate) fn refuse_put() -> Problem {
    let text = "Request method 'PUT' not supported with Idempotency-Key header";
    Problem::new(PUT_CODE_GUESS, "INVALID_VALUE", text).always(StatusCode::BAD_REQUEST)
}

impl Keys {
    pub(crate) fn ask(
        &mut self,
        key: &str,
        identity: &Identity,
        rules: &IdempotencyRules,
        now: Duration,
    ) -> Answer {
        self.sweep(now);
        let Some(entry) = self.entries.get(key).filter(|entry| entry.is_kept(now)) else {
            self.begin(key, identity, now);
            return Answer::Yours;
        };
        let refuse = |code: u32, status: u16, text: &str| {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Answer::Refuse(Problem::new(code, "REQUEST_REJECTED", text).always(status))
        };
        let known = &entry.identity;
        if (&known.method, &known.target) != (&identity.method, &identity.target) {
            let text = "The Idempotency-Key was used with another URL or method";
            return refuse(REUSED_KEY_CODE_GUESS, 422, text);
        }
        if known.digest != identity.digest {
            let text = "The Idempotency-Key was used with another payload";
            return refuse(REUSED_KEY_CODE_GUESS, rules.other_payload_status, text);
        }
        match &entry.outcome {
            Some((end, reply)) if *end <= now => Answer::Replay(Box::new(reply.clone())),
            _ => {
                let text = "A request with this Idempotency-Key is still being processed";
                refuse(rules.in_flight_code, 409, text)
            }
        }
    }

    /// Keeps an outcome that came before the key was looked up, unless the key has one already.
    pub(crate) fn keep_first(
        &mut self,
        key: &str,
        identity: &Identity,
        reply: &Reply,
        now: Duration,
    ) {
        if !self
            .entries
            .get(key)
            .is_some_and(|entry| entry.is_kept(now))
        {
            self.begin(key, identity, now);
            self.finish(key, reply, now);
        }
    }

    fn begin(&mut self, key: &str, identity: &Identity, now: Duration) {
        let entry = Entry {
            identity: identity.clone(),
            began: now,
            outcome: None,
        };
        self.entries.insert(key.to_owned(), entry);
    }

    /// Keeps the outcome of a key that is owned; it can be had when the work has ended.
    pub(crate) fn finish(&mut self, key: &str, reply: &Reply, end: Duration) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.outcome = Some((end, reply.clone()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn sweep(&mut self, now: Duration) {
        if self.entries.len() >= self.sweep_at.max(1024) {
            self.entries.retain(|_, entry| entry.is_kept(now));
            self.sweep_at = self.entries.len() * 2;
        }
    }
}

impl Entry {
    fn is_kept(&self, now: Duration) -> bool {
        self.began + RETENTION > now
    }
}
