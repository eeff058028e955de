//! What goes on after a request was answered: in the order in which it falls due, each at its own moment,
//! however far the clock is moved at once.

use crate::{
    subscriptions::{create, prepared},
    support::*,
};
use zuora_sim::{Simulator, VirtualClock};
use zuora_wire::Json;

fn body(plan: &str) -> String {
    let action = create(plan);
    format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{{"orderActions":[{action}]}}]}}"#
    )
}

/// Begins the making of an order; gives the job's path.
async fn begin(api: &Api<'_>, body: &str) -> String {
    let begun = api.call("POST", "/v1/async/orders", body).await;
    assert_eq!(begun.status(), 202);
    format!("/v1/async-jobs/{}", text(&json(&begun), &["jobId"]))
}

async fn status(api: &Api<'_>, job: &str) -> String {
    let job = api.good("GET", job, "").await;
    text(&job, &["status"]).to_owned()
}

#[tokio::test]
async fn things_happen_in_their_order_and_at_their_moments() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [plan, _] = prepared(&api).await;
    sim.set_job_time(seconds(10));
    let slow = begin(&api, &body(&plan)).await;
    sim.clock().advance(seconds(1));
    sim.set_job_time(seconds(4));
    let quick = begin(&api, &body(&plan)).await;
    assert_eq!(status(&api, &slow).await, "Processing");

    // All of it in one step; the one that began later is done first.
    sim.clock().advance(seconds(600));
    let quick = api.good("GET", &quick, "").await;
    let slow = api.good("GET", &slow, "").await;
    assert_eq!(text(&quick, &["result", "orderNumber"]), "O-00000001");
    assert_eq!(text(&slow, &["result", "orderNumber"]), "O-00000002");
    for (order, made) in [
        ("O-00000001", "2026-01-01T00:00:05Z"),
        ("O-00000002", "2026-01-01T00:00:10Z"),
    ] {
        let path = format!("/object-query/orders/{order}");
        let order = api.good("GET", &path, "").await;
        assert_eq!(text(&order, &["createdDate"]), made);
    }
}

#[tokio::test]
async fn a_job_that_cannot_be_done_changes_nothing_but_itself() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [plan, _] = prepared(&api).await;
    let job = begin(&api, &body(&plan).replace("A00000001", "A-none")).await;
    let before = Json::parse(sim.snapshot()).unwrap();
    sim.clock().advance(seconds(60));
    assert_eq!(status(&api, &job).await, "Failed");
    let after = Json::parse(sim.snapshot()).unwrap();
    for kind in ["Account", "Order", "Subscription"] {
        let rows = |json: &Json| json.at(&["records", kind]).cloned();
        assert_eq!(rows(&before), rows(&after), "{kind}");
    }
}

#[tokio::test]
async fn a_snapshot_takes_its_jobs_along() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [plan, _] = prepared(&api).await;
    let pending = begin(&api, &body(&plan)).await;
    let snapshot = sim.snapshot();
    sim.clock().advance(seconds(1));
    let processing = sim.snapshot();
    for document in [snapshot, processing] {
        let clock = VirtualClock::frozen_at(START + seconds(1_767_225_600));
        let builder = Simulator::builder().clock(clock).seed(2);
        let builder = builder.tenant_version("2025-08-12");
        let other = builder.data(&document).unwrap().build().unwrap();
        let api = Api::new(&other).await;
        assert_eq!(status(&api, &pending).await, "Processing");
        other.clock().advance(seconds(2));
        assert_eq!(status(&api, &pending).await, "Completed");
        api.good("GET", "/v1/orders/O-00000001", "").await;
        // Only once, however long it goes on.
        other.clock().advance(seconds(600));
        assert_eq!(status(&api, &pending).await, "Completed");
        assert_eq!(
            api.call("GET", "/v1/orders/O-00000002", "").await.status(),
            404
        );
    }
    // A job whose work nobody knows ends, and says so.
    let broken = sim.snapshot().replace("make an order", "make a mess");
    sim.restore(&broken).unwrap();
    sim.clock().advance(seconds(60));
    assert_eq!(status(&api, &pending).await, "Failed");
}
