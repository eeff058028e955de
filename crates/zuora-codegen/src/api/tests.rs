//! Descriptions that cannot be: each is refused with file and line.

#![allow(clippy::unwrap_used, reason = "a test")]

use super::{Shape, Type, read};
use std::fs;

const GROUP: &str = "group = \"Accounts\"\n\n";
const GET: &str =
    "[operation.getAccount]\ncall = \"GET /v1/accounts/{key}\"\npath.key = \"string\"\n";

/// What reading these files says, without the folder.
fn fault_of(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let fault = read(folder.path()).err().map(|fault| fault.to_string());
    let folder = format!("{}/", folder.path().display());
    fault.unwrap_or_default().replace(&folder, "")
}

fn fault(text: &str) -> String {
    fault_of(&[("accounts.toml", &format!("{GROUP}{text}"))])
}

#[test]
fn what_is_right_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("{GROUP}{GET}reply.200 = \"Account\"\n\n[object.Account]\nbalance = \"number\"\n");
    fs::write(folder.path().join("accounts.toml"), text).unwrap();
    let api = read(folder.path()).unwrap();
    assert_eq!(api.operations["getAccount"].path, "/v1/accounts/{key}");
    let Shape::Object(fields) = &api.schemas["Account"].shape else {
        panic!("no object");
    };
    assert_eq!(fields[0].ty, Type::Number);
    assert_eq!(fields[0].place.line, 9);
}

#[test]
fn a_reference_leads_to_nothing() {
    let unknown =
        |what| format!("the type {what} is unknown: no object, enum or union has this name");
    assert_eq!(
        fault(&format!("{GET}reply.200 = \"Acount\"\n")),
        format!("accounts.toml:3: {}", unknown("Acount"))
    );
    assert_eq!(
        fault("[object.Account]\nname = \"string\"\nmetrics = \"array<Metrics>\"\n"),
        format!("accounts.toml:5: {}", unknown("Metrics"))
    );
    assert_eq!(
        fault("[union.Method]\nvariants = [\"Card\"]\n"),
        format!("accounts.toml:3: {}", unknown("Card"))
    );
    assert_eq!(
        fault(&format!("{GET}query.status = \"Status\"\n")),
        format!("accounts.toml:6: {}", unknown("Status"))
    );
    let job = "job = { poll = \"getJob\", id = \"id\", state = \"status\" }\n";
    assert_eq!(
        fault(&format!("{GET}{job}")),
        "accounts.toml:6: the operation getJob is unknown"
    );
}

