//! What a look-up costs: the first one of a process, with the memory that it touches, and later ones.
//!
//! `cargo bench -p zuora-catalog`. Baselines of the same run: a hash table of all ids, which has to be
//! built first, and a walk over all paths.

use std::{collections::HashMap, hint::black_box, time::Duration};
use zuora_catalog::{Direction, find, operation, operations, route, sample::Sample, schema};

const ROUNDS: usize = 31;
const CALLS: u32 = 20_000;

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = std::time::Instant::now();
    let value = black_box(work());
    (value, begun.elapsed())
}

/// Memory of the program's file that this process has touched, in KiB; Linux only.
fn touched() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssFile:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// One time, with what it allocated and what it touched.
fn once<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let before = touched();
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(time(work)));
    let (value, took) = result.unwrap_or_else(|| unreachable!("measure calls its closure"));
    println!(
        "{name:<52} {:>9.1} us {:>7} allocations {:>9} bytes {:>6} KiB touched",
        took.as_secs_f64() * 1e6,
        counted.count_total,
        counted.bytes_current.max(0),
        touched().saturating_sub(before),
    );
    value
}

/// Many times: median of the rounds.
fn often(name: &str, calls: u32, mut work: impl FnMut()) {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| time(|| (0..calls).for_each(|_| work())).1.as_secs_f64() * 1e9)
        .collect();
    times.sort_by(f64::total_cmp);
    let allocations = allocation_counter::measure(&mut work).count_total;
    println!(
        "{name:<52} {:>9.0} ns {allocations:>7} allocations",
        times[ROUNDS / 2] / f64::from(calls)
    );
}

/// The rest of the text is left alone: what a walk takes.
fn walk(method: &str, path: &str) -> Option<&'static str> {
    let wanted: Vec<_> = path.split('/').collect();
    operations()
        .find(|operation| {
            let segments: Vec<_> = operation.path().split('/').collect();
            let same = |(known, asked): (&&str, &&str)| known.starts_with('{') || known == asked;
            operation.method() == method
                && segments.len() == wanted.len()
                && segments.iter().zip(&wanted).all(same)
        })
        .map(|operation| operation.id())
}

fn main() {
    println!("once, in a process that has not asked yet");
    once("operation by id", || operation("getAccount").is_some());
    once("another", || operation("createOrder").is_some());
    once("schema by name", || schema("AccountBasicInfo").is_some());
    once("method and path, builds the tree", || {
        route("GET", "/v1/accounts/A1").is_some()
    });
    once("method and path, again", || {
        route("GET", "/v1/orders/O1").is_some()
    });
    let by_id: HashMap<_, _> = once("a hash table of all ids", || {
        operations()
            .map(|operation| (operation.id(), operation))
            .collect()
    });

    println!("\noften");
    let ids: Vec<_> = operations().map(|operation| operation.id()).collect();
    let mut next = ids.iter().cycle();
    let mut id = move || next.next().copied().unwrap_or_default();
    often("operation by id, all in turn", CALLS, || {
        black_box(operation(black_box(id())));
    });
    let mut next = ids.iter().cycle();
    let mut id = move || next.next().copied().unwrap_or_default();
    often("the same in the hash table", CALLS, || {
        black_box(by_id.get(black_box(id())));
    });
    let names: Vec<_> = zuora_catalog::schemas()
        .map(|schema| schema.name())
        .collect();
    let mut next = names.iter().cycle();
    often("schema by name, all in turn", CALLS, || {
        black_box(next.next().and_then(|name| schema(black_box(name))));
    });
    let paths: Vec<_> = operations()
        .map(|operation| {
            let path = operation.path().replace('{', "a").replace('}', "");
            (operation.method(), path)
        })
        .collect();
    let mut next = paths.iter().cycle();
    often("method and path, all in turn", CALLS, || {
        black_box(
            next.next()
                .and_then(|(method, path)| route(method, black_box(path))),
        );
    });
    often("method and path with its parameter decoded", CALLS, || {
        let found = route("GET", black_box("/v1/accounts/A%2F1"));
        black_box(found.and_then(|route| route.param("account-key")));
    });
    often("a URL below a base of two segments", CALLS, || {
        black_box(find(
            "GET",
            black_box("https://proxy.example/a/b/v1/accounts/A1"),
        ));
    });
    let mut next = paths.iter().cycle();
    often("a walk over all paths, all in turn", 100, || {
        black_box(
            next.next()
                .and_then(|(method, path)| walk(method, black_box(path))),
        );
    });

    println!("\nvalidation and samples");
    for name in [
        "AccountDetailResponse",
        "CreateOrderRequest",
        "AccountSummaryInvoice",
    ] {
        let Some(schema) = schema(name) else { continue };
        let value = Sample::new(1).of(schema);
        let bytes = value.to_compact_string().len();
        often(&format!("{name}, {bytes} bytes: check"), 50, || {
            black_box(schema.check(black_box(&value), Direction::Reply));
        });
        often(&format!("{name}: make"), 50, || {
            black_box(Sample::new(1).of(schema));
        });
    }
}
