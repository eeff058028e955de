//! `/_sim/`: the tenant's data, what happened to it, and what was asked for.

use crate::{
    Scenario,
    admin::{bad, done, input},
    dispatch::Call,
    fault::BadFault,
    fields::Fields,
    message::{JSON_TYPE, Reply},
    state::State,
    tenant::{Kind, What, image, jobs},
};
use bytes::Bytes;
use http::StatusCode;
use std::sync::OnceLock;
use zuora_wire::Json;

/// Where a document of any length is taken.
pub(crate) const RESTORE: &str = "/_sim/restore";
/// The name that ends a scenario, as null does.
const NONE: &str = "none";
/// How many events are given at once.
const EVENTS: usize = 1000;

pub(crate) fn snapshot(call: &Call<'_>) -> Reply {
    let document = image::write(&call.shared.state().store);
    Reply::new(StatusCode::OK, JSON_TYPE, document)
}

pub(crate) fn restore(call: &Call<'_>) -> Reply {
    let Ok(document) = std::str::from_utf8(&call.request.body) else {
        return bad(BadFault::new("", "must be UTF-8"));
    };
    let mut state = call.shared.state();
    let State { store, ids, .. } = &mut *state;
    match image::read(document, ids) {
        Err(wrong) => bad(wrong),
        Ok(mut read) => {
            jobs::resume(&mut read, &call.shared.clock);
            *store = read;
            done()
        }
    }
}

/// Adds the faults of a scenario and takes over its limits, in the place of one that is played already, which
/// null ends.
pub(crate) fn scenario(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let name = match json.get("name") {
            Some(Json::Null) => fields.take("name").and(None),
            _ => Some(fields.text("name")?.unwrap_or_default()),
        };
        fields.end()?;
        let Some(name) = name.filter(|name| name != NONE) else {
            return Ok(None);
        };
        let names: Vec<_> = Scenario::all().map(Scenario::name).collect();
        let names = names.join(", ");
        let rule = || BadFault::new("name", format!("must be one of {names}, {NONE}, or null"));
        Scenario::by_name(&name).map(Some).ok_or_else(rule)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(scenario) => {
            call.shared.state().play(scenario);
            done()
        }
    }
}

/// How many records there are of each kind.
pub(crate) fn tables(call: &Call<'_>) -> Reply {
    let state = call.shared.state();
    let counts = Kind::all().map(|facts| (facts.name, state.store.count(facts.kind)));
    Reply::ok(&Json::object(counts))
}

/// What happened after the event with the number in `after`, at most 1,000 events.
pub(crate) fn events(call: &Call<'_>) -> Reply {
    let mut after = 0;
    let query = call.request.uri.query().unwrap_or_default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let rule = match (&*name, value.parse()) {
            ("after", Ok(number)) => {
                after = number;
                continue;
            }
            ("after", Err(_)) => "must be the number of an event",
            _ => "is not known; known is after",
        };
        return bad(BadFault::new(&*name, rule));
    }
    let state = call.shared.state();
    let events = state.store.events().iter();
    let events = events.filter(|event| event.number > after).take(EVENTS);
    let events: Vec<Json> = events
        .map(|event| {
            let what = match event.what {
                What::Created => "created",
                What::Changed => "changed",
                What::Removed => "removed",
            };
            Json::object([
                ("number", Json::from(event.number)),
                ("what", what.into()),
                ("object", event.kind.facts().name.into()),
                ("id", event.id.as_str().into()),
            ])
        })
        .collect();
    let members = [
        ("last", Json::from(state.store.version())),
        ("events", events.into()),
    ];
    Reply::ok(&Json::object(members))
}

/// One document for all who ask: it has a few MB.
pub(crate) fn openapi(_: &Call<'_>) -> Reply {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| zuora_catalog::openapi().into());
    Reply::new(StatusCode::OK, JSON_TYPE, document.clone())
}
