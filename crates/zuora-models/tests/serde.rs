//! Models through serde: what is written comes back, and no amount becomes a float on the way.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use zuora_models::{accounts::AccountDetailResponse, payments::CreatePaymentRequest};
use zuora_wire::{from_slice, to_string};

const WIRE: &str = r#"{
    "basicInfo": {"accountNumber": "A1", "status": "Dormant", "region__c": "EMEA", "rate__c": 1.10},
    "billingAndPayment": {"billCycleDay": 31, "currency": "EUR"},
    "metrics": {"balance": 12345678901234.123456789, "creditBalance": 100.00}
}"#;

#[test]
fn what_is_written_comes_back() {
    let account: AccountDetailResponse = from_slice(WIRE.as_bytes()).unwrap();
    let value = serde_json::to_value(&account).unwrap();
    // Decimals are strings, integers numbers, an unknown member of an enum its text.
    assert_eq!(value["metrics"]["balance"], "12345678901234.123456789");
    assert_eq!(value["metrics"]["creditBalance"], "100.00");
    assert_eq!(value["billingAndPayment"]["billCycleDay"], 31);
    assert_eq!(value["basicInfo"]["status"], "Dormant");
    assert_eq!(value["basicInfo"]["rate__c"], "1.10");

    let back: AccountDetailResponse = serde_json::from_value(value).unwrap();
    let balance = back.metrics.as_ref().unwrap().balance.clone().unwrap();
    assert_eq!(balance.to_string(), "12345678901234.123456789");
    assert_eq!(back.billing_and_payment, account.billing_and_payment);
    // To Zuora an amount is a number again.
    assert!(to_string(&back).contains(r#""balance":12345678901234.123456789"#));
}

#[test]
fn a_float_is_refused() {
    let text = r#"{"metrics":{"balance":0.1}}"#;
    let error = serde_json::from_str::<AccountDetailResponse>(text).unwrap_err();
    assert!(error.to_string().contains("crosses as a string"), "{error}");
    let wrong = serde_json::from_str::<AccountDetailResponse>(r#"{"metrics":{"balance":"abc"}}"#);
    let error = wrong.unwrap_err().to_string();
    assert!(error.contains("metrics.balance"), "{error}");
}

#[test]
fn absent_null_and_a_value_stay_apart() {
    let mut payment: CreatePaymentRequest =
        serde_json::from_str(r#"{"amount":"10.50","comment":null,"accountId":"1"}"#).unwrap();
    assert!(payment.comment.is_null() && payment.reference_id.is_absent());
    payment.reference_id.set("R-1");
    let value = serde_json::to_value(&payment).unwrap();
    assert_eq!(value["comment"], serde_json::Value::Null);
    assert_eq!(value["amount"], "10.50");
    assert_eq!(value["referenceId"], "R-1");
    assert!(value.get("paymentMethodId").is_none());
}
