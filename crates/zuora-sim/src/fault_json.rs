//! Faults as JSON, for `/_sim/faults`: each field is checked, an unknown one is refused.

use crate::{
    ErrorShape,
    fault::{BadFault, Ending, Fault, PageFault},
    fault_body::FaultBody,
    fields::{Fields, seconds},
};
use std::time::Duration;
use zuora_wire::{Json, Object};

/// Members of a script that hold for each of its steps.
const FOR_ALL_STEPS: [&str; 3] = ["on", "client", "writesOnly"];

/// Headers of the connection, which the server writes.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];
/// What a limit of calls counts in (documented).
const WINDOWS: [&str; 3] = ["minute", "hour", "day"];

/// Reads the steps of a script: `{"on":"createOrder","script":[{"status":503},{},{"ending":"resetAfter"}]}`.
/// Each is a fault without the members that all of them share; an empty one lets its request pass.
pub(crate) fn read_script(json: &Json) -> Result<Vec<Fault>, BadFault> {
    let mut fields = Fields::new(json)?;
    let mut shared = Object::new();
    for name in FOR_ALL_STEPS {
        if let Some(value) = fields.take(name) {
            shared.insert(name, value.clone());
        }
    }
    let rule = || BadFault::new("script", "must be an array of objects, with one at least");
    let steps = fields.take("script").and_then(Json::as_array);
    let steps = steps.filter(|steps| !steps.is_empty()).ok_or_else(rule)?;
    fields.end()?;
    let mut faults = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let mut step = step.as_object().ok_or_else(rule)?.clone();
        for (name, value) in shared.iter() {
            if step.insert(name, value.clone()).is_some() {
                let rule = "belongs to the whole script";
                return Err(BadFault::new(name, rule).within("script", place));
            }
        }
        let fault = read(&step.into()).map_err(|bad| bad.within("script", place))?;
        faults.push(fault);
    }
    Ok(faults)
}

