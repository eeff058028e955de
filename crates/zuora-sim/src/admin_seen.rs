//! `/_sim/`, the part that shows: requests, coverage, tokens, limits and records, secrets masked.

use crate::{
    coverage::Coverage,
    dispatch::Call,
    fault::BadFault,
    fields::seconds,
    journal::{RecordedRequest, UNMATCHED},
    masked::Mask,
    message::Reply,
    requests::Filter,
    table,
    tenant::Kind,
};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use zuora_wire::{Json, Object};

/// How many requests a list has unless it is asked for more, and at most.
const LISTED: usize = 100;
const MOST_LISTED: usize = 1_000;
/// How many bytes of a body are shown.
const SHOWN_BODY: usize = 64 * 1024;
/// How many tokens are shown.
const SHOWN_TOKENS: usize = 100;
/// How many characters at the end of a token are shown, to tell it from others.
const SHOWN_END: usize = 4;

/// What is asked of the list.
struct Question {
    filter: Filter,
    from: u64,
    limit: usize,
    bodies: bool,
}

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fn question(query: &str) -> Result<Question, BadFault> {
    let mut question = Question {
        filter: Filter::default(),
        from: 0,
        limit: LISTED,
        bodies: false,
    };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let number = |rule: &str| value.parse().map_err(|_| BadFault::new(&*name, rule));
        let filter = &mut question.filter;
        match &*name {
            "operation" => {
                // Who asks for what cannot come would always find that it did not.
                if value != UNMATCHED && !table::is_operation(&value) {
                    let rule = "must be an operation of the API reference such as getAccount, or unmatched";
                    return Err(BadFault::new(&*name, rule));
                }
                filter.operation = Some(value.into_owned());
            }
            "method" => {
                if !METHODS.contains(&value.to_ascii_uppercase().as_str()) {
                    let rule = format!("must be one of {}", METHODS.join(", "));
                    return Err(BadFault::new(&*name, rule));
                }
                filter.method = Some(value.into_owned());
            }
            "path" => filter.path = Some(value.into_owned()),
            "status" => {
                let rule = "must be a status such as 200";
                let status = number(rule)?;
                let status = u16::try_from(status).map_err(|_| BadFault::new(&*name, rule))?;
                filter.status = Some(status);
            }
            "from" => question.from = number("must be the number of a request")?,
            "limit" => {
                let limit = number("must be a whole number")?;
                question.limit = usize::try_from(limit).unwrap_or(MOST_LISTED);
            }
            "bodies" => {
                let rule = "must be true or false";
                question.bodies = value.parse().map_err(|_| BadFault::new(&*name, rule))?;
            }
            _ => {
                let rule =
                    "is not known; known are operation, method, path, status, from, limit, bodies";
                return Err(BadFault::new(&*name, rule));
            }
        }
    }
    question.limit = question.limit.min(MOST_LISTED);
    Ok(question)
}

/// The latest requests that were asked for, the oldest of them first, and how many there are.
pub(crate) fn requests(call: &Call<'_>) -> Reply {
    let question = match question(call.request.uri.query().unwrap_or_default()) {
        Ok(question) => question,
        Err(wrong) => return crate::admin::bad(wrong),
    };
    let (journal, filter) = (&call.shared.journal, &question.filter);
    let is_meant = |one: &RecordedRequest| one.number >= question.from && filter.matches(one);
    let mut listed = journal.latest(question.limit, is_meant);
    listed.reverse();
    let now = call.shared.clock.true_time();
    let state = call.shared.state();
    let mask = Mask::of(&state, now);
    let listed: Vec<Json> = listed
        .iter()
        .map(|request| Json::Object(request_json(request, &mask, question.bodies)))
        .collect();
    Reply::ok(&Json::object([
        ("count", Json::from(filter.count(journal))),
        ("requests", listed.into()),
    ]))
}

/// One request in full.
pub(crate) fn request(call: &Call<'_>) -> Reply {
    let number = call.args.first().and_then(|number| number.parse().ok());
    let Some(record) = number.and_then(|number| call.shared.journal.record(number)) else {
        let rule = "must be the number of one of the latest 10,000 requests";
        return crate::admin::refusal(StatusCode::NOT_FOUND, "number", rule);
    };
    let state = call.shared.state();
    let mask = Mask::of(&state, call.shared.clock.true_time());
    Reply::ok(&Json::Object(request_json(&record, &mask, true)))
}

