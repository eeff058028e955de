//! A request held against what the catalogue says of its operation: every violation, with its code.

use crate::{
    action,
    dispatch::Call,
    errors,
    message::Reply,
    problem::{Family, Problem, Wrong},
    tenant, version,
};
use http::StatusCode;
use std::borrow::Cow;
use zuora_catalog::{Direction, Field, Operation, Position, Report, Violation, ViolationKind};
use zuora_wire::Json;

/// The resource part of the codes. It is documented for requests without a body; which number stands
/// for which field of a body is not, so that this is a guess for them.
const RESOURCE_GUESS: u32 = 500_000;
/// The fields whose number is known (documented).
const RESOURCES: [(&str, u32); 1] = [("termType", 531_003)];

/// Operations that hold bodies against rules of their own. AQuA takes flags as texts (observed); for the value
/// of a bulk job's filter the reference has an object, where only a plain value makes sense; definitions of custom
/// objects are taken as they were listed (documented), and not only as the reference has them.
const OWN_RULES: [&str; 3] = [
    "createBatchQuery",
    "postCustomObjectBulkJob",
    "postCustomObjectDefinitions",
];

/// The lists of Actions whose entries have outcomes of their own (documented), each held against its schema when
/// it is carried out.
const ENTRIES: [&str; 3] = ["objects[", "subscribes[", "requests["];

const BAD_VALUE: u32 = 20;
const UNKNOWN_FIELD: u32 = 21;
const MISSING_FIELD: u32 = 22;
const MISSING_PARAMETER: u32 = 23;
const BAD_QUERY: u32 = 27;

/// The refusal of a request that the description does not allow.
pub(crate) fn refusal(call: &Call<'_>, operation: Operation, family: Family) -> Option<Reply> {
    let mut wrong = Vec::new();
    parameters(call, operation, family, &mut wrong);
    let described = operation.body().and_then(|body| body.ty);
    let described = described.filter(|_| !OWN_RULES.contains(&operation.id()));
    let is_v1 = matches!(family, Family::Rest | Family::Crud | Family::Action);
    if let Some(place) = call.json.filter(|_| is_v1).and_then(unsupported) {
        wrong.push(about(BAD_VALUE, &place, format!("{place}: {UNSUPPORTED}")));
    }
    if let (Some(json), Some(ty)) = (call.json, described) {
        let told = match family {
            // Null is taken where a member need not be there.
            Family::Rest => tenant::left_out(json),
            _ => Cow::Borrowed(json),
        };
        let report = ty.check(&told, Direction::Request);
        // What CRUD does not know of the objects of an Action is unknown in both.
        let is_of_object =
            |field: &Violation| family == Family::Action && field.path.starts_with("objects[");
        let has_unknown =
            || !report.unknown.iter().all(is_of_object) || tenant::has_unknown(operation, json);
        if rejects_unknown(call, family) && has_unknown() {
            let body = errors::message("Error - unrecognised fields");
            return Some(Reply::json(StatusCode::BAD_REQUEST, &body));
        }
        body(report, family, &mut wrong);
    }
    let problem = Problem::all(wrong).or_else(|| action::too_many(operation, call.json));
    problem.map(|problem| problem.reply(call, family))
}

/// What is said of a text that is not [supported](is_supported).
pub(crate) const UNSUPPORTED: &str =
    "characters of four bytes in UTF-8 and U+0000 are not supported";

/// Whether a text has only characters that Zuora takes (documented for those of four bytes; that they are
/// refused in this way, and U+0000, are guesses).
pub(crate) fn is_supported(text: &str) -> bool {
    !text.contains(|c: char| c > '\u{ffff}' || c == '\0')
}

/// Where a text is not supported.
fn unsupported(json: &Json) -> Option<String> {
    let below = |name: &str, path: String| match path.as_str() {
        "" => name.to_owned(),
        path => format!("{name}.{path}"),
    };
    match json {
        Json::String(text) => (!is_supported(text)).then(String::new),
        Json::Array(items) => items.iter().enumerate().find_map(|(place, item)| {
            unsupported(item).map(|path| below(&place.to_string(), path))
        }),
        Json::Object(members) => members
            .iter()
            .find_map(|(name, value)| unsupported(value).map(|path| below(name, path))),
        _ => None,
    }
}

/// CRUD and Actions ignore what they do not know unless they are told not to (documented).
fn rejects_unknown(call: &Call<'_>, family: Family) -> bool {
    matches!(family, Family::Crud | Family::Action)
        && queried(call, "rejectUnknownFields").any(|value| value == "true")
}

