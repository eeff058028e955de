//! What is shown of headers, queries and bodies: everything but what opens doors.
//!
//! A value is hidden by its name, and wherever it stands when it is a client's secret or a live token.
//! A text that names a secret and cannot be read is hidden as a whole.

use crate::{state::State, tokens::Tokens};
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use std::{
    borrow::Cow,
    ops::{Range, RangeInclusive},
    time::Duration,
};
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
const SECRET_PARTS: [&str; 15] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "accesstoken",
    "refreshtoken",
    "apitoken",
    "authtoken",
    "securitytoken",
    "cardnumber",
    "securitycode",
    "bankaccountnumber",
    "achaccountnumber",
    "transferaccountnumber",
    "privatekey",
];
const SECRET_NAMES: [&str; 8] = [
    // The address of a file, which is all that it takes to have it.
    "datafile",
    "token",
    "jti",
    "cvv",
    "cvc",
    "iban",
    "assertion",
    "signature",
];

/// Members that only a payment method has, and types of those that have a number at a bank.
const BANK_NAMES: [&str; 8] = [
    "bankCode",
    "bankABACode",
    "branchCode",
    "bankTransferType",
    "accountHolderInfo",
    "mandateInfo",
    "businessIdentificationCode",
    "identityNumber",
];
const BANK_TYPES: [&str; 13] = [
    "ACH",
    "BankTransfer",
    "SEPA",
    "Betalingsservice",
    "Autogiro",
    "Bacs",
    "Becs",
    "Becsnz",
    "PAD",
    "DirectDebitUK",
    "SinglePayment",
    "CreditCard",
    "CC",
];
/// The shortest number at a bank that is known as one by itself: a guess.
const BANK_DIGITS: usize = 8;
const CARD_DIGITS: RangeInclusive<usize> = 13..=19;

pub(crate) fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.contains(&name)
}

/// A query without its values.
pub(crate) fn query_names(query: &str) -> String {
    let names = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}={HIDDEN}"),
        None => HIDDEN.to_owned(),
    });
    names.collect::<Vec<_>>().join("&")
}

/// Whether the value under this name of a form or of JSON is to be hidden. A custom field is as secret as the
/// field whose name it has.
fn is_secret_name(name: &str) -> bool {
    let plain: String = without_suffix(name)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    // A mask is there to be shown.
    !plain.ends_with("mask")
        && (SECRET_NAMES.contains(&plain.as_str())
            || SECRET_PARTS.iter().any(|part| plain.contains(part)))
}

/// `cvv` of `cvv__c`.
fn without_suffix(name: &str) -> &str {
    let plain = name.rsplit_once("__").map(|(plain, _)| plain);
    plain
        .filter(|_| zuora_catalog::is_custom(name))
        .unwrap_or(name)
}

/// Whether this is an account's number at its bank, which has the name of one at Zuora: the other members
/// tell, or that it has the digits of one.
fn is_bank_account(name: &str, value: &Json, object: &Object) -> bool {
    if !name.eq_ignore_ascii_case("accountNumber") {
        return false;
    }
    let is_method = object.iter().any(|(name, value)| {
        let ty = value.as_str().filter(|_| name.eq_ignore_ascii_case("type"));
        let has =
            |names: &[&str], own: &str| names.iter().any(|name| own.eq_ignore_ascii_case(name));
        has(&BANK_NAMES, name) || ty.is_some_and(|ty| has(&BANK_TYPES, ty))
    });
    let has_digits = match value {
        Json::String(text) => {
            text.len() >= BANK_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
        }
        value => matches!(value, Json::Number(_)),
    };
    is_method || has_digits
}

/// The places of card numbers in a text: 13 to 19 digits, alone or in groups, with the check digit of a card.
fn card_numbers(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let begin = at;
        let mut digits = Vec::new();
        while let Some(byte) = bytes.get(at) {
            let goes_on = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            match byte {
                b'0'..=b'9' => digits.push(byte - b'0'),
                b' ' | b'-' if goes_on && !digits.is_empty() => {}
                _ => break,
            }
            at += 1;
        }
        let is_whole = bytes
            .get(at)
            .is_none_or(|next| !next.is_ascii_alphanumeric());
        if is_whole && is_card(&digits) {
            found.push(begin..at);
        }
        // What is left of a word that is no number.
        while bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            at += 1;
        }
    }
    found
}

/// Cards begin with 2 to 6 (so no time in milliseconds is taken for one) and end with Luhn's check digit.
fn is_card(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    CARD_DIGITS.contains(&digits.len())
        && digits.first().is_some_and(|first| (2..=6).contains(first))
        && sum.is_multiple_of(10)
}

/// Without the escapes of a URL or a form.
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// Masks what is secret in one simulator, now.
pub(crate) struct Mask<'a> {
    secrets: Vec<String>,
    tokens: &'a Tokens,
    now: Duration,
}

impl<'a> Mask<'a> {
    pub(crate) fn of(state: &'a State, now: Duration) -> Self {
        let clients = state.settings.clients.iter();
        let mut forms: Vec<String> = clients
            .flat_map(|client| client.secrets.iter().map(String::as_str))
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
            tokens: &state.tokens,
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
                Some((name, _)) if is_secret_name(&decoded(name)) => format!("{name}={HIDDEN}"),
                Some((name, value)) => format!("{}={}", self.encoded(name), self.encoded(value)),
                None => self.encoded(pair),
            })
            .collect();
        pairs.join("&")
    }

    /// A path as it was sent, segment by segment.
    pub(crate) fn path(&self, path: &str) -> String {
        let shown = self.text(path);
        let segments: Vec<String> = shown.split('/').map(|part| self.encoded(part)).collect();
        segments.join("/")
    }

    /// A part of a URL or a form, hidden when a secret stands in it, plainly or encoded.
    fn encoded(&self, part: &str) -> String {
        let plain = decoded(part);
        match self.text(&plain) == plain {
            true => self.text(part),
            false => HIDDEN.to_owned(),
        }
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

    pub(crate) fn json(&self, json: &mut Json) {
        match json {
            Json::String(text) => *text = self.text(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Json::Object(object) => {
                let banks = object
                    .iter()
                    .filter(|(name, value)| is_bank_account(name, value, object));
                let banks: Vec<String> = banks.map(|(name, _)| name.to_owned()).collect();
                for (name, value) in object.iter_mut() {
                    let is_secret = is_secret_name(name) || banks.iter().any(|bank| bank == name);
                    if is_secret && !matches!(value, Json::Null | Json::Bool(_)) {
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
        let mut shown = self.without_tokens(&shown);
        for place in card_numbers(&shown).into_iter().rev() {
            shown.replace_range(place, HIDDEN);
        }
        shown
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
