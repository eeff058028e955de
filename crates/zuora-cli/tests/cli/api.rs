//! `zuora api`: what is sent, what is printed, what is refused before anything is sent.

use crate::bench::{ACCOUNT, Bench, CLIENT_ID, ENTITY, OTHER_ENTITY, SECRET};
use std::ffi::OsStr;
use zuora_sim::{Fault, FaultBody, RecordedRequest, SimClient, SimFile};

/// The requests after the token's.
fn calls(bench: &Bench) -> Vec<RecordedRequest> {
    let mut all = bench.simulator.journal();
    all.retain(|request| request.operation != "createToken");
    all
}

/// Makes every path answer with this text.
fn echo(bench: &Bench, body: &str, content_type: &str) {
    bench.token();
    let fault = Fault::on("*").body(FaultBody::raw(body.to_owned(), content_type));
    bench.simulator.inject(fault).unwrap();
}

#[test]
fn the_body_is_printed_as_it_came() {
    let bench = Bench::new();
    let exact = r#"{"ContractValue__c":12345678901234.123456789}"#;
    let put = ["api", "PUT", ACCOUNT, "--body", exact];
    bench.zuora(put).run().ok();
    let done = bench.zuora(["api", "get", ACCOUNT]).run().ok();
    let sent = calls(&bench)[1].reply_body.clone();
    assert_eq!(done.stdout.strip_suffix('\n').unwrap().as_bytes(), sent);
    assert!(done.stdout.contains("12345678901234.123456789"));
    assert_eq!(done.stderr, "");
}

#[test]
fn without_a_tenant_there_is_a_demo_to_read() {
    let bench = Bench::new();
    let account = ["--env", "sim", "api", "GET", ACCOUNT];
    let done = bench.bare(account).run().ok();
    assert!(
        done.stdout.contains(r#""accountNumber":"A00000001""#),
        "{}",
        done.stdout
    );
    let invoices = "/v1/transactions/invoices/accounts/A00000001?pageSize=40";
    let invoices = ["--env", "sim", "api", "GET", invoices];
    let done = bench.bare(invoices).run().ok();
    assert_eq!(done.stdout.matches("\"invoiceNumber\"").count(), 12);
}

#[test]
fn a_newline_is_added_to_text_only_and_only_where_it_is_missing() {
    for (body, content_type, printed) in [
        ("{}", "application/json", "{}\n"),
        ("{}\n", "application/json", "{}\n"),
        ("a,b", "text/csv; charset=utf-8", "a,b\n"),
        ("<a/>", "application/xml", "<a/>\n"),
        ("raw", "application/pdf", "raw"),
        ("", "application/json", ""),
    ] {
        let bench = Bench::new();
        echo(&bench, body, content_type);
        let done = bench.zuora(["api", "GET", "/v1/files/1"]).run().ok();
        assert_eq!(done.stdout, printed, "{content_type}");
    }
}

#[test]
fn one_token_serves_many_runs() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.zuora(["api", "GET", ACCOUNT]).run().ok();
    }
    assert_eq!(bench.simulator.requests().to("createToken").count(), 1);
    bench.simulator.revoke_all_tokens();
    bench.zuora(["api", "GET", ACCOUNT]).run().ok();
    assert_eq!(bench.simulator.requests().to("createToken").count(), 2);
}

#[test]
fn query_and_headers_arrive() {
    let bench = Bench::new();
    bench
        .zuora([
            "api",
            "GET",
            &format!("{ACCOUNT}?a=1"),
            "--query",
            "q=a b&c=ü",
            "-q",
            "empty=",
            "-q",
            "q=2",
            "--header",
            "Zuora-Version: 341.0",
            "-H",
            "X-Own:value: with colon",
            "--track-id",
            "run 7",
        ])
        .run()
        .ok();
    let call = &calls(&bench)[0];
    let expected = "a=1&q=a+b%26c%3D%C3%BC&empty=&q=2";
    assert_eq!(call.query.as_deref(), Some(expected));
    assert_eq!(call.header("zuora-version"), Some("341.0"));
    assert_eq!(call.header("x-own"), Some("value: with colon"));
    assert_eq!(call.header("zuora-track-id"), Some("run 7"));
}

