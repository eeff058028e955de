//! Files that the tenant made: kept as their text, and written in the form that was asked for when they are read.
//! The files of posted invoices have the invoices' ids, and are made then.

use super::{
    kind::Kind,
    pdf,
    record::text,
    retention,
    store::{Store, Transaction},
};
use crate::{SimFile, problem::Problem};
use bytes::Bytes;
use flate2::{Compression, Crc, write::GzEncoder};
use std::{io::Write as _, time::Duration};
use zuora_wire::Object;

/// Longer names are cut.
const LONGEST_NAME: usize = 100;

/// What a file has in it, by what its name ends in.
const CSV: (&str, &str) = (".csv", "text/csv;charset=UTF-8");
const MEDIA: [(&str, &str); 4] = [
    CSV,
    (".jsonl", "application/x-ndjson"),
    (".tsv", "text/tab-separated-values;charset=UTF-8"),
    (".dsv", "text/plain;charset=UTF-8"),
];

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zip,
}

impl Packing {
    /// By the word of AQuA.
    pub(super) fn by_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Plain),
            "gzip" => Some(Self::Gzip),
            "zip" => Some(Self::Zip),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zip => ".zip",
        }
    }
}

/// Adds a CSV file that stays this long; gives its id.
pub(super) fn add(
    tx: &mut Transaction<'_>,
    name: &str,
    csv: String,
    packing: Packing,
    stays: Duration,
) -> Result<String, Problem> {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    add_named(tx, format!("{name}{}", CSV.0), csv, packing, stays)
}

/// The same with any text, by its whole name.
pub(super) fn add_named(
    tx: &mut Transaction<'_>,
    name: String,
    content: String,
    packing: Packing,
    stays: Duration,
) -> Result<String, Problem> {
    let mut row = Object::new();
    row.insert("name", name);
    row.insert("ending", packing.ending());
    row.insert("content", content);
    retention::create(tx, Kind::File, row, stays)
}

/// The file with this id, as it is downloaded.
pub(crate) fn find(store: &Store, id: &str) -> Option<SimFile> {
    let Some(row) = store.get(Kind::File, id) else {
        return invoice(store, id);
    };
    let (name, own) = (text(row, "name"), text(row, "content"));
    let (content, media) = match text(row, "ending") {
        ".gz" => (gzip(own), "application/x-gzip"),
        ".zip" => (zip(name, own), "application/zip"),
        _ => {
            let known = MEDIA.iter().find(|(ending, _)| name.ends_with(ending));
            (
                Bytes::copy_from_slice(own.as_bytes()),
                known.unwrap_or(&CSV).1,
            )
        }
    };
    let file = SimFile::new(id, 0).content(content).content_type(media);
    Some(file.name(format!("{name}{}", text(row, "ending"))))
}

fn invoice(store: &Store, id: &str) -> Option<SimFile> {
    let row = store.get(Kind::Invoice, id)?;
    // A number is no id of a file.
    let is_there = text(row, "id") == id && text(row, "status") == "Posted";
    let file = SimFile::new(id, 0).content(pdf::invoice(store, row));
    let file = file.content_type("application/pdf");
    is_there.then(|| file.name(format!("{}.pdf", text(row, "invoiceNumber"))))
}

fn gzip(text: &str) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let packed = encoder.write_all(text.as_bytes());
    packed
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
        .into()
}

/// A ZIP archive with one file, stored as it is: a header, the file, the list of what there is, and its end.
fn zip(name: &str, text: &str) -> Bytes {
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    // Texts of the simulator are far below 4 GB, and their names below 64 KB.
    let (size, length) = (text.len() as u32, name.len() as u16);
    let mut about = Vec::new();
    // Version 2.0, names in UTF-8, stored, at midnight of the first day that there is.
    for part in [20u16, 0x0800, 0, 0, 0x21] {
        about.extend(part.to_le_bytes());
    }
    for part in [crc.sum(), size, size] {
        about.extend(part.to_le_bytes());
    }
    about.extend(length.to_le_bytes());
    let mut archive = Vec::with_capacity(text.len() + 256);
    archive.extend(b"PK\x03\x04");
    archive.extend(&about);
    archive.extend([0; 2]);
    archive.extend(name.as_bytes());
    archive.extend(text.as_bytes());
    let list = archive.len() as u32;
    archive.extend(b"PK\x01\x02");
    archive.extend(20u16.to_le_bytes());
    archive.extend(&about);
    // No extra, comment, other disk, attributes; the file begins at the beginning.
    archive.extend([0; 16]);
    archive.extend(name.as_bytes());
    let listed = archive.len() as u32 - list;
    archive.extend(b"PK\x05\x06");
    for part in [0u16, 0, 1, 1] {
        archive.extend(part.to_le_bytes());
    }
    for part in [listed, list] {
        archive.extend(part.to_le_bytes());
    }
    archive.extend([0; 2]);
    archive.into()
}
