//! What people read: help texts and errors, word for word.

use crate::bench::{ACCOUNT, Bench, CLIENT_ID};
use insta::assert_snapshot;
use zuora_sim::{Fault, FaultBody};

#[test]
fn help() {
    let bench = Bench::new();
    let help = |args: &[&str]| {
        let done = bench.bare(args).run().ok();
        assert_eq!(done.stderr, "");
        done.stdout
    };
    assert_snapshot!("help", help(&["--help"]));
    assert_snapshot!("help_short", help(&["-h"]));
    assert_snapshot!("help_token", help(&["token", "-h"]));
    assert_snapshot!("help_api", help(&["api", "--help"]));
    assert_snapshot!("help_operations", help(&["operations", "-h"]));
    assert_snapshot!("help_operations_show", help(&["operations", "show", "-h"]));
    assert_snapshot!("help_sim", help(&["sim", "-h"]));
    let version = help(&["--version"]);
    assert_eq!(version, concat!("zuora ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn usage_errors_of_all_kinds_end_the_same_way() {
    let bench = Bench::new();
    for args in [
        &[][..],
        &["nonsense"],
        &["token", "--nonsense"],
        &["token", "extra"],
        &["api"],
        &["api", "GET"],
        &["token", "--timeout"],
    ] {
        let done = bench.zuora(args).run();
        assert_eq!(done.code, 2, "{args:?}: {}", done.stderr);
        assert_eq!(done.stdout, "");
    }
}

#[test]
fn errors() {
    let bench = Bench::new();
    let mut told = String::new();
    let mut tell = |args: &[&str], fault: Option<Fault>| {
        bench.simulator.clear_faults();
        if let Some(fault) = fault {
            bench.simulator.inject(fault).unwrap();
        }
        let done = bench.zuora(args).run();
        told += &format!(
            "$ zuora {}\n{}=> {}\n\n",
            args.join(" "),
            done.told(&bench),
            done.code
        );
    };
    let account = || Fault::on("getAccount");
    let token = || Fault::on("createToken");
    let get = ["api", "GET", ACCOUNT];

    tell(&["token", "--env", "us9"], None);
    tell(&["token", "--client-id", "short"], None);
    tell(&["token", "--track-id", "a:b"], None);
    tell(&["token", "--env", "http://192.0.2.1"], None);
    tell(&["token", "--env", "http://127.0.0.1:1"], None);
    tell(&["api", "GET", "https://evil.example/"], None);
    tell(&["api", "POST", "/oauth/token"], None);
    tell(
        &["api", "GET", "/v1/x", "--header", "Authorization: x"],
        None,
    );
    tell(&["api", "PUT", "/v1/x", "--body", "{\"a\": 1,}"], None);
    tell(&["api", "GET", "/v1/accounts/none"], None);
    tell(&get, Some(account().status(403)));
    tell(&get, Some(account().status(429).retry_after("3600")));
    tell(&get, Some(account().status(502)));
    tell(&get, Some(account().truncate()));
    tell(&get, Some(account().redirect("https://evil.example/")));
    tell(&get, Some(account().garbage()));
    let reasons = r#"{"success": false, "reasons": [{"code": 53100020, "message": "one"}, {"code": 53100021, "message": "two"}]}"#;
    let reasons = FaultBody::raw(reasons, "application/json");
    tell(&get, Some(account().body(reasons)));
    tell(
        &["api", "POST", "/v1/x", "--body", "{}"],
        Some(Fault::on("*").status(503)),
    );
    tell(&["token", "--no-cache"], Some(token().status(500)));
    tell(&["token", "--no-cache"], Some(token().garbage()));
    tell(&["token", "--no-cache"], Some(token().reset_after()));
    tell(&["token", "--no-cache"], Some(token().status(401)));
    let unknown = CLIENT_ID.replace("11e", "22e");
    tell(&["token", "--client-id", &unknown], None);
    tell(&["token", "--client-id", &unknown], None);
    tell(
        &["token", "--no-cache"],
        Some(
            token()
                .status(429)
                .retry_after("3600")
                .header("x-ratelimit-limit-minute", "100")
                .header("x-ratelimit-remaining-minute", "0"),
        ),
    );
    tell(&["token", "--no-cache"], None);
    assert_snapshot!("errors", told);
}
