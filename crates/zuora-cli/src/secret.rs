//! The client secret: from a file, stdin, a variable or a prompt, never from a flag, where every
//! process of the machine could read it.

use crate::{
    interrupt::Interrupt,
    output,
    report::{Code, Failure},
    text,
    variable::variable,
};
use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::Path,
};
use zeroize::{Zeroize, Zeroizing};

/// Longest first line of a secret file, in bytes: far more than any secret has.
const MAX_LINE: usize = 4096;

const WAYS: &str = "name a file that holds it with --secret-file PATH (`-` for stdin), set ZUORA_CLIENT_SECRET, or leave both out in a terminal to be asked for it";

/// What somebody is told who typed the secret as an argument.
pub(crate) fn on_the_command_line() -> Failure {
    Failure::usage(
        "the client secret is never taken from the command line, where other programs can read it",
    )
    .hint(WAYS)
}

/// Finds the secret of `client_id`; the two texts are for the prompt.
pub(crate) fn find(
    file: Option<&Path>,
    client_id: &str,
    base_url: &str,
) -> Result<Zeroizing<String>, Failure> {
    let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    match file {
        // Typed input would be shown.
        Some(path) if is_stdin(path) && io::stdin().is_terminal() => prompt(client_id, base_url),
        Some(path) if is_stdin(path) => {
            first_line(io::stdin()).map_err(|failure| failure.about("the secret from stdin"))
        }
        Some(path) => File::open(path)
            .map_err(|error| {
                Failure::usage(format!("the file {} cannot be read", path.display()))
                    .caused_by(&error)
            })
            .and_then(first_line)
            .map_err(|failure| failure.about("--secret-file")),
        None => match variable("ZUORA_CLIENT_SECRET")? {
            Some(secret) => Ok(Zeroizing::new(secret)),
            None if is_terminal => prompt(client_id, base_url),
            None => Err(Failure::usage("the client secret is missing").hint(WAYS)),
        },
    }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn first_line(mut input: impl Read) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0_u8; MAX_LINE]);
    let mut length = 0;
    while length < MAX_LINE && !bytes[..length].contains(&b'\n') {
        match input.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Failure::usage("it cannot be read").caused_by(&error)),
        }
    }
    let line = bytes[..length].split(|byte| *byte == b'\n').next();
    let line = std::str::from_utf8(line.unwrap_or_default())
        .map_err(|_| Failure::usage("the first line is not UTF-8"))?
        .trim();
    if line.is_empty() {
        return Err(Failure::usage("the first line is empty"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn prompt(client_id: &str, base_url: &str) -> Result<Zeroizing<String>, Failure> {
    // Ctrl-C at the prompt raises a signal; unless somebody listens, it would end the process before
    // the terminal shows typed text again.
    let _listening = Interrupt::listen()?;
    let question = format!(
        "Secret of OAuth client {} at {base_url}: ",
        text::one_line(client_id)
    );
    match rpassword::prompt_password(question) {
        Ok(mut answer) => {
            let secret = Zeroizing::new(answer.trim().to_owned());
            answer.zeroize();
            if secret.is_empty() {
                return Err(Failure::usage("no client secret was typed"));
            }
            Ok(secret)
        }
        Err(error) => Err(match error.kind() {
            io::ErrorKind::Interrupted => Failure::quiet(Code::Interrupted),
            io::ErrorKind::UnexpectedEof => {
                // The question's line is still open.
                output::talk("");
                Failure::usage("no client secret was typed")
            }
            _ => Failure::new(Code::General, "the secret could not be asked for").caused_by(&error),
        }),
    }
}