#[test]
fn a_job_ends_with_a_state_that_its_poll_tells() {
    let text = |id: &str, state: &str, done: &str, failed: &str| {
        format!(
            "{GROUP}[operation.start]\ncall = \"POST /v1/start\"\n\
             job = {{ poll = \"ask\", id = \"{id}\", state = \"{state}\", done = [\"{done}\"], failed = [{failed}] }}\n\
             reply.200 = \"Started\"\n\n\
             [operation.ask]\ncall = \"GET /v1/jobs/{{id}}\"\npath.id = \"string\"\nreply.200 = \"Asked\"\n\n\
             [object.Started]\ndata = \"Id\"\n\n[object.Id]\nid = \"string\"\n\n\
             [object.Asked]\nstatus = \"State\"\n\n[enum.State]\nvalues = [\"Pending\", \"Processed\", \"Error\"]\n"
        )
    };
    let fault = |text: String| fault_of(&[("jobs.toml", &text)]);
    assert_eq!(
        fault(text("data.id", "status", "Processed", r#""Error""#)),
        ""
    );
    // The enum of a reply is open: a second way to fail may be known from elsewhere.
    assert_eq!(
        fault(text(
            "data.id",
            "status",
            "Processed",
            r#""Error", "Cancelled""#
        )),
        ""
    );
    let states = "its states are Pending, Processed, Error";
    for (text, told) in [
        (
            text("data.id", "status", "Completed", r#""Error""#),
            format!("ask never tells \"Completed\": {states}"),
        ),
        (
            text("data.id", "status", "Processed", r#""Failed""#),
            format!("ask never tells \"Failed\": {states}"),
        ),
        (
            text("id", "status", "Processed", r#""Error""#),
            "the reply of start has no member id".to_owned(),
        ),
        (
            text("data.id", "data.status", "Processed", r#""Error""#),
            "the reply of ask has no member data.status".to_owned(),
        ),
    ] {
        assert_eq!(fault(text), format!("jobs.toml:5: {told}"));
    }
}

#[test]
fn a_type_is_unknown() {
    assert_eq!(
        fault("[object.Account]\nbalance = \"float\"\n"),
        "accounts.toml:4: the type \"float\" is unknown"
    );
    assert_eq!(
        fault("[object.Account]\ntags = { is = \"array<text>\" }\n"),
        "accounts.toml:4: the type \"text\" is unknown"
    );
    assert_eq!(
        fault("[object.Account]\nname = \"string, needed\"\n"),
        "accounts.toml:4: \"needed\" is none of: required, nullable, read only"
    );
    assert_eq!(
        fault("[object.Account]\nname = { max_length = 70 }\n"),
        "accounts.toml:4: name has no type: `is`"
    );
}

#[test]
fn an_operation_or_a_type_is_there_twice() {
    let first = format!("{GROUP}{GET}");
    let again = "group = \"Orders\"\n[operation.getAccount]\ncall = \"GET /v1/orders\"\n";
    assert_eq!(
        fault_of(&[("accounts.toml", &first), ("orders.toml", again)]),
        "orders.toml:2: the operation getAccount is at accounts.toml:3 already"
    );
    // Another name for the parameter is the same path.
    let same = "group = \"Orders\"\n[operation.readAccount]\ncall = \"GET /v1/accounts/{id}\"\npath.id = \"string\"\n";
    assert_eq!(
        fault_of(&[("accounts.toml", &first), ("orders.toml", same)]),
        "orders.toml:2: GET /v1/accounts/{id} is at accounts.toml:3 already, as getAccount"
    );
    let schema = "[object.Account]\nname = \"string\"\n";
    assert_eq!(
        fault_of(&[("accounts.toml", schema), ("shared.toml", schema)]),
        "shared.toml:1: the type Account is at accounts.toml:1 already"
    );
}

#[test]
fn a_key_is_there_twice() {
    for (text, line) in [
        (
            "[object.Account]\nname = \"string\"\nname = \"string\"\n",
            5,
        ),
        (
            "[object.Account]\nname = { is = \"string\", is = \"string\" }\n",
            4,
        ),
        ("[object.Account]\nname = \"string\"\n[object.Account]\n", 5),
    ] {
        let fault = fault(text);
        let place = format!("accounts.toml:{line}: ");
        assert!(
            fault.starts_with(&place) && fault.contains("duplicate key"),
            "{fault}"
        );
    }
}

#[test]
fn a_value_is_of_the_wrong_kind() {
    for (text, expected) in [
        (
            "[operation.getAccount]\ncall = 7\n",
            "4: a string stands here",
        ),
        (
            "[operation.getAccount]\nreads = true\n",
            "3: getAccount has no `call`",
        ),
        (
            "[operation.getAccount]\ncall = \"FETCH /v1\"\n",
            "3: `call` is a method, a space and a path, not \"FETCH /v1\"",
        ),
        (
            "[operation.getAccount]\ncall = \"GET\"\n",
            "3: `call` is a method, a space and a path",
        ),
        (
            "[operation.getAccount]\ncall = \"GET /v1/accounts/{key}\"\n",
            "3: the path has {key}, but path.key is missing",
        ),
        (
            "[operation.getAccount]\ncall = \"GET /v1\"\nconcurrency = \"yes\"\n",
            "5: true or false stands here",
        ),
        (
            "[operation.getAccount]\ncall = \"GET /v1\"\ncommon = \"entity colour\"\n",
            "5: \"colour\" is none of the common headers",
        ),
        (
            "[operation.getAccount]\ncall = \"GET /v1\"\nauth = \"digest\"\n",
            "5: `auth` is basic or none, not \"digest\"",
        ),
        (
            "[operation.getAccount]\ncall = \"GET /v1\"\ncolour = \"blue\"\n",
            "5: `colour` is no fact of an operation",
        ),
        (
            "[operation.getAccount]\ncall = \"GET /v1\"\nquery = \"x\"\n",
            "5: a table stands here",
        ),
        (
            "[enum.Status]\nvalues = [\"Active\", 7]\n",
            "4: an array of strings stands here",
        ),
        (
            "[enum.Status]\nvalues = \"Active\"\n",
            "4: an array of strings stands here",
        ),
        ("[enum.Status]\n", "3: an enum has `values`"),
        ("[union.Method]\n", "3: a union has `variants`"),
        ("[object.Account]\nname = 7\n", "4: a string stands here"),
        (
            "[object.Account]\nname = { is = \"string\", colour = 1 }\n",
            "4: `colour` is no fact of a field",
        ),
        (
            "[colour.Account]\n",
            "3: `colour` is unknown: group, operation, object, enum or union",
        ),
        ("object = 7\n", "3: a table stands here"),
    ] {
        assert_eq!(fault(text), format!("accounts.toml:{expected}"), "{text}");
    }
}

#[test]
fn a_file_is_no_description() {
    assert!(fault("[object.Account\n").starts_with("accounts.toml:3: "));
    assert_eq!(
        fault_of(&[("accounts.toml", GET)]),
        "accounts.toml:1: the file has operations and must begin with `group = \"...\"`"
    );
    assert!(fault_of(&[("README.md", "")]).ends_with(": holds no .toml file"));
    assert!(read(std::path::Path::new("/nowhere")).is_err());
}
