//! Descriptions of objects, and exports of their records: by data source and by AQuA, as files.

use crate::support::*;
use zuora_sim::{Simulator, VirtualClock};
use zuora_wire::Json;

/// A tenant with two accounts, and its clock.
async fn two_accounts(clock: &VirtualClock) -> Simulator {
    let sim = Simulator::builder().clock(clock.clone()).seed(1);
    let sim = sim.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    for (name, region) in [("Hafen, \\\"Licht\\\"", "north"), ("Kran", "south")] {
        let body = format!(
            r#"{{"name":"{name}","currency":"EUR","Region__c":"{region}","billToContact":{{"firstName":"Marit","lastName":"Berg","country":"Norway"}}}}"#
        );
        api.good("POST", "/v1/accounts", &body).await;
        clock.advance(seconds(60));
    }
    sim
}

fn frozen_clock() -> VirtualClock {
    VirtualClock::frozen_at(START + seconds(1_767_225_600))
}

async fn exported(api: &Api<'_>, query: &str) -> String {
    let body = Json::object([("Format", "csv"), ("Query", query)]).to_string();
    let made = api.good("POST", "/v1/object/export", &body).await;
    text(&made, &["Id"]).to_owned()
}

async fn file(api: &Api<'_>, id: &str) -> String {
    let reply = api.call("GET", &format!("/v1/files/{id}"), "").await;
    assert_eq!(reply.status(), 200);
    assert_eq!(
        header(&reply, "content-type"),
        Some("text/csv;charset=UTF-8")
    );
    String::from_utf8(reply.body().to_vec()).unwrap()
}

/// What a query exports.
async fn csv_of(api: &Api<'_>, clock: &VirtualClock, query: &str) -> String {
    let path = format!("/v1/object/export/{}", exported(api, query).await);
    clock.advance(seconds(2));
    let job = api.good("GET", &path, "").await;
    assert_eq!(text(&job, &["Status"]), "Completed", "{job}");
    file(api, text(&job, &["FileId"])).await
}

#[tokio::test]
async fn an_object_is_described_with_its_fields() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let reply = api.call("GET", "/v1/describe/Account", "").await;
    assert_eq!(
        (reply.status().as_u16(), header(&reply, "content-type")),
        (200, Some("text/xml;charset=UTF-8"))
    );
    let xml = String::from_utf8(reply.body().to_vec()).unwrap();
    let field = |name: &str| {
        let begin = xml.find(&format!("<name>{name}</name>\n      <label>"));
        let rest = &xml[begin.unwrap_or_else(|| panic!("{name}: {xml}"))..];
        rest[..rest.find("</field>").unwrap()].to_owned()
    };
    let holds = |name: &str, parts: &[&str]| {
        let field = field(name);
        for part in parts {
            assert!(field.contains(part), "{part}: {field}");
        }
    };
    let both = "<contexts><context>soap</context><context>export</context></contexts>";
    holds(
        "Id",
        &["<required>true</required>", "<type>text</type>", both],
    );
    holds(
        "Name",
        &[
            "<createable>true</createable>",
            "<updateable>true</updateable>",
            "<selectable>true</selectable>",
            "<filterable>true</filterable>",
            "<custom>false</custom>",
            both,
        ],
    );
    holds(
        "Balance",
        &["<type>decimal</type>", "<createable>false</createable>"],
    );
    holds("AutoPay", &["<type>boolean</type>"]);
    holds("UpdatedDate", &["<type>datetime</type>"]);
    holds("Region__c", &["<custom>true</custom>", both]);
    // Exports have the contact, not its id.
    assert!(!field("BillToId").contains("export"));
    let related = &xml[xml.find("<related-objects>").unwrap()..];
    assert!(
        related.contains(
            "/v1/describe/Contact\"><name>BillToContact</name><label>Bill To Contact</label>"
        ),
        "{related}"
    );

    let list = api.call("GET", "/v1/describe", "").await;
    let slash = api.call("GET", "/v1/describe/", "").await;
    assert_eq!(list.body(), slash.body());
    let list = String::from_utf8(list.body().to_vec()).unwrap();
    assert!(list.contains("<name>Account</name>") && list.contains("<name>RatePlanCharge</name>"));
    assert!(!list.contains("AsyncJob") && !list.contains("CustomObject"));
    let unknown = api.call("GET", "/v1/describe/Boat", "").await;
    assert_eq!(unknown.status(), 404);
    // Known to the reference, though not kept.
    let other = api.call("GET", "/v1/describe/UnitOfMeasure", "").await;
    assert_eq!(other.status(), 200);
    // Orders are for exports only; what CRUD has is in both, whatever the reference calls it.
    for (object, is_in_soap) in [("Order", false), ("Usage", true), ("TaxationItem", true)] {
        let path = format!("/v1/describe/{object}");
        let xml = api.call("GET", &path, "").await.body().to_vec();
        let xml = String::from_utf8(xml).unwrap();
        assert!(xml.contains("<context>export</context>"), "{object}");
        let has_soap = xml.contains("<context>soap</context>");
        assert_eq!(has_soap, is_in_soap, "{object}");
        let query = format!(r#"{{"queryString":"select Id from {object}"}}"#);
        let reply = api.call("POST", "/v1/action/query", &query).await;
        assert_eq!(reply.status() == 200, is_in_soap, "{object}");
    }
    let orders = csv_of(&api, &clock, "select OrderNumber from Order").await;
    assert_eq!(orders, "Order.OrderNumber\n");
}

