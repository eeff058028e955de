//! Invoices, memos, payments and refunds, as `/v1` REST has them.

use super::{
    accounts::{named, view_of},
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    money::{self, CREDIT_MEMO, DEBIT_MEMO, Document, INVOICE, Means, PAYMENT},
    record::{amount, copy, copy_plain, flag, list, some_amount, some_text, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createStandaloneInvoice", create_invoice),
    ("getInvoice", |tx, ask| seen(tx, Kind::Invoice, ask.key())),
    ("updateInvoice", |tx, ask| update(tx, ask, Kind::Invoice)),
    ("getInvoiceItems", |tx, ask| {
        items(
            tx,
            ask,
            Kind::Invoice,
            Kind::InvoiceItem,
            "invoiceId",
            "invoiceItems",
        )
    }),
    ("postInvoice", |tx, ask| {
        turn(tx, ask, Kind::Invoice, money::post)
    }),
    ("unpostInvoice", |tx, ask| {
        turn(tx, ask, Kind::Invoice, money::unpost)
    }),
    ("cancelInvoice", |tx, ask| {
        turn(tx, ask, Kind::Invoice, money::cancel)
    }),
    ("deleteInvoice", |tx, ask| delete(tx, ask, Kind::Invoice)),
    ("writeOffInvoice", write_off),
    ("reverseInvoice", reverse),
    ("getTransactionInvoice", |tx, ask| {
        of_account(tx, ask, Kind::Invoice, "invoices")
    }),
    ("getTransactionPayment", |tx, ask| {
        of_account(tx, ask, Kind::Payment, "payments")
    }),
    ("createPayment", create_payment),
    ("getPayment", |tx, ask| seen(tx, Kind::Payment, ask.key())),
    ("updatePayment", |tx, ask| update(tx, ask, Kind::Payment)),
    ("getRetrieveAllPayments", |tx, ask| {
        all(tx, ask, Kind::Payment, "payments")
    }),
    ("applyPayment", |tx, ask| {
        applied(tx, ask, PAYMENT, money::apply)
    }),
    ("unapplyPayment", |tx, ask| {
        applied(tx, ask, PAYMENT, money::unapply)
    }),
    ("cancelPayment", cancel_payment),
    ("createRefundPayment", |tx, ask| refund(tx, ask, PAYMENT)),
    ("getRefund", |tx, ask| seen(tx, Kind::Refund, ask.key())),
    ("getRefunds", |tx, ask| {
        all(tx, ask, Kind::Refund, "refunds")
    }),
    ("createCreditMemoFromInvoice", |tx, ask| {
        from_invoice(tx, ask, Kind::CreditMemo)
    }),
    ("createDebitMemoFromInvoice", |tx, ask| {
        from_invoice(tx, ask, Kind::DebitMemo)
    }),
    ("createCreditMemoFromCharge", |tx, ask| {
        from_charges(tx, ask, Kind::CreditMemo)
    }),
    ("createDebitMemoFromCharge", |tx, ask| {
        from_charges(tx, ask, Kind::DebitMemo)
    }),
    ("getCreditMemo", |tx, ask| {
        seen(tx, Kind::CreditMemo, ask.key())
    }),
    ("getDebitMemo", |tx, ask| {
        seen(tx, Kind::DebitMemo, ask.key())
    }),
    ("getCreditMemos", |tx, ask| {
        all(tx, ask, Kind::CreditMemo, "creditmemos")
    }),
    ("getDebitMemos", |tx, ask| {
        all(tx, ask, Kind::DebitMemo, "debitmemos")
    }),
    ("updateCreditMemo", |tx, ask| {
        update(tx, ask, Kind::CreditMemo)
    }),
    ("updateDebitMemo", |tx, ask| {
        update(tx, ask, Kind::DebitMemo)
    }),
    ("getCreditMemoItems", |tx, ask| {
        items(
            tx,
            ask,
            Kind::CreditMemo,
            Kind::CreditMemoItem,
            "creditMemoId",
            "items",
        )
    }),
    ("getDebitMemoItems", |tx, ask| {
        items(
            tx,
            ask,
            Kind::DebitMemo,
            Kind::DebitMemoItem,
            "debitMemoId",
            "items",
        )
    }),
    ("postCreditMemo", |tx, ask| {
        turn(tx, ask, Kind::CreditMemo, money::post)
    }),
    ("postDebitMemo", |tx, ask| {
        turn(tx, ask, Kind::DebitMemo, money::post)
    }),
    ("unpostCreditMemo", |tx, ask| {
        turn(tx, ask, Kind::CreditMemo, money::unpost)
    }),
    ("unpostDebitMemo", |tx, ask| {
        turn(tx, ask, Kind::DebitMemo, money::unpost)
    }),
    ("cancelCreditMemo", |tx, ask| {
        turn(tx, ask, Kind::CreditMemo, money::cancel)
    }),
    ("cancelDebitMemo", |tx, ask| {
        turn(tx, ask, Kind::DebitMemo, money::cancel)
    }),
    ("deleteCreditMemo", |tx, ask| {
        delete(tx, ask, Kind::CreditMemo)
    }),
    ("deleteDebitMemo", |tx, ask| {
        delete(tx, ask, Kind::DebitMemo)
    }),
    ("applyCreditMemo", |tx, ask| {
        applied(tx, ask, CREDIT_MEMO, money::apply)
    }),
    ("unapplyCreditMemo", |tx, ask| {
        applied(tx, ask, CREDIT_MEMO, money::unapply)
    }),
    ("refundCreditMemo", |tx, ask| refund(tx, ask, CREDIT_MEMO)),
];

/// A record with what REST adds from its account.
fn shown(tx: &Transaction<'_>, kind: Kind, row: &Object) -> Object {
    let mut seen = view::rest(kind, row);
    if let Some(account) = tx.get(Kind::Account, text(row, "accountId")) {
        copy(account, &mut seen, &["accountNumber"]);
        seen.insert("accountName", text(account, "name"));
    }
    if let Some(payment) = tx.get(Kind::Payment, text(row, "paymentId")) {
        copy(payment, &mut seen, &["paymentNumber"]);
    }
    seen
}

fn seen(tx: &Transaction<'_>, kind: Kind, key: &str) -> Result<Answer, Problem> {
    Ok(Answer::Seen(shown(tx, kind, tx.find(kind, key)?)))
}

/// The list of a kind. Query parameters with the name of a member are filters (documented).
fn all(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    list: &'static str,
) -> Result<Answer, Problem> {
    let filters: Vec<(&'static str, String)> = ask
        .operation
        .params()
        .map(|param| param.field.name())
        .filter(|name| !matches!(*name, "page" | "pageSize" | "sort"))
        .filter_map(|name| Some((name, ask.query(name)?)))
        .collect();
    let rows: Vec<Object> = tx
        .store()
        .all(kind)
        .map(|row| shown(tx, kind, row))
        .filter(|row| {
            filters.iter().all(|(name, wanted)| match row.get(name) {
                Some(Json::String(text)) => text.eq_ignore_ascii_case(wanted),
                Some(Json::Number(number)) => Decimal::try_from(number).ok() == wanted.parse().ok(),
                Some(other) => other.to_string() == *wanted,
                None => false,
            })
        })
        .collect();
    Ok(ask.page(list, rows.iter(), |row| view_of(ask, list, row)))
}

fn of_account(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    list: &'static str,
) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    let rows = tx.store().children(kind, "accountId", &id);
    Ok(ask.page(list, rows, |row| view_of(ask, list, &shown(tx, kind, row))))
}

fn items(
    tx: &Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    item: Kind,
    parent: &'static str,
    list: &'static str,
) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    let rows = tx.store().children(item, parent, &id);
    Ok(ask.page(list, rows, |row| view_of(ask, list, &view::rest(item, row))))
}

