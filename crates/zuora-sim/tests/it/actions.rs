//! Actions: one outcome for each object, as many as there may be, made up or not.

use crate::{support::*, tenant::account};
use zuora_catalog::{
    Direction,
    sample::{Members, Sample},
    schema,
};
use zuora_wire::{Json, Object};

/// An Action with so many objects in this member, and its other members.
async fn outcomes(
    api: &Api<'_>,
    action: &str,
    (member, object): (&str, &Json),
    more: &[(&str, &str)],
    count: usize,
) -> (u16, Json) {
    let mut body = vec![(member, Json::Array(vec![object.clone(); count]))];
    let more = more.iter();
    body.extend(more.map(|(name, value)| (*name, Json::parse(value.as_bytes()).unwrap())));
    let path = format!("/v1/action/{action}");
    let reply = api
        .call("POST", &path, &Json::object(body).to_string())
        .await;
    let answer = json(&reply);
    if reply.status() == 200 {
        let route = zuora_catalog::find("POST", &path).unwrap();
        let ty = route.operation().reply(200).unwrap().ty.unwrap();
        let report = ty.check(&answer, Direction::Reply);
        assert!(report.is_valid(), "{path}: {report}: {answer}");
    }
    (reply.status().as_u16(), answer)
}

#[tokio::test]
async fn each_object_has_one_outcome() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let (id, _) = account(&api).await;
    let sample = Sample::new(7).members(Members::Required);
    let sample = sample.direction(Direction::Request);
    let of_type = |name: &str| sample.of(schema(name).unwrap());
    let empty = Json::Object(Object::new());
    let change = Json::object([("Id", id.as_str()), ("Name", "Ost")]);
    let (text_id, nobody) = (
        Json::from("0123456789abcdef0123456789abcdef"),
        Json::from("x"),
    );
    let (subscribe, amend) = (of_type("SubscribeRequest"), of_type("AmendRequest"));
    let unit = of_type("ProxyCreateUnitOfMeasure");
    let account = ("type", r#""Account""#);
    let split = [("type", r#""InvoiceSplit""#), ("synchronous", "true")];
    for (action, objects, more, most) in [
        ("create", ("objects", &empty), &[account][..], 50),
        ("create", ("objects", &nobody), &[account], 50),
        (
            "create",
            ("objects", &unit),
            &[("type", r#""UnitOfMeasure""#)],
            50,
        ),
        ("update", ("objects", &change), &[account], 50),
        ("delete", ("ids", &nobody), &[account], 50),
        ("delete", ("ids", &text_id), &[("type", r#""BillRun""#)], 50),
        ("execute", ("ids", &text_id), &split, 50),
        (
            "generate",
            ("objects", &empty),
            &[("type", r#""Invoice""#)],
            50,
        ),
        ("subscribe", ("subscribes", &subscribe), &[], 50),
        ("amend", ("requests", &amend), &[], 10),
    ] {
        for count in [0, 1, 2, most] {
            let (status, answer) = outcomes(&api, action, objects, more, count).await;
            assert_eq!(status, 200, "{action}: {answer}");
            let path: &[&str] = if action == "amend" { &["results"] } else { &[] };
            assert_eq!(length(&answer, path), count, "{action}: {answer}");
        }
        let (status, fault) = outcomes(&api, action, objects, more, most + 1).await;
        assert_eq!(status, 400, "{action}");
        let told = (
            text(&fault, &["FaultCode"]),
            text(&fault, &["FaultMessage"]),
        );
        let rule = format!("At most {most} objects can be sent in one call");
        assert_eq!(told, ("MAX_RECORDS_EXCEEDED", rule.as_str()), "{action}");
    }
    let (_, answer) = outcomes(&api, "execute", ("ids", &text_id), &split, 1).await;
    assert_eq!(answer.at(&["0", "Id"]), Some(&text_id));
    assert_eq!(answer.at(&["0", "Success"]), Some(&Json::from(true)));
    let generate = [("type", r#""Invoice""#)];
    let (_, answer) = outcomes(&api, "generate", ("objects", &empty), &generate, 2).await;
    assert_ne!(text(&answer, &["0", "Id"]), text(&answer, &["1", "Id"]));
    let (_, answer) = outcomes(&api, "create", ("objects", &nobody), &[account], 1).await;
    let error = ["0", "Errors", "0"];
    assert_eq!(
        answer.at(&error).unwrap().to_string(),
        r#"{"Code":"INVALID_VALUE","Message":"must be an object, not a string"}"#
    );
    assert_eq!(count_of(&sim, "Account"), 1);
}
