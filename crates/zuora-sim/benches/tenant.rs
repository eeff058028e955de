//! How soon a tenant answers, how many calls it answers beside a bare handler with the same bytes, and
//! what it holds in memory.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark reads real time, and may panic"
)]

use bytes::Bytes;
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use zuora_sim::{Limits, Simulator, SimulatorBuilder};

const CONNECTIONS: usize = 8;
const RUN: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const RECORDS: usize = 1_000_000;
const PER_ACCOUNT: usize = 1000;
/// How many pages of a query are read.
const PAGES: usize = 20;

/// One request on an open connection; gives the body.
async fn ask(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Vec<u8> {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.unwrap();
        assert_ne!(read, 0, "the connection ended");
        let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
        let length = text.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().trim().parse().unwrap();
        if buffer.len() >= head + 4 + length {
            assert!(text.starts_with("http/1.1 200"), "{text}");
            return buffer[head + 4..].to_vec();
        }
    }
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

async fn token(sim: &Simulator, stream: &mut TcpStream) -> String {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", sim.client_id())
        .append_pair("client_secret", sim.client_secret())
        .append_pair("grant_type", "client_credentials")
        .finish();
    let headers = "content-type: application/x-www-form-urlencoded\r\n";
    let request = request("POST", "/oauth/token", headers, &form);
    let reply = ask(stream, &request, &mut Vec::new()).await;
    let reply = zuora_wire::Json::parse(&reply).unwrap();
    reply
        .get("access_token")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

fn authority(sim: &Simulator) -> &str {
    sim.base_url().split_once("://").unwrap().1
}

async fn first_answer(builder: SimulatorBuilder) -> Duration {
    let begun = Instant::now();
    let sim = builder.start().await.unwrap();
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    token(&sim, &mut stream).await;
    begun.elapsed()
}

/// Calls a second over several connections.
async fn throughput(address: &str, request: Vec<u8>) -> f64 {
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (address, request) = (address.to_owned(), request.clone());
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (mut count, mut buffer) = (0_u32, Vec::new());
            while begun.elapsed() < RUN {
                ask(&mut stream, &request, &mut buffer).await;
                count += 1;
            }
            count
        }));
    }
    let mut total = 0;
    for task in tasks {
        total += task.await.unwrap();
    }
    f64::from(total) / begun.elapsed().as_secs_f64()
}

/// A server that answers everything with these bytes.
async fn bare(body: Bytes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let body = body.clone();
            tokio::spawn(async move {
                let service = service_fn(move |_| {
                    let reply = http::Response::new(Full::new(body.clone()));
                    async move { Ok::<_, std::convert::Infallible>(reply) }
                });
                let io = TokioIo::new(stream);
                let _ = http1::Builder::new().serve_connection(io, service).await;
            });
        }
    });
    address
}

/// Resident memory in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A document of one account for every thousand usage records.
fn usage(records: usize) -> String {
    use std::fmt::Write as _;
    let mut document = String::from("{\"records\":{\"Account\":[");
    for account in 0..records.div_ceil(PER_ACCOUNT) {
        let comma = if account == 0 { "" } else { "," };
        let _ = write!(
            document,
            r#"{comma}{{"id":"a{account:031x}","name":"Account {account}","currency":"EUR"}}"#
        );
    }
    document.push_str("],\"Usage\":[");
    for record in 0..records {
        let comma = if record == 0 { "" } else { "," };
        let _ = write!(
            document,
            r#"{comma}{{"id":"b{record:031x}","accountId":"a{:031x}","uOM":"Hours","quantity":{}.25,"startDateTime":"2026-{:02}-{:02}T08:00:00Z","rbeStatus":"Pending","createdDate":"2026-11-23T00:00:00Z","updatedDate":"2026-11-23T00:00:00Z"}}"#,
            record % records.div_ceil(PER_ACCOUNT),
            record % 97,
            record % 12 + 1,
            record % 28 + 1,
        );
    }
    document.push_str("]}}");
    document
}

