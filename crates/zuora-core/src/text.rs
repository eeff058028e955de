//! Making text from outside fit to be shown to a person.

use std::borrow::Cow;

/// At most `limit` characters of `text`, cut between characters.
pub(crate) fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A time as people say it: `30 s`, `0.3 s`.
pub(crate) fn seconds(time: std::time::Duration) -> String {
    let tenths = time.as_millis().div_ceil(100);
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        tenth => format!("{}.{tenth} s", tenths / 10),
    }
}

/// One line: control characters, line breaks and runs of white space become single spaces, so that
/// a reply can neither forge a log line nor move a terminal's cursor.
pub(crate) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control() || is_direction_mark(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Marks that reorder text on the screen and could make a message read as another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The visible text of a gateway's HTML page.
pub(crate) fn strip_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        out.push(' ');
        rest = &rest[open..];
        // What stands between these tags is not text.
        let skip = ["script", "style", "head"].iter().find_map(|name| {
            let begins = rest
                .get(1..1 + name.len())
                .is_some_and(|tag| tag.eq_ignore_ascii_case(name));
            let end = format!("</{name}>");
            begins
                .then(|| rest.to_ascii_lowercase().find(&end))
                .flatten()
                .map(|at| at + end.len())
        });
        let end = skip.or_else(|| rest.find('>').map(|at| at + 1));
        rest = end.map_or("", |end| &rest[end..]);
    }
    out.push_str(rest);
    one_line(&out)
}
