//! Typed calls that start something, waited for to their end, against the simulator in virtual time.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use zuora::{
    Client, Credentials, ErrorKind, Json, Method, OpenEnum,
    api::{data_queries::DataQueriesApi, orders::OrdersApi},
    from_slice,
    models::{data_queries::SubmitDataQueryRequest, orders::CreateOrderAsyncRequest},
    to_string,
};
use zuora_sim::{Simulator, VirtualClock};

const PATIENCE: Duration = Duration::from_secs(600);

struct World {
    sim: Simulator,
    client: Client,
}

impl World {
    fn new() -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_392_000);
        let clock = VirtualClock::frozen_at(start);
        let sim = Simulator::builder().clock(clock.clone()).seed(7).demo();
        let sim = sim.build().unwrap();
        let credentials = Credentials::parse(sim.client_id(), sim.client_secret()).unwrap();
        let client = Client::builder()
            .environment(sim.base_url())
            .credentials(credentials)
            .clock(Arc::new(clock))
            .transport(sim.transport())
            .build()
            .unwrap();
        Self { sim, client }
    }

    async fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.sim.clock().drive(future).await
    }

    /// An order of a subscription to the catalogue's first rate plan.
    async fn order(&self, account: &str) -> CreateOrderAsyncRequest {
        let plans = self
            .client
            .request(Method::GET, "/object-query/product-rate-plans");
        let plans = self.run(plans.into_future()).await.unwrap();
        let plans = Json::parse(&plans).unwrap();
        let plan = plans
            .at(&["data", "0", "id"])
            .and_then(Json::as_str)
            .unwrap();
        let order = format!(
            r#"{{"existingAccountNumber":"{account}","orderDate":"2026-11-23","subscriptions":[{{"orderActions":[
            {{"type":"CreateSubscription","triggerDates":[{{"name":"ContractEffective","triggerDate":"2026-11-23"}}],
            "createSubscription":{{"terms":{{"initialTerm":{{"period":12,"periodType":"Month","startDate":"2026-11-23","termType":"TERMED"}}}},
            "subscribeToRatePlans":[{{"productRatePlanId":"{plan}"}}]}}}}]}}]}}"#
        );
        from_slice(order.as_bytes()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_is_waited_for() {
    let world = World::new();
    world.sim.set_job_time(Duration::from_secs(100));
    let orders = OrdersApi::new(&world.client);
    let order = world.order("A00000001").await;
    let begun = world.sim.clock().now();
    let started = orders.create_order_asynchronously(&order);
    let job = world.run(started.wait(PATIENCE)).await.unwrap();
    let job = Json::parse(to_string(&job)).unwrap();
    let number = job.at(&["result", "orderNumber"]).and_then(Json::as_str);
    let number = number.unwrap();
    let taken = world.sim.clock().now() - begun;
    assert!(taken >= Duration::from_secs(100) && taken < Duration::from_secs(200));
    let made = orders.get_order(number);
    world.run(async { made.await }).await.unwrap();

    let removed = orders.delete_order_asynchronously(number);
    world.run(removed.wait(PATIENCE)).await.unwrap();
    let gone = orders.get_order(number);
    let error = world.run(async { gone.await }).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_is_an_error_with_the_reason() {
    let world = World::new();
    let orders = OrdersApi::new(&world.client);
    let order = world.order("A-nobody").await;
    let started = orders.create_order_asynchronously(&order);
    let error = world.run(started.wait(PATIENCE)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert!(error.to_string().contains("A-nobody"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn patience_ends_before_the_job_does() {
    let world = World::new();
    world.sim.set_job_time(Duration::from_secs(3600));
    let orders = OrdersApi::new(&world.client);
    let order = world.order("A00000001").await;
    let started = orders.create_order_asynchronously(&order);
    let error = world.run(started.wait(PATIENCE)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.hint().unwrap().contains("/v1/async-jobs/"),
        "{error:?}"
    );
}

fn data_query(statement: &str) -> SubmitDataQueryRequest {
    let request = format!(
        r#"{{"query":"{statement}","outputFormat":"CSV","compression":"NONE","output":{{"target":"S3"}}}}"#
    );
    from_slice(request.as_bytes()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_data_query_is_waited_for() {
    let world = World::new();
    world.sim.set_job_time(Duration::from_secs(100));
    let queries = DataQueriesApi::new(&world.client);
    let request = data_query("SELECT accountnumber FROM account ORDER BY accountnumber LIMIT 2");
    let started = queries.post_data_query_job(&request);
    let job = world
        .run(started.wait(PATIENCE))
        .await
        .unwrap()
        .data
        .unwrap();
    assert_eq!(job.output_rows, Some(2));
    let url = job.data_file.unwrap();
    assert!(url.starts_with(world.sim.base_url()), "{url}");

    // The same job can be asked for again, and one that goes on be taken back.
    let id = job.id.unwrap();
    let again = queries.get_data_query_job(&id);
    let again = world.run(async { again.await }).await.unwrap();
    assert_eq!(again.data.unwrap().id, Some(id));
    let begun = queries.post_data_query_job(&request);
    let begun = world
        .run(async { begun.await })
        .await
        .unwrap()
        .data
        .unwrap();
    let cancelled = queries.delete_data_query_job(begun.id.unwrap());
    let cancelled = world.run(async { cancelled.await }).await.unwrap();
    let state = cancelled.data.unwrap().query_status.unwrap();
    assert_eq!(state.as_str(), "cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_data_query_that_fails_is_an_error_with_the_reason() {
    let world = World::new();
    let queries = DataQueriesApi::new(&world.client);
    let request = data_query("SELECT colour FROM account");
    let started = queries.post_data_query_job(&request);
    let error = world.run(started.wait(PATIENCE)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    let text = error.to_string();
    assert!(text.contains("Column colour cannot be resolved"), "{text}");
}
