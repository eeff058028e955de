//! Downloads: complete or an error, taken up where they broke off, nothing half-written.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::{fs, time::Duration};
use zuora_core::{Client, Download, ErrorKind};
use zuora_sim::{Fault, FaultBody, Limits, SimFile};

const SIZE: u64 = 300_000;

fn file(client: &Client) -> Download {
    client.request(Method::GET, "/v1/files/f").download()
}

fn rig(file: SimFile) -> Rig {
    Rig::with(|builder| builder.file(file).tenant_version("2024-05-20"))
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The `Range` of every request for the file.
fn ranges(rig: &Rig) -> Vec<Option<String>> {
    let journal = rig.sim.journal();
    let asked = journal
        .iter()
        .filter(|request| request.path == "/v1/files/f");
    asked
        .map(|request| request.header("range").map(str::to_owned))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn all_bytes_arrive_whichever_way_they_are_read() {
    let sent = SimFile::new("f", SIZE);
    let rig = rig(sent.clone());
    let client = rig.client();
    let all = sent.bytes(0..SIZE);

    let mut written = Vec::new();
    let reply = rig
        .run(file(&client).to_writer(&mut written))
        .await
        .unwrap();
    assert_eq!((reply.status().as_u16(), *reply.data()), (200, SIZE));
    assert!(reply.request_id().is_some());
    assert_eq!(written, all);

    let mut stream = rig.run(file(&client).stream()).await.unwrap();
    assert_eq!(stream.length(), Some(SIZE));
    assert_eq!(stream.head().status(), 200);
    let mut read = Vec::new();
    while let Some(piece) = rig.run(stream.next()).await {
        read.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(read, all);
    assert!(rig.run(stream.next()).await.is_none());

    let folder = scratch();
    let path = folder.path().join("f.csv");
    fs::write(&path, "old").unwrap();
    rig.run(file(&client).to_file(&path)).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), all);
    assert_eq!(names(folder.path()), ["f.csv"]);

    let asked = rig.sim.journal().pop().unwrap();
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
    assert_clean(
        &rig.sim,
        &format!("{reply:?} {stream:?} {:?}", file(&client)),
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_file_is_a_file() {
    let rig = rig(SimFile::new("f", 0));
    let folder = scratch();
    let path = folder.path().join("f.csv");
    let reply = rig.run(file(&rig.client()).to_file(&path)).await.unwrap();
    assert_eq!(*reply.data(), 0);
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[tokio::test(start_paused = true)]
async fn a_broken_download_goes_on_where_it_stopped() {
    let sent = SimFile::new("f", SIZE).etag("\"v1\"");
    let rig = rig(sent.clone());
    let client = rig.client();
    for at in [70_000, 100_000] {
        rig.sim
            .inject(Fault::on("getFiles").truncate_at(at).times(1))
            .unwrap();
    }
    let mut written = Vec::new();
    let reply = rig
        .run(file(&client).to_writer(&mut written))
        .await
        .unwrap();
    assert_eq!(written, sent.bytes(0..SIZE));
    assert_eq!(reply.attempts(), 3);
    let ranges = ranges(&rig);
    assert_eq!(ranges[0], None);
    assert!(ranges[1].is_some() && ranges[2] == Some("bytes=170000-".to_owned()));
    let last = rig.sim.journal().pop().unwrap();
    assert_eq!(last.header("if-range"), Some("\"v1\""));
}

#[tokio::test(start_paused = true)]
async fn a_download_that_brings_nothing_new_is_given_up_in_the_end() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.client();
    rig.sim
        .inject(Fault::on("getFiles").truncate_at(0))
        .unwrap();
    let folder = scratch();
    let path = folder.path().join("f.csv");
    let error = rig.run(file(&client).to_file(&path)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.is_retryable());
    assert!(
        error.to_string().contains("after 0 of 300000 bytes"),
        "{error}"
    );
    assert_eq!(ranges(&rig).len(), 5);
    assert!(names(folder.path()).is_empty());

    let once = rig.builder().tries(1).build().unwrap();
    let before = ranges(&rig).len();
    rig.run(file(&once).to_writer(&mut Vec::new()))
        .await
        .unwrap_err();
    assert_eq!(ranges(&rig).len(), before + 1);
}

/// Breaks the first reply off and changes the file before it is asked for again.
async fn changed(
    first: SimFile,
    then: SimFile,
    to_file: bool,
) -> (Rig, Result<Vec<u8>, zuora_core::Error>) {
    let rig = rig(first);
    let client = rig.client();
    rig.sim
        .inject(Fault::on("getFiles").truncate_at(100_000).times(1))
        .unwrap();
    let folder = scratch();
    let path = folder.path().join("f.csv");
    let outcome = if to_file {
        let done = async {
            // The first reply is there before anything else happens.
            let begun = file(&client).to_file(&path);
            let mut begun = Box::pin(begun);
            let change = async {
                while rig.sim.requests().to("getFiles").count() == 0 {
                    tokio::task::yield_now().await;
                }
                rig.sim.add_file(then);
                std::future::pending::<()>().await;
            };
            tokio::select! {
                done = &mut begun => done,
                () = change => unreachable!(),
            }
        };
        rig.run(done).await.map(|_| fs::read(&path).unwrap())
    } else {
        let mut stream = rig.run(file(&client).stream()).await.unwrap();
        rig.sim.add_file(then);
        let mut read = Vec::new();
        loop {
            match rig.run(stream.next()).await {
                Some(Ok(piece)) => read.extend_from_slice(&piece),
                Some(Err(error)) => break Err(error),
                None => break Ok(read),
            }
        }
    };
    assert!(names(folder.path()).len() <= usize::from(to_file && outcome.is_ok()));
    (rig, outcome)
}

#[tokio::test(start_paused = true)]
async fn two_files_are_never_mixed() {
    let first = || SimFile::new("f", SIZE);
    let other = || SimFile::new("f", SIZE).content(vec![7; 300_000]);
    for (first, then) in [
        (first().etag("\"1\""), other().etag("\"2\"")),
        (first(), SimFile::new("f", SIZE + 1)),
        (first(), SimFile::new("f", 5)),
        (first(), SimFile::new("f", SIZE).ranges(false)),
        (
            first().ranges(false).etag("\"1\""),
            other().ranges(false).etag("\"2\""),
        ),
        (
            first().ranges(false).etag("W/\"1\""),
            first().ranges(false).etag("W/\"1\""),
        ),
    ] {
        let (_, outcome) = changed(first.clone(), then.clone(), false).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert!(error.to_string().contains("100000 of 300000"), "{error}");

        // What can be written anew is.
        let (_, outcome) = changed(first, then.clone(), true).await;
        match outcome {
            Ok(written) => assert_eq!(written, then.bytes(0..then.size())),
            Err(error) => assert!(
                error.to_string().contains("no longer has this file"),
                "{error}"
            ),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_ranges_is_taken_up_with_when_the_etag_says_so() {
    let sent = SimFile::new("f", SIZE).ranges(false).etag("\"v1\"");
    let (rig, outcome) = changed(sent.clone(), sent.clone(), false).await;
    assert_eq!(outcome.unwrap(), sent.bytes(0..SIZE));
    assert_eq!(ranges(&rig), [None, None]);

    // Without a word about it, nothing can be taken up: but a file is written anew.
    let sent = SimFile::new("f", SIZE).ranges(false);
    let (rig, outcome) = changed(sent.clone(), sent.clone(), false).await;
    assert!(
        outcome
            .unwrap_err()
            .hint()
            .unwrap()
            .contains("from the start")
    );
    assert_eq!(ranges(&rig), [None]);
    let (_, outcome) = changed(sent.clone(), sent.clone(), true).await;
    assert_eq!(outcome.unwrap(), sent.bytes(0..SIZE));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_the_error_that_it_is_everywhere() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.client();
    let none = client.request(Method::GET, "/v1/files/none").download();
    let error = rig.run(none.to_writer(&mut Vec::new())).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");

    rig.sim.set_file_limit(9);
    let error = rig.run(file(&client).stream()).await.unwrap_err();
    assert!(error.is_too_large(), "{error}");
    rig.sim.set_file_limit(u64::MAX);

    // A refusal inside a 200 that should have been a file.
    let failed = br#"{"success":false,"reasons":[{"code":50000040,"message":"no such file"}]}"#;
    let body = FaultBody::raw(&failed[..], "application/json");
    rig.sim
        .inject(Fault::on("getFiles").status(200).body(body).times(1))
        .unwrap();
    let error = rig.run(file(&client).stream()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.reasons().len(), 1);

    // The same bytes as a file are a file.
    let body = FaultBody::raw(&failed[..], "application/octet-stream");
    rig.sim
        .inject(Fault::on("getFiles").status(200).body(body).times(1))
        .unwrap();
    let mut written = Vec::new();
    rig.run(file(&client).to_writer(&mut written))
        .await
        .unwrap();
    assert_eq!(written, failed);

    // Retries before the first byte are those of every call.
    rig.sim
        .inject(Fault::on("getFiles").status(503).times(2))
        .unwrap();
    let reply = rig
        .run(file(&client).to_writer(&mut Vec::new()))
        .await
        .unwrap();
    assert_eq!(reply.attempts(), 3);
    assert_eq!(*reply.data(), SIZE);
}

#[tokio::test(start_paused = true)]
async fn json_that_is_large_is_a_file_too() {
    let json = format!(r#"{{"a":"{}","success":true}}"#, "x".repeat(200_000));
    let sent = SimFile::new("f", 0)
        .content(json.clone())
        .content_type("application/json");
    let rig = rig(sent);
    let client = rig.client();
    let mut written = Vec::new();
    rig.run(file(&client).to_writer(&mut written))
        .await
        .unwrap();
    assert_eq!(written, json.as_bytes());
}

#[tokio::test(start_paused = true)]
async fn the_permit_is_held_until_the_last_byte() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.client();
    let running = || {
        let limits = client.limits();
        let classes = limits.classes.iter();
        classes.map(|class| class.in_use).sum::<u32>()
    };
    let mut stream = rig.run(file(&client).stream()).await.unwrap();
    let mut missing = SIZE;
    while missing > 0 {
        assert_eq!(running(), 1);
        missing -= rig.run(stream.next()).await.unwrap().unwrap().len() as u64;
    }
    // Nobody has asked for the end yet.
    assert_eq!(running(), 0);
    assert!(rig.run(stream.next()).await.is_none());
    assert_eq!(running(), 0);

    let stream = rig.run(file(&client).stream()).await.unwrap();
    assert_eq!(running(), 1);
    drop(stream);
    assert_eq!(running(), 0);
}

#[tokio::test(start_paused = true)]
async fn downloads_that_nobody_reads_do_not_stop_those_behind_them() {
    let service = Duration::from_millis(300);
    // A tenant whose first head tells that there is room, and one that counts once a second.
    for (limits, longest) in [
        (Limits::unlimited(), service * 2),
        (Limits::production(), Duration::from_secs(30)),
    ] {
        let rig = Rig::with(|sim| {
            let sim = sim.file(SimFile::new("f", SIZE)).limits(limits);
            sim.service_time("getFiles", service)
        });
        let client = rig.client();
        let begun = rig.clock.now();
        // More than a client begins with, and none is read any further than its head.
        let tasks: Vec<_> = (0..30)
            .map(|_| tokio::spawn(file(&client).stream()))
            .collect();
        let mut open = Vec::new();
        for task in tasks {
            open.push(rig.run(task).await.unwrap().unwrap());
        }
        let took = rig.clock.now() - begun;
        assert!(took <= longest, "{took:?}");
        assert_eq!(
            rig.sim.requests().to("getFiles").with_status(429).count(),
            0
        );
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_file_can_be_nothing_is_sent() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.client();
    let folder = scratch();
    for path in [
        folder.path().to_owned(),
        folder.path().join("none/f.csv"),
        "/".into(),
        "/dev/null".into(),
    ] {
        let error = rig.run(file(&client).to_file(&path)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert!(ranges(&rig).is_empty());
    assert!(names(folder.path()).is_empty());
    let head = client.request(Method::HEAD, "/v1/files/f").download();
    let error = rig.run(head.stream()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn a_download_that_is_given_up_leaves_nothing() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.client();
    rig.sim
        .inject(Fault::on("getFiles").delay(Duration::from_secs(60)))
        .unwrap();
    let folder = scratch();
    let path = folder.path().join("f.csv");
    let download = file(&client)
        .timeout(Duration::from_secs(30))
        .to_file(&path);
    let error = rig.run(download).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(names(folder.path()).is_empty());
}

/// Whatever breaks: what was written is the file's beginning, and after a success all of it.
#[tokio::test(start_paused = true)]
async fn whatever_breaks_no_byte_is_wrong() {
    let folder = scratch();
    let path = folder.path().join("f.csv");
    let (mut whole, mut broken) = (0, 0);
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut sent = SimFile::new("f", random.u64(0..SIZE)).ranges(random.bool());
        if random.bool() {
            sent = sent.etag(["\"1\"", "W/\"1\""][random.usize(0..2)]);
        }
        let rig = rig(sent.clone());
        let client = rig.client();
        for _ in 0..random.usize(0..6) {
            let fault = Fault::on("getFiles").times(1);
            let fault = match random.u8(0..4) {
                0 => fault.truncate_at(0),
                1 => fault.status(503),
                2 => fault.reset_after(),
                _ => fault.truncate_at(random.u64(0..=sent.size())),
            };
            rig.sim.inject(fault).unwrap();
        }
        let all = sent.bytes(0..sent.size());
        if random.bool() {
            let mut written = Vec::new();
            let outcome = rig.run(file(&client).to_writer(&mut written)).await;
            assert!(all.starts_with(&written), "seed {seed}");
            assert_eq!(outcome.is_ok(), written.len() == all.len(), "seed {seed}");
            whole += u32::from(outcome.is_ok());
            broken += u32::from(outcome.is_err());
        } else {
            let outcome = rig.run(file(&client).to_file(&path)).await;
            match outcome {
                Ok(_) => assert_eq!(fs::read(&path).unwrap(), all, "seed {seed}"),
                Err(_) => assert!(!path.exists(), "seed {seed}"),
            }
            let _ = fs::remove_file(&path);
            assert!(names(folder.path()).is_empty(), "seed {seed}");
        }
    }
    assert!(whole > 30 && broken > 5, "{whole} {broken}");
}

/// `ZUORA_TEST_FULL_DISK` names a folder on a file system that is smaller than the file.
#[tokio::test(start_paused = true)]
async fn a_full_disk_leaves_no_file() {
    let Some(disk) = std::env::var_os("ZUORA_TEST_FULL_DISK") else {
        eprintln!("SKIPPED a_full_disk_leaves_no_file: ZUORA_TEST_FULL_DISK names no small disk");
        return;
    };
    let disk = std::path::PathBuf::from(disk);
    let rig = rig(SimFile::new("f", SIZE));
    let before = names(&disk);
    let download = file(&rig.client()).to_file(disk.join("f.csv"));
    let error = rig.run(download).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(names(&disk), before);
}

struct Full;

impl tokio::io::AsyncWrite for Full {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::task::Poll::Ready(Err(std::io::ErrorKind::StorageFull.into()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_fails_is_told_of_and_not_tried_again() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.client();
    let error = rig
        .run(file(&client).to_writer(&mut Full))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(!error.is_retryable());
    assert_eq!(ranges(&rig).len(), 1);
    assert_eq!(
        client
            .limits()
            .classes
            .iter()
            .map(|class| class.in_use)
            .sum::<u32>(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_beyond_the_cap_is_not_held() {
    let rig = rig(SimFile::new("f", SIZE));
    let client = rig.builder().max_reply(100_000).build().unwrap();
    let call = || client.request(Method::GET, "/v1/files/f");
    let error = rig.run(call().send()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReplyTooLarge);
    assert!(error.hint().unwrap().contains("download"), "{error}");
    assert_eq!(ranges(&rig).len(), 1);
    let reply = rig.run(call().download().to_writer(&mut Vec::new())).await;
    assert_eq!(*reply.unwrap().data(), SIZE);
    // A refusal that is large is a refusal.
    let body = FaultBody::raw("x".repeat(200_000), "text/plain");
    rig.sim
        .inject(Fault::on("getFiles").status(404).body(body).times(1))
        .unwrap();
    let error = rig.run(call().send()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(rig.builder().max_reply(0).build().is_err());
}
