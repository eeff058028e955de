//! Custom objects: what is defined holds for the records, through both of their doors.

use crate::support::*;
use http::Response;
use zuora_wire::Json;

const VEHICLE: &str = r#"{"definitions":{"Vehicle":{"object":"Vehicle","label":"Vehicle",
    "properties":{
        "Plate__c":{"label":"Plate","type":"string","maxLength":8},
        "colour__c":{"label":"Colour","type":"string","enum":["red","blue"],"default":"red"},
        "price__c":{"label":"Price","type":"number"},
        "seats__c":{"label":"Seats","type":"integer"},
        "sold__c":{"label":"Sold","type":"boolean"},
        "since__c":{"label":"Since","type":"string","format":"date"},
        "account__c":{"label":"Account","type":"string","format":"uuid"}},
    "required":["Plate__c"],"unique":["Plate__c"],
    "filterable":["Plate__c","colour__c","seats__c","since__c"],
    "relationships":[{"namespace":"com_zuora","object":"account","fields":{"account__c":"Id"}}]}}}"#;
const RECORDS: &str = "/objects/records/default/Vehicle";

async fn defined(api: &Api<'_>) {
    api.good("POST", "/objects/definitions/default", VEHICLE)
        .await;
}

/// Adds a record with these fields; gives its id.
async fn add(api: &Api<'_>, fields: &str) -> String {
    let body = format!(r#"{{"records":[{fields}]}}"#);
    let made = api.good("POST", RECORDS, &body).await;
    text(&made, &["records", "0", "Id"]).to_owned()
}

fn plates(list: &Json, member: &str, name: &str) -> Vec<String> {
    let rows = list.get(member).and_then(Json::as_array).unwrap();
    let plates = rows.iter().map(|row| text(row, &[name]).to_owned());
    plates.collect()
}

#[track_caller]
fn refused(reply: &Response<bytes::Bytes>, category: u64, word: &str) {
    let json = json(reply);
    let code = json.get("code").and_then(Json::as_number);
    assert_eq!(
        code.and_then(|code| code.as_u64()),
        Some(71_012_500 + category),
        "{json}"
    );
    assert!(json.to_string().contains(word), "{word}: {json}");
}

#[tokio::test]
async fn a_definition_comes_back_with_what_every_object_has() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let made = api
        .good("POST", "/objects/definitions/default", VEHICLE)
        .await;
    let path = "/objects/definitions/default/Vehicle";
    let one = api.good("GET", path, "").await;
    assert_eq!(made.at(&["definitions", "Vehicle"]), Some(&one));
    let all = api.good("GET", "/objects/definitions/default", "").await;
    assert_eq!(all, made);
    assert_eq!(text(&one, &["type"]), "Vehicle");
    assert_eq!(text(&one, &["Id"]).len(), 36);
    let field = |name: &str, part: &str| text(&one, &["schema", "properties", name, part]);
    assert_eq!(
        (field("Plate__c", "origin"), field("Plate__c", "label")),
        ("custom", "Plate")
    );
    assert_eq!(
        (field("Id", "origin"), field("UpdatedDate", "format")),
        ("system", "date-time")
    );
    // A relationship's field can be searched by.
    let filterable = one.at(&["schema", "filterable"]).unwrap().to_string();
    assert!(
        filterable.contains("account__c") && filterable.contains("\"Id\""),
        "{filterable}"
    );
    let again = api
        .call("POST", "/objects/definitions/default", VEHICLE)
        .await;
    assert_eq!(again.status(), 400);
    refused(&again, 30, "exists already");
    let unknown = api
        .call("GET", "/objects/definitions/default/vehicle", "")
        .await;
    assert_eq!(unknown.status(), 404);
    refused(&unknown, 40, "vehicle");
}

#[tokio::test]
async fn definitions_are_taken_to_another_tenant_as_they_were_listed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let path = "/objects/definitions/default";
    let listed = api.good("GET", path, "").await;
    let schema = |list: &Json| list.at(&["definitions", "Vehicle", "schema"]).cloned();
    let other = tenant();
    let api = Api::new(&other).await;
    let made = api.good("POST", path, &listed.to_string()).await;
    assert_eq!(schema(&made), schema(&listed));
    let bad = listed
        .to_string()
        .replace(r#""maxLength":8"#, r#""maxLength":"8""#);
    let other = tenant();
    let api = Api::new(&other).await;
    let reply = api.call("POST", path, &bad).await;
    assert_eq!(reply.status(), 400);
    refused(&reply, 20, "maxLength");
}

