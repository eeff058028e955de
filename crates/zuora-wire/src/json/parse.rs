//! Text to [`Json`]: one pass, recursive, bounded in depth.

use super::{Json, MAX_DEPTH, Number, Object};
use crate::DecodeError;
use std::collections::HashMap;

pub(super) fn document(bytes: &[u8]) -> Result<Json, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        DecodeError::new(
            "",
            format!("not UTF-8 from byte {} on", error.valid_up_to()),
        )
    })?;
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        path: Vec::new(),
    };
    parser.skip_space();
    let value = parser.value()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("text goes on after the value"));
    }
    Ok(value)
}

/// Whether these bytes are exactly one number of the JSON grammar.
pub(super) fn is_number(bytes: &[u8]) -> bool {
    number_length(bytes) == Some(bytes.len()) && !bytes.is_empty()
}

/// How many bytes at the front form a number, if they do.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    match digits(at) {
        0 => return None,
        count if count > 1 && bytes[at] == b'0' => return None,
        count => at += count,
    }
    if bytes.get(at) == Some(&b'.') {
        match digits(at + 1) {
            0 => return None,
            count => at += 1 + count,
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        match digits(at + 1 + sign) {
            0 => return None,
            count => at += 1 + sign + count,
        }
    }
    Some(at)
}

/// Members beyond this many are looked up by a map while reading, so that an object of 100,000
/// members does not take the square of that.
const LINEAR_MEMBERS: usize = 16;

enum Step {
    Name(String),
    Item(usize),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    path: Vec<Step>,
}

impl Parser<'_> {
    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, message: impl std::fmt::Display) -> DecodeError {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) if path.is_empty() => path.push_str(name),
                Step::Name(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Item(index) => path.push_str(&format!("[{index}]")),
            }
        }
        DecodeError::new(path, format!("{message} at byte {}", self.at))
    }

    fn unexpected(&self, wanted: &str) -> DecodeError {
        match self.text[self.at..].chars().next() {
            Some(found) => self.error(format_args!("expected {wanted}, found {found:?}")),
            None => self.error(format_args!("expected {wanted}, but the text ends")),
        }
    }

    fn value(&mut self) -> Result<Json, DecodeError> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Json, DecodeError>,
    ) -> Result<Json, DecodeError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(format_args!("nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, DecodeError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.unexpected("a value"))
        }
    }

    fn number(&mut self) -> Result<Json, DecodeError> {
        let length = number_length(&self.bytes()[self.at..])
            .ok_or_else(|| self.error("not a JSON number"))?;
        let text = &self.text[self.at..self.at + length];
        let number = Number(text.into());
        self.at += length;
        Ok(Json::Number(number))
    }

    fn array(&mut self) -> Result<Json, DecodeError> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            self.path.push(Step::Item(items.len()));
            self.skip_space();
            items.push(self.value()?);
            self.path.pop();
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
    }

    fn object(&mut self) -> Result<Json, DecodeError> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(Object(members)));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a member's name"));
            }
            let name = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            self.skip_space();
            self.path.push(Step::Name(name));
            let value = self.value()?;
            let Some(Step::Name(name)) = self.path.pop() else {
                unreachable!("the step pushed above");
            };

            let place = if members.len() < LINEAR_MEMBERS {
                members.iter().position(|(member, _)| *member == name)
            } else {
                if places.is_empty() {
                    places.extend(members.iter().enumerate().map(|(i, (n, _))| (n.clone(), i)));
                }
                places.get(&name).copied()
            };
            match place {
                Some(place) => members[place].1 = value,
                None => {
                    if members.len() >= LINEAR_MEMBERS {
                        places.insert(name.clone(), members.len());
                    }
                    members.push((name, value));
                }
            }

            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(Object(members)));
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
    }

    /// A string; the cursor stands on its opening quote.
    fn string(&mut self) -> Result<String, DecodeError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.bytes()[self.at..];
            let plain = rest
                .iter()
                .position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f))
                .unwrap_or(rest.len());
            // The run ends before an ASCII byte or at the end: both are character borders.
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.error("a control character inside a string")),
                None => return Err(self.error("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, DecodeError> {
        let code = self
            .peek()
            .ok_or_else(|| self.error("the text ends inside a string"))?;
        let plain = match code {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unexpected("an escape")),
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
        let digits = self
            .bytes()
            .get(self.at..self.at + 4)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .ok_or_else(|| self.error("`\\u` needs four hexadecimal digits"))?;
        let unit = digits.iter().fold(0, |sum, digit| {
            sum * 16 + char::from(*digit).to_digit(16).unwrap_or(0)
        });
        self.at += 4;
        Ok(unit)
    }
}
