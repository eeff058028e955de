//! Repairs of the description's upstream faults, one named function each. A repair that finds nothing to
//! repair is a fault itself: the source was mended, and the repair is to be deleted.

use crate::api::{Api, Fault, In, Param, Shape, Type};

type Repair = fn(&mut Api) -> usize;

const REPAIRS: &[(&str, Repair)] = &[
    (
        "enum_values_without_stray_backticks",
        enum_values_without_stray_backticks,
    ),
    (
        "content_headers_follow_from_the_body",
        content_headers_follow_from_the_body,
    ),
    (
        "forms_are_made_of_fields_and_files",
        forms_are_made_of_fields_and_files,
    ),
];

/// Applies all repairs.
pub(crate) fn apply(api: &mut Api) -> Result<(), Fault> {
    for (name, repair) in REPAIRS {
        if repair(api) == 0 {
            return Err(Fault(format!(
                "the repair {name} no longer applies: delete it from fixups.rs"
            )));
        }
    }
    Ok(())
}

/// One value came out of its source's prose with a backtick at its end.
fn enum_values_without_stray_backticks(api: &mut Api) -> usize {
    let mut repaired = 0;
    for schema in api.schemas.values_mut() {
        if let Shape::Enum(values) = &mut schema.shape {
            for value in values.iter_mut().filter(|value| value.contains('`')) {
                *value = value.replace('`', "");
                repaired += 1;
            }
        }
    }
    repaired
}

/// `Content-Type` and `Accept` are listed as parameters of some operations; body and reply decide them.
/// `Idempotency-Key` is listed once beside the common headers.
fn content_headers_follow_from_the_body(api: &mut Api) -> usize {
    let mut repaired = 0;
    for operation in api.operations.values_mut() {
        let before = operation.params.len();
        operation.params.retain(|param| {
            param.position != In::Header
                || !["Content-Type", "Accept", "Idempotency-Key"]
                    .contains(&param.field.name.as_str())
        });
        repaired += before - operation.params.len();
    }
    repaired
}

/// Some operations that take a form name a schema as their body, as if it were JSON; its members are the
/// fields and files of the form.
fn forms_are_made_of_fields_and_files(api: &mut Api) -> usize {
    let mut repaired = 0;
    for operation in api.operations.values_mut() {
        let Some(body) = &mut operation.body else {
            continue;
        };
        if body.content_type != "multipart/form-data" {
            continue;
        }
        let Some(Type::Named(name)) = body.ty.take() else {
            continue;
        };
        if let Some(schema) = api.schemas.remove(&name)
            && let Shape::Object(fields) = schema.shape
        {
            operation
                .params
                .extend(fields.into_iter().map(|field| Param {
                    position: match field.ty {
                        Type::Binary => In::File,
                        _ => In::Form,
                    },
                    field,
                }));
            repaired += 1;
        }
    }
    repaired
}
