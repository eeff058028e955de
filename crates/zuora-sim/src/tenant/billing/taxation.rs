//! Tax of the items of drafts: added, changed, removed, one by one.

use super::items;
use crate::{
    problem::Problem,
    tenant::{
        accounts::view_of,
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money::{self, DOCUMENTS},
        record::{copy_plain, list, some_text, text},
        store::Transaction,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createInvoiceTaxationItems", |tx, ask| {
        create(tx, ask, Kind::Invoice)
    }),
    ("createCreditMemoTaxationItems", |tx, ask| {
        create(tx, ask, Kind::CreditMemo)
    }),
    ("createTaxationItemsForDebitMemo", |tx, ask| {
        create(tx, ask, Kind::DebitMemo)
    }),
    ("getTaxationItemsOfInvoiceItem", |tx, ask| {
        of_item(tx, ask, Kind::Invoice)
    }),
    ("getTaxationItemsOfCreditMemoItem", |tx, ask| {
        of_item(tx, ask, Kind::CreditMemo)
    }),
    ("getTaxationItemsOfDebitMemoItem", |tx, ask| {
        of_item(tx, ask, Kind::DebitMemo)
    }),
    ("getTaxationItem", |tx, ask| {
        let (document, tax) = find(tx, ask.key())?;
        seen(tx, document, tax, ask.key())
    }),
    ("putTaxationItem", |tx, ask| {
        let (document, tax) = find(tx, ask.key())?;
        let change = items::tax(ask.body);
        change_tax(tx, tax, ask.key(), &change)?;
        seen(tx, document, tax, ask.key())
    }),
    ("deleteTaxationItem", |tx, ask| {
        let (_, tax) = find(tx, ask.key())?;
        money::drop_tax(tx, tax, ask.key())?;
        Ok(done([]))
    }),
];

/// The kind of document whose tax has this id, and the kind of the tax.
fn find(tx: &Transaction<'_>, id: &str) -> Result<(Kind, Kind), Problem> {
    let mut kinds = DOCUMENTS.into_iter();
    let found = kinds.find_map(|document| {
        let tax = money::items(document).tax;
        tx.get(tax, id).map(|_| (document, tax))
    });
    found.ok_or_else(|| Problem::not_found(id))
}

fn seen(tx: &Transaction<'_>, document: Kind, tax: Kind, id: &str) -> Result<Answer, Problem> {
    let row = tx.find(tax, id)?;
    Ok(Answer::Seen(items::shown_tax(tx, document, row)))
}

/// Adds tax to items of a draft.
fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    money::must_be_draft(tx, kind, &id)?;
    let mut added = Vec::new();
    for sent in list(ask.body, "taxationItems") {
        let item = some_text(sent, "invoiceItemId").or_else(|| some_text(sent, "memoItemId"));
        let item = item.ok_or_else(|| Problem::missing("taxationItems: memoItemId is missing"))?;
        let item = text(items::find(tx, kind, &id, item)?, "id").to_owned();
        added.push(money::add_tax(tx, kind, &item, items::tax(sent))?);
    }
    money::add_up(tx, kind, &id)?;
    let shown = added.iter().filter_map(|tax| {
        let row = tx.get(money::items(kind).tax, tax)?;
        Some(view_of(
            ask,
            "taxationItems",
            &items::shown_tax(tx, kind, row),
        ))
    });
    let shown = Json::Array(shown.collect());
    Ok(done([("taxationItems", shown)]))
}

fn of_item(tx: &Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let item = items::find(tx, kind, ask.key(), ask.arg(1))?;
    let names = money::items(kind);
    let rows = tx
        .store()
        .children(names.tax, names.of_item, text(item, "id"));
    Ok(ask.page("data", rows, |row| {
        view_of(ask, "data", &items::shown_tax(tx, kind, row))
    }))
}

/// Adds tax to an item of an invoice that is a draft; gives its id.
pub(in crate::tenant) fn create_tax(
    tx: &mut Transaction<'_>,
    tax: Object,
) -> Result<String, Problem> {
    let item = text(&tax, "invoiceItemId").to_owned();
    let invoice = text(tx.find(Kind::InvoiceItem, &item)?, "invoiceId").to_owned();
    money::must_be_draft(tx, Kind::Invoice, &invoice)?;
    let tax = money::add_tax(tx, Kind::Invoice, &item, tax)?;
    money::add_up(tx, Kind::Invoice, &invoice)?;
    Ok(tax)
}

/// Changes tax of a draft.
pub(in crate::tenant) fn change_tax(
    tx: &mut Transaction<'_>,
    tax: Kind,
    id: &str,
    change: &Object,
) -> Result<(), Problem> {
    let (document, of) = money::document_of_tax(tx, tax, id)?;
    money::must_be_draft(tx, document, &of)?;
    tx.change(tax, id, |row| {
        let own = row.get(money::items(document).of_item).cloned();
        copy_plain(change, row, &[]);
        if let Some(own) = own {
            row.insert(money::items(document).of_item, own);
        }
    })?;
    money::add_up(tx, document, &of)
}