/// What is wrong with a parameter, or with a member whose number is not known.
fn about(category: u32, parameter: &str, message: String) -> Wrong {
    Wrong {
        code: RESOURCE_GUESS * 100 + category,
        message,
        parameter: parameter.to_owned(),
    }
}

fn body(mut report: Report, family: Family, wrong: &mut Vec<Wrong>) {
    if family == Family::Action {
        let is_of_one = |violation: &Violation| {
            let mut entries = ENTRIES.iter();
            entries.any(|list| violation.path.starts_with(list))
        };
        report.violations.retain(|violation| !is_of_one(violation));
    }
    wrong.extend(violations(&report));
    if family == Family::Rest {
        let unknown = report.unknown.iter();
        wrong.extend(unknown.map(|field| of_member(field, UNKNOWN_FIELD)));
    }
}

/// Everything that is wrong with a body but members that nobody knows, each with its code.
pub(crate) fn violations(report: &Report) -> Vec<Wrong> {
    let wrong = report.violations.iter().filter_map(|violation| {
        let category = match violation.kind {
            // What was read and is written back is not refused: a guess.
            ViolationKind::ReadOnly => return None,
            ViolationKind::Missing => MISSING_FIELD,
            _ => BAD_VALUE,
        };
        Some(of_member(violation, category))
    });
    wrong.collect()
}

fn of_member(violation: &Violation, category: u32) -> Wrong {
    let name = violation.path.rsplit('.').next().unwrap_or_default();
    let known = RESOURCES.iter().find(|(field, _)| *field == name);
    let resource = known.map_or(RESOURCE_GUESS, |(_, resource)| *resource);
    Wrong {
        code: resource * 100 + category,
        message: violation.to_string(),
        parameter: violation.path.clone(),
    }
}

fn parameters(call: &Call<'_>, operation: Operation, family: Family, wrong: &mut Vec<Wrong>) {
    let mut segments = call.args.iter();
    for param in operation.params() {
        let (field, name) = (param.field, param.field.name());
        let values: Vec<Cow<'_, str>> = match param.position {
            Position::Path => segments
                .next()
                .map(|value| value.into())
                .into_iter()
                .collect(),
            Position::Query => queried(call, name).collect(),
            Position::Header => call
                .request
                .header(name)
                .map(Cow::Borrowed)
                .into_iter()
                .collect(),
            Position::Form | Position::File => {
                let parts = call.request.upload.iter().flat_map(|upload| &upload.parts);
                let is_there = parts.clone().any(|part| part.name.as_deref() == Some(name));
                if field.is_required() && !is_there {
                    let message = format!("the field {name} of the form is missing");
                    wrong.push(about(MISSING_FIELD, name, message));
                }
                continue;
            }
        };
        if values.is_empty() && field.is_required() {
            let message = format!("the {} parameter {name} is missing", param.position.word());
            wrong.push(about(MISSING_PARAMETER, name, message));
        }
        let category = match family {
            Family::Reasons
                if version::is_from(call, version::OBJECT_QUERY_STATUS_SINCE)
                    && param.position == Position::Query =>
            {
                BAD_QUERY
            }
            _ => BAD_VALUE,
        };
        for value in values {
            let violations = items(field, &value)
                .flat_map(|item| field.check_text(item, Direction::Request).violations);
            // A page that is too large is cut (documented).
            let is_cut = |violation: &Violation| {
                violation.kind == ViolationKind::TooBig && operation.pages().is_some()
            };
            wrong.extend(
                violations
                    .filter(|violation| !is_cut(violation))
                    .map(|violation| {
                        let message = format!("the parameter {name} {}", violation.message);
                        about(category, name, message)
                    }),
            );
        }
    }
}

/// The items of a value: several only where a list is written in one.
fn items(field: Field, value: &str) -> impl Iterator<Item = &str> {
    let separator = field.facts().joined();
    let mut whole = Some(value).filter(|_| separator.is_none());
    let mut parts = separator.map(|separator| value.split(separator));
    std::iter::from_fn(move || whole.take().or_else(|| parts.as_mut()?.next()))
}

/// The values of a query parameter, percent-decoded.
pub(crate) fn queried<'a>(
    call: &Call<'a>,
    name: &'a str,
) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
    let query = call.request.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .filter(move |(key, _)| key == name)
        .map(|(_, value)| value)
}

/// Whether a document is a reply that the catalogue allows.
pub(crate) fn is_reply(ty: zuora_catalog::Type, document: &Json) -> bool {
    ty.check(document, Direction::Reply).is_valid()
}
