//! Splitting a draft invoice into several, which share its items between them.

use super::shown;
use crate::{
    problem::Problem,
    tenant::{
        door::{Answer, Ask, Handler, done},
        kind::Kind,
        money,
        record::{amount, copy, list, minus, some_amount, text},
        store::Transaction,
        view,
    },
};
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("splitInvoice", split)];

fn split(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let invoice = tx.find(Kind::Invoice, ask.key())?;
    money::status_must_be(invoice, &["Draft"], "split it")?;
    let id = text(invoice, "id").to_owned();
    let invoice = invoice.clone();
    let parts = parts(ask.body, &amount(&invoice, "amount"))?;
    let shared = money::shared_out(tx, &id, &parts)?;
    let mut made = Vec::new();
    for (sent, items) in list(ask.body, "splits").zip(shared) {
        let mut head = Object::new();
        let kept = [
            "accountId",
            "autoPay",
            "billToContactId",
            "comments",
            "currency",
            "dueDate",
            "soldToContactId",
            "source",
            "sourceType",
            "targetDate",
        ];
        copy(&invoice, &mut head, &kept);
        copy(sent, &mut head, &["invoiceDate", "paymentTerm"]);
        head.insert("isSplit", true);
        let part = money::create(tx, Kind::Invoice, head, items)?;
        let part = shown(tx, Kind::Invoice, tx.find(Kind::Invoice, &part)?);
        made.push(view::named("Invoice", &part));
    }
    tx.change(Kind::Invoice, &id, |row| {
        row.insert("status", "Split");
    })?;
    Ok(done([("id", id.into()), ("invoices", Json::Array(made))]))
}

/// What each split comes to. Percentages are cut to cents, and the last one has what is left.
fn parts(body: &Object, whole: &Decimal) -> Result<Vec<Decimal>, Problem> {
    let (member, all) = match text(body, "splitType") {
        "Amount" => ("splitAmount", whole.clone()),
        _ => ("splitPercentage", Decimal::new(100, 0)),
    };
    let mut left = all;
    let mut given = Vec::new();
    for sent in list(body, "splits") {
        let part = some_amount(sent, member)
            .ok_or_else(|| Problem::missing(format!("splits: {member} is missing")))?;
        money::positive(&part, member)?;
        left = minus(&left, &part)?;
        given.push(part);
    }
    if !left.is_zero() {
        let rule = match member {
            "splitAmount" => "the amount of the invoice",
            _ => "100",
        };
        return Err(Problem::bad_value(format!(
            "splits: {member} must add up to {rule}"
        )));
    }
    if member == "splitAmount" {
        return Ok(given);
    }
    let mut rest = whole.clone();
    let last = given.pop();
    let mut parts = Vec::new();
    for percent in given {
        let part = percent_of(whole, &percent)?;
        rest = minus(&rest, &part)?;
        parts.push(part);
    }
    parts.extend(last.map(|_| rest));
    Ok(parts)
}

/// A percentage of an amount, cut to cents.
fn percent_of(whole: &Decimal, percent: &Decimal) -> Result<Decimal, Problem> {
    let hundredth = Decimal::new(1, 2);
    let exact = whole
        .checked_mul(percent)
        .and_then(|product| product.checked_mul(&hundredth));
    let exact = exact.ok_or_else(|| {
        Problem::bad_value("splits: splitPercentage has too many digits to be exact")
    })?;
    let text = exact.to_string();
    let cents = text.find('.').map_or(text.len(), |point| point + 3);
    let cut = text.get(..cents).unwrap_or(&text).parse();
    Ok(cut.unwrap_or(exact))
}
