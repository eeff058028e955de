//! Many documents at once, what is open collected, and steps that jobs do.

use crate::{
    billing::{Tenant, number, numbers},
    support::*,
};
use zuora_wire::Json;

#[tokio::test]
async fn many_documents_have_an_outcome_each() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let one = |account: &str| {
        format!(
            r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","invoiceItems":[{{"amount":10,"serviceStartDate":"2026-01-01"}}]}}"#
        )
    };
    let (good, bad) = (one(&tenant.account), one("nobody"));
    let body = format!(r#"{{"invoices":[{good},{bad},{good}]}}"#);
    let made = tenant.post("/v1/invoices/batch", &body).await;
    let outcome = |json: &Json, list: &str, at: &str| json.at(&[list, at, "success"]).cloned();
    let told = ["0", "1", "2"].map(|at| outcome(&made, "invoices", at) == Some(true.into()));
    assert_eq!(told, [true, false, true]);
    assert_eq!(
        text(&made, &["invoices", "1", "reasons", "0", "code"]),
        "50000040"
    );
    assert_eq!(numbers(&made, "invoices", "amount"), "10 - 10");
    let all = body.replacen('{', r#"{"useSingleTransaction":true,"#, 1);
    let told = tenant.refused("POST", "/v1/invoices/batch", &all).await;
    assert!(told.contains("nobody"), "{told}");
    let documents = format!("/v1/billing-documents?accountId={}", tenant.account);
    assert_eq!(
        numbers(&tenant.get(&documents).await, "documents", "amount"),
        "10 10"
    );
    let many = vec![good.as_str(); 51].join(",");
    let many = format!(r#"{{"invoices":[{many}]}}"#);
    let told = tenant.refused("POST", "/v1/invoices/batch", &many).await;
    assert!(told.contains("50"), "{told}");

    let ids = ["0", "2"].map(|at| text(&made, &["invoices", at, "id"]));
    let body = format!(
        r#"{{"invoices":[{{"id":"{}","invoiceDate":"2026-02-01"}},{{"id":"none"}}]}}"#,
        ids[0]
    );
    let posted = tenant.post("/v1/invoices/bulk-post", &body).await;
    assert_eq!(text(&posted, &["invoices", "0", "id"]), ids[0]);
    assert_eq!(outcome(&posted, "invoices", "1"), Some(false.into()));
    let body = format!(
        r#"{{"invoices":[{{"id":"{}","comments":"a"}},{{"id":"{}","comments":"b"}}]}}"#,
        ids[0], ids[1]
    );
    tenant.put("/v1/invoices", &body).await;
    let told = tenant
        .refused("PUT", "/v1/invoices", &body.replace(ids[1], "none"))
        .await;
    assert!(told.contains("none"), "{told}");
    let read = tenant.get(&format!("/v1/invoices/{}", ids[0])).await;
    assert_eq!(text(&read, &["invoiceDate"]), "2026-02-01");
    assert_eq!(text(&read, &["comments"]), "a");
    assert_eq!(text(&read, &["status"]), "Posted");

    // Memos, of charges and of an invoice.
    let charges = format!(
        r#"{{"accountId":"{}","charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":3}}]}}"#,
        tenant.account
    );
    let body = format!(r#"{{"sourceType":"Standalone","memos":[{charges},{charges}]}}"#);
    for kind in ["credit-memos", "debit-memos"] {
        let made = tenant.post(&format!("/v1/{kind}/bulk"), &body).await;
        assert_eq!(numbers(&made, "memos", "amount"), "3 3");
        let id = text(&made, &["memos", "1", "id"]);
        let change = format!(
            r#"{{"memos":[{{"id":"{id}","comment":"later","effectiveDate":"2026-03-01"}},{{"id":"none"}}]}}"#
        );
        let changed = tenant.put(&format!("/v1/{kind}/bulk"), &change).await;
        assert_eq!(text(&changed, &["memos", "0", "comment"]), "later");
        assert_eq!(outcome(&changed, "memos", "1"), Some(false.into()));
        if kind == "debit-memos" {
            let due = format!(r#"{{"debitMemos":[{{"id":"{id}","dueDate":"2026-04-01"}}]}}"#);
            tenant.put("/v1/debit-memos", &due).await;
            let read = tenant.get(&format!("/v1/debit-memos/{id}")).await;
            assert_eq!(text(&read, &["dueDate"]), "2026-04-01");
            assert_eq!(text(&read, &["debitMemoDate"]), "2026-03-01");
        }
    }
    let (invoice, [first, _], _) = tenant.invoice().await;
    let of_invoice = |amount: u32| {
        format!(
            r#"{{"invoiceId":"{invoice}","items":[{{"invoiceItemId":"{first}","skuName":"s","amount":{amount}}}]}}"#
        )
    };
    let body = format!(
        r#"{{"sourceType":"Invoice","memos":[{},{},{}]}}"#,
        of_invoice(60),
        of_invoice(60),
        of_invoice(40)
    );
    let made = tenant.post("/v1/credit-memos/bulk", &body).await;
    assert_eq!(numbers(&made, "memos", "amount"), "60 - 40");
}

#[tokio::test]
async fn what_is_open_is_collected() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, _, _) = tenant.invoice().await;
    tenant.invoice().await;
    let body = format!(
        r#"{{"accountKey":"{}","invoiceId":"{invoice}"}}"#,
        tenant.account
    );
    let path = "/v1/operations/invoice-collect";
    let collected = tenant.post(path, &body).await;
    assert_eq!(text(&collected, &["amountCollected"]), "170");
    assert_eq!(text(&collected, &["invoices", "0", "invoiceId"]), invoice);
    let payment = text(&collected, &["paymentId"]);
    let payment = tenant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(text(&payment, &["type"]), "Electronic");
    assert!(!text(&payment, &["paymentMethodId"]).is_empty());
    let again = tenant.post(path, &body).await;
    assert_eq!(text(&again, &["amountCollected"]), "0");
    let all = format!(r#"{{"accountKey":"{}"}}"#, tenant.account);
    let collected = tenant.post(path, &all).await;
    assert_eq!(text(&collected, &["amountCollected"]), "170");
    let account = format!("/object-query/accounts/{}", tenant.account);
    assert_eq!(number(&tenant.get(&account).await, &["balance"]), "0");

    let memo = |amount: u32| {
        format!(
            r#"{{"accountId":"{}","autoPost":true,"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":{amount}}}]}}"#,
            tenant.account
        )
    };
    tenant.post("/v1/credit-memos", &memo(7)).await;
    tenant.payment(5).await;
    let debit = tenant.post("/v1/debit-memos", &memo(20)).await;
    let path = format!("/v1/debit-memos/{}/collect", text(&debit, &["id"]));
    let body = r#"{"applyCredit":true,"applicationOrder":["UnappliedPayment","CreditMemo"],"collect":true}"#;
    let told = tenant
        .refused("POST", &path, &body.replace("CreditMemo", "Luck"))
        .await;
    assert!(told.contains("Luck"), "{told}");
    let collected = tenant.post(&path, body).await;
    assert_eq!(numbers(&collected, "appliedPayments", "appliedAmount"), "5");
    assert_eq!(
        numbers(&collected, "appliedCreditMemos", "appliedAmount"),
        "7"
    );
    assert_eq!(number(&collected, &["processedPayment", "amount"]), "8");
    assert_eq!(number(&tenant.get(&account).await, &["balance"]), "0");
}

#[tokio::test]
async fn steps_are_done_by_jobs() {
    let sim = tenant();
    sim.set_job_time(seconds(10));
    let tenant = Tenant::new(&sim).await;
    let (invoice, _, _) = tenant.invoice().await;
    let body = format!(
        r#"{{"accountId":"{}","amount":100,"currency":"EUR","type":"External","invoices":[{{"invoiceId":"{invoice}","amount":30}}]}}"#,
        tenant.account
    );
    let begun = tenant.post("/v1/payments/create-async", &body).await;
    assert_eq!(text(&begun, &["status"]), "Pending");
    assert_eq!(text(&begun, &["operationType"]), "AsyncPaymentCreate");
    let job = format!("/v1/payments/create-async-jobs/{}", text(&begun, &["id"]));
    sim.clock().advance(seconds(5));
    assert_eq!(text(&tenant.get(&job).await, &["status"]), "Processing");
    assert_eq!(
        numbers(&tenant.get("/v1/payments").await, "payments", "amount"),
        ""
    );
    sim.clock().advance(seconds(5));
    let ended = tenant.get(&job).await;
    assert_eq!(text(&ended, &["status"]), "Processed");
    let payment = text(&ended, &["referenceId"]).to_owned();
    let read = tenant.get(&format!("/v1/payments/{payment}")).await;
    assert_eq!(number(&read, &["unappliedAmount"]), "70");

    let apply = format!("/v1/payments/{payment}/apply-async");
    let to =
        |amount: u32| format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":{amount}}}]}}"#);
    let (good, bad) = (
        tenant.put(&apply, &to(60)).await,
        tenant.put(&apply, &to(60)).await,
    );
    sim.clock().advance(seconds(10));
    let job = |begun: &Json| format!("/v1/payments/apply-async-jobs/{}", text(begun, &["id"]));
    assert_eq!(
        text(&tenant.get(&job(&good)).await, &["status"]),
        "Processed"
    );
    let failed = tenant.get(&job(&bad)).await;
    assert_eq!(text(&failed, &["status"]), "Error");
    assert!(text(&failed, &["error"]).contains("left"), "{failed}");
    assert_eq!(text(&failed, &["referenceId"]), payment);
    assert_eq!(
        tenant.left(&invoice).await,
        ("10 50".to_owned(), "20".to_owned())
    );
    // Each kind of job has a reader of its own.
    let other = format!("/v1/credit-memos/apply-async-jobs/{}", text(&good, &["id"]));
    tenant.refused("GET", &other, "").await;
    tenant
        .refused("PUT", "/v1/payments/nobody/apply-async", &to(1))
        .await;

    let write_off = format!("/v1/invoices/{invoice}/write-off-async");
    let begun = tenant.post(&write_off, r#"{"amount":70}"#).await;
    sim.clock().advance(seconds(10));
    let job = format!(
        "/v1/invoices/write-off-async-jobs/{}",
        text(&begun, &["id"])
    );
    let ended = tenant.get(&job).await;
    assert_eq!(text(&ended, &["operationType"]), "AsyncInvoiceWriteOff");
    assert!(!text(&ended, &["creditMemo", "id"]).is_empty(), "{ended}");

    let charges = format!(
        r#"{{"accountId":"{}","charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":3}}]}}"#,
        tenant.account
    );
    let memo = tenant.post("/v1/credit-memos", &charges).await;
    let memo = format!("/v1/credit-memos/{}", text(&memo, &["id"]));
    let body = r#"{"creditMemoDate":"2026-02-02"}"#;
    let begun = tenant.put(&format!("{memo}/post-async"), body).await;
    assert_eq!(text(&begun, &["jobStatus"]), "Pending");
    let job = format!("/v1/operations/jobs/{}", text(&begun, &["jobId"]));
    sim.clock().advance(seconds(10));
    let ended = tenant.get(&job).await;
    assert_eq!(text(&ended, &["status"]), "Completed");
    assert_eq!(text(&ended, &["operationType"]), "Post");
    assert_eq!(text(&ended, &["objectType"]), "CreditMemo");
    let read = tenant.get(&memo).await;
    assert_eq!(text(&read, &["status"]), "Posted");
    assert_eq!(text(&read, &["creditMemoDate"]), "2026-02-02");
    let body = format!(r#"{{"invoices":[{{"invoiceId":"{invoice}","amount":3}}]}}"#);
    tenant.put(&format!("{memo}/apply-async"), &body).await;
    sim.clock().advance(seconds(10));
    let read = tenant.get(&memo).await;
    assert_eq!(number(&read, &["appliedAmount"]), "3");
    tenant.put(&format!("{memo}/unapply-async"), &body).await;
    sim.clock().advance(seconds(10));
    let read = tenant.get(&memo).await;
    assert_eq!(number(&read, &["unappliedAmount"]), "3");
    let memo = tenant.post("/v1/debit-memos", &charges).await;
    let memo = format!("/v1/debit-memos/{}", text(&memo, &["id"]));
    tenant.put(&format!("{memo}/cancel-async"), "").await;
    sim.clock().advance(seconds(10));
    let read = tenant.get(&memo).await;
    assert_eq!(text(&read, &["status"]), "Canceled");
}

#[tokio::test]
async fn an_invoice_is_split() {
    let sim = tenant();
    let tenant = Tenant::new(&sim).await;
    let (invoice, _, _) = tenant.invoice().await;
    let path = format!("/v1/invoices/{invoice}/split");
    let on = r#""invoiceDate":"2026-02-01","paymentTerm":"Net 30""#;
    let body = format!(
        r#"{{"splits":[{{"splitPercentage":33.33,{on}}},{{"splitPercentage":50,{on}}},{{"splitPercentage":16.67,{on}}}]}}"#
    );
    let told = tenant.refused("PUT", &path, &body).await;
    assert!(told.contains("Draft"), "{told}");
    tenant
        .put(&format!("/v1/invoices/{invoice}/unpost"), "")
        .await;
    let told = tenant
        .refused("PUT", &path, &body.replace("16.67", "16.66"))
        .await;
    assert!(told.contains("100"), "{told}");
    let split = tenant.put(&path, &body).await;
    // 170 in cents; the last one has what is left.
    assert_eq!(numbers(&split, "invoices", "amount"), "56.66 85.00 28.34");
    assert_eq!(text(&split, &["invoices", "1", "paymentTerm"]), "Net 30");
    let second = text(&split, &["invoices", "1", "id"]).to_owned();
    let items = tenant.get(&format!("/v1/invoices/{second}/items")).await;
    // The rest of the first item with its tax, and the beginning of the second.
    assert_eq!(
        numbers(&items, "invoiceItems", "chargeAmount"),
        "43.34 21.66"
    );
    assert_eq!(numbers(&items, "invoiceItems", "taxAmount"), "20 0");
    let read = tenant.get(&format!("/v1/invoices/{invoice}")).await;
    assert_eq!(text(&read, &["status"]), "Split");
    tenant.refused("PUT", &path, &body).await;

    let amounts = format!(
        r#"{{"splitType":"Amount","splits":[{{"splitAmount":80,{on}}},{{"splitAmount":5,{on}}}]}}"#
    );
    let path = format!("/v1/invoices/{second}/split");
    let split = tenant.put(&path, &amounts).await;
    assert_eq!(numbers(&split, "invoices", "amount"), "80.00 5");
    let last = text(&split, &["invoices", "1", "id"]);
    tenant.put(&format!("/v1/invoices/{last}/post"), "{}").await;
    let account = format!("/object-query/accounts/{}", tenant.account);
    let account = tenant.get(&account).await;
    assert_eq!(number(&account, &["balance"]), "5");
}
