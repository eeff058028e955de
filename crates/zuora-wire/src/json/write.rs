//! [`Json`] to text, numbers as they came.

use super::{Json, scan};

pub(crate) fn compact(value: &Json, out: &mut String) {
    match value {
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                compact(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                string(name, out);
                out.push(':');
                compact(member, out);
            }
            out.push('}');
        }
        plain => scalar(plain, out),
    }
}

pub(crate) fn pretty(value: &Json, indent: usize, out: &mut String) {
    let line = |out: &mut String, indent: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", indent));
    };
    match value {
        Json::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent + 1);
                pretty(item, indent + 1, out);
            }
            line(out, indent);
            out.push(']');
        }
        Json::Object(members) if !members.is_empty() => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent + 1);
                string(name, out);
                out.push_str(": ");
                pretty(member, indent + 1, out);
            }
            line(out, indent);
            out.push('}');
        }
        flat => compact(flat, out),
    }
}

fn scalar(value: &Json, out: &mut String) {
    match value {
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(number) => out.push_str(number.as_str()),
        Json::String(text) => string(text, out),
        Json::Null | Json::Array(_) | Json::Object(_) => out.push_str("null"),
    }
}

/// The text in quotes, with the escapes that JSON asks for and no others.
pub(crate) fn string(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    // Runs that need no escape are copied whole; they end before an ASCII byte.
    let plain = scan::plain_length(text.as_bytes());
    if plain == text.len() {
        out.push_str(text);
    } else {
        escaped(text, plain, out);
    }
    out.push('"');
}

/// The same without quotes, for text of which `plain` bytes at the front need no escape.
fn escaped(text: &str, plain: usize, out: &mut String) {
    let (mut rest, mut plain) = (text, plain);
    loop {
        let (run, tail) = rest.split_at(plain);
        out.push_str(run);
        let mut chars = tail.chars();
        match chars.next() {
            None => break,
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(control) => out.push_str(&format!("\\u{:04x}", u32::from(control))),
        }
        rest = chars.as_str();
        plain = scan::plain_length(rest.as_bytes());
    }
}
