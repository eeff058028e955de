//! Calls as people make them, put together by hand: what goes out is the JSON of the API's own examples,
//! without a member that the catalogue does not know, and what comes back is read.

use crate::{USUAL, recorder::Recorder};
use bytes::Bytes;
use zuora_api::{
    accounts::AccountsApi,
    credit_memos::CreditMemosApi,
    custom_object_records::CustomObjectRecordsApi,
    data_queries::DataQueriesApi,
    describe::DescribeApi,
    files::FilesApi,
    invoices::InvoicesApi,
    models::{
        accounts::{CreateAccountRequest, CreateAccountSubscription},
        credit_memos::{ApplyCreditMemoRequest, ApplyCreditMemoToInvoice},
        custom_object_records::PostCustomObjectRecordsRequest,
        data_queries::SubmitDataQueryRequest,
        invoices::{CreateInvoiceItem, CreateInvoiceRequest},
        orders::*,
        payments::*,
        settings::{SettingValueRequest, SettingsBatchRequest},
        shared::*,
        subscriptions::*,
    },
    object_queries::ObjectQueriesApi,
    orders::OrdersApi,
    payments::PaymentsApi,
    scim::ScimApi,
    settings::SettingsApi,
    subscriptions::SubscriptionsApi,
    usage::UsageApi,
};
use zuora_catalog::{Direction, operation};
use zuora_core::{FilePart, Filter};
use zuora_wire::{Date, Decimal, Json, Patch};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn answer(recorder: &Recorder, body: &str) {
    recorder.answer(200, "application/json", body.to_owned());
}

/// The one request that was sent.
fn request(recorder: &Recorder) -> http::Request<Bytes> {
    let mut sent = recorder.take();
    assert_eq!(sent.len(), 1);
    sent.remove(0)
}

/// The one request is that of this operation, and has this body and nothing that is not allowed.
#[track_caller]
fn assert_sent(recorder: &Recorder, id: &str, target: &str, body: &str) {
    let sent = request(recorder);
    let operation = operation(id).unwrap();
    let found = format!("{} {}", sent.method(), sent.uri().path_and_query().unwrap());
    assert_eq!(found, target);
    let (sent, expected) = (Json::parse(sent.body()).unwrap(), json(body));
    assert_eq!(sent, expected, "\n{sent}\n{expected}");
    let report = operation
        .body()
        .unwrap()
        .ty
        .unwrap()
        .check(&sent, Direction::Request);
    assert!(report.is_spotless(), "{report}");
}

fn annual_terms() -> OrderActionCreateSubscriptionTerms {
    let term = InitialTerm::default()
        .period(12)
        .period_type(TermPeriodType::Month)
        .start_date(day("2026-03-01"))
        .term_type(TermType::Termed);
    let renewal = RenewalTerm::default()
        .period(12)
        .period_type(TermPeriodType::Month);
    OrderActionCreateSubscriptionTerms::new(term)
        .auto_renew(true)
        .renewal_setting(RenewalSetting::RenewWithSpecificTerm)
        .renewal_terms(vec![renewal])
}

fn triggers() -> Vec<TriggerDate> {
    let on = |name| {
        TriggerDate::default()
            .name(name)
            .trigger_date(day("2026-03-01"))
    };
    vec![
        on(TriggerDateName::ContractEffective),
        on(TriggerDateName::ServiceActivation),
    ]
}

