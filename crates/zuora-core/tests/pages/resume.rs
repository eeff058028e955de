//! On from a saved position: at every page, at every item, after every error.

use crate::lists::*;
use zuora_core::{ErrorKind, Json};

#[tokio::test(start_paused = true)]
async fn another_process_goes_on_at_every_page() {
    for kind in KINDS {
        for after in 0..=3_usize {
            let world = World::new(kind, 10);
            let mut pages = world.pages(4);
            for _ in 0..after {
                world.next(&mut pages).await.unwrap();
            }
            let Some(position) = pages.position() else {
                assert!(after == 3, "{kind:?}");
                continue;
            };
            let other = World::new(kind, 10);
            let rest = other.all(other.pages(4).from_position(&position)).await;
            assert_eq!(rest, ids((after * 4).min(10)..10), "{kind:?}: {position}");
            assert_eq!(other.requests(), kind.requests(10, 4) - after);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_process_goes_on_at_every_item() {
    for kind in KINDS {
        for after in 0..=10_usize {
            let world = World::new(kind, 10);
            let mut items = world.pages(4).items();
            for _ in 0..after {
                world.rig.run(items.next()).await.unwrap().unwrap();
            }
            let position = items.position();
            // And a limit that ends in the middle of a page is the same.
            let mut limited = world.pages(4).limit(after as u64);
            world.drain(&mut limited).await;
            assert_eq!(limited.position(), position, "{kind:?}, {after}");
            let rest = match position {
                Some(position) => world.all(world.pages(4).from_position(&position)).await,
                None => Vec::new(),
            };
            assert_eq!(rest, ids(after..10), "{kind:?}, {after}");
            // In the same process.
            let rest = world.all(items.into_pages()).await;
            assert_eq!(rest, ids(after..10), "{kind:?}, {after}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_error_nothing_is_lost_and_nothing_doubled() {
    for kind in KINDS {
        for trouble in TROUBLES {
            for after in 0..3 {
                let world = World::new(kind, 10);
                let mut pages = world.pages(4);
                let mut got = Vec::new();
                for _ in 0..after {
                    let page = world.next(&mut pages).await.unwrap().unwrap();
                    got.extend(page.items().iter().map(id));
                }
                world.trouble(trouble);
                let position = pages.position();
                for _ in 0..2 {
                    assert!(
                        world.next(&mut pages).await.is_err(),
                        "{kind:?} {trouble:?}"
                    );
                    assert_eq!(pages.position(), position);
                }
                world.trouble(None);
                let position = position.unwrap();
                let elsewhere = world.all(world.pages(4).from_position(&position)).await;
                let here = world.all(pages).await;
                assert_eq!(here, elsewhere);
                got.extend(here);
                assert_eq!(got, ids(0..10), "{kind:?} {trouble:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_given_up_is_asked_for_again() {
    let world = World::new(Kind::Cursor, 10);
    let mut pages = world.pages(4);
    world.next(&mut pages).await.unwrap();
    // Dropped before it was polled, and after it was polled once.
    drop(pages.next_page());
    world.trouble(Trouble::Silent);
    {
        let mut call = std::pin::pin!(pages.next_page());
        let once = std::future::poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        });
        world.rig.run(once).await;
    }
    world.trouble(None);
    assert_eq!(world.all(pages).await, ids(4..10));
}

#[tokio::test(start_paused = true)]
async fn the_position_can_be_read() {
    let world = World::new(Kind::NextUrl, 10);
    let mut pages = world.pages(4);
    let text = |position: Option<String>| Json::parse(position.unwrap()).unwrap();
    let start = text(pages.position());
    assert_eq!(start.get("call"), Some(&Json::from("GET /v1/invoices")));
    assert_eq!(start.get("next"), Some(&Json::Null));
    world.next(&mut pages).await.unwrap();
    let second = text(pages.position());
    let next = second.get("next").unwrap().as_str().unwrap();
    // No host is in it: it serves at any base.
    assert!(next.starts_with("/v1/invoices?"), "{next}");
    assert_eq!(second.get("read"), Some(&Json::from(4)));
    assert_eq!(second.get("skip"), Some(&Json::from(0)));
    let gateway = World::at(Kind::NextUrl, 10, "/gateway");
    let rest = gateway.pages(4).from_position(&second.to_string());
    assert_eq!(gateway.all(rest).await, ids(4..10));
    let state = gateway.state.lock().unwrap();
    assert_eq!(state.sent[0].uri.path(), "/gateway/v1/invoices");
}

#[tokio::test(start_paused = true)]
async fn a_position_that_is_not_one_is_refused() {
    let world = World::new(Kind::Counted, 10);
    let good = world.pages(4).position().unwrap();
    for (position, why) in [
        ("".to_owned(), "not a text that `position` gave"),
        ("page 3".to_owned(), "not a text that `position` gave"),
        ("[1]".to_owned(), "a form that this version does not know"),
        (
            good.replace("\"position\":1", "\"position\":2"),
            "a form that",
        ),
        (
            good.replace("/commitments", "/v1/invoices"),
            "belongs to GET /v1/invoices",
        ),
        (good.replace("\"page\":1", "\"page\":null"), "`page`"),
        (good.replace("\"skip\":0", "\"skip\":-1"), "`skip`"),
        (good.replace("\"skip\":0", "\"skip\":1e3"), "`skip`"),
        (good.replace("\"read\":0", "\"read\":\"x\""), "`read`"),
        (good.replace("\"next\":null", "\"next\":5"), "`next`"),
        (good.replace("\"next\":null", "\"next\":\"\""), "`next`"),
        (
            good.replace("\"next\":null", "\"next\":\"x\""),
            "not the number of a page",
        ),
    ] {
        let mut pages = world.pages(4).from_position(&position);
        for _ in 0..2 {
            let error = world.next(&mut pages).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains(why), "{position}: {error}");
        }
    }
    // A URL in a position that was changed leads nowhere else either.
    let urls = World::new(Kind::NextUrl, 10);
    let good = urls.pages(4).position().unwrap();
    for next in [
        "https://evil.example/v1",
        "//evil.example/v1",
        "/v1/../oauth/token",
        "/oauth/token",
    ] {
        let position = good.replace("\"next\":null", &format!("\"next\":\"{next}\""));
        let mut pages = urls.pages(4).from_position(&position);
        assert!(urls.next(&mut pages).await.is_err(), "{next}");
    }
    assert_eq!(world.requests() + urls.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_shrank_in_between_is_an_error() {
    let world = World::new(Kind::Cursor, 10);
    let mut limited = world.pages(4).limit(7);
    world.drain(&mut limited).await;
    let position = limited.position().unwrap();
    world.state.lock().unwrap().items = 6;
    let mut pages = world.pages(4).from_position(&position);
    let error = world.next(&mut pages).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        error
            .to_string()
            .contains("data: the page has 2 items, and 3 were given of it before"),
        "{error}"
    );
    assert!(error.body().is_some());
    assert_eq!(pages.position().unwrap(), position);
}

#[tokio::test(start_paused = true)]
async fn back_from_items_to_pages_nothing_is_forgotten() {
    for kind in KINDS {
        // What the limit had left is still left.
        let world = World::new(kind, 10);
        let mut items = world.pages(4).limit(6).items();
        for _ in 0..2 {
            world.rig.run(items.next()).await.unwrap().unwrap();
        }
        let (rest, error) = world.drain(&mut items.into_pages()).await;
        assert!(error.is_none());
        assert_eq!(rest, ids(2..6), "{kind:?}");
    }
    // Items come before the error that was found behind them.
    let world = World::new(Kind::Cursor, 10).tampering(|_, page| {
        page.insert("nextPage", 7);
    });
    let mut items = world.pages(4).items();
    world.rig.run(items.next()).await.unwrap().unwrap();
    let (rest, error) = world.drain(&mut items.into_pages()).await;
    assert_eq!(rest, ids(1..4));
    assert_eq!(error.unwrap().kind(), ErrorKind::Decode);
}
