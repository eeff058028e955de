//! Data to stdout, talk to stderr, neither with a panic when nobody listens.

use crate::report::{Code, Failure};
use std::io::{self, Write};

/// Writes data, whole and flushed.
pub(crate) fn data(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| match error.kind() {
            // The reader has seen enough, as `head` does: no failure.
            io::ErrorKind::BrokenPipe => Failure::quiet(Code::Done),
            _ => Failure::new(Code::General, "the output could not be written").caused_by(&error),
        })
}

/// Writes lines for the person. Where they cannot be written, nobody could be told of that either.
pub(crate) fn talk(text: &str) {
    let mut line = text.to_owned();
    line.push('\n');
    // At once, so that lines of several threads do not mix.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}
