//! What exports join, and that descriptions say the same.

use crate::support::*;
use std::collections::BTreeSet;
use zuora_sim::{Simulator, VirtualClock};
use zuora_wire::Json;

/// One of everything that an item leads to, and an item that leads nowhere.
const DATA: &str = r#"{"records":{
    "Account":[{"id":"a1","name":"Hafen","currency":"EUR","accountNumber":"A1","billToId":"c1","soldToId":"c2","defaultPaymentMethodId":"m1"}],
    "Contact":[{"id":"c1","accountId":"a1","firstName":"Ana","lastName":"Ek"},
               {"id":"c2","accountId":"a1","firstName":"Bo","lastName":"Alm"}],
    "PaymentMethod":[{"id":"m1","accountId":"a1","type":"Check"}],
    "Product":[{"id":"p1","name":"Mast"}],
    "ProductRatePlan":[{"id":"prp1","name":"Year","productId":"p1"}],
    "ProductRatePlanCharge":[{"id":"prpc1","name":"Fee","productRatePlanId":"prp1"}],
    "Subscription":[{"id":"s1","name":"A-S1","accountId":"a1","invoiceOwnerId":"a1"}],
    "RatePlan":[{"id":"rp1","name":"Year of A-S1","subscriptionId":"s1","productRatePlanId":"prp1"}],
    "RatePlanCharge":[{"id":"rpc1","name":"Fee of A-S1","chargeNumber":"C-1","ratePlanId":"rp1","subscriptionId":"s1","productRatePlanChargeId":"prpc1"}],
    "Usage":[{"id":"u1","accountId":"a1","subscriptionId":"s1","ratePlanChargeId":"rpc1","quantity":3}],
    "Invoice":[{"id":"i1","invoiceNumber":"INV1","accountId":"a1","billToContactId":"c2"}],
    "InvoiceItem":[{"id":"ii1","invoiceId":"i1","subscriptionId":"s1","ratePlanChargeId":"rpc1","productRatePlanChargeId":"prpc1","chargeName":"Fee","chargeAmount":5},
                   {"id":"ii2","invoiceId":"i1","chargeName":"Sail","chargeAmount":1}],
    "CreditMemo":[{"id":"cm1","accountId":"a1"}],
    "CreditMemoItem":[{"id":"cmi1","creditMemoId":"cm1","subscriptionId":"s1","ratePlanChargeId":"rpc1","amount":2}],
    "DebitMemo":[{"id":"dm1","accountId":"a1"}],
    "DebitMemoItem":[{"id":"dmi1","debitMemoId":"dm1","subscriptionId":"s1","ratePlanChargeId":"rpc1","amount":2}]}}"#;

fn sim() -> Simulator {
    let clock = VirtualClock::frozen_at(START + seconds(1_767_225_600));
    let builder = Simulator::builder().clock(clock).seed(1);
    let builder = builder.tenant_version("2025-08-12").data(DATA).unwrap();
    builder.build().unwrap()
}

