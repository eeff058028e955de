//! Options and variables: where they come from, and how a wrong one is told.

use crate::bench::{ACCOUNT, Bench, CLIENT_ID, ENTITY, OTHER_ENTITY, SECRET};
use zuora_sim::SimClient;

const NAMES: [&str; 12] = [
    "us1",
    "us1-sandbox",
    "us2",
    "us2-sandbox",
    "us-test",
    "eu",
    "eu-sandbox",
    "eu-test",
    "ap",
    "ap-test",
    "pt1",
    "sim",
];

#[test]
fn there_is_no_default_environment() {
    let bench = Bench::new();
    for value in [None, Some(""), Some("  ")] {
        let mut run = bench.zuora(["token"]).without("ZUORA_BASE_URL");
        if let Some(value) = value {
            run = run.variable("ZUORA_BASE_URL", value);
        }
        let done = run.run().fails(2);
        for name in NAMES {
            assert!(done.stderr.contains(&format!(" {name}")), "{name}");
        }
    }
}

#[test]
fn an_unknown_environment_lists_the_known_ones() {
    let bench = Bench::new();
    for (unknown, shown) in [
        ("us9", "us9"),
        ("US1", "US1"),
        ("rest.zuora.com", "rest.zuora.com"),
        ("user:MARKED@host", "host"),
        ("", "--env"),
    ] {
        let done = bench.zuora(["token", "--env", unknown]).run();
        let done = done.fails(2).says("us1-sandbox").says(shown);
        assert!(done.stderr.contains(" sim"));
        let variable = bench.zuora(["token"]).variable("ZUORA_BASE_URL", "us9");
        variable.run().fails(2).says("ZUORA_BASE_URL");
    }
    for wrong in [
        "ftp://127.0.0.1",
        "https://user:MARKED@127.0.0.1",
        "https://127.0.0.1/?a=b",
        "https://",
    ] {
        bench.zuora(["token", "--env", wrong]).run().fails(2);
    }
}

#[test]
fn options_stand_before_and_after_the_command() {
    let bench = Bench::new();
    let base = bench.simulator.base_url();
    for args in [["--env", base, "token"], ["token", "--env", base]] {
        let run = bench.zuora(args).without("ZUORA_BASE_URL").with_token();
        run.run().ok();
    }
}

#[test]
fn no_value_is_lost_between_both_sides_of_the_command() {
    let bench = Bench::new();
    let (one, other) = (format!("--entity={ENTITY}"), OTHER_ENTITY);
    bench
        .zuora([&one, "token", "--entity", other])
        .run()
        .fails(2)
        .says("--entity");
    let twice = ["--org", "a", "--org", "b", "token"];
    bench.zuora(twice).with_token().run().ok();
    let sent = &bench.simulator.journal()[0];
    assert_eq!(sent.header("zuora-org-ids"), Some("a,b"));
}

#[test]
fn a_prefix_of_the_base_url_is_kept() {
    let bench = Bench::new();
    let base = format!("{}/gateway/zuora", bench.simulator.base_url());
    bench.zuora(["token", "--env", &base]).run().fails(8);
    let path = &bench.simulator.journal()[0].path;
    assert_eq!(path, "/gateway/zuora/oauth/token");
}

#[test]
fn plain_http_is_refused_unless_the_host_is_allowed() {
    let bench = Bench::new();
    let plain = "http://192.0.2.1";
    let done = bench.zuora(["token", "--env", plain]).run();
    done.fails(5).says("--allow-plain-http");
    let other = ["token", "--env", plain, "--allow-plain-http", "192.0.2.2"];
    bench.zuora(other).run().fails(5);
    // A name that is this machine only by its resolution needs the permission, and gets it.
    let own = bench.simulator.base_url().replace("127.0.0.1", "0.0.0.0");
    bench.zuora(["token", "--env", &own]).run().fails(5);
    bench
        .zuora(["token", "--env", &own, "--allow-plain-http", "0.0.0.0"])
        .with_token()
        .run()
        .ok()
        .says("warning: ");
}

