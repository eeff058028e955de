//! Files to download, uploads, and connections that close.

use crate::support::*;
use std::{io::ErrorKind, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use zuora_sim::{ConnectionRules, Fault, SimFile, Simulator, VirtualClock};
use zuora_wire::{Json, TransportErrorKind};

#[tokio::test]
async fn a_file_comes_whole_or_in_ranges() {
    let file = SimFile::new("f1", 100_003)
        .name("a \"b\".csv")
        .etag("\"v1\"");
    let sim = frozen()
        .file(file.clone())
        .tenant_version("2024-05-20")
        .build()
        .unwrap();
    let api = Api::new(&sim).await;
    let whole = api.call("GET", "/v1/files/f1", "").await;
    assert_eq!(
        (whole.status().as_u16(), whole.body().len()),
        (200, 100_003)
    );
    assert_eq!(header(&whole, "content-length"), Some("100003"));
    assert_eq!(header(&whole, "accept-ranges"), Some("bytes"));
    assert_eq!(
        header(&whole, "content-type"),
        Some("application/octet-stream;charset=UTF-8")
    );
    assert_eq!(
        header(&whole, "content-disposition"),
        Some("attachment; filename=\"a _b_.csv\"")
    );
    assert_eq!(whole.body(), &file.bytes(0..100_003));
    let get = async |range: &str, condition: Option<&str>| {
        let mut request = with(api.request("GET", "/v1/files/f1", None, ""), "range", range);
        if let Some(condition) = condition {
            request = with(request, "if-range", condition);
        }
        send(&sim, request).await.unwrap()
    };
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=5-12", 5, 13),
        ("bytes=100000-", 100_000, 100_003),
        ("bytes=100000-18446744073709551615", 100_000, 100_003),
        ("bytes=-3", 100_000, 100_003),
        ("bytes=-200000", 0, 100_003),
    ] {
        let part = get(range, None).await;
        assert_eq!(part.status(), 206, "{range}");
        assert_eq!(part.body(), &whole.body().slice(from..to), "{range}");
        let told = format!("bytes {from}-{}/100003", to - 1);
        assert_eq!(header(&part, "content-range"), Some(told.as_str()));
    }
    for range in ["bytes=100003-", "bytes=-0", "bytes=200000-300000"] {
        let none = get(range, None).await;
        assert_eq!(none.status(), 416, "{range}");
        assert_eq!(header(&none, "content-range"), Some("bytes */100003"));
    }
    for range in [
        "bytes=5-4",
        "bytes=x-",
        "lines=0-1",
        "bytes=0-1,4-5",
        "bytes=",
        "bytes=99999999999999999999-",
    ] {
        assert_eq!(get(range, None).await.status(), 200, "{range}");
    }
    assert_eq!(get("bytes=1-", Some("\"v1\"")).await.status(), 206);
    assert_eq!(get("bytes=1-", Some("\"v2\"")).await.status(), 200);

    sim.add_file(SimFile::new("f1", 10).ranges(false));
    let whole = get("bytes=1-", None).await;
    assert_eq!(
        (whole.status().as_u16(), header(&whole, "accept-ranges")),
        (200, None)
    );
    sim.add_file(
        SimFile::new("text", 0)
            .content("a,b\n1,2\n")
            .content_type("text/csv"),
    );
    assert_eq!(
        api.call("GET", "/v1/files/text", "").await.body(),
        "a,b\n1,2\n"
    );
    assert_eq!(api.call("GET", "/v1/files/none", "").await.status(), 404);
    sim.add_file(SimFile::new("big", 2048 << 20));
    let big = api.call("GET", "/v1/files/big", "").await;
    assert_eq!(big.status(), 403);
    assert_eq!(
        big.body(),
        "<security:max-object-size>2047MB</security:max-object-size>"
    );
    sim.set_file_limit(9);
    assert_eq!(api.call("GET", "/v1/files/f1", "").await.status(), 403);
}