#[tokio::test]
async fn an_export_is_a_job_with_a_file() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let query = "select AccountNumber, Name, Region__c, BillToContact.LastName, Notes from Account";
    let id = exported(&api, query).await;
    let path = format!("/v1/object/export/{id}");
    for status in ["Pending", "Processing", "Completed"] {
        let job = api.good("GET", &path, "").await;
        assert_eq!(text(&job, &["Status"]), status);
        assert_eq!(
            (text(&job, &["Query"]), text(&job, &["Id"])),
            (query, id.as_str())
        );
        assert_eq!(job.get("FileId").is_some(), status == "Completed");
        clock.advance(seconds(1));
    }
    let job = api.good("GET", &path, "").await;
    let csv = file(&api, text(&job, &["FileId"])).await;
    assert_eq!(
        csv,
        "Account.AccountNumber,Account.Name,Account.Region__c,BillToContact.LastName,Account.Notes\n\
         A00000001,\"Hafen, \"\"Licht\"\"\",north,Berg,\n\
         A00000002,Kran,south,Berg,\n"
    );
    assert_eq!(job.get("Size"), Some(&(csv.len() as u64).into()));
    let gone = api.call("GET", "/v1/files/none", "").await;
    assert_eq!(gone.status(), 404);
    // It is one of the records: a snapshot brings it back.
    let snapshot = api.call("GET", "/_sim/snapshot", "").await;
    let snapshot = String::from_utf8(snapshot.body().to_vec()).unwrap();
    api.good_admin("POST", "/_sim/reset", "").await;
    let again = Api::new(&sim).await;
    again.good_admin("POST", "/_sim/restore", &snapshot).await;
    assert_eq!(file(&again, text(&job, &["FileId"])).await, csv);
}

