//! Replies that are not what they should be: what fails says where and keeps the body, and nothing that
//! the server has carried out is sent again.

use crate::{USUAL, recorder::Recorder};
use zuora_api::{
    accounts::AccountsApi,
    data_queries::DataQueriesApi,
    invoices::InvoicesApi,
    models::{
        payments::CreatePaymentRequest,
        shared::{PaymentResponse, PaymentType},
    },
    payments::PaymentsApi,
};
use zuora_core::{Error, ErrorKind};
use zuora_wire::Decimal;

fn payments(recorder: &Recorder) -> PaymentsApi {
    PaymentsApi::new(&recorder.client(USUAL))
}

async fn pay(recorder: &Recorder, reply: &str) -> Result<PaymentResponse, Error> {
    recorder.answer(200, "application/json", reply.to_owned());
    let body = CreatePaymentRequest::new(Decimal::new(1000, 2), "USD", PaymentType::External);
    payments(recorder).create_payment(&body).await
}

#[tokio::test]
async fn a_reply_of_the_wrong_type_says_where_keeps_its_body_and_is_not_asked_for_again() {
    let recorder = Recorder::default();
    for (reply, place) in [
        (r#"[]"#, "expected an object, found an array"),
        (r#""paid""#, r#"expected an object, found "paid""#),
        (r#"7"#, "expected an object, found 7"),
        (r#"{"id":7}"#, "id: expected a string, found 7"),
        (
            r#"{"amount":"ten"}"#,
            r#"amount: expected a number, found "ten""#,
        ),
        (
            r#"{"amount":{}}"#,
            "amount: expected a number, found an object",
        ),
        (
            r#"{"financeInformation":[]}"#,
            "financeInformation: expected an object, found an array",
        ),
        (
            r#"{"financeInformation":{"bankAccountAccountingCode":1}}"#,
            "financeInformation.bankAccountAccountingCode: expected a string, found 1",
        ),
        (r#"{"id":"1""#, "expected `,` or `}`"),
        ("<html>", "expected a value"),
    ] {
        let error = pay(&recorder, reply).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{reply}: {error}");
        assert!(error.to_string().contains(place), "{reply}: {error}");
        assert_eq!(error.body().unwrap(), reply.as_bytes());
        assert!(!error.is_retryable());
        assert_eq!(recorder.take().len(), 1, "{reply}");
    }
}

#[tokio::test]
async fn nulls_are_nothing() {
    let recorder = Recorder::default();
    for reply in [
        "null",
        "",
        "{}",
        r#"{"amount":null,"effectiveDate":null,"financeInformation":null,"status":null,"success":null}"#,
    ] {
        let payment = pay(&recorder, reply).await.unwrap();
        assert!(
            payment.amount.is_none() && payment.status.is_none(),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn amounts_come_as_numbers_and_as_texts_and_stay_exact() {
    let recorder = Recorder::default();
    for text in [
        "12345678901234.123456789",
        "100.00",
        "1E-9",
        "0E-9",
        "-0.10",
    ] {
        for reply in [
            format!(r#"{{"amount":{text}}}"#),
            format!(r#"{{"amount":"{text}"}}"#),
            // The last one counts.
            format!(r#"{{"amount":1,"amount":{text}}}"#),
        ] {
            let payment = pay(&recorder, &reply).await.unwrap();
            assert_eq!(payment.amount.unwrap().to_string(), text, "{reply}");
        }
    }
}

#[tokio::test]
async fn enums_keep_what_they_do_not_know_other_cases_too() {
    let recorder = Recorder::default();
    for status in [
        "Processed",
        "PROCESSED",
        "processed",
        "Refunded In Part",
        "",
    ] {
        let payment = pay(&recorder, &format!(r#"{{"status":"{status}"}}"#))
            .await
            .unwrap();
        assert_eq!(payment.status.unwrap().to_string(), status);
    }
}

#[tokio::test]
async fn a_hundred_thousand_items_are_read() {
    let recorder = Recorder::default();
    let items: Vec<_> = (0..100_000)
        .map(|index| format!(r#"{{"id":"{index}","taxAmount":{index}.10,"Region__c":"EMEA"}}"#))
        .collect();
    let reply = format!(r#"{{"invoiceItems":[{}],"success":true}}"#, items.join(","));
    recorder.answer(200, "application/json", reply.clone());
    let invoices = InvoicesApi::new(&recorder.client(USUAL));
    let read = invoices.get_invoice_items("INV1").await.unwrap();
    let items = read.invoice_items.unwrap();
    assert_eq!(items.len(), 100_000);
    assert_eq!(
        items[99_999].tax_amount.as_ref().unwrap().to_string(),
        "99999.10"
    );
    assert_eq!(items[99_999].extra.text("Region__c"), Some("EMEA"));

    // One wrong item among them is named.
    let broken = reply.replace(r#""taxAmount":70000.10"#, r#""taxAmount":true"#);
    recorder.answer(200, "application/json", broken);
    let error = invoices.get_invoice_items("INV1").await.unwrap_err();
    let place = "invoiceItems[70000].taxAmount: expected a number, found true";
    assert!(error.to_string().contains(place), "{error}");
}

#[tokio::test]
async fn a_variant_that_is_unknown_is_kept_as_it_came() {
    use zuora_api::models::payment_methods::CreatePaymentMethodRequest as Method;
    let text = br#"{"colour":"blue"}"#;
    let method: Method = zuora_wire::from_slice(text).unwrap();
    assert!(matches!(&method, Method::Other(json) if json.get("colour").is_some()));
    assert_eq!(zuora_wire::to_string(&method).as_bytes(), text);
}

#[tokio::test]
async fn days_and_moments_come_in_more_than_one_form() {
    let recorder = Recorder::default();
    let client = recorder.client(USUAL);
    let invoice = async |day: &str| {
        let reply = format!(r#"{{"dueDate":"{day}"}}"#);
        recorder.answer(200, "application/json", reply);
        InvoicesApi::new(&client).get_invoice("INV1").await
    };
    for day in [
        "2026-02-28",
        "2026-02-28T00:00:00",
        "2026-02-28 00:00:00",
        "2026-02-28T00:00:00.000-08:00",
    ] {
        let read = invoice(day).await.unwrap();
        assert_eq!(read.due_date.unwrap().to_string(), "2026-02-28");
    }
    // A time of day is not thrown away, and a day that does not exist is none.
    for day in ["2026-02-28T08:00:00Z", "2026-02-30", "02/28/2026", ""] {
        let error = invoice(day).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{day}");
    }
    for moment in [
        "2022-04-25T19:08:32Z",
        "2022-04-25T19:08:32-07:00",
        "2022-04-25T19:08:32.000-08:00",
        "2022-04-25 19:08:32",
        "2022-04-25T19:08:32",
        "2019-09-10 19:32:21 UTC",
        "yesterday",
    ] {
        let reply = format!(r#"{{"data":{{"updatedOn":"{moment}"}}}}"#);
        recorder.answer(200, "application/json", reply);
        let job = DataQueriesApi::new(&client)
            .get_data_query_job("1")
            .await
            .unwrap();
        let read = job.data.unwrap().updated_on.unwrap();
        assert_eq!(read.as_str(), moment);
        assert_eq!(read.moment().is_ok(), moment != "yesterday");
    }
}

#[tokio::test]
async fn a_refusal_in_a_good_reply_is_an_error() {
    let recorder = Recorder::default();
    recorder.answer(
        200,
        "application/json",
        r#"{"success":false,"processId":"9A1B","reasons":[{"code":50000040,"message":"Cannot find entity by key: 'A1'."}]}"#,
    );
    let error = AccountsApi::new(&recorder.client(USUAL))
        .get_account("A1")
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(recorder.take().len(), 1);
}
