//! What the libraries tell while they work: warnings always, heads of requests and replies with
//! `--verbose`, anything with the variable `ZUORA_LOG` (such as `zuora_core=debug` or `trace`).

use crate::{output, text};
use std::{
    collections::HashSet,
    fmt::{self, Write},
    sync::{Mutex, PoisonError},
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    subscriber::set_global_default,
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// The target of the heads.
const WIRE: &str = "zuora::wire";

pub(crate) fn start(verbose: bool, is_simulator: bool) {
    // By prefix: all crates of this project.
    let mut targets = Targets::new().with_target("zuora", LevelFilter::WARN);
    if !is_simulator {
        // What the simulator inside this process warns of, the reply says as well.
        targets = targets.with_target("zuora_sim", LevelFilter::OFF);
    }
    if verbose {
        targets = targets.with_target(WIRE, LevelFilter::DEBUG);
    }
    let wanted = std::env::var("ZUORA_LOG").ok();
    let wanted = wanted.filter(|wanted| !wanted.trim().is_empty());
    let talk = Talk {
        errors: wanted.is_some(),
        given: Mutex::default(),
    };
    if let Some(wanted) = wanted {
        match wanted.parse::<Targets>() {
            Ok(wanted) => {
                if let Some(level) = wanted.default_level() {
                    targets = targets.with_default(level);
                    // Else the narrower rule above would keep ours quiet.
                    targets = targets.with_target("zuora", level.max(LevelFilter::WARN));
                }
                targets = targets.with_targets(&wanted);
            }
            Err(error) => output::talk(&text::one_line(&format!(
                "warning: ZUORA_LOG is not understood ({error}); expected something like zuora_core=debug"
            ))),
        }
    }
    // Fails only when there is one already, and there is none.
    let _ = set_global_default(Registry::default().with(targets).with(talk));
}

/// Prints events, a line each.
struct Talk {
    /// Errors as well. The libraries log as an error what they return as one, and the command tells
    /// that at its end.
    errors: bool,
    /// Reasons of warnings that were given: one broken folder is in the way of several steps, and
    /// one line about it is enough.
    given: Mutex<HashSet<String>>,
}

/// How many reasons are remembered, in a simulator that runs for days.
const MOST_GIVEN: usize = 1000;

impl Talk {
    fn is_new(&self, reason: &str) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.len() >= MOST_GIVEN || given.insert(reason.to_owned())
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Talk {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let meta = event.metadata();
        if *meta.level() == Level::ERROR && !self.errors {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let line = match *meta.level() {
            Level::WARN | Level::ERROR => {
                let line = format!("warning: {said}");
                // What is wrong with one file may be wrong with another one as well.
                let reason = said.reason.as_ref().filter(|_| said.fields.is_empty());
                if !self.is_new(reason.unwrap_or(&line)) {
                    return;
                }
                line
            }
            _ if meta.target() == WIRE => said.message,
            level => {
                let spans: String = context
                    .event_scope(event)
                    .into_iter()
                    .flatten()
                    .map(|span| format!("{}: ", span.name()))
                    .collect();
                format!("{level} {}: {spans}{said}", meta.target())
            }
        };
        output::talk(&text::one_line(&line));
    }
}

/// What an event says: `message (name value, ...): reason`.
#[derive(Default)]
struct Said {
    message: String,
    fields: String,
    reason: Option<String>,
}

impl Said {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            "error" | "wrong" => self.reason = Some(value),
            name => {
                let gap = if self.fields.is_empty() { "" } else { ", " };
                let _ = write!(self.fields, "{gap}{name} {value}");
            }
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.fields.is_empty() {
            write!(f, " ({})", self.fields)?;
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }
}