/// Members that a change of a document does not touch.
const KEPT: [&str; 8] = [
    "amount",
    "balance",
    "status",
    "totalAmount",
    "unappliedAmount",
    "accountId",
    "currency",
    "id",
];

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let mut change = Object::new();
    copy_plain(ask.body, &mut change, kind.facts().rest);
    for name in KEPT {
        change.remove(name);
    }
    tx.change(kind, ask.key(), |row| copy_plain(&change, row, &[]))?;
    seen(tx, kind, ask.key())
}

type Turn = fn(&mut Transaction<'_>, Kind, &str) -> Result<(), Problem>;

fn turn(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    kind: Kind,
    turn: Turn,
) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    turn(tx, kind, &id)?;
    seen(tx, kind, &id)
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let id = tx.id_of(kind, ask.key())?;
    money::delete(tx, kind, &id)?;
    Ok(done([("id", id.into())]))
}

fn create_invoice(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let account = named(tx, body)?;
    let mut head = Object::new();
    copy_plain(body, &mut head, Kind::Invoice.facts().rest);
    for name in ["accountNumber", "paymentTerm", "status"] {
        head.remove(name);
    }
    head.insert("accountId", account.as_str());
    let owner = tx.find(Kind::Account, &account)?;
    for (name, own) in [
        ("currency", "currency"),
        ("paymentTerm", "paymentTerm"),
        ("billToContactId", "billToId"),
        ("soldToContactId", "soldToId"),
    ] {
        if let (None, Some(value)) = (some_text(body, name), owner.get(own)) {
            head.insert(name, value.clone());
        }
    }
    if some_text(&head, "dueDate").is_none() {
        head.insert("dueDate", text(body, "invoiceDate"));
    }
    head.insert("source", "API");
    head.insert("sourceType", "Standalone");
    let items = list(body, "invoiceItems").map(|sent| {
        let mut item = Object::new();
        copy_plain(sent, &mut item, Kind::InvoiceItem.facts().rest);
        item.insert("chargeAmount", amount(sent, "amount"));
        item.insert("taxAmount", Decimal::ZERO);
        if item.get("quantity").is_none() {
            item.insert("quantity", Decimal::ONE);
        }
        item
    });
    let id = money::create(tx, Kind::Invoice, head, items.collect())?;
    if text(body, "status") == "Posted" {
        money::post(tx, Kind::Invoice, &id)?;
    }
    seen(tx, Kind::Invoice, &id)
}

