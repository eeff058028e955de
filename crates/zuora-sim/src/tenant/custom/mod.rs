//! Custom objects: kinds of objects that users define, and their records.
//!
//! `definition` says which fields an object has, `field` what may stand in them, `record` keeps the records and
//! `bulk` many of them at once; `search` reads the parameter `q`, `list` gives pages, and `query` is their door in
//! object query.

mod bulk;
mod definition;
mod field;
mod list;
mod query;
mod record;
mod search;

use super::{
    door::Handler,
    kind::Kind,
    record::text,
    store::{Store, Transaction},
    view,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("postCustomObjectDefinitions", definition::create),
    ("getAllCustomObjectDefinitionsInNamespace", definition::all),
    ("getCustomObjectDefinitionByType", definition::get),
    ("deleteCustomObjectDefinitionByType", definition::delete),
    ("postUpdateCustomObjectDefinition", definition::update),
    ("postCustomObjectRecords", record::create),
    ("getAllRecordsForCustomObjectType", list::records),
    ("getCustomObjectRecordByID", record::get),
    ("putCustomObjectRecord", record::put),
    ("patchPartialUpdateCustomObjectRecord", record::patch),
    ("deleteCustomObjectRecordByID", record::delete),
    ("postCustomObjectRecordsBatchUpdateOrDelete", record::batch),
    ("queryCustomObjects", query::list),
    ("queryCustomObjectBykey", query::one),
    ("postCustomObjectBulkJob", bulk::create),
    ("postUploadFileForCustomObjectBulkJob", bulk::upload),
    ("getAllCustomObjectBulkJobs", bulk::all),
    ("getCustomObjectBulkJob", bulk::get),
    ("getCustomObjectBulkJobErrors", bulk::errors),
    ("patchCustomObjectBulkJob", bulk::cancel),
    (bulk::RUN, bulk::run),
];

/// The resource part of codes. One example of it is documented; that it stands for every refusal is a guess.
const RESOURCE_GUESS: u32 = 710_125;
const BAD_VALUE: u32 = 20;
const UNKNOWN_FIELD: u32 = 21;
const MISSING: u32 = 22;
const RULE: u32 = 30;
const NOT_FOUND: u32 = 40;

/// The members that every record has, as these doors call them, and their names in the store.
const SYSTEM: [(&str, &str); 6] = [
    ("Id", "id"),
    ("type", "type"),
    ("CreatedById", "createdById"),
    ("CreatedDate", "createdDate"),
    ("UpdatedById", "updatedById"),
    ("UpdatedDate", "updatedDate"),
];

fn refused(category: u32, message: impl Into<String>) -> Problem {
    Problem::new(RESOURCE_GUESS * 100 + category, "INVALID_VALUE", message)
}

/// The definition with this API name, which is case-sensitive (documented).
fn definition<'t>(store: &'t Store, object: &str) -> Result<&'t Object, Problem> {
    let found = store.get(Kind::CustomObjectDefinition, object);
    // An id is no name.
    let found = found.filter(|definition| text(definition, "object") == object);
    found.ok_or_else(|| {
        refused(
            NOT_FOUND,
            format!("The custom object {object} does not exist"),
        )
    })
}

/// Its records, in the order of their creation.
fn records<'s>(
    store: &'s Store,
    definition: &Object,
) -> impl Iterator<Item = &'s Object> + use<'s> {
    let id = text(definition, "id");
    store.children(Kind::CustomObjectRecord, "definitionId", id)
}

fn has_records(tx: &Transaction<'_>, definition: &Object) -> bool {
    records(tx.store(), definition).next().is_some()
}

/// The record with this id, if it is one of this object.
fn record<'s>(store: &'s Store, definition: &Object, id: &str) -> Result<&'s Object, Problem> {
    let found = store.get(Kind::CustomObjectRecord, id);
    let found = found.filter(|row| text(row, "definitionId") == text(definition, "id"));
    found.ok_or_else(|| {
        let object = text(definition, "object");
        refused(NOT_FOUND, format!("No record of {object} has the id {id}"))
    })
}

/// The custom fields of a definition.
fn fields(definition: &Object) -> impl Iterator<Item = (&str, &Object)> {
    let fields = definition.get("properties").and_then(Json::as_object);
    let fields = fields.into_iter().flat_map(Object::iter);
    fields.filter_map(|(name, field)| Some((name, field.as_object()?)))
}

/// Whether one of a definition's lists has this field.
fn is_listed(definition: &Object, list: &str, field: &str) -> bool {
    let names = definition.get(list).and_then(Json::as_array);
    let mut names = names.into_iter().flatten();
    names.any(|name| name.as_str() == Some(field))
}

/// What a record's member is called in the store. The first letter may be of either case, as object query
/// writes it small (documented).
fn member(definition: &Object, name: &str) -> Option<String> {
    let is_it = |own: &str| {
        let mut pair = own.chars().zip(name.chars());
        own.len() == name.len()
            && pair.next().is_some_and(|(a, b)| a.eq_ignore_ascii_case(&b))
            && pair.all(|(a, b)| a == b)
    };
    let system = SYSTEM.iter().find(|(shown, _)| is_it(shown));
    let custom = || fields(definition).find(|(own, _)| is_it(own));
    match system {
        Some((_, own)) => Some((*own).to_owned()),
        None => custom().map(|(own, _)| own.to_owned()),
    }
}

/// Whether records can be searched by a member: only by some of them (documented).
fn is_filterable(definition: &Object, member: &str) -> bool {
    matches!(member, "id" | "createdDate" | "updatedDate")
        || is_listed(definition, "filterable", member)
}

/// What a reply can hold of a record that was refused: anything may have been sent.
fn sent_record(sent: &Object) -> Json {
    view::named("CustomObjectRecordWithAllFields", sent)
}

/// A record under the names of these doors.
fn shown(row: &Object) -> Object {
    let mut seen = Object::new();
    for (shown, own) in SYSTEM {
        if let Some(value) = row.get(own) {
            seen.insert(shown, value.clone());
        }
    }
    for (name, value) in row.iter() {
        if zuora_catalog::is_custom(name) {
            seen.insert(name, value.clone());
        }
    }
    seen
}
