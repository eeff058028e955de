//! `/object-query/{custom object}`: its records with the parameters of object query.

use super::{SYSTEM, fields, is_filterable, record};
use crate::{
    check,
    problem::Problem,
    tenant::{
        door::{Answer, Ask},
        fields_of::ValueType,
        filter::{Condition, Search, Test},
        kind::Kind,
        object_query,
        record::text,
        sort::{Begin, Sort},
        store::{Store, Transaction},
        wanted::{self, Wanted},
    },
};
use zuora_wire::Object;

pub(super) fn one(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    let wanted = wanted(ask, definition)?;
    let row = record(tx.store(), definition, ask.arg(1));
    let row = row.map_err(|_| Problem::not_found(ask.arg(1)))?;
    Ok(Answer::Json(seen(definition, row, &wanted).into()))
}

pub(super) fn list(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let definition = definition(tx.store(), ask.key())?;
    let wanted = wanted(ask, definition)?;
    let own = Condition {
        member: "definitionId".to_owned(),
        test: Test::Equal(text(definition, "id").to_owned()),
    };
    let asked = check::queried(ask.call, "filter[]").map(|text| condition(definition, &text));
    let conditions = std::iter::once(Ok(own))
        .chain(asked)
        .collect::<Result<Vec<_>, _>>()?;
    let sort = match wanted::sort(ask)? {
        None => Sort::latest_first(),
        Some((name, is_down)) => match member(definition, &name) {
            Some(member) => Sort::by(member.to_owned(), is_down),
            None => return Err(Problem::bad_part("sort", name)),
        },
    };
    let begin = Begin::of(ask)?;
    let kind = Kind::CustomObjectRecord;
    let search = Search::new(tx.store(), kind, &[conditions], tx.zone());
    let rows = sort.rows(search.from(0), begin.as_ref()).into_iter();
    let show = |row: &Object| seen(definition, row, &wanted);
    Ok(object_query::page(
        ask,
        &wanted,
        begin,
        rows,
        Some(&sort),
        show,
    ))
}

/// The object's name in a path, which is compared without case (a guess).
fn definition<'s>(store: &'s Store, name: &str) -> Result<&'s Object, Problem> {
    let mut all = store.all(Kind::CustomObjectDefinition);
    let found = all.find(|definition| text(definition, "object").eq_ignore_ascii_case(name));
    found.ok_or_else(|| Problem::not_found(name))
}

fn wanted(ask: &Ask<'_>, definition: &Object) -> Result<Wanted, Problem> {
    let wanted = Wanted::of(ask)?.with_own_name(text(definition, "object"))?;
    // Relations of custom objects are not followed.
    if let Some(path) = wanted.expand.first() {
        return Err(Problem::bad_part("expand", path));
    }
    let unknown = wanted
        .own_fields()
        .find(|name| member(definition, name).is_none())
        .map(|name| Problem::bad_part("fields", name));
    unknown.map_or(Ok(wanted), Err)
}

/// The member that a name means, in any case (documented for object query).
fn member<'d>(definition: &'d Object, name: &str) -> Option<&'d str> {
    let system = SYSTEM.iter().map(|(_, own)| *own);
    let custom = fields(definition).map(|(own, _)| own);
    system
        .chain(custom)
        .find(|own| own.eq_ignore_ascii_case(name))
}

/// Custom objects lack two operators, and only some fields can be searched by (documented).
fn condition(definition: &Object, text: &str) -> Result<Condition, Problem> {
    let condition = wanted::condition(text)?;
    let member = member(definition, &condition.member);
    let member = member.filter(|member| is_filterable(definition, member));
    let lacks = matches!(
        condition.test,
        Test::Begins(_) | Test::NotEqual(_) | Test::NotNull
    );
    match member {
        Some(member) if !lacks && condition.misfit(type_of(definition, member)).is_none() => {
            Ok(Condition {
                member: member.to_owned(),
                ..condition
            })
        }
        _ => Err(Problem::bad_part("filter", text)),
    }
}

fn type_of(definition: &Object, member: &str) -> ValueType {
    if matches!(member, "createdDate" | "updatedDate") {
        return ValueType::DateTime;
    }
    let field = fields(definition).find(|(name, _)| *name == member);
    let word = |name| field.map_or("", |(_, field)| text(field, name));
    match (word("type"), word("format")) {
        ("number", _) => ValueType::Decimal,
        ("integer", _) => ValueType::Integer,
        ("boolean", _) => ValueType::Boolean,
        (_, "date") => ValueType::Date,
        (_, "date-time") => ValueType::DateTime,
        _ => ValueType::Text,
    }
}

fn seen(definition: &Object, row: &Object, wanted: &Wanted) -> Object {
    let mut row = row.clone();
    row.remove("definitionId");
    let known = fields(definition).map(|(name, _)| name);
    object_query::own_fields(&row, known, wanted, "")
}