fn write_off(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Invoice, ask.key())?;
    let reason = some_text(ask.body, "reasonCode").unwrap_or("Write-off");
    let memo = money::credit_in_full(tx, &id, reason, some_amount(ask.body, "amount"))?;
    Ok(done([("creditMemo", Json::object([("id", memo)]))]))
}

fn reverse(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Invoice, ask.key())?;
    if amount(row, "balance") != amount(row, "amount") {
        return Err(Problem::rule(
            "It cannot be reversed: something was applied.",
        ));
    }
    let id = tx.id_of(Kind::Invoice, ask.key())?;
    let memo = money::credit_in_full(tx, &id, "Reversal", None)?;
    tx.change(Kind::Invoice, &id, |row| {
        row.insert("reversed", true);
    })?;
    Ok(done([("creditMemo", Json::object([("id", memo)]))]))
}

/// The documents that a request names, each with its amount.
fn targets(
    tx: &Transaction<'_>,
    body: &Object,
) -> Result<Vec<(Document, String, Decimal)>, Problem> {
    let mut targets = Vec::new();
    for (member, document, names) in [
        ("invoices", INVOICE, ["invoiceId", "invoiceNumber"]),
        ("debitMemos", DEBIT_MEMO, ["debitMemoId", "debitMemoNumber"]),
    ] {
        for entry in list(body, member) {
            let key = names.iter().find_map(|name| some_text(entry, name));
            let key = key.ok_or_else(|| {
                Problem::missing(format!("{member}: {} is missing", names.join(" or ")))
            })?;
            let id = tx.id_of(document.kind, key)?;
            targets.push((document, id, amount(entry, "amount")));
        }
    }
    Ok(targets)
}

fn create_payment(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let body = ask.body;
    let targets = targets(tx, body)?;
    let account = match (named(tx, body), targets.first()) {
        (Ok(account), _) => account,
        // The account may be told by what is paid.
        (Err(_), Some((document, id, _))) => {
            text(tx.find(document.kind, id)?, "accountId").to_owned()
        }
        (Err(problem), None) => return Err(problem),
    };
    let mut payment = Object::new();
    copy_plain(body, &mut payment, Kind::Payment.facts().rest);
    payment.remove("accountNumber");
    payment.insert("accountId", account);
    payment.insert("source", "API");
    if some_text(&payment, "effectiveDate").is_none() {
        payment.insert("effectiveDate", tx.today.as_str());
    }
    let id = money::pay(tx, payment)?;
    for (document, to, part) in targets {
        money::apply(tx, PAYMENT, &id, document, &to, &part)?;
    }
    seen(tx, Kind::Payment, &id)
}

