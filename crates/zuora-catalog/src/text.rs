//! Blocks of a sorted text: each begins with a line `@key<TAB>...`, the lines after it are its rows.

use std::cmp::Ordering;

/// One block, still as text.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    /// The first line, without the `@`.
    head: &'static str,
    rows: &'static str,
}

impl Block {
    /// The block of this key, by bisection: some dozen blocks are looked at, and nothing is kept.
    pub(crate) fn find(text: &'static str, key: &str) -> Option<Self> {
        // Both are where blocks begin, or the end of the text.
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = start_of_block(text, low, middle);
            match key_at(text, start).cmp(key.as_bytes()) {
                Ordering::Less => low = start_of_next(text, middle),
                Ordering::Greater => high = start,
                Ordering::Equal => return Some(Self::at(text, start).0),
            }
        }
        None
    }

    /// All blocks, in order.
    pub(crate) fn all(text: &'static str) -> impl Iterator<Item = Self> {
        let mut start = 0;
        std::iter::from_fn(move || {
            (start < text.len()).then(|| {
                let (block, end) = Self::at(text, start);
                start = end;
                block
            })
        })
    }

    /// The block that begins at `start`, and where the next one begins.
    fn at(text: &'static str, start: usize) -> (Self, usize) {
        let end = start_of_next(text, start);
        let block = &text[start..end];
        let (head, rows) = block.split_once('\n').unwrap_or((block, ""));
        let head = head.strip_prefix('@').unwrap_or(head);
        (Self { head, rows }, end)
    }

    /// A column of the first line; empty where there is none.
    pub(crate) fn column(self, number: usize) -> &'static str {
        column(self.head, number)
    }

    /// All that is below the first line.
    pub(crate) fn text(self) -> &'static str {
        self.rows
    }

    /// The lines below the first.
    pub(crate) fn rows(self) -> std::str::Lines<'static> {
        self.rows.lines()
    }

    /// What follows the word in every row that begins with it.
    pub(crate) fn rows_of(self, word: &'static str) -> impl Iterator<Item = &'static str> {
        self.rows()
            .filter_map(move |row| row.strip_prefix(word)?.strip_prefix('\t'))
    }

    /// The first of them.
    pub(crate) fn row(self, word: &'static str) -> Option<&'static str> {
        self.rows_of(word).next()
    }
}

/// Where the block begins that `middle` is in; not before `low`, where one begins.
fn start_of_block(text: &str, low: usize, middle: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = middle;
    while let Some(newline) = memchr::memrchr(b'\n', &bytes[low..end]) {
        if bytes.get(low + newline + 1) == Some(&b'@') {
            return low + newline + 1;
        }
        end = low + newline;
    }
    low
}

/// Where the first block begins after `from`; the length of the text if there is none.
fn start_of_next(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut starts = memchr::memchr_iter(b'\n', &bytes[from..]).map(|newline| from + newline + 1);
    starts
        .find(|start| bytes.get(*start) == Some(&b'@'))
        .unwrap_or(text.len())
}

/// The key of the block that begins at `start`.
fn key_at(text: &str, start: usize) -> &[u8] {
    let line = &text.as_bytes()[start..];
    let line = line.strip_prefix(b"@").unwrap_or(line);
    let end = line.iter().position(|byte| matches!(byte, b'\t' | b'\n'));
    &line[..end.unwrap_or(line.len())]
}

/// A column of a line, counted from 0; empty where there is none.
pub(crate) fn column(line: &'static str, number: usize) -> &'static str {
    line.split('\t').nth(number).unwrap_or_default()
}
