//! Each kind of failure: its exit code, what is said, and what next.

use crate::bench::{ACCOUNT, Bench, CLIENT_ID};
use std::time::Duration;
use zuora_sim::{Fault, FaultBody};

/// A run of `zuora api` into a fault of the account.
#[track_caller]
fn account(fault: Fault, code: i32) -> crate::bench::Done {
    let bench = Bench::new();
    bench.simulator.inject(fault).unwrap();
    bench.zuora(["api", "GET", ACCOUNT, "-v"]).run().fails(code)
}

/// A run of `zuora token` into a fault of the token endpoint; `--no-cache` must end the same way.
#[track_caller]
fn token(fault: Fault, code: i32) -> crate::bench::Done {
    let bench = Bench::new();
    bench.simulator.inject(fault.clone()).unwrap();
    bench.zuora(["token", "--no-cache", "-v"]).run().fails(code);
    let bench = Bench::new();
    bench.simulator.inject(fault).unwrap();
    bench.zuora(["token", "-v"]).run().fails(code)
}

fn on_account() -> Fault {
    Fault::on("getAccount")
}

fn on_token() -> Fault {
    Fault::on("createToken")
}

#[test]
fn code_3_not_found() {
    account(on_account().status(404), 3).says("404");
    token(on_token().status(404), 3);
    let bench = Bench::new();
    let done = bench.zuora(["api", "GET", "/v1/accounts/none"]).run();
    done.fails(3).says("50000040");
}

#[test]
fn code_4_not_accepted() {
    account(on_account().status(401), 4);
    token(on_token().status(401), 4);
    token(on_token().status(403), 4);
    let bench = Bench::new();
    bench.simulator.deactivate_client(CLIENT_ID);
    bench.zuora(["token"]).run().fails(4).says("deactivated");
    let unknown = "00000000-a3ee-8bad-b061-0025904c756d";
    bench
        .zuora(["token", "--client-id", unknown])
        .run()
        .fails(4)
        .says("Invalid client id");
}

#[test]
fn code_5_redirects_are_not_followed() {
    let elsewhere = Bench::new();
    let url = format!("{}/oauth/token", elsewhere.simulator.base_url());
    for status in [301, 302, 307, 308] {
        token(on_token().status(status).redirect(&url), 5);
        account(on_account().status(status).redirect(&url), 5);
    }
    assert_eq!(elsewhere.simulator.journal().len(), 0);
}

#[test]
fn code_6_zuora_said_no() {
    account(on_account().status(403), 6);
    account(on_account().status(400), 6);
    let inside = FaultBody::rest_reasons(53_100_020, "termType is invalid");
    account(on_account().status(200).body(inside), 6)
        .says("termType is invalid")
        .says("53100020");
    account(
        on_account().body(FaultBody::CrudErrors {
            code: "INVALID_VALUE".into(),
            message: "no".to_owned(),
        }),
        6,
    )
    .says("INVALID_VALUE");
}

#[test]
fn code_7_throttled() {
    account(on_account().status(429).retry_after("3600"), 7).says("wait: 3600 s");
    token(on_token().status(429).retry_after("3600"), 7).says("wait: 3600 s");
    token(
        on_token()
            .status(429)
            .retry_after("99999999999999999999999"),
        7,
    )
    .says("wait: ");
}

#[test]
fn a_429_is_obeyed_by_the_next_run() {
    let bench = Bench::new();
    let busy = on_token().status(429).retry_after("3600").times(1);
    bench.simulator.inject(busy).unwrap();
    bench.zuora(["token"]).run().fails(7);
    bench.zuora(["token"]).run().fails(7).says("not sent");
    bench.zuora(["token", "--no-cache"]).run().fails(7);
    assert_eq!(bench.simulator.requests().to("createToken").count(), 1);
}

