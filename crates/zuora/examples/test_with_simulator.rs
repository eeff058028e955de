//! How a test of your own code looks: the simulator inside the process, time under control, no
//! socket and no real waiting.
//!
//! `cargo run -p zuora --example test_with_simulator`

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use zuora::{Client, Credentials, Error, Json, Method};
use zuora_sim::{Fault, Simulator, VirtualClock};

/// The code under test.
async fn balance(client: &Client, account: &str) -> Result<String, Error> {
    let account = client
        .request(Method::GET, format!("/v1/accounts/{account}"))
        .json_reply()
        .await?;
    let balance = account.at(&["metrics", "balance"]);
    Ok(balance.unwrap_or(&Json::Null).to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock =
        VirtualClock::frozen_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let simulator = Simulator::builder()
        .one_account()
        .clock(clock.clone())
        .build()?;
    let client = Client::builder()
        .environment(simulator.base_url())
        .credentials(Credentials::parse(
            simulator.client_id(),
            simulator.client_secret(),
        )?)
        .clock(Arc::new(clock.clone()))
        .transport(simulator.transport())
        .build()?;

    println!("balance: {}", balance(&client, "A00000001").await?);

    // An hour later the token has ended; the client gets another.
    clock.advance(Duration::from_secs(3600));
    balance(&client, "A00000001").await?;
    assert_eq!(simulator.requests().to("createToken").count(), 2);

    // Zuora takes all tokens back; the call is repeated with a new one.
    simulator.revoke_all_tokens();
    balance(&client, "A00000001").await?;
    assert_eq!(
        simulator
            .requests()
            .to("getAccount")
            .with_status(401)
            .count(),
        1
    );

    // A failure inside an HTTP 200 is an error.
    simulator.inject(
        Fault::on("getAccount")
            .body(zuora_sim::FaultBody::rest_reasons(
                50000040,
                "no such account",
            ))
            .times(1),
    )?;
    let error = balance(&client, "A00000001").await.expect_err("a failure");
    println!("error: {error}");
    assert!(error.is_not_found());
    Ok(())
}
