//! What went wrong, as a person reads it and as a script sees it.

use crate::{output, text};
use bytes::Bytes;
use http::header;
use std::{error::Error as StdError, fmt::Write, process::ExitCode, time::Duration};
use zuora_core::{Error, ErrorKind};

/// How the process ends; the numbers are promised in `zuora --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Done = 0,
    General = 1,
    Usage = 2,
    NotFound = 3,
    Auth = 4,
    Refused = 5,
    Api = 6,
    Throttled = 7,
    Server = 8,
    Unknown = 9,
    Interrupted = 130,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command ends early.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    /// Nothing is said when it is empty.
    message: String,
    /// Lines below the message.
    details: Vec<String>,
    hint: Option<String>,
    /// The failed reply's body, for `--verbose`.
    body: Option<Bytes>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            hint: None,
            body: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// An end that needs no words.
    pub(crate) fn quiet(code: Code) -> Self {
        Self::new(code, "")
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.body = Some(body);
        self
    }

    /// Names the setting that is wrong.
    #[must_use]
    pub(crate) fn about(mut self, setting: &str) -> Self {
        self.message = format!("{setting}: {}", self.message);
        self
    }

    /// Adds a cause and its causes, each once.
    #[must_use]
    pub(crate) fn caused_by(mut self, error: &(dyn StdError + 'static)) -> Self {
        let mut said = self.message.clone();
        let mut next = Some(error);
        while let Some(cause) = next {
            let cause_text = cause.to_string();
            if !cause_text.is_empty() && !said.contains(&cause_text) {
                self.details.push(format!("caused by: {cause_text}"));
                said = cause_text;
            }
            next = cause.source();
        }
        self
    }

    /// Tells the person, and gives what the process ends with.
    pub(crate) fn report(&self, verbose: bool) -> ExitCode {
        if !self.message.is_empty() {
            output::talk(&self.told(verbose));
        }
        self.code.into()
    }

    fn told(&self, verbose: bool) -> String {
        let mut told = format!("error: {}", text::one_line(&self.message));
        for detail in &self.details {
            let _ = write!(told, "\n  {}", text::one_line(detail));
        }
        if verbose && let Some(body) = self.body.as_ref().filter(|body| !body.is_empty()) {
            let body = text::lines(&String::from_utf8_lossy(body));
            let _ = write!(told, "\n  body of the reply:\n{}", body.trim_end());
        }
        if let Some(hint) = &self.hint {
            let _ = write!(told, "\nhint: {}", text::one_line(hint));
        }
        told
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self::new(code(&error), error.to_string());
        if let Some(source) = error.source() {
            failure = failure.caused_by(source);
        }
        // The first reason stands in the message already.
        for reason in error.reasons().iter().skip(1) {
            failure.details.push(match (&reason.code, &reason.message) {
                (Some(code), Some(message)) => format!("also: {message} [{code}]"),
                (Some(only), None) | (None, Some(only)) => format!("also: {only}"),
                (None, None) => continue,
            });
        }
        if let Some(to) = redirected_to(&error) {
            failure.details.push(format!("redirected to: {to}"));
        }
        if let Some(limit) = error.rate_limit() {
            let number = |of: Option<u64>| of.map_or("?".to_owned(), |number| number.to_string());
            failure.details.push(format!(
                "token requests: {} of {} a minute left",
                number(limit.remaining),
                number(limit.limit)
            ));
        }
        if let Some(wait) = error.retry_after() {
            failure.details.push(format!("wait: {}", whole(wait)));
        }
        if error.is_outcome_unknown()
            && let Some(key) = error.idempotency_keys().last()
        {
            // What makes the same command safe to run again.
            failure
                .details
                .push(format!("ask again with: --header 'Idempotency-Key: {key}'"));
        }
        let hint = error.hint().unwrap_or_else(|| usual_hint(&error));
        failure.hint = Some(hint.to_owned());
        failure.body = error.body().cloned();
        failure
    }
}

/// Where a redirect leads, without its query, which may hold anything.
fn redirected_to(error: &Error) -> Option<&str> {
    let location = error.headers()?.get(header::LOCATION)?.to_str().ok()?;
    location.split(['?', '#']).next()
}

/// Whole seconds, rounded up: a script that waits for them must not come too early.
fn whole(wait: Duration) -> String {
    let seconds = wait
        .as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0));
    format!("{seconds} s")
}

fn code(error: &Error) -> Code {
    // Before all else: whoever sends the call again may do something twice.
    if error.is_outcome_unknown() {
        return Code::Unknown;
    }
    match error.kind() {
        ErrorKind::Invalid => Code::Usage,
        ErrorKind::Refused | ErrorKind::Redirect => Code::Refused,
        ErrorKind::Auth => Code::Auth,
        ErrorKind::RateLimited => Code::Throttled,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::Api => Code::Api,
        ErrorKind::Server | ErrorKind::Transport | ErrorKind::Tls | ErrorKind::Decode => {
            Code::Server
        }
        ErrorKind::Timeout => Code::Unknown,
        _ => Code::General,
    }
}

/// What to do next, where the error itself does not say.
fn usual_hint(error: &Error) -> &'static str {
    if error.is_outcome_unknown() {
        return "the server may have acted: look before you send it again";
    }
    match error.kind() {
        ErrorKind::Invalid => "correct it; nothing was sent",
        ErrorKind::Refused => "leave it out; nothing was sent",
        ErrorKind::Redirect => "set --env to the address that answers itself",
        ErrorKind::Auth => {
            "check client id, secret and --env: an OAuth client works in one environment only"
        }
        ErrorKind::RateLimited => "wait, then try again with less at a time",
        ErrorKind::NotFound => "check the key, the path and the entity",
        ErrorKind::Api => "correct the request; --verbose shows the whole reply",
        ErrorKind::Server | ErrorKind::Transport => "try again later",
        ErrorKind::Tls => "check the host name; add a company's root with --root-certificate",
        ErrorKind::Decode => "check --env; --verbose shows the reply",
        ErrorKind::Io => "look at the cause; what had come of a download is removed",
        ErrorKind::Timeout => "allow more time with --timeout",
        _ => "run it again with --verbose, and report what it shows",
    }
}
