//! What a read of subscriptions shows beside them: which segments of charges, which rate plans, and metrics.

use super::{
    door::Ask,
    segments::{self, Line},
    store::Transaction,
    subscription_metrics,
};
use crate::problem::Problem;
use jiff::civil::Date;
use zuora_wire::Object;

/// Which segments are shown (documented).
enum Segments {
    /// The last one in time.
    Last,
    /// All of them, beside the last one.
    All,
    /// The one that runs on this day.
    On(String),
}

pub(super) struct ChargeDetail {
    segments: Segments,
    /// Whether another day may show others.
    pub(super) is_of_today: bool,
    /// The day whose metrics are shown.
    pub(super) metrics: Option<String>,
    /// Whether rate plans without a charge to show are left out.
    pub(super) hides_empty_plans: bool,
}

impl ChargeDetail {
    /// As it is asked for. That another word is refused, and a specific segment without its day, are guesses.
    pub(super) fn asked(tx: &Transaction<'_>, ask: &Ask<'_>) -> Result<Self, Problem> {
        let word = ask.query("charge-detail");
        let word = word.as_deref().filter(|word| !word.is_empty());
        let segments = match word.unwrap_or("last-segment") {
            "last-segment" => Segments::Last,
            "all-segments" => Segments::All,
            "current-segment" => Segments::On(tx.today.clone()),
            "specific-segment" => Segments::On(asked_day(ask)?),
            _ => {
                return Err(Problem::bad_query(
                    "charge-detail must be last-segment, current-segment, all-segments or specific-segment",
                ));
            }
        };
        let metrics = match asked(ask, "getDetailedMetrics") {
            true => Some(subscription_metrics::day(tx, ask)?),
            false => None,
        };
        let is_current = word == Some("current-segment");
        Ok(Self {
            segments,
            is_of_today: is_current || metrics.as_ref().is_some_and(|(_, is_today)| *is_today),
            metrics: metrics.map(|(day, _)| day),
            hides_empty_plans: asked(ask, "exclude-rate-plans-with-no-charges"),
        })
    }

    pub(super) fn has_all(&self) -> bool {
        matches!(self.segments, Segments::All)
    }

    /// The segment of a charge that is shown; none where it does not run on the day that is meant (a guess).
    pub(super) fn of<'l>(&self, line: &'l Line) -> Option<&'l Object> {
        match &self.segments {
            Segments::Last | Segments::All => line.last(),
            Segments::On(day) => line.iter().find(|row| segments::runs_on(row, day)),
        }
    }
}

fn asked_day(ask: &Ask<'_>) -> Result<String, Problem> {
    let day = ask.query("as-of-date").unwrap_or_default();
    match day.parse::<Date>() {
        Ok(day) => Ok(day.to_string()),
        Err(_) => Err(Problem::bad_query(
            "as-of-date must be a date such as 2026-03-31, which a specific segment needs",
        )),
    }
}

/// Whether a query says yes.
pub(super) fn asked(ask: &Ask<'_>, name: &str) -> bool {
    ask.query(name).as_deref() == Some("true")
}
