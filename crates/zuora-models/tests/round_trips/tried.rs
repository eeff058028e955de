//! A type as a test sees it: made and read without its name, so that two thousand of them cost the
//! compiler little.

use zuora_wire::{DecodeError, Json, Model, OpenEnum, Slot, read_document, write_document};

pub(crate) struct Type {
    /// The schema that it was made of; `Account.status` for the enum of a member.
    pub(crate) schema: &'static str,
    pub(crate) kind: Kind,
    blank: fn() -> Box<dyn Slot>,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Object {
        use_: Use,
        fields: fn() -> &'static [&'static str],
    },
    Text {
        is_known: fn(&str) -> bool,
    },
    Union,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Use {
    /// Never sent: `null` is the same as nothing.
    Reply,
    /// Never received: what is required is there.
    Request,
    /// Absent, `null` and a value are three things.
    Both,
}

impl Type {
    /// Reads and writes again.
    pub(crate) fn again(&self, json: &Json) -> Result<Json, DecodeError> {
        self.again_from(&json.to_compact_string())
    }

    /// The same, from a text.
    pub(crate) fn again_from(&self, text: &str) -> Result<Json, DecodeError> {
        let mut value = (self.blank)();
        read_document(text.as_bytes(), &mut *value)?;
        let written = write_document(&*value);
        let again = Json::parse(&written).expect("what is written is JSON");
        Ok(again)
    }
}

fn make<T: Slot + 'static>() -> Box<dyn Slot> {
    Box::new(T::blank())
}

const fn object<T: Model + 'static>(schema: &'static str, use_: Use) -> Type {
    Type {
        schema,
        kind: Kind::Object {
            use_,
            fields: || T::empty().shape().fields,
        },
        blank: make::<T>,
    }
}

pub(crate) const fn reply<T: Model + 'static>(schema: &'static str) -> Type {
    object::<T>(schema, Use::Reply)
}

pub(crate) const fn request<T: Model + 'static>(schema: &'static str) -> Type {
    object::<T>(schema, Use::Request)
}

pub(crate) const fn both<T: Model + 'static>(schema: &'static str) -> Type {
    object::<T>(schema, Use::Both)
}

pub(crate) const fn text<T: OpenEnum + Slot + 'static>(schema: &'static str) -> Type {
    Type {
        schema,
        kind: Kind::Text {
            is_known: |text| T::from_wire(text).is_known(),
        },
        blank: make::<T>,
    }
}

pub(crate) const fn union<T: Slot + 'static>(schema: &'static str) -> Type {
    Type {
        schema,
        kind: Kind::Union,
        blank: make::<T>,
    }
}