#[tokio::test]
async fn a_download_breaks_off_where_told() {
    let file = SimFile::new("f", 300_000);
    let sim = frozen().file(file.clone()).start().await.unwrap();
    let api = Api::new(&sim).await;
    let held = token(&sim).await;
    let raw =
        format!("GET /v1/files/f HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {held}\r\n\r\n");
    for at in [0, 1, 65_536, 200_001] {
        let on = || Fault::on("getFiles").times(1);
        sim.inject(on().truncate_at(at)).unwrap();
        let error = send(&sim, api.request("GET", "/v1/files/f", None, ""))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Body);
        assert_eq!(error.partial().unwrap().body(), &file.bytes(0..at));

        sim.inject(on().truncate_at(at)).unwrap();
        let (reply, _) = exchange(&sim, raw.as_bytes()).await;
        let head = reply
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap()
            + 4;
        assert!(
            std::str::from_utf8(&reply[..head])
                .unwrap()
                .contains("content-length: 300000\r\n")
        );
        assert_eq!(reply[head..], file.bytes(0..at));

        sim.inject(on().reset_at(at)).unwrap();
        let (_, ended) = exchange(&sim, raw.as_bytes()).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    sim.inject(Fault::on("getFiles").truncate_at(300_000).times(1))
        .unwrap();
    assert_eq!(
        api.call("GET", "/v1/files/f", "").await.body().len(),
        300_000
    );
}

#[tokio::test]
async fn a_large_file_comes_in_pieces() {
    const SIZE: u64 = 48 << 20;
    let file = SimFile::new("large", SIZE);
    let sim = frozen().file(file.clone()).start().await.unwrap();
    let held = token(&sim).await;
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    let raw = format!(
        "GET /v1/files/large HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {held}\r\n\r\n"
    );
    stream.write_all(raw.as_bytes()).await.unwrap();
    let (mut head, mut buffer, mut seen) = (Vec::new(), vec![0; 1 << 20], 0_u64);
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    loop {
        let length = stream.read(&mut buffer).await.unwrap();
        if length == 0 {
            break;
        }
        if seen % (4 << 20) < length as u64 {
            assert_eq!(buffer[..length], file.bytes(seen..seen + length as u64));
        }
        seen += length as u64;
    }
    assert_eq!(seen, SIZE);
    assert!(sim.journal().last().unwrap().reply_body.is_empty());
}

fn multipart(parts: &[(&str, &str, &str)]) -> String {
    let parts: String = parts
        .iter()
        .map(|(name, file, data)| {
            format!("--B\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\ncontent-type: text/csv\r\n\r\n{data}\r\n")
        })
        .collect();
    format!("{parts}--B--\r\n")
}

#[tokio::test]
async fn an_upload_is_counted() {
    let sim = frozen().tenant_version("2024-05-20").build().unwrap();
    let api = Api::new(&sim).await;
    let upload = async |content_type: &str, body: String| {
        let mut request = api.request("POST", "/v1/usage", Some("one"), "");
        request
            .headers_mut()
            .insert("content-type", content_type.parse().unwrap());
        *request.body_mut() = body.into();
        send(&sim, request).await.unwrap()
    };
    let form = "multipart/form-data; boundary=B";
    let csv = "ACCOUNT_ID,UOM,QTY,STARTDATE\nA00000001,GB,1,11/01/2026\n";
    let body = multipart(&[("file", "u.csv", csv), ("note", "n.csv", "x")]);
    let reply = upload(form, body.clone()).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(
        json(&reply).get("size"),
        Some(&Json::from(csv.len() as u64))
    );
    assert!(text(&json(&reply), &["checkImportStatus"]).starts_with(sim.base_url()));
    let seen = sim.uploads();
    assert_eq!(
        (seen.len(), seen[0].size(), seen[0].sent),
        (1, csv.len() as u64 + 1, body.len() as u64)
    );
    assert_eq!(seen[0].parts[0].file_name.as_deref(), Some("u.csv"));
    assert_eq!(seen[0].parts[1].name.as_deref(), Some("note"));
    // The same key and bytes: not taken again. Other bytes: refused.
    assert_eq!(upload(form, body.clone()).await.status(), 200);
    assert_eq!(
        upload(form, body.replace("GB,1", "GB,2")).await.status(),
        422
    );
    assert_eq!(sim.executions().len(), 1);
    for (content_type, body, status) in [
        ("application/json", "{}".to_owned(), 415),
        ("multipart/form-data", body.clone(), 400),
        (form, body[..body.len() - 10].to_owned(), 400),
        (form, "garbage".to_owned(), 400),
        (form, multipart(&[("other", "u.csv", "x")]), 400),
        (form, multipart(&[("file", "u.txt", "x")]), 400),
        (
            form,
            multipart(&[("file", "u.csv", &"x".repeat(4 * 1024 * 1024 + 1))]),
            400,
        ),
    ] {
        sim.reset();
        let api = Api::new(&sim).await;
        let mut request = api.request("POST", "/v1/usage", None, "");
        request
            .headers_mut()
            .insert("content-type", content_type.parse().unwrap());
        *request.body_mut() = body.into();
        assert_eq!(
            send(&sim, request).await.unwrap().status(),
            status,
            "{content_type}"
        );
        assert!(sim.uploads().is_empty());
    }
}

