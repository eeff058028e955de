//! `/_sim/`: the simulator's own operations, for people, scripts and other languages. Who may call them
//! says `guard`.

use crate::{
    ExpiresIn, Scenario, TokenReuse, admin_clients,
    concurrency::Concurrency,
    dispatch::Call,
    fault::BadFault,
    fault_json,
    fields::{self, Fields, seconds},
    message::Reply,
    tenant::jobs,
};
use http::StatusCode;
use jiff::Timestamp;
use std::time::{Duration, SystemTime};
use zuora_wire::{Json, Object};

pub(crate) fn is_admin(path: &str) -> bool {
    path == "/_sim" || path.starts_with("/_sim/")
}

/// A body that names what is wrong and the rule.
pub(crate) fn refusal(status: StatusCode, field: &str, rule: &str) -> Reply {
    let error = Json::object([("field", field), ("rule", rule)]);
    Reply::json(status, &Json::object([("error", error)]))
}

pub(crate) fn bad(bad: BadFault) -> Reply {
    refusal(StatusCode::BAD_REQUEST, bad.field(), bad.rule())
}

/// Reads the body, an object, with `read`; everything is read and checked before anything is done.
pub(crate) fn input<T>(
    call: &Call<'_>,
    read: impl FnOnce(&Json) -> Result<T, BadFault>,
) -> Result<T, BadFault> {
    let json = Json::parse(&call.request.body)
        .map_err(|error| BadFault::new("", format!("the body must be JSON: {error}")))?;
    read(&json)
}

/// One required field.
fn only<T>(
    json: &Json,
    name: &str,
    read: impl FnOnce(&mut Fields<'_>) -> Result<Option<T>, BadFault>,
) -> Result<T, BadFault> {
    let mut fields = Fields::new(json)?;
    let value = read(&mut fields)?;
    fields.end()?;
    value.ok_or_else(|| BadFault::new(name, "must be there"))
}

pub(crate) fn done() -> Reply {
    Reply::ok(&Json::object([("done", true)]))
}

pub(crate) fn state(call: &Call<'_>) -> Reply {
    let shared = call.shared;
    let now = shared.clock.true_time();
    let state = shared.state();
    let settings = &state.settings;
    let body = Json::object([
        ("seed", Json::from(shared.seed)),
        ("clients", admin_clients::described(&settings.clients)),
        ("tokenReuse", reuse_name(settings.reuse).into()),
        ("tokenLifetime", lifetime(&settings.lifetime)),
        (
            "tokenRequestsPerMinute",
            settings.token_requests_per_minute.into(),
        ),
        ("tokenRetryAfter", settings.token_retry_after.into()),
        ("liveTokens", state.tokens.live_count(now).into()),
        ("mintedTokens", state.tokens.minted_count().into()),
        ("scenario", state.scenario().map(Scenario::name).into()),
        ("faults", state.faults.numbered().count().into()),
        ("idempotencyKeys", state.keys.len().into()),
        ("executions", state.ledger.list().len().into()),
        ("running", running(&state.concurrency, now)),
        ("clock", clock_json(call)),
    ]);
    drop(state);
    Reply::ok(&body)
}

fn running(concurrency: &Concurrency, now: Duration) -> Json {
    let running = concurrency.running(now).into_iter();
    Json::object(running.map(|(class, calls)| (class.name(), calls)))
}

fn lifetime(lifetime: &ExpiresIn) -> Json {
    let mut json = Object::new();
    if let Some(wire) = lifetime.on_the_wire(Duration::ZERO) {
        json.insert("expiresIn", wire);
    }
    json.insert("livesSeconds", seconds(lifetime.lives()));
    Json::Object(json)
}

fn reuse_name(reuse: TokenReuse) -> &'static str {
    match reuse {
        TokenReuse::New => "new",
        TokenReuse::Same => "same",
    }
}

pub(crate) fn counters(call: &Call<'_>) -> Reply {
    let requests = call.shared.journal.counters().into_iter();
    let requests = requests.map(|(operation, total, outcomes)| {
        let mut json = Object::new();
        json.insert("total", total);
        for (status, count) in outcomes {
            let name = status.map_or_else(|| "noReply".to_owned(), |status| status.to_string());
            json.insert(name, count);
        }
        (operation, Json::Object(json))
    });
    let requests = Json::object(requests);
    let state = call.shared.state();
    let minted = Json::object(
        state
            .tokens
            .minted_by()
            .iter()
            .map(|(id, n)| (id.as_str(), *n)),
    );
    Reply::ok(&Json::object([
        ("requests", requests),
        ("tokensMinted", minted),
    ]))
}

fn clock_json(call: &Call<'_>) -> Json {
    let clock = &call.shared.clock;
    let wall = Timestamp::try_from(clock.wall()).map_or(Json::Null, |wall| wall.to_string().into());
    Json::object([
        ("wall", wall),
        ("frozen", clock.is_frozen().into()),
        ("elapsedSeconds", seconds(clock.true_time())),
        ("sleepers", clock.sleepers().into()),
    ])
}

