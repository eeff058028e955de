//! `zuora sim`: what it prints, that it serves, and how it ends.

#![cfg(unix)]

use crate::bench::{ACCOUNT, CLIENT_ID, SECRET, binary, home_folder, signal};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdout, Command},
};
use tempfile::TempDir;

/// A running `zuora sim`, ended when it is dropped.
struct Served {
    child: Child,
    stdout: BufReader<ChildStdout>,
    home: TempDir,
}

impl Served {
    fn start(args: &[&str]) -> Self {
        let home = home_folder();
        let mut command = binary(home.path());
        let mut child = command
            .arg("sim")
            .args(args)
            .env("TMPDIR", home.path())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdout,
            home,
        }
    }

    /// The lines it prints, as a shell reads them.
    fn exports(&mut self, lines: usize) -> HashMap<String, String> {
        let mut text = String::new();
        for _ in 0..lines {
            self.stdout.read_line(&mut text).unwrap();
        }
        let script = format!("{text}\nenv");
        let output = Command::new("sh")
            .env_clear()
            .args(["-c", &script])
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let pairs = output.lines().filter_map(|line| line.split_once('='));
        let mut found: HashMap<_, _> = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        found.insert("text".to_owned(), text);
        found
    }

    fn end(mut self, name: &str) -> (Option<i32>, String) {
        signal(&self.child, name);
        let status = self.child.wait().unwrap();
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().unwrap();
        pipe.read_to_string(&mut stderr).unwrap();
        (status.code(), stderr)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client(home: &Path, exports: &HashMap<String, String>, args: &[&str]) -> (i32, String, String) {
    let mut command = binary(home);
    for name in ["ZUORA_BASE_URL", "ZUORA_CLIENT_ID", "ZUORA_CLIENT_SECRET"] {
        command.env(name, &exports[name]);
    }
    let output = command.args(args).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn its_lines_are_all_that_a_client_needs() {
    for name in ["INT", "TERM"] {
        let mut served = Served::start(&["--seed", "demo"]);
        let exports = served.exports(3);
        let home = served.home.path().to_owned();
        let (code, token, stderr) = client(&home, &exports, &["token"]);
        assert_eq!(code, 0, "{stderr}");
        let (code, account, _) = client(&home, &exports, &["api", "GET", ACCOUNT]);
        assert_eq!(code, 0);
        assert!(account.contains("basicInfo"));
        let (code, log) = served.end(name);
        assert_eq!(code, Some(0), "{log}");
        let lines: Vec<_> = log.lines().collect();
        assert_eq!(lines.len(), 4, "{log}");
        assert!(lines[1].contains(" POST /oauth/token 200 "), "{log}");
        assert!(lines[2].contains(&format!(" GET {ACCOUNT} 200 ")), "{log}");
        assert!(
            lines[1].starts_with("20") && lines[1].ends_with(" ms"),
            "{log}"
        );
        assert!(!log.contains(token.trim()));
    }
}

#[test]
fn clients_lifetime_reuse_and_seed_can_be_set() {
    let client_of = |secret: &str| format!("{CLIENT_ID}:{secret}");
    let given = client_of(SECRET);
    let args = [
        "--client",
        &given,
        "--client",
        "second:it's:odd",
        "--token-lifetime",
        "60",
        "--token-reuse",
        "same",
        "--seed",
        "demo",
    ];
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let mut served = Served::start(&args);
        let exports = served.exports(3);
        assert_eq!(exports["ZUORA_CLIENT_ID"], CLIENT_ID);
        assert_eq!(exports["ZUORA_CLIENT_SECRET"], SECRET);
        let home = served.home.path().to_owned();
        let (_, first, _) = client(&home, &exports, &["token", "--json"]);
        let (_, second, _) = client(&home, &exports, &["token", "--json", "--no-cache"]);
        let first: serde_json::Value = serde_json::from_str(&first).unwrap();
        let second: serde_json::Value = serde_json::from_str(&second).unwrap();
        assert_eq!(first["expires_in"], 60);
        assert_eq!(first["access_token"], second["access_token"]);
        tokens.push(first["access_token"].clone());
        let mut other = exports.clone();
        other.insert("ZUORA_CLIENT_ID".to_owned(), "second".to_owned());
        other.insert("ZUORA_CLIENT_SECRET".to_owned(), "it's:odd".to_owned());
        let (code, _, stderr) = client(&home, &other, &["token", "--skip-length-rules"]);
        assert_eq!(code, 0, "{stderr}");
        let (code, log) = served.end("INT");
        assert_eq!(code, Some(0));
        assert!(!log.contains("MARKED"));
    }
    assert_eq!(tokens[0], tokens[1], "the same seed");
}

#[test]
fn tls_names_its_root_certificate_and_takes_it_away() {
    let mut served = Served::start(&["--tls"]);
    let exports = served.exports(4);
    assert!(exports["ZUORA_BASE_URL"].starts_with("https://"));
    let text = &exports["text"];
    let path = text.split("--root-certificate '").nth(1).unwrap();
    let path = path.split('\'').next().unwrap().to_owned();
    let home = served.home.path().to_owned();
    let (code, _, stderr) = client(&home, &exports, &["token", "--root-certificate", &path]);
    assert_eq!(code, 0, "{stderr}");
    let (code, _) = served.end("INT");
    assert_eq!(code, Some(0));
    assert!(!Path::new(&path).exists());
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = home_folder();
    let output = binary(home.path())
        .args(["sim", "--port", &port])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with(&format!(
            "error: port {port} of 127.0.0.1 is in use\nhint: "
        )),
        "{stderr}"
    );
}

#[test]
fn other_machines_stay_out_unless_they_are_let_in_by_name() {
    let home = home_folder();
    let run = |args: &[&str]| {
        let output = binary(home.path()).arg("sim").args(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("MARKED"), "{stderr}");
        output.status.code().unwrap()
    };
    assert_eq!(run(&["--bind", "0.0.0.0"]), 5);
    assert_eq!(run(&["--client", "MARKED"]), 2);
    assert_eq!(run(&["--client", ":MARKED"]), 2);
    assert_eq!(run(&["--seed", "x"]), 2);
    assert_eq!(run(&["--port", "99999"]), 2);
    let mut served = Served::start(&["--bind", "0.0.0.0", "--allow-remote-clients"]);
    let exports = served.exports(3);
    assert!(exports["ZUORA_BASE_URL"].starts_with("http://127.0.0.1:"));
    assert_eq!(served.end("INT").0, Some(0));
}

#[test]
fn nobody_reading_its_lines_ends_it() {
    let home = home_folder();
    // Closed before it writes: closing it later would be a race that it may win, and go on.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = binary(home.path())
        .arg("sim")
        .stdout(writer)
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn data_comes_from_a_seed_or_a_file_and_a_broken_file_is_told_with_its_line() {
    let home = home_folder();
    let file = home.path().join("data.json");
    std::fs::write(
        &file,
        "{\"records\": {\n  \"Account\": [{\"name\": \"x}]\n}}\n",
    )
    .unwrap();
    let output = binary(home.path())
        .args(["sim", "--from"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("line 2"), "{stderr}");
    for wrong in [["--scenario", "doomsday"], ["--seed", "x"]] {
        let output = binary(home.path()).arg("sim").args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    let mut served = Served::start(&["--seed", "demo", "--scenario", "rate-limited-sandbox"]);
    assert!(served.exports(3)["ZUORA_BASE_URL"].starts_with("http://"));
    assert_eq!(served.end("TERM").0, Some(0));
}
