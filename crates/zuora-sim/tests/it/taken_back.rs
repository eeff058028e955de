//! What is settled without money, and money that moves, comes back or is reversed.

use crate::{
    billing::{Tenant, number, numbers},
    support::*,
};
use zuora_wire::Json;

#[tokio::test]
async fn write_offs_and_reversals_settle_item_by_item() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, [_, second], tax) = tenant.invoice().await;
    let path = format!("/v1/invoices/{invoice}/write-off");
    let body = format!(
        r#"{{"items":[{{"invoiceItemId":"{second}","amountWithoutTax":50}},{{"invoiceItemId":"{second}","taxationItems":[{{"taxationItemId":"{tax}","amount":5}}]}}],"reasonCode":"Bad debt","comment":"gone"}}"#
    );
    let written = tenant.put(&path, &body).await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("100 0".to_owned(), "15".to_owned())
    );
    let memo = text(&written, &["creditMemo", "id"]);
    let memo = tenant.get(&format!("/v1/credit-memos/{memo}")).await;
    assert_eq!(number(&memo, &["amount"]), "55");
    assert_eq!(number(&memo, &["taxAmount"]), "5");
    assert_eq!(number(&memo, &["appliedAmount"]), "55");
    assert_eq!(text(&memo, &["reasonCode"]), "Bad debt");
    assert_eq!(text(&memo, &["comment"]), "gone");
    let told = tenant.refused("PUT", &path, r#"{"amount":116}"#).await;
    assert!(told.contains("balance"), "{told}");
    tenant.put(&path, "{}").await;
    assert_eq!(
        tenant.left(&invoice).await,
        ("0 0".to_owned(), "0".to_owned())
    );

    // An invoice is reversed by a credit memo, if it is still as it was posted.
    let (invoice, _, _) = tenant.invoice().await;
    let path = format!("/v1/invoices/{invoice}");
    let unposted = tenant.put(&format!("{path}/unpost"), "").await;
    assert_eq!(text(&unposted, &["invoice", "status"]), "Draft");
    tenant.put(&format!("{path}/post"), "{}").await;
    let reversed = tenant.put(&format!("{path}/reverse"), "{}").await;
    assert_eq!(text(&reversed, &["id"]), invoice);
    let memo = text(&reversed, &["creditMemos", "0", "id"]);
    let memo = tenant.get(&format!("/v1/credit-memos/{memo}")).await;
    assert_eq!(number(&memo, &["amount"]), "170");
    assert_eq!(
        tenant.left(&invoice).await,
        ("0 0".to_owned(), "0".to_owned())
    );
    let told = tenant.refused("PUT", &format!("{path}/unpost"), "").await;
    assert!(told.contains("applied"), "{told}");

    // A credit memo is reversed by a debit memo, and that is written off.
    let charges = format!(
        r#"{{"accountId":"{}","autoPost":true,"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":30}}]}}"#,
        tenant.account
    );
    let credit = tenant.post("/v1/credit-memos", &charges).await;
    let credit = text(&credit, &["id"]).to_owned();
    let path = format!("/v1/credit-memos/{credit}/reverse");
    let reversed = tenant.put(&path, "{}").await;
    let debit = text(&reversed, &["debitMemo", "id"]).to_owned();
    let read = tenant.get(&format!("/v1/credit-memos/{credit}")).await;
    assert_eq!(read.get("reversed"), Some(&Json::from(true)));
    assert_eq!(number(&read, &["unappliedAmount"]), "0");
    let read = tenant.get(&format!("/v1/debit-memos/{debit}")).await;
    assert_eq!(number(&read, &["balance"]), "0");
    assert_eq!(number(&read, &["beAppliedAmount"]), "30");
    assert_eq!(text(&read, &["referredCreditMemoId"]), credit);
    tenant.refused("PUT", &path, "{}").await;

    let debit = tenant.post("/v1/debit-memos", &charges).await;
    let debit = text(&debit, &["id"]).to_owned();
    let path = format!("/v1/debitmemos/{debit}/write-off");
    tenant.put(&path, r#"{"amount":12}"#).await;
    let items = tenant.get(&format!("/v1/debit-memos/{debit}/items")).await;
    assert_eq!(numbers(&items, "items", "balance"), "18");
    assert_eq!(numbers(&items, "items", "beAppliedAmount"), "12");
    let item = text(&items, &["items", "0", "id"]);
    let item = tenant
        .get(&format!("/v1/debit-memos/{debit}/items/{item}"))
        .await;
    assert_eq!(number(&item, &["amount"]), "30");
    let parts = tenant
        .get(&format!("/v1/debit-memos/{debit}/application-parts"))
        .await;
    assert_eq!(numbers(&parts, "applicationParts", "appliedAmount"), "12");

    let credit = tenant.post("/v1/credit-memos", &charges).await;
    let credit = text(&credit, &["id"]).to_owned();
    let path = format!("/v1/credit-memos/{credit}/write-off");
    let written = tenant.put(&path, "{}").await;
    assert!(!text(&written, &["debitMemo", "id"]).is_empty());
    let account = format!("/object-query/accounts/{}", tenant.account);
    let account = tenant.get(&account).await;
    assert_eq!(number(&account, &["balance"]), "18");
}

#[tokio::test]
async fn refunds_come_and_go() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, _, _) = tenant.invoice().await;
    let payment = tenant.payment(170).await;
    let to = format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":150}}]}}"#);
    tenant
        .put(&format!("/v1/payments/{payment}/apply"), &to)
        .await;
    let path = format!("/v1/payments/{payment}/refunds");
    let told = tenant
        .refused("POST", &path, r#"{"totalAmount":21,"type":"External"}"#)
        .await;
    assert!(told.contains("left"), "{told}");
    // 20 are left, the rest opens the invoice again.
    let path = format!("{path}/unapply");
    let body = r#"{"totalAmount":60,"type":"External","comment":"sorry"}"#;
    let refund = tenant.post(&path, body).await;
    assert_eq!(text(&refund, &["paymentNumber"]), "P-00000001");
    let refund = text(&refund, &["id"]).to_owned();
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["balance"]), "60");
    assert_eq!(number(&read, &["refundAmount"]), "40");
    let parts = tenant.get(&format!("/v1/refunds/{refund}/parts")).await;
    assert_eq!(numbers(&parts, "parts", "amount"), "40 20");
    let told = tenant
        .refused("DELETE", &format!("/v1/refunds/{refund}"), "")
        .await;
    assert!(told.contains("Processed"), "{told}");
    let cancelled = tenant
        .put(&format!("/v1/refunds/{refund}/cancel"), "")
        .await;
    assert_eq!(text(&cancelled, &["status"]), "Canceled");
    let read = tenant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(number(&read, &["unappliedAmount"]), "60");
    assert_eq!(number(&read, &["refundAmount"]), "0");
    tenant
        .api
        .good("DELETE", &format!("/v1/refunds/{refund}"), "")
        .await;
    tenant
        .refused("GET", &format!("/v1/refunds/{refund}"), "")
        .await;

    // With the write-off of what it opens.
    let body = r#"{"totalAmount":100,"type":"External","writeOff":true}"#;
    let refund = tenant.post(&path, body).await;
    let written = ["writeOffResults", "transactions", "0", "appliedAmount"];
    assert_eq!(number(&refund, &written), "40");
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(number(&read, &["balance"]), "60");
    assert_eq!(number(&read, &["creditMemoAmount"]), "40");

    // A credit memo, by item; the gateway does not carry it out.
    let charges = format!(
        r#"{{"accountId":"{}","autoPost":true,"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":30}},{{"chargeId":"d","productRatePlanChargeId":"q","amount":10}}]}}"#,
        tenant.account
    );
    let memo = tenant.post("/v1/credit-memos", &charges).await;
    let memo = text(&memo, &["id"]).to_owned();
    let items = tenant.get(&format!("/v1/credit-memos/{memo}/items")).await;
    let item = text(&items, &["items", "1", "id"]);
    let body = format!(
        r#"{{"totalAmount":4,"type":"External","items":[{{"creditMemoItemId":"{item}","amount":4}}]}}"#
    );
    let refund = tenant
        .post(&format!("/v1/credit-memos/{memo}/refund"), &body)
        .await;
    let refund = text(&refund, &["id"]).to_owned();
    let items = tenant.get(&format!("/v1/credit-memos/{memo}/items")).await;
    assert_eq!(numbers(&items, "items", "refundAmount"), "0 4");
    let parts = tenant.get(&format!("/v1/refunds/{refund}/parts")).await;
    let part = text(&parts, &["parts", "0", "id"]);
    let path = format!("/v1/refunds/{refund}/parts/{part}/item-parts");
    let own = tenant.get(&path).await;
    assert_eq!(text(&own, &["itemParts", "0", "creditMemoItemId"]), item);
    let query = tenant.get("/object-query/refund-application-items").await;
    assert_eq!(numbers(&query, "data", "amount"), "4");
    let path = format!("/v1/refunds/{refund}/reconcile");
    let body = r#"{"action":"reject","gatewayReconciliationStatus":"failed"}"#;
    let rejected = tenant.post(&path, body).await;
    assert_eq!(text(&rejected, &["status"]), "Error");
    assert_eq!(text(&rejected, &["gatewayState"]), "FailedToSettle");
    let items = tenant.get(&format!("/v1/credit-memos/{memo}/items")).await;
    assert_eq!(numbers(&items, "items", "unappliedAmount"), "30 10");
}

