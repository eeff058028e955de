//! Texts and numbers as they look in a tenant, by the names of their members.

use super::Draw;
use crate::{Facts, Limit, pattern::compiled};
use zuora_wire::{Decimal, Json, Number};

const WORDS: [&str; 12] = [
    "Amber", "Birch", "Cedar", "Delta", "Ember", "Fern", "Grove", "Harbor", "Iris", "Juniper",
    "Kelp", "Larch",
];

/// A text that fits its name and is within the facts.
pub(super) fn text(name: &str, facts: Option<Facts>, draw: Draw) -> Json {
    let allowed = || facts.into_iter().flat_map(Facts::one_of);
    if allowed().next().is_some() {
        return draw.one_of(allowed()).into();
    }
    match facts.and_then(Facts::format) {
        Some("decimal") => return cents(draw).to_string().into(),
        Some("dateTime") => return date_time(draw).into(),
        _ => {}
    }
    let limit = |limit| facts?.limit(limit)?.parse::<usize>().ok();
    let least = limit(Limit::MinLength).unwrap_or(0);
    let most = limit(Limit::MaxLength).unwrap_or(usize::MAX);
    let fitted = |text: String| -> String {
        let padding = std::iter::repeat('x');
        let length = text.chars().count().clamp(least, most);
        text.chars().chain(padding).take(length).collect()
    };
    let plausible = fitted(by_name(name, draw));
    let Some(pattern) = facts.and_then(Facts::pattern).and_then(compiled) else {
        return plausible.into();
    };
    let others = [
        id(draw),
        word(draw),
        "USD".into(),
        date(draw),
        "/sample".into(),
        "c2FtcGxl".into(),
    ];
    let matching = std::iter::once(plausible.clone())
        .chain(others.map(fitted))
        .find(|text| pattern.is_match(text));
    matching.unwrap_or(plausible).into()
}

fn by_name(name: &str, draw: Draw) -> String {
    let lower = name.to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&["Id", "ID", "_id"]) || lower == "id" {
        id(draw)
    } else if lower.contains("email") {
        format!("{}@example.com", word(draw).to_ascii_lowercase())
    } else if lower.ends_with("currency") || lower.ends_with("currencycode") {
        "USD".into()
    } else if lower.ends_with("country") {
        "US".into()
    } else if lower.ends_with("url") {
        format!("https://example.com/{}", word(draw).to_ascii_lowercase())
    } else if lower.contains("phone") {
        format!("+1 555 {:04}", draw.up_to(10_000))
    } else if ["createdDate", "updatedDate"].contains(&name)
        || ends(&["On", "At", "DateTime", "Datetime", "_at", "_on"])
    {
        date_time(draw)
    } else if ends(&["Date", "_date"]) {
        date(draw)
    } else if ends(&["Number", "Key"]) {
        let letter = lower.chars().next().unwrap_or('n').to_ascii_uppercase();
        format!("{letter}-{:08}", draw.up_to(100_000_000))
    } else {
        word(draw)
    }
}

/// Such as `Cedar_417`.
pub(super) fn word(draw: Draw) -> String {
    let word = draw.below("word").one_of(WORDS.into_iter());
    format!("{word}_{}", draw.up_to(1000))
}

/// 32 digits of base 16, as Zuora's ids are.
fn id(draw: Draw) -> String {
    format!("{:016x}{:016x}", draw.bits(), draw.below("id").bits())
}

/// A day that every month has.
pub(super) fn date(draw: Draw) -> String {
    let (year, month) = (2024 + draw.up_to(4), 1 + draw.below("month").up_to(12));
    format!("{year}-{month:02}-{:02}", 1 + draw.below("day").up_to(28))
}

pub(super) fn date_time(draw: Draw) -> String {
    let (hour, minute) = (draw.below("hour").up_to(24), draw.below("minute").up_to(60));
    format!("{}T{hour:02}:{minute:02}:00.000+00:00", date(draw))
}

/// From 0.01 to 10,000.00.
fn cents(draw: Draw) -> Decimal {
    Decimal::new(1 + draw.up_to(1_000_000) as i128, 2)
}

/// An amount with two decimals, within the facts.
pub(super) fn amount(facts: Option<Facts>, draw: Draw) -> Json {
    number(
        facts,
        draw,
        [cents(draw), Decimal::new(50, 2), Decimal::new(100, 2)],
    )
}

/// A whole number, within the facts.
pub(super) fn integer(facts: Option<Facts>, draw: Draw) -> Json {
    let small = Decimal::from(1 + draw.up_to(28));
    number(facts, draw, [small, Decimal::ONE, Decimal::ZERO])
}

/// The first that is within the facts; the limits themselves are tried last.
fn number(facts: Option<Facts>, draw: Draw, wanted: [Decimal; 3]) -> Json {
    let Some(facts) = facts else {
        let [first, ..] = wanted;
        return first.into();
    };
    if facts.one_of().next().is_some() {
        return Number::new(draw.one_of(facts.one_of())).map_or(Json::Null, Json::Number);
    }
    let bound = |limit| facts.limit(limit)?.parse::<Decimal>().ok();
    let fits = |value: &Decimal| {
        bound(Limit::Min).is_none_or(|min| *value >= min)
            && bound(Limit::Max).is_none_or(|max| *value <= max)
            && bound(Limit::Above).is_none_or(|above| *value > above)
            && bound(Limit::Below).is_none_or(|below| *value < below)
    };
    let [first, ..] = wanted.clone();
    let limits = [bound(Limit::Min), bound(Limit::Max)];
    let all = wanted.into_iter().chain(limits.into_iter().flatten());
    all.into_iter().find(fits).unwrap_or(first).into()
}