#[tokio::test]
async fn an_order_of_several_actions_is_created() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"success":true,"orderNumber":"O-00000001","accountNumber":"A00000001","status":"Completed",
            "subscriptionNumbers":["A-S1"],"invoiceNumbers":["INV1"],"paidAmount":"120.00",
            "subscriptions":[{"subscriptionNumber":"A-S1","status":"Active","subscriptionId":"8ad1"}]}"#,
    );
    let seats = RecurringPerUnitPricingOverride::default()
        .list_price(amount("12345678901234.123456789"))
        .quantity(amount("10.50"));
    let charge = ChargeOverride::new("8ad08d2986bb1f7d0186c3a1ab1c0001")
        .pricing(ChargeOverridePricing::default().recurring_per_unit(seats));
    let plan = CreateOrderRatePlanOverride::default()
        .product_rate_plan_id("8ad08d2986bb1f7d0186c3a1ab1c0002")
        .charge_overrides(vec![charge]);
    let create = CreateOrderAction::new(OrderActionType::CreateSubscription)
        .trigger_dates(triggers())
        .create_subscription(
            CreateOrderCreateSubscription::default()
                .terms(annual_terms())
                .subscribe_to_rate_plans(vec![plan]),
        );
    let add = CreateOrderAction::new(OrderActionType::AddProduct)
        .trigger_dates(triggers())
        .add_product(CreateOrderAddProduct::default().product_rate_plan_number("PRP-2"));
    let cancel = CreateOrderAction::new(OrderActionType::CancelSubscription).cancel_subscription(
        OrderActionCancelSubscription::new(SubscriptionCancellationPolicy::SpecificDate)
            .cancellation_effective_date(day("2027-03-01")),
    );
    let mut order = CreateOrderRequest::new(day("2026-03-01"))
        .existing_account_number("A00000001")
        .description("Neue Bestellung")
        .subscriptions(vec![
            CreateOrderSubscription::new(vec![create, add]),
            CreateOrderSubscription::new(vec![cancel]).subscription_number("A-S0"),
        ])
        .processing_options(
            ProcessingOptionsWithDelayedCapturePayment::default()
                .run_billing(true)
                .collect_payment(false),
        );
    order.custom_fields = Patch::Value(json(r#"{"Region__c":"EMEA"}"#));
    let orders = OrdersApi::new(&recorder.client(USUAL));
    let created = orders.create_order(&order).return_ids(true).await.unwrap();
    assert_eq!(created.order_number.as_deref(), Some("O-00000001"));
    assert_eq!(created.status, Some(OrderStatus::Completed));
    assert_eq!(created.subscriptions.unwrap().len(), 1);
    assert_sent(
        &recorder,
        "createOrder",
        "POST /v1/orders?returnIds=true",
        r#"{"existingAccountNumber":"A00000001","description":"Neue Bestellung","orderDate":"2026-03-01",
            "customFields":{"Region__c":"EMEA"},
            "processingOptions":{"runBilling":true,"collectPayment":false},
            "subscriptions":[
              {"orderActions":[
                {"type":"CreateSubscription",
                 "triggerDates":[{"name":"ContractEffective","triggerDate":"2026-03-01"},
                                 {"name":"ServiceActivation","triggerDate":"2026-03-01"}],
                 "createSubscription":{
                   "terms":{"autoRenew":true,"renewalSetting":"RENEW_WITH_SPECIFIC_TERM",
                     "initialTerm":{"period":12,"periodType":"Month","startDate":"2026-03-01","termType":"TERMED"},
                     "renewalTerms":[{"period":12,"periodType":"Month"}]},
                   "subscribeToRatePlans":[{"productRatePlanId":"8ad08d2986bb1f7d0186c3a1ab1c0002","chargeOverrides":[
                     {"productRatePlanChargeId":"8ad08d2986bb1f7d0186c3a1ab1c0001","pricing":{"recurringPerUnit":
                       {"listPrice":12345678901234.123456789,"quantity":10.50}}}]}]}},
                {"type":"AddProduct",
                 "triggerDates":[{"name":"ContractEffective","triggerDate":"2026-03-01"},
                                 {"name":"ServiceActivation","triggerDate":"2026-03-01"}],
                 "addProduct":{"productRatePlanNumber":"PRP-2"}}]},
              {"subscriptionNumber":"A-S0","orderActions":[
                {"type":"CancelSubscription","cancelSubscription":
                  {"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"2027-03-01"}}]}]}"#,
    );
}

#[tokio::test]
async fn an_order_is_previewed() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"success":true,"previewResult":{"invoices":[{"amount":110.00,"amountWithoutTax":100,"taxAmount":10.00,
            "targetDate":"2026-04-01","invoiceItems":[{"amountWithoutTax":100,"chargeName":"Seats"}]}]}}"#,
    );
    let remove = PreviewOrderOrderAction::new(OrderActionType::RemoveProduct)
        .remove_product(OrderActionRemoveProduct::default().rate_plan_id("8ad0rp"));
    let renew = PreviewOrderOrderAction::new(OrderActionType::RenewSubscription);
    let options = PreviewOptions::default()
        .preview_thru_type(PreviewOptionsPreviewThruType::SpecificDate)
        .preview_types(vec![PreviewOptionsPreviewTypes::BillingDocs])
        .specific_preview_thru_date(day("2026-12-31"));
    let order = PreviewOrderRequest::new(day("2026-03-01"), options)
        .existing_account_number("A00000001")
        .subscriptions(vec![
            PreviewOrderSubscriptions::new(vec![remove, renew]).subscription_number("A-S1"),
        ]);
    let orders = OrdersApi::new(&recorder.client(USUAL));
    let preview = orders.preview_order(&order).await.unwrap();
    let invoices = preview.preview_result.unwrap().invoices.unwrap();
    assert_eq!(invoices[0].amount.as_ref().unwrap().to_string(), "110.00");
    assert_sent(
        &recorder,
        "previewOrder",
        "POST /v1/orders/preview",
        r#"{"orderDate":"2026-03-01","existingAccountNumber":"A00000001",
            "previewOptions":{"previewThruType":"SpecificDate","previewTypes":["BillingDocs"],
              "specificPreviewThruDate":"2026-12-31"},
            "subscriptions":[{"subscriptionNumber":"A-S1","orderActions":[
              {"type":"RemoveProduct","removeProduct":{"ratePlanId":"8ad0rp"}},
              {"type":"RenewSubscription"}]}]}"#,
    );
}

#[tokio::test]
async fn an_account_is_created_with_contacts_a_payment_method_and_a_subscription() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"success":true,"accountId":"8ad0","accountNumber":"A00000002","paymentMethodId":"8ad2",
            "billToContactId":"8ad3","contractedMrr":"1200.50"}"#,
    );
    let bill_to = CreateAccountContact::new("Ada", "Ünal")
        .country("Germany")
        .work_email("ada@example.com");
    let holder = CreatePaymentMethodCardholderInfo::default()
        .card_holder_name("Ada Ünal")
        .zip_code("10115");
    let card = CreateAccountPaymentMethod::new("CreditCard")
        .card_number("4111111111111111")
        .expiration_month(12)
        .expiration_year(2030)
        .card_holder_info(holder);
    let plan = CreateSubscriptionRatePlan::default()
        .product_rate_plan_id("8ad08d2986bb1f7d0186c3a1ab1c0002");
    let subscription = CreateAccountSubscription::new(day("2026-03-01"), "TERMED")
        .initial_term(12)
        .subscribe_to_rate_plans(vec![plan]);
    let mut account = CreateAccountRequest::new(bill_to, "EUR", "Ünal & Söhne")
        .auto_pay(true)
        .bill_cycle_day(1)
        .payment_method(card)
        .subscription(subscription);
    account.extra.set("Region__c", "EMEA");
    assert!(!format!("{account:?}").contains("4111"));
    let accounts = AccountsApi::new(&recorder.client(USUAL));
    let created = accounts.create_account(&account).await.unwrap();
    assert_eq!(created.account_number.as_deref(), Some("A00000002"));
    assert_eq!(created.contracted_mrr, Some(amount("1200.50")));
    assert_sent(
        &recorder,
        "createAccount",
        "POST /v1/accounts",
        r#"{"autoPay":true,"billCycleDay":1,"currency":"EUR","name":"Ünal & Söhne",
            "billToContact":{"firstName":"Ada","lastName":"Ünal","country":"Germany","workEmail":"ada@example.com"},
            "paymentMethod":{"type":"CreditCard","cardNumber":"4111111111111111","expirationMonth":12,
              "expirationYear":2030,"cardHolderInfo":{"cardHolderName":"Ada Ünal","zipCode":"10115"}},
            "subscription":{"contractEffectiveDate":"2026-03-01","termType":"TERMED","initialTerm":12,
              "subscribeToRatePlans":[{"productRatePlanId":"8ad08d2986bb1f7d0186c3a1ab1c0002"}]},
            "Region__c":"EMEA"}"#,
    );
}

