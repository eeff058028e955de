//! `/v1/action/amend`: changes of subscriptions, carried out as order actions are.

use super::{
    action_parts::{bill, camel, each, held_against, invoice_data, is_preview, part, rate_plan},
    amendments,
    door::{Answer, Handler},
    kind::Kind,
    order_actions,
    record::{amount, copy, copy_custom, list, minus, some_text, text},
    revenue,
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("actionPostAmend", |tx, ask| {
    let results = each(tx, ask, "requests", MOST, one)?;
    Ok(Answer::Json(Json::object([("results", results)])))
})];

/// The most requests of a call (documented).
const MOST: usize = 10;

fn one(tx: &mut Transaction<'_>, entry: &Json) -> Result<Object, Problem> {
    let sent = held_against("AmendRequest", entry, None)?;
    let mut latest: Option<String> = None;
    let mut before = Object::new();
    let mut value_before = None;
    let mut ids = Vec::new();
    for amendment in list(sent, "Amendments") {
        let named = tx.find(Kind::Subscription, text(amendment, "SubscriptionId"))?;
        let id = match &latest {
            None => {
                before = named.clone();
                value_before = revenue::contracted_value(tx, named);
                text(named, "id").to_owned()
            }
            // Any version of it means what the amendment before made of it.
            Some(latest) if text(named, "originalId") == text(&before, "originalId") => {
                latest.clone()
            }
            Some(_) => {
                return Err(Problem::rule(
                    "SubscriptionId: the amendments of a request are for one subscription.",
                ));
            }
        };
        let (version, amended) = carry_out(tx, &id, amendment)?;
        ids.extend(amended.map(Json::from));
        latest = Some(version);
    }
    let id = latest.ok_or_else(|| Problem::missing("Amendments is missing"))?;
    let row = tx.find(Kind::Subscription, &id)?;
    let mut told = Object::new();
    told.insert(
        "TotalDeltaMrr",
        minus(&amount(row, "cMRR"), &amount(&before, "cMRR"))?,
    );
    if let (Some(after), Some(before)) = (revenue::contracted_value(tx, row), value_before) {
        told.insert("TotalDeltaTcv", minus(&after, &before)?);
    }
    let billed = bill(tx, &id, sent, "AmendOptions", "invoiceProcessingOptions")?;
    if is_preview(sent) {
        let (invoice, item) = ("Invoice2022", "ActionAmendInvoiceItem");
        told.insert("InvoiceDatas", invoice_data(tx, &billed, invoice, item));
        return Ok(told);
    }
    told.insert("SubscriptionId", id);
    told.insert("AmendmentIds", ids);
    for (name, made) in [
        ("InvoiceId", billed.invoices),
        ("PaymentId", billed.payments),
    ] {
        if let Some(made) = made.into_iter().next() {
            told.insert(name, made);
        }
    }
    Ok(told)
}

/// One amendment; gives the ids of the version that it made and of its record.
fn carry_out(
    tx: &mut Transaction<'_>,
    id: &str,
    amendment: &Object,
) -> Result<(String, Option<String>), Problem> {
    let status = some_text(amendment, "Status").unwrap_or("Completed");
    if status != "Completed" {
        return Err(Problem::rule(format!(
            "Status: an amendment takes effect at once here and is Completed, not {status}."
        )));
    }
    let sent = camel(amendment);
    let action = action(&sent)?;
    let mut days = Object::new();
    copy(
        &sent,
        &mut days,
        &["contractEffectiveDate", "serviceActivationDate"],
    );
    if let Some(day) = some_text(&sent, "customerAcceptanceDate") {
        days.insert("contractAcceptanceDate", day);
    }
    let version = order_actions::act(tx, id, &action, &days)?;
    let noted = amendments::note(tx, text(&action, "type"), &version, &days)?;
    if let Some(noted) = &noted {
        tx.change(Kind::Amendment, noted, |row| {
            copy(&sent, row, &["name", "code", "description"]);
            copy_custom(&sent, row);
        })?;
    }
    Ok((version, noted))
}

/// The order action that changes the same.
fn action(sent: &Object) -> Result<Object, Problem> {
    let plan = |charges: &str| {
        let mut plan = rate_plan(&part(sent, "ratePlanData"), charges);
        if let Some(id) = plan.remove("amendmentSubscriptionRatePlanId") {
            plan.insert("ratePlanId", id);
        }
        plan
    };
    let on = |policy: &str, day: &str, names: [&str; 2]| {
        let mut step = Object::new();
        let mut days = names.iter().filter_map(|name| some_text(sent, name));
        step.insert(policy, "SpecificDate");
        step.insert(day, days.next().unwrap_or_default());
        step
    };
    let (ty, member, what) = match text(sent, "type") {
        "NewProduct" => ("AddProduct", "addProduct", plan("chargeOverrides")),
        "RemoveProduct" => ("RemoveProduct", "removeProduct", plan("charges")),
        "UpdateProduct" => {
            let mut update = plan("chargeUpdates");
            copy(sent, &mut update, &["specificUpdateDate"]);
            ("UpdateProduct", "updateProduct", update)
        }
        "TermsAndConditions" => ("TermsAndConditions", "termsAndConditions", sent.clone()),
        "Renewal" => ("RenewSubscription", "renewSubscription", Object::new()),
        "Cancellation" => (
            "CancelSubscription",
            "cancelSubscription",
            on(
                "cancellationPolicy",
                "cancellationEffectiveDate",
                ["effectiveDate", "contractEffectiveDate"],
            ),
        ),
        "SuspendSubscription" => (
            "Suspend",
            "suspend",
            on(
                "suspendPolicy",
                "suspendSpecificDate",
                ["suspendDate", "contractEffectiveDate"],
            ),
        ),
        "ResumeSubscription" => (
            "Resume",
            "resume",
            on(
                "resumePolicy",
                "resumeSpecificDate",
                ["resumeDate", "contractEffectiveDate"],
            ),
        ),
        "OwnerTransfer" => {
            let mut transfer = Object::new();
            for (name, own) in [
                ("destinationAccountId", "destinationAccountNumber"),
                (
                    "destinationInvoiceOwnerId",
                    "destinationInvoiceAccountNumber",
                ),
            ] {
                if let Some(key) = some_text(sent, name) {
                    transfer.insert(own, key);
                }
            }
            ("OwnerTransfer", "ownerTransfer", transfer)
        }
        other => {
            return Err(Problem::bad_value(format!(
                "Type: {other} is no type of amendment that can be made here"
            )));
        }
    };
    let mut action = Object::new();
    action.insert("type", ty);
    action.insert(member, what);
    Ok(action)
}
