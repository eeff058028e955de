//! `zuora token`: what it prints, and how often it asks Zuora.

use crate::bench::{Bench, CLIENT_ID, ENTITY, OTHER_ENTITY, SECRET, until};
use serde_json::Value;
use std::{fs, time::Duration};
use zuora_sim::{ExpiresIn, Fault, SimClient, TokenReuse};

fn asked(bench: &Bench) -> u64 {
    bench.simulator.requests().to("createToken").count()
}

#[test]
fn the_first_command_of_a_newcomer_needs_nothing() {
    let bench = Bench::new();
    let done = bench.bare(["--env", "sim", "token", "--json"]).run().ok();
    let token = done.json();
    assert_eq!(token["access_token"].as_str().unwrap().len(), 32);
    assert_eq!(token["source"], "network");
    assert_eq!(done.stderr, "");
    assert_eq!(
        fs::read_dir(bench.home()).unwrap().count(),
        0,
        "nothing is written"
    );
}

#[test]
fn the_simulator_inside_takes_nothing_from_real_settings() {
    let bench = Bench::new();
    bench
        .zuora(["token", "--env", "sim"])
        .variable("ZUORA_ENTITY_IDS", OTHER_ENTITY)
        .run()
        .ok();
    assert_eq!(asked(&bench), 0);
    bench
        .zuora(["token"])
        .variable("ZUORA_BASE_URL", "sim")
        .run()
        .ok();
    assert_eq!(asked(&bench), 0);
    bench
        .zuora(["token", "--env", "sim", "--client-id", CLIENT_ID])
        .run()
        .ok()
        .says("warning: --env sim has a client of its own");
}

#[test]
fn a_bare_token_is_the_token_and_a_newline() {
    let bench = Bench::new();
    let done = bench.zuora(["token"]).with_token().run().ok();
    assert_eq!(
        done.stdout,
        format!("{}\n", bench.simulator.minted_tokens()[0])
    );
    assert_eq!(done.stderr, "");
}

#[test]
fn the_secret_arrives_whole() {
    let bench = Bench::new();
    bench.token();
    let request = &bench.simulator.journal()[0];
    assert_eq!(request.form_field("client_secret").as_deref(), Some(SECRET));
    assert_eq!(request.form_field("client_id").as_deref(), Some(CLIENT_ID));
    let agent = request.header("user-agent").unwrap();
    assert!(agent.contains("zuora-cli/"), "{agent}");
}

#[test]
fn json_shows_all_that_is_known() {
    let bench = Bench::new();
    let done = bench
        .zuora(["token", "--json", "--track-id", "nightly-7"])
        .with_token()
        .run()
        .ok();
    let token = done.json();
    let request = &bench.simulator.journal()[0];
    let sent = |name: &str| request.reply_headers[name].to_str().unwrap().to_owned();
    let reply: Value = serde_json::from_slice(&request.reply_body).unwrap();
    for field in ["access_token", "token_type", "expires_in", "jti", "scope"] {
        assert_eq!(token[field], reply[field], "{field}");
    }
    assert_eq!(token["request_id"], sent("zuora-request-id"));
    assert_eq!(token["track_id"], "nightly-7");
    assert_eq!(token["source"], "network");
    assert_eq!(token["rate_limit"]["limit"], 100);
    assert_eq!(token["rate_limit"]["remaining"], 99);
    assert_eq!(token["scope_view"]["tenant"], "19");
    assert_eq!(token["scope_view"]["entities"][0], ENTITY);
    assert_eq!(token["scope_view"]["needs_entity_header"], false);
    let others = token["scope_view"]["others"].as_array().unwrap();
    assert!(others.contains(&"platform.write".into()));

    let expires_at = token["expires_at"].as_str().unwrap();
    let expires_at: jiff::Timestamp = expires_at.parse().unwrap();
    let asked_at = jiff::Timestamp::try_from(request.at).unwrap();
    let life = expires_at.as_second() - asked_at.as_second();
    assert!((3500..=3598).contains(&life), "{life}");
}

