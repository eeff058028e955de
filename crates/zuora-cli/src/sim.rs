//! `zuora sim`: the simulator on a socket until Ctrl-C.

use crate::{
    args::{Reuse, Seed, Sim},
    interrupt::{self, Interrupt},
    output,
    report::{Code, Failure},
    text,
};
use jiff::Timestamp;
use std::{fmt::Write as _, io::Write as _};
use tempfile::NamedTempFile;
use zuora_sim::{RequestLine, SimClient, Simulator, SimulatorBuilder, TokenReuse};

/// What `--seed demo` draws tokens and ids from.
const DEMO_SEED: u64 = 19;

pub(crate) async fn run(args: &Sim) -> Result<(), Failure> {
    let mut ctrl_c = Interrupt::listen()?;
    let simulator = builder(args)?
        .start()
        .await
        .map_err(|error| cannot_start(args, &error))?;
    // Its file goes when this is dropped.
    let root = match simulator.root_certificate_pem() {
        Some(pem) => Some(write_root(pem)?),
        None => None,
    };
    output::data(exports(&simulator, root.as_ref()).as_bytes())?;
    output::talk("listening; Ctrl-C ends it");
    tokio::select! {
        () = ctrl_c.wait() => {}
        ended = interrupt::terminated() => ended?,
    }
    output::talk("stopped");
    Ok(())
}

fn builder(args: &Sim) -> Result<SimulatorBuilder, Failure> {
    if !args.bind.is_loopback() && !args.allow_remote_clients {
        return Err(Failure::new(
            Code::Refused,
            format!("{} lets other machines in", args.bind),
        )
        .hint("leave --bind out, or say that you mean it with --allow-remote-clients"));
    }
    let mut builder = Simulator::builder()
        .port(args.port)
        .bind(args.bind)
        .allow_remote_clients(args.allow_remote_clients)
        .tls(args.tls)
        .token_lifetime(args.token_lifetime)
        .token_reuse(match args.token_reuse {
            Reuse::New => TokenReuse::New,
            Reuse::Same => TokenReuse::Same,
        })
        .on_request(|line| output::talk(&log_line(line)));
    builder = match args.seed {
        Some(Seed::Number(seed)) => builder.seed(seed),
        Some(Seed::Demo) => builder.seed(DEMO_SEED).demo(),
        None => builder,
    };
    if let Some(path) = &args.from {
        let shown = path.display();
        let document = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Code::General, format!("{shown} could not be read")).caused_by(&error)
        })?;
        builder = builder
            .data(&document)
            .map_err(|wrong| Failure::usage(format!("{shown}: {wrong}")))?;
    }
    if let Some(name) = &args.time_zone {
        let bad =
            |wrong: zuora_sim::BadFault| Failure::usage(format!("--time-zone {}", wrong.rule()));
        builder = builder.time_zone(name).map_err(bad)?;
    }
    if let Some(scenario) = args.scenario {
        builder = builder.scenario(scenario);
    }
    for client in &args.client {
        // Not shown when it is wrong: it may be a real one.
        let (id, secret) = client
            .split_once(':')
            .filter(|(id, secret)| !id.is_empty() && !secret.is_empty())
            .ok_or_else(|| Failure::usage("--client: expected ID:SECRET, joined by a colon"))?;
        builder = builder.client(SimClient::new(id, secret));
    }
    Ok(builder)
}

fn cannot_start(args: &Sim, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return Failure::new(
            Code::General,
            format!("port {} of {} is in use", args.port, args.bind),
        )
        .hint("end the program that has it, choose another --port, or leave --port out for a free one");
    }
    Failure::new(
        Code::General,
        format!(
            "the simulator could not listen on {} port {}",
            args.bind, args.port
        ),
    )
    .caused_by(error)
    .hint("choose an address of this machine and a port of 1024 or above")
}

fn write_root(pem: &str) -> Result<NamedTempFile, Failure> {
    let write = || {
        let mut file = tempfile::Builder::new()
            .prefix("zuora-sim-root-")
            .suffix(".pem")
            .tempfile()?;
        file.write_all(pem.as_bytes())?;
        file.flush()?;
        Ok(file)
    };
    write().map_err(|error: std::io::Error| {
        Failure::new(Code::General, "the root certificate could not be written").caused_by(&error)
    })
}

/// Lines for `eval` or for the clipboard.
fn exports(simulator: &Simulator, root: Option<&NamedTempFile>) -> String {
    let mut lines = String::new();
    for (name, value) in [
        ("ZUORA_BASE_URL", simulator.base_url()),
        ("ZUORA_CLIENT_ID", simulator.client_id()),
        ("ZUORA_CLIENT_SECRET", simulator.client_secret()),
    ] {
        let _ = writeln!(lines, "export {name}={}", quoted(value));
    }
    if let Some(file) = root {
        let path = quoted(&file.path().display().to_string());
        let _ = writeln!(
            lines,
            "# its certificate is trusted with: zuora --root-certificate {path}, curl --cacert {path}"
        );
    }
    lines
}

/// In single quotes, where a shell takes everything as it is.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// `2026-11-23T10:00:00Z POST /oauth/token 200 1.2 ms`
fn log_line(line: &RequestLine) -> String {
    let at = Timestamp::try_from(line.at)
        .and_then(|at| Timestamp::from_second(at.as_second()))
        .map_or_else(|_| "?".to_owned(), |at| at.to_string());
    let status = line
        .status
        .map_or_else(|| "reset".to_owned(), |status| status.to_string());
    let path: String = line.path.chars().take(200).collect();
    let line = format!(
        "{at} {} {path} {status} {:.1} ms",
        line.method,
        line.duration.as_secs_f64() * 1000.0
    );
    text::one_line(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        assert_eq!(quoted("a b$c"), "'a b$c'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
