//! Days that are sent as date-times, which CRUD and Actions take before WSDL version 69 (documented): their handlers
//! see the days.

use crate::{
    dispatch::Call,
    problem::Family,
    tenant::{self, day_of},
    version,
};
use jiff::tz::TimeZone;
use zuora_catalog::{Kind, Operation, Shape, Type};
use zuora_wire::Json;

/// The body with days in the place of date-times, where a version that takes these is asked for.
pub(crate) fn body(call: &Call<'_>, operation: Operation, family: Family) -> Option<Json> {
    if !matches!(family, Family::Crud | Family::Action) || version::has_days(call) {
        return None;
    }
    let mut body = call.json?.clone();
    let zone = call.shared.state().settings.time_zone.clone();
    let of_objects = tenant::type_of_objects(operation, &body);
    if let Some(ty) = operation.body().and_then(|body| body.ty) {
        settle(&mut body, ty, &zone);
    }
    if let (Some(ty), Json::Object(members)) = (of_objects, &mut body)
        && let Some(Json::Array(objects)) = members.get_mut("objects")
    {
        objects.iter_mut().for_each(|sent| settle(sent, ty, &zone));
    }
    Some(body)
}

/// What stands where the type has a date.
fn settle(json: &mut Json, ty: Type, zone: &TimeZone) {
    match (ty.kind(), &mut *json) {
        (Kind::Date, Json::String(text)) => {
            if let Some(day) = day_of(text, zone) {
                *text = day;
            }
        }
        (Kind::Array(items), Json::Array(values)) => {
            values
                .iter_mut()
                .for_each(|value| settle(value, items, zone));
        }
        (Kind::Named(_), Json::Object(members)) => {
            let Some(Shape::Object(fields)) = ty.schema().map(|schema| schema.shape()) else {
                return;
            };
            for (name, value) in members.iter_mut() {
                if let Some(field) = fields.get(name) {
                    settle(value, field.ty(), zone);
                }
            }
        }
        _ => {}
    }
}