#[test]
fn variables_name_version_entity_and_org() {
    let bench = Bench::new();
    let client = SimClient::new(CLIENT_ID, SECRET).entities([ENTITY, OTHER_ENTITY]);
    bench.simulator.add_client(client);
    bench
        .zuora(["api", "GET", ACCOUNT])
        .variable("ZUORA_VERSION", "2024-05-20")
        .variable("ZUORA_ENTITY_IDS", ENTITY)
        .variable("ZUORA_ORG_IDS", "o-1,o-2")
        .run()
        .ok();
    let call = &calls(&bench)[0];
    assert_eq!(call.header("zuora-version"), Some("2024-05-20"));
    assert_eq!(call.header("zuora-entity-ids"), Some(ENTITY));
    assert_eq!(call.header("zuora-org-ids"), Some("o-1,o-2"));
}

#[test]
fn a_body_comes_inline_from_a_file_and_from_stdin() {
    let bench = Bench::new();
    echo(&bench, "{\"success\": true}", "application/json");
    let json = "{\"amount\": 0.10}";
    let file = bench.file("body.json", json);
    let at_file = format!("@{}", file.display());
    for given in [json, &at_file, "-"] {
        bench
            .zuora(["api", "PUT", "/v1/orders/1", "--body", given])
            .stdin(json)
            .run()
            .ok();
    }
    let calls = calls(&bench);
    assert_eq!(calls.len(), 3);
    for call in &calls {
        assert_eq!(call.method, "PUT");
        assert_eq!(call.body, json);
        assert_eq!(call.header("content-type"), Some("application/json"));
    }
}

#[test]
fn a_body_of_another_type_is_not_read_as_json() {
    let bench = Bench::new();
    echo(&bench, "{}", "application/json");
    bench
        .zuora([
            "api",
            "POST",
            "/v1/usage",
            "-b",
            "-3,x",
            "-H",
            "content-type: text/csv",
        ])
        .run()
        .ok();
    let call = &calls(&bench)[0];
    assert_eq!(call.header("content-type"), Some("text/csv"));
    assert_eq!(call.body, "-3,x");
}

#[test]
fn what_is_wrong_with_the_arguments_is_told_before_anything_is_sent() {
    let bench = Bench::new();
    let missing = format!("@{}", bench.home().join("missing").display());
    let wrong: &[&[&str]] = &[
        &["--body", "{broken"],
        &["--body", ""],
        &["--body", &missing],
        &[
            "--body",
            "{",
            "--header",
            "Content-Type: application/merge-patch+json",
        ],
        &["--query", "noequals"],
        &["--query", "=value"],
        &["--header", "no colon"],
        &["--header", "na me: value"],
        &["--header", "X: a\r\nY: b"],
        &["--header", "X: 1", "--header", "x: 2"],
        &["--body", "-", "--secret-file", "-"],
        &["--form", "noequals"],
        &["--form", "=value"],
        &["--form", "a=b", "--header", "Content-Type: text/csv"],
    ];
    for args in wrong {
        let args = ["api", "POST", "/v1/x"].iter().chain(*args);
        let done = bench.zuora(args).stdin("{").run();
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.starts_with("error: --"), "{}", done.stderr);
    }
    let methods = ["G ET", "", "CONNECT"];
    for method in methods {
        let done = bench.zuora(["api", method, "/v1/x"]).run();
        assert_eq!(done.code, 2, "{}", done.stderr);
    }
    assert_eq!(bench.simulator.journal().len(), 0);
}

#[test]
fn a_header_that_is_refused_is_not_repeated() {
    let bench = Bench::new();
    for header in ["MARKED", "X Y: MARKED", "X: MARKED\n"] {
        let text = format!("{header}\u{1}");
        bench
            .zuora(["api", "GET", ACCOUNT, "--header", &text])
            .run()
            .fails(2);
    }
}

#[test]
fn what_is_the_clients_own_business_is_refused() {
    let bench = Bench::new();
    for header in [
        "Authorization: Bearer x",
        "Host: evil.example",
        "Cookie: ZSession=1",
    ] {
        bench
            .zuora(["api", "GET", ACCOUNT, "--header", header])
            .run()
            .fails(5);
    }
    for path in ["/oauth/token", "/oauth/%74oken", "/OAuth//token/"] {
        bench
            .zuora(["api", "POST", path])
            .run()
            .fails(5)
            .says("zuora token --no-cache");
    }
    assert_eq!(bench.simulator.journal().len(), 0);
}

#[test]
fn a_path_never_leads_elsewhere() {
    let bench = Bench::new();
    for path in [
        "//evil.example/v1",
        "https://evil.example/v1",
        "v1/accounts",
        "/v1/../../etc",
        "/v1/%2e%2e/x",
        "/v1/%252e%252e/x",
        "/v1\\x",
        "/v1/%5cx",
        "/v1/\r\nX: y",
        "/v1/x#f",
        "@evil.example",
        "",
    ] {
        bench.zuora(["api", "GET", path]).run().fails(2);
    }
    assert_eq!(bench.simulator.journal().len(), 0);
}

