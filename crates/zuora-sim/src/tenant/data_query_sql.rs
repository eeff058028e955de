//! The statements of data query that the engine of exports can answer, such as
//! `SELECT a, b FROM t WHERE c = 'd' ORDER BY a LIMIT 10`, of one table and without functions. Of all other SQL it is
//! said that the simulator does not run it: better no answer than a wrong one.

use super::{
    fields_of,
    store::Store,
    zoql_export::Export,
    zoql_text::{Query, parse_export},
};
use crate::problem::Problem;

pub(super) fn read(store: &Store, sql: &str) -> Result<Export, Problem> {
    // Quoted names, and what SQL and ZOQL read differently.
    if sql.contains(['"', '\\']) {
        return Err(not_run("it has quoted names or backslashes"));
    }
    if has_wildcard(sql) {
        return Err(not_run("it has _ in a text beside LIKE"));
    }
    let query = parse_export(sql).map_err(|problem| not_run(&problem.text()))?;
    check_names(&query)?;
    Export::new(store, sql).map_err(|problem| not_run(&problem.text()))
}

fn not_run(why: &str) -> Problem {
    let rule = "The simulator does not run this SQL, only such as \
                SELECT a, b FROM t WHERE c = 'd' ORDER BY a LIMIT 10";
    Problem::bad_value(format!("{rule}: {why}"))
}

/// The table and its columns must be there (the texts are documented), and columns of other tables are a
/// join.
fn check_names(query: &Query) -> Result<(), Problem> {
    let table = &query.object;
    let Some(source) = &query.source else {
        let text = format!("Table owl.data.{table} does not exist");
        return Err(Problem::bad_value(text));
    };
    let conditions = query.groups.iter().flatten();
    let conditions = conditions.map(|condition| &condition.member);
    let ordered = query.order.iter().map(|(name, _)| name);
    for name in query.fields.iter().chain(conditions).chain(ordered) {
        let (own, column) = name.split_once('.').unwrap_or((table, name));
        if !own.eq_ignore_ascii_case(table) || fields_of::find(source.name(), column).is_none() {
            let text = format!("Column {name} cannot be resolved");
            return Err(Problem::bad_value(text));
        }
    }
    Ok(())
}

/// Whether a pattern may have `_`, which stands for one character in SQL and for itself in ZOQL.
fn has_wildcard(sql: &str) -> bool {
    let has_like = sql
        .split_whitespace()
        .any(|word| word.trim_end_matches('\'').eq_ignore_ascii_case("like"));
    let mut texts = sql.split('\'').skip(1).step_by(2);
    has_like && texts.any(|text| text.contains('_'))
}
