//! Lists in every style of paging, right and wrong: of records, and of made-up items where there are none.

use crate::support::*;
use bytes::Bytes;
use http::Response;
use url::Url;
use zuora_sim::{Fault, PageFault, Simulator, SimulatorBuilder, VirtualClock};
use zuora_wire::Json;

const TOTAL: u64 = 45;

/// A tenant with so many records of each kind, and as many items where there are no records.
fn listing() -> SimulatorBuilder {
    let builder = Simulator::builder().seed(1).tenant_version("2025-08-12");
    builder.data(&many(TOTAL)).unwrap().list_items(TOTAL)
}

/// Path, list member, where the next page is named, and how it is asked for.
type Style = (&'static str, &'static str, &'static [&'static str], Next);

#[derive(Clone, Copy)]
enum Next {
    Url,
    Cursor(&'static str),
}

const STYLES: [Style; 8] = [
    (
        "/v1/orders?pageSize=10&dateFilterOption=orderDate",
        "orders",
        &["nextPage"],
        Next::Url,
    ),
    (
        "/v1/payments?sort=%2Bnumber&pageSize=10",
        "payments",
        &["nextPage"],
        Next::Url,
    ),
    (
        "/v1/transactions/invoices/accounts/A00000001?pageSize=10",
        "invoices",
        &["nextPage"],
        Next::Url,
    ),
    (
        "/workflows?page_length=10",
        "data",
        &["pagination", "next_page"],
        Next::Url,
    ),
    (
        "/notifications/notification-definitions?limit=10",
        "data",
        &["next"],
        Next::Url,
    ),
    (
        "/object-query/accounts?pageSize=10&filter%5B%5D=name.SW%3Aa",
        "data",
        &["nextPage"],
        Next::Cursor("cursor"),
    ),
    (
        "/meters/1/auditTrail/entries?pageSize=10&exportType=ERROR&runType=NORMAL&queryFromTime=a&queryToTime=b",
        "data",
        &["nextPage"],
        Next::Cursor("cursor"),
    ),
    (
        "/v2/accounts?page_size=10",
        "data",
        &["next_page"],
        Next::Cursor("cursor"),
    ),
];

/// Some lists want to be told that nothing is sent as JSON.
async fn get(api: &Api<'_>, path: &str) -> Response<Bytes> {
    let request = api.request("GET", path, None, "");
    let request = with(request, "content-type", "application/json");
    api.send(request).await.unwrap()
}

fn path_of(sim: &Simulator, url: &str) -> String {
    url.strip_prefix(sim.base_url())
        .unwrap_or_else(|| panic!("{url}"))
        .to_owned()
}

#[tokio::test]
async fn every_style_gives_each_item_once() {
    let sim = listing().build().unwrap();
    let api = Api::new(&sim).await;
    for (path, list, next, how) in STYLES {
        let (mut at, mut items, mut pages) = (path.to_owned(), Vec::new(), 0);
        loop {
            let reply = get(&api, &at).await;
            assert_eq!(reply.status(), 200, "{at}");
            let page = json(&reply);
            for item in page
                .get(list)
                .and_then(Json::as_array)
                .unwrap_or_else(|| panic!("{path}: {page}"))
            {
                items.push(item.to_string());
            }
            pages += 1;
            match (page.at(next).and_then(Json::as_str), how) {
                (None, _) => break,
                (Some(url), Next::Url) => {
                    at = path_of(&sim, url);
                    for pair in path.split_once('?').unwrap().1.split('&') {
                        assert!(at.contains(pair), "{at} lost {pair}");
                    }
                }
                (Some(cursor), Next::Cursor(name)) => at = format!("{path}&{name}={cursor}"),
            }
        }
        assert_eq!((items.len() as u64, pages), (TOTAL, 5), "{path}");
        items.sort();
        items.dedup();
        assert_eq!(items.len() as u64, TOTAL, "{path}");
    }
}

#[tokio::test]
async fn query_more_ends_with_done() {
    let sim = listing().build().unwrap();
    let api = Api::new(&sim).await;
    let query = r#"{"queryString":"select Id, Name from Account","conf":{"batchSize":20}}"#;
    let mut page = json(&api.call("POST", "/v1/action/query", query).await);
    let mut names = Vec::new();
    while {
        names.extend(
            page.get("records")
                .unwrap()
                .as_array()
                .unwrap()
                .iter()
                .map(|r| text(r, &["Name"]).to_owned()),
        );
        page.get("done") == Some(&Json::from(false))
    } {
        let more = Json::object([("queryLocator", text(&page, &["queryLocator"]))]).to_string();
        page = json(&api.call("POST", "/v1/action/queryMore", &more).await);
    }
    assert_eq!(names.len() as u64, TOTAL);
    assert_eq!(names.last().unwrap(), "Account 45");
    assert!(page.get("queryLocator").is_none());
    assert!(sim.executions().is_empty());
    let page = json(&api.call("POST", "/v1/action/query", query).await);
    sim.clock().advance(seconds(15 * 60));
    let more = Json::object([("queryLocator", text(&page, &["queryLocator"]))]).to_string();
    assert_eq!(
        api.call("POST", "/v1/action/queryMore", &more)
            .await
            .status(),
        400
    );
    for bad in [
        r#"{}"#,
        r#"{"queryLocator":"x-1"}"#,
        r#"{"queryLocator":"-"}"#,
    ] {
        assert_eq!(
            api.call("POST", "/v1/action/queryMore", bad).await.status(),
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn sizes_are_cut_or_refused() {
    let sim = listing().build().unwrap();
    let api = Api::new(&sim).await;
    sim.set_list_items("getOrders", 100).unwrap();
    assert!(sim.set_list_items("nothing", 1).is_err());
    assert!(sim.set_list_items("getAccount", 1).is_err());
    for (path, list, items) in [
        ("/v1/orders", "orders", 20),
        ("/v1/orders?pageSize=1000", "orders", 40),
        ("/v1/orders?pageSize=40&page=3", "orders", 20),
        (
            "/v1/orders?pageSize=40&page=9223372036854775807",
            "orders",
            0,
        ),
        ("/object-query/accounts", "data", 10),
        ("/object-query/accounts?pageSize=99", "data", 45),
        ("/v2/accounts", "data", 30),
        // The first item is number 1.
        (
            "/notifications/notification-definitions?start=41",
            "data",
            5,
        ),
    ] {
        let page = json(&get(&api, path).await);
        assert_eq!(
            page.get(list)
                .unwrap_or_else(|| panic!("{path}: {page}"))
                .as_array()
                .unwrap()
                .len(),
            items,
            "{path}"
        );
    }
    for path in [
        "/v1/orders?page=0",
        "/v1/orders?page=x",
        "/v1/orders?pageSize=-1",
        "/object-query/accounts?pageSize=100",
        "/object-query/accounts?cursor=x",
        "/v2/accounts?page_size=0",
        "/workflows?page=0",
        "/meters/1/auditTrail/entries?exportType=ERROR&runType=NORMAL&queryFromTime=a&queryToTime=b&cursor=cxyz",
    ] {
        assert_eq!(get(&api, path).await.status(), 400, "{path}");
    }
    let with_nulls = "/object-query/accounts?pageSize=99&includeNullFields=true";
    let page = json(&api.call("GET", with_nulls, "").await);
    assert_eq!(page.get("nextPage"), Some(&Json::Null));
    sim.set_tenant_version(None);
    let old = api
        .call("GET", "/object-query/accounts?pageSize=0", "")
        .await;
    assert_eq!(
        (old.status().as_u16(), json(&old).get("success")),
        (200, Some(&Json::from(false)))
    );
}

#[tokio::test]
async fn links_name_the_base_they_are_told() {
    let sim = listing()
        .link_base("https://rest.zuora.com/")
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    let link = async || {
        let page = json(&api.call("GET", "/v1/orders?x=%2F&page=1", "").await);
        text(&page, &["nextPage"]).to_owned()
    };
    assert_eq!(
        link().await,
        "https://rest.zuora.com/v1/orders?x=%2F&pageSize=20&page=2"
    );
    sim.set_link_base(None);
    assert_eq!(
        link().await,
        format!("{}/v1/orders?x=%2F&pageSize=20&page=2", sim.base_url())
    );
}

#[tokio::test]
async fn pages_go_wrong_on_demand() {
    // A cursor says when it was given.
    let clock = VirtualClock::frozen_at(START);
    let sim = listing().clock(clock).build().unwrap();
    let api = Api::new(&sim).await;
    let at = |page: u64| format!("/v1/orders?pageSize=10&page={page}");
    let get = async |page: u64, fault: PageFault| {
        sim.inject(Fault::on("getOrders").page(fault).times(1))
            .unwrap();
        let reply = json(&api.call("GET", &at(page), "").await);
        let items = reply.get("orders").unwrap().as_array().unwrap().len();
        (items, text(&reply, &["nextPage"]).to_owned())
    };
    let own = |page: u64| format!("{}{}", sim.base_url(), at(page));
    assert_eq!(get(2, PageFault::Loop).await, (10, own(1)));
    assert_eq!(get(5, PageFault::Loop).await, (5, own(1)));
    assert_eq!(get(2, PageFault::Repeat).await, (10, own(2)));
    assert_eq!(get(2, PageFault::EmptySelf).await, (0, own(2)));
    assert_eq!(get(2, PageFault::Short).await, (5, own(3)));
    assert_eq!(get(5, PageFault::Short).await, (3, String::new()));
    let (items, url) = get(
        2,
        PageFault::OtherHost("https://elsewhere.invalid".to_owned()),
    )
    .await;
    assert_eq!(
        (items, Url::parse(&url).unwrap().host_str()),
        (10, Some("elsewhere.invalid"))
    );
    let bad = Fault::on("getOrders").page(PageFault::OtherHost("elsewhere".to_owned()));
    assert_eq!(sim.inject(bad).unwrap_err().field(), "page");

    sim.inject(Fault::on("queryAccounts").page(PageFault::Repeat))
        .unwrap();
    let first = json(&api.call("GET", "/object-query/accounts", "").await);
    let path = format!(
        "/object-query/accounts?cursor={}",
        text(&first, &["nextPage"])
    );
    assert_eq!(json(&api.call("GET", &path, "").await), first);
    let query = r#"{"queryString":"select Id from Account","conf":{"batchSize":20}}"#;
    let page = json(&api.call("POST", "/v1/action/query", query).await);
    let more = Json::object([("queryLocator", text(&page, &["queryLocator"]))]).to_string();
    sim.inject(Fault::on("actionPostQueryMore").page(PageFault::EmptySelf))
        .unwrap();
    let stuck = json(&api.call("POST", "/v1/action/queryMore", &more).await);
    assert_eq!(stuck.get("queryLocator"), page.get("queryLocator"));
    assert_eq!(stuck.get("done"), Some(&Json::from(false)));
}

#[tokio::test]
async fn lists_are_sorted_by_what_they_show() {
    let sim = listing().build().unwrap();
    let api = Api::new(&sim).await;
    for (sort, first) in [("-number", "P-9"), ("%2Bnumber", "P-1"), ("number", "P-1")] {
        let path = format!("/v1/payments?pageSize=1&sort={sort}");
        let page = json(&get(&api, &path).await);
        assert_eq!(text(&page, &["payments", "0", "number"]), first, "{sort}");
    }
    let reply = get(&api, "/v1/payments?sort=luck").await;
    assert_eq!(reply.status(), 400);
    assert!(json(&reply).to_string().contains("sort luck"), "{reply:?}");
}

#[tokio::test]
async fn a_page_means_something_only_with_its_size() {
    let sim = listing().build().unwrap();
    // One of records, and one that is made up.
    sim.set_list_items("getRetrieveAllPayments", 45).unwrap();
    let api = Api::new(&sim).await;
    for list in ["payments", "orders"] {
        let path = format!("/v1/{list}");
        let first = json(&get(&api, &path).await);
        let alone = json(&get(&api, &format!("{path}?page=2")).await);
        assert_eq!(alone.get(list), first.get(list), "{path}");
        assert_ne!(alone.get(list), None, "{path}");
    }
    let first = json(&get(&api, "/v1/payments?page=2").await);
    assert_eq!(
        text(&first, &["nextPage"]),
        format!("{}/v1/payments?pageSize=20&page=2", sim.base_url())
    );
    let second = json(&get(&api, "/v1/payments?page=2&pageSize=20").await);
    assert_ne!(second.get("payments"), first.get("payments"));
    assert_eq!(
        text(&second, &["nextPage"]),
        format!("{}/v1/payments?pageSize=20&page=3", sim.base_url())
    );
}

#[tokio::test]
async fn a_page_that_is_none_is_told_what_it_must_be() {
    let sim = frozen().tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    // The reference has a type for each, and a least number for the first two.
    for path in [
        "/v1/payments",
        "/workflows",
        "/v1/transactions/invoices/accounts/A00000001",
    ] {
        for page in ["-1", "0", "1.5", "x", ""] {
            let path = format!("{path}?page={page}");
            let reply = get(&api, &path).await;
            assert_eq!(reply.status(), 400, "{path}");
            let told = json(&reply).to_string();
            let rules = [
                "parameter page is less than 1",
                "parameter page is not a whole number",
                "parameter page must be a whole number from 1 on",
            ];
            assert!(rules.iter().any(|rule| told.contains(rule)), "{told}");
        }
    }
}

#[tokio::test]
async fn what_is_not_paged_is_cut_after_300_rows() {
    let rows = |kind: &str, owner: (&str, &str)| {
        let row = |place| {
            let id = format!("{kind}{place}");
            Json::object([("id", id), (owner.0, owner.1.to_owned())])
        };
        (1..=301).map(row).collect::<Vec<Json>>()
    };
    let account = r#"{"id":"a","name":"n","accountNumber":"A1"}"#;
    let subscription = r#"{"id":"s","name":"S1","accountId":"a"}"#;
    let one = |row: &str| Json::Array(vec![Json::parse(row.as_bytes()).unwrap()]);
    let records = Json::object([
        ("Account", one(account)),
        ("Subscription", one(subscription)),
        ("RatePlan", rows("p", ("subscriptionId", "s")).into()),
        ("RatePlanCharge", rows("c", ("ratePlanId", "p1")).into()),
    ]);
    let data = Json::object([("records", records)]).to_string();
    let sim = Simulator::builder().data(&data).unwrap().build().unwrap();
    let api = Api::new(&sim).await;
    let read = api.good("GET", "/v1/subscriptions/S1", "").await;
    assert_eq!(length(&read, &["ratePlans"]), 300);
    assert_eq!(text(&read, &["ratePlans", "299", "id"]), "p300");
    assert_eq!(length(&read, &["ratePlans", "0", "ratePlanCharges"]), 300);
    // ZOQL has batches of its own.
    let query = r#"{"queryString":"select Id from RatePlan"}"#;
    let all = api.good("POST", "/v1/action/query", query).await;
    assert_eq!(length(&all, &["records"]), 301);
    assert_eq!(count_of(&sim, "RatePlan"), 301);
}
