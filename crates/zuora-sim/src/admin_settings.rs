//! `/_sim/`: the switches of the simulated API, and what was executed.

use crate::{
    ConcurrencyClass, ConnectionRules, Limits, SimFile, WindowKind,
    admin::{bad, done, input},
    configure,
    dispatch::Call,
    fault::{self, BadFault},
    fields::Fields,
    masked::Mask,
    message::Reply,
    version::Version,
};
use http::HeaderValue;
use jiff::Timestamp;
use zuora_wire::{Json, Object};

/// Sets the calls of one window.
type SetWindow = fn(Limits, u64) -> Limits;

/// Starts from a `profile`, else from the limits in force; what is named is changed.
pub(crate) fn set_limits(call: &Call<'_>) -> Reply {
    let present = call.shared.state().settings.limits.clone();
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let profile = fields.text("profile")?;
        let mut limits = match &profile {
            None => present,
            Some(name) => Limits::profile(name).ok_or_else(|| {
                let rule = "must be production, developer-sandbox, api-sandbox or unlimited";
                BadFault::new("profile", rule)
            })?,
        };
        let windows: [(&str, SetWindow); 3] = [
            ("perMinute", Limits::per_minute),
            ("perHour", Limits::per_hour),
            ("perDay", Limits::per_day),
        ];
        for (name, set) in windows {
            if let Some(calls) = fields.count(name)? {
                limits = set(limits, calls);
            }
        }
        let classes = [
            ("concurrencyDefault", ConcurrencyClass::Default),
            ("concurrencyHighVolume", ConcurrencyClass::HighVolume),
            ("concurrencyObjectQuery", ConcurrencyClass::ObjectQuery),
        ];
        for (name, class) in classes {
            if let Some(calls) = fields.count(name)? {
                limits = limits.concurrency(class, calls);
            }
        }
        if let Some(kind) = fields.text("windowKind")? {
            limits = limits.window_kind(match kind.as_str() {
                "fixed" => WindowKind::Fixed,
                "sliding" => WindowKind::Sliding,
                _ => return Err(BadFault::new("windowKind", "must be fixed or sliding")),
            });
        }
        if let Some(send) = fields.flag("rateRetryAfter")? {
            limits = limits.rate_retry_after(send);
        }
        if let Some(age) = fields.seconds("sampleSeconds")? {
            limits = limits.sample_every(age);
        }
        if let Some(send) = fields.flag("headers")? {
            limits = limits.headers(send);
        }
        if let Some(ends) = fields.flag("hangUpEndsCall")? {
            limits = limits.hang_up_ends_call(ends);
        }
        fields.end()?;
        Ok(limits)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(limits) => {
            call.shared.state().set_limits(limits);
            done()
        }
    }
}

pub(crate) fn set_idempotency(call: &Call<'_>) -> Reply {
    let mut rules = call.shared.state().settings.idempotency.clone();
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        if let Some(keep) = fields.flag("keepUnauthorized")? {
            rules = rules.keep_unauthorized(keep);
        }
        if let Some(keep) = fields.flag("keepRateLimited")? {
            rules = rules.keep_rate_limited(keep);
        }
        if let Some(status) = fields.count("otherPayloadStatus")? {
            let status = u16::try_from(status).ok();
            let status = status.filter(|status| (400..=499).contains(status));
            rules =
                rules.other_payload_status(status.ok_or_else(|| {
                    BadFault::new("otherPayloadStatus", "must be from 400 to 499")
                })?);
        }
        if let Some(code) = fields.count("inFlightCode")? {
            let code = u32::try_from(code);
            let rule = || BadFault::new("inFlightCode", "must be a code of eight digits");
            let code = code
                .ok()
                .filter(|code| (10_000_000..100_000_000).contains(code));
            rules = rules.in_flight_code(code.ok_or_else(rule)?);
        }
        fields.end()?;
        Ok(rules)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(rules) => {
            call.shared.state().settings.idempotency = rules;
            done()
        }
    }
}

/// What is not named is switched off.
pub(crate) fn set_connections(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let rules = ConnectionRules {
            close_after: fields.one_or_more("closeAfter")?,
            close_on_reuse: fields.one_or_more("closeOnReuse")?,
            idle: fields.seconds("idleSeconds")?,
            most: fields
                .one_or_more("most")?
                .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            client_timeout: fields.seconds("clientTimeoutSeconds")?,
        };
        fields.end()?;
        Ok(rules)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(rules) => {
            call.shared.state().settings.connections = rules;
            done()
        }
    }
}

pub(crate) fn set_service_time(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let operation = operation(&mut fields)?;
        let time = fields.seconds("seconds")?;
        fields.end()?;
        let rule = || BadFault::new("seconds", "must be there");
        Ok((operation, time.ok_or_else(rule)?))
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok((operation, time)) => {
            let mut state = call.shared.state();
            state.settings.service_times.insert(operation, time);
            done()
        }
    }
}

