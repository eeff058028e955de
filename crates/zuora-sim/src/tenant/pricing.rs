//! What a charge of a subscription costs, and what it brings in: by its model, its tiers and its periods.
//!
//! A charge is looked at with its tiers in the member `tiers`, as `charge_tiers` and `segments` have it.

use super::{
    charge_tiers::TIERS,
    record::{amount, flag, list, minus, plus, some_amount, text},
    subscription::whole,
};
use crate::problem::Problem;
use jiff::{Span, civil::Date};
use rust_decimal::{Decimal as Rounded, RoundingStrategy};
use zuora_wire::{Decimal, Object};

/// How many decimals the monthly part of a price has at most (a guess).
const DECIMALS: u32 = 9;
/// How many weeks and days a year has for the monthly part of a price (a guess).
const WEEKS: i64 = 52;
const DAYS: i64 = 365;
/// How many billing periods of a charge are looked at.
const MOST: i64 = 1_200;

/// How the price of a charge is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    Flat,
    PerUnit,
    /// Each unit costs what its own tier says.
    Tiered,
    /// All units cost what the tier of the last one says.
    Volume,
    Overage,
    TieredWithOverage,
    Discount,
    /// It takes more than a price list.
    Other,
}

impl Model {
    pub(super) fn of(charge: &Object) -> Self {
        match plain(text(charge, "chargeModel")).trim_end_matches("pricing") {
            "" | "flatfee" => Self::Flat,
            "perunit" => Self::PerUnit,
            "tiered" => Self::Tiered,
            "volume" => Self::Volume,
            "overage" => Self::Overage,
            "tieredwithoverage" => Self::TieredWithOverage,
            "discountfixedamount" | "discountpercentage" => Self::Discount,
            _ => Self::Other,
        }
    }

    /// Whether its price depends on the quantity by steps, so that there is no single one.
    pub(super) fn has_steps(self) -> bool {
        matches!(self, Self::Tiered | Self::Volume | Self::TieredWithOverage)
    }
}

/// A word without what doors write differently: `Semi-Annual` and `Semi_Annual` are one.
pub(super) fn plain(word: &str) -> String {
    let letters = word.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

pub(super) fn is_of_type(charge: &Object, ty: &str) -> bool {
    plain(text(charge, "chargeType")) == plain(ty)
}

/// A stretch of time that a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Months(i64),
    Weeks(i64),
    Days(i64),
}

fn billing_period(charge: &Object) -> Option<Period> {
    let count =
        || whole(charge, "specificBillingPeriod").filter(|count| (1..=MOST).contains(count));
    Some(match plain(text(charge, "billingPeriod")).as_str() {
        "" | "month" => Period::Months(1),
        "quarter" => Period::Months(3),
        "semiannual" => Period::Months(6),
        "annual" => Period::Months(12),
        "eighteenmonths" => Period::Months(18),
        "twoyears" => Period::Months(24),
        "threeyears" => Period::Months(36),
        "fiveyears" => Period::Months(60),
        "specificmonths" => Period::Months(count()?),
        "week" => Period::Weeks(1),
        "specificweeks" => Period::Weeks(count()?),
        "specificdays" => Period::Days(count()?),
        _ => return None,
    })
}

/// What the list price is for.
fn list_period(charge: &Object) -> Option<Period> {
    let count =
        || whole(charge, "specificListPriceBase").filter(|count| (1..=MOST).contains(count));
    match plain(text(charge, "listPriceBase")).as_str() {
        "" | "perbillingperiod" => billing_period(charge),
        "permonth" => Some(Period::Months(1)),
        "perweek" => Some(Period::Weeks(1)),
        "peryear" => Some(Period::Months(12)),
        "perspecificmonths" => count().map(Period::Months),
        _ => None,
    }
}

/// The first day of a billing period; none for periods that are not known, and beyond the calendar.
pub(super) fn first_day(charge: &Object, start: Date, place: i64) -> Option<Date> {
    let span = match billing_period(charge)? {
        Period::Months(count) => Span::new().try_months(place.checked_mul(count)?),
        Period::Weeks(count) => Span::new().try_weeks(place.checked_mul(count)?),
        Period::Days(count) => Span::new().try_days(place.checked_mul(count)?),
    };
    start.checked_add(span.ok()?).ok()
}

/// What the quantity of a charge costs by its price list, if that is all that it takes.
fn listed(charge: &Object) -> Result<Option<Decimal>, Problem> {
    let quantity = amount(charge, "quantity");
    match Model::of(charge) {
        Model::Flat => Ok(some_amount(charge, "salesPrice")),
        Model::PerUnit => match some_amount(charge, "salesPrice") {
            Some(price) => times(&price, &quantity).map(Some),
            None => Ok(None),
        },
        Model::Tiered => tiered(charge, &quantity),
        Model::Volume => volume(charge, &quantity),
        Model::Overage | Model::TieredWithOverage | Model::Discount | Model::Other => Ok(None),
    }
}

/// The tiers that a quantity climbs through; the last one has no end (a guess where it names one).
fn steps(charge: &Object) -> Vec<&Object> {
    let steps = list(charge, TIERS).filter(|tier| !flag(tier, "isOveragePrice"));
    steps.collect()
}