/// Reads a fault: `{"on":"getAccount","status":503,"times":2}`.
///
/// Fields: `on`, `status`, `retryAfter`, `headers`, `body`, `delaySeconds`, `ending` (`resetBefore`,
/// `resetAfter`, `truncate`, `garbage`, `garbageWire`, `raggedRows`), `slowBodySeconds`, `truncateAt`, `resetAt`,
/// `redirect`, `executeFirst`, `inFront`, `page` (`loop`, `repeat`, `short`, `emptySelf`, or a base URL),
/// `times`, `skip`, `probability`, `client`, `writesOnly`, `expireToken`,
/// `wrongDataCentre`, `staleSeconds`.
pub(crate) fn read(json: &Json) -> Result<Fault, BadFault> {
    let mut fields = Fields::new(json)?;
    let on = fields.text("on")?;
    let mut fault = Fault::on(on.ok_or_else(|| BadFault::new("on", "must be there"))?);
    if let Some(status) = fields.count("status")? {
        fault = fault.status(u16::try_from(status).unwrap_or(u16::MAX));
    }
    if let Some(text) = fields.text("retryAfter")? {
        fault = fault.retry_after(text);
    }
    if let Some(headers) = fields.take("headers") {
        let rule = || BadFault::new("headers", "must be an object of strings");
        for (name, value) in headers.as_object().ok_or_else(rule)?.iter() {
            if FRAMING.contains(&name.to_ascii_lowercase().as_str()) {
                let rule = format!(
                    "cannot have {name}, which says where a reply ends: see truncateAt and ending"
                );
                return Err(BadFault::new("headers", rule));
            }
            fault = fault.header(name, value.as_str().ok_or_else(rule)?);
        }
    }
    if let Some(body) = fields.take("body") {
        fault = fault.body(read_body(body)?);
    }
    if let Some(delay) = fields.seconds("delaySeconds")? {
        fault = fault.delay(delay);
    }
    if let Some(delay) = fields.seconds("slowBodySeconds")? {
        fault = fault.slow_body(delay);
    }
    if let Some(bytes) = fields.count("truncateAt")? {
        fault = only_ending(fault, "truncateAt")?.truncate_at(bytes);
    }
    if let Some(bytes) = fields.count("resetAt")? {
        fault = only_ending(fault, "resetAt")?.reset_at(bytes);
    }
    if let Some(ending) = fields.text("ending")? {
        fault = only_ending(fault, "ending")?;
        fault = match ending.as_str() {
            "resetBefore" => fault.reset_before(),
            "resetAfter" => fault.reset_after(),
            "truncate" => fault.truncate(),
            "garbage" => fault.garbage(),
            "garbageWire" => fault.garbage_wire(),
            "raggedRows" => fault.ragged_rows(),
            _ => {
                let rule =
                    "must be resetBefore, resetAfter, truncate, garbage, garbageWire or raggedRows";
                return Err(BadFault::new("ending", rule));
            }
        };
    }
    if let Some(url) = fields.text("redirect")? {
        // A header `location` can say anything.
        if !url.starts_with('/') && url::Url::parse(&url).is_err() {
            let rule = "must be a URL with a scheme, or a path that begins with /";
            return Err(BadFault::new("redirect", rule));
        }
        fault = fault.redirect(url);
    }
    if fields.flag("executeFirst")? == Some(true) {
        fault = fault.execute_first();
    }
    if let Some(in_front) = fields.flag("inFront")? {
        fault = fault.in_front(in_front);
    }
    if let Some(page) = fields.text("page")? {
        fault = fault.page(match page.as_str() {
            "loop" => PageFault::Loop,
            "repeat" => PageFault::Repeat,
            "short" => PageFault::Short,
            "emptySelf" => PageFault::EmptySelf,
            _ => PageFault::OtherHost(page),
        });
    }
    if let Some(times) = fields.one_or_more("times")? {
        fault = fault.times(times);
    }
    if let Some(skip) = fields.count("skip")? {
        fault = fault.skip(skip);
    }
    if let Some(probability) = fields.take("probability") {
        let rule = || BadFault::new("probability", "must be a number from 0 to 1");
        let number = probability.as_number().ok_or_else(rule)?;
        fault = fault.probability(number.to_f64_lossy());
    }
    if let Some(client) = fields.text("client")? {
        fault = fault.client(client);
    }
    if fields.flag("writesOnly")? == Some(true) {
        fault = fault.writes_only();
    }
    if fields.flag("expireToken")? == Some(true) {
        fault = fault.expire_token();
    }
    if fields.flag("wrongDataCentre")? == Some(true) {
        fault = fault.wrong_data_centre();
    }
    if let Some(by) = fields.seconds("staleSeconds")? {
        fault = fault.stale(by);
    }
    fields.end()?;
    fault.check()?;
    Ok(fault)
}

/// The fault, unless another field has said how its reply ends.
fn only_ending(fault: Fault, field: &str) -> Result<Fault, BadFault> {
    match fault.ending {
        Ending::Normal => Ok(fault),
        _ => {
            let rule = "cannot go with another field that says how the reply ends";
            Err(BadFault::new(field, rule))
        }
    }
}

