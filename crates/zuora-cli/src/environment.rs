//! Where to call: `--env`, else `ZUORA_BASE_URL`, never a default that could be production.

use crate::{report::Failure, text, variable::variable};
use zuora_core::Environment;

/// The name that stands for a simulator inside this process.
const SIMULATOR: &str = "sim";

pub(crate) enum Place {
    /// A simulator inside this process.
    Simulator,
    At(Environment),
}

pub(crate) fn choose(flag: Option<&str>) -> Result<Place, Failure> {
    if let Some(given) = flag {
        return read(given).map_err(|failure| failure.about("--env"));
    }
    match variable("ZUORA_BASE_URL")? {
        Some(given) => read(&given).map_err(|failure| failure.about("ZUORA_BASE_URL")),
        None => Err(Failure::usage("no environment is chosen").hint(format!(
            "name one with --env or ZUORA_BASE_URL: {}, or any base URL",
            names()
        ))),
    }
}

fn read(given: &str) -> Result<Place, Failure> {
    let given = given.trim();
    if given == SIMULATOR {
        return Ok(Place::Simulator);
    }
    if given.contains("://") {
        return Ok(Place::At(Environment::url(given)?));
    }
    match Environment::named().find(|(name, _)| *name == given) {
        Some((_, base)) => Ok(Place::At(Environment::url(base)?)),
        None => {
            // A URL without its scheme could hold a password before the `@`.
            let shown = given.rsplit('@').next().unwrap_or_default();
            let shown: String = shown.chars().take(80).collect();
            Err(
                Failure::usage(format!("{:?} is no environment", text::one_line(&shown))).hint(
                    format!("known are {}, and any URL with its https://", names()),
                ),
            )
        }
    }
}

fn names() -> String {
    let names = Environment::named().map(|(name, _)| name);
    names.chain([SIMULATOR]).collect::<Vec<_>>().join(" ")
}
