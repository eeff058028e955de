//! The `zuora` command line: a token, any call, a simulator.
//!
//! Data goes to stdout, talk to stderr, and each kind of failure has an exit code of its own, which
//! `zuora --help` lists. A reader finds by name: `args` (what can be typed), `environment`, `secret`
//! and `connect` (from options to a client), the commands `token`, `api`, `operations` and `sim`, `report` (errors
//! and exit codes), `log`, `output` and `text` (what reaches the terminal).

mod api;
mod args;
mod connect;
mod environment;
mod interrupt;
mod log;
mod operations;
mod output;
mod report;
mod secret;
mod sim;
mod text;
mod token;
mod variable;

use crate::{
    args::{Cli, Command, Connection},
    connect::Session,
    interrupt::Interrupt,
    report::{Code, Failure},
};
use clap::Parser;
use std::{process::ExitCode, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// How long a token that is on its way is waited for at the end: as long as a token request may take.
/// A second Ctrl-C cuts it short.
const LAST_PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and where they cannot be printed nobody is there.
            let _ = error.print();
            return match error.use_stderr() {
                true => Code::Usage.into(),
                false => Code::Done.into(),
            };
        }
    };
    let is_simulator = matches!(cli.command, Command::Sim(_));
    log::start(cli.connection.verbose, is_simulator);
    match run(cli.command, &cli.connection) {
        Ok(()) => Code::Done.into(),
        Err(failure) => failure.report(cli.connection.verbose),
    }
}

fn run(command: Command, options: &Connection) -> Result<(), Failure> {
    if options.client_secret.is_some() {
        return Err(secret::on_the_command_line());
    }
    if let Some(option) = options.halved(std::env::args_os()) {
        return Err(Failure::usage(format!(
            "{option} stands before and after the command, and one side would be lost"
        ))
        .hint("give it on one side only"));
    }
    match command {
        Command::Operations(args) => operations::run(&args),
        Command::Sim(args) => on(Builder::new_multi_thread(), async { sim::run(&args).await }),
        Command::Token(args) => {
            on_one_thread(options, async |session| token::run(&args, session).await)
        }
        Command::Api(args) => {
            let call = api::Call::read(args, options.secret_file.as_deref())?;
            on_one_thread(options, async |session| call.run(session).await)
        }
    }
}

/// Runs a command that makes a call and ends. One thread is enough for it, and starts sooner.
fn on_one_thread(
    options: &Connection,
    command: impl AsyncFnOnce(&Session) -> Result<(), Failure>,
) -> Result<(), Failure> {
    on(Builder::new_current_thread(), async {
        let session = connect::connect(options).await?;
        let mut ctrl_c = Interrupt::listen()?;
        let outcome = tokio::select! {
            outcome = command(&session) => outcome,
            () = ctrl_c.wait() => Err(Failure::new(Code::Interrupted, "interrupted")),
        };
        // A token that is on its way was counted by Zuora: let it reach the store.
        tokio::select! {
            () = session.client.finish_refresh(LAST_PATIENCE) => {}
            () = ctrl_c.wait() => {}
        }
        outcome
    })
}

fn on(
    mut builder: Builder,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let runtime: Runtime = builder.enable_all().build().map_err(|error| {
        Failure::new(Code::General, "the runtime could not be started").caused_by(&error)
    })?;
    let outcome = runtime.block_on(work);
    // Not waiting for a thread that hangs in a name look-up.
    runtime.shutdown_background();
    outcome
}
