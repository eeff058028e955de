//! Faults of the data and of where a client has come to: reads that lag, ragged rows, a token that ends in the
//! middle of a job, another data centre.

use crate::support::*;
use zuora_sim::{Fault, FaultBody, Simulator};
use zuora_wire::Json;

const ACCOUNT: &str = r#"{"name":"Hafenlicht","currency":"EUR",
    "billToContact":{"firstName":"Marit","lastName":"Berg","country":"Norway"}}"#;

fn names(page: &Json) -> Vec<&str> {
    let rows = page.get("data").and_then(Json::as_array).unwrap();
    rows.iter().map(|row| text(row, &["name"])).collect()
}

#[tokio::test]
async fn a_read_that_lags_sees_the_data_of_before() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let made = api.good("POST", "/v1/accounts", ACCOUNT).await;
    let id = text(&made, &["accountId"]).to_owned();
    sim.clock().advance(seconds(60));
    let renamed = format!("/v1/object/account/{id}");
    api.good("PUT", &renamed, r#"{"Name":"Nordlicht"}"#).await;
    api.good(
        "POST",
        "/v1/accounts",
        &ACCOUNT.replace("Hafenlicht", "New"),
    )
    .await;
    sim.clock().advance(seconds(5));

    sim.inject(Fault::on("queryAccounts").stale(seconds(30)))
        .unwrap();
    let late = api.good("GET", "/object-query/accounts", "").await;
    assert_eq!(names(&late), ["Hafenlicht"]);
    // Other doors see what is there, and so does object query when the time has passed.
    let own = api.good("GET", &format!("/v1/accounts/{id}"), "").await;
    assert_eq!(text(&own, &["basicInfo", "name"]), "Nordlicht");
    sim.clock().advance(seconds(30));
    let now = api.good("GET", "/object-query/accounts", "").await;
    assert_eq!(names(&now), ["Nordlicht", "New"]);

    // Removed, and still seen; then it is gone for good.
    api.good("DELETE", &format!("/v1/object/account/{id}"), "")
        .await;
    let late = api.good("GET", "/object-query/accounts", "").await;
    assert_eq!(names(&late), ["Nordlicht", "New"]);
    sim.clear_faults();
    let now = api.good("GET", "/object-query/accounts", "").await;
    assert_eq!(names(&now), ["New"]);
    // What was shown for a moment was never there for writes.
    let reply = api.call("PUT", &renamed, r#"{"Name":"Nobody"}"#).await;
    assert_eq!(reply.status(), 400);
    assert_eq!(text(&json(&reply), &["Errors", "0", "Code"]), "INVALID_ID");
}

#[tokio::test]
async fn a_write_never_works_on_old_data() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    sim.inject(Fault::on("*").stale(seconds(3600))).unwrap();
    let made = api.good("POST", "/v1/accounts", ACCOUNT).await;
    let id = text(&made, &["accountId"]);
    let path = format!("/v1/object/account/{id}");
    api.good("PUT", &path, r#"{"Name":"Nordlicht"}"#).await;
    assert_eq!(api.call("GET", &path, "").await.status(), 404);
    sim.clear_faults();
    let read = api.good("GET", &path, "").await;
    assert_eq!(text(&read, &["Name"]), "Nordlicht");
}

#[tokio::test]
async fn rows_are_ragged() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let csv = "Id,Name,Amount\r\n1,\"a, b\",2.50\r\n2,c,3\r\n3,d,4\r\n";
    let fault = Fault::on("getFiles").body(FaultBody::raw(csv, "text/csv"));
    sim.inject(fault.ragged_rows()).unwrap();
    let reply = api.call("GET", "/v1/files/x", "").await;
    let expected = "Id,Name,Amount\r\n1,\"a, b\"\r\n2,c,3,ragged\r\n3,d,4\r\n";
    assert_eq!(reply.body(), expected);
    assert_eq!(
        header(&reply, "content-length"),
        Some(expected.len().to_string().as_str())
    );
}

#[tokio::test]
async fn a_token_ends_in_the_middle_of_a_job() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let fault = Fault::on("queryAccounts").expire_token().skip(2).times(1);
    sim.inject(fault).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let reply = api.call("GET", "/object-query/accounts", "").await;
        statuses.push(reply.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    // A new token is good again.
    let api = Api::new(&sim).await;
    api.good("GET", "/object-query/accounts", "").await;
}

