//! Reading an admin request's JSON object, field by field, with the rule that a wrong one breaks.

use crate::fault::BadFault;
use std::time::Duration;
use zuora_wire::{Json, Number, Object};

/// The longest time that an admin request can name, about 100 years: within the clock's range.
pub(crate) const LONGEST: Duration = Duration::from_secs(3_200_000_000);

/// An object whose fields are taken one after the other; what is left at the end is unknown.
pub(crate) struct Fields<'a> {
    object: &'a Object,
    taken: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(json: &'a Json) -> Result<Self, BadFault> {
        let object = json
            .as_object()
            .ok_or_else(|| BadFault::new("", format!("must be an object, not {}", json.kind())))?;
        Ok(Self {
            object,
            taken: Vec::new(),
        })
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<&'a Json> {
        self.taken.push(name.to_owned());
        self.object.get(name)
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, BadFault> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(wrong(name, "a string", other)),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, BadFault> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let items = value.as_array();
        let items = items.ok_or_else(|| wrong(name, "a list of strings", value))?;
        let text = |(place, item): (usize, &Json)| match item {
            Json::String(text) => Ok(text.clone()),
            other => Err(wrong(&format!("{name}.{place}"), "a string", other)),
        };
        items
            .iter()
            .enumerate()
            .map(text)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>, BadFault> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(wrong(name, "true or false", other)),
        }
    }

    /// A whole number from 0 on.
    pub(crate) fn count(&mut self, name: &str) -> Result<Option<u64>, BadFault> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match value.as_number().and_then(Number::as_u64) {
            Some(count) => Ok(Some(count)),
            None => Err(wrong(name, "a whole number from 0 on", value)),
        }
    }

    /// A whole number of something that there is at least one of.
    pub(crate) fn one_or_more(&mut self, name: &str) -> Result<Option<u64>, BadFault> {
        match self.count(name)? {
            Some(0) => Err(BadFault::new(
                name,
                "must be a whole number from 1 on, not 0",
            )),
            count => Ok(count),
        }
    }

    /// A number of seconds, fractions allowed.
    pub(crate) fn seconds(&mut self, name: &str) -> Result<Option<Duration>, BadFault> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let seconds = value.as_number().map(Number::to_f64_lossy);
        match seconds.filter(|seconds| (0.0..=LONGEST.as_secs_f64()).contains(seconds)) {
            Some(seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
            None => Err(wrong(name, "a number of seconds from 0 to 3.2e9", value)),
        }
    }

    /// Refuses what was not taken.
    pub(crate) fn end(self) -> Result<(), BadFault> {
        let is_taken = |name: &str| self.taken.iter().any(|taken| taken == name);
        match self.object.iter().find(|(name, _)| !is_taken(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let known = self.taken.join(", ");
                Err(BadFault::new(
                    name,
                    format!("is not known; known are {known}"),
                ))
            }
        }
    }
}

/// A duration as a JSON number of seconds.
pub(crate) fn seconds(duration: Duration) -> Json {
    let text = duration.as_secs_f64().to_string();
    Number::new(text).map_or(Json::Null, Json::Number)
}

fn wrong(name: &str, wanted: &str, found: &Json) -> BadFault {
    let found = match found {
        Json::Number(number) => number.to_string(),
        other => other.kind().to_owned(),
    };
    BadFault::new(name, format!("must be {wanted}, not {found}"))
}
