//! Enums whose members may grow on the server's side at any time.

use std::fmt;

/// A text that an open enum of this version does not know, kept as it came.
///
/// It cannot be made by hand: `From<&str>` of the enum makes it where it is needed, so that a text which
/// a later version knows is never taken for unknown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    /// For [`open_enum!`](crate::open_enum) only.
    #[doc(hidden)]
    pub fn from_macro(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What all open enums can do; [`open_enum!`](crate::open_enum) implements it.
pub trait OpenEnum: Sized {
    /// The texts that this version knows, in the order of the variants.
    const KNOWN: &'static [&'static str];

    /// The variant of this text; of another text, the one that keeps it. Upper and lower case differ.
    fn from_wire(text: &str) -> Self;

    /// The text as it stands in JSON.
    fn as_str(&self) -> &str;

    /// Whether this version knows the text.
    fn is_known(&self) -> bool {
        Self::KNOWN.contains(&self.as_str())
    }
}

/// Defines an enum of texts that keeps texts it does not know.
///
/// ```
/// use zuora_wire::{OpenEnum, from_slice, open_enum, to_string};
///
/// open_enum! {
///     /// The state of an account.
///     pub enum AccountStatus {
///         /// Bills are not made yet.
///         Draft = "Draft",
///         Active = "Active",
///     }
/// }
///
/// assert_eq!(AccountStatus::from("Active"), AccountStatus::Active);
/// let status: AccountStatus = from_slice(br#""Dormant""#)?;
/// assert!(!status.is_known());
/// assert_eq!(status.as_str(), "Dormant");
/// assert_eq!(to_string(&status), r#""Dormant""#);
/// # Ok::<(), zuora_wire::DecodeError>(())
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* #[doc = concat!("`", $text, "`")] $variant, )*
            /// A text that this version does not know.
            Unknown($crate::UnknownValue),
        }

        impl $crate::OpenEnum for $name {
            const KNOWN: &'static [&'static str] = &[$( $text ),*];

            fn from_wire(text: &str) -> Self {
                match text {
                    $( $text => Self::$variant, )*
                    other => Self::Unknown($crate::UnknownValue::from_macro(other)),
                }
            }

            fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Unknown(other) => other.as_str(),
                }
            }
        }

        impl $crate::Slot for $name {
            fn blank() -> Self {
                $crate::OpenEnum::from_wire("")
            }

            fn read(
                &mut self,
                reader: &mut $crate::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::DecodeError> {
                *self = $crate::OpenEnum::from_wire(&reader.text_or_null()?);
                ::core::result::Result::Ok(())
            }

            fn write(&self, writer: &mut $crate::Writer) {
                writer.string($crate::OpenEnum::as_str(self));
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                $crate::OpenEnum::from_wire(text)
            }
        }

        $crate::serde_bridge! { $name }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt($crate::OpenEnum::as_str(self), f)
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad($crate::OpenEnum::as_str(self))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok($crate::OpenEnum::from_wire(text))
            }
        }
    };
}
