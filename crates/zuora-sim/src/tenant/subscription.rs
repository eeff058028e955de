//! Subscriptions: how they begin, and what changes do to their terms. Their rate plans are in `plans`.

use super::{
    kind::Kind,
    record::{copy, flag, list, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use jiff::{Span, civil::Date};
use zuora_wire::{Decimal, Json, Number, Object};

type Tx<'a> = Transaction<'a>;

/// The day after a term of so many periods. An unknown period counts as a month.
pub(crate) fn after(start: &str, count: i64, period: &str) -> String {
    let Ok(date) = start.parse::<Date>() else {
        return start.to_owned();
    };
    let span = match period {
        "Year" => Span::new().try_years(count),
        "Week" => Span::new().try_weeks(count),
        "Day" => Span::new().try_days(count),
        _ => Span::new().try_months(count),
    };
    let end = span.and_then(|span| date.checked_add(span));
    end.map_or_else(|_| start.to_owned(), |end| end.to_string())
}

pub(crate) fn whole(row: &Object, member: &str) -> Option<i64> {
    match row.get(member)? {
        Json::Number(number) => Number::as_i64(number),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A subscription of the first version; gives its id.
pub(crate) fn create(tx: &mut Tx<'_>, account: &str, mut row: Object) -> Result<String, Problem> {
    let today = tx.today.clone();
    let start = some_text(&row, "contractEffectiveDate")
        .or_else(|| some_text(&row, "termStartDate"))
        .unwrap_or(&today)
        .to_owned();
    for name in [
        "contractEffectiveDate",
        "subscriptionStartDate",
        "termStartDate",
    ] {
        if some_text(&row, name).is_none() {
            row.insert(name, start.as_str());
        }
    }
    if some_text(&row, "termType").is_none() {
        row.insert("termType", "TERMED");
    }
    set_term(&mut row, "initialTerm", "initialTermPeriodType");
    let owner = tx.find(Kind::Account, account)?;
    copy(owner, &mut row, &["currency"]);
    row.insert("accountId", account);
    if some_text(&row, "invoiceOwnerId").is_none() {
        row.insert("invoiceOwnerId", account);
    }
    row.insert("status", "Active");
    row.insert("version", 1);
    row.insert("isLatestVersion", true);
    row.insert("cMRR", Decimal::ZERO);
    if row.get("autoRenew").is_none() {
        row.insert("autoRenew", false);
    }
    row.insert("originalCreatedDate", tx.now.as_str());
    let id = tx.create(Kind::Subscription, row)?;
    tx.change(Kind::Subscription, &id, |row| {
        row.insert("originalId", id.as_str());
    })?;
    Ok(id)
}

/// Sets the current term, and the day on which it ends, by two members.
fn set_term(row: &mut Object, count: &str, period: &str) {
    if text(row, "termType") == "EVERGREEN" {
        for name in ["termEndDate", "subscriptionEndDate", "currentTerm"] {
            row.remove(name);
        }
        return;
    }
    let periods = whole(row, count).unwrap_or(12);
    let period = some_text(row, period).unwrap_or("Month").to_owned();
    let end = after(text(row, "termStartDate"), periods, &period);
    row.insert("currentTerm", periods);
    row.insert("currentTermPeriodType", period);
    row.insert("termEndDate", end.as_str());
    row.insert("subscriptionEndDate", end);
}

/// One more term: it begins where the last one ended.
pub(crate) fn renew(row: &mut Object) -> Result<(), Problem> {
    if let Some(end) = some_text(row, "termEndDate").map(str::to_owned) {
        row.insert("termStartDate", end);
    }
    let has_own = whole(row, "renewalTerm").is_some();
    match has_own {
        true => set_term(row, "renewalTerm", "renewalTermPeriodType"),
        false => set_term(row, "initialTerm", "initialTermPeriodType"),
    }
    Ok(())
}

/// The terms that a request names.
pub(crate) fn set_terms(row: &mut Object, sent: &Object) {
    copy(
        sent,
        row,
        &[
            "autoRenew",
            "renewalSetting",
            "termType",
            "notes",
            "invoiceSeparately",
            "paymentTerm",
            "renewalTerm",
            "renewalTermPeriodType",
            "initialTerm",
            "initialTermPeriodType",
            "termStartDate",
            "currentTerm",
            "currentTermPeriodType",
        ],
    );
    let term = sent.get("initialTerm").or_else(|| sent.get("lastTerm"));
    if let Some(term) = term.and_then(Json::as_object) {
        row.remove("initialTerm");
        copy(term, row, &["termType"]);
        for (name, own) in [
            ("period", "initialTerm"),
            ("periodType", "initialTermPeriodType"),
            ("startDate", "termStartDate"),
        ] {
            if let Some(value) = term.get(name) {
                row.insert(own, value.clone());
            }
        }
    }
    if let Some(renewal) = list(sent, "renewalTerms").next() {
        for (name, own) in [
            ("period", "renewalTerm"),
            ("periodType", "renewalTermPeriodType"),
        ] {
            if let Some(value) = renewal.get(name) {
                row.insert(own, value.clone());
            }
        }
    }
    if some_text(row, "status").is_some() {
        match whole(row, "currentTerm") {
            Some(_) if sent.get("currentTerm").is_some() => {
                set_term(row, "currentTerm", "currentTermPeriodType");
            }
            _ => set_term(row, "initialTerm", "initialTermPeriodType"),
        }
    }
}

/// A day on which something happens to a subscription: none before it begins or after it ends.
pub(super) fn check_day(row: &Object, day: &str) -> Result<(), Problem> {
    if day.parse::<Date>().is_err() {
        return Err(Problem::bad_value(format!("{day} is no date")));
    }
    let start = text(row, "subscriptionStartDate");
    let end = some_text(row, "subscriptionEndDate");
    if day < start || end.is_some_and(|end| day > end) {
        let end = end.map_or_else(String::new, |end| format!(" to {end}"));
        return Err(Problem::rule(format!(
            "{day} lies outside of the subscription, which runs from {start}{end}."
        )));
    }
    Ok(())
}

/// Ends it on the day that its policy means.
pub(crate) fn cancel(row: &mut Object, sent: &Object, today: &str) -> Result<(), Problem> {
    let day = match text(sent, "cancellationPolicy") {
        "SpecificDate" => some_text(sent, "cancellationEffectiveDate").unwrap_or(today),
        "EndOfCurrentTerm" => some_text(row, "termEndDate").unwrap_or(today),
        // Nothing is billed yet.
        _ => text(row, "termStartDate").max(text(row, "subscriptionStartDate")),
    };
    check_day(row, day)?;
    let day = day.to_owned();
    row.insert("cancelledDate", day.as_str());
    row.insert("subscriptionEndDate", day);
    row.insert("status", "Cancelled");
    Ok(())
}

pub(crate) fn suspend(row: &mut Object, sent: &Object, today: &str) -> Result<(), Problem> {
    if text(row, "status") == "Suspended" {
        return Err(Problem::rule("The subscription is suspended already."));
    }
    let day = match text(sent, "suspendPolicy") {
        "SpecificDate" => some_text(sent, "suspendSpecificDate")
            .unwrap_or(today)
            .to_owned(),
        "FixedPeriodsFromToday" => {
            let count = whole(sent, "suspendPeriods").unwrap_or(0);
            after(today, count, text(sent, "suspendPeriodsType"))
        }
        _ => today.to_owned(),
    };
    check_day(row, &day)?;
    if some_text(row, "subscriptionEndDate") == Some(&day) {
        return Err(Problem::rule(format!(
            "It cannot be suspended from {day}: it ends on that day."
        )));
    }
    if let Some(resumed) = some_text(row, "resumeDate").filter(|resumed| *day < **resumed) {
        return Err(Problem::rule(format!(
            "It cannot be suspended from {day}: the last suspension ended on {resumed}."
        )));
    }
    row.insert("suspendDate", day);
    row.remove("resumeDate");
    row.insert("status", "Suspended");
    Ok(())
}

pub(crate) fn resume(row: &mut Object, sent: &Object, today: &str) -> Result<(), Problem> {
    if text(row, "status") != "Suspended" {
        return Err(Problem::rule("The subscription is not suspended."));
    }
    let day = match text(sent, "resumePolicy") {
        "SpecificDate" => some_text(sent, "resumeSpecificDate")
            .unwrap_or(today)
            .to_owned(),
        "FixedPeriodsFromToday" | "FixedPeriodsFromSuspendDate" => {
            let from = match text(sent, "resumePolicy") {
                "FixedPeriodsFromToday" => today,
                _ => text(row, "suspendDate"),
            };
            let count = whole(sent, "resumePeriods").unwrap_or(0);
            after(from, count, text(sent, "resumePeriodsType"))
        }
        _ => today.to_owned(),
    };
    check_day(row, &day)?;
    let suspended = text(row, "suspendDate");
    if day.as_str() < suspended {
        return Err(Problem::rule(format!(
            "It cannot be resumed on {day}: it is suspended from {suspended} on."
        )));
    }
    if flag(sent, "extendsTerm")
        && let Some(end) = later_end(row, suspended, &day)
    {
        if row.get("subscriptionEndDate") == row.get("termEndDate") {
            row.insert("subscriptionEndDate", end.as_str());
        }
        row.insert("termEndDate", end);
    }
    row.insert("resumeDate", day);
    row.insert("status", "Active");
    Ok(())
}

/// The end of the term, later by as many days as the subscription was suspended.
fn later_end(row: &Object, suspended: &str, resumed: &str) -> Option<String> {
    let end = some_text(row, "termEndDate")?;
    let [from, to] = [suspended, resumed].map(|day| day.parse::<Date>().ok());
    let days = (to? - from?).get_days();
    Some(after(end, i64::from(days), "Day"))
}
