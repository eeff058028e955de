//! The versions of a subscription: each change makes a new one, with copies of its rate plans; the last
//! ones can be taken back.

use super::{
    charge_tiers,
    kind::Kind,
    plans,
    record::{some_text, text},
    revenue,
    store::Transaction,
    subscription::{cancel, whole},
};
use crate::problem::Problem;
use std::collections::BTreeSet;
use zuora_wire::{Json, Object};

type Tx<'a> = Transaction<'a>;

/// A new version with a change; gives its id. The name leads to it from now on.
pub(crate) fn next_version(
    tx: &mut Tx<'_>,
    key: &str,
    change: impl FnOnce(&mut Object) -> Result<(), Problem>,
) -> Result<String, Problem> {
    let old = tx.find(Kind::Subscription, key)?.clone();
    let old_id = text(&old, "id").to_owned();
    if old.get("isLatestVersion") == Some(&Json::Bool(false)) {
        return Err(Problem::rule(
            "It is not the latest version of its subscription.",
        ));
    }
    if text(&old, "status") == "Cancelled" {
        return Err(Problem::rule("The subscription is cancelled."));
    }
    let mut new = old.clone();
    change(&mut new)?;
    follow(tx, &old, new, &old_id)
}

/// The version after `old`, with copies of the rate plans of the version `source`.
fn follow(tx: &mut Tx<'_>, old: &Object, mut new: Object, source: &str) -> Result<String, Problem> {
    let old_id = text(old, "id");
    let before = tx.find(Kind::Subscription, source)?.clone();
    new.insert("version", whole(old, "version").unwrap_or(1) + 1);
    new.insert("previousSubscriptionId", old_id);
    new.insert("isLatestVersion", true);
    tx.change(Kind::Subscription, old_id, |row| {
        row.insert("isLatestVersion", false);
        row.insert("status", "Expired");
    })?;
    let id = tx.create(Kind::Subscription, new)?;
    let plans = children(tx, Kind::RatePlan, "subscriptionId", source);
    // A plan keeps its number through all versions; only the latest one is found by it.
    set_plans_latest(tx, old_id, false)?;
    for mut plan in plans {
        let charges = children(tx, Kind::RatePlanCharge, "ratePlanId", text(&plan, "id"));
        plan.insert("subscriptionId", id.as_str());
        plan.remove("isLatestVersion");
        let plan = tx.create(Kind::RatePlan, plan)?;
        for mut charge in charges {
            let tiers = charge_tiers::of(tx, text(&charge, "id"));
            if some_text(&charge, "originalId").is_none() {
                charge.insert("originalId", text(&charge, "id").to_owned());
            }
            charge.insert("ratePlanId", plan.as_str());
            charge.insert("subscriptionId", id.as_str());
            set_latest(&mut charge, true);
            let charge = tx.create(Kind::RatePlanCharge, charge)?;
            charge_tiers::set(tx, &charge, tiers)?;
        }
    }
    plans::follow(tx, &before, &id)?;
    let heir = text(tx.find(Kind::Subscription, &id)?, "accountId").to_owned();
    for account in [text(old, "accountId"), heir.as_str()] {
        revenue::of_account(tx, account)?;
    }
    Ok(id)
}

/// Whether the rate plans and charges of a version are found by their numbers.
fn set_plans_latest(tx: &mut Tx<'_>, version: &str, is_latest: bool) -> Result<(), Problem> {
    for kind in [Kind::RatePlan, Kind::RatePlanCharge] {
        for row in children(tx, kind, "subscriptionId", version) {
            tx.change(kind, text(&row, "id"), |row| set_latest(row, is_latest))?;
        }
    }
    Ok(())
}

fn set_latest(row: &mut Object, is_latest: bool) {
    if is_latest {
        row.remove("isLatestVersion");
    } else {
        row.insert("isLatestVersion", false);
    }
}

