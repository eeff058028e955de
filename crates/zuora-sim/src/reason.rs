//! Why a request was answered as it was, in words, from what the journal holds of it.

use crate::{
    journal::{RecordedRequest, UNMATCHED},
    made_up::BASIS,
};
use zuora_wire::Json;

/// Where the shapes of errors have their text, in the order in which they are tried.
const TEXTS: [&str; 7] = [
    "message",
    "errormessage",
    "faultmessage",
    "error_description",
    "title",
    "rule",
    "error",
];

pub(crate) fn of(record: &RecordedRequest) -> String {
    if let Some(fault) = &record.fault {
        return format!("a fault: {fault}");
    }
    if !record.is_answered {
        return "not answered yet, or given up by the caller".to_owned();
    }
    let Some(status) = record.status else {
        return "the connection was reset".to_owned();
    };
    let body = Json::parse(&record.reply_body).ok();
    let refusal = body.as_ref().filter(|body| is_refusal(status, body));
    let said = refusal.and_then(|body| text(body, 0));
    let said = |rule: &str| match &said {
        Some(said) => format!("{rule}: {said}"),
        None => rule.to_owned(),
    };
    match status {
        _ if record.operation == UNMATCHED && status == 405 => {
            "the path has no such method".to_owned()
        }
        _ if record.operation == UNMATCHED => "no operation has this path".to_owned(),
        401 => said("the token was refused"),
        429 => said("a limit is used up"),
        413 => said("the body is too long"),
        400.. => said("refused"),
        _ if refusal.is_some() => said("refused within a good status"),
        _ => basis(record).to_owned(),
    }
}

fn basis(record: &RecordedRequest) -> &'static str {
    let basis = record.reply_headers.get(BASIS);
    match basis.and_then(|basis| basis.to_str().ok()) {
        Some("state") => "from the tenant's data",
        Some("sample") => "made up from the reply's schema",
        Some("guess") => "made up from what is known of the reply, a guess",
        _ if record.operation == "createToken" => "a token was handed out",
        _ => "answered by the simulator itself",
    }
}

fn is_refusal(status: u16, body: &Json) -> bool {
    let failed = |name: &str| body.get(name) == Some(&Json::Bool(false));
    status >= 400 || failed("success") || failed("Success")
}

/// The first text of an error, wherever its shape has it.
fn text(json: &Json, depth: usize) -> Option<String> {
    if depth > 4 {
        return None;
    }
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Array(items) => text(items.first()?, depth + 1),
        Json::Object(object) => {
            let named = |wanted: &&str| {
                let found = object
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.and_then(|(_, value)| text(value, depth + 1))
            };
            let nested = || {
                let lists = object.iter().map(|(_, value)| value);
                let lists = lists.filter(|value| !matches!(value, Json::String(_)));
                lists.filter_map(|value| text(value, depth + 1)).next()
            };
            TEXTS.iter().find_map(named).or_else(nested)
        }
        _ => None,
    }
}