#[tokio::test]
async fn a_subscription_is_created_amended_and_cancelled() {
    let recorder = Recorder::default();
    let subscriptions = SubscriptionsApi::new(&recorder.client(USUAL));
    answer(
        &recorder,
        r#"{"success":true,"subscriptionId":"8ad1","subscriptionNumber":"A-S1","totalContractedValue":1200}"#,
    );
    let charge = CreateSubscriptionComponent::new("8ad08d2986bb1f7d0186c3a1ab1c0001")
        .price(amount("99.90"))
        .quantity(amount("3"));
    let plan = CreateSubscriptionRatePlan::default()
        .product_rate_plan_id("8ad08d2986bb1f7d0186c3a1ab1c0002")
        .charge_overrides(vec![charge]);
    let body =
        CreateSubscriptionRequest::new("A00000001", day("2026-03-01"), 12, vec![plan], "TERMED")
            .initial_term(12)
            .auto_renew(false);
    let created = subscriptions.create_subscription(&body).await.unwrap();
    assert_eq!(created.subscription_number.as_deref(), Some("A-S1"));
    assert_sent(
        &recorder,
        "createSubscription",
        "POST /v1/subscriptions",
        r#"{"accountKey":"A00000001","contractEffectiveDate":"2026-03-01","renewalTerm":12,"termType":"TERMED",
            "initialTerm":12,"autoRenew":false,"subscribeToRatePlans":[{"productRatePlanId":"8ad08d2986bb1f7d0186c3a1ab1c0002",
            "chargeOverrides":[{"productRatePlanChargeId":"8ad08d2986bb1f7d0186c3a1ab1c0001","price":99.90,"quantity":3}]}]}"#,
    );

    answer(
        &recorder,
        r#"{"success":true,"subscriptionId":"8ad2","totalDeltaMrr":-10.5}"#,
    );
    let add = AddSubscriptionRatePlan::new(day("2026-04-01"))
        .product_rate_plan_id("8ad08d2986bb1f7d0186c3a1ab1c0003");
    let remove = RemoveSubscriptionRatePlan::new(day("2026-04-01"))
        .rate_plan_id("8ad08d2986bb1f7d0186c3a1ab1c0004");
    let body = UpdateSubscriptionRequest::default()
        .add(vec![add])
        .remove(vec![remove])
        .notes("");
    subscriptions
        .update_subscription("A-S1", &body)
        .await
        .unwrap();
    assert_sent(
        &recorder,
        "updateSubscription",
        "PUT /v1/subscriptions/A-S1",
        r#"{"add":[{"contractEffectiveDate":"2026-04-01","productRatePlanId":"8ad08d2986bb1f7d0186c3a1ab1c0003"}],
            "remove":[{"contractEffectiveDate":"2026-04-01","ratePlanId":"8ad08d2986bb1f7d0186c3a1ab1c0004"}],"notes":""}"#,
    );

    answer(
        &recorder,
        r#"{"success":true,"subscriptionId":"8ad3","cancelledDate":"2026-12-31","totalDeltaMrr":-99.90}"#,
    );
    let body = CancelSubscriptionRequest::new("SpecificDate")
        .cancellation_effective_date(day("2026-12-31"));
    let cancelled = subscriptions
        .cancel_subscription("A-S1", &body)
        .await
        .unwrap();
    assert_eq!(cancelled.cancelled_date, Some(day("2026-12-31")));
    assert_sent(
        &recorder,
        "cancelSubscription",
        "PUT /v1/subscriptions/A-S1/cancel",
        r#"{"cancellationPolicy":"SpecificDate","cancellationEffectiveDate":"2026-12-31"}"#,
    );
}

