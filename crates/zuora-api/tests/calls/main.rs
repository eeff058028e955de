//! Every operation, called with everything that it takes: what is sent is what the catalogue says.
//!
//! The calls are generated (`list`), the values and what is expected come from the catalogue. The bytes
//! are taken at the seam of the transport.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod args;
mod bad_replies;
mod deep;
mod list;
mod recorder;

use args::Args;
use bytes::Bytes;
use list::CALLS;
use percent_encoding::percent_decode_str;
use recorder::Recorder;
use std::collections::{BTreeMap, BTreeSet};
use zuora_catalog::{
    Auth, Common, Direction, Kind, Operation, Param, Position, operation, operations,
    sample::Sample,
};
use zuora_core::{Client, ErrorKind};
use zuora_wire::Json;

const USUAL: &str = "https://rest.zuora.com";

/// What a path and a query must encode.
const NASTY: &str = "a/b c?ü%2F&=+#{id}";

fn is_free_text(param: &Param) -> bool {
    param.field.ty().kind() == Kind::String && param.field.facts().one_of().next().is_none()
}

fn value(param: &Param) -> Json {
    match param.position {
        Position::Path | Position::Query if is_free_text(param) => {
            format!("{} {NASTY}", param.field.name()).into()
        }
        _ => Sample::new(3).of_field(param.field),
    }
}

fn arguments(operation: Operation, client: Client) -> Args {
    let params = operation
        .params()
        .map(|param| (param.field.name(), value(&param)));
    let body = operation
        .body()
        .and_then(|body| body.ty)
        .map_or(Json::Null, |ty| {
            let sample = Sample::new(3).direction(Direction::Request);
            sample.of_type(ty)
        });
    Args {
        client,
        params: params.collect(),
        body,
    }
}

/// A parameter's value as a text.
fn text(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_compact_string(), str::to_owned)
}

fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Answers as the operation does when all went well.
fn answer(recorder: &Recorder, operation: Operation) {
    let reply = operation.replies().next();
    let status = reply
        .and_then(|reply| reply.status.parse().ok())
        .unwrap_or(200);
    let is_json = |media: &&str| media.starts_with("application/json");
    let media = operation
        .accept()
        .find(is_json)
        .or(operation.accept().next())
        .unwrap_or_default();
    let ty = reply.and_then(|reply| reply.ty);
    match ty {
        Some(ty) if media.starts_with("application/json") && ty.kind() != Kind::Binary => {
            let mut value = Sample::new(4).of_type(ty);
            if let Json::Object(members) = &mut value {
                for name in ["success", "Success"] {
                    if members.get(name).is_some() {
                        members.insert(name, true);
                    }
                }
                // AQuA's way to refuse.
                members.remove("errorCode");
            }
            recorder.answer(status, media, value.to_compact_string());
        }
        Some(_) => recorder.answer(status, media, "%PDF-1.7"),
        None => recorder.answer(status, media, ""),
    }
}

