//! What is written through one door is read through every other.

use crate::support::*;
use std::collections::BTreeSet;
use zuora_wire::{Decimal, Json};

const ACCOUNT: &str = r#"{"name":"Hafenlicht","currency":"EUR","Region__c":"north",
    "billToContact":{"firstName":"Marit","lastName":"Berg","country":"Norway"},
    "paymentMethod":{"type":"CreditCard","cardNumber":"4111111111111111","cardType":"Visa","securityCode":"123"}}"#;

pub(crate) async fn account(api: &Api<'_>) -> (String, String) {
    let made = api.good("POST", "/v1/accounts", ACCOUNT).await;
    let told = |name: &str| text(&made, &[name]).to_owned();
    (told("accountId"), told("accountNumber"))
}

fn number(json: &Json, path: &[&str]) -> Decimal {
    match json.at(path) {
        Some(Json::Number(number)) => Decimal::try_from(number).unwrap(),
        Some(Json::String(text)) => text.parse().unwrap(),
        other => panic!("{path:?} is {other:?} in {json}"),
    }
}

#[tokio::test]
async fn an_account_is_the_same_through_every_door() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, first) = account(&api).await;
    let (_, second) = account(&api).await;
    assert_eq!(
        (first.as_str(), second.as_str()),
        ("A00000001", "A00000002")
    );
    assert_eq!(id.len(), 32);

    for key in [&id, &first] {
        let read = api.good("GET", &format!("/v1/accounts/{key}"), "").await;
        assert_eq!(text(&read, &["basicInfo", "name"]), "Hafenlicht");
        assert_eq!(text(&read, &["basicInfo", "Region__c"]), "north");
        assert_eq!(text(&read, &["billToContact", "firstName"]), "Marit");
        assert_eq!(text(&read, &["soldToContact", "lastName"]), "Berg");
        assert_eq!(number(&read, &["metrics", "balance"]), Decimal::ZERO);
        assert!(!read.to_string().contains("4111111111111111"));
    }
    let crud = api
        .good("GET", &format!("/v1/object/account/{id}"), "")
        .await;
    assert_eq!(text(&crud, &["Name"]), "Hafenlicht");
    assert_eq!(text(&crud, &["Region__c"]), "north");

    let path = format!("/object-query/accounts/{first}?expand[]=billTo,paymentMethods");
    let query = api.good("GET", &path, "").await;
    assert_eq!(text(&query, &["name"]), "Hafenlicht");
    assert_eq!(text(&query, &["region__c"]), "north");
    assert_eq!(text(&query, &["billTo", "country"]), "Norway");
    let mask = text(&query, &["paymentMethods", "0", "creditCardMaskNumber"]);
    assert_eq!(mask, "************1111");

    let zoql = r#"{"queryString":"select Id, Name, Region__c from Account where AccountNumber = 'A00000001'"}"#;
    let zoql = api.good("POST", "/v1/action/query", zoql).await;
    assert_eq!(text(&zoql, &["records", "0", "Id"]), id);
    assert_eq!(text(&zoql, &["records", "0", "Region__c"]), "north");

    // Changes through the other doors.
    let change = r#"{"Notes":"by CRUD","Region__c":"south"}"#;
    api.good("PUT", &format!("/v1/object/account/{id}"), change)
        .await;
    let change = format!(
        r#"{{"type":"Account","objects":[{{"Id":"{id}","CrmId":"c-1","fieldsToNull":["Notes"]}}]}}"#
    );
    let outcome = api.good("POST", "/v1/action/update", &change).await;
    assert_eq!(outcome.at(&["0", "Success"]), Some(&Json::from(true)));
    let change =
        r#"{"name":"Hafenlicht GmbH","billToContact":{"firstName":"M.","lastName":"Berg"}}"#;
    api.good("PUT", &format!("/v1/accounts/{first}"), change)
        .await;
    let read = api.good("GET", &format!("/v1/accounts/{id}"), "").await;
    assert_eq!(text(&read, &["basicInfo", "name"]), "Hafenlicht GmbH");
    assert_eq!(text(&read, &["basicInfo", "crmId"]), "c-1");
    assert_eq!(text(&read, &["basicInfo", "notes"]), "");
    assert_eq!(text(&read, &["basicInfo", "Region__c"]), "south");
    assert_eq!(text(&read, &["billToContact", "firstName"]), "M.");

    // And gone through all of them.
    api.good("DELETE", &format!("/v1/accounts/{first}"), "")
        .await;
    let gone = api.call("GET", &format!("/v1/accounts/{id}"), "").await;
    assert_eq!(
        (gone.status().as_u16(), code(&gone)),
        (404, Some(50_000_040))
    );
    let gone = api
        .call("GET", &format!("/v1/object/account/{id}"), "")
        .await;
    assert_eq!(gone.status(), 404);
    assert_eq!(
        json(&gone).to_string(),
        r#"{"done":true,"records":[],"size":0}"#
    );
    let gone = api
        .call("GET", &format!("/object-query/accounts/{id}"), "")
        .await;
    assert_eq!(gone.status(), 404);
    assert!(json(&gone).get("success").is_none());
}

