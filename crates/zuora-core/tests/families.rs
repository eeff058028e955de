//! Every shape of an error body becomes the same error, and no good body becomes one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use zuora_core::{Category, Error, JobFailure, Json, WsdlCode};
use zuora_sim::{ErrorShape, Fault, FaultBody};

async fn failed(rig: &Rig, status: u16, body: FaultBody) -> Error {
    let client = rig.client();
    rig.sim.clear_faults();
    rig.sim
        .inject(Fault::on("getAccount").status(status).body(body))
        .unwrap();
    rig.get(&client).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn every_shape_gives_its_message_and_its_code() {
    let rig = Rig::new();
    // Shapes without room for a code, or with a text of their own.
    let no_code = [
        "CrudNoData",
        "Message",
        "WorkflowTexts",
        "WorkflowValidation",
        "SystemHealth",
        "CommerceText",
        "Revenue",
        "FileTooBig",
        "Kong",
        "Html",
        "Text",
        "Empty",
        "Describe",
        "DescribeXml",
        "RailsText",
        "GatewayHtml",
        "GatewayText",
    ];
    for shape in ErrorShape::all() {
        let name = format!("{shape:?}");
        if name.ends_with("Job") {
            continue; // Read by `JobFailure`, below.
        }
        let body = FaultBody::shaped(shape, "53100320", "the made-up reason");
        let error = failed(&rig, 400, body).await;
        assert_eq!(error.status().unwrap(), 400, "{name}");
        let text = format!("{error} {:?}", error.reasons());
        assert!(!text.contains('\n') && text.len() < 4000, "{name}: {text}");
        if name == "FaultString" {
            // Its codes are words with a namespace in front.
            assert_eq!(error.code(), Some("fns:53100320"));
        } else if text.contains("made-up") && !no_code.contains(&name.as_str()) {
            assert_eq!(error.code(), Some("53100320"), "{name}: {error}");
            assert_eq!(error.category(), Some(Category::InvalidValue), "{name}");
            assert_eq!(error.reasons()[0].resource(), Some(531_003), "{name}");
        } else {
            assert!(no_code.contains(&name.as_str()), "{name}: {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn codes_are_numbers_or_texts_and_words() {
    let rig = Rig::new();
    for code in ["53100320", "\"53100320\""] {
        let body = format!(
            r#"{{"success":false,"reasons":[{{"code":{code},"message":"m"}}],"requestId":"r-1","processId":"P"}}"#
        );
        let error = failed(&rig, 400, FaultBody::raw(body, "application/json")).await;
        assert_eq!(error.code(), Some("53100320"));
        assert_eq!(error.process_id(), Some("P"));
    }
    let body = r#"{"faultcode":"fns:LOCK_COMPETITION","faultstring":"busy"}"#;
    let error = failed(&rig, 500, FaultBody::raw(body, "application/json")).await;
    assert_eq!(error.wsdl_code(), Some(WsdlCode::LockCompetition));
    assert!(error.is_locked());
    let body = r#"{"Success":false,"Errors":[{"Code":"SOMETHING_NEW","Message":"m"}]}"#;
    let error = failed(&rig, 400, FaultBody::raw(body, "application/json")).await;
    assert_eq!(
        error.wsdl_code(),
        Some(WsdlCode::Other("SOMETHING_NEW".to_owned()))
    );
    let body = r#"{"reasons":[{"code":99999942}]}"#;
    let error = failed(&rig, 400, FaultBody::raw(body, "application/json")).await;
    assert_eq!(error.category(), None);
    let error = failed(
        &rig,
        403,
        FaultBody::shaped(ErrorShape::FileTooBig, "1", "m"),
    )
    .await;
    assert!(error.is_too_large() && error.is_forbidden());
}

#[tokio::test(start_paused = true)]
async fn odd_bodies_give_an_error_and_no_panic() {
    let rig = Rig::new();
    let many = format!(
        r#"{{"success":false,"reasons":[{}]}}"#,
        vec![r#"{"code":53100320,"message":"again and again"}"#; 200_000].join(",")
    );
    for body in [
        "{}".into(),
        "[]".into(),
        "null".into(),
        "7".into(),
        r#"{"reasons":null}"#.into(),
        r#"{"reasons":{"code":1}}"#.into(),
        r#"{"reasons":[null,7,[],{}]}"#.into(),
        r#"{"code":{},"message":[]}"#.into(),
        r#"{"error":{"error":{"error":{"code":1}}}}"#.into(),
        "[[[[[[[[1]]]]]]]]".to_owned(),
        "[".repeat(100_000),
        "<".repeat(100_000),
        many,
    ] {
        let error = failed(&rig, 400, FaultBody::raw(body, "application/json")).await;
        assert!(
            error.to_string().len() < 1500,
            "{}",
            error.to_string().len()
        );
        assert!(error.reasons().len() <= 100);
        assert!(error.body().unwrap().len() <= Error::MAX_BODY);
    }
    let invalid = FaultBody::raw(b"\xff\xfe{\"message\":\xff}".to_vec(), "application/json");
    failed(&rig, 400, invalid).await;
}

#[tokio::test(start_paused = true)]
async fn reasons_of_a_huge_body_are_still_read() {
    let rig = Rig::new();
    let body = format!(
        r#"{{"success":false,"reasons":[{{"code":53100320,"message":"first"}}{}]}}"#,
        r#",{"code":53100321,"message":"more of it"}"#.repeat(250_000)
    );
    let error = failed(&rig, 400, FaultBody::raw(body, "application/json")).await;
    assert_eq!(error.code(), Some("53100320"));
    assert!(error.to_string().contains("first"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn aqua_refuses_inside_a_200_and_only_there() {
    let rig = Rig::new();
    let client = rig.client();
    let body = FaultBody::shaped(ErrorShape::Aqua, "90005", "query syntax");
    rig.sim
        .inject(Fault::on("*").skip(1).status(200).body(body))
        .unwrap();
    for path in ["/v1/batch-query", "/v1/batch-query/"] {
        let call = client
            .request(Method::POST, path)
            .body("{}", "application/json");
        let error = rig.run(call.send()).await.unwrap_err();
        assert_eq!(error.code(), Some("90005"), "{path}");
    }
    rig.get(&client).await.unwrap();
}

#[test]
fn failed_jobs_are_read_on_request() {
    let of = |text: &str| JobFailure::of(&Json::parse(text).unwrap());
    let query = of(r#"{"data":{"queryStatus":"failed","errorMessage":"no table","errorCode":"LINK_10000005"}}"#).unwrap();
    assert_eq!(
        (query.state(), query.code(), query.message()),
        ("failed", Some("LINK_10000005"), Some("no table"))
    );
    assert!(query.is_temporary());
    let order = of(r#"{"status":"Failed","errors":"[40000050] Operation failed due to a lock","success":true}"#).unwrap();
    assert_eq!(order.code(), Some("40000050"));
    assert!(order.is_temporary());
    let aqua = of(r#"{"status":"aborted","batches":[{"message":"invalid field"}]}"#).unwrap();
    assert_eq!(aqua.message(), Some("invalid field"));
    assert!(!aqua.is_temporary());
    let export = of(r#"{"Status":"Canceled","StatusReason":"by user"}"#).unwrap();
    assert_eq!(export.message(), Some("by user"));
    for fine in [
        r#"{"data":{"queryStatus":"in_progress","errorMessage":null}}"#,
        r#"{"status":"Completed","errors":null}"#,
        r#"{"status":"Active"}"#,
        "{}",
        "[]",
    ] {
        assert_eq!(of(fine), None, "{fine}");
    }
}
