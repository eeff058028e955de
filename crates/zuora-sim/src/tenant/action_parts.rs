//! What the actions `subscribe` and `amend` have in common: entries with outcomes of their own, rate plans and
//! billing in the words of `/v1` REST, and previews.

use super::{
    bill_now::{self, Billed},
    door::Ask,
    kind::Kind,
    record::{copy, flag, list, some_text, text, to_camel},
    store::Transaction,
    view,
};
use crate::{check, problem::Problem};
use zuora_catalog::Direction;
use zuora_wire::{Json, Object};

/// A part of an entry; empty where there is none.
pub(super) fn part(sent: &Object, name: &str) -> Object {
    let part = sent.get(name).and_then(Json::as_object);
    part.cloned().unwrap_or_default()
}

/// Carries out each entry of a list; one that is refused does not undo the others. A preview is undone in any
/// case.
pub(super) fn each(
    tx: &mut Transaction<'_>,
    ask: &Ask<'_>,
    list: &str,
    most: usize,
    one: impl Fn(&mut Transaction<'_>, &Json) -> Result<Object, Problem>,
) -> Result<Vec<Json>, Problem> {
    let entries = ask.body.get(list).and_then(Json::as_array);
    let entries = entries.unwrap_or_default();
    if entries.len() > most {
        let text = format!("At most {most} {list} can be sent in one call");
        return Err(Problem::worded("MAX_RECORDS_EXCEEDED", text));
    }
    let outcomes = entries.iter().map(|entry| {
        let outcome = match entry.as_object().is_some_and(is_preview) {
            true => tx.rehearse(|tx| one(tx, entry)),
            false => tx.attempt(|tx| one(tx, entry)),
        };
        match outcome {
            Ok(mut told) => {
                told.insert("Success", true);
                told.into()
            }
            Err(problem) => problem.into_crud(),
        }
    });
    Ok(outcomes.collect())
}

pub(super) fn is_preview(entry: &Object) -> bool {
    flag(&part(entry, "PreviewOptions"), "EnablePreviewMode")
}

/// An entry, held against its schema. What `forgiven` begins with may be missing.
pub(super) fn held_against<'e>(
    schema: &str,
    entry: &'e Json,
    forgiven: Option<&str>,
) -> Result<&'e Object, Problem> {
    if let Some(schema) = zuora_catalog::schema(schema) {
        let mut report = schema.check(entry, Direction::Request);
        if let Some(part) = forgiven {
            report.violations.retain(|wrong| {
                wrong.kind != zuora_catalog::ViolationKind::Missing || !wrong.path.starts_with(part)
            });
        }
        if let Some(problem) = Problem::all(check::violations(&report)) {
            return Err(problem);
        }
    }
    let entry = entry.as_object();
    entry.ok_or_else(|| Problem::bad_value("An entry must be an object"))
}

/// The same members in small letters, those of parts as well.
pub(super) fn camel(sent: &Object) -> Object {
    let members = sent.iter();
    members
        .map(|(name, value)| (to_camel(name), in_camel(value)))
        .collect()
}

fn in_camel(value: &Json) -> Json {
    match value {
        Json::Object(members) => camel(members).into(),
        Json::Array(items) => items.iter().map(in_camel).collect::<Vec<Json>>().into(),
        other => other.clone(),
    }
}

/// A rate plan, and what is said of its charges under this name.
pub(super) fn rate_plan(data: &Object, charges: &str) -> Object {
    let data = camel(data);
    let mut plan = part(&data, "ratePlan");
    let said = list(&data, "ratePlanChargeData").map(|data| {
        let mut charge = part(data, "ratePlanCharge");
        if let Some(tiers) = data.get("ratePlanChargeTier") {
            charge.insert("tiers", tiers.clone());
        }
        Json::from(charge)
    });
    plan.insert(charges, said.collect::<Vec<Json>>());
    plan
}

/// Bills a subscription by the options of an entry, whose `dates` are those of the invoice. A preview is billed
/// in any case, up to a date (a guess), and pays nothing.
pub(super) fn bill(
    tx: &mut Transaction<'_>,
    subscription: &str,
    entry: &Object,
    options: &str,
    dates: &str,
) -> Result<Billed, Problem> {
    let options = camel(&part(entry, options));
    let dates = part(&options, dates);
    if options
        .get("externalPaymentOptions")
        .is_some_and(|paid| !paid.is_null())
    {
        return Err(Problem::rule(
            "ExternalPaymentOptions: payments are made by payment methods here; make an external one by itself.",
        ));
    }
    let scope = some_text(&dates, "invoiceProcessingScope");
    if scope.is_some_and(|scope| scope != "Subscription") {
        return Err(Problem::rule(
            "InvoiceProcessingScope: only the subscription is billed here.",
        ));
    }
    let mut told = Object::new();
    copy(
        &options,
        &mut told,
        &["applyCredit", "applyCreditBalance", "applicationOrder"],
    );
    told.insert("runBilling", flag(&options, "generateInvoice"));
    told.insert("collect", flag(&options, "processPayments"));
    for (from, name, own) in [
        (&dates, "invoiceTargetDate", "targetDate"),
        (&dates, "invoiceDate", "documentDate"),
        (
            &part(&options, "electronicPaymentOptions"),
            "paymentMethodId",
            "paymentMethodId",
        ),
    ] {
        if let Some(value) = some_text(from, name) {
            told.insert(own, value);
        }
    }
    if is_preview(entry) {
        settle_preview(tx, subscription, &part(entry, "PreviewOptions"), &mut told)?;
    }
    bill_now::by_request(tx, subscription, &told)
}

fn settle_preview(
    tx: &Transaction<'_>,
    subscription: &str,
    options: &Object,
    told: &mut Object,
) -> Result<(), Problem> {
    if options
        .get("NumberOfPeriods")
        .is_some_and(|count| !count.is_null())
    {
        return Err(Problem::rule(
            "NumberOfPeriods: previews go up to a date here, or through the term.",
        ));
    }
    if flag(options, "PreviewThroughTermEnd") {
        let row = tx.find(Kind::Subscription, subscription)?;
        copy(row, told, &["termEndDate"]);
        if let Some(end) = told.remove("termEndDate") {
            told.insert("targetDate", end);
        }
    }
    told.insert("runBilling", true);
    told.insert("collect", false);
    Ok(())
}

/// The invoices of a preview with their items, each through its schema.
pub(super) fn invoice_data(
    tx: &Transaction<'_>,
    billed: &Billed,
    invoice_schema: &str,
    item_schema: &str,
) -> Vec<Json> {
    let invoices = billed.invoices.iter();
    let invoices = invoices.filter_map(|id| tx.get(Kind::Invoice, id));
    let told = invoices.map(|invoice| {
        let items = tx
            .store()
            .children(Kind::InvoiceItem, "invoiceId", text(invoice, "id"));
        let items = items.map(|row| view::named(item_schema, &view::pascal(row, tx.zone())));
        let invoice = view::named(invoice_schema, &view::pascal(invoice, tx.zone()));
        Json::object([
            ("Invoice", invoice),
            ("InvoiceItem", items.collect::<Vec<Json>>().into()),
        ])
    });
    told.collect()
}
