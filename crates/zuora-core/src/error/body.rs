//! What a failed reply's body says, by its shape, whatever the operation.
//!
//! Zuora has some twenty shapes (the facts call them families a to s). They differ in where they put a
//! list of entries, what an entry's code and message are called, and whether the whole thing is wrapped
//! in something; so this reads lists and names instead of telling families apart.

use super::code::Reason;
use crate::{scrub::Scrubber, text};
use bytes::Bytes;
use std::borrow::Cow;
use zuora_wire::Json;

/// The message, the reasons and the ids that a body holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) message: Option<String>,
    pub(crate) reasons: Vec<Reason>,
    /// `requestId` in the body; the header's is the same where both are there.
    pub(crate) request_id: Option<String>,
    /// `processId` in the body.
    pub(crate) process_id: Option<String>,
    /// The file is larger than the server gives out (family r).
    pub(crate) too_large: bool,
}

impl Findings {
    /// Without the secrets that a server may have given back. Escapes are resolved by now, so a secret
    /// that the raw body hid from a search stands here in the open.
    pub(crate) fn scrubbed(mut self, scrubber: &Scrubber) -> Self {
        let clean = |text: &mut Option<String>| {
            if let Some(text) = text {
                *text = scrubber.text(text);
            }
        };
        clean(&mut self.message);
        clean(&mut self.request_id);
        clean(&mut self.process_id);
        for reason in &mut self.reasons {
            clean(&mut reason.code);
            clean(&mut reason.message);
            clean(&mut reason.field);
        }
        self
    }
}

/// Longest message that goes into an error's line; the whole body stays beside it.
const MESSAGE_LENGTH: usize = 500;
/// Reasons kept: a reply of a million reasons must not fill the memory twice.
const MAX_REASONS: usize = 100;
/// A larger body is read as far as this. Replies that say why are short.
const MAX_READ: usize = 256 * 1024;

/// Lists of reasons, in the order in which they are looked for.
const LISTS: [&str; 6] = ["reasons", "Errors", "errors", "faults", "details", "Faults"];
/// Where a whole error may be wrapped.
const WRAPPERS: [&str; 5] = ["error", "data", "result", "fault", "response"];
const CODES: [&str; 7] = [
    "code",
    "Code",
    "FaultCode",
    "faultCode",
    "faultcode",
    "errorCode",
    "type",
];
const MESSAGES: [&str; 9] = [
    "message",
    "Message",
    "FaultMessage",
    "faultMessage",
    "faultstring",
    "errorMessage",
    "title",
    "detail",
    "error_description",
];
const FIELDS: [&str; 4] = ["parameter", "fieldName", "field", "source"];

/// Reads a body in this order: `message`, `error_description`, the first reason, `error`, the raw
/// text; an HTML page gives its visible text.
///
/// Secrets are masked before anything is cut, so that no half of one is left at a cut.
pub(crate) fn read_body(body: &Bytes, scrubber: &Scrubber) -> Findings {
    let mut found = Findings::default();
    let body = scrubber.body(body);
    let readable = &body[..body.len().min(MAX_READ)];
    let json = Json::parse(readable).or_else(|_| Json::parse(mended(readable).as_bytes()));
    match json {
        Ok(json) => read_json(&json, &mut found),
        Err(_) => read_text(readable, &mut found),
    }
    found.message = found
        .message
        .map(|message| text::shorten(&text::one_line(&message), MESSAGE_LENGTH).into_owned())
        .filter(|message| !message.is_empty());
    found
}

fn read_text(body: &[u8], found: &mut Findings) {
    let raw = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]);
    found.too_large = raw.contains("max-object-size>");
    found.message = Some(if found.too_large {
        let size = text::strip_tags(&raw);
        format!("the file is larger than the server gives out ({size})")
    } else if raw.trim_start().starts_with('<') {
        text::strip_tags(&raw)
    } else {
        text::one_line(&raw)
    });
}

fn read_json(json: &Json, found: &mut Findings) {
    let text = |name: &str| json.get(name).and_then(Json::as_str).map(text::one_line);
    found.request_id = text("requestId");
    found.process_id = text("processId");
    collect(json, 0, &mut found.reasons);

    found.message = [
        "message",
        "Message",
        "FaultMessage",
        "faultstring",
        "errorMessage",
    ]
    .iter()
    .find_map(|name| text(name))
    .or_else(|| text("error_description"))
    .or_else(|| {
        found
            .reasons
            .iter()
            .find_map(|reason| reason.message.clone())
    })
    .or_else(|| text("error"))
    .or_else(|| text("title"))
    .or_else(|| match json {
        Json::Object(members) if members.is_empty() => None,
        Json::Array(items) if items.is_empty() => None,
        Json::Null => None,
        // `{done: true, records: [], size: 0}`: nothing was found.
        other if other.get("size").is_some() && other.get("done").is_some() => None,
        other => Some(other.to_string()),
    });
}

/// All reasons of a body, wrapped or not, at most two wrappers deep.
fn collect(json: &Json, depth: usize, reasons: &mut Vec<Reason>) {
    if let Json::Array(items) = json {
        // Per-item results, or an error in a list of its own.
        for item in items.iter().take(MAX_REASONS) {
            collect(item, depth + 1, reasons);
        }
        return;
    }
    let before = reasons.len();
    for entry in LISTS
        .iter()
        .filter_map(|name| json.get(name)?.as_array())
        .flatten()
    {
        if reasons.len() >= MAX_REASONS {
            return;
        }
        let reason = match entry {
            Json::String(message) => Reason {
                message: Some(text::one_line(message)),
                ..Reason::default()
            },
            entry => reason_of(entry),
        };
        if reason != Reason::default() {
            reasons.push(reason);
        }
    }
    if reasons.len() > before {
        return;
    }
    let own = reason_of(json);
    if own.code.is_some() {
        reasons.push(own);
        return;
    }
    if depth < 2 {
        for inner in WRAPPERS.iter().filter_map(|name| json.get(name)) {
            if matches!(inner, Json::Object(_) | Json::Array(_)) {
                collect(inner, depth + 1, reasons);
            }
        }
    }
}

fn reason_of(json: &Json) -> Reason {
    let scalar = |name: &&str| match json.get(name)? {
        Json::String(text) => {
            Some(text::shorten(&text::one_line(text), MESSAGE_LENGTH).into_owned())
        }
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Reason {
        code: CODES.iter().find_map(scalar),
        message: MESSAGES.iter().find_map(scalar),
        field: FIELDS.iter().find_map(scalar),
    }
}

/// A JSON text that was cut off, closed behind its last whole value, so that the reasons at its
/// beginning can still be read.
fn mended(body: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(body);
    let mut open: Vec<u8> = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    // The last place behind a whole value inside a list or an object, and what was open there.
    let mut safe: Option<(usize, Vec<u8>)> = None;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    return text;
                }
                if open.len() <= 8 {
                    safe = Some((at + 1, open.clone()));
                }
            }
            b',' if !open.is_empty() && open.len() <= 8 => safe = Some((at, open.clone())),
            _ => {}
        }
    }
    match safe {
        Some((end, open)) if !open.is_empty() => {
            let closing = open.iter().rev().map(|byte| char::from(*byte));
            Cow::Owned(text[..end].chars().chain(closing).collect())
        }
        _ => text,
    }
}
