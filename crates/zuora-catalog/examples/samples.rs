//! Prints made-up values of all schemas, `NAME<TAB>JSON` a line: `cargo run -p zuora-catalog --example samples`.

use std::io::{self, Write as _};
use zuora_catalog::{
    sample::{Members, Sample},
    schemas,
};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for schema in schemas() {
        for seed in 0..3 {
            for members in [Members::All, Members::Required] {
                let value = Sample::new(seed).members(members).of(schema);
                writeln!(out, "{}\t{value}", schema.name())?;
            }
        }
    }
    out.flush()
}
