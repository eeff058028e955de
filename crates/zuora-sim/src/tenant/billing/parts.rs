//! Of what payments, credit memos and refunds consist: parts for the documents that they were applied to,
//! one for what is not applied, and the items of parts.

use crate::{
    problem::Problem,
    tenant::{
        accounts::view_of,
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money::{CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, PAYMENT},
        record::text,
        store::Transaction,
        view,
    },
};
use zuora_wire::Object;

/// What has parts, and what these and their items are called.
struct Parts {
    of: Kind,
    part: Kind,
    parent: &'static str,
    item: Kind,
    of_part: &'static str,
}

const OF_PAYMENT: Parts = Parts {
    of: Kind::Payment,
    part: Kind::PaymentPart,
    parent: "paymentId",
    item: Kind::PaymentPartItem,
    of_part: "paymentPartId",
};

const OF_CREDIT_MEMO: Parts = Parts {
    of: Kind::CreditMemo,
    part: Kind::CreditMemoPart,
    parent: "creditMemoId",
    item: Kind::CreditMemoPartItem,
    of_part: "creditMemoPartId",
};

const OF_REFUND: Parts = Parts {
    of: Kind::Refund,
    part: Kind::RefundApplication,
    parent: "refundId",
    item: Kind::RefundApplicationItem,
    of_part: "refundApplicationId",
};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getPaymentParts", |tx, ask| {
        parts(tx, ask, &OF_PAYMENT, "parts")
    }),
    ("getPaymentPart", |tx, ask| {
        let part = part(tx, ask, &OF_PAYMENT)?;
        Ok(done([(
            "paymentPart",
            view::named("PaymentPart", &view::rest(Kind::PaymentPart, part)),
        )]))
    }),
    ("getPaymentItemParts", |tx, ask| {
        items(tx, ask, &OF_PAYMENT, "parts")
    }),
    ("getPaymentItemPart", |tx, ask| {
        let item = item(tx, ask, &OF_PAYMENT)?;
        Ok(done([(
            "paymentItemPart",
            view::named("PaymentItemPart", &view::rest(Kind::PaymentPartItem, item)),
        )]))
    }),
    ("getCreditMemoParts", |tx, ask| {
        parts(tx, ask, &OF_CREDIT_MEMO, "parts")
    }),
    ("getCreditMemoPart", |tx, ask| {
        let row = part(tx, ask, &OF_CREDIT_MEMO)?;
        Ok(Answer::Seen(row.clone()))
    }),
    ("getCreditMemoItemParts", |tx, ask| {
        items(tx, ask, &OF_CREDIT_MEMO, "itemParts")
    }),
    ("getCreditMemoItemPart", |tx, ask| {
        let row = item(tx, ask, &OF_CREDIT_MEMO)?;
        Ok(Answer::Seen(row.clone()))
    }),
    ("getRefundParts", |tx, ask| {
        parts(tx, ask, &OF_REFUND, "parts")
    }),
    ("getRefundPart", |tx, ask| {
        let row = part(tx, ask, &OF_REFUND)?;
        Ok(Answer::Seen(view::rest(Kind::RefundApplication, row)))
    }),
    ("getRefundItemParts", |tx, ask| {
        items(tx, ask, &OF_REFUND, "itemParts")
    }),
    ("getRefundItemPart", |tx, ask| {
        let row = item(tx, ask, &OF_REFUND)?;
        Ok(Answer::Seen(view::rest(Kind::RefundApplicationItem, row)))
    }),
    ("getInvoiceApplicationParts", |tx, ask| {
        applications(tx, ask, INVOICE)
    }),
    ("getDebitMemoApplicationParts", |tx, ask| {
        applications(tx, ask, DEBIT_MEMO)
    }),
];

fn parts(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    names: &Parts,
    list: &'static str,
) -> Result<Answer, Problem> {
    let id = tx.id_of(names.of, ask.key())?;
    let rows = tx.store().children(names.part, names.parent, &id);
    Ok(ask.page(list, rows, |row| {
        view_of(ask, list, &view::rest(names.part, row))
    }))
}

/// The part that the path names, which must be one of the first thing that it names.
fn part<'t>(tx: &'t Transaction<'_>, ask: &Ask<'_>, names: &Parts) -> Result<&'t Object, Problem> {
    let id = tx.id_of(names.of, ask.key())?;
    below(tx, names.part, names.parent, &id, ask.arg(1))
}

fn items(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    names: &Parts,
    list: &'static str,
) -> Result<Answer, Problem> {
    let part = text(part(tx, ask, names)?, "id");
    let rows = tx.store().children(names.item, names.of_part, part);
    Ok(ask.page(list, rows, |row| {
        view_of(ask, list, &view::rest(names.item, row))
    }))
}

fn item<'t>(tx: &'t Transaction<'_>, ask: &Ask<'_>, names: &Parts) -> Result<&'t Object, Problem> {
    let part = text(part(tx, ask, names)?, "id");
    below(tx, names.item, names.of_part, part, ask.arg(2))
}

fn below<'t>(
    tx: &'t Transaction<'_>,
    kind: Kind,
    parent: &'static str,
    id: &str,
    key: &str,
) -> Result<&'t Object, Problem> {
    let row = tx.find(kind, key)?;
    match text(row, parent) == id {
        true => Ok(row),
        false => Err(Problem::not_found(key)),
    }
}

/// What was applied to a document, as the document's own parts.
fn applications(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    document: Document,
) -> Result<Answer, Problem> {
    let id = tx.id_of(document.kind, ask.key())?;
    let mut rows = Vec::new();
    for means in [PAYMENT, CREDIT_MEMO] {
        for row in tx.store().children(means.part, document.id, &id) {
            let mut seen = row.clone();
            let amount = row.get("amount").cloned().unwrap_or_default();
            seen.insert("appliedAmount", amount);
            rows.push(seen);
        }
    }
    Ok(ask.page("applicationParts", rows.iter(), |row| {
        view_of(ask, "applicationParts", row)
    }))
}
