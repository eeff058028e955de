//! The same without `async`: `call()` and `send_blocking()`.
//!
//! `cargo run -p zuora --features blocking --example blocking`

use zuora::{Client, Credentials, Json, Method, OAuthApi};
use zuora_sim::Simulator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The simulator is a server: it needs a runtime that runs beside.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let simulator = runtime.block_on(Simulator::builder().one_account().start())?;

    let client = Client::builder()
        .environment(simulator.base_url())
        .credentials(Credentials::parse(
            simulator.client_id(),
            simulator.client_secret(),
        )?)
        .build()?;
    let account = client
        .request(Method::GET, "/v1/accounts/A00000001")
        .json_reply()
        .call()?;
    let name = account.at(&["basicInfo", "name"]);
    println!("account: {}", name.unwrap_or(&Json::Null));

    let reply = OAuthApi::new(&client)
        .create_token(simulator.client_id(), simulator.client_secret())
        .send_blocking()?;
    println!(
        "a token of its own: {} {:?}",
        reply.status(),
        reply.rate_limit()
    );
    Ok(())
}