#[tokio::test]
async fn payments_settle_move_and_go() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let other =
        r#"{"name":"Kran","currency":"EUR","billToContact":{"firstName":"A","lastName":"B"}}"#;
    let other = tenant.post("/v1/accounts", other).await;
    let other = text(&other, &["accountId"]).to_owned();
    let payment = tenant.payment(40).await;
    let moved = tenant
        .put(
            &format!("/v1/payments/{payment}/transfer"),
            &format!(r#"{{"accountId":"{other}"}}"#),
        )
        .await;
    assert_eq!(text(&moved, &["accountId"]), other);
    for (account, balance) in [(&tenant.account, "0"), (&other, "-40")] {
        let read = tenant
            .get(&format!("/object-query/accounts/{account}"))
            .await;
        assert_eq!(number(&read, &["balance"]), balance);
    }
    let path = format!("/v1/gateway-settlement/payments/{payment}");
    let settled = tenant.post(&format!("{path}/settle"), "{}").await;
    assert_eq!(text(&settled, &["gatewayState"]), "Settled");
    let back = tenant
        .post(&format!("{path}/chargeback"), r#"{"amount":15}"#)
        .await;
    assert_eq!(text(&back, &["refundTransactionType"]), "Chargeback");
    assert_eq!(number(&back, &["amount"]), "15");
    tenant
        .refused("PUT", &format!("/v1/payments/{payment}/cancel"), "")
        .await;
    let path = format!("/v1/payments/{}", tenant.payment(5).await);
    let told = tenant.refused("DELETE", &path, "").await;
    assert!(told.contains("Processed"), "{told}");
    tenant.put(&format!("{path}/cancel"), "").await;
    let parts = tenant.get(&format!("{path}/parts")).await;
    assert_eq!(numbers(&parts, "parts", "amount"), "");
    tenant.api.good("DELETE", &path, "").await;
    tenant.refused("GET", &path, "").await;

    // Through CRUD the amounts are kept as well.
    let change = format!(
        r#"{{"type":"Payment","objects":[{{"Id":"{payment}","UnappliedAmount":1,"AppliedAmount":9}}]}}"#
    );
    tenant.post("/v1/action/update", &change).await;
    let read = tenant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(number(&read, &["unappliedAmount"]), "25");
    assert_eq!(number(&read, &["appliedAmount"]), "0");
}

#[tokio::test]
async fn invoice_payments_are_applications() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, _, _) = tenant.invoice().await;
    let payment = tenant.payment(100).await;
    let body = format!(r#"{{"InvoiceId":"{invoice}","PaymentId":"{payment}","Amount":40}}"#);
    let path = "/v1/object/invoice-payment";
    let made = tenant.post(path, &body).await;
    let one = format!("{path}/{}", text(&made, &["Id"]));
    let read = tenant.get(&one).await;
    assert_eq!(number(&read, &["Amount"]), "40");
    assert_eq!(text(&read, &["PaymentId"]), payment);
    tenant.put(&one, r#"{"Amount":55.5}"#).await;
    assert_eq!(tenant.left(&invoice).await.0, "44.5 50");
    tenant.put(&one, r#"{"Amount":50}"#).await;
    assert_eq!(number(&tenant.get(&one).await, &["Amount"]), "50.0");
    let reply = tenant.api.call("PUT", &one, r#"{"Amount":101}"#).await;
    assert_eq!(reply.status(), 400);

    // A refund of what an invoice was paid.
    let body = format!(
        r#"{{"Amount":20,"PaymentId":"{payment}","Type":"External","SourceType":"Payment","RefundInvoicePaymentData":{{"RefundInvoicePayment":[{{"InvoiceId":"{invoice}","RefundAmount":20}}]}}}}"#
    );
    let refund = tenant.post("/v1/object/refund", &body).await;
    let refund = text(&refund, &["Id"]);
    let read = tenant.get(&one).await;
    assert_eq!(number(&read, &["Amount"]), "30.0");
    assert_eq!(number(&read, &["RefundAmount"]), "20");
    let parts = tenant.get(&format!("/v1/refunds/{refund}/parts")).await;
    let part = text(&parts, &["parts", "0", "id"]);
    let read = tenant
        .get(&format!("/v1/object/refund-invoice-payment/{part}"))
        .await;
    assert_eq!(number(&read, &["RefundAmount"]), "20");
    assert_eq!(text(&read, &["InvoicePaymentId"]), text(&made, &["Id"]));
}
