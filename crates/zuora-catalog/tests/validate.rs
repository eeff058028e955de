//! JSON against schemas: every violation, with its place and kind.

#![allow(clippy::unwrap_used, reason = "a test")]

use zuora_catalog::{
    Direction::{self, Reply, Request},
    Facts, Field, Report, Shape, Type, ViolationKind as Kind, is_custom, operation, operations,
    schema, schemas,
};
use zuora_wire::Json;

fn check(schema_name: &str, json: &str, direction: Direction) -> Report {
    let value = Json::parse(json).unwrap();
    schema(schema_name).unwrap().check(&value, direction)
}

/// The violations as `path: Kind`.
fn found(report: &Report) -> Vec<String> {
    let all = report.violations.iter();
    all.map(|violation| format!("{}: {:?}", violation.path, violation.kind))
        .collect()
}

fn field(schema_name: &str, name: &str) -> Field {
    match schema(schema_name).unwrap().shape() {
        Shape::Object(fields) => fields.get(name).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The kinds of what is wrong with one member.
fn kinds(field: Field, json: &str) -> Vec<Kind> {
    let report = field.check(&Json::parse(json).unwrap(), Request);
    report.violations.iter().map(|found| found.kind).collect()
}

#[test]
fn every_violation_is_reported() {
    let report = check(
        "AccountData",
        r#"{
            "billCycleDay": 32,
            "name": null,
            "currency": "EURO",
            "communicationProfileId": "xyz",
            "autoPay": "yes",
            "invoiceTemplateId": "123456789012345678901234567890123",
            "taxInfo": {"exemptEffectiveDate": "2026-02-30", "nonsense": 1, "Region__c": {"a": 1}},
            "customFields": {"anything": [null]},
            "surprise": {"deep": true}
        }"#,
        Request,
    );
    assert_eq!(
        found(&report),
        [
            "billCycleDay: TooBig",
            "name: Null",
            "currency: TooLong",
            "communicationProfileId: Pattern",
            "autoPay: WrongType",
            "invoiceTemplateId: TooLong",
            "taxInfo.exemptEffectiveDate: WrongType",
            "billToContact: Missing",
        ]
        .map(|line| line.replace(
            "exemptEffectiveDate: WrongType",
            "exemptEffectiveDate: Form"
        ))
    );
    let unknown: Vec<_> = report.unknown.iter().map(|found| &found.path).collect();
    assert_eq!(unknown, ["taxInfo.nonsense", "surprise"]);
    assert!(!report.is_valid());
    assert_eq!(report.to_string().lines().count(), 10);
}

#[test]
fn a_reply_may_lack_anything_and_be_null_everywhere() {
    assert!(check("AccountData", "{}", Reply).is_spotless());
    assert!(check("AccountData", "null", Reply).is_spotless());
    let nulls = r#"{"name": null, "billToContact": null, "taxInfo": {"VATId": null}}"#;
    assert!(check("AccountData", nulls, Reply).is_spotless());
    let wrong = check("AccountData", r#"{"name": [], "billToContact": 1}"#, Reply);
    assert_eq!(
        found(&wrong),
        ["name: WrongType", "billToContact: WrongType"]
    );
}

#[test]
fn numbers_are_exact_and_may_be_text() {
    let balance = field("AccountMetrics", "balance");
    for good in ["1", "1.10", "1E-9", "0E-9", "-0", "\"12.50\"", "1e400"] {
        assert_eq!(kinds(balance, good), [], "{good}");
    }
    let digits = format!("{}.{}", "9".repeat(39), "1".repeat(39));
    assert_eq!(kinds(balance, &digits), []);
    for bad in ["\"\"", "\"1,5\"", "\"NaN\"", "\"+1\"", "\" 1\""] {
        assert_eq!(kinds(balance, bad), [Kind::Form], "{bad}");
    }
    assert_eq!(kinds(balance, "true"), [Kind::WrongType]);

    let day = field("AccountData", "billCycleDay");
    for good in ["0", "31", "31.000", "3e1", "-0"] {
        assert_eq!(kinds(day, good), [], "{good}");
    }
    // A binary float would not tell these from the limit.
    assert_eq!(kinds(day, "-1"), [Kind::TooSmall]);
    assert_eq!(kinds(day, "31.00000000000000000001"), [Kind::Form]);
    assert_eq!(kinds(day, "9223372036854775808"), [Kind::Form]);
    assert_eq!(kinds(day, "\"1\""), [Kind::WrongType]);

    // Below a limit that is itself not allowed.
    let all = schemas().filter_map(|schema| match schema.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    });
    let below = all
        .flat_map(|fields| fields.iter())
        .find(|field| field.facts().iter().any(|(name, _)| name == "below"))
        .unwrap();
    assert_eq!(kinds(below, "1.00"), [Kind::TooBig]);
    assert_eq!(kinds(below, "0.99999999999999999999999999999999999999"), []);
}

#[test]
fn text_amounts_may_be_numbers() {
    let balance = field("AccountSummaryBasicInfo", "balance");
    assert_eq!(balance.ty().as_str(), "string");
    for good in ["\"12.50\"", "12.50"] {
        assert_eq!(kinds(balance, good), [], "{good}");
    }
    assert_eq!(kinds(balance, "\"twelve\""), [Kind::Form]);
}

#[test]
fn texts_have_lengths_in_characters_values_and_patterns() {
    let state = field("AccountCreditCardHolder", "cardHolderName");
    assert_eq!(kinds(state, "\"\""), [Kind::TooShort]);
    assert_eq!(kinds(state, &format!("\"{}\"", "é".repeat(50))), []);
    assert_eq!(
        kinds(state, &format!("\"{}\"", "é".repeat(51))),
        [Kind::TooLong]
    );

    let option = field("AccountBillingAndPayment", "bcdSettingOption");
    assert_eq!(kinds(option, "\"AutoSet\""), []);
    assert_eq!(kinds(option, "\"autoset\""), [Kind::NotOneOf]);

    let status = field("AccountBasicInfo", "status");
    assert_eq!(kinds(status, "\"Active\""), []);
    assert_eq!(kinds(status, "\"active\""), [Kind::NotOneOf]);
    assert_eq!(kinds(status, "5"), [Kind::WrongType]);

    let id = field("AccountData", "sequenceSetId");
    assert_eq!(kinds(id, "\"2c92c0f86a8dd422016a9e7a70116b0d\""), []);
    assert_eq!(
        kinds(id, "\"2c92c0f86a8dd422016a9e7a70116b0d \""),
        [Kind::Pattern]
    );
}

#[test]
fn dates_exist_and_date_times_come_in_several_forms() {
    let date = field("AccountSummaryBasicInfo", "lastInvoiceDate");
    for good in ["2024-02-29", "0001-01-01"] {
        assert_eq!(kinds(date, &format!("\"{good}\"")), [], "{good}");
    }
    for bad in [
        "2026-02-29",
        "2026-2-3",
        "20260203",
        "2026-02-03T00:00:00Z",
        "",
        "2026-W06-2",
    ] {
        assert_eq!(kinds(date, &format!("\"{bad}\"")), [Kind::Form], "{bad}");
    }
    let fields = schemas().filter_map(|schema| match schema.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    });
    let time = fields
        .flat_map(|fields| fields.iter())
        .find(|field| field.ty().as_str() == "date-time")
        .unwrap();
    for good in [
        "2022-04-25T19:08:32Z",
        "2022-04-25T19:08:32.000-08:00",
        "2022-04-25 19:08:32",
        "2019-09-10 19:32:21 UTC",
    ] {
        assert_eq!(kinds(time, &format!("\"{good}\"")), [], "{good}");
    }
    assert_eq!(kinds(time, "\"yesterday\""), [Kind::Form]);
}

