//! The kinds of fields: how each is read and written.

use super::{Kind, Model, Reader, Shape, Slot, Writer};
use crate::{DateTime, Decimal, DecodeError, Extra, Json, Map, Patch, date};
use jiff::civil::Date;

/// A model is an object.
impl<M: Model> Slot for M {
    fn blank() -> Self {
        M::empty()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = M::empty();
        reader.model(self)
    }

    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.model(self)
    }

    fn write(&self, writer: &mut Writer) {
        writer.model(self);
    }
}

/// A model behind a pointer, as types need it that contain themselves.
impl<M: Model> Model for Box<M> {
    fn empty() -> Self {
        Box::new(M::empty())
    }

    fn shape(&self) -> &'static Shape {
        (**self).shape()
    }

    fn get(&self, index: usize) -> Option<&dyn Slot> {
        (**self).get(index)
    }

    fn get_mut(&mut self, index: usize) -> Option<&mut dyn Slot> {
        (**self).get_mut(index)
    }

    fn extra(&self) -> Option<&Extra> {
        (**self).extra()
    }

    fn extra_mut(&mut self) -> Option<&mut Extra> {
        (**self).extra_mut()
    }
}

/// `None` is absent; `null` is read as `None` as well. Where the difference matters, [`Patch`] keeps it.
impl<T: Slot> Slot for Option<T> {
    fn blank() -> Self {
        None
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.null()? {
            *self = None;
            return Ok(());
        }
        self.insert(T::blank()).fill(reader)
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.null(),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Slot> Slot for Patch<T> {
    fn blank() -> Self {
        Patch::Absent
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.null()? {
            *self = Patch::Null;
            return Ok(());
        }
        self.insert(T::blank()).fill(reader)
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Patch::Value(value) => value.write(writer),
            Patch::Null | Patch::Absent => writer.null(),
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self, Patch::Absent)
    }
}

/// `null` is read as no items, and an item that is `null` as a blank one.
impl<T: Slot> Slot for Vec<T> {
    fn blank() -> Self {
        Vec::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.clear();
        if reader.null()? {
            return Ok(());
        }
        reader.array(&mut |reader| {
            let mut item = T::blank();
            item.fill(reader)?;
            self.push(item);
            Ok(())
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.array(&mut |writer| self.iter().for_each(|item| item.write(writer)));
    }
}

/// `null` is read as no members, and a member that is `null` as a blank one.
impl<T: Slot> Slot for Map<T> {
    fn blank() -> Self {
        Map::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Map::new();
        if reader.null()? {
            return Ok(());
        }
        let mut members = Vec::new();
        reader.object(&mut |name, reader| {
            let mut value = T::blank();
            value.fill(reader)?;
            members.push((name.to_owned(), value));
            Ok(())
        })?;
        *self = members.into_iter().collect();
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            for (name, value) in self.iter() {
                writer.name(name);
                value.write(writer);
            }
        });
    }
}

impl Slot for Json {
    fn blank() -> Self {
        Json::Null
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = reader.json()?;
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.json(self);
    }
}

impl Slot for String {
    fn blank() -> Self {
        String::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = reader.text_or_null()?.into_owned();
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl Slot for bool {
    fn blank() -> Self {
        false
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = !reader.null()? && reader.bool()?;
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.bool(*self);
    }
}

/// Reads whatever is an integer by value: `5.0` and `"5"` too.
impl Slot for i64 {
    fn blank() -> Self {
        0
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.null()? {
            *self = 0;
            return Ok(());
        }
        let mut ahead = reader.clone();
        let integer = match ahead.kind()? {
            Kind::Number => {
                let text = ahead.number()?;
                let plain = text.parse().ok();
                plain.or_else(|| Decimal::read(text)?.to_i64())
            }
            Kind::String => {
                let number = ahead.string()?.parse::<Decimal>().ok();
                number.and_then(|number| number.to_i64())
            }
            _ => None,
        };
        match integer {
            Some(integer) => {
                (*self, *reader) = (integer, ahead);
                Ok(())
            }
            None => Err(reader.expected("an integer of 64 bits")),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.integer(*self);
    }
}

/// A bare number; a string that holds a number is read as well.
impl Slot for Decimal {
    fn blank() -> Self {
        Decimal::ZERO
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = match reader.null()? {
            true => Decimal::ZERO,
            false => reader.decimal()?,
        };
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.decimal(self);
    }
}

/// `YYYY-MM-DD`, and a date-time at midnight of its own zone, in which older versions of some replies have
/// days. Nothing else is read: a time of day would be lost.
impl Slot for Date {
    fn blank() -> Self {
        Date::default()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.null()? {
            *self = Date::default();
            return Ok(());
        }
        let mut ahead = reader.clone();
        let date = match ahead.kind()? {
            Kind::String => date::parse_day(&ahead.string()?),
            _ => None,
        };
        match date {
            Some(date) => {
                (*self, *reader) = (date, ahead);
                Ok(())
            }
            None => Err(reader.expected("a date YYYY-MM-DD")),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.date(*self);
    }
}

/// Any string: it is understood only when asked.
impl Slot for DateTime {
    fn blank() -> Self {
        DateTime::default()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = DateTime::new(reader.text_or_null()?);
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.string(self.as_str());
    }
}
