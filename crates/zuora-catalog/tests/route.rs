//! From requests to operations.

#![allow(clippy::unwrap_used, reason = "a test")]

use zuora_catalog::{find, methods, operations, route};

/// The path with its placeholders filled.
fn filled(path: &str, value: impl Fn(usize) -> String) -> String {
    let mut count = 0;
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| match segment.starts_with('{') {
            true => {
                count += 1;
                value(count)
            }
            false => segment.to_owned(),
        })
        .collect();
    segments.join("/")
}

#[test]
fn every_operation_is_found_by_its_own_and_its_older_paths() {
    for operation in operations() {
        let path = filled(operation.path(), |count| format!("v%2F{count}%20%C3%A9"));
        let found = route(operation.method(), &path).unwrap_or_else(|| panic!("{operation:?}"));
        assert_eq!(found.operation(), operation);
        assert!(!found.is_by_older_spelling());
        for (number, (name, value)) in found.params().enumerate() {
            assert!(operation.path().contains(&format!("{{{name}}}")));
            assert_eq!(value, format!("v/{} é", number + 1));
        }
        for was in operation.was() {
            let path = filled(was.path, |count| format!("w{count}"));
            let found = route(was.method, &path).unwrap_or_else(|| panic!("{was:?}"));
            assert_eq!(found.operation(), operation);
            assert!(found.is_by_older_spelling());
            let values: Vec<_> = found.params().map(|(_, value)| value).collect();
            let last = values.last().map(|last| last.to_string());
            let placeholders = was.path.matches('{').count();
            assert_eq!(values.len(), placeholders, "{was:?}");
            assert_eq!(last, (placeholders > 0).then(|| format!("w{placeholders}")));
        }
    }
}

#[test]
fn what_is_spelled_out_wins() {
    let id = |method, path| route(method, path).map(|route| route.operation().id());
    assert_eq!(
        id("PUT", "/v1/credit-memos/bulk"),
        Some("bulkUpdateCreditMemos")
    );
    assert_eq!(id("PUT", "/v1/credit-memos/CM1"), Some("updateCreditMemo"));
    // Spelled out for other methods only.
    let memo = route("GET", "/v1/credit-memos/bulk").unwrap();
    assert_eq!(memo.operation().id(), "getCreditMemo");
    assert_eq!(memo.params().next().unwrap().1, "bulk");
    // Spelled out, but the path goes on only below the placeholder.
    let items = route("GET", "/v1/credit-memos/bulk/items").unwrap();
    assert_eq!(items.operation().id(), "getCreditMemoItems");
}

#[test]
fn queries_slashes_and_escapes_do_not_matter() {
    for path in [
        "/v1/accounts/A1",
        "/v1/accounts/A1?",
        "/v1/accounts/A1?x=/y/z",
        "/v1/accounts/A1#end",
        "/v1/accounts/A1/",
        "/v1/acc%6Funts/A%31",
    ] {
        let found = route("GET", path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(found.operation().id(), "getAccount", "{path}");
        assert_eq!(found.param("account-key").unwrap(), "A1", "{path}");
        assert_eq!(found.param("accountKey"), None);
    }
    let broken = route("GET", "/v1/accounts/%ff%zz").unwrap();
    assert_eq!(broken.param("account-key").unwrap(), "\u{fffd}%zz");
}

#[test]
fn what_is_no_path_of_the_api_is_not_found() {
    for path in [
        "",
        "/",
        "//",
        "v1/accounts/A1",
        "/v1/accounts//A1",
        "/v1/accounts//",
        "/v1/accounts/A1/nothing",
        "/v1//accounts/A1",
        "/V1/accounts/A1",
        "/base/v1/accounts/A1",
        "/{/}/%/%%/..",
    ] {
        assert!(route("GET", path).is_none(), "{path:?}");
    }
    assert!(route("TRACE", "/v1/accounts/A1").is_none());
    assert!(route("get", "/v1/accounts/A1").is_none());
    let deep = "/a".repeat(100_000);
    assert!(route("GET", &deep).is_none());
}

#[test]
fn urls_and_bases_are_left_out() {
    for url in [
        "https://rest.zuora.com/v1/accounts/A1",
        "http://127.0.0.1:8080/v1/accounts/A1?fields=x",
        "https://proxy.example/zuora/eu/v1/accounts/A1",
        "/zuora/v1/accounts/A1",
        "/v1/accounts/A1",
    ] {
        let found = find("GET", url).unwrap_or_else(|| panic!("{url}"));
        assert_eq!(found.operation().id(), "getAccount", "{url}");
        assert_eq!(found.param("account-key").unwrap(), "A1");
    }
    for url in [
        "https://rest.zuora.com",
        "https://x/?a=/v1/accounts/A1",
        "x",
        "",
        "é/é",
    ] {
        assert!(find("GET", url).is_none(), "{url}");
    }
}

#[test]
fn a_path_tells_its_methods() {
    assert_eq!(methods("/v1/accounts/A1"), ["DELETE", "GET", "PUT"]);
    assert_eq!(methods("/nothing"), [""; 0]);
}