/// What differs between what was sent and what the catalogue says.
fn faults(operation: Operation, args: &Args, sent: &http::Request<Bytes>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: &str, sent: &str, expected: &str| {
        if sent != expected {
            faults.push(format!(
                "{}: {what}\n  {sent}, not\n  {expected}",
                operation.id()
            ));
        }
    };
    let at = |position| {
        operation
            .params()
            .filter(move |param| param.position == position)
    };

    same("method", sent.method().as_str(), operation.method());
    let path = at(Position::Path).fold(operation.path().to_owned(), |path, param| {
        let name = param.field.name();
        path.replace(&format!("{{{name}}}"), &encoded(&text(&args.params[name])))
    });
    same("path", sent.uri().path(), &path);
    let host = operation.server().unwrap_or(USUAL);
    let base = url::Url::parse(host).unwrap();
    same("host", sent.uri().host().unwrap(), base.host_str().unwrap());

    let mut query = BTreeSet::new();
    for param in at(Position::Query) {
        let name = param.field.name();
        match (&args.params[name], param.field.facts().joined()) {
            (Json::Array(items), Some(joined)) => {
                let items: Vec<_> = items.iter().map(text).collect();
                query.insert((name.to_owned(), items.join(joined)));
            }
            (Json::Array(items), None) => {
                query.extend(items.iter().map(|item| (name.to_owned(), text(item))));
            }
            (value, _) => drop(query.insert((name.to_owned(), text(value)))),
        }
    }
    if operation.common().any(|common| common == Common::Reject) {
        query.insert(("rejectUnknownFields".to_owned(), "true".to_owned()));
    }
    let sent_query = url::form_urlencoded::parse(sent.uri().query().unwrap_or_default().as_bytes());
    let sent_query: BTreeSet<_> = sent_query.into_owned().collect();
    same("query", &format!("{sent_query:?}"), &format!("{query:?}"));
    same(
        "fragment",
        if sent.uri().to_string().contains('#') {
            "#"
        } else {
            ""
        },
        "",
    );

    let header = |name: &str| {
        let value = sent.headers().get(name);
        value
            .map(|value| value.to_str().unwrap_or_default().to_owned())
            .unwrap_or_default()
    };
    for param in at(Position::Header) {
        let name = param.field.name();
        same(name, &header(name), &text(&args.params[name]));
    }
    let authorization = match operation.auth() {
        Auth::None => "",
        Auth::Basic => "Basic dXNlcjpNQVJLRUQ=",
        Auth::Bearer => "Bearer recorded",
    };
    same("authorization", &header("authorization"), authorization);
    let has = |wanted| operation.common().any(|common| common == wanted);
    // Actions and CRUD go by the version of the WSDL, although some list both.
    let by_wsdl = ["/v1/action/", "/v1/object/"]
        .iter()
        .any(|path| operation.path().starts_with(path));
    same(
        "WSDL version",
        &header("x-zuora-wsdl-version"),
        if by_wsdl { "79" } else { "" },
    );
    same(
        "version",
        &header("zuora-version"),
        if by_wsdl { "" } else { "2025-08-12" },
    );
    assert!(by_wsdl || !has(Common::Wsdl), "{}", operation.id());
    // Some that only read, and some of other methods, list a key that the server does not keep.
    let keeps = ["POST", "PATCH"].contains(&operation.method()) && !operation.only_reads();
    let keyed = |is: bool| if is { "a key" } else { "no key" };
    let key = keyed(!header("idempotency-key").is_empty());
    same("idempotency key", key, keyed(keeps && has(Common::Key)));

    let content_type = header("content-type");
    let essence = |content_type: &str| {
        let essence = content_type.split(';').next().unwrap_or_default();
        essence.trim().to_owned()
    };
    match operation.body() {
        None => {
            // A PUT is refused without a body.
            let put = operation.method() == "PUT";
            same(
                "body",
                &String::from_utf8_lossy(sent.body()),
                if put { "{}" } else { "" },
            );
        }
        Some(body) => {
            same(
                "content type",
                &essence(&content_type),
                &essence(body.content_type),
            );
            match body.ty.map(zuora_catalog::Type::kind) {
                None => {
                    let mut expected: BTreeMap<_, _> = at(Position::Form)
                        .map(|param| param.field.name())
                        .map(|name| (name.to_owned(), text(&args.params[name])))
                        .chain(at(Position::File).map(|param| {
                            let name = param.field.name();
                            (
                                format!("{name} as {name}.csv"),
                                format!("content of {name}"),
                            )
                        }))
                        .collect();
                    if expected.is_empty() {
                        expected.insert("name".to_owned(), "value".to_owned());
                    }
                    let sent = parts(&content_type, sent.body());
                    same("form", &format!("{sent:#?}"), &format!("{expected:#?}"));
                }
                Some(Kind::String | Kind::Binary) => {
                    same(
                        "body",
                        &String::from_utf8_lossy(sent.body()),
                        "id,name\n1,one\n",
                    );
                }
                Some(_) => {
                    let json = Json::parse(sent.body()).unwrap_or_default();
                    let one = matches!((&json, &args.body), (Json::Array(items), Json::Object(_))
                        if items.len() == 1 && items[0] == args.body);
                    if json != args.body && !one {
                        same(
                            "body",
                            &json.to_compact_string(),
                            &args.body.to_compact_string(),
                        );
                    }
                }
            }
        }
    }
    faults
}

