//! Every style from its first page to its end, up to every limit.

use crate::lists::*;
use zuora_core::{ErrorKind, Json, Method, PageStyle};
use zuora_wire::Decimal;

#[tokio::test(start_paused = true)]
async fn every_style_is_read_to_its_end() {
    for kind in KINDS {
        for items in [0, 1, 4, 5, 9, 10] {
            let world = World::new(kind, items);
            assert_eq!(world.all(world.pages(5)).await, ids(0..items), "{kind:?}");
            assert_eq!(
                world.requests(),
                kind.requests(items, 5),
                "{kind:?}, {items} items"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_is_asked_for_with_all_that_the_call_has() {
    for kind in KINDS {
        let world = World::new(kind, 9);
        world.all(world.pages(4)).await;
        let state = world.state.lock().unwrap();
        assert!(state.sent.len() >= 3);
        for (at, sent) in state.sent.iter().enumerate() {
            assert_eq!(sent.headers["x-mine"], "kept");
            assert_eq!(sent.method, state.sent[0].method);
            if sent.method == Method::GET {
                assert_eq!(sent.query("filter").as_deref(), Some("name.EQ:a&b=ü"));
                assert_eq!(sent.query("fields[]").as_deref(), Some("id,name"));
                let cursors = sent.uri.query().unwrap().matches("cursor=").count();
                assert!(cursors <= 1);
                assert_eq!(sent.uri.path(), kind.path());
                continue;
            }
            assert_eq!(sent.headers["content-type"], "application/json");
            let body = sent.json();
            if kind == Kind::QueryMore {
                assert_eq!(body.at(&["conf", "batchSize"]), Some(&Json::from(4)));
                assert_eq!(body.get("queryString").is_some(), at == 0);
                assert_eq!(body.get("queryLocator").is_some(), at > 0);
                let path = if at == 0 {
                    "/v1/action/query"
                } else {
                    "/v1/action/queryMore"
                };
                assert_eq!(sent.uri.path(), path);
            } else {
                assert_eq!(body.get("filters"), state.sent[0].json().get("filters"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_ends_the_list_and_no_page_is_asked_for_beyond_it() {
    for kind in KINDS {
        for limit in 0..=12_usize {
            let world = World::new(kind, 10);
            let mut pages = world.pages(4).limit(limit as u64);
            let mut got = Vec::new();
            while let Some(page) = world.next(&mut pages).await.unwrap() {
                got.extend(page.items().iter().map(id));
                // A list that tells no end is known to be over by its limit only.
                let told = !matches!(kind, Kind::CountedBlind | Kind::BodyPage);
                if told || got.len() == limit {
                    assert_eq!(
                        page.is_last(),
                        got.len() == limit.min(10),
                        "{kind:?}, {limit}"
                    );
                }
            }
            assert_eq!(got, ids(0..limit.min(10)), "{kind:?}, {limit}");
            let requests = if limit > 10 {
                kind.requests(10, 4)
            } else {
                limit.div_ceil(4)
            };
            assert_eq!(world.requests(), requests, "{kind:?}, {limit}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_comes_with_its_reply() {
    let world = World::new(Kind::Cursor, 5);
    let mut pages = world.pages(3);
    let page = world.next(&mut pages).await.unwrap().unwrap();
    assert_eq!(page.response().status(), 200);
    assert_eq!(page.response().request_id(), Some("request-0"));
    let body = Json::parse(page.response().body()).unwrap();
    assert!(body.get("nextPage").is_some());
    assert!(page.items()[0].to_string().contains("1.10"));
    assert!(!page.is_last());
    let shown = format!("{page:?} {pages:?}");
    assert!(shown.contains("GET /object-query/accounts") && !shown.contains("1.10"));
    let page = world.next(&mut pages).await.unwrap().unwrap();
    assert_eq!(page.response().request_id(), Some("request-1"));
    assert!(page.is_last());
    assert_eq!(page.into_items().len(), 2);
    for _ in 0..2 {
        assert!(world.next(&mut pages).await.unwrap().is_none());
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn items_come_as_a_stream() {
    fn assert_stream<S: futures_core::Stream + Send + Unpin + 'static>(_: &S) {}
    for kind in KINDS {
        let world = World::new(kind, 7);
        let mut items = world.pages(3).items();
        assert_stream(&items);
        let mut got = Vec::new();
        while let Some(item) = world.rig.run(items.next()).await {
            got.push(id(&item.unwrap()));
            // No page is read ahead of its time.
            assert_eq!(world.requests(), got.len().div_ceil(3));
        }
        assert_eq!(got, ids(0..7), "{kind:?}");
        assert!(world.rig.run(items.next()).await.is_none());
        assert_eq!(items.position(), None);
        assert_eq!(world.requests(), kind.requests(7, 3));
    }
}

struct Invoice {
    id: Option<i64>,
    amount: Option<Decimal>,
}

zuora_wire::fields! {
    default Invoice {
        0 id = "id",
        1 amount = "amount",
    }
}

#[tokio::test(start_paused = true)]
async fn items_are_read_into_models_and_what_does_not_fit_is_named() {
    for (kind, place) in [
        (Kind::NextUrl, "invoices"),
        (Kind::CountedBlind, "data.jobs"),
    ] {
        let world = World::new(kind, 7).tampering(move |number, page| {
            // The sixth item; an item that is not asked for may be anything.
            if number > 0 {
                let text = Json::Object(page.clone()).to_string();
                let bad = text.replace("\"id\":5,\"amount\":1.10", "\"id\":5,\"amount\":\"abc\"");
                let Json::Object(bad) = bad.parse().unwrap() else {
                    unreachable!()
                };
                *page = bad;
            }
        });
        let mut pages = world.pages(3).typed::<Invoice>();
        let page = world.rig.run(pages.next_page()).await.unwrap().unwrap();
        assert_eq!(page.items()[2].id, Some(2));
        assert_eq!(page.items()[2].amount.as_ref().unwrap().to_string(), "1.10");
        let position = pages.position();
        for _ in 0..2 {
            let error = world.rig.run(pages.next_page()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            let text = error.to_string();
            let wanted = format!("page 2: {place}[2].amount: expected a number, found \"abc\"");
            assert!(text.ends_with(&wanted), "{text}");
            assert!(
                error
                    .body()
                    .unwrap()
                    .windows(5)
                    .any(|five| five == b"\"abc\"")
            );
            assert_eq!(pages.position(), position);
        }
        // An item that is not given is not read.
        let mut items = world.pages(3).limit(5).typed::<Invoice>().items();
        let mut count = 0;
        while let Some(item) = world.rig.run(items.next()).await {
            count += item.map(|_| 1).unwrap();
        }
        assert_eq!(count, 5);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_page_may_be_any() {
    let world = World::new(Kind::Counted, 10);
    for (path, query) in [
        ("/commitments?page=2&pageSize=4", None),
        ("/commitments?pageSize=4", Some("2")),
    ] {
        let mut call = world.client.request(Method::GET, path).json_reply();
        if let Some(page) = query {
            call = call.query("page", page);
        }
        let pages = call.pages(PageStyle::counted("commitments"));
        assert_eq!(world.all(pages).await, ids(4..10));
        let state = world.state.lock().unwrap();
        let last = state.sent.last().unwrap();
        // How many items came before is not known, so that only an empty page shows the end.
        assert_eq!(last.query("page").as_deref(), Some("4"));
        assert_eq!(last.uri.query().unwrap().matches("page=").count(), 1);
        assert_eq!(last.query("pageSize").as_deref(), Some("4"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_call_is_told_when_it_is_sent() {
    let world = World::new(Kind::BodyPage, 3);
    let list = |body: &str| {
        world
            .client
            .request(Method::POST, "/commerce/legacy/products/list")
            .body(body.to_owned(), "application/json")
            .json_reply()
            .pages(Kind::BodyPage.style())
    };
    for body in ["[]", "nothing"] {
        let (got, error) = world.drain(&mut list(body)).await;
        assert_eq!(got, ids(0..3));
        assert_eq!(error.unwrap().kind(), ErrorKind::Invalid);
    }
    assert_eq!(world.all(list("")).await, ids(0..3));
    let before = world.requests();
    for call in [
        world.client.request(Method::DELETE, "/v1/invoices"),
        world.client.request(Method::GET, "v1/invoices"),
        world
            .client
            .request(Method::GET, "/v1/invoices")
            .header("Cookie", "a"),
        world
            .client
            .request(Method::POST, "/commerce/legacy/products/list")
            .idempotency_key("one"),
    ] {
        let mut pages = call.json_reply().pages(PageStyle::next_url("invoices"));
        for _ in 0..2 {
            assert!(world.next(&mut pages).await.is_err());
        }
        let mut items = pages.items();
        assert!(world.rig.run(items.next()).await.unwrap().is_err());
        assert!(world.rig.run(items.next()).await.is_none());
    }
    assert_eq!(world.requests(), before);
}

#[test]
fn the_blocking_twin_gives_the_same() {
    for kind in KINDS {
        let world = World::new(kind, 7);
        let mut pages = world.pages(3);
        let mut got = Vec::new();
        while let Some(page) = pages.next_page_blocking().unwrap() {
            got.extend(page.items().iter().map(id));
        }
        assert_eq!(got, ids(0..7), "{kind:?}");

        let mut items = world.pages(3).items_blocking();
        let first: Vec<_> = items
            .by_ref()
            .take(2)
            .map(|item| id(&item.unwrap()))
            .collect();
        assert_eq!(first, ids(0..2));
        world.trouble(Trouble::Status(400));
        let position = items.position().unwrap();
        assert_eq!(id(&items.next().unwrap().unwrap()), 2);
        assert!(items.next().unwrap().is_err());
        assert!(items.next().is_none());
        world.trouble(None);
        let mut pages = items.into_pages();
        assert_eq!(
            pages.next_page_blocking().unwrap().unwrap().items().len(),
            3
        );
        let rest = world.pages(3).from_position(&position).items_blocking();
        let rest: Vec<_> = rest.map(|item| id(&item.unwrap())).collect();
        assert_eq!(rest, ids(2..7), "{kind:?}");
    }
}