#[tokio::test]
async fn a_refused_request_changes_nothing() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, number_of) = account(&api).await;
    let body = format!(
        r#"{{"accountId":"{id}","invoiceDate":"2026-01-01","status":"Posted","invoiceItems":[{{"amount":10.10,"serviceStartDate":"2026-01-01"}}]}}"#
    );
    let invoice = api.good("POST", "/v1/invoices", &body).await;
    let invoice = text(&invoice, &["invoiceNumber"]).to_owned();
    assert_eq!(invoice, "INV00000001");
    // The payment would go through, its application would not.
    let body = format!(
        r#"{{"accountId":"{id}","amount":5,"currency":"EUR","type":"External","invoices":[{{"invoiceNumber":"{invoice}","amount":6}}]}}"#
    );
    let refused = api.call("POST", "/v1/payments", &body).await;
    assert_eq!(
        (refused.status().as_u16(), code(&refused)),
        (400, Some(50_000_030))
    );
    let payments = api.good("GET", "/v1/payments", "").await;
    assert_eq!(
        payments.get("payments").unwrap().as_array().unwrap().len(),
        0
    );
    let read = api
        .good("GET", &format!("/v1/accounts/{number_of}"), "")
        .await;
    assert_eq!(number(&read, &["metrics", "balance"]).to_string(), "10.10");
    // The next one has the first number.
    let body = body.replace(r#""amount":6"#, r#""amount":5"#);
    let paid = api.good("POST", "/v1/payments", &body).await;
    assert_eq!(text(&paid, &["number"]), "P-00000001");
    let read = api
        .good("GET", &format!("/v1/invoices/{invoice}"), "")
        .await;
    assert_eq!(number(&read, &["balance"]).to_string(), "5.10");

    // Of several objects each has an outcome of its own.
    let body = format!(
        r#"{{"type":"Contact","objects":[{{"AccountId":"{id}","FirstName":"a","LastName":"b"}},{{"AccountId":"nobody","FirstName":"a","LastName":"b"}}]}}"#
    );
    let outcomes = api.good("POST", "/v1/action/create", &body).await;
    assert_eq!(outcomes.at(&["0", "Success"]), Some(&Json::from(true)));
    assert_eq!(text(&outcomes, &["1", "Errors", "0", "Code"]), "INVALID_ID");
}