#[test]
fn code_8_server_and_connection() {
    for status in [500, 502, 503, 504] {
        account(on_account().status(status), 8);
        token(on_token().status(status), 8).says(&status.to_string());
    }
    for fault in [on_account(), on_token()] {
        let run = |fault: Fault| match fault == on_account() {
            true => account as fn(Fault, i32) -> crate::bench::Done,
            false => token,
        };
        let run = run(fault.clone());
        run(fault.clone().reset_before(), 8);
        run(fault.clone().reset_after(), 8);
        run(fault.clone().truncate(), 8);
        run(fault.clone().garbage(), 8);
        run(fault.clone().garbage_wire(), 8);
    }
    token(on_token().body(FaultBody::Text("{}".to_owned())), 8).says("access_token");
    let bench = Bench::new();
    let closed = "http://127.0.0.1:1";
    bench.zuora(["token", "--env", closed]).run().fails(8);
}

#[test]
fn code_9_time_ran_out() {
    let slow = Duration::from_secs(30);
    for fault in [on_token().delay(slow), on_token().slow_body(slow)] {
        let bench = Bench::new();
        bench.simulator.inject(fault).unwrap();
        for args in [
            &["token"][..],
            &["token", "--no-cache"],
            &["api", "GET", ACCOUNT],
        ] {
            let args = args.iter().chain(&["--timeout", "0.3"]);
            bench.zuora(args).run().fails(9);
        }
    }
    let bench = Bench::new();
    bench.simulator.inject(on_account().delay(slow)).unwrap();
    bench
        .zuora(["api", "GET", ACCOUNT, "--timeout", "0.5"])
        .run()
        .fails(9);
}

#[test]
fn code_9_outcome_not_known() {
    for fault in [
        Fault::on("*").status(502),
        Fault::on("*").reset_after(),
        Fault::on("*")
            .status(200)
            .body(FaultBody::Text("a".repeat(1000)))
            .truncate(),
        Fault::on("*").delay(Duration::from_secs(30)),
    ] {
        let bench = Bench::new();
        bench.token();
        bench.simulator.inject(fault).unwrap();
        bench
            .zuora([
                "api",
                "POST",
                "/v1/object/payment",
                "--body",
                "{}",
                "--timeout",
                "1",
            ])
            .run()
            .fails(9)
            .says("read the object back before sending it again");
    }
}

#[test]
fn code_1_the_output_cannot_be_written() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return; // Only Linux has it.
    };
    let bench = Bench::new();
    let done = bench.zuora(["token"]).stdout(full).run();
    assert_eq!(done.code, 1, "{}", done.stderr);
    done.says("error: the output could not be written");
}

#[test]
fn nothing_in_a_reply_reaches_the_terminal_raw() {
    let evil = "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}\r\nforged line";
    let body = FaultBody::rest_reasons(format!("{evil}code"), format!("{evil}message"));
    for status in [200, 400, 404, 500] {
        let fault = on_account().status(status).body(body.clone());
        let bench = Bench::new();
        bench.simulator.inject(fault).unwrap();
        let done = bench.zuora(["api", "GET", ACCOUNT, "--verbose"]).run();
        let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(done.stderr.chars().all(is_plain), "{:?}", done.stderr);
        assert!(done.stderr.contains("message"));
        assert!(!done.stderr.contains("\nforged"), "{}", done.stderr);
    }
    let fault = on_token()
        .status(500)
        .body(FaultBody::Text(evil.to_owned()));
    let done = token(fault, 8);
    assert!(!done.stderr.contains('\u{1b}'), "{:?}", done.stderr);
}

#[test]
fn verbose_shows_heads_and_the_body_of_a_failure() {
    let done = account(on_account().status(500), 8)
        .says("> GET http://127.0.0.1")
        .says("> authorization: [hidden]")
        .says("< HTTP/1.1 500 Internal Server Error")
        .says("body of the reply:\n{\"success\":false");
    assert!(done.stderr.contains("> POST http://127.0.0.1"));
}