/// The lines of what a query exports, with their head.
async fn lines(sim: &Simulator, api: &Api<'_>, query: &str) -> Vec<String> {
    let body = Json::object([("Format", "csv"), ("Query", query)]).to_string();
    let made = api.good("POST", "/v1/object/export", &body).await;
    sim.clock().advance(seconds(2));
    let path = format!("/v1/object/export/{}", text(&made, &["Id"]));
    let job = api.good("GET", &path, "").await;
    assert_eq!(text(&job, &["Status"]), "Completed", "{query}: {job}");
    let path = format!("/v1/files/{}", text(&job, &["FileId"]));
    let file = api.call("GET", &path, "").await;
    let file = String::from_utf8(file.body().to_vec()).unwrap();
    file.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_object_is_joined_with_what_it_belongs_to() {
    let sim = sim();
    let api = Api::new(&sim).await;
    for (object, columns, row) in [
        (
            "RatePlanCharge",
            "ProductRatePlanCharge.Name, ProductRatePlan.Name, Product.Name, RatePlan.Name, Subscription.Name, Account.Name",
            "Fee,Year,Mast,Year of A-S1,A-S1,Hafen",
        ),
        (
            "InvoiceItem",
            "ProductRatePlanCharge.Name, ProductRatePlan.Name, Product.Name, RatePlanCharge.Name, RatePlan.Name, Account.Name, Subscription.Name, Invoice.InvoiceNumber, DefaultPaymentMethod.Type",
            "Fee,Year,Mast,Fee of A-S1,Year of A-S1,Hafen,A-S1,INV1,Check",
        ),
        (
            "CreditMemoItem",
            "CreditMemo.Id, RatePlanCharge.Name, Subscription.Name, Product.Name, Account.Name",
            "cm1,Fee of A-S1,A-S1,Mast,Hafen",
        ),
        (
            "DebitMemoItem",
            "DebitMemo.Id, RatePlanCharge.Name, Subscription.Name, Product.Name, Account.Name",
            "dm1,Fee of A-S1,A-S1,Mast,Hafen",
        ),
        (
            "Subscription",
            "Account.Name, BillToContact.LastName, SoldToContact.LastName, DefaultPaymentMethod.Type",
            "Hafen,Ek,Alm,Check",
        ),
        // The invoice's own, or else the account's.
        (
            "Invoice",
            "Account.Name, BillToContact.LastName, SoldToContact.LastName",
            "Hafen,Alm,Alm",
        ),
        (
            "Usage",
            "RatePlanCharge.Name, ProductRatePlanCharge.Name, Account.Name",
            "Fee of A-S1,Fee,Hafen",
        ),
    ] {
        let all = lines(
            &sim,
            &api,
            &format!("select {columns} from {object} limit 1"),
        )
        .await;
        assert_eq!(all, [&columns.replace(", ", ","), row], "{object}");
    }
    // What leads nowhere has empty cells.
    let items = "select ChargeName, Product.Name, RatePlanCharge.Id, Account.Name from InvoiceItem";
    assert_eq!(
        lines(&sim, &api, items).await[1..],
        ["Fee,Mast,rpc1,Hafen", "Sail,,,Hafen"]
    );
    assert_eq!(
        lines(&sim, &api, &format!("{items} where Product.Name = 'Mast'")).await[1..],
        ["Fee,Mast,rpc1,Hafen"]
    );
}

#[tokio::test]
async fn payments_are_exported_with_what_they_paid() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let payment = r#"{"accountNumber":"A00000001","amount":1.50,"currency":"EUR","effectiveDate":"2026-11-01","type":"External","paymentMethodType":"Cash"}"#;
    let snapshot = Json::parse(sim.snapshot().as_bytes()).unwrap();
    let invoice = text(&snapshot, &["records", "Invoice", "0", "id"]);
    let payment = payment.replace(
        "\"type\"",
        &format!(r#""invoices":[{{"invoiceId":"{invoice}","amount":1.50}}],"type""#),
    );
    let made = api.good("POST", "/v1/payments", &payment).await;
    let id = text(&made, &["id"]);
    let number = text(&made, &["number"]);
    for (query, rows) in [
        (
            "select Amount, Payment.PaymentNumber from PaymentApplication where Amount = 1.5",
            vec![
                "PaymentApplication.Amount,Payment.PaymentNumber".to_owned(),
                format!("1.50,{number}"),
            ],
        ),
        (
            "select ApplyAmount from PaymentApplication where Amount > 1.5",
            vec!["PaymentApplication.ApplyAmount".to_owned()],
        ),
        (
            "select Amount, RefundAmount, Invoice.Id, Payment.Id from InvoicePayment order by Amount desc limit 1",
            vec![
                "InvoicePayment.Amount,InvoicePayment.RefundAmount,Invoice.Id,Payment.Id"
                    .to_owned(),
                format!("1.50,0,{invoice},{id}"),
            ],
        ),
        (
            "select Id from RefundInvoicePayment",
            vec!["RefundInvoicePayment.Id".to_owned()],
        ),
        (
            "select PaymentMethod.Type, Amount from Payment where PaymentMethod.Type = 'Boat'",
            vec!["PaymentMethod.Type,Payment.Amount".to_owned()],
        ),
        (
            "select UomName from UnitOfMeasure",
            vec!["UnitOfMeasure.UomName".to_owned()],
        ),
    ] {
        assert_eq!(lines(&sim, &api, query).await, rows, "{query}");
    }
}

#[tokio::test]
async fn descriptions_name_the_joins_that_exports_have() {
    let sim = sim();
    let api = Api::new(&sim).await;
    let list = api.call("GET", "/v1/describe", "").await;
    let list = String::from_utf8(list.body().to_vec()).unwrap();
    let names = |xml: &str| -> Vec<String> {
        let parts = xml.split("/v1/describe/").skip(1);
        let name = |part: &str| {
            part.split("<name>")
                .nth(1)?
                .split('<')
                .next()
                .map(str::to_owned)
        };
        parts.filter_map(name).collect()
    };
    let objects = names(&list);
    assert!(
        objects.iter().any(|name| name == "InvoicePayment"),
        "{list}"
    );
    for object in objects {
        let xml = api.call("GET", &format!("/v1/describe/{object}"), "").await;
        let xml = String::from_utf8(xml.body().to_vec()).unwrap();
        let related = names(&xml[xml.find("<related-objects>").unwrap()..]);
        let unique: BTreeSet<&String> = related.iter().collect();
        assert_eq!(unique.len(), related.len(), "{object}: {related:?}");
        let columns: Vec<String> = std::iter::once("Id".to_owned())
            .chain(related.iter().map(|name| format!("{name}.Id")))
            .collect();
        let query = format!("select {} from {object}", columns.join(", "));
        let head = lines(&sim, &api, &query).await.remove(0);
        let wanted = columns.join(",");
        assert_eq!(head, format!("{object}.{wanted}"), "{object}");
    }
}
