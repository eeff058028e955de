//! A whole tenant: every operation of the API reference answers, and refuses what its schemas refuse.

use crate::support::*;
use bytes::Bytes;
use http::{Request, Response};
use zuora_catalog::{
    Auth, Direction, Kind, Operation, Position, Shape,
    sample::{Members, Sample},
};
use zuora_sim::Simulator;
use zuora_wire::Json;

const BOUNDARY: &str = "between";

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.first().map(text_of).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// A request that the catalogue allows; `change` may change its body.
pub(crate) fn request(
    sim: &Simulator,
    token: &str,
    operation: Operation,
    change: impl FnOnce(&mut Json),
) -> Request<Bytes> {
    let sample = Sample::new(3).members(Members::Required);
    let sample = sample.direction(Direction::Request);
    let mut path = operation.path().to_owned();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let mut request = Request::builder().method(operation.method());
    let mut form = String::new();
    for param in operation.params() {
        let name = param.field.name();
        let value = || text_of(&sample.of_field(param.field));
        match param.position {
            Position::Path => path = path.replace(&format!("{{{name}}}"), &value()),
            Position::Query if param.field.is_required() => {
                query.append_pair(name, &value());
            }
            Position::Header if param.field.is_required() => {
                request = request.header(name, value());
            }
            Position::Form | Position::File => {
                form += &format!(
                    "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}.csv\"\r\n\r\nx\r\n"
                );
            }
            _ => {}
        }
    }
    let body = match operation.body() {
        Some(body) if body.content_type.starts_with("multipart/") => {
            let media = format!("multipart/form-data; boundary={BOUNDARY}");
            request = request.header("content-type", media);
            format!("{form}--{BOUNDARY}--\r\n")
        }
        Some(body) => {
            request = request.header("content-type", body.content_type);
            let mut json = body.ty.map_or(Json::Null, |ty| sample.of_type(ty));
            change(&mut json);
            json.to_string()
        }
        None => String::new(),
    };
    let authorization = match operation.auth() {
        Auth::Basic => "Basic YTpi".to_owned(),
        _ => format!("Bearer {token}"),
    };
    request
        .uri(format!("{}{path}?{}", sim.base_url(), query.finish()))
        .header("authorization", authorization)
        .body(body.into())
        .unwrap()
}

pub(crate) fn described() -> impl Iterator<Item = Operation> {
    zuora_catalog::operations().filter(|operation| operation.id() != "createToken")
}

fn basis(reply: &Response<Bytes>) -> &str {
    header(reply, "zuora-sim-basis").unwrap_or_default()
}