fn request_json(request: &RecordedRequest, mask: &Mask<'_>, whole: bool) -> Object {
    let at = Timestamp::try_from(request.at).map(|at| at.to_string());
    let mut json = Object::new();
    json.insert("number", request.number);
    json.insert("at", at.ok());
    json.insert("operation", request.operation);
    json.insert("method", request.method.as_str());
    json.insert("path", mask.path(&request.path));
    json.insert(
        "query",
        request.query.as_deref().map(|query| mask.query(query)),
    );
    json.insert("status", request.status);
    json.insert("reason", mask.text(&request.reason()));
    json.insert("source", request.source.to_string());
    if whole {
        json.insert("request", half(&request.headers, &request.body, mask));
        json.insert(
            "reply",
            half(&request.reply_headers, &request.reply_body, mask),
        );
    }
    json
}

/// Headers and body, one way.
fn half(headers: &HeaderMap, body: &[u8], mask: &Mask<'_>) -> Json {
    // Masked before it is cut, or half a secret could stand at the end.
    let mut text = mask.body(headers, body);
    let is_cut = text.len() > SHOWN_BODY;
    if is_cut {
        let end = (0..=SHOWN_BODY).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
    }
    Json::object([
        ("headers", mask.headers(headers)),
        ("bodyLength", body.len().into()),
        ("body", text.into()),
        ("isCut", is_cut.into()),
    ])
}

/// The first records of a kind, in the order of their creation, and how many there are.
pub(crate) fn table(call: &Call<'_>) -> Reply {
    let name = call.args.first().map_or("", String::as_str);
    let Some(kind) = Kind::by_name(name) else {
        let rule = "must be one of the names that /_sim/tables has";
        return crate::admin::refusal(StatusCode::NOT_FOUND, "name", rule);
    };
    let state = call.shared.state();
    let mask = Mask::of(&state, call.shared.clock.true_time());
    // What a record is called comes first.
    let number = kind.facts().number.map(|(member, ..)| member);
    let names = ["id"].into_iter().chain(number);
    let rows = state.store.all(kind).take(LISTED).map(|row| {
        let first = names
            .clone()
            .filter_map(|name| Some((name, row.get(name)?)));
        let others = row
            .iter()
            .filter(|(name, _)| names.clone().all(|own| own != *name));
        let mut row = Json::object(
            first
                .chain(others)
                .map(|(name, value)| (name, value.clone())),
        );
        mask.json(&mut row);
        row
    });
    let rows = Json::Array(rows.collect());
    let count = state.store.count(kind);
    Reply::ok(&Json::object([("count", count.into()), ("rows", rows)]))
}

/// The operations that were called.
pub(crate) fn coverage(call: &Call<'_>) -> Reply {
    Reply::ok(&Coverage::new(call.shared.journal.arrivals()).json())
}

/// The live tokens, those that live longest first, by their last characters.
pub(crate) fn tokens(call: &Call<'_>) -> Reply {
    let now = call.shared.clock.true_time();
    let state = call.shared.state();
    let mut live: Vec<_> = state.tokens.live(now).collect();
    live.sort_by_key(|token| std::cmp::Reverse(token.left(now)));
    let count = live.len();
    let shown = live.iter().take(SHOWN_TOKENS).map(|token| {
        let end = token.text.len().saturating_sub(SHOWN_END);
        Json::object([
            ("endsWith", Json::from(token.text.get(end..))),
            ("client", token.client_id.as_str().into()),
            ("entities", token.entities.clone().into()),
            ("leftSeconds", seconds(token.left(now))),
            ("livesSeconds", seconds(token.life())),
        ])
    });
    let shown = Json::Array(shown.collect());
    Reply::ok(&Json::object([("live", count.into()), ("tokens", shown)]))
}

/// The windows of rates, the classes of concurrency and the sources of token requests.
pub(crate) fn limits(call: &Call<'_>) -> Reply {
    let now = call.shared.clock.true_time();
    let mut state = call.shared.state();
    let windows: Vec<Json> = state
        .rate
        .seen(now)
        .map(|window| {
            Json::object([
                ("window", Json::from(window.name)),
                ("limit", window.limit.into()),
                ("used", window.used.into()),
                ("resetSeconds", window.reset.into()),
            ])
        })
        .collect();
    let limits = &state.settings.limits;
    let classes = state.concurrency.running(now).into_iter();
    let classes: Vec<Json> = classes
        .map(|(class, running)| {
            Json::object([
                ("class", Json::from(class.name())),
                ("limit", limits.of_class(class).into()),
                ("running", running.into()),
                ("peak", state.concurrency.peak(class).into()),
            ])
        })
        .collect();
    let limit = state.settings.token_requests_per_minute;
    let sources = state.token_window.seen(now).map(|(source, used)| {
        Json::object([
            ("source", Json::from(source.to_string())),
            ("limit", limit.into()),
            ("used", used.into()),
        ])
    });
    let sources = Json::Array(sources.take(SHOWN_TOKENS).collect());
    Reply::ok(&Json::object([
        ("rate", Json::from(windows)),
        ("concurrency", classes.into()),
        ("tokenRequests", sources),
    ]))
}
