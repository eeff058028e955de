//! What every call pays for its token while the token is fresh.
//!
//! Three things in turn, many rounds, medians: a bare `ArcSwap` load with two clock reads (the least
//! that a lock-free token with two clocks can cost), the guard alone, and the function that the
//! pipeline calls, whose result is a clone of the header value. Then the last with two threads.
//!
//! `cargo bench -p zuora-core --bench token_read` prints times and ratios;
//! `... -- count baseline|guard|header N` only runs N reads, for counting instructions.

use std::{
    hint::black_box,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};
use zuora_core::{Client, Clock, Credentials, SystemClock};
use zuora_sim::{SimClient, Simulator};

const ID: &str = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
const SECRET: &str = "bench-secret";
const ROUNDS: usize = 31;
const READS: u64 = 1_000_000;

struct Expiry {
    mono: std::time::Instant,
    wall: std::time::SystemTime,
}

type Baseline = arc_swap::ArcSwapOption<Expiry>;

/// The least: load, look at both clocks.
#[inline(never)]
fn baseline(bare: &Baseline, reads: u64) {
    let clock = SystemClock;
    for _ in 0..reads {
        let held = black_box(bare).load();
        let good = held
            .as_deref()
            .is_some_and(|held| clock.now() < held.mono && clock.wall() < held.wall);
        black_box(good);
    }
}

#[inline(never)]
fn guard(client: &Client, reads: u64) {
    for _ in 0..reads {
        black_box(black_box(client).fresh_generation());
    }
}

#[inline(never)]
fn header(client: &Client, reads: u64) {
    for _ in 0..reads {
        black_box(black_box(client).fresh_authorization());
    }
}

/// Nanoseconds a read.
fn time(reads: u64, work: impl FnOnce()) -> f64 {
    let clock = SystemClock;
    let begun = clock.now();
    work();
    (clock.now() - begun).as_secs_f64() * 1e9 / reads as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Nanoseconds a read for one of `threads` that read at the same time.
fn together(client: &Client, threads: usize) -> f64 {
    let start = Arc::new(Barrier::new(threads));
    let times: Vec<f64> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                let start = start.clone();
                scope.spawn(move || {
                    start.wait();
                    time(READS, || header(client, READS))
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or(f64::NAN))
            .collect()
    });
    times.iter().sum::<f64>() / threads as f64
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    // The simulator in the process and the machine's clock: as in production but for the wire.
    let sim = Simulator::builder()
        .one_account()
        .client(SimClient::new(ID, SECRET))
        .build()
        .expect("a simulator");
    let client = Client::builder()
        .environment(sim.base_url())
        .credentials(Credentials::parse(ID, SECRET).expect("credentials"))
        .transport(sim.transport())
        .build()
        .expect("a client");
    runtime.block_on(client.warm_up()).expect("a token");

    let hour = Duration::from_secs(3600);
    let bare = Baseline::from_pointee(Expiry {
        mono: SystemClock.now() + hour,
        wall: SystemClock.wall() + hour,
    });

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [count, what, reads] = &arguments[..]
        && count == "count"
    {
        let reads = reads.parse().expect("a number of reads");
        match what.as_str() {
            "baseline" => baseline(&bare, reads),
            "guard" => guard(&client, reads),
            _ => header(&client, reads),
        }
        return;
    }

    let allocations = allocation_counter::measure(|| header(&client, 1000)).count_total;
    let (mut bare_times, mut guards, mut headers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut guard_ratios, mut header_ratios) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let least = time(READS, || baseline(&bare, READS));
        let guarded = time(READS, || guard(&client, READS));
        let whole = time(READS, || header(&client, READS));
        guard_ratios.push(guarded / least);
        header_ratios.push(whole / least);
        bare_times.push(least);
        guards.push(guarded);
        headers.push(whole);
    }
    let (mut ones, mut pairs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = together(&client, 1);
        let two = together(&client, 2);
        ones.push(one);
        pairs.push(two / one);
    }

    println!(
        "ArcSwap load and two clock reads  {:6.1} ns",
        median(bare_times)
    );
    println!(
        "guard alone                       {:6.1} ns   {:.2}x",
        median(guards),
        median(guard_ratios)
    );
    println!(
        "guard and clone of the header     {:6.1} ns   {:.2}x   {allocations} allocations in 1000 reads",
        median(headers),
        median(header_ratios)
    );
    println!(
        "the same by two threads           {:6.1} ns for one, {:.2}x by two",
        median(ones),
        median(pairs)
    );
}