#[tokio::test]
async fn an_invoice_is_made_with_items_and_its_pdf_is_read() {
    let recorder = Recorder::default();
    let client = recorder.client(USUAL);
    let invoices = InvoicesApi::new(&client);
    answer(
        &recorder,
        r#"{"success":true,"id":"8ad4","invoiceNumber":"INV1","amount":119.98,"balance":119.98,"dueDate":"2026-04-30"}"#,
    );
    let item = CreateInvoiceItem::new(amount("119.98"), day("2026-03-01"))
        .quantity(amount("2"))
        .unit_price(amount("59.99"))
        .product_rate_plan_charge_id("8ad08d2986bb1f7d0186c3a1ab1c0001");
    let mut body =
        CreateInvoiceRequest::new(day("2026-03-31"), vec![item]).account_number("A00000001");
    body.extra.set("PurchaseOrder__c", "4711");
    let invoice = invoices.create_standalone_invoice(&body).await.unwrap();
    assert_eq!(invoice.balance, Some(amount("119.98")));
    assert_sent(
        &recorder,
        "createStandaloneInvoice",
        "POST /v1/invoices",
        r#"{"accountNumber":"A00000001","invoiceDate":"2026-03-31","PurchaseOrder__c":"4711","invoiceItems":[
            {"amount":119.98,"serviceStartDate":"2026-03-01","quantity":2,"unitPrice":59.99,
             "productRatePlanChargeId":"8ad08d2986bb1f7d0186c3a1ab1c0001"}]}"#,
    );

    answer(
        &recorder,
        r#"{"success":true,"invoiceFiles":[{"id":"8ad5","pdfFileUrl":"https://rest.zuora.com/v1/files/8ad6","versionNumber":1738000000000}]}"#,
    );
    let files = invoices
        .get_invoice_files("INV1")
        .await
        .unwrap()
        .invoice_files
        .unwrap();
    assert_eq!(
        files[0].pdf_file_url.as_deref(),
        Some("https://rest.zuora.com/v1/files/8ad6")
    );
    assert_eq!(request(&recorder).uri().path(), "/v1/invoices/INV1/files");

    recorder.answer(200, "application/pdf", &b"%PDF-1.7\xff\x00"[..]);
    let pdf = FilesApi::new(&client).get_files("8ad6").await.unwrap();
    assert_eq!(&pdf[..], b"%PDF-1.7\xff\x00");
    assert_eq!(request(&recorder).uri().path(), "/v1/files/8ad6");
}

