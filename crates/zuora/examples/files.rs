//! Sends a file as a form, and saves a file that is read as it comes.
//!
//! `cargo run -p zuora --example files`

use zuora::{Client, Credentials, FilePart, Json, Method, Multipart};
use zuora_sim::{SimFile, Simulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::builder()
        .one_account()
        .file(SimFile::new("2c92c0f85c5e6d0e015c7b5ef4b40e5e", 10_000_000))
        .start()
        .await?;
    let client = Client::builder()
        .environment(simulator.base_url())
        .credentials(Credentials::parse(
            simulator.client_id(),
            simulator.client_secret(),
        )?)
        .build()?;
    let folder = tempfile::tempdir()?;

    let usage = folder.path().join("usage.csv");
    std::fs::write(
        &usage,
        "ACCOUNT_ID,UOM,QTY,STARTDATE\nA00000001,GB,1,11/01/2026\n",
    )?;
    let file = FilePart::path(&usage).content_type("text/csv");
    let imported = client
        .request(Method::POST, "/v1/usage")
        .multipart(Multipart::new().file("file", file))
        .json_reply()
        .await?;
    println!("size: {}", imported.get("size").unwrap_or(&Json::Null));

    // The name is there when the file is complete, and not before.
    let invoice = folder.path().join("invoice.pdf");
    let reply = client
        .request(Method::GET, "/v1/files/2c92c0f85c5e6d0e015c7b5ef4b40e5e")
        .download()
        .to_file(&invoice)
        .await?;
    println!("{} bytes, {} tries", reply.data(), reply.attempts());
    Ok(())
}