#[tokio::test]
async fn a_definition_that_makes_no_sense_is_refused_whole() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let bad = [
        (r#""type":"string","maxLength":9000"#, "maxLength"),
        (r#""type":"money""#, "types"),
        (r#""type":"number","format":"date""#, "format"),
        (r#""type":"string","enum":[]"#, "enum"),
        (
            r#""type":"integer","default":"many""#,
            "must be of the type integer",
        ),
    ];
    for (shape, word) in bad {
        let body = format!(
            r#"{{"definitions":{{
            "Good":{{"object":"Good","label":"Good","properties":{{"a__c":{{"label":"A","type":"string"}}}}}},
            "Bad":{{"object":"Bad","label":"Bad","properties":{{"b__c":{{"label":"B",{shape}}}}}}}}}}}"#
        );
        let reply = api
            .call("POST", "/objects/definitions/default", &body)
            .await;
        assert_eq!(reply.status(), 400);
        refused(&reply, 20, word);
    }
    let nameless = r#"{"definitions":{"Bad":{"object":"Bad","label":"Bad","properties":{"b":{"label":"B","type":"string"}}}}}"#;
    let reply = api
        .call("POST", "/objects/definitions/default", nameless)
        .await;
    refused(&reply, 20, "__c");
    let all = api.good("GET", "/objects/definitions/default", "").await;
    assert_eq!(all.to_string(), r#"{"count":0,"definitions":{}}"#);
}

