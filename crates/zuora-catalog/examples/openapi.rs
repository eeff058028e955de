//! Prints the catalogue as an OpenAPI 3.1 document: `cargo run -p zuora-catalog --example openapi`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout()
        .lock()
        .write_all(zuora_catalog::openapi().as_bytes())
}
