//! What nobody should send: too much, too deep, too slow, in the wrong encoding, to crooked paths. It is
//! refused in words, costs bounded memory and keeps nobody else out.

use crate::support::*;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::Request;
use std::{collections::VecDeque, io::Write as _, net::IpAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use zuora_sim::{ConnectionRules, Simulator};
use zuora_wire::Json;

const MIB: usize = 1024 * 1024;

async fn connect(sim: &Simulator) -> TcpStream {
    TcpStream::connect(authority(sim)).await.unwrap()
}

/// Everything until the end, however the connection ends.
async fn rest(mut stream: TcpStream) -> String {
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    String::from_utf8_lossy(&reply).into_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bodies_of_100_mb_are_refused_and_not_kept() {
    let sim = frozen().start().await.unwrap();
    for (path, framing) in [
        ("/v1/accounts/A00000001", "content-length: 104857600"),
        ("/_sim/faults", "transfer-encoding: chunked"),
    ] {
        let mut stream = connect(&sim).await;
        let method = if path.starts_with("/_sim") {
            "POST"
        } else {
            "PUT"
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             connection: close\r\n{framing}\r\n\r\n",
            authority(&sim)
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![b'x'; MIB];
        for _ in 0..100 {
            if framing.ends_with("chunked") {
                stream.write_all(b"100000\r\n").await.unwrap();
            }
            stream.write_all(&piece).await.unwrap();
            if framing.ends_with("chunked") {
                stream.write_all(b"\r\n").await.unwrap();
            }
        }
        if framing.ends_with("chunked") {
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        }
        let reply = rest(stream).await;
        assert!(reply.starts_with("HTTP/1.1 413"), "{path}: {reply}");
    }
    // Ten thousand times as much as was sent.
    let bomb = gzip(&vec![0; 100 * MIB]);
    assert!(bomb.len() < MIB);
    let request = Request::put(format!("{}/v1/accounts/A1", sim.base_url()))
        .header("content-encoding", "gzip")
        .body(bomb.into())
        .unwrap();
    assert_eq!(send(&sim, request).await.unwrap().status(), 413);
    assert!(sim.journal().iter().all(|one| one.body.is_empty()));
}

#[tokio::test]
async fn json_of_depth_100_000_is_refused() {
    let arrays = "[".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000);
    let closed = format!("{arrays}{}", "]".repeat(100_000));
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    for body in [&arrays, &objects, &closed] {
        let (method, path) = ("PUT", "/v1/accounts/A00000001");
        let reply = api.call(method, path, body).await;
        let said = String::from_utf8_lossy(reply.body()).into_owned();
        // The oldest version has its refusals in a good status.
        assert!(said.contains("\"success\":false"), "{said}");
        assert!(
            said.contains("nested too deep") || said.contains("deep"),
            "{said}"
        );
        let reply = api.call("POST", "/_sim/faults", body).await;
        assert_eq!(reply.status(), 400);
    }
    // It can be looked at all the same.
    let reply = api.call("GET", "/_sim/requests?bodies=true", "").await;
    assert_eq!(reply.status(), 200);
}

#[tokio::test]
async fn wrong_encodings_are_refused() {
    let json: &[(&str, &[u8])] = &[
        ("UTF-16", b"\xff\xfe{\0}\0"),
        ("UTF-16 without a mark", b"{\0}\0"),
        ("Latin-1", b"{\"notes\": \"caf\xe9\"}"),
        ("an overlong slash", b"{\"notes\": \"\xc0\xaf\"}"),
        ("a surrogate in UTF-8", b"{\"notes\": \"\xed\xa0\x80\"}"),
        ("half a pair", b"{\"notes\": \"\\ud800\"}"),
        ("a control character", b"{\"notes\": \"\x00\"}"),
        ("no JSON", b"\x00\x01\x02\x03"),
    ];
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    for (name, body) in json {
        let mut request = api.request("PUT", "/v1/accounts/A00000001", None, "{}");
        *request.body_mut() = Bytes::copy_from_slice(body);
        let reply = api.send(request).await.unwrap();
        let success = Json::parse(reply.body()).unwrap().get("success").cloned();
        assert_eq!(success, Some(Json::Bool(false)), "{name}");
    }
    for (encoding, body, status) in [
        ("br", &b"{}"[..], 415),
        ("gzip, gzip", b"{}", 415),
        ("gzip", b"{}", 400),
        ("gzip", &gzip(b"{}")[..12], 400),
    ] {
        let mut request = api.request("PUT", "/v1/accounts/A00000001", None, "{}");
        *request.body_mut() = Bytes::copy_from_slice(body);
        let reply = api.send(with(request, "content-encoding", encoding)).await;
        assert_eq!(reply.unwrap().status(), status, "{encoding}");
    }
    // Forms whose escapes are no UTF-8, or no escapes.
    for form in [
        "client_id=%ff%fe&client_secret=%",
        "client_id=\u{0}",
        "%=%&=&&",
    ] {
        let reply = send(&sim, token_request(&sim, form.to_owned())).await;
        let status = reply.unwrap().status().as_u16();
        assert!((400..=401).contains(&status), "{form}: {status}");
    }
}

#[tokio::test]
async fn crooked_paths_lead_nowhere() {
    let sim = frozen().start().await.unwrap();
    let bearer = format!("Bearer {}", token(&sim).await);
    let before = sim.requests().with_status(200).count();
    for (path, statuses) in [
        ("/v1/../_sim/state", &[501][..]),
        ("/v1/accounts/../accounts/A00000001", &[501]),
        ("/v1/accounts/..", &[501]),
        ("/v1/accounts/.", &[501]),
        ("/v1/accounts/", &[501]),
        ("//v1/accounts/A00000001", &[501]),
        ("/v1//accounts/A00000001", &[501]),
        ("/v1%2faccounts%2fA00000001", &[501]),
        ("/%5fsim/state", &[501]),
        ("/v1/%2e%2e/_sim/state", &[501]),
        ("/_sim/../v1/accounts/A00000001", &[501]),
        ("/_sim/..%2fv1%2faccounts", &[501]),
        ("/_sim/requests/..%2f..%2fstate", &[404]),
        ("/_sim/%73tate", &[501]),
        ("/v1\\accounts\\A00000001", &[501]),
        // A key is a key, whatever it holds: it is looked up and not found.
        ("/v1/accounts/..%2f..%2f_sim%2fstate", &[200, 404]),
        ("/v1/accounts/%2e%2e", &[200, 404, 501]),
        ("/v1/accounts/%252e%252e%252f", &[200, 404]),
        ("/v1/accounts/%00", &[200, 404, 400]),
        ("/v1/accounts/%ff", &[400]),
        ("/v1/accounts/%zz", &[400]),
        ("/v1/accounts/%", &[400]),
    ] {
        let headers = [("authorization", bearer.as_str())];
        let (status, reply) = http(&sim, "GET", path, &headers, "").await;
        assert!(statuses.contains(&status), "{path}: {reply}");
        assert!(!reply.contains("mintedTokens"), "{path}: {reply}");
    }
    assert!(sim.requests().with_status(200).count() >= before);
}

#[tokio::test]
async fn floods_of_headers_are_refused() {
    let sim = frozen().start().await.unwrap();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let huge = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(2_000_000));
    for flood in [many, huge] {
        let mut stream = connect(&sim).await;
        let _ = stream.write_all(flood.as_bytes()).await;
        // What is not read resets the connection, which can take the reply with it.
        let reply = rest(stream).await;
        assert!(
            reply.is_empty() || reply.starts_with("HTTP/1.1 431"),
            "{reply}"
        );
    }
    // As many as fit are read as a whole, and one more is refused readably.
    for (count, status) in [(98, "501"), (101, "431")] {
        let headers: String = (0..count).map(|n| format!("a{n}: b\r\n")).collect();
        let request = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
        let (reply, _) = exchange(&sim, request.as_bytes()).await;
        let reply = String::from_utf8_lossy(&reply).into_owned();
        assert!(
            reply.starts_with(&format!("HTTP/1.1 {status}")),
            "{count}: {reply}"
        );
    }
    // The refusal can be lost in a reset, as above.
    for (length, statuses) in [(60_000, &["501"][..]), (70_000, &["414", "none"])] {
        let path = "x".repeat(length);
        let request = format!("GET /{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let (reply, _) = exchange(&sim, request.as_bytes()).await;
        let reply = String::from_utf8_lossy(&reply).into_owned();
        let status = reply.split(' ').nth(1).unwrap_or("none");
        assert!(statuses.contains(&status), "{length}: {status}");
        if status == "414" {
            let page = "\r\ncontent-type: text/html\r\n";
            assert!(
                reply.contains(page) && reply.ends_with("</html>\r\n"),
                "{reply}"
            );
        }
    }
    // It is the length of the line that counts, not that of the head.
    let head = format!(
        "GET / HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n",
        "b".repeat(70_000)
    );
    let (reply, _) = exchange(&sim, head.as_bytes()).await;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    assert!(
        reply.is_empty() || reply.starts_with("HTTP/1.1 431"),
        "{reply}"
    );
    // A head without end.
    let mut stream = connect(&sim).await;
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut sent = 0;
    while stream.write_all(&[b'a'; 4096]).await.is_ok() {
        sent += 4096;
        assert!(sent < 64 * MIB, "nobody ends it");
    }
    assert_eq!(http(&sim, "GET", "/", &[], "").await.0, 501);
}

#[tokio::test]
async fn ten_thousand_silent_connections_keep_nobody_out() {
    let rules = ConnectionRules::default().most(64);
    let sim = frozen().connections(rules).start().await.unwrap();
    let mut silent = VecDeque::new();
    for number in 0..10_000 {
        let mut stream = connect(&sim).await;
        if number % 3 == 0 {
            let _ = stream
                .write_all(b"POST /oauth/token HTTP/1.1\r\nhost:")
                .await;
        }
        silent.push_back(stream);
        // So many sockets of this test are open at once.
        if silent.len() > 200 {
            let mut oldest = silent.pop_front().unwrap();
            let ended = oldest.read(&mut [0]).await;
            assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        }
        if number % 1_000 == 0 {
            assert_eq!(http(&sim, "GET", "/", &[], "").await.0, 501);
        }
    }
    assert_eq!(http(&sim, "GET", "/", &[], "").await.0, 501);
}

#[tokio::test]
async fn slow_writers_are_ended_and_steady_ones_are_not() {
    let patience = Duration::from_secs(1);
    let rules = ConnectionRules::default().client_timeout(patience);
    let sim = frozen().connections(rules).start().await.unwrap();
    let head = format!("POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\n");
    let whole = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    // Nothing, half a head, a head without its body.
    let mut begun = Vec::new();
    for begin in [
        String::new(),
        "GET / HT".to_owned(),
        format!("{head}content-length: 100\r\n\r\nclient"),
        format!("{head}transfer-encoding: chunked\r\n\r\n5\r\ncli"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let mut stream = connect(&sim).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        begun.push(stream);
    }
    // A request, and half of another.
    let mut again = connect(&sim).await;
    again.write_all(whole.as_bytes()).await.unwrap();
    assert!(again.read(&mut [0; 4096]).await.unwrap() > 0);
    again.write_all(b"GET /again").await.unwrap();
    begun.push(again);
    // Kept alive, and asked for nothing more as yet.
    let mut kept = connect(&sim).await;
    kept.write_all(whole.as_bytes()).await.unwrap();
    assert!(kept.read(&mut [0; 4096]).await.unwrap() > 0);
    // A head that drips for ever.
    let mut dripping = connect(&sim).await;
    let drip = tokio::spawn(async move {
        let mut drops = 0;
        while dripping.write_all(b"G").await.is_ok() {
            tokio::time::sleep(patience / 10).await;
            drops += 1;
            assert!(drops < 600, "nobody ends it");
        }
    });
    // A body that drips for ever.
    let mut endless = connect(&sim).await;
    let begin = format!("{head}content-length: 100000\r\n\r\n");
    endless.write_all(begin.as_bytes()).await.unwrap();
    let drip_body = tokio::spawn(async move {
        let mut drops = 0;
        while endless.write_all(b"c").await.is_ok() {
            tokio::time::sleep(patience / 10).await;
            drops += 1;
            assert!(drops < 600, "nobody ends it");
        }
    });
    // A body that takes longer, but goes on.
    let body = form(sim.client_id(), sim.client_secret());
    let mut steady = connect(&sim).await;
    let head = format!(
        "{head}connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    steady.write_all(head.as_bytes()).await.unwrap();
    for piece in body.as_bytes().chunks(body.len() / 10) {
        tokio::time::sleep(patience / 6).await;
        steady.write_all(piece).await.unwrap();
    }
    assert!(rest(steady).await.starts_with("HTTP/1.1 200"));
    for (number, stream) in begun.into_iter().enumerate() {
        let ended = tokio::time::timeout(Duration::from_secs(20), rest(stream)).await;
        assert!(ended.is_ok(), "{number}");
    }
    drip.await.unwrap();
    drip_body.await.unwrap();
    kept.write_all(whole.as_bytes()).await.unwrap();
    assert!(kept.read(&mut [0; 4096]).await.unwrap() > 0);
}

#[tokio::test]
async fn slow_readers_are_ended_and_steady_ones_are_not() {
    const REPLIES: usize = 8;
    let patience = Duration::from_secs(2);
    let rules = ConnectionRules::default().client_timeout(patience);
    let sim = frozen().connections(rules).start().await.unwrap();
    // Replies of a few MB, more than the system takes for a client that reads nothing.
    let one = format!(
        "GET /_sim/openapi.json HTTP/1.1\r\nhost: {}\r\n\r\n",
        authority(&sim)
    );
    let mut stuck = connect(&sim).await;
    stuck
        .write_all(one.repeat(REPLIES).as_bytes())
        .await
        .unwrap();
    let ended = tokio::spawn(async move {
        let mut drops = 0;
        while stuck.write_all(b"G").await.is_ok() {
            tokio::time::sleep(patience / 10).await;
            drops += 1;
            assert!(drops < 600, "nobody ends it");
        }
    });
    let mut steady = connect(&sim).await;
    let last = one.replace("host", "connection: close\r\nhost");
    let asked = one.repeat(REPLIES - 1) + &last;
    steady.write_all(asked.as_bytes()).await.unwrap();
    let mut came = 0;
    let mut piece = vec![0; 512 * 1024];
    for _ in 0..30 {
        tokio::time::sleep(patience / 20).await;
        came += steady.read(&mut piece).await.unwrap();
    }
    came += rest(steady).await.len();
    let mut whole = connect(&sim).await;
    whole.write_all(last.as_bytes()).await.unwrap();
    let whole = rest(whole).await.len();
    assert!(whole > 1_000_000, "{whole}");
    // The last one is the longest: its head says that it is the last.
    assert_eq!(came.div_ceil(whole), REPLIES, "{came} of {whole}");
    ended.await.unwrap();
}

#[tokio::test]
async fn token_requests_from_ever_new_addresses_are_forgotten_in_time() {
    let sim = frozen().build().unwrap();
    for round in 0..3_u8 {
        for number in 0..2_000_u16 {
            let [high, low] = number.to_be_bytes();
            let source = IpAddr::from([127, round, high, low]);
            let request = good_request(&sim);
            let reply = sim.transport_from(source).send(request).await.unwrap();
            assert_eq!(reply.status(), 200);
        }
        sim.clock().advance(seconds(61));
    }
    token(&sim).await;
    let url = format!("{}/_sim/limits", sim.base_url());
    let reply = send(&sim, Request::get(url).body(Bytes::new()).unwrap())
        .await
        .unwrap();
    let sources = json(&reply).get("tokenRequests").cloned();
    assert_eq!(sources.and_then(|all| Some(all.as_array()?.len())), Some(1));
}