#[tokio::test]
async fn a_credit_memo_is_applied() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"success":true,"id":"8ad7","number":"CM1","appliedAmount":20.00,"unappliedAmount":0}"#,
    );
    let body = ApplyCreditMemoRequest::default()
        .effective_date(day("2026-04-01"))
        .invoices(vec![ApplyCreditMemoToInvoice::new(amount("20.00"), "8ad4")]);
    let memos = CreditMemosApi::new(&recorder.client(USUAL));
    let memo = memos.apply_credit_memo("CM1", &body).await.unwrap();
    assert!(memo.unapplied_amount.unwrap().is_zero());
    assert_sent(
        &recorder,
        "applyCreditMemo",
        "PUT /v1/credit-memos/CM1/apply",
        r#"{"effectiveDate":"2026-04-01","invoices":[{"amount":20.00,"invoiceId":"8ad4"}]}"#,
    );
}

#[tokio::test]
async fn a_payment_is_created_applied_and_refunded() {
    let recorder = Recorder::default();
    let payments = PaymentsApi::new(&recorder.client(USUAL));
    answer(
        &recorder,
        r#"{"success":true,"id":"8ad8","number":"P-1","amount":100.00,"unappliedAmount":100.00,"status":"Processed"}"#,
    );
    let body = CreatePaymentRequest::new(amount("100.00"), "EUR", PaymentType::External)
        .account_number("A00000001")
        .comment("by bank transfer");
    let payment = payments
        .create_payment(&body)
        .idempotency_key("pay-1")
        .send()
        .await
        .unwrap();
    assert_eq!(payment.status(), 200);
    assert_eq!(payment.into_data().status, Some(PaymentStatus::Processed));
    assert_sent(
        &recorder,
        "createPayment",
        "POST /v1/payments",
        r#"{"amount":100.00,"currency":"EUR","type":"External","accountNumber":"A00000001","comment":"by bank transfer"}"#,
    );

    answer(
        &recorder,
        r#"{"success":true,"id":"8ad8","appliedAmount":60.5}"#,
    );
    let invoice = ApplyPaymentInvoiceApplication::new(amount("60.5")).invoice_number("INV1");
    let body = ApplyPaymentRequest::default().invoices(vec![invoice]);
    payments.apply_payment("P-1", &body).await.unwrap();
    assert_sent(
        &recorder,
        "applyPayment",
        "PUT /v1/payments/P-1/apply",
        r#"{"invoices":[{"amount":60.5,"invoiceNumber":"INV1"}]}"#,
    );

    answer(
        &recorder,
        r#"{"success":true,"id":"8ad9","number":"R-1","amount":39.50}"#,
    );
    let body = CreateRefundRequest::new(amount("39.50"), RefundType::External)
        .method_type(PaymentMethodType::BankTransfer)
        .reason_code("Overpaid");
    let refund = payments.create_refund_payment("P-1", &body).await.unwrap();
    assert_eq!(refund.amount, Some(amount("39.50")));
    assert_sent(
        &recorder,
        "createRefundPayment",
        "POST /v1/payments/P-1/refunds",
        r#"{"totalAmount":39.50,"type":"External","methodType":"BankTransfer","reasonCode":"Overpaid"}"#,
    );
}

