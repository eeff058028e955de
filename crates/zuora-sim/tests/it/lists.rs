//! Lists that are made up, for any operation that lists, and the tenant's own lists, right and wrong.

use crate::{support::*, whole};
use http::Request;
use zuora_catalog::{Direction, Operation, Position};
use zuora_sim::Simulator;
use zuora_wire::Json;

const TOTAL: u64 = 7;
const MOST_PAGES: usize = 9;
/// What replies tell of their page, in these members or in a block of them.
const SIZES: [&str; 3] = ["pageSize", "page_size", "page_length"];

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

/// How many items a page is asked to have.
fn size_name(style: &str) -> &'static str {
    match style {
        "next" => "limit",
        "page_length" => "page_length",
        _ => "pageSize",
    }
}

/// One page of an operation's list; none where the tenant has nothing to list of.
async fn page(
    sim: &Simulator,
    token: &str,
    operation: Operation,
    size: usize,
    at: Next,
) -> Option<Json> {
    let style = operation.pages().unwrap().style;
    let mut request = whole::request(sim, token, operation, |_| {});
    request = asking(request, size_name(style), &size.to_string());
    match at {
        Next::First => {}
        Next::Page(page) => request = asking(request, "page", &page.to_string()),
        Next::Url(url) => *request.uri_mut() = url.parse().unwrap(),
        Next::Cursor(cursor) => request = asking(request, "cursor", &cursor),
    }
    let reply = send(sim, request).await.unwrap();
    let page = json(&reply);
    let basis = header(&reply, "zuora-sim-basis").unwrap();
    if basis == "state" && reply.status() != 200 {
        return None;
    }
    let is_known = !operation.is_partial() && !operation.only_2022();
    let made_up = if is_known { "sample" } else { "guess" };
    assert!(
        [made_up, "state"].contains(&basis),
        "{operation:?}: {basis}"
    );
    assert_eq!(reply.status(), 200, "{operation:?}: {page}");
    let ty = operation.replies().next().unwrap().ty.unwrap();
    let report = ty.check(&page, Direction::Reply);
    assert!(report.is_valid(), "{operation:?}: {report}");
    Some(page)
}

fn items_of(operation: Operation, page: &Json) -> &[Json] {
    let list = operation.pages().unwrap().items.unwrap();
    let items = page.get(list).and_then(Json::as_array);
    items.unwrap_or_else(|| panic!("{operation:?}: {page}"))
}

/// The pages of an operation's list from the first to the last, each as the one before it says.
async fn walk(sim: &Simulator, token: &str, operation: Operation, size: usize) -> Vec<Json> {
    let style = operation.pages().unwrap().style;
    let (mut pages, mut next) = (Vec::new(), Some(Next::First));
    while let Some(at) = next {
        assert!(pages.len() < MOST_PAGES, "{operation:?} has no end");
        let Some(page) = page(sim, token, operation, size, at).await else {
            return pages;
        };
        let is_full = items_of(operation, &page).len() == size;
        next = read(style, &page, pages.len() + 1, is_full);
        pages.push(page);
    }
    pages
}

/// The operations that list, but queries.
fn lists() -> impl Iterator<Item = Operation> {
    let style = |operation: &Operation| operation.pages().map(|pages| pages.style);
    whole::described()
        .filter(move |operation| style(operation).is_some_and(|style| style != "query_more"))
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
        let read = walk(&sim, &token, operation, 3).await;
        let items = read.iter().flat_map(|page| items_of(operation, page));
        let mut items: Vec<Json> = items.cloned().collect();
        assert_eq!(
            (items.len() as u64, read.len()),
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

/// The first of these members that a page tells, in a block of its own or beside the items.
fn told(page: &Json, names: &[&str]) -> Option<u64> {
    let block = page.get("pagination").unwrap_or(page);
    let number = names.iter().find_map(|name| block.get(name)?.as_number());
    number.map(|number| number.as_u64().unwrap())
}

#[tokio::test]
async fn every_sample_of_a_list_ends_however_it_is_read() {
    let sim = tenant();
    let token = token(&sim).await;
    let (mut read, mut counted) = (0, 0);
    for operation in lists() {
        // As its pages say, from one to the next.
        let all = walk(&sim, &token, operation, 1).await;
        let count: usize = all.iter().map(|page| items_of(operation, page).len()).sum();
        read += usize::from(count > 0);
        // By number, until a page is empty.
        let style = operation.pages().unwrap().style;
        let is_numbered = matches!(style, "url" | "page_length" | "counted");
        if !is_numbered || all.is_empty() || !has_query(operation, "page") {
            continue;
        }
        let mut items = 0;
        for number in 1.. {
            let at = Next::Page(number);
            let page = page(&sim, &token, operation, 1, at).await.unwrap();
            if let Some(told) = told(&page, &["page"]) {
                assert_eq!(told, number as u64, "{operation:?}: {page}");
                assert_eq!(self::told(&page, &SIZES), Some(1), "{operation:?}: {page}");
                counted += 1;
            }
            // By what there is in all.
            if let Some(total) = told(&page, &["total"]) {
                assert_eq!(total, count as u64, "{operation:?}: {page}");
            }
            match items_of(operation, &page).len() {
                0 => break,
                more => items += more,
            }
            assert!(number < MOST_PAGES, "{operation:?} has no end");
        }
        assert_eq!(items, count, "{operation:?}");
    }
    assert!(read > 60 && counted > 10, "{read} {counted}");
}

fn has_query(operation: Operation, name: &str) -> bool {
    let mut params = operation.params();
    params.any(|param| param.position == Position::Query && param.field.name() == name)
}

#[tokio::test]
async fn a_page_says_which_it_is_and_what_is_left_is_empty() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let body = r#"{"operation":"listCommitments","items":5}"#;
    api.good_admin("POST", "/_sim/lists", body).await;
    for (number, items) in [(1, 2), (2, 2), (3, 1), (4, 0)] {
        let path = format!("/commitments?accountNumber=A&page={number}&pageSize=2");
        let page = json(&api.call("GET", &path, "").await);
        assert_eq!(length(&page, &["commitments"]), items);
        for (name, told) in [("page", number), ("page_size", 2), ("total", 5)] {
            assert_eq!(page.get(name), Some(&Json::from(told)), "{name}: {page}");
        }
    }
    // Without a number of items there are those of the sample.
    let page = json(&api.call("GET", "/workflows?page=4&page_length=7", "").await);
    let block = page.get("pagination").unwrap();
    assert_eq!(block.to_string(), r#"{"page":4,"page_length":7}"#);
    assert_eq!(length(&page, &["data"]), 0);
    // What is listed without pages is counted as well.
    let users = json(&api.call("GET", "/scim/v2/Users", "").await);
    let count = length(&users, &["resources"]);
    assert_eq!(users.get("totalResults"), Some(&Json::from(count)));
    let jobs = json(&api.call("GET", "/bulk-data/bulk-jobs/summaries", "").await);
    assert_eq!(jobs.get("nextPageCursor"), None, "{jobs}");
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
