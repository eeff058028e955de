//! Orders that bill at once.

use crate::{
    subscriptions::{create, prepared},
    support::*,
};

#[tokio::test]
async fn an_order_bills_at_once_if_it_is_told_to() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let body = |plan: &str, options: &str| {
        format!(
            r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","processingOptions":{options},"subscriptions":[{{"orderActions":[{}]}}]}}"#,
            create(plan)
        )
    };
    let quiet = body(&basic, r#"{"runBilling":false}"#);
    let made = api.good("POST", "/v1/orders", &quiet).await;
    assert!(made.get("invoiceIds").is_none());
    assert_eq!(count_of(&sim, "Invoice"), 0);

    let three = r#"{"runBilling":true,"billingOptions":{"targetDate":"2026-03-15"}}"#;
    let made = api.good("POST", "/v1/orders", &body(&seats, three)).await;
    let number_of = text(&made, &["invoiceNumbers", "0"]);
    let invoice = format!("/v1/invoices/{number_of}");
    let seen = api.good("GET", &invoice, "").await;
    assert_eq!(text(&seen, &["id"]), text(&made, &["invoiceIds", "0"]));
    assert_eq!(text(&seen, &["status"]), "Posted");
    assert_eq!(number(&seen, &["amount"]), "19.50");
    assert_eq!(text(&seen, &["targetDate"]), "2026-03-15");
    assert_eq!(text(&seen, &["invoiceDate"]), "2026-01-01");
    let items = api.good("GET", &format!("{invoice}/items"), "").await;
    assert_eq!(length(&items, &["invoiceItems"]), 3);
    let last = items.at(&["invoiceItems", "2"]).unwrap();
    assert_eq!(text(last, &["serviceStartDate"]), "2026-03-01");
    assert_eq!(text(last, &["serviceEndDate"]), "2026-03-31");
    assert_eq!(text(last, &["subscriptionName"]), "A-S00000002");
    assert_eq!(text(last, &["chargeAmount"]), "6.50");
    assert_eq!(number(last, &["unitPrice"]), "3.25");
    let account = api.good("GET", "/v1/accounts/A00000001", "").await;
    assert_eq!(number(&account, &["metrics", "balance"]), "19.50");

    // What has an invoice is not billed again; an added product is, in a draft if that is asked for.
    let add = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","processingOptions":{{"runBilling":true,"billingOptions":{{"targetDate":"2026-03-31","generateDraftInvoice":true}}}},"subscriptions":[{{"subscriptionNumber":"A-S00000002","orderActions":[{{"type":"AddProduct","triggerDates":[{{"name":"ContractEffective","triggerDate":"2026-02-01"}}],"addProduct":{{"productRatePlanId":"{seats}"}}}}]}}]}}"#
    );
    let made = api.good("POST", "/v1/orders", &add).await;
    let invoice = format!("/v1/invoices/{}", text(&made, &["invoiceIds", "0"]));
    let seen = api.good("GET", &invoice, "").await;
    assert_eq!(text(&seen, &["status"]), "Draft");
    assert_eq!(number(&seen, &["amount"]), "13.00");
    let none = add.replace(
        r#""generateDraftInvoice":true"#,
        r#""chargeTypeToExclude":["Recurring"]"#,
    );
    let made = api.good("POST", "/v1/orders", &none).await;
    assert!(made.get("invoiceIds").is_none());

    // A draft bills when it is carried out.
    let draft = body(&basic, r#"{"runBilling":true}"#);
    let draft = draft.replace(r#""orderDate""#, r#""status":"Draft","orderDate""#);
    let made = api.good("POST", "/v1/orders", &draft).await;
    let path = format!("/v1/orders/{}/activate", text(&made, &["orderNumber"]));
    let made = api.good("PUT", &path, "").await;
    let invoice = format!("/v1/invoices/{}", text(&made, &["invoiceIds", "0"]));
    let seen = api.good("GET", &invoice, "").await;
    assert_eq!(number(&seen, &["amount"]), "10.50");
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn an_order_collects_what_it_billed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let body = |options: &str| {
        format!(
            r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","processingOptions":{options},"subscriptions":[{{"orderActions":[{}]}}]}}"#,
            create(&basic)
        )
    };
    for (options, rule) in [
        (r#"{"collectPayment":true}"#, "unless it is billed"),
        (
            r#"{"runBilling":true,"collectPayment":true}"#,
            "no default payment method",
        ),
        (
            r#"{"runBilling":true,"collectPayment":true,"billingOptions":{"generateDraftInvoice":true}}"#,
            "A draft invoice takes no payment",
        ),
    ] {
        refused(&api, "POST", "/v1/orders", &body(options), 400, rule).await;
    }
    assert_eq!(count_of(&sim, "Order") + count_of(&sim, "Subscription"), 0);
    // It may go on without the payment.
    let lenient = r#"{"runBilling":true,"collectPayment":true,"allowPaymentFailure":true}"#;
    let made = api.good("POST", "/v1/orders", &body(lenient)).await;
    assert!(made.get("paymentId").is_none());
    assert_eq!(length(&made, &["invoiceIds"]), 1);
    let card = r#"{"accountKey":"A00000001","type":"CreditCard","cardType":"Visa","cardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2030,"cardHolderInfo":{"cardHolderName":"n"}}"#;
    let card = api.good("POST", "/v1/payment-methods", card).await;
    let by_card = format!(
        r#"{{"runBilling":true,"collectPayment":true,"electronicPaymentOptions":{{"paymentMethodId":"{}"}}}}"#,
        text(&card, &["id"])
    );
    let made = api.good("POST", "/v1/orders", &body(&by_card)).await;
    assert_eq!(text(&made, &["paidAmount"]), "10.50");
    assert_eq!(text(&made, &["paymentStatus"]), "Processed");
    let payment = format!("/v1/payments/{}", text(&made, &["paymentNumber"]));
    let seen = api.good("GET", &payment, "").await;
    assert_eq!(text(&seen, &["paymentMethodId"]), text(&card, &["id"]));
    assert_eq!(number(&seen, &["appliedAmount"]), "10.50");
}
