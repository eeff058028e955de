//! What export ZOQL finds, as CSV: the one engine of data source exports and AQuA.

use super::{
    csv,
    fields_of::{self, Named},
    filter::{self, Condition, by_member, plain},
    kind::Kind,
    record::{text, to_pascal},
    relation::{self, Way},
    store::{Store, Transaction},
    view,
    zoql_text::{self, Query, malformed, parse_export},
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

/// A query whose names are all known.
pub(super) struct Export {
    kind: Kind,
    columns: Vec<Column>,
    /// Each with the way to the object that it is about.
    groups: Vec<Vec<(Way, Condition)>>,
    order: Option<(Way, String, bool)>,
    limit: usize,
}

struct Column {
    header: String,
    way: Way,
    member: String,
}

/// How a file is written.
#[derive(Default)]
pub(super) struct Form {
    /// Date-times in UTC; else in the tenant's zone.
    pub(super) is_utc: bool,
    /// What stands where there is nothing.
    pub(super) null: String,
    /// Only what was changed at this moment or after it.
    pub(super) since: Option<String>,
    /// A last column that says whether a record was removed: its name, and the words for no and yes.
    pub(super) deleted: Option<(String, [&'static str; 2])>,
}

/// A CSV file, and how many rows it has.
pub(super) struct Csv {
    pub(super) text: String,
    pub(super) rows: usize,
}

/// An object that there is none of (observed, with this word).
fn no_such_source(object: &str) -> Problem {
    let text = format!("There is an error in the query: noSuchDataSource: {object}");
    Problem::worded("INVALID_VALUE", text)
}

impl Export {
    pub(super) fn new(store: &Store, zoql: &str) -> Result<Self, Problem> {
        let query = parse_export(zoql)?;
        let kind = query.kind.ok_or_else(|| no_such_source(&query.object))?;
        let name = kind.facts().name;
        let joins = relation::joins(kind);
        // The object and the field that a name is about.
        let resolve = |field: &str| -> Result<(String, Way, Named), Problem> {
            let (object, member) = field.split_once('.').unwrap_or((name, field));
            let same = |other: &str| object.eq_ignore_ascii_case(other);
            let (object, way) = match joins.iter().find(|(join, _)| same(join)) {
                _ if same(name) => (name, Way::new()),
                Some((join, way)) => (join.as_str(), way.clone()),
                None => return Err(malformed(format!("{name} has no {object}"))),
            };
            let end = way.last().map_or(kind, |(_, kind)| *kind);
            let found = fields_of::find(end.facts().name, member);
            let found = found.ok_or_else(|| malformed(format!("{object} has no field {member}")));
            Ok((object.to_owned(), way, found?))
        };
        let column = |field: &String| {
            let (object, way, Named { member, .. }) = resolve(field)?;
            let header = format!("{object}.{}", to_pascal(&member));
            Ok(Column {
                header,
                way,
                member,
            })
        };
        let columns = match query.fields.as_slice() {
            [] => every_column(store, name),
            fields => fields.iter().map(column).collect::<Result<_, Problem>>()?,
        };
        let place = |condition: &Condition| {
            let (object, way, field) = resolve(&condition.member)?;
            Ok((way, zoql_text::on(field, &object, condition)?))
        };
        let Query {
            groups,
            order,
            limit,
            ..
        } = &query;
        let groups = groups.iter().map(|group| group.iter().map(place).collect());
        let order = order.as_ref().map(|(field, is_down)| {
            resolve(field).map(|(_, way, found)| (way, found.member, *is_down))
        });
        Ok(Self {
            kind,
            columns,
            groups: groups.collect::<Result<_, Problem>>()?,
            order: order.transpose()?,
            limit: limit.unwrap_or(usize::MAX),
        })
    }

    /// The names of the columns: each that of its object, a point, and that of its field.
    pub(super) fn header(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.header.as_str())
    }

    pub(super) fn csv(&self, tx: &Transaction<'_>, form: &Form) -> Csv {
        let header = self.header().map(str::to_owned);
        let deleted = form.deleted.iter().map(|(name, _)| name.clone());
        let mut file = Csv {
            text: csv::line(header.chain(deleted)),
            rows: 0,
        };
        self.rows(tx, form, |cells| {
            let cells = cells.iter().map(|cell| match cell {
                Json::Null => form.null.clone(),
                cell => plain(cell),
            });
            file.text += &csv::line(cells);
            file.rows += 1;
        });
        file
    }

    /// Gives row after row: a cell for each column, and the word for a removed record if the form has one.
    pub(super) fn rows(&self, tx: &Transaction<'_>, form: &Form, mut each: impl FnMut(Vec<Json>)) {
        let (store, zone) = (tx.store(), tx.zone());
        let settle =
            |(way, condition): &(Way, Condition)| (way.clone(), condition.clone().settled(zone));
        let groups: Vec<Vec<_>> = self
            .groups
            .iter()
            .map(|group| group.iter().map(settle).collect())
            .collect();
        let nothing = Object::new();
        let is_met = |row: &&Object| {
            let holds = |(way, condition): &(Way, Condition)| {
                condition.is_met(relation::follow(store, row, way).unwrap_or(&nothing))
            };
            groups.iter().any(|group| group.iter().all(holds))
        };
        let since = form.since.as_deref();
        let is_new = |row: &&Object| since.is_none_or(|since| text(row, "updatedDate") >= since);
        let rows = store.all(self.kind).filter(is_new).filter(is_met);
        let mut rows: Vec<&Object> = rows.collect();
        if let Some((way, member, is_down)) = &self.order {
            rows.sort_by(|one, other| {
                let one = relation::follow(store, one, way).unwrap_or(&nothing);
                let other = relation::follow(store, other, way).unwrap_or(&nothing);
                by_member(one, other, member)
            });
            if *is_down {
                rows.reverse();
            }
        }
        rows.truncate(self.limit);
        let deleted = form.deleted.as_ref();
        let mut give = |row: &Object, is_removed: bool| {
            let cells = self.columns.iter().map(|column| {
                let end = relation::follow(store, row, &column.way);
                let value = end.and_then(|end| filter::value(end, &column.member));
                value.map_or(Json::Null, |value| cell(value, tx, form))
            });
            let word = deleted.map(|(_, words)| words[usize::from(is_removed)].into());
            each(cells.chain(word).collect());
        };
        for row in rows {
            give(row, false);
        }
        if deleted.is_some() {
            // All that are remembered, whenever that was.
            for row in store.removed(self.kind).filter(is_met) {
                give(row, true);
            }
        }
    }
}

/// All fields of an object itself.
fn every_column(store: &Store, object: &str) -> Vec<Column> {
    let fields = fields_of::all(store, object).into_iter();
    let exported = fields.filter(|field| field.is_exported(object));
    let columns = exported.map(|field| Column {
        header: format!("{object}.{}", field.name),
        way: Way::new(),
        member: super::record::to_camel(&field.name),
    });
    columns.collect()
}

fn cell(value: &Json, tx: &Transaction<'_>, form: &Form) -> Json {
    match form.is_utc {
        true => value.clone(),
        false => view::crud(value, tx.zone()),
    }
}
