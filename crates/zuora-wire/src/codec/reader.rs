//! The one reader: walks through JSON text and hands values to whoever knows their type.

use super::{Model, Shape, Slot};
use crate::{
    Decimal, DecodeError, Json, Map, Number,
    decode::shortened,
    json::{MAX_DEPTH, scan::Scanner},
    map::Names,
};
use std::borrow::Cow;

/// What a JSON value is, told from its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// JSON text that is read value by value.
///
/// A clone is cheap and stands at the same place, so that a value can be looked at before it is read.
/// Nesting beyond [`MAX_DEPTH`] is an error.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    scan: Scanner<'a>,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Stands before the first value of this document.
    ///
    /// # Errors
    /// [`DecodeError`] for bytes that are not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                scan: Scanner::new(text),
                depth: 0,
            }),
            Err(error) => Err(DecodeError::syntax(format!(
                "not UTF-8 from byte {} on",
                error.valid_up_to()
            ))),
        }
    }

    /// Checks that nothing but white space follows.
    ///
    /// # Errors
    /// [`DecodeError`] if more follows.
    pub fn end(&mut self) -> Result<(), DecodeError> {
        match self.scan.peek_token() {
            None => Ok(()),
            Some(_) => Err(self.scan.error("text goes on after the value")),
        }
    }

    /// What the next value is.
    ///
    /// # Errors
    /// [`DecodeError`] where no value begins.
    pub fn kind(&mut self) -> Result<Kind, DecodeError> {
        match self.scan.peek_token() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.scan.unexpected("a value")),
        }
    }

    /// Reads `null` if it is next, and tells whether it was.
    ///
    /// # Errors
    /// [`DecodeError`] for a word that only begins like `null`.
    pub fn null(&mut self) -> Result<bool, DecodeError> {
        if self.scan.peek_token() != Some(b'n') {
            return Ok(false);
        }
        self.scan.word("null").map(|()| true)
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.scan.peek_token() {
            Some(b't') => self.scan.word("true").map(|()| true),
            Some(b'f') => self.scan.word("false").map(|()| false),
            _ => Err(self.expected("a boolean")),
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value.
    pub fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.scan.peek_token() {
            Some(b'"') => self.scan.string(),
            _ => Err(self.expected("a string")),
        }
    }

    /// Reads a string, or `null` as an empty one.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value.
    pub fn text_or_null(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.null()? {
            true => Ok(Cow::Borrowed("")),
            false => self.string(),
        }
    }

    /// Reads a number: its text.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value.
    pub fn number(&mut self) -> Result<&'a str, DecodeError> {
        match self.scan.peek_token() {
            Some(b'-' | b'0'..=b'9') => self.scan.number(),
            _ => Err(self.expected("a number")),
        }
    }

    /// Reads a number, or a string that holds one.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value.
    pub fn decimal(&mut self) -> Result<Decimal, DecodeError> {
        let before = self.clone();
        let read = match self.kind()? {
            Kind::Number => Decimal::read(self.scan.number()?),
            Kind::String => self.scan.string()?.parse().ok(),
            _ => None,
        };
        read.ok_or_else(|| {
            *self = before;
            self.expected("a number")
        })
    }

    /// Reads any value.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn json(&mut self) -> Result<Json, DecodeError> {
        self.json_with(0)
    }

    /// Reads any value; makes room for so many members if it is an object with any.
    fn json_with(&mut self, room: usize) -> Result<Json, DecodeError> {
        Ok(match self.kind()? {
            Kind::Object => Json::Object(self.json_object(room)?),
            Kind::Array => Json::Array(self.json_array()?),
            Kind::String => Json::String(self.scan.string()?.into_owned()),
            Kind::Number => Json::Number(Number::from_checked(self.scan.number()?)),
            Kind::Bool => Json::Bool(self.bool()?),
            Kind::Null => {
                self.scan.word("null")?;
                Json::Null
            }
        })
    }

    fn json_array(&mut self) -> Result<Vec<Json>, DecodeError> {
        let mut items = Vec::new();
        // The items of an array mostly have the same members.
        let mut room = 0;
        self.enter()?;
        while self.item(items.is_empty())? {
            match self.json_with(room) {
                Ok(item) => {
                    room = item.as_object().map_or(0, Map::len);
                    items.push(item);
                }
                Err(error) => return Err(error.in_item(items.len())),
            }
        }
        Ok(items)
    }

    fn json_object(&mut self, room: usize) -> Result<Map<Json>, DecodeError> {
        let mut members = Map::new();
        let mut names = Names::default();
        self.enter()?;
        while let Some(name) = self.member(members.is_empty())? {
            let value = match self.json() {
                Ok(value) => value,
                Err(error) => return Err(error.in_member(&name)),
            };
            match members.place(&name, &mut names) {
                Some(place) => *members.at_mut(place) = value,
                None => {
                    if members.is_empty() {
                        members.reserve(room);
                    }
                    members.push(name.into_owned(), value);
                }
            }
        }
        Ok(members)
    }

    /// Reads an array: calls `read` before each item, which it must read.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value, and what `read` returns, with the index added to its path.
    pub fn array(
        &mut self,
        read: &mut dyn FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.scan.peek_token() != Some(b'[') {
            return Err(self.expected("an array"));
        }
        self.enter()?;
        let mut index = 0;
        while self.item(index == 0)? {
            if let Err(error) = read(self) {
                return Err(error.in_item(index));
            }
            index += 1;
        }
        Ok(())
    }

    /// Reads an object: calls `read` with each name before its value, which it must read. A name that
    /// is repeated comes again.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value, and what `read` returns, with the name added to its path.
    pub fn object(
        &mut self,
        read: &mut dyn FnMut(&str, &mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.scan.peek_token() != Some(b'{') {
            return Err(self.expected("an object"));
        }
        self.enter()?;
        let mut first = true;
        while let Some(name) = self.member(first)? {
            if let Err(error) = read(&name, self) {
                return Err(error.in_member(&name));
            }
            first = false;
        }
        Ok(())
    }

    /// Reads an object into a model. `null` changes nothing.
    ///
    /// # Errors
    /// [`DecodeError`] for any other value, and for members of the wrong type.
    pub fn model(&mut self, model: &mut dyn Model) -> Result<(), DecodeError> {
        if self.null()? {
            return Ok(());
        }
        let Shape { fields, secret, .. } = *model.shape();
        let mut next = 0;
        self.object(&mut |name, reader| {
            if let Some(index) = find(fields, name, next)
                && let Some(slot) = model.get_mut(index)
            {
                next = index + 1;
                return slot
                    .read(reader)
                    .map_err(|error| match secret.contains(&name) {
                        true => error.without_value(),
                        false => error,
                    });
            }
            match model.extra_mut() {
                Some(extra) => extra.slot(name).read(reader),
                None => reader.skip(),
            }
        })
    }

    /// Which of these shapes fits the object that is next best: the one that lacks the fewest of its
    /// members, the first of several. `None` if no shape has any, and before anything but an object.
    /// Tells variants of a `oneOf` apart that no member names.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn best(&self, shapes: &[&Shape]) -> Result<Option<usize>, DecodeError> {
        let mut known = vec![0; shapes.len()];
        self.look(&mut |name, reader| {
            for (count, shape) in known.iter_mut().zip(shapes) {
                *count += usize::from(shape.fields.contains(&name));
            }
            reader.skip()
        })?;
        let most = known.iter().copied().max().unwrap_or_default();
        Ok((most > 0).then(|| {
            known
                .iter()
                .position(|count| *count == most)
                .unwrap_or_default()
        }))
    }

    /// Steps over a value, and returns its text.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn raw(&mut self) -> Result<&'a str, DecodeError> {
        self.scan.peek_token();
        let start = self.scan.at();
        self.skip()?;
        Ok(self.scan.since(start))
    }

    /// Steps over a value.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        match self.kind()? {
            Kind::Object => self.object(&mut |_, reader| reader.skip()),
            Kind::Array => self.array(&mut |reader| reader.skip()),
            Kind::String => self.scan.skip_string(),
            Kind::Number => self.scan.number().map(|_| ()),
            Kind::Bool => self.bool().map(|_| ()),
            Kind::Null => self.scan.word("null"),
        }
    }

    /// The text of the member `name` of the object that is next, without reading the object: what
    /// tells the variants of a `oneOf` apart. `None` where it is missing or no string, and before
    /// anything but an object. A name that is repeated counts with its last value.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn tag(&self, name: &str) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let mut tag = None;
        self.look(&mut |member, reader| {
            if member == name {
                tag = match reader.kind()? {
                    Kind::String => Some(reader.string()?),
                    _ => reader.skip().map(|()| None)?,
                };
                return Ok(());
            }
            reader.skip()
        })?;
        Ok(tag)
    }

    /// Whether the object that is next has a member of this name that is not `null`, without reading
    /// it: tells variants of a `oneOf` without a tag apart. `false` before anything but an object.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn has(&self, name: &str) -> Result<bool, DecodeError> {
        let mut found = false;
        self.look(&mut |member, reader| {
            if member == name {
                found = reader.kind()? != Kind::Null;
            }
            reader.skip()
        })?;
        Ok(found)
    }

    fn look(
        &self,
        look: &mut dyn FnMut(&str, &mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut ahead = self.clone();
        match ahead.kind()? {
            Kind::Object => ahead.object(look),
            _ => Ok(()),
        }
    }

    /// Tries to read the next value into `slot`, which is blank. `false` if the value is JSON of
    /// another type: then it is still to be read, for example as [`Json`].
    ///
    /// Recursive types should not try more than one variant in this way, since each level of the text
    /// would double the time; [`tag`](Self::tag) and [`has`](Self::has) find the variant to try.
    ///
    /// # Errors
    /// [`DecodeError`] for text that is not JSON.
    pub fn attempt(&mut self, slot: &mut dyn Slot) -> Result<bool, DecodeError> {
        let before = self.clone();
        match slot.fill(self) {
            Ok(()) => Ok(true),
            Err(error) if error.is_syntax() => Err(error),
            Err(_) => {
                *self = before;
                Ok(false)
            }
        }
    }

    /// The error for a value that is something else than what was `wanted`, such as `a number`. The
    /// reader stands before the value.
    #[cold]
    pub fn expected(&mut self, wanted: &str) -> DecodeError {
        self.found()
            .map(|found| DecodeError::new("", format!("expected {wanted}, found {found}")))
            .unwrap_or_else(|error| error)
    }

    /// The next value as a message shows it.
    fn found(&mut self) -> Result<String, DecodeError> {
        Ok(match self.kind()? {
            Kind::Object => "an object".to_owned(),
            Kind::Array => "an array".to_owned(),
            Kind::String => format!("{:?}", shortened(&self.scan.string()?)),
            Kind::Number => shortened(self.scan.number()?),
            Kind::Bool => self.bool()?.to_string(),
            Kind::Null => "null".to_owned(),
        })
    }

    /// Steps over the bracket that has been seen.
    fn enter(&mut self) -> Result<(), DecodeError> {
        if self.depth == MAX_DEPTH {
            let message = format_args!("nested more than {MAX_DEPTH} deep");
            return Err(self.scan.error(message));
        }
        self.depth += 1;
        self.scan.bump();
        Ok(())
    }

    /// Whoever is called back may put another reader here, so the depth need not be that of `enter`.
    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Goes on to the next item of an array; `false` at its end.
    fn item(&mut self, first: bool) -> Result<bool, DecodeError> {
        match self.scan.peek_token() {
            Some(b']') => {
                self.scan.bump();
                self.leave();
                Ok(false)
            }
            _ if first => Ok(true),
            Some(b',') => {
                self.scan.bump();
                Ok(true)
            }
            _ => Err(self.scan.unexpected("`,` or `]`")),
        }
    }

    /// Goes on to the next member of an object: its name; `None` at its end.
    fn member(&mut self, first: bool) -> Result<Option<Cow<'a, str>>, DecodeError> {
        match self.scan.peek_token() {
            Some(b'}') => {
                self.scan.bump();
                self.leave();
                return Ok(None);
            }
            _ if first => {}
            Some(b',') => {
                self.scan.bump();
                self.scan.peek_token();
            }
            _ => return Err(self.scan.unexpected("`,` or `}`")),
        }
        if self.scan.peek() != Some(b'"') {
            return Err(self.scan.unexpected("a member's name"));
        }
        let name = self.scan.string()?;
        if self.scan.peek_token() != Some(b':') {
            return Err(self.scan.unexpected("`:`"));
        }
        self.scan.bump();
        Ok(Some(name))
    }
}