#[tokio::test]
async fn another_data_centre_knows_nobody() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    sim.inject(Fault::on("*").wrong_data_centre()).unwrap();
    let reply = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(reply.status(), 400);
    assert_eq!(text(&json(&reply), &["message"]), "Invalid client id");
    let reply = api.call("GET", "/v1/accounts/A00000001", "").await;
    assert_eq!(
        (reply.status().as_u16(), code(&reply)),
        (401, Some(90_000_011))
    );
    let reply = api.call("POST", "/v1/accounts", ACCOUNT).await;
    assert_eq!(reply.status(), 401);
    sim.clear_faults();
    let all = api.good("GET", "/object-query/accounts", "").await;
    assert!(names(&all).is_empty());
}

#[tokio::test]
async fn they_can_be_asked_for_as_json() {
    let sim = Simulator::builder().seed(1).start().await.unwrap();
    for (fault, answer) in [
        (r#"{"on":"ObjectQueries","staleSeconds":30}"#, "200"),
        (r#"{"on":"getFiles","ending":"raggedRows"}"#, "200"),
        (r#"{"on":"*","expireToken":true,"skip":3}"#, "200"),
        (
            r#"{"on":"*","wrongDataCentre":true,"times":1,"skip":99}"#,
            "200",
        ),
        (
            r#"{"on":"*","wrongDataCentre":true,"status":500}"#,
            "wrongDataCentre",
        ),
        (r#"{"on":"*","staleSeconds":-1}"#, "staleSeconds"),
    ] {
        let (_, reply) = http(&sim, "POST", "/_sim/faults", &[], fault).await;
        assert!(reply.contains(answer), "{fault}: {reply}");
    }
    let (_, list) = http(&sim, "GET", "/_sim/faults", &[], "").await;
    for shown in [
        r#""staleSeconds":30"#,
        r#""ending":"raggedRows""#,
        r#""expireToken":true"#,
    ] {
        assert!(list.contains(shown), "{list}");
    }
}

#[tokio::test]
async fn a_script_says_it_request_by_request() {
    let sim = Simulator::builder().seed(1).start().await.unwrap();
    let api = Api::new(&sim).await;
    let script = r#"{"on":"createAccount","script":[{"status":503},{},{"status":429,"times":2}]}"#;
    let (status, _) = http(&sim, "POST", "/_sim/faults", &[], script).await;
    assert_eq!(status, 200);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        // What is meant for writes is not used up by reads.
        api.call("GET", "/object-query/accounts", "").await;
        let reply = api.call("POST", "/v1/accounts", ACCOUNT).await;
        statuses.push(reply.status().as_u16());
    }
    assert_eq!(statuses, [503, 200, 429, 429, 200]);

    let on = || Fault::on("getAccount");
    sim.inject_script([on().status(500), on(), on().status(502)])
        .unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let reply = api.call("GET", "/v1/accounts/A00000001", "").await;
        statuses.push(reply.status().as_u16());
    }
    assert_eq!(statuses, [500, 200, 502, 200]);

    for (script, place) in [
        (r#"{"on":"createAccount","script":{}}"#, "script"),
        (
            r#"{"on":"createAccount","script":[{},{"status":99}]}"#,
            "script.1.status",
        ),
        (
            r#"{"on":"createAccount","script":[{"on":"*"}]}"#,
            "script.0.on",
        ),
        (r#"{"on":"nothing","script":[{}]}"#, "script.0.on"),
        (r#"{"on":"*","script":[{"size":1}]}"#, "script.0.size"),
    ] {
        let (status, reply) = http(&sim, "POST", "/_sim/faults", &[], script).await;
        assert_eq!(status, 400, "{script}");
        let error = Json::parse(body_of(&reply)).unwrap();
        assert_eq!(text(&error, &["error", "field"]), place, "{script}");
    }
    let (_, list) = http(&sim, "GET", "/_sim/faults", &[], "").await;
    assert_eq!(body_of(&list), r#"{"faults":[]}"#);
}
