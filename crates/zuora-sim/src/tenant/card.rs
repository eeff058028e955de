//! Cards: what a number and its expiry must be. Refusals never quote the number.

use super::record::some_text;
use crate::problem::Problem;
use zuora_wire::{Json, Number, Object};

const NUMBERS: [&str; 2] = ["cardNumber", "creditCardNumber"];
const MONTHS: [&str; 2] = ["expirationMonth", "creditCardExpirationMonth"];

/// Whether a card could be one. That the check digit is looked at without a gateway is a guess.
pub(super) fn check(sent: &Object) -> Result<(), Problem> {
    for name in NUMBERS {
        let number = some_text(sent, name);
        if number.is_some_and(|number| !is_number(number)) {
            return Err(Problem::bad_value(format!(
                "{name} must be the number of a card: 12 to 19 digits, the last of which checks the others"
            )));
        }
    }
    for name in MONTHS {
        let month = sent.get(name).filter(|month| !month.is_null());
        let is_month = |month: &Json| {
            let number = month.as_number().and_then(Number::as_u64);
            number.or_else(|| month.as_str()?.parse().ok())
        };
        if month
            .is_some_and(|month| !is_month(month).is_some_and(|month| (1..=12).contains(&month)))
        {
            return Err(Problem::bad_value(format!("{name} must be from 1 to 12")));
        }
    }
    Ok(())
}

/// Digits whose sum by the rule of Luhn ends with 0; spaces and hyphens between them do not count.
fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(|c| !matches!(c, ' ' | '-'));
    let digits: Option<Vec<u32>> = digits.map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (12..=19).contains(&digits.len())) else {
        return false;
    };
    let from_last = digits.iter().rev().enumerate();
    let sum: u32 = from_last
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}
