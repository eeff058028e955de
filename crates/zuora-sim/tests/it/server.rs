//! The socket door itself: where it listens, what it survives, and how it ends.

use crate::support::*;
use http_body_util::BodyExt;
use std::{io::ErrorKind, net::IpAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use zuora_sim::{Fault, Simulator};
use zuora_wire::TransportErrorKind;

#[tokio::test]
async fn a_token_and_an_account_over_the_socket() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    assert!(sim.base_url().starts_with("http://127.0.0.1:"));
    assert_eq!(sim.root_certificate_pem(), None);
    let body = form(sim.client_id(), sim.client_secret());
    let (status, reply) = http(
        &sim,
        "POST",
        "/oauth/token",
        &[("Content-Type", FORM)],
        &body,
    )
    .await;
    assert_eq!(status, 200, "{reply}");
    let reply = zuora_wire::Json::parse(body_of(&reply)).unwrap();
    let bearer = format!("Bearer {}", text(&reply, &["access_token"]));
    let headers = [("authorization", bearer.as_str())];
    let (status, reply) = http(&sim, "GET", "/v1/accounts/A00000001?x=y", &headers, "").await;
    assert_eq!(status, 200);
    assert!(body_of(&reply).contains(r#""accountNumber":"A00000001""#));
    assert_eq!(sim.journal()[1].query.as_deref(), Some("x=y"));
    // The same tokens hold at both doors.
    assert_eq!(account_status(&sim, &token(&sim).await).await, 200);
}

#[tokio::test]
async fn only_loopback_unless_told_otherwise() {
    for address in ["0.0.0.0", "::", "192.0.2.1"] {
        let address: IpAddr = address.parse().unwrap();
        let error = Simulator::builder()
            .one_account()
            .bind(address)
            .start()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error.to_string().contains("allow_remote_clients"),
            "{error}"
        );
    }
    let any: IpAddr = "0.0.0.0".parse().unwrap();
    let sim = Simulator::builder()
        .one_account()
        .bind(any)
        .allow_remote_clients(true)
        .start()
        .await
        .unwrap();
    assert!(sim.base_url().starts_with("http://127.0.0.1:"));
    assert_eq!(http(&sim, "GET", "/oauth/token", &[], "").await.0, 405);

    let taken: u16 = authority(&sim).rsplit_once(':').unwrap().1.parse().unwrap();
    let error = Simulator::builder()
        .one_account()
        .port(taken)
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[tokio::test]
async fn dropping_the_handle_ends_everything() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let address = authority(&sim).to_owned();
    let mut open = TcpStream::connect(&address).await.unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut reply = [0; 4096];
    assert!(open.read(&mut reply).await.unwrap() > 0);
    let transport = sim.transport();
    let request = good_request(&sim);
    drop(sim);
    // The open connection ends, and no new one is taken.
    assert!(matches!(open.read(&mut reply).await, Ok(0) | Err(_)));
    let error = TcpStream::connect(&address).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let error = transport.send(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
}

#[tokio::test]
async fn bodies_that_are_too_long_are_refused_readably() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let body = "x".repeat(5 * 1024 * 1024);
    let (status, _) = http(
        &sim,
        "POST",
        "/oauth/token",
        &[("content-type", FORM)],
        &body,
    )
    .await;
    assert_eq!(status, 413);
    let reply = send(&sim, token_request(&sim, body)).await.unwrap();
    assert_eq!(reply.status(), 413);
    assert_eq!(http(&sim, "GET", "/", &[], "").await.0, 501);
}

#[tokio::test]
async fn a_body_that_is_declared_endless_is_not_waited_for() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    for path in ["/oauth/token", "/v1/usage", "/_sim/restore"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=b\r\n\
             content-length: 99999999999999\r\n\r\n{{"
        );
        let (reply, _) = exchange(&sim, head.as_bytes()).await;
        let reply = String::from_utf8(reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 413"), "{path}: {reply}");
        assert!(
            reply.contains("zuora-sim reads bodies of at most"),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn a_document_of_any_length_is_restored() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let note = "x".repeat(6 * 1024 * 1024);
    let document = format!(
        r#"{{"records":{{"Account":[{{"id":"a1","name":"Acme","currency":"EUR","notes":"{note}"}}]}}}}"#
    );
    let (status, reply) = http(&sim, "POST", "/_sim/restore", &[], &document).await;
    assert_eq!(status, 200, "{reply}");
    let (status, snapshot) = http(&sim, "GET", "/_sim/snapshot", &[], "").await;
    assert_eq!(status, 200);
    let snapshot = body_of(&snapshot);
    assert!(snapshot.contains(&note) && snapshot.contains(r#""name":"Acme""#));
    assert_eq!(
        http(&sim, "POST", "/_sim/restore", &[], snapshot).await.0,
        200
    );
    assert_eq!(sim.snapshot(), snapshot);
}

#[tokio::test]
async fn what_is_not_http_harms_nobody() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let flood = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let huge = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(2_000_000));
    for bytes in [
        &b"\x00\x01\x02\r\n\r\n"[..],
        b"\r\n",
        flood.as_bytes(),
        huge.as_bytes(),
    ] {
        let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
    }
    // Connections that send nothing, or half a request.
    let mut idle = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
        stream
            .write_all(b"POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-le")
            .await
            .unwrap();
        idle.push(stream);
    }
    assert_eq!(http(&sim, "GET", "/", &[], "").await.0, 501);
}

#[tokio::test]
async fn requests_share_a_connection_and_arrive_in_pieces() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let mut stream = TcpStream::connect(authority(&sim)).await.unwrap();
    for _ in 0..3 {
        for piece in [
            "GET /nowhere HTT",
            "P/1.1\r\nhost: localho",
            "st\r\n",
            "\r\n",
        ] {
            stream.write_all(piece.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
        }
        let mut reply = String::new();
        while !reply.ends_with('}') {
            let mut part = [0; 4096];
            let length = stream.read(&mut part).await.unwrap();
            reply += std::str::from_utf8(&part[..length]).unwrap();
        }
        assert!(reply.starts_with("HTTP/1.1 501"), "{reply}");
    }
    assert_eq!(sim.requests().to("unmatched").count(), 3);
}

#[tokio::test]
async fn unusual_request_targets_are_unknown() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    for line in [
        "OPTIONS * HTTP/1.1",
        "CONNECT example.com:443 HTTP/1.1",
        "GET http://example.com/v1/nothing HTTP/1.1",
        "BREW /oauth HTTP/1.1",
    ] {
        let request = format!("{line}\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let (reply, _) = exchange(&sim, request.as_bytes()).await;
        assert!(reply.starts_with(b"HTTP/1.1 501"), "{line}");
    }
    // The target, not the Host header beside it, says whom the client believes to talk to.
    let rebound = "GET http://evil.example/_sim/state HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let (reply, _) = exchange(&sim, rebound.as_bytes()).await;
    assert!(reply.starts_with(b"HTTP/1.1 403"));
}

#[tokio::test]
async fn faults_reach_http2_streams() {
    let sim = Simulator::builder().one_account().start().await.unwrap();
    let connect = async || {
        let stream = TcpStream::connect(authority(&sim)).await.unwrap();
        let io = hyper_util::rt::TokioIo::new(stream);
        let executor = hyper_util::rt::TokioExecutor::new();
        let (sender, connection) = hyper::client::conn::http2::handshake(executor, io)
            .await
            .unwrap();
        tokio::spawn(connection);
        sender
    };
    let request = || good_request(&sim).map(http_body_util::Full::new);
    let reply = connect().await.send_request(request()).await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), reply.version()),
        (200, http::Version::HTTP_2)
    );
    assert!(reply.into_body().collect().await.is_ok());

    sim.inject(Fault::on("createToken").truncate().times(1))
        .unwrap();
    let reply = connect().await.send_request(request()).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.into_body().collect().await.is_err());
    for fault in [
        Fault::on("createToken").reset_before(),
        Fault::on("createToken").reset_after(),
        Fault::on("createToken").garbage_wire(),
    ] {
        sim.inject(fault.times(1)).unwrap();
        assert!(connect().await.send_request(request()).await.is_err());
    }
    assert_eq!(sim.tokens_minted(sim.client_id()), 4);
}

#[tokio::test]
async fn tls_answers_to_its_own_root_only() {
    let sim = Simulator::builder()
        .one_account()
        .tls(true)
        .start()
        .await
        .unwrap();
    assert!(sim.base_url().starts_with("https://127.0.0.1:"));
    let pem = sim.root_certificate_pem().unwrap();
    let root = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let connect = async |roots: RootCertStore, name: &'static str, alpn: &[u8]| {
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        let stream = TcpStream::connect(authority(&sim)).await.unwrap();
        let name = ServerName::try_from(name).unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    };
    let mut trusted = RootCertStore::empty();
    trusted.add(root).unwrap();
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut stream = connect(trusted.clone(), name, b"http/1.1").await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
        assert!(reply.starts_with(b"HTTP/1.1 501"), "{name}");
    }
    let stream = connect(trusted.clone(), "localhost", b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert!(connect(trusted, "example.com", b"http/1.1").await.is_err());
    assert!(
        connect(RootCertStore::empty(), "localhost", b"http/1.1")
            .await
            .is_err()
    );
}
