//! The pipeline of the API: shapes, versions, bodies, service times, switches.

use crate::support::*;
use bytes::Bytes;
use http::Request;
use std::io::Write as _;
use zuora_sim::{ErrorShape, Fault, FaultBody, Simulator};
use zuora_wire::Json;

#[tokio::test]
async fn an_order_is_read_back_and_deleted_once() {
    let sim = frozen().tenant_version("2025-08-12").build().unwrap();
    let api = Api::new(&sim).await;
    let mine = r#"{"orderNumber":"O-mine","customFields":{"Rate__c":1.10},"#;
    let body = ORDER.replacen('{', mine, 1);
    let made = api.marked("/v1/orders", "k", "x", &body).await;
    assert_eq!(made.status(), 200, "{made:?}");
    let taken = api.call("POST", "/v1/orders", &body).await;
    assert_eq!(
        (taken.status().as_u16(), code(&taken)),
        (400, Some(50_000_030))
    );
    let read = api.call("GET", "/v1/orders/O-mine", "").await;
    assert_eq!(
        json(&read)
            .at(&["order", "customFields", "Rate__c"])
            .unwrap()
            .to_string(),
        "1.10"
    );
    let mut delete = api.request("DELETE", "/v1/orders/O-mine", None, "");
    delete
        .headers_mut()
        .insert("zuora-sim-marker", "del".parse().unwrap());
    for status in [200, 404] {
        let mut again = Request::new(Bytes::new());
        *again.method_mut() = delete.method().clone();
        *again.uri_mut() = delete.uri().clone();
        *again.headers_mut() = delete.headers().clone();
        assert_eq!(send(&sim, again).await.unwrap().status(), status);
    }
    assert_eq!((sim.executions_of("x"), sim.executions_of("del")), (1, 1));
    sim.set_tenant_version(None);
    let old = api.call("DELETE", "/v1/orders/O-mine", "").await;
    assert_eq!((old.status().as_u16(), code(&old)), (200, Some(50_000_040)));
}

#[tokio::test]
async fn writes_without_a_json_body_are_unsupported_media() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let post = |content_type: Option<&str>, body: &str| {
        let mut request = api.request("PUT", "/v1/invoices/INV00000001", None, body);
        request.headers_mut().remove("content-type");
        if let Some(content_type) = content_type {
            request = with(request, "content-type", content_type);
        }
        request
    };
    for (content_type, body, status, expected) in [
        (None, "", 415, Some(50_000_045)),
        (Some("application/json"), "", 415, Some(50_000_045)),
        (Some("text/plain"), "{}", 415, Some(50_000_045)),
        (Some("application/json; charset=utf-8"), "{}", 200, None),
        (Some("application/json"), "{", 200, Some(50_000_090)),
    ] {
        let reply = send(&sim, post(content_type, body)).await.unwrap();
        assert_eq!(reply.status(), status, "{content_type:?} {body}");
        assert_eq!(code(&reply), expected, "{content_type:?} {body}");
    }
    assert_eq!(sim.executions().len(), 1);
}

