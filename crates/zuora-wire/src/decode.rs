//! The one error of reading JSON.

use std::{error::Error as StdError, fmt};

/// Text that is not the JSON it should be: where, and what is wrong there.
///
/// The message may quote the first 40 characters of the value that does not fit, but for members that a
/// model names as secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    path: String,
    message: String,
    syntax: bool,
}

/// Longer texts are cut in messages.
const SHOWN: usize = 40;
/// Longer names are cut in paths; the longest of the API has 53 characters.
const SHOWN_OF_NAMES: usize = 80;

impl DecodeError {
    /// An error at `path`, such as `invoices[3].amount`; empty for the document itself.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            path: path.into(),
            message: message.into(),
            syntax: false,
        }))
    }

    /// The text is no JSON at all.
    #[cold]
    pub(crate) fn syntax(message: String) -> Self {
        let mut error = Self::new("", message);
        error.0.syntax = true;
        error
    }

    /// Where in the document, such as `invoices[3].amount`; empty for the document itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the text is not JSON at all: cut off, or nested too deep, for example. Otherwise it is
    /// JSON, but not of the type that was wanted.
    pub fn is_syntax(&self) -> bool {
        self.0.syntax
    }

    /// The same error without the value that it quotes, which is a secret.
    #[cold]
    #[must_use]
    pub(crate) fn without_value(mut self) -> Self {
        if !self.0.syntax
            && let Some((wanted, _)) = self.0.message.split_once(", found ")
        {
            self.0.message = format!("{wanted}, found something else, which is not shown");
        }
        self
    }

    /// The same error, seen from the object that has it in its member `name`.
    #[cold]
    #[must_use]
    pub fn in_member(mut self, name: &str) -> Self {
        let mut path = cut(name, SHOWN_OF_NAMES);
        if !self.0.path.is_empty() && !self.0.path.starts_with('[') {
            path.push('.');
        }
        path.push_str(&self.0.path);
        self.0.path = path;
        self
    }

    /// The same error, seen from the array that has it in its item `index`, counted from 0.
    #[cold]
    #[must_use]
    pub fn in_item(self, index: usize) -> Self {
        // The index is no name: it stands in brackets, and what stood before it follows.
        self.in_member(&format!("[{index}]"))
    }
}

/// The text, or its beginning if it is long.
pub(crate) fn shortened(text: &str) -> String {
    cut(text, SHOWN)
}

fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.path.is_empty() {
            f.write_str(&self.0.message)
        } else {
            write!(f, "{}: {}", self.0.path, self.0.message)
        }
    }
}

impl StdError for DecodeError {}
