//! A small PDF with some lines of text on one page: what the files of invoices are made of.

use super::{kind::Kind, record::text, store::Store};
use zuora_wire::{Json, Object};

/// The first line's place, and the distance of the others, in points.
const LEFT_TOP: (u32, u32) = (72, 770);
const LEADING: u32 = 16;
/// The most lines of a page.
const MOST: usize = 40;

/// A posted invoice on paper, as the simulator has it: no templates, and no more than a page.
pub(super) fn invoice(store: &Store, row: &Object) -> Vec<u8> {
    let shown = |row: &Object, member: &str| match row.get(member) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let account = store.get(Kind::Account, text(row, "accountId"));
    let currency = shown(row, "currency");
    let mut lines = vec![
        format!("Invoice {}", shown(row, "invoiceNumber")),
        account.map_or_else(String::new, |account| shown(account, "name")),
        format!(
            "Date {}, due {}",
            shown(row, "invoiceDate"),
            shown(row, "dueDate")
        ),
        String::new(),
    ];
    let items = store.children(Kind::InvoiceItem, "invoiceId", text(row, "id"));
    lines.extend(items.map(|item| {
        let (name, amount) = (shown(item, "chargeName"), shown(item, "chargeAmount"));
        format!("{name}  {amount} {currency}")
    }));
    lines.truncate(MOST);
    lines.push(format!("Total {} {currency}", shown(row, "amount")));
    page(&lines)
}

fn page(lines: &[String]) -> Vec<u8> {
    let (left, top) = LEFT_TOP;
    let mut content = format!("BT /F1 11 Tf {LEADING} TL {left} {top} Td\n").into_bytes();
    for line in lines {
        content.push(b'(');
        content.extend(line.chars().flat_map(written));
        content.extend(b") Tj T*\n");
    }
    content.extend(b"ET");
    let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    stream.extend(content);
    stream.extend(b"\nendstream");
    let objects: [&[u8]; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
          /Resources << /Font << /F1 5 0 R >> >> >>",
        &stream,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ];
    let mut pdf = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(pdf.len());
        pdf.extend(format!("{number} 0 obj\n").bytes());
        pdf.extend(object);
        pdf.extend(b"\nendobj\n");
    }
    let table = pdf.len();
    let count = objects.len() + 1;
    pdf.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
    for place in places {
        pdf.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let end = format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    pdf.extend(end.bytes());
    pdf
}

/// A character within a text of a PDF; those that the font does not have become question marks.
fn written(c: char) -> Vec<u8> {
    match (c, u8::try_from(u32::from(c))) {
        ('(' | ')' | '\\', Ok(byte)) => vec![b'\\', byte],
        (_, Ok(byte @ (0x20..=0x7e | 0xa0..=0xff))) => vec![byte],
        _ => vec![b'?'],
    }
}
