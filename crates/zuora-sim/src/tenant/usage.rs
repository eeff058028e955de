//! Usage records. Files of them are read by `imports`.

use super::{
    accounts::view_of,
    door::{Answer, Ask, Handler},
    kind::Kind,
    record::{some_text, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::Object;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("getUsagesByAccount", of_account)];

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
