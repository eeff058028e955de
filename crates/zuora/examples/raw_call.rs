//! Reads an account by method and path. The client gets the token, keeps it and renews it.
//!
//! `cargo run -p zuora --example raw_call`

use zuora::{Client, Credentials, Json, Method};
use zuora_sim::Simulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::builder().one_account().start().await?;
    let client = Client::builder()
        .environment(simulator.base_url())
        .credentials(Credentials::parse(
            simulator.client_id(),
            simulator.client_secret(),
        )?)
        .build()?;

    let account = client
        .request(Method::GET, "/v1/accounts/A00000001")
        .track_id("example-2")
        .json_reply()
        .send()
        .await?;
    println!("request id: {:?}", account.request_id());
    // Amounts come exactly as Zuora wrote them.
    let balance = account.data().at(&["metrics", "balance"]);
    println!("balance: {}", balance.unwrap_or(&Json::Null));

    match client
        .request(Method::GET, "/v1/accounts/A99999999")
        .json_reply()
        .await
    {
        Ok(_) => println!("found"),
        Err(error) if error.is_not_found() => println!("not found: {error}"),
        Err(error) => return Err(error.into()),
    }
    println!(
        "token requests: {}",
        simulator.requests().to("createToken").count()
    );
    Ok(())
}
