//! The OpenAPI document hangs together. A public validator reads it in `scripts/validate-openapi`.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use zuora_catalog::{openapi, operations, schemas};
use zuora_wire::Json;

#[test]
fn all_operations_and_schemas_are_there_and_nothing_hangs() {
    let document = Json::parse(openapi()).unwrap();
    let paths = document.get("paths").unwrap().as_object().unwrap();
    let mut ids = BTreeSet::new();
    for (path, methods) in paths.iter() {
        for (_, operation) in methods.as_object().unwrap().iter() {
            let id = operation.get("operationId").unwrap().as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id}");
            assert_eq!(in_path(operation), placeholders(path), "{id}");
            let responses = operation.get("responses").unwrap();
            assert!(!responses.as_object().unwrap().is_empty(), "{id}");
        }
    }
    assert_eq!(
        ids,
        operations()
            .map(|operation| operation.id().to_owned())
            .collect()
    );
    let known = document.at(&["components", "schemas"]).unwrap();
    assert_eq!(known.as_object().unwrap().len(), schemas().count());

    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 1_000);
    for reference in references {
        let steps: Vec<_> = reference.trim_start_matches("#/").split('/').collect();
        assert!(document.at(&steps).is_some(), "{reference}");
    }
}

fn in_path(operation: &Json) -> BTreeSet<String> {
    let params = operation
        .get("parameters")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let in_path = params.iter().filter(|param| {
        param
            .get("in")
            .is_some_and(|place| place.as_str() == Some("path"))
    });
    in_path
        .map(|param| param.get("name").unwrap().as_str().unwrap().to_owned())
        .collect()
}

fn placeholders(path: &str) -> BTreeSet<String> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(str::to_owned)
        .collect()
}

fn collect(value: &Json, into: &mut BTreeSet<String>) {
    match value {
        Json::Object(members) => {
            if let Some(Json::String(reference)) = members.get("$ref") {
                into.insert(reference.clone());
            }
            members.iter().for_each(|(_, value)| collect(value, into));
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// What `/v1` REST takes and gives, but not what is required, and not the objects of CRUD.
#[test]
fn null_stands_where_it_is_taken_or_printed() {
    let document = Json::parse(openapi()).unwrap();
    let has_null = |schema: &str, name: &str| {
        let path = ["components", "schemas", schema, "properties", name];
        document
            .at(&path)
            .unwrap()
            .to_compact_string()
            .contains("null")
    };
    for (schema, name) in [
        ("UpdateAccountRequest", "notes"),
        ("UpdateAccountContact", "city"),
        ("AccountBasicInfo", "notes"),
        ("Product", "category"),
    ] {
        assert!(has_null(schema, name), "{schema} {name}");
    }
    for (schema, name) in [
        ("CreateAccountRequest", "currency"),
        ("UpdateAccountContact", "lastName"),
        ("ProxyModifyAccount", "Notes"),
    ] {
        assert!(!has_null(schema, name), "{schema} {name}");
    }
}

#[test]
fn facts_become_keywords() {
    let document = Json::parse(openapi()).unwrap();
    let member = |schema: &str, name: &str| {
        let path = ["components", "schemas", schema, "properties", name];
        document.at(&path).unwrap().to_compact_string()
    };
    assert_eq!(
        member("AccountData", "currency"),
        r#"{"type":"string","minLength":3,"maxLength":3}"#
    );
    assert_eq!(
        member("AccountData", "billCycleDay"),
        r#"{"type":"integer","format":"int64","minimum":0,"maximum":31}"#
    );
    assert_eq!(
        member("AccountMetrics", "balance"),
        r#"{"type":["number","null"],"format":"decimal"}"#
    );
    assert_eq!(
        member("AccountBasicInfo", "defaultPaymentMethodId"),
        r#"{"type":["string","null"]}"#
    );
    assert_eq!(
        member("ExpandedAccount", "name"),
        r#"{"type":["string","null"]}"#
    );
    assert_eq!(
        member("TaxInfo", "exemptStatus"),
        r##"{"anyOf":[{"$ref":"#/components/schemas/TaxExemptStatus","default":"No"},{"type":"null"}]}"##
    );
}
