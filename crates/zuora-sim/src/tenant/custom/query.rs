//! `/object-query/{custom object}`: its records with the parameters of object query.

use super::{is_filterable, list::latest_first, member, record, records};
use crate::{
    check,
    problem::Problem,
    tenant::{
        door::{Answer, Ask},
        filter::{Condition, Test},
        kind::Kind,
        object_query::{self, Wanted},
        record::text,
        store::{Store, Transaction},
    },
};
use zuora_wire::Object;

pub(super) fn one(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    let wanted = wanted(ask)?;
    let row = record(tx.store(), definition, ask.arg(1));
    let row = row.map_err(|_| Problem::not_found(ask.arg(1)))?;
    Ok(Answer::Json(seen(row, &wanted).into()))
}

pub(super) fn list(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    let wanted = wanted(ask)?;
    let conditions = check::queried(ask.call, "filter[]")
        .map(|text| condition(definition, &text))
        .map(|condition| condition.map(|condition| condition.settled(tx.zone())))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows: Vec<&Object> = records(tx.store(), definition)
        .filter(|row| conditions.iter().all(|condition| condition.is_met(row)))
        .collect();
    latest_first(&mut rows);
    if let Some(sort) = check::queried(ask.call, "sort[]").next() {
        let (name, direction) = sort.rsplit_once('.').unwrap_or((&sort, "ASC"));
        let member = member(definition, name).ok_or_else(|| Problem::bad_query("sort[]"))?;
        object_query::sort(&mut rows, &member, direction)?;
    }
    object_query::page(ask, &wanted, rows.into_iter(), |row| seen(row, &wanted))
}

/// The object's name in a path, which is compared without case (a guess).
fn definition<'s>(store: &'s Store, name: &str) -> Result<&'s Object, Problem> {
    let mut all = store.all(Kind::CustomObjectDefinition);
    let found = all.find(|definition| text(definition, "object").eq_ignore_ascii_case(name));
    found.ok_or_else(|| Problem::not_found(name))
}

fn wanted(ask: &Ask<'_>) -> Result<Wanted, Problem> {
    let wanted = object_query::wanted(ask)?;
    // Relations of custom objects are not followed.
    match wanted.expand.first() {
        Some(path) => Err(Problem::bad_query(format!("expand[] {path}"))),
        None => Ok(wanted),
    }
}

/// Custom objects lack two operators, and only some fields can be searched by (documented).
fn condition(definition: &Object, text: &str) -> Result<Condition, Problem> {
    let condition = object_query::condition(text)?;
    let member = member(definition, &condition.member);
    let member = member.filter(|member| is_filterable(definition, member));
    let lacks = matches!(
        condition.test,
        Test::Begins(_) | Test::NotEqual(_) | Test::NotNull
    );
    match member {
        Some(member) if !lacks => Ok(Condition {
            member,
            ..condition
        }),
        _ => Err(Problem::bad_query(format!("filter[] {text}"))),
    }
}

fn seen(row: &Object, wanted: &Wanted) -> Object {
    let mut row = row.clone();
    row.remove("definitionId");
    object_query::own_fields(&row, wanted, "")
}
