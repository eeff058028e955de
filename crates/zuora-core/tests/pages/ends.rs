//! Pages that loop, repeat, shrink or say nonsense: an error that names the place, never a circle.

use crate::lists::*;
use zuora_core::{Error, ErrorKind, Json};

/// Reads a list of ten, four a page, whose pages are changed so; what it gave, and its error.
async fn read(
    kind: Kind,
    tamper: impl FnMut(usize, &mut zuora_wire::Object) + Send + 'static,
) -> (Vec<u64>, Error, World) {
    let world = World::new(kind, 10).tampering(tamper);
    let mut pages = world.pages(4);
    let (got, error) = world.drain(&mut pages).await;
    let error = error.unwrap_or_else(|| panic!("{kind:?}: no error after {got:?}"));
    assert!(error.body().is_some(), "{error}");
    assert!(error.status().is_some() && error.request_id().is_some());
    // Asked again, the same comes of it.
    let position = pages.position();
    // No page stands before it, not even an empty one.
    let second = world.next(&mut pages).await.unwrap_err();
    assert_eq!(second.to_string(), error.to_string(), "{kind:?}");
    assert_eq!(pages.position(), position);
    (got, error, world)
}

fn named() -> impl Iterator<Item = Kind> {
    KINDS.into_iter().filter(|kind| !kind.is_counted())
}

