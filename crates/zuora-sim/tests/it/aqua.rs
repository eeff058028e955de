//! What a request of AQuA may say, member by member; `exports` has what becomes of a good one.

use crate::support::*;
use zuora_sim::{Fault, SimFile};
use zuora_wire::{Json, Object};

/// A good request with one more member, or another value of one.
fn with_member(name: &str, value: &str) -> String {
    let mut body = parsed(r#"{"queries":[{"query":"select Name from Account"}]}"#);
    body.insert(name, Json::parse(value).unwrap());
    Json::from(body).to_string()
}

/// The same for its query.
fn with_query(name: &str, value: &str) -> String {
    let mut query = parsed(r#"{"query":"select Name from Account"}"#);
    query.insert(name, Json::parse(value).unwrap());
    Json::object([("queries", vec![Json::from(query)])]).to_string()
}

fn parsed(text: &str) -> Object {
    Json::parse(text).unwrap().as_object().unwrap().clone()
}

#[tokio::test]
async fn each_member_has_its_rule() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let wrong = [
        ("name", "7", "name must be a text"),
        ("version", "\"1.3\"", "version must be 1.0, 1.1 or 1.2"),
        ("version", "1.1", "version must be a text"),
        ("format", "\"html\"", "format must be csv, zip or gzip"),
        ("format", "[]", "format must be a text"),
        ("encrypted", "\"rsa\"", "encrypted must be none or pgp"),
        ("encrypted", "\"pgp\"", "The simulator does not encrypt"),
        (
            "dateTimeUtc",
            "\"yes\"",
            "dateTimeUtc must be true or false",
        ),
        (
            "useQueryLabels",
            "1",
            "useQueryLabels must be true or false",
        ),
        ("nullReplacement", "0", "nullReplacement must be a text"),
        ("partner", "{}", "partner must be a text"),
        ("sourceData", "[]", "sourceData must be a text"),
        (
            "offset",
            "3601",
            "offset must be a whole number of seconds from 0 to 3600",
        ),
        ("offset", "-1", "offset must be a whole number"),
        ("offset", "1.5", "offset must be a whole number"),
        ("offset", "\"soon\"", "offset must be a whole number"),
        ("queries", "[7]", "queries[0] must be an object"),
    ];
    for (name, value, rule) in wrong {
        refused(&api, &with_member(name, value), "90010", rule).await;
    }
    for time in ["\"2026-01-31T09:30:00\"", "\"2026-02-30 09:30:00\"", "7"] {
        let rule = "incrementalTime must be like 2026-01-31 09:30:00";
        refused(&api, &with_member("incrementalTime", time), "90015", rule).await;
    }
    let wrong_queries = [
        (
            "type",
            "\"sql\"",
            "queries[0].type must be zoql or zoqlexport",
        ),
        ("name", "[]", "queries[0].name must be a text"),
        (
            "apiVersion",
            "\"new\"",
            "queries[0].apiVersion must be the number",
        ),
        (
            "apiVersion",
            "-1",
            "queries[0].apiVersion must be the number",
        ),
        (
            "convertToCurrencies",
            "1",
            "queries[0].convertToCurrencies must be a text",
        ),
        ("deleted", "true", "queries[0].deleted must have a column"),
        (
            "deleted",
            "{\"format\":\"Numeric\"}",
            "queries[0].deleted must have a column",
        ),
        (
            "deleted",
            "{\"column\":\"Gone\",\"format\":\"Words\"}",
            "Boolean or Numeric as format",
        ),
    ];
    for (name, value, rule) in wrong_queries {
        refused(&api, &with_query(name, value), "90010", rule).await;
    }
    let good = [
        with_member("name", &format!("\"{}\"", "ü".repeat(32))),
        with_member("version", "\"1.2\""),
        with_member("format", "\"GZIP\""),
        with_member("dateTimeUtc", "\"true\""),
        with_member("useQueryLabels", "false"),
        with_member("offset", "\"3600\""),
        with_member("offset", "0"),
        with_member("incrementalTime", "\"2026-01-31 09:30:00\""),
        with_member("partner", "null"),
        with_query("deleted", "{\"column\":\"Gone\"}"),
        with_query("type", "\"zoql\""),
    ];
    for body in good {
        let made = api.good("POST", "/v1/batch-query/", &body).await;
        assert_eq!(text(&made, &["status"]), "submitted", "{body}: {made}");
        assert_eq!(made.get("errorCode"), None);
    }
}

async fn refused(api: &Api<'_>, body: &str, code: &str, rule: &str) {
    let reply = api.good("POST", "/v1/batch-query/", body).await;
    assert_eq!(text(&reply, &["errorCode"]), code, "{body}: {reply}");
    let message = text(&reply, &["message"]);
    assert!(message.contains(rule), "{body}: {message}");
    assert_eq!(text(&reply, &["status"]), "", "{reply}");
}

#[tokio::test]
async fn a_zoql_query_has_what_zoql_has() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for statement in [
        "select Name from Account order by Name",
        "select Name from Account limit 1",
        "select Account.Name from Contact",
        "select * from Account",
        "select count(Id) from Account",
    ] {
        let body = |ty: &str| {
            let query = Json::object([("query", statement), ("type", ty)]);
            Json::object([("queries", vec![query])]).to_string()
        };
        let rule = "There is a syntax error";
        refused(&api, &body("zoql"), "90005", rule).await;
        if statement.contains("count(") {
            refused(&api, &body("zoqlexport"), "90005", rule).await;
            continue;
        }
        let made = api
            .good("POST", "/v1/batch-query/", &body("zoqlexport"))
            .await;
        assert_eq!(text(&made, &["status"]), "submitted", "{statement}");
    }
}

#[tokio::test]
async fn batches_tell_their_version() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let sent = with_query("apiVersion", "\"88.0\"");
    let number = with_query("apiVersion", "88.0");
    let none = with_query("name", "\"n\"");
    for (body, version) in [(sent, "88.0"), (number, "88.0"), (none, "79")] {
        let made = api.good("POST", "/v1/batch-query/", &body).await;
        assert_eq!(text(&made, &["batches", "0", "apiVersion"]), version);
        let path = format!("/v1/batch-query/jobs/{}", text(&made, &["id"]));
        let job = api.good("GET", &path, "").await;
        assert_eq!(text(&job, &["batches", "0", "apiVersion"]), version);
    }
}

#[tokio::test]
async fn all_paths_of_a_file_are_one_operation() {
    let sim = frozen().file(SimFile::new("f", 3)).build().unwrap();
    let api = Api::new(&sim).await;
    let paths = ["/v1/files/f", "/v1/file/f", "/v1/batch-query/file/f"];
    for on in ["getFiles", "Files"] {
        let fault = Fault::on(on).status(503).times(3);
        sim.inject(fault).unwrap();
        for path in paths {
            assert_eq!(api.call("GET", path, "").await.status(), 503, "{on} {path}");
        }
    }
    for path in paths {
        let reply = api.call("GET", path, "").await;
        assert_eq!(
            (reply.status().as_u16(), reply.body().len()),
            (200, 3),
            "{path}"
        );
        assert_eq!(header(&reply, "zuora-sim-basis"), Some("state"), "{path}");
        let gone = api.call("GET", &format!("{path}-none"), "").await;
        assert_eq!(gone.status(), 404, "{path}");
    }
    assert_eq!(sim.requests().to("getFiles").count(), 12);
    assert_eq!(sim.requests().to("getFiles").with_status(503).count(), 6);
    // No operation of another name is left.
    assert!(sim.inject(Fault::on("getFile")).is_err());
}
