//! Bodies from files, streams and forms: sent as they are, again only where that is possible.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use bytes::Bytes;
use common::*;
use http::Method;
use std::{fs, io, time::Duration};
use zuora_core::{Client, ErrorKind, FilePart, Json, Multipart, RequestBuilder};
use zuora_sim::Fault;

const CSV: &str = "ACCOUNT_ID,UOM,QTY,STARTDATE\nA00000001,GB,1,11/01/2026\n";

fn usage(client: &Client) -> RequestBuilder {
    client.request(Method::POST, "/v1/usage")
}

fn form(file: FilePart) -> Multipart {
    Multipart::new().file("file", file.content_type("text/csv"))
}

/// A stream of these pieces.
struct Pieces(std::vec::IntoIter<io::Result<Bytes>>);

impl futures_core::Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

fn pieces(pieces: &[&'static str]) -> Pieces {
    let pieces: Vec<_> = pieces
        .iter()
        .map(|piece| Ok(Bytes::from_static(piece.as_bytes())))
        .collect();
    Pieces(pieces.into_iter())
}

#[tokio::test(start_paused = true)]
async fn a_form_arrives_wherever_its_file_comes_from() {
    let rig = Rig::new();
    let client = rig.client();
    let folder = scratch();
    let path = folder.path().join("may.csv");
    fs::write(&path, CSV).unwrap();
    let length = CSV.len() as u64;
    for file in [
        FilePart::bytes(CSV).name("may.csv"),
        FilePart::path(&path),
        FilePart::stream(pieces(&[&CSV[..5], &CSV[5..]]), length).name("may.csv"),
        FilePart::reader(CSV.as_bytes(), length).name("may.csv"),
    ] {
        let form = form(file).text("note", "line\r\n\"two\"");
        let reply = rig
            .run(usage(&client).multipart(form).json_reply().send())
            .await
            .unwrap();
        assert_eq!(reply.data().get("size"), Some(&Json::from(length)));
        let seen = rig.sim.uploads().pop().unwrap();
        let file = &seen.parts[0];
        assert_eq!(file.name.as_deref(), Some("file"));
        assert_eq!(file.file_name.as_deref(), Some("may.csv"));
        assert_eq!(file.content_type.as_deref(), Some("text/csv"));
        assert_eq!(seen.parts[1].name.as_deref(), Some("note"));
        assert_eq!(seen.parts[1].size, 11);
        let sent = rig.sim.journal().pop().unwrap();
        assert!(
            sent.header("content-type")
                .unwrap()
                .starts_with("multipart/form-data; boundary=")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_name_breaks_out_of_its_part() {
    let rig = Rig::new();
    let client = rig.client();
    let odd = "a\"; name=\"b\\.csv";
    let reply = rig.run(
        usage(&client)
            .multipart(form(FilePart::bytes(CSV).name(odd)).text("k\"x", "v"))
            .send(),
    );
    reply.await.unwrap();
    let seen = rig.sim.uploads().pop().unwrap();
    assert_eq!(seen.parts[0].name.as_deref(), Some("file"));
    assert_eq!(
        seen.parts[0].file_name.as_deref(),
        Some("a%22; name=%22b%5C.csv")
    );
    assert_eq!(seen.parts[1].name.as_deref(), Some("k%22x"));

    let before = rig.sim.journal().len();
    for form in [
        form(FilePart::bytes(CSV).name("a\r\nX-Evil: 1")),
        form(FilePart::bytes(CSV).name("")),
        Multipart::new().text("a\nb", "v"),
        Multipart::new().file(
            "f",
            FilePart::bytes(CSV).content_type("text/csv\r\nX-Evil: 1"),
        ),
        Multipart::new().file("f", FilePart::bytes(CSV).content_type("csv")),
        Multipart::new(),
    ] {
        let error = rig.run(usage(&client).multipart(form).send()).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert_eq!(rig.sim.journal().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_sent_again_to_the_byte() {
    let rig = Rig::new();
    let client = rig.client();
    let folder = scratch();
    let path = folder.path().join("may.csv");
    fs::write(&path, CSV).unwrap();
    // Carried out, and the reply lost: the same key and the same bytes bring the first outcome.
    rig.sim
        .inject(
            Fault::on("uploadUsageFile")
                .execute_first()
                .reset_after()
                .times(1),
        )
        .unwrap();
    let call = usage(&client).multipart(form(FilePart::path(&path)));
    let reply = rig.run(call.send()).await.unwrap();
    assert_eq!(reply.attempts(), 2);
    assert_eq!(reply.idempotency_keys().len(), 1);
    assert_eq!(rig.sim.uploads().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_changes_between_tries_ends_the_call() {
    let folder = scratch();
    let path = folder.path().join("may.csv");
    for then in [Some("longer than it was before\n"), None] {
        let rig = Rig::new();
        let client = rig.client();
        fs::write(&path, "a,b\n").unwrap();
        rig.sim
            .inject(Fault::on("uploadUsageFile").status(503))
            .unwrap();
        let call = usage(&client).multipart(form(FilePart::path(&path))).send();
        let change = async {
            while rig.sim.requests().to("uploadUsageFile").count() == 0 {
                tokio::task::yield_now().await;
            }
            match then {
                Some(text) => fs::write(&path, text).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            std::future::pending::<()>().await;
        };
        let both = async {
            tokio::select! {
                outcome = call => outcome,
                () = change => unreachable!(),
            }
        };
        let error = Box::pin(rig.run(both)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        // What became of the first try is not known.
        assert!(error.is_outcome_unknown());
        assert_eq!(rig.sim.requests().to("uploadUsageFile").count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_file_is_told_before_anything_is_sent() {
    let rig = Rig::new();
    let client = rig.client();
    let folder = scratch();
    for path in [folder.path().to_owned(), folder.path().join("none.csv")] {
        for call in [
            usage(&client).multipart(form(FilePart::path(&path).name("u.csv"))),
            usage(&client).body_file(&path, "text/csv"),
        ] {
            let error = rig.run(call.send()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert!(error.to_string().contains("cannot be sent"), "{error}");
        }
    }
    assert_eq!(rig.token_requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_sent_once() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("uploadUsageFile").status(429).times(1))
        .unwrap();
    let file = FilePart::reader(CSV.as_bytes(), CSV.len() as u64).name("u.csv");
    let error = rig
        .run(usage(&client).multipart(form(file)).send())
        .await
        .unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert!(error.hint().unwrap().contains("sent only once"));
    assert_eq!(rig.sim.requests().to("uploadUsageFile").count(), 1);
    assert!(!error.is_outcome_unknown());

    // A token that was revoked is replaced for the next call, and not for this one.
    rig.sim.revoke_all_tokens();
    let file = FilePart::reader(CSV.as_bytes(), CSV.len() as u64).name("u.csv");
    let error = rig
        .run(usage(&client).multipart(form(file)).send())
        .await
        .unwrap_err();
    assert!(error.is_auth(), "{error}");
    assert_eq!(rig.sim.requests().to("uploadUsageFile").count(), 2);
    let file = FilePart::reader(CSV.as_bytes(), CSV.len() as u64).name("u.csv");
    let call = usage(&client).multipart(form(file)).send();
    assert_eq!(rig.run(call).await.unwrap().attempts(), 1);
    assert_eq!(rig.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_another_length_is_no_request() {
    let rig = Rig::new();
    let client = rig.client();
    for (stream, length, says) in [
        (pieces(&["abc"]), 4, "ended after 3 of 4 bytes"),
        (pieces(&["abc", "de"]), 4, "more than the 4 bytes"),
        (
            Pieces(vec![Ok("ab".into()), Err(io::Error::other("the disk is gone"))].into_iter()),
            4,
            "the disk is gone",
        ),
    ] {
        let call = usage(&client)
            .body_stream(stream, length, "text/csv")
            .send();
        let error = rig.run(call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(all_of(&error).contains(says), "{}", all_of(&error));
        assert!(!error.is_outcome_unknown());
    }
    assert_eq!(rig.sim.requests().to("uploadUsageFile").count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_is_compressed_where_it_is_asked_for_and_gains() {
    let rig = Rig::new();
    let zipped = rig.builder().gzip_requests(true).build().unwrap();
    let large = Json::object([("notes", "x".repeat(5_000))]);
    let small = Json::object([("notes", "x")]);
    let put = |client: &Client, json: &Json| client.request(Method::PUT, ACCOUNT).json(json);
    let folder = scratch();
    let path = folder.path().join("large.json");
    fs::write(&path, large.to_string()).unwrap();
    let file = |client: &Client| {
        let call = client.request(Method::PUT, ACCOUNT);
        call.body_file(&path, "application/json")
    };
    for (call, json, gzip) in [
        (put(&zipped, &large), &large, true),
        (put(&zipped, &small), &small, false),
        (put(&zipped, &large).gzip(false), &large, false),
        (put(&rig.client(), &large), &large, false),
        (put(&rig.client(), &large).gzip(true), &large, true),
        (file(&zipped), &large, true),
        (file(&rig.client()), &large, false),
    ] {
        rig.run(call.send()).await.unwrap();
        let seen = rig.sim.journal().pop().unwrap();
        assert_eq!(seen.header("content-encoding"), gzip.then_some("gzip"));
        assert_eq!(seen.body, json.to_string());
    }
    // A form too, and again after a failure.
    rig.sim
        .inject(Fault::on("uploadUsageFile").status(503).times(1))
        .unwrap();
    let (header, row) = CSV.split_once('\n').unwrap();
    let csv = format!("{header}\n{}", row.repeat(2_000));
    let call = usage(&zipped).multipart(form(FilePart::bytes(csv.clone()).name("u.csv")));
    rig.run(call.send()).await.unwrap();
    let seen = rig.sim.uploads().pop().unwrap();
    assert_eq!(seen.parts[0].size, csv.len() as u64);
    assert!(seen.sent < 5_000, "{}", seen.sent);
}

#[tokio::test(start_paused = true)]
async fn a_large_body_may_take_longer_than_a_call() {
    let rig = Rig::new();
    let client = rig.client();
    let clock = rig.clock.clone();
    let length = CSV.len() as u64;
    // Ten pieces, 50 seconds apart: longer than any time-out but that for pauses.
    let slow = |pause: u64| Slow {
        clock: clock.clone(),
        pause: Duration::from_secs(pause),
        rest: CSV,
        timer: None,
    };
    let call = usage(&client).multipart(form(FilePart::stream(slow(50), length).name("u.csv")));
    rig.run(call.send()).await.unwrap();
    assert_eq!(rig.sim.uploads()[0].size(), length);

    let call = usage(&client).multipart(form(FilePart::stream(slow(70), length).name("u.csv")));
    let error = rig.run(call.send()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains("for 60 s"), "{error}");

    let call = usage(&client).multipart(form(FilePart::stream(slow(50), length).name("u.csv")));
    let call = call.timeout(Duration::from_secs(120)).send();
    let error = rig.run(call).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

/// A file, six bytes at a time, a pause before each.
struct Slow {
    clock: zuora_sim::VirtualClock,
    pause: Duration,
    rest: &'static str,
    timer: Option<zuora_wire::BoxFuture<'static, ()>>,
}

impl futures_core::Stream for Slow {
    type Item = io::Result<Bytes>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        use zuora_wire::Clock;
        let this = self.get_mut();
        if this.rest.is_empty() {
            return std::task::Poll::Ready(None);
        }
        let (clock, pause) = (&this.clock, this.pause);
        let timer = this.timer.get_or_insert_with(|| clock.sleep(pause));
        std::task::ready!(timer.as_mut().poll(context));
        this.timer = None;
        let (piece, rest) = this.rest.split_at(this.rest.len().min(6));
        this.rest = rest;
        std::task::Poll::Ready(Some(Ok(piece.into())))
    }
}

#[test]
fn the_blocking_twin_sends_files_and_saves_them() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sent = zuora_sim::SimFile::new("f", 300_000);
    let sim = simulator().file(sent.clone());
    let sim = runtime.block_on(sim.start()).unwrap();
    let client = socket_client(&sim).build().unwrap();
    let folder = scratch();
    let path = folder.path().join("may.csv");
    fs::write(&path, CSV).unwrap();
    usage(&client)
        .multipart(form(FilePart::path(&path)))
        .send_blocking()
        .unwrap();
    assert_eq!(sim.uploads()[0].size(), CSV.len() as u64);

    let get = || client.request(Method::GET, "/v1/files/f").download();
    get().to_file_blocking(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), sent.bytes(0..300_000));
    let mut written = Vec::new();
    let reply = get().to_writer_blocking(&mut written).unwrap();
    assert_eq!(*reply.data(), 300_000);
    assert_eq!(written, sent.bytes(0..300_000));
}