pub(crate) fn clock(call: &Call<'_>) -> Reply {
    Reply::ok(&clock_json(call))
}

/// Sets the wall clock alone, as `VirtualClock::set_wall` does.
pub(crate) fn set_clock(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let text = only(json, "wall", |fields| fields.text("wall"))?;
        let rule = || BadFault::new("wall", "must be a time such as 2026-12-31T23:59:30Z");
        let wall: Timestamp = text.parse().map_err(|_| rule())?;
        let wall = SystemTime::try_from(wall).map_err(|_| rule())?;
        // Farther than a clock can be set.
        let now = call.shared.clock.wall();
        let distance = wall.duration_since(now).unwrap_or_else(|e| e.duration());
        if distance > fields::LONGEST {
            return Err(BadFault::new(
                "wall",
                "must be within 100 years of the clock",
            ));
        }
        Ok(wall)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(wall) => {
            call.shared.clock.set_wall(wall);
            clock(call)
        }
    }
}

pub(crate) fn advance_clock(call: &Call<'_>) -> Reply {
    match input(call, length) {
        Err(wrong) => bad(wrong),
        Ok(length) if !call.shared.clock.reaches(length) => {
            let rule = "goes beyond the range of the clock, about 146 years from its start";
            bad(BadFault::new("seconds", rule))
        }
        Ok(length) => {
            call.shared.clock.advance(length);
            jobs::catch_up(call.shared);
            clock(call)
        }
    }
}

pub(crate) fn suspend_clock(call: &Call<'_>) -> Reply {
    match input(call, length) {
        Err(wrong) => bad(wrong),
        Ok(length) => {
            call.shared.clock.suspend_for(length);
            clock(call)
        }
    }
}

fn length(json: &Json) -> Result<Duration, BadFault> {
    only(json, "seconds", |fields| fields.seconds("seconds"))
}

pub(crate) fn freeze_clock(call: &Call<'_>) -> Reply {
    call.shared.clock.freeze();
    clock(call)
}

pub(crate) fn resume_clock(call: &Call<'_>) -> Reply {
    call.shared.clock.resume();
    clock(call)
}

pub(crate) fn revoke_tokens(call: &Call<'_>) -> Reply {
    let revoked = call.shared.state().tokens.revoke_all();
    Reply::ok(&Json::object([("revoked", revoked)]))
}

pub(crate) fn list_faults(call: &Call<'_>) -> Reply {
    let state = call.shared.state();
    let faults = state.faults.numbered().map(|(number, fault)| {
        let mut json = fault_json::write(fault);
        if let Json::Object(json) = &mut json {
            json.insert("number", number);
        }
        json
    });
    let faults: Vec<Json> = faults.collect();
    Reply::ok(&Json::object([("faults", faults)]))
}

pub(crate) fn add_fault(call: &Call<'_>) -> Reply {
    let added = input(call, |json| {
        if json.get("script").is_some() {
            let steps = fault_json::read_script(json)?;
            return call.shared.state().add_script(steps);
        }
        let fault = fault_json::read(json)?;
        call.shared.state().add_fault(fault)
    });
    added.err().map_or_else(done, bad)
}

pub(crate) fn clear_faults(call: &Call<'_>) -> Reply {
    let cleared = call.shared.state().faults.clear();
    Reply::ok(&Json::object([("cleared", cleared)]))
}

/// Removes the fault with this number; 404 when it is gone.
pub(crate) fn remove_fault(call: &Call<'_>) -> Reply {
    let number = call.args.first().and_then(|number| number.parse().ok());
    let is_removed = number.is_some_and(|number| call.shared.state().faults.remove(number));
    if is_removed {
        return done();
    }
    let rule = "must be the number of a fault that is still there";
    refusal(StatusCode::NOT_FOUND, "number", rule)
}

pub(crate) fn set_token_reuse(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let name = only(json, "reuse", |fields| fields.text("reuse"))?;
        match name.as_str() {
            "new" => Ok(TokenReuse::New),
            "same" => Ok(TokenReuse::Same),
            _ => Err(BadFault::new("reuse", "must be new or same")),
        }
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(reuse) => {
            call.shared.state().settings.reuse = reuse;
            done()
        }
    }
}

/// `expiresIn` is any JSON value, left out for a reply without it; `livesSeconds` is what holds.
pub(crate) fn set_token_lifetime(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let lifetime = match fields.take("expiresIn") {
            Some(value) => ExpiresIn::wire(value.clone()),
            None => ExpiresIn::missing(),
        };
        let lives = fields.seconds("livesSeconds")?;
        fields.end()?;
        Ok(match lives {
            Some(lives) => lifetime.living(lives),
            None => lifetime,
        })
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(lifetime) => {
            call.shared.state().settings.lifetime = lifetime;
            done()
        }
    }
}

pub(crate) fn reset(call: &Call<'_>) -> Reply {
    call.shared.reset();
    done()
}