#[tokio::test]
async fn the_catalogue_is_kept() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let product = r#"{"Name":"Crane","Category":"Base Products","EffectiveStartDate":"2026-01-01","EffectiveEndDate":"2036-01-01","Weight__c":7.50}"#;
    let product = api.good("POST", "/v1/object/product", product).await;
    let product = text(&product, &["Id"]).to_owned();
    let plan = format!(r#"{{"Name":"Monthly","ProductId":"{product}"}}"#);
    let plan = api
        .good("POST", "/v1/object/product-rate-plan", &plan)
        .await;
    let plan = text(&plan, &["Id"]).to_owned();
    let charge = format!(
        r#"{{"Name":"Fee","ProductRatePlanId":"{plan}","BillCycleType":"DefaultFromCustomer","BillingPeriod":"Month","ChargeModel":"Flat Fee Pricing","ChargeType":"Recurring","TriggerEvent":"ContractEffective","UseDiscountSpecificAccountingCode":false,"ProductRatePlanChargeTierData":{{"ProductRatePlanChargeTier":[{{"Currency":"EUR","Price":19.90}}]}}}}"#
    );
    let charge = api
        .call("POST", "/v1/object/product-rate-plan-charge", &charge)
        .await;
    assert_eq!(charge.status(), 200, "{}", json(&charge));
    let read = api
        .good("GET", &format!("/v1/catalog/product/{product}"), "")
        .await;
    assert_eq!(text(&read, &["sku"]), "SKU-00000001");
    assert_eq!(read.get("Weight__c").unwrap().to_string(), "7.50");
    let path = format!(
        "/object-query/products/{product}?expand[]=productRatePlans.productRatePlanCharges"
    );
    let tree = api.good("GET", &path, "").await;
    let fee = [
        "productRatePlans",
        "0",
        "productRatePlanCharges",
        "0",
        "name",
    ];
    assert_eq!(text(&tree, &fee), "Fee");
    let kept = api
        .call("DELETE", &format!("/v1/object/product/{product}"), "")
        .await;
    assert_eq!(kept.status(), 400, "its plan depends on it");
}

