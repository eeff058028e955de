//! The files that are generated: formatted, then written or compared.

use crate::api::Fault;
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Generated texts by path below the root.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    texts: BTreeMap<String, String>,
    /// Folders that hold nothing but generated files.
    owned: Vec<String>,
}

impl Files {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            texts: BTreeMap::new(),
            owned: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, path: impl Into<String>, text: String) {
        self.texts.insert(path.into(), text);
    }

    /// A folder in which nothing stands that is not generated: what is left over there is deleted.
    pub(crate) fn own(&mut self, folder: &str) {
        self.owned.push(folder.to_owned());
    }

    /// Writes what has changed; with `check`, names it as a fault instead.
    pub(crate) fn finish(mut self, check: bool) -> Result<(), Fault> {
        for (path, text) in &mut self.texts {
            if path.ends_with(".rs") {
                *text = formatted(path, text)?;
            }
        }
        let mut changed = Vec::new();
        for (path, text) in &self.texts {
            let file = self.root.join(path);
            if fs::read(&file).is_ok_and(|old| old == text.as_bytes()) {
                continue;
            }
            changed.push(path.clone());
            if !check {
                write(&file, text)?;
            }
        }
        for folder in &self.owned {
            for file in files_below(&self.root.join(folder)) {
                let path = file
                    .strip_prefix(&self.root)
                    .unwrap_or(&file)
                    .to_string_lossy()
                    .replace('\\', "/");
                if !self.texts.contains_key(&path) {
                    changed.push(path);
                    if !check {
                        fs::remove_file(&file).map_err(|error| fault(&file, &error))?;
                    }
                }
            }
        }
        match (check, changed.is_empty()) {
            (true, false) => Err(Fault(format!(
                "not as `cargo run -p zuora-codegen` writes it: {}",
                changed.join(", ")
            ))),
            (false, _) => {
                println!("{} files, {} changed", self.texts.len(), changed.len());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files
}

fn write(file: &Path, text: &str) -> Result<(), Fault> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| fault(folder, &error))?;
    }
    fs::write(file, text).map_err(|error| fault(file, &error))
}

/// As rustfmt writes it, so that the usual format check holds for generated code, too.
fn formatted(path: &str, text: &str) -> Result<String, Fault> {
    let fail = |what: String| Fault(format!("rustfmt on {path}: {what}"));
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| fail(error.to_string()))?;
    let mut input = child.stdin.take().ok_or_else(|| fail("no input".into()))?;
    let bytes = text.as_bytes().to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child
        .wait_with_output()
        .map_err(|error| fail(error.to_string()))?;
    let _ = writer.join();
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| fail(error.to_string()))
}

fn fault(file: &Path, error: &std::io::Error) -> Fault {
    Fault(format!("{}: {error}", file.display()))
}
