//! Orders, subscriptions in versions, usage.

use crate::support::*;
use http::Request;
use zuora_sim::Simulator;
use zuora_wire::Json;

/// A tenant with an account and two rate plans; the ids of these.
pub(crate) async fn prepared(api: &Api<'_>) -> [String; 2] {
    let account =
        r#"{"name":"n","currency":"EUR","billToContact":{"firstName":"a","lastName":"b"}}"#;
    api.good("POST", "/v1/accounts", account).await;
    let product =
        r#"{"Name":"Crane","EffectiveStartDate":"2020-01-01","EffectiveEndDate":"2040-01-01"}"#;
    let product = api.good("POST", "/v1/object/product", product).await;
    let product = text(&product, &["Id"]).to_owned();
    let mut plans = Vec::new();
    for (name, model, price) in [
        ("Basic", "Flat Fee Pricing", "10.50"),
        ("Seats", "Per Unit Pricing", "3.25"),
    ] {
        let plan = format!(r#"{{"Name":"{name}","ProductId":"{product}"}}"#);
        let plan = api
            .good("POST", "/v1/object/product-rate-plan", &plan)
            .await;
        let plan = text(&plan, &["Id"]).to_owned();
        let charge = format!(
            r#"{{"Name":"{name} fee","ProductRatePlanId":"{plan}","BillCycleType":"DefaultFromCustomer","BillingPeriod":"Month","ChargeModel":"{model}","ChargeType":"Recurring","TriggerEvent":"ContractEffective","UseDiscountSpecificAccountingCode":false,"DefaultQuantity":2,"ProductRatePlanChargeTierData":{{"ProductRatePlanChargeTier":[{{"Currency":"EUR","Price":{price}}}]}}}}"#
        );
        api.good("POST", "/v1/object/product-rate-plan-charge", &charge)
            .await;
        plans.push(plan);
    }
    [plans.remove(0), plans.remove(0)]
}

pub(crate) async fn order(api: &Api<'_>, subscription: &str, action: &str) -> Json {
    let name = match subscription {
        "" => String::new(),
        name => format!(r#""subscriptionNumber":"{name}","#),
    };
    let body = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{{{name}"orderActions":[{action}]}}]}}"#
    );
    api.good("POST", "/v1/orders", &body).await
}

pub(crate) fn create(plan: &str) -> String {
    format!(
        r#"{{"type":"CreateSubscription","triggerDates":[{{"name":"ContractEffective","triggerDate":"2026-01-01"}}],"createSubscription":{{"terms":{{"autoRenew":true,"initialTerm":{{"period":12,"periodType":"Month","startDate":"2026-01-01","termType":"TERMED"}},"renewalTerms":[{{"period":1,"periodType":"Year"}}]}},"subscribeToRatePlans":[{{"productRatePlanId":"{plan}"}}]}}}}"#
    )
}

async fn read(api: &Api<'_>) -> Json {
    api.good("GET", "/v1/subscriptions/A-S00000001", "").await
}

