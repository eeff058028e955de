//! From the call as it was made and a position, the request for one page.

use super::{
    read::Flaw,
    style::{PageStyle, Sending, steps},
};
use crate::{Environment, Error, Method, headers, request::Request};
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
};
use url::form_urlencoded;
use zuora_wire::{Json, Object};

const QUERY_MORE: &str = "/v1/action/queryMore";

/// The request for the page at `at`; for `None` the call itself.
pub(super) fn request(
    call: &Request,
    style: &PageStyle,
    at: Option<&str>,
) -> Result<Request, Error> {
    if !matches!(call.method, Method::GET | Method::POST) {
        return Err(Error::invalid(format!(
            "{} has no pages: lists are read by GET or POST",
            call.method
        )));
    }
    if call.headers.contains_key(headers::IDEMPOTENCY_KEY) {
        // The server would give the first page again for every other one.
        return Err(Error::invalid(
            "an idempotency key cannot be set for a list: each of its pages is a call of its own",
        ));
    }
    let mut request = call.clone();
    let Some(at) = at else {
        return Ok(request);
    };
    match &style.send {
        Sending::Url => {
            // The named URL holds the other parameters too.
            request.path = at.to_owned();
            request.query.clear();
        }
        Sending::Query(name) => {
            request.path = without(&request.path, name);
            request.query.retain(|(other, _)| other != name);
            request.query.push((name.to_string(), at.to_owned()));
        }
        Sending::Body(place) => {
            let value = if style.counted {
                number(at).into()
            } else {
                Json::from(at)
            };
            request.body = put(body(call)?, &steps(place), value).to_string().into();
        }
        Sending::QueryMore => {
            let conf = body(call)?.get("conf").cloned();
            let members = [("queryLocator", Some(at.into())), ("conf", conf)];
            let members = members
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            request.method = Method::POST;
            request.path = QUERY_MORE.to_owned();
            request.query.clear();
            request.body = Json::object(members).to_string().into();
        }
    }
    Ok(request)
}

/// What the page names as the next one, as a position: checked, and without any host.
pub(super) fn position(
    environment: &Environment,
    style: &PageStyle,
    current: &str,
    next: String,
) -> Result<String, Flaw> {
    match style.send {
        Sending::Url => environment
            .reroot(&next, current)
            .map_err(|why| Flaw::refused(style.next.as_deref().unwrap_or_default(), why)),
        _ => Ok(next),
    }
}

/// The number of the page at `at`; for the call itself, the one that it asks for, or 1.
pub(super) fn page_number(call: &Request, style: &PageStyle, at: Option<&str>) -> u64 {
    if let Some(at) = at {
        return number(at);
    }
    let asked = match &style.send {
        Sending::Query(name) => pairs(call)
            .into_iter()
            .find(|(other, _)| other == name)
            .and_then(|(_, value)| value.parse().ok()),
        Sending::Body(place) => body(call).ok().and_then(|body| {
            let value = body.at(&steps(place))?;
            value.as_number()?.as_u64()
        }),
        Sending::Url | Sending::QueryMore => None,
    };
    asked.unwrap_or(1)
}

/// Equal for two positions that ask for the same page, whatever the order of their parameters.
pub(super) fn fingerprint(call: &Request, style: &PageStyle, at: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match (&style.send, at) {
        (Sending::Url, at) => {
            let mut named = call.clone();
            if let Some(at) = at {
                named.path = at.to_owned();
                named.query.clear();
            }
            let mut pairs = pairs(&named);
            pairs.sort();
            (named.path.split('?').next(), pairs).hash(&mut hasher);
        }
        (_, at) => at.hash(&mut hasher),
    }
    hasher.finish()
}

fn number(at: &str) -> u64 {
    at.parse().unwrap_or(1)
}

/// All query parameters, those in the path first.
fn pairs(request: &Request) -> Vec<(String, String)> {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .chain(request.query.iter().cloned())
        .collect()
}

/// The path without this parameter, the others as they were written.
fn without(path: &str, name: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let is_it = |pair: &&str| {
        form_urlencoded::parse(pair.as_bytes())
            .next()
            .is_some_and(|(other, _): (Cow<'_, str>, _)| other == name)
    };
    let rest: Vec<_> = query.split('&').filter(|pair| !is_it(pair)).collect();
    if rest.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", rest.join("&"))
    }
}

fn body(call: &Request) -> Result<Json, Error> {
    if call.body.is_empty() {
        return Ok(Json::Object(Object::new()));
    }
    match call.body.at_hand().map(Json::parse) {
        Some(Ok(json @ Json::Object(_))) => Ok(json),
        _ => Err(Error::invalid(
            "the pages of this list are asked for in the body, which must be a JSON object",
        )),
    }
}

/// The value with this member set, the objects on the way made where they are missing.
fn put(json: Json, place: &[&str], value: Json) -> Json {
    let Some((first, rest)) = place.split_first() else {
        return value;
    };
    let mut members = match json {
        Json::Object(members) => members,
        _ => Object::new(),
    };
    let old = members.get(first).cloned().unwrap_or_default();
    members.insert(*first, put(old, rest, value));
    Json::Object(members)
}