#[tokio::test]
async fn object_query_filters_sorts_and_pages() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for place in 0..7 {
        let body = format!(
            r#"{{"Name":"n{place}","Currency":"EUR","BillCycleDay":{},"Status":"Active"}}"#,
            place + 1
        );
        api.good("POST", "/v1/object/account", &body).await;
    }
    let names = async |query: &str| {
        let page = api
            .good("GET", &format!("/object-query/accounts?{query}"), "")
            .await;
        let data = page.get("data").and_then(Json::as_array).unwrap().to_vec();
        let names: Vec<_> = data
            .iter()
            .map(|row| text(row, &["name"]).to_owned())
            .collect();
        (names.join(" "), text(&page, &["nextPage"]).to_owned())
    };
    assert_eq!(names("filter[]=billCycleDay.GE:6").await.0, "n5 n6");
    assert_eq!(
        names("filter[]=name.SW:N&filter[]=billCycleDay.LT:3")
            .await
            .0,
        "n0 n1"
    );
    assert_eq!(names("filter[]=name.IN:%5Bn1,n3%5D").await.0, "n1 n3");
    assert_eq!(
        names("filter[]=notes.EQ:null&sort[]=name.DESC&pageSize=2")
            .await
            .0,
        "n6 n5"
    );
    let (first, next) = names("pageSize=4").await;
    assert_eq!(first, "n0 n1 n2 n3");
    let (second, end) = names(&format!("pageSize=4&cursor={next}")).await;
    assert_eq!((second.as_str(), end.as_str()), ("n4 n5 n6", ""));
    let page = api
        .good("GET", "/object-query/accounts?fields[]=name&pageSize=1", "")
        .await;
    assert_eq!(
        page.at(&["data", "0"]).unwrap().to_string(),
        r#"{"name":"n0"}"#
    );
    for bad in [
        "filter[]=name",
        "filter[]=name.XX:1",
        "filter[]=name.IN:1",
        "expand[]=nothing",
        "expand[]=billTo.account.billTo.account",
        "sort[]=name.UP",
        "cursor=x",
        "pageSize=0",
    ] {
        let reply = api
            .call("GET", &format!("/object-query/accounts?{bad}"), "")
            .await;
        assert_eq!(
            (reply.status().as_u16(), code(&reply)),
            (400, Some(50_000_027)),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn zoql_has_its_grammar_and_no_more() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for place in 0..5 {
        let body = format!(
            r#"{{"Name":"O'Neil {place}","Currency":"EUR","BillCycleDay":{},"Status":"Active"}}"#,
            place + 1
        );
        api.good("POST", "/v1/object/account", &body).await;
    }
    let ask = async |query: &str, size: u32| {
        let body = Json::object([
            ("queryString", Json::from(query)),
            ("conf", Json::object([("batchSize", size)])),
        ]);
        api.call("POST", "/v1/action/query", &body.to_string())
            .await
    };
    for (condition, count) in [
        ("", 5),
        ("where BillCycleDay > 3", 2),
        ("where BillCycleDay >= 3 and BillCycleDay != 4", 2),
        (
            "where BillCycleDay = 1 or BillCycleDay = 2 and Name like '%1'",
            2,
        ),
        (r"where Name = 'O\'Neil 3'", 1),
        ("where Name like 'o\\'neil%'", 5),
        ("where Notes = null", 5),
        ("where Notes != null", 0),
        ("where AutoPay = false", 5),
        ("where AutoPay = 'FALSE'", 5),
        ("where CreatedDate < '2099-01-01'", 5),
        ("where CreatedDate < '2099-01-01 00:00:00'", 5),
        ("where CreatedDate < '2099-01-01T00:00:00.000-0800'", 5),
        ("where LastInvoiceDate < '2099-01-01'", 0),
        ("where Segment__c = 5 or Balance > '1E3'", 0),
        // What looks like an attempt to get out of the text is text.
        (r"where Name = 'x\' or Name like \'%'", 0),
    ] {
        let reply = ask(&format!("select Id, Name from Account {condition}"), 2000).await;
        assert_eq!(reply.status(), 200, "{condition}: {}", json(&reply));
        let size = json(&reply).get("size").unwrap().to_string();
        assert_eq!(size, count.to_string(), "{condition}");
    }
    // Fields in any case are answered under their own names.
    let reply = ask(
        "select accountnumber, NAME from account where billcycleday = 2",
        9,
    )
    .await;
    assert_eq!(
        json(&reply).get("records").unwrap().to_string(),
        r#"[{"AccountNumber":"A00000002","Name":"O'Neil 1"}]"#
    );
    for (query, code, message) in [
        (
            "select accountid1 from Invoice",
            "INVALID_FIELD",
            "invalid field for query: Invoice.accountid1",
        ),
        (
            "select Id from Invoice where zork = 1",
            "INVALID_FIELD",
            "invalid field for query: Invoice.zork",
        ),
        (
            "select Id from Account where CreatedDate > 'garbage'",
            "INVALID_VALUE",
            "invalid value for query: Account.CreatedDate: \"garbage\" is no datetime",
        ),
        (
            "select Id from Invoice where InvoiceDate = 'zz'",
            "INVALID_VALUE",
            "invalid value for query: Invoice.InvoiceDate: \"zz\" is no date",
        ),
        (
            "select Id from Account where Name = 'x' or BillCycleDay = 'x'",
            "INVALID_VALUE",
            "invalid value for query: Account.BillCycleDay: \"x\" is no integer",
        ),
        (
            "select Id from Account where autopay = 'zork'",
            "INVALID_VALUE",
            "invalid value for query: Account.AutoPay: \"zork\" is no boolean",
        ),
        // Objects that CRUD does not have, though they are kept.
        (
            "select Id from Order",
            "INVALID_TYPE",
            "invalid type for query: Order",
        ),
        (
            "select Id from orderlineitem where Id = 'x'",
            "INVALID_TYPE",
            "invalid type for query: orderlineitem",
        ),
        (
            "select Id from PaymentStatus",
            "INVALID_TYPE",
            "invalid type for query: PaymentStatus",
        ),
    ] {
        let reply = ask(query, 9).await;
        let fault = json(&reply);
        assert_eq!(reply.status(), 400, "{query}: {fault}");
        let told = (
            text(&fault, &["FaultCode"]),
            text(&fault, &["FaultMessage"]),
        );
        assert_eq!(told, (code, message), "{query}");
    }
    for (query, word) in [
        ("", "MALFORMED_QUERY"),
        ("select * from Account", "MALFORMED_QUERY"),
        ("select Id Account", "MALFORMED_QUERY"),
        ("select Id from", "MALFORMED_QUERY"),
        ("select Id, from Account", "MALFORMED_QUERY"),
        ("select Id from Account where", "MALFORMED_QUERY"),
        ("select Id from Account where Name", "MALFORMED_QUERY"),
        ("select Id from Account where Name = x", "MALFORMED_QUERY"),
        ("select Id from Account where Name = 'x", "MALFORMED_QUERY"),
        (
            "select Id from Account where Name = 'x';",
            "MALFORMED_QUERY",
        ),
        (
            "select Id from Account where (Name = 'x')",
            "MALFORMED_QUERY",
        ),
        (
            "select Id from Account where Name in ('x')",
            "MALFORMED_QUERY",
        ),
        (
            "select Id from Account where Name like 'a%b'",
            "MALFORMED_QUERY",
        ),
        (
            "select Id from Account where Name < null",
            "MALFORMED_QUERY",
        ),
        (
            "select Id from Account where Name = 'x' order by Name",
            "MALFORMED_QUERY",
        ),
        ("select Id from Account limit 3", "MALFORMED_QUERY"),
        ("select count(Id) from Account", "MALFORMED_QUERY"),
        ("select Id, Contact.Name from Account", "MALFORMED_QUERY"),
        ("select Nothing from Account", "INVALID_FIELD"),
        ("select Id from Account where Nothing = 1", "INVALID_FIELD"),
        ("select Id from Nothing", "INVALID_TYPE"),
    ] {
        let reply = ask(query, 10).await;
        assert_eq!(reply.status(), 400, "{query}");
        assert_eq!(text(&json(&reply), &["FaultCode"]), word, "{query}");
    }
    let many = vec!["Name = 'x'"; 201].join(" or ");
    let reply = ask(&format!("select Id from Account where {many}"), 10).await;
    assert_eq!(reply.status(), 400);

    let mut page = json(&ask("select Name from Account", 2).await);
    let mut sizes = Vec::new();
    loop {
        sizes.push(page.get("records").unwrap().as_array().unwrap().len());
        if page.get("done") == Some(&Json::from(true)) {
            break;
        }
        let more = Json::object([("queryLocator", text(&page, &["queryLocator"]))]).to_string();
        page = api.good("POST", "/v1/action/queryMore", &more).await;
    }
    assert_eq!(sizes, [2, 2, 1]);
    let page = json(&ask("select Name from Account", 2).await);
    sim.clock().advance(seconds(15 * 60));
    let more = Json::object([("queryLocator", text(&page, &["queryLocator"]))]).to_string();
    let late = api.call("POST", "/v1/action/queryMore", &more).await;
    assert_eq!(late.status(), 400);
}

#[tokio::test]
async fn data_is_saved_restored_and_reset() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, _) = account(&api).await;
    let saved = sim.snapshot();
    account(&api).await;
    sim.restore(&saved).unwrap();
    assert_eq!(sim.snapshot(), saved);
    let (_, second) = account(&api).await;
    assert_eq!(second, "A00000002");

    // Over HTTP as well.
    let tables = api.call("GET", "/_sim/tables", "").await;
    assert_eq!(json(&tables).get("Account"), Some(&Json::from(2)));
    assert_eq!(
        api.call("POST", "/_sim/restore", &saved).await.status(),
        200
    );
    let tables = api.call("GET", "/_sim/tables", "").await;
    assert_eq!(json(&tables).get("Account"), Some(&Json::from(1)));
    let snapshot = api.call("GET", "/_sim/snapshot", "").await;
    assert_eq!(snapshot.body(), saved.as_bytes());
    let body = r#"{"name":"renamed"}"#;
    api.good("PUT", &format!("/v1/accounts/{id}"), body).await;
    let events = json(&api.call("GET", "/_sim/events", "").await);
    let last = events
        .get("events")
        .and_then(Json::as_array)
        .unwrap()
        .last();
    assert_eq!(text(last.unwrap(), &["what"]), "changed");
    let coverage = sim.coverage();
    assert!(coverage.has("createAccount") && !coverage.has("getInvoice"));

    let begun = zuora_sim::Simulator::builder().data(&saved).unwrap();
    let begun = begun.build().unwrap();
    assert_eq!(begun.snapshot(), saved);
    begun.restore(r#"{"records":{}}"#).unwrap();
    begun.reset();
    assert_eq!(begun.snapshot(), saved);

    for (document, line, what) in [
        ("{\n\"records\":\n}", "line 3", "JSON"),
        (
            "{\"records\":{\n\"Account\":[{\"name\":\"x}]\n}}",
            "line 2",
            "JSON",
        ),
        ("{\n\"format\":2,\"records\":{}}", "line 2", "version"),
        ("{\"records\":{\n\n\"Nothing\":[]}}", "line 3", "Nothing"),
        ("{\"records\":{\n\"Account\":{}}}", "line 2", "array"),
        ("{\"records\":{\n\"Account\":[1]}}", "line 2", "object"),
        (
            "{\"records\":{\"Contact\":[\n{\"accountId\":\"a-1\"}]}}",
            "line 2",
            "accountId",
        ),
    ] {
        let refused = sim.restore(document).unwrap_err().to_string();
        assert!(
            refused.contains(line) && refused.contains(what),
            "{refused}"
        );
    }
    assert_eq!(sim.snapshot().matches("renamed").count(), 1);
}

