//! Currencies: the codes of ISO 4217 in use, and that one account has one currency.

use super::record::some_text;
use crate::problem::Problem;
use zuora_wire::Object;

#[rustfmt::skip]
const CODES: [&str; 155] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP",
    "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
    "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
    "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN",
    "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP",
    "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF",
    "XCD", "XOF", "XPF", "YER", "ZAR",
];

/// Whether an account can have this currency.
pub(super) fn check(row: &Object) -> Result<(), Problem> {
    match some_text(row, "currency") {
        Some(code) if !CODES.contains(&code) => Err(Problem::bad_value(format!(
            "currency: {code:?} is no currency of ISO 4217, such as EUR"
        ))),
        _ => Ok(()),
    }
}

/// What is owed and paid on an account is in its currency, as in a tenant without the feature for several of
/// them. That such a tenant refuses others in this way is a guess.
pub(super) fn of_account(account: &Object, row: &mut Object) -> Result<(), Problem> {
    let Some(own) = some_text(account, "currency") else {
        return Ok(());
    };
    match some_text(row, "currency") {
        Some(code) if code != own => Err(Problem::bad_value(format!(
            "currency must be that of the account, {own}, not {code:?}"
        ))),
        _ => {
            row.insert("currency", own);
            Ok(())
        }
    }
}
