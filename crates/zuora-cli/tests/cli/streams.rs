//! Pipes that close, and Ctrl-C.

use crate::bench::{ACCOUNT, Bench};
use std::process::Stdio;

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let bench = Bench::new();
    for args in [
        &["token"][..],
        &["token", "--json"],
        &["api", "GET", ACCOUNT],
        &["--help"],
    ] {
        let mut child = bench.zuora(args).spawn();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        assert_eq!(stderr, "", "{args:?}");
    }
}

#[test]
fn a_closed_stderr_is_no_panic() {
    let bench = Bench::new();
    let mut child = bench
        .zuora(["token", "--env", "us9", "-v"])
        .stdout(Stdio::null())
        .spawn();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_call_with_its_own_code() {
    use crate::bench::{signal, until};
    use std::time::Duration;
    let bench = Bench::new();
    let fault = zuora_sim::Fault::on("getAccount").delay(Duration::from_secs(60));
    bench.simulator.inject(fault).unwrap();
    let child = bench.zuora(["api", "GET", ACCOUNT]).spawn();
    until("the call", || {
        bench.simulator.requests().to("getAccount").count() == 1
    });
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stdout, b"");
    assert_eq!(output.stderr, b"error: interrupted\n");
}