/// Changes what is named; `cutOffSeconds`, `tenantVersion` and `linkBase` are switched off by null.
pub(crate) fn set_behaviour(call: &Call<'_>) -> Reply {
    let mut settings = call.shared.state().settings.clone();
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let is_null = |name: &str| json.get(name).is_some_and(Json::is_null);
        if is_null("cutOffSeconds") {
            fields.take("cutOffSeconds");
            settings.cut_off = None;
        } else if let Some(after) = fields.seconds("cutOffSeconds")? {
            settings.cut_off = Some(after);
        }
        let is_known = |text: &str| Version::named(text).is_some();
        let rule = "must be a known version such as 230.0 or 2025-08-12, or null";
        if let Some(version) = text_or_null(json, &mut fields, "tenantVersion", is_known, rule)? {
            settings.minor_version = version;
        }
        let is_url = |text: &str| {
            let url = url::Url::parse(text).ok();
            url.is_some_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        let rule = "must be a URL such as https://rest.zuora.com, or null";
        if let Some(base) = text_or_null(json, &mut fields, "linkBase", is_url, rule)? {
            settings.lists.link_base = base;
        }
        for (name, target) in [
            ("crudErrorsIn200", &mut settings.crud_errors_in_200),
            ("gzip", &mut settings.gzip),
        ] {
            if let Some(flag) = fields.flag(name)? {
                *target = flag;
            }
        }
        for (name, target) in [
            ("usageLimit", &mut settings.usage_limit),
            ("fileLimit", &mut settings.file_limit),
        ] {
            if let Some(bytes) = fields.count(name)? {
                *target = bytes;
            }
        }
        if let Some(name) = fields.text("timeZone")? {
            settings.time_zone = configure::zone(&name)?;
        }
        if let Some(time) = fields.seconds("jobSeconds")? {
            settings.job_time = time;
        }
        fields.end()?;
        Ok(settings)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(settings) => {
            let mut state = call.shared.state();
            state.settings = settings;
            state.store.forget_replies();
            done()
        }
    }
}

/// A text that keeps a rule, or null, which switches it off; nothing when it is not named.
fn text_or_null(
    json: &Json,
    fields: &mut Fields<'_>,
    name: &str,
    is_right: impl Fn(&str) -> bool,
    rule: &str,
) -> Result<Option<Option<String>>, BadFault> {
    if json.get(name).is_some_and(Json::is_null) {
        fields.take(name);
        return Ok(Some(None));
    }
    match fields.text(name)? {
        Some(text) if is_right(&text) => Ok(Some(Some(text))),
        Some(_) => Err(BadFault::new(name, rule)),
        None => Ok(None),
    }
}

/// The made-up items of one operation's list, or with `*` of all those without records.
pub(crate) fn set_list(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let operation = operation(&mut fields)?;
        let items = fields.count("items")?;
        fields.end()?;
        let rule = || BadFault::new("items", "must be there");
        Ok((operation, items.ok_or_else(rule)?))
    };
    let set = |(operation, items): (String, u64)| call.shared.state().set_list(&operation, items);
    match input(call, read).and_then(set) {
        Err(wrong) => bad(wrong),
        Ok(()) => done(),
    }
}

fn operation(fields: &mut Fields<'_>) -> Result<String, BadFault> {
    let operation = fields.text("operation")?.unwrap_or_default();
    fault::check_operation("operation", &operation)?;
    Ok(operation)
}

pub(crate) fn add_file(call: &Call<'_>) -> Reply {
    let read = |json: &Json| {
        let mut fields = Fields::new(json)?;
        let must = |name: &str| BadFault::new(name, "must be there");
        let id = fields.text("id")?.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| must("id"))?;
        let size = fields.count("size")?.ok_or_else(|| must("size"))?;
        let mut file = SimFile::new(id, size);
        let header = |name: &str, value: Option<String>| match value {
            Some(value) if HeaderValue::from_str(&value).is_err() => {
                Err(BadFault::new(name, "must be what a header can hold"))
            }
            value => Ok(value),
        };
        if let Some(name) = header("name", fields.text("name")?)? {
            file = file.name(name);
        }
        if let Some(content_type) = header("contentType", fields.text("contentType")?)? {
            file = file.content_type(content_type);
        }
        if let Some(ranges) = fields.flag("ranges")? {
            file = file.ranges(ranges);
        }
        if let Some(etag) = header("etag", fields.text("etag")?)? {
            file = file.etag(etag);
        }
        fields.end()?;
        Ok(file)
    };
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(file) => {
            let files = &mut call.shared.state().settings.files;
            files.insert(file.id.clone(), file);
            done()
        }
    }
}

pub(crate) fn executions(call: &Call<'_>) -> Reply {
    let state = call.shared.state();
    let mask = Mask::of(&state, call.shared.clock.true_time());
    let executions = state.ledger.list().iter().map(|execution| {
        let at = Timestamp::try_from(execution.at).map(|at| at.to_string());
        let mut json = Object::new();
        json.insert("operation", execution.operation);
        json.insert("method", execution.method.as_str());
        json.insert("path", mask.path(&execution.path));
        json.insert("idempotencyKey", execution.idempotency_key.as_deref());
        json.insert("marker", execution.marker.as_deref());
        json.insert("bodySha256", execution.body_sha256.as_str());
        json.insert("requestId", execution.request_id.as_str());
        json.insert("at", at.ok());
        Json::Object(json)
    });
    let executions: Vec<Json> = executions.collect();
    Reply::ok(&Json::object([("executions", executions)]))
}

pub(crate) fn uploads(call: &Call<'_>) -> Reply {
    let state = call.shared.state();
    let uploads = state.uploads.iter().map(|upload| {
        let parts = upload.parts.iter().map(|part| {
            Json::object([
                ("name", Json::from(part.name.as_deref())),
                ("fileName", part.file_name.as_deref().into()),
                ("contentType", part.content_type.as_deref().into()),
                ("size", part.size.into()),
            ])
        });
        Json::object([
            ("size", Json::from(upload.size())),
            ("sent", upload.sent.into()),
            ("parts", Json::Array(parts.collect())),
        ])
    });
    let uploads: Vec<Json> = uploads.collect();
    drop(state);
    Reply::ok(&Json::object([("uploads", uploads)]))
}