#[test]
fn arrays_have_counts_and_their_items_have_facts() {
    let days = schemas()
        .filter_map(|schema| match schema.shape() {
            Shape::Object(fields) => fields.get("weeklyOnDay"),
            _ => None,
        })
        .next()
        .unwrap();
    assert_eq!(kinds(days, r#"["Mon", "Tue"]"#), []);
    assert_eq!(kinds(days, "[]"), [Kind::TooFewItems]);
    let nine = format!("[{}]", ["\"Mon\""; 9].join(","));
    assert_eq!(kinds(days, &nine), [Kind::TooManyItems]);
    let report = days.check(
        &Json::parse(r#"["Mon", "Someday", 3, null]"#).unwrap(),
        Request,
    );
    assert_eq!(
        found(&report),
        ["[1]: NotOneOf", "[2]: WrongType", "[3]: Null"]
    );
}

#[test]
fn a_hundred_thousand_items_and_members_take_their_time_only_once() {
    let item = r#"{"name": "x", "balance": 1.10, "wrong": 2}"#;
    let report = check(
        "AccountSummaryResponse",
        &format!("{{\"invoices\": [{}]}}", vec![item; 100_000].join(",")),
        Reply,
    );
    assert_eq!(report.unknown.len(), 200_000);
    assert_eq!(report.unknown[199_999].path, "invoices[99999].wrong");
    let members: Vec<_> = (0..100_000).map(|n| format!("\"m{n}\": 1")).collect();
    let report = check(
        "AccountMetrics",
        &format!("{{{}}}", members.join(",")),
        Reply,
    );
    assert_eq!(report.unknown.len(), 100_000);
}

#[test]
fn a_tag_tells_the_variant() {
    let name = "BulkCreateCreditMemosRequest";
    assert!(check(name, r#"{"sourceType": "Invoice", "memos": []}"#, Request).is_spotless());
    let report = check(
        name,
        r#"{"sourceType": "Invoice", "memos": [{"invoiceId": 1}]}"#,
        Reply,
    );
    assert_eq!(found(&report), ["memos[0].invoiceId: WrongType"]);
    let report = check(name, r#"{"sourceType": "Moon"}"#, Request);
    assert_eq!(found(&report), ["sourceType: UnknownVariant"]);
    assert!(report.violations[0].message.contains("Invoice, Standalone"));
    assert_eq!(found(&check(name, "{}", Request)), ["sourceType: Missing"]);
    assert_eq!(found(&check(name, "7", Request)), [": UnknownVariant"]);
    assert!(check(name, "{}", Reply).is_spotless());
}

#[test]
fn a_tag_of_no_known_variant_may_be_one_without_a_text() {
    let open = r#"{"type": "MyOwnMethod", "accountKey": "A1"}"#;
    assert!(check("CreatePaymentMethodRequest", open, Request).is_spotless());
}

#[test]
fn without_a_tag_the_best_fit_is_taken() {
    let name = "ExtendedGroupConditionConditionsInner";
    let leaf = r#"{"field": "a", "operator": "eq", "value": "1"}"#;
    assert!(check(name, leaf, Request).is_spotless());
    let group = format!(r#"{{"relation": "and", "conditions": [{leaf}, {leaf}]}}"#);
    assert!(check(name, &group, Request).is_spotless());
    let report = check(name, &group.replace("\"eq\"", "\"equals\""), Request);
    assert_eq!(
        found(&report),
        [
            "conditions[0].operator: NotOneOf",
            "conditions[1].operator: NotOneOf"
        ]
    );
    // An array beside an object.
    assert!(check("IngestUsageEventsRequest", "[{}, {}]", Reply).is_spotless());
    let report = check("IngestUsageEventsRequest", "[{}, 7]", Reply);
    assert_eq!(found(&report), ["[1]: WrongType"]);
}

#[test]
fn recursion_is_followed_as_deep_as_json_is_read() {
    let mut json = r#"{"field": "a", "operator": "eq"}"#.to_owned();
    for _ in 0..60 {
        json = format!(r#"{{"relation": "or", "conditions": [{json}]}}"#);
    }
    assert!(check("ExtendedGroupCondition", &json, Request).is_spotless());
    // Made by a program, and deeper than any text.
    let mut value = Json::object([("field", "a"), ("operator", "eq")]);
    for _ in 0..2_000 {
        let conditions = Json::Array(vec![value]);
        value = Json::object([("relation", Json::from("or")), ("conditions", conditions)]);
    }
    let report = schema("ExtendedGroupCondition")
        .unwrap()
        .check(&value, Request);
    assert!(!report.is_valid());
    let mut kinds = report.violations.iter().map(|found| found.kind);
    assert!(kinds.all(|kind| kind == Kind::TooDeep), "{report}");
}

#[test]
fn what_only_replies_have_is_wrong_in_a_request() {
    let all = schemas().filter_map(|schema| match schema.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    });
    let (fields, known) = all
        .filter_map(|fields| Some((fields, fields.iter().find(|field| field.is_read_only())?)))
        .find(|(_, field)| field.ty().as_str() == "string")
        .unwrap();
    assert!(fields.iter().any(|field| field.is_read_only()));
    let name = schemas()
        .find(|schema| matches!(schema.shape(), Shape::Object(other) if other == fields))
        .unwrap();
    let value = Json::object([(known.name(), "x")]);
    let kinds = |direction| -> Vec<_> {
        let report = name.check(&value, direction);
        report.violations.iter().map(|found| found.kind).collect()
    };
    assert!(kinds(Request).contains(&Kind::ReadOnly));
    assert!(!kinds(Reply).contains(&Kind::ReadOnly));
}

#[test]
fn objects_of_which_nothing_is_known_take_anything() {
    assert!(
        check(
            "SubmitBulkJobResponse",
            r#"{"a": [1, {"b": null}]}"#,
            Request
        )
        .is_spotless()
    );
}

#[test]
fn custom_fields_are_told_by_their_name() {
    for custom in [
        "Region__c",
        "region__c",
        "IntegrationId__NS",
        "QuoteNumber__QT",
    ] {
        assert!(is_custom(custom), "{custom}");
    }
    for other in [
        "region",
        "Region__C",
        "__c",
        "a__",
        "a_c",
        "a__1",
        "a__x",
        "snake__case",
        "",
    ] {
        assert!(!is_custom(other), "{other}");
    }
}

#[test]
fn no_value_is_in_a_message() {
    let report = check(
        "AccountData",
        r#"{
            "communicationProfileId": "MARKED", "currency": "MARKED", "autoPay": "MARKED",
            "taxInfo": {"exemptStatus": "MARKED", "exemptEffectiveDate": "MARKED"}
        }"#,
        Request,
    );
    assert_eq!(report.violations.len(), 9, "{report}");
    let report = report.to_string();
    assert!(!report.contains("MARKED"), "{report}");
}

#[test]
fn long_names_are_shortened_in_paths() {
    let report = check(
        "AccountMetrics",
        &format!("{{\"{}\": 1}}", "n".repeat(10_000)),
        Reply,
    );
    assert!(report.unknown[0].path.len() < 200);
}

#[test]
fn texts_of_parameters_are_checked_as_text() {
    let param = |id, name| {
        let operation = operation(id).unwrap();
        operation
            .params()
            .find(|param| param.field.name() == name)
            .unwrap()
            .field
    };
    let size = operations()
        .flat_map(|operation| operation.params())
        .map(|param| param.field)
        .find(|field| {
            field.ty().as_str() == "integer"
                && field
                    .facts()
                    .iter()
                    .any(|(name, text)| (name, text) == ("max", "40"))
        })
        .unwrap();
    let kinds = |field: Field, text: &str| -> Vec<_> {
        let report = field.check_text(text, Request);
        report.violations.iter().map(|found| found.kind).collect()
    };
    assert_eq!(kinds(size, "40"), []);
    assert_eq!(kinds(size, "41"), [Kind::TooBig]);
    assert_eq!(kinds(size, "many"), [Kind::Form]);
    assert_eq!(kinds(param("getAccount", "account-key"), "A1"), []);
    assert_eq!(
        kinds(param("createToken", "grant_type"), "password"),
        [Kind::NotOneOf]
    );
}

#[test]
fn every_pattern_compiles_and_every_fact_is_understood() {
    let mut patterns = 0;
    let params = operations().flat_map(|operation| operation.params());
    let members = schemas().filter_map(|schema| match schema.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    });
    let fields = params
        .map(|param| param.field)
        .chain(members.flat_map(|fields| fields.iter()));
    for field in fields {
        for facts in [field.facts(), field.facts().items()] {
            if let Some(pattern) = Facts::pattern(facts) {
                regex_lite::Regex::new(pattern).unwrap();
                patterns += 1;
            }
        }
    }
    assert!(patterns > 100);
}

#[test]
fn nothing_panics_whatever_comes() {
    let values = [
        "null",
        "true",
        "0",
        "-1e999",
        "\"\"",
        "\"é\"",
        "[]",
        "[[]]",
        "{}",
        "{\"\": {}}",
        "[null, 1, \"x\", {}]",
    ];
    for text in values {
        let value = Json::parse(text).unwrap();
        for schema in schemas() {
            for direction in [Request, Reply] {
                Type::of(schema).check(&value, direction);
            }
        }
        for param in operations().flat_map(|operation| operation.params()) {
            param.field.check(&value, Request);
            param.field.check_text(text, Request);
        }
    }
}
