//! Streamed bodies over real connections, with servers that break every rule, and over a transport whose
//! bodies stand still.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use bytes::Bytes;
use common::*;
use http::Method;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use zuora_core::{
    Client, Clock, Error, ErrorKind, FilePart, Multipart, SystemClock, Transport, TransportError,
};
use zuora_sim::{Fault, Limits, SimFile};
use zuora_wire::{Body, BoxFuture};

const TOKEN: &str = r#"{"access_token":"0123456789abcdef0123456789abcdef","expires_in":3598}"#;

/// A server that answers each connection with the next of these texts, whatever is asked, and closes it.
/// Gives its address and the heads of what was asked.
async fn server(replies: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    tokio::spawn(async move {
        let mut replies = replies.into_iter();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let is_token = head.starts_with("POST /oauth");
            if is_token {
                let mut body = vec![0; 1024];
                let _ = stream.read(&mut body).await;
            } else {
                seen.lock().unwrap().push(head);
            }
            let reply = if is_token {
                let length = TOKEN.len();
                Some(format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{TOKEN}"
                ))
            } else {
                replies.next()
            };
            stream
                .write_all(reply.unwrap_or_default().as_bytes())
                .await
                .unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (base, heads)
}

/// The machine's clock, without the waits before another try.
#[derive(Debug)]
struct Hurried;

impl Clock for Hurried {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn wall(&self) -> SystemTime {
        SystemClock.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let is_short = duration <= Duration::from_secs(1);
        SystemClock.sleep(if is_short { Duration::ZERO } else { duration })
    }
}

fn client(base: &str) -> Client {
    Client::builder()
        .environment(base)
        .credentials(credentials())
        .token_store(Arc::new(zuora_core::MemoryStore::default()))
        .clock(Arc::new(Hurried))
        .tries(2)
        .build()
        .unwrap()
}

async fn download(replies: &[&str]) -> (Result<Vec<u8>, Error>, Vec<String>) {
    let replies = replies.iter().map(|reply| (*reply).to_owned()).collect();
    let (base, heads) = server(replies).await;
    let mut written = Vec::new();
    let call = client(&base).request(Method::GET, "/v1/files/f").download();
    let outcome = call.to_writer(&mut written).await.map(|_| written);
    let heads = heads.lock().unwrap().clone();
    (outcome, heads)
}

#[tokio::test]
async fn no_cut_goes_unnoticed() {
    const PART: &str = "HTTP/1.1 200 OK\r\naccept-ranges: bytes\r\ncontent-length: 10\r\n\r\n01234";
    let whole = |head: &str| format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");

    let (outcome, heads) = download(&[
        PART,
        &(whole("206 Partial Content\r\ncontent-range: bytes 5-9/10\r\ncontent-length: 5")
            + "56789"),
    ])
    .await;
    assert_eq!(outcome.unwrap(), b"0123456789");
    assert!(heads[1].contains("\r\nrange: bytes=5-\r\n"), "{}", heads[1]);

    for (second, says) in [
        // Another place, another file, no rest, no range at all, none to be had.
        (
            "206 Partial Content\r\ncontent-range: bytes 4-9/10\r\ncontent-length: 6",
            "no longer has this file",
        ),
        (
            "206 Partial Content\r\ncontent-range: bytes 5-10/11\r\ncontent-length: 6",
            "no longer has this file",
        ),
        (
            "206 Partial Content\r\ncontent-range: bytes 5-6/10\r\ncontent-length: 2",
            "no longer has this file",
        ),
        (
            "206 Partial Content\r\ncontent-length: 5",
            "no longer has this file",
        ),
        ("200 OK\r\ncontent-length: 10", "no longer has this file"),
        (
            "416 Range Not Satisfiable\r\ncontent-length: 0",
            "no longer has this file",
        ),
        ("404 Not Found\r\ncontent-length: 0", "404"),
    ] {
        let (outcome, _) = download(&[PART, &whole(second)]).await;
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains(says), "{second}: {error}");
    }
    // Chunks without their end; a body that ends with its connection.
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01234\r\n";
    let (outcome, _) = download(&[chunked]).await;
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Transport);
    let (outcome, _) = download(&[&format!("{chunked}0\r\n\r\n")]).await;
    assert_eq!(outcome.unwrap(), b"01234");
    let (outcome, _) = download(&["HTTP/1.1 200 OK\r\n\r\n01234"]).await;
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("states no length"), "{error}");
    // More than was stated is another reply's business.
    let (outcome, _) = download(&["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n01234"]).await;
    assert_eq!(outcome.unwrap(), b"012");
    let (outcome, _) = download(&["HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n01234"]).await;
    outcome.unwrap_err();
}

