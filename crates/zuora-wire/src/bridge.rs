//! Models through `serde`, for users who store them or hand them to other libraries.
//!
//! Decimals cross as strings, never as floats, in both directions: what reads a number as a binary float
//! gets an error instead of a rounded amount. Integers cross as numbers. Zuora itself is never spoken to
//! in this way: its bodies are written by the codec.

use crate::{Json, Number, Object, Slot, Writer, read_document};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};
use std::fmt;

/// Writes anything that the codec writes.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &dyn Slot, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::Error;
    let mut writer = Writer::with_decimals_as_texts();
    value.write(&mut writer);
    let json = Json::parse(writer.finish()).map_err(S::Error::custom)?;
    Outgoing(&json).serialize(serializer)
}

/// Reads anything that the codec reads into a place that is blank.
///
/// # Errors
/// Those of the deserializer; a value that does not fit, with its path; a binary float.
pub fn deserialize<'de, D: Deserializer<'de>>(
    value: &mut dyn Slot,
    deserializer: D,
) -> Result<(), D::Error> {
    use serde::de::Error;
    let json = Incoming::deserialize(deserializer)?.0;
    read_document(json.to_compact_string().as_bytes(), value).map_err(D::Error::custom)
}

/// Implements `Serialize` and `Deserialize` for what the codec reads and writes.
#[doc(hidden)]
#[macro_export]
macro_rules! serde_bridge {
    ($name:ident) => {
        impl $crate::bridge::serde::Serialize for $name {
            fn serialize<S: $crate::bridge::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::bridge::serialize(self, serializer)
            }
        }

        impl<'de> $crate::bridge::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::bridge::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let mut value = <Self as $crate::Slot>::blank();
                $crate::bridge::deserialize(&mut value, deserializer)?;
                ::core::result::Result::Ok(value)
            }
        }
    };
}

#[doc(hidden)]
pub use serde;

struct Outgoing<'a>(&'a Json);

impl Serialize for Outgoing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => match number.as_str().parse::<i64>() {
                Ok(integer) => serializer.serialize_i64(integer),
                Err(_) => serializer.serialize_str(number.as_str()),
            },
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => {
                let mut array = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    array.serialize_element(&Outgoing(item))?;
                }
                array.end()
            }
            Json::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members.iter() {
                    object.serialize_entry(name, &Outgoing(value))?;
                }
                object.end()
            }
        }
    }
}

struct Incoming(Json);

impl<'de> Deserialize<'de> for Incoming {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading).map(Incoming)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON whose decimals are strings")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Reading)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        let number: Number = value.to_string().parse().map_err(E::custom)?;
        Ok(Json::Number(number))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        Err(E::custom(format!(
            "{value} came as a binary float, which may be rounded: a decimal crosses as a string"
        )))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(Incoming(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some((name, Incoming(value))) = members.next_entry::<String, Incoming>()? {
            object.push((name, value));
        }
        Ok(Json::Object(object.into_iter().collect::<Object>()))
    }
}
