//! The simulator's own lists, one for each style, right and wrong: of records, and of made-up items where it
//! keeps none.

use crate::common::*;
use zuora_core::{Client, Error, ErrorKind, Json, Method, PageStyle, Pages};
use zuora_sim::{Fault, PageFault};

const TOTAL: usize = 45;

struct List {
    operation: &'static str,
    path: &'static str,
    style: fn() -> PageStyle,
    /// How a next page is named.
    by_url: bool,
}

const LISTS: [List; 9] = [
    List {
        operation: "getOrders",
        path: "/v1/orders?pageSize=10&dateFilterOption=orderDate",
        style: || PageStyle::next_url("orders"),
        by_url: true,
    },
    List {
        operation: "getRetrieveAllPayments",
        path: "/v1/payments?sort=%2Bnumber&pageSize=10",
        style: || PageStyle::next_url("payments"),
        by_url: true,
    },
    List {
        operation: "getTransactionInvoice",
        path: "/v1/transactions/invoices/accounts/A00000001?pageSize=10",
        style: || PageStyle::next_url("invoices"),
        by_url: true,
    },
    List {
        operation: "getWorkflows",
        path: "/workflows?page_length=10",
        style: || PageStyle::page_length("data"),
        by_url: false,
    },
    List {
        operation: "queryNotificationDefinitions",
        path: "/notifications/notification-definitions?limit=10",
        style: || PageStyle::next_url("data").next_at("next"),
        by_url: true,
    },
    List {
        operation: "queryAccounts",
        path: "/object-query/accounts?pageSize=10&filter%5B%5D=name.SW%3Aa",
        style: || PageStyle::cursor("data"),
        by_url: false,
    },
    List {
        operation: "getAuditTrailEntriesForMeter",
        path: "/meters/1/auditTrail/entries?pageSize=10&exportType=ERROR&runType=NORMAL&queryFromTime=a&queryToTime=b",
        style: || PageStyle::cursor("data"),
        by_url: false,
    },
    List {
        operation: "quickstartListAccounts",
        path: "/v2/accounts?page_size=10",
        style: || PageStyle::cursor("data").next_at("next_page"),
        by_url: false,
    },
    List {
        operation: "actionPostQuery",
        path: "/v1/action/query",
        style: PageStyle::query_more,
        by_url: false,
    },
];

/// So many accounts, and so many orders, payments and invoices of the first one.
fn records() -> String {
    let kinds = [
        ("Account", ""),
        ("Order", "account-1"),
        ("Payment", "account-1"),
        ("Invoice", "account-1"),
    ];
    let records = kinds.map(|(kind, owner)| {
        let row = |place| {
            let id = format!("{}-{place}", kind.to_lowercase());
            // Of these only accounts have a name.
            let other = match owner {
                "" => ("name", format!("A {kind}")),
                owner => ("accountId", owner.to_owned()),
            };
            Json::object([("id", id), other])
        };
        (kind, (1..=TOTAL).map(row).collect::<Vec<Json>>())
    });
    Json::object([("records", Json::object(records))]).to_string()
}

fn rig() -> Rig {
    Rig::with(|sim| sim.data(&records()).unwrap().list_items(TOTAL as u64))
}

impl List {
    fn pages(&self, client: &Client) -> Pages {
        let method = match self.operation {
            "actionPostQuery" => Method::POST,
            _ => Method::GET,
        };
        let call = client.request(method.clone(), self.path);
        // Lists of meters want it although nothing is sent.
        let mut call = call.header("Content-Type", "application/json");
        if method == Method::POST {
            call = call.json(&Json::object([
                ("queryString", Json::from("select Id from Account")),
                ("conf", Json::object([("batchSize", 10)])),
            ]));
        }
        call.json_reply().pages((self.style)())
    }
}

async fn drain(rig: &Rig, pages: &mut Pages) -> (Vec<String>, Option<Error>) {
    let mut got = Vec::new();
    loop {
        match rig.run(pages.next_page()).await {
            Ok(Some(page)) => got.extend(page.items().iter().map(Json::to_string)),
            Ok(None) => return (got, None),
            Err(error) => return (got, Some(error)),
        }
    }
}

async fn all(rig: &Rig, list: &List) -> Vec<String> {
    let (got, error) = drain(rig, &mut list.pages(&rig.client())).await;
    assert!(error.is_none(), "{}: {error:?}", list.path);
    got
}

