//! A reply of 1 MB with many amounts, read and printed.
//!
//! The dynamic value against `serde_json::Value`, and typed models against derived ones, in alternating
//! rounds of one run; medians of the times, and of the rounds' ratios (above 1: ours is faster).

use super::{Amount, THEIRS};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use zuora_wire::{Date, Decimal, Extra, Json, from_slice, to_string};

const ROUNDS: usize = 41;

/// Invoice items as a list operation returns them: 18 members, three of them amounts, two custom.
pub(crate) fn reply() -> String {
    let mut text = String::from("{\"success\":true,\"invoiceItems\":[");
    let mut item = 0_u64;
    while text.len() < 1_000_000 {
        if item > 0 {
            text.push(',');
        }
        let cents = item.wrapping_mul(2_654_435_761) % 100_000_000;
        text.push_str(&format!(
            concat!(
                r#"{{"id":"8ad08d2989b4d6fe0189b5{item:010x}","invoiceId":"402892c74c9193cd014c91{item:010x}","#,
                r#""subscriptionId":"2c92c0f9{item:024x}","subscriptionName":"A-S{item:08}","#,
                r#""accountingCode":"Deferred Revenue","chargeName":"Monthly \"Premium\" Fee","#,
                r#""chargeDate":"2024-02-29T19:08:32.000-08:00","serviceStartDate":"2024-02-29","#,
                r#""serviceEndDate":"2024-03-{day:02}","chargeAmount":{whole}.{part:02},"#,
                r#""taxAmount":{tax}.{part:02}0000000,"unitPrice":{whole}.123456789,"quantity":{item},"#,
                r#""processingType":"Charge","appliedToItemId":null,"excludeItemBillingFromRevenueAccounting":false,"#,
                r#""region__c":"EMEA Größe","margin__c":0.{part:02}}}"#
            ),
            item = item,
            day = 1 + item % 31,
            whole = cents / 100,
            part = cents % 100,
            tax = cents / 1900,
        ));
        item += 1;
    }
    text.push_str("]}");
    text
}

pub(crate) struct Items {
    success: Option<bool>,
    items: Option<Vec<Item>>,
    extra: Extra,
}

zuora_wire::fields! {
    default Items {
        0 success = "success",
        1 items = "invoiceItems",
    } extra
}

/// The same fields for both codecs: `item!` writes the model of slots and the derived one.
macro_rules! item {
    ($($index:literal $field:ident $name:literal: $ours:ty, $theirs:ty;)*) => {
        pub(crate) struct Item {
            $($field: Option<$ours>,)*
            extra: Extra,
        }

        zuora_wire::fields! { default Item { $($index $field = $name,)* } extra }

        #[derive(Debug, Default, Serialize, Deserialize)]
        pub(crate) struct Derived {
            $(#[serde(rename = $name, skip_serializing_if = "Option::is_none")] $field: Option<$theirs>,)*
            /// Custom fields by name: `flatten` would be several times slower.
            #[serde(rename = "region__c", skip_serializing_if = "Option::is_none")]
            region: Option<String>,
            #[serde(rename = "margin__c", skip_serializing_if = "Option::is_none")]
            margin: Option<Amount>,
        }
    };
}

item! {
    0 id "id": String, String;
    1 invoice_id "invoiceId": String, String;
    2 subscription_id "subscriptionId": String, String;
    3 subscription_name "subscriptionName": String, String;
    4 accounting_code "accountingCode": String, String;
    5 charge_name "chargeName": String, String;
    6 charge_date "chargeDate": zuora_wire::DateTime, String;
    7 service_start_date "serviceStartDate": Date, String;
    8 service_end_date "serviceEndDate": Date, String;
    9 charge_amount "chargeAmount": Decimal, Amount;
    10 tax_amount "taxAmount": Decimal, Amount;
    11 unit_price "unitPrice": Decimal, Amount;
    12 quantity "quantity": Decimal, Amount;
    13 processing_type "processingType": String, String;
    14 applied_to_item_id "appliedToItemId": String, String;
    15 exclude "excludeItemBillingFromRevenueAccounting": bool, bool;
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct DerivedItems {
    success: Option<bool>,
    #[serde(rename = "invoiceItems")]
    items: Option<Vec<Derived>>,
}

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
/// Seconds.
fn time<R>(work: impl FnOnce() -> R) -> f64 {
    let begun = std::time::Instant::now();
    let result = black_box(work());
    let taken = begun.elapsed().as_secs_f64();
    // Dropping is part of the price, but of whoever drops.
    drop(result);
    taken
}

struct Contest<'a> {
    what: &'a str,
    ours: &'a dyn Fn() -> f64,
    theirs: &'a dyn Fn() -> f64,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn run() {
    let text = reply();
    let bytes = text.as_bytes();
    let ours_value = Json::parse(bytes).expect("the reply is JSON");
    let theirs_value: serde_json::Value = serde_json::from_slice(bytes).expect("the reply is JSON");
    let ours_model: Items = from_slice(bytes).expect("the reply fits");
    let theirs_model: DerivedItems = serde_json::from_slice(bytes).expect("the reply fits");
    assert_eq!(ours_value.to_compact_string(), text);
    assert_eq!(
        Json::parse(to_string(&ours_model))
            .as_ref()
            .map(|json| json.get("success")),
        Ok(ours_value.get("success"))
    );
    let print =
        |value: &serde_json::Value| serde_json::to_string(value).map_or(0, |text| text.len());

    let contests = [
        Contest {
            what: "value: parse and print",
            ours: &|| time(|| Json::parse(bytes).map_or(0, |json| json.to_compact_string().len())),
            theirs: &|| time(|| serde_json::from_slice(bytes).map_or(0, |value| print(&value))),
        },
        Contest {
            what: "value: parse",
            ours: &|| time(|| Json::parse(bytes)),
            theirs: &|| time(|| serde_json::from_slice::<serde_json::Value>(bytes)),
        },
        Contest {
            what: "value: print",
            ours: &|| time(|| ours_value.to_compact_string()),
            theirs: &|| time(|| serde_json::to_string(&theirs_value)),
        },
        Contest {
            what: "models: decode",
            ours: &|| time(|| from_slice::<Items>(bytes)),
            theirs: &|| time(|| serde_json::from_slice::<DerivedItems>(bytes)),
        },
        Contest {
            what: "models: encode",
            ours: &|| time(|| to_string(&ours_model)),
            theirs: &|| time(|| serde_json::to_string(&theirs_model)),
        },
    ];

    println!("{} bytes, {ROUNDS} rounds; ours | {THEIRS}", text.len());
    for contest in contests {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS + 2 {
            let (a, b) = ((contest.ours)(), (contest.theirs)());
            // The first two warm up.
            if round >= 2 {
                ours.push(a);
                theirs.push(b);
                ratios.push(b / a);
            }
        }
        let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
        let rate = |seconds: f64| text.len() as f64 / seconds / 1e6;
        println!(
            "{:24} {:6.2} ms {:5.0} MB/s | {:6.2} ms {:5.0} MB/s | {ratio:.2} times as fast",
            contest.what,
            ours * 1e3,
            rate(ours),
            theirs * 1e3,
            rate(theirs),
        );
    }
}