#[test]
fn ids_have_the_documented_form_unless_the_rules_are_skipped() {
    let bench = Bench::new();
    let long = format!("{SECRET}{SECRET}");
    let odd = SimClient::new("odd-id", &long);
    bench.simulator.add_client(odd);
    for args in [
        &["token", "--client-id", "odd-id"][..],
        &["token", "--entity", "odd-id"],
    ] {
        let done = bench.zuora(args).run().fails(2);
        done.says(args[1]).says("--skip-length-rules");
    }
    let done = bench.zuora(["token"]).variable("ZUORA_CLIENT_ID", "odd-id");
    done.run().fails(2).says("ZUORA_CLIENT_ID");
    let done = bench
        .zuora(["token"])
        .variable("ZUORA_ENTITY_IDS", "odd-id");
    done.run().fails(2).says("ZUORA_ENTITY_IDS");
    let done = bench
        .zuora(["token"])
        .variable("ZUORA_CLIENT_SECRET", &long);
    done.run().fails(2).says("--skip-length-rules");
    bench
        .zuora(["token", "--client-id", "odd-id", "--skip-length-rules"])
        .variable("ZUORA_CLIENT_SECRET", &long)
        .with_token()
        .run()
        .ok();
    assert_eq!(bench.simulator.requests().to("createToken").count(), 1);
    for wrong in ["", "a b", "a\nb", "ä"] {
        let args = ["token", "--client-id", wrong, "--skip-length-rules"];
        bench.zuora(args).run().fails(2);
    }
    let joined = ["token", "--org", "a,b"];
    bench.zuora(joined).run().fails(2).says("--org");
}

#[test]
fn a_track_id_follows_zuoras_rule() {
    let bench = Bench::new();
    let long = "x".repeat(65);
    for wrong in [
        "a:b",
        "a;b",
        "a\"b",
        "a'b",
        "a\r\nX: y",
        "ä",
        &long,
        "",
        " a",
    ] {
        bench.zuora(["token", "--track-id", wrong]).run().fails(2);
        bench
            .zuora(["api", "GET", ACCOUNT, "--track-id", wrong])
            .run()
            .fails(2);
    }
    assert_eq!(bench.simulator.journal().len(), 0);
    let longest = "x".repeat(64);
    bench
        .zuora(["token", "--track-id", &longest])
        .with_token()
        .run()
        .ok();
    let sent = &bench.simulator.journal()[0];
    assert_eq!(sent.header("zuora-track-id"), Some(longest.as_str()));
}

#[test]
fn a_time_out_is_a_number_of_seconds_above_nothing() {
    let bench = Bench::new();
    for wrong in [
        "0",
        "-1",
        "soon",
        "NaN",
        "inf",
        "1e400",
        "5s",
        "0.0000000001",
    ] {
        let done = bench.zuora(["token", &format!("--timeout={wrong}")]).run();
        assert_eq!(done.code, 2, "{wrong}: {}", done.stderr);
    }
    for right in ["300", "2.5", "1e9"] {
        let run = bench.zuora(["token", "--timeout", right]).with_token();
        run.run().ok();
    }
}

#[test]
fn a_version_is_checked() {
    let bench = Bench::new();
    bench
        .zuora(["token"])
        .variable("ZUORA_VERSION", "new one")
        .run()
        .fails(2)
        .says("Zuora version");
}

#[test]
fn a_private_root_certificate_is_trusted_by_name_of_its_file() {
    let bench = Bench::with(|builder| builder.tls(true));
    bench.zuora(["token"]).run().fails(8).says("certificate");
    let pem = bench.simulator.root_certificate_pem().unwrap();
    let file = bench.file("root.pem", pem);
    let file = file.to_str().unwrap();
    bench
        .zuora(["api", "GET", ACCOUNT, "--root-certificate", file, "-v"])
        .run()
        .ok()
        .says("< HTTP/2.0 200 OK");
    let missing = ["token", "--root-certificate", "/no/such/file"];
    bench.zuora(missing).run();
    let wrong = bench.file("wrong.pem", "not PEM");
    let wrong = ["token", "--root-certificate", wrong.to_str().unwrap()];
    bench.zuora(wrong).run().fails(2);
}

#[test]
fn the_client_comes_from_the_flag_or_the_variable() {
    let bench = Bench::new();
    let missing = bench.zuora(["token"]).without("ZUORA_CLIENT_ID");
    missing.run().fails(2).says("--client-id");
    bench
        .zuora(["token", "--client-id", CLIENT_ID])
        .variable("ZUORA_CLIENT_ID", "ignored")
        .with_token()
        .run()
        .ok();
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_told() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let bench = Bench::new();
    for name in [
        "ZUORA_BASE_URL",
        "ZUORA_CLIENT_ID",
        "ZUORA_CLIENT_SECRET",
        "ZUORA_VERSION",
    ] {
        let run = bench.zuora(["token"]);
        let done = run
            .raw_variable(name, OsStr::from_bytes(b"MARKED\xff"))
            .run();
        assert_eq!(done.code, 2);
        done.says(name);
    }
}

#[test]
fn a_log_can_be_asked_for() {
    let bench = Bench::new();
    bench
        .zuora(["token"])
        .variable("ZUORA_LOG", "trace")
        .with_token()
        .run()
        .ok()
        .says("DEBUG zuora_core");
    bench
        .zuora(["token"])
        .variable("ZUORA_LOG", "a=b=c")
        .with_token()
        .run()
        .ok()
        .says("warning: ZUORA_LOG");
}
