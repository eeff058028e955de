//! Several processes share one token through a folder.
//!
//! `cargo run -p zuora --example share_token` starts a simulator and runs itself three times as a
//! child; only the first asks for a token.

use std::{process::Command, sync::Arc};
use zuora::{Client, FileStore};
use zuora_sim::Simulator;

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::var_os("SHARED_FOLDER") {
        Some(folder) => child(folder.into()).await,
        None => parent().await,
    }
}

/// What each of your processes does. `FileStore::of_user` is the folder of the command line.
async fn child(folder: std::path::PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .from_env()
        .token_store(Arc::new(FileStore::at(folder)))
        .refresh_ahead(false) // this program ends before a refresh would
        .build()?;
    let token = client.token().await?;
    println!(
        "process {}: token from {:?}",
        std::process::id(),
        token.origin()
    );
    Ok(())
}

async fn parent() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::builder().start().await?;
    let folder = tempfile::tempdir()?;
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe()?);
        child
            .env("SHARED_FOLDER", folder.path().join("tokens"))
            .env("ZUORA_BASE_URL", simulator.base_url())
            .env("ZUORA_CLIENT_ID", simulator.client_id())
            .env("ZUORA_CLIENT_SECRET", simulator.client_secret());
        let status = tokio::task::spawn_blocking(move || child.status()).await??;
        if !status.success() {
            return Err("a child failed".into());
        }
    }
    println!(
        "token requests: {}",
        simulator.requests().to("createToken").count()
    );
    Ok(())
}
