//! The governor: keeps a client's calls below the tenant's limits, before Zuora has to refuse them.
//!
//! One [`Gate`] for each client, shared by its clones. A call takes a [`Permit`] before it is sent and
//! gives it back when its reply is complete. `class` knows which concurrency limit a call falls under,
//! `concurrency` how many of a class may run, `pace` how many calls the tenant's windows still allow,
//! `told` what replies say about both; `gate` brings them together, `line` keeps the order, and `waiting`
//! is a call's wait in it.
//!
//! Left to others: when a refused call is sent again (the pipeline), and the limit of token requests
//! (`auth::limiter`), which never pass here.

mod class;
mod concurrency;
mod gate;
mod limits;
mod line;
mod pace;
mod permit;
mod settings;
mod told;
mod waiting;
mod window;

pub use class::ConcurrencyClass;
pub(crate) use gate::{Call, Gate};
pub use limits::{ClassLimits, Limits, WindowLimits};
pub(crate) use permit::Permit;
pub use settings::{Governor, Priority};

use std::time::Duration;

/// Calls of a class that leave at once where it is not known how many others run (a guess). Four clients of one tenant that start together stay within the smallest class.
const FIRST_CALLS: u32 = 10;

/// Zuora samples `Concurrency-Limit-Remaining` about once a second (documented): after a change, news
/// younger than this may still tell of the time before.
const SAMPLED: Duration = Duration::from_millis(1500);

/// The part of every limit that is left alone, since calls of other programs on their way to Zuora
/// show in nobody's numbers yet (a guess): one in so many, and of small limits more.
const SLACK: u64 = 50;
const SLACK_OF_SMALL: u64 = 10;

/// So long without any reply, and more calls of a class leave all the same (a guess): the first ones
/// may take minutes.
const SILENT: Duration = Duration::from_secs(10);

/// The longest window whose end is waited for. One that is longer and empty is an error at once.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Longest time that one 429 keeps calls away, whatever its `Retry-After` says (a guess): a wrong
/// header must not end the service for a year.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The wait after a concurrency 429 that names none. Documented is that it names this one.
const ASSUMED_PAUSE: Duration = Duration::from_secs(120);
