//! What is shown of headers, queries and bodies: everything but what opens doors.
//!
//! A value is hidden by its name, and wherever it stands when it is a client's secret or a live token.
//! A text that names a secret and cannot be read is hidden as a whole.

use crate::tokens::Tokens;
use http::HeaderMap;
use std::{borrow::Cow, time::Duration};
use zuora_wire::{Json, Object};

pub(crate) const HIDDEN: &str = "[hidden]";
/// The length of a token.
const TOKEN_LENGTH: usize = 32;

const SECRET_HEADERS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "apiaccesskeyid",
    "apisecretaccesskey",
    "cookie",
    "set-cookie",
    "token",
    "signature",
    "zuora-auth-token",
];

/// Parts of the names of what is secret, without case, `_` and `-`.
const SECRET_PARTS: [&str; 12] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "accesstoken",
    "refreshtoken",
    "apitoken",
    "authtoken",
    "cardnumber",
    "securitycode",
    "bankaccountnumber",
    "privatekey",
];
const SECRET_NAMES: [&str; 6] = ["token", "jti", "cvv", "iban", "assertion", "signature"];

pub(crate) fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.contains(&name)
}

/// Whether the value under this name of a form or of JSON is to be hidden.
fn is_secret_name(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    SECRET_NAMES.contains(&plain.as_str()) || SECRET_PARTS.iter().any(|part| plain.contains(part))
}

/// Masks what is secret in one simulator, now.
pub(crate) struct Mask<'a> {
    secrets: Vec<String>,
    tokens: &'a Tokens,
    now: Duration,
}

impl<'a> Mask<'a> {
    pub(crate) fn new<'s>(
        secrets: impl Iterator<Item = &'s str>,
        tokens: &'a Tokens,
        now: Duration,
    ) -> Self {
        let mut forms: Vec<String> = secrets
            .filter(|secret| !secret.is_empty())
            .flat_map(|secret| {
                let encoded = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
                [secret.to_owned(), encoded]
            })
            .collect();
        // The longest first: one may be a part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self {
            secrets: forms,
            tokens,
            now,
        }
    }

    pub(crate) fn headers(&self, headers: &HeaderMap) -> Json {
        let mut shown = Object::new();
        for name in headers.keys() {
            let values = headers.get_all(name).iter();
            let text = if is_secret_header(name.as_str()) {
                HIDDEN.to_owned()
            } else {
                let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
                self.text(&values.collect::<Vec<_>>().join(", "))
            };
            shown.insert(name.as_str(), text);
        }
        Json::Object(shown)
    }

    pub(crate) fn query(&self, query: &str) -> String {
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if is_secret_name(name) => format!("{name}={HIDDEN}"),
                _ => self.text(pair),
            })
            .collect();
        pairs.join("&")
    }

    /// A body as text.
    pub(crate) fn body(&self, headers: &HeaderMap, body: &[u8]) -> String {
        let content_type = headers.get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        if content_type.starts_with("application/x-www-form-urlencoded") {
            return self.query(&String::from_utf8_lossy(body));
        }
        if let Ok(mut json) = Json::parse(body) {
            self.json(&mut json);
            return json.to_string();
        }
        let text = String::from_utf8_lossy(body);
        let names_secret = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .any(is_secret_name);
        if names_secret {
            return format!("{HIDDEN}: it names a secret and is not JSON");
        }
        self.text(&text)
    }

    fn json(&self, json: &mut Json) {
        match json {
            Json::String(text) => *text = self.text(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Json::Object(object) => {
                for (name, value) in object.iter_mut() {
                    if is_secret_name(name) && !matches!(value, Json::Null | Json::Bool(_)) {
                        *value = HIDDEN.into();
                    } else {
                        self.json(value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Any text, without the secrets and tokens that are known.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut shown = Cow::Borrowed(text);
        for secret in &self.secrets {
            if shown.contains(secret) {
                shown = shown.replace(secret, HIDDEN).into();
            }
        }
        self.without_tokens(&shown)
    }

    fn without_tokens(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        // Runs of letters and digits, each with what separates it from the next.
        for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if word.len() == TOKEN_LENGTH && self.tokens.find(word, self.now).is_some() {
                shown.push_str(HIDDEN);
                shown.push_str(&piece[word.len()..]);
            } else {
                shown.push_str(piece);
            }
        }
        shown
    }
}
