//! Making text from outside fit for a terminal.

/// One line in which nothing moves the cursor or reorders what stands there: line breaks become
/// spaces, other control characters become visible.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\r' => {}
            c if is_harmful(c) => out.push_str(&escape(c)),
            c => out.push(c),
        }
    }
    out
}

/// The same for text of several lines, which stay.
pub(crate) fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if rest.peek() == Some(&'\n') => {}
            c if is_harmful(c) => out.push_str(&escape(c)),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, and marks that make text read as another.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The spelling of JSON, so that JSON stays what it is.
fn escape(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(
            one_line("a\r\nb\tc\u{1b}[2Jd\u{9b}e\n"),
            "a b c\\u001b[2Jd\\u009be"
        );
        assert_eq!(
            lines("a\r\nb\rc\u{7}\u{202e}d\n"),
            "a\nb\\u000dc\\u0007\\u202ed\n"
        );
    }

    #[test]
    fn other_languages_stay() {
        assert_eq!(one_line("Größe 東京"), "Größe 東京");
    }
}