#[tokio::test]
async fn what_is_compressed_stays_compressed() {
    let reply = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\n01234";
    let (outcome, heads) = download(&[reply]).await;
    assert_eq!(outcome.unwrap(), b"01234");
    assert!(heads[0].contains("\r\naccept-encoding: identity\r\n"));
}

#[tokio::test]
async fn a_file_elsewhere_is_fetched_without_the_token() {
    const SECRET: &str = "X-Amz-Security-Token=SIGNED-secret-of-the-address";
    let good = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n01234".to_owned();
    let refused = format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 80\r\n\r\n{:80}",
        "<Error><Message>expired: SIGNED-secret-of-the-address</Message></Error>"
    );
    let moved =
        "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/x\r\ncontent-length: 0\r\n\r\n"
            .to_owned();
    let busy = "HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (base, heads) = server(vec![good.clone(), refused, moved, busy, good]).await;
    let url = format!("{base}/result.csv?{SECRET}#x");
    // The client's own environment is another one, and is never asked.
    let client = client("http://127.0.0.1:9");
    let fetch = async || {
        let mut written = Vec::new();
        let outcome = client.download_external(&url).to_writer(&mut written).await;
        outcome.map(|_| written)
    };
    assert_eq!(fetch().await.unwrap(), b"01234");
    let head = heads.lock().unwrap()[0].clone();
    assert!(
        head.starts_with(&format!("GET /result.csv?{SECRET} HTTP/1.1\r\n")),
        "{head}"
    );
    for header in ["authorization", "\r\nzuora-", "cookie"] {
        assert!(!head.contains(header), "{head}");
    }
    let error = fetch().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.kind()),
        (403, ErrorKind::Api)
    );
    assert!(error.hint().unwrap().contains("new address"));
    assert!(!all_of(&error).contains("SIGNED"), "{}", all_of(&error));
    assert_eq!(fetch().await.unwrap_err().kind(), ErrorKind::Redirect);
    assert_eq!(fetch().await.unwrap(), b"01234");
    assert_eq!(heads.lock().unwrap().len(), 5);
    assert!(!format!("{:?}", client.download_external(&url)).contains("SIGNED"));

    for wrong in [
        "http://files.example/x",
        "ftp://127.0.0.1/x",
        "https://user:MARKED@files.example/x",
        "not a url",
        "",
    ] {
        let error = client.download_external(wrong).stream().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{wrong}");
        assert!(!all_of(&error).contains("MARKED"));
    }
}

#[tokio::test]
async fn over_a_socket_a_break_is_taken_up_and_an_upload_streams() {
    let sent = SimFile::new("f", 5_000_000);
    // In the clear it is HTTP/1, under TLS HTTP/2.
    for tls in [false, true] {
        let sim = simulator().file(sent.clone());
        let sim = sim.tls(tls).start().await.unwrap();
        let mut builder = socket_client(&sim).clock(Arc::new(Hurried));
        if let Some(root) = sim.root_certificate_pem() {
            builder = builder.root_certificates(root);
        }
        let client = builder.build().unwrap();
        for fault in [
            Fault::on("getFiles").reset_at(1_000_000),
            Fault::on("getFiles").truncate_at(2_000_000),
        ] {
            sim.inject(fault.times(1)).unwrap();
        }
        let mut written = Vec::new();
        let call = client.request(Method::GET, "/v1/files/f").download();
        let reply = call.to_writer(&mut written).await.unwrap();
        assert_eq!(reply.attempts(), 3);
        assert_eq!(reply.version() == http::Version::HTTP_2, tls);
        assert_eq!(written, sent.bytes(0..5_000_000));

        let folder = scratch();
        let path = folder.path().join("u.csv");
        let row = "ACCOUNT_ID,UOM,QTY,STARTDATE,DESCRIPTION\nA00000001,GB,1,11/01/2026,";
        // Close to the most that is taken.
        let csv = format!("{row}{}", "x".repeat(4_000_000 - row.len()));
        std::fs::write(&path, csv).unwrap();
        let form = || Multipart::new().file("file", FilePart::path(&path));
        for gzip in [false, true] {
            let call = client.request(Method::POST, "/v1/usage").multipart(form());
            call.gzip(gzip).await.unwrap();
            let seen = sim.uploads().pop().unwrap();
            assert_eq!(seen.parts[0].size, 4_000_000);
            let length = sim.journal().pop().unwrap();
            let length = length.header("content-length").map(str::to_owned);
            assert_eq!(length, (!gzip).then(|| seen.sent.to_string()));
        }
        // A reader that gives less: no request arrives.
        let file = FilePart::reader(&b"abc"[..], 4).name("u.csv");
        let form = Multipart::new().file("file", file);
        let call = client.request(Method::POST, "/v1/usage").multipart(form);
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert_eq!(sim.uploads().len(), 2);
    }
}

