//! What the libraries tell while they work: warnings always, heads of requests and replies with
//! `--verbose`, anything with the variable `ZUORA_LOG` (such as `zuora_core=debug` or `trace`).

use crate::{output, text};
use std::fmt::{self, Write};
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
    let talk = Talk {
        errors: wanted.is_some(),
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
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Talk {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let meta = event.metadata();
        if *meta.level() == Level::ERROR && !self.errors {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let Said { message, fields } = said;
        let line = match *meta.level() {
            Level::WARN | Level::ERROR if fields.is_empty() => format!("warning: {message}"),
            Level::WARN | Level::ERROR => format!("warning: {message} ({fields})"),
            _ if meta.target() == WIRE => message,
            level => {
                let spans: String = context
                    .event_scope(event)
                    .into_iter()
                    .flatten()
                    .map(|span| format!("{}: ", span.name()))
                    .collect();
                let gap = if fields.is_empty() { "" } else { " " };
                format!("{level} {}: {spans}{message}{gap}{fields}", meta.target())
            }
        };
        output::talk(&text::one_line(&line));
    }
}

/// An event's message and its other fields.
#[derive(Default)]
struct Said {
    message: String,
    fields: String,
}

impl Said {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if field.name() == "message" {
            let _ = self.message.write_fmt(value);
        } else {
            let gap = if self.fields.is_empty() { "" } else { ", " };
            let _ = write!(self.fields, "{gap}{} {value}", field.name());
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }
}
