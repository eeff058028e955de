//! The summary of an account: the latest of everything.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_wire::Json;

const SUMMARY: &str = "/v1/accounts/A00000001/summary";

/// A member of each item of a list.
fn each(seen: &Json, list: &str, member: &str) -> Vec<String> {
    let items = seen.get(list).and_then(Json::as_array).unwrap();
    let of = items.iter().map(|item| text(item, &[member]).to_owned());
    of.collect()
}

#[tokio::test]
async fn a_summary_has_the_latest_six_of_everything() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let empty = api.good("GET", SUMMARY, "").await;
    for member in ["lastInvoiceDate", "lastPaymentDate", "lastPaymentAmount"] {
        let told = empty.at(&["basicInfo", member]);
        assert!(told.is_none_or(Json::is_null), "{member}");
    }
    // The latest day is neither the first nor the last to come.
    for month in [3, 8, 1, 2, 5, 4, 7, 6] {
        let invoice = format!(
            r#"{{"accountNumber":"A00000001","invoiceDate":"2026-0{month}-01","status":"Posted","invoiceItems":[{{"chargeName":"Fee","amount":10,"quantity":1,"serviceStartDate":"2026-01-01"}}]}}"#
        );
        api.good("POST", "/v1/invoices", &invoice).await;
        let payment = format!(
            r#"{{"accountNumber":"A00000001","amount":{month}.25,"currency":"EUR","effectiveDate":"2026-0{month}-02","type":"External","paymentMethodType":"Cash"}}"#
        );
        api.good("POST", "/v1/payments", &payment).await;
        let usage = format!(
            r#"{{"AccountNumber":"A00000001","UOM":"GB","Quantity":{month}.5,"StartDateTime":"2026-0{month}-03T00:00:00Z"}}"#
        );
        api.good("POST", "/v1/object/usage", &usage).await;
        api.good("POST", "/v1/object/usage", &usage).await;
        order(&api, "", &create(&basic)).await;
    }
    let draft = r#"{"accountNumber":"A00000001","invoiceDate":"2026-09-01","invoiceItems":[{"chargeName":"Fee","amount":10,"quantity":1,"serviceStartDate":"2026-01-01"}]}"#;
    api.good("POST", "/v1/invoices", draft).await;
    let seen = api.good("GET", SUMMARY, "").await;
    let days = |months: &[u32], day: &str| -> Vec<String> {
        let days = months.iter().map(|month| format!("2026-0{month}{day}"));
        days.collect()
    };
    let invoices = each(&seen, "invoices", "invoiceDate");
    assert_eq!(invoices, days(&[9, 8, 7, 6, 5, 4], "-01"));
    let payments = each(&seen, "payments", "effectiveDate");
    assert_eq!(payments, days(&[8, 7, 6, 5, 4, 3], "-02"));
    let usage = each(&seen, "usage", "startDate");
    assert_eq!(usage, days(&[8, 7, 6, 5, 4, 3], ""));
    assert_eq!(text(&seen, &["usage", "0", "quantity"]), "17.0");
    assert_eq!(length(&seen, &["subscriptions"]), 6);
    assert_eq!(text(&seen, &["basicInfo", "lastInvoiceDate"]), "2026-08-01");
    assert_eq!(text(&seen, &["basicInfo", "lastPaymentDate"]), "2026-08-02");
    assert_eq!(text(&seen, &["basicInfo", "lastPaymentAmount"]), "8.25");
    let plan = seen.at(&["subscriptions", "0", "ratePlans", "0"]).unwrap();
    assert_eq!(text(plan, &["ratePlanName"]), "Basic");
    assert_eq!(text(plan, &["productName"]), "Crane");
    assert_eq!(text(plan, &["productRatePlanId"]), basic);
    let without = format!("{SUMMARY}?excludeUsage=true");
    assert!(api.good("GET", &without, "").await.get("usage").is_none());
}