#[tokio::test]
async fn values_are_held_against_their_fields() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let made = add(
        &api,
        r#"{"Plate__c":"HB-1","price__c":12345678901.123456789,"seats__c":4,"sold__c":false,"since__c":"2026-01-31"}"#,
    )
    .await;
    assert_eq!((made.len(), made.matches('-').count()), (36, 4));
    let read = api.good("GET", &format!("{RECORDS}/{made}"), "").await;
    assert_eq!(
        read.get("price__c").unwrap().to_string(),
        "12345678901.123456789"
    );
    assert_eq!(
        (text(&read, &["colour__c"]), text(&read, &["type"])),
        ("red", "Vehicle")
    );
    assert_eq!(text(&read, &["CreatedDate"]), "2026-01-01T00:00:00Z");

    let bad = [
        (r#"{}"#, 22, "Plate__c is required"),
        (r#"{"Plate__c":null}"#, 22, "Plate__c is required"),
        (r#"{"Plate__c":"HB-1"}"#, 30, "unique"),
        (r#"{"Plate__c":""}"#, 20, "empty"),
        (r#"{"Plate__c":"123456789"}"#, 20, "8 characters"),
        (r#"{"Plate__c":7}"#, 20, "type string"),
        (r#"{"Plate__c":"x","colour__c":"green"}"#, 20, "red, blue"),
        (r#"{"Plate__c":"x","price__c":"1"}"#, 20, "type number"),
        (
            r#"{"Plate__c":"x","price__c":12345678901234}"#,
            20,
            "13 digits",
        ),
        (
            r#"{"Plate__c":"x","price__c":0.1234567890123}"#,
            20,
            "13 digits",
        ),
        (r#"{"Plate__c":"x","seats__c":1.5}"#, 20, "type integer"),
        (r#"{"Plate__c":"x","sold__c":"yes"}"#, 20, "type boolean"),
        (
            r#"{"Plate__c":"x","since__c":"2026-02-30"}"#,
            20,
            "format date",
        ),
        (r#"{"Plate__c":"x","wheels__c":4}"#, 21, "wheels__c"),
        (
            r#"{"Plate__c":"x","account__c":"8ad09f7d000000000000000000000000"}"#,
            40,
            "account",
        ),
    ];
    for (fields, category, word) in bad {
        let body = format!(r#"{{"records":[{{"Plate__c":"ok"}},{fields}]}}"#);
        let reply = api.call("POST", RECORDS, &body).await;
        assert_eq!(reply.status(), 400, "{fields}");
        refused(&reply, 20, word);
        let detail = json(&reply).at(&["details", "0"]).cloned().unwrap();
        let code = detail.get("code").unwrap().to_string();
        assert_eq!(code, format!("{}", 71_012_500 + category), "{detail}");
        assert_eq!(detail.get("record"), Some(&Json::parse(fields).unwrap()));
    }
    // Nothing of the good ones beside them was kept.
    let list = api.good("GET", RECORDS, "").await;
    assert_eq!(plates(&list, "records", "Plate__c"), ["HB-1"]);
}

#[tokio::test]
async fn a_part_can_be_good_enough() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let body = r#"{"allowPartialSuccess":true,"records":[{"Plate__c":"A"},{"Plate__c":"A"},{"Plate__c":"B"}]}"#;
    let made = api.good("POST", RECORDS, body).await;
    assert_eq!(plates(&made, "records", "Plate__c"), ["A", "B"]);
    let detail = text(&made, &["error", "details", "0", "message"]);
    assert!(detail.contains("unique"), "{made}");
    let many = vec![r#"{"Plate__c":"A"}"#; 1001].join(",");
    let reply = api
        .call("POST", RECORDS, &format!(r#"{{"records":[{many}]}}"#))
        .await;
    assert_eq!(reply.status(), 400);
    refused(&reply, 20, "1000");
}

#[tokio::test]
async fn records_change_in_whole_in_part_and_in_batches() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let first = add(&api, r#"{"Plate__c":"A","seats__c":2}"#).await;
    let second = add(&api, r#"{"Plate__c":"B","seats__c":4}"#).await;
    let path = format!("{RECORDS}/{first}");
    let read = api
        .good("PATCH", &path, r#"{"seats__c":3,"sold__c":true}"#)
        .await;
    assert_eq!(
        (text(&read, &["Plate__c"]), read.get("seats__c")),
        ("A", Some(&3.into()))
    );
    let read = api.good("PATCH", &path, r#"{"sold__c":null}"#).await;
    assert!(read.get("sold__c").is_none_or(Json::is_null));
    let read = api.good("PUT", &path, r#"{"Plate__c":"A"}"#).await;
    assert_eq!(read.get("seats__c"), None);
    let taken = api.call("PATCH", &path, r#"{"Plate__c":"B"}"#).await;
    refused(&taken, 30, "unique");
    let unknown = format!("{RECORDS}/{}", first.replace(&first[..8], "00000000"));
    for method in ["GET", "PUT", "PATCH"] {
        let body = if method == "GET" { "" } else { "{}" };
        assert_eq!(api.call(method, &unknown, body).await.status(), 404);
    }

    let batch = "/objects/batch/default/Vehicle";
    let change = |partial: bool, one: &str, other: &str| {
        format!(
            r#"{{"action":{{"type":"update","allowPartialSuccess":{partial},"records":{{"{first}":{one},"{second}":{other}}}}}}}"#
        )
    };
    let body = change(false, r#"{"seats__c":7}"#, r#"{"seats__c":"x"}"#);
    let reply = api.call("POST", batch, &body).await;
    assert_eq!(reply.status(), 400);
    assert_eq!(
        text(&json(&reply), &["details", "0", "record", "Id"]),
        second
    );
    assert_eq!(api.good("GET", &path, "").await.get("seats__c"), None);
    let body = change(true, r#"{"seats__c":7}"#, r#"{"seats__c":"x"}"#);
    let partial = api.good("POST", batch, &body).await;
    assert!(partial.get("error").is_some(), "{partial}");
    assert_eq!(
        api.good("GET", &path, "").await.get("seats__c"),
        Some(&7.into())
    );

    // Plates change hands: the first is free as soon as it is given up.
    let body = change(false, r#"{"Plate__c":"C"}"#, r#"{"Plate__c":"A"}"#);
    assert_eq!(api.good("POST", batch, &body).await.to_string(), "{}");
    let body = format!(r#"{{"action":{{"type":"delete","ids":["{first}","{second}"]}}}}"#);
    api.good("POST", batch, &body).await;
    api.good("DELETE", &path, "").await;
    let list = api.good("GET", RECORDS, "").await;
    assert_eq!(list.to_string(), r#"{"count":0,"records":[]}"#);
}

#[tokio::test]
async fn lists_go_on_where_they_ended() {
    let clock = zuora_sim::VirtualClock::frozen_at(START + seconds(1_767_225_600));
    let sim = zuora_sim::Simulator::builder().clock(clock.clone()).seed(1);
    let sim = sim.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    defined(&api).await;
    for plate in ["A", "B", "C", "D", "E"] {
        clock.advance(seconds(1));
        add(&api, &format!(r#"{{"Plate__c":"{plate}"}}"#)).await;
    }
    let page = api.good("GET", &format!("{RECORDS}?pageSize=2"), "").await;
    assert_eq!(plates(&page, "records", "Plate__c"), ["E", "D"]);
    assert_eq!(page.get("count"), Some(&5.into()));
    // Written in between: not within what follows.
    clock.advance(seconds(1));
    add(&api, r#"{"Plate__c":"F"}"#).await;
    let cursor = text(&page, &["cursor"]);
    let path = format!("{RECORDS}?pageSize=2&cursor={cursor}");
    let page = api.good("GET", &path, "").await;
    assert_eq!(plates(&page, "records", "Plate__c"), ["C", "B"]);
    let path = format!("{RECORDS}?pageSize=2&cursor={}", text(&page, &["cursor"]));
    let page = api.good("GET", &path, "").await;
    assert_eq!(plates(&page, "records", "Plate__c"), ["A"]);
    assert_eq!(page.get("cursor"), None);
    let reply = api.call("GET", &format!("{RECORDS}?cursor=x"), "").await;
    refused(&reply, 20, "cursor");
}

#[tokio::test]
async fn records_are_found_by_their_filterable_fields() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    for record in [
        r#"{"Plate__c":"HB 1","seats__c":2,"since__c":"2017-06-01"}"#,
        r#"{"Plate__c":"HB 2","seats__c":4,"colour__c":"blue","since__c":"2018-06-01"}"#,
        r#"{"Plate__c":"HB 3","seats__c":9,"colour__c":null}"#,
    ] {
        add(&api, record).await;
    }
    let found = async |q: &str| {
        let query = form_of(&[("q", q)]);
        let list = api.good("GET", &format!("{RECORDS}?{query}"), "").await;
        let mut found = plates(&list, "records", "Plate__c");
        found.sort();
        found.join(",")
    };
    assert_eq!(found("colour__c:blue").await, "HB 2");
    assert_eq!(found(r#"Plate__c:"HB 1""#).await, "HB 1");
    assert_eq!(found("seats__c:>=4").await, "HB 2,HB 3");
    assert_eq!(found("seats__c:<4 OR colour__c:blue").await, "HB 1,HB 2");
    assert_eq!(
        found("_exists_:colour__c AND seats__c:<9").await,
        "HB 1,HB 2"
    );
    assert_eq!(found("NOT _exists_:colour__c").await, "HB 3");
    assert_eq!(found("!colour__c:blue && seats__c:>2").await, "HB 3");
    assert_eq!(found("since__c:<2018").await, "HB 1");
    assert_eq!(
        found(r"CreatedDate:>=2026-01-01T00\:00\:00Z AND seats__c:2").await,
        "HB 1"
    );
    for (q, word) in [
        ("price__c:1", "not filterable"),
        ("wheels__c:1", "not filterable"),
        ("seats__c", "colon"),
        ("seats__c:4 AND", "expected"),
        ("seats__c:4 seats__c:5", "neither AND nor OR"),
        (r#"Plate__c:"HB"#, "quote"),
        ("CreatedDate:>=2026-01-01T00:00:00Z", "\\\\ before :"),
    ] {
        let reply = api
            .call("GET", &format!("{RECORDS}?{}", form_of(&[("q", q)])), "")
            .await;
        assert_eq!(reply.status(), 400, "{q}");
        refused(&reply, 27, word);
    }
}

#[tokio::test]
async fn the_same_records_through_object_query() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let first = add(&api, r#"{"Plate__c":"A","seats__c":2}"#).await;
    add(&api, r#"{"Plate__c":"B","seats__c":4}"#).await;
    add(&api, r#"{"Plate__c":"C","seats__c":6}"#).await;
    let one = api
        .good("GET", &format!("/object-query/Vehicle/{first}"), "")
        .await;
    assert_eq!(
        (text(&one, &["id"]), text(&one, &["plate__c"])),
        (first.as_str(), "A")
    );
    assert_eq!(
        (text(&one, &["type"]), one.get("definitionId")),
        ("Vehicle", None)
    );
    let path = "/object-query/Vehicle?filter[]=SEATS__c.ge:4&sort[]=plate__c.desc&vehicle.fields[]=PLATE__c";
    let list = api.good("GET", path, "").await;
    assert_eq!(
        list.to_string(),
        r#"{"data":[{"plate__c":"C"},{"plate__c":"B"}]}"#
    );
    let page = api
        .good(
            "GET",
            "/object-query/Vehicle?pageSize=2&sort[]=plate__c.ASC",
            "",
        )
        .await;
    assert_eq!(plates(&page, "data", "plate__c"), ["A", "B"]);
    let path = format!(
        "/object-query/Vehicle?pageSize=2&sort[]=plate__c.ASC&cursor={}",
        text(&page, &["nextPage"])
    );
    let page = api.good("GET", &path, "").await;
    assert_eq!(plates(&page, "data", "plate__c"), ["C"]);
    for bad in [
        "filter[]=plate__c.SW:A",
        "filter[]=plate__c.NE:A",
        "filter[]=price__c.EQ:1",
        "filter[]=seats__c.GE:many",
        "filter[]=createdDate.GT:zz",
        "sort[]=wheels__c.ASC",
        "sort[]=plate__c",
        "fields[]=wheels__c",
        "boat.fields[]=plate__c",
        "expand[]=account",
    ] {
        let reply = api
            .call("GET", &format!("/object-query/Vehicle?{bad}"), "")
            .await;
        assert_eq!(
            (reply.status().as_u16(), code(&reply)),
            (400, Some(50_000_027)),
            "{bad}"
        );
    }
    let reply = api.call("GET", "/object-query/Boat", "").await;
    assert_eq!(reply.status(), 404);
}

#[tokio::test]
async fn a_definition_changes_one_step_at_a_time() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let act = |kind: &str, rest: &str| {
        format!(
            r#"{{"actions":[{{"type":"{kind}","namespace":"default","object":"Vehicle"{rest}}}]}}"#
        )
    };
    let path = "/objects/migrations";
    let add_doors = act(
        "addField",
        r#","field":{"name":"doors__c","filterable":true,"definition":{"label":"Doors","type":"integer"}}"#,
    );
    let reply = api.good("POST", path, &add_doors).await;
    assert_eq!(reply, Json::parse(&add_doors).unwrap());
    refused(&api.call("POST", path, &add_doors).await, 30, "already");
    let rename = act(
        "renameField",
        r#","field":{"name":"doors__c","targetName":"gates__c"}"#,
    );
    api.good("POST", path, &rename).await;
    api.good("POST", path, &act("updateObject", r#","label":"Car""#))
        .await;
    let read = api
        .good("GET", "/objects/definitions/default/Vehicle", "")
        .await;
    assert_eq!(text(&read, &["schema", "label"]), "Car");
    let gates = ["schema", "properties", "gates__c", "type"];
    assert_eq!(text(&read, &gates), "integer");
    let filterable = read.at(&["schema", "filterable"]).unwrap().to_string();
    assert!(filterable.contains("gates__c") && !filterable.contains("doors__c"));

    let record = add(&api, r#"{"Plate__c":"A","gates__c":5}"#).await;
    let remove = act("deleteField", r#","field":{"name":"gates__c"}"#);
    refused(&api.call("POST", path, &remove).await, 30, "records");
    let required = act(
        "addField",
        r#","field":{"name":"x__c","required":true,"definition":{"label":"X","type":"string"}}"#,
    );
    refused(&api.call("POST", path, &required).await, 30, "records");
    let shorter = act(
        "updateField",
        r#","field":{"name":"Plate__c","definition":{"maxLength":20,"label":"Number"}}"#,
    );
    api.good("POST", path, &shorter).await;
    add(&api, r#"{"Plate__c":"A longer plate"}"#).await;
    let shorter = shorter.replace("20", "4");
    refused(&api.call("POST", path, &shorter).await, 20, "4 characters");

    let definition = "/objects/definitions/default/Vehicle";
    refused(&api.call("DELETE", definition, "").await, 30, "records");
    let list = api.good("GET", RECORDS, "").await;
    for row in list.get("records").and_then(Json::as_array).unwrap() {
        let path = format!("{RECORDS}/{}", text(row, &["Id"]));
        api.good("DELETE", &path, "").await;
    }
    let path = format!("{RECORDS}/{record}");
    assert_eq!(api.call("GET", &path, "").await.status(), 404);
    api.good("DELETE", definition, "").await;
    assert_eq!(api.call("GET", definition, "").await.status(), 404);
}

#[tokio::test]
async fn they_are_in_snapshots_events_and_relations() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let account = r#"{"name":"Hafenlicht","currency":"EUR","billToContact":{"firstName":"M","lastName":"B","country":"Norway"}}"#;
    let account = api.good("POST", "/v1/accounts", account).await;
    let account = text(&account, &["accountId"]);
    let record = add(
        &api,
        &format!(r#"{{"Plate__c":"A","account__c":"{account}"}}"#),
    )
    .await;
    let seen = async |path: &str| json(&api.call("GET", path, "").await);
    let events = seen("/_sim/events").await.to_string();
    assert!(
        events.contains(&format!(r#""object":"CustomObjectRecord","id":"{record}""#)),
        "{events}"
    );
    let tables = seen("/_sim/tables").await;
    assert_eq!(tables.get("CustomObjectRecord"), Some(&1.into()));

    let snapshot = api.call("GET", "/_sim/snapshot", "").await;
    let snapshot = String::from_utf8(snapshot.body().to_vec()).unwrap();
    api.good_admin("POST", "/_sim/reset", "").await;
    let api = Api::new(&sim).await;
    assert_eq!(api.call("GET", RECORDS, "").await.status(), 404);
    api.good_admin("POST", "/_sim/restore", &snapshot).await;
    let read = api.good("GET", &format!("{RECORDS}/{record}"), "").await;
    assert_eq!(
        (text(&read, &["Plate__c"]), text(&read, &["account__c"])),
        ("A", account)
    );
    let taken = api
        .call("POST", RECORDS, r#"{"records":[{"Plate__c":"A"}]}"#)
        .await;
    assert_eq!(taken.status(), 400);
}

/// Sends a file for a job; gives the reply.
async fn upload(api: &Api<'_>, job: &str, csv: &str) -> Response<bytes::Bytes> {
    let path = format!("/objects/jobs/{job}/files");
    let mut request = api.request("POST", &path, None, csv);
    let media = "text/csv".parse().unwrap();
    request.headers_mut().insert("content-type", media);
    api.send(request).await.unwrap()
}

fn job_body(operation: &str, rest: &str) -> String {
    format!(r#"{{"namespace":"default","object":"Vehicle","operation":"{operation}"{rest}}}"#)
}

#[tokio::test]
async fn bulk_jobs_work_off_a_file_row_by_row() {
    let clock = zuora_sim::VirtualClock::frozen_at(START + seconds(1_767_225_600));
    let sim = zuora_sim::Simulator::builder().clock(clock.clone()).seed(1);
    let sim = sim.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let made = api
        .good("POST", "/objects/jobs", &job_body("create", ""))
        .await;
    let id = text(&made, &["Id"]);
    assert_eq!((id.len(), text(&made, &["status"])), (36, "pending"));
    let wrong = upload(&api, id, "Plate__c,wheels__c\nA,4\n").await;
    assert_eq!(wrong.status(), 400);
    refused(&wrong, 20, "wheels__c");
    let csv = "Plate__c,seats__c,sold__c\nA,2,true\nB,many,\n\"C, 1\",4,\nA,1,\n";
    let reply = upload(&api, id, csv).await;
    assert_eq!(text(&json(&reply), &["status"]), "accepted");
    refused(&upload(&api, id, csv).await, 30, "does not wait");
    let path = format!("/objects/jobs/{id}");
    for status in ["in_progress", "completed"] {
        clock.advance(seconds(1));
        let job = api.good("GET", &path, "").await;
        assert_eq!(text(&job, &["status"]), status, "{job}");
    }
    let job = api.good("GET", &path, "").await;
    assert_eq!(job.get("recordsProcessed"), Some(&2.into()));
    let list = api.good("GET", RECORDS, "").await;
    let mut made = plates(&list, "records", "Plate__c");
    made.sort();
    assert_eq!(made, ["A", "C, 1"]);
    let errors = api.good("GET", &format!("{path}/errors"), "").await;
    let error = |place: &str, name: &str| errors.at(&["errors", place, name]).unwrap().to_string();
    assert_eq!(
        (error("0", "row"), error("1", "row")),
        ("3".into(), "5".into())
    );
    assert!(error("0", "message").contains("type integer"), "{errors}");
    assert!(error("1", "message").contains("unique"), "{errors}");
    assert_eq!(text(&errors, &["errors", "0", "record", "Plate__c"]), "B");

    // Changed by their ids, then removed by a filter.
    let first = list.get("records").and_then(Json::as_array).unwrap();
    let first = first
        .iter()
        .find(|row| text(row, &["Plate__c"]) == "A")
        .unwrap();
    let first = text(first, &["Id"]);
    let made = api
        .good("POST", "/objects/jobs", &job_body("update", ""))
        .await;
    let id = text(&made, &["Id"]);
    refused(&upload(&api, id, "Plate__c\nA\n").await, 22, "column Id");
    let csv = format!("Id,seats__c,sold__c\n{first},9,\nnone,1,\n");
    assert_eq!(upload(&api, id, &csv).await.status(), 200);
    clock.advance(seconds(2));
    let read = api.good("GET", &format!("{RECORDS}/{first}"), "").await;
    assert_eq!(read.get("seats__c"), Some(&9.into()));
    assert!(read.get("sold__c").is_none_or(Json::is_null));
    let errors = api
        .good("GET", &format!("/objects/jobs/{id}/errors"), "")
        .await;
    assert!(text(&errors, &["errors", "0", "message"]).contains("none"));
    let filter = r#","filter":{"conditions":[{"field":"seats__c","operator":"GT","value":4}]}"#;
    let made = api
        .good("POST", "/objects/jobs", &job_body("delete", filter))
        .await;
    assert_eq!(text(&made, &["status"]), "accepted");
    clock.advance(seconds(2));
    let list = api.good("GET", RECORDS, "").await;
    assert_eq!(plates(&list, "records", "Plate__c"), ["C, 1"]);
    let jobs = api.good("GET", "/objects/jobs?pageSize=2", "").await;
    assert_eq!(plates(&jobs, "jobs", "operation"), ["delete", "update"]);
    let path = format!(
        "/objects/jobs?pageSize=2&cursor={}",
        text(&jobs, &["cursor"])
    );
    let jobs = api.good("GET", &path, "").await;
    assert_eq!(plates(&jobs, "jobs", "operation"), ["create"]);
}

#[tokio::test]
async fn bulk_jobs_can_be_refused_and_cancelled() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    defined(&api).await;
    let by = |field: &str| {
        format!(r#","filter":{{"conditions":[{{"field":"{field}","operator":"EQ","value":"x"}}]}}"#)
    };
    for (operation, rest, category, word) in [
        ("create", by("Plate__c"), 20, "Only a job that deletes"),
        ("upsert", String::new(), 20, "create, update, delete"),
        ("delete", by("Plate__c").replace("EQ", "SW"), 20, "EQ, GT"),
        (
            "delete",
            by("Plate__c").replace("\"x\"", "{}"),
            20,
            "a text, number",
        ),
        ("delete", by("price__c"), 20, "price__c"),
        (
            "delete",
            r#","filter":{"conditions":[]}"#.to_owned(),
            22,
            "no condition",
        ),
    ] {
        let reply = api
            .call("POST", "/objects/jobs", &job_body(operation, &rest))
            .await;
        assert_eq!(reply.status(), 400);
        refused(&reply, category, word);
    }
    for rest in ["".to_owned(), by("Plate__c")] {
        let made = api
            .good("POST", "/objects/jobs", &job_body("delete", &rest))
            .await;
        let path = format!("/objects/jobs/{}", text(&made, &["Id"]));
        let cancel = format!("{path}/cancel");
        let job = api.good("PATCH", &cancel, "").await;
        assert_eq!(text(&job, &["status"]), "cancelled");
        refused(&api.call("PATCH", &cancel, "").await, 30, "has ended");
        assert_eq!(api.good("GET", &path, "").await, job);
    }
    let reply = api.call("GET", "/objects/jobs/none", "").await;
    assert_eq!(reply.status(), 404);
}
