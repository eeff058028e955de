//! Blocks of a sorted text: each begins with a line `@key<TAB>...`, the lines after it are its rows.

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
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = start_of_block(text, low, middle);
            let (block, end) = Self::at(text, start);
            match block.key().cmp(key) {
                std::cmp::Ordering::Less => low = end,
                std::cmp::Ordering::Greater => high = start,
                std::cmp::Ordering::Equal => return Some(block),
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
        let rest = &text[start..];
        let length = match rest.find("\n@") {
            Some(newline) => newline + 1,
            None => rest.len(),
        };
        let block = &rest[..length];
        let (head, rows) = block.split_once('\n').unwrap_or((block, ""));
        let head = head.strip_prefix('@').unwrap_or(head);
        (Self { head, rows }, start + length)
    }

    fn key(self) -> &'static str {
        self.column(0)
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
    text.as_bytes()[low..=middle]
        .windows(2)
        .rposition(|pair| pair == b"\n@")
        .map_or(low, |newline| low + newline + 1)
}

/// A column of a line, counted from 0; empty where there is none.
pub(crate) fn column(line: &'static str, number: usize) -> &'static str {
    line.split('\t').nth(number).unwrap_or_default()
}