#[tokio::test]
async fn the_demo_tenant_has_a_year_of_invoices_that_add_up() {
    let clock = zuora_sim::VirtualClock::frozen_at(START + seconds(1_767_225_600));
    let sim = zuora_sim::Simulator::builder().clock(clock).seed(19).demo();
    let sim = sim.build().unwrap();
    let api = Api::new(&sim).await;
    let tables = json(&api.call("GET", "/_sim/tables", "").await);
    for (kind, count) in [("Account", 50), ("Invoice", 600), ("ProductRatePlan", 4)] {
        assert_eq!(tables.get(kind), Some(&Json::from(count)), "{kind}");
    }
    let mut owed = 0;
    for place in 1..=50 {
        let account = format!("/object-query/accounts/A{place:08}?pageSize=50&expand[]=invoices");
        let account = api.good("GET", &account, "").await;
        let invoices = account.get("invoices").and_then(Json::as_array).unwrap();
        assert_eq!(invoices.len(), 12);
        let open: Vec<_> = invoices
            .iter()
            .map(|row| number(row, &["balance"]))
            .collect();
        let open = Decimal::checked_sum(&open).unwrap();
        assert_eq!(number(&account, &["balance"]), open);
        owed += u32::from(!open.is_zero());
    }
    assert!((10..30).contains(&owed), "{owed}");
    let saved = sim.snapshot();
    api.good("PUT", "/v1/accounts/A00000001", r#"{"notes":"x"}"#)
        .await;
    let held = token(&sim).await;
    // The clock goes on; the data is that of the start, its days among it.
    sim.clock().advance(seconds(40 * 86_400));
    sim.reset();
    assert_eq!(sim.snapshot(), saved);
    let today = sim.clock().wall().duration_since(START).unwrap();
    assert_eq!(today, seconds(1_767_225_600 + 40 * 86_400));
    // What is created next has the id that it had before, and no token comes again.
    let mut created = Vec::new();
    for _ in 0..2 {
        let next = token(&sim).await;
        assert_ne!(next, held);
        let api = Api::new(&sim).await;
        api.call("GET", "/v1/nothing", "").await;
        let product =
            r#"{"Name":"Crane","EffectiveStartDate":"2026-01-01","EffectiveEndDate":"2027-01-01"}"#;
        let made = api.good("POST", "/v1/object/product", product).await;
        created.push(text(&made, &["Id"]).to_owned());
        sim.reset();
        assert_eq!(account_status(&sim, &next).await, 401);
    }
    assert_eq!(created[0], created[1]);
    // Data that has the id already keeps it for itself.
    let api = Api::new(&sim).await;
    let product =
        r#"{"Name":"Crane","EffectiveStartDate":"2026-01-01","EffectiveEndDate":"2027-01-01"}"#;
    api.good("POST", "/v1/object/product", product).await;
    let begun = zuora_sim::Simulator::builder()
        .seed(19)
        .data(&sim.snapshot());
    let begun = begun.unwrap().build().unwrap();
    let api = Api::new(&begun).await;
    let count = count_of(&begun, "Product");
    for made in 1..20 {
        api.good("POST", "/v1/object/product", product).await;
        assert_eq!(count_of(&begun, "Product"), count + made);
    }
    let all = api
        .good("GET", "/object-query/products?pageSize=50", "")
        .await;
    let rows = all.get("data").and_then(Json::as_array).unwrap();
    let ids: BTreeSet<&str> = rows.iter().map(|row| text(row, &["id"])).collect();
    assert_eq!(ids.len(), rows.len());
    assert_eq!(created[0].len(), 32);
}
