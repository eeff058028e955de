//! The tokens of JSON text: white space, words, numbers, strings. Knows nothing of nesting.

use crate::DecodeError;
use std::borrow::Cow;

/// Text and a place in it.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte behind white space.
    pub(crate) fn peek_token(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                token => return Some(token),
            }
        }
        None
    }

    /// Steps over the byte that [`peek`](Self::peek) has shown, which is ASCII.
    pub(crate) fn bump(&mut self) {
        self.at += 1;
    }

    /// How far the text has been read, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What was read since `start`.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    #[cold]
    pub(crate) fn error(&self, message: impl std::fmt::Display) -> DecodeError {
        DecodeError::syntax(format!("{message} at byte {}", self.at))
    }

    #[cold]
    pub(crate) fn unexpected(&self, wanted: &str) -> DecodeError {
        match self.text[self.at..].chars().next() {
            Some(found) => self.error(format_args!("expected {wanted}, found {found:?}")),
            None => self.error(format_args!("expected {wanted}, but the text ends")),
        }
    }

    /// Reads `true`, `false` or `null`.
    pub(crate) fn word(&mut self, word: &str) -> Result<(), DecodeError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads a number: its text.
    pub(crate) fn number(&mut self) -> Result<&'a str, DecodeError> {
        let start = self.at;
        match number_length(&self.text.as_bytes()[start..]) {
            Some(length) => self.at += length,
            None => return Err(self.error("not a JSON number")),
        }
        Ok(self.since(start))
    }

    /// Reads a string; the place is that of its first quote.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        self.at += 1;
        let plain = self.plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        self.escaped(plain.to_owned()).map(Cow::Owned)
    }

    /// Steps over a string as [`string`](Self::string) reads it.
    pub(crate) fn skip_string(&mut self) -> Result<(), DecodeError> {
        self.at += 1;
        self.plain();
        while self.peek() == Some(b'\\') {
            self.escape()?;
            self.plain();
        }
        self.end_of_string()
    }

    /// The characters up to a quote, an escape or what must not stand in a string.
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        // The run ends before an ASCII byte or at the end: both are character borders.
        self.at += plain_length(&self.text.as_bytes()[start..]);
        self.since(start)
    }

    fn escaped(&mut self, mut out: String) -> Result<String, DecodeError> {
        while self.peek() == Some(b'\\') {
            out.push(self.escape()?);
            out.push_str(self.plain());
        }
        self.end_of_string().map(|()| out)
    }

    fn end_of_string(&mut self) -> Result<(), DecodeError> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.error("a control character inside a string")),
            None => Err(self.error("the text ends inside a string")),
        }
    }

    fn escape(&mut self) -> Result<char, DecodeError> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            Some(_) => return Err(self.unexpected("an escape")),
            None => return Err(self.error("the text ends inside a string")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, DecodeError> {
        let unit = self.hex4()?;
        if let Some(found) = char::from_u32(unit) {
            return Ok(found);
        }
        // A high surrogate must be followed by a low one; nothing else makes a character.
        if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low)
                && let Some(found) =
                    char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
            {
                return Ok(found);
            }
        }
        Err(self.error("half of a surrogate pair"))
    }

    fn hex4(&mut self) -> Result<u32, DecodeError> {
        let digits = self.text.as_bytes()[self.at..].first_chunk::<4>();
        let value = digits.and_then(|digits| {
            digits.iter().try_fold(0, |sum, digit| {
                Some(sum * 16 + char::from(*digit).to_digit(16)?)
            })
        });
        let Some(value) = value else {
            return Err(self.error("`\\u` needs four hexadecimal digits"));
        };
        self.at += 4;
        Ok(value)
    }
}

/// Whether these bytes are exactly one number of the JSON grammar.
pub(crate) fn is_number(bytes: &[u8]) -> bool {
    !bytes.is_empty() && number_length(bytes) == Some(bytes.len())
}

/// How many bytes at the front form a number, if they do.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let end_of_digits = |from: usize| {
        let mut at = from;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > from).then_some(at)
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut at = end_of_digits(start)?;
    if bytes.get(start) == Some(&b'0') && at > start + 1 {
        return None;
    }
    if bytes.get(at) == Some(&b'.') {
        at = end_of_digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = end_of_digits(at + 1 + sign)?;
    }
    Some(at)
}

/// How many bytes at the front are neither a quote, a backslash nor a control character: those that
/// stand in JSON strings as they are.
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk() {
        let found = special(chunk);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    // The rest once more as part of the last eight: mostly there is nothing in it.
    if bytes.last_chunk().is_some_and(|chunk| special(chunk) == 0) {
        return bytes.len();
    }
    let rest = &bytes[at..];
    at + rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
        .unwrap_or(rest.len())
}

/// Eight bytes at a time: 0 if none of them is special, else the lowest bit set is in the first that is.
///
/// In each byte the top bit of `(x - 1) & !x` is set if the byte is zero; a borrow may set it in bytes
/// above such a byte as well, never in the lowest one.
fn special(chunk: &[u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(*chunk);
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let found = (quote.wrapping_sub(ONES) & !quote)
        | (slash.wrapping_sub(ONES) & !slash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    found & TOPS
}
