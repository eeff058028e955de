//! Usage records: one by one, and as CSV files.

use super::{
    accounts::view_of,
    csv,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    record::{some_text, text},
    store::Transaction,
    view,
};
use crate::{api::usage, problem::Problem};
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("getUsagesByAccount", of_account),
    ("uploadUsageFile", upload),
];

/// The columns of a file (documented), and the members that they become.
const COLUMNS: [(&str, &str); 9] = [
    ("ACCOUNT_ID", "accountId"),
    ("UOM", "uOM"),
    ("QTY", "quantity"),
    ("STARTDATE", "startDateTime"),
    ("ENDDATE", "endDateTime"),
    ("SUBSCRIPTION_ID", "subscriptionId"),
    ("CHARGE_ID", "ratePlanChargeId"),
    ("DESCRIPTION", "description"),
    ("UNIQUE_KEY", "uniqueKey"),
];

/// A file's rows, all of them or none (documented).
fn upload(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let file = usage::file_of(ask.call)?;
    let size = file.len();
    let mut rows = csv::rows(&file);
    let header = rows.next().unwrap_or_default();
    let members: Vec<Option<&str>> = header
        .iter()
        .map(|name| {
            let name = name.trim().trim_start_matches('\u{feff}');
            let known = COLUMNS.iter().find(|(column, _)| *column == name);
            known.map(|(_, member)| *member)
        })
        .collect();
    for needed in ["accountId", "uOM", "quantity", "startDateTime"] {
        if !members.contains(&Some(needed)) {
            return Err(Problem::bad_value(format!(
                "The file has no column for {needed}"
            )));
        }
    }
    for (place, cells) in rows.enumerate() {
        let line = place + 2;
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let mut row = Object::new();
        for (member, cell) in members.iter().zip(&cells) {
            let Some(member) = member.filter(|_| !cell.is_empty()) else {
                continue;
            };
            let value: Json = match member {
                "quantity" => {
                    let wrong = |_| Problem::bad_value(format!("line {line}: QTY is no number"));
                    cell.parse::<Decimal>().map_err(wrong)?.into()
                }
                "startDateTime" | "endDateTime" => {
                    let wrong =
                        || Problem::bad_value(format!("line {line}: a date is not MM/DD/YYYY"));
                    date(cell).ok_or_else(wrong)?.into()
                }
                _ => cell.as_str().into(),
            };
            row.insert(member, value);
        }
        complete(tx, &mut row)?;
        row.insert("sourceType", "Import");
        tx.create(Kind::Usage, row)?;
    }
    let base = &ask.call.shared.base_url;
    let import = tx.new_id();
    Ok(done([
        ("size", size.into()),
        (
            "checkImportStatus",
            format!("{base}/v1/usage/{import}/status").into(),
        ),
    ]))
}

/// `MM/DD/YYYY`, with or without a time, as replies write it.
fn date(text: &str) -> Option<String> {
    let day = text.split(' ').next()?;
    let mut parts = day.split('/');
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let year = parts.next()?.parse().ok()?;
    let date = jiff::civil::Date::new(year, month, day).ok()?;
    Some(format!("{date}T00:00:00Z"))
}

/// Fills in what a record gets from its account and subscription.
pub(super) fn complete(tx: &mut Transaction<'_>, row: &mut Object) -> Result<(), Problem> {
    let key = some_text(row, "accountId").or_else(|| some_text(row, "accountNumber"));
    let subscription =
        some_text(row, "subscriptionId").or_else(|| some_text(row, "subscriptionNumber"));
    let subscription = match subscription {
        Some(key) => Some(tx.find(Kind::Subscription, key)?),
        None => None,
    };
    let account = match (key, subscription) {
        (Some(key), _) => tx.find(Kind::Account, key)?,
        (None, Some(subscription)) => tx.find(Kind::Account, text(subscription, "accountId"))?,
        (None, None) => {
            return Err(Problem::missing(
                "AccountId, AccountNumber or SubscriptionId is missing",
            ));
        }
    };
    let (id, number) = (
        text(account, "id").to_owned(),
        text(account, "accountNumber").to_owned(),
    );
    if let Some(subscription) = subscription {
        let (subscription, name) = (
            text(subscription, "id").to_owned(),
            text(subscription, "name").to_owned(),
        );
        row.insert("subscriptionId", subscription);
        row.insert("subscriptionNumber", name);
    }
    row.insert("accountId", id);
    row.insert("accountNumber", number);
    if some_text(row, "rbeStatus").is_none() {
        row.insert("rbeStatus", "Pending");
    }
    if some_text(row, "sourceType").is_none() {
        row.insert("sourceType", "API");
    }
    row.insert("submissionDateTime", tx.now.as_str());
    Ok(())
}

fn of_account(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    let rows = tx.store().children(Kind::Usage, "accountId", &id);
    Ok(ask.page("usage", rows, |row| {
        view_of(ask, "usage", &view::rest(Kind::Usage, row))
    }))
}
