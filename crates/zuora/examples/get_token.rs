//! Asks for one token and prints it; then once more with status, headers and data.
//!
//! `cargo run -p zuora --example get_token` asks a simulator that it starts itself. With
//! `ZUORA_BASE_URL`, `ZUORA_CLIENT_ID` and `ZUORA_CLIENT_SECRET` set, it asks there.

use zuora::{Client, ClientId, ClientSecret, Error, OAuthApi};
use zuora_sim::Simulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::builder().start().await?;
    let variable = |name: &str, otherwise: &str| std::env::var(name).unwrap_or(otherwise.into());
    let client = Client::builder()
        .environment(variable("ZUORA_BASE_URL", simulator.base_url()))
        .build()?;
    let id = ClientId::new(variable("ZUORA_CLIENT_ID", simulator.client_id()))?;
    let secret = ClientSecret::new(variable("ZUORA_CLIENT_SECRET", simulator.client_secret()))?;

    let oauth = OAuthApi::new(&client);
    match oauth.create_token(&id, &secret).await {
        Ok(token) => println!("token: {}", token.access_token().expose_secret()),
        Err(error) => explain(&error),
    }

    match oauth
        .create_token(&id, &secret)
        .track_id("example-1")
        .send()
        .await
    {
        Ok(reply) => {
            println!("status: {}", reply.status());
            println!("request id: {:?}", reply.request_id());
            println!("limit: {:?}", reply.rate_limit());
            for (name, value) in reply.headers() {
                println!("  {name}: {value:?}");
            }
            println!("valid for: {:?}", reply.data().expires_in());
            println!("good for: {:?}", reply.data().scope());
        }
        Err(error) => explain(&error),
    }
    Ok(())
}

fn explain(error: &Error) {
    println!("failed: {error}");
    println!("status: {:?}", error.status());
    println!("body: {:?}", error.body());
    println!("next: {:?}", error.hint());
}