#[tokio::test]
async fn usage_is_uploaded_as_csv() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"success":true,"size":40,"checkImportStatus":"/v1/usage/8ad0/status"}"#,
    );
    let csv = "ACCOUNT_ID,UOM,QTY,STARTDATE\nA1,GB,1.10,03/01/2026\n";
    let file = FilePart::bytes(csv)
        .name("may.csv")
        .content_type("text/csv");
    let usage = UsageApi::new(&recorder.client(USUAL));
    let uploaded = usage.upload_usage_file(file).await.unwrap();
    assert_eq!(uploaded.size, Some(40));
    let sent = request(&recorder);
    let body = String::from_utf8_lossy(sent.body());
    assert!(
        body.contains(csv) && body.contains(r#"filename="may.csv""#),
        "{body}"
    );
}

#[tokio::test]
async fn custom_object_records_are_created() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"records":[{"Id":"6b0f","type":"car","CreatedDate":"2026-03-01T10:00:00.000Z","price__c":19999.90,"doors__c":"5"}]}"#,
    );
    let records = vec![json(r#"{"price__c":19999.90,"doors__c":"5"}"#)];
    let body = PostCustomObjectRecordsRequest::new(records).allow_partial_success(true);
    let api = CustomObjectRecordsApi::new(&recorder.client(USUAL));
    let created = api.post_custom_object_records("car", &body).await.unwrap();
    let record = &created.records.unwrap()[0];
    assert_eq!(record.extra.text("doors__c"), Some("5"));
    assert_eq!(
        record.extra.get("price__c").unwrap().to_string(),
        "19999.90"
    );
    assert_sent(
        &recorder,
        "postCustomObjectRecords",
        "POST /objects/records/default/car",
        r#"{"allowPartialSuccess":true,"records":[{"price__c":19999.90,"doors__c":"5"}]}"#,
    );
}

#[tokio::test]
async fn objects_are_queried_expanded_and_filtered() {
    let recorder = Recorder::default();
    recorder.answer(
        200,
        "application/json",
        r#"{"nextPage":"W3sib3","data":[{"id":"8ad0","accountNumber":"A1","balance":10.00,"region__c":"EMEA",
            "billTo":{"firstName":"Ada"},"subscriptions":[{"name":"A-S1","ratePlans":[{"name":"Gold"}]}]}]}"#,
    );
    recorder.then_answer(200, "application/json", r#"{"data":[{"id":"8ad1"}]}"#);
    let api = ObjectQueriesApi::new(&recorder.client(USUAL));
    let mut pages = api
        .query_accounts()
        .page_size(50)
        .expand(["billTo", "subscriptions.ratePlans"])
        .filter([
            Filter::equal("status", "Active"),
            Filter::greater("balance", 0),
        ])
        .include_null_fields(false)
        .pages();
    let first = pages.next_page().await.unwrap().unwrap();
    let account = &first.items()[0];
    assert_eq!(
        account.bill_to.as_ref().unwrap().first_name.as_deref(),
        Some("Ada")
    );
    let plans = account.subscriptions.as_ref().unwrap()[0]
        .rate_plans
        .as_ref()
        .unwrap();
    assert_eq!(plans[0].name.as_deref(), Some("Gold"));
    assert_eq!(account.extra.text("region__c"), Some("EMEA"));
    let second = pages.next_page().await.unwrap().unwrap();
    assert_eq!(second.items()[0].id.as_deref(), Some("8ad1"));
    assert!(pages.next_page().await.unwrap().is_none());
    let sent = recorder.take();
    let query = |index: usize| -> Vec<_> {
        let query = sent[index].uri().query().unwrap();
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let first = [
        pair("pageSize", "50"),
        pair("expand[]", "billTo"),
        pair("expand[]", "subscriptions.ratePlans"),
        pair("filter[]", "status.EQ:Active"),
        pair("filter[]", "balance.GT:0"),
        pair("includeNullFields", "false"),
    ];
    assert_eq!(query(0), first);
    assert!(query(1).contains(&pair("cursor", "W3sib3")));
}

#[tokio::test(start_paused = true)]
async fn a_data_query_is_waited_for() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"data":{"id":"q-1","queryStatus":"submitted","query":"select 1"}}"#,
    );
    recorder.then_answer(
        200,
        "application/json",
        r#"{"data":{"id":"q-1","queryStatus":"in_progress"}}"#,
    );
    recorder.then_answer(
        200,
        "application/json",
        r#"{"data":{"id":"q-1","queryStatus":"completed","outputRows":2,"dataFile":"https://files.example.com/q-1?sig=x"}}"#,
    );
    let body: SubmitDataQueryRequest = zuora_wire::from_slice(
        br#"{"compression":"GZIP","output":{"target":"S3"},"outputFormat":"JSON","query":"select id from account"}"#,
    )
    .unwrap();
    let api = DataQueriesApi::new(&recorder.client(USUAL));
    let waiting = api
        .post_data_query_job(&body)
        .wait(std::time::Duration::from_secs(600));
    let job = recorder.run(waiting).await.unwrap().data.unwrap();
    assert_eq!(job.output_rows, Some(2));
    let sent: Vec<_> = recorder
        .take()
        .iter()
        .map(|sent| format!("{} {}", sent.method(), sent.uri().path()))
        .collect();
    assert_eq!(
        sent,
        [
            "POST /query/jobs",
            "GET /query/jobs/q-1",
            "GET /query/jobs/q-1"
        ]
    );
}