#[tokio::test]
async fn each_part_of_the_api_refuses_in_its_own_shape() {
    let sim = frozen().crud_errors_in_200(true).build().unwrap();
    let api = Api::new(&sim).await;
    let cases = [
        (
            "POST",
            "/v1/object/payment",
            r#"{"message":"Authentication error"}"#,
        ),
        (
            "POST",
            "/v1/action/query",
            r#"{"message":"Authentication error"}"#,
        ),
        (
            "GET",
            "/object-query/accounts",
            r#"{"reasons":[{"code":90000011,"message":"Authentication error"}],"requestId":"#,
        ),
        ("GET", "/workflows", r#"{"message":"Authentication error"}"#),
        (
            "GET",
            "/meters/1/auditTrail/entries",
            r#"{"success":false,"data":null,"error":{"code":"70002006","#,
        ),
        ("GET", "/v2/accounts", r#"{"type":"unauthorized","#),
        ("GET", "/v1/files/f", r#"{"success":false,"processId":"#),
    ];
    for (method, path, start) in cases {
        let mut request = api.request(method, path, None, "{}");
        request.headers_mut().remove("authorization");
        let reply = send(&sim, request).await.unwrap();
        assert_eq!(reply.status(), 401, "{path}");
        let body = json(&reply).to_string();
        assert!(body.starts_with(start), "{path}: {body}");
        let has_challenge = header(&reply, "www-authenticate").is_some();
        assert_eq!(
            has_challenge,
            path.contains("object/") || path.contains("action"),
            "{path}"
        );
    }
    let crud = api.call("POST", "/v1/object/payment", "[]").await;
    assert_eq!(crud.status(), 200);
    sim.set_crud_errors_in_200(false);
    let crud = api.call("POST", "/v1/object/payment", "[]").await;
    assert_eq!(crud.status(), 400);
    assert!(json(&crud).at(&["Errors", "0", "Code"]).is_some());
    let fault = api
        .call("POST", "/v1/action/query", r#"{"queryString":"SELECT 1"}"#)
        .await;
    assert_eq!(fault.status(), 400);
    assert_eq!(text(&json(&fault), &["FaultCode"]), "MALFORMED_QUERY");
    for path in ["/v1/batch-query/", "/v1/batch-query"] {
        let empty = api.call("POST", path, r#"{"partner":"x"}"#).await;
        assert_eq!(empty.status(), 200);
        assert_eq!(text(&json(&empty), &["errorCode"]), "90016");
    }
}

#[tokio::test]
async fn every_shape_is_answered_on_demand() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let mut bodies = std::collections::BTreeSet::new();
    for shape in ErrorShape::all() {
        let body = FaultBody::shaped(shape, "INVALID_VALUE", "no good");
        sim.inject(Fault::on("getAccount").status(400).body(body).times(1))
            .unwrap();
        let reply = api.call("GET", "/v1/accounts/A00000001", "").await;
        assert_eq!(reply.status(), 400, "{shape:?}");
        let is_xml = header(&reply, "content-type")
            .unwrap()
            .starts_with("text/xml");
        let is_text = matches!(shape, ErrorShape::FileTooBig | ErrorShape::DescribeXml);
        assert_eq!(is_xml, is_text, "{shape:?}");
        if !is_text {
            json(&reply);
        }
        assert!(
            bodies.insert(reply.into_body()),
            "{shape:?} looks like another"
        );
        // The same by name.
        let fault = format!(
            r#"{{"on":"getAccount","times":1,"body":{{"family":"{}","code":1,"message":"m"}}}}"#,
            shape.name()
        );
        let added = api.call("POST", "/_sim/faults", &fault).await;
        assert_eq!(
            added.status(),
            if shape == ErrorShape::Message {
                400
            } else {
                200
            },
            "{shape:?}"
        );
        sim.clear_faults();
    }
    for (body, status, start) in [
        (FaultBody::Concurrency, 429, r#"{"success":false"#),
        (
            FaultBody::RateLimitWindow {
                window: "day".to_owned(),
                seconds: 9,
            },
            429,
            r#"{"reasons":[{"code":70,"message":"API Rate limit exceeded for the day, retry after 9 seconds"}]}"#,
        ),
    ] {
        sim.inject(Fault::on("getAccount").status(status).body(body).times(1))
            .unwrap();
        let reply = api.call("GET", "/v1/accounts/A00000001", "").await;
        assert!(
            reply.body().starts_with(start.as_bytes()),
            "{:?}",
            reply.body()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_gateway_gives_up_and_the_work_is_done() {
    let sim = frozen()
        .service_time("createOrder", seconds(121))
        .build()
        .unwrap();
    let clock = sim.clock().clone();
    clock
        .drive(async {
            let api = Api::new(&sim).await;
            let reply = api.marked("/v1/orders", "k", "m", ORDER).await;
            assert_eq!(reply.status(), 504);
            assert!(
                header(&reply, "content-type")
                    .unwrap()
                    .starts_with("text/html")
            );
            assert_eq!(clock.wall(), START + seconds(120));
            assert_eq!(sim.executions_of("m"), 1);
            // Not over yet, then over.
            let status = async || api.marked("/v1/orders", "k", "m", ORDER).await.status();
            assert_eq!(status().await, 409);
            clock.advance(seconds(1));
            assert_eq!(status().await, 200);
            sim.set_cut_off(None);
            assert_eq!(api.call("POST", "/v1/orders", ORDER).await.status(), 200);
            assert_eq!(clock.wall(), START + seconds(242));
            assert!(sim.set_service_time("nothing", seconds(1)).is_err());
        })
        .await;
    assert!(
        frozen()
            .service_time("nothing", seconds(1))
            .build()
            .is_err()
    );
}

#[tokio::test]
async fn bodies_are_compressed_both_ways() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let get = |encoding: &'static str| {
        with(
            api.request("GET", "/v1/accounts/A00000001", None, ""),
            "accept-encoding",
            encoding,
        )
    };
    let plain = send(&sim, get("br, gzip;q=0")).await.unwrap();
    assert_eq!(header(&plain, "content-encoding"), None);
    let small = send(&sim, get("deflate, gzip")).await.unwrap();
    assert_eq!(header(&small, "content-encoding"), Some("gzip"));
    assert_eq!(
        header(&small, "content-length"),
        Some(small.body().len().to_string().as_str())
    );
    assert!(small.body().len() < plain.body().len());
    assert_eq!(gunzip(small.body()), plain.body()[..]);
    assert_eq!(sim.journal().last().unwrap().reply_body, plain.body());
    let short = with(
        api.request("GET", "/v1/orders/none", None, ""),
        "accept-encoding",
        "gzip",
    );
    assert_eq!(
        header(&send(&sim, short).await.unwrap(), "content-encoding"),
        None
    );
    sim.set_gzip(false);
    assert_eq!(
        header(&send(&sim, get("gzip")).await.unwrap(), "content-encoding"),
        None
    );

    let order = |encoding: &'static str, body: Vec<u8>| {
        let mut request = with(
            api.request("POST", "/v1/orders", None, "{}"),
            "content-encoding",
            encoding,
        );
        *request.body_mut() = body.into();
        request
    };
    let good = gzip(ORDER.as_bytes());
    let request = with(order("gzip", good.clone()), "zuora-sim-marker", "zipped");
    let reply = send(&sim, request).await.unwrap();
    assert_eq!(json(&reply).get("success"), Some(&Json::from(true)));
    assert_eq!(sim.executions_of("zipped"), 1);
    let half = good[..good.len() / 2].to_vec();
    let bomb = gzip(&vec![b' '; 130 << 20]);
    for (encoding, body, status) in [
        ("gzip", b"{}".to_vec(), 400),
        ("gzip", half, 400),
        ("br", b"{}".to_vec(), 415),
        ("identity", ORDER.as_bytes().to_vec(), 200),
        ("gzip", bomb, 413),
    ] {
        assert_eq!(
            send(&sim, order(encoding, body)).await.unwrap().status(),
            status,
            "{encoding}"
        );
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = flate2::write::GzDecoder::new(Vec::new());
    decoder.write_all(bytes).unwrap();
    decoder.finish().unwrap()
}

#[tokio::test]
async fn the_switches_are_there_over_http() {
    let sim = frozen().start().await.unwrap();
    for (path, body) in [
        (
            "limits",
            r#"{"profile":"api-sandbox","perMinute":3,"concurrencyDefault":2,"windowKind":"sliding","rateRetryAfter":true,"sampleSeconds":0,"headers":true,"hangUpEndsCall":false}"#,
        ),
        (
            "idempotency",
            r#"{"keepUnauthorized":true,"keepRateLimited":true,"otherPayloadStatus":400,"inFlightCode":50000050}"#,
        ),
        (
            "connections",
            r#"{"closeAfter":100,"closeOnReuse":100,"idleSeconds":9.5}"#,
        ),
        (
            "service-time",
            r#"{"operation":"createOrder","seconds":0.5}"#,
        ),
        (
            "behaviour",
            r#"{"cutOffSeconds":null,"tenantVersion":"2025-08-12","crudErrorsIn200":true,"gzip":false,"linkBase":"https://rest.zuora.com","usageLimit":1,"fileLimit":2}"#,
        ),
        (
            "behaviour",
            r#"{"cutOffSeconds":60,"tenantVersion":null,"linkBase":null}"#,
        ),
        ("lists", r#"{"operation":"getOrders","items":3}"#),
        ("lists", r#"{"operation":"*","items":3}"#),
        (
            "files",
            r#"{"id":"f","size":2,"name":"n","contentType":"text/csv","ranges":false,"etag":"e"}"#,
        ),
    ] {
        let (status, reply) = http(&sim, "POST", &format!("/_sim/{path}"), &[], body).await;
        assert_eq!(status, 200, "{path}: {reply}");
    }
    let held = token(&sim).await;
    let authorization = format!("Bearer {held}");
    let (status, reply) = http(
        &sim,
        "GET",
        "/v1/files/f",
        &[("authorization", &authorization)],
        "",
    )
    .await;
    assert_eq!(status, 200, "{reply}");
    assert!(
        reply.contains("ratelimit-limit: 3, 3;w=60, 5000;w=3600, 10000;w=86400\r\n"),
        "{reply}"
    );
    for (path, body, field) in [
        ("limits", r#"{"profile":"x"}"#, "profile"),
        ("limits", r#"{"windowKind":"x"}"#, "windowKind"),
        ("limits", r#"{"perMinute":-1}"#, "perMinute"),
        ("limits", r#"{"headers":"x"}"#, "headers"),
        ("limits", r#"{"hangUpEndsCall":1}"#, "hangUpEndsCall"),
        (
            "idempotency",
            r#"{"otherPayloadStatus":200}"#,
            "otherPayloadStatus",
        ),
        (
            "idempotency",
            r#"{"inFlightCode":99999999999}"#,
            "inFlightCode",
        ),
        ("idempotency", r#"{"inFlightCode":1}"#, "inFlightCode"),
        ("connections", r#"{"closeAfter":"x"}"#, "closeAfter"),
        ("connections", r#"{"closeAfter":0}"#, "closeAfter"),
        ("connections", r#"{"closeOnReuse":0}"#, "closeOnReuse"),
        ("connections", r#"{"most":0}"#, "most"),
        ("clock/advance", r#"{"seconds":-1}"#, "seconds"),
        ("behaviour", r#"{"linkBase":"javascript:x"}"#, "linkBase"),
        ("files", r#"{"id":"","size":1}"#, "id"),
        (
            "files",
            r#"{"id":"x","size":1,"contentType":"a\r\nb: c"}"#,
            "contentType",
        ),
        (
            "faults",
            r#"{"on":"*","headers":{"Content-Length":"5"}}"#,
            "headers",
        ),
        (
            "faults",
            r#"{"on":"*","status":429,"body":{"family":"rateLimitWindow","window":"fortnight"}}"#,
            "body.window",
        ),
        ("faults", r#"{"on":"*","status":503,"times":0}"#, "times"),
        ("faults", r#"{"on":"*","script":[]}"#, "script"),
        (
            "service-time",
            r#"{"operation":"x","seconds":1}"#,
            "operation",
        ),
        ("service-time", r#"{"operation":"*"}"#, "seconds"),
        ("behaviour", r#"{"gzip":1}"#, "gzip"),
        ("lists", r#"{"operation":"*"}"#, "items"),
        ("files", r#"{"id":"x"}"#, "size"),
        (
            "faults",
            r#"{"on":"*","truncateAt":1,"resetAt":1}"#,
            "resetAt",
        ),
        ("faults", r#"{"on":"*","page":"elsewhere"}"#, "page"),
    ] {
        let (status, reply) = http(&sim, "POST", &format!("/_sim/{path}"), &[], body).await;
        assert_eq!(status, 400, "{path}: {reply}");
        let reply = Json::parse(body_of(&reply)).unwrap();
        assert_eq!(text(&reply, &["error", "field"]), field, "{path} {body}");
    }
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("zuora-sim-marker", "m"),
    ];
    http(&sim, "PUT", "/v1/accounts/A00000001", &headers, "{}").await;
    let (_, list) = http(&sim, "GET", "/_sim/executions", &[], "").await;
    let list = Json::parse(body_of(&list)).unwrap();
    assert_eq!(
        text(&list, &["executions", "0", "operation"]),
        "updateAccount"
    );
    assert_eq!(text(&list, &["executions", "0", "marker"]), "m");
    sim.reset();
    assert!(sim.executions().is_empty());
    let (status, _) = http(&sim, "GET", "/_sim/uploads", &[], "").await;
    assert_eq!(status, 200);
    drop::<Simulator>(sim);
}

#[tokio::test]
async fn refusals_of_commitments_name_each_parameter() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let reply = api.call("GET", "/commitments?page=0&pageSize=x", "").await;
    assert_eq!(reply.status(), 400);
    let body = json(&reply);
    let refusal = body.at(&["0"]).expect("in an array");
    assert_eq!(
        Some(text(refusal, &["requestId"])),
        header(&reply, "zuora-request-id")
    );
    assert_eq!(text(refusal, &["timestamp"]), "2026-01-01T00:00:00Z");
    let errors = refusal.get("errors").and_then(Json::as_array).unwrap();
    let told = errors.iter().map(|error| {
        let text = |name| text(error, &[name]).to_owned();
        assert!(!text("message").is_empty(), "{error}");
        (text("code"), text("parameter"))
    });
    let code = || "invalid_format_or_value".to_owned();
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["accountNumber", "page", "pageSize"].map(|name| (code(), name.to_owned()))
    );
    let operation = zuora_catalog::find("GET", "/commitments").unwrap();
    let described = operation.operation().reply(400).unwrap().ty.unwrap();
    let report = described.check(&body, zuora_catalog::Direction::Reply);
    assert!(report.is_spotless(), "{report}: {body}");
}

#[tokio::test]
async fn refusals_of_workflows_are_what_their_descriptions_say() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for (path, rule) in [
        ("/workflows/x/export", "workflow_id"),
        ("/workflows?page=0", "page"),
    ] {
        let reply = api.call("GET", path, "").await;
        assert_eq!(reply.status(), 400, "{path}");
        let body = json(&reply);
        assert!(body.to_string().contains(rule), "{body}");
        let operation = zuora_catalog::find("GET", path.split('?').next().unwrap());
        let described = operation.unwrap().operation().reply(400).unwrap();
        let report = described
            .ty
            .unwrap()
            .check(&body, zuora_catalog::Direction::Reply);
        assert!(report.is_valid(), "{path}: {report}: {body}");
    }
    let body = json(&api.call("GET", "/workflows/x/export", "").await);
    assert_eq!(body.at(&["errors", "0", "status"]), Some(&Json::from(400)));
}
