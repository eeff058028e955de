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

/// The words of SQL that the engine knows, in whatever case they are written.
const KEYWORDS: [&str; 14] = [
    "and", "asc", "by", "desc", "false", "from", "like", "limit", "null", "or", "order", "select",
    "true", "where",
];

pub(super) fn read(store: &Store, sql: &str) -> Result<Export, Problem> {
    // Quoted names, and what SQL and ZOQL read differently.
    if sql.contains(['"', '\\']) {
        return Err(not_run("it has quoted names or backslashes"));
    }
    let zoql = in_lower_case(sql);
    if has_wildcard(&zoql) {
        return Err(not_run("it has _ in a text beside LIKE"));
    }
    let query = parse_export(&zoql).map_err(|problem| not_run(&problem.text()))?;
    check_names(&query)?;
    Export::new(store, &zoql).map_err(|problem| not_run(&problem.text()))
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
    let Some(kind) = query.kind else {
        let text = format!("Table owl.data.{table} does not exist");
        return Err(Problem::bad_value(text));
    };
    let conditions = query.groups.iter().flatten();
    let conditions = conditions.map(|condition| &condition.member);
    let ordered = query.order.iter().map(|(name, _)| name);
    for name in query.fields.iter().chain(conditions).chain(ordered) {
        let (own, column) = name.split_once('.').unwrap_or((table, name));
        if !own.eq_ignore_ascii_case(table) || fields_of::find(kind.facts().name, column).is_none()
        {
            let text = format!("Column {name} cannot be resolved");
            return Err(Problem::bad_value(text));
        }
    }
    Ok(())
}

/// The statement with its keywords as the engine wants them; texts and names stay as they are.
fn in_lower_case(sql: &str) -> String {
    let parts = sql.split('\'').enumerate();
    let parts = parts.map(|(place, part)| match place % 2 {
        0 => keywords_in_lower_case(part),
        // Between quotes.
        _ => part.to_owned(),
    });
    parts.collect::<Vec<String>>().join("'")
}

fn keywords_in_lower_case(part: &str) -> String {
    let is_end = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.');
    let mut lower = String::new();
    for piece in part.split_inclusive(is_end) {
        let word = piece.trim_end_matches(is_end);
        let keyword = word.to_ascii_lowercase();
        lower += match KEYWORDS.contains(&keyword.as_str()) {
            true => &keyword,
            false => word,
        };
        lower += &piece[word.len()..];
    }
    lower
}

/// Whether a pattern may have `_`, which stands for one character in SQL and for itself in ZOQL.
fn has_wildcard(zoql: &str) -> bool {
    let has_like = zoql
        .split_whitespace()
        .any(|word| word.trim_end_matches('\'') == "like");
    let mut texts = zoql.split('\'').skip(1).step_by(2);
    has_like && texts.any(|text| text.contains('_'))
}
