//! Whatever the page size, the limits and the interruptions: every item once, in order.

use crate::lists::*;
use proptest::prelude::*;

/// How one process reads before the next one goes on.
#[derive(Clone, Debug)]
enum Run {
    /// So many pages.
    Pages(usize),
    /// So many items from the stream.
    Items(usize),
    /// Until this limit.
    Limit(u64),
    /// Pages until a request fails, and once more.
    Trouble(usize, Trouble),
    /// Some items, then on with pages in the same process.
    Mixed(usize, usize),
}

fn run() -> impl Strategy<Value = Run> {
    prop_oneof![
        (0..4_usize).prop_map(Run::Pages),
        (0..20_usize).prop_map(Run::Items),
        (0..20_u64).prop_map(Run::Limit),
        (0..3_usize, 0..3_usize).prop_map(|(after, which)| Run::Trouble(after, TROUBLES[which])),
        (0..10_usize, 0..3_usize).prop_map(|(items, pages)| Run::Mixed(items, pages)),
    ]
}

async fn play(kind: Kind, items: usize, size: usize, runs: &[Run]) {
    let world = World::new(kind, items);
    let mut got = Vec::new();
    let mut position = world.pages(size).position();
    for run in runs {
        let Some(saved) = position else { break };
        let mut pages = world.pages(size).from_position(&saved);
        match *run {
            Run::Pages(count) => {
                for _ in 0..count {
                    if let Some(page) = world.next(&mut pages).await.unwrap() {
                        got.extend(page.items().iter().map(id));
                    }
                }
            }
            Run::Items(count) => {
                let mut items = pages.items();
                for _ in 0..count {
                    if let Some(item) = world.rig.run(items.next()).await {
                        got.push(id(&item.unwrap()));
                    }
                }
                position = items.position();
                continue;
            }
            Run::Limit(limit) => {
                pages = pages.limit(limit);
                let (more, error) = world.drain(&mut pages).await;
                assert!(error.is_none() && more.len() as u64 <= limit);
                got.extend(more);
            }
            Run::Trouble(after, trouble) => {
                for count in 0..after + 3 {
                    world.trouble((count == after).then_some(trouble));
                    if let Ok(Some(page)) = world.next(&mut pages).await {
                        got.extend(page.items().iter().map(id));
                    }
                }
                world.trouble(None);
            }
            Run::Mixed(items, count) => {
                let mut stream = pages.items();
                for _ in 0..items {
                    if let Some(item) = world.rig.run(stream.next()).await {
                        got.push(id(&item.unwrap()));
                    }
                }
                pages = stream.into_pages();
                for _ in 0..count {
                    if let Some(page) = world.next(&mut pages).await.unwrap() {
                        got.extend(page.items().iter().map(id));
                    }
                }
            }
        }
        position = pages.position();
    }
    if let Some(saved) = position {
        got.extend(world.all(world.pages(size).from_position(&saved)).await);
    }
    assert_eq!(got, ids(0..items), "{kind:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_comes_once_and_in_order(
        kind in 0..KINDS.len(),
        items in 0..60_usize,
        size in 1..9_usize,
        runs in prop::collection::vec(run(), 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(KINDS[kind], items, size, &runs));
    }
}