#[test]
fn two_runs_share_one_token() {
    let bench = Bench::new();
    let first = bench.token();
    let second = bench.token();
    assert_eq!(asked(&bench), 1);
    assert_eq!(first["access_token"], second["access_token"]);
    assert_eq!(first["expires_at"], second["expires_at"]);
    assert_eq!(second["source"], "store");
    assert_eq!(second["rate_limit"], Value::Null);
    assert_eq!(second["request_id"], Value::Null);
    let left = second["expires_in"].as_u64().unwrap();
    assert!((3500..=3598).contains(&left), "{left}");
}

#[test]
fn no_cache_always_asks_and_stores_nothing() {
    let bench = Bench::new();
    let stored = bench.token();
    let done = bench
        .zuora(["token", "--json", "--no-cache", "--track-id", "t"])
        .with_token()
        .run()
        .ok();
    let fresh = done.json();
    assert_eq!(asked(&bench), 2);
    assert_ne!(fresh["access_token"], stored["access_token"]);
    assert_eq!(fresh["source"], "network");
    assert_eq!(fresh["track_id"], "t");
    assert_eq!(fresh["expires_in"], 3598);
    assert_eq!(fresh["rate_limit"]["remaining"], 98);
    assert!(fresh["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(bench.token()["access_token"], stored["access_token"]);
    assert_eq!(asked(&bench), 2);
}

#[test]
fn a_token_about_to_expire_is_replaced() {
    let bench = Bench::with(|builder| builder.token_lifetime(1));
    bench.token();
    until("the second token request", || {
        bench.token();
        asked(&bench) > 1
    });
}

#[test]
fn odd_lifetimes_do_not_break_the_output() {
    let bench = Bench::with(|builder| builder.token_lifetime(ExpiresIn::missing()));
    let token = bench.token();
    assert_eq!(token["expires_in"], Value::Null);
    assert!(token["expires_at"].is_string());

    let ask = |lifetime: ExpiresIn| {
        bench.simulator.set_token_lifetime(lifetime);
        let done = bench.zuora(["token", "--json", "--no-cache"]).with_token();
        done.run().ok().json()
    };
    let token = ask(ExpiresIn::missing());
    assert_eq!(token["expires_in"], Value::Null);
    assert_eq!(token["expires_at"], Value::Null);
    let token = ask(ExpiresIn::wire("3598"));
    assert_eq!(token["expires_in"], 3598);
    let token = ask(ExpiresIn::wire(zuora_wire::Number::new("2.5").unwrap()));
    assert_eq!(token["expires_in"], 2.5);
    let token = ask(ExpiresIn::wire(zuora_wire::Number::new("1e300").unwrap()));
    assert_eq!(token["expires_at"], Value::Null);
    let token = ask(ExpiresIn::wire(-1));
    assert_eq!(token["expires_in"], 0);
}

#[test]
fn a_token_for_several_entities_says_so() {
    let client = SimClient::new(CLIENT_ID, SECRET).entities([ENTITY, OTHER_ENTITY]);
    let bench = Bench::new();
    bench.simulator.add_client(client);
    let hint = "hint: this token is good for several entities";
    for args in [["token", "--json"], ["token", "--no-cache"]] {
        let done = bench.zuora(args).with_token().run().ok();
        assert!(done.stderr.starts_with(hint), "{}", done.stderr);
    }
    let one = bench
        .zuora(["token", "--json", "--entity", OTHER_ENTITY])
        .with_token()
        .run()
        .ok();
    assert_eq!(one.stderr, "");
    let one = one.json();
    assert_eq!(
        one["scope_view"]["entities"],
        serde_json::json!([OTHER_ENTITY])
    );
    let from_variable = bench
        .zuora(["token", "--json", "--no-cache"])
        .variable("ZUORA_ENTITY_IDS", &format!("{ENTITY}, {OTHER_ENTITY}"))
        .with_token()
        .run()
        .ok()
        .json();
    assert_eq!(from_variable["scope_view"]["needs_entity_header"], true);
}

#[test]
fn orgs_are_named_to_the_token_endpoint() {
    let bench = Bench::new();
    bench
        .zuora(["token", "--org", "o-1", "--org", "o-2"])
        .with_token()
        .run()
        .ok();
    bench
        .zuora(["token", "--no-cache"])
        .variable("ZUORA_ORG_IDS", "o-3")
        .with_token()
        .run()
        .ok();
    let orgs = bench.simulator.journal();
    let orgs: Vec<_> = orgs.iter().map(|r| r.header("zuora-org-ids")).collect();
    assert_eq!(orgs, [Some("o-1,o-2"), Some("o-3")]);
}

#[test]
fn a_reissued_token_is_told_with_what_is_left_of_it() {
    let bench = Bench::with(|builder| builder.token_reuse(TokenReuse::Same));
    let first = bench.token();
    bench.simulator.clock().advance(Duration::from_secs(1000));
    let done = bench.zuora(["token", "--json", "--no-cache"]).with_token();
    let again = done.run().ok().json();
    assert_eq!(first["access_token"], again["access_token"]);
    let left = again["expires_in"].as_u64().unwrap();
    assert!((2590..=2598).contains(&left), "{left}");
}

#[test]
fn a_refusal_is_remembered_between_runs() {
    let bench = Bench::new();
    bench.simulator.set_secret(CLIENT_ID, "another one");
    bench.zuora(["token"]).run().fails(4).says("401");
    bench
        .zuora(["token"])
        .run()
        .fails(4)
        .says("not asked again");
    assert_eq!(asked(&bench), 1);
    bench.zuora(["token", "--no-cache"]).run().fails(4);
    assert_eq!(asked(&bench), 2, "--no-cache asks all the same");
}

#[test]
fn without_a_cache_folder_there_is_a_warning_and_a_token() {
    let bench = Bench::new();
    std::fs::write(bench.home().join("cache"), "not a folder").unwrap();
    bench
        .zuora(["token"])
        .with_token()
        .run()
        .ok()
        .says("warning: ");
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_a_token_is_on_its_way_loses_no_token() {
    use crate::bench::signal;
    let bench = Bench::new();
    let slow = Fault::on("createToken").delay(Duration::from_millis(600));
    bench.simulator.inject(slow.times(1)).unwrap();
    let child = bench.zuora(["token"]).spawn();
    until("the token request", || asked(&bench) == 1);
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stdout, b"");
    assert_eq!(bench.token()["source"], "store");
    assert_eq!(asked(&bench), 1);
}

#[test]
fn eight_processes_on_a_cold_folder_make_one_token_request() {
    let bench = Bench::new();
    let slow = Fault::on("createToken").delay(Duration::from_millis(300));
    bench.simulator.inject(slow).unwrap();
    let children: Vec<_> = (0..8).map(|_| bench.zuora(["token"]).spawn()).collect();
    let tokens: Vec<_> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0));
            output.stdout
        })
        .collect();
    assert!(
        tokens
            .iter()
            .all(|token| *token == tokens[0] && token.len() == 33)
    );
    assert_eq!(asked(&bench), 1);
}

#[test]
fn two_hundred_runs_in_a_loop_make_one_token_request() {
    let bench = Bench::new();
    for _ in 0..200 {
        bench.zuora(["token"]).with_token().run().ok();
    }
    assert_eq!(asked(&bench), 1);
}

#[test]
fn proxies_of_the_environment_are_not_for_this_very_machine() {
    let bench = Bench::new();
    let dead = "http://127.0.0.1:9";
    bench
        .zuora(["token"])
        .variable("HTTP_PROXY", dead)
        .variable("http_proxy", dead)
        .variable("ALL_PROXY", dead)
        .with_token()
        .run()
        .ok();
    assert_eq!(asked(&bench), 1);
    // For another machine they hold: nothing is connected to directly.
    bench
        .zuora([
            "token",
            "--env",
            "http://192.0.2.1",
            "--allow-plain-http",
            "192.0.2.1",
        ])
        .variable("HTTP_PROXY", dead)
        .variable("http_proxy", dead)
        .run()
        .fails(8)
        .says("Connection refused");
}
