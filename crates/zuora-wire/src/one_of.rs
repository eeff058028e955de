//! Enums of models, for values that are one of several objects.

/// Defines an enum of models (a `oneOf`), told apart by a member's text or, without one, by the members
/// that an object has. What fits no variant is kept as JSON in `Other`.
///
/// ```
/// use zuora_wire::{Decimal, Extra, Patch, fields, from_slice, one_of, to_string};
///
/// #[derive(Clone)]
/// pub struct Card { kind: Patch<String>, number: Patch<String>, extra: Extra }
/// fields! { default Card { 0 kind = "type", 1 number = "number" } extra }
///
/// #[derive(Clone)]
/// pub struct Bank { kind: Patch<String>, iban: Patch<String>, extra: Extra }
/// fields! { default Bank { 0 kind = "type", 1 iban = "IBAN" } extra }
///
/// one_of! {
///     /// How somebody pays.
///     pub enum Method, tag "type" {
///         Card(Card) = "CreditCard",
///         Bank(Bank),
///     }
/// }
///
/// let method: Method = from_slice(br#"{"type":"CreditCard","number":"4111"}"#)?;
/// assert!(matches!(method, Method::Card(_)));
/// let method: Method = from_slice(br#"{"type":"SEPA","IBAN":"DE1"}"#)?;
/// assert!(matches!(method, Method::Bank(_)));
/// let method: Method = from_slice(br#"{"colour":"blue"}"#)?;
/// assert_eq!(to_string(&method), r#"{"colour":"blue"}"#);
/// # Ok::<(), zuora_wire::DecodeError>(())
/// ```
#[macro_export]
macro_rules! one_of {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident, tag $tag:literal {
            $( $(#[$variant_meta:meta])* $variant:ident($ty:ty) $(= $($value:literal)|+)? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant(::std::boxed::Box<$ty>), )*
            /// What fits none of the others, as it came.
            Other($crate::Json),
        }

        $(
            impl ::core::convert::From<$ty> for $name {
                fn from(value: $ty) -> Self {
                    Self::$variant(::std::boxed::Box::new(value))
                }
            }
        )*

        impl $name {
            /// Reads the value as the variant at this index, if it fits.
            fn read_as(
                &mut self,
                index: usize,
                reader: &mut $crate::Reader<'_>,
            ) -> ::core::result::Result<bool, $crate::DecodeError> {
                let mut at = 0;
                $(
                    if at == index {
                        let mut value = <::std::boxed::Box<$ty> as $crate::Slot>::blank();
                        let fits = reader.attempt(&mut value)?;
                        if fits {
                            *self = Self::$variant(value);
                        }
                        return ::core::result::Result::Ok(fits);
                    }
                    at += 1;
                )*
                let _ = at;
                ::core::result::Result::Ok(false)
            }
        }

        impl $crate::Slot for $name {
            fn blank() -> Self {
                Self::Other($crate::Json::Null)
            }

            fn read(
                &mut self,
                reader: &mut $crate::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::DecodeError> {
                // Which variant has which texts of the tag; those without any are told by their members.
                const VALUES: &[&[&str]] = &[$( &[$($($value),+)?] ),*];
                let shapes = [$( <$ty>::SHAPE ),*];
                if let ::core::option::Option::Some(index) =
                    $crate::codec::variant(reader, $tag, VALUES, &shapes)?
                    && self.read_as(index, reader)?
                {
                    return ::core::result::Result::Ok(());
                }
                *self = Self::Other(reader.json()?);
                ::core::result::Result::Ok(())
            }

            fn write(&self, writer: &mut $crate::Writer) {
                match self {
                    $( Self::$variant(value) => $crate::Slot::write(&**value, writer), )*
                    Self::Other(json) => writer.json(json),
                }
            }
        }

        $crate::serde_bridge! { $name }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $( Self::$variant(value) => ::core::fmt::Debug::fmt(value, f), )*
                    Self::Other(json) => ::core::fmt::Debug::fmt(json, f),
                }
            }
        }
    };
}
