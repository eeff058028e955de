//! The command line as clap reads it: names, help texts, and no behaviour.
//!
//! What may hold a secret (`--header`, `sim --client`) is taken as plain text and read by its
//! command: clap would repeat a value that it refuses.

use clap::{Args, Parser, Subcommand, ValueEnum};
use http::Method;
use std::{ffi::OsString, net::IpAddr, path::PathBuf, time::Duration};
use zuora_sim::Scenario;

const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  general failure
    2  wrong usage
    3  not found
    4  credentials or token not accepted
    5  refused by a rule of this program, such as one against plain HTTP or redirects
    6  Zuora said no
    7  throttled
    8  server or connection failed
    9  time ran out, or the outcome is not known
  130  interrupted";

const START: &str = "\
Example, without a tenant:
  zuora --env sim token --json

Example, with one:
  export ZUORA_BASE_URL=us1-sandbox ZUORA_CLIENT_ID=...
  zuora api GET /v1/accounts/A00000001 --secret-file ~/.zuora-secret";

/// Call the Zuora REST API, get its tokens, simulate it.
#[derive(Debug, Parser)]
#[command(
    name = "zuora",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = START,
    after_long_help = format!("{START}\n\n{EXIT_CODES}"),
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where to call, as whom, and how: valid before and after the command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Data centre by name, any base URL, or `sim` [or ZUORA_BASE_URL]
    ///
    /// Names: us1 us1-sandbox us2 us2-sandbox us-test eu eu-sandbox eu-test ap ap-test pt1.
    /// `sim` starts a simulator inside this process for this one command. There is no default.
    #[arg(long, global = true, value_name = "NAME|URL")]
    pub(crate) env: Option<String>,

    /// Id of the OAuth client [or ZUORA_CLIENT_ID]
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) client_id: Option<String>,

    /// File whose first line is the client secret, `-` for stdin [or ZUORA_CLIENT_SECRET, or a prompt]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) secret_file: Option<PathBuf>,

    /// Only there to be refused with the reason, and without repeating the value.
    #[arg(long, alias = "secret", global = true, hide = true, num_args = 0..=1)]
    pub(crate) client_secret: Option<Option<String>>,

    /// Entity that the token is for; may be repeated [or ZUORA_ENTITY_IDS]
    ///
    /// One entity is also named in every call. With several, a call names its own by
    /// `--header 'Zuora-Entity-Ids: ID'`.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) entity: Vec<String>,

    /// Organization that the token is for; may be repeated [or ZUORA_ORG_IDS]
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) org: Vec<String>,

    /// Your own id for the requests, found again in Zuora's logs: at most 64 characters, none of : ; " '
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) track_id: Option<String>,

    /// Most time for the whole command, in seconds such as 2.5 [default: 300, large files not counted]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Most times that a call is sent, when what failed may be tried again: 1 to 10 [default: 5]
    #[arg(long, global = true, value_name = "COUNT")]
    pub(crate) tries: Option<u32>,

    /// Trust the certificate authority in this PEM file, beside those of the system
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) root_certificate: Option<PathBuf>,

    /// Call this host over plain HTTP, where the secret can be read on the way; may be repeated
    ///
    /// For a container in a test. This very machine needs no permission.
    #[arg(long, global = true, value_name = "HOST")]
    pub(crate) allow_plain_http: Vec<String>,

    /// Take ids and secrets of any length, for tenants that differ from Zuora's documentation
    #[arg(long, global = true)]
    pub(crate) skip_length_rules: bool,

    /// Show heads of requests and replies on stderr, and the body of a failed reply; no secrets
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Token(Token),
    Api(Api),
    Operations(Operations),
    Sim(Sim),
}

/// Print an access token
///
/// The token is shared with later runs through files that only you can read, and asked for again
/// only when it is about to expire.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  curl -H \"Authorization: Bearer $(zuora token)\" https://rest.zuora.com/v1/accounts/A00000001")]
pub(crate) struct Token {
    /// Print the whole reply as JSON, with its end, scope, limits and ids
    #[arg(long)]
    pub(crate) json: bool,

    /// Ask Zuora for a new token, whatever is stored, and do not store it
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// Send any request with the token, and print the reply's body
///
/// The body goes to stdout as it came. A reply that says no, also inside a 200, is an error.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  zuora api GET /v1/accounts/A00000001
  zuora api GET /v1/catalog/products --query pageSize=5 --include
  zuora api PUT /v1/accounts/A00000001 --body '{\"notes\": \"called\"}'
  zuora api POST /v1/orders --body @order.json --header 'Idempotency-Key: 7f3c'
  zuora api POST /v1/usage --form file=@usage.csv
  zuora api GET /v1/files/2c92c0f85c5e6d0e015c7b5ef4b40e5e --output invoice.pdf")]
pub(crate) struct Api {
    /// HTTP method, such as GET
    #[arg(value_name = "METHOD", value_parser = method)]
    pub(crate) method: Method,

    /// Path below the base URL, such as /v1/accounts/A00000001
    #[arg(value_name = "PATH")]
    pub(crate) path: String,

    /// Query parameter; may be repeated
    #[arg(short, long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) query: Vec<String>,

    /// Header of the request; may be repeated
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,

    /// Body of the request: JSON, `@FILE`, or `-` for stdin
    ///
    /// Sent as application/json, and checked to be JSON, unless `--header 'Content-Type: ...'` says
    /// otherwise.
    #[arg(short, long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub(crate) body: Option<String>,

