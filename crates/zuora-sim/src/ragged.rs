//! CSV whose rows do not all have the same number of cells: what a bulk export broken on its way looks like.

use crate::content::Content;

/// Of the rows after the first, every third loses its last cell, and the one after that gains one. What is
/// no text, or has no row with two cells, stays as it is.
pub(crate) fn rows(body: Content) -> Content {
    let Some(text) = body
        .at_hand()
        .and_then(|body| std::str::from_utf8(body).ok())
    else {
        return body;
    };
    let mut ragged = String::with_capacity(text.len() + 16);
    for (place, line) in text.split_inclusive('\n').enumerate() {
        let row = line.trim_end_matches(['\r', '\n']);
        let end = &line[row.len()..];
        match (place % 3, row.rfind(',')) {
            // The first row after the head, so that a short file is ragged, too.
            (1, Some(comma)) => ragged.push_str(&row[..comma]),
            (2, Some(_)) => {
                ragged.push_str(row);
                ragged.push_str(",ragged");
            }
            _ => ragged.push_str(row),
        }
        ragged.push_str(end);
    }
    ragged.into()
}
