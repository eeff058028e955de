//! Parameters as texts.

use zuora_wire::{Date, DateTime, Decimal};

/// A value that a query, a path or a header can hold.
pub(crate) trait Value {
    fn text(&self) -> String;
}

impl Value for i64 {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for Decimal {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for Date {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for DateTime {
    fn text(&self) -> String {
        self.as_str().to_owned()
    }
}
