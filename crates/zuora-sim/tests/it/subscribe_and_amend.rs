//! The actions `subscribe` and `amend`: entries with outcomes of their own, on the tenant's data.

use crate::{subscriptions::prepared, support::*};
use zuora_sim::Simulator;
use zuora_wire::Json;

const SUBSCRIBE: &str = "/v1/action/subscribe";
const AMEND: &str = "/v1/action/amend";

const NEW_ACCOUNT: &str = r#"{"Name":"Acme","Currency":"EUR","Batch":"Batch1","BillCycleDay":1}"#;
const PEOPLE: &str = r#""BillToContact":{"FirstName":"Ana","LastName":"Lind"},"PaymentMethod":{"Type":"CreditCard","CreditCardNumber":"4111111111111111","CreditCardType":"Visa","CreditCardHolderName":"Ana Lind","CreditCardExpirationMonth":12,"CreditCardExpirationYear":2030},"#;

/// An entry: the account, what comes with it, the rate plan, and the options.
fn entry(account: &str, more: &str, plan: &str, options: &str) -> String {
    format!(
        r#"{{"Account":{account},{more}"SubscribeOptions":{options},"SubscriptionData":{{"Subscription":{{"ContractEffectiveDate":"2026-01-01","ContractAcceptanceDate":"2026-01-02","TermType":"TERMED","InitialTerm":12,"RenewalTerm":6,"AutoRenew":true,"Name":"S-{}","Colour__c":"red"}},"RatePlanData":[{plan}]}}}}"#,
        more.len() + plan.len()
    )
}

