//! Data query: statements that are run by a job, and the files that come of them.

use crate::support::*;
use http::Request;
use zuora_sim::Simulator;
use zuora_wire::Json;

const JOBS: &str = "/query/jobs";

/// A tenant with two accounts.
async fn two_accounts() -> Simulator {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for (name, notes) in [("Hafen, Licht", ""), ("Kran", r#","notes":"high\tup""#)] {
        let body = format!(
            r#"{{"name":"{name}","currency":"EUR","Region__c":"north","billToContact":{{"firstName":"Marit","lastName":"Berg","country":"Norway"}}{notes}}}"#
        );
        api.good("POST", "/v1/accounts", &body).await;
    }
    sim
}

fn request(statement: &str, more: &[(&str, &str)]) -> String {
    let mut body = Json::object([
        ("query", Json::from(statement)),
        ("outputFormat", "CSV".into()),
        ("compression", "NONE".into()),
        ("output", Json::object([("target", "S3")])),
    ]);
    if let Json::Object(body) = &mut body {
        for (name, value) in more {
            body.insert(*name, Json::parse(value).unwrap());
        }
    }
    body.to_string()
}

async fn submitted(api: &Api<'_>, body: &str) -> String {
    let made = api.good("POST", JOBS, body).await;
    assert_eq!(text(&made, &["data", "queryStatus"]), "submitted");
    let id = text(&made, &["data", "id"]);
    assert_eq!(id.len(), 36, "{made}");
    format!("{JOBS}/{id}")
}

/// The job at its end.
async fn ended(api: &Api<'_>, sim: &Simulator, body: &str) -> Json {
    let path = submitted(api, body).await;
    sim.clock().advance(seconds(2));
    api.good("GET", &path, "").await
}

async fn fetched(sim: &Simulator, url: &str) -> (u16, Vec<u8>) {
    let request = Request::get(url).body(Default::default()).unwrap();
    let reply = send(sim, request).await.unwrap();
    (reply.status().as_u16(), reply.body().to_vec())
}

async fn content(api: &Api<'_>, sim: &Simulator, body: &str) -> String {
    let job = ended(api, sim, body).await;
    let url = text(&job, &["data", "dataFile"]);
    let (status, bytes) = fetched(sim, url).await;
    assert_eq!(status, 200, "{job}");
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_job_goes_its_way_to_a_file() {
    let sim = two_accounts().await;
    let api = Api::new(&sim).await;
    let statement = "SELECT AccountNumber, name, region__c FROM account WHERE name LIKE 'K%'";
    let path = submitted(&api, &request(statement, &[])).await;
    for status in ["accepted", "in_progress", "completed"] {
        let job = api.good("GET", &path, "").await;
        assert_eq!(text(&job, &["data", "queryStatus"]), status);
        assert_eq!(text(&job, &["data", "query"]), statement);
        assert_eq!(text(&job, &["data", "sourceData"]), "LIVE");
        let is_over = status == "completed";
        for member in ["dataFile", "outputRows", "processingTime"] {
            assert_eq!(job.at(&["data", member]).is_some(), is_over, "{job}");
        }
        sim.clock().advance(seconds(1));
    }
    let job = api.good("GET", &path, "").await;
    assert_eq!(number(&job, &["data", "outputRows"]), "1");
    assert_eq!(number(&job, &["data", "processingTime"]), "1000");
    let url = text(&job, &["data", "dataFile"]);
    assert!(url.starts_with(sim.base_url()), "{url}");
    let csv = "accountnumber,name,region__c\nA00000002,Kran,north\n";
    assert_eq!(fetched(&sim, url).await, (200, csv.into()));
    // Without the signature nobody has it, and neither does one who changes it.
    let (bare, _) = url.split_once('?').unwrap();
    assert_eq!(fetched(&sim, bare).await.0, 403);
    assert_eq!(fetched(&sim, &format!("{url}x")).await.0, 403);
    let none = url.replace("/query/files/", "/query/files/x");
    assert_eq!(fetched(&sim, &none).await.0, 404);
    // The journal does not give it away.
    let seen = api.call("GET", "/_sim/requests?bodies=true", "").await;
    let signature = url.rsplit('=').next().unwrap();
    let seen = String::from_utf8(seen.body().to_vec()).unwrap();
    assert!(seen.contains("/query/files/") && !seen.contains(signature));
    // A snapshot takes it along.
    let again = sim.snapshot();
    sim.restore(&again).unwrap();
    assert_eq!(fetched(&sim, url).await.0, 200);
}

#[tokio::test]
async fn results_have_the_form_that_is_asked_for() {
    let sim = two_accounts().await;
    let api = Api::new(&sim).await;
    let statement = "select name, notes, autopay from account order by name desc";
    let of = |more: &[(&str, &str)]| request(statement, more);
    assert_eq!(
        content(&api, &sim, &of(&[])).await,
        "name,notes,autopay\nKran,high\tup,false\n\"Hafen, Licht\",,false\n"
    );
    assert_eq!(
        content(&api, &sim, &of(&[("outputFormat", "\"JSON\"")])).await,
        "{\"name\":\"Kran\",\"notes\":\"high\\tup\",\"autopay\":false}\n\
         {\"name\":\"Hafen, Licht\",\"notes\":null,\"autopay\":false}\n"
    );
    assert_eq!(
        content(&api, &sim, &of(&[("outputFormat", "\"TSV\"")])).await,
        "name\tnotes\tautopay\nKran\t\"high\tup\"\tfalse\nHafen, Licht\t\tfalse\n"
    );
    let dsv = [("outputFormat", "\"DSV\""), ("columnSeparator", "\"|\"")];
    assert_eq!(
        content(&api, &sim, &of(&dsv)).await,
        "name|notes|autopay\nKran|high\tup|false\nHafen, Licht||false\n"
    );
    for (word, begin) in [("GZIP", b"\x1f\x8b"), ("ZIP", b"PK")] {
        let packed = [("compression", format!("\"{word}\""))];
        let packed = packed
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let job = ended(&api, &sim, &of(&packed)).await;
        let (_, bytes) = fetched(&sim, text(&job, &["data", "dataFile"])).await;
        assert!(bytes.starts_with(begin), "{word}");
    }
    // Removed records come only when they are asked for.
    api.good("DELETE", "/v1/accounts/A00000002", "").await;
    let rows = async |more| content(&api, &sim, &of(more)).await.lines().count() - 1;
    assert_eq!(rows(&[]).await, 1);
    assert_eq!(rows(&[("readDeleted", "true")]).await, 2);
}

#[tokio::test]
async fn a_statement_that_is_not_run_says_so() {
    let sim = two_accounts().await;
    let api = Api::new(&sim).await;
    for (statement, message) in [
        ("select count(*) from account", "does not run this SQL"),
        ("select a.name from account a", "does not run this SQL"),
        ("select \"name\" from account", "quoted names"),
        (
            "select name from account where name like 'K_an'",
            "_ in a text",
        ),
        (
            "select name from account where createddate > timestamp '2026-01-01'",
            "does not run",
        ),
        (
            "select name from account limit 1; drop table account",
            "does not run",
        ),
        ("show tables", "does not run this SQL"),
        ("select id from boat", "Table owl.data.boat does not exist"),
        (
            "select colour from account",
            "Column colour cannot be resolved",
        ),
        (
            "select name from account where colour = 'red'",
            "Column colour cannot be resolved",
        ),
        (
            "select account.name from contact",
            "Column account.name cannot be resolved",
        ),
    ] {
        let job = ended(&api, &sim, &request(statement, &[])).await;
        assert_eq!(text(&job, &["data", "queryStatus"]), "failed", "{job}");
        let told = text(&job, &["data", "errorMessage"]);
        assert!(told.contains(message), "{statement}: {told}");
        assert!(job.at(&["data", "errorCode"]).is_some());
        assert_eq!(job.at(&["data", "dataFile"]), None);
    }
    assert_eq!(count_of(&sim, "File"), 0);
}

#[tokio::test]
async fn jobs_are_cancelled_and_listed() {
    let sim = two_accounts().await;
    let api = Api::new(&sim).await;
    let body = request("select id from account", &[]);
    let first = submitted(&api, &body).await;
    let second = submitted(&api, &body).await;
    let gone = api.good("DELETE", &first, "").await;
    assert_eq!(text(&gone, &["data", "queryStatus"]), "cancelled");
    sim.clock().advance(seconds(2));
    let job = api.good("GET", &first, "").await;
    assert_eq!(text(&job, &["data", "queryStatus"]), "cancelled");
    for (path, state) in [(&first, "cancelled"), (&second, "completed")] {
        let reply = api.call("DELETE", path, "").await;
        let told = json(&reply);
        assert_eq!(reply.status(), 400);
        assert_eq!(
            text(&told, &["message"]),
            format!("A job that is {state} cannot be cancelled")
        );
        assert!(
            told.get("code")
                .is_some_and(|code| code.as_number().is_some())
        );
    }
    let listed = async |query: &str| {
        let list = api.good("GET", &format!("{JOBS}{query}"), "").await;
        let jobs = list.get("data").and_then(Json::as_array).unwrap().to_vec();
        let paths = jobs
            .iter()
            .map(|job| format!("{JOBS}/{}", text(job, &["id"])));
        paths.collect::<Vec<String>>()
    };
    assert_eq!(listed("").await, [second.as_str(), &first]);
    assert_eq!(listed("?pageSize=1").await, [second.as_str()]);
    assert_eq!(listed("?queryStatus=cancelled").await, [first.as_str()]);
    assert!(listed("?queryStatus=failed").await.is_empty());
    assert_eq!(
        api.call("GET", "/query/jobs?pageSize=41", "")
            .await
            .status(),
        400
    );
    for method in ["GET", "DELETE"] {
        let none = api.call(method, "/query/jobs/none", "").await;
        assert_eq!(none.status(), 404);
        assert!(text(&json(&none), &["message"]).contains("none"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_at_once() {
    let sim = two_accounts().await;
    let api = Api::new(&sim).await;
    let statement = "select id from account";
    for (body, word) in [
        (request("", &[]), "query"),
        (
            request(statement, &[("outputFormat", "\"XML\"")]),
            "outputFormat",
        ),
        (
            request(statement, &[("outputFormat", "\"DSV\"")]),
            "columnSeparator",
        ),
        (
            request(statement, &[("compression", "\"LZ4\"")]),
            "compression",
        ),
        (
            request(statement, &[("output", "{\"target\":\"disk\"}")]),
            "target",
        ),
        (
            request(statement, &[("sourceData", "\"DATAHUB\"")]),
            "sourceData",
        ),
        (
            request(statement, &[("encryptionKey", "\"QUJD\"")]),
            "encrypt",
        ),
        (
            r#"{"query":"select id from account"}"#.to_owned(),
            "compression",
        ),
    ] {
        let reply = api.call("POST", JOBS, &body).await;
        assert_eq!(reply.status(), 400, "{body}");
        let told = json(&reply);
        assert!(text(&told, &["message"]).contains(word), "{told}");
    }
    assert_eq!(count_of(&sim, "DataQuery"), 0);
}
