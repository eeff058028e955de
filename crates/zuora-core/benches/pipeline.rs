//! What the client adds to an authenticated GET, beside bare `reqwest` that sends the same header.
//!
//! A child process answers every request with the same 4.6 KB, so that only the client's own CPU is
//! counted here. The two take turns, many rounds; CPU a request, medians, and the ratio round by round.
//!
//! `cargo bench -p zuora-core --bench pipeline` (Unix: the clock of the process's CPU time)

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
};
use tokio::runtime::Runtime;
use zuora_core::{Client, Clock, Credentials, Method, SystemClock};

const ID: &str = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
const PATH: &str = "/v1/accounts/A00000001";
const ROUNDS: usize = 31;
const CALLS: usize = 10_000;

fn account() -> String {
    let filler = "x".repeat(4_500);
    format!(r#"{{"basicInfo":{{"id":"1","notes":"{filler}"}},"success":true}}"#)
}

/// Answers on kept connections, one thread each, without looking at more than where a request ends.
fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    let token = br#"{"access_token":"0123456789abcdef0123456789abcdef","expires_in":3598}"#;
    let reply = |body: &[u8]| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    let (token, account) = (reply(token), reply(account().as_bytes()));
    for stream in listener.incoming().flatten() {
        let (token, account) = (token.clone(), account.clone());
        thread::spawn(move || answer(stream, &token, &account));
    }
}

fn answer(mut stream: TcpStream, token: &[u8], account: &[u8]) {
    let _ = stream.set_nodelay(true);
    let mut buffer = vec![0; 16 * 1024];
    let mut filled = 0;
    loop {
        let Ok(read) = stream.read(&mut buffer[filled..]) else {
            return;
        };
        if read == 0 {
            return;
        }
        filled += read;
        let request = &buffer[..filled];
        let is_token = request.starts_with(b"POST");
        let is_whole = if is_token {
            request
                .windows(21)
                .any(|part| part == b"grant_type=client_cre")
        } else {
            request.ends_with(b"\r\n\r\n")
        };
        if is_whole {
            if stream
                .write_all(if is_token { token } else { account })
                .is_err()
            {
                return;
            }
            filled = 0;
        }
    }
}

fn start_server() -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .env("PIPELINE_BENCH_SERVER", "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("its address");
    (child, line.trim().to_owned())
}

/// CPU seconds of this process, user and system.
fn cpu() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// Microseconds of CPU and of time a call, for so many callers at once.
fn measure<F, T>(runtime: &Runtime, callers: usize, call: F) -> (f64, f64)
where
    F: Fn() -> T + Clone + Send + 'static,
    T: Future<Output = usize> + Send,
{
    let (cpu_before, begun) = (cpu(), SystemClock.now());
    runtime.block_on(async {
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let call = call.clone();
                tokio::spawn(async move {
                    for _ in 0..CALLS / callers {
                        assert!(call().await > 4_000);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no error");
        }
    });
    let calls = (CALLS / callers * callers) as f64;
    let time = (SystemClock.now() - begun).as_secs_f64();
    ((cpu() - cpu_before) / calls * 1e6, time / calls * 1e6)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    if std::env::var_os("PIPELINE_BENCH_SERVER").is_some() {
        return serve();
    }
    let (mut server, address) = start_server();
    let base = format!("http://{address}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let client = Client::builder()
        .environment(base.clone())
        .credentials(Credentials::parse(ID, "bench-secret").expect("credentials"))
        .build()
        .expect("a client");
    runtime.block_on(client.warm_up()).expect("a token");
    let bare = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("bare reqwest");

    for callers in [1, 32] {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let (client, bare, url) = (client.clone(), bare.clone(), format!("{base}{PATH}"));
            let us = measure(&runtime, callers, move || {
                let call = client.request(Method::GET, PATH);
                async move { call.await.expect("an account").len() }
            });
            let them = measure(&runtime, callers, move || {
                let call = bare
                    .get(&url)
                    .header("authorization", "Bearer 0123456789abcdef0123456789abcdef");
                async move {
                    let reply = call.send().await.expect("a reply");
                    reply.bytes().await.expect("an account").len()
                }
            });
            if round > 0 {
                ours.push(us.0);
                theirs.push(them.0);
                ratios.push(us.0 / them.0);
            }
        }
        println!(
            "{callers:2} callers: {:5.1} us of CPU a call, bare reqwest {:5.1} us, {:.2}x",
            median(ours),
            median(theirs),
            median(ratios)
        );
    }
    let _ = server.kill();
    let _ = server.wait();
}