#[test]
fn include_prints_status_and_headers_and_no_cookie() {
    let bench = Bench::new();
    bench.token();
    let fault = Fault::on("getAccount")
        .header("set-cookie", "ZSession=MARKED")
        .header("x-note", "plain");
    bench.simulator.inject(fault).unwrap();
    let done = bench.zuora(["api", "GET", ACCOUNT, "-i"]).run().ok();
    let (head, body) = done.stdout.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\n"), "{head}");
    assert!(head.contains("\nx-note: plain"), "{head}");
    assert!(head.contains("\nset-cookie: [hidden]"), "{head}");
    assert!(body.starts_with("{\"basicInfo\""));
}

#[test]
fn a_reply_that_is_not_the_json_it_says_is_an_error() {
    let bench = Bench::new();
    echo(&bench, "{\"data\": ", "application/json; charset=utf-8");
    let done = bench.zuora(["api", "GET", "/v1/x", "--include"]).run();
    done.fails(8).says("the body is not JSON");
    let done = bench.zuora(["api", "GET", "/v1/x", "-v"]).run();
    done.fails(8).says("\n{\"data\":\nhint: ");
}

#[test]
fn a_file_is_downloaded_to_a_file_or_not_there() {
    let file = SimFile::new("f", 3_000_000);
    let bench = Bench::with(|builder| builder.file(file.clone()));
    let path = bench.home().join("f.csv");
    let get = |more: &[&OsStr]| {
        let args = ["api", "GET", "/v1/files/f", "--output"].map(OsStr::new);
        let args = args.into_iter().chain(more.iter().copied());
        bench.zuora(args).run()
    };
    let done = get(&[path.as_ref(), "--include".as_ref()]).ok();
    assert!(done.stdout.starts_with("HTTP/1.1 200 OK\n"));
    assert_eq!(std::fs::read(&path).unwrap(), file.bytes(0..3_000_000));
    assert!(get(&[path.as_ref()]).ok().stdout.is_empty());

    // A broken one leaves the old file and nothing else.
    bench
        .simulator
        .inject(Fault::on("getFiles").truncate_at(1_000_000))
        .unwrap();
    get(&[path.as_ref()]).fails(8).says("1000000 of 3000000");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 3_000_000);
    let left = std::fs::read_dir(bench.home()).unwrap();
    assert!(
        left.flatten()
            .all(|entry| !entry.file_name().to_string_lossy().contains(".part"))
    );

    bench.simulator.clear_faults();
    get(&[bench.home().as_ref()])
        .fails(2)
        .says("it is a folder");
    get(&["/dev/null".as_ref()]).fails(2).says("device");
}

#[test]
fn a_form_and_a_file_are_uploaded() {
    let bench = Bench::new();
    let csv = bench.file(
        "may.csv",
        "ACCOUNT_ID,UOM,QTY,STARTDATE\nA00000001,GB,1,11/01/2026\n",
    );
    let field = format!("file=@{}", csv.display());
    let args = [
        "api",
        "POST",
        "/v1/usage",
        "--form",
        &field,
        "-f",
        "note=a=b",
    ];
    bench.zuora(args).run().ok();
    let seen = bench.simulator.uploads();
    assert_eq!(seen[0].parts[0].file_name.as_deref(), Some("may.csv"));
    assert_eq!(seen[0].parts[1].size, 3);

    let json = bench.file("order.json", "{}");
    let json = json.to_str().unwrap();
    let put = ["api", "PUT", "/v1/accounts/A00000001", "--body-file", json];
    bench.zuora(put).run();
    let call = calls(&bench).pop().unwrap();
    assert_eq!(
        call.header("content-type"),
        Some("application/octet-stream")
    );
    bench
        .zuora(put.iter().chain(&["-H", "Content-Type: application/json"]))
        .run()
        .ok();
    let call = calls(&bench).pop().unwrap();
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(call.body, "{}");

    let sent = calls(&bench).len();
    for args in [
        &["--form", "file=@/none.csv"][..],
        &["--body-file", "/none.csv"],
        &["--body-file", "/"],
        &["--body-file", json, "--body", "{}"],
        &["--form", "a=b", "--body", "{}"],
    ] {
        let args = ["api", "POST", "/v1/usage"].iter().chain(args);
        let done = bench.zuora(args).run();
        assert_eq!(done.code, 2, "{}", done.stderr);
    }
    assert_eq!(calls(&bench).len(), sent);
}