#[tokio::test(start_paused = true)]
async fn every_list_comes_to_its_end_whatever_host_is_named() {
    for base in [None, Some("https://rest.zuora.com")] {
        let rig = rig();
        rig.sim.set_link_base(base);
        for list in &LISTS {
            let got = all(&rig, list).await;
            assert_eq!(got.len(), TOTAL, "{}", list.path);
            let mut once = got.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), TOTAL);
        }
        assert!(rig.sim.executions().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn every_list_goes_on_from_every_page() {
    let rig = rig();
    for list in &LISTS {
        let whole = all(&rig, list).await;
        let mut pages = list.pages(&rig.client());
        for after in 0..5 {
            let position = pages.position().unwrap();
            let mut rest = list.pages(&rig.client()).from_position(&position);
            let (rest, error) = drain(&rig, &mut rest).await;
            assert!(error.is_none());
            assert_eq!(rest, whole[after * 10..], "{}", list.path);
            rig.run(pages.next_page()).await.unwrap();
        }
        assert_eq!(pages.position(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_in_the_middle_costs_nothing() {
    for list in &LISTS {
        let rig = rig();
        let whole = all(&rig, list).await;
        let operation = match list.operation {
            "actionPostQuery" => "actionPostQueryMore",
            other => other,
        };
        let mut pages = list.pages(&rig.client());
        let page = rig.run(pages.next_page()).await.unwrap().unwrap();
        let mut got: Vec<_> = page.items().iter().map(Json::to_string).collect();
        rig.sim
            .inject(Fault::on(operation).garbage().times(1))
            .unwrap();
        let error = rig.run(pages.next_page()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        // This one is overcome by the retries, and nobody sees it.
        rig.sim
            .inject(Fault::on(operation).status(503).times(1))
            .unwrap();
        let (rest, error) = drain(&rig, &mut pages).await;
        assert!(error.is_none(), "{error:?}");
        got.extend(rest);
        assert_eq!(got, whole, "{}", list.path);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_go_wrong_end_with_an_error() {
    for list in &LISTS {
        for (fault, wanted) in [
            (PageFault::Loop, 20),
            (PageFault::Repeat, 20),
            (PageFault::EmptySelf, 10),
        ] {
            let rig = rig();
            let whole = all(&rig, list).await;
            let operation = match list.operation {
                "actionPostQuery" => "actionPostQueryMore",
                other => other,
            };
            let mut pages = list.pages(&rig.client());
            rig.run(pages.next_page()).await.unwrap();
            rig.sim
                .inject(Fault::on(operation).page(fault.clone()))
                .unwrap();
            let before = rig.sim.requests().to(operation).count();
            let (got, error) = drain(&rig, &mut pages).await;
            if list.operation == "getWorkflows" {
                // Counted: what is named as the next page does not matter.
                assert!(error.is_some() || got == whole[10..]);
                continue;
            }
            let error = error.unwrap_or_else(|| panic!("{} {fault:?}", list.path));
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(error.to_string().contains("leads back"), "{error}");
            // A circle back to the first page may be seen only when that page names the second.
            assert!(
                got.len() >= wanted - 10 && rig.sim.requests().to(operation).count() - before <= 3
            );
            assert_eq!(
                got[..wanted - 10],
                whole[10..wanted],
                "{} {fault:?}",
                list.path
            );
        }
        if list.by_url {
            let rig = rig();
            let elsewhere = PageFault::OtherHost("https://elsewhere.invalid".to_owned());
            rig.sim
                .inject(Fault::on(list.operation).page(elsewhere))
                .unwrap();
            let (got, error) = drain(&rig, &mut list.pages(&rig.client())).await;
            assert_eq!(got.len(), 10);
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::Refused);
            assert!(error.to_string().contains("elsewhere.invalid"), "{error}");
            assert_clean(&rig.sim, &all_of(&error));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_repeats_the_token_brings_it_into_no_error() {
    let rig = rig();
    let client = rig.client();
    rig.run(client.warm_up()).await.unwrap();
    let token = rig.sim.minted_tokens().pop().unwrap();
    for (body, wanted) in [
        (
            format!(r#"{{"orders":7,"echo":"{token}"}}"#),
            "orders: expected an array of items",
        ),
        (
            format!(r#"{{"orders":["{token}"]}}"#),
            "orders[0]: expected a boolean",
        ),
        (
            format!(r#"{{"orders":[],"nextPage":"https://{token}.example/"}}"#),
            "nextPage: it",
        ),
    ] {
        let body = zuora_sim::FaultBody::raw(body, "application/json");
        let fault = Fault::on("getOrders").status(200).body(body).times(1);
        rig.sim.inject(fault).unwrap();
        let mut pages = LISTS[0].pages(&client).typed::<bool>();
        let error = rig.run(pages.next_page()).await.unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
        assert_clean(&rig.sim, &all_of(&error));
    }
}

#[tokio::test(start_paused = true)]
async fn items_that_are_told_and_never_come_are_missed() {
    let rig = rig();
    let query = LISTS
        .iter()
        .find(|list| list.operation == "actionPostQuery")
        .unwrap();
    let whole = all(&rig, query).await;
    let short = Fault::on("actionPostQueryMore").page(PageFault::Short);
    rig.sim.inject(short.times(1)).unwrap();
    let (got, error) = drain(&rig, &mut query.pages(&rig.client())).await;
    assert_eq!(got.len(), 40);
    assert_eq!(got[15..], whole[20..]);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let text = "page 5: records: the list ends after 40 items, although 45 are told";
    assert!(error.to_string().ends_with(text), "{error}");
}

#[tokio::test(start_paused = true)]
async fn bodies_of_every_kind_are_read_or_named() {
    let rig = rig();
    let client = rig.client();
    let deep = format!(
        r#"{{"orders":[],"x":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    // The body, the items that it gives, and what is said against it.
    let cases: [(&str, usize, &str); 12] = [
        ("", 0, "page 1: not JSON"),
        (r#"{"orders":[1]} {}"#, 0, "page 1: not JSON: text goes on"),
        (r#"{"orders":[1]"#, 0, "page 1: not JSON"),
        (r#"{"orders":[1,{"a":01}]}"#, 0, "orders[1].a: not JSON"),
        (&deep, 0, "not JSON: nested more than"),
        ("[1,2]", 0, "orders: the items of the page are missing"),
        ("null", 0, "orders: the items of the page are missing"),
        (r#"{"orders":[1,2]}"#, 2, ""),
        // Where a name is repeated, the last value counts.
        (
            r#"{"orders":[1],"nextPage":7,"orders":[2,3],"nextPage":null}"#,
            2,
            "",
        ),
        (
            r#"{"orders":[1],"nextPage":null,"nextPage":7}"#,
            1,
            "nextPage: expected a string",
        ),
        (
            r#"{"\u006frders":[1e400,-0,12345678901234567890.10]}"#,
            3,
            "",
        ),
        (
            r#"{"orders":[null,{"deep":[{}]}],"x":"\ud800"}"#,
            0,
            "not JSON",
        ),
    ];
    for (body, wanted, said) in cases {
        let body = zuora_sim::FaultBody::raw(body.to_owned(), "application/json");
        rig.sim
            .inject(Fault::on("getOrders").status(200).body(body).times(1))
            .unwrap();
        let mut pages = LISTS[0].pages(&client);
        let got = match rig.run(pages.next_page()).await {
            Ok(Some(page)) => page.items().len(),
            Ok(None) => unreachable!(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Decode);
                assert!(
                    !said.is_empty() && error.to_string().contains(said),
                    "{error}"
                );
                continue;
            }
        };
        assert_eq!(got, wanted);
        let outcome = rig.run(pages.next_page()).await;
        match outcome {
            Ok(_) => assert_eq!(said, ""),
            Err(error) => assert!(
                !said.is_empty() && error.to_string().contains(said),
                "{error}"
            ),
        }
    }

    // A list that is the whole body.
    for (body, said) in [
        ("[1,2,3]", ""),
        ("{}", "page 1: expected an array of items, found an object"),
    ] {
        let body = zuora_sim::FaultBody::raw(body.to_owned(), "application/json");
        rig.sim
            .inject(Fault::on("getOrders").status(200).body(body).times(1))
            .unwrap();
        let call = client.request(Method::GET, "/v1/orders").json_reply();
        let pages = call.pages(PageStyle::next_url(""));
        let (got, error) = drain(&rig, &mut pages.limit(3)).await;
        assert_eq!(got.len(), if said.is_empty() { 3 } else { 0 });
        assert!(error.map_or(said.is_empty(), |error| error.to_string().contains(said)));
    }
}