fn plan(id: &str) -> String {
    format!(r#"{{"RatePlan":{{"ProductRatePlanId":"{id}"}}}}"#)
}

const QUIET: &str = r#"{"GenerateInvoice":false,"ProcessPayments":false}"#;
const PAID: &str = r#"{"GenerateInvoice":true,"ProcessPayments":true,"SubscribeInvoiceProcessingOptions":{"InvoiceDate":"2026-02-01","InvoiceTargetDate":"2026-02-15"}}"#;

/// All records. Numbers that a refused entry took are not given again.
fn records(sim: &Simulator) -> Option<Json> {
    let saved = Json::parse(sim.snapshot()).unwrap();
    saved.get("records").cloned()
}

fn error(json: &Json) -> &str {
    text(json, &["Errors", "0", "Message"])
}

#[tokio::test]
async fn subscribe_makes_accounts_subscriptions_invoices_and_payments() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let charges = api
        .good("GET", "/object-query/product-rate-plan-charges", "")
        .await;
    let charges = charges.get("data").and_then(Json::as_array).unwrap();
    let of_seats = charges
        .iter()
        .find(|row| text(row, &["productRatePlanId"]) == seats);
    let charge = text(of_seats.unwrap(), &["id"]);
    let more_seats = format!(
        r#"{{"RatePlan":{{"ProductRatePlanId":"{seats}"}},"RatePlanChargeData":[{{"RatePlanCharge":{{"ProductRatePlanChargeId":"{charge}","Quantity":4,"Price":2.50}}}}]}}"#
    );
    let existing = r#"{"Id":"A00000001"}"#;
    let body = format!(
        r#"{{"subscribes":[{},{},{},{}]}}"#,
        entry(NEW_ACCOUNT, PEOPLE, &more_seats, PAID),
        entry(existing, "", &plan(&basic), QUIET),
        entry(NEW_ACCOUNT, PEOPLE, &plan(&"0".repeat(32)), QUIET),
        entry(r#"{"Name":"x"}"#, "", &plan(&basic), QUIET),
    );
    let accounts = count_of(&sim, "Account");
    let told = api.good("POST", SUBSCRIBE, &body).await;
    assert_eq!(told.as_array().unwrap().len(), 4);

    let first = told.at(&["0"]).unwrap();
    assert_eq!(first.get("Success"), Some(&Json::from(true)));
    assert_eq!(number(first, &["TotalMrr"]), "10.00");
    assert_eq!(number(first, &["TotalTcv"]), "120.00");
    let path = format!("/v1/subscriptions/{}", text(first, &["SubscriptionId"]));
    let seen = api.good("GET", &path, "").await;
    assert_eq!(
        text(&seen, &["subscriptionNumber"]),
        text(first, &["SubscriptionNumber"])
    );
    assert_eq!(text(&seen, &["accountId"]), text(first, &["AccountId"]));
    assert_eq!(text(&seen, &["customerAcceptanceDate"]), "2026-01-02");
    assert_eq!(text(&seen, &["Colour__c"]), "red");
    assert_eq!(number(&seen, &["renewalTerm"]), "6");
    let charge = ["ratePlans", "0", "ratePlanCharges", "0"];
    assert_eq!(number(seen.at(&charge).unwrap(), &["quantity"]), "4");
    let path = format!("/v1/invoices/{}", text(first, &["InvoiceId"]));
    let seen = api.good("GET", &path, "").await;
    assert_eq!(number(&seen, &["amount"]), "20.00");
    assert_eq!(number(&seen, &["balance"]), "0.00");
    assert_eq!(text(&seen, &["invoiceDate"]), "2026-02-01");
    let invoice = ["InvoiceResult", "Invoice", "0", "InvoiceNumber"];
    assert_eq!(text(first, &invoice), text(&seen, &["invoiceNumber"]));
    let path = format!("/v1/payments/{}", text(first, &["PaymentId"]));
    let seen = api.good("GET", &path, "").await;
    assert_eq!(number(&seen, &["amount"]), "20.00");
    let path = format!("/v1/accounts/{}", text(first, &["AccountNumber"]));
    let seen = api.good("GET", &path, "").await;
    assert_eq!(text(&seen, &["soldToContact", "firstName"]), "Ana");
    assert!(!sim.snapshot().contains("4111111111111111"));

    assert_eq!(text(&told, &["1", "AccountNumber"]), "A00000001");
    assert!(told.at(&["1", "InvoiceId"]).is_none());
    // Those that are refused leave nothing behind.
    assert!(error(told.at(&["2"]).unwrap()).contains("00000000"));
    assert!(error(told.at(&["3"]).unwrap()).contains("Account."));
    assert_eq!(count_of(&sim, "Account"), accounts + 1);
    assert_eq!(count_of(&sim, "Subscription"), 2);
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn subscribe_shows_what_would_be_billed_and_refuses_what_it_cannot_do() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, _] = prepared(&api).await;
    let whole = records(&sim);
    let preview = r#""PreviewOptions":{"EnablePreviewMode":true,"PreviewThroughTermEnd":true},"#;
    let existing = r#"{"Id":"A00000001"}"#;
    let body = |more: &str, options: &str| {
        let entry = entry(existing, more, &plan(&basic), options);
        format!(r#"{{"subscribes":[{entry}]}}"#)
    };
    let told = api.good("POST", SUBSCRIBE, &body(preview, QUIET)).await;
    let data = told.at(&["0", "InvoiceData", "0"]).unwrap();
    assert_eq!(number(data, &["Invoice", "Amount"]), "126.00");
    assert_eq!(length(data, &["InvoiceItem"]), 12);
    assert_eq!(number(data, &["InvoiceItem", "0", "ChargeAmount"]), "10.50");
    assert!(told.at(&["0", "SubscriptionId"]).is_none());
    for (more, options, rule) in [
        (
            "",
            r#"{"GenerateInvoice":false,"ProcessPayments":true}"#,
            "GenerateInvoice",
        ),
        (
            "",
            r#"{"GenerateInvoice":true,"ProcessPayments":false,"ExternalPaymentOptions":{"Amount":1}}"#,
            "ExternalPaymentOptions",
        ),
        (
            r#""PreviewOptions":{"EnablePreviewMode":true,"NumberOfPeriods":2},"#,
            QUIET,
            "NumberOfPeriods",
        ),
    ] {
        let told = api.good("POST", SUBSCRIBE, &body(more, options)).await;
        assert!(error(told.at(&["0"]).unwrap()).contains(rule), "{told}");
    }
    assert_eq!(records(&sim), whole);
    let one = entry(existing, "", &plan(&basic), QUIET);
    let many = format!(r#"{{"subscribes":[{}]}}"#, vec![one; 51].join(","));
    let reply = api.call("POST", SUBSCRIBE, &many).await;
    assert_eq!(reply.status(), 400);
    assert!(json(&reply).to_string().contains("At most 50"));
}

/// An amendment of this type on this day, with these members more.
fn amendment(subscription: &str, ty: &str, day: &str, more: &str) -> String {
    format!(
        r#"{{"Name":"Change {ty}","SubscriptionId":"{subscription}","Type":"{ty}","ContractEffectiveDate":"{day}"{more}}}"#
    )
}

fn request(amendments: &[String], more: &str) -> String {
    format!(r#"{{"Amendments":[{}]{more}}}"#, amendments.join(","))
}

fn body(requests: &[String]) -> String {
    format!(r#"{{"requests":[{}]}}"#, requests.join(","))
}

/// A subscription to a plan; its id.
async fn subscribed(api: &Api<'_>, plan: &str) -> String {
    let body = format!(
        r#"{{"accountKey":"A00000001","termType":"TERMED","initialTerm":12,"renewalTerm":12,"contractEffectiveDate":"2026-01-01","subscribeToRatePlans":[{{"productRatePlanId":"{plan}"}}]}}"#
    );
    let made = api.good("POST", "/v1/subscriptions", &body).await;
    text(&made, &["subscriptionId"]).to_owned()
}

#[tokio::test]
async fn amend_changes_subscriptions_in_every_way() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let id = subscribed(&api, &basic).await;
    let add = format!(r#","RatePlanData":{}"#, plan(&seats));
    let options = r#","AmendOptions":{"GenerateInvoice":true,"ProcessPayments":false,"InvoiceProcessingOptions":{"InvoiceTargetDate":"2026-01-31"}}"#;
    let terms = r#","AutoRenew":true,"TermType":"TERMED","RenewalTerm":3,"Description":"longer","Code":"MY-1""#;
    let two = [
        amendment(&id, "NewProduct", "2026-01-01", &add),
        amendment(&id, "TermsAndConditions", "2026-01-05", terms),
    ];
    let told = api
        .good("POST", AMEND, &body(&[request(&two, options)]))
        .await;
    let told = told.at(&["results", "0"]).unwrap();
    assert_eq!(told.get("Success"), Some(&Json::from(true)), "{told}");
    assert_eq!(number(told, &["TotalDeltaMrr"]), "6.50");
    assert_eq!(number(told, &["TotalDeltaTcv"]), "78.00");
    assert_eq!(length(told, &["AmendmentIds"]), 2);
    let invoice = format!("/v1/invoices/{}", text(told, &["InvoiceId"]));
    let seen = api.good("GET", &invoice, "").await;
    assert_eq!(number(&seen, &["amount"]), "17.00");
    let noted = api.good("GET", "/v1/amendments/MY-1", "").await;
    assert_eq!(text(&noted, &["id"]), text(told, &["AmendmentIds", "1"]));
    assert_eq!(text(&noted, &["name"]), "Change TermsAndConditions");
    assert_eq!(text(&noted, &["description"]), "longer");
    assert_eq!(text(&noted, &["contractEffectiveDate"]), "2026-01-05");
    let mut latest = text(told, &["SubscriptionId"]).to_owned();
    let read = "/v1/subscriptions/A-S00000001";
    let seen = api.good("GET", read, "").await;
    assert_eq!(text(&seen, &["id"]), latest);
    assert_eq!(number(&seen, &["renewalTerm"]), "3");
    assert_eq!(number(&seen, &["version"]), "3");
    let of_seats = text(&seen, &["ratePlans", "1", "id"]).to_owned();
    let charge = ["ratePlans", "1", "ratePlanCharges", "0"];
    let charge = seen.at(&charge).unwrap();
    let charge = text(charge, &["productRatePlanChargeId"]);
    let of_plan = format!(
        r#""RatePlan":{{"ProductRatePlanId":"{seats}","AmendmentSubscriptionRatePlanId":"{of_seats}"}}"#
    );
    let update = format!(
        r#","RatePlanData":{{{of_plan},"RatePlanChargeData":[{{"RatePlanCharge":{{"ProductRatePlanChargeId":"{charge}","Quantity":6}}}}]}}"#
    );
    let remove = format!(r#","RatePlanData":{{{of_plan}}}"#);
    let other =
        r#"{"name":"two","currency":"EUR","billToContact":{"firstName":"a","lastName":"b"}}"#;
    let other = api.good("POST", "/v1/accounts", other).await;
    let transfer = format!(
        r#","DestinationAccountId":"{}""#,
        text(&other, &["accountId"])
    );
    for (ty, more, member, value) in [
        ("UpdateProduct", update.as_str(), "contractedMrr", "30.00"),
        ("RemoveProduct", &remove, "contractedMrr", "10.50"),
        (
            "SuspendSubscription",
            r#","SuspendDate":"2026-04-01""#,
            "status",
            r#""Suspended""#,
        ),
        (
            "ResumeSubscription",
            r#","ResumeDate":"2026-05-01""#,
            "status",
            r#""Active""#,
        ),
        ("Renewal", "", "termEndDate", r#""2027-04-01""#),
        (
            "OwnerTransfer",
            &transfer,
            "accountNumber",
            r#""A00000002""#,
        ),
        (
            "Cancellation",
            r#","EffectiveDate":"2026-06-01""#,
            "subscriptionEndDate",
            r#""2026-06-01""#,
        ),
    ] {
        let one = amendment(&latest, ty, "2026-02-01", more);
        let told = api.good("POST", AMEND, &body(&[request(&[one], "")])).await;
        let told = told.at(&["results", "0"]).unwrap();
        assert_eq!(told.get("Success"), Some(&Json::from(true)), "{ty}: {told}");
        text(told, &["SubscriptionId"]).clone_into(&mut latest);
        let seen = api.good("GET", read, "").await;
        assert_eq!(number(&seen, &[member]), value, "{ty}");
    }
    sim.restore(&sim.snapshot()).unwrap();
}

#[tokio::test]
async fn each_request_of_amend_has_an_outcome_of_its_own() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let [one, two] = [
        subscribed(&api, &basic).await,
        subscribed(&api, &basic).await,
    ];
    let add = format!(r#","RatePlanData":{}"#, plan(&seats));
    let new = |id: &str| amendment(id, "NewProduct", "2026-01-01", &add);
    let whole = records(&sim);
    let wrong = [
        request(
            &[new(&one), amendment(&one, "Upgrade", "2026-01-01", "")],
            "",
        ),
        request(&[new(&one), new(&two)], ""),
        request(&[], ""),
        request(&[new("nobody")], ""),
        request(
            &[new(&one).replace(r#""Name":"Change NewProduct","#, "")],
            "",
        ),
        request(
            &[amendment(
                &one,
                "NewProduct",
                "2026-01-01",
                r#","Status":"Draft""#,
            )],
            "",
        ),
    ];
    let told = api.good("POST", AMEND, &body(&wrong)).await;
    let rules = [
        "Upgrade",
        "one subscription",
        "Amendments",
        "nobody",
        "Name",
        "Draft",
    ];
    for (place, rule) in rules.into_iter().enumerate() {
        let told = told.at(&["results", &place.to_string()]).unwrap();
        assert_eq!(told.get("Success"), Some(&Json::from(false)));
        assert!(error(told).contains(rule), "{rule}: {told}");
    }
    assert_eq!(records(&sim), whole);
    let preview = r#","PreviewOptions":{"EnablePreviewMode":true}"#;
    let told = api
        .good("POST", AMEND, &body(&[request(&[new(&one)], preview)]))
        .await;
    let data = ["results", "0", "InvoiceDatas", "0", "Invoice", "Amount"];
    assert_eq!(number(&told, &data), "17.00");
    assert_eq!(records(&sim), whole);

    let mixed = body(&[wrong[3].clone(), request(&[new(&two)], "")]);
    let told = api.good("POST", AMEND, &mixed).await;
    assert_eq!(
        told.at(&["results", "0", "Success"]),
        Some(&Json::from(false))
    );
    assert_eq!(
        told.at(&["results", "1", "Success"]),
        Some(&Json::from(true))
    );
    // What was amended is no longer the latest version.
    let told = api
        .good("POST", AMEND, &body(&[request(&[new(&two)], "")]))
        .await;
    assert!(error(told.at(&["results", "0"]).unwrap()).contains("latest version"));
    let reply = api
        .call("POST", AMEND, &body(&vec![request(&[new(&one)], ""); 11]))
        .await;
    assert!(json(&reply).to_string().contains("At most 10"));
}
