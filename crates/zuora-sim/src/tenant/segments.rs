//! A charge over time: its segments, one after the other, without a day that two of them share.
//!
//! The functions change a line of segments in memory; `lines` reads the lines of a rate plan or a version with
//! their tiers, `save` writes one back, with what follows from its prices and days. The day on which a segment
//! ends is the first one that it does not run on.

use super::{
    charge_tiers::{self, TIERS},
    kind::Kind,
    pricing,
    record::{list, some_text, text},
    store::Transaction,
    subscription::whole,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

/// The segments of a charge, in their order.
pub(super) type Line = Vec<Object>;

const START: &str = "effectiveStartDate";
const END: &str = "effectiveEndDate";
/// The day on which a charge was told to end, whatever becomes of its subscription.
const TOLD_END: &str = "specificEndDate";

/// The lines of what belongs to this parent, in the order of their first segments.
pub(super) fn lines(tx: &Transaction<'_>, member: &'static str, parent: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let is_its = |line: &Line, row: &Object| {
        let first = line.first();
        first.is_some_and(|first| text(first, "chargeNumber") == text(row, "chargeNumber"))
    };
    for row in tx.store().children(Kind::RatePlanCharge, member, parent) {
        let row = charge_tiers::with(tx, row);
        match lines.iter_mut().find(|line| is_its(line, &row)) {
            Some(line) => line.push(row),
            None => lines.push(vec![row]),
        }
    }
    for line in &mut lines {
        line.sort_by_key(|row| whole(row, "segment"));
    }
    lines
}

/// Writes a line that was `before`, numbered anew.
pub(super) fn save(tx: &mut Transaction<'_>, before: &Line, line: Line) -> Result<(), Problem> {
    let id = |row: &Object| text(row, "id").to_owned();
    for old in before {
        if !line.iter().any(|row| id(row) == id(old)) {
            charge_tiers::remove(tx, &id(old))?;
        }
    }
    let count = line.len();
    for (place, mut row) in line.into_iter().enumerate() {
        row.insert("segment", place + 1);
        row.insert("isLastSegment", place + 1 == count);
        if !before.contains(&row) {
            write(tx, row)?;
        }
    }
    Ok(())
}

/// Writes a charge with its tiers, a new one if it has no id.
pub(super) fn write(tx: &mut Transaction<'_>, mut row: Object) -> Result<(), Problem> {
    pricing::settle(&mut row)?;
    let tiers: Vec<Object> = list(&row, TIERS).cloned().collect();
    row.remove(TIERS);
    let id = match some_text(&row, "id").map(str::to_owned) {
        Some(id) => {
            tx.change(Kind::RatePlanCharge, &id, |own| *own = row)?;
            id
        }
        None => create(tx, row)?,
    };
    charge_tiers::set(tx, &id, tiers)
}

/// The first record of a charge is the original of all that follow.
fn create(tx: &mut Transaction<'_>, row: Object) -> Result<String, Problem> {
    let is_first = some_text(&row, "originalId").is_none();
    let id = tx.create(Kind::RatePlanCharge, row)?;
    if is_first {
        tx.change(Kind::RatePlanCharge, &id, |own| {
            own.insert("originalId", id.as_str());
        })?;
    }
    Ok(id)
}

pub(super) fn is_last(row: &Object) -> bool {
    row.get("isLastSegment") != Some(&Json::Bool(false))
}

pub(super) fn runs_on(row: &Object, day: &str) -> bool {
    text(row, START) <= day && some_text(row, END).is_none_or(|end| day < end)
}

/// Whether there is a day on which it runs.
pub(super) fn ever_runs(row: &Object) -> bool {
    runs_on(row, text(row, START))
}

/// Whether a charge goes on for as long as its subscription: what ends before is not contracted for.
pub(super) fn runs_to_the_end(row: &Object, subscription: &Object) -> bool {
    let is_open = matches!(text(subscription, "status"), "Active" | "Expired");
    is_open
        && is_last(row)
        && ever_runs(row)
        && some_text(row, TOLD_END).is_none()
        && some_text(row, END) == some_text(subscription, "subscriptionEndDate")
}

/// Nothing runs from this day on. A charge that would have begun on it is left without a day.
pub(super) fn cut(line: &mut Line, day: &str) {
    let mut is_first = true;
    line.retain(|row| {
        let begins = text(row, START);
        begins < day || std::mem::take(&mut is_first) && begins == day
    });
    for row in line {
        if some_text(row, END).is_none_or(|end| day < end) {
            row.insert(END, day);
        }
    }
}

/// Ends a charge on its own; one that never ran is no more.
pub(super) fn end(line: &mut Line, day: &str) {
    cut(line, day);
    if !line.iter().any(ever_runs) {
        line.clear();
    }
    if let Some(last) = line.last_mut() {
        last.insert(TOLD_END, day);
    }
}

/// A change from this day on: the segment of that day ends, another one begins, and those that follow are
/// changed as well (a guess). False if the charge does not run on that day.
pub(super) fn change_from(line: &mut Line, day: &str, change: impl FnMut(&mut Object)) -> bool {
    let Some(mut place) = line.iter().position(|row| runs_on(row, day)) else {
        return false;
    };
    if text(&line[place], START) != day {
        let next = beginning(&line[place], day);
        line[place].insert(END, day);
        place += 1;
        line.insert(place, next);
    }
    line[place..].iter_mut().for_each(change);
    true
}

/// The same charge again, from another day on.
fn beginning(row: &Object, day: &str) -> Object {
    let mut next = row.clone();
    for name in ["id", "chargedThroughDate", "processedThroughDate"] {
        next.remove(name);
    }
    next.insert(START, day);
    next
}

/// The end of the subscription was moved; what ended with it follows.
pub(super) fn follow_end(line: &mut Line, old: Option<&str>, new: Option<&str>) {
    if let Some(last) = line.last_mut()
        && some_text(last, TOLD_END).is_none()
        && some_text(last, END) == old
    {
        set_end(last, new);
    }
    if let Some(new) = new {
        cut(line, new);
    }
}

fn set_end(row: &mut Object, day: Option<&str>) {
    match day {
        Some(day) => row.insert(END, day),
        None => row.remove(END),
    };
}

/// The subscription is suspended from this day on. What begins later waits.
pub(super) fn suspend(line: &mut Line, day: &str) {
    if let Some(row) = line.iter_mut().find(|row| runs_on(row, day)) {
        row.insert(END, day);
    }
}

/// It goes on after a suspension, until `end` or what it was told: what was cut off is a segment of its own,
/// and what would have begun meanwhile begins now.
pub(super) fn resume(line: &mut Line, suspended: &str, day: &str, end: Option<&str>) {
    let is_cut =
        |row: &Object| text(row, START) <= suspended && some_text(row, END) == Some(suspended);
    if let Some(place) = line.iter().rposition(is_cut) {
        let next = line.get(place + 1).and_then(|row| some_text(row, START));
        let told = some_text(&line[place], TOLD_END);
        let end = next.or(told).or(end).map(str::to_owned);
        if day == suspended {
            set_end(&mut line[place], end.as_deref());
        } else if end.as_deref().is_none_or(|end| day < end) {
            let mut next = beginning(&line[place], day);
            set_end(&mut next, end.as_deref());
            line.insert(place + 1, next);
        }
    }
    let is_over = |row: &Object| {
        text(row, START) > suspended && some_text(row, END).is_some_and(|end| end <= day)
    };
    line.retain(|row| !is_over(row));
    for row in line {
        if text(row, START) > suspended && text(row, START) < day {
            row.insert(START, day);
        }
    }
}
