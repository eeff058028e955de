//! Where the client secret comes from, and that it goes nowhere else.

use crate::bench::{ACCOUNT, Bench, SECRET};
use zuora_sim::{Fault, FaultBody};

#[test]
fn the_secret_is_the_first_line_of_a_file() {
    for content in [
        SECRET.to_owned(),
        format!("{SECRET}\n"),
        format!("{SECRET}\r\nsecond line\n"),
    ] {
        let bench = Bench::new();
        let file = bench.file("secret", content);
        bench
            .zuora(["token", "--secret-file", file.to_str().unwrap()])
            .variable("ZUORA_CLIENT_SECRET", "the file wins")
            .with_token()
            .run()
            .ok();
    }
}

#[test]
fn the_secret_comes_from_stdin() {
    let bench = Bench::new();
    bench
        .zuora(["token", "--secret-file", "-"])
        .without("ZUORA_CLIENT_SECRET")
        .stdin(format!("{SECRET}\n"))
        .with_token()
        .run()
        .ok();
}

#[test]
fn a_secret_that_cannot_be_read_is_told() {
    let bench = Bench::new();
    let long = bench.file("long", "MARKED".repeat(10_000));
    let wrong = [
        bench.file("empty", ""),
        bench.file("blank", "\nMARKED\n"),
        bench.file("binary", b"MARKED\xff\n"),
        bench.file("control", "MARKED\u{1}"),
        bench.home().join("missing"),
        bench.home().to_owned(),
        long,
    ];
    for file in wrong {
        let file = file.to_str().unwrap();
        let done = bench.zuora(["token", "--secret-file", file]).run();
        assert_eq!(done.code, 2, "{file}: {}", done.stderr);
    }
    let nothing = bench.zuora(["token", "--secret-file", "-"]).stdin("");
    assert_eq!(nothing.run().code, 2);
    assert_eq!(bench.simulator.journal().len(), 0);
}

#[test]
fn without_a_terminal_all_three_ways_are_named() {
    let bench = Bench::new();
    bench
        .zuora(["token"])
        .without("ZUORA_CLIENT_SECRET")
        .run()
        .fails(2)
        .says("--secret-file")
        .says("ZUORA_CLIENT_SECRET")
        .says("terminal");
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let bench = Bench::new();
    for args in [
        &["token", "--client-secret", SECRET][..],
        &["--secret", SECRET, "token"],
        &["token", &format!("--client-secret={SECRET}")],
        &["token", "--client-secret"],
    ] {
        let done = bench.zuora(args).run();
        done.fails(2).says("never taken from the command line");
    }
    assert_eq!(bench.simulator.journal().len(), 0);
}

/// A server that gives back what it was sent must not bring it onto the screen.
#[test]
fn what_a_server_repeats_is_masked() {
    let bench = Bench::new();
    bench.token();
    let token = bench.simulator.minted_tokens()[0].clone();
    let body = format!("{{\"message\": \"no: {token}\", \"sent\": \"Bearer {token}\"}}");
    for status in [400, 403, 500] {
        let body = FaultBody::raw(body.clone(), "application/json");
        let fault = Fault::on("getAccount").status(status).body(body).times(1);
        bench.simulator.inject(fault).unwrap();
        let done = bench.zuora(["api", "GET", ACCOUNT, "--verbose"]).run();
        done.says("***");
    }
    // A success that is not the JSON it says.
    let broken = FaultBody::raw(
        format!("{{\"sent\": \"Bearer {token}\""),
        "application/json",
    );
    let fault = Fault::on("getAccount").status(200).body(broken).times(1);
    bench.simulator.inject(fault).unwrap();
    let done = bench.zuora(["api", "GET", ACCOUNT, "--verbose"]).run();
    done.fails(8).says("***");

    let form = "client_secret=MARKED-s3cret%2Bwith%2Freserved%3Dchars+%26%25%3B";
    for body in [form.to_owned(), format!("{{\"message\": \"{SECRET}\"}}")] {
        let bench = Bench::new();
        let body = FaultBody::raw(body, "application/json");
        let fault = Fault::on("createToken").status(400).body(body);
        bench.simulator.inject(fault).unwrap();
        bench.zuora(["token", "-v"]).run().fails(4).says("***");
        bench
            .zuora(["token", "-v", "--no-cache"])
            .run()
            .fails(4)
            .says("***");
    }
}

#[test]
fn full_tracing_holds_no_secret() {
    for tls in [false, true] {
        let bench = Bench::with(|builder| builder.tls(tls));
        let pem = bench.simulator.root_certificate_pem().unwrap_or_default();
        let file = bench.file("root.pem", pem);
        let mut args = vec!["api", "GET", ACCOUNT, "-v"];
        if tls {
            args.extend(["--root-certificate", file.to_str().unwrap()]);
        }
        let run = bench.zuora(args).variable("ZUORA_LOG", "trace");
        run.run().ok().says("authorization: [hidden]");
    }
}

#[cfg(unix)]
#[test]
fn the_stored_token_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.token();
    let folder = bench.home().join("cache/zuora/tokens");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("MARKED"), "the secret is never stored");
    }
}
