//! Next URLs: only path and query count, always below the base, and nothing leads elsewhere. That no
//! host but the base is called is checked by the transport itself.

use crate::lists::*;
use zuora_core::{Error, ErrorKind};

/// Reads a list whose first page names this as the next one.
async fn follow(prefix: &str, next: &str) -> (Option<Error>, Vec<String>) {
    let next = next.to_owned();
    let world = World::at(Kind::NextUrl, 8, prefix).tampering(move |number, page| {
        if number == 0 {
            page.insert("nextPage", next.clone());
        } else {
            page.remove("nextPage");
        }
    });
    let mut pages = world.pages(4);
    let (_, error) = world.drain(&mut pages).await;
    let state = world.state.lock().unwrap();
    let second = state.sent.iter().skip(1);
    (
        error,
        second
            .map(|sent| sent.uri.path_and_query().unwrap().to_string())
            .collect(),
    )
}

#[tokio::test(start_paused = true)]
async fn path_and_query_are_taken_and_put_below_the_base() {
    let base = "https://simulator.invalid";
    for (prefix, next, wanted) in [
        (
            "",
            "https://rest.zuora.com/v1/invoices?page=2",
            "/v1/invoices?page=2",
        ),
        (
            "",
            "https://REST.EU.zuora.COM/v1/invoices?page=2",
            "/v1/invoices?page=2",
        ),
        (
            "",
            "http://rest.zuora.com:8080/v1/invoices?page=2",
            "/v1/invoices?page=2",
        ),
        (
            "",
            "  https://a:b@rest.zuora.com/v1/invoices?page=2 ",
            "/v1/invoices?page=2",
        ),
        (
            "",
            "//rest.zuora.com/v1/invoices?page=2",
            "/v1/invoices?page=2",
        ),
        ("", "/v1/invoices?page=2", "/v1/invoices?page=2"),
        ("", "?page=2", "/v1/invoices?page=2"),
        (
            "",
            &format!("{base}/v1/invoices?page=2"),
            "/v1/invoices?page=2",
        ),
        (
            "",
            "/v1/invoices?a=%2F..%2f&b=x+y&b=&c",
            "/v1/invoices?a=%2F..%2f&b=x+y&b=&c",
        ),
        (
            "",
            "/v1/invoices?q=a b|ü\\",
            "/v1/invoices?q=a%20b|%C3%BC\\",
        ),
        (
            "",
            "/v1/other/list?u=https://evil.example/",
            "/v1/other/list?u=https://evil.example/",
        ),
        // A gateway's prefix is put before Zuora's paths ...
        (
            "/zuora",
            "https://rest.zuora.com/v1/invoices?page=2",
            "/zuora/v1/invoices?page=2",
        ),
        ("/zuora", "/v1/invoices?page=2", "/zuora/v1/invoices?page=2"),
        ("/zuora", "?page=2", "/zuora/v1/invoices?page=2"),
        (
            "/zuora",
            &format!("{base}/v1/invoices?page=2"),
            "/zuora/v1/invoices?page=2",
        ),
        // ... and not twice where it stands already.
        (
            "/zuora",
            &format!("{base}/zuora/v1/invoices?page=2"),
            "/zuora/v1/invoices?page=2",
        ),
        (
            "/zuora",
            "/zuora/v1/invoices?page=2",
            "/zuora/v1/invoices?page=2",
        ),
        // A path that only looks like it keeps what it has.
        ("/zuora", "/zuorax/v1?page=2", "/zuora/zuorax/v1?page=2"),
        (
            "/zuora",
            "https://rest.zuora.com/zuora/v1?page=2",
            "/zuora/zuora/v1?page=2",
        ),
        (
            "/v1",
            "https://rest.zuora.com/v1/invoices?page=2",
            "/v1/v1/invoices?page=2",
        ),
        ("/v1", "/v1/invoices?page=2", "/v1/v1/invoices?page=2"),
        (
            "/v1",
            &format!("{base}/v1/v1/invoices?page=2"),
            "/v1/v1/invoices?page=2",
        ),
    ] {
        let (error, sent) = follow(prefix, next).await;
        assert!(error.is_none(), "{next}: {error:?}");
        assert_eq!(sent, [wanted], "{next} at {prefix:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_leads_elsewhere_is_refused() {
    for (next, why) in [
        (
            "https://evil.example/v1/invoices?page=2",
            "the host \"evil.example\"",
        ),
        ("//evil.example/v1/invoices", "the host \"evil.example\""),
        (
            "https://rest.zuora.com.evil.example/v1",
            "the host \"rest.zuora.com.evil.example\"",
        ),
        ("https://evilzuora.com/v1", "the host \"evilzuora.com\""),
        (
            "https://rest.zuora.com@evil.example/v1",
            "the host \"evil.example\"",
        ),
        (
            "https://evil.example?@rest.zuora.com/v1",
            "the host \"evil.example\"",
        ),
        (
            "https://169.254.169.254/latest",
            "the host \"169.254.169.254\"",
        ),
        ("https://[::1]/v1", "the host"),
        ("https://evil.example\\@rest.zuora.com/v1", "a backslash"),
        ("https:\\\\evil.example\\v1", "a backslash"),
        ("https:///v1/invoices", "not a URL"),
        ("https:////evil.example/v1", "not a URL"),
        ("https://", "not a URL"),
        ("https://rest.zuora.com", "must begin with `/`"),
        ("https://rest.zuora.com?page=2", "must begin with `/`"),
        ("https://rest.zuora.com//evil.example/v1", "two slashes"),
        ("ftp://rest.zuora.com/v1", "not an http or https URL"),
        ("javascript:alert(1)", "neither a URL nor a path"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("https:rest.zuora.com/v1", "neither a URL nor a path"),
        ("invoices?page=2", "neither a URL nor a path"),
        ("../oauth/token", "neither a URL nor a path"),
        ("https://rest.zuora.com/v1/../oauth/token", "`..`"),
        ("/v1/%2e%2E/oauth/token", "`..`"),
        ("/v1/%252e%252e/oauth", "`..`"),
        ("/v1/x%5c..", "backslash"),
        ("/v1/in\nvoices", "a control character"),
        ("/v1/in%0avoices", "a control character"),
        ("/v1/invoices?a=b#c", "`#`"),
        ("/oauth/token", "token endpoint"),
        ("https://rest.zuora.com/OAuth//token?x=1", "token endpoint"),
    ] {
        for prefix in ["", "/zuora"] {
            let (error, sent) = follow(prefix, next).await;
            let error = error.unwrap_or_else(|| panic!("{next}"));
            assert_eq!(error.kind(), ErrorKind::Refused, "{next}: {error}");
            assert!(error.to_string().contains(why), "{next}: {error}");
            assert_eq!(sent, [""; 0], "{next}");
            assert!(error.hint().is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_keeps_the_page_and_shows_no_query() {
    let (error, _) = follow("", "https://evil.example/v1?secret=1").await;
    let error = error.unwrap();
    assert!(error.body().unwrap().ends_with(b"secret=1\"}"));
    assert!(!error.to_string().contains("secret"), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("GET /v1/invoices: page 1: nextPage: "),
        "{error}"
    );
    let (error, _) = follow("", "/v1/../x?secret=1").await;
    assert!(!error.unwrap().to_string().contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn a_bare_query_belongs_to_the_page_that_names_it() {
    let world = World::new(Kind::NextUrl, 12).tampering(|number, page| {
        let next = ["/v1/moved?page=2&pageSize=4", "?page=3&pageSize=4"];
        match next.get(number) {
            Some(next) => page.insert("nextPage", *next),
            None => page.remove("nextPage"),
        };
    });
    assert_eq!(world.all(world.pages(4)).await, ids(0..12));
    let state = world.state.lock().unwrap();
    assert_eq!(state.sent[2].uri.path(), "/v1/moved");
}
