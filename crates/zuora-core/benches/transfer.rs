//! Memory and time of a file of 1 GB, down and up, over loopback.
//!
//! The simulator runs in a child process and makes the bytes as it sends them; this process downloads
//! them to nowhere and to a file, and sends that file. Peak resident memory is read after each step,
//! beside that before the first and that of bare `reqwest` reading the same file.
//!
//! `cargo bench -p zuora-core --bench transfer` (Linux: memory is read from `/proc/self/status`)

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::Builder;
use zuora_core::{
    Client, Clock, Credentials, FilePart, Method, Multipart, RequestBuilder, SystemClock,
};
use zuora_sim::{SimClient, SimFile, Simulator};

const ID: &str = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
const SECRET: &str = "a-secret-of-the-benchmark-0123456789";
const SIZE: u64 = 1_000_000_000;
/// The bound: peak resident memory in KiB.
const MOST: u64 = 32 * 1024;

fn serve() {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let sim = Simulator::builder()
            .one_account()
            .client(SimClient::new(ID, SECRET))
            .file(SimFile::new("large", SIZE))
            .usage_limit(2 * SIZE)
            .start()
            .await
            .expect("the simulator starts");
        println!("{}", sim.base_url());
        std::future::pending::<()>().await;
    });
}

/// A number of KiB from `/proc/self/status`.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(of));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Forgets the peak so far.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

struct Step {
    name: &'static str,
    took: Duration,
    peak: u64,
}

async fn step(name: &'static str, work: impl Future<Output = ()>) -> Step {
    forget_peak();
    let begun = SystemClock.now();
    work.await;
    Step {
        name,
        took: SystemClock.now() - begun,
        peak: memory("VmHWM:"),
    }
}

async fn run(base: &str) -> Vec<Step> {
    let client = Client::builder()
        .environment(base)
        .credentials(Credentials::parse(ID, SECRET).expect("credentials"))
        .token_store(Arc::new(zuora_core::MemoryStore::default()))
        .build()
        .expect("a client");
    client.warm_up().await.expect("a token");
    println!("before the first step: {} KiB", memory("VmRSS:"));
    let get = || -> RequestBuilder { client.request(Method::GET, "/v1/files/large") };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.csv");
    let authorization = client.fresh_authorization().expect("a token");

    let mut steps = Vec::new();
    steps.push(
        step("bare reqwest, download to nowhere", async {
            let client = reqwest::Client::new();
            let call = client.get(format!("{base}/v1/files/large"));
            let call = call.header("authorization", authorization.clone());
            let mut reply = call.send().await.expect("a reply");
            let mut read = 0;
            while let Some(piece) = reply.chunk().await.expect("a piece") {
                read += piece.len() as u64;
            }
            assert_eq!(read, SIZE);
        })
        .await,
    );
    steps.push(
        step("download to nowhere", async {
            let reply = get().download().to_writer(&mut tokio::io::sink()).await;
            assert_eq!(*reply.expect("a download").data(), SIZE);
        })
        .await,
    );
    steps.push(
        step("download to a file", async {
            let reply = get().download().to_file(&path).await;
            assert_eq!(*reply.expect("a download").data(), SIZE);
        })
        .await,
    );
    let upload = || {
        let form = Multipart::new().file("file", FilePart::path(&path));
        client.request(Method::POST, "/v1/usage").multipart(form)
    };
    steps.push(
        step("upload of a file", async {
            upload().await.expect("an upload");
        })
        .await,
    );
    steps
}

fn main() {
    if std::env::args().any(|arg| arg == "serve") {
        return serve();
    }
    let mut server = Command::new(std::env::current_exe().expect("this program"))
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a server");
    let mut base = String::new();
    let out = server.stdout.take().expect("its output");
    BufReader::new(out)
        .read_line(&mut base)
        .expect("its address");

    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let steps = runtime.block_on(run(base.trim()));
    let _ = server.kill();
    let _ = server.wait();

    let mut good = true;
    for Step { name, took, peak } in steps {
        let speed = SIZE as f64 / 1e6 / took.as_secs_f64();
        println!("{name}: peak {peak} KiB, {took:.1?}, {speed:.0} MB/s");
        good &= peak <= MOST;
    }
    println!(
        "bound: {MOST} KiB: {}",
        if good { "met" } else { "NOT MET" }
    );
    std::process::exit(i32::from(!good));
}