type Apply = fn(&mut Transaction<'_>, Means, &str, Document, &str, &Decimal) -> Result<(), Problem>;

fn applied(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    means: Means,
    apply: Apply,
) -> Result<Answer, Problem> {
    let id = tx.id_of(means.kind, ask.key())?;
    for (document, to, part) in targets(tx, ask.body)? {
        apply(tx, means, &id, document, &to, &part)?;
    }
    seen(tx, means.kind, &id)
}

fn cancel_payment(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Payment, ask.key())?;
    money::cancel_payment(tx, &id)?;
    seen(tx, Kind::Payment, &id)
}

fn refund(tx: &mut Transaction<'_>, ask: &Ask<'_>, means: Means) -> Result<Answer, Problem> {
    let id = tx.id_of(means.kind, ask.key())?;
    let mut refund = Object::new();
    copy_plain(ask.body, &mut refund, Kind::Refund.facts().rest);
    refund.remove("totalAmount");
    refund.insert("amount", amount(ask.body, "totalAmount"));
    let refund = money::refund(tx, means, &id, refund)?;
    seen(tx, Kind::Refund, &refund)
}

fn memo_head(tx: &Transaction<'_>, body: &Object, kind: Kind, account: &str) -> Object {
    let mut head = Object::new();
    copy_plain(body, &mut head, kind.facts().rest);
    for name in [
        "accountNumber",
        "autoPost",
        "effectiveDate",
        "autoApplyToInvoiceUponPosting",
    ] {
        head.remove(name);
    }
    head.insert("accountId", account);
    if some_text(&head, "currency").is_none()
        && let Some(owner) = tx.get(Kind::Account, account)
    {
        copy(owner, &mut head, &["currency"]);
    }
    let date = some_text(body, "effectiveDate").unwrap_or(&tx.today);
    head.insert("memoDate", date);
    head.insert("source", "API");
    head
}

fn finish_memo(
    tx: &mut Transaction<'_>,
    body: &Object,
    kind: Kind,
    head: Object,
    items: Vec<Object>,
) -> Result<Answer, Problem> {
    let id = money::create(tx, kind, head, items)?;
    if flag(body, "autoPost") {
        money::post(tx, kind, &id)?;
    }
    seen(tx, kind, &id)
}

fn from_invoice(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let body = ask.body;
    let invoice = tx.find(Kind::Invoice, ask.key())?;
    let (id, account) = (
        text(invoice, "id").to_owned(),
        text(invoice, "accountId").to_owned(),
    );
    let mut head = memo_head(tx, body, kind, &account);
    head.insert("invoiceId", id.as_str());
    head.insert("sourceType", "Invoice");
    let mut items = Vec::new();
    for sent in list(body, "items") {
        let part = amount(sent, "amount");
        let source = text(sent, "invoiceItemId");
        if text(tx.find(Kind::InvoiceItem, source)?, "invoiceId") != id {
            return Err(Problem::rule("The item belongs to another invoice."));
        }
        if kind == Kind::CreditMemo {
            money::credit_item(tx, source, &part)?;
        }
        let mut item = Object::new();
        copy_plain(sent, &mut item, &[]);
        item.insert("amount", part);
        items.push(item);
    }
    finish_memo(tx, body, kind, head, items)
}

fn from_charges(tx: &mut Transaction<'_>, ask: &Ask<'_>, kind: Kind) -> Result<Answer, Problem> {
    let body = ask.body;
    let account = named(tx, body)?;
    let mut head = memo_head(tx, body, kind, &account);
    head.insert("sourceType", "Standalone");
    let items = list(body, "charges").map(|sent| {
        let mut item = Object::new();
        copy_plain(sent, &mut item, &[]);
        let part = some_amount(sent, "amount").or_else(|| some_amount(sent, "memoItemAmount"));
        item.insert("amount", part.unwrap_or(Decimal::ZERO));
        item
    });
    let items = items.collect();
    finish_memo(tx, body, kind, head, items)
}