#[tokio::test]
async fn exports_join_filter_sort_and_stop() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let rows = async |query: &str| {
        let csv = csv_of(&api, &clock, query).await;
        csv.lines().skip(1).collect::<Vec<_>>().join("|")
    };
    let contacts = "select Account.AccountNumber, FirstName from Contact";
    assert_eq!(
        rows(&format!("{contacts} where Account.Name = 'Kran'")).await,
        "A00000002,Marit"
    );
    assert_eq!(
        rows(&format!(
            "{contacts} where Account.Name = 'Kran' or Account.Region__c like 'nor%' order by Account.Name desc"
        ))
        .await,
        "A00000002,Marit|A00000001,Marit"
    );
    assert_eq!(
        rows("select AccountNumber from Account order by Name asc limit 1").await,
        "A00000001"
    );
    let since = "select AccountNumber from Account where UpdatedDate >= '2026-01-01T00:01:00Z'";
    assert_eq!(rows(since).await, "A00000002");
    let all = csv_of(&api, &clock, "select * from Account limit 1").await;
    let header = all.lines().next().unwrap();
    for column in ["Account.Id", "Account.UpdatedDate", "Account.Region__c"] {
        assert!(header.split(',').any(|name| name == column), "{header}");
    }
    assert_eq!(all.lines().count(), 2);
    assert!(all.contains("2026-01-01T00:00:00.000+00:00"), "{all}");

    for (query, word) in [
        ("select Id from Boat", "noSuchDataSource"),
        ("select Boat.Id from Account", "Boat"),
        ("select Id, from Account", "syntax"),
        ("select Id from Account limit many", "limit"),
        ("select Colour from Account", "Colour"),
    ] {
        let body = Json::object([("Format", "csv"), ("Query", query)]).to_string();
        let reply = api.call("POST", "/v1/object/export", &body).await;
        assert_eq!(reply.status(), 400, "{query}");
        let message = text(&json(&reply), &["Errors", "0", "Message"]).to_owned();
        assert!(message.contains(word), "{query}: {message}");
    }
    // What exports can do beyond it is no ZOQL.
    for query in [
        "select * from Account",
        "select Account.Name from Contact",
        "select Id from Account limit 1",
    ] {
        let body = Json::object([("queryString", query)]).to_string();
        let reply = api.call("POST", "/v1/action/query", &body).await;
        assert_eq!(
            text(&json(&reply), &["FaultCode"]),
            "MALFORMED_QUERY",
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_export_can_be_packed() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let body =
        r#"{"Format":"csv","Zip":true,"Name":"all","Query":"select Name from Account limit 1"}"#;
    let made = api.good("POST", "/v1/object/export", body).await;
    clock.advance(seconds(2));
    let path = format!("/v1/object/export/{}", text(&made, &["Id"]));
    let job = api.good("GET", &path, "").await;
    let path = format!("/v1/files/{}", text(&job, &["FileId"]));
    let reply = api.call("GET", &path, "").await;
    let name = header(&reply, "content-disposition").unwrap();
    assert!(name.contains("all.csv.zip"), "{name}");
    let bytes = reply.body();
    assert!(bytes.starts_with(b"PK\x03\x04"));
    let csv = b"Account.Name\n\"Hafen, \"\"Licht\"\"\"\n";
    assert!(bytes.windows(csv.len()).any(|part| part == csv));
    assert_eq!(&bytes[bytes.len() - 22..bytes.len() - 18], b"PK\x05\x06");
}

fn batch(rest: &str) -> String {
    format!(
        r#"{{"name":"n","partner":"p","project":"j","format":"csv","version":"1.2","encrypted":"none","useQueryLabels":"true","dateTimeUtc":"true","queries":[{{"name":"accounts","type":"zoqlexport","query":"select AccountNumber, UpdatedDate from Account order by AccountNumber asc"{rest}}}]}}"#
    )
}

#[tokio::test]
async fn aqua_jobs_have_a_file_for_each_query() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let made = api.good("POST", "/v1/batch-query/", &batch("")).await;
    assert_eq!(
        (
            text(&made, &["status"]),
            text(&made, &["batches", "0", "status"])
        ),
        ("submitted", "pending")
    );
    assert_eq!(text(&made, &["batches", "0", "batchId"]).len(), 32);
    let path = format!("/v1/batch-query/jobs/{}", text(&made, &["id"]));
    clock.advance(seconds(1));
    let job = api.good("GET", &path, "").await;
    assert_eq!(text(&job, &["status"]), "executing");
    clock.advance(seconds(1));
    let job = api.good("GET", &path, "").await;
    assert_eq!(
        (
            text(&job, &["status"]),
            text(&job, &["batches", "0", "status"])
        ),
        ("completed", "completed")
    );
    let last = "/v1/batch-query/jobs/partner/p/project/j";
    assert_eq!(api.good("GET", last, "").await, job);
    let none = api
        .good("GET", &last.replace("project/j", "project/k"), "")
        .await;
    assert_eq!(text(&none, &["errorCode"]), "90002");
    let batch_of = |name: &str| job.at(&["batches", "0", name]).cloned();
    assert_eq!(
        (batch_of("recordCount"), batch_of("full")),
        (Some(2.into()), Some(true.into()))
    );
    let id = text(&job, &["batches", "0", "fileId"]);
    for path in ["/v1/files", "/v1/file", "/v1/batch-query/file"] {
        let reply = api.call("GET", &format!("{path}/{id}"), "").await;
        assert_eq!(
            String::from_utf8_lossy(reply.body()),
            "Account.AccountNumber,Account.UpdatedDate\n\
             A00000001,2026-01-01T00:00:00Z\nA00000002,2026-01-01T00:01:00Z\n",
            "{path}"
        );
    }

    // The same partner and project again: only what changed, and what was removed.
    api.good("DELETE", "/v1/accounts/A00000001", "").await;
    api.good("PUT", "/v1/accounts/A00000002", r#"{"notes":"new"}"#)
        .await;
    let deleted = batch(r#","deleted":{"column":"Gone","format":"Numeric"}"#);
    let made = api.good("POST", "/v1/batch-query", &deleted).await;
    assert_eq!(made.at(&["batches", "0", "full"]), Some(&false.into()));
    clock.advance(seconds(2));
    let path = format!("/v1/batch-query/jobs/{}", text(&made, &["id"]));
    let job = api.good("GET", &path, "").await;
    let csv = file(&api, text(&job, &["batches", "0", "fileId"])).await;
    assert_eq!(
        csv,
        "Account.AccountNumber,Account.UpdatedDate,Gone\n\
         A00000002,2026-01-01T00:02:02Z,0\n\
         A00000001,2026-01-01T00:00:00Z,1\n"
    );
}

#[tokio::test]
async fn aqua_tells_what_is_wrong_within_200() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let good = batch("");
    let many = format!(
        "[{}]",
        vec![r#"{"query":"select Id from Account"}"#; 51].join(",")
    );
    let cases = [
        (r#"{"format":"csv"}"#.to_owned(), "90016"),
        (good.replace("from Account", "from Boat"), "90005"),
        (good.replace("\"csv\"", "\"pdf\""), "90010"),
        (
            good.replace("\"name\":\"n\"", "\"incrementalTime\":\"yesterday\""),
            "90015",
        ),
        (format!(r#"{{"queries":{many}}}"#), "90004"),
        (good.replace("\"none\"", "\"pgp\""), "90010"),
        (
            good.replace(
                "\"name\":\"n\"",
                &format!("\"notifyUrl\":\"{}\"", "x".repeat(5000)),
            ),
            "90014",
        ),
    ];
    for (body, code) in cases {
        let reply = api.good("POST", "/v1/batch-query/", &body).await;
        assert_eq!(text(&reply, &["errorCode"]), code, "{reply}");
        assert!(!text(&reply, &["message"]).is_empty());
        let path = format!("/v1/batch-query/jobs/{}", text(&reply, &["id"]));
        let job = api.good("DELETE", &path, "").await;
        assert_eq!(text(&job, &["status"]), "aborted");
    }
    let job = api.good("GET", "/v1/batch-query/jobs/none", "").await;
    assert_eq!(text(&job, &["errorCode"]), "90002");
    // Whatever is sent where a text is expected: a reply has it only as a text.
    let odd = good.replace("\"name\":\"n\"", "\"name\":{\"a\":1}");
    let made = api.good("POST", "/v1/batch-query/", &odd).await;
    assert_eq!(text(&made, &["errorCode"]), "90010", "{made}");
    let path = format!("/v1/batch-query/jobs/{}", text(&made, &["id"]));
    let job = api.good("GET", &path, "").await;
    assert_eq!((job.get("name"), text(&job, &["partner"])), (None, "p"));
}

#[tokio::test]
async fn an_aqua_job_that_is_taken_back_does_nothing() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let made = api.good("POST", "/v1/batch-query/", &batch("")).await;
    let path = format!("/v1/batch-query/jobs/{}", text(&made, &["id"]));
    let job = api.good("DELETE", &path, "").await;
    assert_eq!(text(&job, &["status"]), "aborted");
    clock.advance(seconds(10));
    let job = api.good("GET", &path, "").await;
    assert_eq!(text(&job, &["status"]), "aborted");
    assert_eq!(job.at(&["batches", "0", "fileId"]), None);
    let tables = json(&api.call("GET", "/_sim/tables", "").await);
    assert_eq!(tables.get("File"), Some(&0.into()));
}

#[tokio::test]
async fn a_posted_invoice_has_a_pdf() {
    let clock = frozen_clock();
    let sim = two_accounts(&clock).await;
    let api = Api::new(&sim).await;
    let account = json(&api.call("GET", "/v1/accounts/A00000002", "").await);
    let account = text(&account, &["basicInfo", "id"]).to_owned();
    let invoice = async |status: &str| {
        let body = format!(
            r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","status":"{status}","invoiceItems":[{{"amount":10.10,"chargeName":"Mast (tall) å","serviceStartDate":"2026-01-01"}}]}}"#
        );
        let made = api.good("POST", "/v1/invoices", &body).await;
        text(&made, &["id"]).to_owned()
    };
    let id = invoice("Posted").await;
    let files = api
        .good("GET", &format!("/v1/invoices/{id}/files"), "")
        .await;
    let path = text(&files, &["invoiceFiles", "0", "pdfFileUrl"]);
    let reply = api.call("GET", path, "").await;
    assert_eq!(header(&reply, "content-type"), Some("application/pdf"));
    let name = header(&reply, "content-disposition").unwrap();
    assert!(name.contains("INV00000001.pdf"), "{name}");
    let pdf = reply.body().as_ref();
    assert!(pdf.starts_with(b"%PDF-1.4\n") && pdf.ends_with(b"%%EOF\n"));
    let find = |part: &[u8]| pdf.windows(part.len()).position(|place| place == part);
    assert!(find(b"(Kran) Tj").is_some());
    assert!(find(b"(Mast \\(tall\\) \xe5  10.10 ").is_some());
    // The end names the place of the table, and the table the places of the objects.
    let lossy = String::from_utf8_lossy(pdf);
    let mut end = lossy.lines().rev().skip(1);
    let table: usize = end.next().unwrap().parse().unwrap();
    assert!(pdf[table..].starts_with(b"xref\n0 6\n"));
    let places = String::from_utf8_lossy(&pdf[table..]).into_owned();
    for (number, line) in places.lines().skip(3).take(5).enumerate() {
        let place: usize = line[..10].parse().unwrap();
        let begin = format!("{} 0 obj\n", number + 1);
        assert!(pdf[place..].starts_with(begin.as_bytes()), "{line}");
    }
    let draft = invoice("Draft").await;
    let reply = api.call("GET", &format!("/v1/files/{draft}"), "").await;
    assert_eq!(reply.status(), 404);
}

#[tokio::test]
async fn items_and_tiers_are_exported_with_their_charges() {
    let clock = frozen_clock();
    let sim = Simulator::builder().clock(clock.clone()).seed(1);
    let sim = sim.one_account().build().unwrap();
    let api = Api::new(&sim).await;
    let items = "select InvoiceItem.UnitPrice, RatePlanCharge.ChargeNumber, ProductRatePlanCharge.Name from InvoiceItem";
    let tiers = "select RatePlanChargeTier.Price, RatePlanCharge.ChargeNumber, ProductRatePlanCharge.Name from RatePlanChargeTier";
    let items = csv_of(&api, &clock, items).await;
    let tiers = csv_of(&api, &clock, tiers).await;
    let row = |csv: &str| csv.lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(row(&items), "1299.00,C-00000001,Monthly fee");
    assert_eq!(row(&tiers), row(&items));
}