/// All versions of a subscription, the last one first.
fn versions(tx: &Tx<'_>, key: &str) -> Result<Vec<Object>, Problem> {
    let original = text(tx.find(Kind::Subscription, key)?, "originalId").to_owned();
    let mut versions = children(tx, Kind::Subscription, "originalId", &original);
    versions.sort_by_key(|row| std::cmp::Reverse(whole(row, "version")));
    Ok(versions)
}

/// A new version with what an older one had; without an older one it is cancelled. Gives its id.
pub(crate) fn restore(tx: &mut Tx<'_>, key: &str, base: i64) -> Result<String, Problem> {
    let versions = versions(tx, key)?;
    let latest = versions.first().ok_or_else(|| Problem::not_found(key))?;
    let older = versions
        .iter()
        .find(|row| whole(row, "version") == Some(base));
    let mut new = older.unwrap_or(latest).clone();
    let source = text(&new, "id").to_owned();
    if older.is_some() {
        new.insert("status", status_of(&new));
    } else {
        cancel(&mut new, &Object::new(), &tx.today)?;
    }
    follow(tx, latest, new, &source)
}

/// Removes the versions after this one, which is the latest again; with 0 all of them.
pub(crate) fn roll_back(tx: &mut Tx<'_>, key: &str, base: i64) -> Result<(), Problem> {
    let mut accounts = BTreeSet::new();
    for row in versions(tx, key)? {
        let id = text(&row, "id");
        accounts.insert(text(&row, "accountId").to_owned());
        if whole(&row, "version") <= Some(base) {
            tx.change(Kind::Subscription, id, |own| {
                own.insert("isLatestVersion", true);
                own.insert("status", status_of(&row));
            })?;
            set_plans_latest(tx, id, true)?;
            break;
        }
        remove_version(tx, id)?;
    }
    let mut accounts = accounts.iter();
    accounts.try_for_each(|account| revenue::of_account(tx, account))
}

/// Removes a subscription with all its versions.
pub(crate) fn remove(tx: &mut Tx<'_>, key: &str) -> Result<String, Problem> {
    let id = tx.id_of(Kind::Subscription, key)?;
    roll_back(tx, &id, 0)?;
    Ok(id)
}

/// What belongs to a version and goes with it. Anything else, such as usage, keeps it from being removed.
const ITS_OWN: [(Kind, &str); 5] = [
    (Kind::Amendment, "newSubscriptionId"),
    (Kind::Amendment, "subscriptionId"),
    (Kind::OrderAction, "subscriptionId"),
    (Kind::RatePlanCharge, "subscriptionId"),
    (Kind::RatePlan, "subscriptionId"),
];

fn remove_version(tx: &mut Tx<'_>, id: &str) -> Result<(), Problem> {
    for (kind, member) in ITS_OWN {
        for row in children(tx, kind, member, id) {
            match kind {
                Kind::RatePlanCharge => charge_tiers::remove(tx, text(&row, "id"))?,
                kind => tx.remove(kind, text(&row, "id"))?,
            }
        }
    }
    for facts in Kind::all().filter(|facts| facts.kind != Kind::Subscription) {
        for (member, parent) in facts.parents {
            let mut others = tx.store().children(facts.kind, member, id);
            if let (Kind::Subscription, Some(other)) = (parent, others.next()) {
                let (name, other) = (facts.name, text(other, "id"));
                return Err(Problem::rule(format!(
                    "The subscription cannot be deleted: the {name} {other} belongs to it."
                )));
            }
        }
    }
    tx.remove(Kind::Subscription, id)
}

/// The status that a version has while it is the latest one.
fn status_of(row: &Object) -> &'static str {
    if some_text(row, "cancelledDate").is_some() {
        "Cancelled"
    } else if some_text(row, "suspendDate").is_some() && some_text(row, "resumeDate").is_none() {
        "Suspended"
    } else {
        "Active"
    }
}

pub(super) fn children(tx: &Tx<'_>, kind: Kind, member: &'static str, parent: &str) -> Vec<Object> {
    tx.store().children(kind, member, parent).cloned().collect()
}
