//! CSV: cells between commas, in quotes where they hold commas, quotes or lines.

use crate::problem::Problem;

/// A row, and the line of the text on which it begins.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// The rows of a text. One whose quote is never closed is refused.
pub(super) fn rows(text: &str) -> impl Iterator<Item = Result<Row, Problem>> {
    let mut chars = text.chars().peekable();
    let mut next = 1;
    std::iter::from_fn(move || {
        chars.peek()?;
        let line = next;
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        while let Some(c) = chars.next() {
            if c == '\n' {
                next += 1;
            }
            match c {
                // Two of them within quotes are one.
                '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                '\n' if !quoted => break,
                '\r' if !quoted => {}
                other => cell.push(other),
            }
        }
        cells.push(cell);
        Some(if quoted {
            let text = format!("line {line}: a quote is never closed");
            Err(Problem::bad_value(text))
        } else {
            Ok(Row { line, cells })
        })
    })
}

/// One row, with the end of its line.
pub(crate) fn line(cells: impl Iterator<Item = String>) -> String {
    separated(cells, ",")
}

/// The same with another separator.
pub(super) fn separated(cells: impl Iterator<Item = String>, separator: &str) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(cell, separator)).collect();
    cells.join(separator) + "\n"
}

/// In quotes where it needs them.
fn quoted(cell: String, separator: &str) -> String {
    if cell.contains(separator) || cell.contains(['"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}