#[tokio::test]
async fn every_operation_answers_as_its_schema_says() {
    let sim = tenant();
    let token = token(&sim).await;
    let mut wrong = Vec::new();
    for operation in described() {
        let reply = send(&sim, request(&sim, &token, operation, |_| {}))
            .await
            .unwrap();
        let status = reply.status().as_u16();
        let known = operation.reply(status);
        // The reference does not name every way in which a record can be missing.
        let is_missing = basis(&reply) == "state" && matches!(status, 400 | 404);
        if known.is_none() && !is_missing {
            wrong.push(format!("{operation:?}: {status} {:?}", reply.body()));
        }
        // What is kept can be missing; nothing else can go wrong.
        let is_good = reply.status().is_success() || basis(&reply) == "state";
        if !is_good || basis(&reply).is_empty() {
            wrong.push(format!("{operation:?}: {status} {:?}", reply.body()));
        }
        let is_json = header(&reply, "content-type").is_some_and(|media| media.contains("json"));
        if let Some(ty) = known
            .and_then(|known| known.ty)
            .filter(|ty| is_json && ty.kind() != Kind::Binary)
        {
            let report = ty.check(&json(&reply), Direction::Reply);
            if !report.is_valid() {
                wrong.push(format!("{operation:?}: {report}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(sim.requests().to("unmatched").count(), 0);
}

#[tokio::test]
async fn every_operation_wants_its_token() {
    let sim = tenant();
    for operation in described().filter(|operation| operation.auth() == Auth::Bearer) {
        let reply = send(&sim, request(&sim, "none", operation, |_| {}))
            .await
            .unwrap();
        assert_eq!(reply.status(), 401, "{operation:?}");
    }
}

/// Whether the body is an object whose members are known.
fn has_members(operation: Operation) -> bool {
    let ty = operation.body().and_then(|body| body.ty);
    let schema = ty.filter(|ty| matches!(ty.kind(), Kind::Named(_)));
    schema
        .and_then(|ty| ty.schema())
        .is_some_and(|schema| matches!(schema.shape(), Shape::Object(fields) if !fields.is_empty()))
}

#[tokio::test]
async fn unknown_fields_are_refused_where_the_documents_say_so() {
    let sim = tenant();
    let token = token(&sim).await;
    for operation in described().filter(|operation| has_members(*operation)) {
        let add = |name: &'static str| {
            move |json: &mut Json| {
                if let Json::Object(object) = json {
                    object.insert(name, 7);
                }
            }
        };
        let unknown = send(&sim, request(&sim, &token, operation, add("notAField"))).await;
        let unknown = unknown.unwrap();
        let path = operation.path();
        let is_rest = path.starts_with("/v1/")
            && !["/v1/object/", "/v1/action/", "/v1/batch-query"]
                .iter()
                .any(|other| path.starts_with(other));
        if is_rest {
            assert_eq!(unknown.status(), 400, "{operation:?}");
            assert_eq!(code(&unknown), Some(50_000_021), "{operation:?}");
            let message = text(&json(&unknown), &["reasons", "0", "message"]).to_owned();
            assert!(message.contains("notAField"), "{message}");
        } else {
            assert_ne!(code(&unknown), Some(50_000_021), "{operation:?}");
        }
        let custom = send(&sim, request(&sim, &token, operation, add("Mine__c"))).await;
        assert_ne!(code(&custom.unwrap()), Some(50_000_021), "{operation:?}");
    }
}

#[tokio::test]
async fn every_violation_is_named_with_its_code() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let body =
        r#"{"name":"n","currency":7,"billToContact":{"firstName":"f"},"surprise":1,"Mine__c":2}"#;
    let reply = api.call("POST", "/v1/accounts", body).await;
    assert_eq!(reply.status(), 400);
    let reasons = json(&reply);
    let reasons = reasons.get("reasons").and_then(Json::as_array).unwrap();
    let codes: Vec<_> = reasons
        .iter()
        .map(|reason| reason.get("code").unwrap().to_string())
        .collect();
    assert_eq!(codes.len(), reasons.len());
    for code in ["50000020", "50000021", "50000022"] {
        assert!(codes.iter().any(|other| other.contains(code)), "{codes:?}");
    }
    let all = json(&reply).to_string();
    for name in ["currency", "lastName", "surprise"] {
        assert!(all.contains(name), "{all}");
    }
    sim.set_tenant_version(None);
    let old = api.call("POST", "/v1/accounts", body).await;
    assert_eq!(old.status(), 200);
    assert_eq!(json(&old).get("success"), Some(&Json::from(false)));

    // CRUD ignores what it does not know, unless it is told not to.
    let body = r#"{"Name":"n","Category":"Base Products","EffectiveStartDate":"2026-01-01","EffectiveEndDate":"2036-01-01","Surprise":1}"#;
    let ignored = api.call("POST", "/v1/object/product", body).await;
    assert_eq!(ignored.status(), 200, "{ignored:?}");
    let strict = "/v1/object/product?rejectUnknownFields=true";
    let refused = api.call("POST", strict, body).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(
        refused.body().as_ref(),
        br#"{"message":"Error - unrecognised fields"}"#
    );
    let missing = api.call("POST", "/v1/object/product", "{}").await;
    assert_eq!(missing.status(), 400);
    assert_eq!(
        text(&json(&missing), &["Errors", "0", "Code"]),
        "MISSING_REQUIRED_VALUE"
    );
}

#[tokio::test]
async fn samples_are_stable_and_echo_what_was_sent() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let other = tenant();
    let other_api = Api::new(&other).await;
    let path = "/v1/accounting-codes/x";
    let one = api.call("GET", path, "").await;
    assert_eq!(json(&one).get("success"), Some(&Json::from(true)));
    let without_id = |reply: &Response<Bytes>| match json(reply) {
        Json::Object(mut object) => {
            object.remove("requestId");
            object
        }
        other => panic!("{other}"),
    };
    let two = other_api.call("GET", path, "").await;
    assert_eq!(without_id(&one), without_id(&two));
    let third = api.call("GET", "/v1/accounting-codes/y", "").await;
    assert_ne!(without_id(&one), without_id(&third));
    assert_eq!(basis(&one), "sample");

    assert_eq!(api.call("PUT", "/v1/accounts/a", "").await.status(), 415);
}

/// The values of the members with this name, wherever they stand.
fn named<'j>(json: &'j Json, name: &str, found: &mut Vec<&'j str>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| named(item, name, found)),
        Json::Object(object) => {
            found.extend(object.get(name).and_then(Json::as_str));
            object
                .iter()
                .for_each(|(_, value)| named(value, name, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn date_times_of_samples_have_the_form_of_their_service() {
    let sim = tenant();
    sim.set_time_zone("Asia/Tokyo").unwrap();
    let api = Api::new(&sim).await;
    sim.set_list_items("queryUsages", 3).unwrap();
    for (path, member, form) in [
        (
            "/object-query/bundle",
            "createdDate",
            "0000-00-00T00:00:00Z",
        ),
        (
            "/object-query/usages",
            "startDateTime",
            "0000-00-00T00:00:00Z",
        ),
        ("/workflows", "createdAt", "0000-00-00 00:00:00 UTC"),
    ] {
        let reply = api.call("GET", path, "").await;
        assert_ne!(basis(&reply), "state", "{path}");
        let (sample, mut found) = (json(&reply), Vec::new());
        named(&sample, member, &mut found);
        assert!(!found.is_empty(), "{path}: {sample}");
        for text in found {
            let is_formed = text.chars().zip(form.chars()).all(|(c, form)| match form {
                '0' => c.is_ascii_digit(),
                other => c == other,
            });
            assert!(is_formed && text.len() == form.len(), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn settings_are_listed_as_csv_for_those_who_accept_it() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let listed = async |accept: &str| {
        let request = api.request("GET", "/settings/listing", None, "");
        api.send(with(request, "accept", accept)).await.unwrap()
    };
    let whole = listed("application/json, application/csv").await;
    let media = header(&whole, "content-type");
    assert_eq!(media, Some("application/json;charset=UTF-8"));
    let settings = json(&whole);
    let settings = settings.get("settings").and_then(Json::as_array).unwrap();
    for accept in [
        "application/csv",
        "text/html, Application/CSV;q=0.9, application/json",
    ] {
        let reply = listed(accept).await;
        assert_eq!(reply.status(), 200);
        assert_eq!(header(&reply, "content-type"), Some("application/csv"));
        let text = std::str::from_utf8(reply.body()).unwrap();
        let (head, rows) = text.split_once('\n').unwrap();
        assert_eq!(head, "context,description,httpOperations,key,pathPattern");
        assert_eq!(rows.lines().count(), settings.len());
        for (row, setting) in rows.lines().zip(settings) {
            let [key, context] = ["key", "context"].map(|name| setting.get(name).unwrap());
            assert!(row.starts_with(context.as_str().unwrap()), "{row}");
            assert!(row.contains(key.as_str().unwrap()), "{row}");
        }
    }
}

#[tokio::test]
async fn paths_and_methods_outside_the_reference_are_loud() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    for (method, path, status) in [
        ("GET", "/v1/nothing", 501),
        ("GET", "/v1/accounts", 405),
        ("PATCH", "/v1/accounts/A00000001", 405),
        ("GET", "/V1/accounts/A00000001", 501),
        ("GET", "/v1/accounts/..", 501),
    ] {
        assert_eq!(api.call(method, path, "").await.status(), status, "{path}");
    }
    let page = "/object-query/accounts?pageSize=x";
    let bad = api.call("GET", page, "").await;
    assert_eq!((bad.status().as_u16(), code(&bad)), (400, Some(50_000_027)));
}
