//! Taking secrets out of what is about to be kept or shown.

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;
use zuora_wire::{Json, Object};

const MASK: &str = "***";
/// A larger body is not read as JSON for this: replies that say why are short.
const MAX_JSON: usize = 1024 * 1024;
/// As far as other bodies are searched; less than this is kept.
const MAX_RAW: usize = 256 * 1024;

/// Secrets, in the spellings in which a server could give them back.
pub(crate) struct Scrubber {
    /// As they are, and as forms, URLs and HTML write them.
    spelt: Vec<Zeroizing<String>>,
}

impl Scrubber {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spelt = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let html = secret
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let quoted = html.replace('"', "&quot;").replace('\'', "&#39;");
            spelt.extend(
                [
                    secret.to_owned(),
                    percent.to_ascii_lowercase(),
                    form.replace('%', "%25"),
                    form,
                    percent,
                    html,
                    quoted,
                ]
                .map(Zeroizing::new),
            );
        }
        // A spelling that contains another must go first.
        spelt.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        spelt.dedup();
        Self { spelt }
    }

    /// Text, its escapes resolved or not.
    pub(crate) fn text(&self, text: &str) -> String {
        let masked = self.mask(text);
        let unescaped = unescape(&masked);
        let clean = self.mask(&unescaped);
        if clean == unescaped { masked } else { clean }
    }

    fn mask(&self, text: &str) -> String {
        self.spelt.iter().fold(text.to_owned(), |text, needle| {
            if text.contains(needle.as_str()) {
                text.replace(needle.as_str(), MASK)
            } else {
                text
            }
        })
    }

    /// A body as it came. JSON can spell a character in many ways, so it is searched decoded, and
    /// written anew when something was found.
    pub(crate) fn body(&self, body: &Bytes) -> Bytes {
        if self.spelt.is_empty() {
            return body.clone();
        }
        if body.len() <= MAX_JSON
            && let Ok(mut json) = Json::parse(body)
            && self.json(&mut json)
        {
            return json.to_string().into();
        }
        // Members that are repeated stand in the text alone.
        self.raw(&body.slice(..body.len().min(MAX_RAW)))
    }

    /// Bytes that are not JSON, or only the beginning of it.
    fn raw(&self, body: &Bytes) -> Bytes {
        let text = String::from_utf8_lossy(body);
        let clean = self.text(&text);
        if clean == text {
            body.clone()
        } else {
            clean.into()
        }
    }

    /// Masks every string and every member's name; tells whether there was anything to mask.
    fn json(&self, json: &mut Json) -> bool {
        match json {
            Json::String(text) => {
                let clean = self.text(text);
                let changed = clean != *text;
                *text = clean;
                changed
            }
            Json::Array(items) => items
                .iter_mut()
                .fold(false, |changed, item| self.json(item) | changed),
            Json::Object(members) => {
                let mut changed = false;
                let clean: Object = std::mem::take(members)
                    .into_iter()
                    .map(|(name, mut value)| {
                        let masked = self.text(&name);
                        changed |= self.json(&mut value) | (masked != name);
                        (masked, value)
                    })
                    .collect();
                *members = clean;
                changed
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => false,
        }
    }
}

/// Resolves the escapes of JSON wherever they stand, right or wrong, so that a secret in the beginning
/// of a broken body can be found.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let hex = rest.strip_prefix('u').and_then(|digits| digits.get(..4));
        let unit = hex.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(found) = unit.and_then(char::from_u32) {
            out.push(found);
            rest = &rest[5..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_gets_past() {
        let secret = "MARKED-a+b/c=d&e<\"'%";
        let scrubber = Scrubber::new([secret]);
        for body in [
            secret.to_owned(),
            Json::object([("m", secret)]).to_string(),
            r#"{"m":"\u004dARKED-a\u002bb\/c\u003dd\u0026e<\"'%"}"#.to_owned(),
            r#"{"cut":"x MARKED-a\u002bb/c=d\u0026e\u003c\"'%"#.to_owned(),
            "<p>MARKED-a+b/c=d&amp;e&lt;&quot;&#39;%</p>".to_owned(),
            "client_secret=MARKED-a%2Bb%2Fc%3Dd%26e%3C%22%27%25&x".to_owned(),
            "client_secret=marked-a%2bb".to_owned() + secret,
            format!("{{\"{secret}\":1}}").replace(secret, "MARKED-a+b/c=d&e<\\\"'%"),
            r#"{"m":"MARKED-a\u002bb/c=d&e<\"'%","m":1}"#.to_owned(),
        ] {
            let clean = scrubber.body(&Bytes::from(body.clone()));
            let clean = String::from_utf8_lossy(&clean).into_owned();
            assert!(!clean.contains("MARKED"), "{body} -> {clean}");
            assert!(clean.contains(MASK), "{body} -> {clean}");
        }
        let fine = Bytes::from_static(b"{\"amount\": 1.10, \"note\":\"a\\u002bb\"}");
        assert_eq!(scrubber.body(&fine), fine);
    }
}