#[tokio::test(start_paused = true)]
async fn a_list_that_comes_back_to_a_page_ends() {
    for kind in named() {
        // The third page names the second one; then, the second one names itself.
        for (at, size, wanted) in [(2, 3, 9), (1, 4, 8)] {
            let mut second = None;
            let world = World::new(kind, 12).tampering(move |number, page| {
                let name = kind.next_name();
                if number == 0 {
                    second = page.get(name).cloned();
                } else if number >= at {
                    page.insert(name, second.clone().unwrap());
                }
            });
            let mut pages = world.pages(size);
            let (got, error) = world.drain(&mut pages).await;
            let error = error.unwrap();
            assert_eq!(got, ids(0..wanted), "{kind:?}");
            assert_eq!(world.requests(), at + 1);
            assert_eq!(error.kind(), ErrorKind::Decode);
            let text = error.to_string();
            assert!(text.contains(kind.next_name()), "{text}");
            assert!(
                text.ends_with("it leads back to a page that was read before"),
                "{text}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_page_by_its_own_address_counts_as_read() {
    let (got, error, world) = read(Kind::NextUrl, |_, page| {
        // The same parameters in another order, and another host of Zuora's.
        let next = "https://rest.eu.zuora.com/v1/invoices?pageSize=4&filter=name.EQ%3Aa%26b%3D%C3%BC&fields[]=id%2Cname";
        page.insert("nextPage", next);
    })
    .await;
    assert_eq!(got, ids(0..4));
    assert!(
        error
            .to_string()
            .contains("page 1: nextPage: it leads back"),
        "{error}"
    );
    assert_eq!(world.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_that_names_itself_ends_the_list() {
    for kind in named() {
        let mut own = None;
        let (got, error, _) = read(kind, move |number, page| {
            if number == 0 {
                own = page.get(kind.next_name()).cloned();
            } else {
                page.insert(kind.next_name(), own.clone().unwrap());
                let items = ["invoices", "data", "records"]
                    .into_iter()
                    .find(|name| page.get(name).is_some());
                page.insert(items.unwrap(), Vec::<Json>::new());
                if kind == Kind::QueryMore {
                    page.insert("done", false);
                }
            }
        })
        .await;
        assert_eq!(got, ids(0..4));
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("leads back"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn empty_pages_are_followed_but_not_for_ever() {
    // Ninety-nine empty pages in a row, then the items.
    let world = World::new(Kind::Cursor, 3).tampering(|number, page| {
        if number < 99 {
            page.insert("data", Vec::<Json>::new());
            page.insert("nextPage", "==0".to_owned() + &"0".repeat(number));
        }
    });
    assert_eq!(world.all(world.pages(4)).await, ids(0..3));
    assert_eq!(world.requests(), 100);

    let (got, error, world) = read(Kind::Cursor, |number, page| {
        page.insert("data", Vec::<Json>::new());
        page.insert("nextPage", "==0".to_owned() + &"0".repeat(number));
    })
    .await;
    assert_eq!(got, ids(0..0));
    assert_eq!(world.requests(), 101);
    assert!(
        error
            .to_string()
            .contains("page 100: nextPage: it leads on, but 100 pages"),
        "{error}"
    );

    // A block that always tells of more.
    let (got, error, world) = read(Kind::PageLength, |_, page| {
        page.insert("pagination", Json::object([("next_page", 7)]));
    })
    .await;
    assert_eq!(got, ids(0..10));
    assert_eq!(world.requests(), 104);
    assert!(
        error
            .to_string()
            .contains("pagination.next_page: it leads on"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn counted_pages_that_repeat_or_lack_items_end() {
    for (kind, place) in [
        (Kind::Counted, "commitments"),
        (Kind::CountedBlind, "data.jobs"),
        (Kind::BodyPage, "values"),
        (Kind::PageLength, "data"),
    ] {
        // A server that does not know the parameter gives its first page for ever.
        let mut first = None;
        let (got, error, _) = read(kind, move |_, page| {
            *page = first.get_or_insert_with(|| page.clone()).clone();
        })
        .await;
        assert_eq!(got, ids(0..4), "{kind:?}");
        let text = format!("page 2: {place}: the page has the same items as the one before it");
        assert!(error.to_string().contains(&text), "{error}");
    }
    let (got, error, _) = read(Kind::Counted, |_, page| {
        page.insert("total", 11);
    })
    .await;
    assert_eq!(got, ids(0..10));
    let text = "page 4: commitments: the page has no items, although 11 are told and 10 were read";
    assert!(error.to_string().contains(text), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_total_that_changes_is_believed_as_it_is_told() {
    for (total, wanted) in [(3, 4), (8, 8)] {
        let world = World::new(Kind::Counted, 10).tampering(move |_, page| {
            page.insert("total", total);
        });
        assert_eq!(world.all(world.pages(4)).await, ids(0..wanted));
    }
    // What is no number tells nothing.
    let world = World::new(Kind::Counted, 10).tampering(|_, page| {
        page.insert("total", "many");
    });
    assert_eq!(world.all(world.pages(4)).await, ids(0..10));
}

#[tokio::test(start_paused = true)]
async fn items_of_another_shape_are_an_error_at_once() {
    for kind in KINDS {
        let outer = match kind {
            Kind::NextUrl => "invoices",
            Kind::Counted => "commitments",
            Kind::CustomObjects | Kind::QueryMore => "records",
            Kind::BodyPage => "values",
            _ => "data",
        };
        let place = if kind == Kind::CountedBlind {
            "data.jobs"
        } else {
            outer
        };
        for (value, said) in [
            (None, "the items of the page are missing"),
            (Some("null"), ""),
            (Some("{}"), ""),
            (Some("\"x\""), ""),
            (Some("7"), ""),
        ] {
            let (got, error, world) = read(kind, move |number, page| {
                if number == 0 {
                    return;
                }
                match value {
                    Some(value) => page.insert(outer, value.parse::<Json>().unwrap()),
                    None => page.remove(outer),
                };
            })
            .await;
            assert_eq!(got, ids(0..4));
            assert_eq!(error.kind(), ErrorKind::Decode);
            let text = error.to_string();
            assert!(text.contains(&format!("page 2: {place}: {said}")), "{text}");
            assert_eq!(world.requests(), 3);
        }
    }
    let (_, error, _) = read(Kind::Cursor, |_, page| {
        page.insert("data", Json::object([("x", 1)]));
    })
    .await;
    assert!(
        error
            .to_string()
            .ends_with("data: expected an array of items, found an object"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_next_page_of_another_type_comes_after_the_items() {
    for kind in named() {
        for (value, said) in [
            (Json::from(5), "a number"),
            (Json::Bool(true), "a boolean"),
            (Json::object([("x", 1)]), "an object"),
            (Json::from(vec![1]), "an array"),
        ] {
            let (got, error, world) = read(kind, move |number, page| {
                if number > 0 {
                    page.insert(kind.next_name(), value.clone());
                    if kind == Kind::QueryMore {
                        page.insert("done", false);
                    }
                }
            })
            .await;
            assert_eq!(got, ids(0..8), "{kind:?}");
            let text = format!("{}: expected a string, found {said}", kind.next_name());
            assert!(error.to_string().ends_with(&text), "{error}");
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(world.requests(), 3);
        }
        // These are ends, like one that is absent.
        for value in [Json::Null, Json::from(""), Json::from(" ")] {
            let world = World::new(kind, 10).tampering(move |number, page| {
                if number > 0 {
                    page.insert(kind.next_name(), value.clone());
                    page.remove("done");
                    page.remove("size");
                }
            });
            assert_eq!(world.all(world.pages(4)).await, ids(0..8), "{kind:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_goes_on_exactly_until_it_is_done() {
    // A locator beside `done` is not followed.
    let world = World::new(Kind::QueryMore, 8).tampering(|_, page| {
        page.insert("queryLocator", "==9");
    });
    let mut pages = world.pages(8);
    assert_eq!(world.drain(&mut pages).await.0, ids(0..8));
    assert_eq!(world.requests(), 1);
    let (got, error, _) = read(Kind::QueryMore, |_, page| {
        page.remove("queryLocator");
    })
    .await;
    assert_eq!(got, ids(0..4));
    assert!(
        error
            .to_string()
            .ends_with("queryLocator: it is missing, although `done` is false"),
        "{error}"
    );
    let (_, error, _) = read(Kind::QueryMore, |_, page| {
        page.insert("done", "no");
    })
    .await;
    assert!(
        error
            .to_string()
            .ends_with("done: expected true or false, found a string"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_follows_the_limit_is_nobodys_concern() {
    let world = World::new(Kind::Cursor, 10).tampering(|_, page| {
        page.insert("nextPage", 7);
    });
    for limit in [2, 4] {
        let mut pages = world.pages(4).limit(limit);
        let (got, error) = world.drain(&mut pages).await;
        assert_eq!(got.len() as u64, limit);
        assert!(error.is_none());
        assert!(pages.position().is_some());
    }
}
