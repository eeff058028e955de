//! Pages of a custom object's records, the latest first.
//!
//! A cursor says behind which record a page begins, so that pages stay whole while others write.

use super::{BAD_VALUE, definition, refused, search, shown};
use crate::{
    check,
    problem::Problem,
    tenant::{
        door::{Answer, Ask},
        record::text,
        store::Transaction,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zuora_wire::{Json, Object};

/// `pageSize`: 20 by default, as the reference has it; the guide says up to 1,000.
const PAGE_SIZE: (usize, usize) = (20, 1000);
/// The members that records are ordered by, downwards, under the names of cursors (observed).
const ORDER: [(&str, &str); 2] = [("UpdatedDate", "updatedDate"), ("Id", "id")];

pub(super) fn records(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    let wanted = ask.query("q").filter(|text| !text.trim().is_empty());
    let wanted = wanted.map(|text| search::parse(definition, &text));
    let wanted = wanted.transpose()?;
    let ids: Vec<String> = check::queried(ask.call, "ids")
        .flat_map(|ids| ids.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut rows: Vec<&Object> = super::records(tx.store(), definition)
        .filter(|row| wanted.as_ref().is_none_or(|wanted| wanted.is_met(row)))
        .filter(|row| ids.is_empty() || ids.iter().any(|id| id == text(row, "id")))
        .collect();
    latest_first(&mut rows);
    let size = number(ask, "pageSize", PAGE_SIZE.0)?.clamp(1, PAGE_SIZE.1);
    let from = match ask.query("cursor") {
        Some(cursor) => behind(&rows, &cursor)?,
        None => (number(ask, "page", 1)?.max(1) - 1).saturating_mul(size),
    };
    let page = rows.iter().skip(from).take(size);
    let mut reply = Object::new();
    reply.insert("count", rows.len() as u64);
    let seen: Vec<Json> = page.map(|row| shown(row).into()).collect();
    let end = from.saturating_add(seen.len());
    reply.insert("records", seen);
    if end < rows.len()
        && let Some(last) = end.checked_sub(1).and_then(|last| rows.get(last))
    {
        reply.insert("cursor", cursor(last));
    }
    Ok(Answer::Json(reply.into()))
}

/// By the day of their change, then by id (observed).
pub(super) fn latest_first(rows: &mut [&Object]) {
    rows.sort_by(|one, other| order(other).cmp(&order(one)));
}

fn order(row: &Object) -> [&str; 2] {
    ORDER.map(|(_, member)| text(row, member))
}

fn number(ask: &Ask<'_>, name: &str, default: usize) -> Result<usize, Problem> {
    match ask.query(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| refused(BAD_VALUE, format!("{name} must be a whole number"))),
    }
}

fn cursor(row: &Object) -> String {
    let parts = ORDER.map(|(shown, member)| {
        let by = Json::object([("field", shown), ("order", "desc")]);
        Json::object([("value", Json::from(text(row, member))), ("orderBy", by)])
    });
    URL_SAFE_NO_PAD.encode(Json::Array(parts.to_vec()).to_string())
}

/// How many records come before what follows a cursor.
fn behind(rows: &[&Object], cursor: &str) -> Result<usize, Problem> {
    let wrong = || refused(BAD_VALUE, "The cursor is not one that was given out");
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let json = Json::parse(json).map_err(|_| wrong())?;
    let value = |place| json.at(&[place, "value"]).and_then(Json::as_str);
    let last = [value("0"), value("1")];
    let [Some(at), Some(id)] = last else {
        return Err(wrong());
    };
    Ok(rows.partition_point(|row| order(row) >= [at, id]))
}
