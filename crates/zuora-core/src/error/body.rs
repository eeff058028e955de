//! What a failed reply's body says, whatever shape it has.

use super::Reason;
use crate::{scrub::Scrubber, text};
use zuora_wire::Json;

/// The message and the reasons that a body holds.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) message: Option<String>,
    pub(crate) reasons: Vec<Reason>,
    /// `success` or `Success` is `false` at the top level: a failure even inside a 2xx.
    pub(crate) says_failure: bool,
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
        for reason in &mut self.reasons {
            clean(&mut reason.code);
            clean(&mut reason.message);
        }
        self
    }
}

/// Longest message that goes into an error's line; the whole body stays beside it.
const MESSAGE_LENGTH: usize = 500;
/// Reasons kept; a reply of a million reasons must not fill the memory twice.
const MAX_REASONS: usize = 100;

/// Reads a body in this order: `message`, `error_description`, the first reason, `error`, the raw
/// text; an HTML page gives its visible text.
pub(crate) fn read_body(body: &[u8]) -> Findings {
    let mut found = Findings::default();
    match Json::parse(body) {
        Ok(json) => read_json(&json, &mut found),
        Err(_) => {
            let raw = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]);
            let plain = if raw.trim_start().starts_with('<') {
                text::strip_tags(&raw)
            } else {
                text::one_line(&raw)
            };
            found.message = Some(plain);
        }
    }
    found.message = found
        .message
        .map(|message| text::shorten(&text::one_line(&message), MESSAGE_LENGTH).into_owned())
        .filter(|message| !message.is_empty());
    found
}

fn read_json(json: &Json, found: &mut Findings) {
    found.says_failure = ["success", "Success"]
        .iter()
        .any(|name| json.get(name).and_then(Json::as_bool) == Some(false));

    let lists = ["reasons", "Errors", "errors", "faults"];
    for entry in lists
        .iter()
        .filter_map(|name| json.get(name)?.as_array())
        .flatten()
        .take(MAX_REASONS)
    {
        let reason = match entry {
            Json::String(message) => Reason {
                code: None,
                message: Some(text::one_line(message)),
            },
            entry => reason_of(entry),
        };
        if reason.code.is_some() || reason.message.is_some() {
            found.reasons.push(reason);
        }
    }
    if found.reasons.is_empty() {
        let own = reason_of(json);
        // `error` may hold the whole story as an object.
        let inner = json.get("error").map(reason_of);
        found.reasons.extend(
            [Some(own), inner]
                .into_iter()
                .flatten()
                .filter(|reason| reason.code.is_some()),
        );
    }

    let member = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    found.message = member("message")
        .or_else(|| member("Message"))
        .or_else(|| member("FaultMessage"))
        .or_else(|| member("faultstring"))
        .or_else(|| member("error_description"))
        .or_else(|| {
            found
                .reasons
                .iter()
                .find_map(|reason| reason.message.clone())
        })
        .or_else(|| member("error"))
        .or_else(|| match json {
            Json::Object(members) if members.is_empty() => None,
            other => Some(other.to_string()),
        });
}

fn reason_of(json: &Json) -> Reason {
    let code = [
        "code",
        "Code",
        "FaultCode",
        "faultCode",
        "faultcode",
        "errorCode",
    ]
    .iter()
    .find_map(|name| match json.get(name)? {
        Json::String(code) => Some(text::shorten(&text::one_line(code), 100).into_owned()),
        Json::Number(code) => Some(code.to_string()),
        _ => None,
    });
    let message = [
        "message",
        "Message",
        "FaultMessage",
        "faultMessage",
        "faultstring",
        "title",
    ]
    .iter()
    .find_map(|name| json.get(name)?.as_str().map(text::one_line));
    Reason { code, message }
}
