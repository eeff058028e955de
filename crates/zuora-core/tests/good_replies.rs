//! No good reply is taken for an error: not one of any operation's, with all its members filled, names
//! such as `error`, `code` and `reasons` among them. A payment that went through and came back as an
//! error would be made twice.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::collections::HashMap;
use zuora_core::Json;
use zuora_sim::{Fault, FaultBody};

const MEMBERS: &str = include_str!("data/reply_members.txt");

/// What a member says, beside its type. What stands inside says nothing about the call: not even that an
/// item of it failed.
fn sample(name: &str, kind: &str) -> Json {
    let inside = || {
        Json::object([
            ("success", Json::from(false)),
            ("Success", Json::from(false)),
            ("errorCode", "50000060".into()),
            ("message", "an item that failed".into()),
        ])
    };
    match kind {
        "b" => Json::from(name.eq_ignore_ascii_case("success") || name.len().is_multiple_of(2)),
        "n" => Json::from(50_000_060),
        "o" => inside(),
        "a" => Json::Array(vec![inside(), inside()]),
        "s" if name.to_ascii_lowercase().ends_with("status") => "Failed".into(),
        "s" => "INVALID_VALUE".into(),
        other => panic!("what is {other}?"),
    }
}

fn full(members: &str) -> Json {
    let members = members.split(' ').filter(|member| !member.is_empty());
    Json::object(members.map(|member| {
        let (name, kind) = member.rsplit_once(':').unwrap();
        (name, sample(name, kind))
    }))
}

#[tokio::test(start_paused = true)]
async fn a_full_sample_of_every_reply_is_good() {
    let rig = Rig::new();
    let client = rig.client();
    rig.run(client.warm_up()).await.unwrap();
    let (schemas, replies) = MEMBERS.split_once("\n\n").unwrap();
    let mut variants: HashMap<&str, Vec<Json>> = HashMap::new();
    for line in schemas.lines().filter(|line| !line.starts_with('#')) {
        let (name, members) = line.split_once(' ').unwrap_or((line, ""));
        variants.entry(name).or_default().push(full(members));
    }
    let mut count = 0;
    for line in replies.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [path, method, status, schema] = words[..] else {
            panic!("{line}");
        };
        let (is_list, schema) = match schema.strip_prefix("[]") {
            Some(schema) => (true, schema),
            None => (false, schema),
        };
        let bodies = match (schema, variants.get(schema)) {
            ("-", _) => vec![String::new()],
            (_, Some(variants)) => variants.iter().map(Json::to_string).collect(),
            // A map of anything.
            ("o", None) => vec![full("any:o").to_string()],
            (kind, None) => vec![sample("", kind).to_string()],
        };
        for body in bodies {
            let body = if is_list { format!("[{body}]") } else { body };
            // No 204 can bring a body, although one is described.
            let status = match status.parse().unwrap() {
                204 if !body.is_empty() => 200,
                status => status,
            };
            let raw = FaultBody::raw(body.clone(), "application/json");
            let good = Fault::on("*").status(status).body(raw);
            rig.sim.inject(good.times(1)).unwrap();
            let method: Method = method.parse().unwrap();
            let path = path.replace(['{', '}'], "");
            let call = client.request(method, path).json_reply();
            let reply = rig.run(call.send()).await;
            let reply = reply.unwrap_or_else(|error| panic!("{line}: {error}: {body}"));
            assert_eq!(reply.attempts(), 1, "{line}");
            assert_eq!(reply.body(), &body, "{line}");
            count += 1;
        }
    }
    assert!(count > 900, "{count}");
}