/// Reads a body: `{"family":"restReasons","code":50000060,"message":"..."}`.
fn read_body(json: &Json) -> Result<FaultBody, BadFault> {
    let in_body = |bad: BadFault| {
        let field = match bad.field() {
            "" => "body".to_owned(),
            field => format!("body.{field}"),
        };
        BadFault::new(field, bad.rule())
    };
    let mut fields = Fields::new(json).map_err(in_body)?;
    let family = fields.text("family").map_err(in_body)?;
    let read = |fields: &mut Fields<'_>| {
        let code = |fields: &mut Fields<'_>| match fields.take("code") {
            Some(code @ (Json::Number(_) | Json::String(_))) => Ok(code.clone()),
            _ => Err(BadFault::new("code", "must be a number or a string")),
        };
        let text = |fields: &mut Fields<'_>, name: &str| {
            let text = fields.text(name)?;
            text.ok_or_else(|| BadFault::new(name, "must be a string"))
        };
        Ok(match family.as_deref().unwrap_or_default() {
            "message" => FaultBody::Message(text(fields, "message")?),
            "spring" => FaultBody::Spring {
                message: text(fields, "message")?,
            },
            "rateLimit" => FaultBody::RateLimit {
                seconds: fields.count("seconds")?.unwrap_or(60),
            },
            "rateLimitWindow" => FaultBody::RateLimitWindow {
                window: match text(fields, "window")? {
                    window if WINDOWS.contains(&window.as_str()) => window,
                    _ => return Err(BadFault::new("window", "must be minute, hour or day")),
                },
                seconds: fields.count("seconds")?.unwrap_or(60),
            },
            "concurrency" => FaultBody::Concurrency,
            "html" => FaultBody::Html,
            "empty" => FaultBody::Empty,
            "text" => FaultBody::Text(text(fields, "text")?),
            "raw" => FaultBody::raw(text(fields, "text")?, text(fields, "contentType")?),
            name => match ErrorShape::by_name(name) {
                Some(shape) => FaultBody::Shaped {
                    shape,
                    code: code(fields)?,
                    message: text(fields, "message")?,
                },
                None => {
                    let shapes: Vec<_> = ErrorShape::all().map(ErrorShape::name).collect();
                    let rule = format!(
                        "must be rateLimit, rateLimitWindow, concurrency, html, text, empty, raw, {}",
                        shapes.join(", ")
                    );
                    return Err(BadFault::new("family", rule));
                }
            },
        })
    };
    let body = read(&mut fields).map_err(in_body)?;
    fields.end().map_err(in_body)?;
    Ok(body)
}

/// What a fault does to a request that meets it.
pub(crate) fn what(fault: &Fault) -> Json {
    let mut json = write(fault);
    if let Json::Object(json) = &mut json {
        for how_often in ["on", "timesLeft", "skip", "probability"] {
            json.remove(how_often);
        }
    }
    json
}

/// A fault as the list shows it. A body is shown by its presence only.
pub(crate) fn write(fault: &Fault) -> Json {
    let mut json = Object::new();
    json.insert("on", fault.on.as_str());
    if let Some(status) = fault.status {
        json.insert("status", status);
    }
    if !fault.headers.is_empty() {
        let headers = fault.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        json.insert("headers", Json::object(headers));
    }
    if fault.body.is_some() {
        json.insert("hasBody", true);
    }
    if fault.delay > Duration::ZERO {
        json.insert("delaySeconds", seconds(fault.delay));
    }
    let ending = match fault.ending {
        Ending::Normal => None,
        Ending::ResetBefore => Some("resetBefore"),
        Ending::ResetAfter => Some("resetAfter"),
        Ending::Truncate => Some("truncate"),
        Ending::Garbage => Some("garbage"),
        Ending::GarbageWire => Some("garbageWire"),
        Ending::RaggedRows => Some("raggedRows"),
        Ending::SlowBody(delay) => {
            json.insert("slowBodySeconds", seconds(delay));
            None
        }
        Ending::TruncateAt(bytes) => {
            json.insert("truncateAt", bytes);
            None
        }
        Ending::ResetAt(bytes) => {
            json.insert("resetAt", bytes);
            None
        }
    };
    if let Some(ending) = ending {
        json.insert("ending", ending);
    }
    if fault.execute_first {
        json.insert("executeFirst", true);
    }
    if let Some(in_front) = fault.in_front {
        json.insert("inFront", in_front);
    }
    if let Some(page) = &fault.page {
        let name = match page {
            PageFault::Loop => "loop",
            PageFault::Repeat => "repeat",
            PageFault::Short => "short",
            PageFault::EmptySelf => "emptySelf",
            PageFault::OtherHost(base) => base,
        };
        json.insert("page", name);
    }
    for (name, is_set) in [
        ("expireToken", fault.expires_token),
        ("wrongDataCentre", fault.wrong_data_centre),
    ] {
        if is_set {
            json.insert(name, true);
        }
    }
    if let Some(by) = fault.stale {
        json.insert("staleSeconds", seconds(by));
    }
    json.insert("timesLeft", fault.times);
    json.insert("skip", fault.skip);
    if let Some(client) = &fault.client {
        json.insert("client", client.as_str());
    }
    if fault.writes_only {
        json.insert("writesOnly", true);
    }
    if fault.probability < 1.0
        && let Ok(number) = zuora_wire::Number::new(fault.probability.to_string())
    {
        json.insert("probability", number);
    }
    Json::Object(json)
}