    /// Send this file as it is, of any size, without holding it in memory
    ///
    /// Sent as application/octet-stream unless `--header 'Content-Type: ...'` says otherwise.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["body", "form"])]
    pub(crate) body_file: Option<PathBuf>,

    /// Field of a multipart body: a text, or a file, of any size; may be repeated
    #[arg(
        short,
        long,
        value_name = "NAME=TEXT|NAME=@FILE",
        conflicts_with = "body"
    )]
    pub(crate) form: Vec<String>,

    /// Write the body to this file, of any size; the file is there only when all of it has come
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print status and headers before the body
    #[arg(short, long)]
    pub(crate) include: bool,
}

/// List what the API offers: verb, method and path of every operation
///
/// From the description inside this program: nothing is called, and no setting is needed.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  zuora operations
  zuora operations credit-memos
  zuora operations show getAccount
  zuora operations show PUT /v1/accounts/A00000001"
)]
pub(crate) struct Operations {
    /// Only the operations of this group, such as accounts
    #[arg(value_name = "GROUP")]
    pub(crate) group: Option<String>,

    #[command(subcommand)]
    pub(crate) command: Option<OperationsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OperationsCommand {
    Show(Show),
}

/// Show one operation: parameters, body and replies with their types and limits
///
/// Limits are those of the API's description, and a few of them are known to be wrong.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id such as getAccount, or a path or URL, or the method before a path
    #[arg(value_name = "ID|METHOD|PATH")]
    pub(crate) what: String,

    /// Path or URL, after a method
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,

    /// How many objects deep members are shown
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) depth: usize,
}

/// Simulate the Zuora API on this machine until Ctrl-C
///
/// Prints the variables to export for other commands and programs, then a line for each request on
/// stderr. The connection options have no meaning here.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  zuora sim --port 8080 --token-lifetime 60
  zuora token --env http://127.0.0.1:8080 --json    # elsewhere, with the printed variables

Faults, clock and counters are at /_sim/, such as http://127.0.0.1:8080/_sim/state")]
pub(crate) struct Sim {
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,

    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,

    /// Let other machines in, which an address that is not loopback needs
    #[arg(long)]
    pub(crate) allow_remote_clients: bool,

    /// OAuth client that the simulator knows; may be repeated [default: one of its own]
    #[arg(long, value_name = "ID:SECRET")]
    pub(crate) client: Vec<String>,

    /// How long tokens live
    #[arg(long, value_name = "SECONDS", default_value_t = 3598)]
    pub(crate) token_lifetime: u64,

    /// What a second token request gets: a new token, or the same one counted down
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Reuse::New)]
    pub(crate) token_reuse: Reuse,

    /// Repeat the tokens and ids of another run; `demo` begins with a catalogue, 50 accounts and a year
    /// of invoices [default: drawn anew]
    #[arg(long, value_name = "NUMBER|demo", value_parser = seed)]
    pub(crate) seed: Option<Seed>,

    /// Begin with the data of this JSON file: a snapshot, or one written by hand
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,

    /// The tenant's time zone, such as Europe/Oslo [default: UTC]
    #[arg(long, value_name = "NAME")]
    pub(crate) time_zone: Option<String>,

    /// Let things go wrong as in this story: flaky-gateway, month-end, rate-limited-sandbox
    #[arg(long, value_name = "NAME", value_parser = scenario)]
    pub(crate) scenario: Option<Scenario>,

    /// Speak TLS with a throw-away certificate
    #[arg(long)]
    pub(crate) tls: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reuse {
    New,
    Same,
}

impl Connection {
    /// An option on both sides of the command that holds fewer values than were `typed`: clap keeps
    /// one side's, and a token for fewer entities than were named would go unnoticed.
    pub(crate) fn halved(&self, typed: impl Iterator<Item = OsString>) -> Option<&'static str> {
        let typed: Vec<_> = typed.collect();
        let options = [
            ("--entity", self.entity.len()),
            ("--org", self.org.len()),
            ("--allow-plain-http", self.allow_plain_http.len()),
        ];
        let is = |arg: &OsString, name: &str| {
            arg.to_str()
                .and_then(|arg| arg.strip_prefix(name))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        let halved = options
            .into_iter()
            .find(|(name, kept)| typed.iter().filter(|arg| is(arg, name)).count() > *kept);
        halved.map(|(name, _)| name)
    }
}

/// A number of seconds that is more than nothing.
fn seconds(text: &str) -> Result<Duration, &'static str> {
    const RULE: &str = "expected a number of seconds above 0, such as 30 or 2.5";
    let seconds: f64 = text.parse().map_err(|_| RULE)?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(RULE),
    }
}

fn method(text: &str) -> Result<Method, &'static str> {
    const RULE: &str = "expected an HTTP method such as GET or POST";
    let method = Method::from_bytes(text.to_ascii_uppercase().as_bytes()).map_err(|_| RULE)?;
    if method == Method::CONNECT {
        return Err("CONNECT opens a tunnel and has no reply to print");
    }
    Ok(method)
}

/// What `--seed` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seed {
    Number(u64),
    Demo,
}

fn scenario(text: &str) -> Result<Scenario, String> {
    Scenario::by_name(text).ok_or_else(|| {
        let names: Vec<_> = Scenario::all().map(Scenario::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

fn seed(text: &str) -> Result<Seed, &'static str> {
    match text {
        "demo" => Ok(Seed::Demo),
        number => number
            .parse()
            .map(Seed::Number)
            .map_err(|_| "expected a whole number, or the word demo"),
    }
}
