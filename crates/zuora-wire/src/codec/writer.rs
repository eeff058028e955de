//! The one writer: compact JSON text.

use super::Model;
use crate::{Date, Decimal, Json, Number, date, decimal::push_integer, json::write};

/// JSON text that grows value by value.
///
/// Commas come by themselves. Whoever writes keeps to the grammar: one value for a document, for an
/// item and after each name.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: String,
    /// Whether decimals are written as strings.
    texts: bool,
    /// Whether `***` is written for what models call secret.
    hides: bool,
}

impl Writer {
    /// No text yet.
    pub const fn new() -> Self {
        Self {
            out: String::new(),
            texts: false,
            hides: false,
        }
    }

    /// No text yet; secrets of models are going to be `***`, however deep they are.
    pub(crate) const fn hiding_secrets() -> Self {
        Self {
            out: String::new(),
            texts: false,
            hides: true,
        }
    }

    /// No text yet; decimals are going to be strings, for formats that would make floats of them.
    #[cfg(feature = "serde")]
    pub(crate) const fn with_decimals_as_texts() -> Self {
        Self {
            out: String::new(),
            texts: true,
            hides: false,
        }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.plain("null");
    }

    /// Writes a boolean.
    pub fn bool(&mut self, value: bool) {
        self.plain(if value { "true" } else { "false" });
    }

    /// Writes a string, escaped where it must be.
    pub fn string(&mut self, text: &str) {
        self.comma();
        write::string(text, &mut self.out);
    }

    /// Writes a number as its text.
    pub fn number(&mut self, number: &Number) {
        self.plain(number.as_str());
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i64) {
        self.comma();
        push_integer(value, &mut self.out);
    }

    /// Writes a decimal as a bare number.
    pub fn decimal(&mut self, value: &Decimal) {
        if self.texts {
            return self.string(&value.to_string());
        }
        self.comma();
        value.push_to(&mut self.out);
    }

    /// Writes a date as a string.
    pub(crate) fn date(&mut self, value: Date) {
        self.comma();
        self.out.push('"');
        date::push(value, &mut self.out);
        self.out.push('"');
    }

    /// Writes any value.
    pub fn json(&mut self, value: &Json) {
        self.comma();
        write::compact(value, &mut self.out);
    }

    /// Writes an array; `items` writes each item.
    pub fn array(&mut self, items: &mut dyn FnMut(&mut Self)) {
        self.plain("[");
        items(self);
        self.out.push(']');
    }

    /// Writes an object; `members` writes each name and its value.
    pub fn object(&mut self, members: &mut dyn FnMut(&mut Self)) {
        self.plain("{");
        members(self);
        self.out.push('}');
    }

    /// Writes the name of a member, whose value is written next.
    pub fn name(&mut self, name: &str) {
        self.string(name);
        self.out.push(':');
    }

    /// Writes a model, without the fields that are absent.
    pub fn model(&mut self, model: &dyn Model) {
        self.plain("{");
        let shape = model.shape();
        for (index, name) in shape.fields.iter().enumerate() {
            if let Some(slot) = model.get(index)
                && !slot.is_absent()
            {
                self.name(name);
                match self.hides && shape.secret.contains(name) {
                    true => self.string("***"),
                    false => slot.write(self),
                }
            }
        }
        for (name, value) in model.extra().iter().flat_map(|extra| extra.iter()) {
            self.name(name);
            self.json(value);
        }
        self.out.push('}');
    }

    fn plain(&mut self, text: &str) {
        self.comma();
        self.out.push_str(text);
    }

    /// Separates what comes from what stands there. The text's last byte tells whether it must: it is
    /// never a bracket or colon inside a string, since a string ends with its quote.
    fn comma(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.out.push(',');
        }
    }
}