/// The index of a name. Members mostly come in the order of the fields, so `next` is tried first.
fn find(fields: &[&str], name: &str, next: usize) -> Option<usize> {
    let (before, after) = fields.split_at(next.min(fields.len()));
    let at = |fields: &[&str]| fields.iter().position(|field| *field == name);
    match at(after) {
        Some(index) => Some(before.len() + index),
        None => at(before),
    }
}

/// The variant of a `oneOf` that the next value is: by the text of its member `tag`, else the one among
/// those without a text that fits best. For [`one_of!`](crate::one_of).
///
/// # Errors
/// [`DecodeError`] for text that is not JSON.
pub fn variant(
    reader: &Reader<'_>,
    tag: &str,
    values: &[&[&str]],
    shapes: &[&Shape],
) -> Result<Option<usize>, DecodeError> {
    if let Some(text) = reader.tag(tag)?
        && let Some(index) = values.iter().position(|known| known.contains(&&*text))
    {
        return Ok(Some(index));
    }
    let untold: Vec<usize> = (0..shapes.len())
        .filter(|index| values[*index].is_empty())
        .collect();
    let candidates: Vec<&Shape> = untold.iter().map(|index| shapes[*index]).collect();
    Ok(reader.best(&candidates)?.map(|best| untold[best]))
}
