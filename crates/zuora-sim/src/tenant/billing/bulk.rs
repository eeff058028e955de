//! Many documents in one request, each with an outcome of its own.

use super::{invoices, memos, shown};
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money,
        record::{copy, flag, list, text},
        store::Transaction,
        view,
    },
};
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("bulkCreateStandaloneInvoices", |tx, ask| {
        let all_or_none = flag(ask.body, "useSingleTransaction");
        let create = |tx: &mut Transaction<'_>, sent: &Object| invoices::create(tx, sent);
        each(tx, ask, &INVOICES, all_or_none, create)
    }),
    ("bulkPostInvoices", |tx, ask| {
        each(tx, ask, &POSTED, false, |tx, sent| {
            let id = tx.id_of(Kind::Invoice, text(sent, "id"))?;
            money::post(tx, Kind::Invoice, &id)?;
            tx.change(Kind::Invoice, &id, |row| copy(sent, row, &["invoiceDate"]))?;
            Ok(id)
        })
    }),
    ("bulkUpdateInvoices", |tx, ask| {
        // The reply has no place for several outcomes: all or none.
        each(tx, ask, &INVOICES, true, |tx, sent| {
            invoices::update(tx, text(sent, "id"), sent)?;
            tx.id_of(Kind::Invoice, text(sent, "id"))
        })?;
        Ok(done([]))
    }),
    ("bulkCreateCreditMemos", |tx, ask| {
        create_memos(tx, ask, &CREDIT_MEMOS)
    }),
    ("bulkCreateDebitMemos", |tx, ask| {
        create_memos(tx, ask, &DEBIT_MEMOS)
    }),
    ("bulkUpdateCreditMemos", |tx, ask| {
        update_memos(tx, ask, &CREDIT_MEMOS)
    }),
    ("bulkUpdateDebitMemos", |tx, ask| {
        update_memos(tx, ask, &DEBIT_MEMOS)
    }),
];

/// The most documents of a request (documented).
const MOST: usize = 50;

/// What is done many times: the kind, the member with the list in request and reply, and the schema of an
/// outcome.
struct Bulk {
    kind: Kind,
    list: &'static str,
    outcome: &'static str,
}

const INVOICES: Bulk = Bulk {
    kind: Kind::Invoice,
    list: "invoices",
    outcome: "InvoiceResponse",
};
const POSTED: Bulk = Bulk {
    kind: Kind::Invoice,
    list: "invoices",
    outcome: "InvoicePostResponse",
};
const CREDIT_MEMOS: Bulk = Bulk {
    kind: Kind::CreditMemo,
    list: "memos",
    outcome: "CreditMemoResponse",
};
const DEBIT_MEMOS: Bulk = Bulk {
    kind: Kind::DebitMemo,
    list: "memos",
    outcome: "DebitMemoResponse",
};

/// Does the same with each; one that is refused does not undo the others, unless it is to be all or none.
fn each(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    bulk: &Bulk,
    all_or_none: bool,
    one: impl Fn(&mut Transaction<'_>, &Object) -> Result<String, Problem>,
) -> Result<Answer, Problem> {
    let all: Vec<&Object> = list(ask.body, bulk.list).collect();
    if all.len() > MOST {
        let text = format!("{}: at most {MOST} can be sent in one call", bulk.list);
        return Err(Problem::bad_value(text));
    }
    let mut outcomes = Vec::new();
    for sent in all {
        let outcome = match tx.attempt(|tx| one(tx, sent)) {
            Ok(id) => {
                let row = shown(tx, bulk.kind, tx.find(bulk.kind, &id)?);
                let seen = view::named(bulk.outcome, &row);
                let mut seen = seen.as_object().cloned().unwrap_or_default();
                seen.insert("success", true);
                seen.into()
            }
            Err(problem) if all_or_none => return Err(problem),
            Err(problem) => {
                let reasons = problem.into_reasons();
                let mut outcome = Object::new();
                copy(sent, &mut outcome, &["id"]);
                outcome.insert("success", false);
                outcome.insert("reasons", reasons);
                Json::from(outcome)
            }
        };
        outcomes.push(outcome);
    }
    Ok(done([(bulk.list, outcomes.into())]))
}

fn create_memos(tx: &mut Transaction<'_>, ask: &Ask<'_>, bulk: &Bulk) -> Result<Answer, Problem> {
    let of_invoices = text(ask.body, "sourceType") == "Invoice";
    each(tx, ask, bulk, false, |tx, sent| match of_invoices {
        true => memos::made_from_invoice(tx, text(sent, "invoiceId"), sent, bulk.kind),
        false => memos::from_charges(tx, sent, bulk.kind),
    })
}

fn update_memos(tx: &mut Transaction<'_>, ask: &Ask<'_>, bulk: &Bulk) -> Result<Answer, Problem> {
    each(tx, ask, bulk, false, |tx, sent| {
        memos::update(tx, bulk.kind, text(sent, "id"), sent)?;
        tx.id_of(bulk.kind, text(sent, "id"))
    })
}