#[tokio::test]
async fn settings_are_asked_for_in_a_batch() {
    let recorder = Recorder::default();
    answer(
        &recorder,
        r#"{"responses":[{"id":"1","method":"GET","url":"/billing-rules","response":{"status":"200 OK","body":{"enablePostingZeroAmountInvoices":true}}}]}"#,
    );
    let one = SettingValueRequest::default()
        .id("1")
        .method(zuora_api::models::settings::SettingValueRequestMethod::Get)
        .url("/billing-rules");
    let body = SettingsBatchRequest::default().requests(vec![one]);
    let api = SettingsApi::new(&recorder.client(USUAL));
    let read = api
        .post_process_settings_batch_request(&body)
        .await
        .unwrap();
    assert_eq!(read.responses.unwrap()[0].id.as_deref(), Some("1"));
    assert_sent(
        &recorder,
        "postProcessSettingsBatchRequest",
        "POST /settings/batch-requests",
        r#"{"requests":[{"id":"1","method":"GET","url":"/billing-rules"}]}"#,
    );
}

#[tokio::test]
async fn an_object_is_described_in_xml() {
    let recorder = Recorder::default();
    let xml = r#"<?xml version="1.0"?><object href="https://rest.zuora.com/v1/describe/Account"><name>Account</name></object>"#;
    recorder.answer(200, "text/xml; charset=utf-8", xml);
    let api = DescribeApi::new(&recorder.client(USUAL));
    let read = api.get_describe("Account").await.unwrap();
    assert_eq!(&read[..], xml.as_bytes());
    assert_eq!(request(&recorder).uri().path(), "/v1/describe/Account");
}

/// Read, change, write back: what was not there and was not set is not sent.
#[tokio::test]
async fn what_is_written_back_is_what_was_there_and_what_was_set() {
    let recorder = Recorder::default();
    let users = ScimApi::new(&recorder.client("https://one.zuora.com"));
    answer(
        &recorder,
        r#"{"id":"u-1","userName":"ada@example.com","displayName":null,"active":true,
            "name":{"givenName":"Ada","familyName":null},"team__c":"billing"}"#,
    );
    let mut user = users.get_a_specific_user("u-1").await.unwrap();
    recorder.take();
    user.active.set(false);
    if let Some(name) = user.name.value_mut() {
        name.family_name.set("Ünal");
        name.given_name.set_null();
    }
    users.update_a_specific_user("u-1", &user).await.unwrap();
    let sent = request(&recorder);
    assert_eq!(
        String::from_utf8_lossy(sent.body()),
        r#"{"id":"u-1","userName":"ada@example.com","name":{"familyName":"Ünal","givenName":null},"displayName":null,"active":false,"team__c":"billing"}"#
    );
}
