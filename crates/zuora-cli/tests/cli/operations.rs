//! What the API offers, as people read it.

use crate::bench::Bench;
use insta::assert_snapshot;

/// Without any setting: nothing is called.
fn operations(args: &[&str]) -> String {
    let bench = Bench::new();
    let all = ["operations"].iter().chain(args);
    let done = bench.bare(all).run().ok();
    assert_eq!(done.stderr, "");
    done.stdout
}

#[test]
fn all_are_listed() {
    let all = operations(&[]);
    assert_eq!(all.lines().count(), 922);
    let lines: Vec<_> = all.lines().collect();
    assert!(lines.is_sorted_by_key(|line| line.split(' ').next()));
    let account = lines
        .iter()
        .find(|line| line.ends_with(" GET     /v1/accounts/{account-key}"));
    let words: Vec<_> = account.unwrap().split_whitespace().collect();
    assert_eq!(
        words,
        ["accounts", "get", "GET", "/v1/accounts/{account-key}"]
    );
}

#[test]
fn a_group_is_listed() {
    let accounts = operations(&["accounts"]);
    assert_snapshot!("operations_accounts", accounts);
    for other in ["Accounts", "ACCOUNTS"] {
        assert_eq!(operations(&[other]), accounts);
    }
    assert_eq!(operations(&["credit-memos"]), operations(&["CreditMemos"]));
}

#[test]
fn one_is_shown() {
    assert_snapshot!(
        "operations_show_token",
        operations(&["show", "createToken"])
    );
    let metrics = ["show", "POST", "/v1/accounts", "--depth", "1"];
    assert_snapshot!("operations_show_account", operations(&metrics));
    let memos = ["show", "bulkCreateCreditMemos", "--depth", "2"];
    assert_snapshot!("operations_show_union", operations(&memos));
    assert_eq!(
        operations(&["show", "get", "https://rest.zuora.com/v1/accounts/A1?x=1"]),
        operations(&["show", "getAccount"])
    );
}

#[test]
fn schemas_that_hold_themselves_have_an_end() {
    let deep = operations(&["show", "createOrder", "--depth", "100"]);
    assert!(deep.lines().count() > 500);
    assert!(deep.len() < 5_000_000);
}

#[test]
fn what_is_not_there_is_said() {
    let bench = Bench::new();
    let mut told = String::new();
    for args in [
        &["operations", "nonsense"][..],
        &["operations", "memo"],
        &["operations", "show", "getacc"],
        &["operations", "show", "nonsense"],
        &["operations", "show", "/v1/nonsense"],
        &["operations", "show", "/v1/accounts/A1"],
        &["operations", "show", "PATCH", "/v1/accounts/A1"],
    ] {
        let done = bench.bare(args).run();
        assert_eq!(done.stdout, "");
        told += &format!(
            "$ zuora {}\n{}=> {}\n\n",
            args.join(" "),
            done.stderr,
            done.code
        );
    }
    assert_snapshot!("operations_errors", told);
}