/// How soon and in how much memory a million usage records are loaded, and how long a page of ZOQL takes
/// over them.
async fn many() {
    let document = usage(RECORDS);
    let size = document.len() as f64 / 1e6;
    let before = memory();
    let begun = Instant::now();
    let builder = Simulator::builder().seed(19);
    let sim = builder.data(&document).unwrap().start().await.unwrap();
    let loaded = begun.elapsed().as_secs_f64();
    let held = (memory() - before) as f64 / 1024.0;
    println!("{RECORDS} usage records, {size:.0} MB of JSON: {loaded:.1} s, {held:.0} MiB");
    drop(document);
    sim.set_limits(Limits::unlimited());
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    let token = token(&sim, &mut stream).await;
    let headers = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
    let whole = format!("a{:031x}", 7);
    for (name, condition) in [
        ("an indexed field", format!("AccountId = '{whole}'")),
        (
            "an indexed field and another",
            format!("AccountId = '{whole}' and Quantity > 50"),
        ),
        (
            "no indexed field",
            "StartDateTime >= '2026-12-28T00:00:00Z'".to_owned(),
        ),
        ("every record", "Quantity >= 0".to_owned()),
    ] {
        let query = format!("select Id, AccountId, Quantity from Usage where {condition}");
        let body = format!(r#"{{"queryString":"{query}"}}"#);
        let first = request("POST", "/v1/action/query", &headers, &body);
        let mut times = Vec::new();
        let mut pages = 0;
        let mut next = Some(first);
        let mut size = 0;
        while let Some(asked) = next.take().filter(|_| pages < PAGES) {
            let begun = Instant::now();
            let reply = ask(&mut stream, &asked, &mut Vec::new()).await;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            pages += 1;
            let reply = zuora_wire::Json::parse(&reply).unwrap();
            size = reply
                .get("size")
                .unwrap()
                .as_number()
                .unwrap()
                .as_u64()
                .unwrap();
            next = reply.get("queryLocator").map(|locator| {
                let body = format!(r#"{{"queryLocator":{locator}}}"#);
                request("POST", "/v1/action/queryMore", &headers, &body)
            });
        }
        let first = times.remove(0);
        let rest = if times.is_empty() {
            String::new()
        } else {
            format!(", a further page {:.1} ms", median(times))
        };
        println!("ZOQL by {name}: {size} records; the first page {first:.1} ms{rest}");
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    // Gigabytes of memory: only when it is asked for.
    if std::env::args().any(|arg| arg == "usage") {
        return runtime.block_on(many());
    }
    runtime.block_on(async {
        let before = memory();
        type Made = fn() -> SimulatorBuilder;
        let kinds: [(&str, Made); 2] = [
            ("empty", Simulator::builder),
            ("demo", || Simulator::builder().seed(19).demo()),
        ];
        for (name, make) in kinds {
            // The first one of a process builds the tables of routes as well.
            let first = first_answer(make()).await;
            let mut times = Vec::new();
            for _ in 0..ROUNDS {
                times.push(first_answer(make()).await.as_secs_f64() * 1e3);
            }
            let first = first.as_secs_f64() * 1e3;
            println!(
                "{name}: first answer after {first:.2} ms, again {:.2} ms",
                median(times)
            );
        }
        let sim = Simulator::builder().seed(19).demo().start().await.unwrap();
        sim.set_limits(Limits::unlimited());
        let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
        let token = token(&sim, &mut stream).await;
        println!(
            "idle with the demo data: {} KiB more than {before} KiB",
            memory() - before
        );
        let headers = format!("authorization: Bearer {token}\r\n");
        let get = request("GET", "/v1/accounts/A00000001", &headers, "");
        let body = ask(&mut stream, &get, &mut Vec::new()).await;
        let bare = bare(body.clone().into()).await;
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            other.push(throughput(&bare, get.clone()).await);
            own.push(throughput(authority(&sim), get.clone()).await);
        }
        let (own, other) = (median(own), median(other));
        println!(
            "getAccount ({} bytes): {own:.0} calls/s, bare handler {other:.0}: {:.2}",
            body.len(),
            own / other
        );
    });
}
