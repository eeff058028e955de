//! What does not stay for ever: the files of exports, exports themselves, and jobs of AQuA.

use crate::support::*;
use zuora_sim::{SimFile, Simulator, VirtualClock};

const DAY: u64 = 86_400;
const EXPORT: &str = r#"{"Format":"csv","Query":"select Name from Account"}"#;
const BATCH: &str = r#"{"queries":[{"query":"select Name from Account"}]}"#;

/// An export and a job of AQuA that are completed: their paths, and those of their files.
async fn completed(api: &Api<'_>, sim: &Simulator) -> [String; 4] {
    let export = api.good("POST", "/v1/object/export", EXPORT).await;
    let batch = api.good("POST", "/v1/batch-query/", BATCH).await;
    sim.clock().advance(seconds(2));
    let export = format!("/v1/object/export/{}", text(&export, &["Id"]));
    let batch = format!("/v1/batch-query/jobs/{}", text(&batch, &["id"]));
    let of_export = api.good("GET", &export, "").await;
    let of_batch = api.good("GET", &batch, "").await;
    let file = |id: &str| format!("/v1/files/{id}");
    [
        file(text(&of_export, &["FileId"])),
        file(text(&of_batch, &["batches", "0", "fileId"])),
        export,
        batch,
    ]
}

async fn status(api: &Api<'_>, path: &str) -> u16 {
    api.call("GET", path, "").await.status().as_u16()
}

#[tokio::test]
async fn each_goes_when_its_time_is_over() {
    let sim = tenant();
    sim.add_file(SimFile::new("mine", 10));
    let api = Api::new(&sim).await;
    let [of_export, of_batch, export, batch] = completed(&api, &sim).await;
    // The files are as old as the end of the job, the others as its request: 2 seconds more.
    sim.clock().advance(seconds(3 * DAY - 1));
    let api = Api::new(&sim).await;
    assert_eq!(status(&api, &of_batch).await, 200);
    sim.clock().advance(seconds(1));
    let gone = api.call("GET", &of_batch, "").await;
    assert_eq!(
        (gone.status().as_u16(), code(&gone)),
        (404, Some(50_000_040))
    );
    assert_eq!(status(&api, &of_export).await, 200);

    sim.clock().advance(seconds(4 * DAY - 1));
    let api = Api::new(&sim).await;
    assert_eq!(status(&api, &of_export).await, 200);
    sim.clock().advance(seconds(1));
    assert_eq!(status(&api, &of_export).await, 404);
    assert_eq!(count_of(&sim, "File"), 0);

    sim.clock().advance(seconds(83 * DAY - 3));
    let api = Api::new(&sim).await;
    let job = api.good("GET", &export, "").await;
    assert_eq!(text(&job, &["Status"]), "Completed");
    sim.clock().advance(seconds(1));
    let gone = api.call("GET", &export, "").await;
    assert_eq!(gone.status(), 404);
    assert_eq!(json(&gone).get("done"), Some(&true.into()));

    sim.clock().advance(seconds(90 * DAY - 1));
    let api = Api::new(&sim).await;
    let job = api.good("GET", &batch, "").await;
    assert_eq!(text(&job, &["status"]), "completed");
    sim.clock().advance(seconds(1));
    let job = api.good("GET", &batch, "").await;
    assert_eq!(text(&job, &["errorCode"]), "90002");
    // Nothing of them is left, and what a test added stays.
    for kind in ["Export", "BatchQuery", "AsyncJob"] {
        assert_eq!(count_of(&sim, kind), 0, "{kind}");
    }
    assert_eq!(status(&api, "/v1/files/mine").await, 200);
}

#[tokio::test]
async fn a_snapshot_keeps_the_moments() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [of_export, of_batch, ..] = completed(&api, &sim).await;
    sim.clock().advance(seconds(2 * DAY));
    let document = sim.snapshot();
    // The same wall, another clock.
    let wall = sim.clock().wall();
    let builder = Simulator::builder().clock(VirtualClock::frozen_at(wall));
    let other = builder.data(&document).unwrap().build().unwrap();
    let api = Api::new(&other).await;
    assert_eq!(status(&api, &of_batch).await, 200);
    other.clock().advance(seconds(DAY));
    let api = Api::new(&other).await;
    assert_eq!(status(&api, &of_batch).await, 404);
    assert_eq!(status(&api, &of_export).await, 200);
    // A restored tenant a year later: what is over is gone.
    other.clock().advance(seconds(365 * DAY));
    other.restore(&document).unwrap();
    let api = Api::new(&other).await;
    for path in [&of_batch, &of_export] {
        assert_eq!(status(&api, path).await, 404);
    }
    assert_eq!(count_of(&other, "BatchQuery"), 0);
}

#[tokio::test]
async fn fifty_exports_go_on_at_once() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for _ in 0..50 {
        api.good("POST", "/v1/object/export", EXPORT).await;
    }
    let reply = api.call("POST", "/v1/object/export", EXPORT).await;
    let refusal = json(&reply);
    assert_eq!(reply.status(), 400);
    assert_eq!(refusal.get("Success"), Some(&false.into()));
    assert_eq!(
        text(&refusal, &["Errors", "0", "Code"]),
        "REQUEST_EXCEEDED_LIMIT"
    );
    assert_eq!(count_of(&sim, "Export"), 50);
    sim.clock().advance(seconds(2));
    api.good("POST", "/v1/object/export", EXPORT).await;
}

#[tokio::test]
async fn fifty_aqua_jobs_of_each_sort_are_open() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let stateful = BATCH.replacen('{', r#"{"partner":"p","project":"j","#, 1);
    let mut first = String::new();
    for body in [BATCH, &stateful] {
        for _ in 0..50 {
            let made = api.good("POST", "/v1/batch-query/", body).await;
            assert_eq!(text(&made, &["status"]), "submitted");
            first = text(&made, &["id"]).to_owned();
        }
    }
    let open = async |body: &str| {
        let made = api.good("POST", "/v1/batch-query/", body).await;
        let refused = text(&made, &["errorCode"]).to_owned();
        (refused, text(&made, &["message"]).to_owned())
    };
    for (body, sort) in [(BATCH, "stateless"), (stateful.as_str(), "stateful")] {
        let (code, message) = open(body).await;
        assert_eq!(code, "90010");
        assert_eq!(message, format!("At most 50 {sort} jobs can be open"));
    }
    // One that is taken back frees its place, and only for its sort.
    let path = format!("/v1/batch-query/jobs/{first}");
    api.good("DELETE", &path, "").await;
    assert_eq!(open(BATCH).await.0, "90010");
    assert_eq!(open(&stateful).await.0, "");
    assert_eq!(open(&stateful).await.0, "90010");
    sim.clock().advance(seconds(2));
    assert_eq!(open(BATCH).await.0, "");
}
