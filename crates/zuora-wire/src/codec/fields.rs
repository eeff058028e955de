//! What a struct tells the codec of its fields, and what comes with it: `Debug` and `==` without a
//! derive, which would cost the compiler more than the codec does.

use super::{Model, Slot, Writer};
use crate::{Decimal, Json, Number};
use std::fmt;

/// What all models of one type have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The name of the type.
    pub name: &'static str,
    /// The names of the fields in JSON, in the order in which they are written.
    pub fields: &'static [&'static str],
    /// Those of them that hold a secret, such as a card's number: `Debug` does not show their values.
    pub secret: &'static [&'static str],
}

/// Implements [`Model`](crate::Model), `Debug` and `PartialEq` for a struct: the index, the field and
/// the name in JSON of each field, and `extra` if it has a field [`Extra`](crate::Extra) of this name.
/// `default` before the struct's name adds `Default`, for structs in which nothing is required, and
/// `secret` at the end names fields whose values `Debug` hides.
///
/// Two models are equal if they are the same JSON; numbers count by value, so `1.0` is `1.00`.
///
/// ```
/// use zuora_wire::{Decimal, Extra, Patch, fields};
///
/// #[derive(Clone)]
/// struct Card {
///     limit: Patch<Decimal>,
///     number: Patch<String>,
///     extra: Extra,
/// }
///
/// fields! { default Card { 0 limit = "limit", 1 number = "cardNumber" } extra secret "cardNumber" }
///
/// let card = Card { number: "4111".into(), ..Card::default() };
/// assert_eq!(format!("{card:?}"), r#"Card { cardNumber: "***" }"#);
/// ```
#[macro_export]
macro_rules! fields {
    (default $name:ident $($rest:tt)*) => {
        impl ::core::default::Default for $name {
            fn default() -> Self {
                $crate::Model::empty()
            }
        }

        $crate::fields! { $name $($rest)* }
    };
    (
        $name:ident { $($index:literal $field:ident = $text:literal),* $(,)? }
        $($extra:ident)? $(secret $($secret:literal),+)?
    ) => {
        impl $name {
            /// Its name and the names of its fields.
            #[doc(hidden)]
            pub const SHAPE: &'static $crate::Shape = &$crate::Shape {
                name: ::core::stringify!($name),
                fields: &[$($text),*],
                secret: &[$($($secret),+)?],
            };
        }

        impl $crate::Model for $name {
            fn empty() -> Self {
                Self {
                    $($field: $crate::Slot::blank(),)*
                    $($extra: $crate::Extra::new(),)?
                }
            }

            fn shape(&self) -> &'static $crate::Shape {
                Self::SHAPE
            }

            #[allow(unreachable_code)]
            fn get(&self, index: usize) -> ::core::option::Option<&dyn $crate::Slot> {
                ::core::option::Option::Some(match index {
                    $($index => &self.$field,)*
                    _ => return ::core::option::Option::None,
                })
            }

            #[allow(unreachable_code)]
            fn get_mut(&mut self, index: usize) -> ::core::option::Option<&mut dyn $crate::Slot> {
                ::core::option::Option::Some(match index {
                    $($index => &mut self.$field,)*
                    _ => return ::core::option::Option::None,
                })
            }

            fn extra(&self) -> ::core::option::Option<&$crate::Extra> {
                $(return ::core::option::Option::Some(&self.$extra);)?
                #[allow(unreachable_code)]
                ::core::option::Option::None
            }

            fn extra_mut(&mut self) -> ::core::option::Option<&mut $crate::Extra> {
                $(return ::core::option::Option::Some(&mut self.$extra);)?
                #[allow(unreachable_code)]
                ::core::option::Option::None
            }
        }

        $crate::serde_bridge! { $name }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug(self, f)
            }
        }

        impl ::core::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::codec::same(self, other)
            }
        }
    };
}

/// Prints the fields that are not absent, under their names in JSON; for [`fields!`](crate::fields).
///
/// # Errors
/// Those of the formatter.
pub fn debug(model: &dyn Model, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape = model.shape();
    let mut out = f.debug_struct(shape.name);
    for (index, name) in shape.fields.iter().enumerate() {
        match model.get(index) {
            Some(slot) if !slot.is_absent() => match shape.secret.contains(name) {
                true => out.field(name, &"***"),
                false => out.field(name, &format_args!("{}", shown(slot))),
            },
            _ => continue,
        };
    }
    for (name, value) in model.extra().iter().flat_map(|extra| extra.iter()) {
        out.field(name, &format_args!("{value}"));
    }
    out.finish()
}

/// The JSON of a field; what is secret in models within it is hidden, too.
fn shown(slot: &dyn Slot) -> String {
    let mut writer = Writer::hiding_secrets();
    slot.write(&mut writer);
    writer.finish()
}

/// Whether two models are the same JSON; for [`fields!`](crate::fields).
pub fn same(one: &dyn Model, other: &dyn Model) -> bool {
    let (one, other) = (text(one), text(other));
    one == other
        || matches!((Json::parse(&one), Json::parse(&other)), (Ok(one), Ok(other)) if alike(&one, &other))
}

fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => {
            let value = |number: &Number| Decimal::read(number.as_str());
            one == other || value(one).is_some_and(|one| Some(one) == value(other))
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let has = |(name, one)| other.get(name).is_some_and(|other| alike(one, other));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

fn text(model: &dyn Model) -> String {
    let mut writer = Writer::new();
    writer.model(model);
    writer.finish()
}