#[tokio::test]
async fn an_upload_that_is_refused_within_a_good_status_does_not_count() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let mut request = api.request("POST", "/v1/usage", None, "");
    let form = "multipart/form-data; boundary=B".parse().unwrap();
    request.headers_mut().insert("content-type", form);
    *request.body_mut() = multipart(&[("file", "u.txt", "x")]).into();
    let reply = api.send(request).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(json(&reply).get("success"), Some(&Json::from(false)));
    assert!(sim.uploads().is_empty());
    assert!(sim.executions().is_empty());
}

#[tokio::test]
async fn a_large_upload_is_read_as_it_comes() {
    const SIZE: usize = 32 << 20;
    let sim = frozen().usage_limit(SIZE as u64).start().await.unwrap();
    let held = token(&sim).await;
    let whole = multipart(&[("file", "u.csv", "")]);
    let (before, after) = whole.split_at(whole.find("\r\n\r\n").unwrap() + 4);
    let length = whole.len() + SIZE;
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    let head = format!(
        "POST /v1/usage HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=B\r\ncontent-length: {length}\r\nauthorization: Bearer {held}\r\n\r\n{before}"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b'7'; 1 << 20];
    for _ in 0..SIZE / piece.len() {
        stream.write_all(&piece).await.unwrap();
    }
    stream.write_all(after.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    // Larger than what is kept: counted, and not read.
    assert!(body_of(&reply).contains(r#""success":true"#), "{reply}");
    assert_eq!(sim.uploads()[0].size(), SIZE as u64);
    assert!(sim.journal().last().unwrap().body.is_empty());
}

/// Writes one request on a kept-alive connection and reads its whole reply; `None` when the connection
/// ends instead.
async fn ask(stream: &mut TcpStream, raw: &str) -> Option<String> {
    stream.write_all(raw.as_bytes()).await.ok()?;
    let mut reply = Vec::new();
    while !reply.ends_with(b"\r\n\r\n") {
        reply.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(reply).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(head)
}

async fn order(sim: &Simulator) -> String {
    let held = token(sim).await;
    let length = ORDER.len();
    format!(
        "POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {held}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{ORDER}"
    )
}

#[tokio::test]
async fn a_connection_closes_after_its_replies_without_notice() {
    let sim = frozen()
        .connections(ConnectionRules::default().close_after(2))
        .start()
        .await
        .unwrap();
    let raw = order(&sim).await;
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    for _ in 0..2 {
        let head = ask(&mut stream, &raw).await.unwrap();
        assert!(!head.contains("connection:"), "{head}");
    }
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(sim.executions().len(), 2);
}

#[tokio::test]
async fn a_connection_closes_as_the_next_request_goes_out() {
    let sim = frozen().start().await.unwrap();
    sim.set_connections(ConnectionRules::default().close_on_reuse(1));
    let raw = order(&sim).await;
    for round in 1..=3 {
        let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
        assert!(ask(&mut stream, &raw).await.is_some());
        assert!(ask(&mut stream, &raw).await.is_none());
        assert_eq!(
            (
                sim.executions().len(),
                sim.requests().to("createOrder").count()
            ),
            (round, round as u64)
        );
    }
    sim.set_connections(ConnectionRules::default());
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    for _ in 0..5 {
        assert!(ask(&mut stream, &raw).await.is_some());
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let clock = VirtualClock::frozen_at(START);
    let rules = ConnectionRules::default().idle_timeout(seconds(30));
    let sim = Simulator::builder()
        .one_account()
        .clock(clock.clone())
        .connections(rules)
        .start()
        .await
        .unwrap();
    let raw = order(&sim).await;
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    for _ in 0..3 {
        assert!(ask(&mut stream, &raw).await.is_some());
        wait_for_sleeper(&clock).await;
        clock.advance(seconds(29));
    }
    clock.advance(seconds(1));
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
}

/// Until the server's timer for this connection runs; it is set beside the reply.
async fn wait_for_sleeper(clock: &VirtualClock) {
    while clock.sleepers() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
