//! Lists that are made up, for any operation that lists, and the tenant's own lists, right and wrong.

use crate::{support::*, whole};
use http::Request;
use zuora_catalog::{Direction, Operation};
use zuora_sim::Simulator;
use zuora_wire::Json;

const TOTAL: u64 = 7;

/// How the next page is asked for.
#[derive(Clone, Debug)]
enum Next {
    First,
    Page(usize),
    Url(String),
    Cursor(String),
}

/// What a page says of the next one.
fn read(style: &str, page: &Json, number: usize, is_full: bool) -> Option<Next> {
    let at = |place: &[&str]| page.at(place).and_then(Json::as_str).map(str::to_owned);
    match style {
        "url" => at(&["nextPage"]).map(Next::Url),
        "next" => at(&["next"]).map(Next::Url),
        "page_length" => at(&["pagination", "next_page"]).map(Next::Url),
        "cursor" => at(&["nextPage"]).map(Next::Cursor),
        "own_cursor" => at(&["cursor"]).map(Next::Cursor),
        "counted" => is_full.then_some(Next::Page(number + 1)),
        other => panic!("{other}"),
    }
}

/// The same request with other query parameters.
fn asking(mut request: Request<bytes::Bytes>, name: &str, value: &str) -> Request<bytes::Bytes> {
    let mut url = url::Url::parse(&request.uri().to_string()).unwrap();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(other, _)| other != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .append_pair(name, value);
    *request.uri_mut() = url.as_str().parse().unwrap();
    request
}

/// All items of an operation's list, three a page, and how many pages there were.
async fn all(sim: &Simulator, token: &str, operation: Operation) -> (Vec<Json>, usize) {
    let pages = operation.pages().unwrap();
    let size = match pages.style {
        "next" => "limit",
        "page_length" => "page_length",
        _ => "pageSize",
    };
    let (mut items, mut number, mut next) = (Vec::new(), 0, Some(Next::First));
    while let Some(at) = next {
        let mut request = whole::request(sim, token, operation, |_| {});
        request = asking(request, size, "3");
        match at {
            Next::First => {}
            Next::Page(page) => request = asking(request, "page", &page.to_string()),
            Next::Url(url) => *request.uri_mut() = url.parse().unwrap(),
            Next::Cursor(cursor) => request = asking(request, "cursor", &cursor),
        }
        let reply = send(sim, request).await.unwrap();
        let page = json(&reply);
        assert_eq!(reply.status(), 200, "{operation:?}: {page}");
        assert_eq!(header(&reply, "zuora-sim-basis"), Some("sample"));
        let ty = operation.replies().next().unwrap().ty.unwrap();
        let report = ty.check(&page, Direction::Reply);
        assert!(report.is_valid(), "{operation:?}: {report}");
        let new = page.get(pages.items.unwrap()).and_then(Json::as_array);
        let new = new.unwrap_or_else(|| panic!("{operation:?}: {page}"));
        items.extend(new.iter().cloned());
        number += 1;
        next = read(pages.style, &page, number, new.len() == 3);
    }
    (items, number)
}

#[tokio::test]
async fn every_list_of_the_reference_has_as_many_items_as_it_is_told() {
    let sim = tenant();
    let token = token(&sim).await;
    let mut lists = 0;
    for operation in whole::described() {
        let made_up = sim.set_list_items(operation.id(), TOTAL);
        let Some(pages) = operation
            .pages()
            .filter(|pages| pages.style != "query_more")
        else {
            assert_eq!(made_up.unwrap_err().field(), "operation", "{operation:?}");
            continue;
        };
        made_up.unwrap();
        let (mut items, count) = all(&sim, &token, operation).await;
        assert_eq!(
            (items.len() as u64, count),
            (TOTAL, 3),
            "{operation:?} {pages:?}"
        );
        let has_id = items[0].get("id").is_some();
        items.sort_by_key(ToString::to_string);
        items.dedup();
        assert!(!has_id || items.len() as u64 == TOTAL, "{operation:?}");
        lists += 1;
    }
    assert!(lists > 100, "{lists}");
}

#[tokio::test]
async fn lists_without_records_are_made_up_together_and_others_are_not() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let count = async |path: &str, list: &str| {
        let page = json(&api.call("GET", path, "").await);
        page.get(list).and_then(Json::as_array).unwrap().len()
    };
    assert!((1..=2).contains(&count("/workflows", "data").await));
    sim.set_list_items("*", 12).unwrap();
    assert_eq!(count("/workflows", "data").await, 12);
    assert_eq!(count("/v1/accounting-codes", "accountingCodes").await, 12);
    // Read before, and remembered.
    assert_eq!(count("/v1/orders", "orders").await, 0);
    sim.set_list_items("getOrders", 5).unwrap();
    assert_eq!(count("/v1/orders", "orders").await, 5);
    assert_eq!(count("/workflows?page_length=10&page=2", "data").await, 2);
    assert_eq!(count("/workflows?page=99999999999999999", "data").await, 0);
    let wrong = api.call("GET", "/workflows?page=0", "").await;
    assert_eq!(wrong.status(), 400);
    sim.reset();
    let api = Api::new(&sim).await;
    let page = json(&api.call("GET", "/v1/orders", "").await);
    assert_eq!(page.get("orders"), Some(&Json::from(Vec::<Json>::new())));
}
