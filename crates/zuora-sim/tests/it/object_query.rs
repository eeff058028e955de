//! Object query as its guide has it: names in any case, what is not known refused, pages that stay whole.

use super::support::{Api, code, header, json, tenant, text, with};
use http::Response;
use zuora_catalog::{Field, Kind, Shape};
use zuora_sim::Simulator;
use zuora_wire::{Json, Object};

const ACCOUNT: &str = r#"{"name":"Hafen","currency":"EUR","billCycleDay":1,"autoPay":false,
    "Segment__c":"enterprise","billToContact":{"firstName":"Ana","lastName":"Ek","country":"Sweden"}}"#;

/// Two accounts; the first one has a contact and a custom field.
async fn two(api: &Api<'_>) {
    api.good("POST", "/v1/accounts", ACCOUNT).await;
    let other = r#"{"Name":"Anker","Currency":"EUR","BillCycleDay":2,"Status":"Active"}"#;
    api.good("POST", "/v1/object/account", other).await;
}

async fn get(api: &Api<'_>, query: &str) -> Json {
    let path = format!("/object-query/accounts?{query}");
    api.good("GET", &path, "").await
}

/// The names of what a query finds, in its order.
async fn names(api: &Api<'_>, query: &str) -> Vec<String> {
    names_of(&get(api, query).await)
}

fn names_of(page: &Json) -> Vec<String> {
    let data = page.get("data").and_then(Json::as_array).unwrap().iter();
    data.map(|row| text(row, &["name"]).to_owned()).collect()
}

