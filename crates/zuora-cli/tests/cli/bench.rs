//! A simulator, a home folder of its own, and runs of the binary whose output is searched for leaks.

use serde_json::Value;
use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use zuora_sim::{SimClient, Simulator, SimulatorBuilder};

pub(crate) const CLIENT_ID: &str = "11e643f4-a3ee-8bad-b061-0025904c756d";
/// Its mark must be in no output; it holds what forms and URLs must encode.
pub(crate) const SECRET: &str = "MARKED-s3cret+with/reserved=chars &%;";
pub(crate) const MARK: &str = "MARKED";
pub(crate) const ENTITY: &str = "11e643f4-a3ee-8bad-b061-0025904c0001";
pub(crate) const OTHER_ENTITY: &str = "11e643f4-a3ee-8bad-b061-0025904c0002";
pub(crate) const ACCOUNT: &str = "/v1/accounts/A00000001";

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    home: TempDir,
    /// Serves the simulator; dropped after it.
    _runtime: Runtime,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// With a simulator that is set up in another way. It knows the one client unless it is given
    /// others.
    pub(crate) fn with(set: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let builder = set(Simulator::builder()
            .one_account()
            .client(SimClient::new(CLIENT_ID, SECRET)));
        let simulator = runtime.block_on(builder.start()).unwrap();
        Self {
            simulator,
            home: home_folder(),
            _runtime: runtime,
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A file that a run is given, secrets included: apart from those that runs write.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let inputs = self.home().join("inputs");
        std::fs::create_dir_all(&inputs).unwrap();
        let path = inputs.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The binary with everything it needs in its variables.
    pub(crate) fn zuora<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run<'_> {
        // One try: the waits before others are real here.
        let args: Vec<_> = ["--tries".into(), "1".into()]
            .into_iter()
            .chain(args.into_iter().map(|arg| arg.as_ref().to_owned()))
            .collect::<Vec<std::ffi::OsString>>();
        self.bare(args)
            .variable("ZUORA_BASE_URL", self.simulator.base_url())
            .variable("ZUORA_CLIENT_ID", CLIENT_ID)
            .variable("ZUORA_CLIENT_SECRET", SECRET)
    }

    /// The binary without any setting.
    pub(crate) fn bare<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run<'_> {
        let mut command = binary(self.home());
        command.args(args);
        Run {
            command,
            bench: self,
            stdin: None,
            token_on_stdout: false,
        }
    }

    /// What `token --json` prints.
    pub(crate) fn token(&self) -> Value {
        let done = self.zuora(["token", "--json"]).with_token().run();
        assert_eq!(done.code, 0, "{}", done.stderr);
        done.json()
    }
}

/// A folder for a run's files; kept when `ZUORA_TEST_KEEP` is set, to be searched for secrets.
pub(crate) fn home_folder() -> TempDir {
    tempfile::Builder::new()
        .disable_cleanup(std::env::var_os("ZUORA_TEST_KEEP").is_some())
        .tempdir()
        .unwrap()
}

/// The binary in a clean environment.
pub(crate) fn binary(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zuora"));
    command
        .env_clear()
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Whoever searches the whole output of this suite for tokens needs the whole list of them.
    if let Some(list) = std::env::var_os("ZUORA_SIM_TOKEN_LIST") {
        command.env("ZUORA_SIM_TOKEN_LIST", list);
    }
    command
}

/// One run that is being put together.
pub(crate) struct Run<'a> {
    command: Command,
    bench: &'a Bench,
    stdin: Option<Vec<u8>>,
    token_on_stdout: bool,
}

impl Run<'_> {
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn raw_variable(mut self, name: &str, value: &OsStr) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// The token is what this run is for, on stdout and nowhere else.
    pub(crate) fn with_token(mut self) -> Self {
        self.token_on_stdout = true;
        self
    }

    pub(crate) fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.command.stdout(to);
        self
    }

    pub(crate) fn spawn(mut self) -> Child {
        self.command.spawn().unwrap()
    }

    pub(crate) fn run(mut self) -> Done {
        let output = match self.stdin.take() {
            None => self.command.output().unwrap(),
            Some(bytes) => {
                let mut child = self.command.stdin(Stdio::piped()).spawn().unwrap();
                let mut stdin = child.stdin.take().unwrap();
                let writer = thread::spawn(move || {
                    // Whoever refuses its arguments reads nothing.
                    let _ = stdin.write_all(&bytes);
                });
                let output = child.wait_with_output().unwrap();
                writer.join().unwrap();
                output
            }
        };
        let done = Done::of(output);
        done.search(self.bench, self.token_on_stdout);
        done
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// No secret anywhere, no token but where it belongs.
    pub(crate) fn search(&self, bench: &Bench, token_on_stdout: bool) {
        assert!(!self.stdout.contains(MARK), "the secret is on stdout");
        assert!(!self.stderr.contains(MARK), "the secret is on stderr");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for token in bench.simulator.minted_tokens() {
            assert!(!self.stderr.contains(&token), "a token is on stderr");
            assert!(
                token_on_stdout || !self.stdout.contains(&token),
                "a token is on stdout"
            );
        }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("stdout is JSON")
    }

    /// Ends with this code and data.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    /// Fails with this code, says why and what next on stderr, and prints no data.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.stderr.contains("error: "), "{}", self.stderr);
        assert!(self.stderr.contains("hint: "), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in {}", self.stderr);
        self
    }

    /// What was said, with what differs from run to run replaced.
    pub(crate) fn told(&self, bench: &Bench) -> String {
        let base = bench.simulator.base_url();
        let host = base.split_once("://").unwrap().1;
        let home = bench.home().display().to_string();
        let text = self.stderr.replace(host, "[host]").replace(&home, "[home]");
        // A second may have passed before these were counted.
        let text = text.replace(" 3599 s", " 3600 s").replace(" 29 s", " 30 s");
        mask_uuids(&text)
    }
}

fn mask_uuids(text: &str) -> String {
    let is_uuid = |candidate: &str| {
        candidate.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.get(..36).filter(|candidate| is_uuid(candidate)) {
            Some(_) => {
                out.push_str("[uuid]");
                rest = &rest[36..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// Waits for something that another process brings about.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{what} did not happen within ten seconds");
}

/// Sends a signal to one child.
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