#[tokio::test]
async fn orders_make_versions() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let made = order(&api, "", &create(&basic)).await;
    assert_eq!(text(&made, &["orderNumber"]), "O-00000001");
    assert_eq!(text(&made, &["subscriptionNumbers", "0"]), "A-S00000001");
    let first = read(&api).await;
    assert_eq!(text(&first, &["status"]), "Active");
    assert_eq!(text(&first, &["termEndDate"]), "2027-01-01");
    assert_eq!(first.get("contractedMrr").unwrap().to_string(), "10.50");

    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    let second = read(&api).await;
    assert_eq!(second.get("version").unwrap().to_string(), "2");
    assert_eq!(second.get("contractedMrr").unwrap().to_string(), "17.00");
    assert_eq!(
        second.get("ratePlans").unwrap().as_array().unwrap().len(),
        2
    );

    let plan = text(&second, &["ratePlans", "1", "id"]).to_owned();
    let charge = text(
        &second,
        &["ratePlans", "1", "ratePlanCharges", "0", "number"],
    )
    .to_owned();
    let update = format!(
        r#"{{"type":"UpdateProduct","updateProduct":{{"ratePlanId":"{plan}","chargeUpdates":[{{"chargeNumber":"{charge}","pricing":{{"recurringPerUnit":{{"quantity":5}}}}}}]}}}}"#
    );
    order(&api, "A-S00000001", &update).await;
    assert_eq!(
        read(&api).await.get("contractedMrr").unwrap().to_string(),
        "26.75"
    );
    // The id of the plan's older version still means the plan.
    let remove = format!(r#"{{"type":"RemoveProduct","removeProduct":{{"ratePlanId":"{plan}"}}}}"#);
    order(&api, "A-S00000001", &remove).await;
    assert_eq!(
        read(&api).await.get("contractedMrr").unwrap().to_string(),
        "10.50"
    );

    for (action, member, value) in [
        (
            r#"{"type":"RenewSubscription","renewSubscription":{}}"#,
            "termEndDate",
            "2028-01-01",
        ),
        (
            r#"{"type":"Suspend","suspend":{"suspendPolicy":"Today"}}"#,
            "status",
            "Suspended",
        ),
        (
            r#"{"type":"Resume","resume":{"resumePolicy":"Today"}}"#,
            "status",
            "Active",
        ),
        (
            r#"{"type":"TermsAndConditions","termsAndConditions":{"lastTerm":{"termType":"EVERGREEN"}}}"#,
            "termType",
            "EVERGREEN",
        ),
        (
            r#"{"type":"CancelSubscription","cancelSubscription":{"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"2026-06-01"}}"#,
            "subscriptionEndDate",
            "2026-06-01",
        ),
    ] {
        order(&api, "A-S00000001", action).await;
        assert_eq!(text(&read(&api).await, &[member]), value, "{action}");
    }
    let last = read(&api).await;
    assert_eq!(text(&last, &["status"]), "Cancelled");
    assert_eq!(last.get("version").unwrap().to_string(), "9");
    let third = api
        .good("GET", "/v1/subscriptions/A-S00000001/versions/3", "")
        .await;
    assert_eq!(third.get("contractedMrr").unwrap().to_string(), "26.75");
    let of_account = "/v1/subscriptions/accounts/A00000001";
    let of_account = api.good("GET", of_account, "").await;
    assert_eq!(
        of_account
            .get("subscriptions")
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let order = api.good("GET", "/v1/orders/O-00000004", "").await;
    assert_eq!(
        order.at(&["order", "subscriptions", "0", "newVersion"]),
        Some(&Json::from(4))
    );
    let orders = api.good("GET", "/v1/orders?pageSize=5&page=2", "").await;
    assert_eq!(orders.get("orders").unwrap().as_array().unwrap().len(), 4);
    let actions = "/object-query/orders/O-00000002?expand[]=orderActions";
    let actions = api.good("GET", actions, "").await;
    assert_eq!(text(&actions, &["orderActions", "0", "type"]), "AddProduct");
    // A cancelled one is not changed any more, and the order leaves no trace.
    let body = r#"{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","subscriptions":[{"subscriptionNumber":"A-S00000001","orderActions":[{"type":"RenewSubscription"}]}]}"#;
    assert_eq!(api.call("POST", "/v1/orders", body).await.status(), 400);
    assert_eq!(
        api.call("GET", "/v1/orders/O-00000010", "").await.status(),
        404
    );
}

#[tokio::test]
async fn subscriptions_have_their_own_door() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let body = format!(
        r#"{{"accountKey":"A00000001","contractEffectiveDate":"2026-01-01","termType":"TERMED","initialTerm":6,"renewalTerm":6,"Zone__c":"z","subscribeToRatePlans":[{{"productRatePlanId":"{basic}","chargeOverrides":[]}}]}}"#
    );
    let made = api.good("POST", "/v1/subscriptions", &body).await;
    assert_eq!(text(&made, &["subscriptionNumber"]), "A-S00000001");
    let first = read(&api).await;
    assert_eq!(text(&first, &["termEndDate"]), "2026-07-01");
    assert_eq!(text(&first, &["Zone__c"]), "z");
    let change = format!(
        r#"{{"notes":"more","add":[{{"productRatePlanId":"{seats}","contractEffectiveDate":"2026-02-01"}}]}}"#
    );
    let path = "/v1/subscriptions/A-S00000001";
    api.good("PUT", path, &change).await;
    assert_eq!(text(&read(&api).await, &["notes"]), "more");
    api.good("PUT", &format!("{path}/renew"), "{}").await;
    assert_eq!(text(&read(&api).await, &["termEndDate"]), "2027-01-01");
    api.good(
        "PUT",
        &format!("{path}/suspend"),
        r#"{"suspendPolicy":"Today"}"#,
    )
    .await;
    api.good(
        "PUT",
        &format!("{path}/resume"),
        r#"{"resumePolicy":"Today"}"#,
    )
    .await;
    let twice = api
        .call(
            "PUT",
            &format!("{path}/resume"),
            r#"{"resumePolicy":"Today"}"#,
        )
        .await;
    assert_eq!(twice.status(), 400);
    api.good(
        "PUT",
        &format!("{path}/cancel"),
        r#"{"cancellationPolicy":"EndOfCurrentTerm"}"#,
    )
    .await;
    let last = read(&api).await;
    assert_eq!(text(&last, &["status"]), "Cancelled");
    assert_eq!(last.get("version").unwrap().to_string(), "6");
    let wrong = body.replace("TERMED", "FOREVER");
    assert_eq!(
        api.call("POST", "/v1/subscriptions", &wrong).await.status(),
        200
    );
}