#[tokio::test]
async fn names_are_found_in_any_case() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two(&api).await;
    for (query, found) in [
        ("filter[]=accountnumber.EQ:A00000001", vec!["Hafen"]),
        ("filter[]=ACCOUNTNUMBER.eq:a00000001", vec!["Hafen"]),
        (
            "filter[]=updateddate.LT:2099-01-01T00:00:00Z",
            vec!["Hafen", "Anker"],
        ),
        ("filter[]=AUTOPAY.EQ:FALSE", vec!["Hafen", "Anker"]),
        ("filter[]=Segment__c.EQ:enterprise", vec!["Hafen"]),
        ("filter[]=segment__c.EQ:Enterprise", vec!["Hafen"]),
        ("filter[]=segment__c.EQ:null", vec!["Anker"]),
        ("sort[]=accountNumber.desc", vec!["Anker", "Hafen"]),
        ("sort[]=NAME.Asc", vec!["Anker", "Hafen"]),
        ("sort[]=segment__c.ASC", vec!["Anker", "Hafen"]),
        ("sort[]=Segment__c.DESC", vec!["Hafen", "Anker"]),
    ] {
        assert_eq!(names(&api, query).await, found, "{query}");
    }
    let first = async |query: &str| {
        let path = format!("/object-query/accounts/A00000001?{query}");
        api.good("GET", &path, "").await.to_string()
    };
    for (query, seen) in [
        (
            "fields[]=NAME,Currency",
            r#"{"name":"Hafen","currency":"EUR"}"#,
        ),
        ("account.fields[]=name", r#"{"name":"Hafen"}"#),
        (
            "Account.fields[]=name&fields[]=batch",
            r#"{"name":"Hafen","batch":"Batch1"}"#,
        ),
        ("fields[]=Segment__c", r#"{"segment__c":"enterprise"}"#),
        ("fields[]=segment__c", r#"{"segment__c":"enterprise"}"#),
        (
            "fields[]=name&expand[]=billto&billto.fields[]=firstname,lastname",
            r#"{"name":"Hafen","billTo":{"firstName":"Ana","lastName":"Ek"}}"#,
        ),
        (
            "fields[]=name&expand[]=BillTo&billTo.fields[]=FIRSTNAME",
            r#"{"name":"Hafen","billTo":{"firstName":"Ana"}}"#,
        ),
    ] {
        assert_eq!(first(query).await, seen, "{query}");
    }
}

#[tokio::test]
async fn relations_are_found_in_any_case() {
    let sim = Simulator::builder().seed(19).demo().build().unwrap();
    let api = Api::new(&sim).await;
    let path = "/object-query/invoices?pageSize=1&fields[]=id&expand[]=invoiceitems\
        &invoiceitems.fields[]=invoiceid";
    let page = api.good("GET", path, "").await;
    let invoice = page.at(&["data", "0"]).unwrap();
    let id = text(invoice, &["id"]);
    assert_eq!(text(invoice, &["invoiceItems", "0", "invoiceId"]), id);
    assert_eq!(invoice.at(&["invoiceItems", "0", "id"]), None);
    let path = "/object-query/accounts/A00000001?expand[]=subscriptions.rateplans,SUBSCRIPTIONS\
        &account.fields[]=id&subscriptions.fields[]=name&rateplans.fields[]=name";
    let account = api.good("GET", path, "").await;
    let subscription = account.at(&["subscriptions", "0"]).unwrap();
    let members = subscription.as_object().unwrap().iter();
    let members: Vec<_> = members.map(|(name, _)| name).collect();
    assert_eq!(members, ["name", "ratePlans"], "{subscription}");
    let plan = subscription.at(&["ratePlans", "0"]).unwrap();
    assert_eq!(plan.as_object().map(Object::len), Some(1), "{plan}");
}

fn told(reply: &Response<bytes::Bytes>) -> (u16, Option<u64>, String) {
    let message = text(&json(reply), &["reasons", "0", "message"]).to_owned();
    (reply.status().as_u16(), code(reply), message)
}

#[tokio::test]
async fn what_is_not_known_is_refused() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two(&api).await;
    for (query, message) in [
        ("filter[]=zork.EQ:1", "Invalid filter parameter: zork"),
        ("filter[]=billTo.EQ:1", "Invalid filter parameter: billTo"),
        (
            "filter[]=billTo.firstName.EQ:Ana",
            "Invalid filter parameter: billTo.firstName",
        ),
        ("filter[]=name.XX:1", "Invalid filter parameter: name.XX"),
        (
            "filter[]=Balance.GT:x",
            r#"Invalid filter parameter: balance: "x" is no decimal"#,
        ),
        (
            "filter[]=billCycleDay.IN:[1,x]",
            r#"Invalid filter parameter: billCycleDay: "x" is no integer"#,
        ),
        (
            "filter[]=createdDate.GT:zz",
            r#"Invalid filter parameter: createdDate: "zz" is no datetime"#,
        ),
        (
            "filter[]=autoPay.EQ:zork",
            r#"Invalid filter parameter: autoPay: "zork" is no boolean"#,
        ),
        ("sort[]=zork.ASC", "Invalid sort parameter: zork"),
        (
            "sort[]=name",
            "Invalid sort parameter: name: neither .ASC nor .DESC is at its end",
        ),
        (
            "sort[]=name.ASC&sort[]=balance.ASC",
            "Invalid sort parameter: name.ASC: only one field can be sorted by",
        ),
        ("fields[]=name,zork", "Invalid fields parameter: zork"),
        ("account.fields[]=zork", "Invalid fields parameter: zork"),
        ("zork.fields[]=name", "Invalid fields parameter: zork"),
        (
            "expand[]=billTo&billTo.fields[]=balance",
            "Invalid fields parameter: balance",
        ),
        ("expand[]=zork", "Invalid expand parameter: zork"),
        (
            "expand[]=billTo.account.billTo.account",
            "Invalid expand parameter: billTo.account.billTo.account",
        ),
    ] {
        let path = format!("/object-query/accounts?{query}");
        let reply = api.call("GET", &path, "").await;
        let wanted = (400, Some(50_000_027), message.to_owned());
        assert_eq!(told(&reply), wanted, "{query}");
        // Before the version that has a category for it.
        let request = api.request("GET", &path, None, "");
        let reply = api.send(with(request, "zuora-version", "2024-05-20")).await;
        let reply = reply.unwrap();
        let wanted = (200, Some(50_000_020), message.to_owned());
        assert_eq!(told(&reply), wanted, "{query}");
        assert_eq!(json(&reply).get("success"), Some(&Json::from(false)));
    }
    // What some record has is known, whatever the reference says; so is every custom field.
    for query in [
        "filter[]=nothing__c.EQ:null",
        "sort[]=nothing__c.ASC",
        "fields[]=name,nothing__c",
        "filter[]=createdDate.LE:2099-01-01&filter[]=name.IN:[Hafen,Anker]",
    ] {
        assert_eq!(names(&api, query).await, ["Hafen", "Anker"], "{query}");
    }
    let demo = Simulator::builder().seed(1).demo().build().unwrap();
    let demo = Api::new(&demo).await;
    // The reference has it for memos, and records have it for their items as well.
    let path = "/object-query/credit-memo-items?filter[]=refundamount.EQ:0";
    let found = demo.good("GET", path, "").await;
    assert_eq!(
        found.at(&["data"]).and_then(Json::as_array).unwrap().len(),
        5
    );
    let none = api.good("GET", "/object-query/refunds?filter[]=PaymentId.EQ:x", "");
    assert!(names_of(&none.await).is_empty());
    let gone = "/object-query/accounts/A9";
    assert_eq!(api.call("GET", gone, "").await.status(), 404);
    let request = api.request("GET", gone, None, "");
    let old = api.send(with(request, "zuora-version", "341.0")).await;
    assert_eq!(told(&old.unwrap()).1, Some(50_000_040));
}

#[tokio::test]
async fn pages_stay_whole_while_others_write() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let add = async |name: &str| {
        let body =
            format!(r#"{{"Name":"{name}","Currency":"EUR","BillCycleDay":1,"Status":"Active"}}"#);
        let made = api.good("POST", "/v1/object/account", &body).await;
        text(&made, &["Id"]).to_owned()
    };
    let mut ids = Vec::new();
    for name in ["b", "d", "f", "h", "j"] {
        ids.push(add(name).await);
    }
    let next = |page: &Json| text(page, &["nextPage"]).to_owned();
    let plain = get(&api, "pageSize=2").await;
    let up = get(&api, "pageSize=2&sort[]=name.ASC").await;
    let down = get(&api, "pageSize=2&sort[]=name.DESC").await;
    assert_eq!(names_of(&down), ["j", "h"]);
    // One before all of these pages, and one that was on the first ones is gone.
    add("a").await;
    add("z").await;
    let gone = format!("/v1/object/account/{}", ids[0]);
    api.good("DELETE", &gone, "").await;
    let page = get(&api, &format!("pageSize=3&cursor={}", next(&plain))).await;
    assert_eq!(names_of(&page), ["f", "h", "j"]);
    let path = format!("sort[]=name.ASC&cursor={}", next(&up));
    assert_eq!(names(&api, &path).await, ["f", "h", "j", "z"]);
    let path = format!("cursor={}&sort[]=name.DESC", next(&down));
    assert_eq!(names(&api, &path).await, ["f", "d", "a"]);
    // A cursor is that of one question.
    let cursor = next(&up);
    for other in [
        format!("invoices?sort[]=name.ASC&cursor={cursor}"),
        format!("accounts?sort[]=name.DESC&cursor={cursor}"),
        format!("accounts?cursor={cursor}"),
        format!("accounts?sort[]=name.ASC&cursor={cursor}x"),
        "accounts?cursor=".to_owned(),
        "accounts?cursor=bm90aGluZw".to_owned(),
    ] {
        let reply = api.call("GET", &format!("/object-query/{other}"), "").await;
        let (status, code, message) = told(&reply);
        assert_eq!((status, code), (400, Some(50_000_027)), "{other}");
        assert!(message.contains("parameter: "), "{other}: {message}");
    }
}

#[tokio::test]
async fn nulls_are_there_when_they_are_asked_for() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two(&api).await;
    let of = async |query: &str| {
        let path = format!("/object-query/accounts/A00000002?{query}");
        api.good("GET", &path, "").await
    };
    let fields = "fields[]=name,crmid,lastInvoiceDate";
    assert_eq!(of(fields).await.to_string(), r#"{"name":"Anker"}"#);
    let nulls = "includeNullFields=true";
    assert_eq!(
        of(&format!("{fields}&{nulls}")).await.to_string(),
        r#"{"name":"Anker","crmId":null,"lastInvoiceDate":null}"#
    );
    // All that the reference has for an account, but for its relations.
    let account = of(nulls).await;
    for name in [
        "billToId",
        "taxExemptEffectiveDate",
        "parentId",
        "rollUpUsage",
    ] {
        assert_eq!(account.get(name), Some(&Json::Null), "{name}");
    }
    assert_eq!(account.get("subscriptions"), None);
    let page = get(
        &api,
        &format!("{nulls}&fields[]=notes&expand[]=billTo&billTo.fields[]=fax"),
    )
    .await;
    assert_eq!(
        page.to_string(),
        r#"{"nextPage":null,"data":[{"notes":null,"billTo":{"fax":null}},{"notes":null}]}"#
    );
}

#[tokio::test]
async fn values_of_several_types_have_one_order() {
    let values = [
        "9", "\"95\"", "10", "\"5\"", "true", "null", "1e40", "[\"B\"]",
    ];
    let rows = (0..64).map(|place| {
        let value = values[place * 5 % values.len()];
        format!(r#"{{"id":"a{place}","name":"{place}","Mix__c":{value}}}"#)
    });
    let rows: Vec<_> = rows.collect();
    let data = format!(r#"{{"records":{{"Account":[{}]}}}}"#, rows.join(","));
    let sim = Simulator::builder().seed(1).data(&data).unwrap();
    let sim = sim.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    let mut found = Vec::new();
    let mut path =
        "/object-query/accounts?pageSize=10&sort[]=mix__c.ASC&fields[]=mix__c".to_owned();
    let first = path.clone();
    loop {
        let page = api.good("GET", &path, "").await;
        let data = page.get("data").and_then(Json::as_array).unwrap().iter();
        let shown = data.map(|row| row.get("mix__c").map(Json::to_string));
        found.extend(shown.map(Option::unwrap_or_default));
        match text(&page, &["nextPage"]) {
            "" => break,
            cursor => path = format!("{first}&cursor={cursor}"),
        }
    }
    assert_eq!(found.len(), 64);
    found.dedup();
    // Lists are sorted by, but not shown.
    let order = ["", "9", "10", "1e40", "\"5\"", "\"95\"", "", "true"];
    assert_eq!(found, order);
}

/// The names that the reference has for what an operation lists: of fields, and of relations.
fn names_in(operation: zuora_catalog::Operation) -> [Vec<&'static str>; 2] {
    let fields = |schema: Option<zuora_catalog::Schema>| match schema.map(|schema| schema.shape()) {
        Some(Shape::Object(fields)) => Some(fields),
        _ => None,
    };
    let page = fields(operation.reply(200).and_then(|reply| reply.ty?.schema())).unwrap();
    let Kind::Array(items) = page.get("data").unwrap().ty().kind() else {
        panic!("{}", operation.id());
    };
    let is_plain = |field: &Field| {
        !matches!(field.ty().kind(), Kind::Array(_)) && field.ty().schema().is_none()
    };
    let (plain, relations): (Vec<_>, Vec<_>) =
        fields(items.schema()).unwrap().iter().partition(is_plain);
    [plain, relations].map(|fields| fields.into_iter().map(Field::name).collect())
}

#[tokio::test]
async fn every_name_of_the_reference_is_known() {
    let sim = Simulator::builder().seed(19).one_account();
    let sim = sim.tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    let full = Simulator::builder().seed(19).demo().build().unwrap();
    let full = Api::new(&full).await;
    let (mut asked, mut expanded) = (0, 0);
    for operation in zuora_catalog::operations() {
        let path = operation.path();
        if !path.starts_with("/object-query/") || path.contains('{') {
            continue;
        }
        let [fields, relations] = names_in(operation);
        let nulls = format!("{path}?pageSize=2&includeNullFields=true");
        let reply = api.call("GET", &nulls, "").await;
        if header(&reply, "zuora-sim-basis") != Some("state") {
            continue;
        }
        api.good("GET", &nulls, "").await;
        asked += fields.len();
        for field in &fields {
            let loud = field.to_uppercase();
            let path = format!("{path}?filter[]={loud}.EQ:null&sort[]={loud}.ASC&fields[]={loud}");
            api.good("GET", &path, "").await;
        }
        for relation in relations {
            let path = format!("{nulls}&expand[]={}", relation.to_lowercase());
            let page = full.good("GET", &path, "").await.to_string();
            expanded += u32::from(page.contains(&format!("\"{relation}\":")));
        }
    }
    assert!(expanded > 40, "{expanded} relations");
    assert!(asked > 500, "{asked} fields");
}

#[tokio::test]
async fn a_cursor_is_good_for_a_quarter_of_an_hour() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two(&api).await;
    let first = async || {
        let page = get(&api, "pageSize=1").await;
        text(&page, &["nextPage"]).to_owned()
    };
    let behind = async |cursor: &str| {
        let path = format!("/object-query/accounts?pageSize=1&cursor={cursor}");
        api.call("GET", &path, "").await
    };
    let cursor = first().await;
    let page = behind(&cursor).await;
    assert_eq!(names_of(&json(&page)), ["Anker"]);
    sim.clock().advance(super::support::seconds(15 * 60 - 1));
    assert_eq!(names_of(&json(&behind(&cursor).await)), ["Anker"]);
    // A new one, though nothing has changed since the first one was given.
    let later = first().await;
    sim.clock().advance(super::support::seconds(1));
    let late = behind(&cursor).await;
    assert_eq!(
        (late.status().as_u16(), code(&late)),
        (400, Some(50_000_027))
    );
    let told = json(&late);
    let told = text(&told, &["reasons", "0", "message"]);
    assert!(
        told.contains("cursor") && told.contains("15 minutes"),
        "{told}"
    );
    assert_eq!(names_of(&json(&behind(&later).await)), ["Anker"]);
}