/// Each tier costs for the units between its own end and that of the one before; a flat fee as soon as one
/// unit falls into it.
fn tiered(charge: &Object, quantity: &Decimal) -> Result<Option<Decimal>, Problem> {
    let steps = steps(charge);
    let (mut sum, mut begin) = (Decimal::ZERO, Decimal::ZERO);
    for (place, step) in steps.iter().enumerate() {
        if *quantity <= begin {
            break;
        }
        let end = some_amount(step, "endingUnit").filter(|_| place + 1 < steps.len());
        let end = end.map_or_else(|| quantity.clone(), |end| end.min(quantity.clone()));
        // What lies within the tiers before costs nothing twice.
        if end <= begin {
            continue;
        }
        let units = minus(&end, &begin)?;
        sum = plus(&sum, &priced(step, &units)?)?;
        begin = end;
    }
    Ok((!steps.is_empty()).then_some(sum))
}

fn volume(charge: &Object, quantity: &Decimal) -> Result<Option<Decimal>, Problem> {
    let steps = steps(charge);
    let holds =
        |step: &&&Object| some_amount(step, "endingUnit").is_none_or(|end| *quantity <= end);
    match steps.iter().find(holds).or(steps.last()) {
        Some(step) => priced(step, quantity).map(Some),
        None => Ok(None),
    }
}

fn priced(step: &Object, units: &Decimal) -> Result<Decimal, Problem> {
    let price = amount(step, "price");
    match plain(text(step, "priceFormat")).as_str() {
        "flatfee" => Ok(price),
        _ => times(&price, units),
    }
}

fn times(price: &Decimal, count: &Decimal) -> Result<Decimal, Problem> {
    let product = price.checked_mul(count);
    product.ok_or_else(|| {
        Problem::bad_value("The amounts have too many digits to be multiplied exactly")
    })
}

/// What a charge costs in a billing period, or once; none if it takes more than a price list.
pub(super) fn of_period(charge: &Object) -> Result<Option<Decimal>, Problem> {
    let price = listed(charge)?;
    if is_of_type(charge, "OneTime") {
        return Ok(price);
    }
    if !is_of_type(charge, "Recurring") {
        return Ok(None);
    }
    match (price, list_period(charge), billing_period(charge)) {
        (Some(price), base, period) if base == period => Ok(Some(price)),
        (Some(price), Some(Period::Months(1)), Some(Period::Months(count))) => {
            times(&price, &Decimal::from(count)).map(Some)
        }
        // A part of a price would have to be rounded.
        _ => Ok(None),
    }
}

/// What a charge brings in a month: nothing if it comes once, by usage, or for the term of its subscription.
fn monthly(charge: &Object) -> Result<Decimal, Problem> {
    if !is_of_type(charge, "Recurring") {
        return Ok(Decimal::ZERO);
    }
    match (listed(charge)?, list_period(charge)) {
        (Some(price), Some(Period::Months(1))) => Ok(price),
        (Some(price), Some(Period::Months(count))) => share(&price, 1, count),
        (Some(price), Some(Period::Weeks(count))) => share(&price, WEEKS, 12 * count),
        (Some(price), Some(Period::Days(count))) => share(&price, DAYS, 12 * count),
        _ => Ok(Decimal::ZERO),
    }
}

/// So many times a part of a price, rounded half up.
fn share(price: &Decimal, count: i64, parts: i64) -> Result<Decimal, Problem> {
    let price = Rounded::try_from(price).ok();
    let share = price
        .and_then(|price| price.checked_mul(count.into()))
        .and_then(|price| price.checked_div(parts.into()))
        .ok_or_else(|| Problem::bad_value("The price has too many digits for its monthly part"))?;
    let rounded = share.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointAwayFromZero);
    Ok(rounded.normalize().into())
}

/// What a charge brings over its days, if these are whole billing periods.
fn total(charge: &Object) -> Result<Option<Decimal>, Problem> {
    let Some(price) = of_period(charge)? else {
        return Ok(None);
    };
    if is_of_type(charge, "OneTime") {
        return Ok(Some(price));
    }
    let [start, end] =
        ["effectiveStartDate", "effectiveEndDate"].map(|name| text(charge, name).parse());
    let (Ok(start), Ok(end)) = (start, end) else {
        return Ok(None);
    };
    let begins = (0..=MOST).map_while(|place| Some((place, first_day(charge, start, place)?)));
    let mut begins = begins.take_while(|(_, begin)| *begin <= end);
    match begins.find(|(_, begin)| *begin == end) {
        Some((count, _)) => times(&price, &Decimal::from(count)).map(Some),
        None => Ok(None),
    }
}

/// Sets what follows from the tiers, the quantity and the days of a charge.
pub(super) fn settle(charge: &mut Object) -> Result<(), Problem> {
    let model = Model::of(charge);
    let price = list(charge, TIERS)
        .next()
        .and_then(|tier| some_amount(tier, "price"));
    if let (Some(price), Model::Flat | Model::PerUnit | Model::Other) = (price, model) {
        charge.insert("salesPrice", price);
    }
    // One that was written by hand without prices keeps what it says.
    if price_is_unknown(charge) && charge.get("mRR").is_some() {
        return Ok(());
    }
    charge.insert("mRR", monthly(charge)?);
    match total(charge)? {
        Some(total) => charge.insert("tCV", total),
        None => charge.remove("tCV"),
    };
    Ok(())
}

fn price_is_unknown(charge: &Object) -> bool {
    let has_price = |row: &Object, name: &str| row.get(name).is_some_and(|price| !price.is_null());
    !has_price(charge, "salesPrice") && !list(charge, TIERS).any(|tier| has_price(tier, "price"))
}