async fn upload(
    sim: &Simulator,
    token: &str,
    name: &str,
    csv: impl AsRef<[u8]>,
) -> http::Response<bytes::Bytes> {
    let head = format!(
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    );
    let body = [head.as_bytes(), csv.as_ref(), b"\r\n--x--\r\n"].concat();
    let request = Request::post(format!("{}/v1/usage", sim.base_url()))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body.into());
    send(sim, request.unwrap()).await.unwrap()
}

#[tokio::test]
async fn usage_comes_one_by_one_and_in_files() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let one = r#"{"AccountNumber":"A00000001","UOM":"GB","Quantity":1.5,"StartDateTime":"2026-01-01T00:00:00Z"}"#;
    api.good("POST", "/v1/object/usage", one).await;
    let token = token(&sim).await;
    let head = "ACCOUNT_ID,UOM,QTY,STARTDATE,DESCRIPTION\n";
    let good = format!(
        "{head}A00000001,GB,2.125,02/28/2026,\"a, \"\"b\"\"\"\nA00000001,GB,3,03/01/2026,\n"
    );
    let reply = upload(&sim, &token, "u.csv", &good).await;
    assert_eq!(reply.status(), 200, "{reply:?}");
    let told = json(&reply);
    assert_eq!(told.get("success"), Some(&Json::from(true)));
    assert_eq!(told.get("size"), Some(&Json::from(good.len())));
    assert_eq!(sim.uploads().len(), 1);
    let status = text(&told, &["checkImportStatus"]);
    let status = status.strip_prefix(sim.base_url()).unwrap();
    for (after, known, count) in [(0, "Pending", 1), (1, "Processing", 1), (1, "Completed", 3)] {
        sim.clock().advance(seconds(after));
        let told = api.good("GET", status, "").await;
        assert_eq!(text(&told, &["importStatus"]), known);
        let usage = api.good("GET", "/v1/usage/accounts/A00000001", "").await;
        assert_eq!(usage.get("usage").unwrap().as_array().unwrap().len(), count);
    }
    let zoql =
        r#"{"queryString":"select Quantity, Description from Usage where Quantity = 2.125"}"#;
    let zoql = api.good("POST", "/v1/action/query", zoql).await;
    assert_eq!(text(&zoql, &["records", "0", "Description"]), r#"a, "b""#);
    // All or nothing.
    for (bad, rule) in [
        (
            format!("{head}A00000001,GB,1,01/01/2026,\nnobody,GB,1,01/01/2026,\n"),
            "line 3: Cannot find entity by key: 'nobody'",
        ),
        (format!("{head}A00000001,GB,1,2026-01-01,\n"), "MM/DD/YYYY"),
        (format!("{head}A00000001,GB,1,13/01/2026,\n"), "MM/DD/YYYY"),
        (
            format!("{head}A00000001,GB,many,01/01/2026,\n"),
            "line 2: QTY",
        ),
        (
            format!("{head}A00000001,GB,1e400,01/01/2026,\n"),
            "line 2: QTY must have at most 15 digits",
        ),
        (
            format!("{head}A00000001,G\0B,1,01/01/2026,\n"),
            "line 2: UOM: characters of four bytes",
        ),
        (
            format!("{head}A00000001,GB,,01/01/2026,\n"),
            "QTY is missing",
        ),
        (
            format!("{head}A00000001,GB,1,03/01/2026 09:30,\n"),
            "line 2: a date is not MM/DD/YYYY",
        ),
        (
            format!("{head}A00000001,GB,1,01/01/2026,\nA00000001,GB,1\n"),
            "line 3: it has 3 cells, and the header has 5",
        ),
        (
            format!("{head}A00000001,GB,1,01/01/2026,,,\n"),
            "line 2: it has 7 cells",
        ),
        (
            format!("{head}A00000001,GB,1,01/01/2026,\"a\nb\"\nA00000001,GB,1,01/01/2026,\"a\n"),
            "line 4: a quote is never closed",
        ),
        (
            format!("{head}A00000001,,1,01/01/2026,\n"),
            "line 2: UOM is missing",
        ),
        (
            "ACCOUNT_ID,UOM,QTY,STARTDATE,ENDDATE\nA00000001,GB,1,01/02/2026,01/01/2026\n"
                .to_owned(),
            "line 2: ENDDATE is before STARTDATE",
        ),
        ("UOM,QTY\nGB,1\n".to_owned(), "ACCOUNT_ID"),
        (String::new(), "ACCOUNT_ID"),
    ] {
        let reply = upload(&sim, &token, "u.csv", &bad).await;
        assert_eq!(reply.status(), 200, "{bad}: {reply:?}");
        let told = json(&reply);
        let status = text(&told, &["checkImportStatus"]);
        let status = status.strip_prefix(sim.base_url()).unwrap();
        sim.clock().advance(seconds(2));
        let told = api.good("GET", status, "").await;
        assert_eq!(text(&told, &["importStatus"]), "Failed", "{bad}");
        assert!(text(&told, &["message"]).contains(rule), "{told}");
    }
    let latin = [head.as_bytes(), b"A00000001,GB,1,01/01/2026,caf\xe9\n"].concat();
    let reply = upload(&sim, &token, "u.csv", &latin).await;
    assert_eq!(reply.status(), 400, "{reply:?}");
    assert!(text(&json(&reply), &["reasons", "0", "message"]).contains("UTF-8"));
    let no_form = api.call("POST", "/v1/usage", "{}").await;
    assert_eq!(
        (no_form.status().as_u16(), code(&no_form)),
        (415, Some(50_000_045))
    );
    let missing = api.call("GET", "/v1/usage/none/status", "").await;
    assert_eq!(missing.status(), 404);
    assert_eq!(upload(&sim, &token, "u.txt", &good).await.status(), 400);
    let usage = api.good("GET", "/v1/usage/accounts/A00000001", "").await;
    assert_eq!(usage.get("usage").unwrap().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_usage_file_may_have_4_mb_and_no_more() {
    const MOST: usize = 4 * 1024 * 1024;
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let token = token(&sim).await;
    let mut file =
        "ACCOUNT_ID,UOM,QTY,STARTDATE,DESCRIPTION\nA00000001,GB,3,03/01/2026,".to_owned();
    file.extend(std::iter::repeat_n('x', MOST - file.len()));
    let reply = upload(&sim, &token, "u.csv", &file).await;
    assert_eq!(reply.status(), 200, "{reply:?}");
    assert_eq!(json(&reply).get("size"), Some(&Json::from(MOST)));
    sim.clock().advance(seconds(2));
    let usage = api.good("GET", "/v1/usage/accounts/A00000001", "").await;
    assert_eq!(
        text(&usage, &["usage", "0", "startDateTime"]),
        "2026-03-01T00:00:00Z"
    );
    file.push('x');
    let reply = upload(&sim, &token, "u.csv", &file).await;
    assert_eq!(reply.status(), 400, "{reply:?}");
    let told = json(&reply);
    let rule = "The file has 4194305 bytes, more than 4194304";
    assert_eq!(text(&told, &["reasons", "0", "message"]), rule);
    assert_eq!(sim.uploads().len(), 1);
}

#[tokio::test]
async fn imports_are_objects_too() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    prepared(&api).await;
    let token = token(&sim).await;
    let import = async |ty: &str| {
        let fields = [("ImportType", ty), ("Name", "march")];
        let fields: String = fields
            .iter()
            .map(|(name, value)| {
                format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            })
            .collect();
        let body = format!(
            "{fields}--x\r\ncontent-disposition: form-data; name=\"File\"; filename=\"u.csv\"\r\n\r\nACCOUNT_ID,UOM,QTY,STARTDATE\nA00000001,GB,2,03/01/2026\n\r\n--x--\r\n"
        );
        let request = Request::post(format!("{}/v1/object/import", sim.base_url()))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "multipart/form-data; boundary=x")
            .body(body.into());
        let reply = send(&sim, request.unwrap()).await.unwrap();
        assert_eq!(reply.status(), 200, "{reply:?}");
        text(&json(&reply), &["Id"]).to_owned()
    };
    let (usage, other) = (import("Usage").await, import("Payment").await);
    let path = format!("/v1/object/import/{usage}");
    assert_eq!(
        text(&api.good("GET", &path, "").await, &["Status"]),
        "Pending"
    );
    sim.clock().advance(seconds(2));
    let told = api.good("GET", &path, "").await;
    assert_eq!(text(&told, &["Status"]), "Completed");
    assert_eq!(text(&told, &["Name"]), "march");
    assert_eq!(told.get("ImportedCount"), Some(&Json::from(1)));
    let told = api
        .good("GET", &format!("/v1/object/import/{other}"), "")
        .await;
    assert_eq!(text(&told, &["Status"]), "Failed");
    assert!(text(&told, &["StatusReason"]).contains("Payment"), "{told}");
    assert_eq!(
        api.call("GET", "/v1/object/import/none", "").await.status(),
        404
    );
}

#[tokio::test]
async fn a_longer_file_than_is_read_is_taken_and_says_so() {
    let sim = tenant();
    sim.set_usage_limit(8 * 1024 * 1024);
    let api = Api::new(&sim).await;
    let token = token(&sim).await;
    let file = "x".repeat(5 * 1024 * 1024);
    let reply = upload(&sim, &token, "u.csv", &file).await;
    let told = json(&reply);
    assert_eq!(told.get("size"), Some(&Json::from(file.len())), "{told}");
    sim.clock().advance(seconds(2));
    let status = text(&told, &["checkImportStatus"]);
    let status = status.strip_prefix(sim.base_url()).unwrap();
    let told = api.good("GET", status, "").await;
    assert_eq!(text(&told, &["importStatus"]), "Failed");
    assert!(text(&told, &["message"]).contains("at most"), "{told}");
}
