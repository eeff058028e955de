//! Reads `api/`, repairs it, and writes all that is generated; with `--check`, fails on a difference
//! instead.
//!
//! `cargo run -p zuora-codegen` after every change of `api/`.

mod api;
mod emit;
mod files;
mod fixups;
mod lower;
mod names;

use files::Files;
use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => {
            eprintln!("{other} is unknown: run without arguments to write, or with --check");
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<(), api::Fault> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut api = api::read(&root.join("api"))?;
    fixups::apply(&mut api)?;
    let names_file = root.join("api/names.toml");
    let typed = lower::typed(&api);
    let reach = lower::reach(&typed);
    let names = names::Names::of(&typed, &reach, &names_file)?;
    let mut files = Files::new(root);
    files.add("api/names.toml", names.text());
    files.add(
        "crates/zuora-catalog/src/operations.txt",
        emit::catalog::operations(&api, &names),
    );
    files.add(
        "crates/zuora-catalog/src/schemas.txt",
        emit::catalog::schemas(&api, &names),
    );
    files.add(
        "crates/zuora-core/src/operation/writes.txt",
        emit::writes::text(&api),
    );
    let longest = emit::models::Models::new(&typed, &reach, &names).emit(&mut files)?;
    emit::api::emit(&typed, &names, &mut files)?;
    emit::proofs::calls(&typed, &names, &mut files);
    emit::proofs::types(&typed, &reach, &names, &mut files);
    emit::reference::emit(&typed, &names, &mut files);
    files.section(
        "docs/from-csharp.md",
        &emit::reference::from_csharp(&typed, &names),
    )?;
    println!("longest list of features of a type: {longest}");
    files.finish(check)
}
