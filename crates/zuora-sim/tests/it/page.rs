//! The page at `/_sim/`: what it is allowed, and that it comes whole.

use crate::support::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap();
    rest.split_once(end).unwrap().0
}

#[tokio::test]
async fn the_page_may_run_itself_and_reach_the_simulator_only() {
    let sim = frozen().start().await.unwrap();
    let (status, reply) = http(&sim, "GET", "/_sim/", &[], "").await;
    assert_eq!(status, 200);
    let (head, page) = reply.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: text/html; charset=utf-8"));
    assert!(head.contains("x-content-type-options: nosniff"));
    let policy = between(head, "content-security-policy: ", "\r\n");
    for (tag, name) in [("script", "script-src"), ("style", "style-src")] {
        let inside = between(page, &format!("<{tag}>"), &format!("</{tag}>"));
        let hash = STANDARD.encode(Sha256::digest(inside));
        assert!(
            policy.contains(&format!("{name} 'sha256-{hash}';")),
            "{policy}"
        );
        assert_eq!(page.matches(&format!("<{tag}")).count(), 1);
    }
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.contains("connect-src 'self';"));
    assert!(!policy.contains("unsafe") && !policy.contains('*'));
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let sim = frozen().start().await.unwrap();
    let (_, reply) = http(&sim, "GET", "/_sim/", &[], "").await;
    let page = body_of(&reply);
    for elsewhere in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    // What others sent is only ever set as text.
    for risky in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
    ] {
        assert!(!page.contains(risky), "{risky}");
    }
}

#[tokio::test]
async fn the_page_is_for_this_machine() {
    let sim = frozen().start().await.unwrap();
    let (status, reply) = http(&sim, "GET", "/_sim", &[], "").await;
    assert_eq!(status, 308);
    assert!(reply.contains("location: /_sim/\r\n"));
    let rebound = [("host", "rebound.example")];
    assert_eq!(http(&sim, "GET", "/_sim/", &rebound, "").await.0, 403);
    assert_eq!(http(&sim, "POST", "/_sim/", &[], "").await.0, 405);
}
