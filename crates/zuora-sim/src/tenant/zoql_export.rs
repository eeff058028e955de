//! What export ZOQL finds, as CSV: the one engine of data source exports and AQuA.

use super::{
    csv,
    fields_of::{self, Named},
    filter::{self, Condition, by_member, plain},
    record::{text, to_pascal},
    relation::{self, Ways},
    source::Source,
    store::{Store, Transaction},
    view,
    zoql_text::{self, Query, malformed, parse_export},
};
use crate::problem::Problem;
use std::borrow::Cow;
use zuora_wire::{Json, Object};

/// A query whose names are all known.
pub(super) struct Export {
    source: Source,
    columns: Vec<Column>,
    /// Each with the ways to the object that it is about.
    groups: Vec<Vec<(Ways, Condition)>>,
    order: Option<(Ways, String, bool)>,
    limit: usize,
}

struct Column {
    header: String,
    ways: Ways,
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

/// Names that exports have for members beside those of the reference: guesses.
const ALSO_GUESS: [(&str, &str, &str); 2] = [
    ("PaymentApplication", "Amount", "applyAmount"),
    ("RefundApplication", "Amount", "applyAmount"),
];

/// The field of an object, and the name that its column has.
fn field(object: &str, name: &str) -> Option<(String, Named)> {
    let also = ALSO_GUESS.iter();
    let mut also = also.filter(|(own, also, _)| *own == object && also.eq_ignore_ascii_case(name));
    match also.next() {
        Some((_, also, member)) => Some(((*also).to_owned(), fields_of::find(object, member)?)),
        None => {
            let found = fields_of::find(object, name)?;
            Some((to_pascal(&found.member), found))
        }
    }
}

/// An object that there is none of (observed, with this word).
fn no_such_source(object: &str) -> Problem {
    let text = format!("There is an error in the query: noSuchDataSource: {object}");
    Problem::worded("INVALID_VALUE", text)
}

impl Export {
    pub(super) fn new(store: &Store, zoql: &str) -> Result<Self, Problem> {
        let query = parse_export(zoql)?;
        let source = query.source.as_ref();
        let source = source.ok_or_else(|| no_such_source(&query.object))?;
        let name = source.name();
        let joins = relation::joins(source.kind());
        // The column that a name is about, and where its value is.
        let resolve = |text: &str| -> Result<(String, Ways, Named), Problem> {
            let (object, member) = text.split_once('.').unwrap_or((name, text));
            let same = |other: &str| object.eq_ignore_ascii_case(other);
            let (object, kept, ways) = match joins.iter().find(|join| same(&join.name)) {
                _ if same(name) => (name, name, Ways::new()),
                Some(join) => (
                    join.name.as_str(),
                    join.kind.facts().name,
                    join.ways.clone(),
                ),
                None => return Err(malformed(format!("{name} has no {object}"))),
            };
            let (column, found) = field(kept, member)
                .ok_or_else(|| malformed(format!("{object} has no field {member}")))?;
            Ok((format!("{object}.{column}"), ways, found))
        };
        let column = |field: &String| {
            let (header, ways, Named { member, .. }) = resolve(field)?;
            Ok(Column {
                header,
                ways,
                member,
            })
        };
        let columns = match query.fields.as_slice() {
            [] => every_column(store, name),
            fields => fields.iter().map(column).collect::<Result<_, Problem>>()?,
        };
        let place = |condition: &Condition| {
            let (column, ways, field) = resolve(&condition.member)?;
            let object = column.split('.').next().unwrap_or_default();
            Ok((ways, zoql_text::on(field, object, condition)?))
        };
        let Query {
            groups,
            order,
            limit,
            ..
        } = &query;
        let groups = groups.iter().map(|group| group.iter().map(place).collect());
        let order = order.as_ref().map(|(field, is_down)| {
            resolve(field).map(|(_, ways, found)| (ways, found.member, *is_down))
        });
        Ok(Self {
            source: source.clone(),
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
            |(ways, condition): &(Ways, Condition)| (ways.clone(), condition.clone().settled(zone));
        let groups: Vec<Vec<_>> = self
            .groups
            .iter()
            .map(|group| group.iter().map(settle).collect())
            .collect();
        let nothing = Object::new();
        let is_met = |row: &Cow<'_, Object>| {
            let holds = |(ways, condition): &(Ways, Condition)| {
                condition.is_met(relation::follow(store, row, ways).unwrap_or(&nothing))
            };
            groups.iter().any(|group| group.iter().all(holds))
        };
        let since = form.since.as_deref();
        let is_new = |row: &&Object| since.is_none_or(|since| text(row, "updatedDate") >= since);
        let seen = |row| self.source.seen(store, row);
        let rows = store.all(self.source.kind()).filter(is_new);
        let mut rows: Vec<Cow<'_, Object>> = rows.filter_map(seen).filter(is_met).collect();
        if let Some((ways, member, is_down)) = &self.order {
            rows.sort_by(|one, other| {
                let one = relation::follow(store, one, ways).unwrap_or(&nothing);
                let other = relation::follow(store, other, ways).unwrap_or(&nothing);
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
                let end = relation::follow(store, row, &column.ways);
                let value = end.and_then(|end| filter::value(end, &column.member));
                value.map_or(Json::Null, |value| cell(value, tx, form))
            });
            let word = deleted.map(|(_, words)| words[usize::from(is_removed)].into());
            each(cells.chain(word).collect());
        };
        for row in &rows {
            give(row, false);
        }
        if deleted.is_some() {
            // All that are remembered, whenever that was.
            let removed = store.removed(self.source.kind());
            for row in removed.filter_map(seen).filter(is_met) {
                give(&row, true);
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
        ways: Ways::new(),
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