/// The parts of a form: name, and file name, and content.
fn parts(content_type: &str, body: &[u8]) -> BTreeMap<String, String> {
    let boundary = content_type
        .split("boundary=")
        .nth(1)
        .unwrap_or("none")
        .trim_matches('"');
    let body = String::from_utf8_lossy(body);
    let named = |head: &str, what: &str| {
        let value = head.split(&format!("; {what}=\"")).nth(1)?;
        Some(value.split('"').next()?.to_owned())
    };
    body.split(&format!("--{boundary}"))
        .filter_map(|part| {
            let (head, content) = part.split_once("\r\n\r\n")?;
            let name = named(head, "name")?;
            let name = match named(head, "filename") {
                Some(file) => format!("{name} as {file}"),
                None => name,
            };
            Some((name, content.strip_suffix("\r\n")?.to_owned()))
        })
        .collect()
}

#[track_caller]
fn assert_none(faults: Vec<String>) {
    let shown: Vec<_> = faults.iter().take(30).map(String::as_str).collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        shown.join("\n")
    );
}

#[tokio::test]
async fn every_operation_is_sent_as_the_catalogue_says() {
    let recorder = Recorder::default();
    let mut all = Vec::new();
    for (id, call) in CALLS {
        let operation = operation(id).unwrap();
        let args = arguments(operation, recorder.client_for(operation));
        answer(&recorder, operation);
        let outcome = call(&args).await;
        match (&recorder.take()[..], outcome) {
            ([sent], Ok(())) => all.extend(faults(operation, &args, sent)),
            (sent, Ok(())) => all.push(format!("{id}: {} requests", sent.len())),
            (_, Err(error)) => all.push(format!("{id}: {error}")),
        }
    }
    assert_none(all);
}

#[test]
fn every_operation_has_a_call() {
    let called: BTreeSet<_> = CALLS.iter().map(|(id, _)| *id).collect();
    let all: BTreeSet<_> = operations().map(Operation::id).collect();
    let missing: Vec<_> = all.difference(&called).collect();
    // By hand, since it comes before every token.
    assert_eq!(missing, [&"createToken"]);
}

#[tokio::test]
async fn operations_of_another_server_are_refused_before_anything_is_sent() {
    let recorder = Recorder::default();
    let mut refused = 0;
    for (id, call) in CALLS {
        let operation = operation(id).unwrap();
        if operation.server().is_none() {
            continue;
        }
        answer(&recorder, operation);
        let error = call(&arguments(operation, recorder.client(USUAL)))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{id}: {error}");
        assert!(recorder.take().is_empty(), "{id}");
        refused += 1;
    }
    assert_eq!(refused, 40);
}

#[tokio::test]
async fn values_that_would_change_the_path_are_refused() {
    let recorder = Recorder::default();
    for (id, call) in CALLS {
        let operation = operation(id).unwrap();
        for param in operation
            .params()
            .filter(|param| param.position == Position::Path)
        {
            if !is_free_text(&param) {
                continue;
            }
            for value in ["", ".", ".."] {
                let client = recorder.client_for(operation);
                let mut args = arguments(operation, client);
                args.params.insert(param.field.name(), value.into());
                let error = call(&args).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Invalid, "{id}: {error}");
            }
        }
    }
    assert!(recorder.take().is_empty());
}

#[test]
fn what_is_encoded_is_what_was_meant() {
    let nasty = encoded(NASTY);
    assert_eq!(nasty, "a%2Fb%20c%3F%C3%BC%252F%26%3D%2B%23%7Bid%7D");
    assert_eq!(percent_decode_str(&nasty).decode_utf8().unwrap(), NASTY);
}