#[tokio::test]
async fn a_reply_beyond_the_cap_is_not_read_to_its_end() {
    let sim = simulator()
        .file(SimFile::new("f", 200 << 20))
        .start()
        .await
        .unwrap();
    let client = socket_client(&sim).max_reply(1 << 20).build().unwrap();
    let error = client
        .request(Method::GET, "/v1/files/f")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyTooLarge, "{error}");
    assert_eq!(error.status().unwrap().as_u16(), 200);
    assert!(error.request_id().is_some());
    assert!(!error.is_retryable() && !error.is_outcome_unknown());
}

/// The simulator's transport, with bodies that stop after their first byte. In-process the simulator
/// gives a body as a whole, late or not at all.
#[derive(Debug)]
struct Stalling(Arc<dyn Transport>);

impl Transport for Stalling {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        self.0.send(request)
    }

    fn exchange(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let reply = self.0.exchange(request).await?;
            let (head, body) = reply.into_parts();
            let all = body.collect().await.unwrap();
            let stalled = Stalled(Some(all.slice(..1)));
            Ok(http::Response::from_parts(
                head,
                Body::stream(stalled, None),
            ))
        })
    }
}

struct Stalled(Option<Bytes>);

impl futures_core::Stream for Stalled {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        match self.0.take() {
            Some(first) => std::task::Poll::Ready(Some(Ok(first))),
            None => std::task::Poll::Pending,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stands_still_is_given_up_and_taken_up() {
    let sent = SimFile::new("f", 3);
    let rig = Rig::with(|builder| builder.file(sent.clone()));
    let transport = Arc::new(Stalling(rig.sim.transport()));
    let client = rig.builder().transport(transport).build().unwrap();
    let begun = Clock::now(&rig.clock);
    // Each reply brings one byte more and then nothing, not even its end.
    let mut written = Vec::new();
    let call = client.request(Method::GET, "/v1/files/f").download();
    let reply = rig.run(call.to_writer(&mut written)).await.unwrap();
    let took = Clock::now(&rig.clock) - begun;
    assert!(took >= Duration::from_secs(120), "{took:?}");
    assert_eq!(reply.attempts(), 3);
    assert_eq!(written, sent.bytes(0..3));
}

#[tokio::test(start_paused = true)]
async fn a_head_teaches_though_its_body_stands_still() {
    let sent = SimFile::new("f", 3).content_type("application/json");
    let rig = Rig::with(|builder| builder.file(sent).limits(Limits::production()));
    let transport = Arc::new(Stalling(rig.sim.transport()));
    let client = rig.builder().transport(transport).build().unwrap();
    // JSON is read before it counts as a file, and this does not come.
    let call = client.request(Method::GET, "/v1/files/f").download();
    let task = tokio::spawn(call.stream());
    rig.run(rig.clock.sleep(Duration::from_secs(1))).await;
    let limits = client.limits();
    assert!(limits.heard.is_some() && !limits.windows.is_empty());
    assert_eq!(limits.classes[0].in_use, 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(client.limits().classes[0].in_use, 0);
}
